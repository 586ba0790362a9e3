// SPDX-License-Identifier: Apache-2.0
#include "event/redact.h"

static char *append(char *out, Span piece) {
        memcpy(out, piece.ptr, piece.len);
        return out + piece.len;
}

static char *masked_match(const Redaction *redaction, Span match, char *out) {
        if (redaction->replace.len > 0) {
                const char *from = redaction->keep_from ? memchr(match.ptr, redaction->keep_from, match.len) : NULL;
                out = append(out, redaction->replace);
                return from ? append(out, (Span){from, match.len - (size_t)(from - match.ptr)}) : out;
        }
        size_t first = redaction->keep_first < match.len ? redaction->keep_first : match.len;
        size_t last = redaction->keep_last < match.len - first ? redaction->keep_last : match.len - first;
        out = append(out, (Span){match.ptr, first});
        memset(out, '*', redaction->fill);
        return append(out + redaction->fill, (Span){match.ptr + match.len - last, last});
}

static Span apply(const Redaction *redaction, Span text, Arena *arena) {
        size_t start, end, from = 0;
        if (!pattern_find(redaction->pattern, text, 0, &start, &end))
                return text;
        // A match grows by at most the replacement or the stars; there are at most len + 1 matches, but each takes
        // at least one character, so count them first.
        size_t matches = 0;
        for (size_t at = 0; pattern_find(redaction->pattern, text, at, &start, &end) && end > start; at = end)
                matches++;
        if (matches == 0)
                return text; // an empty match masks nothing
        char *masked = arena_alloc(arena, text.len + matches * (redaction->fill + redaction->replace.len) + 1);
        char *out = masked;
        while (pattern_find(redaction->pattern, text, from, &start, &end) && end > start) {
                out = append(out, (Span){text.ptr + from, start - from});
                out = masked_match(redaction, (Span){text.ptr + start, end - start}, out);
                from = end;
        }
        out = append(out, (Span){text.ptr + from, text.len - from});
        return (Span){masked, (size_t)(out - masked)};
}

Span redact_text(const Catalogue *catalogue, Span text, Arena *arena, bool *ret_masked) {
        const CataloguePlan *plan = catalogue->plan;
        Span masked = text;
        for (uint32_t i = 0; i < plan->redaction_count; i++)
                masked = apply(&plan->redactions[i], masked, arena);
        if (masked.ptr != text.ptr)
                *ret_masked = true;
        return masked;
}
