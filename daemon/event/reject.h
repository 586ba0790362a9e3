// SPDX-License-Identifier: Apache-2.0
// The event is bad: that is data, not an error. It goes to the dead letters with the place and the reason.
#pragma once
#include "base/arena.h"
#include "event/reason.h"

typedef struct Reject {
        Reason reason; // REASON_NONE: not rejected
        Span pointer;  // JSON pointer (RFC 6901) into the message; may hold any character, U+0000 too
        Span detail;   // a sentence for the producer, valid UTF-8, no payload beyond a few characters
} Reject;

#define REJECT_NULL ((Reject){REASON_NONE, {NULL, 0}, {NULL, 0}})

// Fills `why` (memory from `arena`) and returns false, so that `return reject(…)` refuses.
bool reject(Reject *why, Arena *arena, Reason reason, Span pointer, const char *detail, ...)
        __attribute__((format(printf, 5, 6)));
