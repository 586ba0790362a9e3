// SPDX-License-Identifier: Apache-2.0
// Masks what the catalogue's patterns find in free text.
#pragma once
#include "event/plan.h"

// The text itself when nothing is found; else a masked copy in `arena`, and true in *ret_masked.
Span redact_text(const Catalogue *catalogue, Span text, Arena *arena, bool *ret_masked);
