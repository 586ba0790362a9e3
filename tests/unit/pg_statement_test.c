// SPDX-License-Identifier: Apache-2.0
// The SQL that follows from a catalogue, word for word.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "postgres/statement.h"

static Span columns[] = {SPAN_LIT("code"), SPAN_LIT("na\"me"), SPAN_LIT("rev"),
                         SPAN_LIT("at"),   SPAN_LIT("id"),     SPAN_LIT("source")};
static uint32_t one_key[] = {0};
static uint32_t two_keys[] = {0, 2};

static const Encoder *const *encoders_of(const uint32_t *oids, size_t count) {
        static const Encoder *encoders[8];
        for (size_t i = 0; i < count; i++)
                encoders[i] = encoder_for(oids[i]);
        return encoders;
}

static const Encoder *const *usual(void) {
        static const uint32_t oids[] = {OID_TEXT, OID_VARCHAR, OID_INT4, OID_TIMESTAMPTZ, OID_TEXT, OID_TEXT};
        return encoders_of(oids, 6);
}

static void assert_sql(Buffer *sql, const char *expected) {
        assert_string_equal(buffer_text(sql), expected);
        buffer_deinit(sql);
}

static void copy_names_every_column(void **state) {
        Buffer sql = BUFFER_NULL;
        const Table table = {.name = SPAN_LIT("shop.order"), .columns = columns, .column_count = 2};
        (void)state;
        statement_copy(&sql, &table);
        assert_sql(&sql, "COPY \"shop\".\"order\" (\"code\", \"na\"\"me\") FROM STDIN WITH (FORMAT binary)");
}

static void upsert_lets_the_greatest_win(void **state) {
        Buffer sql = BUFFER_NULL;
        const Table table = {SPAN_LIT("s.t"), TABLE_STATE, columns, 6, one_key, 1, {2, 3, 4, 5}, 0, 0, NULL, NULL, 0};
        (void)state;
        statement_upsert(&sql, &table, usual());
        assert_sql(
                &sql,
                "INSERT INTO \"s\".\"t\" AS cur (\"code\", \"na\"\"me\", \"rev\", \"at\", \"id\", \"source\")"
                " SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::timestamptz[], $5::text[],"
                " $6::text[]) AS u(\"code\", \"na\"\"me\", \"rev\", \"at\", \"id\", \"source\")"
                " ORDER BY u.\"code\" COLLATE \"C\" ON CONFLICT (\"code\") DO UPDATE SET"
                " \"na\"\"me\" = excluded.\"na\"\"me\", \"rev\" = excluded.\"rev\", \"at\" = excluded.\"at\","
                " \"id\" = excluded.\"id\", \"source\" = excluded.\"source\""
                " WHERE cur.\"rev\" IS NULL OR (cur.\"rev\", cur.\"at\", cur.\"id\" COLLATE \"C\","
                " cur.\"source\" COLLATE \"C\") < (excluded.\"rev\", excluded.\"at\", excluded.\"id\" COLLATE \"C\","
                " excluded.\"source\" COLLATE \"C\") RETURNING cur.\"code\"");
}

static void mnh_36_a_table_of_keys_only_has_nothing_to_set(void **state) {
        Buffer sql = BUFFER_NULL;
        const Table table = {.name = SPAN_LIT("s.t"),
                             .mode = TABLE_STATE,
                             .columns = columns,
                             .column_count = 1,
                             .key = one_key,
                             .key_count = 1,
                             .rank = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}};
        (void)state;
        statement_upsert(&sql, &table, usual());
        assert_sql(&sql, "INSERT INTO \"s\".\"t\" AS cur (\"code\") SELECT * FROM unnest($1::text[]) AS u(\"code\")"
                         " ORDER BY u.\"code\" COLLATE \"C\" ON CONFLICT (\"code\") DO NOTHING"
                         " RETURNING cur.\"code\"");
}

static void delete_takes_the_children_of_keys(void **state) {
        Buffer sql = BUFFER_NULL;
        const Table table = {.name = SPAN_LIT("s.t"),
                             .mode = TABLE_CHILD,
                             .columns = columns,
                             .column_count = 3,
                             .key = two_keys,
                             .key_count = 2};
        (void)state;
        statement_delete(&sql, &table, usual());
        assert_sql(&sql, "DELETE FROM \"s\".\"t\" AS cur USING unnest($1::text[], $2::integer[])"
                         " AS u(\"code\", \"rev\") WHERE cur.\"code\" = u.\"code\" AND cur.\"rev\" = u.\"rev\"");
}

static void placeholders_are_bare_keys_or_a_function(void **state) {
        Buffer sql = BUFFER_NULL;
        Reference reference = {.table = SPAN_LIT("s.t"), .key_column = SPAN_LIT("code"), .function = SPAN_LIT("")};
        (void)state;
        statement_placeholders(&sql, &reference);
        assert_sql(&sql, "INSERT INTO \"s\".\"t\" (\"code\") SELECT u.k FROM unnest($1::text[]) WITH ORDINALITY"
                         " AS u(k, o) ORDER BY u.o ON CONFLICT DO NOTHING RETURNING \"code\"");
        reference.function = SPAN_LIT("s.make");
        statement_placeholders(&sql, &reference);
        assert_sql(&sql, "SELECT k FROM \"s\".\"make\"($1::text[]) AS f(k)");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(copy_names_every_column),
                cmocka_unit_test(upsert_lets_the_greatest_win),
                cmocka_unit_test(mnh_36_a_table_of_keys_only_has_nothing_to_set),
                cmocka_unit_test(delete_takes_the_children_of_keys),
                cmocka_unit_test(placeholders_are_bare_keys_or_a_function),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
