// SPDX-License-Identifier: Apache-2.0
// GET /healthz on loopback or a unix socket: 200 or, with the reason, 503. By libmicrohttpd, in our own loop; no
// thread.
#pragma once
#include "base/error.h"
#include "base/loop.h"

typedef struct Http Http;

// Returns NULL when all is well, else the reason (valid until the next call).
typedef const char *HttpHealth(void *userdata);

// `listen`: "127.0.0.1:9464", "[::1]:9464" or "unix:/run/kepud/http.sock". NULL and `error` when it cannot listen.
Http *http_new(Loop *loop, const char *listen, HttpHealth *health, void *userdata, Error *error);
Http *http_free(Http *http);
