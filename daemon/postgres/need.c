// SPDX-License-Identifier: Apache-2.0
#include "postgres/need.h"

#define I RIGHT_INSERT
#define U RIGHT_UPDATE
#define S RIGHT_SELECT

// The daemon's own tables. A column for each word; the rights hold for all of them.
static const struct {
        const char *table;
        unsigned rights;
        const char *columns;
        bool inserts;
} own[] = {
        {"ingest.kafka_offset", I | S, "topic partition cluster_id group_name", true},
        {"ingest.kafka_offset", I | U | S, "next_offset", false},
        {"ingest.kafka_offset", U | S, "epoch owner_pid owner_started last_timestamp last_offset last_fingerprint",
         false},
        {"ingest.kafka_offset", U, "owner stop_reason updated_at", false},
        {"ingest.kafka_offset", S, "is_paused", false},
        {"ingest.gap", I, "topic partition from_offset to_offset reason decided_by", true},
        {"ingest.event_type", I | U | S, "type class version", true},
        {"ingest.event_type", S, "type_id", false},
        {"ingest.event_source", I | S, "source", true},
        {"ingest.event_source", S, "source_id", false},
        {"ingest.ledger", I,
         "event_time received_at source_id occurred_on type_id version event_key content event_id"
         " warnings",
         true},
        {"ingest.ledger", S, "event_key content version", false},
        {"ingest.tally", I | S, "topic partition source type", true},
        {"ingest.tally", I | U | S, "accepted duplicate stale rejected warned", false},
        {"ingest.tally", U, "last_seen", false},
        {"ingest.dead_letter", I,
         "reason pointer detail sqlstate constraint_name topic partition kafka_offset"
         " kafka_time source event_id type key payload headers fingerprint received_at",
         true},
        {"ingest.dead_letter", S, "topic partition kafka_offset fingerprint", false},
};
enum { OWN_COUNT = sizeof(own) / sizeof(*own) };

static void add_own(Needs *needs, size_t at) {
        Need *need = &needs->list[needs->count++];
        *need = (Need){.table = span_of(own[at].table), .inserts = own[at].inserts};
        const char *word = own[at].columns;
        need->columns = arena_zalloc(&needs->arena, strlen(word) * sizeof(*need->columns));
        while (*word) {
                size_t len = strcspn(word, " ");
                need->columns[need->column_count++] = (NeedColumn){{word, len}, own[at].rights};
                word += len + strspn(word + len, " ");
        }
        // The rows of ingest.kafka_offset and others are made with the columns of several lines.
        for (size_t i = 0; i < OWN_COUNT; i++)
                if (i != at && strcmp(own[i].table, own[at].table) == 0 && (own[i].rights & I) != 0)
                        need->inserts = false;
}

static void add_table(Needs *needs, const Table *table) {
        Need *need = &needs->list[needs->count++];
        bool upserted = table->mode == TABLE_STATE || table->mode == TABLE_FULLEST;
        *need = (Need){.table = table->name, .inserts = true, .column_count = table->column_count};
        need->rights = table->mode == TABLE_CHILD ? RIGHT_DELETE : 0;
        need->columns = arena_zalloc(&needs->arena, (table->column_count + 1) * sizeof(*need->columns));
        for (uint32_t i = 0; i < table->column_count; i++)
                need->columns[i] = (NeedColumn){table->columns[i], upserted ? I | U : I};
        if (table->mode == TABLE_INSERT)
                return;
        for (uint32_t i = 0; i < table->key_count; i++)
                need->columns[table->key[i]].rights = I | S;
        for (uint32_t i = 0; upserted && i < 4; i++)
                if (table->rank[i] != UINT32_MAX)
                        need->columns[table->rank[i]].rights |= S;
}

static void add_reference(Needs *needs, const Reference *reference) {
        if (reference->function.len)
                return;
        Need *need = &needs->list[needs->count++];
        *need = (Need){.table = reference->table, .inserts = true, .column_count = 1};
        need->columns = arena_zalloc(&needs->arena, sizeof(*need->columns));
        need->columns[0] = (NeedColumn){reference->key_column, I | S};
}

static void add_table_key(Needs *needs, const Table *table) {
        if (table->mode != TABLE_STATE && table->mode != TABLE_FULLEST)
                return;
        NeedKey *key = &needs->keys[needs->key_count++];
        *key = (NeedKey){table->name, NULL, table->key_count};
        key->columns = arena_alloc(&needs->arena, (table->key_count + 1) * sizeof(*key->columns));
        for (uint32_t i = 0; i < table->key_count; i++)
                key->columns[i] = table->columns[table->key[i]];
}

static void add_reference_key(Needs *needs, const Reference *reference) {
        for (uint32_t i = 0; i < needs->key_count; i++)
                if (span_equal(needs->keys[i].table, reference->table) && needs->keys[i].count == 1 &&
                    span_equal(needs->keys[i].columns[0], reference->key_column))
                        return;
        NeedKey *key = &needs->keys[needs->key_count++];
        *key = (NeedKey){reference->table, arena_alloc(&needs->arena, sizeof(*key->columns)), 1};
        key->columns[0] = reference->key_column;
}

static void add_keys(Needs *needs, const Catalogue *catalogue) {
        size_t most = catalogue->table_count + catalogue->reference_count + 1;
        needs->keys = arena_zalloc(&needs->arena, most * sizeof(*needs->keys));
        for (uint32_t i = 0; i < catalogue->table_count; i++)
                add_table_key(needs, &catalogue->tables[i]);
        for (uint32_t i = 0; i < catalogue->reference_count; i++)
                add_reference_key(needs, &catalogue->references[i]);
}

Needs needs_of(const Catalogue *catalogue) {
        Needs needs = {.arena = ARENA_NULL};
        size_t most = catalogue->table_count + catalogue->reference_count + OWN_COUNT;
        needs.list = arena_zalloc(&needs.arena, most * sizeof(*needs.list));
        for (uint32_t i = 0; i < catalogue->table_count; i++)
                add_table(&needs, &catalogue->tables[i]);
        for (uint32_t i = 0; i < catalogue->reference_count; i++)
                add_reference(&needs, &catalogue->references[i]);
        for (size_t i = 0; i < OWN_COUNT; i++)
                add_own(&needs, i);
        add_keys(&needs, catalogue);
        return needs;
}
