// SPDX-License-Identifier: Apache-2.0
// What the tests of base/ and event/ share: cmocka, spans, folders with files in them, catalogues, events.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/calendar.h"
#include "base/memory.h"
#include "event/judge.h"

#define assert_span(span, text)         fixture_assert_span(span, text, __FILE__, __LINE__)
#define assert_contains(text, part)     fixture_assert_contains(text, part, __FILE__, __LINE__)
#define assert_reason(actual, expected) assert_string_equal(reason_name(actual), reason_name(REASON_##expected))

static inline void fixture_assert_span(Span span, const char *text, const char *file, int line) {
        if (span_is(span, text))
                return;
        print_error("'%.*s' is not '%s'\n", (int)span.len, span.ptr, text);
        _fail(file, line);
}

static inline void fixture_assert_contains(const char *text, const char *part, const char *file, int line) {
        if (strstr(text, part))
                return;
        print_error("no '%s' in:\n%s\n", part, text);
        _fail(file, line);
}

// ---- folders ----

typedef struct Folder {
        char path[64];
} Folder;

static inline Folder folder_new(void) {
        Folder folder = {"/tmp/kepud-test-XXXXXX"};
        assert_non_null(mkdtemp(folder.path));
        return folder;
}

static inline char *folder_file(const Folder *folder, const char *name) {
        return xasprintf("%s/%s", folder->path, name);
}

static inline void folder_write(const Folder *folder, const char *name, const char *text) {
        cleanup(freep) char *path = folder_file(folder, name);
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        assert_true(fputs(text, file) >= 0);
        assert_int_equal(fclose(file), 0);
}

static inline void folder_remove(const Folder *folder) {
        DIR *entries = opendir(folder->path);
        struct dirent *entry;
        assert_non_null(entries);
        while ((entry = readdir(entries)) != NULL) {
                cleanup(freep) char *path = folder_file(folder, entry->d_name);
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        assert_int_equal(unlink(path), 0);
        }
        closedir(entries);
        assert_int_equal(rmdir(folder->path), 0);
}

// ---- catalogues ----

// One line each, without the folder's name.
static inline void fixture_collect(void *userdata, const char *line) {
        const char *file = strrchr(line, '/');
        const char *colon = strchr(line, ':');
        while (file && colon && file > colon) // a slash of the message
                file = memrchr(line, '/', (size_t)(file - line));
        buffer_printf(userdata, "%s\n", file ? file + 1 : line);
}

// `type` NULL: catalogue.cfg alone. `said` gets the faults; NULL when there are some.
static inline Catalogue *catalogue_of(const char *domain, const char *type, Buffer *said) {
        Folder folder = folder_new();
        folder_write(&folder, "catalogue.cfg", domain);
        if (type)
                folder_write(&folder, "type.cfg", type);
        Catalogue *catalogue = catalogue_load(folder.path, fixture_collect, said);
        folder_remove(&folder);
        return catalogue;
}

static inline Catalogue *good_catalogue(const char *domain, const char *type) {
        Buffer said = BUFFER_NULL;
        Catalogue *catalogue = catalogue_of(domain, type, &said);
        if (!catalogue)
                fail_msg("the catalogue does not load:\n%s", buffer_text(&said));
        buffer_deinit(&said);
        return catalogue;
}

static inline Catalogue *shipped_catalogue(void) {
        Buffer said = BUFFER_NULL;
        Catalogue *catalogue = catalogue_load(KEPUD_SOURCE_DIR "/schema/catalogue", fixture_collect, &said);
        if (!catalogue)
                fail_msg("the catalogue does not load:\n%s", buffer_text(&said));
        buffer_deinit(&said);
        return catalogue;
}

// ---- judging ----

typedef struct Judged {
        Arena arena;
        Event event;
        Reject why;
        bool accepted;
} Judged;

static inline int64_t at_time(const char *rfc3339) {
        int64_t us;
        assert_true(calendar_parse_timestamp(span_of(rfc3339), &us));
        return us;
}

static inline Judged judge_value(const Catalogue *catalogue, Span value, const Header *headers, size_t header_count) {
        Judged judged = {.arena = ARENA_NULL};
        Message message = MESSAGE_NULL;
        Judge *judge = judge_new(catalogue, false);
        message.value = value;
        message.headers = headers;
        message.header_count = header_count;
        judged.accepted = judge_message(judge, &message, at_time("2026-11-22T12:00:00+08:00"), &judged.arena,
                                        &judged.event, &judged.why);
        judge_free(judge);
        return judged;
}

static inline Judged judge_text(const Catalogue *catalogue, const char *text) {
        return judge_value(catalogue, span_of(text), NULL, 0);
}

// An event of the type `t` whose data is `data`.
static inline Judged judge_data(const Catalogue *catalogue, const char *data) {
        cleanup(freep) char *text =
                xasprintf("{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/s\",\"type\":\"t\","
                          "\"time\":\"2022-06-01T10:00:00Z\",\"data\":%s}",
                          data);
        Judged judged = judge_text(catalogue, text);
        // What the event holds may point into the text, which ends here.
        judged.event.id = judged.event.source = judged.event.type_name = SPAN_NULL;
        return judged;
}

static inline void judged_free(Judged *judged) {
        arena_deinit(&judged->arena);
}
