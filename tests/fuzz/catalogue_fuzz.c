// SPDX-License-Identifier: Apache-2.0
// Any bytes as a type file beside a small catalogue.cfg (domain.cfg), which is read a hundred times
// faster than the shipped one (that stands beside those that begin with "#shipped"); or, when they begin with
// "#domain", as catalogue.cfg beside a small type. What loads has to judge without a crash, too.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "event/judge.h"

static const int64_t NOW_US = 1795320000000000; // 2026-11-22T04:00:00Z

static const char small_type[] = "type = \"a.b\"; class = \"fact\"; occurred_on = \"@date\"; stored = false;\n"
                                 "zh = \"甲\"; en = \"a\";\n"
                                 "fields = ( { member = \"a\"; is = \"integer\"; zh = \"甲\"; en = \"a\"; } );\n";

static const char full_data[] =
        "{\"code\":\"abc\",\"text\":\"1234-5678-1234-5678\",\"one\":\"x\",\"n\":5,\"d\":1.25,\"m\":-150,"
        "\"b\":true,\"day\":\"2022-06-01\",\"end\":\"2022-06-02\",\"at\":\"2022-06-01T10:00:00Z\","
        "\"names\":{\"en\":\"a\"},\"dims\":{\"b\":\"c\",\"a\":\"b\"},"
        "\"o\":{\"customer\":\"c\",\"name\":{\"de\":\"x\",\"en\":\"y\"}},"
        "\"l\":[{\"p\":\"ABC123\",\"v\":2,\"x\":{\"en\":\"q\"}},{\"p\":\"ABC124\"}],\"tags\":[\"a-1\",\"b-2\"]}";
static const char few_data[] = "{\"code\":\"abc\",\"n\":5,\"day\":\"2022-06-01\",\"url\":\"https://x.example/\"}";
static const char visit_data[] =
        "{\"facility_id\":\"tlf-hall\",\"period_start\":\"2022-06-01\",\"period_end\":\"2022-06-01\","
        "\"visitors\":20,\"scope\":\"subset\",\"group\":\"all\",\"occasion\":\"none\"}";

static char folder[] = "/tmp/kepud-fuzz-XXXXXX";

static void remove_folder(void) {
        static const char *const names[] = {"catalogue.cfg", "type.cfg"};
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                cleanup(freep) char *path = xasprintf("%s/%s", folder, names[i]);
                unlink(path);
        }
        rmdir(folder);
}

static void write_file(const char *name, const void *bytes, size_t len) {
        cleanup(freep) char *path = xasprintf("%s/%s", folder, name);
        FILE *file = fopen(path, "we");
        if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
                abort();
}

static bool begins_with(const uint8_t *data, size_t size, const char *word) {
        return size >= strlen(word) && memcmp(data, word, strlen(word)) == 0;
}

static void copy_file(const char *from, const char *name) {
        FILE *file = fopen(from, "re");
        size_t size = 1 << 20;
        cleanup(freep) char *bytes = xmalloc(size);
        if (!file)
                abort();
        size_t len = fread(bytes, 1, size, file);
        fclose(file);
        write_file(name, bytes, len);
}

// A report that ends with its line is one line.
static void count(void *userdata, const char *line) {
        if (strchr(line, '\n') && strchr(line, '\n') < strstr(line, ": "))
                abort();
        *(unsigned *)userdata += 1;
}

static void judge_samples(const Catalogue *catalogue, const EventType *type) {
        static const char *const datas[] = {"{}", full_data, few_data, visit_data};
        Arena arena = ARENA_NULL;
        Judge *judge = judge_new(catalogue, false);
        for (size_t i = 0; i < sizeof(datas) / sizeof(datas[0]); i++) {
                Message message = MESSAGE_NULL;
                Header headers[] = {{SPAN_LIT("ce_specversion"), SPAN_LIT("1.0")},
                                    {SPAN_LIT("ce_id"), SPAN_LIT("1")},
                                    {SPAN_LIT("ce_source"), SPAN_LIT("/s")},
                                    {SPAN_LIT("ce_type"), type->name},
                                    {SPAN_LIT("ce_time"), SPAN_LIT("2022-06-01T10:00:00Z")}};
                Event event;
                Reject why;
                message.value = span_of(datas[i]);
                message.headers = headers;
                message.header_count = 5;
                if (judge_message(judge, &message, NOW_US, &arena, &event, &why) && event.type->stored)
                        judge_normalize(judge, &arena, &event);
        }
        judge_free(judge);
        arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static bool started;
        bool domain = begins_with(data, size, "#domain");
        unsigned faults = 0;
        if (memmem(data, size, "@include", 8))
                return 0; // it may name any file of this machine
        if (!started) {
                started = true;
                if (!mkdtemp(folder))
                        abort();
                atexit(remove_folder);
        }
        write_file(domain ? "catalogue.cfg" : "type.cfg", data, size);
        if (domain)
                write_file("type.cfg", small_type, sizeof(small_type) - 1);
        else if (begins_with(data, size, "#shipped"))
                copy_file(KEPUD_SOURCE_DIR "/schema/catalogue/catalogue.cfg", "catalogue.cfg");
        else
                copy_file(KEPUD_SOURCE_DIR "/tests/fuzz/domain.cfg", "catalogue.cfg");
        Catalogue *catalogue = catalogue_load(folder, count, &faults);
        if ((catalogue == NULL) != (faults > 0))
                abort();
        for (uint32_t i = 0; catalogue && i < catalogue->type_count; i++)
                judge_samples(catalogue, &catalogue->types[i]);
        catalogue_free(catalogue);
        return 0;
}
