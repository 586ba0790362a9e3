// SPDX-License-Identifier: Apache-2.0
// What the loader refuses in the rules and tables of a type.
#include "catalogue_fixture.h"

static const Broken rules[] = {
        {NULL, WITH_FIELDS(MEMBERS) "rules = {};", "type.cfg:17: 'rules' has to be a list"},
        {NULL, WITH_RULE("{ reason = \"E_JSON\"; }"), LINE_OF_RULE "'rule' is missing"},
        {NULL, WITH_RULE("{ rule = \"nicht\"; }"), LINE_OF_RULE "no rule 'nicht'"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"text\"; }"), LINE_OF_RULE "'reason' is missing"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"text\"; reason = \"E_NONE\"; }"),
         LINE_OF_RULE "no reason code 'E_NONE'"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'member' is missing"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"none\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "no member 'none'"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"secret\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "the member 'secret' is dropped"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"text\"; than = \"n\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "unknown key 'than'"},
        {NULL, WITH_RULE("{ rule = \"not_before\"; member = \"opt\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'than' is missing"},
        {NULL, WITH_RULE("{ rule = \"not_before\"; member = \"opt\"; than = \"text\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'text' has to be a number, a date or a time for the rule 'not_before'"},
        {NULL, WITH_RULE("{ rule = \"not_before\"; member = \"opt\"; than = \"n\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'opt' and 'n' cannot be compared"},
        {NULL, WITH_RULE("{ rule = \"max_span\"; from = \"n\"; to = \"any\"; days = 1; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'any' has to be a date for the rule 'max_span'"},
        {NULL, WITH_RULE("{ rule = \"max_span\"; from = \"day\"; to = \"opt\"; days = -1; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'days' has to lie between 0 and 1000000"},
        {NULL, WITH_RULE("{ rule = \"future_limit\"; years = 1001; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'years' has to lie between 0 and 1000"},
        {NULL, WITH_RULE("{ rule = \"not_both\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'members' is missing"},
        {NULL, WITH_RULE("{ rule = \"not_both\"; members = [ \"text\", \"none\" ]; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "no member 'none'"},
        {NULL, WITH_RULE("{ rule = \"forbidden_unless\"; member = \"opt\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'forbidden_unless' needs 'when'"},
        {NULL, WITH_RULE("{ rule = \"value_if\"; member = \"n\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'value_if' needs 'is', or 'min' and 'max'"},
        {NULL, WITH_RULE("{ rule = \"value_if\"; member = \"text\"; min = 1; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'text' has to be a number for the rule 'value_if'"},
        {NULL, WITH_RULE("{ rule = \"value_if\"; member = \"names\"; is = [ \"a\" ]; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'names' has to be a member with one value"},
        {NULL, WITH_RULE("{ rule = \"sum_equals\"; of = \"none/v\"; equals = \"n\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'of' names no list with a member of its elements: 'none/v'"},
        {NULL, WITH_RULE("{ rule = \"sum_equals\"; of = \"l\"; equals = \"n\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'of' names no list with a member of its elements: 'l'"},
        {NULL, WITH_RULE("{ rule = \"sum_equals\"; of = \"l/none\"; equals = \"n\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "no member 'none'"},
        {NULL, WITH_RULE("{ rule = \"sum_equals\"; of = \"l/p\"; equals = \"n\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'p' has to be a number for the rule 'sum_equals'"},
        {NULL, WITH_RULE("{ rule = \"unique_items\"; list = \"text\"; by = [ \"p\" ]; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'list' names no list: 'text'"},
        {NULL, WITH_RULE("{ rule = \"unique_items\"; list = \"l\"; by = [ \"none\" ]; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "no member 'none'"},
        {NULL, WITH_RULE("{ rule = \"unique_items\"; list = \"l\"; by = [ \"w\" ]; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'w' has to be a member with one value for the rule 'unique_items'"},
        {NULL, WITH_RULE("{ rule = \"differs\"; member = \"n\"; from = \"@id\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'n' has to be a text for the rule 'differs'"},
        {NULL, WITH_RULE("{ rule = \"differs\"; member = \"n\"; from = \"@source\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "no member '@source'"},
        {NULL, WITH_RULE("{ rule = \"names_type\"; member = \"n\"; types = [ \"t\" ]; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'n' has to be a text for the rule 'names_type'"},
        {NULL,
         WITH_RULE("{ rule = \"names_type\"; member = \"text\"; classes = [ \"facts\" ]; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "no class 'facts'"},
        {NULL,
         WITH_RULE("{ rule = \"code_hierarchy\"; member = \"text\"; parent = \"text\"; level = \"text\"; reason = "
                   "\"E_JSON\"; }"),
         LINE_OF_RULE "'hierarchy' is missing"},
        {NULL,
         WITH_RULE("{ rule = \"code_hierarchy\"; member = \"text\"; parent = \"text\"; level = \"text\"; hierarchy = "
                   "\"none\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "no hierarchy 'none' in catalogue.cfg"},
        {NULL,
         WITH_RULE("{ rule = \"code_hierarchy\"; member = \"n\"; parent = \"text\"; level = \"text\"; hierarchy = "
                   "\"h\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'n' has to be a text for the rule 'code_hierarchy'"},
        {NULL,
         WITH_RULE("{ rule = \"difference\"; member = \"n\"; minuend = \"any\"; subtrahend = \"day\"; reason = "
                   "\"W_LATE\"; }"),
         LINE_OF_RULE "'day' has to be a number for the rule 'difference'"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"text\"; reason = \"E_JSON\"; when = { }; }"),
         LINE_OF_RULE "'when' has to be a list: ( { … }, … )"},
        {NULL,
         WITH_RULE("{ rule = \"required_if\"; member = \"text\"; reason = \"E_JSON\"; when = ( { member = \"none\"; "
                   "present = true; } ); }"),
         LINE_OF_RULE "no member 'none'"},
        {NULL,
         WITH_RULE("{ rule = \"required_if\"; member = \"text\"; reason = \"E_JSON\"; when = ( { member = \"n\"; } "
                   "); }"),
         LINE_OF_RULE "'is' is missing"},
        {NULL,
         WITH_RULE("{ rule = \"required_if\"; member = \"text\"; reason = \"E_JSON\"; when = ( { member = \"n\"; "
                   "isnt = [ \"a\" ]; } ); }"),
         LINE_OF_RULE "unknown key 'isnt'; did you mean 'is'?"},
};

static const Broken tables[] = {
        {NULL, WITH_TABLE("{ mode = \"insert\"; }"), LINE_OF_TABLE "'table' is missing"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; }"), LINE_OF_TABLE "'mode' is missing"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"upsert\"; }"), LINE_OF_TABLE "no mode 'upsert'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; colums = {}; }"),
         LINE_OF_TABLE "unknown key 'colums'; did you mean 'columns'?"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = []; }"),
         LINE_OF_TABLE "'columns' has to be a group"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = 5; }; }"),
         LINE_OF_TABLE "a source is a string"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"none\"; }; }"),
         LINE_OF_TABLE "'none' names no member with one value that is kept"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"l\"; }; }"),
         LINE_OF_TABLE "'l' names no member with one value"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"names\"; }; }"),
         LINE_OF_TABLE "'names' names no member with one value"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"o\"; }; }"),
         LINE_OF_TABLE "'o' names no member with one value"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"secret\"; }; }"),
         LINE_OF_TABLE "'secret' names no member with one value that is kept"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"p\"; }; }"),
         LINE_OF_TABLE "'p' names no member"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@nothing\"; }; }"),
         LINE_OF_TABLE "the engine has no value '@nothing'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@natural_key\"; }; }"),
         LINE_OF_TABLE "'@natural_key' needs 'natural_key' in the type or the table"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@position\"; }; }"),
         LINE_OF_TABLE "'@position' needs 'each' with a list"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@value\"; }; }"),
         LINE_OF_TABLE "'@value' needs 'each' with a list"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; each = \"l\"; columns = { a = \"@language\"; }; }"),
         LINE_OF_TABLE "'@language' needs 'each' with a language map"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@text\"; }; }"),
         LINE_OF_TABLE "'@text' needs 'each' with a language map"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@members\"; }; }"),
         LINE_OF_TABLE "'@members' needs the mode 'fullest'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@corrects_key\"; }; }"),
         LINE_OF_TABLE "'@corrects_key' stands only in 'takes_back'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@corrects_id\"; }; }"),
         LINE_OF_TABLE "'@corrects_id' stands only in 'takes_back'"},
        {NULL,
         HEAD "fields = ();\ntables = ( { table = \"s.t\"; mode = \"insert\"; columns = { a = \"@revision\"; }; } );",
         "type.cfg:2: '@revision' needs 'revision' in the type"},
        {NULL,
         HEAD
         "fields = ();\ntables = ( { table = \"s.t\"; mode = \"insert\"; columns = { a = \"@target_key\"; }; } );",
         "type.cfg:2: '@target_key' needs 'target' in the type"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"year_end:text\"; }; }"),
         LINE_OF_TABLE "'year_end:text' needs an integer member of the event between 1 and 9999"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"year_start:any\"; }; }"),
         LINE_OF_TABLE "'year_start:any' needs an integer member of the event between 1 and 9999"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; each = \"text\"; }"),
         LINE_OF_TABLE "'each' names no list and no language map: 'text'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; each = \"l/p\"; }"),
         LINE_OF_TABLE "'each' names no list and no language map: 'l/p'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; each = \"none/w\"; }"),
         LINE_OF_TABLE "'each' names no list and no language map: 'none/w'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; when = \"none\"; }"),
         LINE_OF_TABLE "'when' names no member: 'none'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; natural_key = [ \"none\" ]; }"),
         LINE_OF_TABLE "no member 'none'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; natural_key = [ \"tags\" ]; }"),
         LINE_OF_TABLE "'tags' cannot be part of a natural key"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"state\"; }"), LINE_OF_TABLE "'key' is missing"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"state\"; key = [ \"k\" ]; }"),
         LINE_OF_TABLE "nothing fills the key column 'k'"},
        {NULL,
         WITH_TABLE("{ table = \"s.t\"; mode = \"state\"; key = [ \"x\" ]; columns = { r = \"@revision\"; t = "
                    "\"@time\"; i = \"@id\"; }; }"),
         LINE_OF_TABLE "needs columns from @revision, @time, @id and @source: they decide who wins"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"fullest\"; key = [ \"x\" ]; }"),
         LINE_OF_TABLE "'fullest' needs 'members'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"fullest\"; members = \"text\"; key = [ \"x\" ]; }"),
         LINE_OF_TABLE "'members' names no object and no language map"},
        {NULL,
         WITH_TABLE("{ table = \"s.t\"; mode = \"fullest\"; members = \"o\"; key = [ \"x\" ]; columns = { r = "
                    "\"@revision\"; t = \"@time\"; i = \"@id\"; s = \"@source\"; }; }"),
         LINE_OF_TABLE "needs columns from @members, @time, @id and @source: they decide who wins"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"child\"; key = [ \"x\" ]; }"),
         LINE_OF_TABLE "'of' is missing"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"child\"; key = [ \"x\" ]; of = \"s.none\"; }"),
         LINE_OF_TABLE "table 's.t': 'of' names no state or fullest table"},
        {NULL,
         WITH_TABLE("{ table = \"s.m\"; mode = \"insert\"; }, { table = \"s.t\"; mode = \"child\"; key = [ \"k\" ]; "
                    "of = \"s.m\"; columns = { k = \"text\"; }; }"),
         LINE_OF_TABLE "table 's.t': 'of' names no state or fullest table"},
        {NULL,
         WITH_TABLE(
                 "{ table = \"s.t\"; mode = \"insert\"; },\n { table = \"s.t\"; mode = \"state\"; key = [ \"x\" ]; "
                 "columns = { x = \"text\"; r = \"@revision\"; t = \"@time\"; i = \"@id\"; s = \"@source\"; }; }"),
         "type.cfg:18: table 's.t': is used with another mode elsewhere"},
        {NULL,
         WITH_TABLE("{ table = \"s.t\"; mode = \"state\"; key = [ \"x\" ]; columns = { r = \"@revision\"; t = "
                    "\"@time\"; i = \"@id\"; s = \"@source\"; }; },\n"
                    "{ table = \"s.t\"; mode = \"state\"; key = [ \"y\" ]; columns = { x = \"text\"; y = \"text\"; r "
                    "= \"@revision\"; t = \"@time\"; i = \"@id\"; s = \"@source\"; }; }"),
         "type.cfg:18: table 's.t': has another key elsewhere"},
        {NULL,
         WITH_TABLE("{ table = \"s.m\"; mode = \"state\"; key = [ \"x\" ]; columns = { r = \"@revision\"; t = "
                    "\"@time\"; i = \"@id\"; s = \"@source\"; }; },\n"
                    "{ table = \"s.t\"; mode = \"child\"; of = \"s.m\"; key = [ \"y\", \"z\" ]; columns = { y = "
                    "\"text\"; z = \"n\"; }; }"),
         "type.cfg:18: table 's.t': has not as many key columns as its parent"},
};

static void broken_rules(void **state) {
        (void)state;
        assert_all(rules, sizeof(rules) / sizeof(rules[0]));
}

static void broken_tables(void **state) {
        (void)state;
        assert_all(tables, sizeof(tables) / sizeof(tables[0]));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(broken_rules),
                cmocka_unit_test(broken_tables),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
