// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"

struct Maintenance {
        LoopTimer *timer;
        int64_t interval_ms;
        Maintainer *maintainer;
        char *application_name;
        Buffer complaints; // of this round, a line each
        Buffer told;       // of the round before: what goes on is not told again
};

static MaintainerOptions options_of(const Config *config, const char *application_name) {
        return (MaintainerOptions){.conninfo = config->conninfo,
                                   .application_name = application_name,
                                   .retention = config->retention.items,
                                   .retention_count = config->retention.count,
                                   .window_days = config->dedup_window_days};
}

static void complain(Maintenance *maintenance, const char *line) {
        buffer_printf(&maintenance->complaints, "%s\n", line);
        bool news = !strstr(buffer_text(&maintenance->told), line);
        log_line(news ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG, "maintenance: %s", line);
}

static void on_fault(void *userdata, Span sentence) {
        (void)userdata;
        log_error("maintenance: %.*s", (int)sentence.len, sentence.ptr);
}

static void on_did(void *userdata, const char *task, const char *subject, const char *what) {
        (void)userdata;
        if (what[0])
                log_notice("maintenance: %s %s: %s", task, subject, what);
        else
                log_debug("maintenance: %s %s", task, subject);
}

static void on_failed(void *userdata, const char *task, const char *subject, const PgError *error) {
        cleanup(freep) char *line = xasprintf("could not %s %s, trying again later: SQLSTATE %s: %s", task, subject,
                                              error->sqlstate, error->message);
        complain(userdata, line);
}

static void on_over(void *userdata, const PgError *error) {
        Maintenance *maintenance = userdata;
        if (error) {
                cleanup(freep) char *line =
                        xasprintf("no round, trying again later: SQLSTATE %s: %s", error->sqlstate, error->message);
                complain(maintenance, line);
        }
        Buffer empty = maintenance->told;
        empty.len = 0;
        maintenance->told = maintenance->complaints;
        maintenance->complaints = empty;
        loop_timer_set(maintenance->timer, maintenance->interval_ms);
}

static void on_timer(void *userdata) {
        Maintenance *maintenance = userdata;
        maintainer_begin(maintenance->maintainer);
}

Maintenance *maintenance_new(Loop *loop, const Config *config, const char *instance) {
        static const MaintainerEvents events = {on_fault, on_did, on_failed, on_over};
        if (config->maintenance_interval_s == 0)
                return NULL;
        Maintenance *maintenance = xcalloc(1, sizeof(*maintenance));
        maintenance->interval_ms = config->maintenance_interval_s * 1000;
        maintenance->application_name = xasprintf("kepud/%s/maintenance", instance);
        maintenance->complaints = BUFFER_NULL;
        maintenance->told = BUFFER_NULL;
        MaintainerOptions options = options_of(config, maintenance->application_name);
        maintenance->maintainer = maintainer_new(loop, &options, &events, maintenance);
        maintenance->timer = loop_timer(loop, on_timer, maintenance);
        loop_timer_set(maintenance->timer, 0);
        return maintenance;
}

Maintenance *maintenance_free(Maintenance *maintenance) {
        if (maintenance) {
                loop_timer_clear(maintenance->timer);
                maintainer_free(maintenance->maintainer);
                buffer_deinit(&maintenance->complaints);
                buffer_deinit(&maintenance->told);
                free(maintenance->application_name);
                free(maintenance);
        }
        return NULL;
}

int maintenance_check(const Config *config, void (*report)(void *userdata, const char *line), void *userdata,
                      size_t *ret_faults, Error *error) {
        MaintainerOptions options = options_of(config, "kepud/check");
        *ret_faults = 0;
        if (config->maintenance_interval_s == 0)
                return 0;
        return maintainer_check(&options, report, userdata, ret_faults, error);
}
