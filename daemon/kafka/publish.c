// SPDX-License-Identifier: Apache-2.0
#include "kafka/publish.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "kafka/client.h"

// How long a full queue may not move before we say so.
#define QUEUE_STALL_MS 60000
#define DESTROY_MS     5000

struct Publisher {
        rd_kafka_t *rk;
        uint64_t sent;
        uint64_t delivered;
        uint64_t failed;
        char first_failure[256]; // "" when there was none
        char trouble[256];       // the last thing that librdkafka complained about
};

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *userdata) {
        (void)rk;
        Publisher *publisher = userdata;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                publisher->delivered++;
                return;
        }
        // Not rd_kafka_message_errstr(): for a producer it takes the message's value for the text.
        if (publisher->failed++ == 0)
                snprintf(publisher->first_failure, sizeof(publisher->first_failure), "%s",
                         rd_kafka_err2str(message->err));
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *userdata) {
        (void)rk;
        (void)err;
        Publisher *publisher = userdata;
        snprintf(publisher->trouble, sizeof(publisher->trouble), "%s", reason);
}

// It would print; what matters arrives by on_error() and on_delivery().
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
        (void)rk;
        (void)level;
        (void)facility;
        (void)text;
}

Publisher *publisher_new(const char *brokers, const char *const *properties, size_t property_count, Error *error) {
        rd_kafka_conf_t *conf = client_conf(CLIENT_PRODUCER, brokers, properties, property_count, error);
        if (!conf)
                return NULL;
        Publisher *publisher = xcalloc(1, sizeof(*publisher));
        rd_kafka_conf_set_opaque(conf, publisher);
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
        rd_kafka_conf_set_error_cb(conf, on_error);
        rd_kafka_conf_set_log_cb(conf, on_log);
        publisher->rk = client_new(CLIENT_PRODUCER, conf, error);
        if (publisher->rk) {
                rd_kafka_set_log_queue(publisher->rk, NULL);
                return publisher;
        }
        free(publisher);
        return NULL;
}

static rd_kafka_headers_t *headers_of(const Header *headers, size_t count) {
        if (count == 0)
                return NULL;
        rd_kafka_headers_t *list = rd_kafka_headers_new(count);
        for (size_t i = 0; i < count; i++)
                rd_kafka_header_add(list, headers[i].name.ptr, (ssize_t)headers[i].name.len, headers[i].value.ptr,
                                    (ssize_t)headers[i].value.len);
        return list;
}

static rd_kafka_resp_err_t produce(Publisher *publisher, const char *topic, Span key, Span value,
                                   rd_kafka_headers_t *headers, int32_t partition) {
        // clang-format off
        return rd_kafka_producev(publisher->rk,
                                 RD_KAFKA_V_TOPIC(topic),
                                 RD_KAFKA_V_PARTITION(partition),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                 RD_KAFKA_V_KEY(key.ptr, key.len),
                                 RD_KAFKA_V_VALUE((void *)(uintptr_t)value.ptr, value.len),
                                 RD_KAFKA_V_HEADERS(headers),
                                 RD_KAFKA_V_END);
        // clang-format on
}

int publisher_send(Publisher *publisher, const char *topic, Span key, Span value, const Header *headers,
                   size_t header_count, int32_t partition, Error *error) {
        rd_kafka_headers_t *list = headers_of(headers, header_count);
        int64_t deadline_ms = clock_monotonic_ms() + QUEUE_STALL_MS;
        rd_kafka_resp_err_t err;
        // The list is taken only by a call that succeeds.
        while ((err = produce(publisher, topic, key, value, list, partition)) == RD_KAFKA_RESP_ERR__QUEUE_FULL &&
               clock_monotonic_ms() < deadline_ms)
                if (rd_kafka_poll(publisher->rk, 100) > 0)
                        deadline_ms = clock_monotonic_ms() + QUEUE_STALL_MS;
        rd_kafka_poll(publisher->rk, 0);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                publisher->sent++;
                return 0;
        }
        if (list)
                rd_kafka_headers_destroy(list);
        return error_set(error, "could not publish to %s: %s", topic, rd_kafka_err2str(err));
}

int publisher_flush(Publisher *publisher, int timeout_ms, uint64_t *ret_delivered, uint64_t *ret_failed,
                    Error *error) {
        rd_kafka_flush(publisher->rk, timeout_ms);
        uint64_t undecided = publisher->sent - publisher->delivered - publisher->failed;
        *ret_delivered = publisher->delivered;
        *ret_failed = publisher->failed;
        if (publisher->failed > 0)
                return error_set(error, "could not deliver %lu messages: %s", (unsigned long)publisher->failed,
                                 publisher->first_failure);
        if (undecided > 0)
                return error_set(error, "could not deliver %lu messages in time%s%s", (unsigned long)undecided,
                                 *publisher->trouble ? ": " : "", publisher->trouble);
        return 0;
}

Publisher *publisher_free(Publisher *publisher) {
        if (!publisher)
                return NULL;
        rd_kafka_purge(publisher->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(publisher->rk, 0);
        if (client_destroy(publisher->rk, 0, DESTROY_MS))
                free(publisher); // else librdkafka still points to it
        return NULL;
}
