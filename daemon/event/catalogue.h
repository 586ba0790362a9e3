// SPDX-License-Identifier: Apache-2.0
// The catalogue: all declarations of a folder, compiled into flat tables. schema/catalogue/README.md is the language.
// Read-only once loaded; everything points into one arena.
#pragma once
#include <stdint.h>

#include "base/arena.h"
#include "event/event.h"

typedef struct Field Field;
typedef struct Scope Scope;
typedef struct RuleDecl RuleDecl;

typedef enum EventClass { CLASS_FACT, CLASS_STATE, CLASS_CONTROL } EventClass;
typedef enum TableMode { TABLE_INSERT, TABLE_STATE, TABLE_FULLEST, TABLE_CHILD } TableMode;

// A value that a declaration puts into a column as it stands.
typedef struct Constant {
        uint32_t column;
        Value value;
} Constant;

// A target table with the union of the columns that any type fills.
typedef struct Table {
        Span name; // schema.table
        TableMode mode;
        Span *columns;
        uint32_t column_count;
        // state, fullest: key columns and the columns that decide who wins, in this order: rank, time, id, source.
        // child: the columns that hold the parent's key, in the order of the parent's key.
        uint32_t *key;
        uint32_t key_count;
        uint32_t rank[4];
        uint32_t parent;    // child: index of the parent's table
        uint32_t reference; // index of the reference that lives in this table, or UINT32_MAX
        uint32_t *kinds;    // by column: bits of the ValueKind that members and the engine bring
        Constant *constants;
        uint32_t constant_count;
} Table;

// A dimension whose rows can be named; in the order in which rows are locked.
typedef struct Reference {
        Span name;
        Span table;
        Span key_column;
        Span function;  // len 0: insert a bare key
        Reason warning; // REASON_NONE: none
} Reference;

struct EventType {
        Span name;
        EventClass event_class;
        int32_t version;
        Span dataschema; // the URI without its number; len 0: none known
        bool stored;
        Span zh;
        Span en;
        Span file;
        const Scope *scope; // members of data
        uint32_t slot_count;
        // The rest is the business of event/ alone.
        struct TypePlan *plan;
};

typedef struct Limits {
        size_t message_bytes;
        uint32_t depth;
        int64_t ahead_us;    // clock tolerance
        int32_t late_days;   // W_LATE
        int64_t earliest_us; // E_TIME_TOO_OLD before this instant
} Limits;

typedef struct Catalogue {
        Arena arena;
        Span name;
        Span folder;
        Span time_zone;
        Limits limits;
        Table *tables; // in the order in which rows are locked and written
        uint32_t table_count;
        Reference *references;
        uint32_t reference_count;
        EventType *types; // by name
        uint32_t type_count;
        struct CataloguePlan *plan;
} Catalogue;

// Reads every *.cfg of the folder. On failure returns NULL and hands every fault, one `file:line: message` a line, to
// `report`; nothing is silently ignored. Sets the process's time zone (base/calendar.h).
typedef void CatalogueReport(void *userdata, const char *line);
Catalogue *catalogue_load(const char *folder, CatalogueReport *report, void *userdata);
Catalogue *catalogue_free(Catalogue *catalogue);

// NULL when there is none of that name.
const EventType *catalogue_type(const Catalogue *catalogue, Span name);
const char *event_class_name(EventClass event_class);
