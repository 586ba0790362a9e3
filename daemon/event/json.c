// SPDX-License-Identifier: Apache-2.0
#include "event/json.h"

#include <stdlib.h>

#include "event/decimal.h"
#include "event/unicode.h"

typedef struct Walk {
        uint32_t depth; // still allowed
        bool plain;     // no string can hold what is forbidden
        Pointer *at;
        Arena *arena;
        Reject *why;
} Walk;

static bool fail(Walk *walk, Reason reason, const char *detail) {
        return reject(walk->why, walk->arena, reason, pointer_text(walk->at, walk->arena), "%s", detail);
}

static bool check_string(Walk *walk, yyjson_val *value) {
        Span text = json_span(value);
        if (walk->plain)
                return true;
        if (unicode_has_nul(text))
                return fail(walk, REASON_E_JSON_NUL, "a string holds U+0000; leave it out");
        if (unicode_has_noncharacter(text))
                return fail(walk, REASON_E_JSON_NONCHAR, "a string holds a noncharacter (U+FFFE, U+FFFF, U+FDD0 …)");
        return true;
}

static bool number_fits(yyjson_val *value) {
        Span text = json_span(value);
        int64_t integer;
        Decimal decimal;
        return decimal_is_integer_text(text) ? decimal_parse_integer(text, &integer) : decimal_parse(text, &decimal);
}

static bool check_number(Walk *walk, yyjson_val *value) {
        if (!number_fits(value))
                return fail(walk, REASON_E_NUM_RANGE, "integers stay within ±(2^53-1), other numbers within 10^16");
        return true;
}

// What needs no second look, and so no place: most members are such.
static bool is_good_scalar(const Walk *walk, yyjson_val *value) {
        if (yyjson_is_str(value))
                return walk->plain;
        return yyjson_is_raw(value) ? number_fits(value) : !yyjson_is_ctn(value);
}

static int by_name(const void *a, const void *b) {
        return span_compare(*(const Span *)a, *(const Span *)b);
}

enum { FEW = 16, HEADS = 64 };

// Names that differ mostly have different ones.
static size_t head_of(Span name) {
        size_t ends = name.len ? (unsigned char)name.ptr[name.len - 1] * 5U + (unsigned char)name.ptr[0] * 3U : 0;
        return (name.len + ends) % HEADS;
}

static bool twin_of_few(yyjson_val *object, Span *ret_name) {
        Span names[FEW];
        uint8_t heads[HEADS] = {0}, next[FEW]; // 1 + index of a name; 0: none
        size_t i, max;
        yyjson_val *key, *value;
        yyjson_obj_foreach(object, i, max, key, value) {
                names[i] = json_span(key);
                uint8_t *head = &heads[head_of(names[i])];
                for (uint8_t other = *head; other; other = next[other - 1])
                        if (span_equal(names[i], names[other - 1])) {
                                *ret_name = names[i];
                                return true;
                        }
                next[i] = *head;
                *head = (uint8_t)(i + 1);
        }
        return false;
}

static bool twin_of_many(Walk *walk, yyjson_val *object, Span *ret_name) {
        size_t count = yyjson_obj_size(object);
        Span *names = arena_alloc(walk->arena, count * sizeof(*names));
        size_t i, max;
        yyjson_val *key, *value;
        yyjson_obj_foreach(object, i, max, key, value) names[i] = json_span(key);
        qsort(names, count, sizeof(*names), by_name);
        for (i = 1; i < count; i++)
                if (span_equal(names[i - 1], names[i])) {
                        *ret_name = names[i];
                        return true;
                }
        return false;
}

static bool has_twin(Walk *walk, yyjson_val *object, Span *ret_name) {
        return yyjson_obj_size(object) <= FEW ? twin_of_few(object, ret_name) : twin_of_many(walk, object, ret_name);
}

static bool check_value(Walk *walk, yyjson_val *value);

static bool check_object(Walk *walk, yyjson_val *object) {
        size_t i, max;
        yyjson_val *key, *value;
        Span twin;
        yyjson_obj_foreach(object, i, max, key, value) {
                if (walk->plain && is_good_scalar(walk, value))
                        continue;
                pointer_push(walk->at, json_span(key));
                if (!check_string(walk, key) || !check_value(walk, value))
                        return false;
                pointer_pop(walk->at);
        }
        if (has_twin(walk, object, &twin)) {
                pointer_push(walk->at, twin);
                return fail(walk, REASON_E_JSON_DUPKEY, "this member stands twice in its object");
        }
        return true;
}

static bool check_array(Walk *walk, yyjson_val *array) {
        size_t i, max;
        yyjson_val *value;
        yyjson_arr_foreach(array, i, max, value) {
                if (is_good_scalar(walk, value))
                        continue;
                pointer_push_index(walk->at, i);
                if (!check_value(walk, value))
                        return false;
                pointer_pop(walk->at);
        }
        return true;
}

// Recursion ends at the limit on depth.
static bool check_value(Walk *walk, yyjson_val *value) {
        if (yyjson_is_str(value))
                return check_string(walk, value);
        if (yyjson_is_raw(value))
                return check_number(walk, value);
        if (!yyjson_is_ctn(value))
                return true;
        if (walk->depth == 0)
                return fail(walk, REASON_E_JSON_DEPTH, "nested too deep");
        walk->depth--;
        bool good = yyjson_is_obj(value) ? check_object(walk, value) : check_array(walk, value);
        walk->depth++;
        return good;
}

static void *pool_malloc(void *ctx, size_t size) {
        return arena_alloc(ctx, size);
}

static void *pool_realloc(void *ctx, void *old, size_t old_size, size_t size) {
        void *fresh = arena_alloc(ctx, size);
        memcpy(fresh, old, old_size < size ? old_size : size);
        return fresh;
}

static void pool_free(void *ctx, void *ptr) {
        (void)ctx;
        (void)ptr;
}

// A string with a surrogate that has no partner is well-formed by RFC 8259's grammar; yyjson refuses it as a string.
static bool is_surrogate_error(const yyjson_read_err *error) {
        return error->code == YYJSON_READ_ERROR_INVALID_STRING && error->msg && strstr(error->msg, "surrogate");
}

static char *copy_padded(Span text, Arena *arena) {
        char *copy = arena_alloc(arena, text.len + YYJSON_PADDING_SIZE);
        if (text.len)
                memcpy(copy, text.ptr, text.len);
        memset(copy + text.len, 0, YYJSON_PADDING_SIZE);
        return copy;
}

yyjson_val *json_read(Span text, const JsonLimits *limits, Pointer *at, Arena *arena, JsonText *ret_text,
                      Reject *why) {
        yyjson_alc pool = {pool_malloc, pool_realloc, pool_free, arena};
        yyjson_read_err error;
        char *copy = copy_padded(text, arena);
        yyjson_doc *doc =
                yyjson_read_opts(copy, text.len, YYJSON_READ_INSITU | YYJSON_READ_NUMBER_AS_RAW, &pool, &error);
        Pointer start = *at;
        if (!doc) {
                Reason reason = is_surrogate_error(&error) ? REASON_E_JSON_SURROGATE : REASON_E_JSON;
                reject(why, arena, reason, pointer_text(at, arena), "%s at byte %zu", error.msg, error.pos + 1);
                return NULL;
        }
        *ret_text = (JsonText){copy, unicode_is_plain(text)};
        Walk walk = {limits->depth, ret_text->plain, at, arena, why};
        if (!check_value(&walk, yyjson_doc_get_root(doc))) {
                *at = start;
                return NULL;
        }
        return yyjson_doc_get_root(doc);
}
