// SPDX-License-Identifier: Apache-2.0
#include "kafka/consumer_state.h"
#include "kafka_fixture.h"

#include <librdkafka/rdkafka.h>
// Needs the header above it.
#include <librdkafka/rdkafka_mock.h>

static Broker *broker;
static const char *brokers;

static const char *const topics[] = {"early:1", "commit:1", "lost:2", NULL};

static int64_t committed(const char *topic) {
        char reason[256];
        rd_kafka_conf_t *conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", brokers, reason, sizeof(reason));
        rd_kafka_conf_set(conf, "group.id", topic, reason, sizeof(reason));
        rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, topic, 0);
        rd_kafka_committed(rk, list, 5000);
        int64_t offset = list->elems[0].offset;
        rd_kafka_topic_partition_list_destroy(list);
        rd_kafka_destroy(rk);
        return offset;
}

static void closing_works_in_every_state(void **state) {
        (void)state;
        Loop *loop = loop_new();
        Reader *reader = reader_new(loop, brokers, "early", NULL); // not even connected
        assert_true(reader_free(reader) < 2000);
        reader = reader_new(loop, brokers, "early", NULL);
        run_for(loop, 500); // joining
        int64_t took = reader_free(reader);
        print_message("close while joining: %ld ms\n", (long)took);
        assert_true(took < 2000);
        reader = reader_new(loop, brokers, "early", NULL);
        reader->hold = true;
        wait_for(loop, reader->assignments == 1); // assigned, not started
        assert_true(reader_free(reader) < 2000);
        reader = reader_new(loop, "127.0.0.1:1", "early", NULL); // nobody there
        run_for(loop, 500);
        assert_true(reader_free(reader) < 2000);
        loop_free(loop);
}

static void the_last_commit_reaches_lag_tools(void **state) {
        (void)state;
        Loop *loop = loop_new();
        publish(brokers, "commit", 0, 10, 50);
        Reader *reader = reader_new(loop, brokers, "commit", NULL);
        wait_for(loop, reader->ends == 1);
        for (int64_t offset = 1; offset <= 7; offset++) // far more often than once a second
                consumer_commit(reader->consumer, &(ConsumerPartition){"commit", 0, 0, offset}, 1);
        wait_for(loop, committed("commit") == 7);
        consumer_commit(reader->consumer, &(ConsumerPartition){"commit", 0, 0, 9}, 1);
        assert_true(reader_free(reader) < 2000);
        assert_int_equal(committed("commit"), 9);
        loop_free(loop);
}

static void brokers_away_means_lost_and_back_means_assigned(void **state) {
        (void)state;
        Loop *loop = loop_new();
        publish(brokers, "lost", 0, 10, 50);
        Reader *reader = reader_new(loop, brokers, "lost", NULL);
        wait_for(loop, reader->record_count == 10);
        int64_t before = clock_monotonic_ms();
        rd_kafka_mock_broker_set_down(broker_cluster(broker), -1);
        wait_for(loop, reader->revocations == 1);
        print_message("brokers away: lost after %ld ms, %d notes, last: %s\n", (long)(clock_monotonic_ms() - before),
                      reader->notes, reader->last_note);
        assert_int_equal(reader->losses, 1);
        rd_kafka_mock_broker_set_up(broker_cluster(broker), -1);
        wait_for(loop, reader->record_count == 20);
        assert_true(reader->notes < 20);
        rd_kafka_mock_broker_set_down(broker_cluster(broker), -1);
        int64_t took = reader_free(reader);
        print_message("close without brokers: %ld ms\n", (long)took);
        assert_true(took < 2000);
        rd_kafka_mock_broker_set_up(broker_cluster(broker), -1);
        loop_free(loop);
}

// As when a second process comes with the same instance; the mock does not fence.
static void a_fatal_error_is_told_once_and_closing_works(void **state) {
        (void)state;
        Loop *loop = loop_new();
        Reader *reader = reader_new(loop, brokers, "early", NULL);
        wait_for(loop, reader->assignments == 1);
        rd_kafka_test_fatal_error(reader->consumer->rk, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "there is another");
        wait_for(loop, reader->fatals == 1);
        assert_non_null(strstr(reader->last_note, "there is another"));
        Error error = ERROR_NULL;
        assert_int_equal(consumer_start(reader->consumer, reader->partitions, reader->count, &error), -1);
        run_for(loop, 1000);
        assert_int_equal(reader->fatals, 1);
        assert_true(reader_free(reader) < 2000);
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
                cmocka_unit_test(closing_works_in_every_state),
                cmocka_unit_test(a_fatal_error_is_told_once_and_closing_works),
                cmocka_unit_test(the_last_commit_reaches_lag_tools),
                cmocka_unit_test(brokers_away_means_lost_and_back_means_assigned),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}
