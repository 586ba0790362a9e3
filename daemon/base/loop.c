// SPDX-License-Identifier: Apache-2.0
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

#define EVENTS_PER_ROUND 32

typedef struct Watch {
        LoopFdFn *fn; // NULL: not watched
        void *userdata;
        uint32_t generation; // tells an event of the descriptor before from one of its successor with the same number
} Watch;

struct LoopTimer {
        Loop *loop;
        LoopTimerFn *fn;
        void *userdata;
        int64_t due_ms;
        uint64_t set_in_round;
        bool set;
        LoopTimer *next;  // of those that are set, by due_ms
        LoopTimer *older; // of all, for loop_free()
};

struct Loop {
        int epoll;
        Watch *watches; // by descriptor
        size_t watch_count;
        uint32_t generation;
        uint64_t round;
        LoopTimer *due; // a sorted list: there are tens of timers, not thousands
        LoopTimer *timers;
};

// The kernel refused what only a mistake of ours can ask for, or has no memory left.
static void die(const char *what) {
        fprintf(stderr, "kepud: %s: %s\n", what, strerror(errno));
        abort();
}

Loop *loop_new(void) {
        Loop *loop = xcalloc(1, sizeof(*loop));
        loop->epoll = epoll_create1(EPOLL_CLOEXEC);
        if (loop->epoll < 0)
                die("cannot make an epoll descriptor");
        return loop;
}

Loop *loop_free(Loop *loop) {
        if (!loop)
                return NULL;
        while (loop->timers) {
                LoopTimer *timer = loop->timers;
                loop->timers = timer->older;
                free(timer);
        }
        close(loop->epoll);
        free(loop->watches);
        free(loop);
        return NULL;
}

static Watch *watch_of(Loop *loop, int fd) {
        size_t index = (size_t)fd;
        if (index >= loop->watch_count) {
                size_t count = index + 16;
                loop->watches = xrealloc(loop->watches, count * sizeof(*loop->watches));
                memset(loop->watches + loop->watch_count, 0, (count - loop->watch_count) * sizeof(*loop->watches));
                loop->watch_count = count;
        }
        return &loop->watches[index];
}

static void forget(Loop *loop, Watch *watch, int fd) {
        if (watch->fn && epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL) < 0 && errno != ENOENT && errno != EBADF)
                die("cannot stop watching a descriptor");
        watch->fn = NULL;
}

void loop_watch(Loop *loop, int fd, uint32_t events, LoopFdFn *fn, void *userdata) {
        assert(fd >= 0);
        Watch *watch = watch_of(loop, fd);
        if (events == 0) {
                forget(loop, watch, fd);
                return;
        }
        assert(fn);
        bool known = watch->fn != NULL;
        if (!known)
                watch->generation = ++loop->generation;
        watch->fn = fn;
        watch->userdata = userdata;
        struct epoll_event event = {.events = events, .data.u64 = (uint64_t)watch->generation << 32 | (uint32_t)fd};
        if (known && epoll_ctl(loop->epoll, EPOLL_CTL_MOD, fd, &event) == 0)
                return;
        // Not known, or closed meanwhile and opened again under the same number.
        if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
                die("cannot watch a descriptor");
}

LoopTimer *loop_timer(Loop *loop, LoopTimerFn *fn, void *userdata) {
        LoopTimer *timer = xcalloc(1, sizeof(*timer));
        *timer = (LoopTimer){.loop = loop, .fn = fn, .userdata = userdata, .older = loop->timers};
        loop->timers = timer;
        return timer;
}

void loop_timer_clear(LoopTimer *timer) {
        if (!timer->set)
                return;
        LoopTimer **at = &timer->loop->due;
        while (*at != timer)
                at = &(*at)->next;
        *at = timer->next;
        timer->set = false;
}

void loop_timer_set(LoopTimer *timer, int64_t ms) {
        loop_timer_clear(timer);
        // The clock is cut to milliseconds: one more, or it would fire early.
        timer->due_ms = clock_monotonic_ms() + (ms > 0 ? ms + 1 : 0);
        timer->set_in_round = timer->loop->round;
        timer->set = true;
        LoopTimer **at = &timer->loop->due;
        while (*at && (*at)->due_ms <= timer->due_ms)
                at = &(*at)->next;
        timer->next = *at;
        *at = timer;
}

bool loop_timer_is_set(const LoopTimer *timer) {
        return timer->set;
}

static int wait_ms(const Loop *loop, int64_t max_ms) {
        int64_t ms = max_ms < 0 ? INT32_MAX : max_ms;
        if (loop->due) {
                int64_t until = loop->due->due_ms - clock_monotonic_ms();
                ms = until < 0 ? 0 : until < ms ? until : ms;
        }
        if (ms >= INT32_MAX)
                return max_ms < 0 && !loop->due ? -1 : INT32_MAX;
        return (int)ms;
}

static void run_timers(Loop *loop) {
        int64_t now = clock_monotonic_ms();
        while (loop->due && loop->due->due_ms <= now) {
                LoopTimer *timer = loop->due;
                // Set in this very round: its turn is the next one, or a timer of 0 ms would lock everybody out.
                if (timer->set_in_round == loop->round)
                        return;
                loop_timer_clear(timer);
                timer->fn(timer->userdata);
        }
}

void loop_run_once(Loop *loop, int64_t max_ms) {
        struct epoll_event events[EVENTS_PER_ROUND];
        int count = epoll_wait(loop->epoll, events, EVENTS_PER_ROUND, wait_ms(loop, max_ms));
        if (count < 0 && errno != EINTR)
                die("cannot wait for events");
        loop->round++;
        for (int i = 0; i < count; i++) {
                // Looked up again each time: a callback before may have removed it, or grown the table.
                Watch *watch = watch_of(loop, (int)(uint32_t)events[i].data.u64);
                if (watch->fn && watch->generation == (uint32_t)(events[i].data.u64 >> 32))
                        watch->fn(watch->userdata, events[i].events);
        }
        run_timers(loop);
}
