// SPDX-License-Identifier: Apache-2.0
// Writes the labels of the declarations into ingest.label, for `kepud migrate`. Blocking.
#pragma once
#include <libpq-fe.h>

#include "base/error.h"
#include "event/catalogue.h"

// Makes the table hold exactly the catalogue's labels, in one statement; nothing when there is no such table (yet).
int labels_write(PGconn *pg, const Catalogue *catalogue, size_t *ret_changed, Error *error);
