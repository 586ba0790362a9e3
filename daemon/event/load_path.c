// SPDX-License-Identifier: Apache-2.0
// Members by their path.
#include "event/kind.h"
#include "event/load.h"

static const Field *find_in(const Field *fields, uint32_t count, Span path) {
        for (uint32_t i = 0; i < count; i++) {
                const Field *field = &fields[i];
                size_t len = field->member.len;
                if (!field->ops || len == 0 || path.len < len || memcmp(path.ptr, field->member.ptr, len) != 0)
                        continue;
                if (path.len == len)
                        return field;
                if (path.ptr[len] == '/' && kind_is_object(field))
                        return find_in(field->fields, field->field_count,
                                       (Span){path.ptr + len + 1, path.len - len - 1});
        }
        return NULL;
}

bool load_is_key(const Field *field) {
        return !kind_is_list(field) && !kind_is_object(field) && !field->drop;
}

bool load_is_year(const Field *field) {
        return field->ops->value == VALUE_INTEGER && field->has_min && field->has_max &&
               decimal_compare(field->min, decimal_of(1, 0)) >= 0 &&
               decimal_compare(field->max, decimal_of(9999, 0)) <= 0;
}

const Field *load_find_path(const Scope *scope, Span path) {
        return find_in(scope->fields, scope->field_count, path);
}

Member load_member(const Scope *scope, const Field *list, const Field *object, Span path) {
        const Field *field = list ? find_in(list->items->fields, list->items->field_count, path) : NULL;
        if (field)
                return (Member){true, field->slot, field};
        if (object)
                field = find_in(object->fields, object->field_count, path);
        if (!field)
                field = load_find_path(scope, path);
        return (Member){false, field ? field->slot : NO_INDEX, field};
}
