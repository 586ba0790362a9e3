// SPDX-License-Identifier: Apache-2.0
#include "postgres/libpq_error.h"

#include <stdio.h>
#include <string.h>

// libpq 15 keeps the SQLSTATE of a refused connection to itself; with verbose messages it stands in the text,
// whatever the language: "FATAL:  28P01: …".
PgError libpq_connect_error(const PGconn *pg) {
        const char *text = PQerrorMessage(pg);
        for (const char *p = strstr(text, ":  "); p; p = strstr(p + 1, ":  ")) {
                char code[6] = "";
                if (strspn(p + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5 || p[8] != ':')
                        continue;
                memcpy(code, p + 3, 5);
                return pg_error(code, "could not connect: %s", p + 10);
        }
        return pg_error("08006", "could not connect: %s", text);
}

static void copy_field(char *to, size_t size, const PGresult *result, int field) {
        const char *text = PQresultErrorField(result, field);
        snprintf(to, size, "%s", text ? text : "");
        to[strcspn(to, "\n")] = '\0';
}

PgError libpq_error(const PGconn *pg, const PGresult *result) {
        PgError error = {0};
        char schema[65];
        char table[65];
        copy_field(error.sqlstate, sizeof(error.sqlstate), result, PG_DIAG_SQLSTATE);
        copy_field(error.constraint, sizeof(error.constraint), result, PG_DIAG_CONSTRAINT_NAME);
        copy_field(error.message, sizeof(error.message), result, PG_DIAG_MESSAGE_PRIMARY);
        copy_field(schema, sizeof(schema), result, PG_DIAG_SCHEMA_NAME);
        copy_field(table, sizeof(table), result, PG_DIAG_TABLE_NAME);
        if (table[0])
                snprintf(error.table, sizeof(error.table), "%s.%s", schema, table);
        if (!error.sqlstate[0]) // made by libpq itself: the connection broke
                return pg_error("08006", "connection lost: %s", PQerrorMessage(pg));
        error.verdict = sqlstate_verdict(error.sqlstate, error.table);
        return error;
}
