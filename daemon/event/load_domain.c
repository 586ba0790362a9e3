// SPDX-License-Identifier: Apache-2.0
// catalogue.cfg: what belongs to the domain but to no type.
#include "base/calendar.h"
#include "event/kind.h"
#include "event/load.h"

static uint32_t length_of(Loader *loader, const config_setting_t *list, const char *what) {
        if (list && !config_setting_is_list(list)) {
                settings_fault(&loader->settings, list, "'%s' has to be a list: ( … )", what);
                return 0;
        }
        return list ? (uint32_t)config_setting_length(list) : 0;
}

static bool is_group(Loader *loader, const config_setting_t *setting, const char *what) {
        bool group = config_setting_is_group(setting);
        if (!group)
                settings_fault(&loader->settings, setting, "'%s' has to be a group: { … }", what);
        return group;
}

static void load_limits(Loader *loader, const config_setting_t *root) {
        static const char *const known[] = {"message_bytes", "depth",         "ahead_seconds",
                                            "late_days",     "earliest_time", NULL};
        Limits *limits = &loader->catalogue->limits;
        const config_setting_t *group = config_setting_get_member(root, "limits");
        int64_t number;
        int32_t earliest;
        *limits = (Limits){256 * 1024, 32, 300 * 1000000LL, 30, INT64_MIN};
        if (!group || !is_group(loader, group, "limits"))
                return;
        settings_only(&loader->settings, group, known);
        if (settings_integer(&loader->settings, group, "message_bytes", 1024, 16 * 1024 * 1024, &number))
                limits->message_bytes = (size_t)number;
        if (settings_integer(&loader->settings, group, "depth", 2, 36, &number))
                limits->depth = (uint32_t)number;
        if (settings_integer(&loader->settings, group, "ahead_seconds", 0, 86400, &number))
                limits->ahead_us = number * 1000000;
        if (settings_integer(&loader->settings, group, "late_days", 0, 36500, &number))
                limits->late_days = (int32_t)number;
        const char *date = settings_string(&loader->settings, group, "earliest_time", false);
        if (date && calendar_parse_date(span_of(date), &earliest))
                limits->earliest_us = calendar_midnight_in_zone(earliest);
        else if (date)
                settings_fault(&loader->settings, group, "'earliest_time' has to be a date, YYYY-MM-DD");
}

static void load_languages(Loader *loader, const config_setting_t *root) {
        const config_setting_t *list = config_setting_get_member(root, "languages");
        CataloguePlan *plan = loader->catalogue->plan;
        plan->language_count = length_of(loader, list, "languages");
        plan->languages = arena_zalloc(loader->arena, plan->language_count * sizeof(*plan->languages));
        for (uint32_t i = 0; i < plan->language_count; i++) {
                Span texts[3];
                if (load_labelled(loader, config_setting_get_elem(list, i), texts))
                        plan->languages[i] = (Language){texts[0], texts[1], texts[2]};
        }
}

static void load_redaction(Loader *loader, const config_setting_t *entry, Redaction *redaction) {
        static const char *const known[] = {"pattern", "keep_first", "fill", "keep_last",
                                            "replace", "keep_from",  NULL};
        int64_t number;
        settings_only(&loader->settings, entry, known);
        settings_member(&loader->settings, entry, "pattern", true);
        redaction->pattern = load_pattern(loader, entry, "pattern", false);
        if (redaction->pattern && pattern_matches(redaction->pattern, SPAN_LIT("")))
                settings_fault(&loader->settings, entry, "'pattern' matches an empty text");
        if (settings_integer(&loader->settings, entry, "keep_first", 0, 100, &number))
                redaction->keep_first = (uint32_t)number;
        if (settings_integer(&loader->settings, entry, "fill", 0, 100, &number))
                redaction->fill = (uint32_t)number;
        if (settings_integer(&loader->settings, entry, "keep_last", 0, 100, &number))
                redaction->keep_last = (uint32_t)number;
        redaction->replace = load_string(loader, entry, "replace", false);
        const char *from = settings_string(&loader->settings, entry, "keep_from", false);
        if (from)
                redaction->keep_from = from[0];
}

static void load_redactions(Loader *loader, const config_setting_t *root) {
        const config_setting_t *list = config_setting_get_member(root, "redact");
        CataloguePlan *plan = loader->catalogue->plan;
        plan->redaction_count = length_of(loader, list, "redact");
        plan->redactions = arena_zalloc(loader->arena, plan->redaction_count * sizeof(*plan->redactions));
        for (uint32_t i = 0; i < plan->redaction_count; i++)
                load_redaction(loader, config_setting_get_elem(list, i), &plan->redactions[i]);
}

static void load_references(Loader *loader, const config_setting_t *root) {
        static const char *const known[] = {"name", "table", "key", "function", "warning", NULL};
        const config_setting_t *list = config_setting_get_member(root, "references");
        Catalogue *catalogue = loader->catalogue;
        catalogue->reference_count = length_of(loader, list, "references");
        catalogue->references =
                arena_zalloc(loader->arena, catalogue->reference_count * sizeof(*catalogue->references));
        for (uint32_t i = 0; i < catalogue->reference_count; i++) {
                const config_setting_t *entry = config_setting_get_elem(list, i);
                Reference *reference = &catalogue->references[i];
                settings_only(&loader->settings, entry, known);
                reference->name = load_string(loader, entry, "name", true);
                reference->table = load_string(loader, entry, "table", true);
                reference->key_column = load_string(loader, entry, "key", true);
                reference->function = load_string(loader, entry, "function", false);
                reference->warning = load_reason(loader, entry, "warning");
        }
}

static void load_hierarchy(Loader *loader, const config_setting_t *entry, Hierarchy *hierarchy) {
        static const char *const known[] = {"name", "prefix", "levels", NULL};
        static const char *const known_level[] = {"level", "length", "shape", NULL};
        int64_t number;
        settings_only(&loader->settings, entry, known);
        hierarchy->name = load_string(loader, entry, "name", true);
        if (settings_integer(&loader->settings, entry, "prefix", 0, 100, &number))
                hierarchy->prefix = (uint32_t)number;
        const config_setting_t *levels = settings_member(&loader->settings, entry, "levels", true);
        hierarchy->level_count = length_of(loader, levels, "levels");
        hierarchy->levels = arena_zalloc(loader->arena, hierarchy->level_count * sizeof(*hierarchy->levels));
        for (uint32_t i = 0; i < hierarchy->level_count; i++) {
                const config_setting_t *level = config_setting_get_elem(levels, i);
                settings_only(&loader->settings, level, known_level);
                hierarchy->levels[i].name = load_string(loader, level, "level", true);
                hierarchy->levels[i].shape = load_string(loader, level, "shape", true);
                if (settings_integer(&loader->settings, level, "length", 1, 100, &number))
                        hierarchy->levels[i].length = (uint32_t)number;
                if (hierarchy->levels[i].length < hierarchy->prefix)
                        settings_fault(&loader->settings, level, "'length' is shorter than the hierarchy's prefix");
        }
}

static void load_hierarchies(Loader *loader, const config_setting_t *root) {
        const config_setting_t *list = config_setting_get_member(root, "hierarchies");
        CataloguePlan *plan = loader->catalogue->plan;
        plan->hierarchy_count = length_of(loader, list, "hierarchies");
        plan->hierarchies = arena_zalloc(loader->arena, plan->hierarchy_count * sizeof(*plan->hierarchies));
        for (uint32_t i = 0; i < plan->hierarchy_count; i++)
                load_hierarchy(loader, config_setting_get_elem(list, i), &plan->hierarchies[i]);
}

static void load_kinds(Loader *loader, const config_setting_t *root) {
        static const char *const known[] = {
                "kind",          "is",        "min",    "max",           "digits",        "pattern",
                "mask",          "values",    "unique", "fields",        "value",         "tables",
                "items",         "prefixes",  "except", "prefix_length", "prefix_reason", "key_pattern",
                "value_pattern", "reference", NULL};
        const config_setting_t *list = config_setting_get_member(root, "kinds");
        uint32_t count = length_of(loader, list, "kinds");
        for (uint32_t i = 0; i < count; i++) {
                const config_setting_t *entry = config_setting_get_elem(list, i);
                settings_only(&loader->settings, entry, known);
                Span name = load_string(loader, entry, "kind", true);
                if (name.ptr && kind_find(name))
                        settings_fault(&loader->settings, entry, "'%s' is the name of a primitive kind", name.ptr);
                for (uint32_t j = 0; name.ptr && j < i; j++)
                        if (span_equal(((const NamedKind *)(const void *)loader->kinds.ptr)[j].name, name))
                                settings_fault(&loader->settings, entry, "the kind '%s' is declared twice", name.ptr);
                buffer_put(&loader->kinds, &(NamedKind){name, entry}, sizeof(NamedKind));
        }
}

static void load_table_columns(Loader *loader, const config_setting_t *root) {
        static const char *const known[] = {"table", "columns", NULL};
        const config_setting_t *list = config_setting_get_member(root, "table_columns");
        uint32_t count = length_of(loader, list, "table_columns");
        for (uint32_t i = 0; i < count; i++) {
                const config_setting_t *entry = config_setting_get_elem(list, i);
                settings_only(&loader->settings, entry, known);
                buffer_put(&loader->table_columns, &entry, sizeof(entry));
        }
}

void load_domain(Loader *loader, const config_setting_t *root) {
        static const char *const known[] = {"name",       "time_zone",     "limits",      "languages",
                                            "redact",     "references",    "hierarchies", "kinds",
                                            "takes_back", "table_columns", NULL};
        Catalogue *catalogue = loader->catalogue;
        settings_only(&loader->settings, root, known);
        catalogue->name = load_string(loader, root, "name", true);
        catalogue->time_zone = load_string(loader, root, "time_zone", true);
        if (catalogue->time_zone.ptr && !calendar_set_zone(catalogue->time_zone.ptr))
                settings_fault(&loader->settings, config_setting_get_member(root, "time_zone"),
                               "the system knows no time zone '%s' (is tzdata installed?)", catalogue->time_zone.ptr);
        load_limits(loader, root);
        load_languages(loader, root);
        load_redactions(loader, root);
        load_references(loader, root);
        load_hierarchies(loader, root);
        load_kinds(loader, root);
        load_table_columns(loader, root);
        const config_setting_t *takes_back = config_setting_get_member(root, "takes_back");
        if (takes_back && is_group(loader, takes_back, "takes_back"))
                load_takes_back(loader, takes_back);
}
