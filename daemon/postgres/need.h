// SPDX-License-Identifier: Apache-2.0
// What the daemon needs of the database: its own tables (one list), and what follows from the catalogue.
#pragma once
#include "event/catalogue.h"

typedef enum Right {
        RIGHT_INSERT = 1,
        RIGHT_UPDATE = 2,
        RIGHT_SELECT = 4,
        RIGHT_DELETE = 8, // of a table
} Right;

typedef struct NeedColumn {
        Span name;
        unsigned rights; // of this column
} NeedColumn;

typedef struct Need {
        Span table;      // schema.table
        unsigned rights; // RIGHT_DELETE or nothing
        NeedColumn *columns;
        uint32_t column_count;
        bool inserts; // rows are made with these columns only: every other one must do without a value
} Need;

// Columns of which the table must have a unique index, exactly of these: else ON CONFLICT cannot work.
typedef struct NeedKey {
        Span table;
        Span *columns;
        uint32_t count;
} NeedKey;

typedef struct Needs {
        Arena arena;
        Need *list; // first the catalogue's tables, with the same numbers and columns
        uint32_t count;
        NeedKey *keys;
        uint32_t key_count;
} Needs;

Needs needs_of(const Catalogue *catalogue);
