// SPDX-License-Identifier: Apache-2.0
#include "kafka/client.h"
#include "kafka/repeats.h"
#include "kafka_fixture.h"

static char *refused(ClientRole role, const char *property) {
        static Error error;
        error = ERROR_NULL;
        const char *const properties[] = {"client.id=test", property};
        rd_kafka_conf_t *conf = client_conf(role, "127.0.0.1:1", properties, 2, &error);
        if (conf)
                rd_kafka_conf_destroy(conf);
        return conf ? NULL : error.text;
}

static void wrong_properties_are_named(void **state) {
        (void)state;
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "no.such=1"), "\"no.such\": No such configuration property"));
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "session.timeout.ms=abc"), "\"session.timeout.ms\""));
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "session.timeout.ms=-5"), "\"session.timeout.ms\""));
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "rebalance_cb=1"), "\"rebalance_cb\""));
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "=x"), "number 2"));
        // The text of a property may be a secret.
        char *text = refused(CLIENT_CONSUMER, "sasl.password:hunter2");
        assert_non_null(strstr(text, "number 2"));
        assert_null(strstr(text, "hunter2"));
}

static void our_own_properties_are_refused_with_the_reason(void **state) {
        (void)state;
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "group.id=x"), "kafka.group"));
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "group.instance.id=x"), "kafka.instance"));
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "bootstrap.servers=x"), "kafka.brokers"));
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "enable.auto.commit=true"), "PostgreSQL"));
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "auto.offset.reset=latest"), "kafka.start"));
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "isolation.level=read_uncommitted"), "aborted"));
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "partition.assignment.strategy=cooperative-sticky"), "lose"));
        assert_non_null(strstr(refused(CLIENT_CONSUMER, "fetch.max.bytes=1"), "memory"));
        assert_non_null(strstr(refused(CLIENT_PRODUCER, "acks=1"), "kept"));
        assert_non_null(strstr(refused(CLIENT_PRODUCER, "transactional.id=x"), "transactions"));
}

static void harmless_properties_pass(void **state) {
        (void)state;
        static const char *const fine[] = {"isolation.level=read_committed",
                                           "enable.auto.commit=false",
                                           "partition.assignment.strategy=range",
                                           "security.protocol=plaintext",
                                           "sasl.password=a=b",
                                           "session.timeout.ms=10000",
                                           "debug=cgrp",
                                           "socket.keepalive.enable=false"};
        for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++)
                assert_null(refused(CLIENT_CONSUMER, fine[i]));
        assert_null(refused(CLIENT_PRODUCER, "compression.type=lz4"));
        Error error = ERROR_NULL;
        assert_null(client_conf(CLIENT_CONSUMER, "", NULL, 0, &error));
        assert_non_null(strstr(error.text, "kafka.brokers"));
}

static void value_is(const char *const *properties, size_t count, const char *name, const char *expected) {
        Error error = ERROR_NULL;
        char value[64];
        size_t size = sizeof(value);
        rd_kafka_conf_t *conf = client_conf(CLIENT_CONSUMER, "127.0.0.1:1", properties, count, &error);
        assert_non_null(conf);
        assert_int_equal(rd_kafka_conf_get(conf, name, value, &size), RD_KAFKA_CONF_OK);
        assert_string_equal(value, expected);
        rd_kafka_conf_destroy(conf);
}

static void defaults_are_ours_unless_they_are_set(void **state) {
        (void)state;
        static const char *const patient[] = {"fetch.wait.max.ms=500", "socket.timeout.ms=300000"};
        value_is(NULL, 0, "fetch.wait.max.ms", "50");
        value_is(NULL, 0, "socket.timeout.ms", "20000");
        value_is(patient, 2, "fetch.wait.max.ms", "500");
        value_is(patient, 2, "socket.timeout.ms", "300000");
}

static void what_does_not_fit_together_is_told(void **state) {
        (void)state;
        Loop *loop = loop_new();
        static const char *const properties[] = {"session.timeout.ms=6000", "max.poll.interval.ms=100"};
        static const char *const topics[] = {"t"};
        ConsumerOptions options = {"127.0.0.1:1", "g", NULL, topics, 1, properties, 2, 0, 1};
        Error error = ERROR_NULL;
        assert_null(consumer_new(loop, &options, &reader_events, NULL, &error));
        assert_non_null(strstr(error.text, "max.poll.interval.ms"));
        assert_null(publisher_new("127.0.0.1:1", (const char *const[]){"x=y"}, 1, &error));
        assert_null(broker_new(1, (const char *const[]){"t:0", NULL}, &error));
        assert_null(broker_new(1, (const char *const[]){"t:x", NULL}, &error));
        assert_null(broker_new(1, (const char *const[]){":3", NULL}, &error));
        loop_free(loop);
}

static void repeated_lines_are_held_back_and_counted(void **state) {
        (void)state;
        Repeats repeats = {0};
        uint64_t held = 99;
        assert_true(repeats_pass(&repeats, "connect to 127.0.0.1:4711 failed", 1000, &held));
        assert_int_equal(held, 0);
        for (int i = 0; i < 5; i++)
                assert_false(repeats_pass(&repeats, "connect to 127.0.0.1:4712 failed", 1001 + i, &held));
        assert_true(repeats_pass(&repeats, "something else", 1100, &held));
        assert_true(repeats_pass(&repeats, "connect to 127.0.0.1:4711 failed", 12000, &held));
        assert_int_equal(held, 5);
        char text[16];
        for (int i = 0; i < 1000; i++) { // more kinds than slots: they pass
                snprintf(text, sizeof(text), "%c%c%c", 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676);
                assert_true(repeats_pass(&repeats, text, 13000 + i, &held));
        }
}

static void published_messages_are_counted(void **state) {
        (void)state;
        Error error = ERROR_NULL;
        Broker *broker = broker_new(3, (const char *const[]){"t:3", NULL}, &error);
        assert_non_null(broker);
        // So small a queue is full most of the time.
        const char *const small[] = {"queue.buffering.max.messages=100", "linger.ms=1"};
        Publisher *publisher = publisher_new(broker_bootstrap(broker), small, 2, &error);
        assert_non_null(publisher);
        char key[16];
        for (int i = 0; i < 5000; i++) {
                snprintf(key, sizeof(key), "k%d", i);
                assert_int_equal(publisher_send(publisher, "t", span_of(key), SPAN_LIT("v"), NULL, 0, -1, &error), 0);
        }
        uint64_t delivered = 0;
        uint64_t failed = 0;
        assert_int_equal(publisher_flush(publisher, DEADLINE_MS, &delivered, &failed, &error), 0);
        assert_int_equal(delivered, 5000);
        assert_int_equal(failed, 0);
        char *large = xcalloc(1, 2000000);
        assert_int_equal(publisher_send(publisher, "t", SPAN_NULL, (Span){large, 2000000}, NULL, 0, 0, &error), -1);
        free(large);
        assert_non_null(strstr(error.text, "could not publish to t: "));
        // A partition that is not there is found out later.
        publisher_send(publisher, "t", SPAN_NULL, SPAN_LIT("v"), NULL, 0, 77, &error);
        publisher_flush(publisher, DEADLINE_MS, &delivered, &failed, &error);
        assert_int_equal(delivered, 5000);
        publisher_free(publisher);
        broker_free(broker);
}

static void nobody_there_ends_in_time_with_a_reason(void **state) {
        (void)state;
        Error error = ERROR_NULL;
        Publisher *publisher = publisher_new("127.0.0.1:1", NULL, 0, &error);
        assert_non_null(publisher);
        assert_int_equal(publisher_send(publisher, "t", SPAN_NULL, SPAN_LIT("v"), NULL, 0, -1, &error), 0);
        uint64_t delivered;
        uint64_t failed;
        int64_t before = clock_monotonic_ms();
        assert_int_equal(publisher_flush(publisher, 1500, &delivered, &failed, &error), -1);
        assert_int_equal(delivered + failed, 0);
        assert_non_null(strstr(error.text, "could not deliver 1 messages in time: "));
        publisher_free(publisher);
        assert_true(clock_monotonic_ms() - before < 5000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(wrong_properties_are_named),
                cmocka_unit_test(our_own_properties_are_refused_with_the_reason),
                cmocka_unit_test(harmless_properties_pass),
                cmocka_unit_test(defaults_are_ours_unless_they_are_set),
                cmocka_unit_test(what_does_not_fit_together_is_told),
                cmocka_unit_test(repeated_lines_are_held_back_and_counted),
                cmocka_unit_test(published_messages_are_counted),
                cmocka_unit_test(nobody_there_ends_in_time_with_a_reason),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
