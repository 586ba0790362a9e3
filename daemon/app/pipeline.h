// SPDX-License-Identifier: Apache-2.0
// The only place that knows both Kafka and PostgreSQL: partitions are claimed in the database, read from Kafka, and
// their messages written by the lane that they belong to. ARCHITECTURE.md follows a message through it.
#pragma once
#include "app/config.h"
#include "base/error.h"
#include "base/loop.h"
#include "event/catalogue.h"

typedef struct Pipeline Pipeline;

typedef struct PipelineOptions {
        const Config *config;
        const Catalogue *catalogue;
        const char *instance;
        bool frozen; // the validation clock stands at now_us
        int64_t now_us;
} PipelineOptions;

Pipeline *pipeline_new(Loop *loop, const PipelineOptions *options, Error *error);
Pipeline *pipeline_free(Pipeline *pipeline);
// Joins the consumer group.
int pipeline_run(Pipeline *pipeline, Error *error);
// Stops reading and lets what is in flight end; ask pipeline_is_done() after each round of the loop.
void pipeline_stop(Pipeline *pipeline);
bool pipeline_is_done(const Pipeline *pipeline);
// NULL while partitions are served, or the group has none for this member; else what is in the way.
const char *pipeline_trouble(const Pipeline *pipeline);
// EXIT_OK, or why it ended by itself.
int pipeline_exit_code(const Pipeline *pipeline);
// It ended because Kafka gave its place in the group away; another pipeline may take it back.
bool pipeline_is_expelled(const Pipeline *pipeline);
// True: librdkafka let go; false: the process has to end by _exit(2).
bool pipeline_leave_group(Pipeline *pipeline, int timeout_ms);
