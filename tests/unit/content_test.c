// SPDX-License-Identifier: Apache-2.0
// What makes no difference to the content of an event, and what does. docs/identity.md has the encoding;
// tests/cases/identity_test.py computes it once more, in another language.
#include "core_fixture.h"

#include "event/content.h"

#define LABELS "zh = \"甲\"; en = \"a\"; "

static const char domain[] =
        "name = \"test\"; time_zone = \"Asia/Shanghai\";\n"
        "languages = ( (\"en\", \"英语\", \"English\"), (\"zh-Hans\", \"简体\", \"Chinese\") );\n"
        "redact = ( { pattern = \"[0-9]{4}\"; fill = 4; } );\n";

static const char type[] =
        "type = \"t\"; class = \"fact\"; occurred_on = \"@date\"; zh = \"甲\"; en = \"t\"; stored = false;\n"
        "dataschema = \"https://x.example/t/v\"; natural_key = [ \"code\", \"day\", \"names\", \"o/x\" ];\n"
        "fields = (\n"
        "{ member = \"code\"; is = \"code\"; " LABELS "},\n"
        "{ member = \"n\"; is = \"integer\"; " LABELS "},\n"
        "{ member = \"q\"; is = \"code\"; of = \"n\"; default = \"exact\"; " LABELS "},\n"
        "{ member = \"d\"; is = \"decimal\"; digits = 4; " LABELS "},\n"
        "{ member = \"m\"; is = \"money\"; " LABELS "},\n"
        "{ member = \"flag\"; is = \"boolean\"; default = \"false\"; " LABELS "},\n"
        "{ member = \"day\"; is = \"date\"; " LABELS "},\n"
        "{ member = \"at\"; is = \"timestamp\"; " LABELS "},\n"
        "{ member = \"text\"; is = \"text\"; mask = true; " LABELS "},\n"
        "{ member = \"names\"; is = \"texts\"; " LABELS "},\n"
        "{ member = \"dims\"; is = \"codes\"; default = \"{}\"; " LABELS "},\n"
        "{ member = \"contact\"; is = \"object\"; drop = true; " LABELS "fields = (\n"
        "  { member = \"phone\"; is = \"text\"; " LABELS "} ); },\n"
        "{ member = \"o\"; is = \"object\"; " LABELS "fields = ( { member = \"x\"; is = \"text\"; " LABELS "},\n"
        "  { member = \"y\"; is = \"text\"; " LABELS "} ); },\n"
        "{ member = \"tags\"; is = \"list\"; min = 0; items = { is = \"integer\"; }; " LABELS "},\n"
        "{ member = \"l\"; is = \"list\"; " LABELS "items = { is = \"object\"; fields = (\n"
        "  { member = \"p\"; is = \"integer\"; " LABELS "}, { member = \"w\"; is = \"texts\"; " LABELS "} ); }; }\n"
        ");\n";

#define ENVELOPE(attributes, data)                                                                                   \
        "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/s\",\"type\":\"t\"," attributes "\"data\":" data "}"
#define NOON       "\"time\":\"2022-06-01T12:00:00Z\","
#define DATA(data) ENVELOPE(NOON, data)

static Catalogue *catalogue;

static int load(void **state) {
        (void)state;
        catalogue = good_catalogue(domain, type);
        return 0;
}

static int unload(void **state) {
        (void)state;
        catalogue = catalogue_free(catalogue);
        return 0;
}

static Digest hash_of(const char *text) {
        Judged judged = judge_text(catalogue, text);
        if (!judged.accepted)
                fail_msg("%s: %s", text, judged.why.detail.ptr);
        Digest digest = judged.event.content;
        judged_free(&judged);
        return digest;
}

static void assert_same(const char *one, const char *other) {
        if (digest_compare(hash_of(one), hash_of(other)) != 0)
                fail_msg("differ:\n%s\n%s", one, other);
}

static void assert_differ(const char *one, const char *other) {
        if (digest_compare(hash_of(one), hash_of(other)) == 0)
                fail_msg("are the same:\n%s\n%s", one, other);
}

static void spelling_makes_no_difference(void **state) {
        (void)state;
        assert_same(DATA("{\"code\":\"a\",\"n\":1}"), DATA("{\"n\":1,\"code\":\"a\"}"));
        assert_same(DATA("{\"code\":\"a\"}"), DATA(" {\n\"co\\u0064e\" : \"\\u0061\"\t} "));
        assert_same(DATA("{\"d\":1.5}"), DATA("{\"d\":1.50}"));
        assert_same(DATA("{\"d\":100}"), DATA("{\"d\":1e2}"));
        assert_same(DATA("{\"d\":100}"), DATA("{\"d\":100.000}"));
        assert_same(DATA("{\"d\":0}"), DATA("{\"d\":-0.0}"));
        assert_same(DATA("{\"n\":0}"), DATA("{\"n\":-0}"));
        assert_same(DATA("{\"at\":\"2022-06-01T12:00:00Z\"}"), DATA("{\"at\":\"2022-06-01t20:00:00.000+08:00\"}"));
        assert_same(DATA("{\"at\":\"2022-06-01T12:00:00.123456Z\"}"),
                    DATA("{\"at\":\"2022-06-01T12:00:00.123456789Z\"}"));
        assert_same(DATA("{\"names\":{\"en\":\"a\",\"zh-Hans\":\"b\"}}"),
                    DATA("{\"names\":{\"zh-Hans\":\"b\",\"en\":\"a\"}}"));
        assert_same(DATA("{\"dims\":{\"a\":\"b\",\"c\":\"d\"}}"), DATA("{\"dims\":{\"c\":\"d\",\"a\":\"b\"}}"));
        assert_same(ENVELOPE(NOON, "{}"), ENVELOPE("\"time\":\"2022-06-01T20:00:00+08:00\",", "{}"));
        assert_same(ENVELOPE(NOON, "{}"), ENVELOPE("\"time\":\"2022-06-01T12:00:00.0000009Z\",", "{}"));
}

static void transport_makes_no_difference(void **state) {
        (void)state;
        const Header headers[] = {{SPAN_LIT("ce_specversion"), SPAN_LIT("1.0")},
                                  {SPAN_LIT("ce_id"), SPAN_LIT("e-1")},
                                  {SPAN_LIT("ce_source"), SPAN_LIT("/s")},
                                  {SPAN_LIT("ce_type"), SPAN_LIT("t")},
                                  {SPAN_LIT("ce_time"), SPAN_LIT("2022-06-01T12:00:00Z")},
                                  {SPAN_LIT("content-type"), SPAN_LIT("application/json")}};
        Judged judged = judge_value(catalogue, SPAN_LIT("{\"n\":5}"), headers, 6);
        assert_true(judged.accepted);
        assert_int_equal(digest_compare(judged.event.content, hash_of(DATA("{\"n\":5}"))), 0);
        Judged structured = judge_text(catalogue, DATA("{\"n\":5}"));
        assert_int_equal(digest_compare(judged.event.key, structured.event.key), 0);
        judged_free(&judged);
        judged_free(&structured);
        assert_same(ENVELOPE(NOON, "{}"),
                    ENVELOPE(NOON "\"traceparent\":\"00-1-2-01\",\"recordedtime\":\"2022-06-01T12:00:00Z\",", "{}"));
        assert_same(ENVELOPE(NOON, "{}"),
                    ENVELOPE(NOON "\"partitionkey\":\"x\",\"subject\":\"y\",\"sequence\":\"7\",", "{}"));
        assert_same(ENVELOPE(NOON, "{}"), ENVELOPE(NOON "\"dataschema\":\"https://x.example/t/v1\",", "{}"));
        assert_same(ENVELOPE(NOON, "{}"), "\xEF\xBB\xBF" ENVELOPE(NOON, "{}"));
        // id and source are the identity, not the content
        assert_same(ENVELOPE(NOON, "{}"),
                    "{\"specversion\":\"1.0\",\"id\":\"e-2\",\"source\":\"/z\",\"type\":\"t\"," NOON "\"data\":{}}");
}

static void what_is_not_stored_makes_no_difference(void **state) {
        (void)state;
        assert_same(DATA("{\"n\":1}"), DATA("{\"n\":1,\"unknown\":[1,2]}"));
        assert_same(DATA("{\"n\":1}"), DATA("{\"n\":1,\"contact\":{\"phone\":\"5\"}}"));
        assert_same(DATA("{\"n\":1}"), DATA("{\"n\":1,\"contact\":{}}"));
        assert_same(DATA("{}"), DATA("{\"q\":\"about\"}")); // a qualifier without its figure
        assert_same(DATA("{}"), DATA("{\"flag\":false,\"dims\":{}}"));
        assert_same(DATA("{\"n\":1}"), DATA("{\"n\":1,\"q\":\"exact\"}"));
        assert_same(DATA("{\"text\":\"1234\"}"), DATA("{\"text\":\"5678\"}")); // both become ****
        assert_same(DATA("{}"), DATA("{\"o\":{}}"));
        assert_same(DATA("{}"), DATA("{\"tags\":[]}"));
}

static void everything_else_does(void **state) {
        (void)state;
        assert_differ(DATA("{\"n\":1}"), DATA("{\"n\":2}"));
        assert_differ(DATA("{\"n\":1}"), DATA("{\"n\":-1}"));
        assert_differ(DATA("{\"n\":1}"), DATA("{}"));
        assert_differ(DATA("{\"n\":1}"), DATA("{\"d\":1}"));
        assert_differ(DATA("{\"n\":1}"), DATA("{\"n\":1,\"q\":\"about\"}"));
        assert_differ(DATA("{}"), DATA("{\"flag\":true}"));
        assert_differ(DATA("{\"d\":0.1}"), DATA("{\"d\":0.1001}"));
        assert_differ(DATA("{\"m\":150}"), DATA("{\"m\":15}"));
        assert_differ(DATA("{\"day\":\"2022-06-01\"}"), DATA("{\"day\":\"2022-06-02\"}"));
        assert_differ(DATA("{\"at\":\"2022-06-01T12:00:00Z\"}"), DATA("{\"at\":\"2022-06-01T12:00:00.000001Z\"}"));
        assert_differ(DATA("{\"names\":{\"en\":\"a\"}}"), DATA("{\"names\":{\"zh-Hans\":\"a\"}}"));
        assert_differ(DATA("{\"names\":{\"en\":\"a\"}}"), DATA("{\"names\":{\"en\":\"A\"}}"));
        assert_differ(DATA("{\"dims\":{\"a\":\"b\"}}"), DATA("{\"dims\":{\"b\":\"a\"}}"));
        assert_differ(DATA("{\"o\":{\"x\":\"1\"}}"), DATA("{\"o\":{\"y\":\"1\"}}"));
        // no normalization of text
        assert_differ(DATA("{\"text\":\"\\u00e9\"}"), DATA("{\"text\":\"e\\u0301\"}"));
        assert_differ(DATA("{\"text\":\"a \"}"), DATA("{\"text\":\"a\"}"));
        // the attributes that count
        assert_differ(ENVELOPE(NOON, "{}"), ENVELOPE("\"time\":\"2022-06-01T12:00:01Z\",", "{}"));
        assert_differ(ENVELOPE(NOON, "{}"), ENVELOPE(NOON "\"correctsid\":\"e-0\",", "{}"));
        assert_differ(ENVELOPE(NOON "\"correctsid\":\"e-0\",", "{}"), ENVELOPE(NOON "\"correctsid\":\"e-2\",", "{}"));
}

static void lists_have_an_order(void **state) {
        (void)state;
        assert_differ(DATA("{\"tags\":[1,2]}"), DATA("{\"tags\":[2,1]}"));
        assert_differ(DATA("{\"tags\":[1]}"), DATA("{\"tags\":[1,1]}"));
        assert_differ(DATA("{\"tags\":[12]}"), DATA("{\"tags\":[1,2]}"));
        assert_differ(DATA("{\"l\":[{\"p\":1},{}]}"), DATA("{\"l\":[{},{\"p\":1}]}"));
        assert_same(DATA("{\"l\":[{\"p\":1,\"w\":{\"en\":\"a\"}}]}"),
                    DATA("{\"l\":[{\"w\":{\"en\":\"a\"},\"p\":1}]}"));
}

static Digest hash_of_tags(unsigned count, unsigned swapped) {
        Buffer text = BUFFER_NULL;
        buffer_put_string(&text, "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/s\",\"type\":\"t\"," NOON
                                 "\"data\":{\"tags\":[");
        for (unsigned i = 0; i < count; i++)
                buffer_printf(&text, "%s%u", i ? "," : "", i == swapped ? i + 1 : i == swapped + 1 ? i - 1 : i);
        buffer_put_string(&text, "]}}");
        Digest digest = hash_of(buffer_text(&text));
        buffer_deinit(&text);
        return digest;
}

// Ten and more elements are sorted by their indices as text, seventeen and more in other memory.
static void long_lists(void **state) {
        (void)state;
        static const unsigned counts[] = {9, 10, 11, 12, 16, 17, 101};
        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
                Digest digest = hash_of_tags(counts[i], UINT32_MAX - 1);
                assert_int_equal(digest_compare(digest, hash_of_tags(counts[i], UINT32_MAX - 1)), 0);
                for (unsigned swapped = 0; swapped + 1 < counts[i]; swapped++)
                        assert_int_not_equal(digest_compare(digest, hash_of_tags(counts[i], swapped)), 0);
        }
}

// The index of an element was cut off behind a long path.
static void lists_with_very_long_names(void **state) {
        (void)state;
        char name[201];
        memset(name, 'n', 200);
        name[200] = '\0';
        cleanup(freep) char *long_type =
                xasprintf("type = \"t\"; class = \"fact\"; occurred_on = \"@date\"; stored = false; " LABELS
                          "fields = ( { member = \"%s\"; is = \"list\"; items = { is = \"object\"; fields = (\n"
                          "{ member = \"p\"; is = \"integer\"; " LABELS
                          "}, { member = \"q\"; is = \"integer\"; " LABELS "} ); };\n" LABELS "} );",
                          name);
        Catalogue *mine = good_catalogue(domain, long_type);
        cleanup(freep) char *first = xasprintf("{\"%s\":[{\"p\":1},{\"p\":2}]}", name);
        cleanup(freep) char *second = xasprintf("{\"%s\":[{\"p\":1,\"q\":2}]}", name);
        cleanup(freep) char *third = xasprintf("{\"%s\":[{\"p\":1},{},{\"p\":2}]}", name);
        Judged one = judge_data(mine, first), two = judge_data(mine, second), three = judge_data(mine, third);
        assert_true(one.accepted && two.accepted && three.accepted);
        assert_int_not_equal(digest_compare(one.event.content, two.event.content), 0);
        assert_int_not_equal(digest_compare(one.event.content, three.event.content), 0);
        judged_free(&one);
        judged_free(&two);
        judged_free(&three);
        catalogue_free(mine);
}

// ---- natural keys ----

static Digest key_of(const char *text) {
        Judged judged = judge_text(catalogue, text);
        Buffer scratch = BUFFER_NULL;
        assert_true(judged.accepted);
        const TypePlan *plan = judged.event.type->plan;
        Digest key = content_natural_key(&judged.event, plan->natural_key, plan->natural_key_count, NULL, &scratch);
        buffer_deinit(&scratch);
        judged_free(&judged);
        return key;
}

static void natural_keys(void **state) {
        (void)state;
        Digest key = key_of(DATA("{\"code\":\"a\",\"day\":\"2022-06-01\",\"names\":{\"en\":\"x\"},\"n\":1}"));
        // other members, time and spelling do not count
        assert_int_equal(
                digest_compare(
                        key,
                        key_of(ENVELOPE("\"time\":\"2022-07-01T12:00:00Z\",",
                                        "{\"names\":{\"en\":\"x\"},\"day\":\"2022-06-01\",\"code\":\"a\",\"n\":2}"))),
                0);
        assert_int_not_equal(
                digest_compare(key, key_of(DATA("{\"code\":\"b\",\"day\":\"2022-06-01\",\"names\":{\"en\":\"x\"}}"))),
                0);
        assert_int_not_equal(
                digest_compare(key, key_of(DATA("{\"code\":\"a\",\"day\":\"2022-06-02\",\"names\":{\"en\":\"x\"}}"))),
                0);
        assert_int_not_equal(
                digest_compare(key,
                               key_of(DATA("{\"code\":\"a\",\"day\":\"2022-06-01\",\"names\":{\"zh-Hans\":\"x\"}}"))),
                0);
        assert_int_not_equal(digest_compare(key, key_of(DATA("{\"code\":\"a\",\"day\":\"2022-06-01\"}"))), 0);
        assert_int_not_equal(digest_compare(key, key_of(DATA("{\"code\":\"a\",\"day\":\"2022-06-01\",\"names\":{"
                                                             "\"en\":\"x\"},\"o\":{\"x\":\"1\"}}"))),
                             0);
        // absent equals absent
        assert_int_equal(digest_compare(key_of(DATA("{}")), key_of(DATA("{\"n\":9,\"o\":{}}"))), 0);
        // which member is absent counts
        assert_int_not_equal(digest_compare(key_of(DATA("{\"code\":\"x\"}")), key_of(DATA("{\"o\":{\"x\":\"x\"}}"))),
                             0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(spelling_makes_no_difference),
                cmocka_unit_test(transport_makes_no_difference),
                cmocka_unit_test(what_is_not_stored_makes_no_difference),
                cmocka_unit_test(everything_else_does),
                cmocka_unit_test(lists_have_an_order),
                cmocka_unit_test(long_lists),
                cmocka_unit_test(lists_with_very_long_names),
                cmocka_unit_test(natural_keys),
        };
        return cmocka_run_group_tests(tests, load, unload);
}
