// SPDX-License-Identifier: Apache-2.0
// What a connection is made with: the user's conninfo, plus what a daemon needs to notice dead peers.
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef struct ConnInfo {
        const char **keywords; // NULL-terminated; NULL: the conninfo is wrong, or …
        const char **values;
        char **owned;
        size_t count;
        bool no_memory; // … libpq had none to read it with
} ConnInfo;

// `turn`: begin with the host at this place of the list (libpq's non-blocking connect never leaves a host that does
// not answer). On failure `ret_wrong` says what is wrong.
ConnInfo conninfo_new(const char *conninfo, const char *application_name, unsigned turn, char *ret_wrong,
                      size_t wrong_size);
// Whether PQconninfoParse() failed for want of memory: `error` is NULL then, or says so.
bool conninfo_lacked_memory(const char *error);
void conninfo_deinit(ConnInfo *info);
