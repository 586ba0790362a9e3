// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "kafka/consumer_state.h"

#define COMMIT_INTERVAL_MS 1000

// The questions here block, and there may be one for each partition: who is told to end asks no more of them. The
// signal is blocked and waits in the loop's descriptor, to which we do not get back in between.
static bool told_to_end(void) {
        sigset_t pending;
        sigpending(&pending);
        return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1;
}

// rd_kafka_query_watermark_offsets() waits for its answer beyond its timeout; this does not. `which` is
// a time in ms, or RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END, which the protocol takes in its place.
static int bound_of(Consumer *consumer, const char *topic, int32_t partition, int64_t which, int timeout_ms,
                    int64_t *ret_offset, Error *error) {
        if (told_to_end())
                return error_set(error, "could not ask for the bounds of %s/%d: the process ends", topic, partition);
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_t *p = rd_kafka_topic_partition_list_add(list, topic, partition);
        p->offset = which;
        rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(consumer->rk, list, timeout_ms);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
                err = p->err;
        int64_t offset = p->offset;
        rd_kafka_topic_partition_list_destroy(list);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR && offset == RD_KAFKA_OFFSET_END && which >= 0)
                return bound_of(consumer, topic, partition, RD_KAFKA_OFFSET_END, timeout_ms, ret_offset, error);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR || offset < 0)
                return error_set(error, "could not ask for the bounds of %s/%d: %s", topic, partition,
                                 rd_kafka_err2str(err));
        *ret_offset = offset;
        return 0;
}

int consumer_watermarks(Consumer *consumer, const char *topic, int32_t partition, int timeout_ms, int64_t *ret_low,
                        int64_t *ret_high, Error *error) {
        int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
        int64_t low = 0;
        int64_t high = 0;
        if (bound_of(consumer, topic, partition, RD_KAFKA_OFFSET_BEGINNING, timeout_ms, &low, error) < 0)
                return -1;
        int64_t left_ms = deadline_ms - clock_monotonic_ms();
        if (bound_of(consumer, topic, partition, RD_KAFKA_OFFSET_END, left_ms > 0 ? (int)left_ms : 0, &high, error) <
            0)
                return -1;
        *ret_low = low;
        *ret_high = high;
        return 0;
}

int consumer_offset_at(Consumer *consumer, const char *topic, int32_t partition, int64_t time_ms, int timeout_ms,
                       int64_t *ret_offset, Error *error) {
        return bound_of(consumer, topic, partition, time_ms, timeout_ms, ret_offset, error);
}

int64_t consumer_known_end(const Consumer *consumer, const char *topic, int32_t partition) {
        int64_t low, high;
        rd_kafka_resp_err_t err = rd_kafka_get_watermark_offsets(consumer->rk, topic, partition, &low, &high);
        return err == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : -1;
}

// A broker's thread that found every queue full looks again when something happens on its connection, or after a
// second: longer than a queue lasts. There is no call to wake it, so it is given something to do: a question that
// goes to the leader of each partition, whose answer nobody waits for.
void consumer_wake_fetchers(Consumer *consumer) {
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_copy(consumer->started);
        for (int i = 0; i < list->cnt; i++)
                list->elems[i].offset = RD_KAFKA_OFFSET_END;
        rd_kafka_offsets_for_times(consumer->rk, list, 0);
        rd_kafka_topic_partition_list_destroy(list);
}

static int count_of(const struct rd_kafka_metadata *metadata, const char *topic, int32_t *ret_count, Error *error) {
        if (metadata->topic_cnt < 1)
                return error_set(error, "could not ask for the partitions of %s: no answer about it", topic);
        const struct rd_kafka_metadata_topic *found = &metadata->topics[0];
        if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR)
                return error_set(error, "could not ask for the partitions of %s: %s", topic,
                                 rd_kafka_err2str(found->err));
        *ret_count = found->partition_cnt;
        return 0;
}

int consumer_partition_count(Consumer *consumer, const char *topic, int timeout_ms, int32_t *ret_count,
                             Error *error) {
        if (told_to_end())
                return error_set(error, "could not ask for the partitions of %s: the process ends", topic);
        rd_kafka_topic_t *handle = rd_kafka_topic_new(consumer->rk, topic, NULL);
        if (!handle)
                return error_set(error, "cannot use topic name \"%s\": %s", topic,
                                 rd_kafka_err2str(rd_kafka_last_error()));
        const struct rd_kafka_metadata *metadata;
        rd_kafka_resp_err_t err = rd_kafka_metadata(consumer->rk, 0, handle, &metadata, timeout_ms);
        rd_kafka_topic_destroy(handle);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
                return error_set(error, "could not ask for the partitions of %s: %s", topic, rd_kafka_err2str(err));
        int result = count_of(metadata, topic, ret_count, error);
        rd_kafka_metadata_destroy(metadata);
        return result;
}

static bool says_compact(const rd_kafka_ConfigResource_t *resource) {
        size_t count;
        const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
        for (size_t i = 0; i < count; i++) {
                const char *value = rd_kafka_ConfigEntry_value(entries[i]);
                if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), "cleanup.policy") == 0 && value)
                        return strstr(value, "compact") != NULL;
        }
        return false;
}

static int compaction_of(Consumer *consumer, const char *topic, rd_kafka_event_t *event, Error *error) {
        const rd_kafka_DescribeConfigs_result_t *result = event ? rd_kafka_event_DescribeConfigs_result(event) : NULL;
        if (!result)
                return error_set(error, "could not ask for the configuration of %s: no answer", topic);
        size_t count;
        const rd_kafka_ConfigResource_t **resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
        rd_kafka_resp_err_t err = rd_kafka_event_error(event);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR && count > 0)
                err = rd_kafka_ConfigResource_error(resources[0]);
        if (err == RD_KAFKA_RESP_ERR__TIMED_OUT || err == RD_KAFKA_RESP_ERR__TRANSPORT)
                return error_set(error, "could not ask for the configuration of %s: %s", topic,
                                 rd_kafka_err2str(err));
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
                consumer_note(consumer, LOG_LEVEL_WARNING, "kafka: may not read the configuration of %s: %s", topic,
                              rd_kafka_err2str(err));
        return err == RD_KAFKA_RESP_ERR_NO_ERROR && count > 0 && says_compact(resources[0]);
}

int consumer_is_compacted(Consumer *consumer, const char *topic, int timeout_ms, Error *error) {
        if (told_to_end())
                return error_set(error, "could not ask for the configuration of %s: the process ends", topic);
        rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(consumer->rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
        rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, NULL, 0);
        rd_kafka_ConfigResource_t *wanted = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
        rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer->rk);
        rd_kafka_DescribeConfigs(consumer->rk, &wanted, 1, options, queue);
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms + 500); // its own timeout is an event too
        int result = compaction_of(consumer, topic, event, error);
        if (event)
                rd_kafka_event_destroy(event);
        rd_kafka_queue_destroy(queue);
        rd_kafka_ConfigResource_destroy(wanted);
        rd_kafka_AdminOptions_destroy(options);
        return result;
}

const char *consumer_cluster_id(Consumer *consumer, int timeout_ms) {
        if (!consumer->cluster_id)
                consumer->cluster_id = rd_kafka_clusterid(consumer->rk, timeout_ms);
        return consumer->cluster_id;
}

void consumer_commit_flush(Consumer *consumer, bool now) {
        int64_t ms = clock_monotonic_ms();
        if (consumer->commit->cnt == 0 || (!now && ms < consumer->commit_after_ms))
                return;
        rd_kafka_resp_err_t err = rd_kafka_commit(consumer->rk, consumer->commit, 1);
        crash_point("kafka.committed");
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
                consumer_note(consumer, LOG_LEVEL_INFO, "kafka: could not commit for lag tools: %s",
                              rd_kafka_err2str(err));
        while (consumer->commit->cnt > 0)
                rd_kafka_topic_partition_list_del_by_idx(consumer->commit, consumer->commit->cnt - 1);
        consumer->commit_after_ms = ms + COMMIT_INTERVAL_MS;
}

void consumer_commit(Consumer *consumer, const ConsumerPartition *next_offsets, size_t count) {
        if (!consumer->assigned)
                return;
        for (size_t i = 0; i < count; i++) {
                const ConsumerPartition *from = &next_offsets[i];
                rd_kafka_topic_partition_t *to =
                        rd_kafka_topic_partition_list_find(consumer->commit, from->topic, from->partition);
                if (!to)
                        to = rd_kafka_topic_partition_list_add(consumer->commit, from->topic, from->partition);
                to->offset = from->offset;
        }
        consumer_commit_flush(consumer, false);
}
