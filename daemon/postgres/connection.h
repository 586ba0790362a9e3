// SPDX-License-Identifier: Apache-2.0
// One asynchronous connection to PostgreSQL on the loop: the only file that talks to libpq on the hot path.
// Nothing is prepared and no session state is left behind, so a pooler in transaction mode does no harm. One
// statement at a time; every statement has a deadline of our own, because tcp_user_timeout does not see a silent
// server.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "base/span.h"
#include "postgres/error.h"

typedef struct Connection Connection;
typedef struct pg_result Result; // what a statement returned: rows in binary format, or a command tag

typedef struct ConnectionOptions {
        const char *conninfo; // libpq's, also a URI; time-outs are added unless it says them
        const char *application_name;
        int64_t connect_timeout_ms;   // 0: 10 s, for the whole attempt
        int64_t statement_timeout_ms; // 0: 45 s without progress, more than the server's own 30 s
} ConnectionOptions;

// Both come from the loop, never from inside a call. Neither the handlers nor a ResultFn may free the connection.
typedef struct ConnectionEvents {
        void (*up)(void *userdata);
        // It is closed, or could not be made; a statement in hand gets no answer of its own.
        void (*down)(void *userdata, const PgError *error);
} ConnectionEvents;

// `error` NULL: it went well. Otherwise the transaction has failed, and `result` is NULL. The result is valid during
// the call; the next statement may be sent from here.
typedef void ResultFn(void *userdata, const Result *result, const PgError *error);

Connection *connection_new(Loop *loop, const ConnectionOptions *options, const ConnectionEvents *events,
                           void *userdata);
Connection *connection_free(Connection *connection);
void connection_open(Connection *connection);
void connection_close(Connection *connection);               // no event; nothing when it is closed
int connection_server_version(const Connection *connection); // 150003

// Fixed text without parameters, also several statements; the result is the last one's.
void connection_script(Connection *connection, const char *sql, ResultFn *fn, void *userdata);
// `params` in binary format, ptr NULL: a NULL; copied.
void connection_query(Connection *connection, const char *sql, const Span *params, size_t count, ResultFn *fn,
                      void *userdata);
// Ends the transaction, one way or the other. When it is open all the same (somebody cancelled this very statement),
// the connection is given up: nothing could go on in it.
void connection_commit(Connection *connection, ResultFn *fn, void *userdata);
void connection_rollback(Connection *connection, ResultFn *fn, void *userdata);
// COPY … FROM STDIN; `data` has to live until the answer.
void connection_copy(Connection *connection, const char *sql, Span data, ResultFn *fn, void *userdata);

size_t result_rows(const Result *result);
Span result_span(const Result *result, size_t row, size_t column);
bool result_bool(const Result *result, size_t row, size_t column);
int16_t result_int2(const Result *result, size_t row, size_t column);
int32_t result_int4(const Result *result, size_t row, size_t column);
int64_t result_int8(const Result *result, size_t row, size_t column);
bool result_tag_is(const Result *result, const char *tag); // "COMMIT"
