// SPDX-License-Identifier: Apache-2.0
// kepud.conf: one table row per option (path, type, default, bounds, sentence); whatever is not in the table is an
// error. All faults of a file are told at once.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "postgres/maintain.h"

enum { CONFIG_LIST_MAX = 64 };

typedef struct ConfigList {
        const char *items[CONFIG_LIST_MAX + 1]; // NULL-terminated
        size_t count;
} ConfigList;

typedef struct ConfigRetentions {
        Retention items[CONFIG_LIST_MAX];
        size_t count;
} ConfigRetentions;

typedef struct Config {
        // kafka
        const char *brokers;
        ConfigList topics;
        const char *group;
        const char *start;    // earliest | latest | fail
        const char *instance; // "" means: host name and configuration name
        ConfigList properties;
        int64_t memory_bytes;
        // postgres
        const char *conninfo;
        int64_t connections;
        // batch
        int64_t batch_events;
        int64_t batch_bytes;
        int64_t batch_age_ms;
        // dedup
        int64_t dedup_window_days; // 0: for ever
        // maintenance
        int64_t maintenance_interval_s; // 0: the daemon does none
        // http
        const char *http_listen; // "": nothing listens
        // the rest
        ConfigRetentions retention;
        const char *catalogue;
        const char *migrations;
        const char *log_level;
        bool allow_plaintext;
        void *owned; // the parsed file
} Config;

// NULL after telling every fault on standard error.
Config *config_load(const char *file);
Config *config_free(Config *config);
// The catalogue that the configuration names, or NULL after telling every fault on standard error.
struct Catalogue *config_catalogue(const Config *config);
// Brokers and database are on this machine.
bool config_is_local(const Config *config);
// Nothing goes in the clear to another machine, unless allow_plaintext says so; told on standard error when not.
bool config_is_safe(const Config *config);
