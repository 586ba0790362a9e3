// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/log.h"
#include "kafka/consumer_state.h"

#define COMMIT_INTERVAL_MS 1000

int consumer_watermarks(Consumer *consumer, const char *topic, int32_t partition, int timeout_ms, int64_t *ret_low,
                        int64_t *ret_high, Error *error) {
        int64_t low;
        int64_t high;
        rd_kafka_resp_err_t err =
                rd_kafka_query_watermark_offsets(consumer->rk, topic, partition, &low, &high, timeout_ms);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
                return error_set(error, "could not ask for the bounds of %s/%d: %s", topic, partition,
                                 rd_kafka_err2str(err));
        *ret_low = low;
        *ret_high = high;
        return 0;
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
