// SPDX-License-Identifier: Apache-2.0
// Whose partition it is: claims, first offsets, why one stopped, and whether it is still ours.
#include <stdio.h>

#include "base/crash.h"
#include "base/memory.h"
#include "postgres/statement.h"
#include "postgres/writer_state.h"

int partition_compare(Span topic_a, int32_t partition_a, Span topic_b, int32_t partition_b) {
        int order = span_compare(topic_a, topic_b);
        return order != 0 ? order : (partition_a > partition_b) - (partition_a < partition_b);
}

// ---- claiming: one transaction, a partition after the other in the order of their keys

static void on_claimed(void *userdata, const Result *result, const PgError *error);
static void on_missed(void *userdata, const Result *result, const PgError *error);

static int by_claim(const void *a, const void *b, void *userdata) {
        const Claim *claims = userdata;
        const Claim *left = &claims[*(const uint32_t *)a];
        const Claim *right = &claims[*(const uint32_t *)b];
        return partition_compare(left->topic, left->partition, right->topic, right->partition);
}

static Claim *claim_in_hand(Writer *writer) {
        return &writer->claims[writer->order[writer->claim_at]];
}

static void forget_answer(Claim *claim) {
        *claim = (Claim){.topic = claim->topic, .partition = claim->partition};
}

static void put_partition(Writer *writer, Span topic, int32_t partition) {
        params_begin(&writer->params, NULL, 0);
        params_text(&writer->params, topic);
        params_int4(&writer->params, partition);
}

static void put_ours(Writer *writer, Span topic, int32_t partition) {
        put_partition(writer, topic, partition);
        params_text(&writer->params, span_of(writer->cluster_id));
        params_text(&writer->params, span_of(writer->group));
}

static void on_owner_ended(void *userdata, const Result *result, const PgError *error) {
        Writer *writer = userdata;
        if (!error && result_rows(result) > 0)
                claim_begin(writer);
        else
                writer_trouble(writer, error ? error : &writer->error);
}

static void on_rolled_back(void *userdata, const Result *result, const PgError *error) {
        Writer *writer = userdata;
        (void)result;
        (void)error;
        if (writer_stopped_by(writer, "a claim", &writer->error))
                return;
        // A frozen owner in the middle of a COPY holds the row, and no time-out of PostgreSQL ends it.
        if (strcmp(writer->error.sqlstate, "55P03") == 0) {
                put_partition(writer, claim_in_hand(writer)->topic, claim_in_hand(writer)->partition);
                writer_query(writer, SQL_END_OWNER, on_owner_ended);
                return;
        }
        writer_trouble(writer, &writer->error);
}

static bool claim_failed(Writer *writer, const PgError *error) {
        if (error) {
                writer->error = *error;
                connection_rollback(writer->connection, on_rolled_back, writer);
        }
        return error != NULL;
}

static void on_claims_committed(void *userdata, const Result *result, const PgError *error) {
        Writer *writer = userdata;
        (void)result;
        if (claim_failed(writer, error))
                return;
        crash_point("claim.answered");
        Claim *claims = TAKE_PTR(writer->claims);
        writer->mode = MODE_READY;
        writer->tries = 0;
        writer->events.claimed(writer->userdata, claims, writer->claim_count);
}

static void claim_next(Writer *writer) {
        if (writer->claim_at == writer->claim_count) {
                crash_point("claim.unsent");
                connection_commit(writer->connection, on_claims_committed, writer);
                crash_point("claim.sent");
                return;
        }
        put_ours(writer, claim_in_hand(writer)->topic, claim_in_hand(writer)->partition);
        params_text(&writer->params, span_of(writer->instance));
        writer_query(writer, SQL_CLAIM, on_claimed);
}

static Mark mark_of(int64_t offset, Span digest) {
        Mark mark = {.offset = digest.len == DIGEST_LEN ? offset : -1};
        if (mark.offset >= 0)
                memcpy(mark.digest.bytes, digest.ptr, DIGEST_LEN);
        return mark;
}

static void on_claimed(void *userdata, const Result *result, const PgError *error) {
        Writer *writer = userdata;
        if (claim_failed(writer, error))
                return;
        Claim *claim = claim_in_hand(writer);
        if (result_rows(result) == 0) {
                put_ours(writer, claim->topic, claim->partition);
                writer_query(writer, SQL_CLAIM_MISSED, on_missed);
                return;
        }
        claim->found = claim->topic_known = true;
        claim->next_offset = result_int8(result, 0, 0);
        claim->epoch = result_int8(result, 0, 1);
        claim->paused = result_bool(result, 0, 2);
        claim->last = mark_of(result_int8(result, 0, 3), result_span(result, 0, 4));
        // Somebody has set next_offset back by hand: a record behind it says nothing about where to go on.
        if (claim->last.offset >= claim->next_offset)
                claim->last.offset = -1;
        crash_point("claim.moved");
        writer->claim_at++;
        claim_next(writer);
}

// One database serves one cluster and group for a topic: a row of any partition that says otherwise refuses them all.
static bool refuse(Writer *writer, Claim *claim, const Result *result) {
        Span cluster = result_span(result, 0, 0);
        Span group = result_span(result, 0, 1);
        if (span_is(cluster, writer->cluster_id) && span_is(group, writer->group))
                return false;
        claim->refused = true;
        snprintf(claim->refusal, sizeof(claim->refusal),
                 "belongs to cluster %.*s, group %.*s; this is cluster %s, group %s", (int)cluster.len, cluster.ptr,
                 (int)group.len, group.ptr, writer->cluster_id, writer->group);
        return true;
}

static void on_missed(void *userdata, const Result *result, const PgError *error) {
        Writer *writer = userdata;
        if (claim_failed(writer, error))
                return;
        Claim *claim = claim_in_hand(writer);
        claim->topic_known = result_rows(result) > 0;
        bool refused = claim->topic_known && refuse(writer, claim, result);
        // A row that we may claim was made by another process of ours since we looked.
        if (refused || !claim->topic_known || !result_bool(result, 0, 2))
                writer->claim_at++;
        claim_next(writer);
}

static void on_claim_begun(void *userdata, const Result *result, const PgError *error) {
        Writer *writer = userdata;
        (void)result;
        if (!claim_failed(writer, error))
                claim_next(writer);
}

void claim_begin(Writer *writer) {
        RESERVE(writer->order, writer->order_size, writer->claim_count + 1);
        for (uint32_t i = 0; i < writer->claim_count; i++) {
                writer->order[i] = i;
                forget_answer(&writer->claims[i]);
        }
        qsort_r(writer->order, writer->claim_count, sizeof(*writer->order), by_claim, writer->claims);
        writer->claim_at = 0;
        connection_script(writer->connection, SQL_BEGIN_CLAIM, on_claim_begun, writer);
}

// ---- first offsets

static void on_started(void *userdata, const Result *result, const PgError *error) {
        Writer *writer = userdata;
        (void)result;
        if (error) {
                if (!writer_stopped_by(writer, "a first offset", error))
                        writer_trouble(writer, error);
                return;
        }
        crash_point("start.written");
        writer->mode = MODE_READY;
        writer->starts = NULL;
        writer->tries = 0;
        writer->events.started(writer->userdata);
}

void start_begin(Writer *writer) {
        static const uint32_t types[] = {OID_TEXT, OID_INT4, OID_INT8, OID_INT8};
        Params *params = &writer->params;
        params_begin(params, types, 4);
        for (size_t i = 0; i < writer->claim_count; i++) {
                encode_text(&params->buffers[0], writer->starts[i].topic);
                encode_int4(&params->buffers[1], writer->starts[i].partition);
                encode_int8(&params->buffers[2], writer->starts[i].first);
                encode_int8(&params->buffers[3], writer->starts[i].offset);
        }
        params_end(params, writer->claim_count);
        params_text(params, span_of(writer->cluster_id));
        params_text(params, span_of(writer->group));
        params_text(params, span_of(writer->instance));
        writer_query(writer, SQL_INSERT_OFFSETS, on_started);
        crash_point("start.sent");
}

// ---- why a partition stopped

static void on_noted(void *userdata, const Result *result, const PgError *error) {
        Writer *writer = userdata;
        (void)result;
        if (error) {
                if (!writer_stopped_by(writer, "a note why a partition stopped", error))
                        writer_trouble(writer, error);
                return;
        }
        writer->mode = MODE_READY;
        writer->tries = 0;
        writer->events.noted(writer->userdata);
}

void note_begin(Writer *writer) {
        put_ours(writer, writer->note.topic, writer->note.partition);
        params_text(&writer->params, span_of(writer->note.why));
        writer_query(writer, SQL_NOTE_STOP, on_noted);
}

// ---- whether they are still ours

static void on_looked(void *userdata, const Result *result, const PgError *error) {
        Writer *writer = userdata;
        if (error) {
                if (!writer_stopped_by(writer, "a look at the claims", error))
                        writer_trouble(writer, error);
                return;
        }
        for (size_t i = 0; i < writer->claim_count; i++)
                forget_answer(&writer->claims[i]);
        for (size_t row = 0; row < result_rows(result); row++) {
                Claim *claim = &writer->claims[result_int8(result, row, 0) - 1];
                claim->found = true;
                claim->epoch = result_int8(result, row, 1);
        }
        Claim *claims = TAKE_PTR(writer->claims);
        writer->mode = MODE_READY;
        writer->tries = 0;
        writer->events.looked(writer->userdata, claims, writer->claim_count);
}

void look_begin(Writer *writer) {
        static const uint32_t types[] = {OID_TEXT, OID_INT4};
        Params *params = &writer->params;
        params_begin(params, types, 2);
        for (size_t i = 0; i < writer->claim_count; i++) {
                encode_text(&params->buffers[0], writer->claims[i].topic);
                encode_int4(&params->buffers[1], writer->claims[i].partition);
        }
        params_end(params, writer->claim_count);
        params_text(params, span_of(writer->cluster_id));
        params_text(params, span_of(writer->group));
        writer_query(writer, SQL_LOOK, on_looked);
}
