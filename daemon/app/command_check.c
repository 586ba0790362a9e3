// SPDX-License-Identifier: Apache-2.0
// kepud check: configuration and catalogue without Kafka and PostgreSQL; with --database also the schema and rights.
#include <stdio.h>

#include "app/arguments.h"
#include "app/asker.h"
#include "app/command.h"
#include "app/config.h"
#include "app/maintenance.h"
#include "event/catalogue.h"
#include "postgres/schema.h"

static void report(void *userdata, const char *line) {
        (void)userdata;
        fprintf(stderr, "%s\n", line);
}

// librdkafka judges its properties itself; a client that never subscribes talks to nobody.
static bool check_kafka(const Config *config) {
        Error error = ERROR_NULL;
        Loop *loop = loop_new();
        Consumer *consumer = asker_new(loop, config, &error);
        if (!consumer)
                error_tell(&error);
        else
                consumer_close(consumer, 1000);
        loop_free(loop);
        return consumer != NULL;
}

static int check_database(const Config *config, const Catalogue *catalogue) {
        Error error = ERROR_NULL;
        size_t faults = 0;
        size_t more = 0;
        if (schema_check(config->conninfo, catalogue, report, NULL, &faults, &error) < 0 ||
            (faults == 0 && maintenance_check(config, report, NULL, &more, &error) < 0)) {
                error_tell(&error);
                return EXIT_UNAVAILABLE;
        }
        faults += more;
        if (faults > 0)
                fprintf(stderr, "Hint: tables and columns come with `kepud migrate`, rights with GRANT kepud_ingest "
                                "TO role\n");
        return faults > 0 ? EXIT_CONFIG : EXIT_OK;
}

static int check(const Config *config, bool database) {
        Catalogue *catalogue = config_catalogue(config);
        bool good = check_kafka(config) && config_is_safe(config) && catalogue;
        int exit_code = good ? EXIT_OK : EXIT_CONFIG;
        if (good && database)
                exit_code = check_database(config, catalogue);
        if (exit_code == EXIT_OK)
                printf("configuration and catalogue are right: %u event types, %u tables%s\n", catalogue->type_count,
                       catalogue->table_count, database ? "; the database fits" : "");
        catalogue_free(catalogue);
        return exit_code;
}

int command_check(int argc, char **argv) {
        const char *database = NULL;
        const Option options[] = {
                {"database", NULL, "also: has every declared column a fitting type, may the role do what it must",
                 &database, NULL, 0},
        };
        Arguments arguments;
        int exit_code;
        if (!arguments_parse(argc, argv, options, 1, &arguments, &exit_code))
                return exit_code;
        if (!arguments_none(&arguments))
                return EXIT_USAGE;
        Config *config = config_load(arguments.config);
        exit_code = config ? check(config, database != NULL) : EXIT_CONFIG;
        config_free(config);
        return exit_code;
}
