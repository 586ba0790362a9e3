// SPDX-License-Identifier: Apache-2.0
// kepud partition: where each partition stands, and what a person decides about it.
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/arguments.h"
#include "app/asker.h"
#include "app/command.h"
#include "base/calendar.h"
#include "base/memory.h"
#include "postgres/partition.h"

enum { ANSWER_MS = 10 * 1000 };

typedef struct Desk {
        const Config *config;
        Partitions *partitions;
        const char *to;
        const char *why;
        char *who;
        Loop *loop;
        Consumer *asker; // NULL: Kafka is not needed
        Error error;
} Desk;

// 0, or an exit code; what is wrong has been told.
typedef int Verb(Desk *desk, const PartitionState *state);

// ---- the verbs

static int list_one(Desk *desk, const PartitionState *state) {
        (void)desk;
        cleanup(freep) char *name = xasprintf("%s/%d", state->topic, state->partition);
        printf("%-32s %14lld  %-9s  %-20s  %-20s  %s\n", name, (long long)state->next_offset, state->state,
               state->owner[0] ? state->owner : "-", state->last[0] ? state->last : "-",
               state->why[0] ? state->why : "-");
        return EXIT_OK;
}

static int unavailable(Desk *desk) {
        error_tell(&desk->error);
        return EXIT_UNAVAILABLE;
}

static int pause_one(Desk *desk, const PartitionState *state) {
        cleanup(freep) char *why =
                xasprintf("paused by %s%s%s", desk->who, desk->why ? ": " : "", desk->why ? desk->why : "");
        if (partition_pause(desk->partitions, state, why, &desk->error) < 0)
                return unavailable(desk);
        printf("%s/%d paused\n", state->topic, state->partition);
        return EXIT_OK;
}

static int resume_one(Desk *desk, const PartitionState *state) {
        int64_t unread = 0;
        if (partition_resume(desk->partitions, state, desk->who, &unread, &desk->error) < 0)
                return unavailable(desk);
        printf("%s/%d goes on at offset %lld", state->topic, state->partition, (long long)state->next_offset);
        if (unread > 0)
                printf("; of this log, what lies before is not read: a row of ingest.gap says so");
        printf("\n");
        return EXIT_OK;
}

// The row may be another cluster's, with a topic of the same name.
static int same_cluster(Desk *desk, const PartitionState *state) {
        const char *id = consumer_cluster_id(desk->asker, ANSWER_MS);
        if (!id) {
                fprintf(stderr, "kepud: no broker answered (%s)\n", desk->config->brokers);
                return EXIT_UNAVAILABLE;
        }
        if (strcmp(id, state->cluster_id) == 0)
                return EXIT_OK;
        fprintf(stderr, "kepud: %s/%d belongs to cluster %s, and kafka.brokers is cluster %s\n", state->topic,
                state->partition, state->cluster_id, id);
        return EXIT_CONFIG;
}

static int outside(const Desk *desk, const PartitionState *state, int64_t low, int64_t high) {
        fprintf(stderr, "kepud: --to %s: %s/%d has the offsets %lld to %lld\n", desk->to, state->topic,
                state->partition, (long long)low, (long long)high);
        return EXIT_USAGE;
}

static bool is_number(const char *text) {
        return text[0] && strspn(text, "0123456789") == strlen(text) && strlen(text) < 19;
}

// --to was looked at before: it is one of these.
static int resolve(Desk *desk, const PartitionState *state, int64_t *ret_offset) {
        int64_t low, high, time_us;
        if (consumer_watermarks(desk->asker, state->topic, state->partition, ANSWER_MS, &low, &high, &desk->error) <
            0)
                return unavailable(desk);
        if (strcmp(desk->to, "earliest") == 0)
                *ret_offset = low;
        else if (strcmp(desk->to, "latest") == 0)
                *ret_offset = high;
        else if (is_number(desk->to))
                *ret_offset = strtoll(desk->to, NULL, 10);
        else if (!calendar_parse_timestamp((Span){desk->to, strlen(desk->to)}, &time_us) ||
                 consumer_offset_at(desk->asker, state->topic, state->partition, time_us / 1000, ANSWER_MS,
                                    ret_offset, &desk->error) < 0)
                return unavailable(desk);
        return *ret_offset < low || *ret_offset > high ? outside(desk, state, low, high) : EXIT_OK;
}

static int seek_one(Desk *desk, const PartitionState *state) {
        int64_t from = 0;
        int64_t to = 0;
        int exit_code = same_cluster(desk, state);
        if (exit_code == EXIT_OK)
                exit_code = resolve(desk, state, &to);
        if (exit_code != EXIT_OK)
                return exit_code;
        if (partition_seek(desk->partitions, state, to, desk->who, desk->why, &from, &desk->error) < 0)
                return unavailable(desk);
        printf("%s/%d from offset %lld to %lld: ", state->topic, state->partition, (long long)from, (long long)to);
        if (to == from)
                printf("it stands there; what made it stop is forgotten\n");
        else if (to > from)
                printf("%lld skipped, a row of ingest.gap says so\n", (long long)(to - from));
        else
                printf("%lld will be read again, what is stored already counts as duplicates\n",
                       (long long)(from - to));
        return EXIT_OK;
}

static const struct {
        const char *name;
        Verb *verb;
        bool seeks;     // has a target and a reason, and asks Kafka
        bool takes_all; // without a name it means every partition
} verbs[] = {
        {"list", list_one, false, true},
        {"pause", pause_one, false, false},
        {"resume", resume_one, false, false},
        {"seek", seek_one, true, false},
};
enum { VERB_COUNT = sizeof(verbs) / sizeof(verbs[0]) };

// ---- whom they are about

// "topic/3" or "topic": all of its partitions.
static int read_target(Desk *desk, const char *target) {
        cleanup(freep) char *topic = xstrdup(target);
        char *slash = strrchr(topic, '/');
        int32_t partition = -1;
        if (slash && (!is_number(slash + 1) || strlen(slash + 1) > 9)) {
                fprintf(stderr,
                        "kepud: '%s' is no partition; write TOPIC/NUMBER, or TOPIC for all of its partitions\n",
                        target);
                return EXIT_USAGE;
        }
        if (slash) {
                partition = (int32_t)strtol(slash + 1, NULL, 10);
                *slash = '\0';
        }
        if (partitions_read(desk->partitions, topic, partition, &desk->error) < 0)
                return unavailable(desk);
        if (partitions_count(desk->partitions) > 0)
                return EXIT_OK;
        fprintf(stderr,
                "kepud: group %s has no partition '%s'; `kepud partition list` shows those it has. A partition "
                "gets its row when a daemon first claims it\n",
                desk->config->group, target);
        return EXIT_NEGATIVE;
}

static int each(Desk *desk, Verb *verb) {
        int exit_code = EXIT_OK;
        for (size_t i = 0; exit_code == EXIT_OK && i < partitions_count(desk->partitions); i++) {
                PartitionState state = partitions_state(desk->partitions, i);
                exit_code = verb(desk, &state);
        }
        return exit_code;
}

static int work(Desk *desk, size_t verb, char *const *targets, int count) {
        int exit_code = EXIT_OK;
        if (verbs[verb].verb == list_one)
                printf("%-32s %14s  %-9s  %-20s  %-20s  %s\n", "PARTITION", "NEXT OFFSET", "STATE", "OWNER",
                       "LAST MESSAGE", "WHY");
        if (count == 0) {
                if (partitions_read(desk->partitions, NULL, -1, &desk->error) < 0)
                        return unavailable(desk);
                return each(desk, verbs[verb].verb);
        }
        for (int i = 0; exit_code == EXIT_OK && i < count; i++) {
                exit_code = read_target(desk, targets[i]);
                if (exit_code == EXIT_OK)
                        exit_code = each(desk, verbs[verb].verb);
        }
        return exit_code;
}

// ---- the command

// user@host, for the rows that say who decided.
static char *who_am_i(void) {
        char host[65] = "";
        const struct passwd *user = getpwuid(getuid());
        gethostname(host, sizeof(host) - 1);
        return user ? xasprintf("%s@%s", user->pw_name, host) : xasprintf("%u@%s", (unsigned)getuid(), host);
}

static int at_desk(const Config *config, size_t verb, const char *to, const char *why, const Arguments *arguments) {
        Desk desk = {.config = config, .to = to, .why = why, .error = ERROR_NULL};
        desk.partitions = partitions_open(config->conninfo, config->group, &desk.error);
        if (!desk.partitions)
                return unavailable(&desk);
        desk.who = who_am_i();
        desk.loop = loop_new();
        desk.asker = verbs[verb].seeks ? asker_new(desk.loop, config, &desk.error) : NULL;
        int exit_code = EXIT_CONFIG;
        if (verbs[verb].seeks && !desk.asker)
                error_tell(&desk.error);
        else
                exit_code = work(&desk, verb, arguments->operands + 1, arguments->operand_count - 1);
        consumer_close(desk.asker, 1000);
        loop_free(desk.loop);
        free(desk.who);
        partitions_close(desk.partitions);
        if (fflush(stdout) != 0) {
                fprintf(stderr, "kepud: could not write: %s\n", strerror(errno));
                return EXIT_UNAVAILABLE;
        }
        return exit_code;
}

static bool is_place(const char *to) {
        int64_t time_us;
        return strcmp(to, "earliest") == 0 || strcmp(to, "latest") == 0 || is_number(to) ||
               calendar_parse_timestamp((Span){to, strlen(to)}, &time_us);
}

// The verb, or VERB_COUNT after saying what is wrong.
static size_t find_verb(const Arguments *arguments, const char *to, const char *why) {
        const char *name = arguments->operand_count > 0 ? arguments->operands[0] : "";
        size_t verb = 0;
        while (verb < VERB_COUNT && strcmp(verbs[verb].name, name) != 0)
                verb++;
        if (verb == VERB_COUNT || (arguments->operand_count < 2 && !verbs[verb].takes_all)) {
                fprintf(stderr, "usage: kepud partition [-c FILE] list [TOPIC[/N]…]\n"
                                "       kepud partition [-c FILE] pause TOPIC[/N]… [--why TEXT]\n"
                                "       kepud partition [-c FILE] resume TOPIC[/N]…\n"
                                "       kepud partition [-c FILE] seek TOPIC[/N]… --to earliest|latest|OFFSET|TIME "
                                "--why TEXT\n");
                return VERB_COUNT;
        }
        if (verbs[verb].seeks != (to != NULL) || (verbs[verb].seeks && !(why && why[0]))) {
                fprintf(stderr,
                        "kepud: seek, and nothing else, takes --to; and it needs --why: it stands in ingest.gap\n");
                return VERB_COUNT;
        }
        if (to && !is_place(to)) {
                fprintf(stderr,
                        "kepud: --to needs earliest, latest, an offset, or a time as 2026-11-22T12:00:00+08:00; "
                        "found '%s'\n",
                        to);
                return VERB_COUNT;
        }
        return verb;
}

int command_partition(int argc, char **argv) {
        const char *to = NULL;
        const char *why = NULL;
        const Option options[] = {
                {"to", "PLACE", "seek: earliest, latest, an offset, or a time (RFC 3339)", &to, NULL, 0},
                {"why", "TEXT", "seek, pause: the reason, for those who come later", &why, NULL, 0},
        };
        Arguments arguments;
        int exit_code;
        if (!arguments_parse(argc, argv, options, 2, &arguments, &exit_code))
                return exit_code;
        size_t verb = find_verb(&arguments, to, why);
        if (verb == VERB_COUNT)
                return EXIT_USAGE;
        Config *config = config_load(arguments.config);
        exit_code = config && config_is_safe(config) ? at_desk(config, verb, to, why, &arguments) : EXIT_CONFIG;
        config_free(config);
        return exit_code;
}
