// SPDX-License-Identifier: Apache-2.0
#include "kafka/consumer_state.h"
#include "kafka_fixture.h"

#include <librdkafka/rdkafka.h>
// Needs the header above it.
#include <librdkafka/rdkafka_mock.h>

static Broker *broker;
static const char *brokers;

static const char *const topics[] = {"order:2", "headers:1", "pressure:8", "quiet:1", NULL};

static void starts_where_told_and_keeps_order(void **state) {
        (void)state;
        Loop *loop = loop_new();
        publish(brokers, "order", 0, 100, 50);
        publish(brokers, "order", 1, 60, 50);
        Reader *reader = reader_new(loop, brokers, "order", NULL);
        reader->start = 20;
        wait_for(loop, reader->ends == 2);
        assert_int_equal(reader->record_count, 80 + 40);
        assert_sequence(reader, 0, 20);
        assert_int_equal(reader->last_end.offset, reader->last_end.partition == 0 ? 100 : 60);
        // What comes later wakes us by itself, and the end is told again.
        publish(brokers, "order", 1, 1, 50);
        int64_t before = clock_monotonic_ms(); // a producer of its own, made and ended, is not what is measured
        wait_for(loop, reader->ends == 3);
        assert_true(clock_monotonic_ms() - before < 2000);
        assert_int_equal(reader->last_end.offset, 61);
        assert_true(reader_free(reader) < 2000);
        loop_free(loop);
}

static void publish_with_headers(void) {
        Error error = ERROR_NULL;
        Publisher *publisher = publisher_new(brokers, NULL, 0, &error);
        assert_non_null(publisher);
        const Header headers[] = {{SPAN_LIT("ce_id"), SPAN_LIT("\xe4\xb8\xad")},
                                  {SPAN_LIT("null"), SPAN_NULL},
                                  {SPAN_LIT("empty"), SPAN_LIT("")},
                                  {SPAN_LIT("ce_id"), SPAN_LIT("again\0bytes")}};
        assert_int_equal(publisher_send(publisher, "headers", SPAN_LIT("k"), SPAN_NULL, headers, 4, 0, &error), 0);
        assert_int_equal(publisher_send(publisher, "headers", SPAN_NULL, SPAN_LIT("v"), NULL, 0, 0, &error), 0);
        assert_int_equal(publisher_send(publisher, "headers", SPAN_LIT(""), SPAN_LIT(""), NULL, 0, 0, &error), 0);
        uint64_t delivered;
        uint64_t failed;
        assert_int_equal(publisher_flush(publisher, DEADLINE_MS, &delivered, &failed, &error), 0);
        publisher_free(publisher);
}

static void read_one(Reader *reader, Message *message, void **owned) {
        wait_for(reader->loop, consumer_read(reader->consumer, reader->partitions[0].lane, &reader->arena, message,
                                             owned) == CONSUMER_MESSAGE);
}

static void headers_keys_and_tombstones_arrive_as_sent(void **state) {
        (void)state;
        Loop *loop = loop_new();
        publish_with_headers();
        Reader *reader = reader_new(loop, brokers, "headers", NULL);
        reader->blocked = true;
        wait_for(loop, reader->assignments == 1);
        Message message;
        void *owned;
        read_one(reader, &message, &owned);
        assert_true(span_is(message.topic, "headers"));
        assert_true(span_is(message.key, "k"));
        assert_null(message.value.ptr);
        assert_true(message.timestamp_ms > 0);
        assert_int_equal(message.header_count, 4);
        consumer_release_message(owned); // headers live on in the arena
        assert_true(span_is(message.headers[0].name, "ce_id"));
        assert_true(span_is(message.headers[0].value, "\xe4\xb8\xad"));
        assert_null(message.headers[1].value.ptr);
        assert_non_null(message.headers[2].value.ptr);
        assert_int_equal(message.headers[2].value.len, 0);
        assert_true(span_equal(message.headers[3].value, SPAN_LIT("again\0bytes")));
        read_one(reader, &message, &owned);
        assert_null(message.key.ptr);
        assert_true(span_is(message.value, "v"));
        assert_int_equal(message.header_count, 0);
        consumer_release_message(owned);
        read_one(reader, &message, &owned);
        assert_non_null(message.key.ptr);
        assert_non_null(message.value.ptr);
        assert_int_equal(message.key.len + message.value.len, 0);
        consumer_release_message(owned);
        reader_free(reader);
        loop_free(loop);
}

// What librdkafka holds for us, by the values alone. (Resident memory says little under a sanitizer.)
static size_t held_bytes(const Reader *reader, size_t len) {
        size_t count = 0;
        for (uint32_t i = 0; i < reader->consumer->lane_count; i++)
                count += rd_kafka_queue_length(reader->consumer->lanes[i].queue);
        return count * len;
}

// 80,000 messages, 32 MB, while librdkafka may hold 8 MiB: a reader without room keeps its membership, far beyond
// max.poll.interval.ms, and memory stays where it is. Then nothing waits for the second in which fetchers sleep.
static void not_reading_keeps_membership_and_memory(void **state) {
        (void)state;
        Loop *loop = loop_new();
        for (int32_t p = 0; p < 8; p++)
                publish(brokers, "pressure", p, 10000, 400);
        Reader *reader = reader_new(loop, brokers, "pressure", NULL);
        wait_for(loop, reader->record_count > 100);
        reader->blocked = true;
        run_for(loop, SESSION_MS + 2000);
        size_t held = held_bytes(reader, 400);
        assert_in_range(held, 1, CONSUMER_MEMORY_MIN);
        assert_int_equal(reader->revocations, 0);
        reader->blocked = false;
        int64_t since = clock_monotonic_ms();
        wait_for(loop, reader->record_count == 80000);
        int64_t took = clock_monotonic_ms() - since;
        print_message("not reading: %zu KiB held; the rest read in %ld ms\n", held / 1024, (long)took);
        assert_true(took < 6000); // 8 to 9 s when fetchers are not woken
        assert_sequence(reader, 0, 0);
        assert_int_equal(reader->revocations, 0);
        assert_true(reader_free(reader) < 2000);
        loop_free(loop);
}

static void questions_have_answers(void **state) {
        (void)state;
        Loop *loop = loop_new();
        Reader *reader = reader_new(loop, brokers, "quiet", NULL);
        Error error = ERROR_NULL;
        int32_t count = 0;
        assert_int_equal(consumer_partition_count(reader->consumer, "pressure", 5000, &count, &error), 0);
        assert_int_equal(count, 8);
        // The mock makes every topic that it is asked for, unless it is told not to.
        rd_kafka_mock_topic_set_error(broker_cluster(broker), "nowhere", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
        assert_int_equal(consumer_partition_count(reader->consumer, "nowhere", 1000, &count, &error), -1);
        assert_non_null(strstr(error.text, "nowhere"));
        assert_non_null(consumer_cluster_id(reader->consumer, 5000));
        int64_t low;
        int64_t high;
        assert_int_equal(consumer_watermarks(reader->consumer, "pressure", 99, 1000, &low, &high, &error), -1);
        reader_free(reader);
        loop_free(loop);
}

static int set_up(void **state) {
        (void)state;
        Error error = ERROR_NULL;
        broker = broker_new(1, topics, &error);
        brokers = broker ? broker_bootstrap(broker) : NULL;
        return broker ? 0 : -1;
}

static int tear_down(void **state) {
        (void)state;
        broker = broker_free(broker);
        return 0;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(starts_where_told_and_keeps_order),
                cmocka_unit_test(headers_keys_and_tombstones_arrive_as_sent),
                cmocka_unit_test(not_reading_keeps_membership_and_memory),
                cmocka_unit_test(questions_have_answers),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}
