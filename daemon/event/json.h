// SPDX-License-Identifier: Apache-2.0
// Strict JSON: RFC 8259 and I-JSON (RFC 7493), classified into reason codes. Numbers stay text.
#pragma once
#include <yyjson.h>

#include "event/pointer.h"
#include "event/reject.h"

typedef struct JsonLimits {
        uint32_t depth; // containers inside each other
} JsonLimits;

// What is known of a text that was read.
typedef struct JsonText {
        const char *copy; // of it, in which the strings lie: one without escapes stands where it stands in the text
        bool plain;       // unicode_is_plain(): so are all of its strings
} JsonText;

// Root value in memory of `arena`, or NULL with `why`. `text` has no byte order mark; what is not UTF-8 is no JSON.
// `at` is where in the message the text stands (for pointers), left as it was.
yyjson_val *json_read(Span text, const JsonLimits *limits, Pointer *at, Arena *arena, JsonText *ret_text,
                      Reject *why);

static inline Span json_span(yyjson_val *value) { // a string, or a number's text
        return (Span){yyjson_is_raw(value) ? yyjson_get_raw(value) : yyjson_get_str(value), yyjson_get_len(value)};
}
