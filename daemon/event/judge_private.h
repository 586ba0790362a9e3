// SPDX-License-Identifier: Apache-2.0
// Scratch memory of a Judge, shared by judge.c and normalize.c.
#pragma once
#include "base/buffer.h"
#include "event/judge.h"
#include "event/kind.h"

struct Judge {
        const Catalogue *catalogue;
        bool only_stored;
        int64_t window_days; // 0: none
        Pointer at;          // into the message at hand
        Span text;           // its JSON text when that is plain, else len 0
        const char *copy;    // of the text, in which the event's strings lie
        Buffer scratch;
        Buffer rows;     // of Row
        Buffer mentions; // of Mention
};
