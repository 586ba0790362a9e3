// SPDX-License-Identifier: Apache-2.0
// Defaults of members: checked as a member that is sent would be.
#include "event/kind.h"
#include "event/load.h"

// A code of the enumeration; every text when the kind has none.
static bool is_allowed_text(const Field *field, Span text) {
        if (field->pattern && !pattern_matches(field->pattern, text))
                return false;
        for (uint32_t i = 0; i < field->value_count; i++)
                if (span_equal(field->values[i].value, text))
                        return true;
        return field->value_count == 0;
}

static bool parse_default(Loader *loader, const Field *field, Span text, Value *ret_value) {
        bool number = decimal_is_number(text);
        Decimal decimal;
        int64_t integer;
        switch (field->ops->value) {
        case VALUE_TEXT:
                *ret_value = value_text(text);
                return is_allowed_text(field, text);
        case VALUE_JSON:
                *ret_value = (Value){.kind = VALUE_JSON, .text = text};
                return span_is(text, "{}"); // whatever else would have to be checked and sorted
        case VALUE_INTEGER:
                if (!number || !decimal_parse_integer(text, &integer))
                        return false;
                *ret_value = value_integer(integer);
                return true;
        case VALUE_BOOLEAN:
                *ret_value = value_of(VALUE_BOOLEAN, span_is(text, "true"));
                return span_is(text, "true") || span_is(text, "false");
        case VALUE_DECIMAL:
                if (!number || !decimal_parse(text, &decimal) || decimal.scale > (int32_t)field->digits)
                        return false;
                *ret_value = (Value){.kind = VALUE_DECIMAL, .text = decimal_text(decimal, loader->arena)};
                return true;
        default:
                return false;
        }
}

void load_default(Loader *loader, const config_setting_t *group, Field *field) {
        Span text = load_string(loader, group, "default", false);
        if (!text.ptr)
                return;
        field->has_default = parse_default(loader, field, text, &field->default_value);
        if (!field->has_default)
                settings_fault(&loader->settings, group, "'%s' is no default for the kind '%s'", text.ptr,
                               field->ops->name);
}
