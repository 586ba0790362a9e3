// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"

enum { PATIENCE_MS = 100 }; // once: then lines are lost until somebody reads again

static LogLevel threshold = LOG_LEVEL_INFO;
static unsigned long lost_lines;

static const char *const names[] = {[LOG_LEVEL_ERROR] = "error",
                                    [LOG_LEVEL_WARNING] = "warning",
                                    [LOG_LEVEL_NOTICE] = "notice",
                                    [LOG_LEVEL_INFO] = "info",
                                    [LOG_LEVEL_DEBUG] = "debug"};

void log_set_level(LogLevel level) {
        threshold = level;
}

static void put_prefix(Buffer *line, LogLevel level) {
        if (getenv("JOURNAL_STREAM")) {
                buffer_printf(line, "<%d>", (int)level);
                return;
        }
        char stamp[32];
        struct tm utc;
        time_t now = time(NULL);
        strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
        buffer_printf(line, "%s %s ", stamp, names[level]);
}

static void put_escaped(Buffer *line, const char *text) {
        for (const char *p = text; *p; p++) {
                unsigned char byte = (unsigned char)*p;
                // C1 controls (U+0080 to U+009F, 0xc2 and a byte) move a terminal's cursor as ESC does.
                bool c1 = byte == 0xc2 && (unsigned char)p[1] >= 0x80 && (unsigned char)p[1] < 0xa0;
                if (c1)
                        buffer_printf(line, "\\x%02x\\x%02x", byte, (unsigned char)*++p);
                else if (byte < 0x20 || byte == 0x7f)
                        buffer_printf(line, "\\x%02x", byte);
                else
                        buffer_put(line, p, 1);
        }
}

// Whoever reads the log may have stopped (a journal that hangs, a terminal held by Ctrl-S): the daemon must not wait
// for him. Standard error belongs to others as well, so it stays blocking, and is asked before each piece instead.
static bool takes_more(void) {
        struct pollfd output = {.fd = STDERR_FILENO, .events = POLLOUT};
        return poll(&output, 1, lost_lines > 0 ? 0 : PATIENCE_MS) > 0;
}

// A line is one write(2) up to PIPE_BUF, so that those of several processes do not mix, and so much never waits in a
// pipe or a socket that takes more.
static bool write_all(const char *ptr, size_t len) {
        while (len > 0 && takes_more()) {
                ssize_t n = write(STDERR_FILENO, ptr, len < PIPE_BUF ? len : PIPE_BUF);
                if (n < 0 && errno != EINTR)
                        return true; // nobody is left to tell
                if (n > 0) {
                        ptr += n;
                        len -= (size_t)n;
                }
        }
        return len == 0;
}

static void write_line(Buffer *line) {
        Buffer before = BUFFER_NULL;
        if (lost_lines > 0) {
                put_prefix(&before, LOG_LEVEL_WARNING);
                buffer_printf(&before, "%lu lines of the log are lost, nobody read them\n", lost_lines);
        }
        if (write_all(before.ptr, before.len)) {
                lost_lines = 0;
                if (!write_all(line->ptr, line->len))
                        lost_lines = 1;
        } else {
                lost_lines++;
        }
        buffer_deinit(&before);
}

void log_line(LogLevel level, const char *format, ...) {
        if (level > threshold)
                return;
        char *text = NULL;
        va_list args;
        va_start(args, format);
        int len = vasprintf(&text, format, args);
        va_end(args);
        if (len < 0)
                memory_exhausted();
        Buffer line = BUFFER_NULL;
        put_prefix(&line, level);
        put_escaped(&line, text);
        buffer_put(&line, "\n", 1);
        write_line(&line);
        buffer_deinit(&line);
        free(text);
}
