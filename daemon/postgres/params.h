// SPDX-License-Identifier: Apache-2.0
// The parameters of one statement: arrays that are filled row by row or column by column, then single values. Memory
// is kept from statement to statement.
#pragma once
#include "postgres/encode.h"

enum { PARAMS_MAX = 128 };

typedef struct Params {
        Buffer *buffers; // PARAMS_MAX
        Array arrays[PARAMS_MAX];
        Span spans[PARAMS_MAX]; // for connection_query(), after params_end()
        size_t count;
} Params;

void params_init(Params *params);
void params_deinit(Params *params);
// Starts anew, with one empty array for each element type.
void params_begin(Params *params, const uint32_t *element_types, size_t count);
// All arrays have this many elements.
void params_end(Params *params, size_t elements);
// One more parameter behind the arrays.
void params_text(Params *params, Span text);
void params_int4(Params *params, int32_t value);
