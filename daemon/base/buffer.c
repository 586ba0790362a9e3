// SPDX-License-Identifier: Apache-2.0
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

void buffer_grow(Buffer *buffer, size_t len) {
        size_t size = buffer->size ? buffer->size * 2 : 256;
        while (size - buffer->len < len)
                size *= 2;
        buffer->ptr = xrealloc(buffer->ptr, size);
        buffer->size = size;
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

const char *buffer_text(Buffer *buffer) {
        *buffer_reserve(buffer, 1) = '\0';
        return buffer->ptr;
}

void buffer_deinit(Buffer *buffer) {
        free(buffer->ptr);
        *buffer = BUFFER_NULL;
}
