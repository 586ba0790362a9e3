// SPDX-License-Identifier: Apache-2.0
// kepud migrate: the database's schema, version by version.
#include <stdio.h>
#include <stdlib.h>

#include "app/arguments.h"
#include "app/command.h"
#include "app/config.h"
#include "base/error.h"
#include "event/catalogue.h"
#include "postgres/migrate.h"

static void report(void *userdata, const char *line) {
        (void)userdata;
        printf("%s\n", line);
}

static bool parse_number(const char *text, int *ret_number) {
        char *end;
        long number = strtol(text, &end, 10);
        if (*text == '\0' || *end != '\0' || number < 1 || number > 9999) {
                fprintf(stderr, "kepud: --to needs the number of a migration, 1 to 9999; found '%s'\n", text);
                return false;
        }
        *ret_number = (int)number;
        return true;
}

static int migrate(const Config *config, MigrateOptions *wanted) {
        Error error = ERROR_NULL;
        Catalogue *catalogue = config_catalogue(config);
        if (!catalogue)
                return EXIT_CONFIG;
        wanted->catalogue = catalogue;
        int result = migrate_run(config->conninfo, config->migrations, wanted, report, NULL, &error);
        catalogue_free(catalogue);
        if (result >= 0)
                return result == 0 ? EXIT_OK : EXIT_NEGATIVE;
        error_tell(&error);
        return EXIT_UNAVAILABLE;
}

int command_migrate(int argc, char **argv) {
        const char *status = NULL;
        const char *to = NULL;
        const Option options[] = {
                {"status", NULL, "only say what is applied and what is not; exit 1 when something is not", &status,
                 NULL, 0},
                {"to", "N", "the last migration to apply", &to, NULL, 0},
        };
        Arguments arguments;
        MigrateOptions wanted = {.status = false};
        int exit_code;
        if (!arguments_parse(argc, argv, options, sizeof(options) / sizeof(options[0]), &arguments, &exit_code))
                return exit_code;
        if (!arguments_none(&arguments))
                return EXIT_USAGE;
        if (to && !parse_number(to, &wanted.to))
                return EXIT_USAGE;
        wanted.status = status != NULL;
        Config *config = config_load(arguments.config);
        exit_code = config && config_is_safe(config) ? migrate(config, &wanted) : EXIT_CONFIG;
        config_free(config);
        return exit_code;
}
