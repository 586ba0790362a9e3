// SPDX-License-Identifier: Apache-2.0
// The place in a message while it is being read; becomes a JSON pointer (RFC 6901) only when something is wrong.
#pragma once
#include "base/arena.h"

enum { POINTER_STEPS = 40 }; // deeper than any limit on nesting

typedef struct PointerStep {
        Span name;    // of a member, or ptr NULL
        size_t index; // of an element
} PointerStep;

typedef struct Pointer {
        PointerStep steps[POINTER_STEPS];
        size_t count;
} Pointer;

static inline void pointer_push(Pointer *pointer, Span name) {
        if (pointer->count < POINTER_STEPS)
                pointer->steps[pointer->count] = (PointerStep){name, 0};
        pointer->count++;
}
static inline void pointer_push_index(Pointer *pointer, size_t index) {
        if (pointer->count < POINTER_STEPS)
                pointer->steps[pointer->count] = (PointerStep){SPAN_NULL, index};
        pointer->count++;
}
static inline void pointer_pop(Pointer *pointer) {
        pointer->count--;
}
// "/data/metrics/0/value"; '~' and '/' in names escaped.
Span pointer_text(const Pointer *pointer, Arena *arena);
