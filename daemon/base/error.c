// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(Error *error, const char *format, ...) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->text, sizeof(error->text), format, args);
        va_end(args);
        return -1;
}

int error_hint(Error *error, const char *format, ...) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->hint, sizeof(error->hint), format, args);
        va_end(args);
        return -1;
}
