// SPDX-License-Identifier: Apache-2.0
// libconfig files, read strictly: every fault as `file:line: message`, nothing ignored.
#pragma once
#include <libconfig.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

typedef void SettingsReport(void *userdata, const char *line);

// Collects faults; zero of them means that all is well.
typedef struct Settings {
        SettingsReport *report;
        void *userdata;
        const char *file; // of the settings at hand
        unsigned faults;
} Settings;

// Reads a file into an initialised `config`. Refuses bare integers of more than 9 digits as well: libconfig 1.5 wraps
// what does not fit into 32 bits.
bool settings_read(Settings *settings, config_t *config, const char *file);

void settings_fault(Settings *settings, const config_setting_t *at, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
// Every key of `group` that is not in the NULL-terminated `known` is a fault ("did you mean" the nearest one).
void settings_only(Settings *settings, const config_setting_t *group, const char *const *known);
// The key's value; NULL, false, or the default when it is not there; a fault when it has the wrong type.
const char *settings_string(Settings *settings, const config_setting_t *group, const char *key, bool required);
bool settings_bool(Settings *settings, const config_setting_t *group, const char *key, bool otherwise);
// Integers up to 9 digits bare, larger ones as strings. False: not there (or a fault).
bool settings_integer(Settings *settings, const config_setting_t *group, const char *key, int64_t min, int64_t max,
                      int64_t *ret_integer);
// A list, an array or a group; NULL when not there.
const config_setting_t *settings_member(Settings *settings, const config_setting_t *group, const char *key,
                                        bool required);
