// SPDX-License-Identifier: Apache-2.0
// Writers on the database of shop.h, what they said, and the usual steps of a test.
#pragma once
#include "shop.h"

enum { DEADLINE_MS = 30 * 1000 };

extern Loop *loop;
extern char *conninfo;
extern PGconn *pg; // looks from outside

typedef struct Witness {
        Writer *writer;
        bool ready;
        bool lost;
        bool claimed;
        bool started;
        bool noted;
        bool looked;
        bool written;
        bool stopped;
        int fenced;
        int isolated;
        int trouble;
        char sqlstate[6];
        char why[600];
        WriterCounts counts;
} Witness;

// One writer that owns partition 0, and an empty batch for it.
typedef struct Scene {
        Witness witness;
        Claim claim;
        Batch batch;
} Scene;

// Runs the loop until it is so; fails the test after DEADLINE_MS.
void wait_for(const bool *condition);
void open_writer(Witness *witness, const char *info, const char *cluster);
void open_ready(Witness *witness);
Claim claim_one(Witness *witness, int32_t partition);
// Makes the partition's row when there is none; then it is ours.
Claim own_one(Witness *witness, int32_t partition);
void begin_batch(Batch *batch, int32_t partition, const Claim *of);
void write_batch(Witness *witness, Batch *batch);
void assert_sql(const char *query, const char *expected);
// Empty tables.
void fresh(void);
void set_scene(Scene *scene);
void next_batch(Scene *scene);
void strike_scene(Scene *scene);
const char *id_of(char *text, const char *prefix, int n);
void add_sales(Batch *batch, const char *prefix, int count);

// The server is named by KEPUD_TEST_CONNINFO ("host=… user=…", keyword form; a superuser): makes the database
// kepud_writer_test there. False, and said, when the variable is missing.
bool scene_open(void);
void scene_close(void);
