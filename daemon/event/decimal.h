// SPDX-License-Identifier: Apache-2.0
// Exact decimal numbers as JSON writes them; never through binary floating point.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

typedef struct Decimal {
        __int128 digits; // value × 10^scale, without trailing zeros when scale > 0
        int32_t scale;   // digits after the point, ≥ 0
} Decimal;

enum {
        DECIMAL_DIGITS = 34,  // significant digits, and digits after the point, that are accepted
        DECIMAL_INTEGER = 16, // the magnitude stays at or below 10^16
};

// The grammar of a JSON number; the functions below take only what has it.
bool decimal_is_number(Span text);
// A JSON number. False: more than DECIMAL_DIGITS digits, or greater than 10^16 in magnitude.
bool decimal_parse(Span number, Decimal *ret_decimal);
// A JSON number without fraction and exponent within ±(2^53 − 1).
bool decimal_parse_integer(Span number, int64_t *ret_integer);
bool decimal_is_integer_text(Span number); // neither '.' nor an exponent
Decimal decimal_of(int64_t integer, int32_t scale);
int decimal_compare(Decimal a, Decimal b);
Decimal decimal_add(Decimal a, Decimal b);
Decimal decimal_subtract(Decimal a, Decimal b);
// "-12.5": no exponent, no trailing zeros, no "-0".
Span decimal_text(Decimal decimal, Arena *arena);
