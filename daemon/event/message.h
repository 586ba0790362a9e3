// SPDX-License-Identifier: Apache-2.0
// What came from Kafka (or from a line of a file), before anybody looked into it. All memory belongs to the reader.
#pragma once
#include <stdint.h>

#include "base/buffer.h"
#include "base/digest.h"

typedef struct Header {
        Span name;
        Span value; // ptr NULL: a null value
} Header;

typedef struct Message {
        Span topic;
        int32_t partition;
        int64_t offset;
        int64_t timestamp_ms; // -1: none
        Span key;             // ptr NULL: a null key
        Span value;           // ptr NULL: a tombstone
        const Header *headers;
        size_t header_count;
} Message;

// All that the sender could make large.
static inline size_t message_bytes(const Message *message) {
        size_t bytes = message->key.len + message->value.len;
        for (size_t i = 0; i < message->header_count; i++)
                bytes += message->headers[i].name.len + message->headers[i].value.len;
        return bytes;
}

// For each header: length of its name, the name, length of its value or 0xFFFFFFFF, the value; lengths in 4 bytes,
// most significant first.
void message_put_headers(Buffer *buffer, const Message *message);
// Of what was sent: key, value, headers. `scratch` is the caller's, and emptied.
Digest message_digest(const Message *message, Buffer *scratch);
// Of the record as it stands in its partition: offset and time too. Another record at its place has another one.
Digest message_record_digest(const Message *message, Buffer *scratch);

#define MESSAGE_NULL ((Message){.timestamp_ms = -1})
