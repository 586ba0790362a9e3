// SPDX-License-Identifier: Apache-2.0
// kepud publish: JSON Lines to Kafka, keyed as the catalogue says. What is no valid event is sent as well, without a
// key: judging is the daemon's business.
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "app/arguments.h"
#include "app/command.h"
#include "app/config.h"
#include "app/lines.h"
#include "base/clock.h"
#include "event/judge.h"
#include "kafka/publish.h"

enum { FLUSH_MS = 60000, PROGRESS_LINES = 1000 };

typedef struct Publication {
        Publisher *publisher;
        Judge *judge;
        Arena arena;
        const char *topic;
        uint64_t sent;
} Publication;

static bool tell(const Error *error) {
        error_tell(error);
        return false;
}

static bool send_line(Publication *publication, Span line) {
        Message message = MESSAGE_NULL;
        Event event;
        Reject why;
        Error error = ERROR_NULL;
        message.value = line;
        bool valid =
                judge_message(publication->judge, &message, clock_realtime_us(), &publication->arena, &event, &why);
        Span key = valid ? judge_record_key(&event) : SPAN_NULL;
        int result = publisher_send(publication->publisher, publication->topic, key, line, NULL, 0, -1, &error);
        arena_reset(&publication->arena, 1 << 20);
        if (result < 0)
                return tell(&error);
        publication->sent++;
        if (publication->sent % PROGRESS_LINES == 0 && isatty(STDERR_FILENO))
                fprintf(stderr, "\r%" PRIu64 " sent", publication->sent);
        return true;
}

static bool send_file(Publication *publication, const char *file) {
        Lines lines;
        Span line;
        bool good = lines_open(&lines, file);
        if (!good)
                return false;
        while (good && lines_next(&lines, &line))
                good = send_line(publication, line);
        return lines_close(&lines) && good;
}

static bool flush(Publication *publication) {
        uint64_t delivered = 0;
        uint64_t failed = 0;
        Error error = ERROR_NULL;
        int result = publisher_flush(publication->publisher, FLUSH_MS, &delivered, &failed, &error);
        if (isatty(STDERR_FILENO))
                fputs("\r", stderr);
        printf("%" PRIu64 " delivered, %" PRIu64 " failed topic=%s\n", delivered, publication->sent - delivered,
               publication->topic);
        return result == 0 || tell(&error);
}

static int publish(const Config *config, const char *topic, const Arguments *arguments) {
        Error error = ERROR_NULL;
        Publication publication = {.arena = ARENA_NULL, .topic = topic ? topic : config->topics.items[0]};
        Catalogue *catalogue = config_catalogue(config);
        if (!catalogue)
                return EXIT_CONFIG;
        publication.publisher =
                publisher_new(config->brokers, config->properties.items, config->properties.count, &error);
        if (!publication.publisher) {
                tell(&error);
                catalogue_free(catalogue);
                return EXIT_CONFIG;
        }
        publication.judge = judge_new(catalogue, false);
        bool good = true;
        for (int i = 0; good && i < arguments->operand_count; i++)
                good = send_file(&publication, arguments->operands[i]);
        good = flush(&publication) && good;
        publisher_free(publication.publisher);
        judge_free(publication.judge);
        arena_deinit(&publication.arena);
        catalogue_free(catalogue);
        return good ? EXIT_OK : EXIT_UNAVAILABLE;
}

int command_publish(int argc, char **argv) {
        const char *topic = NULL;
        const Option options[] = {{"topic", "NAME", "instead of the configuration's first topic", &topic, NULL, 0}};
        Arguments arguments;
        int exit_code;
        if (!arguments_parse(argc, argv, options, 1, &arguments, &exit_code))
                return exit_code;
        if (arguments.operand_count == 0) {
                fprintf(stderr, "usage: kepud publish [-c FILE] [--topic NAME] FILE…   (- is standard input)\n");
                return EXIT_USAGE;
        }
        Config *config = config_load(arguments.config);
        if (!config || !config_is_safe(config)) {
                config_free(config);
                return EXIT_CONFIG;
        }
        exit_code = publish(config, topic, &arguments);
        config_free(config);
        return exit_code;
}
