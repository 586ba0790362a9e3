// SPDX-License-Identifier: Apache-2.0
// What the database looks like, held against the catalogue: every table, column and right that the daemon needs.
#pragma once
#include "base/error.h"
#include "event/catalogue.h"
#include "postgres/connection.h"
#include "postgres/encode.h"

typedef struct Schema Schema;

// One line for each fault: "shop.order: no column \"level\"".
typedef void SchemaReport(void *userdata, const char *line);
// `faults` were reported; or the connection said `error`. Not called when the connection is lost.
typedef void SchemaDone(void *userdata, size_t faults, const PgError *error);

Schema *schema_new(const Catalogue *catalogue);
Schema *schema_free(Schema *schema);
// Reads the catalogue of the database anew, in three statements.
void schema_read(Schema *schema, Connection *connection, SchemaReport *report, SchemaDone *done, void *userdata);
// Enters the types of the catalogue into ingest.event_type, changed ones too, and learns their numbers.
void schema_register(Schema *schema, Connection *connection, SchemaDone *done, void *userdata);

// Valid after schema_read() without faults: one encoder for each column of the catalogue's table.
const Encoder *const *schema_encoders(const Schema *schema, uint32_t table);
// Valid after schema_register().
int16_t schema_type_id(const Schema *schema, const EventType *type);

// For `kepud check --database`, blocking: 0 with the number of faults reported (a refused login is one), or negative
// when the database could not be asked for now.
int schema_check(const char *conninfo, const Catalogue *catalogue, SchemaReport *report, void *userdata,
                 size_t *ret_faults, Error *error);
