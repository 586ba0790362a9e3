// SPDX-License-Identifier: Apache-2.0
// One asynchronous connection that claims partitions and writes batches, each in one transaction together with its
// offsets. The order inside the transaction, and why nothing is lost or doubled, stands in ARCHITECTURE.md.
// It reconnects, retries and halves a batch by itself; it says what happened through WriterEvents, from the loop.
#pragma once
#include "base/digest.h"
#include "base/error.h"
#include "base/loop.h"
#include "event/batch.h"
#include "event/catalogue.h"

typedef struct Writer Writer;

typedef struct WriterOptions {
        const char *conninfo;
        const char *application_name; // "kepud/<instance>"
        const char *cluster_id;       // of the Kafka cluster
        const char *group;            // consumer group
        const char *instance;         // shown in ingest.kafka_offset.owner
        int64_t backoff_min_ms;       // 0: 200 ms
        int64_t backoff_max_ms;       // 0: 10 s
} WriterOptions;

// The last record of a partition that was written, to be found again by whoever claims the partition.
typedef struct Mark {
        int64_t offset; // -1: none
        Digest digest;  // message_record_digest()
} Mark;

// A partition to claim, and the answer.
typedef struct Claim {
        Span topic;
        int32_t partition;
        // answer
        bool found;       // has a row and is ours now
        bool topic_known; // some partition of the topic has a row
        bool refused;     // the row belongs to another cluster or group: `Claim.refusal`
        char refusal[256];
        int64_t next_offset; // found: where to read on
        int64_t epoch;       // found: of this claim
        Mark last;           // found
        bool paused;         // found: not to be read until somebody says so
} Claim;

// A partition's first offset, decided by kafka.start (design: once per topic).
typedef struct Start {
        Span topic;
        int32_t partition;
        int64_t first;  // that Kafka has
        int64_t offset; // where we begin; what lies between is a row of ingest.gap
} Start;

// What one committed transaction did.
typedef struct WriterCounts {
        size_t accepted; // in the ledger for the first time, stale ones included
        size_t duplicates;
        size_t stale;
        size_t rejected;     // dead letters
        size_t rows;         // in the model
        size_t placeholders; // rows of dimensions that were referred to, but not described in the same transactions
        size_t transactions; // committed; more than one when the batch had to be halved
        size_t lookups;      // how many of them asked the ledger first (ledger.c)
        // Events by reason: rejects, D_DUPLICATE, S_STALE, and of accepted events the warnings, those of placeholders
        // included. An event can count under several.
        size_t by_reason[REASON_COUNT];
} WriterCounts;

typedef struct WriterEvents {
        // Connected, and the schema fits: claims and batches may come. After a loss everything has to be claimed
        // again.
        void (*ready)(void *userdata);
        // The connection is gone (it is being made again) or was never there; `why` for the log, once per change.
        void (*lost)(void *userdata, const char *why);
        // Answer to writer_claim(); the array is the caller's.
        void (*claimed)(void *userdata, Claim *claims, size_t count);
        // Answer to writer_start().
        void (*started)(void *userdata);
        // Answer to writer_note_stop().
        void (*noted)(void *userdata);
        // Answer to writer_look().
        void (*looked)(void *userdata, Claim *claims, size_t count);
        // The batch is in the database as far as it is not skipped or dropped; the caller may reset it.
        void (*written)(void *userdata, Batch *batch, const WriterCounts *counts);
        // These partitions (marked `dropped` in the batch) have another owner; the rest of the batch goes on by
        // itself.
        void (*fenced)(void *userdata, Batch *batch);
        // An error that passes: for the log. `retry_ms` until the next try.
        void (*trouble)(void *userdata, const char *sqlstate, const char *message, int64_t retry_ms);
        // A single event was refused by PostgreSQL and goes to the dead letters (item->why is set).
        void (*isolated)(void *userdata, const Item *item, const char *sqlstate, const char *message);
        // Wrong schema, missing right, broken database: a person has to act; nothing more will be written.
        void (*stopped)(void *userdata, const Error *error);
} WriterEvents;

Writer *writer_new(Loop *loop, const Catalogue *catalogue, const WriterOptions *options, const WriterEvents *events,
                   void *userdata);
Writer *writer_free(Writer *writer); // closes at once; an open transaction is rolled back by the server

void writer_connect(Writer *writer);
bool writer_is_ready(const Writer *writer); // connected, and neither a batch nor a claim in hand

// One of these at a time; answered by an event, or void when `lost` comes first.
void writer_claim(Writer *writer, Claim *claims, size_t count);
void writer_start(Writer *writer, const Start *starts, size_t count);
// Reads `found` and `epoch` of these partitions, whoever has claimed them; a look that fails is tried again.
void writer_look(Writer *writer, Claim *claims, size_t count);
// Writes down why reading a partition of ours stopped; the next batch that moves its offset takes the note away. The
// texts belong to the caller and have to live until the answer.
void writer_note_stop(Writer *writer, Span topic, int32_t partition, const char *why);
// How the reason begins when the partition is not the log that was read: whoever resumes it leaves a gap.
#define STOP_ANOTHER_LOG "another log: "
// The batch belongs to the writer until `written`, or until `lost`: then the caller claims again, marks what is
// already in (skip, dropped), sets epoch and expected, and hands the batch over once more.
void writer_write(Writer *writer, Batch *batch);
// Gives a batch back that waits for its next try after `trouble`, so that something can be claimed; then as after
// `lost`. False: there is none, or a try is under way.
bool writer_take_back(Writer *writer);
