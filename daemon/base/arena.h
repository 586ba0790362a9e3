// SPDX-License-Identifier: Apache-2.0
// Memory with one lifetime: allocate piece by piece, give back all at once. A batch has one, reset after COMMIT.
#pragma once
#include "base/span.h"

typedef struct ArenaChunk ArenaChunk;

typedef struct Arena {
        ArenaChunk *chunks; // in use, newest first
        ArenaChunk *spare;  // empty, kept by arena_reset()
        size_t chunk_size;  // bytes of an ordinary chunk
        size_t used;        // bytes handed out since the last reset
} Arena;

#define ARENA_NULL ((Arena){.chunk_size = 64 * 1024})

// Never NULL; aligned for any type; contents undefined.
void *arena_alloc(Arena *arena, size_t size);
void *arena_zalloc(Arena *arena, size_t size);
Span arena_copy(Arena *arena, Span span);
// printf into the arena; the result is terminated as well.
Span arena_printf(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Everything allocated becomes invalid; memory of ordinary chunks is kept for the next use, up to `keep` bytes.
void arena_reset(Arena *arena, size_t keep);
void arena_deinit(Arena *arena);
