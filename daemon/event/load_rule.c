// SPDX-License-Identifier: Apache-2.0
#include "event/load.h"
#include "event/rule.h"

typedef struct RuleReading {
        Loader *loader;
        const EventType *type;
        const config_setting_t *at;
        RuleDecl *rule;
} RuleReading;

static Member member_named(RuleReading *reading, const config_setting_t *at, Span path, const Field *list) {
        Member member = {false, NO_INDEX, NULL};
        if (!path.ptr)
                return member;
        member = load_member(reading->type->scope, list, NULL, path);
        if (!member.field)
                settings_fault(&reading->loader->settings, at, "no member '%s'", path.ptr);
        else if (member.field->drop)
                settings_fault(&reading->loader->settings, at, "the member '%s' is dropped", path.ptr);
        return member;
}

static Member member_of(RuleReading *reading, const char *key) {
        if (!key)
                return (Member){false, NO_INDEX, NULL};
        return member_named(reading, reading->at, load_string(reading->loader, reading->at, key, true), NULL);
}

static void read_other(RuleReading *reading) {
        const RuleOps *ops = reading->rule->ops;
        const char *name =
                ops->may_name_id ? settings_string(&reading->loader->settings, reading->at, ops->other, true) : NULL;
        if (name && strcmp(name, "@id") == 0)
                reading->rule->from_id = true;
        else
                reading->rule->other = member_of(reading, ops->other);
}

// "by_group/participants": a list and a member of its elements; or just a list.
static void read_list(RuleReading *reading) {
        const RuleOps *ops = reading->rule->ops;
        Span path = load_string(reading->loader, reading->at, ops->list, true);
        if (!path.ptr)
                return;
        const char *slash = ops->by_elements ? NULL : memchr(path.ptr, '/', path.len);
        Span name = {path.ptr, slash ? (size_t)(slash - path.ptr) : path.len};
        const Field *list = load_find_path(reading->type->scope, name);
        if (!list || !kind_is_list(list) || !list->items || (!slash && !ops->by_elements)) {
                settings_fault(&reading->loader->settings, reading->at, "'%s' names no list%s: '%s'", ops->list,
                               ops->by_elements ? "" : " with a member of its elements", path.ptr);
                return;
        }
        reading->rule->list = list;
        if (slash)
                reading->rule->member =
                        member_named(reading, reading->at, (Span){slash + 1, path.len - name.len - 1}, list);
}

static void read_members(RuleReading *reading) {
        const RuleOps *ops = reading->rule->ops;
        uint32_t count;
        Span *paths = load_strings(reading->loader, reading->at, ops->members, true, &count);
        const Field *list = ops->by_elements ? reading->rule->list : NULL;
        reading->rule->member_count = count;
        reading->rule->members = arena_zalloc(reading->loader->arena, count * sizeof(Member));
        for (uint32_t i = 0; i < count; i++)
                reading->rule->members[i] = member_named(reading, reading->at, paths[i], list);
}

static void read_types(RuleReading *reading) {
        static const char *const classes[] = {"fact", "state", "control"};
        uint32_t count;
        Span *names = load_strings(reading->loader, reading->at, "classes", false, &count);
        for (uint32_t i = 0; i < count; i++) {
                size_t c = 0;
                while (c < 3 && !span_is(names[i], classes[c]))
                        c++;
                if (c < 3)
                        reading->rule->classes[c] = true;
                else
                        settings_fault(&reading->loader->settings, reading->at, "no class '%s'", names[i].ptr);
        }
        reading->rule->is = load_strings(reading->loader, reading->at, "types", false, &reading->rule->is_count);
}

static void read_hierarchy(RuleReading *reading) {
        const CataloguePlan *plan = reading->loader->catalogue->plan;
        Span name = load_string(reading->loader, reading->at, "hierarchy", true);
        for (uint32_t i = 0; i < plan->hierarchy_count; i++)
                if (name.ptr && span_equal(plan->hierarchies[i].name, name))
                        reading->rule->hierarchy = &plan->hierarchies[i];
        if (name.ptr && !reading->rule->hierarchy)
                settings_fault(&reading->loader->settings, reading->at, "no hierarchy '%s' in catalogue.cfg",
                               name.ptr);
}

static void read_condition(RuleReading *reading, const config_setting_t *at, Condition *condition) {
        static const char *const known[] = {"member", "is", "present", NULL};
        Loader *loader = reading->loader;
        settings_only(&loader->settings, at, known);
        condition->member = member_named(reading, at, load_string(loader, at, "member", true), NULL);
        condition->present = settings_bool(&loader->settings, at, "present", false);
        condition->is = load_strings(loader, at, "is", !condition->present, &condition->is_count);
}

static void read_conditions(RuleReading *reading) {
        const config_setting_t *when = config_setting_get_member(reading->at, "when");
        RuleDecl *rule = reading->rule;
        if (!when && rule->ops->inverted)
                settings_fault(&reading->loader->settings, reading->at, "'%s' needs 'when'", rule->ops->name);
        if (!when)
                return;
        if (!config_setting_is_list(when)) {
                settings_fault(&reading->loader->settings, when, "'when' has to be a list: ( { … }, … )");
                return;
        }
        rule->when_count = (uint32_t)config_setting_length(when);
        rule->when = arena_zalloc(reading->loader->arena, rule->when_count * sizeof(*rule->when));
        for (uint32_t i = 0; i < rule->when_count; i++)
                read_condition(reading, config_setting_get_elem(when, i), &rule->when[i]);
}

static void check_keys(RuleReading *reading) {
        const RuleOps *ops = reading->rule->ops;
        const char *known[20] = {"rule", "reason", "when"};
        size_t n = 3;
        const char *const roles[] = {ops->member, ops->other, ops->third, ops->members, ops->list};
        for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
                if (roles[i])
                        known[n++] = roles[i];
        if (ops->has_values) {
                known[n++] = "is";
                known[n++] = "min";
                known[n++] = "max";
        }
        if (ops->has_span) {
                known[n++] = "days";
                known[n++] = "years";
        }
        if (ops->has_types) {
                known[n++] = "classes";
                known[n++] = "types";
        }
        if (ops->has_hierarchy)
                known[n++] = "hierarchy";
        known[n] = NULL;
        settings_only(&reading->loader->settings, reading->at, known);
}

static void read_values(RuleReading *reading) {
        RuleDecl *rule = reading->rule;
        rule->is = load_strings(reading->loader, reading->at, "is", false, &rule->is_count);
        rule->has_min = load_number(reading->loader, reading->at, "min", &rule->min);
        rule->has_max = load_number(reading->loader, reading->at, "max", &rule->max);
        if (rule->is_count == 0 && !rule->has_min && !rule->has_max)
                settings_fault(&reading->loader->settings, reading->at, "'%s' needs 'is', or 'min' and 'max'",
                               rule->ops->name);
}

static void read_span(RuleReading *reading) {
        Settings *settings = &reading->loader->settings;
        int64_t number;
        if (settings_integer(settings, reading->at, "days", 0, 1000000, &number))
                reading->rule->days = (int32_t)number;
        if (settings_integer(settings, reading->at, "years", 0, 1000, &number))
                reading->rule->years = (int32_t)number;
}

// Values that can be compared with each other share a group.
static ValueKind group_of(const Field *field) {
        return field->ops->value == VALUE_DECIMAL ? VALUE_INTEGER : field->ops->value;
}

static const char *const operand_names[] = {
        [OPERANDS_SCALARS] = "a member with one value",
        [OPERANDS_ALIKE] = "a member with one value",
        [OPERANDS_ORDERED] = "a number, a date or a time",
        [OPERANDS_NUMBERS] = "a number",
        [OPERANDS_DATES] = "a date",
        [OPERANDS_TEXTS] = "a text",
        [OPERANDS_ANY] = "a member",
};

static bool is_operand(RuleOperands operands, const Field *field) {
        ValueKind group = group_of(field);
        switch (operands) {
        case OPERANDS_SCALARS:
        case OPERANDS_ALIKE:
                return group != VALUE_TEXTS && group != VALUE_LIST && group != VALUE_OBJECT;
        case OPERANDS_ORDERED:
                return group == VALUE_INTEGER || group == VALUE_DATE || group == VALUE_TIMESTAMP;
        case OPERANDS_NUMBERS:
                return group == VALUE_INTEGER;
        case OPERANDS_DATES:
                return group == VALUE_DATE;
        case OPERANDS_TEXTS:
                return group == VALUE_TEXT;
        case OPERANDS_ANY:
                break;
        }
        return true;
}

static bool check_operand(RuleReading *reading, RuleOperands operands, const Field *field) {
        if (!field || is_operand(operands, field))
                return true;
        settings_fault(&reading->loader->settings, reading->at, "'%s' has to be %s for the rule '%s'",
                       field->path.len ? field->path.ptr : "the element", operand_names[operands],
                       reading->rule->ops->name);
        return false;
}

static void check_operands(RuleReading *reading) {
        const RuleDecl *rule = reading->rule;
        const Field *member = rule->member.field;
        const Field *other = rule->other.field;
        RuleOperands operands = rule->ops->operands;
        RuleOperands own = operands;
        if (rule->from_id)
                own = OPERANDS_TEXTS;
        else if (rule->has_min || rule->has_max)
                own = OPERANDS_NUMBERS;
        bool fit = check_operand(reading, own, member);
        fit = check_operand(reading, operands, other) && fit;
        check_operand(reading, rule->ops->has_hierarchy ? OPERANDS_SCALARS : operands, rule->third.field);
        for (uint32_t i = 0; i < rule->member_count; i++)
                check_operand(reading, operands, rule->members[i].field);
        if (fit && member && other && group_of(member) != group_of(other))
                settings_fault(&reading->loader->settings, reading->at, "'%s' and '%s' cannot be compared",
                               member->path.ptr, other->path.ptr);
}

static void load_rule(Loader *loader, const EventType *type, const config_setting_t *at, RuleDecl *rule) {
        RuleReading reading = {loader, type, at, rule};
        const char *name = settings_string(&loader->settings, at, "rule", true);
        rule->ops = name ? rule_find(span_of(name)) : NULL;
        rule->member = rule->other = rule->third = (Member){false, NO_INDEX, NULL};
        if (!rule->ops) {
                if (name)
                        settings_fault(&loader->settings, at, "no rule '%s'", name);
                return;
        }
        check_keys(&reading);
        settings_member(&loader->settings, at, "reason", true);
        rule->reason = load_reason(loader, at, "reason");
        rule->member = member_of(&reading, rule->ops->member);
        rule->third = member_of(&reading, rule->ops->third);
        if (rule->ops->other)
                read_other(&reading);
        if (rule->ops->list)
                read_list(&reading);
        if (rule->ops->members)
                read_members(&reading);
        if (rule->ops->has_values)
                read_values(&reading);
        if (rule->ops->has_span)
                read_span(&reading);
        if (rule->ops->has_types)
                read_types(&reading);
        if (rule->ops->has_hierarchy)
                read_hierarchy(&reading);
        read_conditions(&reading);
        check_operands(&reading);
}

void load_rules(Loader *loader, EventType *type, const config_setting_t *rules) {
        TypePlan *plan = type->plan;
        if (!config_setting_is_list(rules)) {
                settings_fault(&loader->settings, rules, "'rules' has to be a list: ( { … }, … )");
                return;
        }
        plan->rule_count = (uint32_t)config_setting_length(rules);
        plan->rules = arena_zalloc(loader->arena, plan->rule_count * sizeof(*plan->rules));
        for (uint32_t i = 0; i < plan->rule_count; i++)
                load_rule(loader, type, config_setting_get_elem(rules, i), &plan->rules[i]);
}
