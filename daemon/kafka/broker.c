// SPDX-License-Identifier: Apache-2.0
#include "kafka/broker.h"

#include <librdkafka/rdkafka.h>
// Needs the header above it.
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define PARTITIONS_MAX 10000

struct Broker {
        rd_kafka_t *rk; // the mock needs one to live in; it connects to nothing
        rd_kafka_mock_cluster_t *cluster;
};

static int create_topic(Broker *broker, const char *wish, int replicas, Error *error) {
        const char *colon = strrchr(wish, ':');
        long partitions = 1;
        if (colon) {
                char *end;
                partitions = strtol(colon + 1, &end, 10);
                if (end == colon + 1 || *end)
                        partitions = 0;
        }
        if (colon == wish || !*wish || partitions < 1 || partitions > PARTITIONS_MAX)
                return error_set(error, "cannot create topic \"%s\": it is not \"name:partitions\", 1 to %d", wish,
                                 PARTITIONS_MAX);
        cleanup(freep) char *name = colon ? xstrndup(wish, (size_t)(colon - wish)) : xstrdup(wish);
        rd_kafka_resp_err_t err =
                rd_kafka_mock_topic_create(broker->cluster, name, (int)partitions, replicas > 3 ? 3 : replicas);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
                return error_set(error, "cannot create topic \"%s\": %s", wish, rd_kafka_err2str(err));
        return 0;
}

static int open_cluster(Broker *broker, int brokers, const char *const *topics, Error *error) {
        char reason[256];
        rd_kafka_conf_t *conf = rd_kafka_conf_new();
        rd_kafka_conf_set_log_cb(conf, NULL);
        broker->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
        if (!broker->rk) {
                rd_kafka_conf_destroy(conf);
                return error_set(error, "cannot make a local broker: %s", reason);
        }
        broker->cluster = rd_kafka_mock_cluster_new(broker->rk, brokers);
        if (!broker->cluster)
                return error_set(error, "cannot make a local broker: no port on 127.0.0.1");
        for (; *topics; topics++)
                if (create_topic(broker, *topics, brokers, error) < 0)
                        return -1;
        return 0;
}

Broker *broker_new(int brokers, const char *const *topics, Error *error) {
        Broker *broker = xcalloc(1, sizeof(*broker));
        if (open_cluster(broker, brokers, topics, error) < 0)
                return broker_free(broker);
        return broker;
}

const char *broker_bootstrap(const Broker *broker) {
        return rd_kafka_mock_cluster_bootstraps(broker->cluster);
}

rd_kafka_mock_cluster_t *broker_cluster(const Broker *broker) {
        return broker->cluster;
}

Broker *broker_free(Broker *broker) {
        if (!broker)
                return NULL;
        if (broker->cluster)
                rd_kafka_mock_cluster_destroy(broker->cluster);
        if (broker->rk)
                rd_kafka_destroy(broker->rk);
        free(broker);
        return NULL;
}
