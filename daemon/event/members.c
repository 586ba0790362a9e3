// SPDX-License-Identifier: Apache-2.0
// The members of one object: which are there, are they right, and what holds for those that are not.
#include "event/json.h"
#include "event/kind.h"

// JSON values in the order of the fields; members that nobody declared are only counted.
static void collect(const Field *fields, uint32_t count, yyjson_val *object, yyjson_val **ret_found,
                    uint32_t *ret_unknown) {
        size_t i, max;
        yyjson_val *key, *value;
        uint32_t guess = 0; // producers mostly keep the declared order
        *ret_unknown = 0;
        yyjson_obj_foreach(object, i, max, key, value) {
                Span name = json_span(key);
                uint32_t tried = 0;
                while (tried < count && !span_equal(name, fields[guess].member)) {
                        guess = guess + 1 < count ? guess + 1 : 0;
                        tried++;
                }
                if (tried == count) {
                        *ret_unknown += 1;
                } else {
                        ret_found[guess] = value;
                        guess = guess + 1 < count ? guess + 1 : 0;
                }
        }
}

static bool check_one(Checker *checker, const Field *field, yyjson_val *json, Value *slots) {
        Value value = VALUE_NULL;
        if (yyjson_is_null(json))
                return checker_reject(checker, REASON_E_FIELD_TYPE, "null; leave the member out instead");
        if (!field->ops->check(checker, field, json, slots, &value))
                return false;
        slots[field->slot] = value;
        return true;
}

// A qualifier without its figure says nothing; one that is absent has its default only beside its figure.
static void settle(const Field *field, Value *slots) {
        Value *value = &slots[field->slot];
        bool applies = field->of_slot == NO_INDEX || slots[field->of_slot].kind != VALUE_ABSENT;
        if (!applies)
                *value = VALUE_NULL;
        else if (value->kind == VALUE_ABSENT && field->has_default)
                *value = field->default_value;
}

bool kind_check_members(Checker *checker, const Field *fields, uint32_t count, yyjson_val *object, Value *slots,
                        uint32_t *ret_present) {
        yyjson_val **found = arena_zalloc(checker->arena, count * sizeof(yyjson_val *));
        uint32_t unknown;
        uint32_t present = 0;
        collect(fields, count, object, found, &unknown);
        for (uint32_t i = 0; i < count; i++) {
                if (!found[i] && !fields[i].required)
                        continue;
                pointer_push(checker->at, fields[i].member);
                if (!found[i])
                        return checker_reject(checker, REASON_E_FIELD_MISSING, "required member is missing");
                if (!check_one(checker, &fields[i], found[i], slots))
                        return false;
                pointer_pop(checker->at);
                present++;
        }
        for (uint32_t i = 0; i < count; i++)
                settle(&fields[i], slots);
        if (unknown > 0)
                checker->warnings |= reason_bit(REASON_W_UNKNOWN_FIELD);
        *ret_present = present;
        return true;
}
