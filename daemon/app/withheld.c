// SPDX-License-Identifier: Apache-2.0
// Kafka gives nothing that lies behind an open transaction of a producer. One that hangs holds up its partition
// without an error, so we say so.
#include "app/pipeline_state.h"
#include "base/clock.h"
#include "base/log.h"

// After transaction.timeout.ms, of which a minute is the default, the broker itself should have aborted it.
static const int64_t TOO_LONG_MS = 70000;

// Nobody reads on for another reason, so nothing can be said.
static bool nobody_reads(const Part *part) {
        return !part->claimed || part->stopped || part->unchecked || !lane_reads(part->lane) ||
               lane_is_full(part->lane);
}

// Everything that can be read was read, and there is more.
static bool is_withheld(const Pipeline *pipeline, const Part *part) {
        return part->end == part->position &&
               consumer_known_end(pipeline->consumer, part->topic, part->partition) > part->position;
}

static void look(const Pipeline *pipeline, Part *part) {
        int64_t now_ms = clock_monotonic_ms();
        bool idle = nobody_reads(part);
        bool same = part->held_at == part->position;
        if (same && idle)
                return;
        bool withheld = !idle && is_withheld(pipeline, part);
        if (!same || !withheld) {
                if (part->held_told)
                        log_notice("Kafka gives on what it held back topic=%s partition=%d offset=%lld", part->topic,
                                   part->partition, (long long)part->position);
                part->held_told = false;
                part->held_at = withheld ? part->position : -1;
                part->held_since_ms = now_ms;
        } else if (!part->held_told && now_ms - part->held_since_ms > TOO_LONG_MS) {
                part->held_told = true;
                log_warning(
                        "Kafka holds messages back: a producer's transaction has been open here for %lld s, and "
                        "what lies behind it comes when it ends. Hint: `kafka-transactions.sh find-hanging` shows "
                        "it, `abort` ends it topic=%s partition=%d offset=%lld",
                        (long long)(now_ms - part->held_since_ms) / 1000, part->topic, part->partition,
                        (long long)part->position);
        }
}

void withheld_look(Pipeline *pipeline) {
        for (size_t i = 0; i < pipeline->part_count; i++)
                look(pipeline, &pipeline->parts[i]);
}
