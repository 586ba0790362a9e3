// SPDX-License-Identifier: Apache-2.0
#include "postgres/partition.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "postgres/session.h"
#include "postgres/writer.h"

struct Partitions {
        PGconn *pg;
        PGresult *rows;
        char *group;
};

// The owner's backend is there and is still the same; who may not see when it began takes its pid for it.
static const char SQL_READ[] =
        "SELECT o.topic, o.partition, o.cluster_id, o.group_name, o.next_offset,"
        " CASE WHEN o.is_paused THEN 'paused' WHEN o.stop_reason IS NOT NULL THEN 'stopped'"
        " WHEN a.pid IS NOT NULL THEN 'reading' ELSE 'unclaimed' END, o.owner,"
        " to_char(o.last_timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), o.stop_reason"
        " FROM ingest.kafka_offset o LEFT JOIN pg_stat_activity a ON a.pid = o.owner_pid"
        " AND coalesce(a.backend_start = o.owner_started, true)"
        " WHERE o.group_name = $1::text AND ($2::text IS NULL OR o.topic = $2)"
        " AND ($3::integer < 0 OR o.partition = $3) ORDER BY o.topic, o.partition";
#define ROW " WHERE topic = $1::text AND partition = $2::integer AND group_name = $3::text"
static const char SQL_PAUSE[] =
        "UPDATE ingest.kafka_offset SET epoch = epoch + 1, is_paused = true,"
        " stop_reason = coalesce(stop_reason, $4::text), updated_at = now()" ROW " RETURNING next_offset";
// A partition that was paused is still the one that was read. Of another log nothing is read that lies before.
static const char SQL_RESUME[] =
        "WITH old AS (SELECT topic, partition, next_offset, is_paused, stop_reason FROM ingest.kafka_offset" ROW
        " FOR UPDATE),"
        " gap AS (INSERT INTO ingest.gap (topic, partition, from_offset, to_offset, reason, decided_by)"
        " SELECT topic, partition, 0, next_offset, 'resumed: ' || stop_reason, $4::text FROM old"
        " WHERE NOT is_paused AND next_offset > 0 AND starts_with(stop_reason, '" STOP_ANOTHER_LOG "')"
        " RETURNING to_offset)"
        " UPDATE ingest.kafka_offset o SET epoch = epoch + 1, is_paused = false, stop_reason = NULL,"
        " last_offset = CASE WHEN o.is_paused THEN last_offset END,"
        " last_fingerprint = CASE WHEN o.is_paused THEN last_fingerprint END, updated_at = now()"
        " FROM old WHERE o.topic = old.topic AND o.partition = old.partition"
        " RETURNING coalesce((SELECT to_offset FROM gap), 0)";
static const char SQL_SEEK[] =
        "WITH old AS (SELECT topic, partition, next_offset FROM ingest.kafka_offset" ROW " FOR UPDATE),"
        " gap AS (INSERT INTO ingest.gap (topic, partition, from_offset, to_offset, reason, decided_by)"
        " SELECT topic, partition, next_offset, $4::bigint, $5::text, $6::text FROM old WHERE next_offset < "
        "$4::bigint)"
        " UPDATE ingest.kafka_offset o SET epoch = epoch + 1, next_offset = $4::bigint, last_offset = NULL,"
        " last_fingerprint = NULL, stop_reason = CASE WHEN is_paused THEN stop_reason END, updated_at = now()"
        " FROM old WHERE o.topic = old.topic AND o.partition = old.partition RETURNING old.next_offset";

Partitions *partitions_open(const char *conninfo, const char *group, Error *error) {
        PGconn *pg = session_open(conninfo, "kepud/partition", error);
        // A process that is frozen inside a batch holds its rows: say so instead of waiting for it.
        PGresult *set = pg ? session_query(pg, "begin", "SET lock_timeout = '10s'", 0, NULL, error) : NULL;
        if (!set) {
                PQfinish(pg);
                return NULL;
        }
        PQclear(set);
        Partitions *partitions = xcalloc(1, sizeof(*partitions));
        *partitions = (Partitions){.pg = pg, .group = xstrdup(group)};
        return partitions;
}

Partitions *partitions_close(Partitions *partitions) {
        if (partitions) {
                PQclear(partitions->rows);
                PQfinish(partitions->pg);
                free(partitions->group);
                free(partitions);
        }
        return NULL;
}

int partitions_read(Partitions *partitions, const char *topic, int32_t partition, Error *error) {
        char number[16];
        snprintf(number, sizeof(number), "%d", partition);
        const char *values[] = {partitions->group, topic, number};
        PQclear(partitions->rows);
        partitions->rows = session_query(partitions->pg, "read ingest.kafka_offset", SQL_READ, 3, values, error);
        return partitions->rows ? 0 : -1;
}

size_t partitions_count(const Partitions *partitions) {
        return (size_t)PQntuples(partitions->rows);
}

PartitionState partitions_state(const Partitions *partitions, size_t index) {
        const PGresult *rows = partitions->rows;
        int row = (int)index;
        assert(index < partitions_count(partitions));
        return (PartitionState){.topic = PQgetvalue(rows, row, 0),
                                .partition = (int32_t)strtol(PQgetvalue(rows, row, 1), NULL, 10),
                                .cluster_id = PQgetvalue(rows, row, 2),
                                .group = PQgetvalue(rows, row, 3),
                                .next_offset = strtoll(PQgetvalue(rows, row, 4), NULL, 10),
                                .state = PQgetvalue(rows, row, 5),
                                .owner = PQgetvalue(rows, row, 6),
                                .last = PQgetvalue(rows, row, 7),
                                .why = PQgetvalue(rows, row, 8)};
}

static int change(Partitions *partitions, const PartitionState *state, const char *doing, const char *sql, int more,
                  const char *const *values, int64_t *ret_number, Error *error) {
        char number[16];
        const char *all[6] = {state->topic, number, state->group};
        snprintf(number, sizeof(number), "%d", state->partition);
        for (int i = 0; i < more; i++)
                all[3 + i] = values[i];
        PGresult *result = session_query(partitions->pg, doing, sql, 3 + more, all, error);
        int rows = result ? PQntuples(result) : -1;
        if (rows > 0 && ret_number)
                *ret_number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        PQclear(result);
        return rows == 0  ? error_set(error, "could not %s: the row of %s/%d is gone", doing, state->topic,
                                      state->partition)
               : rows < 0 ? -1
                          : 0;
}

int partition_pause(Partitions *partitions, const PartitionState *state, const char *why, Error *error) {
        return change(partitions, state, "pause a partition", SQL_PAUSE, 1, &why, NULL, error);
}

int partition_resume(Partitions *partitions, const PartitionState *state, const char *who, int64_t *ret_unread,
                     Error *error) {
        return change(partitions, state, "resume a partition", SQL_RESUME, 1, &who, ret_unread, error);
}

int partition_seek(Partitions *partitions, const PartitionState *state, int64_t to, const char *who, const char *why,
                   int64_t *ret_from, Error *error) {
        char number[24];
        const char *values[] = {number, why, who};
        snprintf(number, sizeof(number), "%lld", (long long)to);
        return change(partitions, state, "move a partition", SQL_SEEK, 3, values, ret_from, error);
}
