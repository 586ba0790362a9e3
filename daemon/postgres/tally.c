// SPDX-License-Identifier: Apache-2.0
// Counts per partition, producer and type, in the transaction that they are about.
#include "base/crash.h"
#include "event/unicode.h"
#include "postgres/statement.h"
#include "postgres/writer_state.h"

enum { MAX_SOURCE = 255 };

// Producers name themselves: what is no sensible name is counted under the empty one.
static Span usable_source(Span source) {
        size_t at;
        if (source.len > MAX_SOURCE || !unicode_valid(source, &at) || unicode_has_control(source, false) ||
            unicode_has_nul(source))
                return SPAN_LIT("");
        return source;
}

static Tally *tally_of(Writer *writer, uint32_t partition, Span source, Span type) {
        Buffer *key = &writer->scratch;
        key->len = 0;
        buffer_put_u32(key, partition);
        encode_text(key, source);
        buffer_put_span(key, type);
        const KeyEntry *entry = keymap_find(&writer->tally_index, buffer_span(key));
        if (entry)
                return &writer->tallies[entry->value];
        RESERVE(writer->tallies, writer->tally_size, writer->tally_count + 1);
        keymap_put(&writer->tally_index, buffer_span(key), (int32_t)writer->tally_count);
        Tally *tally = &writer->tallies[writer->tally_count++];
        *tally = (Tally){.partition = partition, .source = source, .type = type};
        return tally;
}

static Tally *tally_of_rejected(Writer *writer, const Item *item) {
        Span type = item->event.type ? item->event.type->name : SPAN_LIT("");
        Span source = item->event.source.len ? usable_source(item->event.source) : SPAN_LIT("");
        return tally_of(writer, item->partition, source, type);
}

// Most events are accepted: what they are counted under is known by numbers, with no text to look at.
static Tally *tally_of_accepted(Writer *writer, const Item *item) {
        struct {
                uint32_t partition;
                uint32_t source;
                const EventType *type;
        } numbers = {item->partition, item->source, item->event.type};
        Span key = {(const char *)&numbers, sizeof(numbers)};
        const KeyEntry *entry = keymap_find(&writer->tally_memo, key);
        if (entry)
                return &writer->tallies[entry->value];
        Tally *tally = tally_of(writer, item->partition, item->event.source, item->event.type->name);
        keymap_put(&writer->tally_memo, key, (int32_t)(tally - writer->tallies));
        return tally;
}

// Warnings of accepted events; those about placeholders say something about the order of arrival, not about the
// producer.
static void count_warnings(Writer *writer, const Event *event, const Attempt *attempt, Tally *tally) {
        ReasonSet all = event->warnings | attempt->warnings;
        ReasonSet late = 0;
        if (all == 0)
                return;
        for (uint32_t i = 0; i < writer->catalogue->reference_count; i++)
                if (writer->catalogue->references[i].warning != REASON_NONE)
                        late |= reason_bit(writer->catalogue->references[i].warning);
        tally->warned += (all & ~late) != 0;
        for (Reason reason = REASON_W_REDECLARED; reason < REASON_COUNT; reason++)
                writer->range_counts.by_reason[reason] += reason_in(all, reason);
}

static void count_item(Writer *writer, size_t index) {
        const Item *item = item_at(writer, index);
        const Attempt *attempt = &writer->attempts[index];
        WriterCounts *counts = &writer->range_counts;
        Tally *tally =
                attempt->fate == FATE_REJECTED ? tally_of_rejected(writer, item) : tally_of_accepted(writer, item);
        switch (attempt->fate) {
        case FATE_NEW:
                tally->accepted++;
                tally->stale += attempt->stale;
                counts->accepted++;
                counts->stale += attempt->stale;
                counts->by_reason[REASON_S_STALE] += attempt->stale;
                count_warnings(writer, &item->event, attempt, tally);
                break;
        case FATE_REDECLARED:
                counts->by_reason[REASON_W_REDECLARED]++;
                __attribute__((fallthrough));
        case FATE_DUPLICATE:
                tally->duplicate++;
                counts->duplicates++;
                counts->by_reason[REASON_D_DUPLICATE]++;
                break;
        case FATE_CONFLICT:
        case FATE_REJECTED:
                tally->rejected++;
                counts->rejected++;
                counts->by_reason[attempt->fate == FATE_CONFLICT ? REASON_E_ID_CONFLICT : item->why.reason]++;
                break;
        case FATE_OUT:
                break;
        }
}

static void put_tally(Writer *writer, const Tally *tally) {
        Buffer *columns = writer->params.buffers;
        const BatchPartition *partition = &writer->batch->partitions[tally->partition];
        encode_text(&columns[0], partition->topic);
        encode_int4(&columns[1], partition->partition);
        encode_text(&columns[2], tally->source);
        encode_text(&columns[3], tally->type);
        encode_int8(&columns[4], tally->accepted);
        encode_int8(&columns[5], tally->duplicate);
        encode_int8(&columns[6], tally->stale);
        encode_int8(&columns[7], tally->rejected);
        encode_int8(&columns[8], tally->warned);
}

bool tally_send(Writer *writer) {
        static const uint32_t types[] = {OID_TEXT, OID_INT4, OID_TEXT, OID_TEXT, OID_INT8,
                                         OID_INT8, OID_INT8, OID_INT8, OID_INT8};
        if (writer->cursor++ > 0)
                return false;
        writer->tally_count = 0;
        keymap_clear(&writer->tally_index);
        keymap_clear(&writer->tally_memo);
        for (size_t i = writer->begin; i < writer->limit; i++)
                if (writer->attempts[i].fate != FATE_OUT)
                        count_item(writer, i);
        if (writer->tally_count == 0)
                return false;
        params_begin(&writer->params, types, 9);
        for (size_t i = 0; i < writer->tally_count; i++)
                put_tally(writer, &writer->tallies[i]);
        params_end(&writer->params, writer->tally_count);
        writer_query(writer, SQL_UPSERT_TALLY, attempt_step);
        crash_point("tally.sent");
        return true;
}
