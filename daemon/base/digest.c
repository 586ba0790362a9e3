// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <openssl/sha.h>

Digest digest_of(Span bytes) {
        uint8_t full[SHA256_DIGEST_LENGTH];
        Digest digest;
        SHA256((const unsigned char *)bytes.ptr, bytes.len, full);
        memcpy(digest.bytes, full, DIGEST_LEN);
        return digest;
}
