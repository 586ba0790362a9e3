// SPDX-License-Identifier: Apache-2.0
// From checked members to rows: what the tables of the declaration say, nothing else.
#include <assert.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "event/content.h"
#include "event/identity.h"
#include "event/judge_private.h"

typedef struct Making {
        Judge *judge;
        Arena *arena;
        Event *event;
        const TableUse *use;
        const Value *element;  // of the list at hand
        uint32_t position;     // 1, 2, …
        const TextEntry *text; // of the language map at hand
} Making;

static Value uuid_value(Arena *arena, Digest digest) {
        return value_uuid(arena_copy(arena, (Span){(const char *)digest.bytes, DIGEST_LEN}).ptr);
}

static Value natural_key(Making *making) {
        const TableUse *use = making->use;
        const TypePlan *plan = making->event->type->plan;
        bool own = use->natural_key_count > 0;
        Digest key = content_natural_key(making->event, own ? use->natural_key : plan->natural_key,
                                         own ? use->natural_key_count : plan->natural_key_count, making->element,
                                         &making->judge->scratch);
        return uuid_value(making->arena, key);
}

static uint32_t described_members(const Making *making) {
        const TableUse *use = making->use;
        return making->event->slots[use->members_slot].count - use->key_members;
}

static Value target_key(Making *making) {
        const Event *event = making->event;
        Span target = event->slots[event->type->plan->target_slot].text;
        return uuid_value(making->arena, identity_key(event->source, target));
}

static Value year_edge(const Value *year, int month, int day) {
        if (year->kind == VALUE_ABSENT)
                return VALUE_NULL;
        return value_of(VALUE_DATE, calendar_days((int)year->integer, month, day));
}

// The event's members live only as long as the scratch memory of its message. What stands in the message as it is
// needs no copy.
static Span kept_text(const Judge *judge, Arena *arena, Span text) {
        size_t at = (size_t)((uintptr_t)text.ptr - (uintptr_t)judge->copy);
        if (at < judge->text.len)
                return (Span){judge->text.ptr + at, text.len};
        return arena_copy(arena, text);
}

static Value kept(const Making *making, Value value) {
        if (value.kind == VALUE_TEXT || value.kind == VALUE_DECIMAL || value.kind == VALUE_JSON)
                value.text = kept_text(making->judge, making->arena, value.text);
        return value;
}

static Value cell(Making *making, const Source *source) {
        const Event *event = making->event;
        switch (source->kind) {
        case SOURCE_NONE:
                return VALUE_NULL;
        case SOURCE_CONSTANT:
                return source->constant;
        case SOURCE_EVENT_SLOT:
                return event->slots[source->slot];
        case SOURCE_ELEMENT_SLOT:
                assert(making->element);
                return making->element[source->slot];
        case SOURCE_VALUE:
                assert(making->element);
                return making->element[0];
        case SOURCE_EVENT_KEY:
                return uuid_value(making->arena, event->key);
        case SOURCE_ID:
                return value_text(event->id);
        case SOURCE_SOURCE:
                return value_text(event->source);
        case SOURCE_TYPE:
                return value_text(event->type->name);
        case SOURCE_TIME:
                return value_of(VALUE_TIMESTAMP, event->time_us);
        case SOURCE_DATE:
                return value_of(VALUE_DATE, calendar_date_in_zone(event->time_us));
        case SOURCE_OCCURRED_ON:
                return value_of(VALUE_DATE, event->occurred_on);
        case SOURCE_NATURAL_KEY:
                return natural_key(making);
        case SOURCE_REVISION:
                return event->slots[event->type->plan->revision_slot];
        case SOURCE_MEMBERS:
                return value_integer(described_members(making));
        case SOURCE_POSITION:
                return value_integer(making->position);
        case SOURCE_LANGUAGE:
                assert(making->text);
                return value_text(making->text->tag);
        case SOURCE_TEXT:
                assert(making->text);
                return value_text(making->text->text);
        case SOURCE_TARGET_KEY:
                return target_key(making);
        case SOURCE_CORRECTS_KEY:
                return uuid_value(making->arena, identity_key(event->source, event->corrects_id));
        case SOURCE_CORRECTS_ID:
                return value_text(event->corrects_id);
        case SOURCE_YEAR_START:
                return year_edge(&event->slots[source->slot], 1, 1);
        case SOURCE_YEAR_END:
                return year_edge(&event->slots[source->slot], 12, 31);
        }
        abort();
}

// Rows are gathered in the judge and copied once their number is known.
static void emit(Making *making) {
        Judge *judge = making->judge;
        const Table *table = &judge->catalogue->tables[making->use->table];
        Value *cells = arena_alloc(making->arena, table->column_count * sizeof(*cells));
        for (uint32_t i = 0; i < table->column_count; i++)
                cells[i] = kept(making, cell(making, &making->use->sources[i]));
        buffer_put(&judge->rows, &(Row){making->use->table, cells}, sizeof(Row));
}

static void emit_texts(Making *making, const Value *texts) {
        for (uint32_t i = 0; texts->kind == VALUE_TEXTS && i < texts->count; i++) {
                making->text = &texts->texts[i];
                emit(making);
        }
}

static void emit_elements(Making *making) {
        const TableUse *use = making->use;
        const Value *list = &making->event->slots[use->each_list->slot];
        uint32_t width = use->each_list->items->slot_count;
        for (uint32_t i = 0; list->kind == VALUE_LIST && i < list->count; i++) {
                making->element = &list->list[i * width];
                making->position = i + 1;
                if (use->each_texts)
                        emit_texts(making, &making->element[use->each_texts->slot]);
                else
                        emit(making);
        }
}

static void use_table(Making *making, const TableUse *use) {
        making->use = use;
        making->element = NULL;
        if (use->when_slot != NO_INDEX && making->event->slots[use->when_slot].kind == VALUE_ABSENT)
                return;
        if (use->members_slot != NO_INDEX &&
            (making->event->slots[use->members_slot].kind == VALUE_ABSENT || described_members(making) == 0))
                return;
        if (use->each_list)
                emit_elements(making);
        else if (use->each_texts)
                emit_texts(making, &making->event->slots[use->each_texts->slot]);
        else
                emit(making);
}

static void mention(Judge *judge, Arena *arena, const Field *field, const Value *value) {
        if (value->kind == VALUE_TEXT)
                buffer_put(&judge->mentions, &(Mention){field->reference, kept_text(judge, arena, value->text)},
                           sizeof(Mention));
}

static void collect_mentions(Judge *judge, Arena *arena, const Scope *scope, const Value *slots) {
        for (uint32_t i = 0; i < scope->naming_count; i++) {
                const Field *field = scope->naming[i];
                const Value *value = &slots[field->slot];
                if (!kind_is_list(field)) {
                        mention(judge, arena, field, value);
                        continue;
                }
                for (uint32_t e = 0; value->kind == VALUE_LIST && e < value->count; e++)
                        collect_mentions(judge, arena, field->items, &value->list[e * field->items->slot_count]);
        }
}

static void *moved(Arena *arena, Buffer *buffer) {
        return (void *)(uintptr_t)arena_copy(arena, (Span){buffer->ptr, buffer->len}).ptr;
}

void judge_normalize(Judge *judge, Arena *arena, Event *event) {
        const TypePlan *plan = event->type->plan;
        Making making = {.judge = judge, .arena = arena, .event = event};
        judge->rows.len = 0;
        judge->mentions.len = 0;
        for (uint32_t i = 0; i < plan->use_count; i++)
                use_table(&making, &plan->uses[i]);
        const TableUse *takes_back = &judge->catalogue->plan->takes_back;
        if (event->corrects_id.len > 0 && takes_back->table != NO_INDEX)
                use_table(&making, takes_back);
        collect_mentions(judge, arena, &plan->scope, event->slots);
        event->id = kept_text(judge, arena, event->id);
        event->source = kept_text(judge, arena, event->source);
        event->type_name = event->type->name;
        event->subject = event->partition_key = event->corrects_id = SPAN_NULL;
        event->slots = NULL;
        event->row_count = judge->rows.len / sizeof(Row);
        event->rows = moved(arena, &judge->rows);
        event->mention_count = judge->mentions.len / sizeof(Mention);
        event->mentions = moved(arena, &judge->mentions);
}
