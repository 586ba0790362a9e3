// SPDX-License-Identifier: Apache-2.0
// The compare-and-set at the head of every batch: how far each partition moves, and whether it is still ours.
#include "base/crash.h"
#include "postgres/statement.h"
#include "postgres/writer_state.h"

// Items of a partition ascend, so the last one that is seen is the last.
static void move_items(Writer *writer) {
        for (size_t i = writer->begin; i < writer->limit; i++) {
                const Item *item = item_at(writer, i);
                Move *move = &writer->moves[item->partition];
                if (writer->attempts[i].fate == FATE_OUT)
                        continue;
                move->used = true;
                move->next = item->message.offset + 1;
                move->last = i;
        }
}

bool offsets_find(Writer *writer) {
        const Batch *batch = writer->batch;
        bool any = false;
        bool last = writer->limit == batch->count;
        RESERVE(writer->moves, writer->move_size, batch->partition_count + 1);
        for (size_t i = 0; i < batch->partition_count; i++)
                writer->moves[i] = (Move){.used = last && !batch->partitions[i].dropped,
                                          .next = batch->partitions[i].expected,
                                          .last = SIZE_MAX};
        move_items(writer);
        for (size_t i = 0; i < batch->partition_count; i++) {
                Move *move = &writer->moves[i];
                if (last && move->used && batch->partitions[i].end > move->next)
                        move->next = batch->partitions[i].end;
                any |= move->used;
        }
        return any;
}

static void put_mark(Writer *writer, const Move *move, Buffer *columns) {
        if (move->last == SIZE_MAX) {
                for (int i = 0; i < 3; i++)
                        encode_null(&columns[i]);
                return;
        }
        const Message *message = &item_at(writer, move->last)->message;
        encode_int8(&columns[0], message->offset);
        encode_uuid(&columns[1], message_record_digest(message, &writer->scratch));
        if (message->timestamp_ms >= 0)
                encode_timestamp(&columns[2], message->timestamp_ms * 1000);
        else
                encode_null(&columns[2]);
}

bool offsets_send(Writer *writer) {
        static const uint32_t types[] = {OID_TEXT, OID_INT4, OID_INT8, OID_INT8,
                                         OID_INT8, OID_INT8, OID_UUID, OID_TIMESTAMPTZ};
        Params *params = &writer->params;
        size_t count = 0;
        if (writer->cursor++ > 0)
                return false;
        crash_point("begin.answered");
        params_begin(params, types, 8);
        for (size_t i = 0; i < writer->batch->partition_count; i++) {
                const BatchPartition *partition = &writer->batch->partitions[i];
                const Move *move = &writer->moves[i];
                if (!move->used)
                        continue;
                encode_text(&params->buffers[0], partition->topic);
                encode_int4(&params->buffers[1], partition->partition);
                encode_int8(&params->buffers[2], partition->epoch);
                encode_int8(&params->buffers[3], partition->expected);
                encode_int8(&params->buffers[4], move->next);
                put_mark(writer, move, &params->buffers[5]);
                count++;
        }
        params_end(params, count);
        params_text(params, span_of(writer->cluster_id));
        params_text(params, span_of(writer->group));
        writer_query(writer, SQL_SET_OFFSETS, attempt_step);
        crash_point("offsets.sent");
        return true;
}

static void mark_set(Writer *writer, Span topic, int32_t number) {
        for (size_t i = 0; i < writer->batch->partition_count; i++) {
                const BatchPartition *partition = &writer->batch->partitions[i];
                if (partition->partition == number && span_equal(partition->topic, topic))
                        writer->moves[i].set = true;
        }
}

static void on_fenced(void *userdata, const Result *result, const PgError *error) {
        Writer *writer = userdata;
        (void)result;
        (void)error;
        writer->events.fenced(writer->userdata, writer->batch);
        attempt_begin(writer);
}

bool offsets_take(Writer *writer, const Result *result) {
        bool fenced = false;
        crash_point("offsets.moved");
        for (size_t row = 0; row < result_rows(result); row++)
                mark_set(writer, result_span(result, row, 0), result_int4(result, row, 1));
        for (size_t i = 0; i < writer->batch->partition_count; i++) {
                if (!writer->moves[i].used || writer->moves[i].set)
                        continue;
                writer->batch->partitions[i].dropped = true;
                fenced = true;
        }
        if (fenced) {
                writer_forget(writer);
                connection_rollback(writer->connection, on_fenced, writer);
        }
        return !fenced;
}
