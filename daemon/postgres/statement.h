// SPDX-License-Identifier: Apache-2.0
// All SQL of the write path: fixed texts for the daemon's own tables, texts derived from the catalogue for the model.
// Pure: values are always parameters, names come from the catalogue and are quoted.
#pragma once
#include "base/buffer.h"
#include "event/catalogue.h"
#include "postgres/encode.h"

extern const char SQL_BEGIN[];
extern const char SQL_BEGIN_CLAIM[];
// As SQL_BEGIN; triggers of foreign keys do not fire. Only with the right to set session_replication_role.
extern const char SQL_BEGIN_REPLICA[];

extern const char SQL_SELECT_SOURCES[]; // sources → source, source_id
extern const char SQL_INSERT_SOURCES[]; // sources
extern const char SQL_INSERT_TYPES[];   // types, classes, versions
extern const char SQL_UPDATE_TYPES[];   // types, classes, versions
extern const char SQL_SELECT_TYPES[];   // types → type, type_id
extern const char SQL_MAY_REPLICATE[];  // → bool

extern const char
        SQL_SET_OFFSETS[]; // topics, partitions, epochs, expected, next, times, cluster, group → topic, partition
extern const char SQL_SELECT_LEDGER[]; // keys → event_key, content, version
extern const char SQL_COPY_LEDGER[];
extern const char SQL_INSERT_LETTERS[];
extern const char SQL_UPSERT_TALLY[];

extern const char SQL_CLAIM[]; // topic, partition, cluster, group, owner → next_offset, epoch
// topic, partition, cluster, group → cluster_id, group_name, same partition: of another cluster or group if there is
// one
extern const char SQL_CLAIM_MISSED[];
extern const char SQL_LOOK[];           // topics, partitions, cluster, group → number of the row asked for, epoch
extern const char SQL_NOTE_STOP[];      // topic, partition, cluster, group, reason
extern const char SQL_END_OWNER[];      // topic, partition → one row for each backend ended
extern const char SQL_INSERT_OFFSETS[]; // topics, partitions, offsets, cluster, group

// A name of the catalogue, "schema.table", as "schema"."table".
void statement_name(Buffer *sql, Span name);
// One encoder for each column of the table, in its order.
void statement_copy(Buffer *sql, const Table *table);
// An array for each column → the key columns of the rows that were written.
void statement_upsert(Buffer *sql, const Table *table, const Encoder *const *encoders);
// An array for each key column of the parent.
void statement_delete(Buffer *sql, const Table *child, const Encoder *const *encoders);
// An array of keys, sorted → those that were new.
void statement_placeholders(Buffer *sql, const Reference *reference);
