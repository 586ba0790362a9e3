// SPDX-License-Identifier: Apache-2.0
// A piece of memory that belongs to somebody else: pointer and length, not terminated.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct Span {
        const char *ptr;
        size_t len;
} Span;

#define SPAN_NULL ((Span){NULL, 0})
// For static tables, where a compound literal cannot stand.
#define SPAN_CONSTANT(literal)                                                                                       \
        { "" literal, sizeof(literal) - 1 }
#define SPAN_LIT(literal) ((Span){"" literal, sizeof(literal) - 1})

static inline Span span_of(const char *string) {
        return (Span){string, string ? strlen(string) : 0};
}

// 4 or 8 bytes, as a number.
static inline uint64_t span_word(const char *ptr, size_t size) {
        uint64_t word = 0;
        memcpy(&word, ptr, size);
        return word;
}

// Names are short: two words that overlap take the place of a call.
static inline bool span_equal(Span a, Span b) {
        if (a.len != b.len)
                return false;
        if (a.len >= 8 && a.len <= 16)
                return ((span_word(a.ptr, 8) ^ span_word(b.ptr, 8)) |
                        (span_word(a.ptr + a.len - 8, 8) ^ span_word(b.ptr + a.len - 8, 8))) == 0;
        if (a.len >= 4 && a.len < 8)
                return ((span_word(a.ptr, 4) ^ span_word(b.ptr, 4)) |
                        (span_word(a.ptr + a.len - 4, 4) ^ span_word(b.ptr + a.len - 4, 4))) == 0;
        return a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0;
}

static inline bool span_is(Span a, const char *string) {
        return span_equal(a, span_of(string));
}

// Bytewise, shorter first when one is the beginning of the other; <0, 0, >0 as memcmp.
static inline int span_compare(Span a, Span b) {
        size_t n = a.len < b.len ? a.len : b.len;
        int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
        return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}
