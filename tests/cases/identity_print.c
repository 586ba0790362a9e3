// SPDX-License-Identifier: Apache-2.0
// What the program makes of the events of a file (JSON Lines), for the comparison with another implementation:
// identity_print CATALOGUE FILE NOW; a line each: line, identity key, content hash, natural keys by commas.
#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "event/content.h"
#include "event/judge.h"

static void put_digest(Digest digest) {
        for (int i = 0; i < DIGEST_LEN; i++)
                printf("%02x", digest.bytes[i]);
}

static void report(void *userdata, const char *line) {
        (void)userdata;
        fprintf(stderr, "%s\n", line);
}

// The keys of a table that has its own: one for each element.
static unsigned put_keys_of_table(const Event *event, const TableUse *use, unsigned before, Buffer *scratch) {
        const Value *list = use->each_list ? &event->slots[use->each_list->slot] : NULL;
        uint32_t count = list && list->kind == VALUE_LIST ? list->count : 0;
        for (uint32_t i = 0; use->natural_key_count > 0 && i < count; i++) {
                const Value *element = &list->list[i * use->each_list->items->slot_count];
                fputs(before++ > 0 ? "," : "", stdout);
                put_digest(content_natural_key(event, use->natural_key, use->natural_key_count, element, scratch));
        }
        return before;
}

// The key of the type, once, then those of its tables.
static void put_natural_keys(const Event *event) {
        const TypePlan *plan = event->type->plan;
        Buffer scratch = BUFFER_NULL;
        unsigned count = plan->natural_key_count > 0;
        if (count > 0)
                put_digest(content_natural_key(event, plan->natural_key, plan->natural_key_count, NULL, &scratch));
        for (uint32_t i = 0; i < plan->use_count; i++)
                count = put_keys_of_table(event, &plan->uses[i], count, &scratch);
        if (count == 0)
                putchar('-');
        buffer_deinit(&scratch);
}

static void print_event(Judge *judge, unsigned line, Span text, int64_t now) {
        Arena arena = ARENA_NULL;
        Message message = MESSAGE_NULL;
        Event event;
        Reject why;
        message.value = text;
        if (judge_message(judge, &message, now, &arena, &event, &why)) {
                printf("%u\t", line);
                put_digest(event.key);
                putchar('\t');
                put_digest(event.content);
                putchar('\t');
                put_natural_keys(&event);
                putchar('\n');
        }
        arena_deinit(&arena);
}

int main(int argc, char **argv) {
        char *text = NULL;
        size_t size = 0;
        ssize_t n;
        int64_t now;
        FILE *file = argc == 4 ? fopen(argv[2], "re") : NULL;
        if (!file || !calendar_parse_timestamp(span_of(argv[3]), &now))
                return 64;
        Catalogue *catalogue = catalogue_load(argv[1], report, NULL);
        if (!catalogue)
                return 1;
        Judge *judge = judge_new(catalogue, false);
        for (unsigned line = 1; (n = getdelim(&text, &size, '\n', file)) > 0; line++)
                print_event(judge, line, (Span){text, (size_t)n - (text[n - 1] == '\n')}, now);
        free(text);
        fclose(file);
        judge_free(judge);
        catalogue_free(catalogue);
        return 0;
}
