// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "app/lines.h"

static void write_bytes(const Folder *folder, Span bytes) {
        cleanup(freep) char *path = folder_file(folder, "x");
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
        assert_int_equal(fclose(file), 0);
}

// The lines of a file, each between brackets.
static void assert_lines(Span bytes, Span expected, uint64_t count) {
        Folder folder = folder_new();
        cleanup(freep) char *path = folder_file(&folder, "x");
        Buffer said = BUFFER_NULL;
        Lines lines;
        Span line;
        write_bytes(&folder, bytes);
        assert_true(lines_open(&lines, path));
        while (lines_next(&lines, &line)) {
                buffer_put_u8(&said, '[');
                buffer_put_span(&said, line);
                buffer_put_u8(&said, ']');
        }
        assert_int_equal(lines.number, count);
        assert_int_equal(said.len, expected.len);
        if (said.len > 0)
                assert_memory_equal(said.ptr, expected.ptr, said.len);
        lines_close(&lines);
        buffer_deinit(&said);
        folder_remove(&folder);
}

static void split_on_line_feed_only(void **state) {
        (void)state;
        assert_lines(SPAN_LIT(""), SPAN_LIT(""), 0);
        assert_lines(SPAN_LIT("a"), SPAN_LIT("[a]"), 1);
        assert_lines(SPAN_LIT("a\n"), SPAN_LIT("[a]"), 1);
        assert_lines(SPAN_LIT("a\nb"), SPAN_LIT("[a][b]"), 2);
        assert_lines(SPAN_LIT("\n"), SPAN_LIT("[]"), 1);
        assert_lines(SPAN_LIT("\n\na\n\n"), SPAN_LIT("[][][a][]"), 4);
        assert_lines(SPAN_LIT("a\r\nb\r"), SPAN_LIT("[a\r][b\r]"), 2);
        assert_lines(SPAN_LIT("a\0b\nc\0\n"), SPAN_LIT("[a\0b][c\0]"), 2);
        assert_lines(SPAN_LIT("a\x0b\x0c\x1c\xE2\x80\xA8\xC2\x85z"), SPAN_LIT("[a\x0b\x0c\x1c\xE2\x80\xA8\xC2\x85z]"),
                     1);
}

static void files_that_are_none(void **state) {
        (void)state;
        Lines lines;
        assert_false(lines_open(&lines, "/nonexistent/x"));
        lines_close(&lines);
}

static void assert_field(Span text, const char *written) {
        Buffer out = BUFFER_NULL;
        lines_put_field(&out, text);
        assert_string_equal(buffer_text(&out), written);
        buffer_deinit(&out);
}

static void fields_cannot_break_a_line(void **state) {
        (void)state;
        assert_field(SPAN_NULL, "-");
        assert_field(SPAN_LIT(""), "-");
        assert_field(SPAN_LIT("科普 a"), "科普 a");
        assert_field(SPAN_LIT("a\tb\nc\rd\\e"), "a\\tb\\nc\\rd\\\\e");
        assert_field(SPAN_LIT("\0\x01\x1b\x1f\x7f"), "\\u0000\\u0001\\u001B\\u001F\\u007F");
        assert_field(SPAN_LIT("\\n"), "\\\\n");
        assert_field(SPAN_LIT("\xC2\x80\xC2\x85\xC2\x9F\xC2\xA0"), "\\u0080\\u0085\\u009F\xC2\xA0");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(split_on_line_feed_only),
                cmocka_unit_test(files_that_are_none),
                cmocka_unit_test(fields_cannot_break_a_line),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
