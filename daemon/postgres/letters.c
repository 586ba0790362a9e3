// SPDX-License-Identifier: Apache-2.0
// Dead letters: refused messages as they came, byte for byte, with the reason. They stand in the same transaction as
// the rows of the others.
#include "postgres/letters.h"

#include "base/crash.h"
#include "event/unicode.h"
#include "postgres/statement.h"
#include "postgres/writer_state.h"

enum { MAX_TEXT = 4096 }; // bytes shown of a source, id, type or pointer; the payload has them whole

enum {
        LETTER_REASON,
        LETTER_POINTER,
        LETTER_DETAIL,
        LETTER_SQLSTATE,
        LETTER_CONSTRAINT,
        LETTER_TOPIC,
        LETTER_PARTITION,
        LETTER_OFFSET,
        LETTER_TIME,
        LETTER_SOURCE,
        LETTER_ID,
        LETTER_TYPE,
        LETTER_KEY,
        LETTER_PAYLOAD,
        LETTER_HEADERS,
        LETTER_FINGERPRINT,
        LETTER_RECEIVED,
        LETTER_COLUMNS,
};

// Bytes of the valid character at the front; 0: none.
static size_t character(Span text) {
        size_t most = text.len < 4 ? text.len : 4;
        for (size_t len = 1; len <= most; len++)
                if (unicode_valid((Span){text.ptr, len}, &(size_t){0}))
                        return len;
        return 0;
}

static void put_control(Buffer *buffer, unsigned code) {
        static const char digits[] = "0123456789ABCDEF";
        char escape[6] = {'\\', 'u', '0', '0', digits[code >> 4], digits[code & 15]};
        buffer_put(buffer, escape, sizeof(escape));
}

void letter_text(Buffer *buffer, Span text) {
        size_t start = buffer->len;
        buffer_put_u32(buffer, 0);
        for (size_t at = 0; at < text.len && buffer->len - start < MAX_TEXT;) {
                size_t len = character((Span){text.ptr + at, text.len - at});
                uint8_t byte = (uint8_t)text.ptr[at];
                if (len == 0)
                        buffer_put_string(buffer, "\xEF\xBF\xBD");
                else if (len == 1 && (byte < 0x20 || byte == 0x7F))
                        put_control(buffer, byte);
                else if (len == 2 && byte == 0xC2 && (uint8_t)text.ptr[at + 1] < 0xA0)
                        put_control(buffer, (uint8_t)text.ptr[at + 1]);
                else
                        buffer_put(buffer, text.ptr + at, len);
                at += len ? len : 1;
        }
        uint32_t wire = __builtin_bswap32((uint32_t)(buffer->len - start - 4));
        memcpy(buffer->ptr + start, &wire, sizeof(wire));
}

static void optional_text(Buffer *buffer, Span text) {
        if (text.len)
                letter_text(buffer, text);
        else
                encode_null(buffer);
}

static void put_headers(Buffer *buffer, const Message *message) {
        if (message->header_count == 0) {
                encode_null(buffer);
                return;
        }
        size_t start = buffer->len;
        buffer_put_u32(buffer, 0);
        message_put_headers(buffer, message);
        uint32_t wire = __builtin_bswap32((uint32_t)(buffer->len - start - 4));
        memcpy(buffer->ptr + start, &wire, sizeof(wire));
}

static const Guilty *guilty_of(const Writer *writer, size_t index) {
        for (size_t i = 0; i < writer->guilty_count; i++)
                if (writer->guilty[i].item == index &&
                    writer->guilty[i].offset == item_at(writer, index)->message.offset)
                        return &writer->guilty[i];
        return NULL;
}

static void put_verdict(Writer *writer, size_t index, Buffer *columns) {
        const Item *item = item_at(writer, index);
        const Guilty *guilty = item->why.reason == REASON_E_DB ? guilty_of(writer, index) : NULL;
        bool conflict = writer->attempts[index].fate == FATE_CONFLICT;
        Reason reason = conflict ? REASON_E_ID_CONFLICT : item->why.reason;
        encode_text(&columns[LETTER_REASON], span_of(reason_name(reason)));
        letter_text(&columns[LETTER_POINTER], conflict ? SPAN_LIT("/id") : item->why.pointer);
        letter_text(&columns[LETTER_DETAIL],
                    conflict ? SPAN_LIT("an event with this source and id is stored with other content")
                             : item->why.detail);
        optional_text(&columns[LETTER_SQLSTATE], span_of(guilty ? guilty->sqlstate : ""));
        optional_text(&columns[LETTER_CONSTRAINT], span_of(guilty ? guilty->constraint : ""));
}

static void put_letter(Writer *writer, size_t index) {
        const Item *item = item_at(writer, index);
        const Message *message = &item->message;
        Buffer *columns = writer->params.buffers;
        put_verdict(writer, index, columns);
        encode_text(&columns[LETTER_TOPIC], writer->batch->partitions[item->partition].topic);
        encode_int4(&columns[LETTER_PARTITION], message->partition);
        encode_int8(&columns[LETTER_OFFSET], message->offset);
        if (message->timestamp_ms >= 0)
                encode_timestamp(&columns[LETTER_TIME], message->timestamp_ms * 1000);
        else
                encode_null(&columns[LETTER_TIME]);
        optional_text(&columns[LETTER_SOURCE], item->event.source);
        optional_text(&columns[LETTER_ID], item->event.id);
        optional_text(&columns[LETTER_TYPE], item->event.type_name);
        encode_bytes(&columns[LETTER_KEY], message->key);
        encode_bytes(&columns[LETTER_PAYLOAD], message->value);
        put_headers(&columns[LETTER_HEADERS], message);
        // The same message replayed from the same place is the same letter.
        encode_uuid(&columns[LETTER_FINGERPRINT], message_digest(message, &writer->scratch));
        encode_timestamp(&columns[LETTER_RECEIVED], writer->now_us);
}

bool letters_send(Writer *writer) {
        static const uint32_t types[LETTER_COLUMNS] = {
                OID_TEXT,  OID_TEXT,  OID_TEXT,        OID_TEXT, OID_TEXT,       OID_TEXT,
                OID_INT4,  OID_INT8,  OID_TIMESTAMPTZ, OID_TEXT, OID_TEXT,       OID_TEXT,
                OID_BYTEA, OID_BYTEA, OID_BYTEA,       OID_UUID, OID_TIMESTAMPTZ};
        size_t count = 0;
        if (writer->cursor++ > 0)
                return false;
        params_begin(&writer->params, types, LETTER_COLUMNS);
        for (size_t i = writer->begin; i < writer->limit; i++) {
                if (writer->attempts[i].fate != FATE_REJECTED && writer->attempts[i].fate != FATE_CONFLICT)
                        continue;
                put_letter(writer, i);
                count++;
        }
        params_end(&writer->params, count);
        if (count == 0)
                return false;
        writer_query(writer, SQL_INSERT_LETTERS, attempt_step);
        crash_point("letters.sent");
        return true;
}
