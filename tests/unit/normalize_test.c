// SPDX-License-Identifier: Apache-2.0
// From members to rows: every source, every division of a table, mentions.
#include "core_fixture.h"

#include "event/identity.h"

#define LABELS "zh = \"甲\"; en = \"a\"; "

static const char domain[] =
        "name = \"test\"; time_zone = \"Asia/Shanghai\";\n"
        "languages = ( (\"de\", \"德语\", \"German\"), (\"en\", \"英语\", \"English\") );\n"
        "references = ( { name = \"place\"; table = \"s.place\"; key = \"id\"; }, { name = \"who\"; table = "
        "\"s.who\"; key = \"id\"; } );\n"
        "kinds = ( { kind = \"who\"; is = \"code\"; reference = \"who\"; },\n"
        "  { kind = \"paper\"; is = \"object\"; value = \"id\"; fields = (\n"
        "    { member = \"id\"; is = \"code\"; required = true; " LABELS "},\n"
        "    { member = \"title\"; is = \"text\"; " LABELS "}, { member = \"names\"; is = \"texts\"; " LABELS "} );\n"
        "    tables = ( { table = \"s.paper\"; mode = \"fullest\"; key = [ \"id\" ]; columns = { id = \"id\"; title "
        "= \"title\";\n"
        "                 m = \"@members\"; t = \"@time\"; i = \"@id\"; s = \"@source\"; }; },\n"
        "               { table = \"s.paper_name\"; mode = \"child\"; of = \"s.paper\"; key = [ \"id\" ]; each = "
        "\"names\";\n"
        "                 columns = { id = \"id\"; lang = \"@language\"; name = \"@text\"; }; } ); } );\n"
        "table_columns = ( { table = \"s.label\"; columns = { k = \"@event_key\"; lang = \"@language\"; body = "
        "\"@text\"; }; } );\n"
        "takes_back = { table = \"s.back\"; columns = { target = \"@corrects_key\"; id = \"@corrects_id\"; kind = "
        "\"=corrected\"; }; };\n";

static const char type[] =
        "type = \"t\"; class = \"fact\"; occurred_on = \"day\"; revision = \"n\"; target = \"code\"; zh = \"甲\"; en "
        "= \"t\";\n"
        "natural_key = [ \"code\" ];\n"
        "fields = (\n"
        "{ member = \"code\"; is = \"code\"; required = true; column = \"code\"; " LABELS "},\n"
        "{ member = \"n\"; is = \"integer\"; required = true; min = 1; max = 9999; column = \"n\"; " LABELS "},\n"
        "{ member = \"day\"; is = \"date\"; required = true; " LABELS "},\n"
        "{ member = \"fen\"; is = \"money\"; column = \"yuan\"; " LABELS "},\n"
        "{ member = \"year\"; is = \"integer\"; min = 1; max = 9999; " LABELS "},\n"
        "{ member = \"names\"; is = \"texts\"; " LABELS "},\n"
        "{ member = \"paper\"; is = \"paper\"; column = \"paper_id\"; reference = \"place\"; " LABELS "},\n"
        "{ member = \"whos\"; is = \"list\"; items = { is = \"who\"; }; " LABELS "},\n"
        "{ member = \"lines\"; is = \"list\"; " LABELS "items = { is = \"object\"; fields = (\n"
        "  { member = \"p\"; is = \"who\"; required = true; column = \"p\"; " LABELS "},\n"
        "  { member = \"v\"; is = \"integer\"; column = \"v\"; default = \"7\"; " LABELS "},\n"
        "  { member = \"x\"; is = \"texts\"; " LABELS "} ); }; }\n"
        ");\n"
        "tables = (\n"
        "{ table = \"s.main\"; mode = \"insert\"; columns = { k = \"@event_key\"; id = \"@id\"; src = \"@source\"; "
        "ty = \"@type\";\n"
        "  t = \"@time\"; d = \"@date\"; o = \"@occurred_on\"; nk = \"@natural_key\"; rev = \"@revision\"; tk = "
        "\"@target_key\";\n"
        "  one = \"=1\"; minus = \"=-1\"; n = \"@id\"; yes = \"=true\"; word = \"=word\"; first = "
        "\"year_start:year\"; last = "
        "\"year_end:year\"; }; },\n"
        "{ table = \"s.line\"; mode = \"insert\"; each = \"lines\"; natural_key = [ \"p\", \"code\" ];\n"
        "  columns = { k = \"@event_key\"; pos = \"@position\"; code = \"code\"; nk = \"@natural_key\"; }; },\n"
        "{ table = \"s.label\"; mode = \"insert\"; each = \"names\"; columns = { what = \"=names\"; pos = \"=0\"; }; "
        "},\n"
        "{ table = \"s.label\"; mode = \"insert\"; each = \"lines/x\"; columns = { what = \"=line\"; pos = "
        "\"@position\"; p = \"p\"; }; },\n"
        "{ table = \"s.who_of\"; mode = \"insert\"; each = \"whos\"; columns = { pos = \"@position\"; who = "
        "\"@value\"; }; },\n"
        "{ table = \"s.dated\"; mode = \"insert\"; when = \"year\"; columns = { year = \"year\"; }; }\n"
        ");\n";

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

// The event that the tests look at; what judging held is gone by then, so that only the message and copies are left.
typedef struct Made {
        Arena arena;
        char *text;
        Event event;
} Made;

static Made make(const char *attributes, const char *data) {
        Made made = {.arena = ARENA_NULL};
        Arena scratch = ARENA_NULL;
        Reject why;
        Message message = MESSAGE_NULL;
        Judge *judge = judge_new(catalogue, true);
        made.text = xasprintf(
                "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/s\",\"type\":\"t\",%s"
                "\"time\":\"2022-05-31T16:30:00Z\",\"data\":{\"code\":\"c\",\"n\":3,\"day\":\"2022-02-03\"%s%s}}",
                attributes, data[0] ? "," : "", data);
        message.value = span_of(made.text);
        if (!judge_message(judge, &message, at_time("2026-11-22T12:00:00+08:00"), &scratch, &made.event, &why))
                fail_msg("%s: %s", made.text, why.detail.ptr);
        judge_normalize(judge, &made.arena, &made.event);
        arena_deinit(&scratch);
        judge_free(judge);
        return made;
}

static void made_free(Made *made) {
        arena_deinit(&made->arena);
        free(made->text);
}

static size_t rows_of(const Made *made, const char *table) {
        size_t count = 0;
        for (size_t i = 0; i < made->event.row_count; i++)
                count += span_is(catalogue->tables[made->event.rows[i].table].name, table);
        return count;
}

// The cell of the row number `at` of this table.
static const Value *cell_of(const Made *made, const char *table, size_t at, const char *column) {
        for (size_t i = 0; i < made->event.row_count; i++) {
                const Row *row = &made->event.rows[i];
                const Table *declared = &catalogue->tables[row->table];
                if (!span_is(declared->name, table) || at-- > 0)
                        continue;
                for (uint32_t c = 0; c < declared->column_count; c++)
                        if (span_is(declared->columns[c], column))
                                return &row->cells[c];
        }
        fail_msg("no %s.%s", table, column);
        return NULL;
}

#define assert_text(made, table, at, column, expected)                                                               \
        do {                                                                                                         \
                assert_int_equal(cell_of(made, table, at, column)->kind, VALUE_TEXT);                                \
                assert_span(cell_of(made, table, at, column)->text, expected);                                       \
        } while (0)
#define assert_number(made, table, at, column, expected_kind, expected)                                              \
        do {                                                                                                         \
                assert_int_equal(cell_of(made, table, at, column)->kind, expected_kind);                             \
                assert_true(cell_of(made, table, at, column)->integer == (expected));                                \
        } while (0)
#define assert_absent(made, table, at, column) assert_int_equal(cell_of(made, table, at, column)->kind, VALUE_ABSENT)

static void assert_uuid(const Value *cell, Digest digest) {
        assert_int_equal(cell->kind, VALUE_UUID);
        assert_int_equal(cell->text.len, DIGEST_LEN);
        assert_memory_equal(cell->text.ptr, digest.bytes, DIGEST_LEN);
}

static void values_of_the_engine(void **state) {
        (void)state;
        Made made = make("", "\"fen\":-150,\"year\":2021");
        assert_uuid(cell_of(&made, "s.main", 0, "k"), identity_key(SPAN_LIT("/s"), SPAN_LIT("e-1")));
        assert_uuid(cell_of(&made, "s.main", 0, "tk"), identity_key(SPAN_LIT("/s"), SPAN_LIT("c")));
        assert_text(&made, "s.main", 0, "id", "e-1");
        assert_text(&made, "s.main", 0, "src", "/s");
        assert_text(&made, "s.main", 0, "ty", "t");
        assert_number(&made, "s.main", 0, "t", VALUE_TIMESTAMP, at_time("2022-05-31T16:30:00Z"));
        assert_number(&made, "s.main", 0, "d", VALUE_DATE, calendar_days(2022, 6, 1));
        assert_number(&made, "s.main", 0, "o", VALUE_DATE, calendar_days(2022, 2, 3));
        assert_number(&made, "s.main", 0, "rev", VALUE_INTEGER, 3);
        assert_number(&made, "s.main", 0, "one", VALUE_INTEGER, 1);
        assert_text(&made, "s.main", 0, "minus", "-1");
        assert_number(&made, "s.main", 0, "yes", VALUE_BOOLEAN, 1);
        assert_text(&made, "s.main", 0, "word", "word");
        assert_number(&made, "s.main", 0, "first", VALUE_DATE, calendar_days(2021, 1, 1));
        assert_number(&made, "s.main", 0, "last", VALUE_DATE, calendar_days(2021, 12, 31));
        assert_text(&made, "s.main", 0, "code", "c");
        assert_int_equal(cell_of(&made, "s.main", 0, "yuan")->kind, VALUE_DECIMAL);
        assert_span(cell_of(&made, "s.main", 0, "yuan")->text, "-1.5");
        assert_int_equal(cell_of(&made, "s.main", 0, "nk")->kind, VALUE_UUID);
        assert_null(made.event.slots);
        made_free(&made);
}

// What the table says of a column beats the field that names it.
static void columns_of_the_table_come_last(void **state) {
        (void)state;
        Made made = make("", "\"fen\":5");
        assert_text(&made, "s.main", 0, "n", "e-1");
        made_free(&made);
}

static void what_is_absent(void **state) {
        (void)state;
        Made made = make("", "");
        assert_int_equal(made.event.row_count, 1);
        assert_absent(&made, "s.main", 0, "yuan");
        assert_absent(&made, "s.main", 0, "first");
        assert_absent(&made, "s.main", 0, "paper_id");
        assert_int_equal(made.event.mention_count, 0);
        made_free(&made);
}

static void a_row_for_each_element(void **state) {
        (void)state;
        Made made = make("", "\"lines\":[{\"p\":\"b\",\"v\":1},{\"p\":\"a\"}],\"whos\":[\"x\",\"y\",\"z\"]");
        assert_int_equal(rows_of(&made, "s.line"), 2);
        assert_number(&made, "s.line", 0, "pos", VALUE_INTEGER, 1);
        assert_text(&made, "s.line", 0, "p", "b");
        assert_text(&made, "s.line", 0, "code", "c");
        assert_number(&made, "s.line", 0, "v", VALUE_INTEGER, 1);
        assert_number(&made, "s.line", 1, "pos", VALUE_INTEGER, 2);
        assert_number(&made, "s.line", 1, "v", VALUE_INTEGER, 7);
        // each element has a natural key of its own
        assert_memory_not_equal(cell_of(&made, "s.line", 0, "nk")->text.ptr,
                                cell_of(&made, "s.line", 1, "nk")->text.ptr, 16);
        assert_int_equal(rows_of(&made, "s.who_of"), 3);
        assert_text(&made, "s.who_of", 2, "who", "z");
        assert_number(&made, "s.who_of", 2, "pos", VALUE_INTEGER, 3);
        made_free(&made);
}

static void a_row_for_each_language(void **state) {
        (void)state;
        Made made = make(
                "",
                "\"names\":{\"en\":\"a\",\"de\":\"b\"},\"lines\":[{\"p\":\"q\"},{\"p\":\"r\",\"x\":{\"en\":\"c\"}}]");
        assert_int_equal(rows_of(&made, "s.label"), 3);
        assert_text(&made, "s.label", 0, "lang", "de");
        assert_text(&made, "s.label", 0, "body", "b");
        assert_text(&made, "s.label", 0, "what", "names");
        assert_absent(&made, "s.label", 0, "p"); // the other use fills it
        assert_text(&made, "s.label", 1, "lang", "en");
        assert_text(&made, "s.label", 2, "what", "line");
        assert_text(&made, "s.label", 2, "p", "r");
        assert_number(&made, "s.label", 2, "pos", VALUE_INTEGER, 2);
        made_free(&made);
}

static void only_when_there(void **state) {
        (void)state;
        Made made = make("", "\"year\":2020");
        assert_int_equal(rows_of(&made, "s.dated"), 1);
        assert_number(&made, "s.dated", 0, "year", VALUE_INTEGER, 2020);
        made_free(&made);
}

static void side_rows(void **state) {
        (void)state;
        // a bare id describes nothing: no row, only a mention
        Made made = make("", "\"paper\":{\"id\":\"p-1\"}");
        assert_int_equal(rows_of(&made, "s.paper"), 0);
        assert_text(&made, "s.main", 0, "paper_id", "p-1");
        assert_int_equal(made.event.mention_count, 1);
        assert_int_equal(made.event.mentions[0].reference, 0);
        assert_span(made.event.mentions[0].key, "p-1");
        made_free(&made);
        made = make("", "\"paper\":{\"id\":\"p-1\",\"title\":\"x\",\"names\":{\"en\":\"a\",\"de\":\"b\"}}");
        assert_int_equal(rows_of(&made, "s.paper"), 1);
        assert_number(&made, "s.paper", 0, "m", VALUE_INTEGER, 2); // the key does not count
        assert_text(&made, "s.paper", 0, "title", "x");
        assert_int_equal(rows_of(&made, "s.paper_name"), 2);
        assert_text(&made, "s.paper_name", 1, "id", "p-1");
        assert_text(&made, "s.paper_name", 1, "name", "a");
        made_free(&made);
}

static void mentions(void **state) {
        (void)state;
        Made made = make("", "\"paper\":{\"id\":\"p-1\"},\"whos\":[\"x\",\"y\"],\"lines\":[{\"p\":\"z\"}]");
        assert_int_equal(made.event.mention_count, 4);
        static const char *const keys[] = {"p-1", "x", "y", "z"};
        for (size_t i = 0; i < 4; i++) {
                assert_span(made.event.mentions[i].key, keys[i]);
                assert_int_equal(made.event.mentions[i].reference, i > 0);
        }
        made_free(&made);
}

static void corrections(void **state) {
        (void)state;
        Made made = make("\"correctsid\":\"e-0\",", "");
        assert_int_equal(rows_of(&made, "s.back"), 1);
        assert_uuid(cell_of(&made, "s.back", 0, "target"), identity_key(SPAN_LIT("/s"), SPAN_LIT("e-0")));
        assert_text(&made, "s.back", 0, "id", "e-0");
        assert_text(&made, "s.back", 0, "kind", "corrected");
        made_free(&made);
        made = make("", "");
        assert_int_equal(rows_of(&made, "s.back"), 0);
        made_free(&made);
}

static bool lies_in_the_message(const Made *made, Span text) {
        return text.ptr >= made->text && text.ptr < made->text + strlen(made->text);
}

// Of a plain message nothing is copied; where there are escapes, what stands in it is not what is meant.
static void texts_stay_where_they_stand(void **state) {
        (void)state;
        Made made = make("\"subject\":\"s\",", "");
        assert_text(&made, "s.main", 0, "id", "e-1");
        assert_true(lies_in_the_message(&made, cell_of(&made, "s.main", 0, "id")->text));
        assert_true(lies_in_the_message(&made, made.event.source));
        made_free(&made);
        made = make("\"subject\":\"\\u0073\",", "");
        assert_text(&made, "s.main", 0, "id", "e-1");
        assert_false(lies_in_the_message(&made, cell_of(&made, "s.main", 0, "id")->text));
        made_free(&made);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_of_the_engine),
                cmocka_unit_test(columns_of_the_table_come_last),
                cmocka_unit_test(what_is_absent),
                cmocka_unit_test(a_row_for_each_element),
                cmocka_unit_test(a_row_for_each_language),
                cmocka_unit_test(only_when_there),
                cmocka_unit_test(side_rows),
                cmocka_unit_test(mentions),
                cmocka_unit_test(corrections),
                cmocka_unit_test(texts_stay_where_they_stand),
        };
        return cmocka_run_group_tests(tests, load, unload);
}
