// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

static void integers_are_big_endian(void **state) {
        (void)state;
        Buffer buffer = BUFFER_NULL;
        buffer_put_u8(&buffer, 0x01);
        buffer_put_u16(&buffer, 0x0203);
        buffer_put_u32(&buffer, 0x04050607);
        buffer_put_u64(&buffer, 0x08090A0B0C0D0EFF);
        assert_int_equal(buffer.len, 15);
        assert_memory_equal(buffer.ptr, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\xFF", 15);
        buffer_deinit(&buffer);
}

static void it_grows_and_keeps_what_it_has(void **state) {
        (void)state;
        Buffer buffer = BUFFER_NULL;
        for (int i = 0; i < 10000; i++)
                buffer_put_u16(&buffer, (uint16_t)i);
        assert_int_equal(buffer.len, 20000);
        for (int i = 0; i < 10000; i++)
                assert_int_equal((unsigned char)buffer.ptr[2 * i] * 256 + (unsigned char)buffer.ptr[2 * i + 1], i);
        buffer_deinit(&buffer);
        assert_null(buffer.ptr);
        assert_int_equal(buffer.size, 0);
}

static void one_large_piece_fits(void **state) {
        (void)state;
        Buffer buffer = BUFFER_NULL;
        char *large = xmalloc(100000);
        memset(large, 'x', 100000);
        buffer_put_u8(&buffer, 'a');
        buffer_put(&buffer, large, 100000);
        assert_int_equal(buffer.len, 100001);
        assert_int_equal(buffer.ptr[100000], 'x');
        free(large);
        buffer_deinit(&buffer);
}

static void reserve_does_not_count(void **state) {
        (void)state;
        Buffer buffer = BUFFER_NULL;
        memcpy(buffer_reserve(&buffer, 300), "abc", 3);
        assert_int_equal(buffer.len, 0);
        buffer.len += 3;
        assert_string_equal(buffer_text(&buffer), "abc");
        assert_int_equal(buffer.len, 3);
        buffer_deinit(&buffer);
}

static void texts(void **state) {
        (void)state;
        Buffer buffer = BUFFER_NULL;
        assert_string_equal(buffer_text(&buffer), "");
        buffer_put(&buffer, NULL, 0);
        buffer_put_span(&buffer, SPAN_NULL);
        buffer_put_string(&buffer, "a");
        buffer_put_span(&buffer, SPAN_LIT("b\0c"));
        buffer_printf(&buffer, "%05.1f", 3.25);
        assert_int_equal(buffer.len, 9);
        assert_memory_equal(buffer.ptr, "ab\0c003.2", 9);
        buffer_deinit(&buffer);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(integers_are_big_endian),
                cmocka_unit_test(it_grows_and_keeps_what_it_has),
                cmocka_unit_test(one_large_piece_fits),
                cmocka_unit_test(reserve_does_not_count),
                cmocka_unit_test(texts),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
