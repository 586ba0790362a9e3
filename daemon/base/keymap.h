// SPDX-License-Identifier: Apache-2.0
// A map from byte strings to numbers, for what is only a saving: it may be emptied at any time, and empties itself
// when it has grown too large.
#pragma once
#include <stdint.h>

#include "base/arena.h"

typedef struct KeyEntry {
        Span key;
        uint64_t hash;
        int32_t value;
} KeyEntry;

typedef struct KeyMap {
        Arena arena;
        KeyEntry *entries; // open addressing; key.ptr NULL: free
        size_t size;       // a power of two, or 0
        size_t count;
} KeyMap;

#define KEYMAP_NULL ((KeyMap){.arena = ARENA_NULL})

uint64_t keymap_hash(Span key);
// NULL when it is not there.
const KeyEntry *keymap_find(const KeyMap *map, Span key);
void keymap_put(KeyMap *map, Span key, int32_t value);
void keymap_clear(KeyMap *map);
void keymap_deinit(KeyMap *map);
