// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <nettle/sha2.h>

// Several keys an event: nettle has no handles to make and to clear, which for OpenSSL takes as long as the hashing.
Digest digest_of(Span bytes) {
        struct sha256_ctx context;
        Digest digest;
        sha256_init(&context);
        sha256_update(&context, bytes.len, (const uint8_t *)bytes.ptr);
        sha256_digest(&context, DIGEST_LEN, digest.bytes);
        return digest;
}
