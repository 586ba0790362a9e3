// SPDX-License-Identifier: Apache-2.0
// What the new events refer to, and has not been seen, gets a placeholder: dimension by dimension in the order of the
// catalogue, keys bytewise. So a reference always finds its row, whatever came first.
#include <stdlib.h>

#include "base/crash.h"
#include "postgres/writer_state.h"

static void add_unknown(ReferenceWork *work, Span key, uint32_t described) {
        if (keymap_find(&work->known, key))
                return;
        RESERVE(work->unknown, work->unknown_size, work->unknown_count + 1);
        work->unknown[work->unknown_count++] = (Unknown){key, described, false};
}

// A state's own row is made here as well: then all rows that are new anywhere come into being in one order, and the
// upsert only locks what is there.
static void add_described(Writer *writer, const Row *row, uint32_t item) {
        const Table *table = &writer->catalogue->tables[row->table];
        if (table->reference == UINT32_MAX || table->mode == TABLE_INSERT || table->mode == TABLE_CHILD)
                return;
        const Value *key = &row->cells[table->key[0]];
        if (key->kind == VALUE_TEXT)
                add_unknown(&writer->references[table->reference], key->text, item);
}

static int by_key(const void *a, const void *b) {
        const Unknown *left = a;
        const Unknown *right = b;
        int order = span_compare(left->key, right->key);
        return order != 0 ? order : (left->described > right->described) - (left->described < right->described);
}

static void sort_unique(ReferenceWork *work) {
        size_t kept = 0;
        if (work->unknown_count == 0)
                return;
        qsort(work->unknown, work->unknown_count, sizeof(*work->unknown), by_key);
        for (size_t i = 1; i < work->unknown_count; i++)
                if (!span_equal(work->unknown[kept].key, work->unknown[i].key))
                        work->unknown[++kept] = work->unknown[i];
        work->unknown_count = kept + 1;
}

static void collect(Writer *writer) {
        for (uint32_t i = (uint32_t)writer->begin; i < writer->limit; i++) {
                const Event *event = &item_at(writer, i)->event;
                if (writer->attempts[i].fate != FATE_NEW)
                        continue;
                for (size_t m = 0; m < event->mention_count; m++)
                        add_unknown(&writer->references[event->mentions[m].reference], event->mentions[m].key,
                                    UINT32_MAX);
                for (size_t r = 0; r < event->row_count; r++)
                        add_described(writer, &event->rows[r], i);
        }
        for (uint32_t i = 0; i < writer->catalogue->reference_count; i++)
                sort_unique(&writer->references[i]);
}

static void send_keys(Writer *writer, const ReferenceWork *work) {
        static const uint32_t types[] = {OID_TEXT};
        params_begin(&writer->params, types, 1);
        for (size_t i = 0; i < work->unknown_count; i++)
                encode_text(&writer->params.buffers[0], work->unknown[i].key);
        params_end(&writer->params, work->unknown_count);
        writer_query(writer, work->sql, attempt_step);
        crash_point("placeholders.sent");
}

bool references_send(Writer *writer) {
        if (writer->cursor == 0)
                collect(writer);
        while (writer->cursor < writer->catalogue->reference_count) {
                const ReferenceWork *work = &writer->references[writer->cursor++];
                if (work->unknown_count > 0) {
                        send_keys(writer, work);
                        return true;
                }
        }
        return false;
}

static Unknown *find(const ReferenceWork *work, Span key) {
        size_t low = 0;
        size_t high = work->unknown_count;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = span_compare(work->unknown[middle].key, key);
                if (order == 0)
                        return &work->unknown[middle];
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

// An event that names a row which nobody had described when it came.
static void warn(Writer *writer, uint32_t reference) {
        const ReferenceWork *work = &writer->references[reference];
        Reason warning = writer->catalogue->references[reference].warning;
        for (uint32_t i = (uint32_t)writer->begin; i < writer->limit && warning != REASON_NONE; i++) {
                const Event *event = &item_at(writer, i)->event;
                if (writer->attempts[i].fate != FATE_NEW)
                        continue;
                for (size_t m = 0; m < event->mention_count; m++) {
                        if (event->mentions[m].reference != reference)
                                continue;
                        const Unknown *unknown = find(work, event->mentions[m].key);
                        if (unknown && unknown->fresh && unknown->described > i)
                                writer->attempts[i].warnings |= reason_bit(warning);
                }
        }
}

bool references_take(Writer *writer, const Result *result) {
        uint32_t reference = (uint32_t)writer->cursor - 1;
        bool any = false;
        crash_point("placeholders.made");
        for (size_t row = 0; row < result_rows(result); row++) {
                Unknown *unknown = find(&writer->references[reference], result_span(result, row, 0));
                if (!unknown) // a function may have made more, parents for example
                        continue;
                unknown->fresh = any = true;
                writer->range_counts.placeholders += unknown->described == UINT32_MAX;
        }
        if (any)
                warn(writer, reference);
        return true;
}

void references_committed(Writer *writer) {
        for (uint32_t i = 0; i < writer->catalogue->reference_count; i++)
                for (size_t k = 0; k < writer->references[i].unknown_count; k++)
                        keymap_put(&writer->references[i].known, writer->references[i].unknown[k].key, 1);
}
