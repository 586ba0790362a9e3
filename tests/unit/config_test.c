// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "app/config.h"

#define KAFKA    "kafka: { brokers = \"127.0.0.1:9092\"; topics = [ \"t\" ]; };\n"
#define POSTGRES "postgres: { conninfo = \"dbname=x\"; };\n"

// What goes to standard error meanwhile ends up in `said`.
typedef struct Listening {
        int saved;
        FILE *file;
} Listening;

static Listening listen_begin(void) {
        Listening listening = {.file = tmpfile()};
        assert_non_null(listening.file);
        fflush(stderr);
        listening.saved = dup(STDERR_FILENO);
        assert_true(dup2(fileno(listening.file), STDERR_FILENO) >= 0);
        return listening;
}

static void listen_end(Listening *listening, Buffer *said) {
        fflush(stderr);
        assert_true(dup2(listening->saved, STDERR_FILENO) >= 0);
        close(listening->saved);
        rewind(listening->file);
        char *room = buffer_reserve(said, 65536);
        said->len = fread(room, 1, 65535, listening->file);
        fclose(listening->file);
        buffer_text(said);
}

static Config *config_of(const char *text, Buffer *said) {
        Folder folder = folder_new();
        cleanup(freep) char *path = folder_file(&folder, "kepud.conf");
        folder_write(&folder, "kepud.conf", text);
        Listening listening = listen_begin();
        Config *config = config_load(path);
        listen_end(&listening, said);
        folder_remove(&folder);
        return config;
}

static Config *good_config(const char *text) {
        Buffer said = BUFFER_NULL;
        Config *config = config_of(text, &said);
        if (!config)
                fail_msg("%s", said.ptr);
        buffer_deinit(&said);
        return config;
}

static void defaults(void **state) {
        (void)state;
        Config *config = good_config(KAFKA POSTGRES);
        assert_string_equal(config->brokers, "127.0.0.1:9092");
        assert_int_equal(config->topics.count, 1);
        assert_string_equal(config->topics.items[0], "t");
        assert_null(config->topics.items[1]);
        assert_string_equal(config->group, "kepud");
        assert_string_equal(config->start, "earliest");
        assert_string_equal(config->instance, "");
        assert_int_equal(config->properties.count, 0);
        assert_int_equal(config->connections, 2);
        assert_string_equal(config->log_level, "notice");
        assert_false(config->allow_plaintext);
        assert_contains(config->catalogue, "/catalogue");
        assert_int_equal(config->dedup_window_days, 0);
        assert_int_equal(config->maintenance_interval_s, 30);
        assert_int_equal(config->retention.count, 0);
        config_free(config);
        assert_null(config_free(NULL));
}

static void values_of_the_file(void **state) {
        (void)state;
        Config *config =
                good_config("kafka: { brokers = \"b\"; topics = [ \"t\", \"u\" ]; group = \"g\"; start = \"fail\";\n"
                            "instance = \"i\"; properties = ( \"a=b\" ); };\n"
                            "postgres: { conninfo = \"host=h\"; connections = 16; };\n"
                            "batch: { events = 1; bytes = 65536; age_ms = 60000; };\n"
                            "catalogue = \"c\"; migrations = \"m\"; log_level = \"debug\";\n"
                            "allow_plaintext = true; dedup: { window = 400; }; maintenance: { interval = 0; };\n"
                            "retention = ( { table = \"a.b\"; months = 60; }, { months = 1; table = \"a.c\"; } );\n");
        assert_int_equal(config->topics.count, 2);
        assert_string_equal(config->topics.items[1], "u");
        assert_string_equal(config->start, "fail");
        assert_string_equal(config->properties.items[0], "a=b");
        assert_int_equal(config->connections, 16);
        assert_int_equal(config->batch_events, 1);
        assert_int_equal(config->batch_bytes, 65536);
        assert_int_equal(config->batch_age_ms, 60000);
        assert_string_equal(config->catalogue, "c");
        assert_true(config->allow_plaintext);
        assert_int_equal(config->dedup_window_days, 400);
        assert_int_equal(config->maintenance_interval_s, 0);
        assert_int_equal(config->retention.count, 2);
        assert_string_equal(config->retention.items[1].table, "a.c");
        assert_int_equal(config->retention.items[1].months, 1);
        config_free(config);
}

static const struct {
        const char *text;
        const char *said;
} wrongs[] = {
        {POSTGRES, "kepud.conf: 'kafka.brokers' is missing: host:port, several by comma"},
        {POSTGRES, "kepud.conf: 'kafka.topics' is missing"},
        {KAFKA, "kepud.conf: 'postgres.conninfo' is missing"},
        {"kafka: { brokers = \"b\"; };\n" POSTGRES, "kepud.conf:1: 'kafka.topics' is missing"},
        {"kafak: { };\n" KAFKA POSTGRES, "kepud.conf:1: unknown key 'kafak'; did you mean 'kafka'?"},
        {KAFKA "postgres: { conninfo = \"dbname=x\"; conections = 2; };",
         "unknown key 'conections'; did you mean 'connections'?"},
        {KAFKA POSTGRES "brokers = \"x\";", "kepud.conf:3: unknown key 'brokers'"},
        {KAFKA POSTGRES "batch = 5;", "kepud.conf:3: 'batch' has to be a group: { … }"},
        {KAFKA "postgres: { conninfo = \"dbname=x\"; connections = 0; };",
         "'connections' has to lie between 1 and 16"},
        {KAFKA "postgres: { conninfo = \"dbname=x\"; connections = 17; };",
         "'connections' has to lie between 1 and 16"},
        {KAFKA "postgres: { conninfo = \"dbname=x\"; connections = \"two\"; };",
         "'connections' has to be an integer"},
        {KAFKA "postgres: { conninfo = \"dbnam=x\"; };", "kepud.conf:2: invalid connection option \"dbnam\""},
        {KAFKA "postgres: { conninfo = 5; };", "'conninfo' has to be a string"},
        {KAFKA POSTGRES "log_level = \"loud\";", "'log_level' has to be one of error|warning|notice|info|debug"},
        {KAFKA POSTGRES "log_level = \"err\";", "'log_level' has to be one of"},
        {KAFKA POSTGRES "log_level = \"\";", "'log_level' has to be one of"},
        {KAFKA POSTGRES "dedup: { window = -1; };", "'window' has to lie between 0 and 36500"},
        {KAFKA POSTGRES "dedup: { window = \"400 days\"; };", "'window' has to be an integer"},
        {KAFKA POSTGRES "maintenance: { interval = 86401; };", "'interval' has to lie between 0 and 86400"},
        {KAFKA POSTGRES "retention = { };", "kepud.conf:3: 'retention' has to be a list of at most 64: ( {"},
        {KAFKA POSTGRES "retention = ( 1 );", "kepud.conf:3: an entry is a group: { table"},
        {KAFKA POSTGRES "retention = ( { table = \"a.b\"; } );", "kepud.conf:3: 'months' is missing"},
        {KAFKA POSTGRES "retention = ( { months = 2; } );", "kepud.conf:3: 'table' is missing"},
        {KAFKA POSTGRES "retention = ( { table = \"a.b\"; months = 0; } );",
         "'months' has to lie between 1 and 1200"},
        {KAFKA POSTGRES "retention = ( { table = \"a.b\"; months = 1; keep = 1; } );", "unknown key 'keep'"},
        {KAFKA POSTGRES "retention = ( { table = \"a.b\"; months = 1; }, { table = \"a.b\"; months = 2; } );",
         "the table 'a.b' stands twice"},
        {KAFKA POSTGRES "allow_plaintext = 1;", "'allow_plaintext' has to be true or false"},
        {"kafka: { brokers = \"b\"; topics = \"t\"; };\n" POSTGRES,
         "kepud.conf:1: 'topics' has to be a list of strings: [ \"…\" ]"},
        {"kafka: { brokers = \"b\"; topics = [ 1 ]; };\n" POSTGRES,
         "kepud.conf:1: 'topics' has to be a list of at most 64 strings that are not empty"},
        {"kafka: { brokers = \"b\"; topics = [ \"\" ]; };\n" POSTGRES,
         "kepud.conf:1: 'topics' has to be a list of at most 64 strings that are not empty"},
        {"kafka: { brokers = \"b\"; topics = [ ]; };\n" POSTGRES, "kepud.conf:1: 'topics' is empty"},
        {"kafka: { brokers = \"b\"; topics = [ \"^.*\" ]; };\n" POSTGRES, "kepud.conf:1: '^.*' is no topic name"},
        {"kafka: { brokers = \"b\"; topics = [ \"a\", \"a\" ]; };\n" POSTGRES, "the topic 'a' stands twice"},
        {"kafka: {\n", "kepud.conf:2: syntax error"},
        {KAFKA POSTGRES "batch: { bytes = 10000000000; };",
         "the number 10000000000 has more than 9 digits; write it as a string"},
};

static void wrong_files(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
                Buffer said = BUFFER_NULL;
                Config *config = config_of(wrongs[i].text, &said);
                if (config)
                        fail_msg("loads: %s", wrongs[i].text);
                assert_contains(said.ptr, wrongs[i].said);
                buffer_deinit(&said);
        }
}

static void all_faults_at_once(void **state) {
        (void)state;
        Buffer said = BUFFER_NULL;
        assert_null(config_of("x = 1;\nkafka: { start = \"now\"; };\npostgres: { connections = 99; };\n", &said));
        size_t lines = 0;
        for (const char *p = said.ptr; (p = strchr(p, '\n')) != NULL; p++)
                lines++;
        assert_int_equal(lines, 6); // x, start, connections; brokers, topics and conninfo are missing
        buffer_deinit(&said);
}

static void more_topics_than_there_is_room(void **state) {
        (void)state;
        Buffer text = BUFFER_NULL, said = BUFFER_NULL;
        buffer_put_string(&text, POSTGRES "kafka: { brokers = \"b\"; topics = [ ");
        for (int i = 0; i <= CONFIG_LIST_MAX; i++)
                buffer_printf(&text, "%s\"t%d\"", i ? ", " : "", i);
        buffer_put_string(&text, " ]; };");
        assert_null(config_of(buffer_text(&text), &said));
        assert_contains(said.ptr, "at most 64 strings");
        buffer_deinit(&text);
        buffer_deinit(&said);
}

static void a_file_that_is_not_there(void **state) {
        (void)state;
        Buffer said = BUFFER_NULL;
        Listening listening = listen_begin();
        Config *config = config_load("/nonexistent/kepud.conf");
        listen_end(&listening, &said);
        assert_null(config);
        assert_contains(said.ptr, "kepud.conf: could not read: No such file or directory");
        buffer_deinit(&said);
}

// ---- what leaves this machine is encrypted ----

static const struct {
        const char *brokers;
        const char *properties;
        const char *conninfo;
        bool safe;
} places[] = {
        {"127.0.0.1:9092", "", "dbname=x", true},
        {"localhost:9092,127.8.9.1:1", "", "host=/run/postgresql", true},
        {"[::1]:9092, LOCALHOST", "", "host=::1", true},
        {"127.0.0.1", "", "host=localhost,127.0.0.1", true},
        {"kafka.example:9092", "", "dbname=x", false},
        {"127.0.0.1:9092,kafka.example:9092", "", "dbname=x", false},
        {"127.0.0.1.example:9092", "", "dbname=x", false},
        {"localhost.example:9092", "", "dbname=x", false},
        {"10.0.0.1:9092", "security.protocol=ssl", "dbname=x", true},
        {"10.0.0.1:9092", "security.protocol=SASL_SSL", "dbname=x", true},
        {"10.0.0.1:9092", "security.protocol=sasl_plaintext", "dbname=x", false},
        {"127.0.0.1", "", "host=db.example", false},
        {"127.0.0.1", "", "host=db.example sslmode=require", false}, // encrypted, but with whom
        {"127.0.0.1", "", "host=db.example sslmode=verify-full", true},
        {"127.0.0.1", "", "host=localhost hostaddr=10.0.0.1", false},
        {"127.0.0.1", "", "host=localhost,db.example", false},
        {"127.0.0.1", "", "postgresql://db.example/x", false},
        {"127.0.0.1", "", "postgresql:///x", true},
        {"127.0.0.1", "", "service=elsewhere", false},
};

static void places_and_encryption(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                for (int allowed = 0; allowed < 2; allowed++) {
                        cleanup(freep) char *text = xasprintf(
                                "kafka: { brokers = \"%s\"; topics = [ \"t\" ]; properties = [ \"x=y\"%s%s%s ]; };\n"
                                "postgres: { conninfo = \"%s\"; };\nallow_plaintext = %s;\n",
                                places[i].brokers, places[i].properties[0] ? ", \"" : "", places[i].properties,
                                places[i].properties[0] ? "\"" : "", places[i].conninfo, allowed ? "true" : "false");
                        Config *config = good_config(text);
                        Buffer said = BUFFER_NULL;
                        Listening listening = listen_begin();
                        bool safe = config_is_safe(config);
                        listen_end(&listening, &said);
                        if (safe != (allowed || places[i].safe))
                                fail_msg("%s", text);
                        assert_int_equal(safe, said.len == 0);
                        buffer_deinit(&said);
                        config_free(config);
                }
        }
}

static void local_is_both(void **state) {
        (void)state;
        Config *config = good_config(KAFKA POSTGRES);
        assert_true(config_is_local(config));
        config_free(config);
        config = good_config("kafka: { brokers = \"b:1\"; topics = [ \"t\" ]; };\n" POSTGRES);
        assert_false(config_is_local(config));
        config_free(config);
        config = good_config(KAFKA "postgres: { conninfo = \"host=db sslmode=verify-full\"; };");
        assert_false(config_is_local(config));
        config_free(config);
}

int main(void) {
        // libpq would take a host from here
        unsetenv("PGHOST");
        unsetenv("PGHOSTADDR");
        unsetenv("PGSERVICE");
        unsetenv("PGSSLMODE");
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(defaults),
                cmocka_unit_test(values_of_the_file),
                cmocka_unit_test(wrong_files),
                cmocka_unit_test(all_faults_at_once),
                cmocka_unit_test(more_topics_than_there_is_room),
                cmocka_unit_test(a_file_that_is_not_there),
                cmocka_unit_test(places_and_encryption),
                cmocka_unit_test(local_is_both),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
