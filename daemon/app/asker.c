// SPDX-License-Identifier: Apache-2.0
#include "app/asker.h"

static void no_assignment(void *userdata, const ConsumerPartition *partitions, size_t count) {
        (void)userdata;
        (void)partitions;
        (void)count;
}

static void no_revocation(void *userdata, bool lost) {
        (void)userdata;
        (void)lost;
}

static void no_message(void *userdata, uint32_t lane) {
        (void)userdata;
        (void)lane;
}

static void no_note(void *userdata, int level, const char *text, bool fatal) {
        (void)userdata;
        (void)level;
        (void)text;
        (void)fatal;
}

Consumer *asker_new(Loop *loop, const Config *config, Error *error) {
        static const ConsumerEvents events = {no_assignment, no_revocation, no_message, no_note};
        ConsumerOptions options = {.brokers = config->brokers,
                                   .group = config->group,
                                   .topics = config->topics.items,
                                   .topic_count = config->topics.count,
                                   .properties = config->properties.items,
                                   .property_count = config->properties.count,
                                   .memory_bytes = (size_t)config->memory_bytes,
                                   .lanes = 1};
        return consumer_new(loop, &options, &events, NULL, error);
}
