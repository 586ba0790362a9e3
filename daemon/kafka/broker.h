// SPDX-License-Identifier: Apache-2.0
// A cluster that lives in this process (librdkafka's mock), for `kepud broker` and the tests. It stores nothing: a
// partition keeps the last 5 MiB, in memory. No transactions, no deletion, no compaction. It listens on 127.0.0.1, on
// ports that it picks by itself; a wish for a port cannot be granted.
#pragma once
#include "base/error.h"

typedef struct Broker Broker;

// `topics`: "name:partitions" (or "name" for one partition), ends with NULL. Other topics are made, with 4
// partitions, when somebody produces to them. NULL and `error` when a topic is malformed.
Broker *broker_new(int brokers, const char *const *topics, Error *error);
// For bootstrap.servers; lives as long as the broker.
const char *broker_bootstrap(const Broker *broker);
// librdkafka's handle, for tests that make it fail (<librdkafka/rdkafka_mock.h>).
struct rd_kafka_mock_cluster_s *broker_cluster(const Broker *broker);
Broker *broker_free(Broker *broker);
