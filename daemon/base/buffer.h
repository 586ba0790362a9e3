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

// Room for `len` more bytes; returns where they go (the caller adds to buffer->len).
char *buffer_reserve(Buffer *buffer, size_t len);
void buffer_put(Buffer *buffer, const void *ptr, size_t len);
void buffer_put_span(Buffer *buffer, Span span);
void buffer_put_string(Buffer *buffer, const char *string);
void buffer_printf(Buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_put_u8(Buffer *buffer, uint8_t value);
void buffer_put_u16(Buffer *buffer, uint16_t value);
void buffer_put_u32(Buffer *buffer, uint32_t value);
void buffer_put_u64(Buffer *buffer, uint64_t value);
// Terminates the text without counting the NUL; the pointer stays the buffer's.
const char *buffer_text(Buffer *buffer);
void buffer_deinit(Buffer *buffer);
