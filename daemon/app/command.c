// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"

#include <stdio.h>

const Command commands[] = {
        {"run", "[-c FILE] [--now TIME]", "the daemon, in the foreground", command_run},
        {"check", "[-c FILE] [--database]", "is the configuration right, and the database?", command_check},
        {"migrate", "[-c FILE] [--status] [--to N]", "bring the database's schema up to date", command_migrate},
        {"validate", "[-c FILE] [--now TIME] [FILE…]", "judge events, one JSON text a line", command_validate},
        {"partition", "[-c FILE] list | pause | resume | seek [TOPIC[/N]…]",
         "where each partition stands; stop it, let it go on, move it", command_partition},
        {"publish", "[-c FILE] [--topic NAME] FILE…", "send events to Kafka, one JSON text a line", command_publish},
        {"broker", "[--topic NAME:PARTITIONS]…", "a local broker for trying out; it stores nothing", command_broker},
        {"catalogue", "[-c FILE] list | show TYPE", "the event types and what they must hold", command_catalogue},
};
const size_t command_count = sizeof(commands) / sizeof(commands[0]);

void error_tell(const Error *error) {
        fprintf(stderr, "kepud: %s\n", error->text);
        if (error->hint[0])
                fprintf(stderr, "Hint: %s\n", error->hint);
}
