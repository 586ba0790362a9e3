// SPDX-License-Identifier: Apache-2.0
// A growing run of bytes; big-endian writers for PostgreSQL's binary formats.
#pragma once
#include <stdint.h>

#include "base/span.h"

typedef struct Buffer {
        char *ptr;
        size_t len;
        size_t size;
} Buffer;

#define BUFFER_NULL ((Buffer){NULL, 0, 0})

void buffer_grow(Buffer *buffer, size_t len); // for buffer_reserve()

// Every value of every row goes through these: they stand here so that they cost no call.

// Room for `len` more bytes; returns where they go (the caller adds to buffer->len).
static inline char *buffer_reserve(Buffer *buffer, size_t len) {
        if (__builtin_expect(buffer->size - buffer->len < len, 0))
                buffer_grow(buffer, len);
        return buffer->ptr + buffer->len;
}

static inline void buffer_put(Buffer *buffer, const void *ptr, size_t len) {
        if (len == 0)
                return;
        memcpy(buffer_reserve(buffer, len), ptr, len);
        buffer->len += len;
}

static inline void buffer_put_span(Buffer *buffer, Span span) {
        buffer_put(buffer, span.ptr, span.len);
}

static inline void buffer_put_string(Buffer *buffer, const char *string) {
        buffer_put(buffer, string, strlen(string));
}

static inline void buffer_put_u8(Buffer *buffer, uint8_t value) {
        *buffer_reserve(buffer, 1) = (char)value;
        buffer->len += 1;
}

static inline void buffer_put_u16(Buffer *buffer, uint16_t value) {
        uint16_t wire = __builtin_bswap16(value);
        buffer_put(buffer, &wire, sizeof(wire));
}

static inline void buffer_put_u32(Buffer *buffer, uint32_t value) {
        uint32_t wire = __builtin_bswap32(value);
        buffer_put(buffer, &wire, sizeof(wire));
}

static inline void buffer_put_u64(Buffer *buffer, uint64_t value) {
        uint64_t wire = __builtin_bswap64(value);
        buffer_put(buffer, &wire, sizeof(wire));
}

void buffer_printf(Buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Terminates the text without counting the NUL; the pointer stays the buffer's.
const char *buffer_text(Buffer *buffer);
void buffer_deinit(Buffer *buffer);
