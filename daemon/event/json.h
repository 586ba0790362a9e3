// SPDX-License-Identifier: Apache-2.0
// Strict JSON: RFC 8259 and I-JSON (RFC 7493), classified into reason codes. Numbers stay text.
#pragma once
#include <yyjson.h>

#include "event/pointer.h"
#include "event/reject.h"

typedef struct JsonLimits {
        uint32_t depth; // containers inside each other
        bool plain;     // the text is (unicode_is_plain)
} JsonLimits;

// Root value in memory of `arena`, or NULL with `why`. `text` is valid UTF-8 without byte order mark.
// `at` is where in the message the text stands (for pointers), left as it was. `ret_copy`: the copy of the text, in
// `arena`, in which the strings lie: one without escapes stands there at the place where it stands in the text.
yyjson_val *json_read(Span text, const JsonLimits *limits, Pointer *at, Arena *arena, const char **ret_copy,
                      Reject *why);

static inline Span json_span(yyjson_val *value) { // a string, or a number's text
        return (Span){yyjson_is_raw(value) ? yyjson_get_raw(value) : yyjson_get_str(value), yyjson_get_len(value)};
}
