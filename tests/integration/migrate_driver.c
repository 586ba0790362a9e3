// SPDX-License-Identifier: Apache-2.0
// `kepud migrate`'s engine against a real PostgreSQL. KEPUD_TEST_CONNINFO names a server ("host=… user=…", keyword
// form) where the role may make the database kepud_migrate_test.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "postgres/migrate.h"
#include "shop.h"

static char *conninfo;
static char folder[] = "/tmp/kepud-migrate-XXXXXX";
static char lines[4000];
static Error error;

static void say(void *userdata, const char *line) {
        (void)userdata;
        snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%s\n", line);
}

static int migrate(bool status, int to) {
        MigrateOptions options = {.status = status, .to = to};
        lines[0] = '\0';
        error = ERROR_NULL;
        return migrate_run(conninfo, folder, &options, say, NULL, &error);
}

static void put(const char *name, const char *text) {
        cleanup(freep) char *path = xasprintf("%s/%s", folder, name);
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
}

static void drop(const char *name) {
        cleanup(freep) char *path = xasprintf("%s/%s", folder, name);
        unlink(path);
}

static const char *ask(const char *query) {
        PGconn *pg = PQconnectdb(conninfo);
        const char *answer = sql(pg, "%s", query);
        PQfinish(pg);
        return answer;
}

static int set_up(void **state) {
        (void)state;
        drop("0001_one.sql");
        drop("0002_two.sql");
        drop("0003_three.sql");
        drop("0002_again.sql");
        drop("notes.sql");
        ask("DROP SCHEMA IF EXISTS ingest CASCADE");
        ask("DROP TABLE IF EXISTS one, two, three, four");
        put("0001_one.sql", "CREATE TABLE one (a int);\nINSERT INTO one VALUES (1);\n");
        put("0002_two.sql", "SET LOCAL search_path = public;\nCREATE TABLE two (a int);\n");
        return 0;
}

static void each_file_once_in_order(void **state) {
        (void)state;
        assert_int_equal(migrate(true, 0), 1);
        assert_string_equal(lines, "0001_one.sql pending\n0002_two.sql pending\n");
        assert_string_equal(ask("SELECT to_regnamespace('ingest')"), "");
        assert_int_equal(migrate(false, 1), 0);
        assert_string_equal(lines, "0001_one.sql applied\n");
        assert_int_equal(migrate(false, 0), 0);
        assert_string_equal(lines, "0002_two.sql applied\n");
        assert_int_equal(migrate(false, 0), 0);
        assert_string_equal(lines, "nothing to do\n");
        assert_int_equal(migrate(true, 0), 0);
        assert_string_equal(ask("SELECT string_agg(number || name, ' ' ORDER BY number) FROM ingest.migration"),
                            "10001_one.sql 20002_two.sql");
        assert_string_equal(ask("SELECT sha256 FROM ingest.migration WHERE number = 1"),
                            "07ad58063ff3da1401e9310973fcd5a4e5b8d2d807baf3d3c6f54708a65c0788");
}

static void an_error_names_file_line_and_code_and_leaves_nothing(void **state) {
        (void)state;
        put("0002_two.sql", "CREATE TABLE two (a int);\n-- 科普\nSELECT nothing\nFROM two;\n");
        assert_int_equal(migrate(false, 0), -1);
        cleanup(freep) char *expected =
                xasprintf("%s/0002_two.sql:3: SQLSTATE 42703: column \"nothing\" does not exist", folder);
        assert_string_equal(error.text, expected);
        assert_string_equal(ask("SELECT (to_regclass('two') IS NULL) || ' ' || count(*) FROM ingest.migration"),
                            "true 1");
        put("0002_two.sql", "COPY one FROM STDIN;\n");
        assert_int_equal(migrate(false, 0), -1);
        assert_non_null(strstr(error.text, "COPY"));
        put("0002_two.sql", "CREATE TABLE two (a int); COMMIT;");
        assert_int_equal(migrate(false, 0), -1);
        assert_string_equal(error.text, "0002_two.sql ends its own transaction");
}

static void what_was_applied_must_stay(void **state) {
        (void)state;
        assert_int_equal(migrate(false, 0), 0);
        put("0001_one.sql", "CREATE TABLE one (a bigint);\n");
        assert_int_equal(migrate(false, 0), -1);
        assert_non_null(strstr(error.text, "0001_one.sql was changed after it had been applied on 20"));
        assert_int_equal(migrate(true, 0), -1);
        drop("0001_one.sql");
        assert_int_equal(migrate(false, 0), -1);
        assert_non_null(strstr(error.text, "0001_one.sql was applied, but is missing"));
}

static void numbers_are_unique_and_only_grow(void **state) {
        (void)state;
        put("0002_again.sql", "SELECT 1");
        assert_int_equal(migrate(false, 0), -1);
        assert_string_equal(error.text, "0002_again.sql and 0002_two.sql have the same number");
        drop("0002_again.sql");
        put("notes.sql", "SELECT 1");
        assert_int_equal(migrate(false, 0), -1);
        assert_non_null(strstr(error.text, "notes.sql is not named NNNN_name.sql"));
        drop("notes.sql");
        drop("0002_two.sql");
        put("0003_three.sql", "SELECT 1");
        assert_int_equal(migrate(false, 0), 0);
        put("0002_two.sql", "SELECT 1");
        assert_int_equal(migrate(false, 0), -1);
        assert_string_equal(error.text, "0002_two.sql is new, but 0003 is applied already");
        assert_int_equal(migrate(false, 9), -1);
}

static void two_at_the_same_time_apply_once(void **state) {
        enum { PROCESSES = 4 };
        pid_t children[PROCESSES];
        (void)state;
        put("0002_two.sql", "SELECT pg_sleep(0.2); CREATE TABLE two (a int);");
        for (int i = 0; i < PROCESSES; i++) {
                children[i] = fork();
                if (children[i] == 0)
                        _exit(migrate(false, 0) == 0 ? 0 : 1);
        }
        for (int i = 0; i < PROCESSES; i++) {
                int status = 0;
                waitpid(children[i], &status, 0);
                assert_int_equal(status, 0);
        }
        assert_string_equal(ask("SELECT count(*) FROM one"), "1");
        assert_string_equal(ask("SELECT count(*) FROM ingest.migration"), "2");
}

static void no_server_no_folder(void **state) {
        MigrateOptions options = {0};
        (void)state;
        error = ERROR_NULL;
        assert_int_equal(migrate_run("host=127.0.0.1 port=1 password=geheim", folder, &options, say, NULL, &error),
                         -1);
        assert_non_null(strstr(error.text, "could not connect to PostgreSQL"));
        assert_null(strstr(error.text, "geheim"));
        assert_int_equal(migrate_run("geheim", folder, &options, say, NULL, &error), -1);
        assert_string_equal(error.text, "conninfo: not a valid connection string");
        assert_int_equal(migrate_run(conninfo, "/no/such/folder", &options, say, NULL, &error), -1);
        assert_non_null(strstr(error.text, "/no/such/folder"));
}

int main(void) {
        const char *server = getenv("KEPUD_TEST_CONNINFO");
        if (!server) {
                fputs("migrate_driver: KEPUD_TEST_CONNINFO names no server\n", stderr);
                return 2;
        }
        PGconn *pg = PQconnectdb(server);
        PQclear(PQexec(pg, "SET client_min_messages = warning"));
        sql(pg, "DROP DATABASE IF EXISTS kepud_migrate_test WITH (FORCE)");
        sql(pg, "CREATE DATABASE kepud_migrate_test TEMPLATE template0 ENCODING 'UTF8'");
        PQfinish(pg);
        conninfo = xasprintf("%s dbname=kepud_migrate_test options='-c client_min_messages=warning'", server);
        if (!mkdtemp(folder))
                return 2;
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(each_file_once_in_order, set_up),
                cmocka_unit_test_setup(an_error_names_file_line_and_code_and_leaves_nothing, set_up),
                cmocka_unit_test_setup(what_was_applied_must_stay, set_up),
                cmocka_unit_test_setup(numbers_are_unique_and_only_grow, set_up),
                cmocka_unit_test_setup(two_at_the_same_time_apply_once, set_up),
                cmocka_unit_test_setup(no_server_no_folder, set_up),
        };
        int failed = cmocka_run_group_tests(tests, NULL, NULL);
        set_up(NULL);
        drop("0001_one.sql");
        drop("0002_two.sql");
        rmdir(folder);
        free(conninfo);
        return failed;
}
