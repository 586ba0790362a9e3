// SPDX-License-Identifier: Apache-2.0
#include "event/judge.h"

#include <stdlib.h>

#include "base/calendar.h"
#include "base/memory.h"
#include "event/content.h"
#include "event/envelope.h"
#include "event/identity.h"
#include "event/judge_private.h"
#include "event/rule.h"

static const int64_t DAY_US = 86400 * 1000000LL;

Judge *judge_new(const Catalogue *catalogue, bool only_stored) {
        Judge *judge = xcalloc(1, sizeof(*judge));
        judge->catalogue = catalogue;
        judge->only_stored = only_stored;
        return judge;
}

Judge *judge_free(Judge *judge) {
        if (judge) {
                buffer_deinit(&judge->scratch);
                buffer_deinit(&judge->rows);
                buffer_deinit(&judge->mentions);
                free(judge);
        }
        return NULL;
}

void judge_set_window(Judge *judge, int64_t days) {
        judge->window_days = days;
}

// The text of a member in the event's scope, or len 0.
static Span member_text(const Event *event, const Member *members, uint32_t count) {
        for (uint32_t i = 0; i < count; i++)
                if (event->slots[members[i].slot].kind == VALUE_TEXT)
                        return event->slots[members[i].slot].text;
        return SPAN_NULL;
}

static void compare_subject(Checker *checker, const Event *event) {
        const TypePlan *plan = event->type->plan;
        Span entity = member_text(event, plan->entity, plan->entity_count);
        if (event->subject.len > 0 && entity.len > 0 && !span_equal(event->subject, entity))
                checker->warnings |= reason_bit(REASON_W_SUBJECT_MISMATCH);
}

static int32_t date_of(const Event *event) {
        const TypePlan *plan = event->type->plan;
        const Value *member = &event->slots[plan->occurred_member.slot];
        if (plan->occurred_on == OCCURRED_MEMBER)
                return (int32_t)member->integer;
        if (plan->occurred_on == OCCURRED_YEAR_END)
                return calendar_days((int)member->integer, 12, 31);
        return calendar_date_in_zone(event->time_us);
}

static bool check_data(Checker *checker, const Envelope *envelope, Event *event) {
        const EventType *type = event->type;
        uint32_t present;
        event->slots = arena_zalloc(checker->arena, type->slot_count * sizeof(*event->slots));
        pointer_push(checker->at, SPAN_LIT("data"));
        if (!kind_check_members(checker, type->scope->fields, type->scope->field_count, envelope->data, event->slots,
                                &present))
                return false;
        pointer_pop(checker->at);
        compare_subject(checker, event);
        event->occurred_on = date_of(event);
        return true;
}

static bool check_time(Checker *checker, const Event *event, int64_t now_us, int64_t window_days) {
        const Limits *limits = &checker->catalogue->limits;
        Span place = SPAN_LIT("/time");
        if (event->time_us > now_us + limits->ahead_us)
                return reject(checker->why, checker->arena, REASON_E_TIME_FUTURE, place,
                              "more than %lld s ahead of the clock", (long long)(limits->ahead_us / 1000000));
        if (event->time_us < limits->earliest_us)
                return reject(checker->why, checker->arena, REASON_E_TIME_TOO_OLD, place,
                              "before the earliest time of this catalogue");
        if (window_days > 0 && event->time_us < now_us - window_days * DAY_US)
                return reject(checker->why, checker->arena, REASON_E_TIME_TOO_OLD, place,
                              "more than %lld days ago, older than dedup.window", (long long)window_days);
        if (!rules_check(checker, event, true, calendar_date_in_zone(now_us)))
                return false;
        if (event->recorded_us != INT64_MIN &&
            calendar_date_in_zone(event->recorded_us) - event->occurred_on > limits->late_days)
                checker->warnings |= reason_bit(REASON_W_LATE);
        return true;
}

bool judge_message(Judge *judge, const Message *message, int64_t now_us, Arena *arena, Event *event, Reject *why) {
        Envelope envelope = {.data = NULL};
        Checker checker = {.catalogue = judge->catalogue, .arena = arena, .at = &judge->at, .why = why};
        judge->at.count = 0;
        *event = (Event){.type = NULL};
        *why = REJECT_NULL;
        bool read = envelope_read(&checker, message, &envelope);
        event->id = envelope.attributes[ATTRIBUTE_ID];
        event->source = envelope.attributes[ATTRIBUTE_SOURCE];
        event->type_name = envelope.attributes[ATTRIBUTE_TYPE];
        if (!read || !envelope_check(&checker, &envelope, judge->only_stored, event) ||
            !check_data(&checker, &envelope, event) || !rules_check(&checker, event, false, 0) ||
            !check_time(&checker, event, now_us, judge->window_days))
                return false;
        judge->text = checker.read.plain ? checker.text : SPAN_NULL;
        judge->copy = checker.read.copy;
        event->warnings = checker.warnings;
        event->key = identity_key(event->source, event->id);
        event->content = content_hash(event, &judge->scratch);
        return true;
}

Span judge_record_key(const Event *event) {
        const TypePlan *plan = event->type->plan;
        if (event->partition_key.len > 0)
                return event->partition_key;
        Span key = member_text(event, plan->key, plan->key_count);
        return key.len > 0 ? key : event->id;
}
