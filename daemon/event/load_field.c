// SPDX-License-Identifier: Apache-2.0
// Fields: their kind with all options, their slots, and the orders in which a scope is walked later.
#include <stdlib.h>

#include "base/calendar.h"
#include "base/memory.h"
#include "event/kind.h"
#include "event/load.h"

enum { FIELDS_MAX = 64 }; // members of one object

static const char *const field_keys[] = {"member",
                                         "is",
                                         "required",
                                         "default",
                                         "of",
                                         "column",
                                         "reference",
                                         "drop",
                                         "zh",
                                         "en",
                                         "min",
                                         "max",
                                         "digits",
                                         "pattern",
                                         "mask",
                                         "values",
                                         "unique",
                                         "fields",
                                         "value",
                                         "tables",
                                         "items",
                                         "prefixes",
                                         "except",
                                         "prefix_length",
                                         "prefix_reason",
                                         "key_pattern",
                                         "value_pattern",
                                         NULL};

static const struct {
        const char *key;
        unsigned option;
} option_keys[] = {
        {"min", OPTION_MIN},
        {"max", OPTION_MAX},
        {"digits", OPTION_DIGITS},
        {"pattern", OPTION_PATTERN},
        {"prefixes", OPTION_PREFIXES},
        {"except", OPTION_PREFIXES},
        {"prefix_length", OPTION_PREFIXES},
        {"prefix_reason", OPTION_PREFIXES},
        {"values", OPTION_VALUES},
        {"mask", OPTION_MASK},
        {"fields", OPTION_FIELDS},
        {"value", OPTION_FIELDS},
        {"tables", OPTION_FIELDS},
        {"items", OPTION_ITEMS},
        {"unique", OPTION_ITEMS},
        {"key_pattern", OPTION_MAP_PATTERNS},
        {"value_pattern", OPTION_MAP_PATTERNS},
};

// What a field belongs to while it is read.
typedef struct Place {
        Scope *scope;
        Span prefix; // of paths
        bool dropped;
        bool in_list;
} Place;

static Field *load_fields(Loader *loader, const config_setting_t *list, Place place, uint32_t *ret_count);
static bool load_kind(Loader *loader, const config_setting_t *group, size_t kinds_before, Place place, Field *field);

static void refuse_foreign_options(Loader *loader, const config_setting_t *group, const Field *field) {
        for (size_t i = 0; i < sizeof(option_keys) / sizeof(option_keys[0]); i++) {
                const config_setting_t *member = config_setting_get_member(group, option_keys[i].key);
                if (member && !(field->ops->options & option_keys[i].option))
                        settings_fault(&loader->settings, member, "'%s' means nothing for the kind '%s'",
                                       option_keys[i].key, field->ops->name);
        }
}

static bool load_bound(Loader *loader, const config_setting_t *group, const char *key, const Field *field,
                       Decimal *ret_bound) {
        if (field->ops->bounds != BOUNDS_DATE)
                return load_number(loader, group, key, ret_bound);
        const char *date = settings_string(&loader->settings, group, key, false);
        int32_t days;
        if (date && !calendar_parse_date(span_of(date), &days)) {
                settings_fault(&loader->settings, group, "'%s' has to be a date, YYYY-MM-DD", key);
                return false;
        }
        if (date)
                *ret_bound = decimal_of(days, 0);
        return date != NULL;
}

static void load_values(Loader *loader, const config_setting_t *list, Field *field) {
        field->value_count = (uint32_t)config_setting_length(list);
        field->values = arena_zalloc(loader->arena, field->value_count * sizeof(*field->values));
        if (field->value_count == 0)
                settings_fault(&loader->settings, list, "'values' is empty");
        for (uint32_t i = 0; i < field->value_count; i++) {
                Span texts[3];
                if (!load_labelled(loader, config_setting_get_elem(list, i), texts))
                        continue;
                field->values[i] = (EnumValue){texts[0], texts[1], texts[2]};
                for (uint32_t j = 0; j < i; j++)
                        if (span_equal(field->values[j].value, texts[0]))
                                settings_fault(&loader->settings, config_setting_get_elem(list, i),
                                               "the value '%s' stands twice", texts[0].ptr);
        }
}

static void load_prefixes(Loader *loader, const config_setting_t *group, Field *field) {
        int64_t length = 0;
        if (!config_setting_get_member(group, "prefixes"))
                return;
        Prefixes *prefixes = arena_zalloc(loader->arena, sizeof(*prefixes));
        prefixes->values = load_strings(loader, group, "prefixes", true, &prefixes->count);
        prefixes->except = load_strings(loader, group, "except", false, &prefixes->except_count);
        prefixes->reason = load_reason(loader, group, "prefix_reason");
        if (!settings_integer(&loader->settings, group, "prefix_length", 1, 100, &length) ||
            prefixes->reason == REASON_NONE)
                settings_fault(&loader->settings, group, "'prefixes' needs 'prefix_length' and 'prefix_reason'");
        prefixes->length = (uint32_t)length;
        field->prefixes = prefixes;
}

static void load_items(Loader *loader, const config_setting_t *items, Place place, Field *field) {
        Field element;
        Scope *scope = arena_zalloc(loader->arena, sizeof(*scope));
        if (place.in_list) {
                settings_fault(&loader->settings, items, "a list in a list cannot be declared");
                return;
        }
        element = (Field){.of_slot = NO_INDEX, .reference = NO_INDEX, .slot = scope->slot_count++};
        Place inside = {scope, SPAN_LIT(""), place.dropped, true};
        settings_only(&loader->settings, items, field_keys);
        if (!load_kind(loader, items, loader->kinds.len / sizeof(NamedKind), inside, &element))
                return;
        if (kind_is_object(&element)) {
                scope->fields = element.fields;
                scope->field_count = element.field_count;
        } else if (kind_is_list(&element) || kind_is_texts(&element)) {
                settings_fault(&loader->settings, items, "elements of a list are scalars or objects");
                return;
        } else {
                scope->scalar = true;
                scope->fields = arena_alloc(loader->arena, sizeof(element));
                scope->fields[0] = element;
                scope->field_count = 1;
        }
        field->items = scope;
}

static void load_reference(Loader *loader, const config_setting_t *group, Field *field) {
        const char *name = settings_string(&loader->settings, group, "reference", false);
        const Catalogue *catalogue = loader->catalogue;
        if (!name)
                return;
        field->reference = NO_INDEX;
        for (uint32_t i = 0; i < catalogue->reference_count; i++)
                if (span_is(catalogue->references[i].name, name))
                        field->reference = i;
        if (field->reference == NO_INDEX && strcmp(name, "none") != 0)
                settings_fault(&loader->settings, group, "no reference '%s' in catalogue.cfg", name);
}

static void load_options(Loader *loader, const config_setting_t *group, Place place, Field *field) {
        int64_t number;
        const config_setting_t *member;
        refuse_foreign_options(loader, group, field);
        field->has_min |= load_bound(loader, group, "min", field, &field->min);
        field->has_max |= load_bound(loader, group, "max", field, &field->max);
        if (settings_integer(&loader->settings, group, "digits", 0, 9, &number))
                field->digits = (uint32_t)number;
        if (config_setting_get_member(group, "pattern")) {
                field->pattern = load_pattern(loader, group, "pattern", true);
                field->form = load_string(loader, group, "pattern", false);
        }
        if (config_setting_get_member(group, "key_pattern"))
                field->key_pattern = load_pattern(loader, group, "key_pattern", true);
        if (config_setting_get_member(group, "value_pattern"))
                field->value_pattern = load_pattern(loader, group, "value_pattern", true);
        field->mask = settings_bool(&loader->settings, group, "mask", field->mask);
        field->unique = settings_bool(&loader->settings, group, "unique", field->unique);
        load_prefixes(loader, group, field);
        load_reference(loader, group, field);
        if ((member = config_setting_get_member(group, "values")) != NULL)
                load_values(loader, member, field);
        if ((member = config_setting_get_member(group, "items")) != NULL)
                load_items(loader, member, place, field);
        if ((member = config_setting_get_member(group, "fields")) != NULL)
                field->fields = load_fields(loader, member, place, &field->field_count);
        if (config_setting_get_member(group, "value"))
                field->value_member = load_string(loader, group, "value", false);
        if ((member = config_setting_get_member(group, "tables")) != NULL && place.in_list)
                settings_fault(&loader->settings, group, "an object in a list cannot have 'tables'");
        else if (member)
                buffer_put(&loader->objects, &(ObjectTables){member, field}, sizeof(ObjectTables));
}

static void primitive_defaults(Field *field) {
        static const char *const not_empty[] = {"code", "text", "texts", "url", "list"};
        for (size_t i = 0; i < sizeof(not_empty) / sizeof(not_empty[0]); i++)
                field->has_min |= span_is(span_of(field->ops->name), not_empty[i]);
        field->min = decimal_of(1, 0);
        field->mask = kind_is_texts(field);
        field->digits = span_is(span_of(field->ops->name), "money") ? 2 : 0;
}

// Options of the kind that `is` names, then the group's own.
static bool load_kind(Loader *loader, const config_setting_t *group, size_t kinds_before, Place place, Field *field) {
        const char *name = settings_string(&loader->settings, group, "is", true);
        const NamedKind *named = (const NamedKind *)(const void *)loader->kinds.ptr;
        if (!name)
                return false;
        field->ops = kind_find(span_of(name));
        if (field->ops)
                primitive_defaults(field);
        for (size_t i = 0; i < kinds_before && !field->ops; i++)
                if (span_is(named[i].name, name) && !load_kind(loader, named[i].at, i, place, field))
                        return false;
        if (!field->ops) {
                settings_fault(&loader->settings, group, "no kind '%s', neither primitive nor in catalogue.cfg",
                               name);
                return false;
        }
        load_options(loader, group, place, field);
        return true;
}

// The member that stands for an object takes over what the object's line says.
static void settle_value_member(Loader *loader, const config_setting_t *group, Field *field) {
        if (field->value_member.len == 0)
                return;
        for (uint32_t i = 0; i < field->field_count; i++) {
                Field *member = &field->fields[i];
                if (!span_equal(member->member, field->value_member))
                        continue;
                if (field->reference != NO_INDEX)
                        member->reference = field->reference;
                member->column = field->column;
                field->reference = NO_INDEX;
                field->column = SPAN_NULL;
                return;
        }
        settings_fault(&loader->settings, group, "'value' names no member of the object");
}

static void load_field(Loader *loader, const config_setting_t *group, Place place, Field *field) {
        *field = (Field){.of_slot = NO_INDEX, .reference = NO_INDEX, .slot = place.scope->slot_count++};
        field->line = (int)config_setting_source_line(group);
        if (!config_setting_is_group(group)) {
                settings_fault(&loader->settings, group, "a field is a group: { member = …; is = …; }");
                return;
        }
        settings_only(&loader->settings, group, field_keys);
        field->member = load_string(loader, group, "member", true);
        field->path = place.prefix.len ? arena_printf(loader->arena, "%s/%s", place.prefix.ptr, field->member.ptr)
                                       : field->member;
        field->drop = settings_bool(&loader->settings, group, "drop", place.dropped);
        field->required = settings_bool(&loader->settings, group, "required", false);
        field->zh = load_label(loader, group, "zh");
        field->en = load_label(loader, group, "en");
        Place inside = {place.scope, field->path, field->drop, place.in_list};
        if (!field->member.ptr || !load_kind(loader, group, loader->kinds.len / sizeof(NamedKind), inside, field))
                return;
        field->column = load_string(loader, group, "column", false);
        load_default(loader, group, field);
        settle_value_member(loader, group, field);
        if (kind_is_list(field) && !field->items)
                settings_fault(&loader->settings, group, "a list needs 'items'");
}

static void link_siblings(Loader *loader, const config_setting_t *list, Field *fields, uint32_t count) {
        for (uint32_t i = 0; i < count; i++) {
                const config_setting_t *group = config_setting_get_elem(list, i);
                const char *of = settings_string(&loader->settings, group, "of", false);
                for (uint32_t j = 0; j < count; j++) {
                        if (of && span_is(fields[j].member, of))
                                fields[i].of_slot = fields[j].slot;
                        if (j < i && fields[i].member.ptr && span_equal(fields[i].member, fields[j].member))
                                settings_fault(&loader->settings, group, "the member '%s' is declared twice",
                                               fields[i].member.ptr);
                }
                if (of && fields[i].of_slot == NO_INDEX)
                        settings_fault(&loader->settings, group, "'of' names no member beside it: '%s'", of);
        }
}

static Field *load_fields(Loader *loader, const config_setting_t *list, Place place, uint32_t *ret_count) {
        if (!config_setting_is_list(list)) {
                settings_fault(&loader->settings, list, "'fields' has to be a list: ( { … }, … )");
                return NULL;
        }
        uint32_t count = (uint32_t)config_setting_length(list);
        if (count > FIELDS_MAX) {
                settings_fault(&loader->settings, list, "more than %d members in one object", FIELDS_MAX);
                count = FIELDS_MAX;
        }
        Field *fields = arena_zalloc(loader->arena, count * sizeof(*fields));
        for (uint32_t i = 0; i < count; i++)
                load_field(loader, config_setting_get_elem(list, i), place, &fields[i]);
        link_siblings(loader, list, fields, count);
        *ret_count = count;
        return fields;
}

// ---- orders ----

static Span sort_path(Arena *arena, const Field *field) {
        bool many = kind_is_list(field) || kind_is_texts(field);
        return many ? arena_printf(arena, "%.*s/", (int)field->path.len, field->path.ptr) : field->path;
}

static void walk(Loader *loader, Scope *scope, Field *fields, uint32_t count);

static void register_field(Loader *loader, Scope *scope, Field *field) {
        scope->by_slot[field->slot] = field;
        if (!field->ops)
                return;
        if (kind_is_object(field)) {
                walk(loader, scope, field->fields, field->field_count);
                return;
        }
        bool names = field->reference != NO_INDEX;
        if (kind_is_list(field) && field->items)
                names = field->items->naming_count > 0;
        if (names && !field->drop)
                scope->naming[scope->naming_count++] = field;
        if (!field->drop)
                scope->by_path[scope->by_path_count++] = field;
}

static void walk(Loader *loader, Scope *scope, Field *fields, uint32_t count) {
        for (uint32_t i = 0; i < count; i++)
                register_field(loader, scope, &fields[i]);
}

static void sort_by_path(Loader *loader, Scope *scope) {
        for (uint32_t i = 1; i < scope->by_path_count; i++)
                for (uint32_t j = i; j > 0; j--) {
                        const Field *left = scope->by_path[j - 1];
                        const Field *right = scope->by_path[j];
                        if (span_compare(sort_path(loader->arena, left), sort_path(loader->arena, right)) <= 0)
                                break;
                        scope->by_path[j - 1] = right;
                        scope->by_path[j] = left;
                }
}

static void finish_scope(Loader *loader, Scope *scope) {
        scope->by_slot = arena_zalloc(loader->arena, scope->slot_count * sizeof(*scope->by_slot));
        scope->by_path = arena_zalloc(loader->arena, scope->slot_count * sizeof(*scope->by_path));
        scope->naming = arena_zalloc(loader->arena, scope->slot_count * sizeof(*scope->naming));
        walk(loader, scope, scope->fields, scope->field_count);
        sort_by_path(loader, scope);
}

// Elements first: a list names something when its elements do.
static void finish_items(Loader *loader, Field *fields, uint32_t count) {
        for (uint32_t i = 0; i < count; i++) {
                if (fields[i].items)
                        finish_scope(loader, fields[i].items);
                finish_items(loader, fields[i].fields, fields[i].field_count);
        }
}

void load_scope(Loader *loader, const config_setting_t *list, Scope *scope) {
        Place place = {scope, SPAN_LIT(""), false, false};
        scope->fields = load_fields(loader, list, place, &scope->field_count);
        if (!scope->fields)
                scope->field_count = 0;
        finish_items(loader, scope->fields, scope->field_count);
        finish_scope(loader, scope);
}
