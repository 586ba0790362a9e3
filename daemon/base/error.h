// SPDX-License-Identifier: Apache-2.0
// Our own failure: a negative int, never matched on, only passed up. Its reason travels beside it as text.
// (A bad event is a Reject, a PostgreSQL error is a PgError: see event/reject.h and postgres/error.h.)
#pragma once

typedef struct Error {
        char text[512]; // primary message, lower case, no full stop; "" when there is none
        char hint[512]; // what to do about it; "" when there is none
} Error;

#define ERROR_NULL ((Error){{0}, {0}})

// Both return -1, so that `return error_set(error, …)` raises.
int error_set(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
int error_hint(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
