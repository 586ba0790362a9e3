// SPDX-License-Identifier: Apache-2.0
// Whether a partition is still the log that was read. Kafka does not tell when a topic was made anew or lost its end,
// so reading begins with the last record that was written: found again, all is well; another one in its place, or
// none, and the partition stops before anything of another log is mixed in.
#include "app/pipeline_state.h"
#include "base/log.h"
#include "base/memory.h"

enum { ANSWER_MS = 2500 }; // blocking, but only when a partition is about to be given up

void part_stop(Part *part, const char *why) {
        part->stopped = true;
        part->why = why;
        log_error("partition stopped: %s; nothing was skipped, other partitions go on. Hint: `kepud partition list` "
                  "shows it, `resume` or `seek` goes on topic=%s partition=%d offset=%lld",
                  why, part->topic, part->partition, (long long)part->position);
}

// False: Kafka does not say, and the partition is read again.
static bool bounds(Lane *lane, const Part *part, int64_t *ret_low, int64_t *ret_high) {
        Error error = ERROR_NULL;
        Consumer *consumer = lane->pipeline->consumer;
        if (consumer_watermarks(consumer, part->topic, part->partition, ANSWER_MS, ret_low, ret_high, &error) == 0)
                return true;
        log_warning("what Kafka has of a partition could not be asked, it is read again: %s topic=%s partition=%d",
                    error.text, part->topic, part->partition);
        lane->pipeline->restart = true;
        return false;
}

// An answer about an earlier position may come late: Kafka is asked again before a partition is given up.
void recheck_out_of_range(Lane *lane, Part *part) {
        int64_t low, high;
        if (!bounds(lane, part, &low, &high))
                return;
        if (part->position < low) {
                part_stop(part, "Kafka has deleted the offset that comes next (retention, or a topic made anew)");
        } else if (part->position > high) {
                part_stop(part, "the offset that comes next lies behind the end in Kafka (a topic made anew, or a "
                                "log cut off)");
        } else {
                part->unchecked = part->unchecked && part->last.offset >= low;
                lane->pipeline->restart = true;
        }
}

// The record is not there. Retention and compaction may take it; nothing else does.
static void gone(Lane *lane, Part *part) {
        int64_t low, high;
        Error error = ERROR_NULL;
        if (!bounds(lane, part, &low, &high))
                return;
        int compacted = low > part->last.offset
                                ? 1
                                : consumer_is_compacted(lane->pipeline->consumer, part->topic, ANSWER_MS, &error);
        if (compacted < 0) {
                log_warning("whether a topic is compacted could not be asked, it is read again: %s topic=%s",
                            error.text, part->topic);
                lane->pipeline->restart = true;
        } else if (compacted == 0) {
                part_stop(part, STOP_ANOTHER_LOG
                          "the record that was written last is not in Kafka any more, and neither retention "
                          "nor compaction took it (a topic made anew, or a log cut off)");
        } else {
                log_notice("the record that was written last has left Kafka by retention or compaction, reading goes "
                           "on topic=%s partition=%d offset=%lld",
                           part->topic, part->partition, (long long)part->last.offset);
                part->unchecked = false;
        }
}

void recheck_message(Lane *lane, Part *part, const Message *message) {
        if (message->offset < part->last.offset)
                return; // read before the partition was moved
        if (message->offset > part->last.offset) {
                gone(lane, part);
                return;
        }
        cleanup(buffer_deinit) Buffer scratch = BUFFER_NULL;
        part->unchecked = false;
        if (digest_compare(message_record_digest(message, &scratch), part->last.digest) != 0)
                part_stop(part, STOP_ANOTHER_LOG
                          "another record stands where the one that was written last stood (a topic made anew, "
                          "or a log cut off)");
}

// The last record may be there and what came behind it gone: control records have no fingerprint, and what is written
// in their place has offsets that are taken for read.
void recheck_position(Lane *lane, Part *part, int64_t end) {
        part->end = end;
        if (end < part->position)
                recheck_out_of_range(lane, part);
}

void recheck_end(Lane *lane, Part *part, int64_t end) {
        if (end > part->last.offset)
                gone(lane, part);
        else
                recheck_out_of_range(lane, part);
}
