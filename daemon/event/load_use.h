// SPDX-License-Identifier: Apache-2.0
// One use of a table while it is read: shared by load_table.c and load_source.c.
#pragma once
#include "event/load.h"

// `text`: "=constant", "@value of the engine", or the path of a member.
Source load_source(Loader *loader, const PendingUse *pending, const Field *object, const config_setting_t *at,
                   Span text);
