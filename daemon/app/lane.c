// SPDX-License-Identifier: Apache-2.0
// A lane: its share of the partitions, one batch that fills, at most one that is being written.
#include <stdlib.h>

#include "app/pipeline_state.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"

enum {
        SCRATCH_KEPT = 1 << 20, // bytes kept from message to message
        MESSAGES_A_TURN = 16,   // then other descriptors have theirs: PostgreSQL waits for the next step meanwhile
};

static void age_reached(void *userdata) {
        lane_flush(userdata);
}

static void next_turn(void *userdata) {
        lane_fill(userdata);
        lane_flush(userdata);
}

void lane_init(Lane *lane, Pipeline *pipeline, uint32_t index) {
        *lane = (Lane){.pipeline = pipeline, .index = index};
        batch_init(&lane->batches[0]);
        batch_init(&lane->batches[1]);
        lane->filling = &lane->batches[0];
        lane->age = loop_timer(pipeline->loop, age_reached, lane);
        lane->turn = loop_timer(pipeline->loop, next_turn, lane);
}

void lane_deinit(Lane *lane) {
        writer_free(lane->writer);
        batch_deinit(&lane->batches[0]);
        batch_deinit(&lane->batches[1]);
        free(lane->claims);
        free(lane->claim_parts);
        free(lane->starts);
}

bool lane_reads(const Lane *lane) {
        return lane->pipeline->state == PIPELINE_READING && !lane->pipeline->restart;
}

bool lane_is_full(const Lane *lane) {
        const Config *config = lane->pipeline->options.config;
        return lane->filling->count >= (size_t)config->batch_events ||
               batch_memory(lane->filling) >= (size_t)config->batch_bytes;
}

static bool has_work(const Lane *lane) {
        return lane->filling->partition_count > 0;
}

static int64_t age_ms(const Lane *lane) {
        return clock_monotonic_ms() - lane->filling->first_arrival_ms;
}

static uint32_t batch_entry(Lane *lane, const Part *part) {
        if (lane->filling->first_arrival_ms == 0) {
                lane->filling->first_arrival_ms = clock_monotonic_ms();
                loop_timer_set(lane->age, lane->pipeline->options.config->batch_age_ms);
        }
        Span topic = {part->topic, strlen(part->topic)};
        return batch_partition(lane->filling, topic, part->partition, part->epoch, part->sealed);
}

// What outlives the scratch memory of one message.
static void keep_rejected(Arena *arena, Item *item) {
        item->why.pointer = arena_copy(arena, item->why.pointer);
        item->why.detail = arena_copy(arena, item->why.detail);
        item->event.id = arena_copy(arena, item->event.id);
        item->event.source = arena_copy(arena, item->event.source);
        item->event.type_name = arena_copy(arena, item->event.type_name);
}

static void judge_item(Lane *lane, Item *item) {
        Pipeline *pipeline = lane->pipeline;
        int64_t now = pipeline->options.frozen ? pipeline->options.now_us : clock_realtime_us();
        if (judge_message(pipeline->judge, &item->message, now, &pipeline->scratch, &item->event, &item->why)) {
                judge_normalize(pipeline->judge, &lane->filling->arena, &item->event);
                batch_number_source(lane->filling, item);
        } else {
                keep_rejected(&lane->filling->arena, item);
        }
}

static Span copy_or_null(Arena *arena, Span span) {
        return span.ptr ? arena_copy(arena, span) : span;
}

// librdkafka's own memory is given back at once: a held message would keep its whole fetch response.
static Message copy_message(Arena *arena, const Message *message, Span topic) {
        Message copy = *message;
        Header *headers = arena_alloc(arena, message->header_count * sizeof(*headers));
        copy.topic = topic;
        copy.key = copy_or_null(arena, message->key);
        copy.value = copy_or_null(arena, message->value);
        for (size_t i = 0; i < message->header_count; i++)
                headers[i] = (Header){copy_or_null(arena, message->headers[i].name),
                                      copy_or_null(arena, message->headers[i].value)};
        copy.headers = headers;
        return copy;
}

static void take_message(Lane *lane, Part *part, const Message *message) {
        crash_point("message.received");
        Batch *batch = lane->filling;
        uint32_t entry = batch_entry(lane, part);
        Item *item = batch_add(batch);
        item->partition = entry;
        item->message = copy_message(&batch->arena, message, batch->partitions[entry].topic);
        judge_item(lane, item);
        crash_point("message.judged");
        part->position = message->offset + 1;
        batch->partitions[entry].end = part->position;
}

static void take(Lane *lane, Part *part, ConsumerRead got, const Message *message) {
        if (got == CONSUMER_MESSAGE) {
                if (part->unchecked)
                        recheck_message(lane, part, message);
                if (!part->unchecked && !part->stopped && message->offset >= part->position)
                        take_message(lane, part, message);
        } else if (got == CONSUMER_END) {
                if (part->unchecked)
                        recheck_end(lane, part, message->offset);
                if (!part->unchecked && !part->stopped)
                        recheck_position(lane, part, message->offset);
        } else if (got == CONSUMER_OUT_OF_RANGE) {
                recheck_out_of_range(lane, part);
        } else if (got == CONSUMER_DAMAGED) {
                part_stop(part, "a record cannot be decoded (checksum or compression)");
        }
}

// False: nothing more to read now.
static bool read_one(Lane *lane) {
        Message message;
        void *owned = NULL;
        ConsumerRead got =
                consumer_read(lane->pipeline->consumer, lane->index, &lane->pipeline->scratch, &message, &owned);
        if (got == CONSUMER_NOTHING)
                return false;
        if (got == CONSUMER_ERROR)
                return true;
        Part *part = pipeline_part(lane->pipeline, message.topic, message.partition);
        bool wanted = part && part->lane == lane && !part->fenced && !part->stopped;
        // Anything else was read before the partition was taken away or moved.
        if (wanted)
                take(lane, part, got, &message);
        if (got == CONSUMER_MESSAGE)
                consumer_release_message(owned);
        arena_reset(&lane->pipeline->scratch, SCRATCH_KEPT);
        return true;
}

// librdkafka tells of messages once, when they come: what this turn leaves behind needs another one.
void lane_fill(Lane *lane) {
        for (int i = 0; lane_reads(lane) && !lane_is_full(lane); i++) {
                if (i == MESSAGES_A_TURN) {
                        loop_timer_set(lane->turn, 0);
                        return;
                }
                if (!read_one(lane))
                        return;
        }
}

// Control records and aborted transactions are no messages: at the end of a partition the offset moves past them.
void lane_advance_ends(Lane *lane) {
        Pipeline *pipeline = lane->pipeline;
        for (size_t i = 0; i < pipeline->part_count; i++) {
                Part *part = &pipeline->parts[i];
                if (part->lane != lane || !part->claimed || part->stopped || part->end <= part->position)
                        continue;
                part->position = part->end;
                uint32_t entry = batch_entry(lane, part); // may move the array
                lane->filling->partitions[entry].end = part->end;
        }
}

static void seal(Lane *lane) {
        Batch *batch = lane->filling;
        for (size_t i = 0; i < batch->partition_count; i++) {
                BatchPartition *entry = &batch->partitions[i];
                Part *part = pipeline_part(lane->pipeline, entry->topic, entry->partition);
                if (part && !entry->dropped)
                        part->sealed = entry->end;
        }
        lane->flight = batch;
        lane->filling = batch == &lane->batches[0] ? &lane->batches[1] : &lane->batches[0];
        loop_timer_clear(lane->age);
        crash_point("batch.closed");
        writer_write(lane->writer, batch);
}

static bool all_claimed(const Lane *lane) {
        const Pipeline *pipeline = lane->pipeline;
        for (size_t i = 0; i < pipeline->part_count; i++)
                if (pipeline->parts[i].lane == lane && !pipeline->parts[i].claimed && !pipeline->parts[i].stopped)
                        return false;
        return true;
}

void lane_flush(Lane *lane) {
        bool free_to_write = lane->writer && writer_is_ready(lane->writer) && !lane->flight && !lane->claiming &&
                             all_claimed(lane);
        bool due = lane_is_full(lane) || age_ms(lane) >= lane->pipeline->options.config->batch_age_ms;
        if (!lane_reads(lane) || !has_work(lane) || !free_to_write || !due)
                return;
        seal(lane);
        lane_fill(lane);
}

void lane_forget(Lane *lane) {
        batch_reset(lane->filling);
        loop_timer_clear(lane->age);
}

static void commit_to_kafka(Lane *lane, const Batch *batch) {
        ConsumerPartition next[64]; // for lag tools only: a share of very many partitions is enough
        size_t count = 0;
        for (size_t i = 0; i < batch->partition_count && count < 64; i++) {
                const BatchPartition *entry = &batch->partitions[i];
                const Part *part = pipeline_part(lane->pipeline, entry->topic, entry->partition);
                if (part && !entry->dropped)
                        next[count++] = (ConsumerPartition){part->topic, part->partition, lane->index, entry->end};
        }
        if (count > 0)
                consumer_commit(lane->pipeline->consumer, next, count);
}

void lane_written(Lane *lane, Batch *batch, const WriterCounts *counts) {
        log_info("batch written lane=%u events=%zu accepted=%zu duplicates=%zu stale=%zu rejected=%zu rows=%zu "
                 "placeholders=%zu age_ms=%lld",
                 lane->index, batch->count, counts->accepted, counts->duplicates, counts->stale, counts->rejected,
                 counts->rows, counts->placeholders, (long long)(clock_monotonic_ms() - batch->first_arrival_ms));
        crash_point("kafka.untold");
        commit_to_kafka(lane, batch);
        crash_point("kafka.told");
        batch_reset(batch);
        lane->flight = NULL;
        lane->refused = false;
        claiming_begin(lane);
        lane_fill(lane);
        lane_flush(lane);
        pipeline_settle(lane->pipeline);
}
