// SPDX-License-Identifier: Apache-2.0
// PostgreSQL's binary formats, byte for byte (as its own binary output shows them), and what fits where.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "postgres/encode.h"
#include "postgres/letters.h"
#include "postgres/numeric.h"

static void assert_hex(Buffer *buffer, const char *expected) {
        char hex[1024] = "";
        for (size_t i = 0; i < buffer->len; i++)
                snprintf(hex + 2 * i, sizeof(hex) - 2 * i, "%02x", (uint8_t)buffer->ptr[i]);
        assert_string_equal(hex, expected);
        buffer_deinit(buffer);
}

static void cell(uint32_t oid, Value value, const char *expected) {
        Buffer buffer = BUFFER_NULL;
        assert_int_equal(encode_cell(encoder_for(oid), &buffer, &value), ENCODE_OK);
        assert_hex(&buffer, expected);
}

static void no_cell(uint32_t oid, Value value, Encode how) {
        Buffer buffer = BUFFER_NULL;
        assert_int_equal(encode_cell(encoder_for(oid), &buffer, &value), how);
        assert_int_equal(buffer.len, 0);
        buffer_deinit(&buffer);
}

static Value decimal(const char *text) {
        return (Value){.kind = VALUE_DECIMAL, .text = span_of(text)};
}

static void cells_of_every_type(void **state) {
        static const char uuid[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        (void)state;
        cell(OID_TEXT, value_text(SPAN_LIT("ab")), "000000026162");
        cell(OID_VARCHAR, value_text(SPAN_LIT("")), "00000000");
        cell(OID_NAME, value_text(SPAN_LIT("a")), "0000000161");
        cell(OID_BOOL, value_of(VALUE_BOOLEAN, 1), "0000000101");
        cell(OID_INT2, value_integer(-2), "00000002fffe");
        cell(OID_INT4, value_integer(258), "0000000400000102");
        cell(OID_INT8, value_integer(-1), "00000008ffffffffffffffff");
        cell(OID_DATE, value_of(VALUE_DATE, 10958), "0000000400000001");
        cell(OID_TIMESTAMPTZ, value_of(VALUE_TIMESTAMP, INT64_C(946684800000001)), "000000080000000000000001");
        cell(OID_UUID, value_uuid(uuid), "00000010000102030405060708090a0b0c0d0e0f");
        cell(OID_JSONB, (Value){.kind = VALUE_JSON, .text = SPAN_LIT("{}")}, "00000003017b7d");
        cell(OID_JSON, (Value){.kind = VALUE_JSON, .text = SPAN_LIT("{}")}, "000000027b7d");
        cell(OID_BYTEA, value_uuid(uuid), "00000010000102030405060708090a0b0c0d0e0f");
        for (size_t i = 0; i < 2; i++)
                cell(i ? OID_INT8 : OID_TEXT, VALUE_NULL, "ffffffff");
        assert_null(encoder_for(600)); // point
}

static void numerics(void **state) {
        (void)state;
        cell(OID_NUMERIC, decimal("0"), "000000080000000000000000");
        cell(OID_NUMERIC, decimal("1"), "0000000a00010000000000000001");
        cell(OID_NUMERIC, decimal("-12.5"), "0000000c0002000040000001000c1388");
        cell(OID_NUMERIC, decimal("10000"), "0000000a00010001000000000001");
        cell(OID_NUMERIC, decimal("123456789.01"), "000000100004000200000002000109291a850064");
        cell(OID_NUMERIC, decimal("0.0001"), "0000000a0001ffff000000040001");
        cell(OID_NUMERIC, decimal("0.00001"), "0000000a0001fffe0000000503e8");
        cell(OID_NUMERIC, decimal("100000000.00010000"), "0000001000040002000000080001000000000001");
        cell(OID_NUMERIC, value_integer(INT64_MIN), "000000120005000440000000039a0d2c0170156516b0");
}

static void constants_are_read_as_the_column_wants(void **state) {
        (void)state;
        cell(OID_INT4, value_text(SPAN_LIT("0")), "0000000400000000");
        cell(OID_BOOL, value_text(SPAN_LIT("false")), "0000000100");
        cell(OID_TEXT, value_integer(12), "000000023132");
        cell(OID_TEXT, value_of(VALUE_BOOLEAN, 1), "0000000474727565");
        cell(OID_INT8, decimal("28"), "00000008000000000000001c");
}

static void what_does_not_fit(void **state) {
        (void)state;
        no_cell(OID_INT2, value_integer(32768), ENCODE_RANGE);
        no_cell(OID_INT4, value_integer(INT64_C(2147483648)), ENCODE_RANGE);
        no_cell(OID_INT8, decimal("9223372036854775808"), ENCODE_RANGE);
        no_cell(OID_INT4, decimal("1.5"), ENCODE_RANGE);
        no_cell(OID_INT4, value_text(SPAN_LIT("one")), ENCODE_MISFIT);
        no_cell(OID_BOOL, value_text(SPAN_LIT("yes")), ENCODE_MISFIT);
        no_cell(OID_DATE, value_integer(1), ENCODE_MISFIT);
        no_cell(OID_UUID, value_text(SPAN_LIT("0123456789abcdef")), ENCODE_MISFIT);
        no_cell(OID_NUMERIC, value_text(SPAN_LIT("1e5")), ENCODE_MISFIT);
        no_cell(OID_TEXT, (Value){.kind = VALUE_LIST}, ENCODE_MISFIT);
}

static void integers_from_text(void **state) {
        int64_t value = 7;
        (void)state;
        assert_true(numeric_parse_integer(SPAN_LIT("-9223372036854775808"), &value));
        assert_true(value == INT64_MIN);
        assert_true(numeric_parse_integer(SPAN_LIT("0012.00"), &value));
        assert_int_equal(value, 12);
        assert_false(numeric_parse_integer(SPAN_LIT("9223372036854775808"), &value));
        assert_false(numeric_parse_integer(SPAN_LIT(""), &value));
        assert_false(numeric_parse_integer(SPAN_LIT("-"), &value));
        assert_false(numeric_parse_integer(SPAN_LIT("1."), &value));
        assert_int_equal(value, 12);
}

static void arrays_and_copy(void **state) {
        Buffer buffer = BUFFER_NULL;
        (void)state;
        Array array = array_begin(&buffer, OID_TEXT);
        encode_text(&buffer, SPAN_LIT("a"));
        encode_null(&buffer);
        array_end(&buffer, array, 2);
        assert_hex(&buffer, "0000000100000001000000190000000200000001"
                            "0000000161"
                            "ffffffff");
        array = array_begin(&buffer, OID_UUID);
        array_end(&buffer, array, 0);
        assert_hex(&buffer, "000000000000000100000b86");
        copy_begin(&buffer);
        copy_row(&buffer, 1);
        array = array_cell_begin(&buffer, OID_TEXT);
        encode_text(&buffer, SPAN_LIT("W"));
        array_cell_end(&buffer, array, 1);
        copy_end(&buffer);
        assert_hex(&buffer, "5047434f50590aff0d0a000000000000000000"
                            "0001"
                            "00000019"
                            "0000000100000001000000190000000100000001"
                            "0000000157"
                            "ffff");
}

static void text_of_letters_can_be_read(void **state) {
        Buffer buffer = BUFFER_NULL;
        (void)state;
        letter_text(&buffer, SPAN_LIT("a\0\x7f\xC2\x80\xE7\xA7\x91\xE7\xA7\xED\xA0\x80"));
        // a \u0000 \u007F \u0080 科, then half a character and a surrogate: a mark for each byte
        assert_int_equal(buffer.len, 4 + 1 + 6 + 6 + 6 + 3 + 2 * 3 + 3 * 3);
        assert_memory_equal(buffer.ptr + 4, "a\\u0000\\u007F\\u0080\xE7\xA7\x91\xEF\xBF\xBD", 25);
        buffer_deinit(&buffer);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(cells_of_every_type),
                cmocka_unit_test(numerics),
                cmocka_unit_test(constants_are_read_as_the_column_wants),
                cmocka_unit_test(what_does_not_fit),
                cmocka_unit_test(integers_from_text),
                cmocka_unit_test(arrays_and_copy),
                cmocka_unit_test(text_of_letters_can_be_read),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
