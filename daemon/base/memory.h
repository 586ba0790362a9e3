// SPDX-License-Identifier: Apache-2.0
// Allocation that ends the process when there is none left (inputs are bounded, offsets move with the rows, so a
// restart is a correct recovery), and owners that clean up by themselves.
#pragma once
#include <stddef.h>
#include <stdlib.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *string);
char *xstrndup(const char *ptr, size_t len);
// A library had no memory for what it was asked: ends the process, as the others here do.
_Noreturn void memory_exhausted(void);
// After a call of libc that failed: was it for want of memory? Then it says nothing about the file that it was for.
void memory_check_errno(void);
// printf into fresh memory, owned by the caller.
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define cleanup(function) __attribute__((cleanup(function)))
#define TAKE_PTR(ptr)                                                                                                \
        ({                                                                                                           \
                __typeof__(ptr) _taken = (ptr);                                                                      \
                (ptr) = NULL;                                                                                        \
                _taken;                                                                                              \
        })
// `cleanup(freep) char *x` frees x when it goes out of scope.
void freep(void *ptr_to_ptr);
