// SPDX-License-Identifier: Apache-2.0
// What the loader refuses, each with the place and the sentence; and what it makes of good declarations.
#include "core_fixture.h"

#include "event/plan.h"

#define LABELS "zh = \"甲\"; en = \"a\"; "
#define HEAD "type = \"t\"; class = \"fact\"; occurred_on = \"@date\"; " LABELS
#define FIELD(options) "{ member = \"f\"; " LABELS options " }"
#define DOMAIN "name = \"test\"; time_zone = \"UTC\"; languages = ( (\"en\", \"英语\", \"English\") );\n"
#define DOMAIN_REFERENCES "references = ( { name = \"r\"; table = \"s.r\"; key = \"id\"; } );\n"
#define DOMAIN_HIERARCHY \
        "hierarchies = ( { name = \"h\"; prefix = 1; levels = ( { level = \"x\"; length = 3; shape = \"?00\"; } ); } );\n"

// Members of most of the types below.
#define MEMBERS                                                                                                  \
        "{ member = \"text\"; is = \"text\"; required = true; column = \"x\"; " LABELS "},\n"                     \
        "{ member = \"n\"; is = \"integer\"; required = true; min = 1; max = 9999; " LABELS "},\n"                \
        "{ member = \"any\"; is = \"integer\"; required = true; " LABELS "},\n"                                   \
        "{ member = \"day\"; is = \"date\"; required = true; " LABELS "},\n"                                      \
        "{ member = \"opt\"; is = \"date\"; " LABELS "},\n"                                                       \
        "{ member = \"names\"; is = \"texts\"; " LABELS "},\n"                                                    \
        "{ member = \"secret\"; is = \"text\"; drop = true; " LABELS "},\n"                                       \
        "{ member = \"o\"; is = \"object\"; fields = ( { member = \"a\"; is = \"text\"; " LABELS "} ); " LABELS "},\n" \
        "{ member = \"l\"; is = \"list\"; " LABELS "items = { is = \"object\"; fields = (\n"                      \
        "  { member = \"p\"; is = \"text\"; required = true; " LABELS "},\n"                                      \
        "  { member = \"v\"; is = \"integer\"; " LABELS "},\n"                                                    \
        "  { member = \"w\"; is = \"texts\"; " LABELS "} ); }; },\n"                                              \
        "{ member = \"tags\"; is = \"list\"; " LABELS "items = { is = \"text\"; }; }\n"

#define WITH_FIELDS(fields) HEAD "stored = false;\nfields = (\n" fields ");\n"
#define WITH_RULE(rule) HEAD "stored = false;\nfields = (\n" MEMBERS ");\nrules = ( " rule " );\n"
#define WITH_TABLE(table) HEAD "revision = \"n\"; target = \"text\";\nfields = (\n" MEMBERS ");\ntables = ( " table " );\n"
#define LINE_OF_RULE "type.cfg:17: "
#define LINE_OF_TABLE "type.cfg:17: "

typedef struct Broken {
        const char *domain; // NULL: a good one
        const char *type;   // NULL: a good one
        const char *said;
} Broken;

static const char good_domain[] = DOMAIN DOMAIN_REFERENCES DOMAIN_HIERARCHY;
static const char good_type[] = WITH_FIELDS(FIELD("is = \"text\";"));

static const Broken heads[] = {
        {NULL, "x = 1;\n", "type.cfg:1: unknown key 'x'"},
        {NULL, "tpye = \"t\";\n", "type.cfg:1: unknown key 'tpye'; did you mean 'type'?"},
        {NULL, "class = \"fact\";", "type.cfg: 'type' is missing"},
        {NULL, "type = 5;", "type.cfg:1: 'type' has to be a string"},
        {NULL, "type = \"t\";", "type.cfg: 'class' is missing"},
        {NULL, "type = \"t\"; class = \"fakt\";", "no class 'fakt'"},
        {NULL, "type = \"t\"; class = \"fact\";", "type.cfg: 'fields' is missing"},
        {NULL, "type = \"t\"; class = \"fact\";", "type.cfg: 'zh' is missing"},
        {NULL, "type = \"t\"; class = \"fact\";", "type.cfg: 'en' is missing"},
        {NULL, HEAD "version = 0; fields = ();", "'version' has to lie between 1 and 32767"},
        {NULL, HEAD "version = 1234567890; fields = ();", "the number 1234567890 has more than 9 digits"},
        {NULL, HEAD "dataschema = 1; fields = ();", "'dataschema' has to be a string"},
        {NULL, HEAD "stored = 1; fields = ();", "'stored' has to be true or false"},
        {NULL, HEAD "fields = {};", "'fields' has to be a list: ( { … }, … )"},
        {NULL, HEAD "fields = ();", "type.cfg: 'tables' is missing"},
        {NULL, WITH_FIELDS(MEMBERS) "tables = ();", "type.cfg:17: 'tables' means nothing while 'stored' is false"},
        {NULL, HEAD "stored = true; fields = ();\ntables = {};", "type.cfg:2: 'tables' has to be a list"},
        {NULL, "type = \"t\"; class = \"fact\"; stored = false; fields = (); " LABELS, "type.cfg: 'occurred_on' is missing"},
        {NULL, "type = \"t\"; class = \"fact\"; stored = false; " LABELS "\noccurred_on = \"none\"; fields = (" MEMBERS ");",
         "type.cfg:2: 'occurred_on' names no member: 'none'"},
        {NULL, "type = \"t\"; class = \"fact\"; stored = false; " LABELS "\noccurred_on = \"opt\"; fields = (" MEMBERS ");",
         "type.cfg:2: 'occurred_on' needs a required member of the kind 'date'"},
        {NULL, "type = \"t\"; class = \"fact\"; stored = false; " LABELS "\noccurred_on = \"text\"; fields = (" MEMBERS ");",
         "type.cfg:2: 'occurred_on' needs a required member of the kind 'date'"},
        {NULL,
         "type = \"t\"; class = \"fact\"; stored = false; " LABELS "\noccurred_on = \"year_end:any\"; fields = (" MEMBERS ");",
         "type.cfg:2: 'occurred_on' needs a required member of the kind 'integer, between 1 and 9999'"},
        {NULL, WITH_FIELDS(MEMBERS) "entity = [ \"none\" ];", "type.cfg:17: 'entity' names no member: 'none'"},
        {NULL, WITH_FIELDS(MEMBERS) "entity = \"text\";", "type.cfg:17: 'entity' has to be a list of strings"},
        {NULL, WITH_FIELDS(MEMBERS) "entity = [ 1 ];", "type.cfg:17: 'entity' has to be a list of strings"},
        {NULL, WITH_FIELDS(MEMBERS) "entity = [ \"n\" ];", "type.cfg:17: 'entity' needs members that are texts or codes"},
        {NULL, WITH_FIELDS(MEMBERS) "key = [ \"text\", \"text\", \"text\", \"text\", \"text\" ];",
         "type.cfg:17: 'key' has more than 4 members"},
        {NULL, WITH_FIELDS(MEMBERS) "natural_key = [ \"none\" ];", "'natural_key' names no member: 'none'"},
        {NULL, WITH_FIELDS(MEMBERS) "natural_key = [ \"l\" ];", "type.cfg:17: 'l' cannot be part of a natural key"},
        {NULL, WITH_FIELDS(MEMBERS) "natural_key = [ \"o\" ];", "'o' cannot be part of a natural key"},
        {NULL, WITH_FIELDS(MEMBERS) "natural_key = [ \"secret\" ];", "'secret' cannot be part of a natural key"},
        {NULL, WITH_FIELDS(MEMBERS) "revision = \"none\";", "'revision' names no member: 'none'"},
        {NULL, WITH_FIELDS(MEMBERS) "revision = \"text\";", "'revision' needs a required member of a fitting kind"},
        {NULL, WITH_FIELDS(MEMBERS) "target = \"n\";", "'target' needs a required member of a fitting kind"},
};

static const Broken fields[] = {
        {NULL, WITH_FIELDS("5"), "type.cfg:3: a field is a group: { member = …; is = …; }"},
        {NULL, WITH_FIELDS("{ is = \"text\"; }"), "type.cfg:3: 'member' is missing"},
        {NULL, WITH_FIELDS("{ member = \"f\"; is = \"text\"; }"), "type.cfg:3: 'zh' is missing"},
        {NULL, WITH_FIELDS("{ member = \"f\"; " LABELS "}"), "type.cfg:3: 'is' is missing"},
        {NULL, WITH_FIELDS(FIELD("is = \"txt\";")), "type.cfg:3: no kind 'txt', neither primitive nor in catalogue.cfg"},
        {NULL, WITH_FIELDS(FIELD("is = \"text\"; requird = true;")), "type.cfg:3: unknown key 'requird'; did you mean 'required'?"},
        {NULL, WITH_FIELDS(FIELD("is = \"text\"; required = 1;")), "type.cfg:3: 'required' has to be true or false"},
        {NULL, WITH_FIELDS(FIELD("is = \"text\"; digits = 2;")), "type.cfg:3: 'digits' means nothing for the kind 'text'"},
        {NULL, WITH_FIELDS(FIELD("is = \"text\"; pattern = \"a\";")), "'pattern' means nothing for the kind 'text'"},
        {NULL, WITH_FIELDS(FIELD("is = \"boolean\"; max = 2;")), "'max' means nothing for the kind 'boolean'"},
        {NULL, WITH_FIELDS(FIELD("is = \"integer\"; items = {};")), "'items' means nothing for the kind 'integer'"},
        {NULL, WITH_FIELDS(FIELD("is = \"integer\"; unique = true;")), "'unique' means nothing for the kind 'integer'"},
        {NULL, WITH_FIELDS(FIELD("is = \"code\"; mask = true;")), "'mask' means nothing for the kind 'code'"},
        {NULL, WITH_FIELDS(FIELD("is = \"integer\"; min = \"x\";")), "type.cfg:3: 'min' has to be an integer, or a number as a string"},
        {NULL, WITH_FIELDS(FIELD("is = \"integer\"; min = \"1-2\";")), "'min' has to be an integer, or a number as a string"},
        {NULL, WITH_FIELDS(FIELD("is = \"integer\"; min = 1.5;")), "'min' has to be an integer, or a number as a string"},
        {NULL, WITH_FIELDS(FIELD("is = \"integer\"; max = \"0.0000000001\";")), "(at most 9 digits after the point)"},
        {NULL, WITH_FIELDS(FIELD("is = \"integer\"; max = \"1e17\";")), "'max' has to be an integer, or a number as a string"},
        {NULL, WITH_FIELDS(FIELD("is = \"integer\"; max = 1000000000000;")), "type.cfg:3: the number 1000000000000 has more than 9 digits"},
        {NULL, WITH_FIELDS(FIELD("is = \"date\"; min = 5;")), "'min' has to be a string"},
        {NULL, WITH_FIELDS(FIELD("is = \"date\"; min = \"2022-02-30\";")), "'min' has to be a date, YYYY-MM-DD"},
        {NULL, WITH_FIELDS(FIELD("is = \"decimal\"; digits = 10;")), "'digits' has to lie between 0 and 9"},
        {NULL, WITH_FIELDS(FIELD("is = \"code\"; pattern = \"a(b\";")), "type.cfg:3: 'pattern': missing closing parenthesis at character"},
        {NULL, WITH_FIELDS(FIELD("is = \"code\"; pattern = 5;")), "'pattern' has to be a string"},
        {NULL, WITH_FIELDS(FIELD("is = \"codes\"; key_pattern = \"[\";")), "'key_pattern': missing terminating ]"},
        {NULL, WITH_FIELDS(FIELD("is = \"codes\"; value_pattern = \"[\";")), "'value_pattern': missing terminating ]"},
        {NULL, WITH_FIELDS(FIELD("is = \"enum\"; values = ();")), "type.cfg:3: 'values' is empty"},
        {NULL, WITH_FIELDS(FIELD("is = \"enum\"; values = ( (\"x\", \"甲\") );")), "needs three strings: value, Chinese, English"},
        {NULL, WITH_FIELDS(FIELD("is = \"enum\"; values = ( (\"x\", 5, \"a\") );")), "needs three strings: value, Chinese, English"},
        {NULL, WITH_FIELDS(FIELD("is = \"enum\"; values = ( (\"x\", \"甲\", \"a\"), (\"x\", \"甲\", \"b\") );")), "the value 'x' stands twice"},
        {NULL, WITH_FIELDS(FIELD("is = \"code\"; prefixes = [ \"1\" ];")), "'prefixes' needs 'prefix_length' and 'prefix_reason'"},
        {NULL, WITH_FIELDS(FIELD("is = \"code\"; prefix_length = 1; prefixes = [ \"1\" ]; prefix_reason = \"E_NONE\";")), "no reason code 'E_NONE'"},
        {NULL, WITH_FIELDS(FIELD("is = \"text\"; reference = \"none_such\";")), "no reference 'none_such' in catalogue.cfg"},
        {NULL, WITH_FIELDS(FIELD("is = \"list\";")), "type.cfg:3: a list needs 'items'"},
        {NULL, WITH_FIELDS(FIELD("is = \"list\"; items = { };")), "'is' is missing"},
        {NULL, WITH_FIELDS(FIELD("is = \"list\"; items = { is = \"texts\"; };")), "elements of a list are scalars or objects"},
        {NULL, WITH_FIELDS(FIELD("is = \"list\"; items = { is = \"list\"; items = { is = \"text\"; }; };")), "a list in a list cannot be declared"},
        {NULL, WITH_FIELDS(FIELD("is = \"list\"; items = { is = \"object\"; fields = ( " FIELD("is = \"list\"; items = { is = \"text\"; };") " ); };")),
         "a list in a list cannot be declared"},
        {NULL, WITH_FIELDS(FIELD("is = \"list\"; items = { is = \"text\"; maxx = 1; };")), "unknown key 'maxx'; did you mean 'max'?"},
        {NULL, WITH_FIELDS(FIELD("is = \"list\"; items = { is = \"object\"; fields = (); tables = (); };")), "an object in a list cannot have 'tables'"},
        {NULL, WITH_FIELDS(FIELD("is = \"object\"; fields = (); value = \"x\";")), "'value' names no member of the object"},
        {NULL, WITH_FIELDS(FIELD("is = \"object\"; fields = 5;")), "'fields' has to be a list"},
        {NULL, WITH_FIELDS(FIELD("is = \"text\"; of = \"g\";")), "'of' names no member beside it: 'g'"},
        {NULL, WITH_FIELDS(FIELD("is = \"text\";") ",\n" FIELD("is = \"text\";")), "type.cfg:4: the member 'f' is declared twice"},
        // defaults are what a producer could have sent
        {NULL, WITH_FIELDS(FIELD("is = \"integer\"; default = \"x\";")), "'x' is no default for the kind 'integer'"},
        {NULL, WITH_FIELDS(FIELD("is = \"integer\"; default = \"\";")), "'' is no default for the kind 'integer'"},
        {NULL, WITH_FIELDS(FIELD("is = \"integer\"; default = 5;")), "'default' has to be a string"},
        {NULL, WITH_FIELDS(FIELD("is = \"decimal\"; default = \"abc\";")), "'abc' is no default for the kind 'decimal'"},
        {NULL, WITH_FIELDS(FIELD("is = \"decimal\"; digits = 1; default = \"1.25\";")), "'1.25' is no default for the kind 'decimal'"},
        {NULL, WITH_FIELDS(FIELD("is = \"boolean\"; default = \"yes\";")), "'yes' is no default for the kind 'boolean'"},
        {NULL, WITH_FIELDS(FIELD("is = \"codes\"; default = \"{\";")), "'{' is no default for the kind 'codes'"},
        {NULL, WITH_FIELDS(FIELD("is = \"code\"; pattern = \"[a-z]\"; default = \"A\";")), "'A' is no default for the kind 'code'"},
        {NULL, WITH_FIELDS(FIELD("is = \"enum\"; values = ( (\"x\", \"甲\", \"a\") ); default = \"exakt\";")), "'exakt' is no default for the kind 'enum'"},
        {NULL, WITH_FIELDS(FIELD("is = \"date\"; default = \"2022-01-01\";")), "'2022-01-01' is no default for the kind 'date'"},
};

static const Broken rules[] = {
        {NULL, WITH_FIELDS(MEMBERS) "rules = {};", "type.cfg:17: 'rules' has to be a list"},
        {NULL, WITH_RULE("{ reason = \"E_JSON\"; }"), LINE_OF_RULE "'rule' is missing"},
        {NULL, WITH_RULE("{ rule = \"nicht\"; }"), LINE_OF_RULE "no rule 'nicht'"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"text\"; }"), LINE_OF_RULE "'reason' is missing"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"text\"; reason = \"E_NONE\"; }"), LINE_OF_RULE "no reason code 'E_NONE'"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'member' is missing"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"none\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "no member 'none'"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"secret\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "the member 'secret' is dropped"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"text\"; than = \"n\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "unknown key 'than'"},
        {NULL, WITH_RULE("{ rule = \"not_before\"; member = \"opt\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'than' is missing"},
        {NULL, WITH_RULE("{ rule = \"not_before\"; member = \"opt\"; than = \"text\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'text' has to be a number, a date or a time for the rule 'not_before'"},
        {NULL, WITH_RULE("{ rule = \"not_before\"; member = \"opt\"; than = \"n\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'opt' and 'n' cannot be compared"},
        {NULL, WITH_RULE("{ rule = \"max_span\"; from = \"n\"; to = \"any\"; days = 1; reason = \"E_JSON\"; }"), LINE_OF_RULE "'any' has to be a date for the rule 'max_span'"},
        {NULL, WITH_RULE("{ rule = \"max_span\"; from = \"day\"; to = \"opt\"; days = -1; reason = \"E_JSON\"; }"), LINE_OF_RULE "'days' has to lie between 0 and 1000000"},
        {NULL, WITH_RULE("{ rule = \"future_limit\"; years = 1001; reason = \"E_JSON\"; }"), LINE_OF_RULE "'years' has to lie between 0 and 1000"},
        {NULL, WITH_RULE("{ rule = \"not_both\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'members' is missing"},
        {NULL, WITH_RULE("{ rule = \"not_both\"; members = [ \"text\", \"none\" ]; reason = \"E_JSON\"; }"), LINE_OF_RULE "no member 'none'"},
        {NULL, WITH_RULE("{ rule = \"forbidden_unless\"; member = \"opt\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'forbidden_unless' needs 'when'"},
        {NULL, WITH_RULE("{ rule = \"value_if\"; member = \"n\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'value_if' needs 'is', or 'min' and 'max'"},
        {NULL, WITH_RULE("{ rule = \"value_if\"; member = \"text\"; min = 1; reason = \"E_JSON\"; }"), LINE_OF_RULE "'text' has to be a number for the rule 'value_if'"},
        {NULL, WITH_RULE("{ rule = \"value_if\"; member = \"names\"; is = [ \"a\" ]; reason = \"E_JSON\"; }"), LINE_OF_RULE "'names' has to be a member with one value"},
        {NULL, WITH_RULE("{ rule = \"sum_equals\"; of = \"none/v\"; equals = \"n\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'of' names no list with a member of its elements: 'none/v'"},
        {NULL, WITH_RULE("{ rule = \"sum_equals\"; of = \"l\"; equals = \"n\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'of' names no list with a member of its elements: 'l'"},
        {NULL, WITH_RULE("{ rule = \"sum_equals\"; of = \"l/none\"; equals = \"n\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "no member 'none'"},
        {NULL, WITH_RULE("{ rule = \"sum_equals\"; of = \"l/p\"; equals = \"n\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'p' has to be a number for the rule 'sum_equals'"},
        {NULL, WITH_RULE("{ rule = \"unique_items\"; list = \"text\"; by = [ \"p\" ]; reason = \"E_JSON\"; }"), LINE_OF_RULE "'list' names no list: 'text'"},
        {NULL, WITH_RULE("{ rule = \"unique_items\"; list = \"l\"; by = [ \"none\" ]; reason = \"E_JSON\"; }"), LINE_OF_RULE "no member 'none'"},
        {NULL, WITH_RULE("{ rule = \"unique_items\"; list = \"l\"; by = [ \"w\" ]; reason = \"E_JSON\"; }"), LINE_OF_RULE "'w' has to be a member with one value for the rule 'unique_items'"},
        {NULL, WITH_RULE("{ rule = \"differs\"; member = \"n\"; from = \"@id\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'n' has to be a text for the rule 'differs'"},
        {NULL, WITH_RULE("{ rule = \"differs\"; member = \"n\"; from = \"@source\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "no member '@source'"},
        {NULL, WITH_RULE("{ rule = \"names_type\"; member = \"n\"; types = [ \"t\" ]; reason = \"E_JSON\"; }"), LINE_OF_RULE "'n' has to be a text for the rule 'names_type'"},
        {NULL, WITH_RULE("{ rule = \"names_type\"; member = \"text\"; classes = [ \"facts\" ]; reason = \"E_JSON\"; }"), LINE_OF_RULE "no class 'facts'"},
        {NULL, WITH_RULE("{ rule = \"code_hierarchy\"; member = \"text\"; parent = \"text\"; level = \"text\"; reason = \"E_JSON\"; }"), LINE_OF_RULE "'hierarchy' is missing"},
        {NULL, WITH_RULE("{ rule = \"code_hierarchy\"; member = \"text\"; parent = \"text\"; level = \"text\"; hierarchy = \"none\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "no hierarchy 'none' in catalogue.cfg"},
        {NULL, WITH_RULE("{ rule = \"code_hierarchy\"; member = \"n\"; parent = \"text\"; level = \"text\"; hierarchy = \"h\"; reason = \"E_JSON\"; }"),
         LINE_OF_RULE "'n' has to be a text for the rule 'code_hierarchy'"},
        {NULL, WITH_RULE("{ rule = \"difference\"; member = \"n\"; minuend = \"any\"; subtrahend = \"day\"; reason = \"W_LATE\"; }"), LINE_OF_RULE "'day' has to be a number for the rule 'difference'"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"text\"; reason = \"E_JSON\"; when = { }; }"), LINE_OF_RULE "'when' has to be a list: ( { … }, … )"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"text\"; reason = \"E_JSON\"; when = ( { member = \"none\"; present = true; } ); }"), LINE_OF_RULE "no member 'none'"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"text\"; reason = \"E_JSON\"; when = ( { member = \"n\"; } ); }"), LINE_OF_RULE "'is' is missing"},
        {NULL, WITH_RULE("{ rule = \"required_if\"; member = \"text\"; reason = \"E_JSON\"; when = ( { member = \"n\"; isnt = [ \"a\" ]; } ); }"), LINE_OF_RULE "unknown key 'isnt'; did you mean 'is'?"},
};

static const Broken tables[] = {
        {NULL, WITH_TABLE("{ mode = \"insert\"; }"), LINE_OF_TABLE "'table' is missing"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; }"), LINE_OF_TABLE "'mode' is missing"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"upsert\"; }"), LINE_OF_TABLE "no mode 'upsert'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; colums = {}; }"), LINE_OF_TABLE "unknown key 'colums'; did you mean 'columns'?"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = []; }"), LINE_OF_TABLE "'columns' has to be a group"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = 5; }; }"), LINE_OF_TABLE "a source is a string"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"none\"; }; }"), LINE_OF_TABLE "'none' names no member with one value that is kept"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"l\"; }; }"), LINE_OF_TABLE "'l' names no member with one value"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"names\"; }; }"), LINE_OF_TABLE "'names' names no member with one value"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"o\"; }; }"), LINE_OF_TABLE "'o' names no member with one value"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"secret\"; }; }"), LINE_OF_TABLE "'secret' names no member with one value that is kept"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"p\"; }; }"), LINE_OF_TABLE "'p' names no member"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@nothing\"; }; }"), LINE_OF_TABLE "the engine has no value '@nothing'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@natural_key\"; }; }"), LINE_OF_TABLE "'@natural_key' needs 'natural_key' in the type or the table"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@position\"; }; }"), LINE_OF_TABLE "'@position' needs 'each' with a list"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@value\"; }; }"), LINE_OF_TABLE "'@value' needs 'each' with a list"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; each = \"l\"; columns = { a = \"@language\"; }; }"), LINE_OF_TABLE "'@language' needs 'each' with a language map"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@text\"; }; }"), LINE_OF_TABLE "'@text' needs 'each' with a language map"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@members\"; }; }"), LINE_OF_TABLE "'@members' needs the mode 'fullest'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@corrects_key\"; }; }"), LINE_OF_TABLE "'@corrects_key' stands only in 'takes_back'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"@corrects_id\"; }; }"), LINE_OF_TABLE "'@corrects_id' stands only in 'takes_back'"},
        {NULL, HEAD "fields = ();\ntables = ( { table = \"s.t\"; mode = \"insert\"; columns = { a = \"@revision\"; }; } );", "type.cfg:2: '@revision' needs 'revision' in the type"},
        {NULL, HEAD "fields = ();\ntables = ( { table = \"s.t\"; mode = \"insert\"; columns = { a = \"@target_key\"; }; } );", "type.cfg:2: '@target_key' needs 'target' in the type"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"year_end:text\"; }; }"), LINE_OF_TABLE "'year_end:text' needs an integer member of the event between 1 and 9999"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; columns = { a = \"year_start:any\"; }; }"), LINE_OF_TABLE "'year_start:any' needs an integer member of the event between 1 and 9999"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; each = \"text\"; }"), LINE_OF_TABLE "'each' names no list and no language map: 'text'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; each = \"l/p\"; }"), LINE_OF_TABLE "'each' names no list and no language map: 'l/p'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; each = \"none/w\"; }"), LINE_OF_TABLE "'each' names no list and no language map: 'none/w'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; when = \"none\"; }"), LINE_OF_TABLE "'when' names no member: 'none'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; natural_key = [ \"none\" ]; }"), LINE_OF_TABLE "no member 'none'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; natural_key = [ \"tags\" ]; }"), LINE_OF_TABLE "'tags' cannot be part of a natural key"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"state\"; }"), LINE_OF_TABLE "'key' is missing"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"state\"; key = [ \"k\" ]; }"), LINE_OF_TABLE "nothing fills the key column 'k'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"state\"; key = [ \"x\" ]; columns = { r = \"@revision\"; t = \"@time\"; i = \"@id\"; }; }"),
         LINE_OF_TABLE "needs columns from @revision, @time, @id and @source: they decide who wins"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"fullest\"; key = [ \"x\" ]; }"), LINE_OF_TABLE "'fullest' needs 'members'"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"fullest\"; members = \"text\"; key = [ \"x\" ]; }"), LINE_OF_TABLE "'members' names no object and no language map"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"fullest\"; members = \"o\"; key = [ \"x\" ]; columns = { r = \"@revision\"; t = \"@time\"; i = \"@id\"; s = \"@source\"; }; }"),
         LINE_OF_TABLE "needs columns from @members, @time, @id and @source: they decide who wins"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"child\"; key = [ \"x\" ]; }"), LINE_OF_TABLE "'of' is missing"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"child\"; key = [ \"x\" ]; of = \"s.none\"; }"), LINE_OF_TABLE "table 's.t': 'of' names no state or fullest table"},
        {NULL, WITH_TABLE("{ table = \"s.m\"; mode = \"insert\"; }, { table = \"s.t\"; mode = \"child\"; key = [ \"k\" ]; of = \"s.m\"; columns = { k = \"text\"; }; }"),
         LINE_OF_TABLE "table 's.t': 'of' names no state or fullest table"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; },\n { table = \"s.t\"; mode = \"state\"; key = [ \"x\" ]; columns = { x = \"text\"; r = \"@revision\"; t = \"@time\"; i = \"@id\"; s = \"@source\"; }; }"),
         "type.cfg:18: table 's.t': is used with another mode elsewhere"},
        {NULL, WITH_TABLE("{ table = \"s.t\"; mode = \"state\"; key = [ \"x\" ]; columns = { r = \"@revision\"; t = \"@time\"; i = \"@id\"; s = \"@source\"; }; },\n"
                          "{ table = \"s.t\"; mode = \"state\"; key = [ \"y\" ]; columns = { x = \"text\"; y = \"text\"; r = \"@revision\"; t = \"@time\"; i = \"@id\"; s = \"@source\"; }; }"),
         "type.cfg:18: table 's.t': has another key elsewhere"},
        {NULL, WITH_TABLE("{ table = \"s.m\"; mode = \"state\"; key = [ \"x\" ]; columns = { r = \"@revision\"; t = \"@time\"; i = \"@id\"; s = \"@source\"; }; },\n"
                          "{ table = \"s.t\"; mode = \"child\"; of = \"s.m\"; key = [ \"y\", \"z\" ]; columns = { y = \"text\"; z = \"n\"; }; }"),
         "type.cfg:18: table 's.t': has not as many key columns as its parent"},
};

static const Broken domains[] = {
        {"time_zone = \"UTC\";", NULL, "catalogue.cfg: 'name' is missing"},
        {"name = \"x\";", NULL, "catalogue.cfg: 'time_zone' is missing"},
        {"name = \"x\"; time_zone = \"Asia/Nowhere\";", NULL, "catalogue.cfg:1: the system knows no time zone 'Asia/Nowhere'"},
        {DOMAIN "limit = {};", NULL, "catalogue.cfg:2: unknown key 'limit'; did you mean 'limits'?"},
        {DOMAIN "limits = 5;", NULL, "catalogue.cfg:2: 'limits' has to be a group: { … }"},
        {DOMAIN "limits = { deepth = 5; };", NULL, "catalogue.cfg:2: unknown key 'deepth'; did you mean 'depth'?"},
        {DOMAIN "limits = { depth = 37; };", NULL, "'depth' has to lie between 2 and 36"},
        {DOMAIN "limits = { message_bytes = 1023; };", NULL, "'message_bytes' has to lie between 1024 and 16777216"},
        {DOMAIN "limits = { ahead_seconds = 86401; };", NULL, "'ahead_seconds' has to lie between 0 and 86400"},
        {DOMAIN "limits = { late_days = 36501; };", NULL, "'late_days' has to lie between 0 and 36500"},
        {DOMAIN "limits = { earliest_time = \"2000\"; };", NULL, "'earliest_time' has to be a date, YYYY-MM-DD"},
        {"name = \"x\"; time_zone = \"UTC\"; languages = [ \"en\" ];", NULL, "'languages' has to be a list: ( … )"},
        {"name = \"x\"; time_zone = \"UTC\"; languages = ( \"en\" );", NULL, "needs three strings: value, Chinese, English"},
        {DOMAIN "redact = [];", NULL, "'redact' has to be a list: ( … )"},
        {DOMAIN "redact = ( { keep_first = 1; } );", NULL, "catalogue.cfg:2: 'pattern' is missing"},
        {DOMAIN "redact = ( { pattern = \"(\"; } );", NULL, "catalogue.cfg:2: 'pattern': missing closing parenthesis"},
        {DOMAIN "redact = ( { pattern = \"x*\"; } );", NULL, "catalogue.cfg:2: 'pattern' matches an empty text"},
        {DOMAIN "redact = ( { pattern = \"x\"; stars = 4; } );", NULL, "unknown key 'stars'"},
        {DOMAIN "redact = ( { pattern = \"x\"; fill = 101; } );", NULL, "'fill' has to lie between 0 and 100"},
        {DOMAIN "redact = ( { pattern = \"x\"; keep_first = -1; } );", NULL, "'keep_first' has to lie between 0 and 100"},
        {DOMAIN "redact = ( { pattern = \"x\"; keep_last = 101; } );", NULL, "'keep_last' has to lie between 0 and 100"},
        {DOMAIN "references = {};", NULL, "'references' has to be a list: ( … )"},
        {DOMAIN "references = ( { table = \"s.r\"; key = \"k\"; } );", NULL, "'name' is missing"},
        {DOMAIN "references = ( { name = \"r\"; key = \"k\"; } );", NULL, "'table' is missing"},
        {DOMAIN "references = ( { name = \"r\"; table = \"s.r\"; } );", NULL, "'key' is missing"},
        {DOMAIN "references = ( { name = \"r\"; table = \"s.r\"; key = \"k\"; warning = \"W_NONE\"; } );", NULL, "no reason code 'W_NONE'"},
        {DOMAIN "references = ( { name = \"r\"; table = \"s.r\"; key = \"k\"; func = \"f\"; } );", NULL, "unknown key 'func'"},
        {DOMAIN "hierarchies = 5;", NULL, "'hierarchies' has to be a list: ( … )"},
        {DOMAIN "hierarchies = ( { } );", NULL, "'levels' is missing"},
        {DOMAIN "hierarchies = ( { name = \"h\"; prefix = 101; levels = (); } );", NULL, "'prefix' has to lie between 0 and 100"},
        {DOMAIN "hierarchies = ( { name = \"h\"; levels = ( { shape = \"?\"; length = 1; } ); } );", NULL, "'level' is missing"},
        {DOMAIN "hierarchies = ( { name = \"h\"; levels = ( { level = \"x\"; length = 1; } ); } );", NULL, "'shape' is missing"},
        {DOMAIN "hierarchies = ( { name = \"h\"; levels = ( { level = \"x\"; shape = \"?\"; length = 0; } ); } );", NULL, "'length' has to lie between 1 and 100"},
        {DOMAIN "hierarchies = ( { name = \"h\"; prefix = 2; levels = ( { level = \"x\"; shape = \"?\"; length = 1; } ); } );", NULL, "'length' is shorter than the hierarchy's prefix"},
        {DOMAIN "hierarchies = ( { name = \"h\"; levels = ( { level = \"x\"; shape = \"?\"; lenght = 1; } ); } );", NULL, "unknown key 'lenght'; did you mean 'length'?"},
        {DOMAIN "kinds = 5;", NULL, "'kinds' has to be a list: ( … )"},
        {DOMAIN "kinds = ( { is = \"text\"; } );", NULL, "'kind' is missing"},
        {DOMAIN "kinds = ( { kind = \"k\"; is = \"code\"; patern = \"x\"; } );", NULL, "catalogue.cfg:2: unknown key 'patern'; did you mean 'pattern'?"},
        {DOMAIN "kinds = ( { kind = \"k\"; is = \"code\"; column = \"x\"; } );", NULL, "unknown key 'column'"},
        {DOMAIN "kinds = ( { kind = \"text\"; is = \"code\"; } );", NULL, "'text' is the name of a primitive kind"},
        {DOMAIN "kinds = ( { kind = \"k\"; is = \"code\"; },\n { kind = \"k\"; is = \"text\"; } );", NULL, "catalogue.cfg:3: the kind 'k' is declared twice"},
        // a kind knows only those before it
        {DOMAIN "kinds = ( { kind = \"k\"; is = \"j\"; }, { kind = \"j\"; is = \"text\"; } );", WITH_FIELDS(FIELD("is = \"k\";")), "no kind 'j', neither primitive nor in catalogue.cfg"},
        {DOMAIN "kinds = ( { kind = \"k\"; is = \"k\"; } );", WITH_FIELDS(FIELD("is = \"k\";")), "no kind 'k', neither primitive nor in catalogue.cfg"},
        {DOMAIN "table_columns = {};", NULL, "'table_columns' has to be a list: ( … )"},
        {DOMAIN "table_columns = ( { table = \"s.t\"; colums = {}; } );", NULL, "unknown key 'colums'"},
        {DOMAIN "table_columns = ( { columns = {}; } );", WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; }"), "catalogue.cfg:2: 'table' is missing"},
        {DOMAIN "table_columns = (\n{ table = \"s.t\"; columns = { a = \"none\"; }; } );", WITH_TABLE("{ table = \"s.t\"; mode = \"insert\"; }"), "catalogue.cfg:3: 'none' names no member"},
        {DOMAIN "takes_back = 5;", NULL, "catalogue.cfg:2: 'takes_back' has to be a group: { … }"},
        {DOMAIN "takes_back = { };", NULL, "'table' is missing"},
        {DOMAIN "takes_back = { table = \"s.t\"; mode = \"insert\"; };", NULL, "unknown key 'mode'"},
        {DOMAIN "takes_back = { table = \"s.t\"; columns = { a = \"member\"; }; };", NULL, "'takes_back' has no members, found 'member'"},
        {DOMAIN "takes_back = { table = \"s.t\"; columns = { a = \"@revision\"; }; };", NULL, "'@revision' needs 'revision' in the type"},
        // tables of an object kind stand in catalogue.cfg
        {DOMAIN "kinds = ( { kind = \"k\"; is = \"object\"; fields = ();\ntables = ( { table = \"s.t\"; mode = \"none\"; } ); } );",
         HEAD "fields = ( " FIELD("is = \"k\";") " ); tables = ();", "catalogue.cfg:3: no mode 'none'"},
        {"name = \"x\"", "type = 5;", "catalogue.cfg: 'time_zone' is missing"},
        {"name = ;", NULL, "catalogue.cfg:1: syntax error"},
};

static void assert_all(const Broken *broken, size_t count) {
        unsigned failed = 0;
        for (size_t i = 0; i < count; i++) {
                Buffer said = BUFFER_NULL;
                Catalogue *catalogue = catalogue_of(broken[i].domain ? broken[i].domain : good_domain,
                                                    broken[i].type ? broken[i].type : good_type, &said);
                if (catalogue || !strstr(buffer_text(&said), broken[i].said)) {
                        print_error("%zu: wanted: %s\n   said: %s\n", i, broken[i].said, catalogue ? "it loads" : said.ptr);
                        failed++;
                }
                catalogue_free(catalogue);
                buffer_deinit(&said);
        }
        assert_int_equal(failed, 0);
}

static void broken_heads(void **state) {
        (void)state;
        assert_all(heads, sizeof(heads) / sizeof(heads[0]));
}

static void broken_fields(void **state) {
        (void)state;
        assert_all(fields, sizeof(fields) / sizeof(fields[0]));
}

static void broken_rules(void **state) {
        (void)state;
        assert_all(rules, sizeof(rules) / sizeof(rules[0]));
}

static void broken_tables(void **state) {
        (void)state;
        assert_all(tables, sizeof(tables) / sizeof(tables[0]));
}

static void broken_domains(void **state) {
        (void)state;
        assert_all(domains, sizeof(domains) / sizeof(domains[0]));
}

static void all_faults_of_all_files_at_once(void **state) {
        (void)state;
        Buffer said = BUFFER_NULL;
        Catalogue *catalogue = catalogue_of(DOMAIN "limits = { depth = 1; };\nredact = ( { } );\n",
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
                DOMAIN DOMAIN_REFERENCES "takes_back = { table = \"s.back\"; columns = { k = \"@corrects_key\"; }; };",
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
                cmocka_unit_test(broken_heads),
                cmocka_unit_test(broken_fields),
                cmocka_unit_test(broken_rules),
                cmocka_unit_test(broken_tables),
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
