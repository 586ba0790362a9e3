// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "kafka/consumer_state.h"

// The message they came with may go before the event does: all of it is copied.
static void convert_headers(const rd_kafka_message_t *from, Arena *arena, Message *message) {
        rd_kafka_headers_t *list;
        if (rd_kafka_message_headers(from, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
                return;
        size_t count = rd_kafka_header_cnt(list);
        Header *headers = arena_alloc(arena, count * sizeof(*headers));
        for (size_t i = 0; i < count; i++) {
                const char *name;
                const void *value;
                size_t len;
                rd_kafka_header_get_all(list, i, &name, &value, &len);
                headers[i].name = arena_copy(arena, span_of(name));
                headers[i].value = value ? arena_copy(arena, (Span){value, len}) : SPAN_NULL;
        }
        message->headers = headers;
        message->header_count = count;
}

// Producers set it freely: what is no time between 1970 and 9999 counts as none.
static int64_t timestamp_of(const rd_kafka_message_t *from) {
        static const int64_t YEAR_10000_MS = 253402300800000;
        rd_kafka_timestamp_type_t kind;
        int64_t timestamp_ms = rd_kafka_message_timestamp(from, &kind);
        bool known = kind != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && timestamp_ms >= 0 && timestamp_ms < YEAR_10000_MS;
        return known ? timestamp_ms : -1;
}

static void convert(const rd_kafka_message_t *from, Arena *arena, Message *message) {
        *message = (Message){.topic = span_of(rd_kafka_topic_name(from->rkt)),
                             .partition = from->partition,
                             .offset = from->offset,
                             .timestamp_ms = timestamp_of(from),
                             .key = {from->key, from->key_len},
                             .value = {from->payload, from->len}};
        convert_headers(from, arena, message);
}

// After these, librdkafka goes on behind what it could not read: a silent gap, if we let it.
static bool skips_messages(rd_kafka_resp_err_t err) {
        static const rd_kafka_resp_err_t skipping[] = {
                RD_KAFKA_RESP_ERR__BAD_MSG,           RD_KAFKA_RESP_ERR__BAD_COMPRESSION,
                RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED,   RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE,
                RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_MSG,
        };
        for (size_t i = 0; i < sizeof(skipping) / sizeof(*skipping); i++)
                if (skipping[i] == err)
                        return true;
        return false;
}

static bool is_halted(const Consumer *consumer, const rd_kafka_message_t *from) {
        return consumer->halted->cnt > 0 && from->rkt &&
               rd_kafka_topic_partition_list_find(consumer->halted, rd_kafka_topic_name(from->rkt), from->partition);
}

static ConsumerRead halt(Consumer *consumer, const rd_kafka_message_t *from, ConsumerRead result) {
        rd_kafka_topic_partition_list_add(consumer->halted, rd_kafka_topic_name(from->rkt), from->partition);
        return result;
}

static ConsumerRead classify(Consumer *consumer, const rd_kafka_message_t *from) {
        if (from->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
                return CONSUMER_END;
        consumer_note(consumer, LOG_LEVEL_WARNING, "kafka: %s/%d: %s", rd_kafka_topic_name(from->rkt),
                      from->partition, rd_kafka_message_errstr(from));
        if (from->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || from->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
                return halt(consumer, from, CONSUMER_OUT_OF_RANGE);
        if (skips_messages(from->err))
                return halt(consumer, from, CONSUMER_DAMAGED);
        return CONSUMER_ERROR;
}

// The message goes at once, so the topic's name is taken from the list of what was started.
static ConsumerRead read_event(Consumer *consumer, const rd_kafka_message_t *from, Message *message) {
        if (!from->rkt) {
                consumer_note(consumer, LOG_LEVEL_WARNING, "kafka: %s", rd_kafka_message_errstr(from));
                return CONSUMER_NOTHING;
        }
        const rd_kafka_topic_partition_t *p = rd_kafka_topic_partition_list_find(
                consumer->started, rd_kafka_topic_name(from->rkt), from->partition);
        if (!p)
                return CONSUMER_NOTHING;
        *message = MESSAGE_NULL;
        message->topic = span_of(p->topic);
        message->partition = from->partition;
        message->offset = from->offset;
        return classify(consumer, from);
}

// A full queue has just lost a quarter: time to fetch again. (When it was not full, it does no harm.)
static void count_read(Consumer *consumer, Lane *lane, const Message *message) {
        lane->read_bytes += message_bytes(message);
        lane->read_messages++;
        if (lane->read_bytes < consumer->lane_bytes / 4 && lane->read_messages < consumer->lane_messages / 4)
                return;
        lane->read_bytes = lane->read_messages = 0;
        consumer_wake_fetchers(consumer);
}

ConsumerRead consumer_read(Consumer *consumer, uint32_t lane, Arena *arena, Message *message, void **owned) {
        assert(lane < consumer->lane_count);
        rd_kafka_message_t *from;
        while (consumer->reading && (from = rd_kafka_consume_queue(consumer->lanes[lane].queue, 0))) {
                bool halted = is_halted(consumer, from);
                if (!from->err && !halted) {
                        convert(from, arena, message);
                        count_read(consumer, &consumer->lanes[lane], message);
                        *owned = from;
                        return CONSUMER_MESSAGE;
                }
                ConsumerRead result = halted ? CONSUMER_NOTHING : read_event(consumer, from, message);
                rd_kafka_message_destroy(from);
                if (result != CONSUMER_NOTHING)
                        return result;
        }
        return CONSUMER_NOTHING;
}

void consumer_release_message(void *owned) {
        if (owned)
                rd_kafka_message_destroy(owned);
}
