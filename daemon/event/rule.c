// SPDX-License-Identifier: Apache-2.0
#include "event/rule.h"

#include <stdio.h>

#include "base/calendar.h"

static const Value *value_at(const RuleInput *input, Member member) {
        return &input->event->slots[member.slot];
}

static bool present(const Value *value) {
        return value->kind != VALUE_ABSENT;
}

// Integers, dates and times as they are, decimals from their text.
static Decimal number(const Value *value) {
        Decimal decimal = decimal_of(0, 0);
        if (value->kind == VALUE_DECIMAL)
                decimal_parse(value->text, &decimal);
        else if (value->kind != VALUE_ABSENT)
                decimal = decimal_of(value->integer, 0);
        return decimal;
}

static bool equals_text(const Value *value, Span text) {
        char digits[24];
        if (value_is_textual(value))
                return span_equal(value->text, text);
        if (value->kind == VALUE_BOOLEAN)
                return span_is(text, value->integer ? "true" : "false");
        if (value->kind != VALUE_INTEGER)
                return false;
        int n = snprintf(digits, sizeof(digits), "%lld", (long long)value->integer);
        return span_equal((Span){digits, (size_t)n}, text);
}

static bool is_one_of(const Value *value, const Span *texts, uint32_t count) {
        for (uint32_t i = 0; i < count; i++)
                if (equals_text(value, texts[i]))
                        return true;
        return false;
}

static int compare(const RuleInput *input, Member a, Member b) {
        return decimal_compare(number(value_at(input, a)), number(value_at(input, b)));
}

static bool both(const RuleInput *input, const RuleDecl *rule) {
        return present(value_at(input, rule->member)) && present(value_at(input, rule->other));
}

static bool not_before(const RuleInput *input, const RuleDecl *rule) {
        return !both(input, rule) || compare(input, rule->member, rule->other) >= 0;
}

static bool not_after(const RuleInput *input, const RuleDecl *rule) {
        return !both(input, rule) || compare(input, rule->member, rule->other) <= 0;
}

static bool max_span(const RuleInput *input, const RuleDecl *rule) {
        return !both(input, rule) ||
               value_at(input, rule->member)->integer - value_at(input, rule->other)->integer <= rule->days;
}

static uint32_t count_present(const RuleInput *input, const RuleDecl *rule) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < rule->member_count; i++)
                count += present(value_at(input, rule->members[i]));
        return count;
}

static bool exactly_one_of(const RuleInput *input, const RuleDecl *rule) {
        return count_present(input, rule) == 1;
}

static bool at_least_one_of(const RuleInput *input, const RuleDecl *rule) {
        return count_present(input, rule) >= 1;
}

static bool not_both(const RuleInput *input, const RuleDecl *rule) {
        return count_present(input, rule) <= 1;
}

static bool required_if(const RuleInput *input, const RuleDecl *rule) {
        return present(value_at(input, rule->member));
}

static bool absent(const RuleInput *input, const RuleDecl *rule) {
        return !present(value_at(input, rule->member));
}

static bool value_if(const RuleInput *input, const RuleDecl *rule) {
        const Value *value = value_at(input, rule->member);
        if (!present(value))
                return true;
        if (rule->is_count > 0)
                return is_one_of(value, rule->is, rule->is_count);
        return !(rule->has_min && decimal_compare(number(value), rule->min) < 0) &&
               !(rule->has_max && decimal_compare(number(value), rule->max) > 0);
}

static bool has_sum(const RuleInput *input, const RuleDecl *rule) {
        return present(&input->event->slots[rule->list->slot]) && present(value_at(input, rule->other));
}

static Decimal sum(const RuleInput *input, const RuleDecl *rule) {
        const Value *list = &input->event->slots[rule->list->slot];
        uint32_t width = rule->list->items->slot_count;
        Decimal total = decimal_of(0, 0);
        for (uint32_t i = 0; i < list->count; i++)
                total = decimal_add(total, number(&list->list[i * width + rule->member.slot]));
        return total;
}

static bool sum_equals(const RuleInput *input, const RuleDecl *rule) {
        return !has_sum(input, rule) || decimal_compare(sum(input, rule), number(value_at(input, rule->other))) == 0;
}

static bool sum_at_most(const RuleInput *input, const RuleDecl *rule) {
        return !has_sum(input, rule) || decimal_compare(sum(input, rule), number(value_at(input, rule->other))) <= 0;
}

static bool same_item(const RuleDecl *rule, const Value *a, const Value *b) {
        for (uint32_t i = 0; i < rule->member_count; i++)
                if (!value_same(&a[rule->members[i].slot], &b[rule->members[i].slot]))
                        return false;
        return true;
}

static bool unique_items(const RuleInput *input, const RuleDecl *rule) {
        const Value *list = &input->event->slots[rule->list->slot];
        uint32_t width = rule->list->items->slot_count;
        for (uint32_t i = 0; present(list) && i < list->count; i++)
                for (uint32_t j = 0; j < i; j++)
                        if (same_item(rule, &list->list[i * width], &list->list[j * width]))
                                return false;
        return true;
}

static bool differs(const RuleInput *input, const RuleDecl *rule) {
        const Value *value = value_at(input, rule->member);
        if (rule->from_id)
                return !present(value) || !span_equal(value->text, input->event->id);
        return !both(input, rule) || !value_same(value, value_at(input, rule->other));
}

static bool names_type(const RuleInput *input, const RuleDecl *rule) {
        const Value *value = value_at(input, rule->member);
        if (!present(value) || is_one_of(value, rule->is, rule->is_count))
                return true;
        const EventType *type = catalogue_type(input->catalogue, value->text);
        return type && rule->classes[type->event_class];
}

static bool has_shape(Span code, Span shape) {
        if (code.len != shape.len)
                return false;
        for (size_t i = 0; i < code.len; i++)
                if (shape.ptr[i] != '?' && shape.ptr[i] != code.ptr[i])
                        return false;
        return true;
}

// Index of the level that the code's shape gives, the number of levels when none does.
static uint32_t level_by_shape(const Hierarchy *hierarchy, Span code) {
        uint32_t i = 0;
        while (i < hierarchy->level_count && !has_shape(code, hierarchy->levels[i].shape))
                i++;
        return i;
}

static bool has_length_of_level(const Hierarchy *hierarchy, Span code, const Value *level) {
        for (uint32_t i = 0; i < hierarchy->level_count; i++)
                if (equals_text(level, hierarchy->levels[i].name))
                        return code.len == hierarchy->levels[i].length;
        return true;
}

static bool same_prefix(Span a, Span b, size_t len) {
        return a.len >= len && b.len >= len && memcmp(a.ptr, b.ptr, len) == 0;
}

static bool code_hierarchy(const RuleInput *input, const RuleDecl *rule) {
        const Hierarchy *hierarchy = rule->hierarchy;
        const Value *code = value_at(input, rule->member);
        const Value *parent = value_at(input, rule->other);
        if (!present(code) || !has_length_of_level(hierarchy, code->text, value_at(input, rule->third)))
                return !present(code);
        if (!present(parent))
                return true;
        uint32_t above = level_by_shape(hierarchy, parent->text);
        if (above >= level_by_shape(hierarchy, code->text))
                return false; // also the code itself
        // Whatever stands directly below the top has a prefix of its own.
        return above == 0 || same_prefix(parent->text, code->text, hierarchy->prefix);
}

static bool future_limit(const RuleInput *input, const RuleDecl *rule) {
        return input->event->occurred_on <= calendar_add_years(input->today, rule->years) + rule->days;
}

static bool difference(const RuleInput *input, const RuleDecl *rule) {
        if (!both(input, rule) || !present(value_at(input, rule->third)))
                return true;
        Decimal result = decimal_subtract(number(value_at(input, rule->other)), number(value_at(input, rule->third)));
        return decimal_compare(result, number(value_at(input, rule->member))) == 0;
}

static const RuleOps rules[] = {
        {"not_before", not_before, "lies before its beginning", OPERANDS_ORDERED, .member = "member",
         .other = "than"},
        {"not_after", not_after, "lies after its limit", OPERANDS_ORDERED, .member = "member", .other = "than"},
        {"max_span", max_span, "the span is too long", OPERANDS_DATES, .member = "to", .other = "from",
         .has_span = true},
        {"exactly_one_of", exactly_one_of, "exactly one of the alternatives is needed", OPERANDS_ANY,
         .members = "members"},
        {"at_least_one_of", at_least_one_of, "at least one of the alternatives is needed", OPERANDS_ANY,
         .members = "members"},
        {"not_both", not_both, "these members exclude each other", OPERANDS_ANY, .members = "members"},
        {"required_if", required_if, "needed together with the other members", OPERANDS_ANY, .member = "member"},
        {"forbidden_unless", absent, "not allowed together with the other members", OPERANDS_ANY, .member = "member",
         .inverted = true},
        {"value_if", value_if, "value does not go with the other members", OPERANDS_SCALARS, .member = "member",
         .has_values = true},
        {"sum_equals", sum_equals, "the parts do not add up to the total", OPERANDS_NUMBERS, .list = "of",
         .other = "equals"},
        {"sum_at_most", sum_at_most, "the parts are more than the total", OPERANDS_NUMBERS, .list = "of",
         .other = "at_most"},
        {"field_at_most", not_after, "greater than its limit", OPERANDS_NUMBERS, .member = "member",
         .other = "at_most"},
        {"unique_items", unique_items, "the same item twice", OPERANDS_SCALARS, .list = "list", .members = "by",
         .by_elements = true},
        {"differs", differs, "refers to itself", OPERANDS_ALIKE, .member = "member", .other = "from",
         .may_name_id = true},
        {"names_type", names_type, "events of this type cannot be taken back", OPERANDS_TEXTS, .member = "member",
         .has_types = true},
        {"code_hierarchy", code_hierarchy, "code, level and parent do not fit together", OPERANDS_TEXTS,
         .member = "member", .other = "parent", .third = "level", .has_hierarchy = true},
        {"future_limit", future_limit, "lies too far in the future", OPERANDS_ANY, .has_span = true,
         .in_time_window = true},
        {"difference", difference, "differs from the figures beside it", OPERANDS_NUMBERS, .member = "member",
         .other = "minuend", .third = "subtrahend"},
};

const RuleOps *rule_find(Span name) {
        for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
                if (span_is(name, rules[i].name))
                        return &rules[i];
        return NULL;
}

static bool conditions_hold(const RuleInput *input, const RuleDecl *rule) {
        for (uint32_t i = 0; i < rule->when_count; i++) {
                const Condition *condition = &rule->when[i];
                const Value *value = value_at(input, condition->member);
                if (condition->present ? !present(value) : !is_one_of(value, condition->is, condition->is_count))
                        return false;
        }
        return true;
}

// The place to look at: the rule's member, its list, or the first of its members.
static Span place(Arena *arena, const Event *event, const RuleDecl *rule) {
        const TypePlan *plan = event->type->plan;
        const Field *field = rule->member.field;
        if (rule->list)
                field = rule->list;
        else if (!field && rule->member_count > 0)
                field = rule->members[0].field;
        else if (!field && plan->occurred_on != OCCURRED_DATE)
                field = plan->occurred_member.field;
        return field ? arena_printf(arena, "/data/%.*s", (int)field->path.len, field->path.ptr) : SPAN_LIT("/time");
}

bool rules_check(Checker *checker, const Event *event, bool in_time_window, int32_t today) {
        const TypePlan *plan = event->type->plan;
        RuleInput input = {checker->catalogue, event, today};
        for (uint32_t i = 0; i < plan->rule_count; i++) {
                const RuleDecl *rule = &plan->rules[i];
                if (rule->ops->in_time_window != in_time_window ||
                    conditions_hold(&input, rule) == rule->ops->inverted || rule->ops->holds(&input, rule))
                        continue;
                if (rule->reason >= REASON_W_REDECLARED)
                        checker->warnings |= reason_bit(rule->reason);
                else
                        return reject(checker->why, checker->arena, rule->reason, place(checker->arena, event, rule),
                                      "%s", rule->ops->sentence);
        }
        return true;
}
