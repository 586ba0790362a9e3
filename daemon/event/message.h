// SPDX-License-Identifier: Apache-2.0
// What came from Kafka (or from a line of a file), before anybody looked into it. All memory belongs to the reader.
#pragma once
#include <stdint.h>

#include "base/span.h"

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

#define MESSAGE_NULL ((Message){.timestamp_ms = -1})
