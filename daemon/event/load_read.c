// SPDX-License-Identifier: Apache-2.0
// Single settings of a declaration: texts, numbers, patterns, reason codes.
#include "base/memory.h"
#include "event/load.h"

Span load_text(Loader *loader, const char *string) {
        return arena_copy(loader->arena, span_of(string));
}

Span load_string(Loader *loader, const config_setting_t *group, const char *key, bool required) {
        const char *string = settings_string(&loader->settings, group, key, required);
        return string ? load_text(loader, string) : SPAN_NULL;
}

Span load_label(Loader *loader, const config_setting_t *group, const char *key) {
        Span label = load_string(loader, group, key, true);
        if (label.ptr && label.len == 0)
                settings_fault(&loader->settings, config_setting_get_member(group, key), "'%s' is empty", key);
        return label;
}

Span *load_strings(Loader *loader, const config_setting_t *group, const char *key, bool required,
                   uint32_t *ret_count) {
        const config_setting_t *list = settings_member(&loader->settings, group, key, required);
        *ret_count = 0;
        if (!list)
                return NULL;
        if (!config_setting_is_aggregate(list) || config_setting_is_group(list)) {
                settings_fault(&loader->settings, list, "'%s' has to be a list of strings", key);
                return NULL;
        }
        uint32_t count = (uint32_t)config_setting_length(list);
        Span *texts = arena_alloc(loader->arena, (count + 1) * sizeof(*texts));
        for (uint32_t i = 0; i < count; i++) {
                const char *text = config_setting_get_string_elem(list, (int)i);
                if (!text)
                        settings_fault(&loader->settings, list, "'%s' has to be a list of strings", key);
                texts[i] = load_text(loader, text ? text : "");
        }
        *ret_count = count;
        return texts;
}

bool load_number(Loader *loader, const config_setting_t *group, const char *key, Decimal *ret_number) {
        const config_setting_t *member = config_setting_get_member(group, key);
        if (!member)
                return false;
        if (config_setting_type(member) == CONFIG_TYPE_INT) {
                *ret_number = decimal_of(config_setting_get_int(member), 0);
                return true;
        }
        Span text = span_of(config_setting_get_string(member));
        Decimal number;
        // Values have no more than 9 digits after the point either, so the two can be compared in 128 bits.
        if (decimal_is_number(text) && decimal_parse(text, &number) && number.scale <= 9) {
                *ret_number = number;
                return true;
        }
        settings_fault(&loader->settings, member,
                       "'%s' has to be an integer, or a number as a string (at most 9 digits after the point)", key);
        return false;
}

Pattern *load_pattern(Loader *loader, const config_setting_t *group, const char *key, bool anchored) {
        const char *expression = settings_string(&loader->settings, group, key, false);
        CataloguePlan *plan = loader->catalogue->plan;
        char error[256];
        if (!expression)
                return NULL;
        Pattern *pattern = pattern_new(expression, anchored, error);
        if (!pattern) {
                settings_fault(&loader->settings, config_setting_get_member(group, key), "'%s': %s", key, error);
                return NULL;
        }
        if (plan->pattern_count == plan->pattern_size) {
                plan->pattern_size = plan->pattern_size ? plan->pattern_size * 2 : 64;
                plan->patterns = xrealloc(plan->patterns, plan->pattern_size * sizeof(*plan->patterns));
        }
        plan->patterns[plan->pattern_count++] = pattern;
        return pattern;
}

Reason load_reason(Loader *loader, const config_setting_t *group, const char *key) {
        const char *name = settings_string(&loader->settings, group, key, false);
        Reason reason = name ? reason_find(span_of(name)) : REASON_NONE;
        if (name && reason == REASON_NONE)
                settings_fault(&loader->settings, config_setting_get_member(group, key), "no reason code '%s'", name);
        return reason;
}

bool load_labelled(Loader *loader, const config_setting_t *entry, Span ret_texts[3]) {
        for (int i = 0; i < 3; i++) {
                const char *text =
                        config_setting_length(entry) == 3 ? config_setting_get_string_elem(entry, i) : NULL;
                if (!text || !text[0]) {
                        settings_fault(&loader->settings, entry, "needs three strings: value, Chinese, English");
                        return false;
                }
                ret_texts[i] = load_text(loader, text);
        }
        return true;
}
