// SPDX-License-Identifier: Apache-2.0
// Safe by default: what leaves this machine is encrypted and its other end verified, or the configuration says that
// it need not be.
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "app/config.h"
#include "base/memory.h"

static bool is_loopback(const char *host, size_t len) {
        static const char *const names[] = {"localhost", "::1", "[::1]"};
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (strlen(names[i]) == len && strncasecmp(host, names[i], len) == 0)
                        return true;
        return len > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= len;
}

// Every name of a comma-separated list; `port`: names end with ":port".
static bool all_local(const char *hosts, bool port) {
        for (const char *p = hosts; p && *p;) {
                size_t len = strcspn(p, ",");
                size_t name = len;
                if (port)
                        for (size_t i = 0; i < len; i++)
                                if (p[i] == ':')
                                        name = i;
                while (name > 0 && *p == ' ') {
                        p++;
                        name--;
                        len--;
                }
                if (p[0] != '/' && !is_loopback(p, name))
                        return false;
                p += len + (p[len] == ',');
        }
        return true;
}

static bool brokers_are_local(const Config *config) {
        return all_local(config->brokers, true);
}

// What libpq takes for an option that the connection string leaves out: the environment's, or its own default.
static const char *default_of(const PQconninfoOption *defaults, const char *keyword) {
        for (; defaults->keyword; defaults++)
                if (strcmp(defaults->keyword, keyword) == 0)
                        return defaults->val;
        return NULL;
}

// Without a host libpq takes a unix socket.
static bool database_is_local(const Config *config, bool *ret_verified) {
        PQconninfoOption *parsed = PQconninfoParse(config->conninfo, NULL);
        PQconninfoOption *defaults = PQconndefaults();
        bool local = true;
        // It was read before without a fault. And what cannot be looked at is not local.
        if (!parsed || !defaults)
                memory_exhausted();
        *ret_verified = false;
        for (PQconninfoOption *option = parsed; option && option->keyword; option++) {
                const char *value = option->val ? option->val : default_of(defaults, option->keyword);
                bool names_host = strcmp(option->keyword, "host") == 0 || strcmp(option->keyword, "hostaddr") == 0;
                if (names_host && value && !all_local(value, false))
                        local = false;
                if (strcmp(option->keyword, "sslmode") == 0 && value)
                        *ret_verified = strcmp(value, "verify-full") == 0;
                if (strcmp(option->keyword, "service") == 0 && value)
                        local = false; // the file may name any host
        }
        PQconninfoFree(parsed);
        PQconninfoFree(defaults);
        return local;
}

// The value that counts: librdkafka takes the last of several.
static const char *property_of(const Config *config, const char *name) {
        const char *value = NULL;
        size_t len = strlen(name);
        for (size_t i = 0; i < config->properties.count; i++)
                if (strncasecmp(config->properties.items[i], name, len) == 0 &&
                    config->properties.items[i][len] == '=')
                        value = config->properties.items[i] + len + 1;
        return value;
}

static bool is_one_of(const char *value, const char *first, const char *second) {
        return value && (strcasecmp(value, first) == 0 || strcasecmp(value, second) == 0);
}

// Encrypted, and the other end is checked (librdkafka's default since 2.0).
static bool kafka_is_verified(const Config *config) {
        const char *verification = property_of(config, "enable.ssl.certificate.verification");
        const char *identification = property_of(config, "ssl.endpoint.identification.algorithm");
        return is_one_of(property_of(config, "security.protocol"), "ssl", "sasl_ssl") &&
               !is_one_of(verification, "false", "f") && !is_one_of(verification, "0", "no") &&
               !is_one_of(identification, "none", "");
}

bool config_is_local(const Config *config) {
        bool verified;
        return brokers_are_local(config) && database_is_local(config, &verified);
}

bool config_is_safe(const Config *config) {
        bool safe = true;
        bool verified;
        bool http_local = config->http_listen[0] == '\0' || strncmp(config->http_listen, "unix:", 5) == 0 ||
                          all_local(config->http_listen, true);
        if (!http_local) {
                fprintf(stderr, "kepud: http.listen has to be a loopback address or a unix socket; put a proxy in "
                                "front of it "
                                "for others\n");
                safe = false;
        }
        if (config->allow_plaintext)
                return safe;
        if (!brokers_are_local(config) && !kafka_is_verified(config)) {
                fprintf(stderr, "kepud: kafka.brokers are on another machine and security.protocol is not SSL or "
                                "SASL_SSL with verification; "
                                "add it to kafka.properties, or say allow_plaintext = true\n");
                safe = false;
        }
        if (!database_is_local(config, &verified) && !verified) {
                fprintf(stderr, "kepud: the database is on another machine and sslmode is not verify-full; "
                                "add it to postgres.conninfo, or say allow_plaintext = true\n");
                safe = false;
        }
        return safe;
}
