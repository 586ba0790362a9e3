// SPDX-License-Identifier: Apache-2.0
#include "kafka/client.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>

#include "base/memory.h"

enum { NEW_TIMEOUT_MS = 8000 }; // it only makes threads

#define BOTH (CLIENT_CONSUMER | CLIENT_PRODUCER)

typedef struct Setting {
        unsigned roles;
        const char *name;
        const char *value;
} Setting;

// Ours, but the user may change them, unless they stand in owned[] as well.
static const Setting defaults[] = {
        {BOTH, "client.id", "kepud"},
        {BOTH, "socket.keepalive.enable", "true"},
        {BOTH, "log.queue", "true"},
        // An idle connection that a broker closes is no news.
        {BOTH, "log.connection.close", "false"},
        // A broker that went silent costs this long, and 60 s is the library's own choice: more than it may take to
        // be back. The line has to carry a whole response in this time.
        {CLIENT_CONSUMER, "socket.timeout.ms", "20000"},
        // There is one fetch on its way to a broker, and while it waits at partitions that have nothing, the others
        // get nothing: with librdkafka's 500 ms a partition that is behind ran dry twice a second.
        {CLIENT_CONSUMER, "fetch.wait.max.ms", "50"},
        {CLIENT_CONSUMER, "enable.auto.commit", "false"},
        {CLIENT_CONSUMER, "enable.auto.offset.store", "false"},
        // Never a silent jump.
        {CLIENT_CONSUMER, "auto.offset.reset", "error"},
        {CLIENT_CONSUMER, "isolation.level", "read_committed"},
        {CLIENT_CONSUMER, "check.crcs", "true"},
        {CLIENT_CONSUMER, "enable.partition.eof", "true"},
        // Eager: the cooperative assignors of 2.0.2 lose and hang.
        {CLIENT_CONSUMER, "partition.assignment.strategy", "range"},
        {CLIENT_CONSUMER, "allow.auto.create.topics", "false"},
        {CLIENT_PRODUCER, "enable.idempotence", "true"},
        {CLIENT_PRODUCER, "acks", "all"},
        // Where Java producers put the same key.
        {CLIENT_PRODUCER, "partitioner", "murmur2_random"},
};

typedef struct Owned {
        unsigned roles;
        const char *name;
        const char *allowed; // the one value that may be written down; NULL: none
        const char *why;
} Owned;

static const Owned owned[] = {
        {BOTH, "bootstrap.servers", NULL, "it is set by kafka.brokers"},
        {BOTH, "metadata.broker.list", NULL, "it is set by kafka.brokers"},
        {BOTH, "log.queue", "true", "log lines have to come from our own thread"},
        {BOTH, "test.mock.num.brokers", NULL, "it would replace kafka.brokers; use \"kepud broker\""},
        {CLIENT_CONSUMER, "group.id", NULL, "it is set by kafka.group"},
        {CLIENT_CONSUMER, "group.instance.id", NULL, "it is set by kafka.instance"},
        {CLIENT_CONSUMER, "enable.auto.commit", "false", "offsets live in PostgreSQL"},
        {CLIENT_CONSUMER, "auto.commit.enable", "false", "offsets live in PostgreSQL"},
        {CLIENT_CONSUMER, "auto.commit.interval.ms", NULL, "offsets live in PostgreSQL"},
        {CLIENT_CONSUMER, "enable.auto.offset.store", "false", "offsets live in PostgreSQL"},
        {CLIENT_CONSUMER, "offset.store.method", NULL, "offsets live in PostgreSQL"},
        {CLIENT_CONSUMER, "offset.store.path", NULL, "offsets live in PostgreSQL"},
        {CLIENT_CONSUMER, "auto.offset.reset", "error", "a start position is chosen by kafka.start, once per topic"},
        {CLIENT_CONSUMER, "partition.assignment.strategy", "range", "other assignors lose messages or hang"},
        {CLIENT_CONSUMER, "isolation.level", "read_committed", "aborted transactions must never be stored"},
        {CLIENT_CONSUMER, "check.crcs", "true", "damaged messages must never be stored"},
        {CLIENT_CONSUMER, "enable.partition.eof", "true", "the end of a partition has to be seen"},
        {CLIENT_CONSUMER, "queued.max.messages.kbytes", NULL, "it is derived from kafka.memory_bytes"},
        {CLIENT_CONSUMER, "queued.min.messages", NULL, "it is derived from kafka.memory_bytes"},
        {CLIENT_CONSUMER, "fetch.max.bytes", NULL, "it is derived from kafka.memory_bytes"},
        {CLIENT_CONSUMER, "fetch.message.max.bytes", NULL, "it is derived from kafka.memory_bytes"},
        {CLIENT_CONSUMER, "max.partition.fetch.bytes", NULL, "it is derived from kafka.memory_bytes"},
        {CLIENT_PRODUCER, "enable.idempotence", "true", "a retry must not publish twice"},
        {CLIENT_PRODUCER, "enable.gapless.guarantee", NULL, "a failed message is counted and told, not fatal"},
        {CLIENT_PRODUCER, "acks", "all", "what is published must be kept"},
        {CLIENT_PRODUCER, "request.required.acks", "all", "what is published must be kept"},
        {CLIENT_PRODUCER, "transactional.id", NULL, "messages are published without transactions"},
};

static const Owned *find_owned(ClientRole role, const char *name) {
        for (size_t i = 0; i < sizeof(owned) / sizeof(*owned); i++)
                if (owned[i].roles & role && strcmp(owned[i].name, name) == 0)
                        return &owned[i];
        return NULL;
}

int client_set(rd_kafka_conf_t *conf, const char *name, const char *value, Error *error) {
        char reason[256];
        if (rd_kafka_conf_set(conf, name, value, reason, sizeof(reason)) == RD_KAFKA_CONF_OK)
                return 0;
        return error_set(error, "cannot use kafka property \"%s\": %s", name, reason);
}

// The text of a property may be a secret, and is never repeated.
static int set_property(rd_kafka_conf_t *conf, ClientRole role, const char *property, size_t number, Error *error) {
        const char *equals = strchr(property, '=');
        if (!equals || equals == property)
                return error_set(error, "cannot use kafka property number %zu: it is not \"name=value\"", number);
        cleanup(freep) char *name = xstrndup(property, (size_t)(equals - property));
        const Owned *mine = find_owned(role, name);
        if (mine && !(mine->allowed && strcmp(mine->allowed, equals + 1) == 0))
                return error_set(error, "cannot use kafka property \"%s\": %s", name, mine->why);
        return client_set(conf, name, equals + 1, error);
}

static int set_all(rd_kafka_conf_t *conf, ClientRole role, const char *brokers, const char *const *properties,
                   size_t property_count, Error *error) {
        for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
                if (defaults[i].roles & role && client_set(conf, defaults[i].name, defaults[i].value, error) < 0)
                        return -1;
        if (!brokers || !*brokers)
                return error_set(error, "cannot reach kafka: kafka.brokers is empty");
        if (client_set(conf, "bootstrap.servers", brokers, error) < 0)
                return -1;
        for (size_t i = 0; i < property_count; i++)
                if (set_property(conf, role, properties[i], i + 1, error) < 0)
                        return -1;
        return 0;
}

rd_kafka_conf_t *client_conf(ClientRole role, const char *brokers, const char *const *properties,
                             size_t property_count, Error *error) {
        rd_kafka_conf_t *conf = rd_kafka_conf_new();
        if (set_all(conf, role, brokers, properties, property_count, error) == 0)
                return conf;
        rd_kafka_conf_destroy(conf);
        return NULL;
}

static struct timespec deadline_in(int timeout_ms) {
        struct timespec at;
        clock_gettime(CLOCK_MONOTONIC, &at);
        at.tv_sec += timeout_ms / 1000;
        at.tv_nsec += timeout_ms % 1000 * 1000000L;
        if (at.tv_nsec >= 1000000000L) {
                at.tv_sec++;
                at.tv_nsec -= 1000000000L;
        }
        return at;
}

typedef struct Creation {
        ClientRole role;
        rd_kafka_conf_t *conf;
        rd_kafka_t *rk;
        char reason[256];
} Creation;

static void *create_thread(void *userdata) {
        Creation *job = userdata;
        rd_kafka_type_t type = job->role == CLIENT_CONSUMER ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
        job->rk = rd_kafka_new(type, job->conf, job->reason, sizeof(job->reason));
        return job;
}

// Where it cannot make all of its threads, librdkafka 2.0.2 waits for one that it has not told to end.
rd_kafka_t *client_new(ClientRole role, rd_kafka_conf_t *conf, Error *error) {
        Creation job = {.role = role, .conf = conf};
        struct timespec deadline = deadline_in(NEW_TIMEOUT_MS);
        pthread_t thread;
        if (pthread_create(&thread, NULL, create_thread, &job) != 0 ||
            pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &deadline) != 0) {
                fputs("kepud: librdkafka could not begin: out of memory, or of threads\n", stderr);
                abort();
        }
        if (job.rk)
                return job.rk;
        rd_kafka_conf_destroy(conf);
        error_set(error, "cannot make a kafka client: %s", job.reason);
        return NULL;
}

typedef struct Destruction {
        rd_kafka_t *rk;
        int flags;
} Destruction;

static void *destroy_thread(void *userdata) {
        Destruction *job = userdata;
        rd_kafka_destroy_flags(job->rk, job->flags);
        return job;
}

bool client_destroy(rd_kafka_t *rk, int flags, int timeout_ms) {
        Destruction *job = xcalloc(1, sizeof(*job));
        *job = (Destruction){rk, flags};
        struct timespec deadline = deadline_in(timeout_ms);
        pthread_t thread;
        if (pthread_create(&thread, NULL, destroy_thread, job) != 0)
                return false;
        if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &deadline) != 0) {
                pthread_detach(thread);
                return false;
        }
        free(job);
        return true;
}

// librdkafka 2.0.2 waits until a time of day: it asks timespec_get() for now, adds, and hands the sum to
// cnd_timedwait(). When the clock is set back by an hour, its threads sleep for an hour, and the membership is lost.
// Nobody else in this process calls these (libmicrohttpd may, where it wants monotonic time), and the dynamic linker
// takes the program's own first: so both speak of monotonic time here.
__attribute__((visibility("default"))) int timespec_get(struct timespec *now, int base) {
        return base == TIME_UTC && clock_gettime(CLOCK_MONOTONIC, now) == 0 ? base : 0;
}

static int64_t now_ns(clockid_t clock) {
        struct timespec now;
        clock_gettime(clock, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t distance(int64_t a, int64_t b) {
        return a < b ? b - a : a - b;
}

// In glibc these types and those of pthread are the same inside. A few waits come from gettimeofday() all the same:
// they are known by their size, and last as long as they would by now.
__attribute__((visibility("default"))) int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                                                         const struct timespec *restrict until) {
        int64_t end = (int64_t)until->tv_sec * 1000000000 + until->tv_nsec;
        int64_t monotonic = now_ns(CLOCK_MONOTONIC), day = now_ns(CLOCK_REALTIME);
        if (distance(end, day) < distance(end, monotonic))
                end = end < day ? monotonic : monotonic + (end - day);
        struct timespec at = {end / 1000000000, end % 1000000000};
        int result =
                pthread_cond_clockwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, CLOCK_MONOTONIC, &at);
        return result == 0 ? thrd_success : result == ETIMEDOUT ? thrd_timedout : thrd_error;
}
