// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

// Looking the algorithm up costs more than hashing a key, so it is done once for the process (which has one thread of
// its own; librdkafka's threads do not come here).
static EVP_MD_CTX *context(void) {
        static EVP_MD_CTX *ready;
        if (!ready) {
                EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
                ready = EVP_MD_CTX_new();
                if (!sha256 || !ready || !EVP_DigestInit_ex2(ready, sha256, NULL))
                        abort();
                EVP_MD_free(sha256); // the context keeps it
        }
        return ready;
}

Digest digest_of(Span bytes) {
        uint8_t full[EVP_MAX_MD_SIZE];
        Digest digest;
        EVP_MD_CTX *ctx = context();
        if (!EVP_DigestInit_ex2(ctx, NULL, NULL) || !EVP_DigestUpdate(ctx, bytes.ptr, bytes.len) ||
            !EVP_DigestFinal_ex(ctx, full, NULL))
                abort(); // SHA-256 over memory cannot fail
        memcpy(digest.bytes, full, DIGEST_LEN);
        return digest;
}
