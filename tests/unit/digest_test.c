// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "base/digest.h"

static void assert_digest(Span bytes, const char *hex) {
        Digest digest = digest_of(bytes);
        for (int i = 0; i < DIGEST_LEN; i++) {
                char pair[3];
                snprintf(pair, sizeof(pair), "%02x", digest.bytes[i]);
                assert_memory_equal(pair, hex + 2 * i, 2);
        }
}

// FIPS 180-4's own examples.
static void first_half_of_sha_256(void **state) {
        (void)state;
        assert_digest(SPAN_LIT(""), "e3b0c44298fc1c149afbf4c8996fb924");
        assert_digest(SPAN_LIT("abc"), "ba7816bf8f01cfea414140de5dae2223");
        assert_digest(SPAN_LIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                      "248d6a61d20638b8e5c026930c3e6039");
}

static void order_is_bytewise(void **state) {
        (void)state;
        Digest low = {{1}}, high = {{0x80}};
        assert_true(digest_compare(low, high) < 0);
        assert_true(digest_compare(high, low) > 0);
        assert_int_equal(digest_compare(low, low), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(first_half_of_sha_256),
                cmocka_unit_test(order_is_bytewise),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
