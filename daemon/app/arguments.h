// SPDX-License-Identifier: Apache-2.0
// Command lines: the options that all commands share, and those that a command adds.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Option {
        const char *name;     // long, without dashes
        const char *argument; // NULL: a switch
        const char *sentence;
        const char **ret_value; // set to the argument, or to "" for a switch
        const char **ret_many;  // instead: gets every argument, NULL-terminated
        size_t many_size;
} Option;

typedef struct Arguments {
        const char *config; // -c, --config; never NULL
        char **operands;
        int operand_count;
} Arguments;

// True: go on. False: *ret_exit is the exit code (--help, or a usage error that has been told).
bool arguments_parse(int argc, char **argv, const Option *options, size_t option_count, Arguments *ret_arguments,
                     int *ret_exit);
// For commands that take no operands: false, after telling, when there are some.
bool arguments_none(const Arguments *arguments);
// RFC 3339, told on standard error when it is not.
bool arguments_time(const char *text, int64_t *ret_us);
