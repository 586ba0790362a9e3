// SPDX-License-Identifier: Apache-2.0
// Both modes of the Kafka binding, with headers: what tests/cases cannot hold.
#include "core_fixture.h"

#define HEADERS_MAX 8

typedef struct Transport {
        const char *name;
        Header headers[HEADERS_MAX];
        const char *value; // NULL: a null value
        const char *said;  // "reason pointer", or warnings
} Transport;

#define DATA                                                                                                         \
        "{\"facility_id\":\"tlf-hall\",\"period_start\":\"2021-04-01\",\"period_end\":\"2021-12-31\",\"visitors\":"  \
        "1538,\"scope\":\"total\"}"
#define STRUCTURED                                                                                                   \
        "{\"specversion\":\"1.0\",\"id\":\"t-1\",\"source\":\"https://nr-turpan.example/hall\","                     \
        "\"type\":\"cn.kepu.visit.counted\",\"time\":\"2022-06-01T18:00:00+08:00\",\"data\":" DATA "}"
#define HEADER(name, value)                                                                                          \
        { SPAN_LIT(name), SPAN_LIT(value) }
#define SPEC   HEADER("ce_specversion", "1.0")
#define ID     HEADER("ce_id", "t-1")
#define SOURCE HEADER("ce_source", "https://nr-turpan.example/hall")
#define TYPE   HEADER("ce_type", "cn.kepu.visit.counted")
#define TIME   HEADER("ce_time", "2022-06-01T18:00:00+08:00")
#define JSON   HEADER("content-type", "application/json")

static const Transport transports[] = {
        {"T-01 tombstone", {{SPAN_NULL, SPAN_NULL}}, NULL, "E_EMPTY "},
        {"T-02 zero bytes", {{SPAN_NULL, SPAN_NULL}}, "", "E_EMPTY "},
        {"T-03 binary", {SPEC, ID, SOURCE, TYPE, TIME, JSON}, DATA, ""},
        {"T-05 binary without id", {SPEC, SOURCE, TYPE, TIME, JSON}, DATA, "E_ID_MISSING /id"},
        {"T-06 binary tombstone", {SPEC, ID, SOURCE, TYPE, TIME, JSON}, NULL, "E_EMPTY "},
        {"T-07 the same header twice",
         {SPEC, ID, HEADER("ce_id", "t-2"), SOURCE, TYPE, TIME, JSON},
         DATA,
         "E_ATTR_DUP /id"},
        {"T-08 a header that is not UTF-8",
         {SPEC, HEADER("ce_id", "\xC3("), SOURCE, TYPE, TIME, JSON},
         DATA,
         "E_UTF8 /id"},
        {"T-09 structured with parameters",
         {HEADER("content-type", "application/cloudevents+json; charset=UTF-8")},
         STRUCTURED,
         ""},
        {"T-10 in any case", {HEADER("content-type", "Application/CloudEvents+JSON")}, STRUCTURED, ""},
        {"T-11 avro", {HEADER("content-type", "application/cloudevents+avro")}, STRUCTURED, "E_CONTENT_TYPE "},
        {"T-12 batch",
         {HEADER("content-type", "application/cloudevents-batch+json")},
         STRUCTURED,
         "E_BATCH_UNSUPPORTED "},
        {"T-13 nothing but the value", {{SPAN_NULL, SPAN_NULL}}, STRUCTURED, ""},
        {"T-14 an empty object", {{SPAN_NULL, SPAN_NULL}}, "{}", "E_SPECVERSION /specversion"},
        {"T-15 a header that differs",
         {HEADER("content-type", "application/cloudevents+json"), HEADER("ce_id", "t-9")},
         STRUCTURED,
         "W_HEADER_MISMATCH"},
        {"T-16 ce_data", {SPEC, ID, SOURCE, TYPE, TIME, JSON, HEADER("ce_data", "{}")}, DATA, "E_ATTR_NAME /data"},
        // beyond the list
        {"an equal header",
         {HEADER("content-type", "application/cloudevents+json"), HEADER("CE_id", "t-1")},
         STRUCTURED,
         ""},
        {"a header that the event has not",
         {HEADER("content-type", "application/cloudevents+json"), HEADER("ce_other", "x")},
         STRUCTURED,
         ""},
        {"content type in any case of its name",
         {HEADER("Content-Type", " application/cloudevents+json ;x=y")},
         STRUCTURED,
         ""},
        {"an empty content type is none", {HEADER("content-type", "")}, STRUCTURED, ""},
        {"content type of data alone: binary", {JSON}, STRUCTURED, "E_SPECVERSION /specversion"},
        {"headers alone: binary", {SPEC, ID, SOURCE, TYPE, TIME}, DATA, ""},
        {"binary, not JSON",
         {SPEC, ID, SOURCE, TYPE, TIME, HEADER("content-type", "application/xml")},
         DATA,
         "E_CONTENT_TYPE /datacontenttype"},
        {"binary, anything+json",
         {SPEC, ID, SOURCE, TYPE, TIME, HEADER("content-type", "application/vnd.x+JSON;v=1")},
         DATA,
         ""},
        {"binary, broken data", {SPEC, ID, SOURCE, TYPE, TIME, JSON}, "{\"a\":", "E_JSON /data"},
        {"binary, data is null", {SPEC, ID, SOURCE, TYPE, TIME, JSON}, "null", "E_DATA_NOT_OBJECT /data"},
        {"binary, data is an array", {SPEC, ID, SOURCE, TYPE, TIME, JSON}, "[]", "E_DATA_NOT_OBJECT /data"},
        {"binary, a member twice",
         {SPEC, ID, SOURCE, TYPE, TIME, JSON},
         "{\"a\":1,\"a\":2}",
         "E_JSON_DUPKEY /data/a"},
        {"binary, a member is wrong",
         {SPEC, ID, SOURCE, TYPE, TIME, JSON},
         "{\"facility_id\":5}",
         "E_FIELD_TYPE /data/facility_id"},
        {"binary, a mark before data", {SPEC, ID, SOURCE, TYPE, TIME, JSON}, "\xEF\xBB\xBF" DATA, "W_BOM"},
        {"binary, upper case",
         {SPEC, ID, SOURCE, TYPE, TIME, JSON, HEADER("ce_myTag", "x")},
         DATA,
         "E_ATTR_NAME /myTag"},
        {"binary, no name at all", {SPEC, ID, SOURCE, TYPE, TIME, JSON, HEADER("ce_", "x")}, DATA, "E_ATTR_NAME /"},
        {"binary, an extension", {SPEC, ID, SOURCE, TYPE, TIME, JSON, HEADER("ce_mytag", "x")}, DATA, ""},
        {"binary, an extension twice",
         {SPEC, ID, SOURCE, TYPE, TIME, HEADER("ce_a", "x"), HEADER("ce_a", "x")},
         DATA,
         "E_ATTR_DUP /a"},
        {"binary, a control character",
         {SPEC, ID, SOURCE, TYPE, TIME, JSON, HEADER("ce_mytag", "a\nb")},
         DATA,
         "E_ATTR_CHAR /mytag"},
        {"binary, a name that is not UTF-8",
         {SPEC, ID, SOURCE, TYPE, TIME, JSON, HEADER("ce_\xFF", "x")},
         DATA,
         "E_UTF8 /header"},
        {"binary, a null header",
         {SPEC, {SPAN_LIT("ce_id"), SPAN_NULL}, SOURCE, TYPE, TIME, JSON},
         DATA,
         "E_ID_MISSING /id"},
        {"other headers are nobody's business", {SPEC, ID, SOURCE, TYPE, TIME, JSON, HEADER("x", "\xFF")}, DATA, ""},
};

static size_t count_headers(const Transport *transport) {
        size_t count = 0;
        while (count < HEADERS_MAX && transport->headers[count].name.ptr)
                count++;
        return count;
}

static void say(Buffer *out, const Judged *judged) {
        if (!judged->accepted)
                buffer_printf(out, "%s %.*s", reason_name(judged->why.reason), (int)judged->why.pointer.len,
                              judged->why.pointer.ptr);
        for (Reason reason = REASON_W_REDECLARED; judged->accepted && reason < REASON_COUNT; reason++)
                if (reason_in(judged->event.warnings, reason))
                        buffer_printf(out, "%s%s", out->len ? "," : "", reason_name(reason));
}

static void transport_cases(void **state) {
        (void)state;
        Catalogue *catalogue = shipped_catalogue();
        unsigned failed = 0;
        for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
                const Transport *transport = &transports[i];
                Judged judged = judge_value(catalogue, span_of(transport->value), transport->headers,
                                            count_headers(transport));
                Buffer said = BUFFER_NULL;
                say(&said, &judged);
                if (strcmp(buffer_text(&said), transport->said) != 0) {
                        print_error("%s: wanted '%s', said '%s'\n", transport->name, transport->said, said.ptr);
                        failed++;
                }
                buffer_deinit(&said);
                judged_free(&judged);
        }
        assert_int_equal(failed, 0);
        catalogue_free(catalogue);
}

// T-04: the same event in the other mode is the same event.
static void both_modes_are_one_event(void **state) {
        (void)state;
        Catalogue *catalogue = shipped_catalogue();
        const Header headers[] = {SPEC, ID, SOURCE, TYPE, TIME, JSON};
        Judged binary = judge_value(catalogue, SPAN_LIT(DATA), headers, 6);
        Judged structured = judge_text(catalogue, STRUCTURED);
        assert_true(binary.accepted && structured.accepted);
        assert_int_equal(digest_compare(binary.event.key, structured.event.key), 0);
        assert_int_equal(digest_compare(binary.event.content, structured.event.content), 0);
        judged_free(&binary);
        judged_free(&structured);
        catalogue_free(catalogue);
}

// The dead letter shows who it was, as far as that could be read.
static void what_was_read_of_a_rejected_event(void **state) {
        (void)state;
        Catalogue *catalogue = shipped_catalogue();
        const Header headers[] = {SPEC, ID, SOURCE, TYPE, TIME, JSON};
        Judged judged = judge_value(catalogue, SPAN_LIT("{"), headers, 6);
        assert_span(judged.event.id, "t-1");
        assert_span(judged.event.source, "https://nr-turpan.example/hall");
        assert_span(judged.event.type_name, "cn.kepu.visit.counted");
        judged_free(&judged);
        judged = judge_text(catalogue, "{\"specversion\":1,\"id\":\"t-1\",\"source\":\"/s\",\"type\":\"x\"}");
        assert_reason(judged.why.reason, E_ATTR_TYPE);
        assert_span(judged.event.id, "t-1");
        assert_span(judged.event.source, "/s");
        assert_span(judged.event.type_name, "x");
        judged_free(&judged);
        judged = judge_text(catalogue, "{");
        assert_int_equal(judged.event.id.len, 0);
        assert_null(judged.event.type);
        judged_free(&judged);
        catalogue_free(catalogue);
}

static void message_of_exactly_the_limit(void **state) {
        (void)state;
        Catalogue *catalogue = shipped_catalogue();
        size_t limit = catalogue->limits.message_bytes;
        char *text = xmalloc(limit + 1);
        memset(text, ' ', limit + 1);
        memcpy(text, STRUCTURED, strlen(STRUCTURED));
        assert_int_equal(limit, 262144);
        Judged judged = judge_value(catalogue, (Span){text, limit}, NULL, 0);
        assert_true(judged.accepted);
        judged_free(&judged);
        judged = judge_value(catalogue, (Span){text, limit + 1}, NULL, 0);
        assert_reason(judged.why.reason, E_TOO_LARGE);
        judged_free(&judged);
        free(text);
        catalogue_free(catalogue);
}

static const struct {
        const char *source;
        bool good;
} sources[] = {
        {"https://nr-turpan.example/hall", true},
        {"urn:uuid:0160ad4d-1c00-7684-b63b-a9b5b3c03576", true},
        {"/relative", true},
        {"a", true},
        {"#fragment", true},
        {"http://[::1]:80/a;b?c=d,e&f#g", true},
        {"%E7%A7%91", true},
        {"a%2", false},
        {"%", false},
        {"%zz", false},
        {"a#b#c", false},
        {"a b", false},
        {"a\\\\b", false},
        {"科普", false},
        {"a\\\"b", false},
        {"<a>", false},
        {"{a}", false},
        {"a|b", false},
        {"a^b", false},
        {"a`b", false},
};

static void sources_are_uri_references(void **state) {
        (void)state;
        Catalogue *catalogue = shipped_catalogue();
        for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
                cleanup(freep) char *text =
                        xasprintf("{\"specversion\":\"1.0\",\"id\":\"t-1\",\"source\":\"%s\"}", sources[i].source);
                Judged judged = judge_text(catalogue, text);
                // a good source lets the next check speak
                if (judged.why.reason != (sources[i].good ? REASON_E_TYPE_MISSING : REASON_E_SOURCE_URI))
                        fail_msg("%s: %s", sources[i].source, reason_name(judged.why.reason));
                judged_free(&judged);
        }
        catalogue_free(catalogue);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(transport_cases),
                cmocka_unit_test(both_modes_are_one_event),
                cmocka_unit_test(what_was_read_of_a_rejected_event),
                cmocka_unit_test(message_of_exactly_the_limit),
                cmocka_unit_test(sources_are_uri_references),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
