// SPDX-License-Identifier: Apache-2.0
// From the bytes of a message to its verdict: what holds across the steps. The steps have tests of their own, and
// tests/cases has the verdicts type by type.
#include "core_fixture.h"

#include "event/identity.h"

#define VISIT(attributes, data)                                                                                      \
        "{\"specversion\":\"1.0\",\"id\":\"t-1\",\"source\":\"https://nr-turpan.example/hall\","                     \
        "\"type\":\"cn.kepu.visit.counted\"," attributes "\"data\":" data "}"
#define TIME "\"time\":\"2022-06-01T18:00:00+08:00\","
#define DATA                                                                                                         \
        "{\"facility_id\":\"tlf-hall\",\"period_start\":\"2021-04-01\",\"period_end\":\"2021-12-31\",\"visitors\":"  \
        "1538,\"scope\":\"total\"}"

static Catalogue *catalogue;

static int load(void **state) {
        (void)state;
        catalogue = shipped_catalogue();
        return 0;
}

static int unload(void **state) {
        (void)state;
        catalogue = catalogue_free(catalogue);
        return 0;
}

static void an_accepted_event(void **state) {
        (void)state;
        Judged judged = judge_text(
                catalogue, VISIT(TIME "\"subject\":\"tlf-hall\",\"recordedtime\":\"2022-06-02T00:00:00Z\",", DATA));
        const Event *event = &judged.event;
        assert_true(judged.accepted);
        assert_reason(judged.why.reason, NONE);
        assert_span(event->type->name, "cn.kepu.visit.counted");
        assert_span(event->id, "t-1");
        assert_span(event->subject, "tlf-hall");
        assert_true(event->time_us == at_time("2022-06-01T10:00:00Z"));
        assert_true(event->recorded_us == at_time("2022-06-02T00:00:00Z"));
        assert_int_equal(event->occurred_on, calendar_days(2021, 12, 31));
        Digest key = identity_key(SPAN_LIT("https://nr-turpan.example/hall"), SPAN_LIT("t-1"));
        assert_int_equal(digest_compare(event->key, key), 0);
        // reported more than 30 days after the period
        assert_true(event->warnings == reason_bit(REASON_W_LATE));
        judged_free(&judged);
}

static bool is_late(const char *recorded) {
        cleanup(freep) char *text = xasprintf(VISIT(TIME "\"recordedtime\":\"%s\",", DATA), recorded);
        Judged judged = judge_text(catalogue, text);
        assert_true(judged.accepted);
        bool late = reason_in(judged.event.warnings, REASON_W_LATE);
        judged_free(&judged);
        return late;
}

static void late_is_more_than_30_days(void **state) {
        (void)state;
        assert_false(is_late("2022-01-30T23:59:59+08:00"));
        assert_true(is_late("2022-01-30T16:00:00Z")); // 31 January there
        assert_false(is_late("2021-01-01T00:00:00Z"));
}

static Reason verdict(const char *text) {
        Judged judged = judge_text(catalogue, text);
        Reason reason = judged.why.reason;
        judged_free(&judged);
        return reason;
}

static void dates_are_those_of_the_zone(void **state) {
        (void)state;
        Judged judged = judge_text(
                catalogue,
                "{\"specversion\":\"1.0\",\"id\":\"v-1\",\"source\":\"/s\",\"type\":\"cn.kepu.event.voided\","
                "\"time\":\"2021-08-31T16:30:00Z\",\"data\":{\"target_id\":\"a\",\"target_type\":"
                "\"cn.kepu.visit.counted\",\"reason_kind\":\"test\"}}");
        assert_true(judged.accepted);
        assert_int_equal(judged.event.occurred_on, calendar_days(2021, 9, 1));
        judged_free(&judged);
}

static void facts_of_a_year_are_of_its_last_day(void **state) {
        (void)state;
        Catalogue *mine =
                good_catalogue("name = \"x\"; time_zone = \"UTC\";",
                               "type = \"t\"; class = \"fact\"; occurred_on = \"year_end:year\"; zh = \"甲\"; "
                               "en = \"t\"; stored = false; fields = ( { member = \"year\"; is = \"integer\"; "
                               "required = true; min = 1; max = 9999; zh = \"甲\"; en = \"y\"; } );");
        Judged judged = judge_data(mine, "{\"year\":2021}");
        assert_true(judged.accepted);
        assert_int_equal(judged.event.occurred_on, calendar_days(2021, 12, 31));
        judged_free(&judged);
        catalogue_free(mine);
}

static void the_clock_has_a_tolerance(void **state) {
        (void)state;
        assert_reason(verdict(VISIT("\"time\":\"2026-11-22T12:05:00+08:00\",", DATA)), NONE);
        assert_reason(verdict(VISIT("\"time\":\"2026-11-22T12:05:00.000001+08:00\",", DATA)), E_TIME_FUTURE);
        assert_reason(verdict(VISIT("\"time\":\"2000-01-01T00:00:00+08:00\",", DATA)), NONE);
        assert_reason(verdict(VISIT("\"time\":\"1999-12-31T23:59:59.999999+08:00\",", DATA)), E_TIME_TOO_OLD);
}

static Reason within(int64_t window_days, const char *time) {
        Arena arena = ARENA_NULL;
        Message message = MESSAGE_NULL;
        Event event;
        Reject why;
        cleanup(freep) char *text = xasprintf(VISIT("\"time\":\"%s\",", DATA), time);
        Judge *judge = judge_new(catalogue, false);
        judge_set_window(judge, window_days);
        message.value = span_of(text);
        judge_message(judge, &message, at_time("2026-11-22T12:00:00+08:00"), &arena, &event, &why);
        judge_free(judge);
        arena_deinit(&arena);
        return why.reason;
}

static void the_window_is_counted_from_the_clock(void **state) {
        (void)state;
        assert_reason(within(400, "2025-10-18T12:00:00+08:00"), NONE);
        assert_reason(within(400, "2025-10-18T11:59:59.999999+08:00"), E_TIME_TOO_OLD);
        assert_reason(within(0, "2025-10-18T11:59:59.999999+08:00"), NONE);
        assert_reason(within(36500, "1999-12-31T23:59:59.999999+08:00"), E_TIME_TOO_OLD);
}

// Bytes, JSON, envelope, members, rules, time: the first that fails gives the reason.
static void the_first_step_that_fails(void **state) {
        (void)state;
        const char *late = "\"time\":\"2027-06-01T18:00:00+08:00\",";
        cleanup(freep) char *rule =
                xasprintf(VISIT("%s", "{\"facility_id\":\"tlf-hall\",\"period_start\":\"2021-04-02\",\"period_end\":"
                                      "\"2021-04-01\",\"visitors\":1538,\"scope\":\"total\"}"),
                          late);
        cleanup(freep) char *member =
                xasprintf(VISIT("%s", "{\"facility_id\":\"tlf-hall\",\"period_start\":\"2021-04-02\",\"period_end\":"
                                      "\"2021-04-01\",\"visitors\":-1,\"scope\":\"total\"}"),
                          late);
        cleanup(freep) char *envelope = xasprintf(VISIT("%s\"correctsid\":\"t-1\",", "{\"visitors\":-1}"), late);
        cleanup(freep) char *json = xasprintf(VISIT("%s\"correctsid\":\"t-1\",", "{\"visitors\":1e400}"), late);
        cleanup(freep) char *bytes =
                xasprintf(VISIT("%s\"correctsid\":\"t-1\",", "{\"visitors\":1e400,\"\xFF\":1}"), late);
        cleanup(freep) char *time = xasprintf(VISIT("%s", DATA), late);
        assert_reason(verdict(time), E_TIME_FUTURE);
        assert_reason(verdict(rule), E_RULE_PERIOD);
        assert_reason(verdict(member), E_FIELD_RANGE);
        assert_reason(verdict(envelope), E_RULE_SELF);
        assert_reason(verdict(json), E_NUM_RANGE);
        assert_reason(verdict(bytes), E_UTF8);
}

static void only_stored_types_for_the_daemon(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        Catalogue *mine = good_catalogue("name = \"x\"; time_zone = \"UTC\";",
                                         "type = \"t\"; class = \"fact\"; occurred_on = \"@date\"; zh = \"甲\"; en = "
                                         "\"t\"; stored = false; fields = ();");
        Message message = MESSAGE_NULL;
        message.value = SPAN_LIT("{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/"
                                 "s\",\"type\":\"t\",\"time\":\"2022-06-01T10:00:00Z\",\"data\":{}}");
        for (int only_stored = 0; only_stored < 2; only_stored++) {
                Judge *judge = judge_new(mine, only_stored);
                Event event;
                Reject why;
                assert_int_equal(
                        judge_message(judge, &message, at_time("2026-11-22T12:00:00Z"), &arena, &event, &why),
                        !only_stored);
                if (only_stored)
                        assert_reason(why.reason, E_TYPE_UNKNOWN);
                judge_free(judge);
        }
        arena_deinit(&arena);
        catalogue_free(mine);
        assert_null(judge_free(NULL));
}

static void record_keys(void **state) {
        (void)state;
        Judged judged = judge_text(catalogue, VISIT(TIME, DATA));
        assert_span(judge_record_key(&judged.event), "tlf-hall");
        judged_free(&judged);
        judged = judge_text(catalogue, VISIT(TIME "\"partitionkey\":\"p\",", DATA));
        assert_span(judge_record_key(&judged.event), "p");
        judged_free(&judged);
        judged = judge_text(
                catalogue,
                "{\"specversion\":\"1.0\",\"id\":\"v-1\",\"source\":\"/s\",\"type\":\"cn.kepu.event.voided\","
                "\"time\":\"2022-06-01T10:00:00Z\",\"data\":{\"target_id\":\"a-1\",\"target_type\":"
                "\"cn.kepu.visit.counted\",\"reason_kind\":\"test\"}}");
        Span key = judge_record_key(&judged.event);
        assert_true(span_is(key, "a-1") || span_is(key, "v-1"));
        judged_free(&judged);
}

// One judge for all messages: nothing of one shows in the next.
static void nothing_is_left_for_the_next(void **state) {
        (void)state;
        Arena arena = ARENA_NULL;
        Judge *judge = judge_new(catalogue, false);
        Message message = MESSAGE_NULL;
        Event event;
        Reject why;
        int64_t now = at_time("2026-11-22T12:00:00+08:00");
        message.value = SPAN_LIT(VISIT(TIME "\"unknown\":\"x\",",
                                       "{\"facility_id\":\"tlf-hall\",\"period_start\":\"2021-04-01\",\"period_end\":"
                                       "\"2021-12-31\",\"visitors\":1538,\"scope\":\"total\",\"zzz\":1}"));
        assert_true(judge_message(judge, &message, now, &arena, &event, &why));
        assert_true(event.warnings == reason_bit(REASON_W_UNKNOWN_FIELD));
        message.value = SPAN_LIT("{}");
        assert_false(judge_message(judge, &message, now, &arena, &event, &why));
        assert_null(event.type);
        assert_int_equal(event.id.len, 0);
        message.value = SPAN_LIT(VISIT(TIME, DATA));
        assert_true(judge_message(judge, &message, now, &arena, &event, &why));
        assert_true(event.warnings == 0);
        assert_reason(why.reason, NONE);
        judge_free(judge);
        arena_deinit(&arena);
}

static void reasons_have_names(void **state) {
        (void)state;
        for (Reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
                assert_int_equal(reason_find(span_of(reason_name(reason))), reason);
                assert_true(strlen(reason_sentence(reason)) > 3);
        }
        assert_int_equal(reason_find(SPAN_LIT("E_NONE")), REASON_NONE);
        assert_int_equal(reason_find(SPAN_LIT("-")), REASON_NONE);
        assert_int_equal(reason_find(SPAN_LIT("")), REASON_NONE);
        assert_string_equal(reason_name(REASON_NONE), "-");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_accepted_event),
                cmocka_unit_test(late_is_more_than_30_days),
                cmocka_unit_test(dates_are_those_of_the_zone),
                cmocka_unit_test(facts_of_a_year_are_of_its_last_day),
                cmocka_unit_test(the_clock_has_a_tolerance),
                cmocka_unit_test(the_window_is_counted_from_the_clock),
                cmocka_unit_test(the_first_step_that_fails),
                cmocka_unit_test(only_stored_types_for_the_daemon),
                cmocka_unit_test(record_keys),
                cmocka_unit_test(nothing_is_left_for_the_next),
                cmocka_unit_test(reasons_have_names),
        };
        return cmocka_run_group_tests(tests, load, unload);
}
