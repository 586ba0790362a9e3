// SPDX-License-Identifier: Apache-2.0
#include "postgres/migration.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "base/memory.h"

enum { NUMBER_DIGITS = 4 };

static void closedirp(DIR **dir) {
        if (*dir)
                closedir(*dir);
}

static void fclosep(FILE **file) {
        if (*file)
                fclose(*file);
}

static bool ends_in_sql(const char *name) {
        size_t len = strlen(name);
        return len > 4 && strcmp(name + len - 4, ".sql") == 0 && name[0] != '.';
}

// "0001_x.sql" → 1; 0: it is named otherwise.
static int number_of(const char *name) {
        int number = 0;
        for (size_t i = 0; i < NUMBER_DIGITS; i++) {
                if (name[i] < '0' || name[i] > '9')
                        return 0;
                number = number * 10 + (name[i] - '0');
        }
        return name[NUMBER_DIGITS] == '_' ? number : 0;
}

static int read_text(Arena *arena, const char *folder, Migration *migration, Error *error) {
        cleanup(freep) char *path = xasprintf("%s/%s", folder, migration->name);
        cleanup(freep) char *text = NULL;
        size_t len = 0;
        cleanup(fclosep) FILE *file = fopen(path, "re");
        if (!file) {
                memory_check_errno();
                return error_set(error, "could not read %s: %s", path, strerror(errno));
        }
        for (size_t got = 1; got > 0;) {
                text = xrealloc(text, len + 64 * 1024);
                got = fread(text + len, 1, 64 * 1024, file);
                len += got;
        }
        if (ferror(file))
                return error_set(error, "could not read %s: %s", path, strerror(errno));
        if (memchr(text, '\0', len))
                return error_set(error, "%s: a NUL character", path);
        migration->text = arena_copy(arena, (Span){text, len}).ptr;
        return 0;
}

static int by_number(const void *a, const void *b) {
        const Migration *left = a;
        const Migration *right = b;
        return left->number != right->number ? left->number - right->number : strcmp(left->name, right->name);
}

static int list_files(const char *folder, Migrations *migrations, Error *error) {
        cleanup(closedirp) DIR *dir = opendir(folder);
        if (!dir) {
                memory_check_errno();
                return error_set(error, "could not open folder %s: %s", folder, strerror(errno));
        }
        for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
                if (!ends_in_sql(entry->d_name))
                        continue;
                int number = number_of(entry->d_name);
                if (number == 0) {
                        error_set(error, "%s/%s is not named NNNN_name.sql", folder, entry->d_name);
                        return error_hint(error, "the number says the order, from 0001 on");
                }
                migrations->list = xrealloc(migrations->list, (migrations->count + 1) * sizeof(*migrations->list));
                migrations->list[migrations->count++] = (Migration){
                        .number = number, .name = arena_copy(&migrations->arena, span_of(entry->d_name)).ptr};
        }
        if (migrations->count > 0)
                qsort(migrations->list, migrations->count, sizeof(*migrations->list), by_number);
        return 0;
}

static int read_all(const char *folder, Migrations *migrations, Error *error) {
        if (list_files(folder, migrations, error) < 0)
                return -1;
        for (size_t i = 0; i < migrations->count; i++) {
                Migration *migration = &migrations->list[i];
                if (i > 0 && migration[-1].number == migration->number) {
                        error_set(error, "%s and %s have the same number", migration[-1].name, migration->name);
                        return error_hint(error, "give the newer one the next free number");
                }
                if (read_text(&migrations->arena, folder, migration, error) < 0)
                        return -1;
        }
        if (migrations->count == 0)
                return error_set(error, "no migrations in folder %s", folder);
        return 0;
}

int migrations_read(const char *folder, Migrations *ret_migrations, Error *error) {
        Migrations migrations = {.arena = ARENA_NULL};
        if (read_all(folder, &migrations, error) < 0) {
                migrations_deinit(&migrations);
                return -1;
        }
        *ret_migrations = migrations;
        return 0;
}

void migrations_deinit(Migrations *migrations) {
        free(migrations->list);
        arena_deinit(&migrations->arena);
        *migrations = (Migrations){.arena = ARENA_NULL};
}
