// SPDX-License-Identifier: Apache-2.0
// The inside of the writer, shared by the files that write one batch: attempt.c runs the steps, the others are the
// steps. Everything that belongs to one try stands outside the batch, so that the next try starts clean.
#pragma once
#include "base/keymap.h"
#include "postgres/connection.h"
#include "postgres/params.h"
#include "postgres/schema.h"
#include "postgres/writer.h"

typedef enum Mode {
        MODE_NEW,        // never asked to connect
        MODE_CLOSED,     // waiting for the next try to connect
        MODE_CONNECTING, //
        MODE_PREPARING,  // reading the schema
        MODE_READY,      // nothing in hand
        MODE_CLAIMING,   //
        MODE_STARTING,   // first offsets
        MODE_NOTING,     // why a partition stopped
        MODE_LOOKING,    // whether the claims are still ours
        MODE_WRITING,    // a batch is in hand
        MODE_WAITING,    // a batch is in hand, and a moment has to pass before the next try
        MODE_STOPPED,    // a person has to act
} Mode;

// What this try makes of an item.
typedef enum Fate {
        FATE_OUT,        // not in this transaction
        FATE_REJECTED,   // before it came to us
        FATE_NEW,        // (until the ledger is asked: not known otherwise)
        FATE_DUPLICATE,  //
        FATE_REDECLARED, // a duplicate, stored under another version of its declaration
        FATE_CONFLICT,   // same identity, other content
} Fate;

typedef struct Attempt {
        Fate fate;
        ReasonSet warnings; // that came up here: placeholders
        bool stale;
} Attempt;

// A partition in the range of items that is being written.
typedef struct Move {
        bool used;
        bool set; // the compare-and-set has moved it
        int64_t next;
        size_t last; // the last item that moves it; SIZE_MAX: none, only its end
} Move;

typedef struct LedgerKey {
        Digest key;
        uint32_t item;
} LedgerKey;

// A row for a table in which one row of each key wins.
typedef struct Candidate {
        const Row *row;
        uint32_t item;
        bool chosen; // the greatest of its key in this transaction
        bool beaten; // came after a greater one
        bool won;    // chosen, and greater than what was stored
} Candidate;

typedef struct TableWork {
        char *copy_sql;
        char *upsert_sql;
        char *delete_sql;
        Buffer copy; // rows for COPY
        size_t copy_rows;
        Candidate *candidates;
        size_t candidate_count;
        size_t candidate_size;
        size_t winners;
} TableWork;

// A key of a dimension that nobody here knows to be in the database.
typedef struct Unknown {
        Span key;
        uint32_t described; // the first item with a row for it; UINT32_MAX: none
        bool fresh;         // made by this transaction
} Unknown;

typedef struct ReferenceWork {
        char *sql;
        KeyMap known; // committed
        Unknown *unknown;
        size_t unknown_count;
        size_t unknown_size;
} ReferenceWork;

typedef enum OperationKind { OPERATION_UPSERT, OPERATION_DELETE, OPERATION_COPY } OperationKind;

typedef struct Operation {
        OperationKind kind;
        uint32_t table;
} Operation;

typedef struct Tally {
        uint32_t partition;
        Span source;
        Span type;
        int64_t accepted;
        int64_t duplicate;
        int64_t stale;
        int64_t rejected;
        int64_t warned;
} Tally;

// A single item that PostgreSQL refused, for the columns of its dead letter.
typedef struct Guilty {
        uint32_t item;
        int64_t offset;
        char sqlstate[6];
        char constraint[64];
} Guilty;

typedef struct StopNote {
        Span topic;
        int32_t partition;
        const char *why;
} StopNote;

struct Writer {
        Loop *loop;
        LoopTimer *timer; // backoff
        const Catalogue *catalogue;
        WriterEvents events;
        void *userdata;
        char *cluster_id;
        char *group;
        char *instance;
        int64_t backoff_min_ms;
        int64_t backoff_max_ms;
        uint64_t random;
        unsigned tries; // that failed in a row
        Connection *connection;
        Schema *schema;
        Mode mode;
        bool replica;   // foreign keys need not fire
        bool sql_ready; // derived texts are there
        PgError why;    // last reason for being closed
        Buffer faults;  // of the schema
        Params params;
        Buffer scratch;

        Claim *claims;
        const Start *starts;
        size_t claim_count; // of either
        uint32_t *order;    // of claims, by key
        size_t order_size;
        size_t claim_at;
        StopNote note;
        PgError error; // of the transaction that is being rolled back

        Batch *batch;
        WriterCounts counts; // of the batch
        WriterCounts range_counts;
        size_t begin; // the range of items in this transaction
        size_t limit;
        size_t most;   // items in a range since one took too long; 0: as many as there are
        unsigned fits; // ranges of that size that went through in a row
        size_t step;
        size_t cursor;        // inside the step
        uint32_t guilty_item; // found by ourselves; UINT32_MAX: none
        int64_t now_us;
        Attempt *attempts; // by item
        size_t attempt_size;
        Move *moves; // by partition
        size_t move_size;
        LedgerKey *keys;
        int32_t *source_ids; // by number in the batch
        size_t source_id_size;
        size_t unknown_sources;
        unsigned unrepeated; // transactions in a row that brought no key that the ledger had
        size_t key_count;
        size_t key_size;
        Buffer ledger;
        size_t ledger_rows;
        bool gathered;
        TableWork *tables;
        ReferenceWork *references;
        Operation *operations;
        size_t operation_count;
        Tally *tallies;
        size_t tally_count;
        size_t tally_size;
        KeyMap tally_index;
        KeyMap tally_memo; // the same by numbers, for accepted events
        KeyMap sources;    // committed
        Guilty *guilty;
        size_t guilty_count;
};

// Room for `count` elements; what was there before is kept.
#define RESERVE(array, size, count) ((array) = reserve((array), &(size), (count), sizeof(*(array))))
void *reserve(void *array, size_t *size, size_t count, size_t element);

// writer.c
void writer_stop(Writer *writer, const char *doing, const PgError *error);
void writer_forget(Writer *writer); // everything in memory that may not be in the database
// Sets the backoff timer and says so.
void writer_trouble(Writer *writer, const PgError *error);
void writer_query(Writer *writer, const char *sql, ResultFn *fn); // with writer->params
// True when the error was dealt with by stopping.
bool writer_stopped_by(Writer *writer, const char *doing, const PgError *error);

// claim.c
void claim_begin(Writer *writer);
void start_begin(Writer *writer);
void note_begin(Writer *writer);
void look_begin(Writer *writer);
// Topics bytewise, then partitions: the order in which rows of ingest.kafka_offset are locked.
int partition_compare(Span topic_a, int32_t partition_a, Span topic_b, int32_t partition_b);

// attempt.c
void attempt_begin(Writer *writer);
// From `begin` on, as much as goes into one transaction.
void attempt_rest(Writer *writer);
// The range took too long: until further notice, half of it.
void attempt_shrink(Writer *writer);
void attempt_step(void *userdata, const Result *result, const PgError *error); // the ResultFn of all steps
// Gives up this try.
void attempt_fail(Writer *writer, const PgError *error);
// Found before PostgreSQL could: this item does not fit. A step that calls it returns true ("sent").
void attempt_refuse(Writer *writer, uint32_t item, const PgError *error);

// The steps, see attempt.c. `…_send` returns false when there is nothing (more) to send; `…_take` returns false when
// it has taken over (nothing goes on by itself).
bool sources_find_send(Writer *writer);
bool sources_find_take(Writer *writer, const Result *result);
bool sources_add_send(Writer *writer);
// How far the range moves each partition; false: it moves none.
bool offsets_find(Writer *writer);
bool offsets_send(Writer *writer);
bool offsets_take(Writer *writer, const Result *result);
bool ledger_find_send(Writer *writer);
bool ledger_find_take(Writer *writer, const Result *result);
bool ledger_copy_send(Writer *writer);
bool ledger_was_wrong(const Writer *writer,
                      const PgError *error); // the look-up was left out, and should not have been
void ledger_committed(Writer *writer);
bool references_send(Writer *writer);
bool references_take(Writer *writer, const Result *result);
void references_committed(Writer *writer);
bool rows_send(Writer *writer);
bool rows_take(Writer *writer, const Result *result);
bool letters_send(Writer *writer);
bool tally_send(Writer *writer);

// rows.c
Operation *operations_of(const Catalogue *catalogue, size_t *ret_count);
// candidate.c: the greatest row of each key, and how it fared.
void candidates_choose(const Table *table, TableWork *work);
size_t candidates_chosen(const TableWork *work);
void candidates_take(Writer *writer, uint32_t table, const Result *result);
int value_compare(const Value *a, const Value *b);

static inline Item *item_at(const Writer *writer, size_t index) {
        return &writer->batch->items[index];
}
static inline Span buffer_span(const Buffer *buffer) {
        return (Span){buffer->ptr, buffer->len};
}
