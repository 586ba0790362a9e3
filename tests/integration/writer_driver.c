// SPDX-License-Identifier: Apache-2.0
// The writer against a real PostgreSQL. KEPUD_TEST_CONNINFO names a server ("host=… user=…", keyword form) where a
// superuser may make the database kepud_writer_test.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/memory.h"
#include "postgres/schema.h"
#include "shop.h"

enum { DEADLINE_MS = 30 * 1000 };

typedef struct Witness {
        Writer *writer;
        bool ready;
        bool lost;
        bool claimed;
        bool started;
        bool written;
        bool stopped;
        int fenced;
        int isolated;
        int trouble;
        char sqlstate[6];
        char why[600];
        WriterCounts counts;
} Witness;

static Loop *loop;
static char *conninfo;
static PGconn *pg; // looks from outside

static void on_ready(void *userdata) {
        ((Witness *)userdata)->ready = true;
}
static void on_lost(void *userdata, const char *why) {
        Witness *witness = userdata;
        witness->lost = true;
        snprintf(witness->why, sizeof(witness->why), "%s", why);
}
static void on_claimed(void *userdata, Claim *claims, size_t count) {
        (void)claims;
        (void)count;
        ((Witness *)userdata)->claimed = true;
}
static void on_started(void *userdata) {
        ((Witness *)userdata)->started = true;
}
static void on_written(void *userdata, Batch *batch, const WriterCounts *counts) {
        Witness *witness = userdata;
        (void)batch;
        witness->written = true;
        witness->counts = *counts;
}
static void on_fenced(void *userdata, Batch *batch) {
        (void)batch;
        ((Witness *)userdata)->fenced++;
}
static void on_trouble(void *userdata, const char *sqlstate, const char *message, int64_t retry_ms) {
        Witness *witness = userdata;
        (void)message;
        (void)retry_ms;
        witness->trouble++;
        snprintf(witness->sqlstate, sizeof(witness->sqlstate), "%s", sqlstate);
}
static void on_isolated(void *userdata, const Item *item, const char *sqlstate, const char *message) {
        Witness *witness = userdata;
        (void)item;
        (void)message;
        witness->isolated++;
        snprintf(witness->sqlstate, sizeof(witness->sqlstate), "%s", sqlstate);
}
static void on_stopped(void *userdata, const Error *error) {
        Witness *witness = userdata;
        witness->stopped = true;
        snprintf(witness->why, sizeof(witness->why), "%s", error->text);
}

static const WriterEvents events = {on_ready,  on_lost,    on_claimed,  on_started, on_written,
                                    on_fenced, on_trouble, on_isolated, on_stopped};

static void wait_for(const bool *condition) {
        int64_t deadline = clock_monotonic_ms() + DEADLINE_MS;
        while (!*condition) {
                if (clock_monotonic_ms() > deadline)
                        fail_msg("nothing happened within %d ms", DEADLINE_MS);
                loop_run_once(loop, 100);
        }
}

static void open_writer(Witness *witness, const char *info, const char *cluster) {
        WriterOptions options = {.conninfo = info,
                                 .application_name = "kepud/test",
                                 .cluster_id = cluster,
                                 .group = "kepud",
                                 .instance = "test",
                                 .backoff_min_ms = 10,
                                 .backoff_max_ms = 100};
        *witness = (Witness){0};
        witness->writer = writer_new(loop, shop_catalogue(), &options, &events, witness);
        writer_connect(witness->writer);
}

static void open_ready(Witness *witness) {
        open_writer(witness, conninfo, "C1");
        wait_for(&witness->ready);
}

static Claim claim(Witness *witness, int32_t partition) {
        Claim one = {.topic = SHOP_TOPIC, .partition = partition};
        witness->claimed = false;
        writer_claim(witness->writer, &one, 1);
        wait_for(&witness->claimed);
        return one;
}

// Makes the partition's row when there is none; then it is ours.
static Claim own(Witness *witness, int32_t partition) {
        Claim one = claim(witness, partition);
        if (one.found)
                return one;
        witness->started = false;
        writer_start(witness->writer, &(Start){SHOP_TOPIC, partition, 0}, 1);
        wait_for(&witness->started);
        return claim(witness, partition);
}

static void no_release(void *owned) {
        (void)owned;
}

static void begin_batch(Batch *batch, int32_t partition, const Claim *of) {
        uint32_t index = batch_partition(batch, SHOP_TOPIC, partition, of->epoch, of->next_offset);
        batch->partitions[index].end = of->next_offset;
}

static void write(Witness *witness, Batch *batch) {
        witness->written = false;
        writer_write(witness->writer, batch);
        wait_for(&witness->written);
}

static void assert_sql(const char *query, const char *expected) {
        char answer[4096];
        snprintf(answer, sizeof(answer), "%s", sql(pg, "%s", query));
        if (strcmp(answer, expected) != 0)
                fail_msg("%s: %s instead of %s", query, answer, expected);
}

static void fresh(void) {
        sql(pg, "TRUNCATE ingest.kafka_offset, ingest.ledger, ingest.tally, ingest.dead_letter, ingest.event_source,"
                " shop.sale, shop.customer_name, shop.customer, shop.region, shop.note CASCADE");
}

// One writer that owns partition 0, and an empty batch for it.
typedef struct Scene {
        Witness witness;
        Claim claim;
        Batch batch;
} Scene;

static void set_scene(Scene *scene) {
        fresh();
        open_ready(&scene->witness);
        scene->claim = own(&scene->witness, 0);
        batch_init(&scene->batch, no_release);
        begin_batch(&scene->batch, 0, &scene->claim);
}

static void next_batch(Scene *scene) {
        scene->claim.next_offset = scene->batch.partitions[0].end;
        batch_reset(&scene->batch);
        begin_batch(&scene->batch, 0, &scene->claim);
}

static void strike_scene(Scene *scene) {
        writer_free(scene->witness.writer);
        batch_deinit(&scene->batch);
}

static const char *id_of(char *text, const char *prefix, int n) {
        snprintf(text, 40, "%s%d", prefix, n);
        return text;
}

static void add_sales(Batch *batch, const char *prefix, int count) {
        char id[40];
        char customer[40];
        for (int i = 0; i < count; i++)
                shop_sale(batch, 0, id_of(id, prefix, i), id_of(customer, "c", i % 10), "12.50");
}

// ---- tests

static void rows_arrive_with_their_offset(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        add_sales(&scene.batch, "s", 1000);
        shop_sale(&scene.batch, 0, "big", NULL, "9999999999.99")->event.warnings = reason_bit(REASON_W_LATE);
        write(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.accepted, 1001);
        assert_int_equal(scene.witness.counts.placeholders, 10);
        assert_int_equal(scene.witness.counts.rows, 1001);
        assert_int_equal(scene.witness.counts.by_reason[REASON_W_LATE_ORG], 1000);
        assert_int_equal(scene.witness.counts.transactions, 1);
        assert_sql("SELECT count(*) FROM ingest.ledger", "1001");
        assert_sql("SELECT sum(amount) FROM shop.sale", "10000012499.99");
        assert_sql("SELECT (extra ->> 'a') || pieces || cash || occurred_on FROM shop.sale LIMIT 1", "13true2023-11-14");
        assert_sql("SELECT string_agg(code, ' ' ORDER BY code) FROM shop.customer", "c0 c1 c2 c3 c4 c5 c6 c7 c8 c9");
        assert_sql("SELECT next_offset || ' ' || epoch || ' ' || last_timestamp FROM ingest.kafka_offset",
                   "1001 1 2023-11-14 22:13:21+00");
        assert_sql("SELECT accepted || ' ' || duplicate || ' ' || warned || ' ' || source || ' ' || type FROM ingest.tally",
                   "1001 0 1 urn:shop:1 shop.sale.made");
        assert_sql("SELECT warnings::text || event_id FROM ingest.ledger WHERE warnings IS NOT NULL", "{W_LATE}big");
        assert_sql("SELECT l.event_time || ' ' || t.type || ' ' || s.source FROM ingest.ledger l JOIN ingest.event_type t"
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
        write(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.accepted, 1);
        assert_int_equal(scene.witness.counts.duplicates, 1);
        assert_int_equal(scene.witness.counts.rejected, 1);
        next_batch(&scene);
        // What is stored counts, not what came first in the batch.
        shop_sale(&scene.batch, 0, "a", NULL, "2");
        shop_sale(&scene.batch, 0, "a", NULL, "1");
        shop_sale(&scene.batch, 0, "b", NULL, "5");
        write(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.accepted, 1);
        assert_int_equal(scene.witness.counts.duplicates, 1);
        assert_int_equal(scene.witness.counts.rejected, 1);
        assert_int_equal(scene.witness.counts.by_reason[REASON_E_ID_CONFLICT], 1);
        next_batch(&scene);
        sql(pg, "UPDATE ingest.ledger SET version = 7 WHERE event_id = 'a'");
        shop_sale(&scene.batch, 0, "a", NULL, "2");
        write(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.duplicates, 1);
        assert_int_equal(scene.witness.counts.by_reason[REASON_W_REDECLARED], 1);
        assert_sql("SELECT string_agg(reason || pointer || kafka_offset, ' ' ORDER BY id) FROM ingest.dead_letter",
                   "E_ID_CONFLICT/id2 E_ID_CONFLICT/id3");
        assert_sql("SELECT count(*) || ' ' || sum(amount) FROM shop.sale", "2 6.00");
        assert_sql("SELECT accepted || ' ' || duplicate || ' ' || rejected FROM ingest.tally", "2 3 2");
        strike_scene(&scene);
}

static void dead_letters_survive_hostile_text(void **state) {
        static const Header headers[] = {{SPAN_LIT("ce_id"), SPAN_LIT("x")}, {SPAN_LIT("n"), {NULL, 0}}};
        Scene scene;
        (void)state;
        set_scene(&scene);
        Item *item = shop_reject(&scene.batch, 0, REASON_E_JSON_NUL, SPAN_LIT("/a\0b\n\xff\xC2\x85"),
                                 SPAN_LIT("\0\xff{"));
        item->event.source = SPAN_LIT("\x1b[31m\xF0\x9F");
        item->event.id = SPAN_LIT("七");
        item->message.key = SPAN_LIT("k\0");
        item->message.headers = headers;
        item->message.header_count = 2;
        item = shop_reject(&scene.batch, 0, REASON_E_EMPTY, SPAN_LIT(""), SPAN_NULL);
        item->message.timestamp_ms = -1;
        write(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.rejected, 2);
        assert_sql("SELECT pointer || '|' || source || '|' || event_id FROM ingest.dead_letter WHERE reason = 'E_JSON_NUL'",
                   "/a\\u0000b\\u000A\xEF\xBF\xBD\\u0085|\\u001B[31m\xEF\xBF\xBD\xEF\xBF\xBD|七");
        assert_sql("SELECT encode(key, 'hex') || ' ' || encode(payload, 'hex') || ' ' || encode(headers, 'hex')"
                   " FROM ingest.dead_letter WHERE reason = 'E_JSON_NUL'",
                   "6b00 00ff7b 0000000563655f6964000000017800000001" "6effffffff");
        assert_sql("SELECT payload IS NULL AND key IS NULL AND kafka_time IS NULL AND type IS NULL"
                   " FROM ingest.dead_letter WHERE reason = 'E_EMPTY'", "t");
        assert_sql("SELECT source || '|' || type || '|' || rejected FROM ingest.tally", "||2");
        strike_scene(&scene);
}

static void another_owner_fences_his_partition_only(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        Claim other = own(&scene.witness, 1);
        begin_batch(&scene.batch, 1, &other);
        shop_sale(&scene.batch, 0, "a", NULL, "1");
        shop_sale(&scene.batch, 1, "b", NULL, "1");
        sql(pg, "UPDATE ingest.kafka_offset SET epoch = epoch + 1 WHERE partition = 0");
        write(&scene.witness, &scene.batch);
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
        write(&scene.witness, &scene.batch);
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
        write(&scene.witness, &scene.batch);
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
        write(&scene.witness, &scene.batch);
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
                        write(&scene.witness, &scene.batch);
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
        write(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.by_reason[REASON_W_LATE_ORG], 1);
        next_batch(&scene);
        shop_customer(&scene.batch, 0, "r0", "k", NULL, 0, "zero");
        shop_note(&scene.batch, 0, "n2", "n", "A", "B");
        shop_note(&scene.batch, 0, "n3", "n", NULL, "b");
        write(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.stale, 0); // notes are no states
        assert_int_equal(scene.witness.counts.placeholders, 0);
        next_batch(&scene);
        // In a batch that describes a customer first, mentioning him afterwards is nothing to warn of.
        shop_customer(&scene.batch, 0, "r1", "new", NULL, 0, "new");
        shop_sale(&scene.batch, 0, "t", "new", "1");
        write(&scene.witness, &scene.batch);
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
        write(&scene.witness, &scene.batch);
        assert_sql("SELECT next_offset FROM ingest.kafka_offset", "42");
        assert_int_equal(scene.batch.partitions[0].expected, 42);
        strike_scene(&scene);
}

static void a_lost_connection_is_made_again(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        add_sales(&scene.batch, "s", 100);
        write(&scene.witness, &scene.batch);
        next_batch(&scene);
        add_sales(&scene.batch, "t", 5000);
        scene.witness.ready = scene.witness.written = false;
        sql(pg, "BEGIN; LOCK TABLE shop.sale");
        writer_write(scene.witness.writer, &scene.batch);
        int64_t deadline = clock_monotonic_ms() + DEADLINE_MS;
        while (strcmp(sql(pg, "SELECT count(*) FROM pg_locks WHERE NOT granted"), "1") != 0) {
                assert_true(clock_monotonic_ms() < deadline);
                loop_run_once(loop, 10);
        }
        sql(pg, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kepud/test'");
        sql(pg, "ROLLBACK");
        wait_for(&scene.witness.lost);
        assert_non_null(strstr(scene.witness.why, "terminating connection"));
        wait_for(&scene.witness.ready);
        assert_sql("SELECT count(*) || ' ' || (SELECT next_offset FROM ingest.kafka_offset) FROM ingest.ledger", "100 100");
        Claim again = claim(&scene.witness, 0);
        assert_int_equal(again.next_offset, 100);
        scene.batch.partitions[0].epoch = again.epoch;
        scene.batch.partitions[0].expected = again.next_offset;
        write(&scene.witness, &scene.batch);
        assert_sql("SELECT count(*) || ' ' || (SELECT next_offset FROM ingest.kafka_offset) FROM shop.sale", "5100 5100");
        strike_scene(&scene);
}

static void an_idle_connection_that_ends_is_made_again(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        scene.witness.ready = false;
        sql(pg, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kepud/test'");
        wait_for(&scene.witness.lost);
        wait_for(&scene.witness.ready);
        strike_scene(&scene);
}

static void a_deadlock_or_a_timeout_is_tried_again(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        add_sales(&scene.batch, "s", 3);
        // The first COPY waits for us; a cancelled statement looks like a time-out.
        sql(pg, "BEGIN; LOCK TABLE shop.sale");
        scene.witness.written = false;
        writer_write(scene.witness.writer, &scene.batch);
        int64_t deadline = clock_monotonic_ms() + DEADLINE_MS;
        while (scene.witness.trouble == 0) {
                assert_true(clock_monotonic_ms() < deadline);
                sql(pg, "SELECT pg_cancel_backend(pid) FROM pg_locks WHERE NOT granted");
                loop_run_once(loop, 10);
        }
        assert_string_equal(scene.witness.sqlstate, "57014");
        sql(pg, "ROLLBACK");
        wait_for(&scene.witness.written);
        assert_int_equal(scene.witness.counts.accepted, 3);
        assert_sql("SELECT count(*) FROM ingest.dead_letter", "0");
        strike_scene(&scene);
}

static void a_race_on_an_event_is_a_duplicate_afterwards(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        Item *item = shop_sale(&scene.batch, 0, "a", NULL, "1");
        // Another connection has entered the event, but not committed when we look.
        char key[40];
        for (size_t i = 0; i < DIGEST_LEN; i++)
                snprintf(key + 2 * i, 3, "%02x", item->event.key.bytes[i]);
        char content[40];
        for (size_t i = 0; i < DIGEST_LEN; i++)
                snprintf(content + 2 * i, 3, "%02x", item->event.content.bytes[i]);
        sql(pg, "BEGIN");
        sql(pg, "INSERT INTO ingest.ledger VALUES (now(), now(), 1, now(), 1, 1, '%s', '%s', 'a', NULL)", key, content);
        scene.witness.written = false;
        writer_write(scene.witness.writer, &scene.batch);
        int64_t deadline = clock_monotonic_ms() + DEADLINE_MS;
        while (strcmp(sql(pg, "SELECT count(*) FROM pg_locks WHERE NOT granted"), "1") != 0) {
                assert_true(clock_monotonic_ms() < deadline);
                loop_run_once(loop, 10);
        }
        sql(pg, "COMMIT");
        wait_for(&scene.witness.written);
        assert_int_equal(scene.witness.trouble, 1);
        assert_int_equal(scene.witness.counts.duplicates, 1);
        assert_sql("SELECT count(*) FROM shop.sale", "0");
        strike_scene(&scene);
}

static void claims_answer_what_is_there(void **state) {
        Witness witness;
        Witness stranger;
        (void)state;
        fresh();
        open_ready(&witness);
        Claim claims[3] = {{.topic = SHOP_TOPIC, .partition = 1},
                           {.topic = SHOP_TOPIC, .partition = 0},
                           {.topic = SPAN_LIT("elsewhere"), .partition = 0}};
        own(&witness, 0);
        witness.claimed = false;
        writer_claim(witness.writer, claims, 3);
        wait_for(&witness.claimed);
        assert_true(claims[1].found);
        assert_int_equal(claims[1].epoch, 2);
        assert_false(claims[0].found);
        assert_true(claims[0].topic_known);
        assert_false(claims[2].topic_known);
        open_writer(&stranger, conninfo, "C2");
        wait_for(&stranger.ready);
        Claim refused = claim(&stranger, 0);
        assert_true(refused.refused);
        assert_false(refused.found);
        assert_string_equal(refused.refusal, "belongs to cluster C1, group kepud; this is cluster C2, group kepud");
        writer_free(witness.writer);
        writer_free(stranger.writer);
}

static void a_frozen_owner_is_ended(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        PGconn *frozen = PQconnectdb(conninfo);
        sql(frozen, "UPDATE ingest.kafka_offset SET owner_pid = pg_backend_pid(), owner_started ="
                    " (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())");
        sql(frozen, "BEGIN");
        sql(frozen, "UPDATE ingest.kafka_offset SET next_offset = 77");
        Claim again = claim(&scene.witness, 0);
        assert_true(again.found);
        assert_int_equal(again.next_offset, 0);
        PQclear(PQexec(frozen, "SELECT 1"));
        assert_int_equal(PQstatus(frozen), CONNECTION_BAD);
        PQfinish(frozen);
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
        int rounds = rounds_text ? atoi(rounds_text) : 1000;
        unsigned seed = 1;
        Crossing crossings[2] = {{.partition = 0}, {.partition = 1}};
        (void)state;
        fresh();
        for (size_t i = 0; i < 2; i++) {
                open_ready(&crossings[i].witness);
                crossings[i].claim = own(&crossings[i].witness, crossings[i].partition);
                batch_init(&crossings[i].batch, no_release);
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
                   " SELECT code, name FROM shop.customer) stale", "0");
        assert_sql("SELECT count(*) FROM shop.customer c WHERE (SELECT count(*) FROM shop.customer_name n"
                   " WHERE n.code = c.code) <> 1 + c.revision % 2", "0");
        assert_int_equal(atoi(sql(pg, "SELECT count(*) FROM ingest.ledger")), 16 * rounds);
        for (size_t i = 0; i < 2; i++) {
                assert_int_equal(crossings[i].witness.trouble, 0);
                assert_int_equal(crossings[i].witness.isolated, 0);
                writer_free(crossings[i].witness.writer);
                batch_deinit(&crossings[i].batch);
        }
}

static void count_line(void *userdata, const char *line) {
        char *all = userdata;
        snprintf(all + strlen(all), 2000 - strlen(all), "%s\n", line);
}

static void a_wrong_schema_stops_and_names_every_fault(void **state) {
        char lines[2000] = "";
        size_t faults = 0;
        Error error = ERROR_NULL;
        Witness witness;
        (void)state;
        assert_int_equal(schema_check(conninfo, shop_catalogue(), count_line, lines, &faults, &error), 0);
        assert_string_equal(lines, "");
        sql(pg, "ALTER TABLE shop.sale RENAME pieces TO parts; ALTER TABLE shop.sale ALTER parts SET NOT NULL;"
                "ALTER TABLE shop.note RENAME TO notes; ALTER TABLE shop.customer ALTER name TYPE point USING NULL;"
                "ALTER FUNCTION shop.make_regions(text[]) RENAME TO make_areas");
        assert_int_equal(schema_check(conninfo, shop_catalogue(), count_line, lines, &faults, &error), 0);
        assert_string_equal(lines,
                            "shop.customer: column \"name\" has type point, which no value fits\n"
                            "shop.note: no such table\n"
                            "shop.sale: column \"parts\" must not be NULL, has no default, and nothing fills it\n"
                            "shop.sale: no column \"pieces\"\n"
                            "\"shop\".\"make_regions\"(text[]): no such function\n");
        assert_int_equal(faults, 5);
        open_writer(&witness, conninfo, "C1");
        wait_for(&witness.stopped);
        assert_non_null(strstr(witness.why, "faults: 5"));
        writer_free(witness.writer);
        sql(pg, "ALTER TABLE shop.sale RENAME parts TO pieces; ALTER TABLE shop.sale ALTER pieces DROP NOT NULL;"
                "ALTER TABLE shop.notes RENAME TO note; ALTER TABLE shop.customer ALTER name TYPE varchar(40) USING NULL;"
                "ALTER FUNCTION shop.make_areas(text[]) RENAME TO make_regions");
}

static void a_missing_right_is_named(void **state) {
        char lines[2000] = "";
        size_t faults = 0;
        Error error = ERROR_NULL;
        (void)state;
        sql(pg, "DROP ROLE IF EXISTS kepud_writer_test");
        sql(pg, "CREATE ROLE kepud_writer_test LOGIN");
        sql(pg, "GRANT USAGE ON SCHEMA ingest, shop TO kepud_writer_test");
        sql(pg, "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ingest, shop TO kepud_writer_test");
        sql(pg, "GRANT DELETE ON shop.customer_name TO kepud_writer_test");
        cleanup(freep) char *info = xasprintf("%s user=kepud_writer_test", conninfo);
        assert_int_equal(schema_check(info, shop_catalogue(), count_line, lines, &faults, &error), 0);
        assert_string_equal(lines, "");
        // Enough to write with, too: without the right to switch triggers off, foreign keys are checked.
        Scene scene;
        set_scene(&scene);
        writer_free(scene.witness.writer);
        open_writer(&scene.witness, info, "C1");
        wait_for(&scene.witness.ready);
        Claim mine = own(&scene.witness, 0);
        scene.batch.partitions[0].epoch = mine.epoch;
        shop_customer(&scene.batch, 0, "r", "k", "north", 1, "n");
        shop_sale(&scene.batch, 0, "s", "l", "1");
        shop_reject(&scene.batch, 0, REASON_E_JSON, SPAN_LIT(""), SPAN_LIT("{"));
        write(&scene.witness, &scene.batch);
        assert_int_equal(scene.witness.counts.accepted, 2);
        strike_scene(&scene);
        sql(pg, "REVOKE DELETE ON shop.customer_name FROM kepud_writer_test");
        sql(pg, "REVOKE UPDATE ON ingest.tally FROM kepud_writer_test");
        sql(pg, "GRANT UPDATE (accepted, duplicate, stale, rejected, last_seen) ON ingest.tally TO kepud_writer_test");
        assert_int_equal(schema_check(info, shop_catalogue(), count_line, lines, &faults, &error), 0);
        assert_string_equal(lines, "shop.customer_name: the role may not DELETE\n"
                                   "ingest.tally: the role may not UPDATE column \"warned\"\n");
        sql(pg, "DROP OWNED BY kepud_writer_test; DROP ROLE kepud_writer_test");
}

static void a_database_that_is_not_there(void **state) {
        Witness witness;
        (void)state;
        cleanup(freep) char *info = xasprintf("%s dbname=kepud_no_such", conninfo);
        open_writer(&witness, info, "C1");
        wait_for(&witness.stopped);
        assert_non_null(strstr(witness.why, "3D000"));
        writer_free(witness.writer);
        open_writer(&witness, "host=127.0.0.1 port=1 user=nobody", "C1");
        wait_for(&witness.lost);
        witness.lost = false;
        assert_non_null(strstr(witness.why, "could not connect"));
        writer_free(witness.writer);
}

static void type_numbers_are_not_used_up(void **state) {
        Witness witness;
        (void)state;
        for (int i = 0; i < 3; i++) {
                open_ready(&witness);
                writer_free(witness.writer);
        }
        assert_sql("SELECT max(type_id) FROM ingest.event_type", "3");
        assert_sql("SELECT last_value FROM ingest.event_type_type_id_seq", "3");
}

static char *read_file(const char *path) {
        FILE *file = fopen(path, "re");
        char *text = xcalloc(1, 1024 * 1024);
        if (!file || fread(text, 1, 1024 * 1024 - 1, file) == 0)
                abort();
        fclose(file);
        return text;
}

int main(void) {
        const char *server = getenv("KEPUD_TEST_CONNINFO");
        if (!server) {
                fputs("writer_driver: KEPUD_TEST_CONNINFO names no server\n", stderr);
                return 2;
        }
        cleanup(freep) char *ingest = read_file(KEPUD_SOURCE_DIR "/schema/migrations/0001_ingest.sql");
        conninfo = shop_database(server, ingest);
        pg = PQconnectdb(conninfo);
        PQclear(PQexec(pg, "SET client_min_messages = warning; SET TimeZone = 'UTC'"));
        loop = loop_new();
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_arrive_with_their_offset),
                cmocka_unit_test(duplicates_and_conflicts_are_told_apart),
                cmocka_unit_test(dead_letters_survive_hostile_text),
                cmocka_unit_test(another_owner_fences_his_partition_only),
                cmocka_unit_test(one_bad_row_of_a_thousand_is_found),
                cmocka_unit_test(a_value_too_large_is_found_before_it_is_sent),
                cmocka_unit_test(states_end_the_same_in_any_order),
                cmocka_unit_test(a_placeholder_gives_way_and_the_fullest_wins),
                cmocka_unit_test(control_records_move_the_offset),
                cmocka_unit_test(a_lost_connection_is_made_again),
                cmocka_unit_test(an_idle_connection_that_ends_is_made_again),
                cmocka_unit_test(a_deadlock_or_a_timeout_is_tried_again),
                cmocka_unit_test(a_race_on_an_event_is_a_duplicate_afterwards),
                cmocka_unit_test(claims_answer_what_is_there),
                cmocka_unit_test(a_frozen_owner_is_ended),
                cmocka_unit_test(crossing_revisions_leave_no_stale_child),
                cmocka_unit_test(a_wrong_schema_stops_and_names_every_fault),
                cmocka_unit_test(a_missing_right_is_named),
                cmocka_unit_test(a_database_that_is_not_there),
                cmocka_unit_test(type_numbers_are_not_used_up),
        };
        int failed = cmocka_run_group_tests(tests, NULL, NULL);
        PQfinish(pg);
        loop_free(loop);
        free(conninfo);
        return failed;
}
