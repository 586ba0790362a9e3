// SPDX-License-Identifier: Apache-2.0
#include "postgres/connection.h"

#include <assert.h>
#include <libpq-fe.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/memory.h"
#include "postgres/conninfo.h"
#include "postgres/libpq_error.h"

enum {
        CONNECT_TIMEOUT_MS = 10 * 1000,
        STATEMENT_TIMEOUT_MS = 45 * 1000,
        LOOK_MS = 1000,
        // In non-blocking mode libpq grows its output buffer and keeps it: small slices, and only when it is empty.
        COPY_SLICE = 64 * 1024,
        MAX_PARAMS = 128,
};

typedef enum State {
        STATE_CLOSED,
        STATE_CONNECTING,
        STATE_IDLE,
        STATE_SENDING, // a statement is out, its results are awaited
        STATE_COPYING, // the server takes data
        STATE_LOST,    // found broken inside a call; the timer says so from the loop
} State;

struct Connection {
        Loop *loop;
        LoopTimer *timer;
        ConnectionEvents events;
        void *userdata;
        char *conninfo;
        char *application_name;
        int64_t connect_timeout_ms;
        int64_t statement_timeout_ms;
        unsigned timeouts; // attempts that hung: the next one begins with the next host
        State state;
        PGconn *pg;
        int watched; // descriptor in the loop, -1: none
        ResultFn *fn;
        void *fn_userdata;
        bool ends;           // the statement is a COMMIT or a ROLLBACK
        Span copy;           // what is left to send
        int queued;          // bytes that the kernel had not got rid of when it was last looked
        int64_t progress_ms; // monotonic, the last one
        PGresult *result;
        PgError error; // first one of the statement; or why the connection is lost
        bool failed;
};

static void watch(Connection *connection, uint32_t events);
static void on_socket(void *userdata, uint32_t events);
static void on_timer(void *userdata);

Connection *connection_new(Loop *loop, const ConnectionOptions *options, const ConnectionEvents *events,
                           void *userdata) {
        Connection *connection = xcalloc(1, sizeof(*connection));
        connection->loop = loop;
        connection->timer = loop_timer(loop, on_timer, connection);
        connection->events = *events;
        connection->userdata = userdata;
        connection->conninfo = xstrdup(options->conninfo);
        connection->application_name = xstrdup(options->application_name ? options->application_name : "kepud");
        connection->connect_timeout_ms =
                options->connect_timeout_ms ? options->connect_timeout_ms : CONNECT_TIMEOUT_MS;
        connection->statement_timeout_ms =
                options->statement_timeout_ms ? options->statement_timeout_ms : STATEMENT_TIMEOUT_MS;
        connection->watched = -1;
        return connection;
}

Connection *connection_free(Connection *connection) {
        if (!connection)
                return NULL;
        connection_close(connection);
        free(connection->conninfo);
        free(connection->application_name);
        free(connection);
        return NULL;
}

void connection_close(Connection *connection) {
        watch(connection, 0);
        loop_timer_clear(connection->timer);
        PQclear(connection->result);
        connection->result = NULL;
        PQfinish(connection->pg);
        connection->pg = NULL;
        connection->state = STATE_CLOSED;
        connection->fn = NULL;
}

int connection_server_version(const Connection *connection) {
        return PQserverVersion(connection->pg);
}

static void watch(Connection *connection, uint32_t events) {
        int fd = connection->pg ? PQsocket(connection->pg) : -1;
        if (connection->watched >= 0 && (events == 0 || connection->watched != fd))
                loop_watch(connection->loop, connection->watched, 0, NULL, NULL);
        connection->watched = events == 0 ? -1 : fd;
        if (connection->watched >= 0)
                loop_watch(connection->loop, fd, events, on_socket, connection);
}

// Tail call: the handler may open the connection again.
static void down(Connection *connection, const PgError *error) {
        PgError copy = *error;
        connection_close(connection);
        connection->events.down(connection->userdata, &copy);
}

static void down_by_libpq(Connection *connection) {
        PgError error = connection->error;
        if (!connection->failed || error.verdict != PG_RECONNECT) {
                error = pg_error("08006", "connection lost: %s", PQerrorMessage(connection->pg));
        }
        down(connection, &error);
}

// ---- connecting

static void quiet(void *userdata, const PGresult *notice) {
        (void)userdata;
        (void)notice;
}

static void connected(Connection *connection) {
        connection->timeouts = 0;
        connection->state = STATE_IDLE;
        loop_timer_clear(connection->timer);
        watch(connection, EPOLLIN);
        PQsetErrorVerbosity(connection->pg, PQERRORS_DEFAULT);
        connection->events.up(connection->userdata);
}

static void poll_connect(Connection *connection) {
        // libpq may close the socket and open another one with the same number, which epoll does not notice.
        watch(connection, 0);
        switch (PQconnectPoll(connection->pg)) {
        case PGRES_POLLING_READING:
                watch(connection, EPOLLIN);
                break;
        case PGRES_POLLING_WRITING:
                watch(connection, EPOLLOUT);
                break;
        case PGRES_POLLING_OK:
                connected(connection);
                break;
        default: {
                PgError error = libpq_connect_error(connection->pg);
                down(connection, &error);
        }
        }
}

// Says from the loop that it did not work.
static void lose(Connection *connection, PgError error) {
        connection->error = error;
        connection->state = STATE_LOST;
        watch(connection, 0);
        loop_timer_set(connection->timer, 0);
}

void connection_open(Connection *connection) {
        char wrong[200] = "";
        assert(connection->state == STATE_CLOSED);
        ConnInfo info = conninfo_new(connection->conninfo, connection->application_name, connection->timeouts, wrong,
                                     sizeof(wrong));
        if (!info.keywords) {
                lose(connection, pg_error(info.no_memory ? "53200" : "42601", "conninfo: %s", wrong));
                return;
        }
        connection->pg = PQconnectStartParams(info.keywords, info.values, 0);
        conninfo_deinit(&info);
        if (!connection->pg || PQstatus(connection->pg) == CONNECTION_BAD ||
            PQsetnonblocking(connection->pg, 1) != 0) {
                lose(connection, libpq_connect_error(connection->pg));
                return;
        }
        connection->state = STATE_CONNECTING;
        connection->failed = false;
        PQsetNoticeReceiver(connection->pg, quiet, NULL);
        PQsetErrorVerbosity(connection->pg, PQERRORS_VERBOSE);
        loop_timer_set(connection->timer, connection->connect_timeout_ms);
        watch(connection, EPOLLOUT);
}

// ---- statements

static void begin(Connection *connection, ResultFn *fn, void *userdata) {
        assert(!connection->fn);
        connection->fn = fn;
        connection->fn_userdata = userdata;
        connection->failed = false;
        connection->ends = false;
        connection->copy = SPAN_NULL;
}

// What was sent and is not acknowledged by the other end (a local socket: not read).
static int queued_bytes(const Connection *connection) {
        int bytes = 0;
        return ioctl(PQsocket(connection->pg), SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

// Looks after the line once a second, until the deadline is over. The kernel swallows megabytes at once, and a slow
// line takes its time for them: that is progress, too.
static bool waits_on(Connection *connection) {
        int before = connection->queued;
        int64_t now_ms = clock_monotonic_ms();
        connection->queued = queued_bytes(connection);
        if (connection->queued < before)
                connection->progress_ms = now_ms;
        int64_t left_ms = connection->progress_ms + connection->statement_timeout_ms - now_ms;
        if (left_ms > 0)
                loop_timer_set(connection->timer, left_ms < LOOK_MS ? left_ms : LOOK_MS);
        return left_ms > 0;
}

// The deadline begins anew.
static void await(Connection *connection) {
        connection->progress_ms = clock_monotonic_ms();
        waits_on(connection);
}

// After libpq took the statement, or did not.
static void sent(Connection *connection, int ok) {
        if (connection->state == STATE_LOST)
                return;
        if (!ok || PQflush(connection->pg) < 0) {
                lose(connection, pg_error("08006", "connection lost: %s", PQerrorMessage(connection->pg)));
                return;
        }
        connection->state = STATE_SENDING;
        await(connection);
        watch(connection, EPOLLIN | EPOLLOUT);
}

void connection_script(Connection *connection, const char *sql, ResultFn *fn, void *userdata) {
        begin(connection, fn, userdata);
        sent(connection, connection->state == STATE_LOST || PQsendQuery(connection->pg, sql));
}

static void end(Connection *connection, const char *sql, ResultFn *fn, void *userdata) {
        connection_script(connection, sql, fn, userdata);
        connection->ends = true;
}

void connection_commit(Connection *connection, ResultFn *fn, void *userdata) {
        end(connection, "COMMIT", fn, userdata);
}

void connection_rollback(Connection *connection, ResultFn *fn, void *userdata) {
        end(connection, "ROLLBACK", fn, userdata);
}

void connection_query(Connection *connection, const char *sql, const Span *params, size_t count, ResultFn *fn,
                      void *userdata) {
        const char *values[MAX_PARAMS];
        int lengths[MAX_PARAMS];
        int formats[MAX_PARAMS];
        assert(count <= MAX_PARAMS);
        begin(connection, fn, userdata);
        for (size_t i = 0; i < count; i++) {
                values[i] = params[i].ptr;
                lengths[i] = (int)params[i].len;
                formats[i] = 1;
        }
        sent(connection, connection->state == STATE_LOST || PQsendQueryParams(connection->pg, sql, (int)count, NULL,
                                                                              values, lengths, formats, 1));
}

void connection_copy(Connection *connection, const char *sql, Span data, ResultFn *fn, void *userdata) {
        begin(connection, fn, userdata);
        connection->copy = data;
        sent(connection, connection->state == STATE_LOST || PQsendQuery(connection->pg, sql));
        crash_point("copy.sent");
}

// The statement is over. Tail call: the handler may send the next one.
static void answer(Connection *connection) {
        ResultFn *fn = connection->fn;
        PGresult *result = connection->result;
        PgError error = connection->error;
        bool failed = connection->failed;
        if (PQstatus(connection->pg) == CONNECTION_BAD || (failed && error.verdict == PG_RECONNECT)) {
                down_by_libpq(connection);
                return;
        }
        if (connection->ends && PQtransactionStatus(connection->pg) != PQTRANS_IDLE) {
                error = pg_error("08006", "connection given up: the transaction could not be ended: %s",
                                 error.message);
                down(connection, &error);
                return;
        }
        if (!failed && !result) { // no answer is not the answer "no rows", and not a COMMIT
                error = pg_error("08006", "connection given up: a statement ended without a result");
                down(connection, &error);
                return;
        }
        connection->fn = NULL;
        connection->result = NULL;
        connection->state = STATE_IDLE;
        loop_timer_clear(connection->timer);
        watch(connection, EPOLLIN);
        fn(connection->fn_userdata, failed ? NULL : result, failed ? &error : NULL);
        PQclear(result);
}

static void take(Connection *connection, PGresult *result) {
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_COPY_IN) {
                connection->state = STATE_COPYING;
                PQclear(result);
                return;
        }
        bool fine = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
        if (!fine && !connection->failed) {
                connection->failed = true;
                connection->error = libpq_error(connection->pg, result);
        }
        PQclear(connection->result);
        connection->result = result;
}

// Whatever has come; true when the statement is over.
static bool collect(Connection *connection) {
        while (connection->state == STATE_SENDING && !PQisBusy(connection->pg)) {
                PGresult *result = PQgetResult(connection->pg);
                if (!result)
                        return true;
                take(connection, result);
        }
        return false;
}

// Feeds the COPY; false: libpq gave up. An error of the server shows only after the end, in the results.
static bool feed(Connection *connection) {
        int flushed = PQflush(connection->pg);
        while (connection->state == STATE_COPYING && flushed == 0) {
                size_t len = connection->copy.len < COPY_SLICE ? connection->copy.len : COPY_SLICE;
                int put = len ? PQputCopyData(connection->pg, connection->copy.ptr, (int)len)
                              : PQputCopyEnd(connection->pg, NULL);
                if (put < 0)
                        return false;
                if (put == 0) // its buffer is full
                        break;
                if (len == 0)
                        connection->state = STATE_SENDING;
                connection->copy.ptr += len;
                connection->copy.len -= len;
                flushed = PQflush(connection->pg);
                await(connection);
                crash_point(len ? "copy.data" : "copy.ended");
        }
        if (flushed >= 0)
                watch(connection, flushed || connection->state == STATE_COPYING ? EPOLLIN | EPOLLOUT : EPOLLIN);
        return flushed >= 0;
}

static void on_socket(void *userdata, uint32_t events) {
        Connection *connection = userdata;
        if (connection->state == STATE_CONNECTING) {
                poll_connect(connection);
                return;
        }
        if ((events & ~(uint32_t)EPOLLOUT) != 0 && !PQconsumeInput(connection->pg)) {
                collect(connection); // the server may have said why
                down_by_libpq(connection);
                return;
        }
        if (connection->state == STATE_IDLE) {
                (void)PQisBusy(connection->pg); // parses what came without being asked
                if (PQstatus(connection->pg) == CONNECTION_BAD)
                        down_by_libpq(connection);
                return;
        }
        if (collect(connection)) {
                answer(connection);
                return;
        }
        if (!feed(connection)) {
                down_by_libpq(connection);
                return;
        }
        // The server may have refused the COPY while it was being fed: its answer is here, and no event will follow.
        if (connection->state == STATE_SENDING && collect(connection))
                answer(connection);
}

static void on_timer(void *userdata) {
        Connection *connection = userdata;
        PgError error = connection->error;
        bool asked = connection->state == STATE_SENDING || connection->state == STATE_COPYING;
        if (asked && waits_on(connection))
                return;
        if (connection->state == STATE_CONNECTING) {
                connection->timeouts++;
                error = pg_error("08001", "could not connect: no answer within %lld ms",
                                 (long long)connection->connect_timeout_ms);
        } else if (connection->state != STATE_LOST) {
                error = pg_error("08006", "connection given up: no progress within %lld ms",
                                 (long long)connection->statement_timeout_ms);
                error.late = true;
        }
        down(connection, &error);
}
