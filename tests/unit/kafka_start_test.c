// SPDX-License-Identifier: Apache-2.0
#include "kafka_fixture.h"

static Broker *broker;
static const char *brokers;

static const char *const topics[] = {"again:4", "trimmed:1", NULL};

// Each round stops somewhere in the middle, with much unread, and goes elsewhere.
static void starts_again_elsewhere_without_old_messages(void **state) {
        (void)state;
        Loop *loop = loop_new();
        for (int32_t p = 0; p < 4; p++)
                publish(brokers, "again", p, 3000, 100);
        Reader *reader = reader_new(loop, brokers, "again", NULL);
        wait_for(loop, reader->record_count > 100);
        uint32_t seed = 12345;
        for (int round = 0; round < 40; round++) {
                seed = seed * 1103515245 + 12345;
                int64_t offset = seed >> 8 & 2047;
                reader->blocked = round % 2;
                run_for(loop, round % 3 * 10);
                reader->blocked = false;
                size_t from = reader->record_count;
                reader_start(reader, offset);
                wait_for(loop, reader->record_count > from + 20);
                assert_sequence(reader, from, offset);
        }
        size_t from = reader->record_count;
        reader_start(reader, 2500);
        wait_for(loop, reader->record_count >= from + 4 * 500);
        assert_sequence(reader, from, 2500);
        assert_int_equal(reader->record_count, from + 4 * 500);
        assert_int_equal(reader->revocations, 0);
        assert_int_equal(reader->fatals, 0);
        assert_true(reader_free(reader) < 2000);
        loop_free(loop);
}

static void a_part_of_the_assignment_can_be_read(void **state) {
        (void)state;
        Loop *loop = loop_new();
        Reader *reader = reader_new(loop, brokers, "again", NULL);
        reader->hold = true;
        wait_for(loop, reader->assignments == 1);
        assert_int_equal(reader->count, 4);
        reader->count = 1;
        reader_start(reader, 10);
        wait_for(loop, reader->ends == 1);
        assert_int_equal(reader->record_count, 2990);
        assert_sequence(reader, 0, 10);
        reader->count = 0; // nothing at all, and still a member
        reader_start(reader, 0);
        run_for(loop, 2000);
        assert_int_equal(reader->revocations, 0);
        reader->count = 4;
        size_t from = reader->record_count;
        reader_start(reader, 2000);
        wait_for(loop, reader->record_count == from + 4000);
        assert_sequence(reader, from, 2000);
        assert_true(reader_free(reader) < 2000);
        loop_free(loop);
}

// The mock keeps at most 5 MiB of a partition.
static void out_of_range_is_told_and_never_a_jump(void **state) {
        (void)state;
        Loop *loop = loop_new();
        publish(brokers, "trimmed", 0, 12, 600000);
        Reader *reader = reader_new(loop, brokers, "trimmed", NULL);
        Error error = ERROR_NULL;
        int64_t low;
        int64_t high;
        assert_int_equal(consumer_watermarks(reader->consumer, "trimmed", 0, 5000, &low, &high, &error), 0);
        assert_true(low > 0);
        assert_int_equal(high, 12);
        wait_for(loop, reader->out_of_range == 1);
        assert_int_equal(reader->last_out_of_range.partition, 0);
        run_for(loop, 1500);
        assert_int_equal(reader->record_count, 0);
        assert_int_equal(reader->out_of_range, 1);
        reader_start(reader, low);
        wait_for(loop, reader->ends == 1);
        assert_int_equal(reader->record_count, high - low);
        assert_sequence(reader, 0, low);
        reader_start(reader, high + 1); // as if the topic had been cut
        wait_for(loop, reader->out_of_range == 2);
        reader_start(reader, high);
        wait_for(loop, reader->ends == 2);
        assert_int_equal(reader->record_count, high - low);
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
                cmocka_unit_test(starts_again_elsewhere_without_old_messages),
                cmocka_unit_test(a_part_of_the_assignment_can_be_read),
                cmocka_unit_test(out_of_range_is_told_and_never_a_jump),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}
