// SPDX-License-Identifier: Apache-2.0
#include "app/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"

enum { CONNECTIONS = 16, TIMEOUT_S = 10, BACKLOG = 16, TICK_MS = 1000 };

struct Http {
        struct MHD_Daemon *server;
        LoopTimer *tick;
        HttpHealth *health;
        void *userdata;
        char *path; // of a unix socket, to be removed
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *text) {
        struct MHD_Response *response =
                MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
        if (!response)
                return MHD_NO; // closes the connection
        MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
        enum MHD_Result result = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
        return result;
}

static enum MHD_Result handle(void *userdata, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **state) {
        Http *http = userdata;
        (void)version;
        (void)upload;
        (void)upload_size;
        (void)state;
        if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
                return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
        if (strcmp(url, "/healthz") != 0)
                return answer(connection, MHD_HTTP_NOT_FOUND, "there is /healthz\n");
        const char *why = http->health(http->userdata);
        if (!why)
                return answer(connection, MHD_HTTP_OK, "ok\n");
        cleanup(freep) char *text = xasprintf("%s\n", why);
        return answer(connection, MHD_HTTP_SERVICE_UNAVAILABLE, text);
}

static void serve(void *userdata, uint32_t events) {
        Http *http = userdata;
        (void)events;
        MHD_run(http->server);
}

// Time-outs of idle connections.
static void ticked(void *userdata) {
        Http *http = userdata;
        MHD_run(http->server);
        loop_timer_set(http->tick, TICK_MS);
}

static int open_unix(const char *path, Error *error) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        if (strlen(path) >= sizeof(address.sun_path))
                return error_set(error, "http.listen: the path of the socket is too long");
        memcpy(address.sun_path, path, strlen(path));
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        unlink(path); // left behind by a kill; a directory or a file of another owner makes bind() fail
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0) {
                if (fd >= 0)
                        close(fd);
                return error_set(error, "could not listen on %s: %s", path, strerror(errno));
        }
        return fd;
}

// "host:port", numeric; brackets around IPv6.
static bool parse_address(const char *text, struct sockaddr_storage *ret_address, socklen_t *ret_len) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)ret_address;
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret_address;
        const char *colon = strrchr(text, ':');
        char host[64];
        char *end;
        if (!colon || (size_t)(colon - text) >= sizeof(host))
                return false;
        long port = strtol(colon + 1, &end, 10);
        if (*end != '\0' || end == colon + 1 || port < 0 || port > 65535)
                return false;
        bool bracketed = text[0] == '[' && colon > text && colon[-1] == ']';
        snprintf(host, sizeof(host), "%.*s", (int)(colon - text - (bracketed ? 2 : 0)), text + (bracketed ? 1 : 0));
        memset(ret_address, 0, sizeof(*ret_address));
        if (bracketed) {
                *ret_len = sizeof(*v6);
                v6->sin6_family = AF_INET6;
                v6->sin6_port = htons((uint16_t)port);
                return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
        }
        *ret_len = sizeof(*v4);
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        return inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}

static int open_tcp(const char *text, Error *error) {
        struct sockaddr_storage address;
        socklen_t len;
        int on = 1;
        if (!parse_address(text, &address, &len)) {
                error_hint(error, "use 127.0.0.1:9464, [::1]:9464 or unix:/path");
                return error_set(error, "http.listen: '%s' is no numeric address with a port", text);
        }
        int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd >= 0)
                setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 || listen(fd, BACKLOG) < 0) {
                if (fd >= 0)
                        close(fd);
                error_hint(error, "another process may have the address; choose another in http.listen");
                return error_set(error, "could not listen on %s: %s", text, strerror(errno));
        }
        return fd;
}

Http *http_new(Loop *loop, const char *listen, HttpHealth *health, void *userdata, Error *error) {
        bool is_unix = strncmp(listen, "unix:", 5) == 0;
        int fd = is_unix ? open_unix(listen + 5, error) : open_tcp(listen, error);
        if (fd < 0)
                return NULL;
        Http *http = xcalloc(1, sizeof(*http));
        http->health = health;
        http->userdata = userdata;
        http->path = is_unix ? xstrdup(listen + 5) : NULL;
        http->server = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle, http, MHD_OPTION_LISTEN_SOCKET, fd,
                                        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
                                        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
        if (!http->server) {
                close(fd);
                error_set(error, "could not start the HTTP server on %s", listen);
                return http_free(http);
        }
        loop_watch(loop, MHD_get_daemon_info(http->server, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, EPOLLIN, serve, http);
        http->tick = loop_timer(loop, ticked, http);
        loop_timer_set(http->tick, TICK_MS);
        return http;
}

Http *http_free(Http *http) {
        if (!http)
                return NULL;
        if (http->server)
                MHD_stop_daemon(http->server);
        if (http->path)
                unlink(http->path);
        free(http->path);
        free(http);
        return NULL;
}
