// SPDX-License-Identifier: Apache-2.0
// Verdicts, rows and mentions against what the case says.
#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "cases/cases.h"

typedef struct Expected {
        Span column;
        Span text;
        bool quoted;
} Expected;

// ---- verdicts ----

static Span warnings_text(Arena *arena, ReasonSet warnings) {
        Span text = SPAN_LIT("");
        for (Reason reason = REASON_W_REDECLARED; reason < REASON_COUNT; reason++)
                if (reason_in(warnings, reason))
                        text = arena_printf(arena, "%s%s%s", text.ptr, text.len ? "," : "", reason_name(reason));
        return text;
}

// False: one of the words is no warning.
static bool parse_warnings(Span text, ReasonSet *ret_warnings) {
        *ret_warnings = 0;
        while (text.len > 0) {
                const char *comma = memchr(text.ptr, ',', text.len);
                Span name = {text.ptr, comma ? (size_t)(comma - text.ptr) : text.len};
                Reason reason = reason_find(name);
                if (reason < REASON_W_REDECLARED)
                        return false;
                *ret_warnings |= reason_bit(reason);
                size_t used = name.len + (comma != NULL);
                text = (Span){text.ptr + used, text.len - used};
        }
        return true;
}

static void expect_accepted(Runner *runner, Span rest, bool accepted, const Reject *why) {
        ReasonSet warnings;
        if (!parse_warnings(rest, &warnings))
                runner_fault(runner, runner->line, "no warning: '%.*s'", (int)rest.len, rest.ptr);
        else if (!accepted)
                runner_fault(runner, runner->line, "rejected: %s %.*s (%.*s)", reason_name(why->reason),
                             (int)why->pointer.len, why->pointer.ptr, (int)why->detail.len, why->detail.ptr);
        else if (warnings != runner->event.warnings)
                runner_fault(runner, runner->line, "accepted with the warnings '%s'",
                             warnings_text(&runner->arena, runner->event.warnings).ptr);
}

static void expect_rejected(Runner *runner, Span rest, bool accepted, const Reject *why) {
        Span name = runner_word(&rest);
        Reason reason = reason_find(name);
        if (reason == REASON_NONE)
                runner_fault(runner, runner->line, "no reason code '%.*s'", (int)name.len, name.ptr);
        else if (accepted)
                runner_fault(runner, runner->line, "accepted");
        else if (why->reason != reason)
                runner_fault(runner, runner->line, "rejected with %s at '%.*s' (%.*s)", reason_name(why->reason),
                             (int)why->pointer.len, why->pointer.ptr, (int)why->detail.len, why->detail.ptr);
        else if (rest.len > 0 && !span_equal(rest, why->pointer))
                runner_fault(runner, runner->line, "rejected at '%.*s'", (int)why->pointer.len, why->pointer.ptr);
}

void check_verdict(Runner *runner, Span rest) {
        Message message = MESSAGE_NULL;
        Reject why;
        check_end(runner);
        if (!runner->has_message || !runner->has_now) {
                runner_fault(runner, runner->line, "a verdict needs %s before it",
                             runner->has_now ? "a message" : "'now'");
                return;
        }
        arena_reset(&runner->arena, 1 << 20);
        message.value = edit_text(runner);
        bool accepted = judge_message(runner->judge, &message, runner->now_us, &runner->arena, &runner->event, &why);
        runner->cases++;
        runner->in_case = true;
        runner->has_rows = accepted && runner->event.type->stored;
        if (runner->has_rows)
                judge_normalize(runner->judge, &runner->arena, &runner->event);
        if (accepted && runner->prints)
                printf("%.*s\n", (int)message.value.len, message.value.ptr);
        Span verdict = runner_word(&rest);
        if (span_is(verdict, "accepted"))
                expect_accepted(runner, rest, accepted, &why);
        else if (span_is(verdict, "rejected"))
                expect_rejected(runner, rest, accepted, &why);
        else
                runner_fault(runner, runner->line, "a verdict is 'accepted' or 'rejected'");
}

// ---- rows ----

static bool may_have_rows(Runner *runner) {
        if (runner->in_case && runner->has_rows) {
                runner->checks++;
                return true;
        }
        return runner_fault(runner, runner->line, "only after the verdict on an accepted event of a stored type");
}

static const Table *find_table(Runner *runner, Span name, uint32_t *ret_index) {
        const Catalogue *catalogue = runner->catalogue;
        for (uint32_t i = 0; i < catalogue->table_count; i++)
                if (span_equal(catalogue->tables[i].name, name)) {
                        *ret_index = i;
                        return &catalogue->tables[i];
                }
        runner_fault(runner, runner->line, "no declaration fills a table '%.*s'", (int)name.len, name.ptr);
        return NULL;
}

static Span timestamp_text(Arena *arena, int64_t us) {
        char text[32];
        calendar_format_timestamp(us, text);
        return us % 1000000 == 0 ? arena_printf(arena, "%.19sZ", text) : arena_printf(arena, "%s", text);
}

static Span uuid_text(Arena *arena, Span bytes) {
        Span text = arena_printf(arena, "%s", "");
        for (size_t i = 0; i < bytes.len; i++)
                text = arena_printf(arena, "%s%s%02x", text.ptr, i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                                    (unsigned char)bytes.ptr[i]);
        return text;
}

Span check_cell_text(Arena *arena, const Value *cell) {
        char text[32];
        switch (cell->kind) {
        case VALUE_ABSENT:
                return SPAN_LIT("NULL");
        case VALUE_INTEGER:
                return arena_printf(arena, "%lld", (long long)cell->integer);
        case VALUE_BOOLEAN:
                return span_of(cell->integer ? "true" : "false");
        case VALUE_DATE:
                calendar_format_date((int32_t)cell->integer, text);
                return arena_printf(arena, "%s", text);
        case VALUE_TIMESTAMP:
                return timestamp_text(arena, cell->integer);
        case VALUE_UUID:
                return uuid_text(arena, cell->text);
        default:
                return cell->text;
        }
}

// `column=value`; false at the end of the line or after a fault.
static bool next_expected(Runner *runner, Span *rest, Expected *ret_expected) {
        const char *equals = rest->len ? memchr(rest->ptr, '=', rest->len) : NULL;
        if (!equals) {
                if (rest->len > 0)
                        runner_fault(runner, runner->line, "needs column=value: '%.*s'", (int)rest->len, rest->ptr);
                return false;
        }
        Expected expected = {.column = {rest->ptr, (size_t)(equals - rest->ptr)}};
        *rest = (Span){equals + 1, rest->len - expected.column.len - 1};
        expected.quoted = rest->len > 0 && rest->ptr[0] == '"';
        if (!expected.quoted) {
                expected.text = runner_word(rest);
                *ret_expected = expected;
                return true;
        }
        yyjson_doc *doc =
                yyjson_read_opts((char *)(uintptr_t)rest->ptr, rest->len, YYJSON_READ_STOP_WHEN_DONE, NULL, NULL);
        if (!doc)
                return runner_fault(runner, runner->line, "not a JSON string: %.*s", (int)rest->len, rest->ptr);
        size_t used = yyjson_doc_get_read_size(doc);
        yyjson_val *root = yyjson_doc_get_root(doc);
        expected.text = arena_copy(&runner->arena, (Span){yyjson_get_str(root), yyjson_get_len(root)});
        yyjson_doc_free(doc);
        used += used < rest->len;
        *rest = (Span){rest->ptr + used, rest->len - used};
        *ret_expected = expected;
        return true;
}

static bool cell_is(Runner *runner, const Value *cell, const Expected *expected) {
        const Digest *key = &runner->event.key;
        if (!expected->quoted && span_is(expected->text, "@event_key"))
                return cell->kind == VALUE_UUID &&
                       span_equal(cell->text, (Span){(const char *)key->bytes, DIGEST_LEN});
        if (expected->quoted)
                return cell->kind == VALUE_TEXT && span_equal(cell->text, expected->text);
        if (span_is(expected->text, "NULL"))
                return cell->kind == VALUE_ABSENT;
        return cell->kind != VALUE_ABSENT && span_equal(check_cell_text(&runner->arena, cell), expected->text);
}

static bool column_index(Runner *runner, const Table *table, Span name, uint32_t *ret_index) {
        for (*ret_index = 0; *ret_index < table->column_count; *ret_index += 1)
                if (span_equal(table->columns[*ret_index], name))
                        return true;
        return runner_fault(runner, runner->line, "%s has no column '%.*s'", table->name.ptr, (int)name.len,
                            name.ptr);
}

bool check_find_column(Runner *runner, Span table, Span column, uint32_t *ret_table, uint32_t *ret_column) {
        const Table *found = find_table(runner, table, ret_table);
        return found && column_index(runner, found, column, ret_column);
}

// Narrows `fits` down to the rows that have this value; tells what they have instead when none is left.
static bool narrow(Runner *runner, const Table *table, const Expected *expected, bool *fits) {
        const Event *event = &runner->event;
        uint32_t column;
        size_t left = 0;
        Span found = SPAN_LIT("no row");
        if (!column_index(runner, table, expected->column, &column))
                return false;
        for (size_t i = 0; i < event->row_count; i++) {
                if (!fits[i])
                        continue;
                fits[i] = cell_is(runner, &event->rows[i].cells[column], expected);
                left += fits[i];
                found = check_cell_text(&runner->arena, &event->rows[i].cells[column]);
        }
        if (left > 0)
                return true;
        return runner_fault(runner, runner->line, "no such row in %s: %.*s is %.*s", table->name.ptr,
                            (int)expected->column.len, expected->column.ptr, (int)found.len, found.ptr);
}

void check_row(Runner *runner, Span rest) {
        uint32_t index;
        Expected expected = {0};
        bool some = false;
        const Table *table = may_have_rows(runner) ? find_table(runner, runner_word(&rest), &index) : NULL;
        if (!table)
                return;
        bool *fits = arena_zalloc(&runner->arena, runner->event.row_count * sizeof(*fits));
        for (size_t i = 0; i < runner->event.row_count; i++)
                fits[i] = runner->event.rows[i].table == index;
        while (next_expected(runner, &rest, &expected)) {
                some = true;
                if (!narrow(runner, table, &expected, fits))
                        return;
        }
        if (!some)
                runner_fault(runner, runner->line, "'row' needs column=value");
}

void check_rows(Runner *runner, Span rest) {
        uint32_t index;
        size_t count = 0;
        const Table *table = may_have_rows(runner) ? find_table(runner, runner_word(&rest), &index) : NULL;
        if (!table)
                return;
        for (size_t i = 0; i < runner->event.row_count; i++)
                count += runner->event.rows[i].table == index;
        if (!span_equal(rest, arena_printf(&runner->arena, "%zu", count)))
                runner_fault(runner, runner->line, "%s gets %zu rows", table->name.ptr, count);
}

// ---- mentions ----

void check_expect_mentions(Runner *runner, Span rest) {
        if (!may_have_rows(runner))
                return;
        runner->mentions_line = runner->line;
        Span pair[2] = {runner_word(&rest), SPAN_NULL};
        if (pair[0].len > 0 && rest.len == 0)
                runner_fault(runner, runner->line, "'mentions' needs a reference and keys");
        while (rest.len > 0) {
                pair[1] = runner_word(&rest);
                buffer_put(&runner->mentions, pair, sizeof(pair));
        }
}

static bool is_mentioned(const Runner *runner, const Span pair[2]) {
        for (size_t i = 0; i < runner->event.mention_count; i++) {
                const Mention *mention = &runner->event.mentions[i];
                if (span_equal(runner->catalogue->references[mention->reference].name, pair[0]) &&
                    span_equal(mention->key, pair[1]))
                        return true;
        }
        return false;
}

static size_t times_expected(const Runner *runner, Span reference, Span key) {
        const Span *pairs = (const Span *)(const void *)runner->mentions.ptr;
        size_t count = 0;
        for (size_t i = 0; i < runner->mentions.len / sizeof(Span[2]); i++)
                count += span_equal(pairs[2 * i], reference) && span_equal(pairs[2 * i + 1], key);
        return count;
}

static void compare_mentions(Runner *runner) {
        const Span *pairs = (const Span *)(const void *)runner->mentions.ptr;
        for (size_t i = 0; i < runner->mentions.len / sizeof(Span[2]); i++) {
                const Span *pair = &pairs[2 * i];
                if (!is_mentioned(runner, pair))
                        runner_fault(runner, runner->mentions_line, "the event does not mention %.*s %.*s",
                                     (int)pair[0].len, pair[0].ptr, (int)pair[1].len, pair[1].ptr);
                else if (times_expected(runner, pair[0], pair[1]) > 1)
                        runner_fault(runner, runner->mentions_line, "%.*s %.*s stands twice", (int)pair[0].len,
                                     pair[0].ptr, (int)pair[1].len, pair[1].ptr);
        }
        for (size_t i = 0; i < runner->event.mention_count; i++) {
                const Mention *mention = &runner->event.mentions[i];
                Span name = runner->catalogue->references[mention->reference].name;
                if (times_expected(runner, name, mention->key) == 0)
                        runner_fault(runner, runner->mentions_line, "the event also mentions %.*s %.*s",
                                     (int)name.len, name.ptr, (int)mention->key.len, mention->key.ptr);
        }
}

void check_end(Runner *runner) {
        if (runner->in_case && runner->mentions_line > 0)
                compare_mentions(runner);
        runner->in_case = false;
        runner->mentions_line = 0;
        runner->mentions.len = 0;
}
