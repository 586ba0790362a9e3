// SPDX-License-Identifier: Apache-2.0
#include "base/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void memory_exhausted(void) {
        fputs("kepud: out of memory\n", stderr);
        abort();
}

void memory_check_errno(void) {
        if (errno == ENOMEM)
                memory_exhausted();
}

static void *checked(void *ptr) {
        if (!ptr)
                memory_exhausted();
        return ptr;
}

void *xmalloc(size_t size) {
        return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size) {
        return checked(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t size) {
        return checked(realloc(old, size ? size : 1));
}

char *xstrdup(const char *string) {
        return checked(strdup(string));
}

char *xstrndup(const char *ptr, size_t len) {
        char *copy = xmalloc(len + 1);
        if (len)
                memcpy(copy, ptr, len);
        copy[len] = '\0';
        return copy;
}

char *xasprintf(const char *format, ...) {
        char *text = NULL;
        va_list args;
        va_start(args, format);
        int n = vasprintf(&text, format, args);
        va_end(args);
        return checked(n < 0 ? NULL : text);
}

void freep(void *ptr_to_ptr) {
        free(*(void **)ptr_to_ptr);
}
