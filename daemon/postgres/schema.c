// SPDX-License-Identifier: Apache-2.0
#include "postgres/schema.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"
#include "postgres/need.h"
#include "postgres/statement.h"

enum { MAX_COLUMNS = 100 }; // a parameter each, and libpq's array of them is on the stack

// Columns of the named tables; domains down to what they are made of.
static const char SQL_COLUMNS[] =
        "WITH RECURSIVE found AS (SELECT w.o, n.oid AS namespace, c.oid AS relation, a.*, a.atttypid AS base"
        " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(namespace, relation, o)"
        " JOIN pg_catalog.pg_namespace n ON n.nspname = w.namespace"
        " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.relation AND c.relkind IN ('r', 'p')"
        " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),"
        " typed AS (SELECT o, attnum, base FROM found UNION ALL SELECT d.o, d.attnum, t.typbasetype FROM typed d"
        " JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype = 'd')"
        " SELECT (o - 1)::integer, attname::text, t.oid::bigint, pg_catalog.format_type(atttypid, atttypmod),"
        " (CASE WHEN has_column_privilege(relation, attnum, 'INSERT') THEN 1 ELSE 0 END"
        " + CASE WHEN has_column_privilege(relation, attnum, 'UPDATE') THEN 2 ELSE 0 END"
        " + CASE WHEN has_column_privilege(relation, attnum, 'SELECT') THEN 4 ELSE 0 END"
        " + CASE WHEN has_table_privilege(relation, 'DELETE') THEN 8 ELSE 0 END)"
        " * CASE WHEN has_schema_privilege(namespace, 'USAGE') THEN 1 ELSE 0 END,"
        " attnotnull AND NOT atthasdef AND attidentity = '' AND attgenerated = '',"
        " attgenerated <> '' OR attidentity = 'a'"
        " FROM found JOIN typed USING (o, attnum) JOIN pg_catalog.pg_type t ON t.oid = typed.base AND t.typtype <> "
        "'d'"
        " ORDER BY o, attnum";
enum { COLUMN_NEED, COLUMN_NAME, COLUMN_TYPE, COLUMN_TYPE_NAME, COLUMN_RIGHTS, COLUMN_REQUIRED, COLUMN_GENERATED };

static const char SQL_FUNCTIONS[] =
        "SELECT f, coalesce(has_function_privilege(to_regprocedure(f), 'EXECUTE'), false),"
        " to_regprocedure(f) IS NOT NULL FROM unnest($1::text[]) AS u(f)";

// Keys without a unique index that an INSERT … ON CONFLICT finds: not partial, not deferrable, exactly these columns.
static const char SQL_KEYS[] =
        "SELECT (w.o - 1)::integer FROM unnest($1::text[], $2::text[], $3::text[])"
        " WITH ORDINALITY AS w(namespace, relation, key, o)"
        " JOIN pg_catalog.pg_namespace n ON n.nspname = w.namespace"
        " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.relation AND c.relkind IN ('r', 'p')"
        " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisunique"
        " AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL"
        " AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE \"C\")"
        " FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, p) JOIN pg_catalog.pg_attribute a"
        " ON a.attrelid = c.oid AND a.attnum = k.attnum WHERE k.p <= i.indnkeyatts)"
        " = (SELECT array_agg(t ORDER BY t COLLATE \"C\") FROM string_to_array(w.key, ', ') s, unnest(s) AS u(t)))"
        " ORDER BY w.o";

struct Schema {
        const Catalogue *catalogue;
        Needs needs;
        const Encoder ***encoders; // of the catalogue's tables
        int16_t *type_ids;
        size_t faults;
        SchemaReport *report;
        SchemaDone *done;
        void *userdata;
        Connection *connection;
        Buffer params[3];
};

Schema *schema_new(const Catalogue *catalogue) {
        Schema *schema = xcalloc(1, sizeof(*schema));
        schema->catalogue = catalogue;
        schema->needs = needs_of(catalogue);
        schema->encoders = xcalloc(catalogue->table_count, sizeof(*schema->encoders));
        for (uint32_t i = 0; i < catalogue->table_count; i++)
                schema->encoders[i] = xcalloc(catalogue->tables[i].column_count, sizeof(**schema->encoders));
        schema->type_ids = xcalloc(catalogue->type_count, sizeof(*schema->type_ids));
        return schema;
}

Schema *schema_free(Schema *schema) {
        if (!schema)
                return NULL;
        for (uint32_t i = 0; i < schema->catalogue->table_count; i++)
                free(schema->encoders[i]);
        free(schema->encoders);
        free(schema->type_ids);
        arena_deinit(&schema->needs.arena);
        for (size_t i = 0; i < 3; i++)
                buffer_deinit(&schema->params[i]);
        free(schema);
        return NULL;
}

const Encoder *const *schema_encoders(const Schema *schema, uint32_t table) {
        return schema->encoders[table];
}

int16_t schema_type_id(const Schema *schema, const EventType *type) {
        return schema->type_ids[type - schema->catalogue->types];
}

static void fault(Schema *schema, Span table, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void fault(Schema *schema, Span table, const char *format, ...) {
        char what[300];
        va_list args;
        va_start(args, format);
        vsnprintf(what, sizeof(what), format, args);
        va_end(args);
        cleanup(freep) char *line = xasprintf("%.*s: %s", (int)table.len, table.ptr, what);
        schema->faults++;
        schema->report(schema->userdata, line);
}

static Span span_of_buffer(const Buffer *buffer) {
        return (Span){buffer->ptr, buffer->len};
}

// ---- parameters: arrays, the first two of schemas and tables

static const uint32_t texts[3] = {OID_TEXT, OID_TEXT, OID_TEXT};

static void begin_arrays(Schema *schema, Array *arrays, const uint32_t *elements, size_t count) {
        for (size_t i = 0; i < count; i++) {
                schema->params[i].len = 0;
                arrays[i] = array_begin(&schema->params[i], elements[i]);
        }
}

static void end_arrays(Schema *schema, const Array *arrays, Span *ret_params, size_t count, size_t elements) {
        for (size_t i = 0; i < count; i++) {
                array_end(&schema->params[i], arrays[i], elements);
                ret_params[i] = span_of_buffer(&schema->params[i]);
        }
}

static void put_table(Schema *schema, Span table) {
        const char *dot = memchr(table.ptr, '.', table.len);
        size_t len = dot ? (size_t)(dot - table.ptr) : 0;
        encode_text(&schema->params[0], (Span){table.ptr, len});
        encode_text(&schema->params[1], dot ? (Span){dot + 1, table.len - len - 1} : table);
}

static void put_key(Buffer *text, const NeedKey *key) {
        for (uint32_t i = 0; i < key->count; i++) {
                buffer_put_string(text, i ? ", " : "");
                buffer_put_span(text, key->columns[i]);
        }
}

// ---- columns, types and rights

static void check_rights(Schema *schema, const Need *need, const NeedColumn *column, unsigned has) {
        static const char *const names[] = {"INSERT", "UPDATE", "SELECT"};
        for (size_t i = 0; i < 3; i++)
                if ((column->rights & ~has & (1U << i)) != 0)
                        fault(schema, need->table, "the role may not %s column \"%.*s\"", names[i],
                              (int)column->name.len, column->name.ptr);
}

static void check_values(Schema *schema, size_t at, uint32_t column, const Encoder *encoder, Span type) {
        static const char *const kinds[] = {"absent",    "text", "integer", "decimal", "boolean", "date",
                                            "timestamp", "JSON", "uuid",    "texts",   "list",    "object"};
        const Table *table = &schema->catalogue->tables[at];
        Span name = table->columns[column];
        for (ValueKind kind = VALUE_TEXT; kind <= VALUE_OBJECT; kind++)
                if (((table->kinds[column] >> kind) & 1) != 0 && !encoder_takes(encoder, kind))
                        fault(schema, table->name, "column \"%.*s\" has type %.*s, but gets values of the kind %s",
                              (int)name.len, name.ptr, (int)type.len, type.ptr, kinds[kind]);
        cleanup(buffer_deinit) Buffer cell = BUFFER_NULL;
        for (uint32_t i = 0; i < table->constant_count; i++)
                if (table->constants[i].column == column &&
                    encode_cell(encoder, &cell, &table->constants[i].value) != ENCODE_OK)
                        fault(schema, table->name,
                              "column \"%.*s\" has type %.*s, which a constant (%s) does not fit", (int)name.len,
                              name.ptr, (int)type.len, type.ptr, kinds[table->constants[i].value.kind]);
}

static void check_type(Schema *schema, size_t at, uint32_t column, const Result *result, size_t row) {
        const Need *need = &schema->needs.list[at];
        const Encoder *encoder = encoder_for((uint32_t)result_int8(result, row, COLUMN_TYPE));
        Span type = result_span(result, row, COLUMN_TYPE_NAME);
        Span name = need->columns[column].name;
        if (!encoder)
                fault(schema, need->table, "column \"%.*s\" has type %.*s, which no value fits", (int)name.len,
                      name.ptr, (int)type.len, type.ptr);
        if (result_bool(result, row, COLUMN_GENERATED))
                fault(schema, need->table, "column \"%.*s\" is generated, but is to be filled", (int)name.len,
                      name.ptr);
        schema->encoders[at][column] = encoder;
        if (encoder)
                check_values(schema, at, column, encoder, type);
}

static void check_column(Schema *schema, size_t at, bool *found, const Result *result, size_t row) {
        const Need *need = &schema->needs.list[at];
        Span name = result_span(result, row, COLUMN_NAME);
        unsigned has = (unsigned)result_int4(result, row, COLUMN_RIGHTS);
        for (uint32_t i = 0; i < need->column_count; i++) {
                if (!span_equal(need->columns[i].name, name))
                        continue;
                found[i] = true;
                if (at < schema->catalogue->table_count)
                        check_type(schema, at, i, result, row);
                check_rights(schema, need, &need->columns[i], has);
                return;
        }
        if (need->inserts && result_bool(result, row, COLUMN_REQUIRED))
                fault(schema, need->table, "column \"%.*s\" must not be NULL, has no default, and nothing fills it",
                      (int)name.len, name.ptr);
}

// A table can be needed for several reasons; that it is missing is told once.
static bool told_missing(const Schema *schema, size_t at) {
        for (size_t i = 0; i < at; i++)
                if (span_equal(schema->needs.list[i].table, schema->needs.list[at].table))
                        return true;
        return false;
}

// `row` is the first one of this table; returns the first one of the next.
static size_t check_table(Schema *schema, size_t at, const Result *result, size_t row) {
        const Need *need = &schema->needs.list[at];
        cleanup(freep) bool *found = xcalloc(need->column_count, sizeof(*found));
        if (need->column_count > MAX_COLUMNS)
                fault(schema, need->table, "%u columns, more than %u", need->column_count, MAX_COLUMNS);
        if (row == result_rows(result) || (size_t)result_int4(result, row, COLUMN_NEED) != at) {
                if (!told_missing(schema, at))
                        fault(schema, need->table, "no such table");
                return row;
        }
        if ((need->rights & RIGHT_DELETE & ~(unsigned)result_int4(result, row, COLUMN_RIGHTS)) != 0)
                fault(schema, need->table, "the role may not DELETE");
        for (; row < result_rows(result) && (size_t)result_int4(result, row, COLUMN_NEED) == at; row++)
                check_column(schema, at, found, result, row);
        for (uint32_t i = 0; i < need->column_count; i++)
                if (!found[i])
                        fault(schema, need->table, "no column \"%.*s\"", (int)need->columns[i].name.len,
                              need->columns[i].name.ptr);
        return row;
}

// ---- keys

static void on_keys(void *userdata, const Result *result, const PgError *error) {
        Schema *schema = userdata;
        for (size_t row = 0; !error && row < result_rows(result); row++) {
                const NeedKey *key = &schema->needs.keys[result_int4(result, row, 0)];
                cleanup(buffer_deinit) Buffer columns = BUFFER_NULL;
                put_key(&columns, key);
                fault(schema, key->table, "no unique index or primary key of exactly (%s)", buffer_text(&columns));
        }
        schema->done(schema->userdata, schema->faults, error);
}

static void ask_keys(Schema *schema) {
        cleanup(buffer_deinit) Buffer columns = BUFFER_NULL;
        Array arrays[3];
        Span params[3];
        begin_arrays(schema, arrays, texts, 3);
        for (uint32_t i = 0; i < schema->needs.key_count; i++) {
                const NeedKey *key = &schema->needs.keys[i];
                columns.len = 0;
                put_key(&columns, key);
                put_table(schema, key->table);
                encode_text(&schema->params[2], span_of_buffer(&columns));
        }
        end_arrays(schema, arrays, params, 3, schema->needs.key_count);
        connection_query(schema->connection, SQL_KEYS, params, 3, on_keys, schema);
}

// ---- functions

static void on_functions(void *userdata, const Result *result, const PgError *error) {
        Schema *schema = userdata;
        for (size_t row = 0; !error && row < result_rows(result); row++) {
                Span name = result_span(result, row, 0);
                if (!result_bool(result, row, 2))
                        fault(schema, name, "no such function");
                else if (!result_bool(result, row, 1))
                        fault(schema, name, "the role may not EXECUTE it");
        }
        if (error)
                schema->done(schema->userdata, schema->faults, error);
        else
                ask_keys(schema);
}

static void ask_functions(Schema *schema) {
        Buffer *names = &schema->params[0];
        cleanup(buffer_deinit) Buffer name = BUFFER_NULL;
        names->len = 0;
        Array array = array_begin(names, OID_TEXT);
        size_t count = 0;
        for (uint32_t i = 0; i < schema->catalogue->reference_count; i++) {
                const Reference *reference = &schema->catalogue->references[i];
                if (reference->function.len == 0)
                        continue;
                name.len = 0;
                statement_name(&name, reference->function);
                buffer_put_string(&name, "(text[])");
                encode_text(names, span_of_buffer(&name));
                count++;
        }
        array_end(names, array, count);
        Span param = span_of_buffer(names);
        connection_query(schema->connection, SQL_FUNCTIONS, &param, 1, on_functions, schema);
}

static void on_columns(void *userdata, const Result *result, const PgError *error) {
        Schema *schema = userdata;
        size_t row = 0;
        if (error) {
                schema->done(schema->userdata, 0, error);
                return;
        }
        for (size_t i = 0; i < schema->needs.count; i++)
                row = check_table(schema, i, result, row);
        ask_functions(schema);
}

void schema_read(Schema *schema, Connection *connection, SchemaReport *report, SchemaDone *done, void *userdata) {
        schema->connection = connection;
        schema->report = report;
        schema->done = done;
        schema->userdata = userdata;
        schema->faults = 0;
        Array arrays[2];
        Span params[2];
        begin_arrays(schema, arrays, texts, 2);
        for (size_t i = 0; i < schema->needs.count; i++)
                put_table(schema, schema->needs.list[i].table);
        end_arrays(schema, arrays, params, 2, schema->needs.count);
        connection_query(connection, SQL_COLUMNS, params, 2, on_columns, schema);
}

// ---- types

static void on_type_ids(void *userdata, const Result *result, const PgError *error) {
        Schema *schema = userdata;
        for (size_t row = 0; !error && row < result_rows(result); row++)
                for (uint32_t i = 0; i < schema->catalogue->type_count; i++)
                        if (span_equal(result_span(result, row, 0), schema->catalogue->types[i].name))
                                schema->type_ids[i] = result_int2(result, row, 1);
        schema->done(schema->userdata, 0, error);
}

static void on_types_updated(void *userdata, const Result *result, const PgError *error) {
        Schema *schema = userdata;
        (void)result;
        if (error) {
                schema->done(schema->userdata, 0, error);
                return;
        }
        Span param = span_of_buffer(&schema->params[0]);
        connection_query(schema->connection, SQL_SELECT_TYPES, &param, 1, on_type_ids, schema);
}

static void on_types_inserted(void *userdata, const Result *result, const PgError *error) {
        Schema *schema = userdata;
        (void)result;
        if (error) {
                schema->done(schema->userdata, 0, error);
                return;
        }
        Span params[3];
        for (size_t i = 0; i < 3; i++)
                params[i] = span_of_buffer(&schema->params[i]);
        connection_query(schema->connection, SQL_UPDATE_TYPES, params, 3, on_types_updated, schema);
}

void schema_register(Schema *schema, Connection *connection, SchemaDone *done, void *userdata) {
        static const uint32_t elements[3] = {OID_TEXT, OID_TEXT, OID_INT2};
        Array arrays[3];
        Span params[3];
        schema->connection = connection;
        schema->done = done;
        schema->userdata = userdata;
        begin_arrays(schema, arrays, elements, 3);
        for (uint32_t i = 0; i < schema->catalogue->type_count; i++) {
                const EventType *type = &schema->catalogue->types[i];
                encode_text(&schema->params[0], type->name);
                encode_text(&schema->params[1], span_of(event_class_name(type->event_class)));
                encode_int2(&schema->params[2], (int16_t)type->version);
        }
        end_arrays(schema, arrays, params, 3, schema->catalogue->type_count);
        connection_query(connection, SQL_INSERT_TYPES, params, 3, on_types_inserted, schema);
}
