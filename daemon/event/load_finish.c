// SPDX-License-Identifier: Apache-2.0
// From the uses of all types to the tables of the catalogue: the union of their columns, in the order of locks.
#include <stdlib.h>

#include "event/kind.h"
#include "event/load.h"

typedef struct Sorting {
        Table table;
        Buffer columns; // of Span
} Sorting;

static PendingUse *uses_of(Loader *loader, size_t *ret_count) {
        *ret_count = loader->uses.len / sizeof(PendingUse);
        return (PendingUse *)(void *)loader->uses.ptr;
}

static uint32_t find_table(const Catalogue *catalogue, Span name) {
        for (uint32_t i = 0; i < catalogue->table_count; i++)
                if (span_equal(catalogue->tables[i].name, name))
                        return i;
        return NO_INDEX;
}

static uint32_t find_column(const Table *table, Span name) {
        for (uint32_t i = 0; i < table->column_count; i++)
                if (span_equal(table->columns[i], name))
                        return i;
        return NO_INDEX;
}

static uint32_t reference_in(const Catalogue *catalogue, Span table) {
        for (uint32_t i = 0; i < catalogue->reference_count; i++)
                if (span_equal(catalogue->references[i].table, table))
                        return i;
        return NO_INDEX;
}

static void fault(Loader *loader, const PendingUse *use, const char *text) {
        loader->settings.file = use->file;
        settings_fault(&loader->settings, use->at, "table '%s': %s", use->table.ptr, text);
}

static int in_lock_order(const void *a, const void *b) {
        const Table *left = a;
        const Table *right = b;
        if (left->reference != right->reference)
                return left->reference < right->reference ? -1 : 1;
        return span_compare(left->name, right->name);
}

static void make_tables(Loader *loader) {
        Catalogue *catalogue = loader->catalogue;
        size_t count;
        const PendingUse *uses = uses_of(loader, &count);
        catalogue->tables = arena_zalloc(loader->arena, (count + 1) * sizeof(*catalogue->tables));
        for (size_t i = 0; i < count; i++) {
                if (!uses[i].table.ptr || find_table(catalogue, uses[i].table) != NO_INDEX)
                        continue;
                Table *table = &catalogue->tables[catalogue->table_count++];
                table->name = uses[i].table;
                table->mode = uses[i].mode;
                table->reference = reference_in(catalogue, uses[i].table);
                table->parent = NO_INDEX;
        }
        qsort(catalogue->tables, catalogue->table_count, sizeof(*catalogue->tables), in_lock_order);
}

static void add_columns(Loader *loader, Table *table, const PendingUse *use) {
        uint32_t most = table->column_count + use->column_count;
        Span *columns = arena_alloc(loader->arena, (most + 1) * sizeof(*columns));
        if (table->column_count)
                memcpy(columns, table->columns, table->column_count * sizeof(*columns));
        table->columns = columns;
        for (uint32_t i = 0; i < use->column_count; i++)
                if (find_column(table, use->columns[i].name) == NO_INDEX)
                        table->columns[table->column_count++] = use->columns[i].name;
}

static void set_key(Loader *loader, Table *table, const PendingUse *use) {
        if (table->key || use->key_count == 0)
                return;
        table->key_count = use->key_count;
        table->key = arena_alloc(loader->arena, use->key_count * sizeof(*table->key));
        for (uint32_t i = 0; i < use->key_count; i++)
                table->key[i] = find_column(table, use->key[i]);
}

static void set_rank(Table *table, const PendingUse *use) {
        static const SourceKind kinds[4] = {SOURCE_NONE, SOURCE_TIME, SOURCE_ID, SOURCE_SOURCE};
        SourceKind first = table->mode == TABLE_FULLEST ? SOURCE_MEMBERS : SOURCE_REVISION;
        for (int r = 0; r < 4; r++)
                for (uint32_t i = 0; i < use->column_count; i++)
                        if (use->columns[i].source.kind == (r == 0 ? first : kinds[r]))
                                table->rank[r] = find_column(table, use->columns[i].name);
}

static bool has_key(const Table *table, const PendingUse *use) {
        bool same = table->key_count == use->key_count;
        for (uint32_t i = 0; same && i < use->key_count; i++)
                same = span_equal(table->columns[table->key[i]], use->key[i]);
        return same;
}

// Only once all tables have their keys.
static void check_key(Loader *loader, const PendingUse *use) {
        const Catalogue *catalogue = loader->catalogue;
        const Table *table = &catalogue->tables[find_table(catalogue, use->table)];
        if (!has_key(table, use))
                fault(loader, use, "has another key elsewhere");
        if (use->mode == TABLE_CHILD && table->parent != NO_INDEX &&
            catalogue->tables[table->parent].key_count != use->key_count)
                fault(loader, use, "has not as many key columns as its parent");
}

static void merge(Loader *loader, const PendingUse *use) {
        Catalogue *catalogue = loader->catalogue;
        Table *table = &catalogue->tables[find_table(catalogue, use->table)];
        if (table->mode != use->mode)
                fault(loader, use, "is used with another mode elsewhere");
        add_columns(loader, table, use);
        set_key(loader, table, use);
        if (table->mode == TABLE_STATE || table->mode == TABLE_FULLEST)
                set_rank(table, use);
        if (table->mode != TABLE_CHILD)
                return;
        table->parent = find_table(catalogue, use->parent);
        if (table->parent == NO_INDEX || catalogue->tables[table->parent].mode == TABLE_CHILD ||
            catalogue->tables[table->parent].mode == TABLE_INSERT) {
                table->parent = 0;
                fault(loader, use, "'of' names no state or fullest table");
        }
}

static void finish_use(Loader *loader, PendingUse *pending, TableUse *use) {
        const Catalogue *catalogue = loader->catalogue;
        *use = pending->use;
        use->table = find_table(catalogue, pending->table);
        const Table *table = &catalogue->tables[use->table];
        use->sources = arena_zalloc(loader->arena, table->column_count * sizeof(*use->sources));
        for (uint32_t i = 0; i < pending->column_count; i++)
                use->sources[find_column(table, pending->columns[i].name)] = pending->columns[i].source;
}

static void finish_uses(Loader *loader) {
        size_t count;
        PendingUse *uses = uses_of(loader, &count);
        for (size_t i = 0; i < count; i++)
                if (uses[i].type)
                        uses[i].type->plan->use_count++;
        for (size_t i = 0; i < count; i++) {
                if (!uses[i].type) {
                        finish_use(loader, &uses[i], &loader->catalogue->plan->takes_back);
                        continue;
                }
                TypePlan *plan = uses[i].type->plan;
                if (!plan->uses) {
                        plan->uses = arena_zalloc(loader->arena, plan->use_count * sizeof(*plan->uses));
                        plan->use_count = 0;
                }
                finish_use(loader, &uses[i], &plan->uses[plan->use_count++]);
        }
}

// ---- what each column may receive

static ValueKind member_kind(const Scope *scope, uint32_t slot) {
        const Field *field = slot < scope->slot_count ? scope->by_slot[slot] : NULL;
        return field ? field->ops->value : VALUE_ABSENT;
}

static ValueKind kind_from(const PendingUse *use, const Source *source) {
        static const ValueKind kinds[] = {
                [SOURCE_EVENT_KEY] = VALUE_UUID,   [SOURCE_NATURAL_KEY] = VALUE_UUID,
                [SOURCE_TARGET_KEY] = VALUE_UUID,  [SOURCE_CORRECTS_KEY] = VALUE_UUID,
                [SOURCE_ID] = VALUE_TEXT,          [SOURCE_SOURCE] = VALUE_TEXT,
                [SOURCE_TYPE] = VALUE_TEXT,        [SOURCE_LANGUAGE] = VALUE_TEXT,
                [SOURCE_TEXT] = VALUE_TEXT,        [SOURCE_CORRECTS_ID] = VALUE_TEXT,
                [SOURCE_TIME] = VALUE_TIMESTAMP,   [SOURCE_DATE] = VALUE_DATE,
                [SOURCE_OCCURRED_ON] = VALUE_DATE, [SOURCE_YEAR_START] = VALUE_DATE,
                [SOURCE_YEAR_END] = VALUE_DATE,    [SOURCE_REVISION] = VALUE_INTEGER,
                [SOURCE_MEMBERS] = VALUE_INTEGER,  [SOURCE_POSITION] = VALUE_INTEGER,
        };
        if (source->kind == SOURCE_EVENT_SLOT)
                return member_kind(use->type->scope, source->slot);
        if (source->kind == SOURCE_ELEMENT_SLOT)
                return member_kind(use->use.each_list->items, source->slot);
        if (source->kind == SOURCE_VALUE)
                return member_kind(use->use.each_list->items, 0);
        return kinds[source->kind];
}

static void learn_use(Table *table, const PendingUse *use) {
        for (uint32_t i = 0; i < use->column_count; i++) {
                const Source *source = &use->columns[i].source;
                uint32_t column = find_column(table, use->columns[i].name);
                if (source->kind == SOURCE_CONSTANT)
                        table->constants[table->constant_count++] = (Constant){column, source->constant};
                else if (kind_from(use, source) != VALUE_ABSENT)
                        table->kinds[column] |= 1U << kind_from(use, source);
        }
}

static void learn_kinds(Loader *loader) {
        size_t count;
        const PendingUse *uses = uses_of(loader, &count);
        for (uint32_t t = 0; t < loader->catalogue->table_count; t++) {
                Table *table = &loader->catalogue->tables[t];
                size_t most = 1;
                for (size_t i = 0; i < count; i++)
                        most += span_equal(uses[i].table, table->name) ? uses[i].column_count : 0;
                table->kinds = arena_zalloc(loader->arena, (table->column_count + 1) * sizeof(*table->kinds));
                table->constants = arena_zalloc(loader->arena, most * sizeof(*table->constants));
                for (size_t i = 0; i < count; i++)
                        if (span_equal(uses[i].table, table->name))
                                learn_use(table, &uses[i]);
        }
}

void load_finish_tables(Loader *loader) {
        size_t count;
        const PendingUse *uses = uses_of(loader, &count);
        if (loader->settings.faults > 0)
                return;
        make_tables(loader);
        for (size_t i = 0; i < count; i++)
                merge(loader, &uses[i]);
        for (size_t i = 0; i < count && loader->settings.faults == 0; i++)
                check_key(loader, &uses[i]);
        if (loader->settings.faults > 0)
                return;
        finish_uses(loader);
        learn_kinds(loader);
}
