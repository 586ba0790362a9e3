// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

static void pieces_are_aligned_and_apart(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        char *last = NULL;
        for (size_t size = 0; size < 300; size++) {
                char *ptr = arena_alloc(&arena, size);
                assert_int_equal((uintptr_t)ptr % 16, 0);
                memset(ptr, (int)size, size);
                if (last && size > 1)
                        assert_int_equal((unsigned char)last[size - 2], (unsigned char)(size - 1));
                last = ptr;
        }
        arena_deinit(&arena);
}

static void more_than_a_chunk_fits(void **state) {
        (void)state;
        Arena arena = {.chunk_size = 64};
        char *small = arena_alloc(&arena, 16);
        memset(small, 'a', 16);
        char *large = arena_alloc(&arena, 100000);
        memset(large, 'b', 100000);
        assert_memory_equal(small, "aaaaaaaaaaaaaaaa", 16);
        assert_int_equal(arena.used, 16 + 100000);
        arena_deinit(&arena);
}

static void a_full_chunk_is_followed_by_another(void **state) {
        (void)state;
        Arena arena = {.chunk_size = 64};
        char *first = arena_alloc(&arena, 64);
        char *second = arena_alloc(&arena, 16);
        memset(first, 'a', 64);
        memset(second, 'b', 16);
        assert_int_equal(first[63], 'a');
        arena_deinit(&arena);
}

static void reset_gives_the_same_memory_again(void **state) {
        (void)state;
        Arena arena = {.chunk_size = 64};
        void *before = arena_alloc(&arena, 48);
        arena_reset(&arena, 64);
        assert_int_equal(arena.used, 0);
        assert_ptr_equal(arena_alloc(&arena, 48), before);
        arena_deinit(&arena);
}

static size_t spare_chunks(size_t keep) {
        Arena arena = {.chunk_size = 64};
        size_t spare = 0;
        for (int i = 0; i < 4; i++)
                arena_alloc(&arena, 64);
        arena_alloc(&arena, 1000);
        arena_reset(&arena, keep);
        // Every alloc of a whole chunk takes one from the spare list, as long as there are some.
        while (arena.spare) {
                arena_alloc(&arena, 64);
                spare++;
        }
        arena_deinit(&arena);
        return spare;
}

static void reset_keeps_no_more_than_it_may(void **state) {
        (void)state;
        assert_int_equal(spare_chunks(0), 0);
        assert_int_equal(spare_chunks(63), 0);
        assert_int_equal(spare_chunks(64), 1);
        assert_int_equal(spare_chunks(200), 3);
        assert_int_equal(spare_chunks(100000), 4); // the large chunk never
}

static void a_later_reset_counts_what_is_kept_already(void **state) {
        (void)state;
        Arena arena = {.chunk_size = 64};
        for (int i = 0; i < 3; i++)
                arena_alloc(&arena, 64);
        arena_reset(&arena, 192);
        arena_reset(&arena, 64);
        arena_alloc(&arena, 64);
        assert_null(arena.spare);
        arena_deinit(&arena);
}

static void copies_are_terminated(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        Span copy = arena_copy(&arena, (Span){"abcdef", 3});
        assert_string_equal(copy.ptr, "abc");
        assert_int_equal(arena_copy(&arena, SPAN_NULL).len, 0);
        assert_span(arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
        const char *zeros = arena_zalloc(&arena, 32);
        for (int i = 0; i < 32; i++)
                assert_int_equal(zeros[i], 0);
        arena_deinit(&arena);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pieces_are_aligned_and_apart),
                cmocka_unit_test(more_than_a_chunk_fits),
                cmocka_unit_test(a_full_chunk_is_followed_by_another),
                cmocka_unit_test(reset_gives_the_same_memory_again),
                cmocka_unit_test(reset_keeps_no_more_than_it_may),
                cmocka_unit_test(a_later_reset_counts_what_is_kept_already),
                cmocka_unit_test(copies_are_terminated),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
