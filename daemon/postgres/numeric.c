// SPDX-License-Identifier: Apache-2.0
#include "postgres/numeric.h"

#include <stdio.h>

#include "postgres/encode.h"

enum {
        GROUP = 4,                   // decimal digits in one digit of base 10000
        MAX_INTEGER_DIGITS = 131072, // limits of PostgreSQL
        MAX_SCALE = 16383,
        SIGN_NEGATIVE = 0x4000,
};

typedef struct Parts {
        bool negative;
        Span integer; // digits before the point, no leading zeros
        Span fraction;
} Parts;

static size_t digits_at(Span text, size_t from) {
        size_t n = 0;
        while (from + n < text.len && text.ptr[from + n] >= '0' && text.ptr[from + n] <= '9')
                n++;
        return n;
}

static bool split(Span text, Parts *ret) {
        size_t at = text.len > 0 && text.ptr[0] == '-';
        size_t integer = digits_at(text, at);
        Parts parts = {at == 1, {text.ptr + at, integer}, SPAN_NULL};
        if (integer == 0)
                return false;
        at += integer;
        if (at < text.len && text.ptr[at] == '.') {
                parts.fraction = (Span){text.ptr + at + 1, digits_at(text, at + 1)};
                at += 1 + parts.fraction.len;
                if (parts.fraction.len == 0)
                        return false;
        }
        while (parts.integer.len > 0 && parts.integer.ptr[0] == '0') {
                parts.integer.ptr++;
                parts.integer.len--;
        }
        *ret = parts;
        return at == text.len;
}

// The group of base 10000 at a place of the number, 0 being the one just before the point.
static uint16_t group_at(const Parts *parts, int place) {
        unsigned value = 0;
        for (int digit = GROUP - 1; digit >= 0; digit--) {
                long position = (long)place * GROUP + digit; // power of ten
                char c = '0';
                if (position >= 0 && (size_t)position < parts->integer.len)
                        c = parts->integer.ptr[parts->integer.len - 1 - (size_t)position];
                else if (position < 0 && (size_t)(-position - 1) < parts->fraction.len)
                        c = parts->fraction.ptr[-position - 1];
                value = value * 10 + (unsigned)(c - '0');
        }
        return (uint16_t)value;
}

bool numeric_encode(Buffer *buffer, Span text) {
        Parts parts;
        if (!split(text, &parts) || parts.integer.len > MAX_INTEGER_DIGITS || parts.fraction.len > MAX_SCALE)
                return false;
        int first = (int)((parts.integer.len + GROUP - 1) / GROUP) - 1;
        int last = -(int)((parts.fraction.len + GROUP - 1) / GROUP);
        while (first >= last && group_at(&parts, first) == 0)
                first--;
        while (last <= first && group_at(&parts, last) == 0)
                last++;
        bool zero = first < last;
        unsigned count = zero ? 0 : (unsigned)(first - last) + 1;
        buffer_put_u32(buffer, 8 + 2 * count);
        buffer_put_u16(buffer, (uint16_t)count);
        buffer_put_u16(buffer, (uint16_t)(zero ? 0 : first));
        buffer_put_u16(buffer, parts.negative && !zero ? SIGN_NEGATIVE : 0);
        buffer_put_u16(buffer, (uint16_t)parts.fraction.len);
        for (int place = first; !zero && place >= last; place--)
                buffer_put_u16(buffer, group_at(&parts, place));
        return true;
}

static Span integer_text(char *text, size_t size, int64_t integer) {
        int n = snprintf(text, size, "%lld", (long long)integer);
        return (Span){text, (size_t)n};
}

void numeric_encode_integer(Buffer *buffer, int64_t integer) {
        char text[24];
        numeric_encode(buffer, integer_text(text, sizeof(text), integer));
}

void numeric_text(Buffer *buffer, int64_t integer) {
        char text[24];
        encode_text(buffer, integer_text(text, sizeof(text), integer));
}

bool numeric_parse_integer(Span text, int64_t *ret_integer) {
        Parts parts;
        int64_t value = 0;
        if (!split(text, &parts))
                return false;
        for (size_t i = 0; i < parts.fraction.len; i++)
                if (parts.fraction.ptr[i] != '0')
                        return false;
        for (size_t i = 0; i < parts.integer.len; i++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_sub_overflow(value, parts.integer.ptr[i] - '0', &value))
                        return false;
        // Counted downwards, because there is one more negative number than positive ones.
        if (!parts.negative && __builtin_sub_overflow(0, value, &value))
                return false;
        *ret_integer = value;
        return true;
}
