// SPDX-License-Identifier: Apache-2.0
// Time of day for what is written, monotonic time for every timer.
#pragma once
#include <stdint.h>

int64_t clock_realtime_us(void);  // microseconds since 1970-01-01 UTC
int64_t clock_monotonic_ms(void); // milliseconds since some start
