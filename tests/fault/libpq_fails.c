// SPDX-License-Identifier: Apache-2.0
// A libpq that fails when it is told to: linked into `kepud-libpq` with --wrap for every function that is defined
// here. Each way in which a function can fail is a call of its own, so a sweep over all calls comes by all of them.
// PQ_CONTROL names a file that is shared with the test (struct Control): it says which call is to fail.
#include <fcntl.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

// test_libpq.py knows the layout.
typedef struct Control {
        volatile uint64_t at;       // the call that fails, from 1; 0: none does
        volatile uint64_t forever;  // and all that come after it
        volatile uint64_t calls;    // that there have been
        volatile uint64_t failures; // of them
        char only[64];              // "NAME way": nothing else counts; "": everything
        char what[64];              // failed last
} Control;

// Beside the failures that only say so, the line really goes away: then libpq itself says what follows.
#define CUT "cut"

static Control *control;
static const PGconn *complaining; // whose message is ours
static char complaint[128];

// Before main(), so that no command has to know of it.
__attribute__((constructor)) static void arm(void) {
        const char *path = getenv("PQ_CONTROL");
        if (!path)
                return;
        int fd = open(path, O_RDWR | O_CLOEXEC);
        void *page = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (page == MAP_FAILED) {
                perror("kepud: PQ_CONTROL");
                _exit(64);
        }
        close(fd);
        control = page;
}

// This call, in this way?
static bool fails(const PGconn *pg, const char *name, const char *way) {
        char what[64];
        if (!control || control->at == 0)
                return false;
        snprintf(what, sizeof(what), "%s %s", name, way);
        if (control->only[0] && strcmp(what, control->only) != 0)
                return false;
        uint64_t call = ++control->calls;
        if (call != control->at && !(control->forever && call > control->at))
                return false;
        memcpy(control->what, what, sizeof(what));
        control->failures++;
        if (strcmp(way, CUT) == 0) {
                shutdown(PQsocket(pg), SHUT_RDWR);
                return false;
        }
        complaining = pg;
        snprintf(complaint, sizeof(complaint), "%s failed on purpose (%s)\n", name, way);
        return true;
}

#define FAILS(pg, way) fails(pg, __func__ + strlen("__wrap_"), way)

char *__real_PQerrorMessage(const PGconn *pg);
char *__wrap_PQerrorMessage(const PGconn *pg);
char *__wrap_PQerrorMessage(const PGconn *pg) {
        return complaint[0] && complaining == pg ? complaint : __real_PQerrorMessage(pg);
}

// A connection may get the address of one that is gone.
static PGconn *fresh(PGconn *pg) {
        if (pg == complaining)
                complaint[0] = '\0';
        return pg;
}

// As libpq makes it when it runs out of memory: no SQLSTATE, nothing but the status.
static PGresult *fatal(PGconn *pg, PGresult *lost) {
        PQclear(lost);
        return PQmakeEmptyPGresult(pg, PGRES_FATAL_ERROR);
}

// ---- connecting

PQconninfoOption *__real_PQconninfoParse(const char *conninfo, char **message);
PQconninfoOption *__wrap_PQconninfoParse(const char *conninfo, char **message);
PQconninfoOption *__wrap_PQconninfoParse(const char *conninfo, char **message) {
        if (FAILS(NULL, "without a message")) {
                if (message)
                        *message = NULL;
                return NULL;
        }
        return __real_PQconninfoParse(conninfo, message);
}

PQconninfoOption *__real_PQconndefaults(void);
PQconninfoOption *__wrap_PQconndefaults(void);
PQconninfoOption *__wrap_PQconndefaults(void) {
        return FAILS(NULL, "NULL") ? NULL : __real_PQconndefaults();
}

static const char *const wrong_keywords[] = {"port", NULL};
static const char *const wrong_values[] = {"none", NULL};

PGconn *__real_PQconnectStartParams(const char *const *keywords, const char *const *values, int expand);
PGconn *__wrap_PQconnectStartParams(const char *const *keywords, const char *const *values, int expand);
PGconn *__wrap_PQconnectStartParams(const char *const *keywords, const char *const *values, int expand) {
        if (FAILS(NULL, "NULL"))
                return NULL;
        if (FAILS(NULL, "bad"))
                return fresh(__real_PQconnectStartParams(wrong_keywords, wrong_values, expand));
        return fresh(__real_PQconnectStartParams(keywords, values, expand));
}

PGconn *__real_PQconnectdbParams(const char *const *keywords, const char *const *values, int expand);
PGconn *__wrap_PQconnectdbParams(const char *const *keywords, const char *const *values, int expand);
PGconn *__wrap_PQconnectdbParams(const char *const *keywords, const char *const *values, int expand) {
        if (FAILS(NULL, "NULL"))
                return NULL;
        if (FAILS(NULL, "bad"))
                return fresh(__real_PQconnectdbParams(wrong_keywords, wrong_values, expand));
        return fresh(__real_PQconnectdbParams(keywords, values, expand));
}

PostgresPollingStatusType __real_PQconnectPoll(PGconn *pg);
PostgresPollingStatusType __wrap_PQconnectPoll(PGconn *pg);
PostgresPollingStatusType __wrap_PQconnectPoll(PGconn *pg) {
        if (FAILS(pg, "failed"))
                return PGRES_POLLING_FAILED;
        FAILS(pg, CUT);
        return __real_PQconnectPoll(pg);
}

int __real_PQsetnonblocking(PGconn *pg, int nonblocking);
int __wrap_PQsetnonblocking(PGconn *pg, int nonblocking);
int __wrap_PQsetnonblocking(PGconn *pg, int nonblocking) {
        return FAILS(pg, "-1") ? -1 : __real_PQsetnonblocking(pg, nonblocking);
}

// ---- statements

int __real_PQsendQuery(PGconn *pg, const char *sql);
int __wrap_PQsendQuery(PGconn *pg, const char *sql);
int __wrap_PQsendQuery(PGconn *pg, const char *sql) {
        if (FAILS(pg, "0"))
                return 0;
        FAILS(pg, CUT);
        return __real_PQsendQuery(pg, sql);
}

int __real_PQsendQueryParams(PGconn *pg, const char *sql, int count, const Oid *types, const char *const *values,
                             const int *lengths, const int *formats, int format);
int __wrap_PQsendQueryParams(PGconn *pg, const char *sql, int count, const Oid *types, const char *const *values,
                             const int *lengths, const int *formats, int format);
int __wrap_PQsendQueryParams(PGconn *pg, const char *sql, int count, const Oid *types, const char *const *values,
                             const int *lengths, const int *formats, int format) {
        if (FAILS(pg, "0"))
                return 0;
        FAILS(pg, CUT);
        return __real_PQsendQueryParams(pg, sql, count, types, values, lengths, formats, format);
}

int __real_PQflush(PGconn *pg);
int __wrap_PQflush(PGconn *pg);
int __wrap_PQflush(PGconn *pg) {
        if (FAILS(pg, "-1"))
                return -1;
        FAILS(pg, CUT);
        return __real_PQflush(pg);
}

int __real_PQconsumeInput(PGconn *pg);
int __wrap_PQconsumeInput(PGconn *pg);
int __wrap_PQconsumeInput(PGconn *pg) {
        if (FAILS(pg, "0"))
                return 0;
        FAILS(pg, CUT);
        return __real_PQconsumeInput(pg);
}

int __real_PQputCopyData(PGconn *pg, const char *buffer, int len);
int __wrap_PQputCopyData(PGconn *pg, const char *buffer, int len);
int __wrap_PQputCopyData(PGconn *pg, const char *buffer, int len) {
        if (FAILS(pg, "-1"))
                return -1;
        FAILS(pg, CUT);
        return __real_PQputCopyData(pg, buffer, len);
}

int __real_PQputCopyEnd(PGconn *pg, const char *message);
int __wrap_PQputCopyEnd(PGconn *pg, const char *message);
int __wrap_PQputCopyEnd(PGconn *pg, const char *message) {
        if (FAILS(pg, "-1"))
                return -1;
        FAILS(pg, CUT);
        return __real_PQputCopyEnd(pg, message);
}

// What the server said is lost; the end of a statement cannot fail.
PGresult *__real_PQgetResult(PGconn *pg);
PGresult *__wrap_PQgetResult(PGconn *pg);
PGresult *__wrap_PQgetResult(PGconn *pg) {
        PGresult *result = __real_PQgetResult(pg);
        if (result && FAILS(pg, "fatal"))
                return fatal(pg, result);
        if (result && FAILS(pg, "NULL")) {
                PQclear(result);
                return NULL;
        }
        return result;
}

// ---- commands

PGresult *__real_PQexec(PGconn *pg, const char *sql);
PGresult *__wrap_PQexec(PGconn *pg, const char *sql);
PGresult *__wrap_PQexec(PGconn *pg, const char *sql) {
        if (FAILS(pg, "NULL"))
                return NULL;
        FAILS(pg, CUT);
        PGresult *result = __real_PQexec(pg, sql);
        return FAILS(pg, "fatal") ? fatal(pg, result) : result;
}

PGresult *__real_PQexecParams(PGconn *pg, const char *sql, int count, const Oid *types, const char *const *values,
                              const int *lengths, const int *formats, int format);
PGresult *__wrap_PQexecParams(PGconn *pg, const char *sql, int count, const Oid *types, const char *const *values,
                              const int *lengths, const int *formats, int format);
PGresult *__wrap_PQexecParams(PGconn *pg, const char *sql, int count, const Oid *types, const char *const *values,
                              const int *lengths, const int *formats, int format) {
        if (FAILS(pg, "NULL"))
                return NULL;
        FAILS(pg, CUT);
        PGresult *result = __real_PQexecParams(pg, sql, count, types, values, lengths, formats, format);
        return FAILS(pg, "fatal") ? fatal(pg, result) : result;
}
