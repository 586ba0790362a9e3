// SPDX-License-Identifier: Apache-2.0
#include "event/label.h"

#include "event/plan.h"

typedef struct Walk {
        LabelFn *fn;
        void *userdata;
        Arena arena; // paths
        Span type;
} Walk;

static void say(Walk *walk, Span member, Span value, Span zh, Span en) {
        Label label = {walk->type, member, value, zh, en};
        walk->fn(walk->userdata, &label);
}

static void walk_fields(Walk *walk, Span above, const Field *fields, uint32_t count);

// The elements of a list of scalars have no name: their values are those of the list.
static void walk_items(Walk *walk, Span path, const Field *list) {
        const Scope *items = list->items;
        if (items && items->scalar)
                for (uint32_t i = 0; i < items->fields[0].value_count; i++)
                        say(walk, path, items->fields[0].values[i].value, items->fields[0].values[i].zh,
                            items->fields[0].values[i].en);
        else if (items)
                walk_fields(walk, path, items->fields, items->field_count);
}

static void walk_fields(Walk *walk, Span above, const Field *fields, uint32_t count) {
        for (uint32_t i = 0; i < count; i++) {
                const Field *field = &fields[i];
                Span path =
                        above.len ? arena_printf(&walk->arena, "%s/%s", above.ptr, field->member.ptr) : field->member;
                say(walk, path, SPAN_LIT(""), field->zh, field->en);
                for (uint32_t v = 0; v < field->value_count; v++)
                        say(walk, path, field->values[v].value, field->values[v].zh, field->values[v].en);
                walk_fields(walk, path, field->fields, field->field_count);
                walk_items(walk, path, field);
        }
}

void labels_walk(const Catalogue *catalogue, LabelFn *fn, void *userdata) {
        Walk walk = {fn, userdata, ARENA_NULL, SPAN_LIT("")};
        for (uint32_t i = 0; i < catalogue->plan->language_count; i++) {
                const Language *language = &catalogue->plan->languages[i];
                say(&walk, SPAN_LIT("language"), language->tag, language->zh, language->en);
        }
        for (uint32_t i = 0; i < catalogue->type_count; i++) {
                const EventType *type = &catalogue->types[i];
                walk.type = type->name;
                say(&walk, SPAN_LIT(""), SPAN_LIT(""), type->zh, type->en);
                walk_fields(&walk, SPAN_LIT(""), type->scope->fields, type->scope->field_count);
        }
        arena_deinit(&walk.arena);
}
