// SPDX-License-Identifier: Apache-2.0
// One try to write a range of a batch in one transaction: the steps in their order, and what happens when one fails.
// A range is the whole batch, unless PostgreSQL refused a row: then halves of halves, until the row is alone; or a
// statement took too long: then half of it, for a while.
#include <assert.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/memory.h"
#include "postgres/statement.h"
#include "postgres/writer_state.h"

static bool begin_send(Writer *writer);
static bool commit_send(Writer *writer);
static bool commit_take(Writer *writer, const Result *result);

// All locks of all transactions are taken in this order, and inside a step in the order of keys: no deadlocks.
static const struct {
        const char *what; // for the message when it fails for good
        bool (*send)(Writer *writer);
        bool (*take)(Writer *writer, const Result *result); // NULL: nothing to learn
        bool in_transaction;
} steps[] = {
        {"sources", sources_find_send, sources_find_take, false},
        {"sources", sources_add_send, NULL, false},
        {"sources", sources_find_send, sources_find_take, false},
        {"a transaction", begin_send, NULL, true},
        {"offsets", offsets_send, offsets_take, true},
        {"the ledger", ledger_find_send, ledger_find_take, true},
        {"placeholders", references_send, references_take, true},
        {"the ledger", ledger_copy_send, NULL, true},
        {"rows", rows_send, rows_take, true},
        {"dead letters", letters_send, NULL, true},
        {"the tally", tally_send, NULL, true},
        {"a commit", commit_send, commit_take, true},
};
enum {
        STEP_COUNT = sizeof(steps) / sizeof(*steps),
        FITS = 16, // ranges of a reduced size before a larger one is tried: each failure costs up to 45 s
};

static void range_done(Writer *writer);

// ---- the good case

static void next_step(Writer *writer) {
        writer->step++;
        writer->cursor = 0;
}

static void advance(Writer *writer) {
        while (writer->step < STEP_COUNT) {
                if (steps[writer->step].send(writer))
                        return;
                next_step(writer);
        }
        range_done(writer);
}

static Fate first_fate(const Batch *batch, const Item *item) {
        if (item->skip || batch->partitions[item->partition].dropped)
                return FATE_OUT;
        return item->why.reason == REASON_NONE ? FATE_NEW : FATE_REJECTED;
}

static void forget_try(Writer *writer) {
        for (uint32_t i = 0; i < writer->catalogue->table_count; i++) {
                writer->tables[i].copy_rows = 0;
                writer->tables[i].candidate_count = 0;
                writer->tables[i].winners = 0;
        }
        for (uint32_t i = 0; i < writer->catalogue->reference_count; i++)
                writer->references[i].unknown_count = 0;
        writer->range_counts = (WriterCounts){0};
        writer->key_count = 0;
        writer->ledger_rows = 0;
        writer->gathered = false;
        writer->guilty_item = UINT32_MAX;
        writer->step = 0;
        writer->cursor = 0;
}

// False: nothing of the range is ours any more.
static bool range_begin(Writer *writer) {
        const Batch *batch = writer->batch;
        forget_try(writer);
        RESERVE(writer->attempts, writer->attempt_size, batch->count + 1);
        for (size_t i = writer->begin; i < writer->limit; i++)
                writer->attempts[i] = (Attempt){.fate = first_fate(batch, item_at(writer, i))};
        writer->now_us = clock_realtime_us();
        return offsets_find(writer);
}

static void choose_limit(Writer *writer) {
        size_t left = writer->batch->count - writer->begin;
        writer->limit = writer->begin + (writer->most && writer->most < left ? writer->most : left);
}

void attempt_begin(Writer *writer) {
        bool ours = range_begin(writer);
        while (!ours && writer->limit < writer->batch->count) {
                writer->begin = writer->limit;
                choose_limit(writer);
                ours = range_begin(writer);
        }
        if (ours) {
                advance(writer);
        } else {
                // Not from inside writer_write(): the caller does not expect the answer before it returns.
                writer->step = STEP_COUNT;
                connection_script(writer->connection, "", attempt_step, writer);
        }
}

void attempt_rest(Writer *writer) {
        choose_limit(writer);
        attempt_begin(writer);
}

// Too much for one transaction: less of it may pass. What follows is no faster, so the size stays for a while.
void attempt_shrink(Writer *writer) {
        size_t count = writer->limit - writer->begin;
        if (count < 2)
                return;
        writer->most = count / 2;
        writer->fits = 0;
        writer->limit = writer->begin + writer->most;
}

static void grow(Writer *writer) {
        size_t count = writer->limit - writer->begin;
        if (count != writer->most || ++writer->fits < FITS)
                return;
        writer->fits = 0;
        writer->most *= 2;
}

static bool begin_send(Writer *writer) {
        if (writer->cursor++ > 0)
                return false;
        connection_script(writer->connection, writer->replica ? SQL_BEGIN_REPLICA : SQL_BEGIN, attempt_step, writer);
        crash_point("begin.sent");
        return true;
}

static bool commit_send(Writer *writer) {
        if (writer->cursor++ > 0)
                return false;
        crash_point("commit.unsent");
        connection_commit(writer->connection, attempt_step, writer);
        crash_point("commit.sent");
        return true;
}

static void add_counts(WriterCounts *total, const WriterCounts *counts) {
        total->accepted += counts->accepted;
        total->duplicates += counts->duplicates;
        total->stale += counts->stale;
        total->rejected += counts->rejected;
        total->rows += counts->rows;
        total->placeholders += counts->placeholders;
        total->transactions++;
        total->lookups += counts->lookups;
        for (size_t i = 0; i < REASON_COUNT; i++)
                total->by_reason[i] += counts->by_reason[i];
}

static bool commit_take(Writer *writer, const Result *result) {
        assert(result_tag_is(result, "COMMIT")); // "ROLLBACK": an error was overlooked
        crash_point("commit.answered");
        for (size_t i = 0; i < writer->batch->partition_count; i++)
                if (writer->moves[i].used)
                        writer->batch->partitions[i].expected = writer->moves[i].next;
        references_committed(writer);
        ledger_committed(writer);
        add_counts(&writer->counts, &writer->range_counts);
        writer->tries = 0;
        grow(writer);
        return true;
}

static void range_done(Writer *writer) {
        Batch *batch = writer->batch;
        if (writer->limit == batch->count) {
                writer->batch = NULL;
                writer->mode = MODE_READY;
                writer->guilty_count = 0;
                WriterCounts counts = writer->counts;
                writer->events.written(writer->userdata, batch, &counts);
                return;
        }
        crash_point("range.written");
        writer->begin = writer->limit;
        attempt_rest(writer);
}

// ---- the bad case

static void remember_guilty(Writer *writer, uint32_t item, const PgError *error) {
        writer->guilty = xrealloc(writer->guilty, (writer->guilty_count + 1) * sizeof(*writer->guilty));
        Guilty *guilty = &writer->guilty[writer->guilty_count++];
        *guilty = (Guilty){.item = item, .offset = item_at(writer, item)->message.offset};
        memcpy(guilty->sqlstate, error->sqlstate, sizeof(guilty->sqlstate));
        memcpy(guilty->constraint, error->constraint, sizeof(guilty->constraint));
}

// This item alone is refused: it becomes a dead letter. Unless it is one already: then it is not its fault.
static void condemn(Writer *writer, uint32_t index, const PgError *error) {
        Item *item = item_at(writer, index);
        if (writer->attempts[index].fate != FATE_NEW) {
                writer_stop(writer, steps[writer->step].what, error);
                return;
        }
        reject(&item->why, &writer->batch->arena, REASON_E_DB, SPAN_LIT(""), "SQLSTATE %s%s%s: %s", error->sqlstate,
               error->constraint[0] ? ", constraint " : "", error->constraint, error->message);
        remember_guilty(writer, index, error);
        writer->events.isolated(writer->userdata, item, error->sqlstate, error->message);
        attempt_begin(writer);
}

static void isolate(Writer *writer, const PgError *error) {
        size_t count = writer->limit - writer->begin;
        if (writer->guilty_item != UINT32_MAX) {
                condemn(writer, writer->guilty_item, error);
        } else if (count > 1) {
                writer->limit = writer->begin + count / 2;
                crash_point("range.halved");
                attempt_begin(writer);
        } else if (count == 1) {
                condemn(writer, (uint32_t)writer->begin, error);
        } else {
                writer_stop(writer, steps[writer->step].what, error);
        }
}

// The transaction is over, one way or the other.
static void decide(Writer *writer) {
        PgError error = writer->error;
        bool guessed = steps[writer->step].send == ledger_copy_send && ledger_was_wrong(writer, &error);
        if (strcmp(error.sqlstate, "57014") == 0)
                attempt_shrink(writer);
        writer_forget(writer);
        if (guessed) {
                attempt_begin(writer);
                return;
        }
        switch (error.verdict) {
        case PG_ISOLATE:
                isolate(writer, &error);
                break;
        case PG_STOP:
                writer_stop(writer, steps[writer->step].what, &error);
                break;
        default:
                writer->mode = MODE_WAITING;
                writer_trouble(writer, &error);
        }
}

static void on_rolled_back(void *userdata, const Result *result, const PgError *error) {
        (void)result;
        (void)error;
        decide(userdata);
}

void attempt_fail(Writer *writer, const PgError *error) {
        writer->error = *error;
        // Somebody else described or mentioned the same key meanwhile.
        if (steps[writer->step].send == references_send && strcmp(error->sqlstate, "23505") == 0)
                writer->error.verdict = PG_RETRY;
        if (steps[writer->step].in_transaction)
                connection_rollback(writer->connection, on_rolled_back, writer);
        else
                decide(writer);
}

void attempt_refuse(Writer *writer, uint32_t item, const PgError *error) {
        writer->guilty_item = item;
        attempt_fail(writer, error);
}

void attempt_step(void *userdata, const Result *result, const PgError *error) {
        Writer *writer = userdata;
        if (writer->step == STEP_COUNT) {
                range_done(writer);
                return;
        }
        if (error) {
                attempt_fail(writer, error);
                return;
        }
        if (steps[writer->step].take && !steps[writer->step].take(writer, result))
                return;
        advance(writer);
}
