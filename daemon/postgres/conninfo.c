// SPDX-License-Identifier: Apache-2.0
#include "postgres/conninfo.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static const struct {
        const char *keyword;
        const char *value;
        bool always; // also when the user says otherwise
} defaults[] = {
        {"client_encoding", "UTF8", true},    // what we checked is UTF-8
        {"keepalives_idle", "15", false},     // a dead peer shows after 15 + 3 × 5 s
        {"keepalives_interval", "5", false},  //
        {"keepalives_count", "3", false},     //
        {"tcp_user_timeout", "20000", false}, // unacknowledged data
        {"connect_timeout", "5", false},      // blocking connections only
};

// "a,b,c" turned once: "b,c,a".
static char *turned(const char *list, unsigned turn) {
        char *copy = xstrdup(list);
        for (; turn > 0 && strchr(copy, ','); turn--) {
                char *comma = strchr(copy, ',');
                char *next = xasprintf("%s,%.*s", comma + 1, (int)(comma - copy), copy);
                free(copy);
                copy = next;
        }
        return copy;
}

static unsigned list_length(const char *list) {
        unsigned n = 1;
        for (; *list; list++)
                n += *list == ',';
        return n;
}

static void add(ConnInfo *info, const char *keyword, char *value) {
        info->keywords = xrealloc(info->keywords, (info->count + 2) * sizeof(*info->keywords));
        info->values = xrealloc(info->values, (info->count + 2) * sizeof(*info->values));
        info->owned = xrealloc(info->owned, (info->count + 1) * 2 * sizeof(*info->owned));
        info->owned[info->count * 2] = xstrdup(keyword);
        info->owned[info->count * 2 + 1] = value;
        info->keywords[info->count] = info->owned[info->count * 2];
        info->values[info->count] = value;
        info->count++;
        info->keywords[info->count] = NULL;
        info->values[info->count] = NULL;
}

static bool is_host_list(const char *keyword) {
        return strcmp(keyword, "host") == 0 || strcmp(keyword, "hostaddr") == 0 || strcmp(keyword, "port") == 0;
}

static bool is_overruled(const char *keyword) {
        for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
                if (defaults[i].always && strcmp(keyword, defaults[i].keyword) == 0)
                        return true;
        return false;
}

static bool says(const PQconninfoOption *options, const char *keyword) {
        for (const PQconninfoOption *option = options; option->keyword; option++)
                if (strcmp(option->keyword, keyword) == 0)
                        return option->val != NULL;
        return true; // a keyword that this libpq does not know must not be added
}

bool conninfo_lacked_memory(const char *error) {
        return !error || strncmp(error, "out of memory", 13) == 0;
}

ConnInfo conninfo_new(const char *conninfo, const char *application_name, unsigned turn, char *ret_wrong,
                      size_t wrong_size) {
        ConnInfo info = {0};
        char *wrong = NULL;
        PQconninfoOption *options = PQconninfoParse(conninfo, &wrong);
        if (!options) {
                info.no_memory = conninfo_lacked_memory(wrong);
                // Only this message is safe to show: the others may quote a piece of a password.
                bool unknown = wrong && strncmp(wrong, "invalid connection option", 25) == 0;
                snprintf(ret_wrong, wrong_size, "%s",
                         info.no_memory ? "out of memory"
                         : unknown      ? wrong
                                        : "not a valid connection string");
                PQfreemem(wrong);
                return info;
        }
        for (const PQconninfoOption *option = options; option->keyword; option++) {
                if (!option->val || is_overruled(option->keyword))
                        continue;
                unsigned turns = is_host_list(option->keyword) ? turn % list_length(option->val) : 0;
                add(&info, option->keyword, turned(option->val, turns));
        }
        for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
                if (defaults[i].always || !says(options, defaults[i].keyword))
                        add(&info, defaults[i].keyword, xstrdup(defaults[i].value));
        if (!says(options, "application_name"))
                add(&info, "application_name", xstrdup(application_name));
        PQconninfoFree(options);
        return info;
}

void conninfo_deinit(ConnInfo *info) {
        for (size_t i = 0; i < info->count * 2; i++)
                free(info->owned[i]);
        free(info->keywords);
        free(info->values);
        free(info->owned);
        *info = (ConnInfo){0};
}
