// SPDX-License-Identifier: Apache-2.0
// Members one by one: what each kind takes, and why it refuses.
#include "core_fixture.h"

#include "event/plan.h"
#include "event/unicode.h"

#define LABELS "zh = \"甲\"; en = \"a\"; "

static const char domain[] =
        "name = \"test\"; time_zone = \"UTC\";\n"
        "languages = ( (\"en\", \"英语\", \"English\"), (\"zh-Hans\", \"简体\", \"Chinese\") );\n"
        "redact = ( { pattern = \"[0-9]{4}\"; fill = 8; } );\n"
        "kinds = ( { kind = \"percent\"; is = \"decimal\"; min = 0; max = 100; digits = 4; },\n"
        "          { kind = \"half\"; is = \"percent\"; max = 50; } );\n";

typedef struct Attempt {
        const char *options; // of the member f
        const char *json;    // of the member f
        const char *said;    // "reason pointer", or the value
} Attempt;

static const Attempt attempts[] = {
        // code
        {"is = \"code\"; pattern = \"[a-z]+\"; max = 3;", "\"abc\"", "abc"},
        {"is = \"code\"; pattern = \"[a-z]+\"; max = 3;", "\"abcd\"", "E_FIELD_LENGTH /data/f"},
        {"is = \"code\"; pattern = \"[a-z]+\"; max = 3;", "\"\"", "E_FIELD_LENGTH /data/f"},
        {"is = \"code\"; pattern = \"[a-z]+\"; max = 3;", "\"ab\\n\"", "E_FIELD_FORMAT /data/f"},
        {"is = \"code\"; pattern = \"[a-z]+\"; max = 3;", "5", "E_FIELD_TYPE /data/f"},
        {"is = \"code\"; pattern = \"[a-z]+\"; max = 3;", "null", "E_FIELD_TYPE /data/f"},
        {"is = \"code\"; max = 3;", "\"科普日\"", "科普日"},
        {"is = \"code\"; prefix_length = 2; prefixes = [ \"11\", \"65\" ]; except = [ \"100\" ]; prefix_reason = "
         "\"E_REF_REGION\";",
         "\"650\"", "650"},
        {"is = \"code\"; prefix_length = 2; prefixes = [ \"11\", \"65\" ]; except = [ \"100\" ]; prefix_reason = "
         "\"E_REF_REGION\";",
         "\"100\"", "100"},
        {"is = \"code\"; prefix_length = 2; prefixes = [ \"11\", \"65\" ]; except = [ \"100\" ]; prefix_reason = "
         "\"E_REF_REGION\";",
         "\"101\"", "E_REF_REGION /data/f"},
        {"is = \"code\"; prefix_length = 2; prefixes = [ \"11\", \"65\" ]; except = [ \"100\" ]; prefix_reason = "
         "\"E_REF_REGION\";",
         "\"6\"", "E_REF_REGION /data/f"},
        // text
        {"is = \"text\"; min = 2; max = 3;", "\"科普\"", "科普"},
        {"is = \"text\"; min = 2; max = 3;", "\"科\"", "E_FIELD_LENGTH /data/f"},
        {"is = \"text\"; min = 2; max = 3;", "\"科普日日\"", "E_FIELD_LENGTH /data/f"},
        {"is = \"text\"; min = 0;", "\"\"", ""},
        {"is = \"text\";", "\"\"", "E_FIELD_LENGTH /data/f"},
        {"is = \"text\";", "\"a\\nb\\tc\"", "a\nb\tc"},
        {"is = \"text\";", "\"a\\rb\"", "E_FIELD_CHAR /data/f"},
        {"is = \"text\";", "\"a\\u0001b\"", "E_FIELD_CHAR /data/f"},
        {"is = \"text\";", "\"a\\u007fb\"", "E_FIELD_CHAR /data/f"},
        {"is = \"text\";", "\"a\\u0085b\"", "E_FIELD_CHAR /data/f"},
        {"is = \"text\";", "\"<b>';--\\\"\"", "<b>';--\""},
        {"is = \"text\";", "{}", "E_FIELD_TYPE /data/f"},
        // masked before its length is checked
        {"is = \"text\"; mask = true; max = 8;", "\"1234\"", "********"},
        {"is = \"text\"; mask = true; max = 7;", "\"1234\"", "E_FIELD_LENGTH /data/f"},
        {"is = \"text\"; max = 8;", "\"1234\"", "1234"},
        // enum
        {"is = \"enum\"; values = ( (\"x\", \"甲\", \"x\"), (\"y\", \"乙\", \"y\") );", "\"y\"", "y"},
        {"is = \"enum\"; values = ( (\"x\", \"甲\", \"x\"), (\"y\", \"乙\", \"y\") );", "\"Y\"",
         "E_FIELD_ENUM /data/f"},
        {"is = \"enum\"; values = ( (\"x\", \"甲\", \"x\"), (\"y\", \"乙\", \"y\") );", "\"\"",
         "E_FIELD_ENUM /data/f"},
        {"is = \"enum\"; values = ( (\"x\", \"甲\", \"x\"), (\"y\", \"乙\", \"y\") );", "true",
         "E_FIELD_TYPE /data/f"},
        // integer
        {"is = \"integer\"; min = 0; max = \"1000000000000\";", "0", "0"},
        {"is = \"integer\"; min = 0; max = \"1000000000000\";", "-0", "0"},
        {"is = \"integer\"; min = 0; max = \"1000000000000\";", "-1", "E_FIELD_RANGE /data/f"},
        {"is = \"integer\"; min = 0; max = \"1000000000000\";", "1000000000000", "1000000000000"},
        {"is = \"integer\"; min = 0; max = \"1000000000000\";", "1000000000001", "E_FIELD_RANGE /data/f"},
        {"is = \"integer\";", "28.0", "E_FIELD_TYPE /data/f"},
        {"is = \"integer\";", "1e3", "E_FIELD_TYPE /data/f"},
        {"is = \"integer\";", "\"28\"", "E_FIELD_TYPE /data/f"},
        {"is = \"integer\";", "true", "E_FIELD_TYPE /data/f"},
        {"is = \"integer\"; min = \"0.5\";", "0", "E_FIELD_RANGE /data/f"},
        {"is = \"integer\"; min = \"0.5\";", "1", "1"},
        // decimal
        {"is = \"percent\";", "0", "0"},
        {"is = \"percent\";", "-0.0", "0"},
        {"is = \"percent\";", "12.50", "12.5"},
        {"is = \"percent\";", "1e2", "100"},
        {"is = \"percent\";", "100.0000", "100"},
        {"is = \"percent\";", "100.0001", "E_FIELD_RANGE /data/f"},
        {"is = \"percent\";", "-0.0001", "E_FIELD_RANGE /data/f"},
        {"is = \"percent\";", "0.00010", "0.0001"},
        {"is = \"percent\";", "0.00001", "E_FIELD_FORMAT /data/f"},
        {"is = \"percent\";", "\"5\"", "E_FIELD_TYPE /data/f"},
        {"is = \"half\";", "50", "50"}, // a kind of a kind
        {"is = \"half\";", "50.0001", "E_FIELD_RANGE /data/f"},
        {"is = \"half\";", "-1", "E_FIELD_RANGE /data/f"},
        {"is = \"half\"; max = 60;", "55.5", "55.5"}, // the field's own word counts
        {"is = \"decimal\";", "1.5", "E_FIELD_FORMAT /data/f"},
        {"is = \"decimal\"; digits = 9;", "1e16", "10000000000000000"},
        {"is = \"decimal\"; digits = 9;", "10000000000000000", "E_NUM_RANGE /data/f"}, // written as an integer
        // money
        {"is = \"money\";", "150", "1.5"},
        {"is = \"money\";", "-5", "-0.05"},
        {"is = \"money\";", "0", "0"},
        {"is = \"money\"; digits = 3;", "9007199254740991", "9007199254740.991"},
        {"is = \"money\"; max = 100;", "101", "E_FIELD_RANGE /data/f"},
        {"is = \"money\";", "1.5", "E_FIELD_TYPE /data/f"},
        // boolean
        {"is = \"boolean\";", "true", "true"},
        {"is = \"boolean\";", "false", "false"},
        {"is = \"boolean\";", "0", "E_FIELD_TYPE /data/f"},
        {"is = \"boolean\";", "\"true\"", "E_FIELD_TYPE /data/f"},
        // date
        {"is = \"date\"; min = \"1949-01-01\"; max = \"2100-12-31\";", "\"1949-01-01\"", "day -7670"},
        {"is = \"date\"; min = \"1949-01-01\"; max = \"2100-12-31\";", "\"1948-12-31\"", "E_FIELD_RANGE /data/f"},
        {"is = \"date\"; min = \"1949-01-01\"; max = \"2100-12-31\";", "\"2100-12-31\"", "day 47846"},
        {"is = \"date\"; min = \"1949-01-01\"; max = \"2100-12-31\";", "\"2101-01-01\"", "E_FIELD_RANGE /data/f"},
        {"is = \"date\";", "\"2022-02-30\"", "E_FIELD_FORMAT /data/f"},
        {"is = \"date\";", "20220201", "E_FIELD_TYPE /data/f"},
        // timestamp
        {"is = \"timestamp\";", "\"1970-01-01T08:00:01+08:00\"", "us 1000000"},
        {"is = \"timestamp\";", "\"1970-01-01T08:00:01\"", "E_FIELD_FORMAT /data/f"},
        {"is = \"timestamp\";", "0", "E_FIELD_TYPE /data/f"},
        // url
        {"is = \"url\"; max = 30;", "\"https://科普.example/?a=b#c\"", "https://科普.example/?a=b#c"},
        {"is = \"url\"; max = 30;", "\"http://x\"", "http://x"},
        {"is = \"url\"; max = 30;", "\"http://\"", "E_FIELD_FORMAT /data/f"},
        {"is = \"url\"; max = 30;", "\"https://\"", "E_FIELD_FORMAT /data/f"},
        {"is = \"url\"; max = 30;", "\"HTTPS://x.example\"", "E_FIELD_FORMAT /data/f"},
        {"is = \"url\"; max = 30;", "\"ftp://x.example\"", "E_FIELD_FORMAT /data/f"},
        {"is = \"url\"; max = 30;", "\"https://x .example\"", "E_FIELD_FORMAT /data/f"},
        {"is = \"url\"; max = 30;", "\"https://x\\u3000y\"", "E_FIELD_FORMAT /data/f"},
        {"is = \"url\"; max = 30;", "\"https://x\\u009fy\"", "E_FIELD_FORMAT /data/f"},
        {"is = \"url\"; max = 30;", "\"https://x.example/0123456789ab\"", "https://x.example/0123456789ab"},
        {"is = \"url\"; max = 30;", "\"https://x.example/0123456789abc\"", "E_FIELD_LENGTH /data/f"},
        {"is = \"url\"; max = 30;", "\"\"", "E_FIELD_LENGTH /data/f"},
        {"is = \"url\"; max = 30;", "[]", "E_FIELD_TYPE /data/f"},
        // texts: sorted by tag, masked unless told otherwise
        {"is = \"texts\"; max = 8;", "{\"zh-Hans\":\"甲\",\"en\":\"a\"}", "en=a zh-Hans=甲"},
        {"is = \"texts\"; max = 8;", "{\"en\":\"1234\"}", "en=********"},
        {"is = \"texts\"; max = 8; mask = false;", "{\"en\":\"1234\"}", "en=1234"},
        {"is = \"texts\"; max = 8;", "{}", "E_FIELD_LENGTH /data/f"},
        {"is = \"texts\"; max = 8;", "{\"zh_Hans\":\"a\"}", "E_FIELD_ENUM /data/f/zh_Hans"},
        {"is = \"texts\"; max = 8;", "{\"en\":5}", "E_FIELD_TYPE /data/f/en"},
        {"is = \"texts\"; max = 8;", "{\"en\":\"\"}", "E_FIELD_LENGTH /data/f/en"},
        {"is = \"texts\"; max = 8;", "{\"en\":\"123456789\"}", "E_FIELD_LENGTH /data/f/en"},
        {"is = \"texts\"; max = 8;", "{\"en\":\"\\u0001\"}", "E_FIELD_CHAR /data/f/en"},
        {"is = \"texts\"; max = 8;", "\"a\"", "E_FIELD_TYPE /data/f"},
        // codes: one cell, members sorted
        {"is = \"codes\"; max = 2; key_pattern = \"[a-z]+\"; value_pattern = \"[a-z0-9]+\";", "{}", "{}"},
        {"is = \"codes\"; max = 2; key_pattern = \"[a-z]+\"; value_pattern = \"[a-z0-9]+\";",
         "{\"b\":\"1\",\"a\":\"x\"}", "{\"a\":\"x\",\"b\":\"1\"}"},
        {"is = \"codes\"; max = 2; key_pattern = \"[a-z]+\"; value_pattern = \"[a-z0-9]+\";",
         "{\"a\":\"1\",\"b\":\"1\",\"c\":\"1\"}", "E_FIELD_LENGTH /data/f"},
        {"is = \"codes\"; max = 2; key_pattern = \"[a-z]+\"; value_pattern = \"[a-z0-9]+\";", "{\"A\":\"1\"}",
         "E_FIELD_FORMAT /data/f/A"},
        {"is = \"codes\"; max = 2; key_pattern = \"[a-z]+\"; value_pattern = \"[a-z0-9]+\";", "{\"a\":\"X\"}",
         "E_FIELD_FORMAT /data/f/a"},
        {"is = \"codes\"; max = 2; key_pattern = \"[a-z]+\"; value_pattern = \"[a-z0-9]+\";", "{\"a\":1}",
         "E_FIELD_TYPE /data/f/a"},
        {"is = \"codes\"; max = 2; key_pattern = \"[a-z]+\"; value_pattern = \"[a-z0-9]+\";", "[]",
         "E_FIELD_TYPE /data/f"},
        {"is = \"codes\";", "{\"a\\\"b\":\"1\"}", "E_FIELD_FORMAT /data/f/a\"b"}, // would have to be escaped
        {"is = \"codes\";", "{\"a\":\"\\\\\"}", "E_FIELD_FORMAT /data/f/a"},
        // lists
        {"is = \"list\"; max = 2; items = { is = \"integer\"; min = 1; };", "[2,1]", "[2 1]"},
        {"is = \"list\"; max = 2; items = { is = \"integer\"; min = 1; };", "[]", "E_FIELD_LENGTH /data/f"},
        {"is = \"list\"; min = 0; max = 2; items = { is = \"integer\"; };", "[]", "[]"},
        {"is = \"list\"; max = 2; items = { is = \"integer\"; min = 1; };", "[1,1,1]", "E_FIELD_LENGTH /data/f"},
        {"is = \"list\"; max = 2; items = { is = \"integer\"; min = 1; };", "[1,0]", "E_FIELD_RANGE /data/f/1"},
        {"is = \"list\"; max = 2; items = { is = \"integer\"; min = 1; };", "[null]", "E_FIELD_TYPE /data/f/0"},
        {"is = \"list\"; max = 2; items = { is = \"integer\"; min = 1; };", "{}", "E_FIELD_TYPE /data/f"},
        {"is = \"list\"; unique = true; items = { is = \"code\"; };", "[\"a\",\"b\",\"a\"]",
         "E_RULE_DUPITEM /data/f/2"},
        {"is = \"list\"; unique = true; items = { is = \"decimal\"; digits = 2; };", "[1.5,1.50]",
         "E_RULE_DUPITEM /data/f/1"},
        {"is = \"list\"; unique = true; items = { is = \"date\"; };", "[\"2022-01-01\",\"2022-01-01\"]",
         "E_RULE_DUPITEM /data/f/1"},
        {"is = \"list\"; items = { is = \"code\"; };", "[\"a\",\"a\"]", "[a a]"},
        {"is = \"list\"; items = { is = \"object\"; fields = ( { member = \"g\"; is = \"integer\"; required = "
         "true; " LABELS "} ); };",
         "[{\"g\":1},{}]", "E_FIELD_MISSING /data/f/1/g"},
        {"is = \"list\"; items = { is = \"object\"; fields = ( { member = \"g\"; is = \"integer\"; required = "
         "true; " LABELS "} ); };",
         "[5]", "E_FIELD_TYPE /data/f/0"},
        // objects
        {"is = \"object\"; fields = ( { member = \"g\"; is = \"integer\"; required = true; " LABELS
         "}, { member = \"h\"; is = \"text\"; " LABELS "} );",
         "{\"g\":1}", "1 members"},
        {"is = \"object\"; fields = ( { member = \"g\"; is = \"integer\"; required = true; " LABELS
         "}, { member = \"h\"; is = \"text\"; " LABELS "} );",
         "{\"g\":1,\"h\":\"x\",\"i\":1}", "2 members"},
        {"is = \"object\"; fields = ( { member = \"g\"; is = \"integer\"; required = true; " LABELS
         "}, { member = \"h\"; is = \"text\"; " LABELS "} );",
         "{\"h\":\"x\"}", "E_FIELD_MISSING /data/f/g"},
        {"is = \"object\"; fields = ( { member = \"g\"; is = \"integer\"; required = true; " LABELS
         "}, { member = \"h\"; is = \"text\"; " LABELS "} );",
         "{\"g\":null}", "E_FIELD_TYPE /data/f/g"},
        {"is = \"object\"; fields = ( { member = \"g\"; is = \"integer\"; required = true; " LABELS
         "}, { member = \"h\"; is = \"text\"; " LABELS "} );",
         "[1]", "E_FIELD_TYPE /data/f"},
        // dropped, but checked
        {"is = \"text\"; max = 2; drop = true;", "\"abc\"", "E_FIELD_LENGTH /data/f"},
};

static void say_value(Buffer *out, const Value *value) {
        if (value->kind == VALUE_TEXT || value->kind == VALUE_DECIMAL || value->kind == VALUE_JSON)
                buffer_put_span(out, value->text);
        else if (value->kind == VALUE_INTEGER)
                buffer_printf(out, "%lld", (long long)value->integer);
        else if (value->kind == VALUE_BOOLEAN)
                buffer_put_string(out, value->integer ? "true" : "false");
        else if (value->kind == VALUE_DATE)
                buffer_printf(out, "day %lld", (long long)value->integer);
        else if (value->kind == VALUE_TIMESTAMP)
                buffer_printf(out, "us %lld", (long long)value->integer);
        else if (value->kind == VALUE_OBJECT)
                buffer_printf(out, "%u members", value->count);
        else if (value->kind == VALUE_ABSENT)
                buffer_put_string(out, "absent");
        else
                for (uint32_t i = 0; value->kind == VALUE_TEXTS && i < value->count; i++)
                        buffer_printf(out, "%s%.*s=%.*s", i ? " " : "", (int)value->texts[i].tag.len,
                                      value->texts[i].tag.ptr, (int)value->texts[i].text.len,
                                      value->texts[i].text.ptr);
}

static void say(Buffer *out, const Judged *judged) {
        if (!judged->accepted) {
                buffer_printf(out, "%s %.*s", reason_name(judged->why.reason), (int)judged->why.pointer.len,
                              judged->why.pointer.ptr);
                return;
        }
        const Value *value = &judged->event.slots[0];
        if (value->kind != VALUE_LIST) {
                say_value(out, value);
                return;
        }
        buffer_put_u8(out, '[');
        for (uint32_t i = 0; i < value->count; i++) {
                if (i > 0)
                        buffer_put_u8(out, ' ');
                say_value(out, &value->list[i]);
        }
        buffer_put_u8(out, ']');
}

static Catalogue *catalogue_with(const char *fields) {
        cleanup(freep) char *type =
                xasprintf("type = \"t\"; class = \"fact\"; occurred_on = \"@date\"; stored = false; "
                          "zh = \"甲\"; en = \"t\";\nfields = ( %s );",
                          fields);
        return good_catalogue(domain, type);
}

static void each_kind(void **state) {
        (void)state;
        unsigned failed = 0;
        for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
                cleanup(freep) char *field = xasprintf("{ member = \"f\"; " LABELS "%s }", attempts[i].options);
                cleanup(freep) char *data = xasprintf("{\"f\":%s}", attempts[i].json);
                Catalogue *catalogue = catalogue_with(field);
                Judged judged = judge_data(catalogue, data);
                Buffer said = BUFFER_NULL;
                say(&said, &judged);
                if (strcmp(buffer_text(&said), attempts[i].said) != 0) {
                        print_error("%s %s\n   wanted: %s\n   said: %s\n", attempts[i].options, attempts[i].json,
                                    attempts[i].said, said.ptr);
                        failed++;
                }
                buffer_deinit(&said);
                judged_free(&judged);
                catalogue_free(catalogue);
        }
        assert_int_equal(failed, 0);
}

// ---- members together ----

static const char siblings[] = "{ member = \"n\"; is = \"integer\"; " LABELS "},\n"
                               "{ member = \"q\"; is = \"enum\"; of = \"n\"; default = \"exact\";\n"
                               "  values = ( (\"exact\", \"甲\", \"x\"), (\"about\", \"乙\", \"y\") ); " LABELS "},\n"
                               "{ member = \"flag\"; is = \"boolean\"; default = \"false\"; " LABELS "},\n"
                               "{ member = \"dims\"; is = \"codes\"; default = \"{}\"; " LABELS "},\n"
                               "{ member = \"rate\"; is = \"decimal\"; digits = 2; default = \"1.50\"; " LABELS "},\n"
                               "{ member = \"count\"; is = \"integer\"; default = \"1\"; " LABELS "}";

static void assert_slot(const Catalogue *catalogue, const char *data, uint32_t slot, const char *said) {
        Judged judged = judge_data(catalogue, data);
        Buffer out = BUFFER_NULL;
        assert_true(judged.accepted);
        say_value(&out, &judged.event.slots[slot]);
        assert_string_equal(buffer_text(&out), said);
        buffer_deinit(&out);
        judged_free(&judged);
}

static void defaults_and_qualifiers(void **state) {
        (void)state;
        Catalogue *catalogue = catalogue_with(siblings);
        assert_slot(catalogue, "{\"n\":5}", 1, "exact");
        assert_slot(catalogue, "{\"n\":5,\"q\":\"about\"}", 1, "about");
        assert_slot(catalogue, "{}", 1, "absent");
        assert_slot(catalogue, "{\"q\":\"about\"}", 1, "absent"); // says nothing without its figure
        assert_slot(catalogue, "{}", 2, "false");
        assert_slot(catalogue, "{\"flag\":true}", 2, "true");
        assert_slot(catalogue, "{}", 3, "{}");
        assert_slot(catalogue, "{}", 4, "1.5");
        assert_slot(catalogue, "{}", 5, "1");
        // a qualifier that is wrong is refused even when it would be dropped
        Judged judged = judge_data(catalogue, "{\"q\":\"perhaps\"}");
        assert_reason(judged.why.reason, E_FIELD_ENUM);
        judged_free(&judged);
        catalogue_free(catalogue);
}

static void members_that_nobody_declared(void **state) {
        (void)state;
        Catalogue *catalogue = catalogue_with("{ member = \"a\"; is = \"integer\"; " LABELS "},\n"
                                              "{ member = \"b\"; is = \"integer\"; required = true; " LABELS "}");
        Judged judged = judge_data(catalogue, "{\"zz\":null,\"b\":1,\"a\":2,\"x\":[]}");
        assert_true(judged.accepted);
        assert_true(judged.event.warnings == reason_bit(REASON_W_UNKNOWN_FIELD));
        assert_int_equal(judged.event.slots[0].integer, 2);
        assert_int_equal(judged.event.slots[1].integer, 1);
        judged_free(&judged);
        judged = judge_data(catalogue, "{\"b\":1}");
        assert_true(judged.event.warnings == 0);
        judged_free(&judged);
        catalogue_free(catalogue);
}

// What comes first in the declaration gives the reason, whatever the order of the message.
static void checked_in_the_declared_order(void **state) {
        (void)state;
        Catalogue *catalogue = catalogue_with("{ member = \"a\"; is = \"integer\"; required = true; " LABELS "},\n"
                                              "{ member = \"b\"; is = \"integer\"; " LABELS "}");
        Judged judged = judge_data(catalogue, "{\"b\":\"x\",\"a\":\"y\"}");
        assert_span(judged.why.pointer, "/data/a");
        judged_free(&judged);
        judged = judge_data(catalogue, "{\"b\":\"x\"}");
        assert_reason(judged.why.reason, E_FIELD_MISSING);
        assert_span(judged.why.pointer, "/data/a");
        judged_free(&judged);
        catalogue_free(catalogue);
}

static void sentences_show_little_of_the_message(void **state) {
        (void)state;
        size_t bad;
        Catalogue *catalogue = catalogue_with("{ member = \"f\"; is = \"code\"; pattern = \"[a-z]\"; " LABELS "}");
        // 59 bytes, then a character of three: cut before it
        Judged judged =
                judge_data(catalogue, "{\"f\":\"01234567890123456789012345678901234567890123456789012345678科普\"}");
        assert_true(unicode_valid(judged.why.detail, &bad));
        assert_span(judged.why.detail, "'01234567890123456789012345678901234567890123456789012345678' does not have "
                                       "the form [a-z]");
        judged_free(&judged);
        catalogue_free(catalogue);
}

static void sentences_name_what_is_wanted(void **state) {
        (void)state;
        size_t bad;
        Buffer declaration = BUFFER_NULL;
        buffer_put_string(&declaration,
                          "{ member = \"few\"; is = \"enum\"; values = ( (\"a\", \"甲\", \"A\"), (\"b\", "
                          "\"乙\", \"B\") ); " LABELS "},\n{ member = \"many\"; is = \"enum\"; values = ( ");
        for (int i = 0; i < 80; i++)
                buffer_printf(&declaration, "%s(\"value_%02d\", \"值\", \"value\")", i ? ", " : "", i);
        buffer_put_string(&declaration, " ); " LABELS "}");
        Catalogue *catalogue = catalogue_with(buffer_text(&declaration));
        Judged judged = judge_data(catalogue, "{\"few\":\"c\"}");
        assert_span(judged.why.detail, "'c' is not one of a, b");
        judged_free(&judged);
        judged = judge_data(catalogue, "{\"many\":\"c\"}");
        assert_true(unicode_valid(judged.why.detail, &bad));
        assert_true(judged.why.detail.len < 340);
        assert_string_equal(judged.why.detail.ptr + judged.why.detail.len - 13, "value_28, ...");
        judged_free(&judged);
        catalogue_free(catalogue);
        buffer_deinit(&declaration);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_kind),
                cmocka_unit_test(defaults_and_qualifiers),
                cmocka_unit_test(members_that_nobody_declared),
                cmocka_unit_test(checked_in_the_declared_order),
                cmocka_unit_test(sentences_show_little_of_the_message),
                cmocka_unit_test(sentences_name_what_is_wanted),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
