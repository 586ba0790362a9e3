// SPDX-License-Identifier: Apache-2.0
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/memory.h"

Loop *loop;
char *conninfo;
PGconn *pg;

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
static void on_noted(void *userdata) {
        ((Witness *)userdata)->noted = true;
}
static void on_looked(void *userdata, Claim *claims, size_t count) {
        (void)claims;
        (void)count;
        ((Witness *)userdata)->looked = true;
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

static const WriterEvents events = {on_ready,   on_lost,   on_claimed, on_started,  on_noted,  on_looked,
                                    on_written, on_fenced, on_trouble, on_isolated, on_stopped};

void wait_for(const bool *condition) {
        int64_t deadline = clock_monotonic_ms() + DEADLINE_MS;
        while (!*condition) {
                if (clock_monotonic_ms() > deadline)
                        fail_msg("nothing happened within %d ms", DEADLINE_MS);
                loop_run_once(loop, 100);
        }
}

void open_writer(Witness *witness, const char *info, const char *cluster) {
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

void open_ready(Witness *witness) {
        open_writer(witness, conninfo, "C1");
        wait_for(&witness->ready);
}

Claim claim_one(Witness *witness, int32_t partition) {
        Claim one = {.topic = SHOP_TOPIC, .partition = partition};
        witness->claimed = false;
        writer_claim(witness->writer, &one, 1);
        wait_for(&witness->claimed);
        return one;
}

Claim own_one(Witness *witness, int32_t partition) {
        Claim one = claim_one(witness, partition);
        if (one.found)
                return one;
        witness->started = false;
        writer_start(witness->writer, &(Start){SHOP_TOPIC, partition, 0, 0}, 1);
        wait_for(&witness->started);
        return claim_one(witness, partition);
}

void begin_batch(Batch *batch, int32_t partition, const Claim *of) {
        uint32_t index = batch_partition(batch, SHOP_TOPIC, partition, of->epoch, of->next_offset);
        batch->partitions[index].end = of->next_offset;
}

void write_batch(Witness *witness, Batch *batch) {
        witness->written = false;
        writer_write(witness->writer, batch);
        wait_for(&witness->written);
}

void assert_sql(const char *query, const char *expected) {
        char answer[4096];
        snprintf(answer, sizeof(answer), "%s", sql(pg, "%s", query));
        if (strcmp(answer, expected) != 0)
                fail_msg("%s: %s instead of %s", query, answer, expected);
}

void fresh(void) {
        sql(pg, "TRUNCATE ingest.kafka_offset, ingest.ledger, ingest.tally, ingest.dead_letter, ingest.event_source,"
                " shop.sale, shop.customer_name, shop.customer, shop.region, shop.note CASCADE");
}

void set_scene(Scene *scene) {
        fresh();
        open_ready(&scene->witness);
        scene->claim = own_one(&scene->witness, 0);
        batch_init(&scene->batch);
        begin_batch(&scene->batch, 0, &scene->claim);
}

void next_batch(Scene *scene) {
        scene->claim.next_offset = scene->batch.partitions[0].end;
        batch_reset(&scene->batch);
        begin_batch(&scene->batch, 0, &scene->claim);
}

void strike_scene(Scene *scene) {
        writer_free(scene->witness.writer);
        batch_deinit(&scene->batch);
}

const char *id_of(char *text, const char *prefix, int n) {
        snprintf(text, 40, "%s%d", prefix, n);
        return text;
}

void add_sales(Batch *batch, const char *prefix, int count) {
        char id[40];
        char customer[40];
        for (int i = 0; i < count; i++)
                shop_sale(batch, 0, id_of(id, prefix, i), id_of(customer, "c", i % 10), "12.50");
}

static char *read_file(const char *path) {
        FILE *file = fopen(path, "re");
        char *text = xcalloc(1, 1024 * 1024);
        if (!file || fread(text, 1, 1024 * 1024 - 1, file) == 0)
                abort();
        fclose(file);
        return text;
}

bool scene_open(void) {
        const char *server = getenv("KEPUD_TEST_CONNINFO");
        if (!server) {
                fputs("KEPUD_TEST_CONNINFO names no server\n", stderr);
                return false;
        }
        cleanup(freep) char *ingest = read_file(KEPUD_SOURCE_DIR "/schema/migrations/0001_ingest.sql");
        conninfo = shop_database(server, ingest);
        pg = PQconnectdb(conninfo);
        PQclear(PQexec(pg, "SET client_min_messages = warning; SET TimeZone = 'UTC'"));
        loop = loop_new();
        return true;
}

void scene_close(void) {
        PQfinish(pg);
        loop = loop_free(loop);
        free(conninfo);
}
