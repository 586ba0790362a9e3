// SPDX-License-Identifier: Apache-2.0
// librdkafka's consumer, bent to what we need: start positions come from outside, backpressure by not reading,
// everything in the caller's thread. Built around the traps of librdkafka 2.0.2: no pause, no seek, no batch API,
// eager assignment, positions set by assign(), an exit that does not depend on rd_kafka_destroy().
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "base/loop.h"
#include "event/message.h"

typedef struct Consumer Consumer;

// Less is raised to it: a message of 1 MiB has to pass.
#define CONSUMER_MEMORY_MIN ((size_t)8 * 1024 * 1024)

typedef struct ConsumerOptions {
        const char *brokers;
        const char *group;
        const char *instance; // group.instance.id (static membership); NULL: dynamic member
        const char *const *topics;
        size_t topic_count;
        const char *const *properties; // "name=value", any librdkafka property; checked
        size_t property_count;
        size_t memory_bytes; // for librdkafka's own queues; bounds queued.* and fetch.* are derived from it
        uint32_t lanes;      // message queues; each partition belongs to one
} ConsumerOptions;

typedef struct ConsumerPartition {
        const char *topic; // valid until the next assignment
        int32_t partition;
        uint32_t lane;
        int64_t offset; // where to start reading
} ConsumerPartition;

// All of them run inside loop_run_once(), in the caller's thread; consumer_close() must not be called from them.
typedef struct ConsumerEvents {
        // These partitions are ours; nothing is read until consumer_start(). The previous assignment is over.
        void (*assigned)(void *userdata, const ConsumerPartition *partitions, size_t count);
        // They have to be given back: finish what is in flight, then call consumer_release(), soon. `lost`: they
        // may have another owner already.
        void (*revoked)(void *userdata, bool lost);
        // A lane may have something to read: call consumer_read() until it says nothing. Comes when an empty lane
        // gets something. Whoever stops early, for want of room, reads on by itself later (it is also reminded four
        // times a second).
        void (*readable)(void *userdata, uint32_t lane);
        // Something to log; priority as LogLevel. `fatal`: the client cannot go on (fenced static member, …).
        void (*note)(void *userdata, int level, const char *text, bool fatal);
} ConsumerEvents;

// NULL and `error` when a property is wrong (the message names it).
Consumer *consumer_new(Loop *loop, const ConsumerOptions *options, const ConsumerEvents *events, void *userdata,
                       Error *error);
int consumer_subscribe(Consumer *consumer, Error *error);

// Begin, or begin again, reading exactly these partitions at their offsets. Messages fetched before are forgotten.
// None at all is fine too (when the group gives us none it has to be said). -1 when there is no assignment any more:
// wait for the next `assigned`. It also answers a group that waits: until then no other member gets anything.
int consumer_start(Consumer *consumer, const ConsumerPartition *partitions, size_t count, Error *error);
// The answer to `revoked`: nothing is ours any more.
void consumer_release(Consumer *consumer);

typedef enum ConsumerRead {
        CONSUMER_NOTHING,      // the lane is empty
        CONSUMER_MESSAGE,      // `message` and `owned` are set
        CONSUMER_END,          // end of a partition: message->topic, partition and offset (the next one to come)
        CONSUMER_OUT_OF_RANGE, // the partition's position does not exist in Kafka any more; it delivers nothing more
        // The brokers gave something that cannot be read (checksum, compression): the partition delivers nothing
        // more, or there would be a gap. consumer_start() tries again.
        CONSUMER_DAMAGED,
        CONSUMER_ERROR, // something else about this partition, told by `note`; goes on by itself
} ConsumerRead;

// Headers go into `arena`; the rest of the message lives until consumer_release_message(owned). (It
// keeps alive the whole response that it came in, at most a quarter of `memory_bytes`.) After `revoked`: nothing.
ConsumerRead consumer_read(Consumer *consumer, uint32_t lane, Arena *arena, Message *message, void **owned);
void consumer_release_message(void *owned);

// Blocking, at most `timeout_ms`. Once the process was told to end (SIGTERM, SIGINT pending) they fail at once.
int consumer_watermarks(Consumer *consumer, const char *topic, int32_t partition, int timeout_ms, int64_t *ret_low,
                        int64_t *ret_high, Error *error);
// The first message with this Kafka time (ms since 1970) or a later one; the end when there is none.
int consumer_offset_at(Consumer *consumer, const char *topic, int32_t partition, int64_t time_ms, int timeout_ms,
                       int64_t *ret_offset, Error *error);
int consumer_partition_count(Consumer *consumer, const char *topic, int timeout_ms, int32_t *ret_count, Error *error);
// The end of a partition that is being read, as the last answer told it; -1: none did. Nobody is asked. While a
// producer's transaction is open it lies behind what can be read.
int64_t consumer_known_end(const Consumer *consumer, const char *topic, int32_t partition);
// 1: the topic is compacted, 0: it is not, or we may not know; -1 and `error`: no answer.
int consumer_is_compacted(Consumer *consumer, const char *topic, int timeout_ms, Error *error);
// The id of the cluster, owned by the consumer; NULL when no broker answered in time.
const char *consumer_cluster_id(Consumer *consumer, int timeout_ms);

// For lag tools only: asynchronous, throttled to once a second, failures are only noted.
void consumer_commit(Consumer *consumer, const ConsumerPartition *next_offsets, size_t count);

// Leaves the group and frees, at most `timeout_ms`; true when librdkafka ended in time. When false the process must
// end by _exit(): a thread of librdkafka still runs.
bool consumer_close(Consumer *consumer, int timeout_ms);
