// SPDX-License-Identifier: Apache-2.0
// kepud run: the daemon.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/arguments.h"
#include "app/command.h"
#include "app/config.h"
#include "app/http.h"
#include "app/maintenance.h"
#include "app/notify.h"
#include "app/pipeline.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "build_info.h"

// With the pipeline's own 4 s these stay below the 10 s that SIGTERM may take.
enum { LEAVE_MS = 3000, EXIT_S = 2 };

// librdkafka 2.0.2 can lose its place to itself: after a session time-out it has no member id, and a commit that
// waited for the coordinator goes out all the same (confluentinc/librdkafka#5585). Twice in this time, and it is
// another process.
static const int64_t EXPELLED_TWICE_MS = 60 * 1000;

typedef struct Daemon {
        Config *config;
        Catalogue *catalogue;
        int signals;
        bool told_to_end;
        int64_t expelled_ms; // monotonic, the last time; 0: never
        Loop *loop;          // this and what follows is made anew after Kafka has expelled this member
        Pipeline *pipeline;
        Maintenance *maintenance;
        Http *http;
} Daemon;

static void signalled(void *userdata, uint32_t events) {
        Daemon *self = userdata;
        struct signalfd_siginfo info;
        (void)events;
        if (read(self->signals, &info, sizeof(info)) != sizeof(info))
                return;
        log_notice("ending on signal %u", info.ssi_signo);
        self->told_to_end = true;
        notify_systemd("STOPPING=1");
        self->maintenance = maintenance_free(self->maintenance);
        pipeline_stop(self->pipeline);
}

// Before any library makes a thread, so that all threads inherit the mask.
static int open_signals(void) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigprocmask(SIG_BLOCK, &set, NULL);
        return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

// Host and configuration: a restart is the same member, another unit instance is another one.
static char *default_instance(const char *file) {
        char host[256] = "localhost";
        gethostname(host, sizeof(host) - 1);
        const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
        const char *dot = strrchr(base, '.');
        return xasprintf("%s-%.*s", host, (int)(dot ? dot - base : (ptrdiff_t)strlen(base)), base);
}

static void set_log_level(const char *name) {
        static const char *const names[] = {"error", "warning", "notice", "info", "debug"};
        for (int i = 0; i < 5; i++)
                if (strcmp(name, names[i]) == 0)
                        log_set_level((LogLevel)(LOG_LEVEL_ERROR + i));
}

static bool may_freeze(const Config *config) {
        if (config_is_local(config))
                return true;
        fprintf(stderr, "kepud: --now is for tests: brokers and database have to be on this machine\n");
        return false;
}

static int run_loop(Daemon *self, const char *instance) {
        Error error = ERROR_NULL;
        log_notice("kepud %s (%s) runs group=%s instance=%s catalogue=%s", KEPUD_VERSION, KEPUD_COMMIT,
                   self->config->group, instance, self->config->catalogue);
        if (pipeline_run(self->pipeline, &error) < 0) {
                log_error("%s. Hint: %s", error.text, error.hint);
                return EXIT_CONFIG;
        }
        notify_systemd("READY=1\nSTATUS=joining the consumer group");
        while (!pipeline_is_done(self->pipeline))
                loop_run_once(self->loop, -1);
        // Who is told to end need not have a place in the group any more.
        bool settled = self->told_to_end && pipeline_is_expelled(self->pipeline);
        return settled ? EXIT_OK : pipeline_exit_code(self->pipeline);
}

static const char *health(void *userdata) {
        const Daemon *self = userdata;
        return pipeline_trouble(self->pipeline);
}

// True also when nothing is to listen.
static bool listen_http(Daemon *self) {
        Error error = ERROR_NULL;
        if (!self->config->http_listen[0])
                return true;
        self->http = http_new(self->loop, self->config->http_listen, health, self, &error);
        if (!self->http)
                log_error("%s%s%s", error.text, error.hint[0] ? ". Hint: " : "", error.hint);
        return self->http != NULL;
}

static int exit_code_at_deadline;

static void leave_now(int number) {
        (void)number;
        _exit(exit_code_at_deadline);
}

// Freeing memory and the exit handlers of libraries must not hold up an end that is already settled.
static void bound_exit(int exit_code) {
        exit_code_at_deadline = exit_code;
        signal(SIGALRM, leave_now);
        alarm(EXIT_S);
}

static void round_deinit(Daemon *self) {
        self->http = http_free(self->http);
        self->maintenance = maintenance_free(self->maintenance);
        self->pipeline = pipeline_free(self->pipeline);
        self->loop = loop_free(self->loop);
}

static int serve_once(Daemon *self, const PipelineOptions *options) {
        Error error = ERROR_NULL;
        round_deinit(self);
        self->loop = loop_new();
        self->pipeline = pipeline_new(self->loop, options, &error);
        if (!self->pipeline) {
                log_error("%s%s%s", error.text, error.hint[0] ? ". Hint: " : "", error.hint);
                return EXIT_CONFIG;
        }
        if (!listen_http(self)) {
                pipeline_leave_group(self->pipeline, LEAVE_MS);
                return EXIT_CONFIG;
        }
        self->maintenance = maintenance_new(self->loop, self->config, options->instance);
        loop_watch(self->loop, self->signals, EPOLLIN, signalled, self);
        int exit_code = run_loop(self, options->instance);
        if (!pipeline_leave_group(self->pipeline, LEAVE_MS)) {
                // A thread of librdkafka still runs; everything that lasts is in PostgreSQL.
                log_notice("left without waiting for Kafka");
                _exit(exit_code);
        }
        return exit_code;
}

static bool joins_again(Daemon *self) {
        if (!self->pipeline || !pipeline_is_expelled(self->pipeline) || self->told_to_end)
                return false;
        int64_t now_ms = clock_monotonic_ms();
        bool often = self->expelled_ms > 0 && now_ms - self->expelled_ms < EXPELLED_TWICE_MS;
        self->expelled_ms = now_ms;
        if (!often)
                log_notice("joining the group anew");
        return !often;
}

static int serve(Daemon *self, const PipelineOptions *options) {
        int exit_code;
        do {
                exit_code = serve_once(self, options);
        } while (joins_again(self));
        if (self->pipeline && pipeline_is_done(self->pipeline))
                log_notice("ended");
        bound_exit(exit_code);
        return exit_code;
}

static void daemon_deinit(Daemon *self) {
        round_deinit(self);
        catalogue_free(self->catalogue);
        config_free(self->config);
        if (self->signals >= 0)
                close(self->signals);
}

static int prepare_and_serve(Daemon *self, const char *file, const char *now) {
        PipelineOptions options = {.frozen = now != NULL};
        if (now && !arguments_time(now, &options.now_us))
                return EXIT_USAGE;
        self->config = config_load(file);
        if (!self->config || (now && !may_freeze(self->config)) || !config_is_safe(self->config))
                return EXIT_CONFIG;
        set_log_level(self->config->log_level);
        self->catalogue = config_catalogue(self->config);
        if (!self->catalogue)
                return EXIT_CONFIG;
        cleanup(freep) char *instance =
                self->config->instance[0] ? xstrdup(self->config->instance) : default_instance(file);
        options.config = self->config;
        options.catalogue = self->catalogue;
        options.instance = instance;
        return serve(self, &options);
}

int command_run(int argc, char **argv) {
        const char *now = NULL;
        const Option options[] = {{"now", "TIME", "freeze the validation clock, for tests", &now, NULL, 0}};
        Arguments arguments;
        int exit_code;
        if (!arguments_parse(argc, argv, options, 1, &arguments, &exit_code))
                return exit_code;
        if (!arguments_none(&arguments))
                return EXIT_USAGE;
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); // a core would hold payloads and the password
        Daemon self = {.signals = open_signals()};
        exit_code = prepare_and_serve(&self, arguments.config, now);
        daemon_deinit(&self);
        return exit_code;
}
