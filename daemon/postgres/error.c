// SPDX-License-Identifier: Apache-2.0
#include "postgres/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

PgError pg_error(const char *sqlstate, const char *format, ...) {
        PgError error = {.verdict = sqlstate_verdict(sqlstate, "")};
        snprintf(error.sqlstate, sizeof(error.sqlstate), "%s", sqlstate);
        va_list args;
        va_start(args, format);
        vsnprintf(error.message, sizeof(error.message), format, args);
        va_end(args);
        error.message[strcspn(error.message, "\n")] = '\0';
        return error;
}
