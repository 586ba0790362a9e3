// SPDX-License-Identifier: Apache-2.0
#include "base/crash.h"

#ifdef KEPUD_CRASH_POINTS
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

// In the order in which a process comes by. A test holds the list against the calls.
static const char *const points[] = {
        "partitions.assigned", "claim.moved",      "claim.unsent",       "claim.sent",
        "claim.answered",      "start.sent",       "start.written",      "reading.started",
        "message.received",    "message.judged",   "batch.closed",       "sources.sent",
        "sources.added",       "begin.sent",       "begin.answered",     "offsets.sent",
        "offsets.moved",       "ledger.looked-up", "placeholders.sent",  "placeholders.made",
        "copy.sent",           "copy.data",        "copy.ended",         "ledger.entered",
        "states.sent",         "states.won",       "children.deleted",   "rows.copied",
        "letters.sent",        "tally.sent",       "range.halved",       "commit.unsent",
        "commit.sent",         "commit.answered",  "range.written",      "kafka.untold",
        "kafka.told",          "kafka.committed",  "partitions.revoked", "partitions.released",
        "maintenance.begun",   "maintenance.done", "maintenance.sent",   "maintenance.committed",
};
enum { POINT_COUNT = sizeof(points) / sizeof(*points) };

static const char *armed;       // NULL: none
static unsigned long countdown; // passes until it happens
static int number;              // SIGKILL or SIGSTOP

static const char *find(const char *name, size_t len) {
        for (size_t i = 0; i < POINT_COUNT; i++)
                if (strlen(points[i]) == len && memcmp(points[i], name, len) == 0)
                        return points[i];
        return NULL;
}

static bool arm(const char *text) {
        const char *colon = strchr(text, ':');
        const char *digits = colon ? colon + 1 : "";
        armed = colon ? find(text, (size_t)(colon - text)) : NULL;
        countdown = strtoul(digits, NULL, 10);
        return armed && countdown > 0 && strspn(digits, "0123456789") == strlen(digits);
}

// Before main(), so that no command has to know of it.
__attribute__((constructor)) static void begin(void) {
        const char *variable = getenv("STOP_AT") ? "STOP_AT" : "CRASH_AT";
        const char *text = getenv(variable);
        number = strcmp(variable, "STOP_AT") == 0 ? SIGSTOP : SIGKILL;
        if (!text || arm(text))
                return;
        fprintf(stderr, "kepud: %s is \"%s\", not NAME:N. N counts from 1, NAME is one of\n", variable, text);
        for (size_t i = 0; i < POINT_COUNT; i++)
                fprintf(stderr, "  %s\n", points[i]);
        _exit(EX_USAGE);
}

void crash_point(const char *name) {
        if (!armed || strcmp(name, armed) != 0 || --countdown > 0)
                return;
        fprintf(stderr, "kepud: crash point %s\n", name);
        armed = NULL;
        kill(getpid(), number);
        while (number == SIGKILL)
                pause();
}
#endif
