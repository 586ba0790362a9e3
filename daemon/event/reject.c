// SPDX-License-Identifier: Apache-2.0
#include "event/reject.h"

#include <stdarg.h>
#include <stdio.h>

bool reject(Reject *why, Arena *arena, Reason reason, Span pointer, const char *detail, ...) {
        char text[512];
        va_list args;
        va_start(args, detail);
        vsnprintf(text, sizeof(text), detail, args);
        va_end(args);
        why->reason = reason;
        why->pointer = arena_copy(arena, pointer);
        why->detail = arena_copy(arena, span_of(text));
        return false;
}
