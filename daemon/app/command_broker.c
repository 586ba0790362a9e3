// SPDX-License-Identifier: Apache-2.0
// kepud broker: librdkafka's mock cluster as a process, for demo and tests.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "app/arguments.h"
#include "app/command.h"
#include "kafka/broker.h"

enum { TOPICS_MAX = 64 };

static void wait_for_end(void) {
        sigset_t set;
        int number;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigwait(&set, &number);
}

static void block_signals(void) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigprocmask(SIG_BLOCK, &set, NULL);
}

int command_broker(int argc, char **argv) {
        const char *topics[TOPICS_MAX] = {NULL};
        const Option options[] = {
                {"topic", "NAME:PARTITIONS", "make this topic (may be repeated)", NULL, topics, TOPICS_MAX},
        };
        Arguments arguments;
        int exit_code;
        Error error = ERROR_NULL;
        if (!arguments_parse(argc, argv, options, 1, &arguments, &exit_code))
                return exit_code;
        if (!arguments_none(&arguments))
                return EXIT_USAGE;
        block_signals();
        Broker *broker = broker_new(1, topics, &error);
        if (!broker) {
                fprintf(stderr, "kepud: %s\n", error.text);
                return EXIT_USAGE;
        }
        fputs("kepud: this broker is for trying out: it STORES NOTHING; all messages are gone when it ends\n",
              stderr);
        printf("%s\n", broker_bootstrap(broker));
        fflush(stdout);
        wait_for_end();
        _exit(EXIT_OK); // there is nothing to save, and librdkafka's threads may take their time to end
}
