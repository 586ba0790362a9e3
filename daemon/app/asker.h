// SPDX-License-Identifier: Apache-2.0
// A client of Kafka for commands that only ask: it never joins the group.
#pragma once
#include "app/config.h"
#include "kafka/consumer.h"

// NULL and `error` when a property is wrong; talks to nobody yet. End it with consumer_close().
Consumer *asker_new(Loop *loop, const Config *config, Error *error);
