// SPDX-License-Identifier: Apache-2.0
#include "event/pointer.h"

#include <stdio.h>

static size_t escaped(Span name, char *out) {
        size_t n = 0;
        for (size_t i = 0; i < name.len; i++) {
                char c = name.ptr[i];
                bool special = c == '~' || c == '/';
                if (out && special)
                        out[n] = '~';
                n += special;
                if (out)
                        out[n] = (char)(!special ? c : c == '~' ? '0' : '1');
                n++;
        }
        return n;
}

Span pointer_text(const Pointer *pointer, Arena *arena) {
        size_t count = pointer->count < POINTER_STEPS ? pointer->count : POINTER_STEPS;
        size_t room = 1;
        for (size_t i = 0; i < count; i++)
                room += pointer->steps[i].name.ptr ? 1 + escaped(pointer->steps[i].name, NULL) : 24;
        char *text = arena_alloc(arena, room);
        size_t n = 0;
        for (size_t i = 0; i < count; i++) {
                const PointerStep *step = &pointer->steps[i];
                text[n++] = '/';
                n += step->name.ptr ? escaped(step->name, text + n)
                                    : (size_t)snprintf(text + n, 23, "%zu", step->index);
        }
        return (Span){text, n};
}
