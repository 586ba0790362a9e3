// SPDX-License-Identifier: Apache-2.0
// The life of a writer: connect, read the schema, be ready, lose the connection, begin again.
#include "postgres/writer.h"

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "postgres/statement.h"
#include "postgres/writer_state.h"

enum {
        BACKOFF_MIN_MS = 200,
        BACKOFF_MAX_MS = 10 * 1000, // with an attempt that hangs for 10 s, still back within 30 s
        SOON_MS = 20,               // before the first repetition of a transaction that lost a race
};

static void on_up(void *userdata);
static void on_down(void *userdata, const PgError *error);
static void on_timer(void *userdata);

void *reserve(void *array, size_t *size, size_t count, size_t element) {
        if (count <= *size)
                return array;
        *size = count > *size * 2 ? count : *size * 2;
        return xrealloc(array, *size * element);
}

Writer *writer_new(Loop *loop, const Catalogue *catalogue, const WriterOptions *options, const WriterEvents *events,
                   void *userdata) {
        Writer *writer = xmalloc(sizeof(*writer));
        *writer = (Writer){
                .loop = loop,
                .timer = loop_timer(loop, on_timer, writer),
                .catalogue = catalogue,
                .events = *events,
                .userdata = userdata,
                .cluster_id = xstrdup(options->cluster_id),
                .group = xstrdup(options->group),
                .instance = xstrdup(options->instance),
                .backoff_min_ms = options->backoff_min_ms ? options->backoff_min_ms : BACKOFF_MIN_MS,
                .backoff_max_ms = options->backoff_max_ms ? options->backoff_max_ms : BACKOFF_MAX_MS,
                .random = (uint64_t)clock_realtime_us() ^ (uint64_t)getpid() << 32 ^ (uintptr_t)writer,
                .schema = schema_new(catalogue),
                .tables = xcalloc(catalogue->table_count, sizeof(TableWork)),
                .references = xcalloc(catalogue->reference_count, sizeof(ReferenceWork)),
                .tally_index = KEYMAP_NULL,
                .sources = KEYMAP_NULL,
        };
        ConnectionOptions connection = {.conninfo = options->conninfo, .application_name = options->application_name};
        writer->connection = connection_new(loop, &connection, &(ConnectionEvents){on_up, on_down}, writer);
        writer->operations = operations_of(catalogue, &writer->operation_count);
        for (uint32_t i = 0; i < catalogue->reference_count; i++)
                writer->references[i].known = KEYMAP_NULL;
        params_init(&writer->params);
        return writer;
}

static void free_tables(Writer *writer) {
        for (uint32_t i = 0; i < writer->catalogue->table_count; i++) {
                free(writer->tables[i].copy_sql);
                free(writer->tables[i].upsert_sql);
                free(writer->tables[i].delete_sql);
                free(writer->tables[i].candidates);
                buffer_deinit(&writer->tables[i].copy);
        }
        for (uint32_t i = 0; i < writer->catalogue->reference_count; i++) {
                free(writer->references[i].sql);
                free(writer->references[i].unknown);
                keymap_deinit(&writer->references[i].known);
        }
        free(writer->tables);
        free(writer->references);
}

Writer *writer_free(Writer *writer) {
        if (!writer)
                return NULL;
        loop_timer_clear(writer->timer);
        connection_free(writer->connection);
        free_tables(writer);
        schema_free(writer->schema);
        params_deinit(&writer->params);
        buffer_deinit(&writer->faults);
        buffer_deinit(&writer->scratch);
        buffer_deinit(&writer->ledger);
        keymap_deinit(&writer->tally_index);
        keymap_deinit(&writer->tally_memo);
        free(writer->source_ids);
        keymap_deinit(&writer->sources);
        free(writer->cluster_id);
        free(writer->group);
        free(writer->instance);
        free(writer->order);
        free(writer->attempts);
        free(writer->moves);
        free(writer->keys);
        free(writer->operations);
        free(writer->tallies);
        free(writer->guilty);
        free(writer);
        return NULL;
}

void writer_forget(Writer *writer) {
        keymap_clear(&writer->sources);
        writer->unrepeated = 0;
        for (uint32_t i = 0; i < writer->catalogue->reference_count; i++)
                keymap_clear(&writer->references[i].known);
}

// ---- errors and waiting

// xorshift; only to keep instances from knocking all at the same moment.
static int64_t jitter(Writer *writer, int64_t ms) {
        writer->random |= 1;
        writer->random ^= writer->random << 13;
        writer->random ^= writer->random >> 7;
        writer->random ^= writer->random << 17;
        return ms / 2 + (int64_t)(writer->random % (uint64_t)(ms / 2 + 1));
}

static int64_t backoff(Writer *writer) {
        unsigned doublings = writer->tries < 16 ? writer->tries : 16;
        int64_t ms = writer->backoff_min_ms << doublings;
        writer->tries++;
        return jitter(writer, ms < writer->backoff_max_ms ? ms : writer->backoff_max_ms);
}

void writer_trouble(Writer *writer, const PgError *error) {
        bool soon = error->verdict == PG_RETRY && writer->tries == 0;
        int64_t ms = soon ? jitter(writer, SOON_MS) : backoff(writer);
        if (soon)
                writer->tries++;
        loop_timer_set(writer->timer, ms);
        writer->events.trouble(writer->userdata, error->sqlstate, error->message, ms);
}

void writer_stop(Writer *writer, const char *doing, const PgError *error) {
        Error stop = ERROR_NULL;
        error_set(&stop, "PostgreSQL refuses %s: SQLSTATE %s: %s", doing, error->sqlstate, error->message);
        error_hint(&stop, "see `kepud check --database`, repair, and start again; nothing is lost");
        writer->mode = MODE_STOPPED;
        loop_timer_clear(writer->timer);
        connection_close(writer->connection);
        writer->events.stopped(writer->userdata, &stop);
}

bool writer_stopped_by(Writer *writer, const char *doing, const PgError *error) {
        if (error->verdict == PG_STOP)
                writer_stop(writer, doing, error);
        return error->verdict == PG_STOP;
}

// ---- connecting

void writer_connect(Writer *writer) {
        assert(writer->mode == MODE_NEW || writer->mode == MODE_CLOSED);
        loop_timer_clear(writer->timer);
        writer->mode = MODE_CONNECTING;
        connection_open(writer->connection);
}

static void on_timer(void *userdata) {
        Writer *writer = userdata;
        switch (writer->mode) {
        case MODE_CLOSED:
                writer_connect(writer);
                break;
        case MODE_CLAIMING:
                claim_begin(writer);
                break;
        case MODE_STARTING:
                start_begin(writer);
                break;
        case MODE_NOTING:
                note_begin(writer);
                break;
        case MODE_LOOKING:
                look_begin(writer);
                break;
        case MODE_WAITING:
                writer->mode = MODE_WRITING;
                attempt_begin(writer);
                break;
        default:
                break;
        }
}

static void on_down(void *userdata, const PgError *error) {
        Writer *writer = userdata;
        bool was_connected = writer->mode > MODE_CONNECTING;
        bool news = was_connected || strcmp(writer->why.message, error->message) != 0;
        if (error->late && writer->mode == MODE_WRITING)
                attempt_shrink(writer);
        writer_forget(writer);
        writer->batch = NULL;
        writer->claims = NULL;
        writer->starts = NULL;
        writer->why = *error;
        if (!was_connected && writer_stopped_by(writer, "the connection", error))
                return;
        writer->mode = MODE_CLOSED;
        loop_timer_set(writer->timer, backoff(writer));
        if (news)
                writer->events.lost(writer->userdata, error->message);
}

static void prepared(Writer *writer) {
        writer->mode = MODE_READY;
        writer->tries = 0;
        writer->why = (PgError){0};
        writer->events.ready(writer->userdata);
}

// An error before anything was promised: a new connection, unless a person is needed.
static bool prepare_failed(Writer *writer, const PgError *error) {
        if (!error)
                return false;
        if (writer_stopped_by(writer, "to let the schema be read", error))
                return true;
        connection_close(writer->connection);
        on_down(writer, error);
        return true;
}

static void on_replica(void *userdata, const Result *result, const PgError *error) {
        Writer *writer = userdata;
        if (prepare_failed(writer, error))
                return;
        writer->replica = result_bool(result, 0, 0);
        prepared(writer);
}

static void on_registered(void *userdata, size_t faults, const PgError *error) {
        Writer *writer = userdata;
        (void)faults;
        if (prepare_failed(writer, error))
                return;
        writer->replica = false;
        if (connection_server_version(writer->connection) >= 150000)
                connection_query(writer->connection, SQL_MAY_REPLICATE, NULL, 0, on_replica, writer);
        else
                prepared(writer);
}

static char *text_of(Buffer *sql) {
        char *text = xstrndup(sql->ptr, sql->len);
        sql->len = 0;
        return text;
}

static void derive_sql(Writer *writer) {
        cleanup(buffer_deinit) Buffer sql = BUFFER_NULL;
        for (uint32_t i = 0; i < writer->catalogue->table_count && !writer->sql_ready; i++) {
                const Table *table = &writer->catalogue->tables[i];
                const Encoder *const *encoders = schema_encoders(writer->schema, i);
                statement_copy(&sql, table);
                writer->tables[i].copy_sql = text_of(&sql);
                if (table->mode == TABLE_CHILD) {
                        statement_delete(&sql, table, encoders);
                        writer->tables[i].delete_sql = text_of(&sql);
                } else if (table->mode != TABLE_INSERT) {
                        statement_upsert(&sql, table, encoders);
                        writer->tables[i].upsert_sql = text_of(&sql);
                }
        }
        for (uint32_t i = 0; i < writer->catalogue->reference_count && !writer->sql_ready; i++) {
                statement_placeholders(&sql, &writer->catalogue->references[i]);
                writer->references[i].sql = text_of(&sql);
        }
        writer->sql_ready = true;
}

static void on_fault(void *userdata, const char *line) {
        Writer *writer = userdata;
        if (writer->faults.len)
                buffer_put_string(&writer->faults, "; ");
        buffer_put_string(&writer->faults, line);
}

static void on_schema(void *userdata, size_t faults, const PgError *error) {
        Writer *writer = userdata;
        if (prepare_failed(writer, error))
                return;
        if (faults > 0) {
                Error stop = ERROR_NULL;
                error_set(&stop, "the schema does not fit (faults: %zu): %s", faults, buffer_text(&writer->faults));
                error_hint(&stop, "run `kepud migrate`; `kepud check --database` shows every fault on a line");
                writer->mode = MODE_STOPPED;
                connection_close(writer->connection);
                writer->events.stopped(writer->userdata, &stop);
                return;
        }
        derive_sql(writer);
        schema_register(writer->schema, writer->connection, on_registered, writer);
}

static void on_up(void *userdata) {
        Writer *writer = userdata;
        writer->mode = MODE_PREPARING;
        writer->faults.len = 0;
        schema_read(writer->schema, writer->connection, on_fault, on_schema, writer);
}

// ---- what the caller asks for

bool writer_is_ready(const Writer *writer) {
        return writer->mode == MODE_READY;
}

void writer_claim(Writer *writer, Claim *claims, size_t count) {
        assert(writer->mode == MODE_READY);
        writer->mode = MODE_CLAIMING;
        writer->claims = claims;
        writer->claim_count = count;
        writer_forget(writer);
        claim_begin(writer);
}

void writer_start(Writer *writer, const Start *starts, size_t count) {
        assert(writer->mode == MODE_READY);
        writer->mode = MODE_STARTING;
        writer->starts = starts;
        writer->claim_count = count;
        start_begin(writer);
}

void writer_note_stop(Writer *writer, Span topic, int32_t partition, const char *why) {
        assert(writer->mode == MODE_READY);
        writer->mode = MODE_NOTING;
        writer->note = (StopNote){topic, partition, why};
        note_begin(writer);
}

void writer_look(Writer *writer, Claim *claims, size_t count) {
        assert(writer->mode == MODE_READY);
        writer->mode = MODE_LOOKING;
        writer->claims = claims;
        writer->claim_count = count;
        look_begin(writer);
}

void writer_write(Writer *writer, Batch *batch) {
        assert(writer->mode == MODE_READY);
        writer->counts = (WriterCounts){0};
        writer->mode = MODE_WRITING;
        writer->batch = batch;
        writer->begin = 0;
        attempt_rest(writer);
}

bool writer_take_back(Writer *writer) {
        if (writer->mode != MODE_WAITING)
                return false;
        loop_timer_clear(writer->timer);
        writer->mode = MODE_READY;
        writer->batch = NULL;
        return true;
}

void writer_query(Writer *writer, const char *sql, ResultFn *fn) {
        connection_query(writer->connection, sql, writer->params.spans, writer->params.count, fn, writer);
}
