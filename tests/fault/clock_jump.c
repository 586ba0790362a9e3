// SPDX-License-Identifier: Apache-2.0
// A time of day that jumps when it is told to, for one process: linked into kepud-clock, and found by its libraries
// too, because the program's own symbols come first. The file named by KEPUD_CLOCK holds, as 8 bytes, by how many
// seconds. A wait until some time of day (librdkafka has such waits) lasts until this clock says so: that is what the
// kernel does when the real clock is set. Weak is what the daemon may define itself.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

enum { SLICE_MS = 20 }; // how soon a jump ends a wait

static const _Atomic int64_t *shift;

__attribute__((constructor)) static void open_shift(void) {
        const char *path = getenv("KEPUD_CLOCK");
        int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        if (fd < 0)
                abort(); // without it this program proves nothing
        void *at = mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, fd, 0);
        close(fd);
        if (at == MAP_FAILED)
                abort();
        shift = at;
}

int clock_gettime(clockid_t id, struct timespec *now) {
        int result = (int)syscall(SYS_clock_gettime, id, now);
        if (result == 0 && shift && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
                now->tv_sec += atomic_load(shift);
        return result;
}

int gettimeofday(struct timeval *now, void *zone) {
        struct timespec precise;
        (void)zone;
        clock_gettime(CLOCK_REALTIME, &precise);
        *now = (struct timeval){precise.tv_sec, precise.tv_nsec / 1000};
        return 0;
}

time_t time(time_t *ret_now) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        if (ret_now)
                *ret_now = now.tv_sec;
        return now.tv_sec;
}

__attribute__((weak)) int timespec_get(struct timespec *now, int base) {
        return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

static int64_t milliseconds(const struct timespec *at) {
        return (int64_t)at->tv_sec * 1000 + at->tv_nsec / 1000000;
}

static int wait_slice(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t left_ms) {
        struct timespec at;
        clock_gettime(CLOCK_MONOTONIC, &at);
        at.tv_nsec += (left_ms < SLICE_MS ? left_ms : SLICE_MS) * 1000000L;
        at.tv_sec += at.tv_nsec / 1000000000L;
        at.tv_nsec %= 1000000000L;
        return pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &at);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
        int64_t end_ms = milliseconds(until);
        for (;;) {
                struct timespec now;
                clock_gettime(CLOCK_REALTIME, &now);
                int64_t left_ms = end_ms - milliseconds(&now);
                int result = wait_slice(condition, mutex, left_ms > 0 ? left_ms : 0);
                if (result != ETIMEDOUT || left_ms <= 0)
                        return result;
        }
}

// glibc's are the same inside.
__attribute__((weak)) int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until) {
        int result = pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until);
        return result == 0 ? thrd_success : result == ETIMEDOUT ? thrd_timedout : thrd_error;
}
