// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "event/pointer.h"

static void rfc_6901(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        Pointer pointer = {.count = 0};
        assert_span(pointer_text(&pointer, &arena), "");
        pointer_push(&pointer, SPAN_LIT("data"));
        pointer_push_index(&pointer, 0);
        pointer_push(&pointer, SPAN_LIT("a/b~c"));
        assert_span(pointer_text(&pointer, &arena), "/data/0/a~1b~0c");
        pointer_pop(&pointer);
        pointer_push(&pointer, SPAN_LIT("")); // a member may have no name
        assert_span(pointer_text(&pointer, &arena), "/data/0/");
        pointer_pop(&pointer);
        pointer_push_index(&pointer, SIZE_MAX);
        assert_span(pointer_text(&pointer, &arena), "/data/0/18446744073709551615");
        pointer_pop(&pointer);
        pointer_push(&pointer, SPAN_LIT("\0科"));
        Span text = pointer_text(&pointer, &arena);
        assert_int_equal(text.len, 12);
        assert_memory_equal(text.ptr, "/data/0/\0科", 12);
        arena_deinit(&arena);
}

static void too_deep_is_cut_and_comes_back(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        Pointer pointer = {.count = 0};
        for (int i = 0; i < POINTER_STEPS + 10; i++)
                pointer_push(&pointer, SPAN_LIT("a"));
        assert_int_equal(pointer_text(&pointer, &arena).len, 2 * POINTER_STEPS);
        for (int i = 0; i < POINTER_STEPS + 9; i++)
                pointer_pop(&pointer);
        assert_span(pointer_text(&pointer, &arena), "/a");
        arena_deinit(&arena);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rfc_6901),
                cmocka_unit_test(too_deep_is_cut_and_comes_back),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
