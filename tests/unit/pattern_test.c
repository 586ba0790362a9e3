// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "event/pattern.h"

static Pattern *compiled(const char *expression, bool anchored) {
        char error[256];
        Pattern *pattern = pattern_new(expression, anchored, error);
        if (!pattern)
                fail_msg("%s", error);
        return pattern;
}

static void anchored_ones_match_all_or_nothing(void **state) {
        (void)state;
        Pattern *pattern = compiled("[a-z]+", true);
        assert_true(pattern_matches(pattern, SPAN_LIT("abc")));
        assert_false(pattern_matches(pattern, SPAN_LIT("abc1")));
        assert_false(pattern_matches(pattern, SPAN_LIT("1abc")));
        assert_false(pattern_matches(pattern, SPAN_LIT("abc\n"))); // '$' of other dialects forgives it
        assert_false(pattern_matches(pattern, SPAN_LIT("")));
        assert_false(pattern_matches(pattern, SPAN_NULL));
        pattern_free(pattern);
        pattern = compiled("^[a-z]+$", true);
        assert_true(pattern_matches(pattern, SPAN_LIT("abc")));
        assert_false(pattern_matches(pattern, SPAN_LIT("abc\n")));
        pattern_free(pattern);
        pattern = compiled("a|ab", true); // all alternatives are tried
        assert_true(pattern_matches(pattern, SPAN_LIT("ab")));
        pattern_free(pattern);
}

static void matches_are_found_one_after_the_other(void **state) {
        (void)state;
        size_t start, end;
        Pattern *pattern = compiled("(?<![0-9])[0-9]{3}(?![0-9])", false);
        Span text = SPAN_LIT("123 4567 科89 012");
        assert_true(pattern_find(pattern, text, 0, &start, &end));
        assert_int_equal(start, 0);
        assert_int_equal(end, 3);
        assert_true(pattern_find(pattern, text, end, &start, &end));
        assert_int_equal(start, 15);
        assert_int_equal(end, 18);
        assert_false(pattern_find(pattern, text, end, &start, &end));
        // what stands before `from` is still looked at
        assert_false(pattern_find(pattern, SPAN_LIT("1234"), 1, &start, &end));
        pattern_free(pattern);
}

static void wrong_ones_say_where(void **state) {
        (void)state;
        char error[256];
        assert_null(pattern_new("ab(c", true, error));
        assert_contains(error, "missing closing parenthesis at character 5");
        assert_null(pattern_new("[z-a]", true, error));
        assert_contains(error, "range out of order");
        assert_null(pattern_free(NULL));
}

// Just-in-time code gives up when its stack is full; that is no answer.
static void a_group_repeats_a_hundred_thousand_times(void **state) {
        (void)state;
        Pattern *pattern = compiled("[a-z]+@[a-z]+(\\.[a-z]+)+", false);
        size_t len = 200001, start, end;
        char *text = xmalloc(len);
        memcpy(text, "a@", 2);
        for (size_t i = 2; i < len; i++)
                text[i] = i % 2 ? '.' : 'b';
        text[len - 2] = 'b';
        assert_true(pattern_find(pattern, (Span){text, len}, 0, &start, &end));
        assert_int_equal(start, 0);
        assert_int_equal(end, len);
        free(text);
        pattern_free(pattern);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(anchored_ones_match_all_or_nothing),
                cmocka_unit_test(matches_are_found_one_after_the_other),
                cmocka_unit_test(wrong_ones_say_where),
                cmocka_unit_test(a_group_repeats_a_hundred_thousand_times),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
