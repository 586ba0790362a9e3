// SPDX-License-Identifier: Apache-2.0
// Rounds of maintenance every maintenance.interval, the first one at once. It never stands in the way of batches, and
// its failures are logged and nothing more.
#pragma once
#include "app/config.h"
#include "base/loop.h"

typedef struct Maintenance Maintenance;

// NULL when maintenance.interval is 0.
Maintenance *maintenance_new(Loop *loop, const Config *config, const char *instance);
// Gives up what is running.
Maintenance *maintenance_free(Maintenance *maintenance);
// For `kepud check --database`, as maintainer_check(); without maintenance there is nothing to check.
int maintenance_check(const Config *config, void (*report)(void *userdata, const char *line), void *userdata,
                      size_t *ret_faults, Error *error);
