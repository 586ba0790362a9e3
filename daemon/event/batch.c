// SPDX-License-Identifier: Apache-2.0
#include "event/batch.h"

#include <stdlib.h>

#include "base/memory.h"

enum { ARENA_KEPT = 8 * 1024 * 1024 }; // bytes kept between batches, so that the steady state allocates nothing

void batch_init(Batch *batch) {
        *batch = (Batch){.arena = ARENA_NULL, .source_index = KEYMAP_NULL};
}

void batch_reset(Batch *batch) {
        batch->count = 0;
        batch->partition_count = 0;
        batch->source_count = 0;
        keymap_clear(&batch->source_index);
        batch->first_arrival_ms = 0;
        arena_reset(&batch->arena, ARENA_KEPT);
}

void batch_deinit(Batch *batch) {
        batch_reset(batch);
        arena_deinit(&batch->arena);
        free(batch->items);
        free(batch->partitions);
        free(batch->sources);
        keymap_deinit(&batch->source_index);
        *batch = (Batch){.arena = ARENA_NULL, .source_index = KEYMAP_NULL};
}

size_t batch_memory(const Batch *batch) {
        return batch->arena.used + batch->count * sizeof(Item);
}

Item *batch_add(Batch *batch) {
        if (batch->count == batch->size) {
                batch->size = batch->size ? batch->size * 2 : 256;
                batch->items = xrealloc(batch->items, batch->size * sizeof(*batch->items));
        }
        Item *item = &batch->items[batch->count++];
        memset(item, 0, sizeof(*item));
        return item;
}

void batch_number_source(Batch *batch, Item *item) {
        Span source = item->event.source;
        const KeyEntry *entry = keymap_find(&batch->source_index, source);
        item->source = entry ? (uint32_t)entry->value : (uint32_t)batch->source_count;
        if (!entry) {
                if (batch->source_count == batch->source_size) {
                        batch->source_size = batch->source_size ? batch->source_size * 2 : 64;
                        batch->sources = xrealloc(batch->sources, batch->source_size * sizeof(*batch->sources));
                }
                batch->sources[batch->source_count++] = arena_copy(&batch->arena, source);
                keymap_put(&batch->source_index, source, (int32_t)item->source);
        }
        item->event.source = batch->sources[item->source];
}

uint32_t batch_partition(Batch *batch, Span topic, int32_t partition, int64_t epoch, int64_t expected) {
        for (size_t i = 0; i < batch->partition_count; i++)
                if (!batch->partitions[i].dropped && batch->partitions[i].partition == partition &&
                    span_equal(batch->partitions[i].topic, topic))
                        return (uint32_t)i;
        if (batch->partition_count == batch->partition_size) {
                batch->partition_size = batch->partition_size ? batch->partition_size * 2 : 16;
                batch->partitions = xrealloc(batch->partitions, batch->partition_size * sizeof(*batch->partitions));
        }
        batch->partitions[batch->partition_count] = (BatchPartition){
                .topic = topic, .partition = partition, .epoch = epoch, .expected = expected, .end = expected};
        return (uint32_t)batch->partition_count++;
}
