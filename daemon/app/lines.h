// SPDX-License-Identifier: Apache-2.0
// JSON Lines: split on 0x0A only; a final empty piece is no line.
#pragma once
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"

typedef struct Lines {
        FILE *stream;
        const char *name; // for messages
        char *text;
        size_t size;
        uint64_t number; // of the line last read, from 1
} Lines;

// Standard input for NULL or "-". False: could not open (told on standard error).
bool lines_open(Lines *lines, const char *file);
// The next line without its 0x0A; valid until the next call. False at the end.
bool lines_next(Lines *lines, Span *ret_line);
// False: the end was a read error (told on standard error), not the end of the file.
bool lines_close(Lines *lines);

// A field of tab-separated output: "-" when empty; tab, LF, CR, backslash and other controls escaped.
void lines_put_field(Buffer *out, Span text);
