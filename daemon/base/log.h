// SPDX-License-Identifier: Apache-2.0
// One line per event of interest to standard error: `<priority>` for the journal when it reads us, then the text
// and `key=value` fields. Only app/ and the commands log; lower layers return what they have to say.
#pragma once

typedef enum LogLevel {
        LOG_LEVEL_ERROR = 3,   // somebody has to act
        LOG_LEVEL_WARNING = 4, // it goes on, but look at it
        LOG_LEVEL_NOTICE = 5,  // start, stop, assignment
        LOG_LEVEL_INFO = 6,    // each batch
        LOG_LEVEL_DEBUG = 7,
} LogLevel;

void log_set_level(LogLevel level);
// Waits 100 ms for whoever reads standard error (a pipe, the journal); then lines are lost until he reads on, and
// their number comes before the next one. Control characters in the result are written as \xNN, so nobody can forge
// a line.
void log_line(LogLevel level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)
