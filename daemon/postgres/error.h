// SPDX-License-Identifier: Apache-2.0
// PostgreSQL said no: what it said, and what the daemon does about it. The verdict comes from one table (sqlstate.c).
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef enum PgVerdict {
        PG_RETRY,     // the whole transaction again, after a short backoff; never dead letters
        PG_RECONNECT, // this connection is of no use any more: a new one, then again
        PG_WAIT,      // the server lacks something (disk, memory, slots): keep the data, back off, raise an alarm
        PG_ISOLATE,   // some row is bad: halve the batch until it is alone
        PG_STOP,      // wrong schema, missing right, broken database: a person has to act
} PgVerdict;

typedef struct PgError {
        char sqlstate[6];    // "08006" when the server had no chance to say one
        char constraint[64]; // "" when none is concerned
        char table[130];     // schema.table; "" when none is concerned
        char message[256];   // first line, without the values of the row (PostgreSQL's DETAIL is left out)
        PgVerdict verdict;
        bool late; // our own deadline for a statement: it may have been too much for this line
} PgError;

// A row of the table: five characters, or two for a whole class.
typedef struct SqlstateRule {
        const char *code;
        PgVerdict verdict;
} SqlstateRule;

extern const SqlstateRule sqlstate_rules[];
extern const size_t sqlstate_rule_count;

// `table` as in PgError: a unique violation on one of the daemon's own tables is a race, not a bad row.
// What no row of the table knows is PG_RETRY.
PgVerdict sqlstate_verdict(const char *sqlstate, const char *table);
const char *verdict_name(PgVerdict verdict);

// An error of our own making about the connection or about what PostgreSQL answered.
PgError pg_error(const char *sqlstate, const char *format, ...) __attribute__((format(printf, 2, 3)));
