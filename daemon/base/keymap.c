// SPDX-License-Identifier: Apache-2.0
#include "base/keymap.h"

#include "base/memory.h"

enum {
        FIRST_SIZE = 256,
        MAX_COUNT = 100 * 1000, // entries; about 10 MB with ordinary keys
        ARENA_KEPT = 64 * 1024,
};

// FNV-1a over words of 8 bytes, mixed at the end. Keys come from producers, but the worst they can do by choosing
// them is to slow down a look-up of at most MAX_COUNT entries.
uint64_t keymap_hash(Span key) {
        uint64_t hash = 0xcbf29ce484222325ULL ^ key.len;
        for (; key.len >= 8; key.ptr += 8, key.len -= 8) {
                uint64_t word;
                memcpy(&word, key.ptr, 8);
                hash = (hash ^ word) * 0x100000001b3ULL;
                hash ^= hash >> 29;
        }
        for (size_t i = 0; i < key.len; i++)
                hash = (hash ^ (uint8_t)key.ptr[i]) * 0x100000001b3ULL;
        hash ^= hash >> 32;
        return hash * 0x9e3779b97f4a7c15ULL;
}

static KeyEntry *slot(KeyEntry *entries, size_t size, Span key, uint64_t hash) {
        size_t at = hash >> 32 & (size - 1);
        while (entries[at].key.ptr && !(entries[at].hash == hash && span_equal(entries[at].key, key)))
                at = (at + 1) & (size - 1);
        return &entries[at];
}

const KeyEntry *keymap_find(const KeyMap *map, Span key) {
        if (map->count == 0)
                return NULL;
        const KeyEntry *entry = slot(map->entries, map->size, key, keymap_hash(key));
        return entry->key.ptr ? entry : NULL;
}

static void grow(KeyMap *map) {
        size_t size = map->size ? map->size * 2 : FIRST_SIZE;
        KeyEntry *entries = xcalloc(size, sizeof(*entries));
        for (size_t i = 0; i < map->size; i++)
                if (map->entries[i].key.ptr)
                        *slot(entries, size, map->entries[i].key, map->entries[i].hash) = map->entries[i];
        free(map->entries);
        map->entries = entries;
        map->size = size;
}

void keymap_put(KeyMap *map, Span key, int32_t value) {
        if (map->count >= MAX_COUNT)
                keymap_clear(map);
        if (map->count >= map->size / 2)
                grow(map);
        uint64_t hash = keymap_hash(key);
        KeyEntry *entry = slot(map->entries, map->size, key, hash);
        if (!entry->key.ptr) {
                *entry = (KeyEntry){arena_copy(&map->arena, key), hash, value};
                map->count++;
        }
        entry->value = value;
}

void keymap_clear(KeyMap *map) {
        if (map->count == 0)
                return;
        memset(map->entries, 0, map->size * sizeof(*map->entries));
        map->count = 0;
        arena_reset(&map->arena, ARENA_KEPT);
}

void keymap_deinit(KeyMap *map) {
        free(map->entries);
        arena_deinit(&map->arena);
        *map = KEYMAP_NULL;
}
