// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "event/json.h"
#include "event/unicode.h"

#define BRACKETS_32        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
#define BRACKETS_32_CLOSED "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
#define MEMBERS_15                                                                                                   \
        "\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"m\":1,"   \
        "\"n\":1,\"o\":1"

static const struct {
        const char *json;
        const char *reason; // NULL: read
        const char *pointer;
} texts[] = {
        {"{}", NULL, NULL},
        {" \t\r\n[1, 2.5, -0, 1e2, \"x\", true, false, null]\n ", NULL, NULL},
        {"\"x\"", NULL, NULL},
        {"1", NULL, NULL},
        // grammar
        {"", "E_JSON", ""},
        {" ", "E_JSON", ""},
        {"{", "E_JSON", ""},
        {"{\"a\":1,}", "E_JSON", ""},
        {"[1,]", "E_JSON", ""},
        {"{\"a\" 1}", "E_JSON", ""},
        {"{a:1}", "E_JSON", ""},
        {"{'a':1}", "E_JSON", ""},
        {"{} {}", "E_JSON", ""},
        {"[1] x", "E_JSON", ""},
        {"[01]", "E_JSON", ""},
        {"[1.]", "E_JSON", ""},
        {"[.5]", "E_JSON", ""},
        {"[+1]", "E_JSON", ""},
        {"[1e]", "E_JSON", ""},
        {"[0x10]", "E_JSON", ""},
        {"[NaN]", "E_JSON", ""},
        {"[Infinity]", "E_JSON", ""},
        {"[-Infinity]", "E_JSON", ""},
        {"[nul]", "E_JSON", ""},
        {"[True]", "E_JSON", ""},
        {"[\"a\tb\"]", "E_JSON", ""},
        {"[\"a\nb\"]", "E_JSON", ""},
        {"[\"\\x41\"]", "E_JSON", ""},
        {"[\"\\u12g4\"]", "E_JSON", ""},
        {"[\"\\u12\"]", "E_JSON", ""},
        {"[\"abc]", "E_JSON", ""},
        {"[1] // x", "E_JSON", ""},
        {"[1 /* x */]", "E_JSON", ""},
        {"\xEF\xBB\xBF{}", "E_JSON", ""}, // the caller takes the byte order mark off
        // depth
        {BRACKETS_32 BRACKETS_32_CLOSED, NULL, NULL},
        {"[" BRACKETS_32 BRACKETS_32_CLOSED "]", "E_JSON_DEPTH",
         "/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0"},
        {"{\"a\":" BRACKETS_32 BRACKETS_32_CLOSED "}", "E_JSON_DEPTH",
         "/a/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0"},
        {"[\"" BRACKETS_32 BRACKETS_32 "\"]", NULL, NULL},
        {"[[],[],[],{},{},{}]", NULL, NULL},
        // twins
        {"{\"a\":1,\"b\":2,\"a\":3}", "E_JSON_DUPKEY", "/a"},
        {"{\"a\":1,\"\\u0061\":3}", "E_JSON_DUPKEY", "/a"},
        {"{\"x\":[0,{\"é\":1,\"\\u00e9\":2}]}", "E_JSON_DUPKEY", "/x/1/é"},
        {"{\"\":1,\"\":2}", "E_JSON_DUPKEY", "/"},
        {"{\"a\":1,\"A\":2,\"aa\":3}", NULL, NULL},
        {"[{\"a\":1},{\"a\":1}]", NULL, NULL},
        {"{" MEMBERS_15 ",\"p\":1}", NULL, NULL}, // 16: pairwise
        {"{" MEMBERS_15 ",\"a\":1}", "E_JSON_DUPKEY", "/a"},
        {"{" MEMBERS_15 ",\"p\":1,\"q\":1}", NULL, NULL}, // 17: sorted
        {"{" MEMBERS_15 ",\"p\":1,\"q\":1,\"\\u006b\":1}", "E_JSON_DUPKEY", "/k"},
        // strings
        {"[\"a\\u0000b\"]", "E_JSON_NUL", "/0"},
        {"{\"a\\u0000b\":1}", "E_JSON_NUL", NULL},
        {"[\"\\uFFFF\"]", "E_JSON_NONCHAR", "/0"},
        {"[\"\\ufdd0\"]", "E_JSON_NONCHAR", "/0"},
        {"[\"\\ud83f\\udfff\"]", "E_JSON_NONCHAR", "/0"}, // U+1FFFF
        {"[\"\xEF\xBF\xBE\"]", "E_JSON_NONCHAR", "/0"},
        {"{\"\\ufffe\":1}", "E_JSON_NONCHAR", "/\xEF\xBF\xBE"},
        {"[\"\\ufffd\"]", NULL, NULL},
        {"[\"\\ud83d\"]", "E_JSON_SURROGATE", ""},
        {"[\"\\ud83dx\"]", "E_JSON_SURROGATE", ""},
        {"[\"\\ude00\\ud83d\"]", "E_JSON_SURROGATE", ""},
        {"[\"\\ud83d\\u0041\"]", "E_JSON_SURROGATE", ""},
        {"{\"\\udc00\":1}", "E_JSON_SURROGATE", ""},
        {"[\"\\ud83d\\ude00\"]", NULL, NULL},
        // numbers
        {"[9007199254740991,-9007199254740991]", NULL, NULL},
        {"[9007199254740992]", "E_NUM_RANGE", "/0"},
        {"{\"a\":[0,-9007199254740992]}", "E_NUM_RANGE", "/a/1"},
        {"[9007199254740992.0]", NULL, NULL},
        {"[1e16,-1e16]", NULL, NULL},
        {"[1.1e16]", "E_NUM_RANGE", "/0"},
        {"[1e400]", "E_NUM_RANGE", "/0"},
        {"[1e-34]", NULL, NULL},
        {"[1e-35]", "E_NUM_RANGE", "/0"},
        {"[0.12345678901234567890123456789012345]", "E_NUM_RANGE", "/0"},
};

static void strict_reading(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                Arena arena = ARENA_NULL;
                Pointer at = {.count = 0};
                JsonText read;
                Reject why = REJECT_NULL;
                JsonLimits limits = {32};
                // exactly as long as it is, so that a read beyond the end is seen
                size_t len = strlen(texts[i].json);
                char *exact = memcpy(xmalloc(len), texts[i].json, len);
                yyjson_val *root = json_read((Span){exact, len}, &limits, &at, &arena, &read, &why);
                if ((root != NULL) != (texts[i].reason == NULL))
                        fail_msg("%s: %s", texts[i].json, reason_name(why.reason));
                if (!root && strcmp(reason_name(why.reason), texts[i].reason) != 0)
                        fail_msg("%s: %s", texts[i].json, reason_name(why.reason));
                if (!root && texts[i].pointer)
                        assert_span(why.pointer, texts[i].pointer);
                assert_int_equal(at.count, 0);
                arena_deinit(&arena);
                free(exact);
        }
}

// Whether a text is UTF-8 is asked only when it is no JSON, so nothing else may be JSON: all sequences of up to three
// bytes, and those of four that begin as one should.
static void what_is_not_utf8_is_no_json(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        for (uint32_t bits = 0x80; bits <= 0xFFFFFF; bits += bits < 0x10000 ? 1 : 11) {
                char text[] = "[\"    \"]";
                bool four = bits >= 0xF00000 && bits % 2;
                size_t bad;
                text[2] = (char)(bits >> 16 ? bits >> 16 : ' ');
                text[3] = (char)(bits >> 8 & 0xFF ? bits >> 8 & 0xFF : ' ');
                text[4] = (char)(bits & 0xFF);
                text[5] = four ? (char)(0x80 + bits % 64) : ' ';
                Pointer at = {.count = 0};
                JsonText read;
                Reject why;
                Span whole = {text, sizeof(text) - 1};
                bool plain = memchr(text + 2, '"', 4) == NULL && unicode_is_plain((Span){text + 2, 4});
                bool is_json = json_read(whole, &(JsonLimits){32}, &at, &arena, &read, &why) != NULL;
                if (is_json && !unicode_valid(whole, &bad))
                        fail_msg("%06X is no UTF-8", bits);
                if (!is_json && plain && unicode_valid(whole, &bad) && !memchr(text + 2, '\n', 4) &&
                    !memchr(text + 2, '\t', 4))
                        fail_msg("%06X: %s", bits, why.detail.ptr);
                arena_reset(&arena, 1 << 16);
        }
        arena_deinit(&arena);
}

static void the_pointer_begins_where_the_text_stands(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        Pointer at = {.count = 0};
        JsonText read;
        Reject why;
        JsonLimits limits = {32};
        pointer_push(&at, SPAN_LIT("data"));
        assert_null(json_read(SPAN_LIT("{\"a\":[{\"b\":1e400}]}"), &limits, &at, &arena, &read, &why));
        assert_span(why.pointer, "/data/a/0/b");
        assert_int_equal(at.count, 1);
        arena_deinit(&arena);
}

static void a_nul_in_a_name_is_part_of_the_pointer(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        Pointer at = {.count = 0};
        JsonText read;
        Reject why;
        JsonLimits limits = {32};
        assert_null(json_read(SPAN_LIT("{\"a\\u0000b\":1}"), &limits, &at, &arena, &read, &why));
        assert_int_equal(why.pointer.len, 4);
        assert_memory_equal(why.pointer.ptr, "/a\0b", 4);
        arena_deinit(&arena);
}

static void ten_thousand_levels(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        Pointer at = {.count = 0};
        JsonText read;
        Reject why;
        JsonLimits limits = {32};
        size_t levels = 100000;
        char *text = xmalloc(2 * levels);
        memset(text, '[', levels);
        memset(text + levels, ']', levels);
        assert_null(json_read((Span){text, 2 * levels}, &limits, &at, &arena, &read, &why));
        assert_reason(why.reason, E_JSON_DEPTH);
        free(text);
        arena_deinit(&arena);
}

static void numbers_keep_their_text(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        Pointer at = {.count = 0};
        JsonText read;
        Reject why;
        JsonLimits limits = {32};
        yyjson_val *root = json_read(SPAN_LIT("[28.0,1e2]"), &limits, &at, &arena, &read, &why);
        assert_non_null(root);
        assert_span(json_span(yyjson_arr_get(root, 0)), "28.0");
        assert_span(json_span(yyjson_arr_get(root, 1)), "1e2");
        arena_deinit(&arena);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(strict_reading),
                cmocka_unit_test(what_is_not_utf8_is_no_json),
                cmocka_unit_test(the_pointer_begins_where_the_text_stands),
                cmocka_unit_test(a_nul_in_a_name_is_part_of_the_pointer),
                cmocka_unit_test(ten_thousand_levels),
                cmocka_unit_test(numbers_keep_their_text),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
