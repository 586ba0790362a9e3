// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

struct ArenaChunk {
        ArenaChunk *older;
        size_t size;
        size_t used;
        _Alignas(16) char bytes[];
};

static ArenaChunk *chunk_new(Arena *arena, size_t size) {
        size_t room = size > arena->chunk_size ? size : arena->chunk_size;
        ArenaChunk *chunk = room == arena->chunk_size ? arena->spare : NULL;
        if (chunk)
                arena->spare = chunk->older;
        else
                chunk = xmalloc(sizeof(*chunk) + room);
        *chunk = (ArenaChunk){.older = arena->chunks, .size = room};
        arena->chunks = chunk;
        return chunk;
}

void *arena_alloc(Arena *arena, size_t size) {
        ArenaChunk *chunk = arena->chunks;
        size = (size + 15) & ~(size_t)15;
        if (!chunk || chunk->size - chunk->used < size)
                chunk = chunk_new(arena, size);
        void *ptr = chunk->bytes + chunk->used;
        chunk->used += size;
        arena->used += size;
        return ptr;
}

void *arena_zalloc(Arena *arena, size_t size) {
        void *ptr = arena_alloc(arena, size);
        memset(ptr, 0, size);
        return ptr;
}

Span arena_copy(Arena *arena, Span span) {
        char *copy = arena_alloc(arena, span.len + 1);
        if (span.len)
                memcpy(copy, span.ptr, span.len);
        copy[span.len] = '\0';
        return (Span){copy, span.len};
}

Span arena_printf(Arena *arena, const char *format, ...) {
        char *text = NULL;
        va_list args;
        va_start(args, format);
        int n = vasprintf(&text, format, args);
        va_end(args);
        if (n < 0)
                memory_exhausted();
        Span copy = arena_copy(arena, (Span){text, (size_t)n});
        free(text);
        return copy;
}

// Puts what may be kept on the spare list and frees the rest.
static size_t recycle(Arena *arena, ArenaChunk *all, size_t kept, size_t keep) {
        while (all) {
                ArenaChunk *chunk = all;
                all = chunk->older;
                if (chunk->size == arena->chunk_size && kept + chunk->size <= keep) {
                        kept += chunk->size;
                        chunk->older = arena->spare;
                        arena->spare = chunk;
                } else {
                        free(chunk);
                }
        }
        return kept;
}

void arena_reset(Arena *arena, size_t keep) {
        ArenaChunk *spare = arena->spare;
        ArenaChunk *used = arena->chunks;
        arena->spare = arena->chunks = NULL;
        arena->used = 0;
        recycle(arena, used, recycle(arena, spare, 0, keep), keep);
}

void arena_deinit(Arena *arena) {
        arena_reset(arena, 0);
}
