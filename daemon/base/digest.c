// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

static _Noreturn void give_up(void) {
        fputs("kepud: OpenSSL has no SHA-256 for us, or it is out of memory\n", stderr);
        abort();
}

// Looking the algorithm up costs more than hashing a key, so it is done once for the process (which has one thread of
// its own; librdkafka's threads do not come here).
static EVP_MD_CTX *context(void) {
        static EVP_MD_CTX *ready;
        if (!ready) {
                EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
                ready = EVP_MD_CTX_new();
                if (!sha256 || !ready || !EVP_DigestInit_ex2(ready, sha256, NULL))
                        give_up();
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
                give_up();
        memcpy(digest.bytes, full, DIGEST_LEN);
        return digest;
}
