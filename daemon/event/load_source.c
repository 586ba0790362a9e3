// SPDX-License-Identifier: Apache-2.0
// Where a column's value comes from: a constant, a value of the engine, a member.
#include "event/kind.h"
#include "event/load_use.h"

static const struct {
        const char *name;
        SourceKind kind;
} engine_values[] = {
        {"@event_key", SOURCE_EVENT_KEY},
        {"@id", SOURCE_ID},
        {"@source", SOURCE_SOURCE},
        {"@type", SOURCE_TYPE},
        {"@time", SOURCE_TIME},
        {"@date", SOURCE_DATE},
        {"@occurred_on", SOURCE_OCCURRED_ON},
        {"@natural_key", SOURCE_NATURAL_KEY},
        {"@revision", SOURCE_REVISION},
        {"@members", SOURCE_MEMBERS},
        {"@position", SOURCE_POSITION},
        {"@value", SOURCE_VALUE},
        {"@language", SOURCE_LANGUAGE},
        {"@text", SOURCE_TEXT},
        {"@target_key", SOURCE_TARGET_KEY},
        {"@corrects_key", SOURCE_CORRECTS_KEY},
        {"@corrects_id", SOURCE_CORRECTS_ID},
};

static Source constant(Span text) {
        int64_t integer;
        Value value = value_text(text);
        if (span_is(text, "true") || span_is(text, "false"))
                value = value_of(VALUE_BOOLEAN, span_is(text, "true"));
        else if (text.len > 0 && text.len < 10 && decimal_parse_integer(text, &integer) && text.ptr[0] != '-')
                value = value_integer(integer);
        return (Source){SOURCE_CONSTANT, NO_INDEX, value};
}

// What the engine can only give in the right surroundings.
static const char *missing_for(SourceKind kind, const PendingUse *pending) {
        const TypePlan *plan = pending->type ? pending->type->plan : NULL;
        bool corrects = kind == SOURCE_CORRECTS_KEY || kind == SOURCE_CORRECTS_ID;
        if (corrects && plan)
                return "stands only in 'takes_back'";
        if (kind == SOURCE_REVISION && (!plan || plan->revision_slot == NO_INDEX))
                return "needs 'revision' in the type";
        if (kind == SOURCE_TARGET_KEY && (!plan || plan->target_slot == NO_INDEX))
                return "needs 'target' in the type";
        if (kind == SOURCE_NATURAL_KEY && pending->use.natural_key_count == 0 &&
            (!plan || plan->natural_key_count == 0))
                return "needs 'natural_key' in the type or the table";
        if ((kind == SOURCE_POSITION || kind == SOURCE_VALUE) && !pending->use.each_list)
                return "needs 'each' with a list";
        if ((kind == SOURCE_LANGUAGE || kind == SOURCE_TEXT) && !pending->use.each_texts)
                return "needs 'each' with a language map";
        if (kind == SOURCE_MEMBERS && pending->use.members_slot == NO_INDEX)
                return "needs the mode 'fullest' and the object that is counted ('members')";
        return NULL;
}

static Source engine_value(Loader *loader, const PendingUse *pending, const config_setting_t *at, Span name) {
        for (size_t i = 0; i < sizeof(engine_values) / sizeof(engine_values[0]); i++) {
                if (!span_is(name, engine_values[i].name))
                        continue;
                const char *missing = missing_for(engine_values[i].kind, pending);
                if (missing)
                        settings_fault(&loader->settings, at, "'%s' %s", name.ptr, missing);
                return (Source){engine_values[i].kind, NO_INDEX, VALUE_NULL};
        }
        settings_fault(&loader->settings, at, "the engine has no value '%s'", name.ptr);
        return (Source){SOURCE_NONE, NO_INDEX, VALUE_NULL};
}

// "year_start:MEMBER" and "year_end:MEMBER".
static bool year_source(Loader *loader, const PendingUse *pending, const config_setting_t *at, Span text,
                        Source *ret_source) {
        bool start = text.len > 11 && memcmp(text.ptr, "year_start:", 11) == 0;
        bool end = text.len > 9 && memcmp(text.ptr, "year_end:", 9) == 0;
        if (!start && !end)
                return false;
        size_t skip = start ? 11 : 9;
        Span path = {text.ptr + skip, text.len - skip};
        const Field *field = pending->type ? load_find_path(pending->type->scope, path) : NULL;
        if (!field || !load_is_year(field))
                settings_fault(&loader->settings, at, "'%s' needs an integer member of the event between 1 and 9999",
                               text.ptr);
        *ret_source =
                (Source){start ? SOURCE_YEAR_START : SOURCE_YEAR_END, field ? field->slot : NO_INDEX, VALUE_NULL};
        return true;
}

Source load_source(Loader *loader, const PendingUse *pending, const Field *object, const config_setting_t *at,
                   Span text) {
        if (text.len > 0 && text.ptr[0] == '=')
                return constant((Span){text.ptr + 1, text.len - 1});
        if (text.len > 0 && text.ptr[0] == '@')
                return engine_value(loader, pending, at, text);
        Source year;
        if (year_source(loader, pending, at, text, &year))
                return year;
        if (!pending->type) {
                settings_fault(&loader->settings, at, "'takes_back' has no members, found '%s'", text.ptr);
                return (Source){SOURCE_NONE, NO_INDEX, VALUE_NULL};
        }
        Member member = load_member(pending->type->scope, pending->use.each_list, object, text);
        bool many = member.field &&
                    (kind_is_list(member.field) || kind_is_texts(member.field) || kind_is_object(member.field));
        if (!member.field || member.field->drop || many) {
                settings_fault(&loader->settings, at, "'%s' names no member with one value that is kept", text.ptr);
                return (Source){SOURCE_NONE, NO_INDEX, VALUE_NULL};
        }
        return (Source){member.element ? SOURCE_ELEMENT_SLOT : SOURCE_EVENT_SLOT, member.slot, VALUE_NULL};
}
