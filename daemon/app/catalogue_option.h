// SPDX-License-Identifier: Apache-2.0
// Which catalogue a command works with that needs nothing else from a configuration.
#pragma once
#include "event/catalogue.h"

// The folder if given; else that of the configuration `file`; else, when the file is not there, the installed one.
// NULL after telling why on standard error. `ret_window_days`, unless NULL: dedup.window when the configuration was
// read, else 0.
Catalogue *catalogue_option(const char *folder, const char *file, int64_t *ret_window_days);
