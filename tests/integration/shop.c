// SPDX-License-Identifier: Apache-2.0
#include "shop.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "event/identity.h"

static Span customer_columns[] = {SPAN_LIT("code"),        SPAN_LIT("region"),  SPAN_LIT("name"),
                                  SPAN_LIT("revision"),    SPAN_LIT("changed"), SPAN_LIT("event_id"),
                                  SPAN_LIT("event_source")};
static Span name_columns[] = {SPAN_LIT("code"), SPAN_LIT("lang"), SPAN_LIT("name")};
static Span note_columns[] = {SPAN_LIT("note_id"), SPAN_LIT("a"),        SPAN_LIT("b"),           SPAN_LIT("members"),
                              SPAN_LIT("changed"), SPAN_LIT("event_id"), SPAN_LIT("event_source")};
static Span sale_columns[] = {SPAN_LIT("event_key"), SPAN_LIT("occurred_on"), SPAN_LIT("customer"),
                              SPAN_LIT("amount"),    SPAN_LIT("pieces"),      SPAN_LIT("cash"),
                              SPAN_LIT("extra")};
static uint32_t first_column[] = {0};

enum {
        TEXT = 1 << VALUE_TEXT,
        INTEGER = 1 << VALUE_INTEGER,
        TIMESTAMP = 1 << VALUE_TIMESTAMP,
};
static uint32_t customer_kinds[] = {TEXT, TEXT, TEXT, INTEGER, TIMESTAMP, TEXT, TEXT};
static uint32_t name_kinds[] = {TEXT, TEXT, TEXT};
static uint32_t note_kinds[] = {TEXT, TEXT, TEXT, INTEGER, TIMESTAMP, TEXT, TEXT};
static uint32_t sale_kinds[] = {1 << VALUE_UUID, 1 << VALUE_DATE,    TEXT,           1 << VALUE_DECIMAL,
                                INTEGER,         1 << VALUE_BOOLEAN, 1 << VALUE_JSON};
static Constant sale_constants[] = {{4, {.kind = VALUE_INTEGER, .integer = 3}}};

static Table tables[TABLE_COUNT] = {
        {SPAN_LIT("shop.customer"),
         TABLE_STATE,
         customer_columns,
         7,
         first_column,
         1,
         {3, 4, 5, 6},
         0,
         1,
         customer_kinds,
         NULL,
         0},
        {SPAN_LIT("shop.customer_name"),
         TABLE_CHILD,
         name_columns,
         3,
         first_column,
         1,
         {0},
         TABLE_CUSTOMER,
         UINT32_MAX,
         name_kinds,
         NULL,
         0},
        {SPAN_LIT("shop.note"),
         TABLE_FULLEST,
         note_columns,
         7,
         first_column,
         1,
         {3, 4, 5, 6},
         0,
         UINT32_MAX,
         note_kinds,
         NULL,
         0},
        {SPAN_LIT("shop.sale"),
         TABLE_INSERT,
         sale_columns,
         7,
         NULL,
         0,
         {0},
         0,
         UINT32_MAX,
         sale_kinds,
         sale_constants,
         1},
};
static Reference references[REFERENCE_COUNT] = {
        {SPAN_LIT("region"), SPAN_LIT("shop.region"), SPAN_LIT("code"), SPAN_LIT("shop.make_regions"),
         REASON_W_LATE_REGION},
        {SPAN_LIT("customer"), SPAN_LIT("shop.customer"), SPAN_LIT("code"), SPAN_LIT(""), REASON_W_LATE_ORG},
};
static EventType types[TYPE_COUNT] = {
        {.name = SPAN_LIT("shop.customer.changed"), .event_class = CLASS_STATE, .version = 1, .stored = true},
        {.name = SPAN_LIT("shop.note.written"), .event_class = CLASS_FACT, .version = 1, .stored = true},
        {.name = SPAN_LIT("shop.sale.made"), .event_class = CLASS_FACT, .version = 1, .stored = true},
};

const Catalogue *shop_catalogue(void) {
        static Catalogue catalogue = {.tables = tables,
                                      .table_count = TABLE_COUNT,
                                      .references = references,
                                      .reference_count = REFERENCE_COUNT,
                                      .types = types,
                                      .type_count = TYPE_COUNT};
        return &catalogue;
}

// ---- the database

static const char model[] =
        "CREATE SCHEMA shop;"
        "CREATE DOMAIN shop.code AS text COLLATE \"C\" CHECK (VALUE <> '');"
        "CREATE TABLE shop.region (code shop.code PRIMARY KEY, made_by text NOT NULL);"
        "CREATE TABLE shop.customer (code shop.code PRIMARY KEY, region text REFERENCES shop.region, name "
        "varchar(40),"
        " revision int, changed timestamptz, event_id text, event_source text);"
        "CREATE TABLE shop.customer_name (code text REFERENCES shop.customer, lang text, name text,"
        " PRIMARY KEY (code, lang));"
        "CREATE TABLE shop.note (note_id text PRIMARY KEY, a text, b text, members smallint, changed timestamptz,"
        " event_id text, event_source text);"
        "CREATE TABLE shop.sale (event_key uuid PRIMARY KEY, occurred_on date NOT NULL,"
        " customer text REFERENCES shop.customer, amount numeric(12,2) NOT NULL CONSTRAINT not_negative"
        " CHECK (amount >= 0), pieces int, cash bool, extra jsonb);"
        "CREATE FUNCTION shop.make_regions(keys text[]) RETURNS SETOF text LANGUAGE sql SET search_path = pg_catalog"
        " AS $$ INSERT INTO shop.region SELECT k, 'function' FROM unnest(keys) WITH ORDINALITY u(k, o) ORDER BY o"
        " ON CONFLICT DO NOTHING RETURNING code $$;";

const char *sql(PGconn *pg, const char *format, ...) {
        static char answer[4096];
        char *text = NULL;
        va_list args;
        va_start(args, format);
        if (vasprintf(&text, format, args) < 0)
                abort();
        va_end(args);
        PGresult *result = PQexec(pg, text);
        if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
                fprintf(stderr, "%s: %s", text, PQerrorMessage(pg));
                abort();
        }
        bool any = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0;
        snprintf(answer, sizeof(answer), "%s", any ? PQgetvalue(result, 0, 0) : "");
        PQclear(result);
        free(text);
        return answer;
}

static PGconn *open_connection(const char *conninfo) {
        PGconn *pg = PQconnectdb(conninfo);
        if (PQstatus(pg) != CONNECTION_OK) {
                fprintf(stderr, "%s: %s", conninfo, PQerrorMessage(pg));
                abort();
        }
        PQclear(PQexec(pg, "SET client_min_messages = warning"));
        return pg;
}

char *shop_database(const char *server, const char *ingest_sql) {
        PGconn *pg = open_connection(server);
        sql(pg, "DROP DATABASE IF EXISTS kepud_writer_test WITH (FORCE)");
        sql(pg, "CREATE DATABASE kepud_writer_test TEMPLATE template0 ENCODING 'UTF8'");
        PQfinish(pg);
        char *conninfo = xasprintf("%s dbname=kepud_writer_test", server);
        pg = open_connection(conninfo);
        sql(pg, "CREATE SCHEMA ingest");
        sql(pg, "%s", ingest_sql);
        sql(pg, "%s", model);
        PQfinish(pg);
        return conninfo;
}

// ---- events

static Span copy(Batch *batch, const char *text) {
        return arena_copy(&batch->arena, span_of(text));
}

static Value text_or_null(Batch *batch, const char *text) {
        return text ? value_text(copy(batch, text)) : VALUE_NULL;
}

static Item *add(Batch *batch, int32_t partition) {
        uint32_t index = batch_partition(batch, SHOP_TOPIC, partition, 0, 0);
        BatchPartition *of = &batch->partitions[index];
        Item *item = batch_add(batch);
        item->partition = index;
        item->message = MESSAGE_NULL;
        item->message.topic = SHOP_TOPIC;
        item->message.partition = partition;
        item->message.offset = of->end++;
        item->message.timestamp_ms = 1700000000000 + item->message.offset;
        item->message.value = SPAN_LIT("{\"as\":\"it came\"}");
        return item;
}

static Event *describe(Batch *batch, Item *item, int type, const char *id) {
        Event *event = &item->event;
        event->type = &types[type];
        event->type_name = types[type].name;
        event->id = copy(batch, id);
        event->source = SPAN_LIT("urn:shop:1");
        batch_number_source(batch, item);
        event->time_us = 1700000000000000;
        event->occurred_on = 19675;
        event->key = identity_key(event->source, event->id);
        event->rows = arena_zalloc(&batch->arena, 4 * sizeof(Row));
        event->mentions = arena_zalloc(&batch->arena, 4 * sizeof(Mention));
        return event;
}

static Value *add_row(Batch *batch, Event *event, uint32_t table) {
        Value *cells = arena_zalloc(&batch->arena, tables[table].column_count * sizeof(*cells));
        event->rows[event->row_count++] = (Row){table, cells};
        return cells;
}

static void mention(Batch *batch, Event *event, uint32_t reference, const char *key) {
        if (key)
                event->mentions[event->mention_count++] = (Mention){reference, copy(batch, key)};
}

Item *shop_sale(Batch *batch, int32_t partition, const char *id, const char *customer, const char *amount) {
        Item *item = add(batch, partition);
        Event *event = describe(batch, item, TYPE_SALE, id);
        Value *cells = add_row(batch, event, TABLE_SALE);
        Span key = arena_copy(&batch->arena, (Span){(const char *)event->key.bytes, DIGEST_LEN});
        cells[0] = value_uuid(key.ptr);
        cells[1] = value_of(VALUE_DATE, event->occurred_on);
        cells[2] = text_or_null(batch, customer);
        cells[3] = (Value){.kind = VALUE_DECIMAL, .text = copy(batch, amount)};
        cells[4] = value_integer(3);
        cells[5] = value_of(VALUE_BOOLEAN, 1);
        cells[6] = (Value){.kind = VALUE_JSON, .text = SPAN_LIT("{\"a\":1}")};
        event->content = digest_of(span_of(amount));
        mention(batch, event, REFERENCE_CUSTOMER, customer);
        return item;
}

Item *shop_customer(Batch *batch, int32_t partition, const char *id, const char *code, const char *region,
                    int revision, const char *name) {
        static const char *const langs[] = {"en", "zh"};
        Item *item = add(batch, partition);
        Event *event = describe(batch, item, TYPE_CUSTOMER, id);
        Value *cells = add_row(batch, event, TABLE_CUSTOMER);
        cells[0] = value_text(copy(batch, code));
        cells[1] = text_or_null(batch, region);
        cells[2] = text_or_null(batch, name);
        cells[3] = value_integer(revision);
        cells[4] = value_of(VALUE_TIMESTAMP, event->time_us);
        cells[5] = value_text(event->id);
        cells[6] = value_text(event->source);
        // As many names as the revision says, so that a child row that stays behind shows.
        for (int i = 0; i < 1 + revision % 2; i++) {
                Value *child = add_row(batch, event, TABLE_CUSTOMER_NAME);
                child[0] = cells[0];
                child[1] = value_text(span_of(langs[i]));
                child[2] = cells[2];
        }
        event->content = digest_of(event->id);
        mention(batch, event, REFERENCE_REGION, region);
        return item;
}

Item *shop_note(Batch *batch, int32_t partition, const char *id, const char *note, const char *a, const char *b) {
        Item *item = add(batch, partition);
        Event *event = describe(batch, item, TYPE_NOTE, id);
        Value *cells = add_row(batch, event, TABLE_NOTE);
        cells[0] = value_text(copy(batch, note));
        cells[1] = text_or_null(batch, a);
        cells[2] = text_or_null(batch, b);
        cells[3] = value_integer((a != NULL) + (b != NULL));
        cells[4] = value_of(VALUE_TIMESTAMP, event->time_us);
        cells[5] = value_text(event->id);
        cells[6] = value_text(event->source);
        event->content = digest_of(event->id);
        return item;
}

Item *shop_reject(Batch *batch, int32_t partition, Reason reason, Span pointer, Span payload) {
        Item *item = add(batch, partition);
        item->message.value = payload;
        reject(&item->why, &batch->arena, reason, pointer, "not right");
        return item;
}
