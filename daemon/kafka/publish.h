// SPDX-License-Identifier: Apache-2.0
// The producer of `kepud publish`: idempotent, acks=all, blocking. What was not delivered is counted, with the first
// reason.
#pragma once
#include "base/error.h"
#include "event/message.h"

typedef struct Publisher Publisher;

// NULL and `error` when a property is wrong (the message names it).
Publisher *publisher_new(const char *brokers, const char *const *properties, size_t property_count, Error *error);
// Hands over one message (copied); waits while the queue is full. `partition` -1: chosen by the key, as Java's
// producers do. key.ptr NULL: no key; value.ptr NULL: a tombstone. 0, or -1 and `error`: this one cannot be sent
// (too large, unknown partition, no broker takes the ones before).
int publisher_send(Publisher *publisher, const char *topic, Span key, Span value, const Header *headers,
                   size_t header_count, int32_t partition, Error *error);
// Waits, at most `timeout_ms`, until everything is delivered or failed. The counts are since the beginning and are
// set in any case; what is undecided counts as neither. 0, or -1 and `error` when something failed or is undecided.
int publisher_flush(Publisher *publisher, int timeout_ms, uint64_t *ret_delivered, uint64_t *ret_failed,
                    Error *error);
// Gives up what is undecided. NULL is fine; returns NULL.
Publisher *publisher_free(Publisher *publisher);
