// SPDX-License-Identifier: Apache-2.0
// What an event has in common with the base that it was edited from: its content, values of its rows.
#include "cases/cases.h"

// The base as it stands, judged beside the case at hand.
static bool judge_base(Runner *runner, Event *ret_base) {
        Message message = MESSAGE_NULL;
        Reject why;
        if (!runner->in_case || !runner->has_rows || !runner->base)
                return runner_fault(runner, runner->line,
                                    "only after the verdict on an accepted event that was edited from a 'base'");
        runner->checks++;
        message.value = runner->message;
        if (!judge_message(runner->judge, &message, runner->now_us, &runner->arena, ret_base, &why))
                return runner_fault(runner, runner->line, "the base itself is rejected: %s", reason_name(why.reason));
        judge_normalize(runner->judge, &runner->arena, ret_base);
        return true;
}

static void compare_content(Runner *runner, bool wanted) {
        Event base;
        if (!judge_base(runner, &base))
                return;
        if (digest_compare(base.key, runner->event.key) != 0)
                runner_fault(runner, runner->line, "has another source or id than the base");
        else if ((digest_compare(base.content, runner->event.content) == 0) != wanted)
                runner_fault(runner, runner->line, "has %s content as the base",
                             wanted ? "not the same" : "the same");
}

void compare_duplicate(Runner *runner, Span rest) {
        (void)rest;
        compare_content(runner, true);
}

void compare_conflict(Runner *runner, Span rest) {
        (void)rest;
        compare_content(runner, false);
}

// The values of a column, in all rows of a table, as text; an empty list when there is no such row.
static size_t values_of(Runner *runner, const Event *event, uint32_t table, uint32_t column, Span *ret_values) {
        size_t count = 0;
        for (size_t i = 0; i < event->row_count; i++)
                if (event->rows[i].table == table)
                        ret_values[count++] = check_cell_text(&runner->arena, &event->rows[i].cells[column]);
        return count;
}

static bool all_equal(const Span *left, size_t left_count, const Span *right, size_t right_count) {
        bool equal = left_count == right_count;
        for (size_t i = 0; equal && i < left_count; i++)
                equal = span_equal(left[i], right[i]);
        return equal;
}

static bool any_equal(const Span *left, size_t left_count, const Span *right, size_t right_count) {
        for (size_t i = 0; i < left_count; i++)
                for (size_t k = 0; k < right_count; k++)
                        if (span_equal(left[i], right[k]))
                                return true;
        return false;
}

static void compare_column(Runner *runner, Span rest, bool wanted) {
        Event base;
        uint32_t table, column;
        if (!judge_base(runner, &base) || !check_find_column(runner, runner_word(&rest), rest, &table, &column))
                return;
        Span *here = arena_alloc(&runner->arena, (runner->event.row_count + 1) * sizeof(*here));
        Span *there = arena_alloc(&runner->arena, (base.row_count + 1) * sizeof(*there));
        size_t here_count = values_of(runner, &runner->event, table, column, here);
        size_t there_count = values_of(runner, &base, table, column, there);
        if (here_count == 0 || there_count == 0)
                runner_fault(runner, runner->line, "no row in %s", here_count == 0 ? "the event" : "the base");
        else if (wanted && !all_equal(here, here_count, there, there_count))
                runner_fault(runner, runner->line, "has not the values of the base");
        else if (!wanted && any_equal(here, here_count, there, there_count))
                runner_fault(runner, runner->line, "has a value of the base");
}

void compare_same(Runner *runner, Span rest) {
        compare_column(runner, rest, true);
}

void compare_other(Runner *runner, Span rest) {
        compare_column(runner, rest, false);
}
