// SPDX-License-Identifier: Apache-2.0
// Named places at which a test build ends itself: CRASH_AT=NAME:N in its environment makes the N-th pass through NAME
// a SIGKILL, STOP_AT=NAME:N a SIGSTOP, once. What is shipped has nothing of it: no call, no name. The list of names
// is in crash.c.
#pragma once

#ifdef KEPUD_CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif
