// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4, by nettle), cut to its first 128 bits.
#pragma once
#include <stdint.h>

#include "base/span.h"

#define DIGEST_LEN 16

typedef struct Digest {
        uint8_t bytes[DIGEST_LEN];
} Digest;

Digest digest_of(Span bytes);

static inline uint64_t digest_half(const uint8_t *bytes) {
        uint64_t word;
        memcpy(&word, bytes, sizeof(word));
        return __builtin_bswap64(word);
}

// Bytewise, as memcmp.
static inline int digest_compare(Digest a, Digest b) {
        uint64_t left = digest_half(a.bytes), right = digest_half(b.bytes);
        if (left == right) {
                left = digest_half(a.bytes + 8);
                right = digest_half(b.bytes + 8);
        }
        return (left > right) - (left < right);
}
