// SPDX-License-Identifier: Apache-2.0
// A blocking connection, for commands that do one thing and end. The daemon itself uses postgres/connection.h.
#pragma once
#include <libpq-fe.h>

#include "base/error.h"

// NULL and `error` when there is no connection; close it with PQfinish().
PGconn *session_open(const char *conninfo, const char *application_name, Error *error);
// NULL and `error` ("could not `doing`: …") when PostgreSQL refuses; free it with PQclear().
PGresult *session_query(PGconn *pg, const char *doing, const char *sql, int count, const char *const *values,
                        Error *error);
// A field of an error (PG_DIAG_…), "" when there is none; the result's.
const char *session_field(const PGresult *result, int code);
