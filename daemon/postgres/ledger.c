// SPDX-License-Identifier: Apache-2.0
// The ledger decides what is new: sources get their numbers, the keys of the batch are looked up, new ones entered.
#include "base/crash.h"
#include "base/memory.h"
#include "postgres/statement.h"
#include "postgres/writer_state.h"

// ---- sources, before the transaction (rows of their own, which may stay when it fails)

enum { WANTED = -1 }; // in the place of a source's number

// Finds the numbers of the sources of the range; puts those that nobody here knows into the parameters.
static size_t number_sources(Writer *writer) {
        static const uint32_t types[] = {OID_TEXT};
        const Batch *batch = writer->batch;
        size_t unknown = 0;
        RESERVE(writer->source_ids, writer->source_id_size, batch->source_count + 1);
        memset(writer->source_ids, 0, batch->source_count * sizeof(*writer->source_ids));
        for (size_t i = writer->begin; i < writer->limit; i++)
                if (writer->attempts[i].fate == FATE_NEW)
                        writer->source_ids[item_at(writer, i)->source] = WANTED;
        params_begin(&writer->params, types, 1);
        for (size_t i = 0; i < batch->source_count; i++) {
                if (writer->source_ids[i] != WANTED)
                        continue;
                const KeyEntry *entry = keymap_find(&writer->sources, batch->sources[i]);
                writer->source_ids[i] = entry ? entry->value : 0;
                if (!entry) {
                        encode_text(&writer->params.buffers[0], batch->sources[i]);
                        unknown++;
                }
        }
        params_end(&writer->params, unknown);
        return unknown;
}

bool sources_find_send(Writer *writer) {
        if (writer->cursor++ > 0)
                return false;
        if (writer->step == 0)
                writer->unknown_sources = number_sources(writer);
        if (writer->unknown_sources == 0)
                return false;
        writer_query(writer, SQL_SELECT_SOURCES, attempt_step);
        return true;
}

bool sources_find_take(Writer *writer, const Result *result) {
        for (size_t row = 0; row < result_rows(result); row++)
                keymap_put(&writer->sources, result_span(result, row, 0), result_int4(result, row, 1));
        writer->unknown_sources = number_sources(writer);
        if (writer->step > 0)
                crash_point("sources.added");
        if (writer->unknown_sources == 0 || writer->step == 0)
                return true;
        PgError error = pg_error("40001", "a source was added and is not there");
        attempt_fail(writer, &error);
        return false;
}

bool sources_add_send(Writer *writer) {
        if (writer->cursor++ > 0 || writer->unknown_sources == 0)
                return false;
        writer_query(writer, SQL_INSERT_SOURCES, attempt_step);
        crash_point("sources.sent");
        return true;
}

// ---- look-up

enum { TRUSTED = 32 }; // a wrong guess costs a transaction: at most one in so many

// Nothing has come twice for long: the look-up is left out, and should a key be there after all, its unique violation
// says so, and the transaction is tried again with it (ledger_was_wrong()).
static bool is_trusted(const Writer *writer) {
        return writer->unrepeated >= TRUSTED;
}

bool ledger_was_wrong(const Writer *writer, const PgError *error) {
        return is_trusted(writer) && strcmp(error->sqlstate, "23505") == 0;
}

void ledger_committed(Writer *writer) {
        if (writer->unrepeated < TRUSTED)
                writer->unrepeated++;
}

static int by_key(const void *a, const void *b) {
        const LedgerKey *left = a;
        const LedgerKey *right = b;
        int order = digest_compare(left->key, right->key);
        return order != 0 ? order : (left->item > right->item) - (left->item < right->item);
}

// The first place at which `key` could stand.
static size_t lower_bound(const Writer *writer, Digest key) {
        size_t low = 0;
        size_t high = writer->key_count;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (digest_compare(writer->keys[middle].key, key) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static void collect_keys(Writer *writer) {
        RESERVE(writer->keys, writer->key_size, writer->limit - writer->begin + 1);
        writer->key_count = 0;
        for (size_t i = writer->begin; i < writer->limit; i++)
                if (writer->attempts[i].fate == FATE_NEW)
                        writer->keys[writer->key_count++] = (LedgerKey){item_at(writer, i)->event.key, (uint32_t)i};
        qsort(writer->keys, writer->key_count, sizeof(*writer->keys), by_key);
}

// An item against what was stored, or came first, under its key.
static void compare(Writer *writer, uint32_t item, Digest content, int16_t type_id, int32_t version) {
        const Event *event = &item_at(writer, item)->event;
        Attempt *attempt = &writer->attempts[item];
        bool redeclared = schema_type_id(writer->schema, event->type) == type_id && event->type->version != version;
        if (digest_compare(event->content, content) == 0)
                attempt->fate = FATE_DUPLICATE;
        else
                attempt->fate = redeclared ? FATE_REDECLARED : FATE_CONFLICT;
}

// Of several new items with one key the first one stays.
static void settle_doubles(Writer *writer) {
        const LedgerKey *first = NULL;
        for (size_t i = 0; i < writer->key_count; i++) {
                const LedgerKey *key = &writer->keys[i];
                if (writer->attempts[key->item].fate != FATE_NEW)
                        continue;
                if (!first || digest_compare(first->key, key->key) != 0) {
                        first = key;
                        continue;
                }
                const Event *event = &item_at(writer, first->item)->event;
                compare(writer, key->item, event->content, schema_type_id(writer->schema, event->type),
                        event->type->version);
        }
}

bool ledger_find_send(Writer *writer) {
        static const uint32_t types[] = {OID_UUID};
        if (writer->cursor++ > 0)
                return false;
        collect_keys(writer);
        if (writer->key_count == 0)
                return false;
        if (is_trusted(writer)) {
                settle_doubles(writer);
                return false;
        }
        params_begin(&writer->params, types, 1);
        size_t count = 0;
        for (size_t i = 0; i < writer->key_count; i++)
                if (i == 0 || digest_compare(writer->keys[i - 1].key, writer->keys[i].key) != 0) {
                        encode_uuid(&writer->params.buffers[0], writer->keys[i].key);
                        count++;
                }
        params_end(&writer->params, count);
        writer_query(writer, SQL_SELECT_LEDGER, attempt_step);
        return true;
}

bool ledger_find_take(Writer *writer, const Result *result) {
        crash_point("ledger.looked-up");
        writer->range_counts.lookups++;
        if (result_rows(result) > 0)
                writer->unrepeated = 0;
        for (size_t row = 0; row < result_rows(result); row++) {
                Digest key;
                Digest content;
                memcpy(key.bytes, result_span(result, row, 0).ptr, DIGEST_LEN);
                memcpy(content.bytes, result_span(result, row, 1).ptr, DIGEST_LEN);
                int16_t type_id = (int16_t)result_int2(result, row, 3);
                for (size_t i = lower_bound(writer, key);
                     i < writer->key_count && digest_compare(writer->keys[i].key, key) == 0; i++)
                        compare(writer, writer->keys[i].item, content, type_id, result_int2(result, row, 2));
        }
        settle_doubles(writer);
        return true;
}

// ---- entries

static void encode_warnings(Buffer *buffer, ReasonSet warnings) {
        if (warnings == 0) {
                encode_null(buffer);
                return;
        }
        Array array = array_cell_begin(buffer, OID_TEXT);
        size_t count = 0;
        for (Reason reason = REASON_W_REDECLARED; reason < REASON_COUNT; reason++) {
                if (!reason_in(warnings, reason))
                        continue;
                encode_text(buffer, span_of(reason_name(reason)));
                count++;
        }
        array_cell_end(buffer, array, count);
}

static void encode_entry(Writer *writer, uint32_t item) {
        const Event *event = &item_at(writer, item)->event;
        Buffer *ledger = &writer->ledger;
        copy_row(ledger, 10);
        encode_timestamp(ledger, event->time_us);
        encode_timestamp(ledger, writer->now_us);
        encode_int4(ledger, writer->source_ids[item_at(writer, item)->source]);
        encode_date(ledger, event->occurred_on);
        encode_int2(ledger, schema_type_id(writer->schema, event->type));
        encode_int2(ledger, (int16_t)event->type->version);
        encode_uuid(ledger, event->key);
        encode_uuid(ledger, event->content);
        encode_text(ledger, event->id);
        encode_warnings(ledger, event->warnings | writer->attempts[item].warnings);
}

bool ledger_copy_send(Writer *writer) {
        if (writer->cursor++ > 0)
                return false;
        copy_begin(&writer->ledger);
        for (size_t i = 0; i < writer->key_count; i++) {
                uint32_t item = writer->keys[i].item;
                if (writer->attempts[item].fate != FATE_NEW)
                        continue;
                encode_entry(writer, item);
                writer->ledger_rows++;
        }
        copy_end(&writer->ledger);
        if (writer->ledger_rows == 0)
                return false;
        connection_copy(writer->connection, SQL_COPY_LEDGER, buffer_span(&writer->ledger), attempt_step, writer);
        return true;
}
