// SPDX-License-Identifier: Apache-2.0
// An event that passed validation, and the rows that it becomes. Plain data; memory of the batch's arena.
#pragma once
#include "base/digest.h"
#include "event/reason.h"
#include "event/value.h"

typedef struct EventType EventType;

// One row for a table of the catalogue (`catalogue->tables[table]`).
typedef struct Row {
        uint32_t table;
        Value *cells; // as many as the table has columns, in its order
} Row;

// The event names a row of a dimension (`catalogue->references[reference]`) by key.
typedef struct Mention {
        uint32_t reference;
        Span key;
} Mention;

typedef struct Event {
        const EventType *type; // NULL: not known (rejected)
        Span type_name;        // as sent
        Span id;
        Span source;
        Span subject;       // len 0: none
        Span corrects_id;   // len 0: none
        Span partition_key; // extension partitionkey; len 0: none
        int64_t time_us;
        int64_t recorded_us; // INT64_MIN: none
        int32_t occurred_on; // days since 1970-01-01
        Digest key;          // identity, from (source, id): docs/identity.md
        Digest content;      // hash of what would be stored: docs/identity.md
        ReasonSet warnings;
        Value *slots; // checked members, type->slot_count of them; NULL once the rows are made
        Row *rows;
        size_t row_count;
        Mention *mentions;
        size_t mention_count;
} Event;
