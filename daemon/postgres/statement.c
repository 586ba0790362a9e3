// SPDX-License-Identifier: Apache-2.0
#include "postgres/statement.h"

// lock_timeout is shorter than statement_timeout, so that a lock shows as one. Plans: every statement below is meant
// as a walk over our sorted keys with an index look-up each; statistics of a table that is still small, or has just
// been filled, must not turn that into a scan that grows with the table.
#define BEGIN                                                                                                        \
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '30s'; "                                \
        "SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '60s'; "                     \
        "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; "       \
        "SET LOCAL enable_mergejoin = off; SET LOCAL jit = off; SET LOCAL search_path = pg_catalog"

const char SQL_BEGIN[] = BEGIN;
// A row trigger for each foreign key costs nearly as much as the whole event. The daemon makes what is referred to
// first, and nobody deletes it, so there is nothing left to check.
const char SQL_BEGIN_REPLICA[] = BEGIN "; SET LOCAL session_replication_role = replica";
// A claim is short: PostgreSQL itself ends one that stands still (for longer than the loop may block for Kafka).
const char SQL_BEGIN_CLAIM[] =
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '30s'; "
        "SET LOCAL lock_timeout = '1s'; SET LOCAL idle_in_transaction_session_timeout = '15s'; "
        "SET LOCAL search_path = pg_catalog";

const char SQL_SELECT_SOURCES[] = "SELECT source, source_id FROM ingest.event_source WHERE source = ANY ($1::text[])";
const char SQL_INSERT_SOURCES[] = "INSERT INTO ingest.event_source (source) SELECT s FROM unnest($1::text[]) AS u(s)"
                                  " ORDER BY s COLLATE \"C\" ON CONFLICT DO NOTHING";
// Only what is missing: a conflict would use up a number of the identity all the same, and smallint has few.
const char SQL_INSERT_TYPES[] =
        "INSERT INTO ingest.event_type (type, class, version)"
        " SELECT u.* FROM unnest($1::text[], $2::text[], $3::smallint[]) AS u(type, class, version)"
        " WHERE NOT EXISTS (SELECT FROM ingest.event_type t WHERE t.type = u.type)"
        " ORDER BY u.type COLLATE \"C\" ON CONFLICT (type) DO NOTHING";
const char SQL_UPDATE_TYPES[] =
        "UPDATE ingest.event_type t SET class = u.class, version = u.version"
        " FROM unnest($1::text[], $2::text[], $3::smallint[]) AS u(type, class, version)"
        " WHERE t.type = u.type AND (t.class, t.version) IS DISTINCT FROM (u.class, u.version)";
const char SQL_SELECT_TYPES[] = "SELECT type, type_id FROM ingest.event_type WHERE type = ANY ($1::text[])";
const char SQL_MAY_REPLICATE[] = "SELECT has_parameter_privilege('session_replication_role', 'SET')";

// Compare-and-set: rows are locked in the order of their keys, and a row that another owner has moved meanwhile falls
// out when its lock is granted.
const char SQL_SET_OFFSETS[] =
        "WITH wanted AS (SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[],"
        " $6::bigint[], $7::uuid[], $8::timestamptz[])"
        " AS w(topic, partition, epoch, expected, next, last_offset, fingerprint, stamp)),"
        " locked AS (SELECT o.topic, o.partition FROM wanted w JOIN ingest.kafka_offset o"
        " ON o.topic = w.topic AND o.partition = w.partition AND o.epoch = w.epoch AND o.next_offset = w.expected"
        " WHERE o.cluster_id = $9::text AND o.group_name = $10::text"
        " ORDER BY o.topic COLLATE \"C\", o.partition FOR UPDATE OF o)"
        " UPDATE ingest.kafka_offset o SET next_offset = w.next,"
        " last_timestamp = coalesce(w.stamp, o.last_timestamp),"
        " last_offset = coalesce(w.last_offset, o.last_offset),"
        " last_fingerprint = coalesce(w.fingerprint, o.last_fingerprint), stop_reason = NULL, updated_at = now()"
        " FROM locked l JOIN wanted w ON w.topic = l.topic AND w.partition = l.partition"
        " WHERE o.topic = l.topic AND o.partition = l.partition"
        " RETURNING o.topic, o.partition";
const char SQL_SELECT_LEDGER[] =
        "SELECT event_key, content, version, type_id FROM ingest.ledger WHERE event_key = ANY ($1::uuid[])";
const char SQL_COPY_LEDGER[] =
        "COPY ingest.ledger (event_time, received_at, source_id, occurred_on, type_id, version, event_key, content,"
        " event_id, warnings) FROM STDIN WITH (FORMAT binary)";
const char SQL_INSERT_LETTERS[] =
        "INSERT INTO ingest.dead_letter (reason, pointer, detail, sqlstate, constraint_name, topic, partition,"
        " kafka_offset, kafka_time, source, event_id, type, key, payload, headers, fingerprint, received_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
        " $7::integer[], $8::bigint[], $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::bytea[],"
        " $14::bytea[], $15::bytea[], $16::uuid[], $17::timestamptz[])"
        " ON CONFLICT (topic, partition, kafka_offset, fingerprint) DO NOTHING";
const char SQL_UPSERT_TALLY[] =
        "INSERT INTO ingest.tally AS cur (topic, partition, source, type, accepted, duplicate, stale, rejected,"
        " warned) SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::bigint[],"
        " $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])"
        " AS u(topic, partition, source, type, accepted, duplicate, stale, rejected, warned)"
        " ORDER BY topic COLLATE \"C\", partition, source COLLATE \"C\", type COLLATE \"C\""
        " ON CONFLICT (topic, partition, source, type) DO UPDATE SET accepted = cur.accepted + excluded.accepted,"
        " duplicate = cur.duplicate + excluded.duplicate, stale = cur.stale + excluded.stale,"
        " rejected = cur.rejected + excluded.rejected, warned = cur.warned + excluded.warned, last_seen = now()";

const char SQL_CLAIM[] =
        "UPDATE ingest.kafka_offset SET epoch = epoch + 1, owner = $5::text, owner_pid = pg_backend_pid(),"
        " owner_started = (SELECT a.backend_start FROM pg_stat_activity a WHERE a.pid = pg_backend_pid()),"
        " updated_at = now() WHERE topic = $1::text AND partition = $2::integer AND cluster_id = $3::text"
        " AND group_name = $4::text AND NOT EXISTS (SELECT FROM ingest.kafka_offset f WHERE f.topic = $1::text"
        " AND (f.cluster_id, f.group_name) <> ($3::text, $4::text)) RETURNING next_offset, epoch,"
        " is_paused, coalesce(last_offset, -1), last_fingerprint";
const char SQL_CLAIM_MISSED[] =
        "SELECT cluster_id, group_name, partition = $2::integer FROM ingest.kafka_offset WHERE topic = $1::text"
        " ORDER BY (cluster_id, group_name) = ($3::text, $4::text), partition = $2::integer DESC LIMIT 1";
const char SQL_NOTE_STOP[] = "UPDATE ingest.kafka_offset SET stop_reason = $5::text, updated_at = now()"
                             " WHERE topic = $1::text AND partition = $2::integer AND cluster_id = $3::text"
                             " AND group_name = $4::text";
// Whoever has the row locked, when it is one of us: it is ours now, and he has had longer than a lock_timeout for it.
// The row itself says who (the xid of its lock); the backend that claimed it may be somebody else's by now, behind a
// pooler.
const char SQL_END_OWNER[] = "SELECT pg_terminate_backend(a.pid) FROM ingest.kafka_offset o"
                             " JOIN pg_locks l ON l.locktype = 'transactionid' AND l.granted"
                             " AND l.transactionid = o.xmax JOIN pg_stat_activity a ON a.pid = l.pid"
                             " WHERE o.topic = $1::text AND o.partition = $2::integer AND a.usename = session_user"
                             " AND a.xact_start < now() - interval '1 second'"
                             " AND a.pid <> pg_backend_pid()";
const char SQL_LOOK[] =
        "SELECT u.n, o.epoch FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS u(topic, partition, n)"
        " JOIN ingest.kafka_offset o ON o.topic = u.topic AND o.partition = u.partition"
        " WHERE o.cluster_id = $3::text AND o.group_name = $4::text";
const char SQL_INSERT_OFFSETS[] =
        "WITH wanted AS (SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[])"
        " AS u(topic, partition, first, next)),"
        " made AS (INSERT INTO ingest.kafka_offset (topic, partition, next_offset, cluster_id, group_name)"
        " SELECT w.topic, w.partition, w.next, $5::text, $6::text FROM wanted w"
        " WHERE NOT EXISTS (SELECT FROM ingest.kafka_offset f"
        " WHERE f.topic = w.topic AND (f.cluster_id, f.group_name) <> ($5::text, $6::text))"
        " ORDER BY w.topic COLLATE \"C\", w.partition ON CONFLICT DO NOTHING RETURNING topic, partition)"
        " INSERT INTO ingest.gap (topic, partition, from_offset, to_offset, reason, decided_by)"
        " SELECT w.topic, w.partition, w.first, w.next, 'first start with kafka.start = latest', $7::text"
        " FROM made m JOIN wanted w USING (topic, partition) WHERE w.first < w.next";

// ---- derived from the catalogue

static void quote(Buffer *sql, Span name) {
        buffer_put_u8(sql, '"');
        for (size_t i = 0; i < name.len; i++) {
                if (name.ptr[i] == '"')
                        buffer_put_u8(sql, '"');
                buffer_put_u8(sql, (uint8_t)name.ptr[i]);
        }
        buffer_put_u8(sql, '"');
}

void statement_name(Buffer *sql, Span name) {
        const char *dot = memchr(name.ptr, '.', name.len);
        if (dot) {
                size_t len = (size_t)(dot - name.ptr);
                quote(sql, (Span){name.ptr, len});
                buffer_put_u8(sql, '.');
                name = (Span){dot + 1, name.len - len - 1};
        }
        quote(sql, name);
}

// prefix"a", prefix"b", …
static void columns(Buffer *sql, const char *prefix, const Span *names, const uint32_t *which, uint32_t count) {
        for (uint32_t i = 0; i < count; i++) {
                buffer_put_string(sql, i ? ", " : "");
                buffer_put_string(sql, prefix);
                quote(sql, names[which ? which[i] : i]);
        }
}

// The same, texts compared bytewise whatever the collation of the column.
static void ordered(Buffer *sql, const char *prefix, const Table *table, const Encoder *const *encoders,
                    const uint32_t *which, uint32_t count) {
        for (uint32_t i = 0; i < count; i++) {
                columns(sql, prefix, table->columns, which + i, 1);
                buffer_put_string(sql, encoder_is_text(encoders[which[i]]) ? " COLLATE \"C\"" : "");
                buffer_put_string(sql, i + 1 < count ? ", " : "");
        }
}

static void arrays(Buffer *sql, const Encoder *const *encoders, const uint32_t *which, uint32_t count) {
        for (uint32_t i = 0; i < count; i++)
                buffer_printf(sql, "%s$%u::%s[]", i ? ", " : "", i + 1,
                              encoder_sql_type(encoders[which ? which[i] : i]));
}

static bool is_key(const Table *table, uint32_t column) {
        for (uint32_t i = 0; i < table->key_count; i++)
                if (table->key[i] == column)
                        return true;
        return false;
}

void statement_copy(Buffer *sql, const Table *table) {
        buffer_put_string(sql, "COPY ");
        statement_name(sql, table->name);
        buffer_put_string(sql, " (");
        columns(sql, "", table->columns, NULL, table->column_count);
        buffer_put_string(sql, ") FROM STDIN WITH (FORMAT binary)");
}

// "DO UPDATE SET …"; with nothing but keys there is nothing to set.
static bool put_assignments(Buffer *sql, const Table *table) {
        bool any = false;
        for (uint32_t i = 0; i < table->column_count; i++) {
                if (is_key(table, i))
                        continue;
                buffer_put_string(sql, any ? ", " : "DO UPDATE SET ");
                quote(sql, table->columns[i]);
                buffer_put_string(sql, " = excluded.");
                quote(sql, table->columns[i]);
                any = true;
        }
        if (!any)
                buffer_put_string(sql, "DO NOTHING");
        return any;
}

// A placeholder has no rank and always gives way.
static void put_contest(Buffer *sql, const Table *table, const Encoder *const *encoders) {
        uint32_t rank[4];
        uint32_t count = 0;
        for (size_t i = 0; i < 4; i++)
                if (table->rank[i] != UINT32_MAX)
                        rank[count++] = table->rank[i];
        if (count == 0)
                return;
        buffer_put_string(sql, " WHERE cur.");
        quote(sql, table->columns[rank[0]]);
        buffer_put_string(sql, " IS NULL OR (");
        ordered(sql, "cur.", table, encoders, rank, count);
        buffer_put_string(sql, ") < (");
        ordered(sql, "excluded.", table, encoders, rank, count);
        buffer_put_string(sql, ")");
}

void statement_upsert(Buffer *sql, const Table *table, const Encoder *const *encoders) {
        buffer_put_string(sql, "INSERT INTO ");
        statement_name(sql, table->name);
        buffer_put_string(sql, " AS cur (");
        columns(sql, "", table->columns, NULL, table->column_count);
        buffer_put_string(sql, ") SELECT * FROM unnest(");
        arrays(sql, encoders, NULL, table->column_count);
        buffer_put_string(sql, ") AS u(");
        columns(sql, "", table->columns, NULL, table->column_count);
        buffer_put_string(sql, ") ORDER BY ");
        ordered(sql, "u.", table, encoders, table->key, table->key_count);
        buffer_put_string(sql, " ON CONFLICT (");
        columns(sql, "", table->columns, table->key, table->key_count);
        buffer_put_string(sql, ") ");
        if (put_assignments(sql, table))
                put_contest(sql, table, encoders);
        buffer_put_string(sql, " RETURNING ");
        columns(sql, "cur.", table->columns, table->key, table->key_count);
}

void statement_delete(Buffer *sql, const Table *child, const Encoder *const *encoders) {
        buffer_put_string(sql, "DELETE FROM ");
        statement_name(sql, child->name);
        buffer_put_string(sql, " AS cur USING unnest(");
        arrays(sql, encoders, child->key, child->key_count);
        buffer_put_string(sql, ") AS u(");
        columns(sql, "", child->columns, child->key, child->key_count);
        buffer_put_string(sql, ") WHERE ");
        for (uint32_t i = 0; i < child->key_count; i++) {
                buffer_put_string(sql, i ? " AND cur." : "cur.");
                quote(sql, child->columns[child->key[i]]);
                buffer_put_string(sql, " = u.");
                quote(sql, child->columns[child->key[i]]);
        }
}

void statement_placeholders(Buffer *sql, const Reference *reference) {
        if (reference->function.len) {
                buffer_put_string(sql, "SELECT k FROM ");
                statement_name(sql, reference->function);
                buffer_put_string(sql, "($1::text[]) AS f(k)");
                return;
        }
        buffer_put_string(sql, "INSERT INTO ");
        statement_name(sql, reference->table);
        buffer_put_string(sql, " (");
        quote(sql, reference->key_column);
        buffer_put_string(sql, ") SELECT u.k FROM unnest($1::text[]) WITH ORDINALITY AS u(k, o) ORDER BY u.o"
                               " ON CONFLICT DO NOTHING RETURNING ");
        quote(sql, reference->key_column);
}
