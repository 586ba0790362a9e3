// SPDX-License-Identifier: Apache-2.0
#include "event/kind.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "event/json.h"
#include "event/redact.h"
#include "event/unicode.h"

bool checker_reject(Checker *checker, Reason reason, const char *detail, ...) {
        char text[512];
        va_list args;
        va_start(args, detail);
        vsnprintf(text, sizeof(text), detail, args);
        va_end(args);
        return reject(checker->why, checker->arena, reason, pointer_text(checker->at, checker->arena), "%s", text);
}

static bool wrong_type(Checker *checker, const char *wanted, yyjson_val *json) {
        const char *found = yyjson_is_raw(json) ? "a number" : yyjson_get_type_desc(json);
        return checker_reject(checker, REASON_E_FIELD_TYPE, "needs %s, found %s", wanted, found);
}

// At most this many bytes of a producer's text go into a sentence, cut at a character.
static int shown(Span text) {
        size_t n = text.len < 60 ? text.len : 60;
        while (n < text.len && n > 0 && ((unsigned char)text.ptr[n] & 0xC0) == 0x80)
                n--;
        return (int)n;
}

static bool in_bounds(Checker *checker, const Field *field, Decimal value, Reason reason, const char *what) {
        Arena *arena = checker->arena;
        if (field->has_min && decimal_compare(value, field->min) < 0)
                return checker_reject(checker, reason, "%s below %s", what, decimal_text(field->min, arena).ptr);
        if (field->has_max && decimal_compare(value, field->max) > 0)
                return checker_reject(checker, reason, "%s above %s", what, decimal_text(field->max, arena).ptr);
        return true;
}

static bool number_in_bounds(const Field *field, size_t number) {
        Decimal value = {(int64_t)number, 0};
        return !(field->has_min && decimal_compare(value, field->min) < 0) &&
               !(field->has_max && decimal_compare(value, field->max) > 0);
}

// A character has 1 to 4 bytes: mostly that is enough to know.
static bool length_fits(Checker *checker, const Field *field, Span text) {
        if (number_in_bounds(field, (text.len + 3) / 4) && number_in_bounds(field, text.len))
                return true;
        return in_bounds(checker, field, decimal_of((int64_t)unicode_length(text), 0), REASON_E_FIELD_LENGTH,
                         "number of characters");
}

static bool has_known_prefix(const Prefixes *prefixes, Span code) {
        for (uint32_t i = 0; i < prefixes->except_count; i++)
                if (span_equal(code, prefixes->except[i]))
                        return true;
        Span head = {code.ptr, code.len < prefixes->length ? code.len : prefixes->length};
        for (uint32_t i = 0; i < prefixes->count; i++)
                if (span_equal(head, prefixes->values[i]))
                        return true;
        return false;
}

static bool check_code(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        if (!yyjson_is_str(json))
                return wrong_type(checker, "a string", json);
        Span code = json_span(json);
        if (!length_fits(checker, field, code))
                return false;
        if (field->pattern && !pattern_matches(field->pattern, code))
                return checker_reject(checker, REASON_E_FIELD_FORMAT, "'%.*s' does not have the form %s", shown(code),
                                      code.ptr, field->form.ptr);
        if (field->prefixes && !has_known_prefix(field->prefixes, code))
                return checker_reject(checker, field->prefixes->reason, "no code begins like '%.*s'", shown(code),
                                      code.ptr);
        *ret_value = value_text(code);
        return true;
}

static bool check_free_text(Checker *checker, const Field *field, Span text, Span *ret_text) {
        bool masked = false;
        if (!checker->read.plain && unicode_has_control(text, true))
                return checker_reject(checker, REASON_E_FIELD_CHAR, "control character other than newline and tab");
        if (field->mask)
                text = redact_text(checker->catalogue, text, checker->arena, &masked);
        if (masked)
                checker->warnings |= reason_bit(REASON_W_PII_REDACTED);
        if (!length_fits(checker, field, text))
                return false;
        *ret_text = text;
        return true;
}

static bool check_text(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        Span text;
        if (!yyjson_is_str(json))
                return wrong_type(checker, "a string", json);
        if (!check_free_text(checker, field, json_span(json), &text))
                return false;
        *ret_value = value_text(text);
        return true;
}

// The values as far as a sentence holds them.
static void list_values(const Field *field, char *text, size_t size) {
        size_t used = 0;
        for (uint32_t i = 0; i < field->value_count; i++) {
                size_t len = field->values[i].value.len + 2;
                if (used + len + 8 > size) { // room for the dots
                        snprintf(text + used, size - used, ", ...");
                        return;
                }
                used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", field->values[i].value.ptr);
        }
}

static bool check_enum(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        if (!yyjson_is_str(json))
                return wrong_type(checker, "a string", json);
        Span text = json_span(json);
        for (uint32_t i = 0; i < field->value_count; i++)
                if (span_equal(text, field->values[i].value)) {
                        *ret_value = value_text(field->values[i].value);
                        return true;
                }
        char values[300];
        list_values(field, values, sizeof(values));
        return checker_reject(checker, REASON_E_FIELD_ENUM, "'%.*s' is not one of %s", shown(text), text.ptr, values);
}

static bool integer_of(Checker *checker, const Field *field, yyjson_val *json, int64_t *ret_integer) {
        if (!yyjson_is_raw(json))
                return wrong_type(checker, "an integer", json);
        Span text = json_span(json);
        if (!decimal_is_integer_text(text) || !decimal_parse_integer(text, ret_integer))
                return checker_reject(checker, REASON_E_FIELD_TYPE,
                                      "needs an integer, written without fraction and exponent");
        return in_bounds(checker, field, decimal_of(*ret_integer, 0), REASON_E_FIELD_RANGE, "value");
}

static bool check_integer(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        int64_t integer;
        if (!integer_of(checker, field, json, &integer))
                return false;
        *ret_value = value_integer(integer);
        return true;
}

static bool check_money(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        int64_t minor;
        if (!integer_of(checker, field, json, &minor))
                return false;
        *ret_value = (Value){.kind = VALUE_DECIMAL,
                             .text = decimal_text(decimal_of(minor, (int32_t)field->digits), checker->arena)};
        return true;
}

static bool check_decimal(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        Decimal decimal;
        if (!yyjson_is_raw(json))
                return wrong_type(checker, "a number", json);
        if (!decimal_parse(json_span(json), &decimal))
                return checker_reject(checker, REASON_E_NUM_RANGE, "too many digits");
        if (decimal.scale > (int32_t)field->digits)
                return checker_reject(checker, REASON_E_FIELD_FORMAT, "more than %u digits after the point",
                                      field->digits);
        if (!in_bounds(checker, field, decimal, REASON_E_FIELD_RANGE, "value"))
                return false;
        *ret_value = (Value){.kind = VALUE_DECIMAL, .text = decimal_text(decimal, checker->arena)};
        return true;
}

static bool check_boolean(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        (void)field;
        if (!yyjson_is_bool(json))
                return wrong_type(checker, "true or false", json);
        *ret_value = value_of(VALUE_BOOLEAN, yyjson_get_bool(json));
        return true;
}

static bool date_in_bounds(Checker *checker, const Field *field, int32_t days) {
        char bound[16];
        if (field->has_min && days < (int32_t)field->min.digits) {
                calendar_format_date((int32_t)field->min.digits, bound);
                return checker_reject(checker, REASON_E_FIELD_RANGE, "date before %s", bound);
        }
        if (field->has_max && days > (int32_t)field->max.digits) {
                calendar_format_date((int32_t)field->max.digits, bound);
                return checker_reject(checker, REASON_E_FIELD_RANGE, "date after %s", bound);
        }
        return true;
}

static bool check_date(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        int32_t days;
        if (!yyjson_is_str(json))
                return wrong_type(checker, "a string", json);
        if (!calendar_parse_date(json_span(json), &days))
                return checker_reject(checker, REASON_E_FIELD_FORMAT, "needs a day of the calendar as YYYY-MM-DD");
        *ret_value = value_of(VALUE_DATE, days);
        return date_in_bounds(checker, field, days);
}

static bool check_timestamp(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        (void)field;
        int64_t us;
        if (!yyjson_is_str(json))
                return wrong_type(checker, "a string", json);
        if (!calendar_parse_timestamp(json_span(json), &us))
                return checker_reject(checker, REASON_E_FIELD_FORMAT, "needs a time as RFC 3339 with its offset");
        *ret_value = value_of(VALUE_TIMESTAMP, us);
        return true;
}

static bool is_http_url(Span url) {
        size_t scheme = url.len > 8 && memcmp(url.ptr, "https://", 8) == 0 ? 8 : 7;
        if (url.len <= scheme || (scheme == 7 && memcmp(url.ptr, "http://", 7) != 0))
                return false;
        return !unicode_has_space(url);
}

static bool check_url(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        if (!yyjson_is_str(json))
                return wrong_type(checker, "a string", json);
        Span url = json_span(json);
        if (!length_fits(checker, field, url))
                return false;
        if (!is_http_url(url) || (!checker->read.plain && unicode_has_control(url, false)))
                return checker_reject(checker, REASON_E_FIELD_FORMAT, "needs an http or https URL without spaces");
        *ret_value = value_text(url);
        return true;
}

static bool is_language(const Catalogue *catalogue, Span tag) {
        for (uint32_t i = 0; i < catalogue->plan->language_count; i++)
                if (span_equal(tag, catalogue->plan->languages[i].tag))
                        return true;
        return false;
}

static int by_tag(const void *a, const void *b) {
        return span_compare(((const TextEntry *)a)->tag, ((const TextEntry *)b)->tag);
}

static bool check_texts(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        size_t i, max;
        yyjson_val *key, *text;
        if (!yyjson_is_obj(json))
                return wrong_type(checker, "an object of language tag and text", json);
        size_t count = yyjson_obj_size(json);
        if (count == 0)
                return checker_reject(checker, REASON_E_FIELD_LENGTH, "needs at least one language");
        TextEntry *entries = arena_alloc(checker->arena, count * sizeof(*entries));
        yyjson_obj_foreach(json, i, max, key, text) {
                entries[i].tag = json_span(key);
                pointer_push(checker->at, entries[i].tag);
                if (!is_language(checker->catalogue, entries[i].tag))
                        return checker_reject(checker, REASON_E_FIELD_ENUM, "not a language tag of this catalogue");
                if (!yyjson_is_str(text))
                        return wrong_type(checker, "a string", text);
                if (!check_free_text(checker, field, json_span(text), &entries[i].text))
                        return false;
                pointer_pop(checker->at);
        }
        qsort(entries, count, sizeof(*entries), by_tag);
        *ret_value = (Value){.kind = VALUE_TEXTS, .count = (uint32_t)count, .texts = entries};
        return true;
}

// Codes need no escapes in JSON, so the cell can be put together as it is.
static Span code_map_text(Arena *arena, TextEntry *entries, size_t count) {
        size_t len = 2;
        for (size_t i = 0; i < count; i++)
                len += entries[i].tag.len + entries[i].text.len + 6;
        char *text = arena_alloc(arena, len + 1);
        char *out = text;
        *out++ = '{';
        for (size_t i = 0; i < count; i++)
                out += snprintf(out, len, "%s\"%.*s\":\"%.*s\"", i ? "," : "", (int)entries[i].tag.len,
                                entries[i].tag.ptr, (int)entries[i].text.len, entries[i].text.ptr);
        *out++ = '}';
        return (Span){text, (size_t)(out - text)};
}

static bool needs_no_escape(Span code) {
        return !unicode_has_control(code, false) && !memchr(code.ptr, '"', code.len) &&
               !memchr(code.ptr, '\\', code.len);
}

static bool code_fits(Checker *checker, const Pattern *pattern, Span code, const char *what) {
        if (!needs_no_escape(code) || (pattern && !pattern_matches(pattern, code)))
                return checker_reject(checker, REASON_E_FIELD_FORMAT, "%s does not have the form of a code", what);
        return true;
}

static bool check_codes(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        size_t i, max;
        yyjson_val *key, *value;
        if (!yyjson_is_obj(json))
                return wrong_type(checker, "an object of codes", json);
        size_t count = yyjson_obj_size(json);
        if (!in_bounds(checker, field, decimal_of((int64_t)count, 0), REASON_E_FIELD_LENGTH, "number of entries"))
                return false;
        TextEntry *entries = arena_alloc(checker->arena, count * sizeof(*entries));
        yyjson_obj_foreach(json, i, max, key, value) {
                pointer_push(checker->at, json_span(key));
                if (!code_fits(checker, field->key_pattern, json_span(key), "the member's name"))
                        return false;
                if (!yyjson_is_str(value))
                        return wrong_type(checker, "a string", value);
                if (!code_fits(checker, field->value_pattern, json_span(value), "the value"))
                        return false;
                entries[i] = (TextEntry){json_span(key), json_span(value)};
                pointer_pop(checker->at);
        }
        qsort(entries, count, sizeof(*entries), by_tag);
        *ret_value = (Value){.kind = VALUE_JSON, .text = code_map_text(checker->arena, entries, count)};
        return true;
}

static bool check_object(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        uint32_t present;
        if (!yyjson_is_obj(json))
                return wrong_type(checker, "an object", json);
        if (!kind_check_members(checker, field->fields, field->field_count, json, slots, &present))
                return false;
        *ret_value = (Value){.kind = VALUE_OBJECT, .count = present};
        return true;
}

static bool check_element(Checker *checker, const Scope *items, yyjson_val *json, Value *slots) {
        uint32_t present;
        if (items->scalar)
                return items->fields[0].ops->check(checker, &items->fields[0], json, slots, &slots[0]);
        if (!yyjson_is_obj(json))
                return wrong_type(checker, "an object", json);
        return kind_check_members(checker, items->fields, items->field_count, json, slots, &present);
}

static bool check_list(Checker *checker, const Field *field, yyjson_val *json, Value *slots, Value *ret_value) {
        (void)slots;
        size_t i, max;
        yyjson_val *element;
        if (!yyjson_is_arr(json))
                return wrong_type(checker, "an array", json);
        size_t count = yyjson_arr_size(json);
        if (!in_bounds(checker, field, decimal_of((int64_t)count, 0), REASON_E_FIELD_LENGTH, "number of elements"))
                return false;
        uint32_t width = field->items->slot_count;
        Value *elements = arena_zalloc(checker->arena, count * width * sizeof(*elements));
        yyjson_arr_foreach(json, i, max, element) {
                pointer_push_index(checker->at, i);
                if (!check_element(checker, field->items, element, elements + i * width))
                        return false;
                for (size_t j = 0; field->unique && j < i; j++)
                        if (value_same(&elements[i * width], &elements[j * width]))
                                return checker_reject(checker, REASON_E_RULE_DUPITEM, "the same element twice");
                pointer_pop(checker->at);
        }
        *ret_value = (Value){.kind = VALUE_LIST, .count = (uint32_t)count, .list = elements};
        return true;
}

static const KindOps kinds[] = {
        {"code", VALUE_TEXT, check_code, OPTION_MAX | OPTION_PATTERN | OPTION_PREFIXES, BOUNDS_NUMBER},
        {"text", VALUE_TEXT, check_text, OPTION_MIN | OPTION_MAX | OPTION_MASK, BOUNDS_NUMBER},
        {"enum", VALUE_TEXT, check_enum, OPTION_VALUES, BOUNDS_NUMBER},
        {"integer", VALUE_INTEGER, check_integer, OPTION_MIN | OPTION_MAX, BOUNDS_NUMBER},
        {"decimal", VALUE_DECIMAL, check_decimal, OPTION_MIN | OPTION_MAX | OPTION_DIGITS, BOUNDS_NUMBER},
        {"money", VALUE_DECIMAL, check_money, OPTION_MIN | OPTION_MAX | OPTION_DIGITS, BOUNDS_NUMBER},
        {"boolean", VALUE_BOOLEAN, check_boolean, 0, BOUNDS_NUMBER},
        {"date", VALUE_DATE, check_date, OPTION_MIN | OPTION_MAX, BOUNDS_DATE},
        {"timestamp", VALUE_TIMESTAMP, check_timestamp, 0, BOUNDS_NUMBER},
        {"url", VALUE_TEXT, check_url, OPTION_MAX, BOUNDS_NUMBER},
        {"texts", VALUE_TEXTS, check_texts, OPTION_MAX | OPTION_MASK, BOUNDS_NUMBER},
        {"codes", VALUE_JSON, check_codes, OPTION_MAX | OPTION_MAP_PATTERNS, BOUNDS_NUMBER},
        {"object", VALUE_OBJECT, check_object, OPTION_FIELDS, BOUNDS_NUMBER},
        {"list", VALUE_LIST, check_list, OPTION_MIN | OPTION_MAX | OPTION_ITEMS, BOUNDS_NUMBER},
};

const KindOps *kind_find(Span name) {
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
                if (span_is(name, kinds[i].name))
                        return &kinds[i];
        return NULL;
}

bool kind_is_list(const Field *field) {
        return field->ops->value == VALUE_LIST;
}

bool kind_is_texts(const Field *field) {
        return field->ops->value == VALUE_TEXTS;
}

bool kind_is_object(const Field *field) {
        return field->ops->value == VALUE_OBJECT;
}
