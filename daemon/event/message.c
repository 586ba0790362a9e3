// SPDX-License-Identifier: Apache-2.0
#include "event/message.h"

static void put_span(Buffer *buffer, Span span) {
        buffer_put_u32(buffer, span.ptr ? (uint32_t)span.len : UINT32_MAX);
        buffer_put_span(buffer, span);
}

void message_put_headers(Buffer *buffer, const Message *message) {
        for (size_t i = 0; i < message->header_count; i++) {
                put_span(buffer, message->headers[i].name);
                put_span(buffer, message->headers[i].value);
        }
}

Digest message_digest(const Message *message, Buffer *scratch) {
        scratch->len = 0;
        put_span(scratch, message->key);
        put_span(scratch, message->value);
        message_put_headers(scratch, message);
        return digest_of((Span){scratch->ptr, scratch->len});
}

Digest message_record_digest(const Message *message, Buffer *scratch) {
        Digest content = message_digest(message, scratch);
        scratch->len = 0;
        buffer_put(scratch, content.bytes, sizeof(content.bytes));
        buffer_put_u64(scratch, (uint64_t)message->offset);
        buffer_put_u64(scratch, (uint64_t)message->timestamp_ms);
        return digest_of((Span){scratch->ptr, scratch->len});
}
