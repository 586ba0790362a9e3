// SPDX-License-Identifier: Apache-2.0
#include "kafka/repeats.h"

#define QUIET_MS 10000

// FNV-1a, without the digits.
static uint64_t key_of(const char *text) {
        uint64_t key = 14695981039346656037u;
        for (const char *p = text; *p; p++)
                if (*p < '0' || *p > '9')
                        key = (key ^ (unsigned char)*p) * 1099511628211u;
        return key ? key : 1;
}

bool repeats_pass(Repeats *repeats, const char *text, int64_t now_ms, uint64_t *ret_held) {
        uint64_t key = key_of(text);
        size_t use = 0;
        for (size_t i = 0; i < REPEATS_SLOTS; i++) {
                if (repeats->slots[i].key == key) {
                        use = i;
                        break;
                }
                if (repeats->slots[i].since_ms < repeats->slots[use].since_ms)
                        use = i;
        }
        bool known = repeats->slots[use].key == key;
        if (known && now_ms - repeats->slots[use].since_ms < QUIET_MS) {
                repeats->slots[use].held++;
                return false;
        }
        *ret_held = known ? repeats->slots[use].held : 0;
        repeats->slots[use].key = key;
        repeats->slots[use].since_ms = now_ms;
        repeats->slots[use].held = 0;
        return true;
}
