// SPDX-License-Identifier: Apache-2.0
// Usage: cases [--accepted] CATALOGUE FOLDER-OR-FILE…; exit 0 when every case holds, 1 when one does not or when
// there is none. --accepted prints the messages that are accepted, one a line, for tests that need them.
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/calendar.h"
#include "base/memory.h"
#include "cases/cases.h"
#include "event/unicode.h"

bool runner_fault(Runner *runner, int line, const char *format, ...) {
        va_list args;
        printf("%s:%d: ", runner->file, line);
        va_start(args, format);
        vprintf(format, args);
        va_end(args);
        putchar('\n');
        runner->faults++;
        return false;
}

Span runner_word(Span *rest) {
        const char *blank = rest->len ? memchr(rest->ptr, ' ', rest->len) : NULL;
        Span word = {rest->ptr, blank ? (size_t)(blank - rest->ptr) : rest->len};
        size_t used = word.len + (blank != NULL);
        *rest = (Span){rest->ptr + used, rest->len - used};
        return word;
}

// What stands in the way of a new message: the last one, or edits of it, that no verdict has judged.
static void end_message(Runner *runner) {
        if (runner->message_line > 0)
                runner_fault(runner, runner->message_line, "no verdict judges this message");
        else if (runner->edit_line > 0)
                runner_fault(runner, runner->edit_line, "no verdict follows this edit");
        check_end(runner);
        edit_forget(runner);
}

static void read_now(Runner *runner, Span rest) {
        check_end(runner);
        runner->has_now = calendar_parse_timestamp(rest, &runner->now_us);
        if (!runner->has_now)
                runner_fault(runner, runner->line, "'now' needs RFC 3339 with an offset");
}

static void read_event(Runner *runner, Span rest) {
        end_message(runner);
        runner->message = rest;
        runner->has_message = true;
        runner->message_line = runner->line;
}

static void read_base(Runner *runner, Span rest) {
        end_message(runner);
        edit_base(runner, rest);
}

static void read_repeat(Runner *runner, Span rest) {
        edit_repeat(runner, rest, true);
}

static void read_copies(Runner *runner, Span rest) {
        edit_repeat(runner, rest, false);
}

static void read_line(Runner *runner, Span line) {
        static const struct {
                const char *word;
                void (*read)(Runner *runner, Span rest);
        } words[] = {
                {"now", read_now},
                {"event", read_event},
                {"base", read_base},
                {"set", edit_set},
                {"del", edit_delete},
                {"repeat", read_repeat},
                {"copies", read_copies},
                {"verdict", check_verdict},
                {"row", check_row},
                {"rows", check_rows},
                {"mentions", check_expect_mentions},
                {"duplicate", compare_duplicate},
                {"conflict", compare_conflict},
                {"same", compare_same},
                {"other", compare_other},
        };
        if (line.len == 0 || line.ptr[0] == '#')
                return;
        Span word = runner_word(&line);
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                if (span_is(word, words[i].word)) {
                        words[i].read(runner, line);
                        return;
                }
        runner_fault(runner, runner->line, "no line begins with '%.*s'", (int)word.len, word.ptr);
}

static bool read_whole(const char *file, Buffer *ret_text) {
        FILE *stream = fopen(file, "re");
        size_t n = 1;
        while (stream && n > 0) {
                n = fread(buffer_reserve(ret_text, 65536), 1, 65536, stream);
                ret_text->len += n;
        }
        bool good = stream && !ferror(stream);
        if (stream)
                fclose(stream);
        return good;
}

static void run_file(Runner *runner, const char *file) {
        Buffer text = BUFFER_NULL;
        unsigned before = runner->cases;
        size_t bad;
        runner->file = file;
        runner->line = 0;
        runner->has_now = false;
        runner->files++;
        if (!read_whole(file, &text))
                runner_fault(runner, 0, "could not read");
        else if (!unicode_valid((Span){text.ptr, text.len}, &bad))
                runner_fault(runner, 0, "not UTF-8 at byte %zu", bad + 1);
        else if (text.len > 0 && text.ptr[text.len - 1] != '\n')
                runner_fault(runner, 0, "does not end in LF");
        else
                for (size_t at = 0; at < text.len;) {
                        const char *end = memchr(text.ptr + at, '\n', text.len - at);
                        size_t len = (size_t)(end - text.ptr) - at;
                        runner->line++;
                        read_line(runner, (Span){text.ptr + at, len});
                        at += len + 1;
                }
        end_message(runner);
        if (runner->cases == before)
                runner_fault(runner, runner->line, "no case in this file");
        buffer_deinit(&text);
}

static int is_shown(const struct dirent *entry) {
        return entry->d_name[0] != '.';
}

static bool ends_with(const char *path, const char *end) {
        size_t len = strlen(path);
        return len >= strlen(end) && strcmp(path + len - strlen(end), end) == 0;
}

static void run_path(Runner *runner, const char *path, bool named) {
        struct dirent **entries = NULL;
        struct stat about;
        bool folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
        if (!folder) {
                if (named || ends_with(path, ".case"))
                        run_file(runner, path);
                return;
        }
        int count = scandir(path, &entries, is_shown, alphasort);
        for (int i = 0; i < count; i++) {
                cleanup(freep) char *inside = xasprintf("%s/%s", path, entries[i]->d_name);
                run_path(runner, inside, false);
                free(entries[i]);
        }
        free(entries);
}

static void report(void *userdata, const char *line) {
        (void)userdata;
        puts(line);
}

int main(int argc, char **argv) {
        Runner runner = {.arena = ARENA_NULL};
        runner.prints = argc > 1 && strcmp(argv[1], "--accepted") == 0;
        argc -= runner.prints;
        argv += runner.prints;
        if (argc < 3) {
                fputs("usage: cases [--accepted] CATALOGUE FOLDER-OR-FILE…\n", stderr);
                return 64;
        }
        Catalogue *catalogue = catalogue_load(argv[1], report, NULL);
        if (!catalogue)
                return 1;
        runner.catalogue = catalogue;
        runner.judge = judge_new(catalogue, false);
        for (int i = 2; i < argc; i++)
                run_path(&runner, argv[i], true);
        judge_free(runner.judge);
        buffer_deinit(&runner.mentions);
        arena_deinit(&runner.arena);
        catalogue_free(catalogue);
        if (!runner.prints)
                printf("%u cases and %u checks of their rows in %u files: %u faults\n", runner.cases, runner.checks,
                       runner.files, runner.faults);
        return runner.faults > 0 || runner.cases == 0;
}
