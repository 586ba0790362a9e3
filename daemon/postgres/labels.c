// SPDX-License-Identifier: Apache-2.0
#include "postgres/labels.h"

#include <stdlib.h>

#include "base/memory.h"
#include "event/label.h"
#include "postgres/params.h"

static const char SQL_WRITE_LABELS[] =
        "WITH wanted AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])"
        " AS w(type, member, value, zh, en)),"
        " gone AS (DELETE FROM ingest.label l WHERE NOT EXISTS (SELECT FROM wanted w"
        " WHERE w.type = l.type AND w.member = l.member AND w.value = l.value) RETURNING 1),"
        " put AS (INSERT INTO ingest.label AS l (type, member, value, zh, en) SELECT * FROM wanted"
        " ON CONFLICT (type, member, value) DO UPDATE SET zh = excluded.zh, en = excluded.en"
        " WHERE (l.zh, l.en) IS DISTINCT FROM (excluded.zh, excluded.en) RETURNING 1)"
        " SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)";

typedef struct Labels {
        Params params;
        size_t count;
} Labels;

static void add(void *userdata, const Label *label) {
        Labels *labels = userdata;
        const Span texts[5] = {label->type, label->member, label->value, label->zh, label->en};
        for (size_t i = 0; i < 5; i++)
                encode_text(&labels->params.buffers[i], texts[i]);
        labels->count++;
}

static void clearp(PGresult **result) {
        PQclear(*result);
}

static int fail(PGconn *pg, const PGresult *result, Error *error) {
        const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
        return error_set(error, "could not write the labels: SQLSTATE %s: %s", sqlstate ? sqlstate : "-",
                         message ? message : PQerrorMessage(pg));
}

static int put(PGconn *pg, Params *params, size_t *ret_changed, Error *error) {
        const char *values[5];
        int lengths[5];
        const int formats[5] = {1, 1, 1, 1, 1};
        for (size_t i = 0; i < 5; i++) {
                values[i] = params->spans[i].ptr;
                lengths[i] = (int)params->spans[i].len;
        }
        cleanup(clearp) PGresult *result = PQexecParams(pg, SQL_WRITE_LABELS, 5, NULL, values, lengths, formats, 0);
        if (PQresultStatus(result) != PGRES_TUPLES_OK)
                return fail(pg, result, error);
        *ret_changed = strtoul(PQgetvalue(result, 0, 0), NULL, 10);
        return 0;
}

int labels_write(PGconn *pg, const Catalogue *catalogue, size_t *ret_changed, Error *error) {
        static const uint32_t texts[5] = {OID_TEXT, OID_TEXT, OID_TEXT, OID_TEXT, OID_TEXT};
        cleanup(clearp) PGresult *table = PQexec(pg, "SELECT to_regclass('ingest.label') IS NOT NULL");
        Labels labels = {.count = 0};
        if (PQresultStatus(table) != PGRES_TUPLES_OK)
                return fail(pg, table, error);
        if (strcmp(PQgetvalue(table, 0, 0), "t") != 0) {
                *ret_changed = 0;
                return 0;
        }
        params_init(&labels.params);
        params_begin(&labels.params, texts, 5);
        labels_walk(catalogue, add, &labels);
        params_end(&labels.params, labels.count);
        int result = put(pg, &labels.params, ret_changed, error);
        params_deinit(&labels.params);
        return result;
}
