// SPDX-License-Identifier: Apache-2.0
// Tables: how a type uses them.
#include "event/kind.h"
#include "event/load_use.h"

// Everything about the use that is being read.
typedef struct UseReading {
        Loader *loader;
        const Field *object; // the tables belong to this object, or NULL
        const config_setting_t *at;
        PendingUse *pending;
        Buffer columns; // of PendingColumn
} UseReading;

static void set_column(UseReading *reading, Span name, Source source) {
        PendingColumn *columns = (PendingColumn *)(void *)reading->columns.ptr;
        for (size_t i = 0; i < reading->columns.len / sizeof(*columns); i++)
                if (span_equal(columns[i].name, name)) {
                        columns[i].source = source;
                        return;
                }
        buffer_put(&reading->columns, &(PendingColumn){name, source}, sizeof(PendingColumn));
}

static void read_columns(UseReading *reading, const config_setting_t *group) {
        Loader *loader = reading->loader;
        const config_setting_t *columns = group ? config_setting_get_member(group, "columns") : NULL;
        if (!columns)
                return;
        if (!config_setting_is_group(columns)) {
                settings_fault(&loader->settings, columns, "'columns' has to be a group: { column = \"source\"; … }");
                return;
        }
        for (int i = 0; i < config_setting_length(columns); i++) {
                const config_setting_t *entry = config_setting_get_elem(columns, (unsigned)i);
                const char *text = config_setting_get_string(entry);
                if (!text) {
                        settings_fault(&loader->settings, entry, "a source is a string");
                        continue;
                }
                Source source =
                        load_source(loader, reading->pending, reading->object, entry, load_text(loader, text));
                set_column(reading, load_text(loader, config_setting_name(entry)), source);
        }
}

// Fields that name their column themselves.
static void read_field_columns(UseReading *reading, const Field *fields, uint32_t count, SourceKind kind) {
        for (uint32_t i = 0; i < count; i++) {
                if (fields[i].column.len > 0)
                        set_column(reading, fields[i].column, (Source){kind, fields[i].slot, VALUE_NULL});
                if (fields[i].ops && kind_is_object(&fields[i]))
                        read_field_columns(reading, fields[i].fields, fields[i].field_count, kind);
        }
}

static void shared_columns(UseReading *reading) {
        Loader *loader = reading->loader;
        const config_setting_t **shared = (const config_setting_t **)(void *)loader->table_columns.ptr;
        const char *file = loader->settings.file;
        for (size_t i = 0; i < loader->table_columns.len / sizeof(*shared); i++) {
                loader->settings.file = loader->domain_file;
                const char *table = settings_string(&loader->settings, shared[i], "table", true);
                if (table && span_is(reading->pending->table, table))
                        read_columns(reading, shared[i]);
        }
        loader->settings.file = file;
}

static void read_each(UseReading *reading) {
        Loader *loader = reading->loader;
        TableUse *use = &reading->pending->use;
        const Scope *scope = reading->pending->type->scope;
        Span path = load_string(loader, reading->at, "each", false);
        if (!path.ptr)
                return;
        Member member = load_member(scope, NULL, reading->object, path);
        const char *slash = memchr(path.ptr, '/', path.len);
        if (!member.field && slash) {
                Member list = load_member(scope, NULL, reading->object, (Span){path.ptr, (size_t)(slash - path.ptr)});
                if (list.field && kind_is_list(list.field) && list.field->items) {
                        use->each_list = list.field;
                        member = load_member(scope, list.field, NULL,
                                             (Span){slash + 1, path.len - (size_t)(slash - path.ptr) - 1});
                        use->texts_in_element = true;
                }
        }
        if (member.field && kind_is_texts(member.field))
                use->each_texts = member.field;
        else if (member.field && kind_is_list(member.field) && member.field->items && !use->each_list)
                use->each_list = member.field;
        else
                settings_fault(&loader->settings, reading->at, "'each' names no list and no language map: '%s'",
                               path.ptr);
}

static void read_mode(UseReading *reading) {
        static const char *const modes[] = {"insert", "state", "fullest", "child"};
        Loader *loader = reading->loader;
        PendingUse *pending = reading->pending;
        const char *mode = settings_string(&loader->settings, reading->at, "mode", true);
        size_t i = 0;
        while (mode && i < 4 && strcmp(mode, modes[i]) != 0)
                i++;
        if (i == 4)
                settings_fault(&loader->settings, reading->at, "no mode '%s'", mode);
        pending->mode = i < 4 ? (TableMode)i : TABLE_INSERT;
        pending->key = load_strings(loader, reading->at, "key", pending->mode != TABLE_INSERT, &pending->key_count);
        if (pending->mode == TABLE_CHILD)
                pending->parent = load_string(loader, reading->at, "of", true);
}

static void read_counted(UseReading *reading) {
        Loader *loader = reading->loader;
        TableUse *use = &reading->pending->use;
        const Field *counted = reading->object;
        Span path = load_string(loader, reading->at, "members", false);
        if (path.ptr)
                counted = load_member(reading->pending->type->scope, NULL, reading->object, path).field;
        if (path.ptr && (!counted || (!kind_is_object(counted) && !kind_is_texts(counted))))
                settings_fault(&loader->settings, reading->at, "'members' names no object and no language map");
        else if (counted)
                use->members_slot = counted->slot;
        else
                settings_fault(&loader->settings, reading->at, "'fullest' needs 'members'");
}

static void read_when(UseReading *reading) {
        Span path = load_string(reading->loader, reading->at, "when", false);
        if (!path.ptr)
                return;
        Member member = load_member(reading->pending->type->scope, NULL, reading->object, path);
        if (!member.field)
                settings_fault(&reading->loader->settings, reading->at, "'when' names no member: '%s'", path.ptr);
        reading->pending->use.when_slot = member.slot;
}

static void read_natural_key(UseReading *reading) {
        Loader *loader = reading->loader;
        TableUse *use = &reading->pending->use;
        Span *paths = load_strings(loader, reading->at, "natural_key", false, &use->natural_key_count);
        use->natural_key = arena_zalloc(loader->arena, use->natural_key_count * sizeof(Member));
        for (uint32_t i = 0; i < use->natural_key_count; i++) {
                use->natural_key[i] =
                        load_member(reading->pending->type->scope, use->each_list, reading->object, paths[i]);
                if (!use->natural_key[i].field)
                        settings_fault(&loader->settings, reading->at, "no member '%s'", paths[i].ptr);
                else if (!load_is_key(use->natural_key[i].field))
                        settings_fault(&loader->settings, reading->at, "'%s' cannot be part of a natural key",
                                       paths[i].ptr);
        }
}

static const PendingColumn *column_from(const UseReading *reading, SourceKind kind, uint32_t slot) {
        const PendingColumn *columns = (const PendingColumn *)(const void *)reading->columns.ptr;
        for (size_t i = 0; i < reading->columns.len / sizeof(*columns); i++)
                if (columns[i].source.kind == kind && (slot == NO_INDEX || columns[i].source.slot == slot))
                        return &columns[i];
        return NULL;
}

static bool has_column(const UseReading *reading, Span name) {
        const PendingColumn *columns = (const PendingColumn *)(const void *)reading->columns.ptr;
        for (size_t i = 0; i < reading->columns.len / sizeof(*columns); i++)
                if (span_equal(columns[i].name, name))
                        return true;
        return false;
}

// Key columns must be there; of those, the ones that are members of the counted object do not describe it.
static void check_keys(UseReading *reading) {
        PendingUse *pending = reading->pending;
        for (uint32_t k = 0; k < pending->key_count; k++)
                if (!has_column(reading, pending->key[k]))
                        settings_fault(&reading->loader->settings, reading->at, "nothing fills the key column '%s'",
                                       pending->key[k].ptr);
        if (pending->mode == TABLE_FULLEST && pending->use.members_slot != NO_INDEX && reading->object &&
            pending->use.members_slot == reading->object->slot)
                pending->use.key_members = pending->key_count;
        bool ranked = pending->mode == TABLE_STATE || pending->mode == TABLE_FULLEST;
        SourceKind rank = pending->mode == TABLE_FULLEST ? SOURCE_MEMBERS : SOURCE_REVISION;
        if (ranked && (!column_from(reading, rank, NO_INDEX) || !column_from(reading, SOURCE_TIME, NO_INDEX) ||
                       !column_from(reading, SOURCE_ID, NO_INDEX) || !column_from(reading, SOURCE_SOURCE, NO_INDEX)))
                settings_fault(&reading->loader->settings, reading->at,
                               "needs columns from %s, @time, @id and @source: they decide who wins",
                               rank == SOURCE_MEMBERS ? "@members" : "@revision");
}

static void keep(UseReading *reading) {
        PendingUse *pending = reading->pending;
        Span copy = arena_copy(reading->loader->arena, (Span){reading->columns.ptr, reading->columns.len});
        pending->columns = (PendingColumn *)(uintptr_t)copy.ptr;
        pending->column_count = (uint32_t)(reading->columns.len / sizeof(PendingColumn));
        buffer_put(&reading->loader->uses, pending, sizeof(*pending));
        buffer_deinit(&reading->columns);
}

static PendingUse pending_new(Loader *loader, EventType *type, const config_setting_t *at) {
        PendingUse pending = {.type = type, .at = at, .file = loader->settings.file};
        pending.use.when_slot = pending.use.members_slot = NO_INDEX;
        pending.table = load_string(loader, at, "table", true);
        return pending;
}

static void load_table(Loader *loader, EventType *type, const config_setting_t *at, const Field *object, bool main) {
        static const char *const known[] = {"table", "mode",    "key",         "of",      "each",
                                            "when",  "members", "natural_key", "columns", NULL};
        settings_only(&loader->settings, at, known);
        PendingUse pending = pending_new(loader, type, at);
        UseReading reading = {loader, object, at, &pending, BUFFER_NULL};
        read_mode(&reading);
        read_each(&reading);
        read_when(&reading);
        if (pending.mode == TABLE_FULLEST)
                read_counted(&reading);
        read_natural_key(&reading);
        const Scope *elements = pending.use.each_list ? pending.use.each_list->items : NULL;
        if (main)
                read_field_columns(&reading, type->scope->fields, type->scope->field_count, SOURCE_EVENT_SLOT);
        if (elements && !pending.use.texts_in_element)
                read_field_columns(&reading, elements->fields, elements->field_count, SOURCE_ELEMENT_SLOT);
        shared_columns(&reading);
        read_columns(&reading, at);
        check_keys(&reading);
        keep(&reading);
}

void load_tables(Loader *loader, EventType *type, const config_setting_t *tables, const Field *object) {
        if (!config_setting_is_list(tables)) {
                settings_fault(&loader->settings, tables, "'tables' has to be a list: ( { … }, … )");
                return;
        }
        for (int i = 0; i < config_setting_length(tables); i++)
                load_table(loader, type, config_setting_get_elem(tables, (unsigned)i), object, !object && i == 0);
}

void load_takes_back(Loader *loader, const config_setting_t *group) {
        static const char *const known[] = {"table", "columns", NULL};
        settings_only(&loader->settings, group, known);
        PendingUse pending = pending_new(loader, NULL, group);
        UseReading reading = {loader, NULL, group, &pending, BUFFER_NULL};
        pending.mode = TABLE_INSERT;
        read_columns(&reading, group);
        keep(&reading);
}
