// SPDX-License-Identifier: Apache-2.0
// The pure core, stage by stage, over JSON Lines:
//   stages CATALOGUE FILE [ROUNDS [STAGE]]
// Prints "STAGE NS", nanoseconds per event, each stage with those before it: decode (bytes to JSON and attributes),
// validate (members, rules, identity, content), normalize (rows), encode (binary cells for COPY). Under callgrind
// with
// --toggle-collect='stage_*' the instructions are counted instead.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "event/envelope.h"
#include "event/judge.h"
#include "postgres/encode.h"

enum { BATCH = 5000 };

static const int64_t NOW_US = 1795924800 * 1000000LL; // 2026-11-29T12:00:00+08:00

typedef struct Bench {
        Catalogue *catalogue;
        Judge *judge;
        Arena scratch; // of a message
        Arena kept;    // of a batch
        Buffer rows;
        Span *lines;
        size_t count;
        size_t accepted; // in the round at hand
} Bench;

typedef bool Stage(Bench *bench, Span line);

static bool judged(Bench *bench, Span line, Event *event) {
        Message message = MESSAGE_NULL;
        Reject why;
        message.value = line;
        return judge_message(bench->judge, &message, NOW_US, &bench->scratch, event, &why);
}

static bool normalized(Bench *bench, Span line, Event *event) {
        if (!judged(bench, line, event))
                return false;
        judge_normalize(bench->judge, &bench->kept, event);
        return true;
}

static const Encoder *encoder_of(const Value *value) {
        static const uint32_t oids[] = {
                [VALUE_TEXT] = OID_TEXT,    [VALUE_INTEGER] = OID_INT8, [VALUE_DECIMAL] = OID_NUMERIC,
                [VALUE_BOOLEAN] = OID_BOOL, [VALUE_DATE] = OID_DATE,    [VALUE_TIMESTAMP] = OID_TIMESTAMPTZ,
                [VALUE_JSON] = OID_JSONB,   [VALUE_UUID] = OID_UUID,
        };
        static const Encoder *encoders[sizeof(oids) / sizeof(*oids)];
        if (!encoders[value->kind])
                encoders[value->kind] = encoder_for(oids[value->kind] ? oids[value->kind] : OID_TEXT);
        return encoders[value->kind];
}

static void encode_row(const Bench *bench, Buffer *buffer, const Row *row) {
        uint32_t columns = bench->catalogue->tables[row->table].column_count;
        copy_row(buffer, (uint16_t)columns);
        for (uint32_t i = 0; i < columns; i++)
                if (encode_cell(encoder_of(&row->cells[i]), buffer, &row->cells[i]) != ENCODE_OK)
                        abort();
}

// Their names are what callgrind is told to look for.
__attribute__((noinline)) static bool stage_decode(Bench *bench, Span line) {
        Pointer at = {.count = 0};
        Reject why;
        Envelope envelope = {.data = NULL};
        Checker checker = {.catalogue = bench->catalogue, .arena = &bench->scratch, .at = &at, .why = &why};
        Message message = MESSAGE_NULL;
        message.value = line;
        return envelope_read(&checker, &message, &envelope);
}

__attribute__((noinline)) static bool stage_validate(Bench *bench, Span line) {
        Event event;
        return judged(bench, line, &event);
}

__attribute__((noinline)) static bool stage_normalize(Bench *bench, Span line) {
        Event event;
        return normalized(bench, line, &event);
}

__attribute__((noinline)) static bool stage_encode(Bench *bench, Span line) {
        Event event;
        if (!normalized(bench, line, &event))
                return false;
        for (size_t i = 0; i < event.row_count; i++)
                encode_row(bench, &bench->rows, &event.rows[i]);
        return true;
}

static const struct {
        const char *name;
        Stage *run;
} stages[] = {
        {"decode", stage_decode},
        {"validate", stage_validate},
        {"normalize", stage_normalize},
        {"encode", stage_encode},
};

static void one_round(Bench *bench, Stage *stage) {
        bench->accepted = 0;
        for (size_t i = 0; i < bench->count; i++) {
                bench->accepted += stage(bench, bench->lines[i]);
                arena_reset(&bench->scratch, 1 << 20);
                if (i % BATCH == BATCH - 1 || i + 1 == bench->count) {
                        arena_reset(&bench->kept, 8 << 20);
                        bench->rows.len = 0;
                }
        }
}

static void measure(Bench *bench, const char *name, Stage *stage, int rounds) {
        struct timespec begin, end;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
        for (int i = 0; i < rounds; i++)
                one_round(bench, stage);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        double ns = (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
        printf("%s %.0f\n", name, ns / rounds / (double)bench->count);
        fprintf(stderr, "%s: %zu of %zu accepted\n", name, bench->accepted, bench->count);
}

static void read_lines(Bench *bench, const char *file) {
        FILE *stream = fopen(file, "r");
        char *line = NULL;
        size_t room = 0;
        ssize_t len;
        if (!stream) {
                perror(file);
                exit(66);
        }
        while ((len = getline(&line, &room, stream)) > 0) {
                size_t used = (size_t)len - (line[len - 1] == '\n');
                char *copy = xmalloc(used + 1);
                memcpy(copy, line, used);
                bench->lines = xrealloc(bench->lines, (bench->count + 1) * sizeof(*bench->lines));
                bench->lines[bench->count++] = (Span){copy, used};
        }
        free(line);
        fclose(stream);
}

static void report(void *userdata, const char *line) {
        (void)userdata;
        fprintf(stderr, "%s\n", line);
}

int main(int argc, char **argv) {
        Bench bench = {.scratch = ARENA_NULL, .kept = ARENA_NULL};
        if (argc < 3) {
                fprintf(stderr, "stages CATALOGUE FILE [ROUNDS [STAGE]]\n");
                return 64;
        }
        int rounds = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 20;
        bench.catalogue = catalogue_load(argv[1], report, NULL);
        if (!bench.catalogue)
                return 78;
        bench.judge = judge_new(bench.catalogue, true);
        read_lines(&bench, argv[2]);
        for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++)
                if (argc < 5 || strcmp(argv[4], stages[i].name) == 0)
                        measure(&bench, stages[i].name, stages[i].run, rounds > 0 ? rounds : 1);
        for (size_t i = 0; i < bench.count; i++)
                free((char *)(uintptr_t)bench.lines[i].ptr);
        free(bench.lines);
        judge_free(bench.judge);
        arena_deinit(&bench.scratch);
        arena_deinit(&bench.kept);
        buffer_deinit(&bench.rows);
        catalogue_free(bench.catalogue);
        return 0;
}
