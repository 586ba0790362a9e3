// SPDX-License-Identifier: Apache-2.0
// kepud validate: the pure core over JSON Lines; no Kafka, no PostgreSQL.
#include <errno.h>
#include <unistd.h>

#include "app/arguments.h"
#include "app/catalogue_option.h"
#include "app/command.h"
#include "app/lines.h"
#include "base/clock.h"
#include "event/judge.h"

typedef struct Validation {
        Judge *judge;
        Arena arena;
        Buffer out;
        bool frozen;
        int64_t now_us;
        bool some_rejected;
} Validation;

static void put_warnings(Buffer *out, ReasonSet warnings) {
        bool first = true;
        for (Reason reason = REASON_W_REDECLARED; reason < REASON_COUNT; reason++)
                if (reason_in(warnings, reason)) {
                        buffer_printf(out, "%s%s", first ? "" : ",", reason_name(reason));
                        first = false;
                }
        if (first)
                buffer_put_u8(out, '-');
}

// line, verdict, reason, pointer, detail, warnings.
static void judge_line(Validation *validation, uint64_t number, Span line) {
        Message message = MESSAGE_NULL;
        Event event;
        Reject why;
        message.value = line;
        int64_t now = validation->frozen ? validation->now_us : clock_realtime_us();
        bool accepted = judge_message(validation->judge, &message, now, &validation->arena, &event, &why);
        Buffer *out = &validation->out;
        buffer_printf(out, "%llu\t%s\t%s\t", (unsigned long long)number, accepted ? "accepted" : "rejected",
                      reason_name(why.reason));
        lines_put_field(out, why.pointer);
        buffer_put_u8(out, '\t');
        lines_put_field(out, why.detail);
        buffer_put_u8(out, '\t');
        put_warnings(out, accepted ? event.warnings : 0);
        buffer_put_u8(out, '\n');
        validation->some_rejected |= !accepted;
        arena_reset(&validation->arena, 1 << 20);
}

static bool flush(Buffer *out) {
        bool written = fwrite(out->ptr, 1, out->len, stdout) == out->len;
        out->len = 0;
        return written;
}

static bool judge_file(Validation *validation, const char *file) {
        Lines lines;
        Span line;
        bool written = true;
        if (!lines_open(&lines, file))
                return false;
        while (written && lines_next(&lines, &line)) {
                judge_line(validation, lines.number, line);
                written = flush(&validation->out);
        }
        if (!written || fflush(stdout) != 0) {
                fprintf(stderr, "kepud: could not write the verdicts: %s\n", strerror(errno));
                written = false;
        }
        return lines_close(&lines) && written;
}

static bool judge_all(Validation *validation, const Arguments *arguments) {
        if (arguments->operand_count == 0)
                return judge_file(validation, "-");
        for (int i = 0; i < arguments->operand_count; i++)
                if (!judge_file(validation, arguments->operands[i]))
                        return false;
        return true;
}

int command_validate(int argc, char **argv) {
        const char *now = NULL;
        const char *folder = NULL;
        const Option options[] = {
                {"now", "TIME", "the clock's time (RFC 3339), for tests", &now, NULL, 0},
                {"catalogue", "FOLDER", "declarations, instead of the configuration's", &folder, NULL, 0},
        };
        Arguments arguments;
        int exit_code;
        Validation validation = {.arena = ARENA_NULL};
        if (!arguments_parse(argc, argv, options, sizeof(options) / sizeof(options[0]), &arguments, &exit_code))
                return exit_code;
        if (now && !arguments_time(now, &validation.now_us))
                return EXIT_USAGE;
        validation.frozen = now != NULL;
        int64_t window_days;
        Catalogue *catalogue = catalogue_option(folder, arguments.config, &window_days);
        if (!catalogue)
                return EXIT_CONFIG;
        validation.judge = judge_new(catalogue, false);
        judge_set_window(validation.judge, window_days);
        bool done = judge_all(&validation, &arguments);
        judge_free(validation.judge);
        arena_deinit(&validation.arena);
        buffer_deinit(&validation.out);
        catalogue_free(catalogue);
        if (!done)
                return EXIT_UNAVAILABLE;
        return validation.some_rejected ? EXIT_NEGATIVE : EXIT_OK;
}
