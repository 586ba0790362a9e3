// SPDX-License-Identifier: Apache-2.0
// The files of a folder of migrations, in the order of their numbers.
#pragma once
#include "base/arena.h"
#include "base/error.h"

typedef struct Migration {
        int number;
        const char *name; // "0001_ingest.sql"
        const char *text;
        char sha256[65]; // filled by migrate.c: PostgreSQL computes it
} Migration;

typedef struct Migrations {
        Arena arena;
        Migration *list;
        size_t count;
} Migrations;

int migrations_read(const char *folder, Migrations *ret_migrations, Error *error);
void migrations_deinit(Migrations *migrations);
