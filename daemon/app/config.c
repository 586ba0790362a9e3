// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/settings.h"
#include "build_info.h"
#include "event/catalogue.h"
#include "postgres/conninfo.h"

typedef enum OptionType { TYPE_STRING, TYPE_INTEGER, TYPE_LIST, TYPE_BOOLEAN, TYPE_RETENTION } OptionType;

typedef struct ConfigOption {
        const char *group; // "" for the top level
        const char *key;
        OptionType type;
        size_t offset;
        const char *otherwise; // default; NULL: required
        int64_t min;
        int64_t max;
        const char *one_of; // "a|b|c"
        const char *sentence;
} ConfigOption;

enum { TOPIC_MAX = 249 }; // Kafka's own limits
enum { RETENTION_MONTHS_MAX = 1200 };
static const char TOPIC_CHARACTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

#define AT(member) offsetof(Config, member)

static const ConfigOption options[] = {
        {"kafka", "brokers", TYPE_STRING, AT(brokers), NULL, 0, 0, NULL, "host:port, several by comma"},
        {"kafka", "topics", TYPE_LIST, AT(topics), NULL, 0, 0, NULL, "topics to read"},
        {"kafka", "group", TYPE_STRING, AT(group), "kepud", 0, 0, NULL, "consumer group"},
        {"kafka", "start", TYPE_STRING, AT(start), "earliest", 0, 0, "earliest|latest|fail",
         "where to begin in a topic that was never read"},
        {"kafka", "instance", TYPE_STRING, AT(instance), "", 0, 0, NULL,
         "static member id (group.instance.id); default: host name and name of the configuration file"},
        {"kafka", "memory_bytes", TYPE_INTEGER, AT(memory_bytes), "8388608", 8388608, 4294967296, NULL,
         "bound for messages that librdkafka has fetched and that are not read yet"},
        {"kafka", "properties", TYPE_LIST, AT(properties), "", 0, 0, NULL, "librdkafka properties, \"name=value\""},
        {"postgres", "conninfo", TYPE_STRING, AT(conninfo), NULL, 0, 0, NULL, "libpq connection string"},
        {"postgres", "connections", TYPE_INTEGER, AT(connections), "2", 1, 16, NULL, "connections that write"},
        {"batch", "events", TYPE_INTEGER, AT(batch_events), "5000", 1, 100000, NULL, "most events of a batch"},
        {"batch", "bytes", TYPE_INTEGER, AT(batch_bytes), "4194304", 65536, 67108864, NULL,
         "most bytes of memory of a batch: messages, and what is made of them"},
        {"batch", "age_ms", TYPE_INTEGER, AT(batch_age_ms), "10", 1, 60000, NULL,
         "milliseconds that a message waits for company while its connection is free"},
        {"dedup", "window", TYPE_INTEGER, AT(dedup_window_days), "0", 0, 36500, NULL,
         "days after which an event is too old and its identity may be forgotten; 0: never"},
        {"maintenance", "interval", TYPE_INTEGER, AT(maintenance_interval_s), "30", 0, 86400, NULL,
         "seconds between rounds of maintenance: partitions, retention, dashboards; 0: none"},
        {"http", "listen", TYPE_STRING, AT(http_listen), "", 0, 0, NULL,
         "address of GET /healthz: 127.0.0.1:9464, [::1]:9464 or unix:/path; empty: none"},
        {"", "catalogue", TYPE_STRING, AT(catalogue), KEPUD_DATADIR "/catalogue", 0, 0, NULL,
         "folder of declarations"},
        {"", "migrations", TYPE_STRING, AT(migrations), KEPUD_DATADIR "/migrations", 0, 0, NULL,
         "folder of the database's migrations"},
        {"", "retention", TYPE_RETENTION, AT(retention), "", 0, 0, NULL,
         "tables that do not keep everything: ( { table = \"schema.table\"; months = 60; } )"},
        {"", "log_level", TYPE_STRING, AT(log_level), "notice", 0, 0, "error|warning|notice|info|debug",
         "least important lines that are logged"},
        {"", "allow_plaintext", TYPE_BOOLEAN, AT(allow_plaintext), "false", 0, 0, NULL,
         "true: talk to brokers or a database on another machine without TLS"},
};
enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

static void report(void *userdata, const char *line) {
        (void)userdata;
        fprintf(stderr, "%s\n", line);
}

static void *member_of(Config *config, const ConfigOption *option) {
        return (char *)config + option->offset;
}

static bool is_one_of(const char *value, const char *choices) {
        size_t len = strlen(value);
        for (const char *p = choices; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
                if (strncmp(p, value, len) == 0 && (p[len] == '|' || p[len] == '\0'))
                        return true;
        return false;
}

static void set_list(Settings *settings, const config_setting_t *setting, bool required, ConfigList *list) {
        if (!config_setting_is_aggregate(setting) || config_setting_is_group(setting)) {
                settings_fault(settings, setting, "'%s' has to be a list of strings: [ \"…\" ]",
                               config_setting_name(setting));
                return;
        }
        if (required && config_setting_length(setting) == 0)
                settings_fault(settings, setting, "'%s' is empty", config_setting_name(setting));
        for (int i = 0; i < config_setting_length(setting); i++) {
                const char *item = config_setting_get_string_elem(setting, i);
                if (!item || !item[0] || list->count == CONFIG_LIST_MAX) {
                        settings_fault(settings, setting,
                                       "'%s' has to be a list of at most %d strings that are not empty",
                                       config_setting_name(setting), CONFIG_LIST_MAX);
                        return;
                }
                list->items[list->count++] = item;
        }
}

static void set_retention(Settings *settings, const config_setting_t *setting, ConfigRetentions *list) {
        static const char *const known[] = {"table", "months", NULL};
        if (!config_setting_is_list(setting) || config_setting_length(setting) > CONFIG_LIST_MAX) {
                settings_fault(settings, setting,
                               "'%s' has to be a list of at most %d: ( { table = \"…\"; months = …; } )",
                               config_setting_name(setting), CONFIG_LIST_MAX);
                return;
        }
        for (int i = 0; i < config_setting_length(setting); i++) {
                const config_setting_t *entry = config_setting_get_elem(setting, (unsigned)i);
                Retention *retention = &list->items[list->count++];
                if (!config_setting_is_group(entry)) {
                        settings_fault(settings, entry, "an entry is a group: { table = \"…\"; months = …; }");
                        continue;
                }
                settings_only(settings, entry, known);
                retention->table = settings_string(settings, entry, "table", true);
                if (!config_setting_get_member(entry, "months"))
                        settings_fault(settings, entry, "'months' is missing");
                settings_integer(settings, entry, "months", 1, RETENTION_MONTHS_MAX, &retention->months);
                for (int j = 0; retention->table && j < i; j++)
                        if (list->items[j].table && strcmp(list->items[j].table, retention->table) == 0)
                                settings_fault(settings, entry, "the table '%s' stands twice", retention->table);
        }
}

static void set_option(Settings *settings, const config_setting_t *group, const ConfigOption *option,
                       Config *config) {
        const config_setting_t *setting = config_setting_get_member(group, option->key);
        if (option->type == TYPE_LIST) {
                set_list(settings, setting, !option->otherwise, member_of(config, option));
        } else if (option->type == TYPE_RETENTION) {
                set_retention(settings, setting, member_of(config, option));
        } else if (option->type == TYPE_BOOLEAN) {
                *(bool *)member_of(config, option) = settings_bool(settings, group, option->key, false);
        } else if (option->type == TYPE_INTEGER) {
                settings_integer(settings, group, option->key, option->min, option->max, member_of(config, option));
        } else {
                const char *text = settings_string(settings, group, option->key, false);
                if (text && option->one_of && !is_one_of(text, option->one_of))
                        settings_fault(settings, setting, "'%s' has to be one of %s", option->key, option->one_of);
                if (text)
                        *(const char **)member_of(config, option) = text;
        }
}

static void set_default(Settings *settings, const config_setting_t *at, const ConfigOption *option, Config *config) {
        if (!option->otherwise)
                settings_fault(settings, at, "'%s%s%s' is missing: %s", option->group, option->group[0] ? "." : "",
                               option->key, option->sentence);
        else if (option->type == TYPE_STRING)
                *(const char **)member_of(config, option) = option->otherwise;
        else if (option->type == TYPE_INTEGER)
                *(int64_t *)member_of(config, option) = strtoll(option->otherwise, NULL, 10);
}

static void refuse_unknown(Settings *settings, const config_setting_t *group, const char *name) {
        const char *known[OPTION_COUNT + 8];
        size_t n = 0;
        for (size_t i = 0; i < OPTION_COUNT; i++) {
                if (strcmp(options[i].group, name) == 0)
                        known[n++] = options[i].key;
                else if (name[0] == '\0' && (n == 0 || strcmp(known[n - 1], options[i].group) != 0))
                        known[n++] = options[i].group;
        }
        known[n] = NULL;
        settings_only(settings, group, known);
}

static void read_options(Settings *settings, const config_setting_t *root, Config *config) {
        const char *checked = NULL;
        refuse_unknown(settings, root, "");
        for (size_t i = 0; i < OPTION_COUNT; i++) {
                const ConfigOption *option = &options[i];
                const config_setting_t *group =
                        option->group[0] ? config_setting_get_member(root, option->group) : root;
                if (group && !config_setting_is_group(group)) {
                        settings_fault(settings, group, "'%s' has to be a group: { … }", option->group);
                        continue;
                }
                if (group && group != root && (!checked || strcmp(checked, option->group) != 0))
                        refuse_unknown(settings, group, option->group);
                checked = option->group;
                if (group && config_setting_get_member(group, option->key))
                        set_option(settings, group, option, config);
                else
                        set_default(settings, group ? group : root, option, config);
        }
}

static void check_topics(Settings *settings, const config_setting_t *root, const Config *config) {
        const config_setting_t *group = config_setting_get_member(root, "kafka");
        const config_setting_t *at = group ? config_setting_get_member(group, "topics") : NULL;
        for (size_t i = 0; i < config->topics.count; i++) {
                const char *topic = config->topics.items[i];
                if (topic[strspn(topic, TOPIC_CHARACTERS)] != '\0' || strlen(topic) > TOPIC_MAX)
                        settings_fault(settings, at,
                                       "'%s' is no topic name (a-z, A-Z, 0-9, '.', '_', '-'; at most %d); "
                                       "patterns are not supported",
                                       topic, TOPIC_MAX);
                for (size_t j = 0; j < i; j++)
                        if (strcmp(topic, config->topics.items[j]) == 0)
                                settings_fault(settings, at, "the topic '%s' stands twice", topic);
        }
}

static void check_conninfo(Settings *settings, const config_setting_t *root, const Config *config) {
        char *error = NULL;
        PQconninfoOption *parsed = config->conninfo ? PQconninfoParse(config->conninfo, &error) : NULL;
        if (config->conninfo && !parsed) {
                if (conninfo_lacked_memory(error))
                        memory_exhausted();
                const config_setting_t *group = config_setting_get_member(root, "postgres");
                error[strcspn(error, "\n")] = '\0';
                settings_fault(settings, config_setting_get_member(group, "conninfo"), "%s", error);
        }
        PQfreemem(error);
        PQconninfoFree(parsed);
}

Config *config_load(const char *file) {
        Settings settings = {report, NULL, file, 0};
        Config *config = xcalloc(1, sizeof(*config));
        config_t *parsed = xcalloc(1, sizeof(*parsed));
        config_init(parsed);
        config->owned = parsed;
        if (settings_read(&settings, parsed, file)) {
                read_options(&settings, config_root_setting(parsed), config);
                check_topics(&settings, config_root_setting(parsed), config);
                check_conninfo(&settings, config_root_setting(parsed), config);
        }
        return settings.faults > 0 ? config_free(config) : config;
}

Config *config_free(Config *config) {
        if (config) {
                config_destroy(config->owned);
                free(config->owned);
                free(config);
        }
        return NULL;
}

Catalogue *config_catalogue(const Config *config) {
        return catalogue_load(config->catalogue, report, NULL);
}
