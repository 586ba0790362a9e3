// SPDX-License-Identifier: Apache-2.0
#include "postgres/params.h"

#include <assert.h>

#include "base/memory.h"

void params_init(Params *params) {
        *params = (Params){.buffers = xcalloc(PARAMS_MAX, sizeof(*params->buffers))};
}

void params_deinit(Params *params) {
        for (size_t i = 0; params->buffers && i < PARAMS_MAX; i++)
                buffer_deinit(&params->buffers[i]);
        free(params->buffers);
        *params = (Params){0};
}

void params_begin(Params *params, const uint32_t *element_types, size_t count) {
        assert(count <= PARAMS_MAX);
        params->count = count;
        for (size_t i = 0; i < count; i++) {
                params->buffers[i].len = 0;
                params->arrays[i] = array_begin(&params->buffers[i], element_types[i]);
        }
}

void params_end(Params *params, size_t elements) {
        for (size_t i = 0; i < params->count; i++) {
                array_end(&params->buffers[i], params->arrays[i], elements);
                params->spans[i] = (Span){params->buffers[i].ptr, params->buffers[i].len};
        }
}

static void add(Params *params, const void *ptr, size_t len) {
        assert(params->count < PARAMS_MAX);
        Buffer *buffer = &params->buffers[params->count];
        buffer->len = 0;
        buffer_reserve(buffer, 1); // an empty text is not a NULL
        buffer_put(buffer, ptr, len);
        params->spans[params->count++] = (Span){buffer->ptr, buffer->len};
}

void params_text(Params *params, Span text) {
        add(params, text.ptr, text.len);
}

void params_int4(Params *params, int32_t value) {
        uint32_t wire = __builtin_bswap32((uint32_t)value);
        add(params, &wire, sizeof(wire));
}
