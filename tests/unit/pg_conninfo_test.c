// SPDX-License-Identifier: Apache-2.0
// What a connection is made with.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "postgres/conninfo.h"

static const char *value_of(const ConnInfo *info, const char *keyword) {
        const char *found = NULL;
        for (size_t i = 0; i < info->count; i++) {
                if (strcmp(info->keywords[i], keyword) != 0)
                        continue;
                assert_null(found); // libpq takes the last one of two
                found = info->values[i];
        }
        assert_null(info->keywords[info->count]);
        return found;
}

static ConnInfo parse(const char *conninfo, unsigned turn) {
        char wrong[200] = "";
        ConnInfo info = conninfo_new(conninfo, "kepud/1", turn, wrong, sizeof(wrong));
        assert_string_equal(wrong, "");
        assert_non_null(info.keywords);
        return info;
}

static void defaults_are_added(void **state) {
        (void)state;
        ConnInfo info = parse("postgresql://u@h/d", 0);
        assert_string_equal(value_of(&info, "host"), "h");
        assert_string_equal(value_of(&info, "dbname"), "d");
        assert_string_equal(value_of(&info, "keepalives_idle"), "15");
        assert_string_equal(value_of(&info, "tcp_user_timeout"), "20000");
        assert_string_equal(value_of(&info, "application_name"), "kepud/1");
        conninfo_deinit(&info);
}

static void the_user_may_say_otherwise_but_not_about_the_encoding(void **state) {
        (void)state;
        ConnInfo info = parse("host=h tcp_user_timeout=7 application_name=x client_encoding=LATIN1", 0);
        assert_string_equal(value_of(&info, "tcp_user_timeout"), "7");
        assert_string_equal(value_of(&info, "application_name"), "x");
        assert_string_equal(value_of(&info, "client_encoding"), "UTF8");
        conninfo_deinit(&info);
}

static void the_next_attempt_begins_with_the_next_host(void **state) {
        (void)state;
        ConnInfo info = parse("host=a,b,c port=1,2,3", 4);
        assert_string_equal(value_of(&info, "host"), "b,c,a");
        assert_string_equal(value_of(&info, "port"), "2,3,1");
        conninfo_deinit(&info);
        info = parse("host=a,b port=5432", 1);
        assert_string_equal(value_of(&info, "host"), "b,a");
        assert_string_equal(value_of(&info, "port"), "5432");
        conninfo_deinit(&info);
}

static void what_is_wrong_is_said_without_secrets(void **state) {
        char wrong[200] = "";
        (void)state;
        assert_null(conninfo_new("password=my secret", "x", 0, wrong, sizeof(wrong)).keywords);
        assert_string_equal(wrong, "not a valid connection string");
        assert_null(conninfo_new("hots=x", "x", 0, wrong, sizeof(wrong)).keywords);
        assert_non_null(strstr(wrong, "hots"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(defaults_are_added),
                cmocka_unit_test(the_user_may_say_otherwise_but_not_about_the_encoding),
                cmocka_unit_test(the_next_attempt_begins_with_the_next_host),
                cmocka_unit_test(what_is_wrong_is_said_without_secrets),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
