// SPDX-License-Identifier: Apache-2.0
#include "event/content.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "base/memory.h"
#include "event/kind.h"

static void put_text(Buffer *out, Span text) {
        buffer_put_u32(out, (uint32_t)text.len);
        buffer_put_span(out, text);
}

static void put_integer(Buffer *out, int64_t integer) {
        char reversed[24];
        char text[24];
        size_t n = 0;
        uint64_t rest = integer < 0 ? (uint64_t)0 - (uint64_t)integer : (uint64_t)integer;
        do
                reversed[n++] = (char)('0' + rest % 10);
        while ((rest /= 10) > 0);
        if (integer < 0)
                reversed[n++] = '-';
        for (size_t i = 0; i < n; i++)
                text[i] = reversed[n - 1 - i];
        put_text(out, (Span){text, n});
}

// Tag and canonical text of one value.
static void put_value(Buffer *out, const Value *value) {
        char text[32];
        switch (value->kind) {
        case VALUE_TEXT:
                buffer_put_u8(out, 't');
                put_text(out, value->text);
                return;
        case VALUE_INTEGER:
                buffer_put_u8(out, 'n');
                put_integer(out, value->integer);
                return;
        case VALUE_DECIMAL:
                buffer_put_u8(out, 'n');
                put_text(out, value->text);
                return;
        case VALUE_BOOLEAN:
                buffer_put_u8(out, 'b');
                put_text(out, value->integer ? SPAN_LIT("true") : SPAN_LIT("false"));
                return;
        case VALUE_DATE:
                buffer_put_u8(out, 'd');
                calendar_format_date((int32_t)value->integer, text);
                break;
        case VALUE_TIMESTAMP:
                buffer_put_u8(out, 's');
                calendar_format_timestamp(value->integer, text);
                break;
        case VALUE_JSON:
                buffer_put_u8(out, 'j');
                put_text(out, value->text);
                return;
        default:
                buffer_put_u8(out, 'a');
                return;
        }
        put_text(out, span_of(text));
}

// Path and value; `prefix` is the path of the list's element, "" outside of lists.
static void put_pair(Buffer *out, Span prefix, Span path, Span tag, const Value *value) {
        size_t slash = tag.ptr ? 1 : 0;
        buffer_put_u32(out, (uint32_t)(prefix.len + path.len + slash + tag.len));
        buffer_put_span(out, prefix);
        buffer_put_span(out, path);
        if (slash)
                buffer_put_u8(out, '/');
        buffer_put_span(out, tag);
        put_value(out, value);
}

static void put_scope(Buffer *out, Span prefix, const Scope *scope, const Value *slots);

static int as_text(const void *a, const void *b) {
        char left[16], right[16];
        snprintf(left, sizeof(left), "%u", *(const uint32_t *)a);
        snprintf(right, sizeof(right), "%u", *(const uint32_t *)b);
        return strcmp(left, right);
}

// Elements in the order of their indices as text, so that all pairs are sorted by path.
static void put_list(Buffer *out, const Field *field, const Value *list) {
        uint32_t few[16];
        uint32_t *order = list->count <= 16 ? few : xcalloc(list->count, sizeof(*order));
        for (uint32_t i = 0; i < list->count; i++)
                order[i] = i;
        if (list->count > 10)
                qsort(order, list->count, sizeof(*order), as_text);
        for (uint32_t i = 0; i < list->count; i++) {
                cleanup(freep) char *longer = NULL;
                char few_bytes[128];
                char *prefix = few_bytes;
                size_t len = field->path.len + 16;
                if (len > sizeof(few_bytes)) {
                        longer = xmalloc(len);
                        prefix = longer;
                }
                snprintf(prefix, len, "%.*s/%u%s", (int)field->path.len, field->path.ptr, order[i],
                         field->items->scalar ? "" : "/");
                put_scope(out, span_of(prefix), field->items, &list->list[order[i] * field->items->slot_count]);
        }
        if (order != few)
                free(order);
}

static void put_scope(Buffer *out, Span prefix, const Scope *scope, const Value *slots) {
        for (uint32_t i = 0; i < scope->by_path_count; i++) {
                const Field *field = scope->by_path[i];
                const Value *value = &slots[field->slot];
                if (value->kind == VALUE_ABSENT)
                        continue;
                if (value->kind == VALUE_LIST) {
                        put_list(out, field, value);
                } else if (value->kind == VALUE_TEXTS) {
                        for (uint32_t t = 0; t < value->count; t++) {
                                Value text = value_text(value->texts[t].text);
                                put_pair(out, prefix, field->path, value->texts[t].tag, &text);
                        }
                } else {
                        put_pair(out, prefix, field->path, SPAN_NULL, value);
                }
        }
}

Digest content_hash(const Event *event, Buffer *scratch) {
        scratch->len = 0;
        buffer_put_string(scratch, "kepud-content-1");
        put_text(scratch, event->type->name);
        buffer_put_u64(scratch, (uint64_t)event->time_us);
        put_text(scratch, event->corrects_id);
        put_scope(scratch, SPAN_LIT(""), &event->type->plan->scope, event->slots);
        return digest_of((Span){scratch->ptr, scratch->len});
}

static void put_key_value(Buffer *out, const Value *value) {
        if (value->kind != VALUE_TEXTS) {
                put_value(out, value);
                return;
        }
        buffer_put_u8(out, 'm');
        buffer_put_u32(out, value->count);
        for (uint32_t i = 0; i < value->count; i++) {
                put_text(out, value->texts[i].tag);
                put_text(out, value->texts[i].text);
        }
}

Digest content_natural_key(const Event *event, const Member *members, uint32_t count, const Value *element,
                           Buffer *scratch) {
        scratch->len = 0;
        buffer_put_string(scratch, "kepud-natural-1");
        put_text(scratch, event->type->name);
        for (uint32_t i = 0; i < count; i++)
                put_key_value(scratch,
                              members[i].element ? &element[members[i].slot] : &event->slots[members[i].slot]);
        return digest_of((Span){scratch->ptr, scratch->len});
}
