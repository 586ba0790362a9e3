// SPDX-License-Identifier: Apache-2.0
#include "app/pipeline.h"

#include <assert.h>
#include <stdlib.h>

#include "app/pipeline_state.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/memory.h"

enum {
        TICK_MS = 1000,
        STALLED_MS = 15000,   // a batch in flight for longer is no health; a lock is waited for at most 5 s
        RELEASE_MS = 5000,    // longest wait for batches in flight when Kafka wants partitions back
        STOP_MS = 4000,       // … and when the process ends
        CLUSTER_ID_MS = 3000, // blocking; only at the first assignment, when a broker has just answered
};

void pipeline_fail(Pipeline *pipeline, int exit_code, const Error *error) {
        log_error("%s%s%s", error->text, error->hint[0] ? ". Hint: " : "", error->hint);
        if (pipeline->exit_code == EXIT_OK)
                pipeline->exit_code = exit_code;
        pipeline_stop(pipeline);
}

Part *pipeline_part(Pipeline *pipeline, Span topic, int32_t partition) {
        for (size_t i = 0; i < pipeline->part_count; i++)
                if (pipeline->parts[i].partition == partition && span_is(topic, pipeline->parts[i].topic))
                        return &pipeline->parts[i];
        return NULL;
}

static const char *intern(Pipeline *pipeline, const char *topic) {
        for (size_t i = 0; i < pipeline->topic_count; i++)
                if (strcmp(pipeline->topics[i], topic) == 0)
                        return pipeline->topics[i];
        pipeline->topics = xrealloc(pipeline->topics, (pipeline->topic_count + 1) * sizeof(char *));
        return pipeline->topics[pipeline->topic_count++] = xstrdup(topic);
}

static bool in_flight(const Pipeline *pipeline) {
        for (uint32_t i = 0; i < pipeline->lane_count; i++)
                if (pipeline->lanes[i].flight)
                        return true;
        return false;
}

static void forget_parts(Pipeline *pipeline) {
        free(pipeline->parts);
        pipeline->parts = NULL;
        pipeline->part_count = 0;
        pipeline->restart = false;
        pipeline->assignment++;
}

static void release(Pipeline *pipeline) {
        loop_timer_clear(pipeline->deadline);
        consumer_release(pipeline->consumer);
        crash_point("partitions.released");
        forget_parts(pipeline);
        pipeline->state = PIPELINE_IDLE;
}

static void start_reading(Pipeline *pipeline) {
        ConsumerPartition *list = xcalloc(pipeline->part_count + 1, sizeof(*list));
        Error error = ERROR_NULL;
        size_t count = 0;
        for (size_t i = 0; i < pipeline->part_count; i++) {
                const Part *part = &pipeline->parts[i];
                if (part->stopped)
                        continue;
                int64_t from = part->unchecked ? part->last.offset : part->position;
                list[count++] = (ConsumerPartition){part->topic, part->partition, part->lane->index, from};
                log_info("reading topic=%s partition=%d offset=%lld epoch=%lld lane=%u", part->topic, part->partition,
                         (long long)part->position, (long long)part->epoch, part->lane->index);
        }
        pipeline->restart = false;
        pipeline->state = PIPELINE_READING;
        if (consumer_start(pipeline->consumer, list, count, &error) < 0)
                pipeline_fail(pipeline, EXIT_SOFTWARE, &error);
        crash_point("reading.started");
        free(list);
}

void pipeline_settle(Pipeline *pipeline) {
        bool waiting =
                pipeline->state == PIPELINE_CLAIMING || (pipeline->state == PIPELINE_READING && pipeline->restart);
        if (waiting && claiming_is_complete(pipeline)) {
                if (pipeline->state == PIPELINE_CLAIMING)
                        log_notice("reading %zu partitions", pipeline->part_count);
                start_reading(pipeline);
        }
        if (pipeline->state == PIPELINE_RELEASING && !in_flight(pipeline))
                release(pipeline);
        if (pipeline->state == PIPELINE_STOPPING && !in_flight(pipeline))
                pipeline->state = PIPELINE_DONE;
}

// ---- events of the consumer ----

static bool know_cluster(Pipeline *pipeline) {
        if (pipeline->cluster_id)
                return true;
        const char *id = consumer_cluster_id(pipeline->consumer, CLUSTER_ID_MS);
        if (!id) {
                log_warning("no broker told the id of the cluster; asking again");
                return false;
        }
        pipeline->cluster_id = xstrdup(id);
        for (uint32_t i = 0; i < pipeline->lane_count; i++)
                claiming_connect(&pipeline->lanes[i]);
        return true;
}

static void begin_claims(Pipeline *pipeline) {
        if (!know_cluster(pipeline))
                return;
        for (uint32_t i = 0; i < pipeline->lane_count; i++)
                claiming_begin(&pipeline->lanes[i]);
        pipeline_settle(pipeline);
}

// Kafka gives a static member what it had before, even when it now subscribes to other topics.
static bool is_subscribed(const Pipeline *pipeline, const char *topic) {
        const ConfigList *topics = &pipeline->options.config->topics;
        for (size_t i = 0; i < topics->count; i++)
                if (strcmp(topics->items[i], topic) == 0)
                        return true;
        log_warning("assigned a topic that is not in kafka.topics; it is left alone topic=%s", topic);
        return false;
}

static void make_parts(Pipeline *pipeline, const ConsumerPartition *partitions, size_t count) {
        assert(pipeline->lane_count > 0); // postgres.connections is at least 1
        forget_parts(pipeline);
        pipeline->parts = xcalloc(count + 1, sizeof(*pipeline->parts));
        for (size_t i = 0; i < count; i++)
                if (is_subscribed(pipeline, partitions[i].topic))
                        pipeline->parts[pipeline->part_count++] =
                                (Part){.topic = intern(pipeline, partitions[i].topic),
                                       .partition = partitions[i].partition,
                                       .lane = &pipeline->lanes[i % pipeline->lane_count],
                                       .end = -1,
                                       .held_at = -1};
}

static void assigned(void *userdata, const ConsumerPartition *partitions, size_t count) {
        Pipeline *pipeline = userdata;
        log_notice("assigned %zu partitions", count);
        if (pipeline->state == PIPELINE_STOPPING || pipeline->state == PIPELINE_DONE)
                return;
        for (uint32_t i = 0; i < pipeline->lane_count; i++)
                lane_forget(&pipeline->lanes[i]);
        make_parts(pipeline, partitions, count);
        crash_point("partitions.assigned");
        loop_timer_clear(pipeline->deadline);
        pipeline->state = PIPELINE_CLAIMING;
        begin_claims(pipeline);
}

static void revoked(void *userdata, bool lost) {
        Pipeline *pipeline = userdata;
        log_notice("partitions are taken back by the group%s", lost ? " (lost)" : "");
        if (pipeline->state == PIPELINE_STOPPING || pipeline->state == PIPELINE_DONE) {
                consumer_release(pipeline->consumer);
                return;
        }
        for (uint32_t i = 0; i < pipeline->lane_count; i++)
                lane_forget(&pipeline->lanes[i]);
        pipeline->state = PIPELINE_RELEASING;
        crash_point("partitions.revoked");
        loop_timer_set(pipeline->deadline, lost ? 0 : RELEASE_MS);
        pipeline_settle(pipeline);
}

static void readable(void *userdata, uint32_t lane) {
        Pipeline *pipeline = userdata;
        lane_fill(&pipeline->lanes[lane]);
        lane_flush(&pipeline->lanes[lane]);
}

static void note(void *userdata, int level, const char *text, bool fatal) {
        Pipeline *pipeline = userdata;
        if (!fatal) {
                log_line((LogLevel)level, "%s", text);
                return;
        }
        Error error = ERROR_NULL;
        error_set(&error, "Kafka ended this member of the group: %s", text);
        error_hint(&error, "is another process running with the same kafka.instance? Give each its own");
        pipeline->expelled = true;
        pipeline_fail(pipeline, EXIT_UNAVAILABLE, &error);
}

// ---- timers ----

static void deadline_reached(void *userdata) {
        Pipeline *pipeline = userdata;
        if (pipeline->state == PIPELINE_RELEASING)
                release(pipeline);
        if (pipeline->state == PIPELINE_STOPPING)
                pipeline->state = PIPELINE_DONE;
}

static void ticked(void *userdata) {
        Pipeline *pipeline = userdata;
        loop_timer_set(pipeline->tick, TICK_MS);
        if (pipeline->state == PIPELINE_CLAIMING)
                begin_claims(pipeline);
        pipeline_settle(pipeline);
        if (pipeline->state != PIPELINE_READING)
                return;
        for (uint32_t i = 0; i < pipeline->lane_count; i++) {
                claiming_begin(&pipeline->lanes[i]);
                lane_advance_ends(&pipeline->lanes[i]);
                lane_fill(&pipeline->lanes[i]);
                lane_flush(&pipeline->lanes[i]);
        }
        withheld_look(pipeline);
}

// ---- life ----

// The id of a static member tells its topics apart: with other topics it is another member, or Kafka would go on
// giving it the old ones.
static char *member_id(const PipelineOptions *options) {
        Buffer topics = BUFFER_NULL;
        for (size_t i = 0; i < options->config->topics.count; i++)
                buffer_printf(&topics, "%s\n", options->config->topics.items[i]);
        Digest digest = digest_of((Span){topics.ptr, topics.len});
        buffer_deinit(&topics);
        return xasprintf("%s-%02x%02x%02x", options->instance, digest.bytes[0], digest.bytes[1], digest.bytes[2]);
}

Pipeline *pipeline_new(Loop *loop, const PipelineOptions *options, Error *error) {
        static const ConsumerEvents events = {assigned, revoked, readable, note};
        const Config *config = options->config;
        Pipeline *pipeline = xcalloc(1, sizeof(*pipeline));
        pipeline->loop = loop;
        pipeline->options = *options;
        pipeline->scratch = ARENA_NULL;
        pipeline->judge = judge_new(options->catalogue, true);
        judge_set_window(pipeline->judge, config->dedup_window_days);
        pipeline->lane_count = (uint32_t)config->connections;
        pipeline->lanes = xcalloc(pipeline->lane_count, sizeof(*pipeline->lanes));
        for (uint32_t i = 0; i < pipeline->lane_count; i++)
                lane_init(&pipeline->lanes[i], pipeline, i);
        pipeline->deadline = loop_timer(loop, deadline_reached, pipeline);
        pipeline->tick = loop_timer(loop, ticked, pipeline);
        cleanup(freep) char *member = member_id(options);
        ConsumerOptions consumer = {.brokers = config->brokers,
                                    .group = config->group,
                                    .instance = member,
                                    .topics = config->topics.items,
                                    .topic_count = config->topics.count,
                                    .properties = config->properties.items,
                                    .property_count = config->properties.count,
                                    .memory_bytes = (size_t)config->memory_bytes,
                                    .lanes = pipeline->lane_count};
        pipeline->consumer = consumer_new(loop, &consumer, &events, pipeline, error);
        return pipeline->consumer ? pipeline : pipeline_free(pipeline);
}

Pipeline *pipeline_free(Pipeline *pipeline) {
        if (!pipeline)
                return NULL;
        for (uint32_t i = 0; i < pipeline->lane_count; i++)
                lane_deinit(&pipeline->lanes[i]);
        for (size_t i = 0; i < pipeline->topic_count; i++)
                free(pipeline->topics[i]);
        free(pipeline->topics);
        free(pipeline->lanes);
        free(pipeline->parts);
        free(pipeline->cluster_id);
        arena_deinit(&pipeline->scratch);
        judge_free(pipeline->judge);
        free(pipeline);
        return NULL;
}

int pipeline_run(Pipeline *pipeline, Error *error) {
        loop_timer_set(pipeline->tick, TICK_MS);
        return consumer_subscribe(pipeline->consumer, error);
}

void pipeline_stop(Pipeline *pipeline) {
        if (pipeline->state == PIPELINE_STOPPING || pipeline->state == PIPELINE_DONE)
                return;
        for (uint32_t i = 0; i < pipeline->lane_count; i++)
                lane_forget(&pipeline->lanes[i]);
        pipeline->state = PIPELINE_STOPPING;
        loop_timer_set(pipeline->deadline, STOP_MS);
        pipeline_settle(pipeline);
}

bool pipeline_is_done(const Pipeline *pipeline) {
        return pipeline->state == PIPELINE_DONE;
}

const char *pipeline_trouble(const Pipeline *pipeline) {
        for (size_t i = 0; i < pipeline->part_count; i++)
                if (pipeline->parts[i].stopped && !pipeline->parts[i].paused)
                        return "a partition has stopped; the log and ingest.kafka_offset.stop_reason say why";
        for (uint32_t i = 0; i < pipeline->lane_count; i++) {
                const Lane *lane = &pipeline->lanes[i];
                if (lane->writer && !lane->connected)
                        return "no connection to PostgreSQL";
                if (lane->refused)
                        return "PostgreSQL refuses for now; the log says why";
                if (lane->flight && clock_monotonic_ms() - lane->flight->first_arrival_ms > STALLED_MS)
                        return "PostgreSQL keeps a batch waiting";
        }
        for (size_t i = 0; i < pipeline->part_count; i++)
                if (pipeline->parts[i].held_told && !pipeline->parts[i].stopped)
                        return "Kafka holds messages back behind an open transaction; the log says where";
        if (pipeline->state == PIPELINE_IDLE)
                return "not a member of the consumer group yet";
        if (pipeline->state == PIPELINE_CLAIMING || pipeline->restart)
                return "partitions are assigned, but not claimed yet";
        return NULL;
}

bool pipeline_is_expelled(const Pipeline *pipeline) {
        return pipeline->expelled;
}

int pipeline_exit_code(const Pipeline *pipeline) {
        return pipeline->exit_code;
}

bool pipeline_leave_group(Pipeline *pipeline, int timeout_ms) {
        return consumer_close(TAKE_PTR(pipeline->consumer), timeout_ms);
}
