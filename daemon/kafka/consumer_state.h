// SPDX-License-Identifier: Apache-2.0
// Inside of Consumer, shared by consumer.c (group and life), consumer_read.c (messages), consumer_query.c (questions
// to the brokers) and lane.c. Nobody else includes it.
#pragma once
#include <librdkafka/rdkafka.h>

#include "kafka/consumer.h"
#include "kafka/repeats.h"

typedef struct Lane {
        Consumer *consumer;
        uint32_t index;
        rd_kafka_queue_t *queue; // NULL while nothing is started
        int fd;                  // eventfd, written by librdkafka when the queue is no longer empty
        size_t read_bytes;       // since the brokers' threads were woken
        size_t read_messages;
} Lane;

struct Consumer {
        Loop *loop;
        ConsumerEvents events;
        void *userdata;
        rd_kafka_t *rk;
        rd_kafka_queue_t *queue; // group events, errors, log lines
        int fd;
        LoopTimer *timer;
        Lane *lanes;
        uint32_t lane_count;
        size_t lane_bytes; // bounds of a lane's queue, as librdkafka was told
        size_t lane_messages;
        rd_kafka_topic_partition_list_t *topics;
        rd_kafka_topic_partition_list_t *assigned; // what the group gave us; NULL: nothing, or revoked
        ConsumerPartition *partitions;             // the same for `events.assigned`
        rd_kafka_topic_partition_list_t *started;  // what is being read, with its start offsets
        uint32_t *lane_of;                         // of each in `started`
        bool revoking;                             // between `revoked` and consumer_release()
        bool reading;                              // between consumer_start() and `revoked`
        rd_kafka_topic_partition_list_t *halted;   // deliver nothing more until the next start
        rd_kafka_topic_partition_list_t *commit;   // next offsets that Kafka has not been told
        int64_t commit_after_ms;
        char *cluster_id;
        Repeats repeats;
        bool fatal; // told already
        bool closing;
};

// To `events.note`, unless it repeats itself.
void consumer_note(Consumer *consumer, int level, const char *format, ...) __attribute__((format(printf, 3, 4)));

// Sends what consumer_commit() collected, if it is time, or `now`.
void consumer_commit_flush(Consumer *consumer, bool now);

// Makes librdkafka look again whether there is room in the queues.
void consumer_wake_fetchers(Consumer *consumer);

void lanes_init(Consumer *consumer, uint32_t count);
// Fresh queues for what is in `started`; 0, or -1 and `error`. An assign() has to follow.
int lanes_open(Consumer *consumer, Error *error);
// Forwards once more what lanes_open() forwarded; brings along what got stuck before.
void lanes_forward(Consumer *consumer);
// Forgets everything fetched.
void lanes_drop(Consumer *consumer);
void lanes_deinit(Consumer *consumer);
