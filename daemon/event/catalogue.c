// SPDX-License-Identifier: Apache-2.0
#include "event/catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "event/load.h"

static const char DOMAIN_FILE[] = "catalogue.cfg";

static int is_declaration(const struct dirent *entry) {
        size_t len = strlen(entry->d_name);
        return len > 4 && entry->d_name[0] != '.' && strcmp(entry->d_name + len - 4, ".cfg") == 0 &&
               strcmp(entry->d_name, DOMAIN_FILE) != 0;
}

static int by_name(const void *a, const void *b) {
        return span_compare(((const EventType *)a)->name, ((const EventType *)b)->name);
}

// A type file is parsed, compiled, and its libconfig tree kept until all tables are known (faults name its lines).
static void load_type_file(Loader *loader, const char *file, config_t *config, EventType *types, uint32_t *count) {
        if (!settings_read(&loader->settings, config, file))
                return;
        EventType *type = &types[*count];
        load_type(loader, type, config_root_setting(config));
        if (!type->name.ptr)
                return;
        for (uint32_t i = 0; i < *count; i++)
                if (span_equal(types[i].name, type->name))
                        settings_fault(&loader->settings, config_root_setting(config),
                                       "the type '%s' is declared in %s", type->name.ptr, types[i].file.ptr);
        *count += 1;
}

static void load_folder(Loader *loader, const char *folder, struct dirent **entries, uint32_t files) {
        Catalogue *catalogue = loader->catalogue;
        config_t *configs = xcalloc(files + 1, sizeof(*configs));
        Span domain = arena_printf(loader->arena, "%s/%s", folder, DOMAIN_FILE);
        loader->domain_file = domain.ptr;
        for (uint32_t i = 0; i <= files; i++)
                config_init(&configs[i]);
        catalogue->types = arena_zalloc(loader->arena, (files + 1) * sizeof(*catalogue->types));
        if (settings_read(&loader->settings, &configs[files], domain.ptr)) {
                load_domain(loader, config_root_setting(&configs[files]));
                for (uint32_t i = 0; i < files; i++) {
                        Span file = arena_printf(loader->arena, "%s/%s", folder, entries[i]->d_name);
                        load_type_file(loader, file.ptr, &configs[i], catalogue->types, &catalogue->type_count);
                }
                load_finish_tables(loader);
        }
        for (uint32_t i = 0; i <= files; i++)
                config_destroy(&configs[i]);
        free(configs);
}

Catalogue *catalogue_load(const char *folder, CatalogueReport *report, void *userdata) {
        struct dirent **entries = NULL;
        Loader loader = {.settings = {.report = report, .userdata = userdata, .file = folder}};
        int files = scandir(folder, &entries, is_declaration, alphasort);
        if (files < 0) {
                memory_check_errno();
                settings_fault(&loader.settings, NULL, "could not read the catalogue's folder: %s", strerror(errno));
                return NULL;
        }
        Catalogue *catalogue = xcalloc(1, sizeof(*catalogue));
        catalogue->arena = ARENA_NULL;
        catalogue->plan = xcalloc(1, sizeof(*catalogue->plan));
        catalogue->plan->takes_back.table = NO_INDEX;
        loader.catalogue = catalogue;
        loader.arena = &catalogue->arena;
        catalogue->folder = load_text(&loader, folder);
        load_folder(&loader, folder, entries, (uint32_t)files);
        for (int i = 0; i < files; i++)
                free(entries[i]);
        free(entries);
        buffer_deinit(&loader.kinds);
        buffer_deinit(&loader.table_columns);
        buffer_deinit(&loader.uses);
        buffer_deinit(&loader.objects);
        if (loader.settings.faults > 0)
                return catalogue_free(catalogue);
        qsort(catalogue->types, catalogue->type_count, sizeof(*catalogue->types), by_name);
        return catalogue;
}

Catalogue *catalogue_free(Catalogue *catalogue) {
        if (catalogue) {
                for (uint32_t i = 0; i < catalogue->plan->pattern_count; i++)
                        pattern_free(catalogue->plan->patterns[i]);
                free(catalogue->plan->patterns);
                free(catalogue->plan);
                arena_deinit(&catalogue->arena);
                free(catalogue);
        }
        return NULL;
}

const EventType *catalogue_type(const Catalogue *catalogue, Span name) {
        EventType wanted = {.name = name};
        return bsearch(&wanted, catalogue->types, catalogue->type_count, sizeof(*catalogue->types), by_name);
}

const char *event_class_name(EventClass event_class) {
        static const char *const names[] = {"fact", "state", "control"};
        return names[event_class];
}
