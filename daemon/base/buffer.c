// SPDX-License-Identifier: Apache-2.0
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

char *buffer_reserve(Buffer *buffer, size_t len) {
        if (buffer->size - buffer->len < len) {
                size_t size = buffer->size ? buffer->size * 2 : 256;
                while (size - buffer->len < len)
                        size *= 2;
                buffer->ptr = xrealloc(buffer->ptr, size);
                buffer->size = size;
        }
        return buffer->ptr + buffer->len;
}

void buffer_put(Buffer *buffer, const void *ptr, size_t len) {
        if (len == 0)
                return;
        memcpy(buffer_reserve(buffer, len), ptr, len);
        buffer->len += len;
}

void buffer_put_span(Buffer *buffer, Span span) {
        buffer_put(buffer, span.ptr, span.len);
}

void buffer_put_string(Buffer *buffer, const char *string) {
        buffer_put(buffer, string, strlen(string));
}

void buffer_printf(Buffer *buffer, const char *format, ...) {
        char *text = NULL;
        va_list args;
        va_start(args, format);
        int n = vasprintf(&text, format, args);
        va_end(args);
        if (n < 0)
                memory_exhausted();
        buffer_put(buffer, text, (size_t)n);
        free(text);
}

void buffer_put_u8(Buffer *buffer, uint8_t value) {
        *buffer_reserve(buffer, 1) = (char)value;
        buffer->len += 1;
}

void buffer_put_u16(Buffer *buffer, uint16_t value) {
        uint16_t wire = __builtin_bswap16(value);
        buffer_put(buffer, &wire, sizeof(wire));
}

void buffer_put_u32(Buffer *buffer, uint32_t value) {
        uint32_t wire = __builtin_bswap32(value);
        buffer_put(buffer, &wire, sizeof(wire));
}

void buffer_put_u64(Buffer *buffer, uint64_t value) {
        uint64_t wire = __builtin_bswap64(value);
        buffer_put(buffer, &wire, sizeof(wire));
}

const char *buffer_text(Buffer *buffer) {
        *buffer_reserve(buffer, 1) = '\0';
        return buffer->ptr;
}

void buffer_deinit(Buffer *buffer) {
        free(buffer->ptr);
        *buffer = BUFFER_NULL;
}
