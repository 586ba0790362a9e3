// SPDX-License-Identifier: Apache-2.0
// What the loader refuses in catalogue.cfg and in the folder as a whole, and what it makes of good declarations.
#include "catalogue_fixture.h"

#include "event/plan.h"

static const Broken domains[] = {
        {"time_zone = \"UTC\";", NULL, "catalogue.cfg: 'name' is missing"},
        {"name = \"x\";", NULL, "catalogue.cfg: 'time_zone' is missing"},
        {"name = \"x\"; time_zone = \"Asia/Nowhere\";", NULL,
         "catalogue.cfg:1: the system knows no time zone 'Asia/Nowhere'"},
        {DOMAIN "limit = {};", NULL, "catalogue.cfg:2: unknown key 'limit'; did you mean 'limits'?"},
        {DOMAIN "limits = 5;", NULL, "catalogue.cfg:2: 'limits' has to be a group: { … }"},
        {DOMAIN "limits = { deepth = 5; };", NULL, "catalogue.cfg:2: unknown key 'deepth'; did you mean 'depth'?"},
        {DOMAIN "limits = { depth = 37; };", NULL, "'depth' has to lie between 2 and 36"},
        {DOMAIN "limits = { message_bytes = 1023; };", NULL, "'message_bytes' has to lie between 1024 and 16777216"},
        {DOMAIN "limits = { ahead_seconds = 86401; };", NULL, "'ahead_seconds' has to lie between 0 and 86400"},
        {DOMAIN "limits = { late_days = 36501; };", NULL, "'late_days' has to lie between 0 and 36500"},
        {DOMAIN "limits = { earliest_time = \"2000\"; };", NULL, "'earliest_time' has to be a date, YYYY-MM-DD"},
        {"name = \"x\"; time_zone = \"UTC\"; languages = [ \"en\" ];", NULL, "'languages' has to be a list: ( … )"},
        {"name = \"x\"; time_zone = \"UTC\"; languages = ( \"en\" );", NULL,
         "needs three strings: value, Chinese, English"},
        {DOMAIN "redact = [];", NULL, "'redact' has to be a list: ( … )"},
        {DOMAIN "redact = ( { keep_first = 1; } );", NULL, "catalogue.cfg:2: 'pattern' is missing"},
        {DOMAIN "redact = ( { pattern = \"(\"; } );", NULL,
         "catalogue.cfg:2: 'pattern': missing closing parenthesis"},
        {DOMAIN "redact = ( { pattern = \"x*\"; } );", NULL, "catalogue.cfg:2: 'pattern' matches an empty text"},
        {DOMAIN "redact = ( { pattern = \"x\"; stars = 4; } );", NULL, "unknown key 'stars'"},
        {DOMAIN "redact = ( { pattern = \"x\"; fill = 101; } );", NULL, "'fill' has to lie between 0 and 100"},
        {DOMAIN "redact = ( { pattern = \"x\"; keep_first = -1; } );", NULL,
         "'keep_first' has to lie between 0 and 100"},
        {DOMAIN "redact = ( { pattern = \"x\"; keep_last = 101; } );", NULL,
         "'keep_last' has to lie between 0 and 100"},
        {DOMAIN "references = {};", NULL, "'references' has to be a list: ( … )"},
        {DOMAIN "references = ( { table = \"s.r\"; key = \"k\"; } );", NULL, "'name' is missing"},
        {DOMAIN "references = ( { name = \"r\"; key = \"k\"; } );", NULL, "'table' is missing"},
        {DOMAIN "references = ( { name = \"r\"; table = \"s.r\"; } );", NULL, "'key' is missing"},
        {DOMAIN "references = ( { name = \"r\"; table = \"s.r\"; key = \"k\"; warning = \"W_NONE\"; } );", NULL,
         "no reason code 'W_NONE'"},
        {DOMAIN "references = ( { name = \"r\"; table = \"s.r\"; key = \"k\"; func = \"f\"; } );", NULL,
         "unknown key 'func'"},
        {DOMAIN "hierarchies = 5;", NULL, "'hierarchies' has to be a list: ( … )"},
        {DOMAIN "hierarchies = ( { } );", NULL, "'levels' is missing"},
        {DOMAIN "hierarchies = ( { name = \"h\"; prefix = 101; levels = (); } );", NULL,
         "'prefix' has to lie between 0 and 100"},
        {DOMAIN "hierarchies = ( { name = \"h\"; levels = ( { shape = \"?\"; length = 1; } ); } );", NULL,
         "'level' is missing"},
        {DOMAIN "hierarchies = ( { name = \"h\"; levels = ( { level = \"x\"; length = 1; } ); } );", NULL,
         "'shape' is missing"},
        {DOMAIN "hierarchies = ( { name = \"h\"; levels = ( { level = \"x\"; shape = \"?\"; length = 0; } ); } );",
         NULL, "'length' has to lie between 1 and 100"},
        {DOMAIN "hierarchies = ( { name = \"h\"; prefix = 2; levels = ( { level = \"x\"; shape = \"?\"; length = 1; "
                "} ); } );",
         NULL, "'length' is shorter than the hierarchy's prefix"},
        {DOMAIN "hierarchies = ( { name = \"h\"; levels = ( { level = \"x\"; shape = \"?\"; lenght = 1; } ); } );",
         NULL, "unknown key 'lenght'; did you mean 'length'?"},
        {DOMAIN "kinds = 5;", NULL, "'kinds' has to be a list: ( … )"},
        {DOMAIN "kinds = ( { is = \"text\"; } );", NULL, "'kind' is missing"},
        {DOMAIN "kinds = ( { kind = \"k\"; is = \"code\"; patern = \"x\"; } );", NULL,
         "catalogue.cfg:2: unknown key 'patern'; did you mean 'pattern'?"},
        {DOMAIN "kinds = ( { kind = \"k\"; is = \"code\"; column = \"x\"; } );", NULL, "unknown key 'column'"},
        {DOMAIN "kinds = ( { kind = \"text\"; is = \"code\"; } );", NULL, "'text' is the name of a primitive kind"},
        {DOMAIN "kinds = ( { kind = \"k\"; is = \"code\"; },\n { kind = \"k\"; is = \"text\"; } );", NULL,
         "catalogue.cfg:3: the kind 'k' is declared twice"},
        // a kind knows only those before it
        {DOMAIN "kinds = ( { kind = \"k\"; is = \"j\"; }, { kind = \"j\"; is = \"text\"; } );",
         WITH_FIELDS(FIELD("is = \"k\";")), "no kind 'j', neither primitive nor in catalogue.cfg"},
        {DOMAIN "kinds = ( { kind = \"k\"; is = \"k\"; } );", WITH_FIELDS(FIELD("is = \"k\";")),
         "no kind 'k', neither primitive nor in catalogue.cfg"},
        {DOMAIN "table_columns = {};", NULL, "'table_columns' has to be a list: ( … )"},
        {DOMAIN "table_columns = ( { table = \"s.t\"; colums = {}; } );", NULL, "unknown key 'colums'"},
        {DOMAIN "table_columns = ( { columns = {}; } );", WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; }"),
         "catalogue.cfg:2: 'table' is missing"},
        {DOMAIN "table_columns = (\n{ table = \"s.t\"; columns = { a = \"none\"; }; } );",
         WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; }"), "catalogue.cfg:3: 'none' names no member"},
        {DOMAIN "takes_back = 5;", NULL, "catalogue.cfg:2: 'takes_back' has to be a group: { … }"},
        {DOMAIN "takes_back = { };", NULL, "'table' is missing"},
        {DOMAIN "takes_back = { table = \"s.t\"; mode = \"insert\"; };", NULL, "unknown key 'mode'"},
        {DOMAIN "takes_back = { table = \"s.t\"; columns = { a = \"member\"; }; };", NULL,
         "'takes_back' has no members, found 'member'"},
        {DOMAIN "takes_back = { table = \"s.t\"; columns = { a = \"@revision\"; }; };", NULL,
         "'@revision' needs 'revision' in the type"},
        // tables of an object kind stand in catalogue.cfg
        {DOMAIN "kinds = ( { kind = \"k\"; is = \"object\"; fields = ();\ntables = ( { table = \"s.t\"; mode = "
                "\"none\"; } ); } );",
         HEAD "fields = ( " FIELD("is = \"k\";") " ); tables = ();", "catalogue.cfg:3: no mode 'none'"},
        {"name = \"x\"", "type = 5;", "catalogue.cfg: 'time_zone' is missing"},
        {"name = ;", NULL, "catalogue.cfg:1: syntax error"},
};

static void broken_domains(void **state) {
        (void)state;
        assert_all(domains, sizeof(domains) / sizeof(domains[0]));
}

static void all_faults_of_all_files_at_once(void **state) {
        (void)state;
        Buffer said = BUFFER_NULL;
        Catalogue *catalogue =
                catalogue_of(DOMAIN "limits = { depth = 1; };\nredact = ( { } );\n",
                             HEAD "stored = false; fields = (\n{ member = \"a\"; is = \"none\"; " LABELS "},\n"
                                  "{ member = \"b\"; is = \"text\"; },\n{ is = \"text\"; " LABELS "} );\n",
                             &said);
        assert_null(catalogue);
        assert_string_equal(buffer_text(&said), "catalogue.cfg:2: 'depth' has to lie between 2 and 36\n"
                                                "catalogue.cfg:3: 'pattern' is missing\n"
                                                "type.cfg:2: no kind 'none', neither primitive nor in catalogue.cfg\n"
                                                "type.cfg:3: 'zh' is missing\n"
                                                "type.cfg:3: 'en' is missing\n"
                                                "type.cfg:4: 'member' is missing\n");
        buffer_deinit(&said);
}

static void more_members_than_there_is_room(void **state) {
        (void)state;
        Buffer type = BUFFER_NULL, said = BUFFER_NULL;
        buffer_put_string(&type, HEAD "stored = false; fields = (\n");
        for (int i = 0; i < 65; i++)
                buffer_printf(&type, "%s{ member = \"m%d\"; is = \"text\"; " LABELS "}", i ? ",\n" : "", i);
        buffer_put_string(&type, ");");
        assert_null(catalogue_of(good_domain, buffer_text(&type), &said));
        assert_contains(buffer_text(&said), "more than 64 members in one object");
        buffer_deinit(&type);
        buffer_deinit(&said);
}

static void one_type_in_two_files(void **state) {
        (void)state;
        Folder folder = folder_new();
        Buffer said = BUFFER_NULL;
        folder_write(&folder, "catalogue.cfg", good_domain);
        folder_write(&folder, "a.cfg", good_type);
        folder_write(&folder, "b.cfg", good_type);
        assert_null(catalogue_load(folder.path, fixture_collect, &said));
        assert_contains(buffer_text(&said), "the type 't' is declared in ");
        folder_remove(&folder);
        buffer_deinit(&said);
}

static void what_is_no_declaration_is_not_read(void **state) {
        (void)state;
        Folder folder = folder_new();
        Buffer said = BUFFER_NULL;
        folder_write(&folder, "catalogue.cfg", good_domain);
        folder_write(&folder, "t.cfg", good_type);
        folder_write(&folder, "README.md", "not a declaration");
        folder_write(&folder, ".hidden.cfg", "not a declaration");
        folder_write(&folder, "t.cfg~", "not a declaration");
        Catalogue *catalogue = catalogue_load(folder.path, fixture_collect, &said);
        assert_non_null(catalogue);
        assert_int_equal(catalogue->type_count, 1);
        catalogue_free(catalogue);
        folder_remove(&folder);
        buffer_deinit(&said);
}

static void folders_that_are_none(void **state) {
        (void)state;
        Buffer said = BUFFER_NULL;
        assert_null(catalogue_load("/nonexistent", fixture_collect, &said));
        assert_contains(buffer_text(&said), "could not read the catalogue's folder: No such file or directory");
        said.len = 0;
        Folder folder = folder_new();
        assert_null(catalogue_load(folder.path, fixture_collect, &said));
        assert_contains(buffer_text(&said), "catalogue.cfg: could not read: No such file or directory");
        folder_remove(&folder);
        buffer_deinit(&said);
}

static const Table *table_named(const Catalogue *catalogue, const char *name) {
        for (uint32_t i = 0; i < catalogue->table_count; i++)
                if (span_is(catalogue->tables[i].name, name))
                        return &catalogue->tables[i];
        fail_msg("no table %s", name);
        return NULL;
}

static void tables_are_the_union_of_their_uses(void **state) {
        (void)state;
        Catalogue *catalogue = good_catalogue(
                DOMAIN DOMAIN_REFERENCES
                "takes_back = { table = \"s.back\"; columns = { k = \"@corrects_key\"; }; };",
                WITH_TABLE("{ table = \"s.z\"; mode = \"state\"; key = [ \"x\" ];\n"
                           "  columns = { r = \"@revision\"; t = \"@time\"; i = \"@id\"; s = \"@source\"; }; },\n"
                           "{ table = \"s.c\"; mode = \"child\"; of = \"s.z\"; key = [ \"k\" ]; each = \"l\";\n"
                           "  columns = { k = \"text\"; p = \"p\"; }; },\n"
                           "{ table = \"s.a\"; mode = \"insert\"; columns = { a = \"n\"; }; },\n"
                           "{ table = \"s.a\"; mode = \"insert\"; columns = { b = \"text\"; a = \"=1\"; }; },\n"
                           "{ table = \"s.r\"; mode = \"insert\"; columns = { id = \"text\"; }; }"));
        // those of references first, then by name
        assert_span(catalogue->tables[0].name, "s.r");
        assert_int_equal(catalogue->tables[0].reference, 0);
        assert_span(catalogue->tables[1].name, "s.a");
        assert_span(catalogue->tables[2].name, "s.back");
        assert_span(catalogue->tables[3].name, "s.c");
        assert_span(catalogue->tables[4].name, "s.z");
        assert_int_equal(table_named(catalogue, "s.a")->column_count, 2);
        assert_int_equal(table_named(catalogue, "s.a")->reference, NO_INDEX);
        const Table *state_table = table_named(catalogue, "s.z");
        assert_int_equal(state_table->mode, TABLE_STATE);
        assert_int_equal(state_table->key_count, 1);
        assert_span(state_table->columns[state_table->key[0]], "x");
        assert_span(state_table->columns[state_table->rank[0]], "r");
        assert_span(state_table->columns[state_table->rank[1]], "t");
        assert_span(state_table->columns[state_table->rank[2]], "i");
        assert_span(state_table->columns[state_table->rank[3]], "s");
        const Table *child = table_named(catalogue, "s.c");
        assert_int_equal(child->parent, 4);
        assert_span(child->columns[child->key[0]], "k");
        catalogue_free(catalogue);
}

static void the_shipped_one_is_found_by_name(void **state) {
        (void)state;
        Catalogue *catalogue = shipped_catalogue();
        assert_int_equal(catalogue->type_count, 20);
        for (uint32_t i = 0; i < catalogue->type_count; i++)
                assert_ptr_equal(catalogue_type(catalogue, catalogue->types[i].name), &catalogue->types[i]);
        assert_null(catalogue_type(catalogue, SPAN_LIT("cn.kepu.Visit.counted")));
        assert_null(catalogue_type(catalogue, SPAN_LIT("")));
        assert_string_equal(event_class_name(CLASS_CONTROL), "control");
        catalogue_free(catalogue);
        assert_null(catalogue_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(broken_domains),
                cmocka_unit_test(all_faults_of_all_files_at_once),
                cmocka_unit_test(more_members_than_there_is_room),
                cmocka_unit_test(one_type_in_two_files),
                cmocka_unit_test(what_is_no_declaration_is_not_read),
                cmocka_unit_test(folders_that_are_none),
                cmocka_unit_test(tables_are_the_union_of_their_uses),
                cmocka_unit_test(the_shipped_one_is_found_by_name),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
