// SPDX-License-Identifier: Apache-2.0
// What the writer writes, against a real PostgreSQL: rows, duplicates, rejects, states, offsets (scene.h).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "scene.h"

static void rows_arrive_with_their_offset(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        add_sales(&scene.batch, "s", 1000);
        shop_sale(&scene.batch, 0, "big", NULL, "9999999999.99")->event.warnings = reason_bit(REASON_W_LATE);
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.accepted, 1001);
        assert_int_equal(scene.witness.counts.placeholders, 10);
        assert_int_equal(scene.witness.counts.rows, 1001);
        assert_int_equal(scene.witness.counts.by_reason[REASON_W_LATE_ORG], 1000);
        assert_int_equal(scene.witness.counts.transactions, 1);
        assert_sql("SELECT count(*) FROM ingest.ledger", "1001");
        assert_sql("SELECT sum(amount) FROM shop.sale", "10000012499.99");
        assert_sql("SELECT (extra ->> 'a') || pieces || cash || occurred_on FROM shop.sale LIMIT 1",
                   "13true2023-11-14");
        assert_sql("SELECT string_agg(code, ' ' ORDER BY code) FROM shop.customer", "c0 c1 c2 c3 c4 c5 c6 c7 c8 c9");
        assert_sql("SELECT next_offset || ' ' || epoch || ' ' || last_timestamp FROM ingest.kafka_offset",
                   "1001 1 2023-11-14 22:13:21+00");
        assert_sql("SELECT accepted || ' ' || duplicate || ' ' || warned || ' ' || source || ' ' || type FROM "
                   "ingest.tally",
                   "1001 0 1 urn:shop:1 shop.sale.made");
        assert_sql("SELECT warnings::text || event_id FROM ingest.ledger WHERE 'W_LATE' = ANY (warnings)",
                   "{W_LATE}big");
        assert_sql("SELECT count(*) FROM ingest.ledger WHERE warnings = '{W_LATE_ORG}'", "1000");
        assert_sql("SELECT l.event_time || ' ' || t.type || ' ' || s.source FROM ingest.ledger l JOIN "
                   "ingest.event_type t"
                   " USING (type_id) JOIN ingest.event_source s USING (source_id) LIMIT 1",
                   "2023-11-14 22:13:20+00 shop.sale.made urn:shop:1");
        strike_scene(&scene);
}

static void duplicates_and_conflicts_are_told_apart(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        shop_sale(&scene.batch, 0, "a", NULL, "1");
        shop_sale(&scene.batch, 0, "a", NULL, "1");
        shop_sale(&scene.batch, 0, "a", NULL, "2");
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.accepted, 1);
        assert_int_equal(scene.witness.counts.duplicates, 1);
        assert_int_equal(scene.witness.counts.rejected, 1);
        next_batch(&scene);
        // What is stored counts, not what came first in the batch.
        shop_sale(&scene.batch, 0, "a", NULL, "2");
        shop_sale(&scene.batch, 0, "a", NULL, "1");
        shop_sale(&scene.batch, 0, "b", NULL, "5");
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.accepted, 1);
        assert_int_equal(scene.witness.counts.duplicates, 1);
        assert_int_equal(scene.witness.counts.rejected, 1);
        assert_int_equal(scene.witness.counts.by_reason[REASON_E_ID_CONFLICT], 1);
        next_batch(&scene);
        sql(pg, "UPDATE ingest.ledger SET version = 7 WHERE event_id = 'a'");
        shop_sale(&scene.batch, 0, "a", NULL, "2");
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.duplicates, 1);
        assert_int_equal(scene.witness.counts.by_reason[REASON_W_REDECLARED], 1);
        assert_sql("SELECT string_agg(reason || pointer || kafka_offset, ' ' ORDER BY id) FROM ingest.dead_letter",
                   "E_ID_CONFLICT/id2 E_ID_CONFLICT/id3");
        assert_sql("SELECT count(*) || ' ' || sum(amount) FROM shop.sale", "2 6.00");
        assert_sql("SELECT accepted || ' ' || duplicate || ' ' || rejected FROM ingest.tally", "2 3 2");
        strike_scene(&scene);
}

// Nothing has come twice for long: the ledger is not asked any more. What comes then is told apart all the same.
static void what_comes_twice_is_seen_without_a_look_up(void **state) {
        enum { LONG = 80 };
        Scene scene;
        char text[32];
        size_t lookups = 0;
        (void)state;
        set_scene(&scene);
        for (int i = 0; i < LONG; i++) {
                shop_sale(&scene.batch, 0, id_of(text, "n", i), NULL, "1");
                write_batch(&scene.witness, &scene.batch);
                lookups += scene.witness.counts.lookups;
                next_batch(&scene);
        }
        assert_in_range(lookups, 1, LONG - 1);
        assert_int_equal(scene.witness.counts.lookups, 0);
        shop_sale(&scene.batch, 0, "b", NULL, "1");
        shop_sale(&scene.batch, 0, "b", NULL, "1"); // twice in one batch: no need to ask
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.lookups, 0);
        assert_int_equal(scene.witness.counts.duplicates, 1);
        next_batch(&scene);
        shop_sale(&scene.batch, 0, "c", NULL, "1");
        shop_sale(&scene.batch, 0, "n0", NULL, "1");
        shop_sale(&scene.batch, 0, "n1", NULL, "2");
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.trouble, 0);
        assert_int_equal(scene.witness.counts.transactions, 1);
        assert_int_equal(scene.witness.counts.lookups, 1);
        assert_int_equal(scene.witness.counts.accepted, 1);
        assert_int_equal(scene.witness.counts.duplicates, 1);
        assert_int_equal(scene.witness.counts.by_reason[REASON_E_ID_CONFLICT], 1);
        assert_sql("SELECT count(*) || ' ' || count(DISTINCT event_key) FROM ingest.ledger", "82 82");
        strike_scene(&scene);
}

// Accepted ones are counted by numbers, refused ones by names: of one producer and type in one row all the same,
// since a statement may not touch a row twice.
static void accepted_and_rejected_are_counted_in_one_row(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        Item *before = shop_reject(&scene.batch, 0, REASON_E_FIELD_TYPE, SPAN_LIT("/data/x"), SPAN_LIT("{}"));
        Item *sale = shop_sale(&scene.batch, 0, "a", NULL, "1");
        Item *after = shop_reject(&scene.batch, 0, REASON_E_FIELD_TYPE, SPAN_LIT("/data/x"), SPAN_LIT("{}"));
        before->event.type = after->event.type = sale->event.type;
        before->event.source = after->event.source = SPAN_LIT("urn:shop:1");
        shop_sale(&scene.batch, 0, "b", NULL, "1");
        write_batch(&scene.witness, &scene.batch);
        assert_sql("SELECT accepted || ' ' || rejected FROM ingest.tally", "2 2");
        strike_scene(&scene);
}

static void dead_letters_survive_hostile_text(void **state) {
        static const Header headers[] = {{SPAN_LIT("ce_id"), SPAN_LIT("x")}, {SPAN_LIT("n"), {NULL, 0}}};
        Scene scene;
        (void)state;
        set_scene(&scene);
        Item *item =
                shop_reject(&scene.batch, 0, REASON_E_JSON_NUL, SPAN_LIT("/a\0b\n\xff\xC2\x85"), SPAN_LIT("\0\xff{"));
        item->event.source = SPAN_LIT("\x1b[31m\xF0\x9F");
        item->event.id = SPAN_LIT("七");
        item->message.key = SPAN_LIT("k\0");
        item->message.headers = headers;
        item->message.header_count = 2;
        item = shop_reject(&scene.batch, 0, REASON_E_EMPTY, SPAN_LIT(""), SPAN_NULL);
        item->message.timestamp_ms = -1;
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.rejected, 2);
        assert_sql("SELECT pointer || '|' || source || '|' || event_id FROM ingest.dead_letter WHERE reason = "
                   "'E_JSON_NUL'",
                   "/a\\u0000b\\u000A\xEF\xBF\xBD\\u0085|\\u001B[31m\xEF\xBF\xBD\xEF\xBF\xBD|七");
        assert_sql("SELECT encode(key, 'hex') || ' ' || encode(payload, 'hex') || ' ' || encode(headers, 'hex')"
                   " FROM ingest.dead_letter WHERE reason = 'E_JSON_NUL'",
                   "6b00 00ff7b 0000000563655f6964000000017800000001"
                   "6effffffff");
        assert_sql("SELECT payload IS NULL AND key IS NULL AND kafka_time IS NULL AND type IS NULL"
                   " FROM ingest.dead_letter WHERE reason = 'E_EMPTY'",
                   "t");
        assert_sql("SELECT source || '|' || type || '|' || rejected FROM ingest.tally", "||2");
        strike_scene(&scene);
}

static void another_owner_fences_his_partition_only(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        Claim other = own_one(&scene.witness, 1);
        begin_batch(&scene.batch, 1, &other);
        shop_sale(&scene.batch, 0, "a", NULL, "1");
        shop_sale(&scene.batch, 1, "b", NULL, "1");
        sql(pg, "UPDATE ingest.kafka_offset SET epoch = epoch + 1 WHERE partition = 0");
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.fenced, 1);
        assert_true(scene.batch.partitions[0].dropped);
        assert_false(scene.batch.partitions[1].dropped);
        assert_sql("SELECT string_agg(event_id, '') FROM ingest.ledger", "b");
        assert_sql("SELECT string_agg(next_offset::text, ' ' ORDER BY partition) FROM ingest.kafka_offset", "0 1");
        // Nothing left at all: still an answer.
        sql(pg, "UPDATE ingest.kafka_offset SET next_offset = 9");
        batch_reset(&scene.batch);
        other.next_offset = 1;
        begin_batch(&scene.batch, 1, &other);
        shop_sale(&scene.batch, 1, "c", NULL, "1");
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.fenced, 2);
        assert_int_equal(scene.witness.counts.accepted, 0);
        strike_scene(&scene);
}

static void one_bad_row_of_a_thousand_is_found(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        add_sales(&scene.batch, "s", 700);
        shop_sale(&scene.batch, 0, "bad", "c1", "-1");
        add_sales(&scene.batch, "t", 299);
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.isolated, 1);
        assert_string_equal(scene.witness.sqlstate, "23514");
        assert_int_equal(scene.witness.counts.accepted, 999);
        assert_int_equal(scene.witness.counts.rejected, 1);
        assert_sql("SELECT reason || sqlstate || constraint_name || kafka_offset || type FROM ingest.dead_letter",
                   "E_DB23514not_negative700shop.sale.made");
        assert_sql("SELECT count(*) FROM shop.sale", "999");
        assert_sql("SELECT next_offset FROM ingest.kafka_offset", "1000");
        assert_sql("SELECT accepted || ' ' || rejected FROM ingest.tally", "999 1");
        assert_int_equal(scene.witness.trouble, 0);
        strike_scene(&scene);
}

static void a_value_too_large_is_found_before_it_is_sent(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        add_sales(&scene.batch, "s", 5);
        shop_sale(&scene.batch, 0, "big", NULL, "1")->event.rows[0].cells[4] = value_integer(INT64_C(5000000000));
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.isolated, 1);
        assert_int_equal(scene.witness.counts.accepted, 5);
        assert_int_equal(scene.witness.counts.transactions, 1);
        assert_sql("SELECT sqlstate || ' ' || detail FROM ingest.dead_letter",
                   "22003 SQLSTATE 22003: value out of range for column pieces of shop.sale");
        strike_scene(&scene);
}

static void states_end_the_same_in_any_order(void **state) {
        static const int orders[][3] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};
        static const size_t stale_of[] = {0, 1, 1, 1, 2, 2};
        char id[40];
        char name[40];
        Scene scene;
        (void)state;
        for (size_t o = 0; o < 12; o++) {
                bool together = o >= 6;
                set_scene(&scene);
                size_t stale = 0;
                for (int i = 0; i < 3; i++) {
                        int revision = orders[o % 6][i];
                        shop_customer(&scene.batch, 0, id_of(id, "r", revision), "k", "north", revision,
                                      id_of(name, "name", revision));
                        if (together && i < 2)
                                continue;
                        write_batch(&scene.witness, &scene.batch);
                        stale += scene.witness.counts.stale;
                        next_batch(&scene);
                }
                assert_int_equal(stale, stale_of[o % 6]);
                assert_sql("SELECT name || revision || event_id || region FROM shop.customer", "name33r3north");
                assert_sql("SELECT string_agg(lang || name, ' ' ORDER BY lang) FROM shop.customer_name",
                           "enname3 zhname3");
                assert_sql("SELECT string_agg(code || made_by, ' ') FROM shop.region", "northfunction");
                assert_sql("SELECT accepted FROM ingest.tally", "3");
                strike_scene(&scene);
        }
}

static void a_placeholder_gives_way_and_the_fullest_wins(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        shop_sale(&scene.batch, 0, "s", "k", "1");
        shop_note(&scene.batch, 0, "n1", "n", "a", NULL);
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.by_reason[REASON_W_LATE_ORG], 1);
        next_batch(&scene);
        shop_customer(&scene.batch, 0, "r0", "k", NULL, 0, "zero");
        shop_note(&scene.batch, 0, "n2", "n", "A", "B");
        shop_note(&scene.batch, 0, "n3", "n", NULL, "b");
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.stale, 0); // notes are no states
        assert_int_equal(scene.witness.counts.placeholders, 0);
        next_batch(&scene);
        // In a batch that describes a customer first, mentioning him afterwards is nothing to warn of.
        shop_customer(&scene.batch, 0, "r1", "new", NULL, 0, "new");
        shop_sale(&scene.batch, 0, "t", "new", "1");
        write_batch(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.by_reason[REASON_W_LATE_ORG], 0);
        assert_sql("SELECT name || revision FROM shop.customer WHERE code = 'k'", "zero0");
        assert_sql("SELECT a || b || members || event_id FROM shop.note", "AB2n2");
        strike_scene(&scene);
}

static void control_records_move_the_offset(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        scene.batch.partitions[0].end = 42;
        write_batch(&scene.witness, &scene.batch);
        assert_sql("SELECT next_offset FROM ingest.kafka_offset", "42");
        assert_int_equal(scene.batch.partitions[0].expected, 42);
        strike_scene(&scene);
}

// A writer of revisions: always a batch in flight, the same few keys as the other one, in another order.

typedef struct Crossing {
        Witness witness;
        Claim claim;
        Batch batch;
        int32_t partition;
        int round;
} Crossing;

static void fill_crossing(Crossing *crossing, unsigned *seed) {
        char id[40];
        char code[40];
        batch_reset(&crossing->batch);
        begin_batch(&crossing->batch, crossing->partition, &crossing->claim);
        for (int i = 0; i < 8; i++) {
                *seed = *seed * 1103515245 + 12345;
                int key = (int)(*seed >> 16) % 5;
                *seed = *seed * 1103515245 + 12345;
                int revision = (int)(*seed >> 16) % 100000;
                snprintf(id, sizeof(id), "p%d-%d-%d", crossing->partition, crossing->round, i);
                shop_customer(&crossing->batch, crossing->partition, id, id_of(code, "x", key), NULL, revision, id);
        }
        crossing->round++;
        crossing->witness.written = false;
        writer_write(crossing->witness.writer, &crossing->batch);
}

static void crossing_revisions_leave_no_stale_child(void **state) {
        const char *rounds_text = getenv("KEPUD_TEST_ROUNDS");
        int rounds = rounds_text ? (int)strtol(rounds_text, NULL, 10) : 1000;
        unsigned seed = 1;
        Crossing crossings[2] = {{.partition = 0}, {.partition = 1}};
        (void)state;
        fresh();
        for (size_t i = 0; i < 2; i++) {
                open_ready(&crossings[i].witness);
                crossings[i].claim = own_one(&crossings[i].witness, crossings[i].partition);
                batch_init(&crossings[i].batch);
                fill_crossing(&crossings[i], &seed);
        }
        for (int busy = 2; busy > 0;) {
                loop_run_once(loop, 1000);
                busy = 0;
                for (size_t i = 0; i < 2; i++) {
                        Crossing *crossing = &crossings[i];
                        if (crossing->witness.written && crossing->round < rounds) {
                                crossing->claim.next_offset = crossing->batch.partitions[0].expected;
                                fill_crossing(crossing, &seed);
                        }
                        busy += !crossing->witness.written;
                }
        }
        assert_sql("SELECT count(*) FROM (SELECT code, name FROM shop.customer_name EXCEPT"
                   " SELECT code, name FROM shop.customer) stale",
                   "0");
        assert_sql("SELECT count(*) FROM shop.customer c WHERE (SELECT count(*) FROM shop.customer_name n"
                   " WHERE n.code = c.code) <> 1 + c.revision % 2",
                   "0");
        assert_int_equal(strtol(sql(pg, "SELECT count(*) FROM ingest.ledger"), NULL, 10), 16 * rounds);
        for (size_t i = 0; i < 2; i++) {
                assert_int_equal(crossings[i].witness.trouble, 0);
                assert_int_equal(crossings[i].witness.isolated, 0);
                writer_free(crossings[i].witness.writer);
                batch_deinit(&crossings[i].batch);
        }
}

int main(void) {
        if (!scene_open())
                return 2;
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_arrive_with_their_offset),
                cmocka_unit_test(duplicates_and_conflicts_are_told_apart),
                cmocka_unit_test(what_comes_twice_is_seen_without_a_look_up),
                cmocka_unit_test(accepted_and_rejected_are_counted_in_one_row),
                cmocka_unit_test(dead_letters_survive_hostile_text),
                cmocka_unit_test(another_owner_fences_his_partition_only),
                cmocka_unit_test(one_bad_row_of_a_thousand_is_found),
                cmocka_unit_test(a_value_too_large_is_found_before_it_is_sent),
                cmocka_unit_test(states_end_the_same_in_any_order),
                cmocka_unit_test(a_placeholder_gives_way_and_the_fullest_wins),
                cmocka_unit_test(control_records_move_the_offset),
                cmocka_unit_test(crossing_revisions_leave_no_stale_child),
        };
        int failed = cmocka_run_group_tests(tests, NULL, NULL);
        scene_close();
        return failed;
}
