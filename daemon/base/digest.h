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

static inline int digest_compare(Digest a, Digest b) {
        return memcmp(a.bytes, b.bytes, DIGEST_LEN);
}
