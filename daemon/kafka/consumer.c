// SPDX-License-Identifier: Apache-2.0
#include "kafka/consumer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "kafka/client.h"
#include "kafka/consumer_state.h"

#define MIB     (1024 * 1024)
// Also when nothing happens: librdkafka counts our polls against max.poll.interval.ms.
#define POLL_MS 250

static void deliver(Consumer *consumer, int level, const char *text, bool fatal) {
        uint64_t held = 0;
        // Who asks for debugging wants all of it.
        if (level < LOG_LEVEL_DEBUG && !repeats_pass(&consumer->repeats, text, clock_monotonic_ms(), &held) && !fatal)
                return;
        if (held == 0) {
                consumer->events.note(consumer->userdata, level, text, fatal);
                return;
        }
        cleanup(freep) char *more = xasprintf("%s (%lu more like it before)", text, (unsigned long)held);
        consumer->events.note(consumer->userdata, level, more, fatal);
}

void consumer_note(Consumer *consumer, int level, const char *format, ...) {
        char text[1024];
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        deliver(consumer, level, text, false);
}

// Group events ------------------------------------------------------------------------------------------------------

static void forget_list(rd_kafka_topic_partition_list_t **list) {
        if (*list)
                rd_kafka_topic_partition_list_destroy(*list);
        *list = NULL;
}

static void empty_list(rd_kafka_topic_partition_list_t *list) {
        while (list->cnt > 0)
                rd_kafka_topic_partition_list_del_by_idx(list, list->cnt - 1);
}

static void forget_start(Consumer *consumer) {
        consumer->reading = false;
        lanes_drop(consumer);
        forget_list(&consumer->started);
        free(TAKE_PTR(consumer->lane_of));
        empty_list(consumer->halted);
}

static void forget_assignment(Consumer *consumer) {
        forget_start(consumer);
        consumer->revoking = false;
        forget_list(&consumer->assigned);
        free(TAKE_PTR(consumer->partitions));
        empty_list(consumer->commit);
}

static void on_assigned(Consumer *consumer, const rd_kafka_topic_partition_list_t *list) {
        forget_assignment(consumer);
        consumer->assigned = rd_kafka_topic_partition_list_copy(list);
        rd_kafka_topic_partition_list_sort(consumer->assigned, NULL, NULL);
        size_t count = (size_t)list->cnt;
        consumer->partitions = xcalloc(count, sizeof(*consumer->partitions));
        for (size_t i = 0; i < count; i++) {
                const rd_kafka_topic_partition_t *p = &consumer->assigned->elems[i];
                consumer->partitions[i] = (ConsumerPartition){
                        p->topic, p->partition, (uint32_t)(i % consumer->lane_count), RD_KAFKA_OFFSET_INVALID};
        }
        consumer->events.assigned(consumer->userdata, consumer->partitions, count);
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list,
                         void *userdata) {
        Consumer *consumer = userdata;
        if (consumer->closing ||
            (err != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && err != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)) {
                consumer_release(consumer);
        } else if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
                on_assigned(consumer, list);
        } else {
                consumer->reading = false;
                consumer->revoking = true;
                consumer->events.revoked(consumer->userdata, rd_kafka_assignment_lost(rk));
        }
}

static void on_fatal(Consumer *consumer) {
        char reason[512];
        rd_kafka_resp_err_t err = rd_kafka_fatal_error(consumer->rk, reason, sizeof(reason));
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR || consumer->fatal)
                return;
        consumer->fatal = true;
        consumer->reading = false; // librdkafka has given everything up, and does not ask
        cleanup(freep) char *text = xasprintf("kafka: cannot go on: %s: %s", rd_kafka_err2str(err), reason);
        deliver(consumer, LOG_LEVEL_ERROR, text, true);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *userdata) {
        (void)rk;
        Consumer *consumer = userdata;
        if (consumer->closing)
                return;
        switch (err) {
        case RD_KAFKA_RESP_ERR__FATAL:
                on_fatal(consumer);
                break;
        case RD_KAFKA_RESP_ERR__TRANSPORT: // these come as log lines as well
        case RD_KAFKA_RESP_ERR__RESOLVE:
                break;
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR__SSL:
                consumer_note(consumer, LOG_LEVEL_ERROR, "kafka: %s", reason);
                break;
        default:
                consumer_note(consumer, LOG_LEVEL_WARNING, "kafka: %s", reason);
        }
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
        Consumer *consumer = rd_kafka_opaque(rk);
        if (consumer->closing)
                return;
        // What it calls an error is mostly a broker that is away, and it tries again by itself.
        int capped = level < LOG_LEVEL_WARNING ? LOG_LEVEL_WARNING : level;
        // The mock is too old to be told not to create topics; every broker of today is not.
        if (strcmp(facility, "AUTOCREATE") == 0)
                capped = LOG_LEVEL_DEBUG;
        consumer_note(consumer, capped, "kafka: %s: %s", facility, text);
}

static void on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *offsets,
                      void *userdata) {
        (void)rk;
        (void)offsets;
        Consumer *consumer = userdata;
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR && err != RD_KAFKA_RESP_ERR__NO_OFFSET && !consumer->closing)
                consumer_note(consumer, LOG_LEVEL_INFO, "kafka: could not commit for lag tools: %s",
                              rd_kafka_err2str(err));
}

// Serves everything but messages. Callbacks run in here.
static void serve(Consumer *consumer) {
        rd_kafka_message_t *from;
        while ((from = rd_kafka_consumer_poll(consumer->rk, 0))) {
                if (from->err == RD_KAFKA_RESP_ERR__FATAL)
                        on_fatal(consumer);
                else if (from->err)
                        consumer_note(consumer, LOG_LEVEL_WARNING, "kafka: %s", rd_kafka_message_errstr(from));
                else // would be a gap in its lane
                        deliver(consumer, LOG_LEVEL_ERROR, "kafka: a message came past its lane", true);
                rd_kafka_message_destroy(from);
        }
}

static void queue_readable(void *userdata, uint32_t events) {
        (void)events;
        Consumer *consumer = userdata;
        uint64_t count;
        if (read(consumer->fd, &count, sizeof(count)) > 0)
                serve(consumer);
}

static void tick(void *userdata) {
        Consumer *consumer = userdata;
        loop_timer_set(consumer->timer, POLL_MS);
        serve(consumer);
        consumer_commit_flush(consumer, false);
        // A second look: a forwarding or a wake-up that got lost must not stop a lane for ever.
        if (consumer->reading)
                lanes_forward(consumer);
        for (uint32_t i = 0; consumer->reading && i < consumer->lane_count; i++)
                if (rd_kafka_queue_length(consumer->lanes[i].queue) > 0)
                        consumer->events.readable(consumer->userdata, i);
}

// Life --------------------------------------------------------------------------------------------------------------

static int set_bytes(rd_kafka_conf_t *conf, const char *name, size_t value, Error *error) {
        char text[24];
        snprintf(text, sizeof(text), "%zu", value);
        return client_set(conf, name, text, error);
}

// A queue may grow to its bound, and by the responses then on their way, one from each broker, which are compressed:
// JSON unfolds to ten times as much. So half of the memory is for queues, and a sixteenth for one response;
// librdkafka wants at least 1 MiB. What is larger than that comes alone. Each message costs about 500 bytes beside
// its value, which librdkafka does not count in bytes: a bound on their number does.
static int set_memory(Consumer *consumer, rd_kafka_conf_t *conf, const ConsumerOptions *options, Error *error) {
        size_t memory = options->memory_bytes;
        size_t room = memory < CONSUMER_MEMORY_MIN ? CONSUMER_MEMORY_MIN : memory;
        size_t lane = room / 2 / options->lanes;
        size_t sixteenth = room / 16 < MIB ? MIB : room / 16;
        size_t fetch = sixteenth > 16 * MIB ? 16 * MIB : sixteenth;
        size_t partition = fetch / 4;
        size_t messages = lane / 512 > 100000 ? 100000 : lane / 512;
        consumer->lane_bytes = lane;
        consumer->lane_messages = messages;
        if (set_bytes(conf, "queued.max.messages.kbytes", lane / 1024, error) < 0 ||
            set_bytes(conf, "queued.min.messages", messages, error) < 0 ||
            set_bytes(conf, "fetch.max.bytes", fetch, error) < 0)
                return -1;
        return set_bytes(conf, "max.partition.fetch.bytes", partition, error);
}

static int set_options(Consumer *consumer, rd_kafka_conf_t *conf, const ConsumerOptions *options, Error *error) {
        if (client_set(conf, "group.id", options->group, error) < 0)
                return -1;
        if (options->instance && client_set(conf, "group.instance.id", options->instance, error) < 0)
                return -1;
        return set_memory(consumer, conf, options, error);
}

static rd_kafka_t *open_client(Consumer *consumer, const ConsumerOptions *options, Error *error) {
        rd_kafka_conf_t *conf =
                client_conf(CLIENT_CONSUMER, options->brokers, options->properties, options->property_count, error);
        if (!conf)
                return NULL;
        if (set_options(consumer, conf, options, error) < 0) {
                rd_kafka_conf_destroy(conf);
                return NULL;
        }
        rd_kafka_conf_set_opaque(conf, consumer);
        rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
        rd_kafka_conf_set_error_cb(conf, on_error);
        rd_kafka_conf_set_log_cb(conf, on_log);
        rd_kafka_conf_set_offset_commit_cb(conf, on_commit);
        return client_new(CLIENT_CONSUMER, conf, error);
}

static void watch_queue(Consumer *consumer) {
        static const uint64_t one = 1;
        rd_kafka_set_log_queue(consumer->rk, NULL);
        rd_kafka_poll_set_consumer(consumer->rk);
        consumer->queue = rd_kafka_queue_get_consumer(consumer->rk);
        consumer->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        rd_kafka_queue_io_event_enable(consumer->queue, consumer->fd, &one, sizeof(one));
        loop_watch(consumer->loop, consumer->fd, EPOLLIN, queue_readable, consumer);
        consumer->timer = loop_timer(consumer->loop, tick, consumer);
        loop_timer_set(consumer->timer, 0); // what was queued before the descriptor was there
}

static void free_lists(Consumer *consumer) {
        forget_list(&consumer->topics);
        forget_list(&consumer->halted);
        forget_list(&consumer->commit);
}

Consumer *consumer_new(Loop *loop, const ConsumerOptions *options, const ConsumerEvents *events, void *userdata,
                       Error *error) {
        assert(options->lanes > 0);
        Consumer *consumer = xcalloc(1, sizeof(*consumer));
        *consumer = (Consumer){.loop = loop, .events = *events, .userdata = userdata};
        consumer->rk = open_client(consumer, options, error);
        if (!consumer->rk) {
                free(consumer);
                return NULL;
        }
        consumer->topics = rd_kafka_topic_partition_list_new((int)options->topic_count);
        for (size_t i = 0; i < options->topic_count; i++)
                rd_kafka_topic_partition_list_add(consumer->topics, options->topics[i], RD_KAFKA_PARTITION_UA);
        consumer->halted = rd_kafka_topic_partition_list_new(1);
        consumer->commit = rd_kafka_topic_partition_list_new(1);
        lanes_init(consumer, options->lanes);
        watch_queue(consumer);
        return consumer;
}

int consumer_subscribe(Consumer *consumer, Error *error) {
        rd_kafka_resp_err_t err = rd_kafka_subscribe(consumer->rk, consumer->topics);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
                return error_set(error, "cannot subscribe: %s", rd_kafka_err2str(err));
        return 0;
}

static int assign(Consumer *consumer, const rd_kafka_topic_partition_list_t *list, Error *error) {
        rd_kafka_resp_err_t err = rd_kafka_assign(consumer->rk, list);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
                return error_set(error, "could not start reading: %s", rd_kafka_err2str(err));
        return 0;
}

// An empty assignment makes everything on its way outdated. (NULL instead would mean that we leave the assignment.)
// It only asks for the stop of each partition, and that stop, when it comes, undoes the forwarding of the partition's
// queue: messages would be delivered nowhere. librdkafka's thread takes requests in their order, so when a second
// one has its answer, the stops are over.
static int stop_reading(Consumer *consumer, Error *error) {
        consumer->reading = false;
        if (!consumer->started)
                return 0;
        rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(1);
        int result = assign(consumer, none, error);
        if (result == 0)
                result = assign(consumer, none, error);
        rd_kafka_topic_partition_list_destroy(none);
        forget_start(consumer);
        return result;
}

static void note_start(Consumer *consumer, const ConsumerPartition *partitions, size_t count) {
        consumer->started = rd_kafka_topic_partition_list_new((int)count);
        consumer->lane_of = xcalloc(count, sizeof(*consumer->lane_of));
        for (size_t i = 0; i < count; i++) {
                const ConsumerPartition *p = &partitions[i];
                assert(p->offset >= 0 && p->lane < consumer->lane_count);
                rd_kafka_topic_partition_list_add(consumer->started, p->topic, p->partition)->offset = p->offset;
                consumer->lane_of[i] = p->lane;
        }
}

int consumer_start(Consumer *consumer, const ConsumerPartition *partitions, size_t count, Error *error) {
        if (!consumer->assigned || consumer->revoking || consumer->fatal)
                return error_set(error, "could not start reading: there is no assignment");
        if (stop_reading(consumer, error) < 0)
                return -1;
        note_start(consumer, partitions, count);
        // Never seek: 2.0.2 says yes and does not.
        if (lanes_open(consumer, error) < 0 || assign(consumer, consumer->started, error) < 0)
                return -1;
        consumer->reading = true;
        return 0;
}

void consumer_release(Consumer *consumer) {
        forget_assignment(consumer);
        rd_kafka_assign(consumer->rk, NULL);
}

// As rd_kafka_consumer_close() does it, but with a deadline.
static void leave_group(Consumer *consumer, int64_t deadline_ms) {
        rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer->rk);
        rd_kafka_error_t *refused = rd_kafka_consumer_close_queue(consumer->rk, queue);
        while (!refused && !rd_kafka_consumer_closed(consumer->rk) && clock_monotonic_ms() < deadline_ms) {
                rd_kafka_message_t *from = rd_kafka_consume_queue(queue, 20);
                if (from)
                        rd_kafka_message_destroy(from);
        }
        if (refused)
                rd_kafka_error_destroy(refused);
        rd_kafka_queue_destroy(queue);
}

bool consumer_close(Consumer *consumer, int timeout_ms) {
        if (!consumer)
                return true;
        int64_t now = clock_monotonic_ms();
        consumer_commit_flush(consumer, true);
        consumer->closing = true;
        loop_timer_clear(consumer->timer);
        rd_kafka_queue_io_event_enable(consumer->queue, -1, NULL, 0);
        leave_group(consumer, now + (int64_t)timeout_ms * 3 / 4);
        forget_assignment(consumer);
        lanes_deinit(consumer);
        loop_watch(consumer->loop, consumer->fd, 0, NULL, NULL);
        close(consumer->fd);
        rd_kafka_queue_destroy(consumer->queue);
        free_lists(consumer);
        if (consumer->cluster_id)
                rd_kafka_mem_free(consumer->rk, consumer->cluster_id);
        int64_t left = now + timeout_ms - clock_monotonic_ms();
        // It is closed, or had its time: no callback may run in the other thread.
        if (!client_destroy(consumer->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE, left > 0 ? (int)left : 0))
                return false; // `consumer` stays: librdkafka still points to it
        free(consumer);
        return true;
}
