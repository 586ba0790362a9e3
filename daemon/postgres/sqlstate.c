// SPDX-License-Identifier: Apache-2.0
// The one table that says what an SQLSTATE means for us. A lasting fault of the environment must never fill the dead
// letters, so only what can be a row's own fault is PG_ISOLATE, and what nobody has thought of is tried again.
#include <stdbool.h>
#include <string.h>

#include "postgres/error.h"

const SqlstateRule sqlstate_rules[] = {
        {"08", PG_RECONNECT},    // connection exception
        {"40003", PG_RECONNECT}, // statement completion unknown: the offsets will tell
        {"57P01", PG_RECONNECT}, // admin shutdown, pg_terminate_backend
        {"57P02", PG_RECONNECT}, // crash shutdown
        {"57P03", PG_RECONNECT}, // cannot connect now
        {"57P05", PG_RECONNECT}, // idle session timeout
        {"25006", PG_RECONNECT}, // read-only: demoted under us; look for the primary
        {"26000", PG_RECONNECT}, // a pooler gave us another session
        {"40", PG_RETRY},        // serialization failure, deadlock
        {"55P03", PG_RETRY},     // lock timeout
        {"57014", PG_RETRY},     // statement timeout
        {"25P03", PG_RETRY},     // idle in transaction
        {"53", PG_WAIT},         // disk full, out of memory, too many connections
        {"55006", PG_WAIT},      // object in use
        {"58", PG_WAIT},         // I/O error
        {"22P04", PG_STOP},      // bad COPY format: our own encoder
        {"2200H", PG_STOP},      // an identity column has no numbers left
        {"22", PG_ISOLATE},      // data exception
        {"23", PG_ISOLATE},      // integrity constraint violation
        {"44000", PG_ISOLATE},   // check option of a view
        {"54", PG_ISOLATE},      // program limit exceeded
        {"0A000", PG_STOP},      // feature not supported
        {"21000", PG_STOP},      // two rows of one key in one statement: our own fault
        {"28", PG_STOP},         // authentication
        {"3D000", PG_STOP},      // no such database
        {"3F000", PG_STOP},      // no such schema
        {"42", PG_STOP},         // syntax, missing table or column, missing right
        {"XX", PG_STOP},         // internal error, corruption
};
const size_t sqlstate_rule_count = sizeof(sqlstate_rules) / sizeof(*sqlstate_rules);

// Unique violations here mean that another connection was faster; the second try sees its rows. The ledger may be
// partitioned, so its name is a beginning.
static const char *const raced_tables[] = {"ingest.ledger", "ingest.event_source", "ingest.event_type"};

// What the daemon itself writes cannot break a constraint; when it does, somebody has changed the table.
static const char *const own_tables[] = {"ingest.ledger",       "ingest.event_source", "ingest.event_type",
                                         "ingest.kafka_offset", "ingest.tally",        "ingest.dead_letter"};

static bool begins_with_one_of(const char *table, const char *const *names, size_t count) {
        for (size_t i = 0; i < count; i++)
                if (strncmp(table, names[i], strlen(names[i])) == 0)
                        return true;
        return false;
}

static const SqlstateRule *find(const char *sqlstate, size_t len) {
        for (size_t i = 0; i < sqlstate_rule_count; i++)
                if (strlen(sqlstate_rules[i].code) == len && strncmp(sqlstate_rules[i].code, sqlstate, len) == 0)
                        return &sqlstate_rules[i];
        return NULL;
}

PgVerdict sqlstate_verdict(const char *sqlstate, const char *table) {
        if (strcmp(sqlstate, "23505") == 0 &&
            begins_with_one_of(table, raced_tables, sizeof(raced_tables) / sizeof(*raced_tables)))
                return PG_RETRY;
        if (strncmp(sqlstate, "23", 2) == 0 &&
            begins_with_one_of(table, own_tables, sizeof(own_tables) / sizeof(*own_tables)))
                return PG_STOP;
        const SqlstateRule *rule = find(sqlstate, 5);
        if (!rule)
                rule = find(sqlstate, 2);
        return rule ? rule->verdict : PG_RETRY;
}

const char *verdict_name(PgVerdict verdict) {
        static const char *const names[] = {
                [PG_RETRY] = "retry",     [PG_RECONNECT] = "reconnect", [PG_WAIT] = "wait",
                [PG_ISOLATE] = "isolate", [PG_STOP] = "stop",
        };
        return names[verdict];
}
