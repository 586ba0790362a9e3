// SPDX-License-Identifier: Apache-2.0
// One epoll loop: file descriptors and timers, each with a callback. No threads.
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct Loop Loop;
typedef struct LoopTimer LoopTimer;

// `events`: EPOLLIN, EPOLLOUT, … as epoll_wait(2) gives them.
typedef void LoopFdFn(void *userdata, uint32_t events);
typedef void LoopTimerFn(void *userdata);

Loop *loop_new(void);
Loop *loop_free(Loop *loop); // NULL is fine; returns NULL
// Watch, or change what is watched; events = 0 forgets the descriptor (it stays open; it is the caller's).
void loop_watch(Loop *loop, int fd, uint32_t events, LoopFdFn *fn, void *userdata);
// A timer that is not set. Lives until the loop is freed.
LoopTimer *loop_timer(Loop *loop, LoopTimerFn *fn, void *userdata);
// Fires once, `ms` milliseconds from now (monotonic); setting it again moves it.
void loop_timer_set(LoopTimer *timer, int64_t ms);
void loop_timer_clear(LoopTimer *timer);
bool loop_timer_is_set(const LoopTimer *timer);
// Waits for one round of events and runs their callbacks; at most `max_ms`, -1 for no limit of its own.
void loop_run_once(Loop *loop, int64_t max_ms);
