// SPDX-License-Identifier: Apache-2.0
#include "app/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "base/calendar.h"

enum { OPTIONS_MAX = 16 };
static const char DEFAULT_CONFIG[] = "/etc/kepud/kepud.conf";

static void print_usage(FILE *out, const char *name, const Option *options, size_t count) {
        for (size_t i = 0; i < command_count; i++)
                if (strcmp(commands[i].name, name) == 0)
                        fprintf(out, "usage: kepud %s %s\n\n%s\n\n", name, commands[i].arguments,
                                commands[i].sentence);
        fprintf(out, "  -c, --config FILE      configuration (%s)\n", DEFAULT_CONFIG);
        for (size_t i = 0; i < count; i++)
                fprintf(out, "      --%s %-*s %s\n", options[i].name, (int)(17 - strlen(options[i].name)),
                        options[i].argument ? options[i].argument : "", options[i].sentence);
        fputs("  -h, --help             this text\n", out);
}

static void store(const Option *option, const char *value) {
        if (!option->ret_many) {
                *option->ret_value = value;
                return;
        }
        size_t n = 0;
        while (option->ret_many[n])
                n++;
        if (n + 1 < option->many_size)
                option->ret_many[n] = value;
}

bool arguments_parse(int argc, char **argv, const Option *options, size_t option_count, Arguments *ret_arguments,
                     int *ret_exit) {
        struct option longs[OPTIONS_MAX] = {{"config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'}};
        int c;
        for (size_t i = 0; i < option_count; i++)
                longs[2 + i] = (struct option){options[i].name, options[i].argument ? required_argument : no_argument,
                                               NULL, 256 + (int)i};
        *ret_arguments = (Arguments){.config = DEFAULT_CONFIG};
        optind = 0;
        while ((c = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
                if (c == 'c') {
                        ret_arguments->config = optarg;
                } else if (c >= 256) {
                        store(&options[c - 256], optarg ? optarg : "");
                } else {
                        print_usage(c == 'h' ? stdout : stderr, argv[0], options, option_count);
                        *ret_exit = c == 'h' ? EXIT_OK : EXIT_USAGE;
                        return false;
                }
        }
        ret_arguments->operands = argv + optind;
        ret_arguments->operand_count = argc - optind;
        return true;
}

bool arguments_none(const Arguments *arguments) {
        if (arguments->operand_count > 0)
                fprintf(stderr, "kepud: '%s' is one argument too many\n", arguments->operands[0]);
        return arguments->operand_count == 0;
}

bool arguments_time(const char *text, int64_t *ret_us) {
        if (calendar_parse_timestamp((Span){text, strlen(text)}, ret_us))
                return true;
        fprintf(stderr, "kepud: --now needs RFC 3339 with an offset, as 2026-11-22T12:00:00+08:00; found '%s'\n",
                text);
        return false;
}
