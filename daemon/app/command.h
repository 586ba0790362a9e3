// SPDX-License-Identifier: Apache-2.0
// The subcommands. A new one is a row in command.c plus its function in a file of its own.
#pragma once
#include <stddef.h>

#include "base/error.h"

// sysexits(3), and 1 for a negative answer
enum {
        EXIT_OK = 0,
        EXIT_NEGATIVE = 1,
        EXIT_USAGE = 64,
        EXIT_UNAVAILABLE = 69,
        EXIT_SOFTWARE = 70,
        EXIT_CONFIG = 78,
};

typedef struct Command {
        const char *name;
        const char *arguments; // for the synopsis
        const char *sentence;
        int (*run)(int argc, char **argv); // argv[0] is the command's name
} Command;

extern const Command commands[];
extern const size_t command_count;

// "kepud: …", and the hint on a line of its own, on standard error.
void error_tell(const Error *error);

int command_run(int argc, char **argv);
int command_catalogue(int argc, char **argv);
int command_check(int argc, char **argv);
int command_migrate(int argc, char **argv);
int command_publish(int argc, char **argv);
int command_broker(int argc, char **argv);
int command_partition(int argc, char **argv);
int command_validate(int argc, char **argv);
