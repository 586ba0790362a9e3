// SPDX-License-Identifier: Apache-2.0
// Messages that are written in one transaction, with their verdicts so far. Filled by app/lane.c, read by
// postgres/writer.c, reset after COMMIT. Arrival order; the items of one partition ascend in offset.
#pragma once
#include "base/arena.h"
#include "base/keymap.h"
#include "event/event.h"
#include "event/message.h"
#include "event/reject.h"

// A partition and how far this batch moves it.
typedef struct BatchPartition {
        Span topic;
        int32_t partition;
        int64_t epoch;    // of our claim
        int64_t expected; // next_offset before this batch
        int64_t end;      // next_offset when all of the batch is written (≥ last offset + 1: control records)
        bool dropped;     // no longer ours, or already written: neither its items nor its offset are written
} BatchPartition;

typedef struct Item {
        uint32_t partition; // index into batch->partitions
        uint32_t source;    // accepted: index into batch->sources
        Message message;    // memory of the batch's arena; the topic's name is the partition's
        bool skip;          // already written by an earlier transaction: left out
        Reject why;         // why.reason == REASON_NONE: `event` is accepted so far
        Event event;        // rejected: id, source, type as far as they were read
} Item;

typedef struct Batch {
        Arena arena;
        Item *items;
        size_t count;
        size_t size; // room in items
        BatchPartition *partitions;
        size_t partition_count;
        size_t partition_size;
        Span *sources; // of accepted events
        size_t source_count;
        size_t source_size;
        KeyMap source_index;
        int64_t first_arrival_ms; // monotonic; 0: empty
} Batch;

void batch_init(Batch *batch);
void batch_reset(Batch *batch);
void batch_deinit(Batch *batch);
// Bytes that it takes: its messages, and what was made of them.
size_t batch_memory(const Batch *batch);
// The next free item, zeroed; the pointer is valid until the next call.
Item *batch_add(Batch *batch);
// The item's event was accepted: its source gets a number, the same for all of one source (but in a batch with very
// many of them), and the item points to the batch's copy.
void batch_number_source(Batch *batch, Item *item);
// The entry of a partition that is not dropped; made with the given epoch and expected offset when it is new.
uint32_t batch_partition(Batch *batch, Span topic, int32_t partition, int64_t epoch, int64_t expected);
