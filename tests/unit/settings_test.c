// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "base/settings.h"

typedef struct Reading {
        Folder folder;
        Settings settings;
        config_t config;
        Buffer said;
        bool good;
} Reading;

static void reading_open(Reading *reading, const char *text) {
        *reading = (Reading){.folder = folder_new()};
        reading->settings = (Settings){.report = fixture_collect, .userdata = &reading->said};
        folder_write(&reading->folder, "x.cfg", text);
        char *file = folder_file(&reading->folder, "x.cfg");
        config_init(&reading->config);
        reading->good = settings_read(&reading->settings, &reading->config, file);
        reading->settings.file = "x.cfg";
        free(file);
}

static void reading_close(Reading *reading) {
        config_destroy(&reading->config);
        buffer_deinit(&reading->said);
        folder_remove(&reading->folder);
}

// What settings_read() says of a text; "" when all is well.
static void assert_said(const char *text, const char *said) {
        Reading reading;
        reading_open(&reading, text);
        assert_string_equal(buffer_text(&reading.said), said);
        assert_int_equal(reading.good, said[0] == '\0');
        reading_close(&reading);
}

static void syntax_errors_have_their_line(void **state) {
        (void)state;
        assert_said("a = 1;\nb = 2;\n", "");
        assert_said("", "");
        assert_said("a = 1;\nb = ;\n", "x.cfg:2: syntax error\n");
        assert_said("a = 1;\na = 2;\n", "x.cfg:2: duplicate setting name\n");
}

static void long_integers_are_refused_before_libconfig_wraps_them(void **state) {
        (void)state;
        const char *ten =
                "x.cfg:1: the number 1234567890 has more than 9 digits; write it as a string: \"1234567890\"\n";
        assert_said("a = 123456789;", "");
        assert_said("a = 1234567890;", ten);
        assert_said("a = -1234567890;", ten);
        assert_said("a = [ 1, 1234567890 ];", ten);
        assert_said("a = 1234567890L;",
                    "x.cfg:1: the number 1234567890L has more than 9 digits; write it as a string: "
                    "\"1234567890L\"\n");
        assert_said("a = 0x1FFFFFFFF;",
                    "x.cfg:1: the number 0x1FFFFFFFF has more than 9 digits; write it as a string: "
                    "\"0x1FFFFFFFF\"\n");
        assert_said("a = \"1234567890\";", "");
        assert_said("a = \"\\\"1234567890\";", "");
        assert_said("// 1234567890\n# 1234567890\n/* 1234567890\n */ a = 1;", "");
        assert_said("a1234567890 = 1;", "");
        assert_said("/*\n\n*/ a = \"\n\";\nb = 1234567890;",
                    "x.cfg:5: the number 1234567890 has more than 9 digits; write it as a string: \"1234567890\"\n");
        // all of them at once
        Reading reading;
        reading_open(&reading, "a = 1234567890;\nb = 12345678901;\n");
        assert_int_equal(reading.settings.faults, 2);
        reading_close(&reading);
}

static void a_file_that_is_not_there(void **state) {
        (void)state;
        Buffer said = BUFFER_NULL;
        Settings settings = {.report = fixture_collect, .userdata = &said};
        config_t config;
        config_init(&config);
        assert_false(settings_read(&settings, &config, "/nonexistent/x.cfg"));
        assert_contains(buffer_text(&said), "x.cfg: could not read: No such file or directory");
        config_destroy(&config);
        buffer_deinit(&said);
}

static void unknown_keys_have_a_neighbour(void **state) {
        (void)state;
        static const char *const known[] = {"member", "required", "zh", NULL};
        Reading reading;
        reading_open(&reading, "member = 1;\nmembr = 2;\nrequierd = 3;\nsomething = 4;\nxx = 5;\n");
        settings_only(&reading.settings, config_root_setting(&reading.config), known);
        assert_string_equal(buffer_text(&reading.said), "x.cfg:2: unknown key 'membr'; did you mean 'member'?\n"
                                                        "x.cfg:3: unknown key 'requierd'; did you mean 'required'?\n"
                                                        "x.cfg:4: unknown key 'something'\n"
                                                        "x.cfg:5: unknown key 'xx'; did you mean 'zh'?\n");
        reading_close(&reading);
}

static void very_long_names_are_compared_too(void **state) {
        (void)state;
        Reading reading;
        char text[700];
        char name[301];
        memset(name, 'n', 300);
        name[300] = '\0';
        const char *const known[] = {name, "n", NULL};
        snprintf(text, sizeof(text), "%s = 1;\n%sx = 2;\n", name, name);
        reading_open(&reading, text);
        settings_only(&reading.settings, config_root_setting(&reading.config), known);
        assert_int_equal(reading.settings.faults, 1);
        reading_close(&reading);
}

static void strings_and_booleans(void **state) {
        (void)state;
        Reading reading;
        reading_open(&reading, "s = \"x\";\nb = true;\ni = 1;\n");
        const config_setting_t *root = config_root_setting(&reading.config);
        Settings *settings = &reading.settings;
        assert_string_equal(settings_string(settings, root, "s", true), "x");
        assert_null(settings_string(settings, root, "none", false));
        assert_true(settings_bool(settings, root, "b", false));
        assert_true(settings_bool(settings, root, "none", true));
        assert_null(settings_member(settings, root, "none", false));
        assert_int_equal(settings->faults, 0);
        assert_null(settings_string(settings, root, "i", false));
        assert_true(settings_bool(settings, root, "i", true));
        assert_null(settings_string(settings, root, "none", true));
        assert_null(settings_member(settings, root, "none", true));
        assert_string_equal(buffer_text(&reading.said), "x.cfg:3: 'i' has to be a string\n"
                                                        "x.cfg:3: 'i' has to be true or false\n"
                                                        "x.cfg: 'none' is missing\n"
                                                        "x.cfg: 'none' is missing\n");
        reading_close(&reading);
}

static void integers(void **state) {
        (void)state;
        Reading reading;
        int64_t value = 42;
        reading_open(&reading, "a = 10;\nb = \"9007199254740991\";\nc = 11;\nd = 0;\ne = \"12x\";\nf = \"\";\n"
                               "g = 1.5;\nh = \"99999999999999999999\";\n");
        const config_setting_t *root = config_root_setting(&reading.config);
        Settings *settings = &reading.settings;
        assert_true(settings_integer(settings, root, "a", 1, 10, &value) && value == 10);
        assert_true(settings_integer(settings, root, "b", 1, INT64_MAX, &value) && value == 9007199254740991);
        assert_false(settings_integer(settings, root, "none", 1, 10, &value));
        assert_int_equal(settings->faults, 0);
        assert_false(settings_integer(settings, root, "c", 1, 10, &value));
        assert_false(settings_integer(settings, root, "d", 1, 10, &value));
        assert_false(settings_integer(settings, root, "e", 1, 10, &value));
        assert_false(settings_integer(settings, root, "f", 0, 10, &value));
        assert_false(settings_integer(settings, root, "g", 0, 10, &value));
        assert_false(settings_integer(settings, root, "h", 0, INT64_MAX, &value));
        assert_true(value == 9007199254740991);
        assert_string_equal(buffer_text(&reading.said), "x.cfg:3: 'c' has to lie between 1 and 10\n"
                                                        "x.cfg:4: 'd' has to lie between 1 and 10\n"
                                                        "x.cfg:5: 'e' has to be an integer\n"
                                                        "x.cfg:6: 'f' has to be an integer\n"
                                                        "x.cfg:7: 'g' has to be an integer\n"
                                                        "x.cfg:8: 'h' has to be an integer\n");
        reading_close(&reading);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(syntax_errors_have_their_line),
                cmocka_unit_test(long_integers_are_refused_before_libconfig_wraps_them),
                cmocka_unit_test(a_file_that_is_not_there),
                cmocka_unit_test(unknown_keys_have_a_neighbour),
                cmocka_unit_test(very_long_names_are_compared_too),
                cmocka_unit_test(strings_and_booleans),
                cmocka_unit_test(integers),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
