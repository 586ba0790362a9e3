// SPDX-License-Identifier: Apache-2.0
// PostgreSQL's numeric in binary: digits in base 10000, the weight of the first one, sign, digits after the point.
#pragma once
#include "base/buffer.h"

// A cell from text: sign, digits, point, digits; no exponent. False (and nothing written) when it is something else
// or longer than numeric can hold.
bool numeric_encode(Buffer *buffer, Span text);
void numeric_encode_integer(Buffer *buffer, int64_t integer);
// A text cell of an integer.
void numeric_text(Buffer *buffer, int64_t integer);
// "-12" and "12.0"; not "12.5", nothing beyond 64 bits.
bool numeric_parse_integer(Span text, int64_t *ret_integer);
