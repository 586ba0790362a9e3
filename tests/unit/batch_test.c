// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <stdio.h>

#include "event/batch.h"

static void items_keep_their_order_and_place(void **state) {
        (void)state;
        Batch batch;
        batch_init(&batch);
        for (unsigned i = 0; i < 10000; i++)
                batch_add(&batch)->message.offset = i;
        assert_int_equal(batch.count, 10000);
        for (unsigned i = 0; i < 10000; i++)
                assert_int_equal(batch.items[i].message.offset, i);
        batch_deinit(&batch);
}

static void memory_is_all_of_it(void **state) {
        (void)state;
        Batch batch;
        batch_init(&batch);
        batch_add(&batch)->message.value = arena_copy(&batch.arena, SPAN_LIT("a message"));
        size_t one = batch_memory(&batch);
        assert_true(one >= sizeof(Item) + strlen("a message"));
        arena_alloc(&batch.arena, 4096);
        assert_int_equal(batch_memory(&batch), one + 4096);
        batch_deinit(&batch);
}

static void reset_forgets_everything(void **state) {
        (void)state;
        Batch batch;
        batch_init(&batch);
        batch_add(&batch)->why.reason = REASON_E_JSON;
        batch_partition(&batch, SPAN_LIT("t"), 0, 1, 0);
        arena_alloc(&batch.arena, 100);
        batch.first_arrival_ms = 5;
        batch_reset(&batch);
        assert_int_equal(batch.count, 0);
        assert_int_equal(batch.partition_count, 0);
        assert_int_equal(batch_memory(&batch), 0);
        assert_int_equal(batch.first_arrival_ms, 0);
        assert_int_equal(batch.arena.used, 0);
        // an item of the next round knows nothing of the last
        assert_int_equal(batch_add(&batch)->why.reason, REASON_NONE);
        batch_deinit(&batch);
        assert_null(batch.items);
}

static void one_entry_for_each_partition(void **state) {
        (void)state;
        Batch batch;
        batch_init(&batch);
        assert_int_equal(batch_partition(&batch, SPAN_LIT("t"), 0, 7, 100), 0);
        assert_int_equal(batch_partition(&batch, SPAN_LIT("t"), 1, 8, 200), 1);
        assert_int_equal(batch_partition(&batch, SPAN_LIT("u"), 0, 9, 300), 2);
        assert_int_equal(batch_partition(&batch, SPAN_LIT("t"), 0, 7, 150), 0);
        assert_int_equal(batch.partitions[0].epoch, 7);
        assert_int_equal(batch.partitions[0].expected, 100);
        assert_int_equal(batch.partitions[0].end, 100);
        // dropped and assigned again: an entry of its own
        batch.partitions[0].dropped = true;
        assert_int_equal(batch_partition(&batch, SPAN_LIT("t"), 0, 10, 400), 3);
        assert_int_equal(batch_partition(&batch, SPAN_LIT("t"), 0, 10, 500), 3);
        for (int32_t i = 0; i < 100; i++)
                batch_partition(&batch, SPAN_LIT("v"), i, 1, i);
        assert_int_equal(batch.partition_count, 104);
        assert_int_equal(batch.partitions[103].expected, 99);
        assert_int_equal(batch.partitions[3].epoch, 10);
        batch_deinit(&batch);
}

static uint32_t number(Batch *batch, const char *source) {
        Item *item = batch_add(batch);
        item->event.source = span_of(source);
        batch_number_source(batch, item);
        assert_true(span_is(item->event.source, source));
        assert_ptr_equal(item->event.source.ptr, batch->sources[item->source].ptr); // the batch's own
        return item->source;
}

static void one_number_for_each_source(void **state) {
        (void)state;
        Batch batch;
        char text[32];
        batch_init(&batch);
        for (unsigned round = 0; round < 2; round++) {
                assert_int_equal(number(&batch, "urn:a"), 0);
                assert_int_equal(number(&batch, "urn:b"), 1);
                assert_int_equal(number(&batch, "urn:a"), 0);
                for (unsigned i = 0; i < 1000; i++) {
                        snprintf(text, sizeof(text), "urn:c:%u", i);
                        assert_int_equal(number(&batch, text), 2 + i);
                }
                assert_int_equal(number(&batch, "urn:b"), 1);
                assert_int_equal(batch.source_count, 1002);
                batch_reset(&batch);
                assert_int_equal(batch.source_count, 0);
        }
        batch_deinit(&batch);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(items_keep_their_order_and_place), cmocka_unit_test(memory_is_all_of_it),
                cmocka_unit_test(reset_forgets_everything),         cmocka_unit_test(one_entry_for_each_partition),
                cmocka_unit_test(one_number_for_each_source),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
