// SPDX-License-Identifier: Apache-2.0
// What may stand in a text.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing beyond U+10FFFF. On failure *ret_at is the
// offset of the first bad byte.
bool unicode_valid(Span text, size_t *ret_at);
// Code points of valid UTF-8.
size_t unicode_length(Span text);
bool unicode_has_nul(Span text);
// U+FDD0..U+FDEF and the last two code points of every plane; valid UTF-8 only.
bool unicode_has_noncharacter(Span text);
// U+0000..U+001F and U+007F..U+009F; newline and tab are allowed when `lines`.
bool unicode_has_control(Span text, bool lines);
// No backslash, no control character but newline and tab, no noncharacter; valid UTF-8 only. Then no string of a JSON
// text holds any of these either: whoever knows it of the whole need not look at the pieces.
bool unicode_is_plain(Span text);
// White space of any script (what \s means in a JSON Schema), and U+FEFF; valid UTF-8 only.
bool unicode_has_space(Span text);
