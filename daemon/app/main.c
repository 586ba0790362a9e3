// SPDX-License-Identifier: Apache-2.0
// kepud: events from Kafka into normalized PostgreSQL rows, exactly once in effect.
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/version.h"

static void print_help(FILE *out) {
        fputs("usage: kepud COMMAND [OPTION…]\n\n", out);
        for (size_t i = 0; i < command_count; i++)
                fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].sentence);
        fputs("\n`kepud COMMAND --help` says more; kepud(8) says all. --version prints versions.\n", out);
}

int main(int argc, char **argv) {
        setlocale(LC_ALL, "C.UTF-8");
        signal(SIGPIPE, SIG_IGN); // a broken pipe is an error of write(2), not the end
        const char *name = argc > 1 ? argv[1] : NULL;
        if (name && (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)) {
                print_help(stdout);
                return EXIT_OK;
        }
        if (name && strcmp(name, "--version") == 0) {
                version_print();
                return EXIT_OK;
        }
        for (size_t i = 0; name && i < command_count; i++)
                if (strcmp(name, commands[i].name) == 0)
                        return commands[i].run(argc - 1, argv + 1);
        if (name)
                fprintf(stderr, "kepud: no command '%s'\n", name);
        print_help(stderr);
        return EXIT_USAGE;
}
