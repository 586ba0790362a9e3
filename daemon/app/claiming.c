// SPDX-License-Identifier: Apache-2.0
// Partitions and their rows in ingest.kafka_offset: claims, and putting what is in memory right with what the
// database says after a lost connection, a lost claim or a decision of an operator. The database is always right.
#include <stdlib.h>

#include "app/pipeline_state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

enum { LOOK_MS = 2000 }; // an operator's decision is noticed within this time, and what a batch takes

void claiming_stop(Lane *lane, const char *what, const char *hint) {
        Error error = ERROR_NULL;
        error_set(&error, "%s", what);
        error_hint(&error, "%s", hint);
        pipeline_fail(lane->pipeline, EXIT_CONFIG, &error);
}

// ---- memory against database ----

static BatchPartition *entry_of(Batch *batch, const Part *part) {
        for (size_t i = 0; batch && i < batch->partition_count; i++) {
                BatchPartition *entry = &batch->partitions[i];
                if (entry->partition == part->partition && span_is(entry->topic, part->topic) && !entry->dropped)
                        return entry;
        }
        return NULL;
}

// Items of the entry below `next` are in the database already.
static void trim(Batch *batch, BatchPartition *entry, int64_t next, int64_t epoch) {
        uint32_t index = (uint32_t)(entry - batch->partitions);
        for (size_t i = 0; i < batch->count; i++)
                if (batch->items[i].partition == index && batch->items[i].message.offset < next)
                        batch->items[i].skip = true;
        entry->epoch = epoch;
        if (next > entry->expected)
                entry->expected = next;
        if (entry->expected >= entry->end)
                entry->dropped = true;
}

// Where the oldest message that we hold of this partition stands, as the database would say it.
static int64_t oldest_held(const Lane *lane, const Part *part) {
        const BatchPartition *entry = entry_of(lane->flight, part);
        if (!entry)
                entry = entry_of(lane->filling, part);
        return entry ? entry->expected : part->position;
}

static void drop_held(Lane *lane, const Part *part) {
        BatchPartition *flight = entry_of(lane->flight, part);
        BatchPartition *filling = entry_of(lane->filling, part);
        if (flight)
                flight->dropped = true;
        if (filling)
                filling->dropped = true;
}

static void read_from(Lane *lane, Part *part, const Claim *claim) {
        drop_held(lane, part);
        part->sealed = part->position = claim->next_offset;
        part->end = -1;
        part->last = claim->last;
        part->unchecked = claim->last.offset >= 0;
        part->stopped = part->paused = claim->paused;
        lane->pipeline->restart = true;
        if (part->paused)
                log_notice("partition is paused; `kepud partition resume` goes on topic=%s partition=%d offset=%lld",
                           part->topic, part->partition, (long long)part->position);
}

// The row says `next`. Inside of what we hold: go on from there; outside: forget what we hold and read again.
static void reconcile(Lane *lane, Part *part, const Claim *claim) {
        int64_t next = claim->next_offset;
        BatchPartition *flight = entry_of(lane->flight, part);
        BatchPartition *filling = entry_of(lane->filling, part);
        bool inside = !part->fenced && next >= oldest_held(lane, part) && next <= part->position;
        part->claimed = true;
        part->fenced = false;
        part->epoch = claim->epoch;
        if (!inside || claim->paused || (!flight && !filling && next != part->position)) {
                read_from(lane, part, claim);
                return;
        }
        if (flight)
                trim(lane->flight, flight, next, claim->epoch);
        if (filling)
                trim(lane->filling, filling, next, claim->epoch);
        if (next > part->sealed)
                part->sealed = next;
}

// Partitions in flight that are no longer assigned have another owner, who starts from what the database says.
static void drop_strangers(Lane *lane) {
        for (size_t i = 0; lane->flight && i < lane->flight->partition_count; i++) {
                BatchPartition *entry = &lane->flight->partitions[i];
                const Part *part = pipeline_part(lane->pipeline, entry->topic, entry->partition);
                if (!part || !part->claimed)
                        entry->dropped = true;
        }
}

// A batch that was kept while its partitions were claimed again goes on.
static void hand_over_flight(Lane *lane) {
        if (lane->claiming || !lane->flight)
                return;
        drop_strangers(lane);
        writer_write(lane->writer, lane->flight);
}

// ---- events of the writer ----

static bool some_refused(Lane *lane) {
        for (size_t i = 0; i < lane->claim_count; i++)
                if (lane->claims[i].refused) {
                        claiming_stop(
                                lane, lane->claims[i].refusal,
                                "one database serves one cluster and consumer group for a topic; use another topic "
                                "name or database, or correct kafka.brokers and kafka.group");
                        return true;
                }
        return false;
}

static void claimed(void *userdata, Claim *claims, size_t count) {
        Lane *lane = userdata;
        Pipeline *pipeline = lane->pipeline;
        lane->claiming = lane->refused = false;
        bool current = pipeline->state == PIPELINE_CLAIMING || pipeline->state == PIPELINE_READING;
        if (!current || lane->claim_assignment != pipeline->assignment) {
                claiming_begin(lane);
                hand_over_flight(lane);
                pipeline_settle(pipeline);
                return;
        }
        if (some_refused(lane) || first_start(lane))
                return;
        for (size_t i = 0; i < count; i++)
                reconcile(lane, lane->claim_parts[i], &claims[i]);
        hand_over_flight(lane);
        pipeline_settle(pipeline);
}

static void started(void *userdata) {
        Lane *lane = userdata;
        lane->claiming = false;
        claiming_begin(lane);
}

// Messages of the partition that are still held would take the note away when they are written.
static void note_stops(Lane *lane) {
        Pipeline *pipeline = lane->pipeline;
        for (size_t i = 0; i < pipeline->part_count && !lane->flight; i++) {
                Part *part = &pipeline->parts[i];
                bool told = part->noted || part->paused;
                if (part->lane != lane || !part->stopped || told || entry_of(lane->filling, part))
                        continue;
                part->noted = lane->claiming = true;
                writer_note_stop(lane->writer, (Span){part->topic, strlen(part->topic)}, part->partition, part->why);
                return;
        }
}

static void noted(void *userdata) {
        Lane *lane = userdata;
        lane->claiming = false;
        claiming_begin(lane);
        lane_flush(lane);
        pipeline_settle(lane->pipeline);
}

// Another process has claimed the partition, or an operator has decided something about it: both raise the epoch.
static void looked(void *userdata, Claim *claims, size_t count) {
        Lane *lane = userdata;
        Pipeline *pipeline = lane->pipeline;
        lane->claiming = false;
        lane->look_after_ms = clock_monotonic_ms() + LOOK_MS;
        for (size_t i = 0; i < count && lane->claim_assignment == pipeline->assignment; i++) {
                Part *part = lane->claim_parts[i];
                if (claims[i].found && claims[i].epoch == part->epoch)
                        continue;
                log_notice("the row of a partition was changed, it is claimed again topic=%s partition=%d",
                           part->topic, part->partition);
                drop_held(lane, part);
                part->claimed = part->stopped = part->paused = part->noted = false;
                part->fenced = true;
        }
        claiming_begin(lane);
        hand_over_flight(lane);
        lane_flush(lane);
        pipeline_settle(pipeline);
}

static void ready(void *userdata) {
        Lane *lane = userdata;
        if (!lane->connected)
                log_notice("connected to PostgreSQL lane=%u", lane->index);
        lane->connected = true;
        claiming_begin(lane);
        hand_over_flight(lane);
        pipeline_settle(lane->pipeline);
}

static void lost(void *userdata, const char *why) {
        Lane *lane = userdata;
        Pipeline *pipeline = lane->pipeline;
        log_warning("no connection to PostgreSQL: %s. Hint: kepud tries again by itself and loses nothing lane=%u",
                    why, lane->index);
        lane->connected = false;
        lane->claiming = false;
        for (size_t i = 0; i < pipeline->part_count; i++)
                if (pipeline->parts[i].lane == lane)
                        pipeline->parts[i].claimed = pipeline->parts[i].noted = false;
}

static void fenced(void *userdata, Batch *batch) {
        Lane *lane = userdata;
        for (size_t i = 0; i < batch->partition_count; i++) {
                BatchPartition *entry = &batch->partitions[i];
                Part *part = pipeline_part(lane->pipeline, entry->topic, entry->partition);
                if (!entry->dropped || !part || part->lane != lane || !part->claimed)
                        continue;
                log_warning("another process owns a partition; its messages are dropped here topic=%s partition=%d",
                            part->topic, part->partition);
                drop_held(lane, part);
                part->claimed = false;
                part->fenced = true;
        }
}

static void trouble(void *userdata, const char *sqlstate, const char *message, int64_t retry_ms) {
        Lane *lane = userdata;
        if (strcmp(sqlstate, "23505") == 0) {
                log_info("two connections wrote the same key at once, the second tries again lane=%u", lane->index);
                return;
        }
        lane->refused = true;
        log_warning("PostgreSQL refused for now: %s. Hint: nothing is lost, it is tried again in %lld ms lane=%u "
                    "sqlstate=%s",
                    message, (long long)retry_ms, lane->index, sqlstate);
        claiming_begin(lane);
}

static void isolated(void *userdata, const Item *item, const char *sqlstate, const char *message) {
        (void)userdata;
        log_warning(
                "PostgreSQL refused one event, it goes to the dead letters: %s topic=%.*s partition=%d offset=%lld "
                "sqlstate=%s",
                message, (int)item->message.topic.len, item->message.topic.ptr, item->message.partition,
                (long long)item->message.offset, sqlstate);
}

static void stopped(void *userdata, const Error *error) {
        Lane *lane = userdata;
        lane->flight = NULL; // nothing more will be written
        pipeline_fail(lane->pipeline, EXIT_CONFIG, error);
}

static void written(void *userdata, Batch *batch, const WriterCounts *counts) {
        lane_written(userdata, batch, counts);
}

void claiming_connect(Lane *lane) {
        static const WriterEvents events = {ready,   lost,   claimed, started,  noted,  looked,
                                            written, fenced, trouble, isolated, stopped};
        const Pipeline *pipeline = lane->pipeline;
        WriterOptions options = {.conninfo = pipeline->options.config->conninfo,
                                 .application_name = "kepud",
                                 .cluster_id = pipeline->cluster_id,
                                 .group = pipeline->options.config->group,
                                 .instance = pipeline->options.instance};
        lane->writer = writer_new(pipeline->loop, pipeline->options.catalogue, &options, &events, lane);
        writer_connect(lane->writer);
}

// The partitions of the lane that have to be claimed, or all of them.
static void list_claims(Lane *lane, bool all) {
        Pipeline *pipeline = lane->pipeline;
        lane->claims = xrealloc(lane->claims, (pipeline->part_count + 1) * sizeof(*lane->claims));
        lane->claim_parts = xrealloc(lane->claim_parts, (pipeline->part_count + 1) * sizeof(Part *));
        lane->claim_count = 0;
        for (size_t i = 0; i < pipeline->part_count; i++) {
                Part *part = &pipeline->parts[i];
                if (part->lane != lane || (!all && (part->claimed || part->stopped)))
                        continue;
                lane->claims[lane->claim_count] =
                        (Claim){.topic = {part->topic, strlen(part->topic)}, .partition = part->partition};
                lane->claim_parts[lane->claim_count++] = part;
        }
        lane->claim_assignment = pipeline->assignment;
}

// A batch that PostgreSQL does not take for now must not keep us from claiming: what it waits for may be a row of the
// very process that we are to replace.
static void take_back_flight(Lane *lane) {
        if (!lane->flight || !writer_take_back(lane->writer))
                return;
        for (size_t i = 0; i < lane->flight->partition_count; i++) {
                BatchPartition *entry = &lane->flight->partitions[i];
                trim(lane->flight, entry, entry->expected, entry->epoch);
        }
}

// Now and then, also when nothing comes: who decides something about a partition does not tell us.
static void look(Lane *lane) {
        if (clock_monotonic_ms() < lane->look_after_ms)
                return;
        list_claims(lane, true);
        if (lane->claim_count == 0)
                return;
        lane->claiming = true;
        writer_look(lane->writer, lane->claims, lane->claim_count);
}

void claiming_begin(Lane *lane) {
        Pipeline *pipeline = lane->pipeline;
        bool wanted = pipeline->state == PIPELINE_CLAIMING || pipeline->state == PIPELINE_READING;
        if (!wanted || lane->claiming || !lane->writer)
                return;
        list_claims(lane, false);
        if (lane->claim_count > 0)
                take_back_flight(lane);
        if (!writer_is_ready(lane->writer))
                return;
        if (lane->claim_count == 0) {
                note_stops(lane);
                if (!lane->claiming)
                        look(lane);
                return;
        }
        lane->claiming = true;
        writer_claim(lane->writer, lane->claims, lane->claim_count);
}

bool claiming_is_complete(const Pipeline *pipeline) {
        for (size_t i = 0; i < pipeline->part_count; i++)
                if (!pipeline->parts[i].claimed && !pipeline->parts[i].stopped)
                        return false;
        return true;
}
