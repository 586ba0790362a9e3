// SPDX-License-Identifier: Apache-2.0
// The runner of the golden cases: README.md says what a file may hold.
#pragma once
#include <yyjson.h>

#include "base/buffer.h"
#include "event/judge.h"

typedef struct Runner {
        const Catalogue *catalogue;
        bool prints; // the accepted messages, one a line, instead of the summary
        Judge *judge;
        Arena arena; // of the case at hand
        const char *file;
        int line;
        bool has_now;
        int64_t now_us;
        // What the next verdict judges: the base with its edits, or the bytes of an event.
        Span message;
        bool has_message;
        int message_line; // where it stands, as long as no verdict has judged it; else 0
        yyjson_doc *base; // NULL: an event
        yyjson_mut_doc *edited;
        int edit_line; // of the first edit since the last verdict; 0: none
        // The case at hand: its verdict has been read, what it must give may follow.
        bool in_case;
        bool has_rows; // accepted, and of a type that is stored
        Event event;
        Buffer mentions; // of Span pairs: reference, key
        int mentions_line;
        unsigned files;
        unsigned cases;
        unsigned checks;
        unsigned faults;
} Runner;

// Prints `file:line: …` and counts; always false.
bool runner_fault(Runner *runner, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
// The next word of a line, and the rest behind the blank; len 0 at the end.
Span runner_word(Span *rest);

// edit.c: set, del, repeat, copies on a copy of the base. Each tells what is wrong with the line.
void edit_base(Runner *runner, Span json);
void edit_set(Runner *runner, Span rest);
void edit_delete(Runner *runner, Span rest);
void edit_repeat(Runner *runner, Span rest, bool as_string);
void edit_forget(Runner *runner);
// The text to judge: that of the edited base, the base as it stands, or the event.
Span edit_text(Runner *runner);

// check.c: what the case must give.
void check_verdict(Runner *runner, Span rest);
void check_row(Runner *runner, Span rest);
void check_rows(Runner *runner, Span rest);
void check_expect_mentions(Runner *runner, Span rest);
// A cell as the text that a row line has.
Span check_cell_text(Arena *arena, const Value *cell);
bool check_find_column(Runner *runner, Span table, Span column, uint32_t *ret_table, uint32_t *ret_column);

// compare.c: what the case has in common with the base that it was edited from.
void compare_duplicate(Runner *runner, Span rest);
void compare_conflict(Runner *runner, Span rest);
void compare_same(Runner *runner, Span rest);
void compare_other(Runner *runner, Span rest);
// Ends the case: compares what all its `mentions` lines name.
void check_end(Runner *runner);
