// SPDX-License-Identifier: Apache-2.0
// The vectors stand in docs/identity.md, too; tests/cases/identity_test.py has an implementation of its own.
#include "core_fixture.h"

#include "event/identity.h"

static void assert_key(const char *source, const char *id, const char *hex) {
        Digest key = identity_key(span_of(source), span_of(id));
        char text[33];
        for (int i = 0; i < DIGEST_LEN; i++)
                snprintf(text + 2 * i, 3, "%02x", key.bytes[i]);
        assert_string_equal(text, hex);
}

static void vectors(void **state) {
        (void)state;
        assert_key("https://nr-turpan.example/hall", "0160ad4d-1c00-7684-b63b-a9b5b3c03576",
                   "0160ad4d1c008296f934433d227f63ce");
        assert_key("https://nr-turpan.example/hall", "0160AD4D-1C00-7684-B63B-A9B5B3C03576",
                   "33b464f08acd8e7975aed0e5b074af8d");
        assert_key("https://other.example/hall", "0160ad4d-1c00-7684-b63b-a9b5b3c03576",
                   "0160ad4d1c00006768837e09b5a3d3a4");
        assert_key("/s", "e-1", "8d4739ce71e90b6830234741bc47f813");
        assert_key("/科普", "事件-1", "2f55979567816864d1be333d3c1c8839");
}

static bool begins_with_time(const char *id) {
        Digest key = identity_key(SPAN_LIT("/s"), span_of(id));
        return memcmp(key.bytes, "\x01\x60\xad\x4d\x1c\x00", 6) == 0;
}

static void only_lower_case_version_7_gives_its_time(void **state) {
        (void)state;
        assert_true(begins_with_time("0160ad4d-1c00-7684-b63b-a9b5b3c03576"));
        assert_true(begins_with_time("0160ad4d-1c00-7684-863b-a9b5b3c03576"));
        assert_true(begins_with_time("0160ad4d-1c00-7684-963b-a9b5b3c03576"));
        assert_false(begins_with_time("0160ad4d-1c00-4684-b63b-a9b5b3c03576")); // version 4
        assert_false(begins_with_time("0160ad4d-1c00-7684-c63b-a9b5b3c03576")); // another variant
        assert_false(begins_with_time("0160ad4d-1c00-7684-063b-a9b5b3c03576"));
        assert_false(begins_with_time("0160AD4D-1C00-7684-B63B-A9B5B3C03576"));
        assert_false(begins_with_time("0160ad4d-1c00-7684-b63b-a9b5b3c0357"));   // a character short
        assert_false(begins_with_time("0160ad4d-1c00-7684-b63b-a9b5b3c035760")); // one more
        assert_false(begins_with_time("0160ad4d1c0076-84-b63b-a9b5b3c03576xx"));
        assert_false(begins_with_time("0160ad4d-1c00-7684-b63b-a9b5b3c0357g"));
        assert_false(begins_with_time("0160ad4d_1c00_7684_b63b_a9b5b3c03576"));
        assert_false(begins_with_time("0160ad4d-1c00-7684-b63ba-9b5b3c03576"));
}

// The rest of the hash depends on all of (source, id): a time alone is nobody's identity.
static void nobody_can_take_the_key_of_another(void **state) {
        (void)state;
        Digest mine = identity_key(SPAN_LIT("/s"), SPAN_LIT("0160ad4d-1c00-7684-b63b-a9b5b3c03576"));
        Digest theirs = identity_key(SPAN_LIT("/t"), SPAN_LIT("0160ad4d-1c00-7684-b63b-a9b5b3c03576"));
        Digest next = identity_key(SPAN_LIT("/s"), SPAN_LIT("0160ad4d-1c00-7684-b63b-a9b5b3c03577"));
        assert_memory_equal(mine.bytes, theirs.bytes, 6);
        assert_memory_not_equal(mine.bytes + 6, theirs.bytes + 6, 10);
        assert_memory_not_equal(mine.bytes + 6, next.bytes + 6, 10);
        // the zero byte keeps the two apart
        Digest left = identity_key(SPAN_LIT("/sa"), SPAN_LIT("b"));
        Digest right = identity_key(SPAN_LIT("/s"), SPAN_LIT("ab"));
        assert_int_not_equal(digest_compare(left, right), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(vectors),
                cmocka_unit_test(only_lower_case_version_7_gives_its_time),
                cmocka_unit_test(nobody_can_take_the_key_of_another),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
