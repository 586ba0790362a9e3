// SPDX-License-Identifier: Apache-2.0
#include "event/identity.h"

#include <alloca.h>
#include <stdbool.h>

// 1 to 16 for a digit, 0 for anything else.
static const uint8_t hex_digits[UINT8_MAX + 1] = {
        ['0'] = 1, ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
        ['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

// Canonical lower-case text of a version 7 UUID; its 48 bits of milliseconds go to `ret_time`.
static bool is_uuid_v7(Span id, uint8_t ret_time[6]) {
        uint8_t bytes[16];
        size_t n = 0;
        if (id.len != 36)
                return false;
        for (size_t i = 0; i < 36; i++) {
                if (i == 8 || i == 13 || i == 18 || i == 23) {
                        if (id.ptr[i] != '-')
                                return false;
                        continue;
                }
                unsigned high = hex_digits[(uint8_t)id.ptr[i]];
                unsigned low = hex_digits[(uint8_t)id.ptr[++i]];
                if (high == 0 || low == 0)
                        return false;
                bytes[n++] = (uint8_t)((high - 1) * 16 + (low - 1));
        }
        if (bytes[6] >> 4 != 7 || bytes[8] >> 6 != 2)
                return false;
        memcpy(ret_time, bytes, 6);
        return true;
}

Digest identity_key(Span source, Span id) {
        // Both are bounded by the profile (255 and 128 characters of at most 4 bytes); correctsid and void targets
        // too.
        size_t len = source.len + 1 + id.len;
        char *bytes = alloca(len);
        uint8_t time[6];
        memcpy(bytes, source.ptr, source.len);
        bytes[source.len] = '\0';
        memcpy(bytes + source.len + 1, id.ptr, id.len);
        Digest key = digest_of((Span){bytes, len});
        if (is_uuid_v7(id, time)) {
                memmove(key.bytes + 6, key.bytes, 10);
                memcpy(key.bytes, time, 6);
        }
        return key;
}
