// SPDX-License-Identifier: Apache-2.0
// The questions of schema.c, asked by a command: a loop of its own until the answer is there.
#include "base/memory.h"
#include "postgres/schema.h"

typedef struct Check {
        Schema *schema;
        Connection *connection;
        SchemaReport *report;
        void *userdata;
        Error *error;
        size_t faults;
        int result;
        bool over;
} Check;

static void say(void *userdata, const char *line) {
        Check *check = userdata;
        check->report(check->userdata, line);
}

// Wrong password, missing database, missing right: a person has to act, so it is a fault like the others. What may
// pass by itself is told as not available.
static void refused(Check *check, const PgError *error, const char *what) {
        check->over = true;
        if (error->verdict == PG_STOP) {
                cleanup(freep) char *line = xasprintf("%s: %s (SQLSTATE %s)", what, error->message, error->sqlstate);
                check->report(check->userdata, line);
                check->faults++;
        } else {
                check->result = error_set(check->error, "%s: %s", what, error->message);
        }
}

static void done(void *userdata, size_t faults, const PgError *error) {
        Check *check = userdata;
        check->faults = faults;
        check->over = true;
        if (error)
                refused(check, error, "could not read the schema");
}

static void up(void *userdata) {
        Check *check = userdata;
        schema_read(check->schema, check->connection, say, done, check);
}

static void down(void *userdata, const PgError *error) {
        refused(userdata, error, "PostgreSQL");
}

int schema_check(const char *conninfo, const Catalogue *catalogue, SchemaReport *report, void *userdata,
                 size_t *ret_faults, Error *error) {
        Loop *loop = loop_new();
        Check check = {.schema = schema_new(catalogue), .report = report, .userdata = userdata, .error = error};
        ConnectionOptions options = {.conninfo = conninfo, .application_name = "kepud/check"};
        ConnectionEvents events = {up, down};
        check.connection = connection_new(loop, &options, &events, &check);
        connection_open(check.connection);
        while (!check.over)
                loop_run_once(loop, -1);
        connection_free(check.connection);
        schema_free(check.schema);
        loop_free(loop);
        if (check.result == 0)
                *ret_faults = check.faults;
        return check.result;
}
