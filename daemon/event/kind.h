// SPDX-License-Identifier: Apache-2.0
// Value kinds: what a member must be, and the typed value that it becomes. A new kind is one row in the table of
// kind.c plus its function.
#pragma once
#include <yyjson.h>

#include "event/json.h"
#include "event/plan.h"
#include "event/pointer.h"
#include "event/reject.h"

// One message being checked.
typedef struct Checker {
        const Catalogue *catalogue;
        Arena *arena;
        Pointer *at;
        Reject *why;
        ReasonSet warnings;
        Span text;     // the JSON text in the message
        JsonText read; // what is known of it
} Checker;

// Options that a kind understands; the loader refuses the others.
typedef enum KindOption {
        OPTION_MIN = 1 << 0,
        OPTION_MAX = 1 << 1,
        OPTION_DIGITS = 1 << 2,
        OPTION_PATTERN = 1 << 3,
        OPTION_PREFIXES = 1 << 4,
        OPTION_VALUES = 1 << 5,
        OPTION_MASK = 1 << 6,
        OPTION_FIELDS = 1 << 7,
        OPTION_ITEMS = 1 << 8,
        OPTION_MAP_PATTERNS = 1 << 9,
} KindOption;

typedef enum KindBounds { BOUNDS_NUMBER, BOUNDS_DATE } KindBounds;

struct KindOps {
        const char *name;
        ValueKind value;
        // False: refused, `checker->why` is filled.
        bool (*check)(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value);
        unsigned options;
        KindBounds bounds;
};

const KindOps *kind_find(Span name);
// Members of an object in the order of their declaration; defaults and qualifiers are settled afterwards.
bool kind_check_members(Checker *checker, const Field *fields, uint32_t count, yyjson_val *object, Value *slots,
                        uint32_t *ret_present);
bool kind_is_list(const Field *field);
bool kind_is_texts(const Field *field);
bool kind_is_object(const Field *field);

// Refuses at the current place.
bool checker_reject(Checker *checker, Reason reason, const char *detail, ...) __attribute__((format(printf, 3, 4)));
