// SPDX-License-Identifier: Apache-2.0
// Linked into kepud-hang instead of librdkafka's own (--wrap): its destructor never returns, as 2.0.2's sometimes
// does not.
#include <librdkafka/rdkafka.h>
#include <unistd.h>

void __wrap_rd_kafka_destroy_flags(rd_kafka_t *rk, int flags);

void __wrap_rd_kafka_destroy_flags(rd_kafka_t *rk, int flags) {
        (void)rk;
        (void)flags;
        for (;;)
                pause();
}
