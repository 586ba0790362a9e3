// SPDX-License-Identifier: Apache-2.0
#include "postgres/maintain.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/crash.h"
#include "base/memory.h"
#include "postgres/connection.h"
#include "postgres/params.h"

// More than the server's statement_timeout below.
enum { GIVE_UP_MS = 660 * 1000 };

// client_connection_check_interval (PostgreSQL 14): without it the server would only see at the end of the statement
// that nobody waits for it any more. A cancel request would block us and is not encrypted in libpq 15. A process that
// freezes before COMMIT may hold a whole table: not for long.
static const char SQL_BEGIN[] =
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL search_path = pg_catalog;"
        " SET LOCAL statement_timeout = '10min'; SET LOCAL lock_timeout = '5s';"
        " SET LOCAL idle_in_transaction_session_timeout = '5s';"
        " SELECT set_config(name, '1s', true) FROM pg_settings WHERE name = 'client_connection_check_interval'";

#define RETENTION "pg_catalog.jsonb_object($1::text[], $2::text[])"
#define WINDOW    "pg_catalog.make_interval(days => nullif($3::integer, 0))"
// All three statements have the first three parameters.
static const char SQL_FAULTS[] = "SELECT f FROM ingest.retention_faults(" RETENTION ") f WHERE $3::integer >= 0";
static const char SQL_DUE[] = "SELECT task, subject FROM ingest.maintenance_due(" RETENTION ", " WINDOW ")";
static const char SQL_DO[] = "SELECT coalesce(ingest.maintain($4::text, $5::text, " RETENTION ", " WINDOW "), '')";

typedef struct Task {
        char *task;
        char *subject;
} Task;

struct Maintainer {
        Connection *connection;
        MaintainerOptions options;
        MaintainerEvents events;
        void *userdata;
        Params params;
        bool connected;
        bool running;
        bool told;       // the faults of the retention
        bool only_check; // ask for them, and nothing else
        Task *tasks;
        size_t task_count;
        size_t at;
        char *what;    // the task at hand did; NULL: it failed
        PgError error; // why
};

static void on_up(void *userdata);
static void on_down(void *userdata, const PgError *error);

Maintainer *maintainer_new(Loop *loop, const MaintainerOptions *options, const MaintainerEvents *events,
                           void *userdata) {
        Maintainer *maintainer = xcalloc(1, sizeof(*maintainer));
        ConnectionOptions connection = {.conninfo = options->conninfo,
                                        .application_name = options->application_name,
                                        .statement_timeout_ms = GIVE_UP_MS};
        maintainer->connection = connection_new(loop, &connection, &(ConnectionEvents){on_up, on_down}, maintainer);
        maintainer->options = *options;
        maintainer->events = *events;
        maintainer->userdata = userdata;
        params_init(&maintainer->params);
        return maintainer;
}

static void forget_tasks(Maintainer *maintainer) {
        for (size_t i = 0; i < maintainer->task_count; i++) {
                free(maintainer->tasks[i].task);
                free(maintainer->tasks[i].subject);
        }
        free(maintainer->tasks);
        free(maintainer->what);
        maintainer->what = NULL;
        maintainer->tasks = NULL;
        maintainer->task_count = 0;
        maintainer->at = 0;
}

Maintainer *maintainer_free(Maintainer *maintainer) {
        if (maintainer) {
                connection_free(maintainer->connection);
                forget_tasks(maintainer);
                params_deinit(&maintainer->params);
                free(maintainer);
        }
        return NULL;
}

static void over(Maintainer *maintainer, const PgError *error) {
        forget_tasks(maintainer);
        maintainer->running = false;
        maintainer->events.over(maintainer->userdata, error);
}

static void on_down(void *userdata, const PgError *error) {
        Maintainer *maintainer = userdata;
        maintainer->connected = false;
        // Between two rounds nobody misses it: the next one connects again.
        if (maintainer->running)
                over(maintainer, error);
}

static void ask(Maintainer *maintainer, const char *sql, const Task *task, ResultFn *fn) {
        static const uint32_t texts[2] = {OID_TEXT, OID_TEXT};
        Params *params = &maintainer->params;
        const MaintainerOptions *options = &maintainer->options;
        params_begin(params, texts, 2);
        for (size_t i = 0; i < options->retention_count; i++) {
                char months[24];
                snprintf(months, sizeof(months), "%lld", (long long)options->retention[i].months);
                encode_text(&params->buffers[0], span_of(options->retention[i].table));
                encode_text(&params->buffers[1], span_of(months));
        }
        params_end(params, options->retention_count);
        params_int4(params, (int32_t)options->window_days);
        if (task) {
                params_text(params, span_of(task->task));
                params_text(params, span_of(task->subject));
        }
        connection_query(maintainer->connection, sql, params->spans, params->count, fn, maintainer);
}

// ---- one task after the other

static char *text_of(Span text) {
        return xstrndup(text.ptr, text.len);
}

static void begin_task(Maintainer *maintainer);

// Told only after COMMIT.
static void on_ended(void *userdata, const Result *result, const PgError *error) {
        Maintainer *maintainer = userdata;
        const Task *task = &maintainer->tasks[maintainer->at];
        (void)result;
        crash_point("maintenance.committed");
        if (maintainer->what && !error)
                maintainer->events.did(maintainer->userdata, task->task, task->subject, maintainer->what);
        else
                maintainer->events.failed(maintainer->userdata, task->task, task->subject,
                                          maintainer->what ? error : &maintainer->error);
        free(maintainer->what);
        maintainer->what = NULL;
        maintainer->at++;
        begin_task(maintainer);
}

static void on_done(void *userdata, const Result *result, const PgError *error) {
        Maintainer *maintainer = userdata;
        if (error)
                maintainer->error = *error;
        else
                maintainer->what = text_of(result_span(result, 0, 0));
        crash_point("maintenance.done");
        (error ? connection_rollback : connection_commit)(maintainer->connection, on_ended, maintainer);
        crash_point("maintenance.sent");
}

static void on_begun(void *userdata, const Result *result, const PgError *error) {
        Maintainer *maintainer = userdata;
        crash_point("maintenance.begun");
        if (error)
                on_done(maintainer, result, error);
        else
                ask(maintainer, SQL_DO, &maintainer->tasks[maintainer->at], on_done);
}

static void begin_task(Maintainer *maintainer) {
        if (maintainer->at == maintainer->task_count)
                over(maintainer, NULL);
        else
                connection_script(maintainer->connection, SQL_BEGIN, on_begun, maintainer);
}

// ---- what there is to do

static void on_due(void *userdata, const Result *result, const PgError *error) {
        Maintainer *maintainer = userdata;
        if (error) {
                over(maintainer, error);
                return;
        }
        maintainer->task_count = result_rows(result);
        maintainer->tasks = xcalloc(maintainer->task_count + 1, sizeof(*maintainer->tasks));
        for (size_t i = 0; i < maintainer->task_count; i++)
                maintainer->tasks[i] = (Task){text_of(result_span(result, i, 0)), text_of(result_span(result, i, 1))};
        begin_task(maintainer);
}

static void on_faults(void *userdata, const Result *result, const PgError *error) {
        Maintainer *maintainer = userdata;
        if (error) {
                over(maintainer, error);
                return;
        }
        maintainer->told = true;
        for (size_t i = 0; i < result_rows(result); i++)
                maintainer->events.fault(maintainer->userdata, result_span(result, i, 0));
        if (maintainer->only_check)
                over(maintainer, NULL);
        else
                ask(maintainer, SQL_DUE, NULL, on_due);
}

static void ask_first(Maintainer *maintainer) {
        if (maintainer->told)
                ask(maintainer, SQL_DUE, NULL, on_due);
        else
                ask(maintainer, SQL_FAULTS, NULL, on_faults);
}

static void on_up(void *userdata) {
        Maintainer *maintainer = userdata;
        maintainer->connected = true;
        ask_first(maintainer);
}

void maintainer_begin(Maintainer *maintainer) {
        if (maintainer->running)
                return;
        maintainer->running = true;
        if (maintainer->connected)
                ask_first(maintainer);
        else
                connection_open(maintainer->connection);
}

// ---- asked by a command

typedef struct Check {
        void (*report)(void *userdata, const char *line);
        void *userdata;
        Error *error;
        size_t faults;
        int result;
        bool over;
} Check;

static void check_fault(void *userdata, Span sentence) {
        Check *check = userdata;
        cleanup(freep) char *line = text_of(sentence);
        check->report(check->userdata, line);
        check->faults++;
}

static void check_over(void *userdata, const PgError *error) {
        Check *check = userdata;
        check->over = true;
        if (error && error->verdict == PG_STOP) {
                cleanup(freep) char *line =
                        xasprintf("maintenance: %s (SQLSTATE %s)", error->message, error->sqlstate);
                check_fault(check, span_of(line));
        } else if (error) {
                check->result = error_set(check->error, "maintenance: %s", error->message);
        }
}

int maintainer_check(const MaintainerOptions *options, void (*report)(void *userdata, const char *line),
                     void *userdata, size_t *ret_faults, Error *error) {
        static const MaintainerEvents events = {.fault = check_fault, .over = check_over};
        Check check = {.report = report, .userdata = userdata, .error = error};
        Loop *loop = loop_new();
        Maintainer *maintainer = maintainer_new(loop, options, &events, &check);
        maintainer->only_check = true;
        maintainer_begin(maintainer);
        while (!check.over)
                loop_run_once(loop, -1);
        maintainer_free(maintainer);
        loop_free(loop);
        if (check.result == 0)
                *ret_faults = check.faults;
        return check.result;
}
