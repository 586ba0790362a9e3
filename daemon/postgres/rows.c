// SPDX-License-Identifier: Apache-2.0
// The rows of the model. First the tables in which one row of each key wins: a statement of their own locks those
// rows and tells the winners, and only later statements, which see what the lock waited for, replace the child rows.
// Then the rows that are simply added.
#include "base/crash.h"
#include "base/memory.h"
#include "postgres/writer_state.h"

static void add(Operation *operations, size_t *count, OperationKind kind, uint32_t table) {
        operations[(*count)++] = (Operation){kind, table};
}

Operation *operations_of(const Catalogue *catalogue, size_t *ret_count) {
        Operation *operations = xcalloc(catalogue->table_count * 2 + 1, sizeof(*operations));
        size_t count = 0;
        for (uint32_t i = 0; i < catalogue->table_count; i++) {
                if (catalogue->tables[i].mode != TABLE_STATE && catalogue->tables[i].mode != TABLE_FULLEST)
                        continue;
                add(operations, &count, OPERATION_UPSERT, i);
                for (uint32_t child = 0; child < catalogue->table_count; child++) {
                        if (catalogue->tables[child].mode != TABLE_CHILD || catalogue->tables[child].parent != i)
                                continue;
                        add(operations, &count, OPERATION_DELETE, child);
                        add(operations, &count, OPERATION_COPY, child);
                }
        }
        for (uint32_t i = 0; i < catalogue->table_count; i++)
                if (catalogue->tables[i].mode == TABLE_INSERT)
                        add(operations, &count, OPERATION_COPY, i);
        *ret_count = count;
        return operations;
}

// ---- cells

static PgError misfit(const Table *table, uint32_t column, Encode how) {
        Span name = table->columns[column];
        if (how == ENCODE_RANGE)
                return pg_error("22003", "value out of range for column %.*s of %.*s", (int)name.len, name.ptr,
                                (int)table->name.len, table->name.ptr);
        return pg_error("42804", "the declaration's value does not fit the type of column %.*s of %.*s",
                        (int)name.len, name.ptr, (int)table->name.len, table->name.ptr);
}

static bool put_cell(Writer *writer, uint32_t table, uint32_t column, Buffer *buffer, const Value *value,
                     uint32_t item) {
        const Encoder *encoder = schema_encoders(writer->schema, table)[column];
        Encode how = encode_cell(encoder, buffer, value);
        if (how == ENCODE_OK)
                return true;
        PgError error = misfit(&writer->catalogue->tables[table], column, how);
        attempt_refuse(writer, item, &error);
        return false;
}

// A row for COPY into a table.
static bool put_row(Writer *writer, const Row *row, uint32_t item) {
        TableWork *work = &writer->tables[row->table];
        uint32_t columns = writer->catalogue->tables[row->table].column_count;
        if (work->copy_rows++ == 0)
                copy_begin(&work->copy);
        copy_row(&work->copy, (uint16_t)columns);
        for (uint32_t i = 0; i < columns; i++)
                if (!put_cell(writer, row->table, i, &work->copy, &row->cells[i], item))
                        return false;
        return true;
}

static void put_candidate(Writer *writer, const Row *row, uint32_t item) {
        TableWork *work = &writer->tables[row->table];
        RESERVE(work->candidates, work->candidate_size, work->candidate_count + 1);
        work->candidates[work->candidate_count++] = (Candidate){.row = row, .item = item};
}

// Child rows are left for later: only those of winners are written.
static bool put_event(Writer *writer, uint32_t item) {
        const Event *event = &item_at(writer, item)->event;
        for (size_t i = 0; i < event->row_count; i++) {
                const Row *row = &event->rows[i];
                TableMode mode = writer->catalogue->tables[row->table].mode;
                if (mode == TABLE_STATE || mode == TABLE_FULLEST)
                        put_candidate(writer, row, item);
                else if (mode == TABLE_INSERT && !put_row(writer, row, item))
                        return false;
        }
        return true;
}

static bool gather(Writer *writer) {
        crash_point("ledger.entered");
        writer->gathered = true;
        // In the order of keys, as in the ledger: rows that follow each other touch the same page of an index.
        for (size_t i = 0; i < writer->key_count; i++) {
                uint32_t item = writer->keys[i].item;
                if (writer->attempts[item].fate == FATE_NEW && !put_event(writer, item))
                        return false;
        }
        for (uint32_t i = 0; i < writer->catalogue->table_count; i++)
                if (writer->tables[i].candidate_count > 0)
                        candidates_choose(&writer->catalogue->tables[i], &writer->tables[i]);
        return true;
}

// ---- operations; true: sent, or given up

static bool send_upsert(Writer *writer, uint32_t table) {
        const Table *plan = &writer->catalogue->tables[table];
        const Encoder *const *encoders = schema_encoders(writer->schema, table);
        TableWork *work = &writer->tables[table];
        uint32_t types[PARAMS_MAX];
        if (work->candidate_count == 0)
                return false;
        for (uint32_t column = 0; column < plan->column_count; column++)
                types[column] = encoder_type(encoders[column]);
        params_begin(&writer->params, types, plan->column_count);
        for (uint32_t column = 0; column < plan->column_count; column++)
                for (size_t i = 0; i < work->candidate_count; i++) {
                        const Candidate *candidate = &work->candidates[i];
                        if (candidate->chosen && !put_cell(writer, table, column, &writer->params.buffers[column],
                                                           &candidate->row->cells[column], candidate->item))
                                return true;
                }
        params_end(&writer->params, candidates_chosen(work));
        writer_query(writer, work->upsert_sql, attempt_step);
        crash_point("states.sent");
        return true;
}

static bool send_delete(Writer *writer, uint32_t child) {
        const Table *plan = &writer->catalogue->tables[child];
        const Table *parent = &writer->catalogue->tables[plan->parent];
        const Encoder *const *encoders = schema_encoders(writer->schema, child);
        const TableWork *work = &writer->tables[plan->parent];
        uint32_t types[PARAMS_MAX];
        if (work->winners == 0)
                return false;
        for (uint32_t i = 0; i < plan->key_count; i++)
                types[i] = encoder_type(encoders[plan->key[i]]);
        params_begin(&writer->params, types, plan->key_count);
        for (uint32_t i = 0; i < plan->key_count; i++)
                for (size_t c = 0; c < work->candidate_count; c++) {
                        const Candidate *candidate = &work->candidates[c];
                        if (candidate->won && !put_cell(writer, child, plan->key[i], &writer->params.buffers[i],
                                                        &candidate->row->cells[parent->key[i]], candidate->item))
                                return true;
                }
        params_end(&writer->params, work->winners);
        writer_query(writer, writer->tables[child].delete_sql, attempt_step);
        return true;
}

static bool is_child_of(const Table *child, const Table *parent, const Row *row, const Row *of) {
        for (uint32_t i = 0; i < child->key_count; i++)
                if (value_compare(&row->cells[child->key[i]], &of->cells[parent->key[i]]) != 0)
                        return false;
        return true;
}

static bool put_children(Writer *writer, uint32_t child) {
        const Table *plan = &writer->catalogue->tables[child];
        const Table *parent = &writer->catalogue->tables[plan->parent];
        const TableWork *work = &writer->tables[plan->parent];
        for (size_t c = 0; c < work->candidate_count; c++) {
                const Candidate *candidate = &work->candidates[c];
                if (!candidate->won)
                        continue;
                const Event *event = &item_at(writer, candidate->item)->event;
                for (size_t i = 0; i < event->row_count; i++) {
                        const Row *row = &event->rows[i];
                        if (row->table == child && is_child_of(plan, parent, row, candidate->row) &&
                            !put_row(writer, row, candidate->item))
                                return false;
                }
        }
        return true;
}

static bool send_copy(Writer *writer, uint32_t table) {
        TableWork *work = &writer->tables[table];
        if (writer->catalogue->tables[table].mode == TABLE_CHILD && !put_children(writer, table))
                return true;
        if (work->copy_rows == 0)
                return false;
        copy_end(&work->copy);
        writer->range_counts.rows += work->copy_rows;
        connection_copy(writer->connection, work->copy_sql, buffer_span(&work->copy), attempt_step, writer);
        return true;
}

static bool send_operation(Writer *writer, const Operation *operation) {
        switch (operation->kind) {
        case OPERATION_UPSERT:
                return send_upsert(writer, operation->table);
        case OPERATION_DELETE:
                return send_delete(writer, operation->table);
        case OPERATION_COPY:
                return send_copy(writer, operation->table);
        }
        return false;
}

bool rows_send(Writer *writer) {
        if (!writer->gathered && !gather(writer))
                return true;
        while (writer->cursor < writer->operation_count)
                if (send_operation(writer, &writer->operations[writer->cursor++]))
                        return true;
        return false;
}

bool rows_take(Writer *writer, const Result *result) {
        const Operation *operation = &writer->operations[writer->cursor - 1];
        switch (operation->kind) {
        case OPERATION_UPSERT:
                crash_point("states.won");
                candidates_take(writer, operation->table, result);
                break;
        case OPERATION_DELETE:
                crash_point("children.deleted");
                break;
        case OPERATION_COPY:
                crash_point("rows.copied");
                break;
        }
        return true;
}
