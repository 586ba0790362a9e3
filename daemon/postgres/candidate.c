// SPDX-License-Identifier: Apache-2.0
// Tables in which one row of each key wins, whatever the order of arrival: the greatest by rank, time, id and source.
// Several rows of one key in a transaction are one here (a statement cannot touch a row twice); PostgreSQL compares
// the greatest with what it has, in the same way.
#include "base/memory.h"
#include "postgres/writer_state.h"

int value_compare(const Value *a, const Value *b) {
        if (a->kind != b->kind)
                return a->kind < b->kind ? -1 : 1;
        switch (a->kind) {
        case VALUE_TEXT:
        case VALUE_DECIMAL:
        case VALUE_JSON:
        case VALUE_UUID:
                return span_compare(a->text, b->text);
        case VALUE_INTEGER:
        case VALUE_BOOLEAN:
        case VALUE_DATE:
        case VALUE_TIMESTAMP:
                return (a->integer > b->integer) - (a->integer < b->integer);
        default:
                return 0;
        }
}

static int compare_keys(const Table *table, const Row *a, const Row *b) {
        int order = 0;
        for (uint32_t i = 0; i < table->key_count && order == 0; i++)
                order = value_compare(&a->cells[table->key[i]], &b->cells[table->key[i]]);
        return order;
}

static int compare_ranks(const Table *table, const Row *a, const Row *b) {
        int order = 0;
        for (size_t i = 0; i < 4 && order == 0; i++)
                if (table->rank[i] != UINT32_MAX)
                        order = value_compare(&a->cells[table->rank[i]], &b->cells[table->rank[i]]);
        return order;
}

static int by_key(const void *a, const void *b, void *table) {
        const Candidate *left = a;
        const Candidate *right = b;
        int order = compare_keys(table, left->row, right->row);
        if (order == 0)
                order = (left->item > right->item) - (left->item < right->item);
        return order != 0 ? order : (left->row > right->row) - (left->row < right->row);
}

void candidates_choose(const Table *table, TableWork *work) {
        Candidate *best = NULL;
        qsort_r(work->candidates, work->candidate_count, sizeof(*work->candidates), by_key, (void *)table);
        for (size_t i = 0; i < work->candidate_count; i++) {
                Candidate *candidate = &work->candidates[i];
                if (!best || compare_keys(table, best->row, candidate->row) != 0) {
                        best = candidate;
                        best->chosen = true;
                } else if (compare_ranks(table, candidate->row, best->row) > 0) {
                        best->chosen = false;
                        best = candidate;
                        best->chosen = true;
                } else {
                        candidate->beaten = true;
                }
        }
}

size_t candidates_chosen(const TableWork *work) {
        size_t count = 0;
        for (size_t i = 0; i < work->candidate_count; i++)
                count += work->candidates[i].chosen;
        return count;
}

// ---- what PostgreSQL says

static bool is_row(Writer *writer, uint32_t table, const Candidate *candidate, const Result *result, size_t row) {
        const Table *plan = &writer->catalogue->tables[table];
        const Encoder *const *encoders = schema_encoders(writer->schema, table);
        Buffer *cell = &writer->scratch;
        for (uint32_t i = 0; i < plan->key_count; i++) {
                cell->len = 0;
                encode_cell(encoders[plan->key[i]], cell, &candidate->row->cells[plan->key[i]]);
                if (!span_equal((Span){cell->ptr + 4, cell->len - 4}, result_span(result, row, i)))
                        return false;
        }
        return true;
}

// Rows come back in the order in which they were sent, so each is found where the one before was; the search goes on
// from the start all the same, should a server ever do it otherwise.
static void mark_winner(Writer *writer, uint32_t table, size_t *from, const Result *result, size_t row) {
        TableWork *work = &writer->tables[table];
        for (size_t n = 0; n < work->candidate_count; n++) {
                size_t at = (*from + n) % work->candidate_count;
                Candidate *candidate = &work->candidates[at];
                if (!candidate->chosen || !is_row(writer, table, candidate, result, row))
                        continue;
                candidate->won = true;
                work->winners++;
                *from = at + 1;
                return;
        }
}

// Stale: it came after a greater one, or even the greatest one here is not greater than what was stored.
static void mark_stale(Writer *writer, const Table *table, const TableWork *work) {
        bool won = false;
        for (size_t first = 0, next; first < work->candidate_count; first = next) {
                won = false;
                for (next = first; next < work->candidate_count &&
                                   compare_keys(table, work->candidates[first].row, work->candidates[next].row) == 0;
                     next++)
                        won |= work->candidates[next].won;
                for (size_t i = first; i < next; i++)
                        if (!won || work->candidates[i].beaten)
                                writer->attempts[work->candidates[i].item].stale = true;
        }
}

void candidates_take(Writer *writer, uint32_t table, const Result *result) {
        const Table *plan = &writer->catalogue->tables[table];
        size_t from = 0;
        for (size_t row = 0; row < result_rows(result); row++)
                mark_winner(writer, table, &from, result, row);
        if (plan->mode == TABLE_STATE)
                mark_stale(writer, plan, &writer->tables[table]);
        writer->range_counts.rows += writer->tables[table].winners;
}
