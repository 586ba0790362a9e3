// SPDX-License-Identifier: Apache-2.0
// Broken declarations and what the loader must say of each.
#pragma once
#include "core_fixture.h"

#define LABELS            "zh = \"甲\"; en = \"a\"; "
#define HEAD              "type = \"t\"; class = \"fact\"; occurred_on = \"@date\"; " LABELS
#define FIELD(options)    "{ member = \"f\"; " LABELS options " }"
#define DOMAIN            "name = \"test\"; time_zone = \"UTC\"; languages = ( (\"en\", \"英语\", \"English\") );\n"
#define DOMAIN_REFERENCES "references = ( { name = \"r\"; table = \"s.r\"; key = \"id\"; } );\n"
#define DOMAIN_HIERARCHY                                                                                             \
        "hierarchies = ( { name = \"h\"; prefix = 1; levels = ( { level = \"x\"; length = 3; shape = \"?00\"; } ); " \
        "} );\n"

// Members of most of the types below.
#define MEMBERS                                                                                                      \
        "{ member = \"text\"; is = \"text\"; required = true; column = \"x\"; " LABELS "},\n"                        \
        "{ member = \"n\"; is = \"integer\"; required = true; min = 1; max = 9999; " LABELS "},\n"                   \
        "{ member = \"any\"; is = \"integer\"; required = true; " LABELS "},\n"                                      \
        "{ member = \"day\"; is = \"date\"; required = true; " LABELS "},\n"                                         \
        "{ member = \"opt\"; is = \"date\"; " LABELS "},\n"                                                          \
        "{ member = \"names\"; is = \"texts\"; " LABELS "},\n"                                                       \
        "{ member = \"secret\"; is = \"text\"; drop = true; " LABELS "},\n"                                          \
        "{ member = \"o\"; is = \"object\"; fields = ( { member = \"a\"; is = \"text\"; " LABELS "} ); " LABELS      \
        "},\n"                                                                                                       \
        "{ member = \"l\"; is = \"list\"; " LABELS "items = { is = \"object\"; fields = (\n"                         \
        "  { member = \"p\"; is = \"text\"; required = true; " LABELS "},\n"                                         \
        "  { member = \"v\"; is = \"integer\"; " LABELS "},\n"                                                       \
        "  { member = \"w\"; is = \"texts\"; " LABELS "} ); }; },\n"                                                 \
        "{ member = \"tags\"; is = \"list\"; " LABELS "items = { is = \"text\"; }; }\n"

#define WITH_FIELDS(fields) HEAD "stored = false;\nfields = (\n" fields ");\n"
#define WITH_RULE(rule)     HEAD "stored = false;\nfields = (\n" MEMBERS ");\nrules = ( " rule " );\n"
#define WITH_TABLE(table)                                                                                            \
        HEAD "revision = \"n\"; target = \"text\";\nfields = (\n" MEMBERS ");\ntables = ( " table " );\n"
#define LINE_OF_RULE  "type.cfg:17: "
#define LINE_OF_TABLE "type.cfg:17: "

typedef struct Broken {
        const char *domain; // NULL: a good one
        const char *type;   // NULL: a good one
        const char *said;
} Broken;

static const char good_domain[] = DOMAIN DOMAIN_REFERENCES DOMAIN_HIERARCHY;
static const char good_type[] = WITH_FIELDS(FIELD("is = \"text\";"));

static inline void assert_all(const Broken *broken, size_t count) {
        unsigned failed = 0;
        for (size_t i = 0; i < count; i++) {
                Buffer said = BUFFER_NULL;
                Catalogue *catalogue = catalogue_of(broken[i].domain ? broken[i].domain : good_domain,
                                                    broken[i].type ? broken[i].type : good_type, &said);
                if (catalogue || !strstr(buffer_text(&said), broken[i].said)) {
                        print_error("%zu: wanted: %s\n   said: %s\n", i, broken[i].said,
                                    catalogue ? "it loads" : said.ptr);
                        failed++;
                }
                catalogue_free(catalogue);
                buffer_deinit(&said);
        }
        assert_int_equal(failed, 0);
}
