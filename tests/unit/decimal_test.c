// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "event/decimal.h"

#define NINES_16 "9999999999999999"
#define ZEROS_33 "000000000000000000000000000000000"

static const struct {
        const char *number;
        const char *text; // NULL: refused
} decimals[] = {
        {"0", "0"},
        {"-0", "0"},
        {"-0.0", "0"},
        {"0.000", "0"},
        {"0e5", "0"},
        {"0e999999999999999999999", "0"},
        {"0e-999999999999999999999", "0"},
        {"1", "1"},
        {"-1", "-1"},
        {"12.50", "12.5"},
        {"12.5000000", "12.5"},
        {"-12.05", "-12.05"},
        {"100", "100"},
        {"100.0", "100"},
        {"1e2", "100"},
        {"1E+2", "100"},
        {"1.5e1", "15"},
        {"150e-2", "1.5"},
        {"1500e-2", "15"},
        {"0.10", "0.1"},
        {"0.001e3", "1"},
        {"1.0e0", "1"},
        {"123456789.123456789", "123456789.123456789"},
        // 10^16 is the last that fits
        {"1e16", "10000000000000000"},
        {"-1e16", "-10000000000000000"},
        {"10000000000000000", "10000000000000000"},
        {"10000000000000000.0", "10000000000000000"},
        {"10000000000000001", NULL},
        {"10000000000000000.1", NULL},
        {"-10000000000000000.1", NULL},
        {"1.0001e16", NULL},
        {"2e16", NULL},
        {"1e17", NULL},
        {NINES_16 ".9", "9999999999999999.9"},
        {"0.00001e21", "10000000000000000"},
        {"1e400", NULL},
        {"1e99999999999999999999", NULL},
        // 34 digits
        {"1e-34", "0.0000000000000000000000000000000001"},
        {"0." ZEROS_33 "1", "0.0000000000000000000000000000000001"},
        {"1e-35", NULL},
        {"10e-35", "0.0000000000000000000000000000000001"},
        {"0.1" ZEROS_33 "0", "0.1"},
        {"1.234567890123456789012345678901234", "1.234567890123456789012345678901234"},
        {"1.2345678901234567890123456789012345", NULL},
        {"1.2345678901234567890123456789012340", "1.234567890123456789012345678901234"},
        {"0.1234567890123456789012345678901234", "0.1234567890123456789012345678901234"},
        {"0.12345678901234567890123456789012345", NULL},
        {"-9999999999999999.999999999999999999", "-9999999999999999.999999999999999999"},
        {"1" ZEROS_33 "0", NULL},
        {"1" ZEROS_33 "0e-34", "1"},
        {"1" ZEROS_33 ZEROS_33 ZEROS_33 "1e-90", NULL},
        {"0." ZEROS_33 ZEROS_33 "1e60", "0.0000001"},
        {"0." ZEROS_33 ZEROS_33 "1", NULL},
        {"1e-99999999999999999999", NULL},
};

static void canonical_text(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        for (size_t i = 0; i < sizeof(decimals) / sizeof(decimals[0]); i++) {
                Decimal decimal;
                bool good = decimal_parse(span_of(decimals[i].number), &decimal);
                if (good != (decimals[i].text != NULL))
                        fail_msg("%s is%s a decimal", decimals[i].number, good ? "" : " not");
                if (!good)
                        continue;
                Span text = decimal_text(decimal, &arena);
                assert_span(text, decimals[i].text);
                assert_int_equal(text.ptr[text.len], '\0');
        }
        arena_deinit(&arena);
}

static const char *const numbers[] = {
        "0",   "-0",  "1",    "-12",   "0.0",   "0.5",    "10.25",
        "1e5", "1E5", "1e+5", "1e-05", "1.5e2", "-0.0e0", "123456789012345678901234567890"};
static const char *const no_numbers[] = {"",      "-",     "+1",    "01",  "-01",      "1.",  ".5",  "1e",
                                         "1e+",   "1.e5",  "0x1",   "1 ",  " 1",       "NaN", "1-2", "--1",
                                         "1.2.3", "1e1e1", "1e1.5", "abc", "Infinity", "1,5", "１"};

static void grammar(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
                if (!decimal_is_number(span_of(numbers[i])))
                        fail_msg("'%s' is a number", numbers[i]);
        for (size_t i = 0; i < sizeof(no_numbers) / sizeof(no_numbers[0]); i++)
                if (decimal_is_number(span_of(no_numbers[i])))
                        fail_msg("'%s' is no number", no_numbers[i]);
        assert_false(decimal_is_number(SPAN_NULL));
}

static void integers(void **state) {
        (void)state;
        int64_t integer = 0;
        assert_true(decimal_parse_integer(SPAN_LIT("9007199254740991"), &integer));
        assert_true(integer == 9007199254740991);
        assert_true(decimal_parse_integer(SPAN_LIT("-9007199254740991"), &integer));
        assert_true(integer == -9007199254740991);
        assert_true(decimal_parse_integer(SPAN_LIT("-0"), &integer));
        assert_true(integer == 0);
        integer = 7;
        assert_false(decimal_parse_integer(SPAN_LIT("9007199254740992"), &integer));
        assert_false(decimal_parse_integer(SPAN_LIT("-9007199254740992"), &integer));
        assert_false(decimal_parse_integer(SPAN_LIT("99999999999999999999999999999999999999999"), &integer));
        assert_false(decimal_parse_integer(SPAN_LIT("1.0"), &integer));
        assert_false(decimal_parse_integer(SPAN_LIT("1e3"), &integer));
        assert_int_equal(integer, 7);
        assert_true(decimal_is_integer_text(SPAN_LIT("-28")));
        assert_false(decimal_is_integer_text(SPAN_LIT("28.0")));
        assert_false(decimal_is_integer_text(SPAN_LIT("28E0")));
        assert_false(decimal_is_integer_text(SPAN_LIT("28e0")));
}

static Decimal parsed(const char *number) {
        Decimal decimal;
        assert_true(decimal_parse(span_of(number), &decimal));
        return decimal;
}

static void comparison_is_exact(void **state) {
        (void)state;
        assert_int_equal(decimal_compare(parsed("1.50"), parsed("1.5")), 0);
        assert_int_equal(decimal_compare(parsed("-0"), parsed("0")), 0);
        assert_true(decimal_compare(parsed("0.1"), parsed("0.09")) > 0);
        assert_true(decimal_compare(parsed("-0.1"), parsed("0")) < 0);
        assert_true(decimal_compare(parsed("99.999999999"), parsed("100")) < 0);
        assert_true(decimal_compare(parsed("100.000000001"), decimal_of(100, 0)) > 0);
        assert_true(decimal_compare(parsed("10000000000000000"), parsed("0.000000001")) > 0);
}

static void arithmetic_is_exact(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        assert_span(decimal_text(decimal_add(parsed("0.1"), parsed("0.2")), &arena), "0.3");
        assert_span(decimal_text(decimal_add(parsed("0.5"), parsed("0.5")), &arena), "1");
        assert_span(decimal_text(decimal_subtract(parsed("1"), parsed("0.999")), &arena), "0.001");
        assert_span(decimal_text(decimal_subtract(parsed("1.5"), parsed("1.5")), &arena), "0");
        assert_span(decimal_text(decimal_subtract(parsed("-1"), parsed("99.5")), &arena), "-100.5");
        assert_span(decimal_text(decimal_of(12345, 2), &arena), "123.45");
        assert_span(decimal_text(decimal_of(12300, 2), &arena), "123");
        assert_span(decimal_text(decimal_of(-5, 2), &arena), "-0.05");
        assert_span(decimal_text(decimal_of(0, 2), &arena), "0");
        arena_deinit(&arena);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(canonical_text),
                cmocka_unit_test(grammar),
                cmocka_unit_test(integers),
                cmocka_unit_test(comparison_is_exact),
                cmocka_unit_test(arithmetic_is_exact),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
