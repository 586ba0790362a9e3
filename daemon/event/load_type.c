// SPDX-License-Identifier: Apache-2.0
// A type file: its head, then fields, tables and rules.
#include "event/kind.h"
#include "event/load.h"

static const char *const classes[] = {"fact", "state", "control"};

static void load_class(Loader *loader, EventType *type, const config_setting_t *root) {
        const char *name = settings_string(&loader->settings, root, "class", true);
        size_t i = 0;
        while (name && i < 3 && strcmp(name, classes[i]) != 0)
                i++;
        if (i == 3)
                settings_fault(&loader->settings, root, "no class '%s'", name);
        type->event_class = i < 3 ? (EventClass)i : CLASS_FACT;
}

// A member of the event by path, with a fault when there is none.
static Member head_member(Loader *loader, const EventType *type, const config_setting_t *root, const char *key,
                          Span path) {
        Member member = load_member(type->scope, NULL, NULL, path);
        if (!member.field)
                settings_fault(&loader->settings, config_setting_get_member(root, key), "'%s' names no member: '%s'",
                               key, path.ptr);
        return member;
}

static uint32_t load_few(Loader *loader, EventType *type, const config_setting_t *root, const char *key,
                         Member members[4]) {
        uint32_t count;
        Span *paths = load_strings(loader, root, key, false, &count);
        if (count > 4) {
                settings_fault(&loader->settings, config_setting_get_member(root, key),
                               "'%s' has more than 4 members", key);
                count = 4;
        }
        for (uint32_t i = 0; i < count; i++) {
                members[i] = head_member(loader, type, root, key, paths[i]);
                if (members[i].field && members[i].field->ops->value != VALUE_TEXT)
                        settings_fault(&loader->settings, config_setting_get_member(root, key),
                                       "'%s' needs members that are texts or codes", key);
        }
        return count;
}

static void load_occurred_on(Loader *loader, EventType *type, const config_setting_t *root) {
        TypePlan *plan = type->plan;
        Span text = load_string(loader, root, "occurred_on", true);
        if (!text.ptr)
                return;
        if (span_is(text, "@date")) {
                plan->occurred_on = OCCURRED_DATE;
                return;
        }
        bool year = text.len > 9 && memcmp(text.ptr, "year_end:", 9) == 0;
        plan->occurred_on = year ? OCCURRED_YEAR_END : OCCURRED_MEMBER;
        plan->occurred_member = head_member(loader, type, root, "occurred_on", year ? span_of(text.ptr + 9) : text);
        const Field *field = plan->occurred_member.field;
        if (field && (!(year ? load_is_year(field) : field->ops->value == VALUE_DATE) || !field->required))
                settings_fault(&loader->settings, config_setting_get_member(root, "occurred_on"),
                               "'occurred_on' needs a required member of the kind '%s'",
                               year ? "integer, between 1 and 9999" : "date");
}

static uint32_t load_slot(Loader *loader, EventType *type, const config_setting_t *root, const char *key,
                          ValueKind kind) {
        Span path = load_string(loader, root, key, false);
        if (!path.ptr)
                return NO_INDEX;
        Member member = head_member(loader, type, root, key, path);
        if (member.field && (member.field->ops->value != kind || !member.field->required))
                settings_fault(&loader->settings, config_setting_get_member(root, key),
                               "'%s' needs a required member of a fitting kind", key);
        return member.slot;
}

static void load_natural_key(Loader *loader, EventType *type, const config_setting_t *root) {
        TypePlan *plan = type->plan;
        Span *paths = load_strings(loader, root, "natural_key", false, &plan->natural_key_count);
        plan->natural_key = arena_zalloc(loader->arena, plan->natural_key_count * sizeof(Member));
        for (uint32_t i = 0; i < plan->natural_key_count; i++) {
                plan->natural_key[i] = head_member(loader, type, root, "natural_key", paths[i]);
                const Field *field = plan->natural_key[i].field;
                if (field && !load_is_key(field))
                        settings_fault(&loader->settings, config_setting_get_member(root, "natural_key"),
                                       "'%s' cannot be part of a natural key", paths[i].ptr);
        }
}

static void load_head(Loader *loader, EventType *type, const config_setting_t *root) {
        int64_t version = 1;
        type->name = load_string(loader, root, "type", true);
        load_class(loader, type, root);
        settings_integer(&loader->settings, root, "version", 1, 32767, &version);
        type->version = (int32_t)version;
        type->dataschema = load_string(loader, root, "dataschema", false);
        type->stored = settings_bool(&loader->settings, root, "stored", true);
        type->zh = load_label(loader, root, "zh");
        type->en = load_label(loader, root, "en");
        type->file = load_text(loader, loader->settings.file);
}

static void load_all_tables(Loader *loader, EventType *type, const config_setting_t *root) {
        const config_setting_t *tables = settings_member(&loader->settings, root, "tables", type->stored);
        const ObjectTables *objects = (const ObjectTables *)(const void *)loader->objects.ptr;
        if (!type->stored) {
                if (tables)
                        settings_fault(&loader->settings, tables, "'tables' means nothing while 'stored' is false");
                return;
        }
        if (tables)
                load_tables(loader, type, tables, NULL);
        // The kind's tables stand in catalogue.cfg.
        const char *file = loader->settings.file;
        for (size_t i = 0; i < loader->objects.len / sizeof(*objects); i++) {
                loader->settings.file = loader->domain_file;
                if (!objects[i].object->drop)
                        load_tables(loader, type, objects[i].tables, objects[i].object);
        }
        loader->settings.file = file;
}

void load_type(Loader *loader, EventType *type, const config_setting_t *root) {
        static const char *const known[] = {"type",        "class",       "version",  "dataschema", "entity", "key",
                                            "occurred_on", "natural_key", "revision", "target",     "stored", "zh",
                                            "en",          "fields",      "tables",   "rules",      NULL};
        settings_only(&loader->settings, root, known);
        TypePlan *plan = arena_zalloc(loader->arena, sizeof(*plan));
        type->plan = plan;
        type->scope = &plan->scope;
        loader->objects.len = 0;
        load_head(loader, type, root);
        const config_setting_t *fields = settings_member(&loader->settings, root, "fields", true);
        unsigned faults = loader->settings.faults;
        if (fields)
                load_scope(loader, fields, &plan->scope);
        type->slot_count = plan->scope.slot_count;
        if (!fields || loader->settings.faults > faults)
                return; // what refers to broken members would only repeat the fault
        plan->entity_count = load_few(loader, type, root, "entity", plan->entity);
        plan->key_count = load_few(loader, type, root, "key", plan->key);
        load_occurred_on(loader, type, root);
        load_natural_key(loader, type, root);
        plan->revision_slot = load_slot(loader, type, root, "revision", VALUE_INTEGER);
        plan->target_slot = load_slot(loader, type, root, "target", VALUE_TEXT);
        load_all_tables(loader, type, root);
        const config_setting_t *rules = config_setting_get_member(root, "rules");
        if (rules)
                load_rules(loader, type, rules);
}
