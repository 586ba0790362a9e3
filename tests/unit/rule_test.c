// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#define LABELS "zh = \"甲\"; en = \"a\"; "

static const char domain[] = "name = \"test\"; time_zone = \"Asia/Shanghai\";\n"
                             "limits = { ahead_seconds = 300; late_days = 30; earliest_time = \"2000-01-01\"; };\n"
                             "languages = ( (\"en\", \"英语\", \"English\") );\n"
                             "hierarchies = ( { name = \"h\"; prefix = 2; levels = (\n"
                             "  { level = \"country\"; length = 6; shape = \"100000\"; }, { level = \"province\"; "
                             "length = 6; shape = \"??0000\"; },\n"
                             "  { level = \"county\"; length = 6; shape = \"??????\"; }, { level = \"town\"; length "
                             "= 9; shape = \"?????????\"; } ); } );\n";

#define MEMBERS                                                                                                      \
        "{ member = \"day\"; is = \"date\"; required = true; " LABELS "},\n"                                         \
        "{ member = \"end\"; is = \"date\"; " LABELS "},\n"                                                          \
        "{ member = \"at\"; is = \"timestamp\"; " LABELS "},\n"                                                      \
        "{ member = \"a\"; is = \"integer\"; " LABELS "},\n"                                                         \
        "{ member = \"b\"; is = \"decimal\"; digits = 2; " LABELS "},\n"                                             \
        "{ member = \"c\"; is = \"integer\"; " LABELS "},\n"                                                         \
        "{ member = \"flag\"; is = \"boolean\"; " LABELS "},\n"                                                      \
        "{ member = \"code\"; is = \"code\"; " LABELS "},\n"                                                         \
        "{ member = \"up\"; is = \"code\"; " LABELS "},\n"                                                           \
        "{ member = \"level\"; is = \"code\"; " LABELS "},\n"                                                        \
        "{ member = \"names\"; is = \"texts\"; " LABELS "},\n"                                                       \
        "{ member = \"o\"; is = \"object\"; fields = ( { member = \"x\"; is = \"integer\"; " LABELS "} ); " LABELS   \
        "},\n"                                                                                                       \
        "{ member = \"l\"; is = \"list\"; min = 0; " LABELS "items = { is = \"object\"; fields = (\n"                \
        "  { member = \"g\"; is = \"code\"; " LABELS "}, { member = \"v\"; is = \"decimal\"; digits = 2; " LABELS    \
        "} ); }; }\n"

typedef struct Attempt {
        const char *rule;
        const char *data; // without "day", which is 2022-06-01
        const char *said; // "reason pointer", warnings, or ""
} Attempt;

#define NOT_BEFORE "rule = \"not_before\"; member = \"end\"; than = \"day\"; reason = \"E_RULE_PERIOD\";"
#define NUMBERS    "rule = \"not_after\"; member = \"a\"; than = \"b\"; reason = \"E_RULE_SUM\";"
#define SPAN       "rule = \"max_span\"; from = \"day\"; to = \"end\"; days = 3; reason = \"E_RULE_PERIOD\";"
#define EXACTLY    "rule = \"exactly_one_of\"; members = [ \"a\", \"b\", \"names\" ]; reason = \"E_RULE_ONEOF\";"
#define LEAST      "rule = \"at_least_one_of\"; members = [ \"a\", \"o\", \"l\" ]; reason = \"E_RULE_ONEOF\";"
#define BOTH       "rule = \"not_both\"; members = [ \"a\", \"o/x\" ]; reason = \"E_RULE_ONEOF\";"
#define REQUIRED                                                                                                     \
        "rule = \"required_if\"; member = \"code\"; reason = \"E_RULE_ONEOF\"; when = ( { member = \"flag\"; is = "  \
        "[ \"true\" ]; } );"
#define FORBIDDEN                                                                                                    \
        "rule = \"forbidden_unless\"; member = \"code\"; reason = \"E_RULE_ONEOF\"; when = ( { member = \"a\"; is "  \
        "= [ \"1\", \"2\" ]; } );"
#define VALUE_IS                                                                                                     \
        "rule = \"value_if\"; member = \"code\"; is = [ \"x\", \"y\" ]; reason = \"E_FIELD_ENUM\"; when = ( { "      \
        "member = \"a\"; present = true; }, { member = \"flag\"; is = [ \"false\" ]; } );"
#define VALUE_IN      "rule = \"value_if\"; member = \"b\"; min = \"-1.5\"; max = 100; reason = \"E_FIELD_RANGE\";"
#define EQUALS        "rule = \"sum_equals\"; of = \"l/v\"; equals = \"b\"; reason = \"E_RULE_SUM\";"
#define AT_MOST       "rule = \"sum_at_most\"; of = \"l/v\"; at_most = \"a\"; reason = \"E_RULE_SUM\";"
#define FIELD_AT_MOST "rule = \"field_at_most\"; member = \"b\"; at_most = \"a\"; reason = \"E_RULE_SUM\";"
#define UNIQUE        "rule = \"unique_items\"; list = \"l\"; by = [ \"g\", \"v\" ]; reason = \"E_RULE_DUPITEM\";"
#define DIFFERS       "rule = \"differs\"; member = \"code\"; from = \"up\"; reason = \"E_RULE_SELF\";"
#define DIFFERS_ID    "rule = \"differs\"; member = \"code\"; from = \"@id\"; reason = \"E_RULE_SELF\";"
#define NAMES_TYPE                                                                                                   \
        "rule = \"names_type\"; member = \"code\"; classes = [ \"state\" ]; types = [ \"other\" ]; reason = "        \
        "\"E_RULE_STATE\";"
#define NAMES_FACT "rule = \"names_type\"; member = \"code\"; classes = [ \"fact\" ]; reason = \"E_RULE_STATE\";"
#define HIERARCHY                                                                                                    \
        "rule = \"code_hierarchy\"; member = \"code\"; parent = \"up\"; level = \"level\"; hierarchy = \"h\"; "      \
        "reason = \"E_RULE_REGION\";"
#define DIFFERENCE                                                                                                   \
        "rule = \"difference\"; member = \"b\"; minuend = \"a\"; subtrahend = \"c\"; reason = "                      \
        "\"W_DECLARED_MISMATCH\";"
#define FUTURE "rule = \"future_limit\"; days = 1; years = 2; reason = \"E_TIME_FUTURE\";"

static const Attempt attempts[] = {
        {NOT_BEFORE, "\"end\":\"2022-06-01\"", ""},
        {NOT_BEFORE, "\"end\":\"2022-05-31\"", "E_RULE_PERIOD /data/end"},
        {NOT_BEFORE, "", ""},
        {NUMBERS, "\"a\":2,\"b\":2.00", ""}, // an integer and a decimal
        {NUMBERS, "\"a\":2,\"b\":1.99", "E_RULE_SUM /data/a"},
        {NUMBERS, "\"a\":2", ""},
        {NUMBERS, "\"b\":2", ""},
        {SPAN, "\"end\":\"2022-06-04\"", ""},
        {SPAN, "\"end\":\"2022-06-05\"", "E_RULE_PERIOD /data/end"},
        {SPAN, "", ""},
        {EXACTLY, "", "E_RULE_ONEOF /data/a"},
        {EXACTLY, "\"b\":1", ""},
        {EXACTLY, "\"names\":{\"en\":\"x\"}", ""},
        {EXACTLY, "\"a\":1,\"b\":1", "E_RULE_ONEOF /data/a"},
        {LEAST, "", "E_RULE_ONEOF /data/a"},
        {LEAST, "\"o\":{}", ""},
        {LEAST, "\"l\":[]", ""},
        {LEAST, "\"a\":1,\"o\":{}", ""},
        {BOTH, "", ""},
        {BOTH, "\"o\":{\"x\":1}", ""},
        {BOTH, "\"a\":1,\"o\":{\"x\":1}", "E_RULE_ONEOF /data/a"},
        {BOTH, "\"a\":1,\"o\":{}", ""},
        {REQUIRED, "\"flag\":true", "E_RULE_ONEOF /data/code"},
        {REQUIRED, "\"flag\":false", ""},
        {REQUIRED, "", ""}, // an absent member is not equal to anything
        {REQUIRED, "\"flag\":true,\"code\":\"x\"", ""},
        {FORBIDDEN, "\"code\":\"x\"", "E_RULE_ONEOF /data/code"},
        {FORBIDDEN, "\"code\":\"x\",\"a\":3", "E_RULE_ONEOF /data/code"},
        {FORBIDDEN, "\"code\":\"x\",\"a\":2", ""},
        {FORBIDDEN, "\"a\":3", ""},
        {VALUE_IS, "\"code\":\"z\",\"a\":1,\"flag\":false", "E_FIELD_ENUM /data/code"},
        {VALUE_IS, "\"code\":\"y\",\"a\":1,\"flag\":false", ""},
        {VALUE_IS, "\"code\":\"z\",\"flag\":false", ""}, // all conditions have to hold
        {VALUE_IS, "\"code\":\"z\",\"a\":1,\"flag\":true", ""},
        {VALUE_IS, "\"a\":1,\"flag\":false", ""},
        {VALUE_IN, "\"b\":-1.5", ""},
        {VALUE_IN, "\"b\":-1.51", "E_FIELD_RANGE /data/b"},
        {VALUE_IN, "\"b\":100", ""},
        {VALUE_IN, "\"b\":100.01", "E_FIELD_RANGE /data/b"},
        {VALUE_IN, "", ""},
        {EQUALS, "\"b\":0.3,\"l\":[{\"v\":0.1},{\"v\":0.2}]", ""}, // exactly
        {EQUALS, "\"b\":0.31,\"l\":[{\"v\":0.1},{\"v\":0.2}]", "E_RULE_SUM /data/l"},
        {EQUALS, "\"b\":1,\"l\":[{\"v\":1},{}]", ""},
        {EQUALS, "\"b\":0,\"l\":[]", ""},
        {EQUALS, "\"b\":1", ""},
        {EQUALS, "\"l\":[{\"v\":1}]", ""},
        {AT_MOST, "\"a\":3,\"l\":[{\"v\":1.5},{\"v\":1.5}]", ""},
        {AT_MOST, "\"a\":3,\"l\":[{\"v\":1.5},{\"v\":1.51}]", "E_RULE_SUM /data/l"},
        {FIELD_AT_MOST, "\"a\":3,\"b\":3", ""},
        {FIELD_AT_MOST, "\"a\":3,\"b\":3.01", "E_RULE_SUM /data/b"},
        {UNIQUE, "\"l\":[{\"g\":\"x\",\"v\":1},{\"g\":\"x\",\"v\":2},{\"g\":\"y\",\"v\":1}]", ""},
        {UNIQUE, "\"l\":[{\"g\":\"x\",\"v\":1},{\"g\":\"y\",\"v\":1},{\"g\":\"x\",\"v\":1.0}]",
         "E_RULE_DUPITEM /data/l"},
        {UNIQUE, "\"l\":[{\"g\":\"x\"},{\"g\":\"x\"}]", "E_RULE_DUPITEM /data/l"}, // absent is like absent
        {UNIQUE, "\"l\":[{\"g\":\"x\"},{\"v\":1}]", ""},
        {UNIQUE, "", ""},
        {DIFFERS, "\"code\":\"x\",\"up\":\"x\"", "E_RULE_SELF /data/code"},
        {DIFFERS, "\"code\":\"x\",\"up\":\"X\"", ""},
        {DIFFERS, "\"code\":\"x\"", ""},
        {DIFFERS_ID, "\"code\":\"e-1\"", "E_RULE_SELF /data/code"},
        {DIFFERS_ID, "\"code\":\"e-2\"", ""},
        {DIFFERS_ID, "", ""},
        {NAMES_TYPE, "\"code\":\"other\"", ""},
        {NAMES_TYPE, "\"code\":\"t\"", "E_RULE_STATE /data/code"}, // t is a fact
        {NAMES_TYPE, "\"code\":\"nobody\"", "E_RULE_STATE /data/code"},
        {NAMES_TYPE, "", ""},
        {NAMES_FACT, "\"code\":\"t\"", ""},
        {HIERARCHY, "\"code\":\"650000\",\"level\":\"province\",\"up\":\"100000\"", ""},
        {HIERARCHY, "\"code\":\"650402\",\"level\":\"county\",\"up\":\"650000\"", ""},
        {HIERARCHY, "\"code\":\"650402\",\"level\":\"county\",\"up\":\"100000\"", ""},
        {HIERARCHY, "\"code\":\"650402\",\"level\":\"county\",\"up\":\"660000\"", "E_RULE_REGION /data/code"},
        {HIERARCHY, "\"code\":\"650402\",\"level\":\"county\",\"up\":\"650402\"", "E_RULE_REGION /data/code"},
        {HIERARCHY, "\"code\":\"650000\",\"level\":\"province\",\"up\":\"650402\"", "E_RULE_REGION /data/code"},
        {HIERARCHY, "\"code\":\"650402\",\"level\":\"town\",\"up\":\"650000\"", "E_RULE_REGION /data/code"},
        {HIERARCHY, "\"code\":\"650402001\",\"level\":\"town\",\"up\":\"650402\"", ""},
        {HIERARCHY, "\"code\":\"650402001\",\"level\":\"town\"", ""},
        {HIERARCHY, "\"code\":\"650402\",\"up\":\"650000\"", ""},
        {HIERARCHY, "\"level\":\"town\"", ""},
        // codes of no shape, shorter than the prefix: nothing to compare
        {HIERARCHY, "\"code\":\"6\",\"up\":\"650000\"", "E_RULE_REGION /data/code"},
        {HIERARCHY, "\"code\":\"650402\",\"up\":\"6\"", "E_RULE_REGION /data/code"},
        {DIFFERENCE, "\"a\":5,\"c\":3,\"b\":2.0", ""},
        {DIFFERENCE, "\"a\":5,\"c\":3,\"b\":2.01", "W_DECLARED_MISMATCH"},
        {DIFFERENCE, "\"a\":3,\"c\":5,\"b\":-2", ""},
        {DIFFERENCE, "\"a\":5,\"b\":2", ""},
        {FUTURE, "", ""},
};

static Catalogue *catalogue_with(const char *rules) {
        cleanup(freep) char *type =
                xasprintf("type = \"t\"; class = \"fact\"; occurred_on = \"day\"; stored = false; "
                          "zh = \"甲\"; en = \"t\";\nfields = (\n" MEMBERS ");\nrules = ( %s );",
                          rules);
        return good_catalogue(domain, type);
}

static void say(Buffer *out, const Judged *judged) {
        if (!judged->accepted)
                buffer_printf(out, "%s %.*s", reason_name(judged->why.reason), (int)judged->why.pointer.len,
                              judged->why.pointer.ptr);
        for (Reason reason = REASON_W_REDECLARED; judged->accepted && reason < REASON_COUNT; reason++)
                if (reason_in(judged->event.warnings, reason))
                        buffer_put_string(out, reason_name(reason));
}

static void assert_said(const Catalogue *catalogue, const char *rule, const char *data, const char *said) {
        Judged judged = judge_data(catalogue, data);
        Buffer out = BUFFER_NULL;
        say(&out, &judged);
        if (strcmp(buffer_text(&out), said) != 0)
                fail_msg("%s\n%s\nwanted: %s\nsaid: %s", rule, data, said, out.ptr);
        buffer_deinit(&out);
        judged_free(&judged);
}

static void each_rule(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
                cleanup(freep) char *rule = xasprintf("{ %s }", attempts[i].rule);
                cleanup(freep) char *data =
                        xasprintf("{\"day\":\"2022-06-01\"%s%s}", attempts[i].data[0] ? "," : "", attempts[i].data);
                Catalogue *catalogue = catalogue_with(rule);
                assert_said(catalogue, rule, data, attempts[i].said);
                catalogue_free(catalogue);
        }
}

static void the_first_broken_one_gives_the_reason(void **state) {
        (void)state;
        Catalogue *catalogue =
                catalogue_with("{ " DIFFERENCE " }, { " SPAN " }, { " NOT_BEFORE " }, { " EXACTLY " }");
        const char *all = "{\"day\":\"2022-06-01\",\"end\":\"2022-05-01\",\"a\":1,\"b\":1,\"c\":1}";
        assert_said(catalogue, "all", all, "E_RULE_PERIOD /data/end");
        catalogue_free(catalogue);
}

// The clock stands at noon of 22 November 2026 in the catalogue's zone.
static void how_far_ahead(void **state) {
        (void)state;
        Catalogue *catalogue = catalogue_with("{ " FUTURE " }");
        assert_said(catalogue, "future", "{\"day\":\"2028-11-23\"}", "");
        assert_said(catalogue, "future", "{\"day\":\"2028-11-24\"}", "E_TIME_FUTURE /data/day");
        catalogue_free(catalogue);
        catalogue = catalogue_with("{ rule = \"future_limit\"; reason = \"E_TIME_FUTURE\"; }");
        assert_said(catalogue, "today", "{\"day\":\"2026-11-22\"}", "");
        assert_said(catalogue, "today", "{\"day\":\"2026-11-23\"}", "E_TIME_FUTURE /data/day");
        catalogue_free(catalogue);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_rule),
                cmocka_unit_test(the_first_broken_one_gives_the_reason),
                cmocka_unit_test(how_far_ahead),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
