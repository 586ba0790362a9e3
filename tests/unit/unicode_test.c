// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "event/unicode.h"

typedef struct Bytes {
        const char *ptr;
        size_t len;
        size_t bad; // offset of the first bad byte
} Bytes;
#define BYTES(literal, at)                                                                                           \
        { literal, sizeof(literal) - 1, at }

static const Bytes broken[] = {
        BYTES("\x80", 0),             // a continuation alone
        BYTES("abc\xC3\x28", 3),      // the second byte is none
        BYTES("\xC0\xAF", 0),         // overlong '/'
        BYTES("\xC1\xBF", 0),         // overlong
        BYTES("\xE0\x80\xAF", 0),     // overlong
        BYTES("\xE0\x9F\xBF", 0),     // the largest overlong of three bytes
        BYTES("\xF0\x80\x80\xAF", 0), // overlong
        BYTES("\xF0\x8F\xBF\xBF", 0), // the largest overlong of four bytes
        BYTES("\xED\xA0\x80", 0),     // U+D800
        BYTES("\xED\xBF\xBF", 0),     // U+DFFF
        BYTES("\xF4\x90\x80\x80", 0), // U+110000
        BYTES("\xF5\x80\x80\x80", 0),
        BYTES("\xFF", 0),
        BYTES("\xFE\xFF", 0),
        BYTES("ab\xC3", 2), // cut off
        BYTES("ab\xE7\xA7", 2),
        BYTES("ab\xF0\x9F\x98", 2),
        BYTES("\xE7\xA7\x91\xE7\xA7", 3),
        BYTES("\xE7\x28\xA1", 0),
        BYTES("\xE7\xA7\x28", 0),
        BYTES("\xF0\x9F\x98\x28", 0),
        BYTES("12345678\xC3", 8), // behind a whole word of ASCII
        BYTES("1234567\xC3\x28", 7),
        BYTES("\xB9\xAB\xB9\xB2", 0), // GBK
};

static void broken_utf8(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
                // in fresh memory, so that a read beyond the end is seen
                char *copy = xstrndup(broken[i].ptr, broken[i].len);
                char *exact = memcpy(xmalloc(broken[i].len), copy, broken[i].len);
                size_t at = 999;
                if (unicode_valid((Span){exact, broken[i].len}, &at))
                        fail_msg("number %zu is valid", i);
                assert_int_equal(at, broken[i].bad);
                free(copy);
                free(exact);
        }
}

// All code points but the surrogates, in the encoding of RFC 3629.
static size_t encode(uint32_t point, char *out) {
        if (point < 0x80) {
                out[0] = (char)point;
                return 1;
        }
        if (point < 0x800) {
                out[0] = (char)(0xC0 | (point >> 6));
                out[1] = (char)(0x80 | (point & 0x3F));
                return 2;
        }
        if (point < 0x10000) {
                out[0] = (char)(0xE0 | (point >> 12));
                out[1] = (char)(0x80 | ((point >> 6) & 0x3F));
                out[2] = (char)(0x80 | (point & 0x3F));
                return 3;
        }
        out[0] = (char)(0xF0 | (point >> 18));
        out[1] = (char)(0x80 | ((point >> 12) & 0x3F));
        out[2] = (char)(0x80 | ((point >> 6) & 0x3F));
        out[3] = (char)(0x80 | (point & 0x3F));
        return 4;
}

static bool is_space(uint32_t point) {
        static const uint32_t others[] = {0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF};
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                if (point == others[i])
                        return true;
        return (point >= 9 && point <= 13) || (point >= 0x1C && point <= 0x1F) ||
               (point >= 0x2000 && point <= 0x200A);
}

static void every_code_point(void **state) {
        (void)state;
        for (uint32_t point = 0; point <= 0x10FFFF; point++) {
                char bytes[8] = "a";
                size_t at;
                if (point >= 0xD800 && point <= 0xDFFF)
                        continue;
                Span text = {bytes, 1 + encode(point, bytes + 1)};
                bool no_character = (point >= 0xFDD0 && point <= 0xFDEF) || (point & 0xFFFE) == 0xFFFE;
                bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
                bool line = point == '\n' || point == '\t';
                if (!unicode_valid(text, &at) || unicode_length(text) != 2 || unicode_has_nul(text) != (point == 0) ||
                    unicode_has_noncharacter(text) != no_character || unicode_has_control(text, false) != control ||
                    unicode_has_control(text, true) != (control && !line) ||
                    unicode_has_space(text) != is_space(point))
                        fail_msg("U+%04X", point);
        }
}

// At any place: behind sixteen bytes at a time, and in what is left.
static void plain_is_all_of_it_together(void **state) {
        (void)state;
        for (uint32_t point = 0; point <= 0x10FFFF; point += point < 0x3000 ? 1 : 0x0D) {
                char bytes[64];
                size_t before = point % 37;
                if (point >= 0xD800 && point <= 0xDFFF)
                        continue;
                memset(bytes, 'a', sizeof(bytes));
                Span text = {bytes, before + encode(point, bytes + before) + point % 5};
                bool plain = point != '\\' && !unicode_has_control(text, true) && !unicode_has_noncharacter(text);
                if (unicode_is_plain(text) != plain)
                        fail_msg("U+%04X behind %zu bytes", point, before);
        }
        assert_true(unicode_is_plain(SPAN_NULL));
        assert_false(unicode_is_plain(SPAN_LIT("科普活动 and more ASCII text \xEF\xBF\xBF")));
}

static void surrogates_are_no_code_points(void **state) {
        (void)state;
        for (uint32_t point = 0xD800; point <= 0xDFFF; point++) {
                char bytes[4];
                size_t at;
                if (unicode_valid((Span){bytes, encode(point, bytes)}, &at))
                        fail_msg("U+%04X", point);
        }
}

static void nothing_is_valid(void **state) {
        (void)state;
        size_t at;
        assert_true(unicode_valid(SPAN_NULL, &at));
        assert_int_equal(unicode_length(SPAN_NULL), 0);
        assert_false(unicode_has_nul(SPAN_NULL));
        assert_false(unicode_has_noncharacter(SPAN_NULL));
        assert_false(unicode_has_control(SPAN_NULL, false));
        assert_false(unicode_has_space(SPAN_NULL));
}

static void found_behind_other_text(void **state) {
        (void)state;
        assert_true(unicode_has_noncharacter(SPAN_LIT("科普活动 and more ASCII text \xEF\xBF\xBF")));
        assert_false(unicode_has_noncharacter(SPAN_LIT("科普活动 \xEF\xB7\x8F\xEF\xB7\xB0 \xEF\xBF\xBD 😀")));
        assert_true(unicode_has_control(SPAN_LIT("科普\xC2\x85"), true));
        assert_false(unicode_has_control(SPAN_LIT("科普\xC2\xA0"), true));
        assert_int_equal(unicode_length(SPAN_LIT("科普 a😀")), 5);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(broken_utf8),
                cmocka_unit_test(every_code_point),
                cmocka_unit_test(plain_is_all_of_it_together),
                cmocka_unit_test(surrogates_are_no_code_points),
                cmocka_unit_test(nothing_is_valid),
                cmocka_unit_test(found_behind_other_text),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
