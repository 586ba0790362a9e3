// SPDX-License-Identifier: Apache-2.0
#include "postgres/migrate.h"

#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"
#include "postgres/labels.h"
#include "postgres/migration.h"
#include "postgres/session.h"

// Whoever holds this lock migrates; any fixed number of ours: "kepud" in ASCII.
#define LOCK "461263369572"

typedef struct Applied {
        int number;
        char name[256];
        char sha256[65];
        char applied_at[40];
} Applied;

typedef struct Run {
        PGconn *pg;
        const char *folder;
        const MigrateOptions *options;
        MigrateReport *report;
        void *userdata;
        Error *error;
        Migrations migrations;
        Applied *applied;
        size_t applied_count;
} Run;

static void say(Run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(Run *run, const char *format, ...) {
        char line[600];
        va_list args;
        va_start(args, format);
        vsnprintf(line, sizeof(line), format, args);
        va_end(args);
        run->report(run->userdata, line);
}

static void clearp(PGresult **result) {
        PQclear(*result);
}

// NULL and an error when it failed; `doing` says at what.
static PGresult *execute(Run *run, const char *doing, const char *sql, int count, const char *const *values) {
        return session_query(run->pg, doing, sql, count, values, run->error);
}

static int command(Run *run, const char *doing, const char *sql) {
        cleanup(clearp) PGresult *result = execute(run, doing, sql, 0, NULL);
        return result ? 0 : -1;
}

static int question(Run *run, const char *doing, const char *sql, bool *ret_yes) {
        cleanup(clearp) PGresult *result = execute(run, doing, sql, 0, NULL);
        if (!result)
                return -1;
        *ret_yes = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
        return 0;
}

// ---- what is there

static int take_lock(Run *run) {
        bool locked = false;
        if (question(run, "take the lock", "SELECT pg_try_advisory_lock(" LOCK ")", &locked) < 0)
                return -1;
        if (locked)
                return 0;
        say(run, "another `kepud migrate` is at work; waiting for it");
        return command(run, "take the lock", "SELECT pg_advisory_lock(" LOCK ")");
}

// Looks before it creates: to create something that exists takes the right to create it all the same.
static int make_home(Run *run) {
        bool schema = false;
        bool table = false;
        if (question(run, "look for schema ingest", "SELECT to_regnamespace('ingest') IS NOT NULL", &schema) < 0 ||
            question(run, "look for table ingest.migration", "SELECT to_regclass('ingest.migration') IS NOT NULL",
                     &table) < 0)
                return -1;
        if (!schema && command(run, "create schema ingest", "CREATE SCHEMA ingest") < 0)
                return -1;
        if (!table && command(run, "create table ingest.migration",
                              "CREATE TABLE ingest.migration (number integer PRIMARY KEY, name text NOT NULL,"
                              " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())") < 0)
                return -1;
        return 0;
}

static int read_applied(Run *run) {
        bool table = false;
        if (question(run, "look for table ingest.migration", "SELECT to_regclass('ingest.migration') IS NOT NULL",
                     &table) < 0)
                return -1;
        if (!table)
                return 0;
        cleanup(clearp) PGresult *result =
                execute(run, "read ingest.migration",
                        "SELECT number, name, sha256, to_char(applied_at AT TIME ZONE 'UTC',"
                        " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM ingest.migration ORDER BY number",
                        0, NULL);
        if (!result)
                return -1;
        run->applied_count = (size_t)PQntuples(result);
        run->applied = xcalloc(run->applied_count, sizeof(*run->applied));
        for (size_t i = 0; i < run->applied_count; i++) {
                Applied *applied = &run->applied[i];
                applied->number = (int)strtol(PQgetvalue(result, (int)i, 0), NULL, 10);
                snprintf(applied->name, sizeof(applied->name), "%s", PQgetvalue(result, (int)i, 1));
                snprintf(applied->sha256, sizeof(applied->sha256), "%s", PQgetvalue(result, (int)i, 2));
                snprintf(applied->applied_at, sizeof(applied->applied_at), "%s", PQgetvalue(result, (int)i, 3));
        }
        return 0;
}

static int hash_files(Run *run) {
        for (size_t i = 0; i < run->migrations.count; i++) {
                Migration *migration = &run->migrations.list[i];
                const char *values[] = {migration->text};
                cleanup(clearp) PGresult *result = execute(
                        run, "read a migration", "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')", 1, values);
                if (!result)
                        return error_hint(run->error, "%s/%s", run->folder, migration->name);
                snprintf(migration->sha256, sizeof(migration->sha256), "%s", PQgetvalue(result, 0, 0));
        }
        return 0;
}

static const Migration *file_of(const Run *run, int number) {
        for (size_t i = 0; i < run->migrations.count; i++)
                if (run->migrations.list[i].number == number)
                        return &run->migrations.list[i];
        return NULL;
}

static const Applied *applied_of(const Run *run, int number) {
        for (size_t i = 0; i < run->applied_count; i++)
                if (run->applied[i].number == number)
                        return &run->applied[i];
        return NULL;
}

static int check_applied(Run *run) {
        for (size_t i = 0; i < run->applied_count; i++) {
                const Applied *applied = &run->applied[i];
                const Migration *migration = file_of(run, applied->number);
                if (!migration) {
                        error_set(run->error, "%s was applied, but is missing in folder %s", applied->name,
                                  run->folder);
                        return error_hint(run->error, "an older release, or another folder? nothing was changed");
                }
                if (strcmp(migration->sha256, applied->sha256) != 0) {
                        error_set(run->error, "%s was changed after it had been applied on %s", migration->name,
                                  applied->applied_at);
                        return error_hint(run->error,
                                          "put the file back as it was (SHA-256 %s); changes go into a "
                                          "new migration",
                                          applied->sha256);
                }
        }
        int last = run->applied_count ? run->applied[run->applied_count - 1].number : 0;
        for (size_t i = 0; i < run->migrations.count; i++) {
                const Migration *migration = &run->migrations.list[i];
                if (migration->number > last || applied_of(run, migration->number))
                        continue;
                error_set(run->error, "%s is new, but %04d is applied already", migration->name, last);
                return error_hint(run->error, "give it the next free number");
        }
        return 0;
}

// ---- applying

// The line of a position, which PostgreSQL counts in characters from 1; 0: it gives none.
static int line_of(const char *text, const char *position) {
        long left = strtol(position, NULL, 10);
        int line = left > 0;
        for (; left > 1 && *text; text++) {
                line += *text == '\n';
                if (((unsigned char)text[1] & 0xC0) != 0x80) // not inside a character
                        left--;
        }
        return line;
}

static int file_failed(Run *run, const Migration *migration, const PGresult *result) {
        const char *message = session_field(result, PG_DIAG_MESSAGE_PRIMARY);
        const char *detail = session_field(result, PG_DIAG_MESSAGE_DETAIL);
        int line = line_of(migration->text, session_field(result, PG_DIAG_STATEMENT_POSITION));
        char where[16] = "";
        if (line > 0)
                snprintf(where, sizeof(where), "%d: ", line);
        if (PQresultStatus(result) == PGRES_COPY_IN || PQresultStatus(result) == PGRES_COPY_OUT)
                message = "COPY from or to the client is not possible here";
        else if (!message[0])
                message = PQerrorMessage(run->pg);
        error_set(run->error, "%s/%s:%s%s%s%s: %s%s%s", run->folder, migration->name, where, line ? "" : " ",
                  session_field(result, PG_DIAG_SQLSTATE)[0] ? "SQLSTATE " : "",
                  session_field(result, PG_DIAG_SQLSTATE), message, detail[0] ? ": " : "", detail);
        return error_hint(run->error, "nothing of this file was kept%s%s",
                          session_field(result, PG_DIAG_MESSAGE_HINT)[0] ? "; " : "",
                          session_field(result, PG_DIAG_MESSAGE_HINT));
}

static int run_file(Run *run, const Migration *migration) {
        cleanup(clearp) PGresult *result = PQexec(run->pg, migration->text);
        ExecStatusType status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
                return file_failed(run, migration, result);
        if (PQtransactionStatus(run->pg) == PQTRANS_INTRANS)
                return 0;
        error_set(run->error, "%s ends its own transaction", migration->name);
        return error_hint(run->error, "take COMMIT and ROLLBACK out of it, and look at what it has left behind");
}

static int record(Run *run, const Migration *migration) {
        char number[16];
        snprintf(number, sizeof(number), "%d", migration->number);
        const char *values[] = {number, migration->name, migration->sha256};
        cleanup(clearp) PGresult *result = execute(
                run, "record a migration",
                "INSERT INTO ingest.migration (number, name, sha256) VALUES ($1::integer, $2, $3)", 3, values);
        return result ? 0 : -1;
}

static int apply(Run *run, const Migration *migration) {
        if (command(run, "begin a transaction", "BEGIN") < 0 || run_file(run, migration) < 0 ||
            record(run, migration) < 0 || command(run, "commit", "COMMIT") < 0)
                return -1;
        // A file may SET what it likes for itself; the next one begins clean.
        if (command(run, "reset the session", "RESET ALL") < 0)
                return -1;
        say(run, "%s applied", migration->name);
        return 0;
}

static int apply_all(Run *run) {
        size_t count = 0;
        for (size_t i = 0; i < run->migrations.count; i++) {
                const Migration *migration = &run->migrations.list[i];
                if (applied_of(run, migration->number) ||
                    (run->options->to > 0 && migration->number > run->options->to))
                        continue;
                if (apply(run, migration) < 0)
                        return -1;
                count++;
        }
        size_t labels = 0;
        if (run->options->catalogue && labels_write(run->pg, run->options->catalogue, &labels, run->error) < 0)
                return -1;
        if (labels > 0)
                say(run, "%zu labels of the catalogue written", labels);
        if (count == 0 && labels == 0)
                say(run, "nothing to do");
        return 0;
}

static int tell_status(Run *run) {
        int pending = 0;
        for (size_t i = 0; i < run->migrations.count; i++) {
                const Migration *migration = &run->migrations.list[i];
                const Applied *applied = applied_of(run, migration->number);
                if (applied)
                        say(run, "%s applied %s", migration->name, applied->applied_at);
                else
                        say(run, "%s pending", migration->name);
                if (!applied && (run->options->to == 0 || migration->number <= run->options->to))
                        pending = 1;
        }
        return pending;
}

static int run_connected(Run *run) {
        if (run->options->to > 0 && !file_of(run, run->options->to))
                return error_set(run->error, "no migration %04d in folder %s", run->options->to, run->folder);
        if (!run->options->status && (take_lock(run) < 0 || make_home(run) < 0))
                return -1;
        if (read_applied(run) < 0 || hash_files(run) < 0 || check_applied(run) < 0)
                return -1;
        return run->options->status ? tell_status(run) : apply_all(run);
}

int migrate_run(const char *conninfo, const char *folder, const MigrateOptions *options, MigrateReport *report,
                void *userdata, Error *error) {
        Run run = {.folder = folder, .options = options, .report = report, .userdata = userdata, .error = error};
        int result = migrations_read(folder, &run.migrations, error);
        if (result == 0)
                run.pg = session_open(conninfo, "kepud/migrate", error);
        result = run.pg ? run_connected(&run) : -1;
        PQfinish(run.pg); // gives the lock back, and rolls back what is open
        free(run.applied);
        migrations_deinit(&run.migrations);
        return result;
}
