// SPDX-License-Identifier: Apache-2.0
// Text of unknown origin for columns that people read.
#pragma once
#include "base/buffer.h"

// A text cell: control characters as \u00XX, what is not UTF-8 as U+FFFD, cut to a sensible length.
void letter_text(Buffer *buffer, Span text);
