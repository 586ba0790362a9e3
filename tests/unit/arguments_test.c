// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "app/arguments.h"
#include "app/command.h"

typedef struct Parsed {
        const char *now;
        const char *loud; // a switch
        const char *topics[4];
        Arguments arguments;
        int exit_code;
        bool good;
} Parsed;

static Parsed parse(int argc, const char *const *argv) {
        Parsed parsed = {.exit_code = -1};
        char *copies[16];
        const Option options[] = {{"now", "TIME", "the time", &parsed.now, NULL, 0},
                                  {"loud", NULL, "a switch", &parsed.loud, NULL, 0},
                                  {"topic", "NAME", "many", NULL, parsed.topics, 4}};
        for (int i = 0; i < argc; i++)
                copies[i] = (char *)(uintptr_t)argv[i];
        copies[argc] = NULL;
        parsed.good = arguments_parse(argc, copies, options, 3, &parsed.arguments, &parsed.exit_code);
        if (parsed.good && parsed.arguments.operand_count > 0)
                assert_string_equal(parsed.arguments.operands[parsed.arguments.operand_count - 1], argv[argc - 1]);
        parsed.arguments.operands = NULL; // they lived here
        return parsed;
}
#define PARSE(...) parse((int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)), (const char *[]){__VA_ARGS__})

static void nothing_at_all(void **state) {
        (void)state;
        Parsed parsed = PARSE("validate");
        assert_true(parsed.good);
        assert_string_equal(parsed.arguments.config, "/etc/kepud/kepud.conf");
        assert_int_equal(parsed.arguments.operand_count, 0);
        assert_null(parsed.now);
        assert_null(parsed.loud);
        assert_null(parsed.topics[0]);
}

static void options_and_operands(void **state) {
        (void)state;
        Parsed parsed = PARSE("validate", "-c", "a.conf", "--now=x", "--loud", "one", "two");
        assert_true(parsed.good);
        assert_string_equal(parsed.arguments.config, "a.conf");
        assert_string_equal(parsed.now, "x");
        assert_string_equal(parsed.loud, "");
        assert_int_equal(parsed.arguments.operand_count, 2);
        assert_string_equal(PARSE("validate", "--config", "b.conf").arguments.config, "b.conf");
        assert_string_equal(PARSE("validate", "--now", "1", "--now", "2").now, "2");
        // what follows "--" is no option
        parsed = PARSE("validate", "--", "--now");
        assert_true(parsed.good);
        assert_int_equal(parsed.arguments.operand_count, 1);
        // a second call begins at the beginning
        assert_int_equal(PARSE("validate", "a", "b", "c").arguments.operand_count, 3);
}

static void many_of_a_kind(void **state) {
        (void)state;
        Parsed parsed = PARSE("broker", "--topic", "a", "--topic", "b");
        assert_true(parsed.good);
        assert_string_equal(parsed.topics[0], "a");
        assert_string_equal(parsed.topics[1], "b");
        assert_null(parsed.topics[2]);
        // no more than there is room for
        parsed = PARSE("broker", "--topic", "a", "--topic", "b", "--topic", "c", "--topic", "d", "--topic", "e");
        assert_null(parsed.topics[3]);
}

static void what_ends_the_program(void **state) {
        (void)state;
        Parsed parsed = PARSE("validate", "--help");
        assert_false(parsed.good);
        assert_int_equal(parsed.exit_code, EXIT_OK);
        parsed = PARSE("validate", "--nowhere");
        assert_false(parsed.good);
        assert_int_equal(parsed.exit_code, EXIT_USAGE);
        assert_int_equal(PARSE("validate", "-x").exit_code, EXIT_USAGE);
        assert_int_equal(PARSE("validate", "--now").exit_code, EXIT_USAGE);
        assert_int_equal(PARSE("validate", "--loud=yes").exit_code, EXIT_USAGE);
        assert_int_equal(PARSE("validate", "-c").exit_code, EXIT_USAGE);
}

static void times(void **state) {
        (void)state;
        int64_t us = 7;
        assert_true(arguments_time("1970-01-01T08:00:01+08:00", &us));
        assert_int_equal(us, 1000000);
        us = 7;
        assert_false(arguments_time("1970-01-01T08:00:01", &us));
        assert_false(arguments_time("", &us));
        assert_int_equal(us, 7);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_at_all), cmocka_unit_test(options_and_operands),
                cmocka_unit_test(many_of_a_kind), cmocka_unit_test(what_ends_the_program),
                cmocka_unit_test(times),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
