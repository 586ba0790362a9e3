// SPDX-License-Identifier: Apache-2.0
#include "kafka_fixture.h"

static Broker *broker;
static const char *brokers;

static const char *const topics[] = {"share:4", "late:4", "static:2", NULL};

static size_t fresh(const Reader *reader) {
        return reader->record_count - reader->fresh_from;
}

static void the_second_takes_over_its_half_and_then_all(void **state) {
        (void)state;
        Loop *loop = loop_new();
        for (int32_t p = 0; p < 4; p++)
                publish(brokers, "share", p, 200, 50);
        Reader *first = reader_new(loop, brokers, "share", NULL);
        wait_for(loop, first->record_count == 800);
        assert_int_equal(first->count, 4);
        Reader *second = reader_new(loop, brokers, "share", NULL);
        // The mock needs one rebalance or two for it.
        wait_for(loop, first->count == 2 && second->count == 2 && fresh(first) == 400 && fresh(second) == 400);
        assert_true(first->revocations >= 1);
        assert_int_equal(first->losses, 0);
        for (size_t i = 0; i < 2; i++)
                for (size_t j = 0; j < 2; j++)
                        assert_int_not_equal(first->partitions[i].partition, second->partitions[j].partition);
        int64_t took = reader_free(first); // after a rebalance with partitions at work
        print_message("close after a rebalance: %ld ms\n", (long)took);
        assert_true(took < 2000);
        wait_for(loop, second->count == 4);
        assert_true(reader_free(second) < 2000);
        loop_free(loop);
}

// PostgreSQL may be away when partitions are assigned: nothing is started, and a second member joins meanwhile.
static void a_late_start_and_a_late_release_break_nothing(void **state) {
        (void)state;
        Loop *loop = loop_new();
        for (int32_t p = 0; p < 4; p++)
                publish(brokers, "late", p, 50, 50);
        Reader *first = reader_new(loop, brokers, "late", NULL);
        first->hold = true;
        first->hold_release = true;
        wait_for(loop, first->assignments == 1);
        Reader *second = reader_new(loop, brokers, "late", NULL);
        run_for(loop, SESSION_MS + 1000);
        print_message("not started, second joins: revoked %d, lost %d, second has %d assignments\n",
                      first->revocations, first->losses, second->assignments);
        first->hold = false;
        if (first->revocations == 0)
                reader_start(first, 0);
        wait_for(loop, first->revocations == 1);
        size_t before = first->record_count;
        run_for(loop, 1000); // finishing what is in flight; nothing new comes
        assert_int_equal(first->record_count, before);
        Error error = ERROR_NULL;
        assert_int_equal(consumer_start(first->consumer, first->partitions, first->count, &error), -1);
        first->hold_release = false;
        consumer_release(first->consumer);
        wait_for(loop, first->count == 2 && second->count == 2 && fresh(second) == 100);
        assert_true(reader_free(second) < 2000);
        assert_true(reader_free(first) < 2000);
        loop_free(loop);
}

static void a_static_member_comes_back_without_a_rebalance(void **state) {
        (void)state;
        Loop *loop = loop_new();
        publish(brokers, "static", 0, 10, 50);
        publish(brokers, "static", 1, 10, 50);
        Reader *other = reader_new(loop, brokers, "static", "other");
        Reader *self = reader_new(loop, brokers, "static", "self");
        wait_for(loop, self->count == 1 && other->count == 1);
        int before = other->revocations;
        assert_true(reader_free(self) < 2000);
        self = reader_new(loop, brokers, "static", "self");
        wait_for(loop, self->count == 1 && fresh(self) == 10);
        print_message("static member restarted: the other was revoked %d times\n", other->revocations - before);
        assert_true(reader_free(self) < 2000);
        assert_true(reader_free(other) < 2000);
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
                cmocka_unit_test(the_second_takes_over_its_half_and_then_all),
                cmocka_unit_test(a_late_start_and_a_late_release_break_nothing),
                cmocka_unit_test(a_static_member_comes_back_without_a_rebalance),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}
