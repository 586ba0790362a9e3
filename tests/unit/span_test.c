// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "base/digest.h"
#include "base/span.h"

// Every length has to see a difference at every place.
static void equal_is_as_memcmp_says(void **state) {
        (void)state;
        char a[48], b[48];
        for (size_t i = 0; i < sizeof(a); i++)
                a[i] = (char)('a' + i % 26);
        for (size_t len = 0; len <= 40; len++) {
                memcpy(b, a, sizeof(b));
                memset(b + len, '#', sizeof(b) - len);
                assert_true(span_equal((Span){a, len}, (Span){b, len}));
                assert_false(span_equal((Span){a, len}, (Span){b, len + 1}));
                for (size_t at = 0; at < len; at++) {
                        b[at] ^= 1;
                        if (span_equal((Span){a, len}, (Span){b, len}))
                                fail_msg("%zu bytes that differ at %zu", len, at);
                        b[at] ^= 1;
                }
        }
        assert_true(span_equal(SPAN_NULL, SPAN_LIT("")));
}

static void digests_compare_bytewise(void **state) {
        (void)state;
        for (size_t at = 0; at < DIGEST_LEN; at++) {
                Digest low = {{0}}, high = {{0}};
                low.bytes[at] = 0x7F;
                high.bytes[at] = 0x80;
                memset(low.bytes + at + 1, 0xFF, DIGEST_LEN - at - 1);
                assert_true(digest_compare(low, high) < 0);
                assert_true(digest_compare(high, low) > 0);
                assert_int_equal(digest_compare(high, high), 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(equal_is_as_memcmp_says),
                cmocka_unit_test(digests_compare_bytewise),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
