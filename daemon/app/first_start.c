// SPDX-License-Identifier: Apache-2.0
// The first start of a topic: kafka.start becomes a number for each partition, which is written before the first
// message is read.
#include <stdlib.h>

#include "app/pipeline_state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

enum {
        KAFKA_ANSWER_MS = 2500, // blocking
        PAUSE_MS = 1000,        // after a question in vain: everything else has its turn, and no lane asks
};

static bool in_vain(Lane *lane) {
        lane->pipeline->ask_after_ms = clock_monotonic_ms() + PAUSE_MS;
        return false;
}

static bool watermark(Lane *lane, const char *topic, int32_t partition, bool latest, Start *ret_start) {
        int64_t low, high;
        Error error = ERROR_NULL;
        if (consumer_watermarks(lane->pipeline->consumer, topic, partition, KAFKA_ANSWER_MS, &low, &high, &error) <
            0) {
                log_warning("could not ask Kafka where a partition begins: %s topic=%s partition=%d", error.text,
                            topic, partition);
                return in_vain(lane);
        }
        *ret_start = (Start){{topic, strlen(topic)}, partition, low, latest ? high : low};
        return true;
}

// kafka.start is used once per topic, for all its partitions; those that appear later start at their beginning.
static bool resolve_topic(Lane *lane, const char *topic, size_t *count) {
        int32_t partitions;
        Error error = ERROR_NULL;
        bool latest = strcmp(lane->pipeline->options.config->start, "latest") == 0;
        if (consumer_partition_count(lane->pipeline->consumer, topic, KAFKA_ANSWER_MS, &partitions, &error) < 0) {
                log_warning("could not ask Kafka for the partitions of a topic: %s topic=%s", error.text, topic);
                return in_vain(lane);
        }
        lane->starts = xrealloc(lane->starts, (*count + (size_t)partitions) * sizeof(*lane->starts));
        for (int32_t p = 0; p < partitions; p++)
                if (!watermark(lane, topic, p, latest, &lane->starts[(*count)++]))
                        return false;
        return true;
}

static bool is_resolved(const Lane *lane, size_t count, const Part *part) {
        for (size_t i = 0; i < count; i++)
                if (lane->starts[i].partition == part->partition && span_is(lane->starts[i].topic, part->topic))
                        return true;
        return false;
}

static bool resolve_claim(Lane *lane, size_t index, size_t *count) {
        const Part *part = lane->claim_parts[index];
        if (lane->claims[index].found || is_resolved(lane, *count, part))
                return true;
        if (!lane->claims[index].topic_known) {
                if (strcmp(lane->pipeline->options.config->start, "fail") != 0)
                        return resolve_topic(lane, part->topic, count);
                cleanup(freep) char *what =
                        xasprintf("the topic '%s' was never read, and kafka.start is \"fail\"", part->topic);
                claiming_stop(lane, what, "set kafka.start to \"earliest\" or \"latest\" for its first start");
                return false;
        }
        lane->starts = xrealloc(lane->starts, (*count + 1) * sizeof(*lane->starts));
        return watermark(lane, part->topic, part->partition, false, &lane->starts[(*count)++]);
}

static bool is_wanted(const Lane *lane) {
        for (size_t i = 0; i < lane->claim_count; i++)
                if (!lane->claims[i].found)
                        return true;
        return false;
}

bool first_start(Lane *lane) {
        size_t count = 0;
        if (is_wanted(lane) && clock_monotonic_ms() < lane->pipeline->ask_after_ms)
                return true; // asked again with the next tick
        for (size_t i = 0; i < lane->claim_count; i++)
                if (!resolve_claim(lane, i, &count))
                        return true; // asked again with the next tick
        if (count == 0)
                return false;
        for (size_t i = 0; i < count; i++) {
                const Part *part = pipeline_part(lane->pipeline, lane->starts[i].topic, lane->starts[i].partition);
                if (!part || part->lane != lane)
                        continue; // whoever owns it says so
                log_notice("first start of a partition topic=%.*s partition=%d offset=%lld",
                           (int)lane->starts[i].topic.len, lane->starts[i].topic.ptr, lane->starts[i].partition,
                           (long long)lane->starts[i].offset);
        }
        lane->claiming = true;
        writer_start(lane->writer, lane->starts, count);
        return true;
}
