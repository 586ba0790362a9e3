// SPDX-License-Identifier: Apache-2.0
// Maintenance of the database on a connection of its own: asks ingest.maintenance_due() what is due, and calls
// ingest.maintain() for each, one transaction a task. A task that fails is reported, and the next one follows.
#pragma once
#include <stdint.h>

#include "base/error.h"
#include "base/loop.h"
#include "base/span.h"
#include "postgres/error.h"

typedef struct Maintainer Maintainer;

// How long a table keeps its rows.
typedef struct Retention {
        const char *table; // schema.table
        int64_t months;
} Retention;

typedef struct MaintainerOptions {
        const char *conninfo;
        const char *application_name;
        const Retention *retention; // has to live as long as the maintainer
        size_t retention_count;
        int64_t window_days; // identities may be forgotten after these; 0: never
} MaintainerOptions;

// From the loop, never from inside a call.
typedef struct MaintainerEvents {
        // Something is wrong with the retention: once, a sentence for each fault. The rest of it is done.
        void (*fault)(void *userdata, Span sentence);
        // After COMMIT. `what` is for the log; "": nothing to tell, or somebody else is at it.
        void (*did)(void *userdata, const char *task, const char *subject, const char *what);
        void (*failed)(void *userdata, const char *task, const char *subject, const PgError *error);
        // The round is over; `error`: there was no connection, or nothing could be asked.
        void (*over)(void *userdata, const PgError *error);
} MaintainerEvents;

Maintainer *maintainer_new(Loop *loop, const MaintainerOptions *options, const MaintainerEvents *events,
                           void *userdata);
// Closes at once; the server ends what is running within a second or two.
Maintainer *maintainer_free(Maintainer *maintainer);
// One round; nothing when one is running.
void maintainer_begin(Maintainer *maintainer);

// For `kepud check --database`, blocking: 0 with the number of faults reported, or negative when the database could
// not be asked for now.
int maintainer_check(const MaintainerOptions *options, void (*report)(void *userdata, const char *line),
                     void *userdata, size_t *ret_faults, Error *error);
