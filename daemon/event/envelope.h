// SPDX-License-Identifier: Apache-2.0
// CloudEvents 1.0 as this profile wants it, in structured and in binary mode of the Kafka binding.
#pragma once
#include <yyjson.h>

#include "event/kind.h"
#include "event/message.h"

// Attributes that the profile knows; order of checks.
typedef enum Attribute {
        ATTRIBUTE_SPECVERSION,
        ATTRIBUTE_ID,
        ATTRIBUTE_SOURCE,
        ATTRIBUTE_TYPE,
        ATTRIBUTE_TIME,
        ATTRIBUTE_SUBJECT,
        ATTRIBUTE_DATACONTENTTYPE,
        ATTRIBUTE_DATASCHEMA,
        ATTRIBUTE_PARTITIONKEY,
        ATTRIBUTE_RECORDEDTIME,
        ATTRIBUTE_CORRECTSID,
        ATTRIBUTE_COUNT,
} Attribute;

typedef struct Envelope {
        Span attributes[ATTRIBUTE_COUNT]; // ptr NULL: not set
        yyjson_val *data;                 // NULL: absent
        bool has_data_base64;
        bool plain; // no attribute can hold a control character
} Envelope;

// Takes the message apart: mode, attributes, data. Says nothing yet about what the attributes hold, but refuses what
// is no CloudEvent at all. On refusal the attributes read so far stay in `envelope`.
bool envelope_read(Checker *checker, const Message *message, Envelope *envelope);
// The rules of the profile, in order; fills the event's attributes and its type.
bool envelope_check(Checker *checker, const Envelope *envelope, bool only_stored, Event *event);
