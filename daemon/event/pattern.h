// SPDX-License-Identifier: Apache-2.0
// Compiled PCRE2 patterns; just-in-time code where the system allows it, the interpreter elsewhere.
#pragma once
#include <stdbool.h>

#include "base/span.h"

typedef struct Pattern Pattern;

// `anchored`: must match the whole text. NULL with a message in `error` (256 bytes) when it is wrong.
Pattern *pattern_new(const char *expression, bool anchored, char *error);
Pattern *pattern_free(Pattern *pattern);
bool pattern_matches(const Pattern *pattern, Span text);
// The first match at or after `from`.
bool pattern_find(const Pattern *pattern, Span text, size_t from, size_t *ret_start, size_t *ret_end);
