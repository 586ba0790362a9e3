// SPDX-License-Identifier: Apache-2.0
// kepud catalogue: what the declarations say, for people.
#include <errno.h>
#include <stdio.h>

#include "app/arguments.h"
#include "app/catalogue_option.h"
#include "app/command.h"
#include "base/calendar.h"
#include "event/kind.h"

static void list(const Catalogue *catalogue) {
        for (uint32_t i = 0; i < catalogue->type_count; i++) {
                const EventType *type = &catalogue->types[i];
                printf("%-32s %-8s v%-3d %-11s %s / %s\n", type->name.ptr, event_class_name(type->event_class),
                       type->version, type->stored ? "stored" : "not stored", type->zh.ptr, type->en.ptr);
        }
        printf("\n");
        for (Reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
                printf("%-22s %s\n", reason_name(reason), reason_sentence(reason));
}

static void print_bound(const char *label, bool has, Decimal bound, const Field *field, Arena *arena) {
        if (!has)
                return;
        if (field->ops->bounds == BOUNDS_DATE) {
                char date[16];
                calendar_format_date((int32_t)bound.digits, date);
                printf(" %s %s", label, date);
        } else {
                printf(" %s %s", label, decimal_text(bound, arena).ptr);
        }
}

static void show_fields(const Field *fields, uint32_t count, int depth, Arena *arena) {
        for (uint32_t i = 0; i < count; i++) {
                const Field *field = &fields[i];
                printf("%*s%-*s %-9s %-9s", depth * 2, "", 34 - depth * 2,
                       field->member.len ? field->member.ptr : "(element)", field->ops->name,
                       field->required ? "required" : "");
                print_bound("min", field->has_min, field->min, field, arena);
                print_bound("max", field->has_max, field->max, field, arena);
                if (field->drop)
                        printf(" (checked, never stored)");
                printf(" %s / %s\n", field->zh.len ? field->zh.ptr : "-", field->en.len ? field->en.ptr : "-");
                for (uint32_t v = 0; v < field->value_count; v++)
                        printf("%*s%-*s %s / %s\n", depth * 2 + 4, "", 30 - depth * 2, field->values[v].value.ptr,
                               field->values[v].zh.ptr, field->values[v].en.ptr);
                show_fields(field->fields, field->field_count, depth + 1, arena);
                if (field->items)
                        show_fields(field->items->fields, field->items->field_count, depth + 1, arena);
        }
}

static int show(const Catalogue *catalogue, const char *name) {
        const EventType *type = catalogue_type(catalogue, (Span){name, strlen(name)});
        Arena arena = ARENA_NULL;
        if (!type) {
                fprintf(stderr, "kepud: no type '%s'; `kepud catalogue list` names them\n", name);
                return EXIT_NEGATIVE;
        }
        printf("%s  %s / %s\nclass %s, version %d, %s\n", type->name.ptr, type->zh.ptr, type->en.ptr,
               event_class_name(type->event_class), type->version, type->stored ? "stored" : "not stored yet");
        if (type->dataschema.len)
                printf("dataschema %s%d\n", type->dataschema.ptr, type->version);
        printf("declared in %s\n\nmembers of data:\n", type->file.ptr);
        show_fields(type->scope->fields, type->scope->field_count, 1, &arena);
        arena_deinit(&arena);
        return EXIT_OK;
}

int command_catalogue(int argc, char **argv) {
        const char *folder = NULL;
        const Option options[] = {
                {"catalogue", "FOLDER", "declarations, instead of the configuration's", &folder, NULL, 0}};
        Arguments arguments;
        int exit_code = EXIT_OK;
        if (!arguments_parse(argc, argv, options, 1, &arguments, &exit_code))
                return exit_code;
        const char *what = arguments.operand_count > 0 ? arguments.operands[0] : "";
        bool listing = strcmp(what, "list") == 0 && arguments.operand_count == 1;
        if (!listing && !(strcmp(what, "show") == 0 && arguments.operand_count == 2)) {
                fprintf(stderr, "usage: kepud catalogue [-c FILE] [--catalogue FOLDER] list | show TYPE\n");
                return EXIT_USAGE;
        }
        Catalogue *catalogue = catalogue_option(folder, arguments.config, NULL);
        if (!catalogue)
                return EXIT_CONFIG;
        if (listing)
                list(catalogue);
        else
                exit_code = show(catalogue, arguments.operands[1]);
        catalogue_free(catalogue);
        if (fflush(stdout) != 0) {
                fprintf(stderr, "kepud: could not write: %s\n", strerror(errno));
                return EXIT_UNAVAILABLE;
        }
        return exit_code;
}
