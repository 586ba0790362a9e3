// SPDX-License-Identifier: Apache-2.0
#include "event/decimal.h"

static const int64_t SAFE_INTEGER = 9007199254740991; // 2^53 − 1

// Digits from `at` on; returns where they end.
static size_t digits_end(Span text, size_t at) {
        while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9')
                at++;
        return at;
}

bool decimal_is_number(Span text) {
        size_t start = text.len > 0 && text.ptr[0] == '-';
        size_t at = digits_end(text, start);
        if (at == start || (at - start > 1 && text.ptr[start] == '0'))
                return false;
        if (at < text.len && text.ptr[at] == '.') {
                start = at + 1;
                at = digits_end(text, start);
                if (at == start)
                        return false;
        }
        if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
                start = at + 1;
                start += start < text.len && (text.ptr[start] == '-' || text.ptr[start] == '+');
                at = digits_end(text, start);
                if (at == start)
                        return false;
        }
        return at == text.len;
}

bool decimal_is_integer_text(Span number) {
        for (size_t i = 0; i < number.len; i++)
                if (number.ptr[i] == '.' || number.ptr[i] == 'e' || number.ptr[i] == 'E')
                        return false;
        return true;
}

bool decimal_parse_integer(Span number, int64_t *ret_integer) {
        bool negative = number.len > 0 && number.ptr[0] == '-';
        int64_t value = 0;
        for (size_t i = negative; i < number.len; i++) {
                if (number.ptr[i] < '0' || number.ptr[i] > '9')
                        return false;
                value = value * 10 + (number.ptr[i] - '0');
                if (value > SAFE_INTEGER)
                        return false;
        }
        *ret_integer = negative ? -value : value;
        return true;
}

static Decimal normalized(__int128 digits, int32_t scale) {
        while (scale > 0 && digits % 10 == 0) {
                digits /= 10;
                scale--;
        }
        return (Decimal){digits, scale};
}

// The exponent after 'e', limited so that nothing overflows.
static int32_t exponent(const char *p, const char *end) {
        bool negative = p < end && *p == '-';
        int32_t value = 0;
        if (p < end && (*p == '-' || *p == '+'))
                p++;
        for (; p < end && value < 100000; p++)
                value = value * 10 + (*p - '0');
        return negative ? -value : value;
}

static __int128 power_of_ten(int32_t n) {
        __int128 power = 1;
        while (n-- > 0)
                power *= 10;
        return power;
}

// Brings digits × 10^-scale into bounds: scale ≥ 0, at most DECIMAL_DIGITS of it, magnitude at most 10^16.
static bool bounded(__int128 digits, int64_t scale, Decimal *ret_decimal) {
        if (digits == 0) {
                *ret_decimal = (Decimal){0, 0};
                return true;
        }
        while (digits % 10 == 0) {
                digits /= 10;
                scale--;
        }
        if (scale < -DECIMAL_INTEGER || scale > DECIMAL_DIGITS)
                return false;
        if (scale < 0) {
                __int128 factor = power_of_ten((int32_t)-scale);
                if (digits > power_of_ten(DECIMAL_INTEGER) / factor ||
                    digits < -power_of_ten(DECIMAL_INTEGER) / factor)
                        return false;
                *ret_decimal = (Decimal){digits * factor, 0};
                return true;
        }
        *ret_decimal = (Decimal){digits, (int32_t)scale};
        __int128 whole = digits / power_of_ten((int32_t)scale);
        if (whole < 0)
                whole = -whole;
        __int128 most = power_of_ten(DECIMAL_INTEGER);
        return whole < most || (whole == most && scale == 0);
}

bool decimal_parse(Span number, Decimal *ret_decimal) {
        const char *p = number.ptr;
        const char *end = number.ptr + number.len;
        bool negative = p < end && *p == '-';
        bool point = false;
        __int128 digits = 0;
        int64_t scale = 0;
        int significant = 0;
        int64_t zeros = 0; // zeros that have not been written into digits yet: they count only if a digit follows
        for (p += negative; p < end && *p != 'e' && *p != 'E'; p++) {
                if (*p == '.') {
                        point = true;
                        continue;
                }
                scale += point;
                if (*p == '0') {
                        zeros += 1;
                        continue;
                }
                if (significant > 0)
                        significant += (int)(zeros > DECIMAL_DIGITS ? DECIMAL_DIGITS : zeros);
                if (++significant > DECIMAL_DIGITS)
                        return false;
                digits = digits * (digits ? power_of_ten((int32_t)zeros) : 1) * 10 + (*p - '0');
                zeros = 0;
        }
        if (p < end)
                scale -= exponent(p + 1, end);
        return bounded(negative ? -digits : digits, scale - zeros, ret_decimal);
}

Decimal decimal_of(int64_t integer, int32_t scale) {
        return normalized(integer, scale);
}

static void align(Decimal *a, Decimal *b) {
        if (a->scale < b->scale) {
                a->digits *= power_of_ten(b->scale - a->scale);
                a->scale = b->scale;
        } else if (b->scale < a->scale) {
                b->digits *= power_of_ten(a->scale - b->scale);
                b->scale = a->scale;
        }
}

int decimal_compare(Decimal a, Decimal b) {
        align(&a, &b);
        return (a.digits > b.digits) - (a.digits < b.digits);
}

Decimal decimal_add(Decimal a, Decimal b) {
        align(&a, &b);
        return normalized(a.digits + b.digits, a.scale);
}

Decimal decimal_subtract(Decimal a, Decimal b) {
        return decimal_add(a, (Decimal){-b.digits, b.scale});
}

Span decimal_text(Decimal decimal, Arena *arena) {
        char reversed[64];
        size_t n = 0;
        bool negative = decimal.digits < 0;
        __int128 rest = negative ? -decimal.digits : decimal.digits;
        for (int32_t at = 0; rest > 0 || at <= decimal.scale; at++, rest /= 10) {
                if (at == decimal.scale && decimal.scale > 0)
                        reversed[n++] = '.';
                reversed[n++] = (char)('0' + (int)(rest % 10));
        }
        if (negative)
                reversed[n++] = '-';
        char *text = arena_alloc(arena, n + 1);
        for (size_t i = 0; i < n; i++)
                text[i] = reversed[n - 1 - i];
        text[n] = '\0';
        return (Span){text, n};
}
