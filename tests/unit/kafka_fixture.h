// SPDX-License-Identifier: Apache-2.0
// A broker in this process, and a consumer that writes down what happens to it.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "kafka/broker.h"
#include "kafka/consumer.h"
#include "kafka/publish.h"

#define DEADLINE_MS 20000
#define PARTITIONS  16

typedef struct Record {
        int32_t partition;
        int64_t offset;
} Record;

typedef struct Reader {
        Loop *loop;
        Consumer *consumer;
        Arena arena;
        ConsumerPartition partitions[PARTITIONS]; // of the last assignment
        char topics[PARTITIONS][64];
        size_t count;
        int assignments;
        int revocations;
        int losses;
        bool hold;         // do not start by yourself
        bool hold_release; // do not give back by yourself
        bool blocked;      // do not read
        int64_t start;     // where to start by yourself
        Record *records;
        size_t record_count;
        size_t fresh_from; // records of the last assignment begin here
        size_t ends;
        Record last_end;
        size_t out_of_range;
        Record last_out_of_range;
        int notes;
        int fatals;
        char last_note[512];
} Reader;

static inline void reader_read(Reader *reader, uint32_t lane) {
        Message message;
        void *owned;
        ConsumerRead what;
        while (!reader->blocked &&
               (what = consumer_read(reader->consumer, lane, &reader->arena, &message, &owned)) != CONSUMER_NOTHING) {
                Record record = {message.partition, message.offset};
                if (what == CONSUMER_END) {
                        reader->ends++;
                        reader->last_end = record;
                } else if (what == CONSUMER_OUT_OF_RANGE) {
                        reader->out_of_range++;
                        reader->last_out_of_range = record;
                } else if (what == CONSUMER_MESSAGE) {
                        if ((reader->record_count & (reader->record_count - 1)) == 0)
                                reader->records =
                                        xrealloc(reader->records, (2 * reader->record_count + 1) * sizeof(Record));
                        reader->records[reader->record_count++] = record;
                        consumer_release_message(owned);
                }
        }
}

static inline void reader_start(Reader *reader, int64_t offset) {
        Error error = ERROR_NULL;
        for (size_t i = 0; i < reader->count; i++)
                reader->partitions[i].offset = offset;
        if (consumer_start(reader->consumer, reader->partitions, reader->count, &error) < 0)
                fail_msg("%s", error.text);
}

static inline void reader_assigned(void *userdata, const ConsumerPartition *partitions, size_t count) {
        Reader *reader = userdata;
        reader->assignments++;
        reader->fresh_from = reader->record_count;
        reader->count = count;
        assert_true(count <= PARTITIONS);
        for (size_t i = 0; i < count; i++) {
                reader->partitions[i] = partitions[i];
                snprintf(reader->topics[i], sizeof(reader->topics[i]), "%s", partitions[i].topic);
                reader->partitions[i].topic = reader->topics[i];
        }
        if (!reader->hold)
                reader_start(reader, reader->start);
}

static inline void reader_revoked(void *userdata, bool lost) {
        Reader *reader = userdata;
        reader->revocations++;
        reader->losses += lost;
        if (!reader->hold_release)
                consumer_release(reader->consumer);
}

static inline void reader_readable(void *userdata, uint32_t lane) {
        reader_read(userdata, lane);
}

static inline void reader_note(void *userdata, int level, const char *text, bool fatal) {
        Reader *reader = userdata;
        reader->notes++;
        reader->fatals += fatal;
        snprintf(reader->last_note, sizeof(reader->last_note), "%s", text);
        if (level < 7)
                print_message("note %d: %s\n", level, text);
}

static const ConsumerEvents reader_events = {reader_assigned, reader_revoked, reader_readable, reader_note};

// Small intervals, so that a broker that misses us says so soon; but the mock lets the first join wait for 3 s, and
// drops members meanwhile whose session is shorter.
#define SESSION_MS 4000
static const char *const quick[] = {"session.timeout.ms=4000", "heartbeat.interval.ms=200",
                                    "max.poll.interval.ms=4000", "reconnect.backoff.max.ms=500"};

static inline Reader *reader_new(Loop *loop, const char *brokers, const char *topic, const char *instance) {
        Reader *reader = xcalloc(1, sizeof(*reader));
        reader->loop = loop;
        reader->arena = ARENA_NULL;
        const char *const topics[] = {topic};
        ConsumerOptions options = {.brokers = brokers,
                                   .group = topic,
                                   .instance = instance,
                                   .topics = topics,
                                   .topic_count = 1,
                                   .properties = quick,
                                   .property_count = sizeof(quick) / sizeof(*quick),
                                   .memory_bytes = CONSUMER_MEMORY_MIN,
                                   .lanes = 2};
        Error error = ERROR_NULL;
        reader->consumer = consumer_new(loop, &options, &reader_events, reader, &error);
        if (!reader->consumer || consumer_subscribe(reader->consumer, &error) < 0)
                fail_msg("%s", error.text);
        return reader;
}

// Returns how long closing took.
static inline int64_t reader_free(Reader *reader) {
        int64_t before = clock_monotonic_ms();
        assert_true(consumer_close(reader->consumer, 5000));
        int64_t took = clock_monotonic_ms() - before;
        arena_deinit(&reader->arena);
        free(reader->records);
        free(reader);
        return took;
}

// Runs the loop until the condition holds; a test fails when it does not within the deadline.
#define wait_for(the_loop, condition)                                                                                \
        do {                                                                                                         \
                int64_t until_ = clock_monotonic_ms() + DEADLINE_MS;                                                 \
                bool holds_;                                                                                         \
                while (!(holds_ = (condition)) && clock_monotonic_ms() < until_)                                     \
                        loop_run_once(the_loop, 20);                                                                 \
                if (!holds_)                                                                                         \
                        fail_msg("not within %d ms: %s", DEADLINE_MS, #condition);                                   \
        } while (0)

// Lets the loop run for a time in which something must not happen.
static inline void run_for(Loop *loop, int64_t ms) {
        for (int64_t until = clock_monotonic_ms() + ms; clock_monotonic_ms() < until;)
                loop_run_once(loop, 20);
}

static inline void publish(const char *brokers, const char *topic, int32_t partition, size_t count, size_t len) {
        Error error = ERROR_NULL;
        Publisher *publisher = publisher_new(brokers, NULL, 0, &error);
        if (!publisher)
                fail_msg("%s", error.text);
        char *value = xcalloc(1, len);
        for (size_t i = 0; i < count; i++)
                if (publisher_send(publisher, topic, SPAN_NULL, (Span){value, len}, NULL, 0, partition, &error) < 0)
                        fail_msg("%s", error.text);
        uint64_t delivered;
        uint64_t failed;
        if (publisher_flush(publisher, DEADLINE_MS, &delivered, &failed, &error) < 0)
                fail_msg("%s", error.text);
        assert_int_equal(delivered, count);
        publisher_free(publisher);
        free(value);
}

// The offsets of each partition go up by one, from `first`.
static inline void assert_sequence(const Reader *reader, size_t from, int64_t first) {
        int64_t next[PARTITIONS];
        for (size_t i = 0; i < PARTITIONS; i++)
                next[i] = first;
        for (size_t i = from; i < reader->record_count; i++) {
                const Record *record = &reader->records[i];
                assert_int_equal(record->offset, next[record->partition]);
                next[record->partition]++;
        }
}
