// SPDX-License-Identifier: Apache-2.0
#include "event/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>

#include "base/memory.h"

struct Pattern {
        pcre2_code *code;
        pcre2_match_data *match;
};

Pattern *pattern_new(const char *expression, bool anchored, char *error) {
        int number;
        PCRE2_SIZE at;
        uint32_t options = anchored ? PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY : 0;
        pcre2_code *code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED, options, &number, &at, NULL);
        if (!code) {
                if (number == PCRE2_ERROR_HEAP_FAILED)
                        memory_exhausted();
                PCRE2_UCHAR text[160];
                pcre2_get_error_message(number, text, sizeof(text));
                snprintf(error, 256, "%s at character %zu", (const char *)text, at + 1);
                return NULL;
        }
        pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); // may be refused (W^X): the interpreter serves
        Pattern *pattern = xmalloc(sizeof(*pattern));
        *pattern = (Pattern){code, pcre2_match_data_create_from_pattern(code, NULL)};
        if (!pattern->match)
                memory_exhausted();
        return pattern;
}

Pattern *pattern_free(Pattern *pattern) {
        if (pattern) {
                pcre2_match_data_free(pattern->match);
                pcre2_code_free(pattern->code);
                free(pattern);
        }
        return NULL;
}

static bool match(const Pattern *pattern, Span text, size_t from) {
        PCRE2_SPTR subject = (PCRE2_SPTR)(text.len ? text.ptr : "");
        int found = pcre2_match(pattern->code, subject, text.len, from, 0, pattern->match, NULL);
        // A group that repeats a thousand times overflows the small stack of just-in-time code.
        if (found == PCRE2_ERROR_JIT_STACKLIMIT)
                found = pcre2_match(pattern->code, subject, text.len, from, PCRE2_NO_JIT, pattern->match, NULL);
        if (found == PCRE2_ERROR_NOMEMORY) // "no match" would let what is to be masked through
                memory_exhausted();
        return found >= 0;
}

bool pattern_matches(const Pattern *pattern, Span text) {
        return match(pattern, text, 0);
}

bool pattern_find(const Pattern *pattern, Span text, size_t from, size_t *ret_start, size_t *ret_end) {
        if (!match(pattern, text, from))
                return false;
        PCRE2_SIZE *at = pcre2_get_ovector_pointer(pattern->match);
        *ret_start = at[0];
        *ret_end = at[1];
        return true;
}
