// SPDX-License-Identifier: Apache-2.0
// What every client of Kafka has in common: checked properties, our defaults, log lines that do not repeat.
// Whoever is linked with it has librdkafka's waits on monotonic time: client.c stands in for timespec_get() and
// cnd_timedwait() of libc in the whole process.
#pragma once
#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#include "base/error.h"

typedef enum ClientRole { CLIENT_CONSUMER = 1, CLIENT_PRODUCER = 2 } ClientRole;

// Defaults of the role, then the user's properties ("name=value"). NULL and `error` when one is wrong, or is ours to
// set; the message names it and says why. Owned by the caller until rd_kafka_new() takes it.
rd_kafka_conf_t *client_conf(ClientRole role, const char *brokers, const char *const *properties,
                             size_t property_count, Error *error);

// Sets what we decide ourselves; -1 and `error` with librdkafka's reason.
int client_set(rd_kafka_conf_t *conf, const char *name, const char *value, Error *error);

// rd_kafka_new(): takes `conf` in any case. Ends the process when librdkafka does not come back: it lacks memory or
// threads.
rd_kafka_t *client_new(ClientRole role, rd_kafka_conf_t *conf, Error *error);

// Ends a client within `timeout_ms` or leaves it behind: rd_kafka_destroy() of 2.0.2 can hang for ever. True when it
// ended; when not, a thread of librdkafka still runs, and the process must end by _exit().
bool client_destroy(rd_kafka_t *rk, int flags, int timeout_ms);
