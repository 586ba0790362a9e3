// SPDX-License-Identifier: Apache-2.0
// A checked, typed value: what a member became, and what a column gets.
#pragma once
#include <stdint.h>

#include "base/span.h"

typedef enum ValueKind {
        VALUE_ABSENT = 0, // not there; a NULL in a column
        VALUE_TEXT,       // text: UTF-8
        VALUE_INTEGER,    // integer
        VALUE_DECIMAL,    // text: canonical, e.g. "-12.5", "0": no exponent, no trailing zeros, no "-0"
        VALUE_BOOLEAN,    // integer: 0 or 1
        VALUE_DATE,       // integer: days since 1970-01-01
        VALUE_TIMESTAMP,  // integer: microseconds since 1970-01-01 UTC
        VALUE_JSON,       // text: a JSON object, members sorted
        VALUE_UUID,       // text: 16 bytes
        VALUE_TEXTS,      // texts: a language map; never in a column
        VALUE_LIST,       // list: elements; never in a column
        VALUE_OBJECT,     // present; its members are values of their own; never in a column
} ValueKind;

typedef struct Value Value;
typedef struct TextEntry TextEntry;

struct Value {
        ValueKind kind;
        uint32_t count; // VALUE_TEXTS, VALUE_LIST: entries; VALUE_OBJECT: declared members present
        union {
                int64_t integer;
                Span text;
                TextEntry *texts; // sorted by tag
                Value *list;      // count × (slots of an element)
        };
};

struct TextEntry {
        Span tag;
        Span text;
};

#define VALUE_NULL ((Value){.kind = VALUE_ABSENT})

static inline Value value_text(Span text) {
        return (Value){.kind = VALUE_TEXT, .text = text};
}
static inline Value value_integer(int64_t integer) {
        return (Value){.kind = VALUE_INTEGER, .integer = integer};
}
static inline Value value_of(ValueKind kind, int64_t integer) {
        return (Value){.kind = kind, .integer = integer};
}
static inline Value value_uuid(const void *sixteen_bytes) {
        return (Value){.kind = VALUE_UUID, .text = {sixteen_bytes, 16}};
}

// Kinds whose value is a text.
static inline bool value_is_textual(const Value *value) {
        return value->kind == VALUE_TEXT || value->kind == VALUE_DECIMAL || value->kind == VALUE_JSON;
}

// Scalars only; absent equals absent.
static inline bool value_same(const Value *a, const Value *b) {
        if (a->kind != b->kind)
                return false;
        return value_is_textual(a) ? span_equal(a->text, b->text) : a->integer == b->integer;
}
