// SPDX-License-Identifier: Apache-2.0
// What libpq knows of an error, as a PgError. Pure.
#pragma once
#include <libpq-fe.h>

#include "postgres/error.h"

// Of a connection that could not be made; `pg` may be NULL (no memory).
PgError libpq_connect_error(const PGconn *pg);

// Of a statement that failed.
PgError libpq_error(const PGconn *pg, const PGresult *result);
