// SPDX-License-Identifier: Apache-2.0
// What the writer does when something is wrong, against a real PostgreSQL: losses, races, owners (scene.h).
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/memory.h"
#include "postgres/connection.h"
#include "scene.h"

static void a_lost_connection_is_made_again(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        add_sales(&scene.batch, "s", 100);
        write_batch(&scene.witness, &scene.batch);
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
        assert_sql("SELECT count(*) || ' ' || (SELECT next_offset FROM ingest.kafka_offset) FROM ingest.ledger",
                   "100 100");
        Claim again = claim_one(&scene.witness, 0);
        assert_int_equal(again.next_offset, 100);
        scene.batch.partitions[0].epoch = again.epoch;
        scene.batch.partitions[0].expected = again.next_offset;
        write_batch(&scene.witness, &scene.batch);
        assert_sql("SELECT count(*) || ' ' || (SELECT next_offset FROM ingest.kafka_offset) FROM shop.sale",
                   "5100 5100");
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

// On a slow line what follows is no faster: it must not be tried whole again and again.
static void what_took_too_long_stays_small_for_a_while(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        add_sales(&scene.batch, "s", 64);
        sql(pg, "BEGIN; LOCK TABLE shop.sale");
        scene.witness.written = false;
        writer_write(scene.witness.writer, &scene.batch);
        int64_t deadline = clock_monotonic_ms() + DEADLINE_MS;
        while (scene.witness.trouble < 2) {
                assert_true(clock_monotonic_ms() < deadline);
                sql(pg, "SELECT pg_cancel_backend(pid) FROM pg_locks WHERE NOT granted");
                loop_run_once(loop, 10);
        }
        sql(pg, "ROLLBACK");
        wait_for(&scene.witness.written);
        assert_int_equal(scene.witness.counts.transactions, 64 / 16);
        static const char *const prefixes[] = {"t", "u", "v", "w"};
        static const size_t transactions[] = {4, 4, 4, 2}; // the 16th makes it twice as much
        for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
                next_batch(&scene);
                add_sales(&scene.batch, prefixes[i], 64);
                write_batch(&scene.witness, &scene.batch);
                assert_int_equal(scene.witness.counts.transactions, transactions[i]);
        }
        assert_sql("SELECT count(*) FROM shop.sale", "320");
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
        sql(pg, "INSERT INTO ingest.ledger VALUES (now(), now(), 1, now(), 1, 1, '%s', '%s', 'a', NULL)", key,
            content);
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
        own_one(&witness, 0);
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
        Claim refused = claim_one(&stranger, 0);
        assert_true(refused.refused);
        assert_false(refused.found);
        assert_string_equal(refused.refusal, "belongs to cluster C1, group kepud; this is cluster C2, group kepud");
        writer_free(witness.writer);
        writer_free(stranger.writer);
}

static void one_cluster_and_group_for_all_partitions_of_a_topic(void **state) {
        Witness witness;
        Witness stranger;
        (void)state;
        fresh();
        open_ready(&witness);
        own_one(&witness, 0);
        open_writer(&stranger, conninfo, "C2");
        wait_for(&stranger.ready);
        Claim refused = claim_one(&stranger, 1);
        assert_true(refused.refused);
        // It looked before our row was there.
        writer_start(stranger.writer, &(Start){SHOP_TOPIC, 1, 0, 0}, 1);
        wait_for(&stranger.started);
        assert_sql("SELECT string_agg(partition || cluster_id, ' ') FROM ingest.kafka_offset", "0C1");
        // Rows of both: nobody goes on, not even on his own.
        sql(pg, "INSERT INTO ingest.kafka_offset (topic, partition, cluster_id, group_name, next_offset)"
                " VALUES ('shop.events', 1, 'C2', 'kepud', 0)");
        assert_true(claim_one(&stranger, 1).refused);
        assert_true(claim_one(&witness, 0).refused);
        assert_sql("SELECT max(epoch) FROM ingest.kafka_offset", "1");
        writer_free(witness.writer);
        writer_free(stranger.writer);
}

static void a_stop_is_noted_until_the_partition_moves(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        sql(pg, "INSERT INTO ingest.kafka_offset (topic, partition, cluster_id, group_name, next_offset)"
                " VALUES ('shop.events', 1, 'C2', 'kepud', 0)");
        for (int32_t partition = 0; partition < 2; partition++) {
                scene.witness.noted = false;
                writer_note_stop(scene.witness.writer, SHOP_TOPIC, partition, "gone");
                assert_false(writer_is_ready(scene.witness.writer));
                wait_for(&scene.witness.noted);
                assert_true(writer_is_ready(scene.witness.writer));
        }
        assert_sql("SELECT string_agg(coalesce(stop_reason, '-'), ' ' ORDER BY partition) FROM ingest.kafka_offset",
                   "gone -");
        shop_sale(&scene.batch, 0, "a", NULL, "1");
        write_batch(&scene.witness, &scene.batch);
        assert_sql("SELECT stop_reason IS NULL FROM ingest.kafka_offset WHERE partition = 0", "t");
        strike_scene(&scene);
}

// Two processes start with a new topic: both look, both make the row, both claim.
static void a_row_made_meanwhile_is_claimed(void **state) {
        Witness witness;
        (void)state;
        fresh();
        open_ready(&witness);
        // Our first look at the table finds nothing and waits; the second one comes after the other's commit.
        PGconn *other = PQconnectdb(conninfo);
        sql(other, "CREATE FUNCTION pg_temp.make() RETURNS void LANGUAGE sql AS $$ INSERT INTO ingest.kafka_offset"
                   " (topic, partition, cluster_id, group_name, next_offset) VALUES ('shop.events', 0, 'C1', "
                   "'kepud', 5) $$");
        for (int i = 0; i < 200; i++) {
                Claim one = {.topic = SHOP_TOPIC};
                fresh();
                witness.claimed = false;
                writer_claim(witness.writer, &one, 1);
                for (int rounds = i % 5; rounds > 0 && !witness.claimed; rounds--)
                        loop_run_once(loop, 10);
                sql(other, "SELECT pg_temp.make()");
                wait_for(&witness.claimed);
                assert_false(one.refused);
        }
        PQfinish(other);
        writer_free(witness.writer);
}

static void a_frozen_owner_is_ended(void **state) {
        Scene scene;
        (void)state;
        set_scene(&scene);
        PGconn *frozen = PQconnectdb(conninfo);
        sql(frozen, "BEGIN");
        sql(frozen, "UPDATE ingest.kafka_offset SET next_offset = 77");
        Claim again = claim_one(&scene.witness, 0);
        assert_true(again.found);
        assert_int_equal(again.next_offset, 0);
        PQclear(PQexec(frozen, "SELECT 1"));
        assert_int_equal(PQstatus(frozen), CONNECTION_BAD);
        PQfinish(frozen);
        strike_scene(&scene);
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

typedef struct Silence {
        Connection *connection;
        bool down;
        char sqlstate[6];
} Silence;

static void on_silence(void *userdata, const Result *result, const PgError *error) {
        (void)userdata;
        (void)result;
        (void)error;
        fail_msg("an answer");
}

static void ask_for_silence(void *userdata) {
        connection_script(((Silence *)userdata)->connection, "SELECT pg_sleep(60)", on_silence, userdata);
}

static void on_given_up(void *userdata, const PgError *error) {
        Silence *silence = userdata;
        silence->down = true;
        snprintf(silence->sqlstate, sizeof(silence->sqlstate), "%s", error->sqlstate);
}

// As when its machine is gone: nothing comes, not even an end of the connection.
static void a_silent_server_is_given_up(void **state) {
        (void)state;
        ConnectionOptions options = {
                .conninfo = conninfo, .application_name = "kepud/silence", .statement_timeout_ms = 100};
        Silence silence = {0};
        silence.connection =
                connection_new(loop, &options, &(ConnectionEvents){ask_for_silence, on_given_up}, &silence);
        connection_open(silence.connection);
        wait_for(&silence.down);
        assert_string_equal(silence.sqlstate, "08006");
        connection_free(silence.connection);
        sql(pg, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kepud/silence'");
}

static void thaw(void *userdata) {
        assert_int_equal(kill(*(pid_t *)userdata, SIGCONT), 0);
}

typedef struct Slowness {
        Silence silence; // first
        pid_t backend;
        LoopTimer *timer;
} Slowness;

static void ask_the_frozen(void *userdata) {
        Slowness *slow = userdata;
        slow->backend = (pid_t)strtol(
                sql(pg, "SELECT pid FROM pg_stat_activity WHERE application_name = 'kepud/slow'"), NULL, 10);
        assert_int_equal(kill(slow->backend, SIGSTOP), 0);
        ask_for_silence(&slow->silence);
        loop_timer_set(slow->timer, 300);
}

// What is sent may stay on the way for a moment. That it then arrives does not double the deadline.
static void a_server_that_falls_silent_is_given_up_in_time(void **state) {
        enum { TIMEOUT_MS = 3000 };
        (void)state;
        ConnectionOptions options = {
                .conninfo = conninfo, .application_name = "kepud/slow", .statement_timeout_ms = TIMEOUT_MS};
        Slowness slow = {0};
        slow.timer = loop_timer(loop, thaw, &slow.backend);
        slow.silence.connection =
                connection_new(loop, &options, &(ConnectionEvents){ask_the_frozen, on_given_up}, &slow);
        int64_t began_ms = clock_monotonic_ms();
        connection_open(slow.silence.connection);
        wait_for(&slow.silence.down);
        assert_in_range(clock_monotonic_ms() - began_ms, TIMEOUT_MS, TIMEOUT_MS * 5 / 3);
        connection_free(slow.silence.connection);
        sql(pg, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kepud/slow'");
}

int main(void) {
        if (!scene_open())
                return 2;
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_lost_connection_is_made_again),
                cmocka_unit_test(an_idle_connection_that_ends_is_made_again),
                cmocka_unit_test(a_deadlock_or_a_timeout_is_tried_again),
                cmocka_unit_test(what_took_too_long_stays_small_for_a_while),
                cmocka_unit_test(a_race_on_an_event_is_a_duplicate_afterwards),
                cmocka_unit_test(claims_answer_what_is_there),
                cmocka_unit_test(one_cluster_and_group_for_all_partitions_of_a_topic),
                cmocka_unit_test(a_stop_is_noted_until_the_partition_moves),
                cmocka_unit_test(a_row_made_meanwhile_is_claimed),
                cmocka_unit_test(a_frozen_owner_is_ended),
                cmocka_unit_test(a_database_that_is_not_there),
                cmocka_unit_test(a_silent_server_is_given_up),
                cmocka_unit_test(a_server_that_falls_silent_is_given_up_in_time),
        };
        int failed = cmocka_run_group_tests(tests, NULL, NULL);
        scene_close();
        return failed;
}
