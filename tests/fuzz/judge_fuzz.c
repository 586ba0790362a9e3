// SPDX-License-Identifier: Apache-2.0
// Any bytes as a message. An input that begins with "H\n" is one with headers: lines "name:value" up to an empty line
// (without a colon: a null value), then the value of the message.
#include <stdio.h>
#include <stdlib.h>

#include "event/judge.h"
#include "event/unicode.h"

enum { HEADERS_MAX = 32 };
static const int64_t NOW_US = 1795320000000000; // 2026-11-22T04:00:00Z

static void report(void *userdata, const char *line) {
        (void)userdata;
        fprintf(stderr, "%s\n", line);
}

static void demand(bool holds, const char *what) {
        if (!holds) {
                fprintf(stderr, "%s\n", what);
                abort();
        }
}

// Takes the headers off the front of `rest`.
static size_t split_headers(Span *rest, Header *headers) {
        size_t count = 0;
        rest->ptr += 2;
        rest->len -= 2;
        while (rest->len > 0) {
                const char *end = memchr(rest->ptr, '\n', rest->len);
                size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
                const char *colon = len ? memchr(rest->ptr, ':', len) : NULL;
                Span line = {rest->ptr, len};
                rest->ptr += len + (end != NULL);
                rest->len -= len + (end != NULL);
                if (len == 0)
                        break;
                if (count == HEADERS_MAX)
                        continue;
                headers[count].name = (Span){line.ptr, colon ? (size_t)(colon - line.ptr) : len};
                headers[count].value = colon ? (Span){colon + 1, len - headers[count].name.len - 1} : SPAN_NULL;
                count++;
        }
        return count;
}

static void check_cell(const Value *cell) {
        size_t bad;
        demand(cell->kind != VALUE_LIST && cell->kind != VALUE_TEXTS && cell->kind != VALUE_OBJECT, "no cell");
        if (cell->kind == VALUE_TEXT || cell->kind == VALUE_JSON || cell->kind == VALUE_DECIMAL)
                demand(unicode_valid(cell->text, &bad) && !unicode_has_nul(cell->text), "text of a cell");
}

static void check_rows(const Catalogue *catalogue, const Event *event) {
        demand(event->row_count > 0, "an accepted event has a row");
        for (size_t r = 0; r < event->row_count; r++)
                for (uint32_t c = 0; c < catalogue->tables[event->rows[r].table].column_count; c++)
                        check_cell(&event->rows[r].cells[c]);
        for (size_t m = 0; m < event->mention_count; m++)
                demand(event->mentions[m].reference < catalogue->reference_count && event->mentions[m].key.len > 0,
                       "mention");
}

static void judge_twice(Judge *judge, const Message *message, Arena *arena, Event *event, Reject *why) {
        Event again;
        Reject again_why;
        bool accepted = judge_message(judge, message, NOW_US, arena, event, why);
        demand(judge_message(judge, message, NOW_US, arena, &again, &again_why) == accepted, "verdict changed");
        demand(accepted == (why->reason == REASON_NONE), "verdict without its reason");
        if (accepted)
                demand(digest_compare(event->content, again.content) == 0, "content changed");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static Catalogue *catalogue;
        static Judge *judge;
        Arena arena = ARENA_NULL;
        Arena kept = ARENA_NULL;
        Header headers[HEADERS_MAX];
        Message message = MESSAGE_NULL;
        Event event;
        Reject why;
        size_t bad;
        if (!catalogue) {
                catalogue = catalogue_load(KEPUD_SOURCE_DIR "/schema/catalogue", report, NULL);
                demand(catalogue != NULL, "the shipped catalogue does not load");
                judge = judge_new(catalogue, false);
        }
        message.value = (Span){(const char *)data, size};
        message.headers = headers;
        if (size >= 2 && memcmp(data, "H\n", 2) == 0)
                message.header_count = split_headers(&message.value, headers);
        judge_twice(judge, &message, &arena, &event, &why);
        demand(unicode_valid(why.detail, &bad) && unicode_valid(why.pointer, &bad), "a reject is valid UTF-8");
        if (why.reason == REASON_NONE && event.type->stored) {
                judge_normalize(judge, &kept, &event);
                arena_deinit(&arena);
                check_rows(catalogue, &event);
        }
        arena_deinit(&arena);
        arena_deinit(&kept);
        return 0;
}
