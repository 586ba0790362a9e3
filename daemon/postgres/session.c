// SPDX-License-Identifier: Apache-2.0
#include "postgres/session.h"

#include <string.h>

#include "postgres/conninfo.h"

static void quiet(void *userdata, const PGresult *notice) {
        (void)userdata;
        (void)notice;
}

PGconn *session_open(const char *conninfo, const char *application_name, Error *error) {
        char wrong[200] = "";
        ConnInfo info = conninfo_new(conninfo, application_name, 0, wrong, sizeof(wrong));
        if (!info.keywords) {
                error_set(error, "conninfo: %s", wrong);
                return NULL;
        }
        PGconn *pg = PQconnectdbParams(info.keywords, info.values, 0);
        conninfo_deinit(&info);
        if (PQstatus(pg) == CONNECTION_OK) {
                PQsetNoticeReceiver(pg, quiet, NULL);
                return pg;
        }
        error_set(error, "could not connect to PostgreSQL: %s", PQerrorMessage(pg));
        error->text[strcspn(error->text, "\n")] = '\0';
        PQfinish(pg);
        return NULL;
}

const char *session_field(const PGresult *result, int code) {
        const char *text = PQresultErrorField(result, code);
        return text ? text : "";
}

PGresult *session_query(PGconn *pg, const char *doing, const char *sql, int count, const char *const *values,
                        Error *error) {
        PGresult *result = PQexecParams(pg, sql, count, NULL, values, NULL, NULL, 0);
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
                return result;
        if (session_field(result, PG_DIAG_SQLSTATE)[0])
                error_set(error, "could not %s: SQLSTATE %s: %s", doing, session_field(result, PG_DIAG_SQLSTATE),
                          session_field(result, PG_DIAG_MESSAGE_PRIMARY));
        else
                error_set(error, "could not %s: %s", doing, PQerrorMessage(pg));
        PQclear(result);
        return NULL;
}
