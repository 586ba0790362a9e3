// SPDX-License-Identifier: Apache-2.0
#include "event/reason.h"

static const struct {
        const char *name;
        const char *sentence;
} reasons[REASON_COUNT] = {[REASON_NONE] = {"-", "accepted"},
#define X(code, text) [REASON_##code] = {#code, text},
                           REASONS(X)
#undef X
};

const char *reason_name(Reason reason) {
        return reasons[reason].name;
}

const char *reason_sentence(Reason reason) {
        return reasons[reason].sentence;
}

Reason reason_find(Span name) {
        for (Reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
                if (span_is(name, reasons[reason].name))
                        return reason;
        return REASON_NONE;
}
