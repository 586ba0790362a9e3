// SPDX-License-Identifier: Apache-2.0
// Holds back log lines that say the same again: one in ten seconds, with the number of those that were left out.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPEATS_SLOTS 32

typedef struct Repeats {
        struct {
                uint64_t key; // 0: free
                int64_t since_ms;
                uint64_t held;
        } slots[REPEATS_SLOTS];
} Repeats;

// False: hold it back. Lines that differ only in digits (ports, milliseconds, counts) are the same.
bool repeats_pass(Repeats *repeats, const char *text, int64_t now_ms, uint64_t *ret_held);
