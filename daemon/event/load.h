// SPDX-License-Identifier: Apache-2.0
// Compiling declarations: shared by the load_*.c files, used by nobody else.
#pragma once
#include "base/buffer.h"
#include "base/settings.h"
#include "event/plan.h"

// A table as one type uses it, before it is known which columns the table has in the end.
typedef struct PendingColumn {
        Span name;
        Source source;
} PendingColumn;

typedef struct PendingUse {
        EventType *type; // NULL: takes_back
        Span table;
        TableMode mode;
        Span *key;
        uint32_t key_count;
        Span parent;
        PendingColumn *columns;
        uint32_t column_count;
        TableUse use;
        const char *file;
        const config_setting_t *at;
} PendingUse;

// A named kind of catalogue.cfg.
typedef struct NamedKind {
        Span name;
        const config_setting_t *at;
} NamedKind;

// `tables` of an object kind, to be read once the type's members are known.
typedef struct ObjectTables {
        const config_setting_t *tables;
        const Field *object;
} ObjectTables;

typedef struct Loader {
        Settings settings;
        Catalogue *catalogue;
        Arena *arena;
        Buffer kinds;         // of NamedKind
        Buffer table_columns; // of const config_setting_t *: entries of table_columns
        Buffer uses;          // of PendingUse
        Buffer objects;       // of ObjectTables, of the type at hand
        const char *domain_file;
} Loader;

// load_read.c. Copies into the catalogue.
Span load_text(Loader *loader, const char *string);
Span load_string(Loader *loader, const config_setting_t *group, const char *key, bool required);
// A label must be there, and say something.
Span load_label(Loader *loader, const config_setting_t *group, const char *key);
// An array or list of strings; NULL and 0 when not there.
Span *load_strings(Loader *loader, const config_setting_t *group, const char *key, bool required,
                   uint32_t *ret_count);
// A number as integer or string. False: not there.
bool load_number(Loader *loader, const config_setting_t *group, const char *key, Decimal *ret_number);
Pattern *load_pattern(Loader *loader, const config_setting_t *group, const char *key, bool anchored);
Reason load_reason(Loader *loader, const config_setting_t *group, const char *key);
// Three strings: value, Chinese, English.
bool load_labelled(Loader *loader, const config_setting_t *entry, Span ret_texts[3]);

// load_domain.c: catalogue.cfg but its kinds' options, which are read where they are used.
void load_domain(Loader *loader, const config_setting_t *root);
// load_field.c
void load_scope(Loader *loader, const config_setting_t *fields, Scope *scope);
// load_default.c: the value of `field` when it is absent; its kind is read already.
void load_default(Loader *loader, const config_setting_t *group, Field *field);
// load_path.c: a member by its path, in the event or (first) in the element of `list`. NULL field: there is none.
Member load_member(const Scope *scope, const Field *list, const Field *object, Span path);
// Has its place in a natural key: one value or a language map, and kept.
bool load_is_key(const Field *field);
// An integer within the years of the calendar.
bool load_is_year(const Field *field);
const Field *load_find_path(const Scope *scope, Span path);
// load_table.c
void load_tables(Loader *loader, EventType *type, const config_setting_t *tables, const Field *object);
void load_takes_back(Loader *loader, const config_setting_t *group);
void load_finish_tables(Loader *loader);
// load_rule.c
void load_rules(Loader *loader, EventType *type, const config_setting_t *rules);
// load_type.c
void load_type(Loader *loader, EventType *type, const config_setting_t *root);
