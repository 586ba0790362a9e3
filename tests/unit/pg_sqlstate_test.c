// SPDX-License-Identifier: Apache-2.0
// Every row of the table of SQLSTATEs, and the two questions that are asked before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "postgres/error.h"

static const struct {
        const char *sqlstate;
        const char *verdict;
} cases[] = {
        {"08000", "reconnect"}, {"08006", "reconnect"}, {"08P01", "reconnect"}, {"40003", "reconnect"},
        {"57P01", "reconnect"}, {"57P02", "reconnect"}, {"57P03", "reconnect"}, {"57P05", "reconnect"},
        {"25006", "reconnect"}, {"26000", "reconnect"}, {"40001", "retry"},     {"40P01", "retry"},
        {"55P03", "retry"},     {"57014", "retry"},     {"25P03", "retry"},     {"53100", "wait"},
        {"53200", "wait"},      {"53300", "wait"},      {"53400", "wait"},      {"55006", "wait"},
        {"58030", "wait"},      {"22P04", "stop"},      {"22001", "isolate"},   {"22003", "isolate"},
        {"22007", "isolate"},   {"22008", "isolate"},   {"22021", "isolate"},   {"22P02", "isolate"},
        {"2200H", "stop"},      {"22P03", "isolate"},   {"22P05", "isolate"},   {"23502", "isolate"},
        {"23503", "isolate"},   {"23505", "isolate"},   {"23514", "isolate"},   {"23P01", "isolate"},
        {"44000", "isolate"},   {"54000", "isolate"},   {"54001", "isolate"},   {"0A000", "stop"},
        {"21000", "stop"},      {"28000", "stop"},      {"28P01", "stop"},      {"3D000", "stop"},
        {"3F000", "stop"},      {"42501", "stop"},      {"42P01", "stop"},      {"42703", "stop"},
        {"42804", "stop"},      {"XX000", "stop"},      {"XX001", "stop"},      {"XX002", "stop"},
};

static void every_code_has_its_verdict(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
                assert_string_equal(verdict_name(sqlstate_verdict(cases[i].sqlstate, "")), cases[i].verdict);
}

static void every_row_is_tried(void **state) {
        (void)state;
        for (size_t row = 0; row < sqlstate_rule_count; row++) {
                size_t tried = 0;
                for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
                        tried += strncmp(cases[i].sqlstate, sqlstate_rules[row].code,
                                         strlen(sqlstate_rules[row].code)) == 0;
                if (tried == 0)
                        fail_msg("no case for %s", sqlstate_rules[row].code);
        }
}

static void unknown_codes_are_tried_again(void **state) {
        (void)state;
        assert_int_equal(sqlstate_verdict("P0001", ""), PG_RETRY);
        assert_int_equal(sqlstate_verdict("", ""), PG_RETRY);
        assert_int_equal(sqlstate_verdict("F0000", ""), PG_RETRY);
}

static void races_on_our_own_tables_are_tried_again(void **state) {
        (void)state;
        assert_int_equal(sqlstate_verdict("23505", "ingest.ledger"), PG_RETRY);
        assert_int_equal(sqlstate_verdict("23505", "ingest.ledger_p3"), PG_RETRY);
        assert_int_equal(sqlstate_verdict("23505", "ingest.event_source"), PG_RETRY);
        assert_int_equal(sqlstate_verdict("23505", "shop.order"), PG_ISOLATE);
        assert_int_equal(sqlstate_verdict("23514", "ingest.ledger"), PG_STOP);
        assert_int_equal(sqlstate_verdict("23505", "ingest.tally"), PG_STOP);
        assert_int_equal(sqlstate_verdict("23514", "ingest.taken_back"), PG_ISOLATE);
}

static void messages_are_one_line(void **state) {
        (void)state;
        PgError error = pg_error("57P01", "terminating\nLINE 1: %s", "secret");
        assert_string_equal(error.message, "terminating");
        assert_string_equal(error.sqlstate, "57P01");
        assert_int_equal(error.verdict, PG_RECONNECT);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_code_has_its_verdict),
                cmocka_unit_test(every_row_is_tried),
                cmocka_unit_test(unknown_codes_are_tried_again),
                cmocka_unit_test(races_on_our_own_tables_are_tried_again),
                cmocka_unit_test(messages_are_one_line),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
