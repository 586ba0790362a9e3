// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"

typedef struct Probe {
        Loop *loop;
        LoopTimer *timer;
        int fds[2];
        int other;
        int calls;
        int64_t at_ms;
        char order[16];
} Probe;

static void note_time(void *userdata) {
        Probe *probe = userdata;
        probe->calls++;
        probe->at_ms = clock_monotonic_ms();
}

static void timers_fire_in_time_and_never_early(void **state) {
        (void)state;
        Probe probe = {.loop = loop_new()};
        probe.timer = loop_timer(probe.loop, note_time, &probe);
        assert_false(loop_timer_is_set(probe.timer));
        int64_t before = clock_monotonic_ms();
        loop_timer_set(probe.timer, 1000);
        loop_timer_set(probe.timer, 30); // moved, not doubled
        assert_true(loop_timer_is_set(probe.timer));
        while (probe.calls == 0)
                loop_run_once(probe.loop, -1);
        assert_in_range(probe.at_ms - before, 30, 900);
        assert_false(loop_timer_is_set(probe.timer));
        loop_run_once(probe.loop, 10);
        assert_int_equal(probe.calls, 1);
        loop_timer_set(probe.timer, 5);
        loop_timer_clear(probe.timer);
        before = clock_monotonic_ms();
        loop_run_once(probe.loop, 20);
        assert_true(clock_monotonic_ms() - before >= 19);
        assert_int_equal(probe.calls, 1);
        loop_free(probe.loop);
}

typedef struct Step {
        Probe *probe;
        char name;
} Step;

static void note_order(void *userdata) {
        Step *step = userdata;
        step->probe->order[strlen(step->probe->order)] = step->name;
}

static void timers_fire_in_order_of_time(void **state) {
        (void)state;
        Probe probe = {.loop = loop_new()};
        Step steps[] = {{&probe, 'a'}, {&probe, 'b'}, {&probe, 'c'}, {&probe, 'd'}};
        static const int64_t after[] = {15, 5, 10, 5};
        for (int i = 0; i < 4; i++)
                loop_timer_set(loop_timer(probe.loop, note_order, &steps[i]), after[i]);
        while (strlen(probe.order) < 4)
                loop_run_once(probe.loop, 100);
        assert_string_equal(probe.order, "bdca");
        loop_free(probe.loop);
}

static void set_again(void *userdata) {
        Probe *probe = userdata;
        probe->calls++;
        loop_timer_set(probe->timer, 0);
}

static void a_timer_of_zero_locks_nobody_out(void **state) {
        (void)state;
        Probe probe = {.loop = loop_new()};
        probe.timer = loop_timer(probe.loop, set_again, &probe);
        loop_timer_set(probe.timer, 0);
        for (int round = 1; round <= 5; round++) {
                loop_run_once(probe.loop, -1);
                assert_int_equal(probe.calls, round);
        }
        loop_free(probe.loop);
}

static void count_and_read(void *userdata, uint32_t events) {
        Probe *probe = userdata;
        char byte;
        assert_true(events & EPOLLIN);
        assert_int_equal(read(probe->fds[0], &byte, 1), 1);
        probe->calls++;
}

static void descriptors_are_watched_changed_and_forgotten(void **state) {
        (void)state;
        Probe probe = {.loop = loop_new()};
        assert_int_equal(pipe2(probe.fds, O_NONBLOCK), 0);
        loop_watch(probe.loop, probe.fds[0], EPOLLIN, count_and_read, &probe);
        assert_int_equal(write(probe.fds[1], "xy", 2), 2);
        loop_run_once(probe.loop, 1000);
        assert_int_equal(probe.calls, 1); // level-triggered: the second byte is for the next round
        loop_run_once(probe.loop, 1000);
        assert_int_equal(probe.calls, 2);
        loop_watch(probe.loop, probe.fds[0], 0, NULL, NULL);
        assert_int_equal(write(probe.fds[1], "z", 1), 1);
        loop_run_once(probe.loop, 20);
        assert_int_equal(probe.calls, 2);
        // Closed without a word, and the number given to another: it is watched all the same.
        loop_watch(probe.loop, probe.fds[0], EPOLLIN, count_and_read, &probe);
        close(probe.fds[0]);
        close(probe.fds[1]);
        assert_int_equal(pipe2(probe.fds, O_NONBLOCK), 0);
        loop_watch(probe.loop, probe.fds[0], EPOLLIN, count_and_read, &probe);
        assert_int_equal(write(probe.fds[1], "q", 1), 1);
        loop_run_once(probe.loop, 1000);
        assert_int_equal(probe.calls, 3);
        close(probe.fds[0]);
        close(probe.fds[1]);
        loop_free(probe.loop);
}

// Whichever of two ready descriptors comes first removes the other.
static void remove_other(void *userdata, uint32_t events) {
        (void)events;
        Probe *probe = userdata;
        probe->calls++;
        loop_watch(probe->loop, probe->other, 0, NULL, NULL);
}

static void a_callback_may_remove_what_is_ready_too(void **state) {
        (void)state;
        Loop *loop = loop_new();
        Probe one = {.loop = loop};
        Probe two = {.loop = loop};
        assert_int_equal(pipe2(one.fds, O_NONBLOCK), 0);
        assert_int_equal(pipe2(two.fds, O_NONBLOCK), 0);
        one.other = two.fds[0];
        two.other = one.fds[0];
        loop_watch(loop, one.fds[0], EPOLLIN, remove_other, &one);
        loop_watch(loop, two.fds[0], EPOLLIN, remove_other, &two);
        assert_int_equal(write(one.fds[1], "x", 1), 1);
        assert_int_equal(write(two.fds[1], "x", 1), 1);
        loop_run_once(loop, 1000);
        assert_int_equal(one.calls + two.calls, 1);
        for (int i = 0; i < 2; i++) {
                close(one.fds[i]);
                close(two.fds[i]);
        }
        loop_free(loop);
}

static void log_to(int fd, const char *text, int times) {
        int saved = dup(STDERR_FILENO);
        dup2(fd, STDERR_FILENO);
        for (int i = 0; i < times; i++)
                log_warning("%s", text);
        dup2(saved, STDERR_FILENO);
        close(saved);
}

// What log_line() writes to standard error.
static const char *logged(const char *text) {
        static char line[512];
        int fds[2];
        assert_int_equal(pipe2(fds, 0), 0);
        log_to(fds[1], text, 1);
        ssize_t n = read(fds[0], line, sizeof(line) - 1);
        assert_true(n > 0);
        line[n] = '\0';
        close(fds[0]);
        close(fds[1]);
        return line;
}

static void who_does_not_read_the_log_holds_nobody_up(void **state) {
        static char text[1 << 20];
        int fds[2];
        (void)state;
        assert_int_equal(pipe2(fds, 0), 0);
        int room = fcntl(fds[1], F_GETPIPE_SZ);
        assert_in_range(room, 1, 2000 * 50); // less than what comes
        int64_t began_ms = clock_monotonic_ms();
        log_to(fds[1], "a line of fifty-six bytes, the time and the level included", 2000);
        assert_true(clock_monotonic_ms() - began_ms < 5000);
        ssize_t n = read(fds[0], text, sizeof(text) - 1);
        assert_true(n > room / 2);
        text[n] = '\0';
        assert_null(strstr(text, "lost"));
        unsigned long told = 0;
        for (const char *end = strchr(text, '\n'); end; end = strchr(end + 1, '\n'))
                told++;
        log_to(fds[1], "again", 1);
        n = read(fds[0], text, sizeof(text) - 1);
        assert_true(n > 0);
        text[n] = '\0';
        unsigned long lost = strtoul(strstr(text, "warning ") + strlen("warning "), NULL, 10);
        assert_int_equal(told + lost, 2000);
        assert_non_null(strstr(text, "lines of the log are lost, nobody read them\n"));
        assert_non_null(strstr(text, " warning again\n"));
        close(fds[0]);
        close(fds[1]);
}

static void log_lines_cannot_be_forged(void **state) {
        (void)state;
        setenv("JOURNAL_STREAM", "8:1", 1);
        assert_string_equal(logged("a\nb\x1b[31m\x7f \xe4\xb8\xad \xc2\x9b"),
                            "<4>a\\x0ab\\x1b[31m\\x7f \xe4\xb8\xad \\xc2\\x9b\n");
        unsetenv("JOURNAL_STREAM");
        const char *line = logged("text");
        assert_int_equal(strlen(line), strlen("2026-01-01T00:00:00Z warning text\n"));
        assert_int_equal(line[10], 'T');
        assert_string_equal(line + 19, "Z warning text\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(timers_fire_in_time_and_never_early),
                cmocka_unit_test(timers_fire_in_order_of_time),
                cmocka_unit_test(a_timer_of_zero_locks_nobody_out),
                cmocka_unit_test(descriptors_are_watched_changed_and_forgotten),
                cmocka_unit_test(a_callback_may_remove_what_is_ready_too),
                cmocka_unit_test(log_lines_cannot_be_forged),
                cmocka_unit_test(who_does_not_read_the_log_holds_nobody_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
