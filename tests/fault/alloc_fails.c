// SPDX-License-Identifier: Apache-2.0
// Memory that is not there: `kepud-alloc` allocates through these functions, and so do the libraries that it calls.
//   ALLOC_FAIL=N       the N-th allocation fails, once
//   ALLOC_SWEEP=FILE   at every allocation a child is forked in which it fails; how the child ended and what it wrote
//                      goes into FILE. ALLOC_EVERY=K, ALLOC_FIRST=N: only the N-th, the (N + K)-th, …
// A sweep ends with the first thread, since a fork would leave it behind: "end" in FILE says after how many.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HANG_S = 10, DESCRIPTORS = 64 };

// AddressSanitizer's, or else the C library's.
void *__interceptor_malloc(size_t size) __attribute__((weak));
void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
void *__interceptor_realloc(void *old, size_t size) __attribute__((weak));
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static atomic_ulong count;            // allocations so far, when anything is to fail
static volatile unsigned long target; // 0: none, or none any more
static unsigned long every;
static int report = -1; // of a sweep

static unsigned long number_of(const char *name) {
        const char *text = getenv(name);
        return text ? strtoul(text, NULL, 10) : 0;
}

static void tell(const char *what, unsigned long number, int status, int out, int err) {
        char line[128];
        char piece[4096];
        long lengths[2] = {out < 0 ? 0 : (long)lseek(out, 0, SEEK_END), err < 0 ? 0 : (long)lseek(err, 0, SEEK_END)};
        int files[2] = {out, err};
        int len = snprintf(line, sizeof(line), "%s %lu %d %ld %ld\n", what, number, status, lengths[0], lengths[1]);
        bool written = write(report, line, (size_t)len) == len;
        for (int i = 0; i < 2; i++)
                for (long at = 0; at < lengths[i];) {
                        ssize_t n = pread(files[i], piece, sizeof(piece), at);
                        written = written && n > 0 && write(report, piece, (size_t)n) == n;
                        if (!written)
                                _exit(74);
                        at += n;
                }
}

static void arm(void) {
        const char *file = getenv("ALLOC_SWEEP");
        unsigned long first = number_of("ALLOC_FIRST");
        target = number_of("ALLOC_FAIL");
        if (!file)
                return;
        report = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (report < 0)
                _exit(73);
        every = number_of("ALLOC_EVERY") ? number_of("ALLOC_EVERY") : 1;
        target = first ? first : 1;
}

static void end_of_sweep(void) {
        if (report < 0 || target == 0)
                return;
        target = 0;
        tell("end", count, 0, -1, -1);
}

// The first that main() does. It holds a lock that knows its thread by number, and a fork has another; so does
// OpenSSL while it loads itself for librdkafka.
char *__real_setlocale(int category, const char *locale);
char *__wrap_setlocale(int category, const char *locale);
char *__wrap_setlocale(int category, const char *locale) {
        char *set = __real_setlocale(category, locale);
        OPENSSL_init_ssl(0, NULL);
        arm();
        return set;
}

__attribute__((destructor)) static void at_end(void) {
        end_of_sweep();
}

// The child goes on with a failure and output of its own; reading on, it must not move the parent's files.
static bool in_child(unsigned long number) {
        off_t places[DESCRIPTORS];
        int out = memfd_create("out", MFD_CLOEXEC);
        int err = memfd_create("err", MFD_CLOEXEC);
        int status;
        for (int fd = 0; fd < DESCRIPTORS; fd++)
                places[fd] = fd == report ? -1 : lseek(fd, 0, SEEK_CUR);
        pid_t pid = fork();
        if (pid == 0) {
                dup2(out, STDOUT_FILENO);
                dup2(err, STDERR_FILENO);
                close(report);
                report = -1;
                alarm(HANG_S);
                return true;
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid)
                _exit(71);
        for (int fd = 0; fd < DESCRIPTORS; fd++)
                if (places[fd] >= 0)
                        lseek(fd, places[fd], SEEK_SET);
        tell("child", number, status, out, err);
        close(out);
        close(err);
        target += every;
        return false;
}

static bool fails(void) {
        if (target == 0)
                return false;
        int saved = errno;
        unsigned long number = ++count;
        bool now = number == target && (report < 0 || in_child(number));
        if (now)
                target = 0; // once
        errno = now ? ENOMEM : saved;
        return now;
}

// What the linker makes for a thread is known by who asked for it, and here that is us. OpenSSL, SASL and
// librdkafka forget pieces of what they could not make; that nothing of librdkafka is left is for tests with memory.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
        return "leak:allocate_dtv\nleak:libcrypto.so\nleak:sasl2\nleak:librdkafka.so\n";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void) {
        return "print_suppressions=0";
}

void *malloc(size_t size) {
        if (fails())
                return NULL;
        return __interceptor_malloc ? __interceptor_malloc(size) : __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
        if (fails())
                return NULL;
        return __interceptor_calloc ? __interceptor_calloc(number, size) : __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
        if (size > 0 && fails())
                return NULL;
        return __interceptor_realloc ? __interceptor_realloc(old, size) : __libc_realloc(old, size);
}

// A sanitizer's own would not come by here.
char *strndup(const char *text, size_t len) {
        size_t used = strnlen(text, len);
        char *copy = malloc(used + 1);
        if (copy) {
                memcpy(copy, text, used);
                copy[used] = '\0';
        }
        return copy;
}

char *strdup(const char *text) {
        return strndup(text, strlen(text));
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
        int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = NULL;
        end_of_sweep();
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
        return real(thread, attributes, run, argument);
}
