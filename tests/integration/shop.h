// SPDX-License-Identifier: Apache-2.0
// A tiny catalogue, built by hand, and a database for it: customers (a state with names as child rows), notes (the
// fullest wins), sales (facts). Everything the writer does with a catalogue can be tried on it.
#pragma once
#include <libpq-fe.h>

#include "event/batch.h"
#include "event/catalogue.h"
#include "postgres/writer.h"

#define SHOP_TOPIC SPAN_LIT("shop.events")

enum { TABLE_CUSTOMER, TABLE_CUSTOMER_NAME, TABLE_NOTE, TABLE_SALE, TABLE_COUNT };
enum { REFERENCE_REGION, REFERENCE_CUSTOMER, REFERENCE_COUNT };
enum { TYPE_CUSTOMER, TYPE_NOTE, TYPE_SALE, TYPE_COUNT };

const Catalogue *shop_catalogue(void);
// Makes the database anew; returns its conninfo, owned by the caller.
char *shop_database(const char *server, const char *ingest_sql);

// Each adds an item at the next offset of the partition.
Item *shop_sale(Batch *batch, int32_t partition, const char *id, const char *customer, const char *amount);
Item *shop_customer(Batch *batch, int32_t partition, const char *id, const char *code, const char *region,
                    int revision, const char *name);
Item *shop_note(Batch *batch, int32_t partition, const char *id, const char *note, const char *a, const char *b);
Item *shop_reject(Batch *batch, int32_t partition, Reason reason, Span pointer, Span payload);

// One value as text; "" for none or NULL. Ends the test when the statement fails.
const char *sql(PGconn *pg, const char *format, ...) __attribute__((format(printf, 2, 3)));
