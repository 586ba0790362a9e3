// SPDX-License-Identifier: Apache-2.0
// A lane is one message queue, to which the queues of its partitions are forwarded. Whoever does not read it lets it
// fill up to librdkafka's bounds, and fetching stops: backpressure without pause().
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"
#include "kafka/consumer_state.h"

static void lane_readable(void *userdata, uint32_t events) {
        (void)events;
        Lane *lane = userdata;
        uint64_t count;
        // The count says nothing; reading it arms the descriptor again.
        if (read(lane->fd, &count, sizeof(count)) > 0 && lane->consumer->reading)
                lane->consumer->events.readable(lane->consumer->userdata, lane->index);
}

void lanes_init(Consumer *consumer, uint32_t count) {
        consumer->lanes = xcalloc(count, sizeof(*consumer->lanes));
        consumer->lane_count = count;
        for (uint32_t i = 0; i < count; i++) {
                Lane *lane = &consumer->lanes[i];
                *lane = (Lane){.consumer = consumer, .index = i, .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
                loop_watch(consumer->loop, lane->fd, EPOLLIN, lane_readable, lane);
        }
}

static int forward(Consumer *consumer, const char *topic, int32_t partition, rd_kafka_queue_t *to) {
        rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(consumer->rk, topic, partition);
        if (!queue)
                return -1;
        rd_kafka_queue_forward(queue, to);
        // What is left in it is of the time before.
        rd_kafka_message_t *old;
        while (!to && (old = rd_kafka_consume_queue(queue, 0)))
                rd_kafka_message_destroy(old);
        rd_kafka_queue_destroy(queue);
        return 0;
}

static rd_kafka_queue_t *queue_for(const Consumer *consumer, int i) {
        return consumer->lanes[consumer->lane_of[i]].queue;
}

int lanes_open(Consumer *consumer, Error *error) {
        static const uint64_t one = 1;
        for (uint32_t i = 0; i < consumer->lane_count; i++) {
                Lane *lane = &consumer->lanes[i];
                lane->queue = rd_kafka_queue_new(consumer->rk);
                rd_kafka_queue_io_event_enable(lane->queue, lane->fd, &one, sizeof(one));
        }
        // Before assign(): a message that arrives first on the consumer's own queue would be lost to the lane.
        for (int i = 0; i < consumer->started->cnt; i++) {
                const rd_kafka_topic_partition_t *p = &consumer->started->elems[i];
                if (forward(consumer, p->topic, p->partition, queue_for(consumer, i)) < 0)
                        return error_set(error, "could not get the queue of %s/%d", p->topic, p->partition);
        }
        return 0;
}

void lanes_forward(Consumer *consumer) {
        for (int i = 0; i < consumer->started->cnt; i++)
                forward(consumer, consumer->started->elems[i].topic, consumer->started->elems[i].partition,
                        queue_for(consumer, i));
}

void lanes_drop(Consumer *consumer) {
        const rd_kafka_topic_partition_list_t *started = consumer->started;
        for (int i = 0; started && i < started->cnt; i++)
                forward(consumer, started->elems[i].topic, started->elems[i].partition, NULL);
        for (uint32_t i = 0; i < consumer->lane_count; i++) {
                Lane *lane = &consumer->lanes[i];
                if (!lane->queue)
                        continue;
                rd_kafka_queue_io_event_enable(lane->queue, -1, NULL, 0);
                rd_kafka_queue_destroy(lane->queue);
                lane->queue = NULL;
        }
}

void lanes_deinit(Consumer *consumer) {
        lanes_drop(consumer);
        for (uint32_t i = 0; i < consumer->lane_count; i++) {
                loop_watch(consumer->loop, consumer->lanes[i].fd, 0, NULL, NULL);
                close(consumer->lanes[i].fd);
        }
        freep(&consumer->lanes);
        consumer->lane_count = 0;
}
