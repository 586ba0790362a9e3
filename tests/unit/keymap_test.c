// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/keymap.h"

static Span numbered(char *text, int n) {
        int len = snprintf(text, 40, "https://producer.example/%d", n);
        return (Span){text, (size_t)len};
}

static void it_finds_what_was_put(void **state) {
        KeyMap map = KEYMAP_NULL;
        char text[40];
        (void)state;
        assert_null(keymap_find(&map, SPAN_LIT("x")));
        for (int i = 0; i < 5000; i++)
                keymap_put(&map, numbered(text, i), i);
        keymap_put(&map, SPAN_LIT(""), -1);
        keymap_put(&map, numbered(text, 7), 70);
        assert_int_equal(map.count, 5001);
        for (int i = 0; i < 5000; i++)
                assert_int_equal(keymap_find(&map, numbered(text, i))->value, i == 7 ? 70 : i);
        assert_int_equal(keymap_find(&map, SPAN_LIT(""))->value, -1);
        assert_null(keymap_find(&map, SPAN_LIT("https://producer.example/")));
        keymap_clear(&map);
        assert_null(keymap_find(&map, numbered(text, 1)));
        keymap_deinit(&map);
}

static void it_stays_bounded(void **state) {
        KeyMap map = KEYMAP_NULL;
        char text[40];
        (void)state;
        for (int i = 0; i < 250 * 1000; i++)
                keymap_put(&map, numbered(text, i), i);
        assert_true(map.count <= 100 * 1000);
        assert_int_equal(keymap_find(&map, numbered(text, 249999))->value, 249999);
        keymap_deinit(&map);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(it_finds_what_was_put),
                cmocka_unit_test(it_stays_bounded),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
