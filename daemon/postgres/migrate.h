// SPDX-License-Identifier: Apache-2.0
// `kepud migrate`: the SQL files of a folder, NNNN_name.sql, each once, in the order of their numbers, each in one
// transaction together with its record in ingest.migration. Safe to run twice, and at the same time. Blocking.
#pragma once
#include <stdbool.h>

#include "base/error.h"
#include "event/catalogue.h"

typedef struct MigrateOptions {
        bool status;                // only say what is there and what is not; changes nothing
        int to;                     // the last number to apply; 0: all
        const Catalogue *catalogue; // its labels are written into ingest.label; NULL: none are
} MigrateOptions;

// What was done or found, a line each: "0001_ingest.sql applied".
typedef void MigrateReport(void *userdata, const char *line);

// 0: everything (up to `to`) is applied. 1: with `status`, something is not. Negative: nothing after the migrations
// that were reported as applied has happened. Refused are: a changed file, a missing file, a number twice, a new
// number below one that is applied, a file that ends its own transaction.
int migrate_run(const char *conninfo, const char *folder, const MigrateOptions *options, MigrateReport *report,
                void *userdata, Error *error);
