// SPDX-License-Identifier: Apache-2.0
// Every verdict has a stable code. One row here, and it is counted, listed (`kepud catalogue list`) and testable.
// The sentences are for producers; the catalogue's own language texts live with the catalogue.
#pragma once
#include "base/span.h"

// X(code, sentence). E_ rejects, D_ and S_ are settled by the database, W_ are tolerated.
// clang-format off
#define REASONS(X)                                                                         \
        X(E_EMPTY, "no value")                                                             \
        X(E_TOO_LARGE, "message larger than the limit")                                    \
        X(E_UTF8, "not valid UTF-8")                                                       \
        X(E_JSON, "not JSON (RFC 8259)")                                                   \
        X(E_JSON_DEPTH, "nested deeper than the limit")                                    \
        X(E_JSON_DUPKEY, "the same member twice in one object")                            \
        X(E_JSON_NUL, "U+0000 in a string")                                                \
        X(E_JSON_SURROGATE, "lone surrogate in a string")                                  \
        X(E_JSON_NONCHAR, "noncharacter in a string")                                      \
        X(E_NUM_RANGE, "number beyond what JSON systems exchange safely")                  \
        X(E_NOT_OBJECT, "the message is not a JSON object")                                \
        X(E_BATCH_UNSUPPORTED, "a batch of events; send one event a message")              \
        X(E_SPECVERSION, "specversion is not 1.0")                                         \
        X(E_ID_MISSING, "no id")                                                           \
        X(E_SOURCE_MISSING, "no source")                                                   \
        X(E_TYPE_MISSING, "no type")                                                       \
        X(E_TIME_MISSING, "no time")                                                       \
        X(E_ATTR_NAME, "attribute name other than a-z and 0-9")                            \
        X(E_ATTR_TYPE, "attribute of the wrong JSON type")                                 \
        X(E_ATTR_LEN, "attribute too long")                                                \
        X(E_ATTR_CHAR, "control character in an attribute")                                \
        X(E_ATTR_DUP, "the same header twice")                                             \
        X(E_SOURCE_URI, "source is not a URI reference")                                   \
        X(E_TYPE_UNKNOWN, "no such event type here")                                       \
        X(E_CONTENT_TYPE, "content type is not JSON")                                      \
        X(E_DATASCHEMA, "dataschema does not belong to the type")                          \
        X(E_DATA_MISSING, "no data")                                                       \
        X(E_DATA_BASE64, "binary data")                                                    \
        X(E_DATA_NOT_OBJECT, "data is not an object")                                      \
        X(E_TIME_FORMAT, "time is not RFC 3339")                                           \
        X(E_TIME_FUTURE, "lies in the future")                                             \
        X(E_TIME_TOO_OLD, "lies before the earliest time, or beyond dedup.window")         \
        X(E_FIELD_MISSING, "required member is missing")                                   \
        X(E_FIELD_TYPE, "member of the wrong type")                                        \
        X(E_FIELD_RANGE, "value out of range")                                             \
        X(E_FIELD_ENUM, "value is not one of the list")                                    \
        X(E_FIELD_FORMAT, "value has the wrong form")                                      \
        X(E_FIELD_LENGTH, "too short or too long")                                         \
        X(E_FIELD_CHAR, "control character in a text")                                     \
        X(E_RULE_PERIOD, "dates or ends of a range in the wrong order")                    \
        X(E_RULE_SUM, "figures do not add up")                                             \
        X(E_RULE_ONEOF, "wrong combination of members")                                    \
        X(E_RULE_SELF, "refers to itself")                                                 \
        X(E_RULE_DUPITEM, "the same item twice")                                           \
        X(E_RULE_REGION, "code, level and parent do not fit")                              \
        X(E_RULE_STATE, "only facts and one-way steps can be taken back")                  \
        X(E_REF_REGION, "code with an unknown prefix")                                     \
        X(E_CORRECT_TYPE, "correctsid on an event that is no fact")                        \
        X(E_ID_CONFLICT, "the same source and id with other content: the first one stays") \
        X(E_SOURCE_FORBIDDEN, "source not allowed on this topic")                          \
        X(E_TYPE_FORBIDDEN, "type not allowed on this topic")                              \
        X(E_DB, "PostgreSQL refused this row")                                             \
        X(D_DUPLICATE, "the same event again")                                             \
        X(S_STALE, "older than the state that is stored")                                  \
        X(W_REDECLARED, "stored earlier under another version of its declaration")         \
        X(W_UNKNOWN_FIELD, "undeclared member, not stored")                                \
        X(W_SCHEMA_AHEAD, "newer schema version than known here")                          \
        X(W_SUBJECT_MISMATCH, "subject differs from the entity in data")                   \
        X(W_HEADER_MISMATCH, "Kafka header differs from the event; the event counts")      \
        X(W_BOM, "byte order mark skipped")                                                \
        X(W_LATE, "reported late")                                                         \
        X(W_LATE_REGION, "region not described yet: placeholder made")                     \
        X(W_LATE_ORG, "organisation not described yet: placeholder made")                  \
        X(W_LATE_FACILITY, "facility not described yet: placeholder made")                 \
        X(W_LATE_ACTIVITY, "activity not described yet: placeholder made")                 \
        X(W_LATE_INDICATOR, "indicator not described yet: placeholder made")               \
        X(W_PII_REDACTED, "personal data masked")                                          \
        X(W_DECLARED_MISMATCH, "declared change differs from the figures")
// clang-format on

typedef enum Reason {
        REASON_NONE = 0, // accepted
#define X(code, sentence) REASON_##code,
        REASONS(X)
#undef X
                REASON_COUNT,
} Reason;

const char *reason_name(Reason reason); // "E_JSON"; "-" for REASON_NONE
const char *reason_sentence(Reason reason);
Reason reason_find(Span name); // REASON_NONE when there is none of that name

// A set of warnings (W_… only).
typedef unsigned long long ReasonSet;
static inline ReasonSet reason_bit(Reason warning) {
        return 1ULL << (warning - REASON_W_REDECLARED);
}
static inline bool reason_in(ReasonSet set, Reason warning) {
        return (set & reason_bit(warning)) != 0;
}
