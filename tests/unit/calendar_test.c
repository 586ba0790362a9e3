// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <time.h>

static const char *const dates[] = {"1970-01-01", "2000-02-29", "1600-02-29", "2024-02-29", "0001-01-01",
                                    "9999-12-31", "1900-02-28", "2021-12-31", "1969-12-31", "0004-02-29"};
static const char *const no_dates[] = {
        "1900-02-29",  "2023-02-29",  "2022-02-30", "2022-04-31", "0000-01-01",  "2022-00-10",  "2022-13-01",
        "2022-01-00",  "2022-01-32",  "2022-1-01",  "2022-01-1",  "22-01-01",    "2022/01/01",  "2022-01-01 ",
        " 2022-01-01", "20220101",    "",           "2022-01",    "+2022-01-01", "10000-01-01", "2022-01-0a",
        "2022-01-01T", "２０22-01-01"};

static void dates_that_exist(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
                int32_t days;
                char text[16];
                assert_true(calendar_parse_date(span_of(dates[i]), &days));
                calendar_format_date(days, text);
                assert_string_equal(text, dates[i]);
        }
        int32_t days = 7;
        for (size_t i = 0; i < sizeof(no_dates) / sizeof(no_dates[0]); i++) {
                if (calendar_parse_date(span_of(no_dates[i]), &days))
                        fail_msg("'%s' is a date", no_dates[i]);
                assert_int_equal(days, 7); // untouched
        }
}

static void days_count_from_1970(void **state) {
        (void)state;
        assert_int_equal(calendar_days(1970, 1, 1), 0);
        assert_int_equal(calendar_days(1970, 3, 1), 59);
        assert_int_equal(calendar_days(2000, 1, 1), 10957);
        assert_int_equal(calendar_days(1, 1, 1), -719162);
        assert_int_equal(calendar_days(9999, 12, 31), 2932896);
}

// Every day of eight centuries, against the C library.
static void agrees_with_the_c_library(void **state) {
        (void)state;
        for (int32_t day = calendar_days(1599, 12, 31); day <= calendar_days(2401, 1, 1); day++) {
                time_t seconds = (time_t)day * 86400;
                struct tm civil;
                int year, month, of_month;
                gmtime_r(&seconds, &civil);
                calendar_civil(day, &year, &month, &of_month);
                if (year != civil.tm_year + 1900 || month != civil.tm_mon + 1 || of_month != civil.tm_mday)
                        fail_msg("day %d is %d-%d-%d", day, year, month, of_month);
                if (calendar_days(year, month, of_month) != day)
                        fail_msg("%d-%d-%d is not day %d", year, month, of_month, day);
        }
}

typedef struct Instant {
        const char *text;
        const char *utc; // NULL: no instant
} Instant;

static const Instant instants[] = {
        {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"},
        {"1970-01-01t00:00:00z", "1970-01-01T00:00:00.000000Z"},
        {"2022-06-01T18:00:00+08:00", "2022-06-01T10:00:00.000000Z"},
        {"2022-06-01T02:00:00.5-08:30", "2022-06-01T10:30:00.500000Z"},
        {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
        {"2022-06-01T10:00:00-00:00", "2022-06-01T10:00:00.000000Z"},
        // fractions of any length are cut, not rounded
        {"2022-06-01T10:00:00.1Z", "2022-06-01T10:00:00.100000Z"},
        {"2022-06-01T10:00:00.9999999999999999999999Z", "2022-06-01T10:00:00.999999Z"},
        {"2022-06-01T10:00:00.0000009Z", "2022-06-01T10:00:00.000000Z"},
        {"2022-06-01T10:00:00.Z", NULL},
        {"2022-06-01T10:00:00,5Z", NULL},
        // offsets
        {"2022-06-01T10:00:00+23:59", "2022-05-31T10:01:00.000000Z"},
        {"2022-06-01T10:00:00-23:59", "2022-06-02T09:59:00.000000Z"},
        {"2022-06-01T10:00:00+24:00", NULL},
        {"2022-06-01T10:00:00+08:60", NULL},
        {"2022-06-01T10:00:00+0800", NULL},
        {"2022-06-01T10:00:00+08", NULL},
        {"2022-06-01T10:00:00", NULL},
        {"2022-06-01T10:00:00 Z", NULL},
        {"2022-06-01T10:00:00ZZ", NULL},
        {"2022-06-01T10:00:00+-8:00", NULL},
        // the clock
        {"2022-06-01T23:59:59Z", "2022-06-01T23:59:59.000000Z"},
        {"2022-06-01T24:00:00Z", NULL},
        {"2022-06-01T10:60:00Z", NULL},
        {"2022-06-01T10:00:61Z", NULL},
        {"2022-06-01T10:00Z", NULL},
        {"2022-06-01T1:00:00Z", NULL},
        {"2022-06-01 10:00:00Z", NULL},
        {"2022-02-30T10:00:00Z", NULL},
        {"", NULL},
        {"2022-06-01", NULL},
        // leap seconds: only at 23:59:60 UTC; the fraction goes with the second
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"},
        {"2016-12-31T23:59:60.75Z", "2017-01-01T00:00:00.000000Z"},
        {"2017-01-01T07:59:60+08:00", "2017-01-01T00:00:00.000000Z"},
        {"2016-12-31T15:59:60-08:00", "2017-01-01T00:00:00.000000Z"},
        {"2016-12-31T23:58:60Z", NULL},
        {"2016-12-31T23:59:60+08:00", NULL},
        {"2016-12-31T00:00:60Z", NULL},
        // ends of the calendar
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"},
        {"0000-12-31T23:59:59Z", NULL},
        {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
};

static void instants_in_utc(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
                int64_t us = 42;
                char text[32];
                bool good = calendar_parse_timestamp(span_of(instants[i].text), &us);
                if (good != (instants[i].utc != NULL))
                        fail_msg("'%s' is%s an instant", instants[i].text, good ? "" : " not");
                if (!good) {
                        assert_int_equal(us, 42);
                        continue;
                }
                calendar_format_timestamp(us, text);
                assert_string_equal(text, instants[i].utc);
        }
}

static void years_are_added(void **state) {
        (void)state;
        assert_int_equal(calendar_add_years(calendar_days(2024, 2, 29), 1), calendar_days(2025, 2, 28));
        assert_int_equal(calendar_add_years(calendar_days(2024, 2, 29), 4), calendar_days(2028, 2, 29));
        assert_int_equal(calendar_add_years(calendar_days(2096, 2, 29), 4), calendar_days(2100, 2, 28));
        assert_int_equal(calendar_add_years(calendar_days(2026, 11, 22), 5), calendar_days(2031, 11, 22));
        assert_int_equal(calendar_add_years(calendar_days(2026, 11, 22), 0), calendar_days(2026, 11, 22));
}

static void dates_of_a_zone(void **state) {
        (void)state;
        assert_true(calendar_set_zone("Asia/Shanghai"));
        assert_int_equal(calendar_date_in_zone(at_time("2021-08-31T16:00:00Z")), calendar_days(2021, 9, 1));
        assert_int_equal(calendar_date_in_zone(at_time("2021-08-31T15:59:59.999999Z")), calendar_days(2021, 8, 31));
        // negative instants with a fraction belong to the second before
        assert_int_equal(calendar_date_in_zone(at_time("1969-12-31T15:59:59.5Z")), calendar_days(1969, 12, 31));
        assert_true(calendar_midnight_in_zone(calendar_days(2000, 1, 1)) == at_time("2000-01-01T00:00:00+08:00"));
        assert_true(calendar_set_zone("UTC"));
        assert_int_equal(calendar_date_in_zone(at_time("2021-08-31T16:00:00Z")), calendar_days(2021, 8, 31));
        // a zone with summer time, on both sides of its change
        assert_true(calendar_set_zone("Europe/Berlin"));
        assert_true(calendar_midnight_in_zone(calendar_days(2024, 7, 1)) == at_time("2024-07-01T00:00:00+02:00"));
        assert_true(calendar_midnight_in_zone(calendar_days(2024, 1, 1)) == at_time("2024-01-01T00:00:00+01:00"));
}

// A zone without memory looks like UTC: UTC itself must not.
static void zones_that_are_utc(void **state) {
        static const char *const names[] = {"UTC",       "GMT",       "GMT0",    "GMT+0",
                                            "GMT-0",     "UCT",       "Etc/UTC", "Etc/GMT",
                                            "Greenwich", "Universal", "Zulu",    "Africa/Abidjan"};
        (void)state;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                assert_true(calendar_set_zone(names[i]));
                assert_int_equal(calendar_date_in_zone(at_time("2021-08-31T23:59:59Z")), calendar_days(2021, 8, 31));
        }
}

static void zones_that_nobody_knows(void **state) {
        (void)state;
        assert_false(calendar_set_zone("Asia/Nowhere"));
        assert_false(calendar_set_zone("/etc/localtime"));
        assert_false(calendar_set_zone("../zoneinfo/UTC"));
        assert_false(calendar_set_zone("Asia")); // a folder
        assert_false(calendar_set_zone(""));
        assert_false(calendar_set_zone("zone.tab"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(dates_that_exist),          cmocka_unit_test(days_count_from_1970),
                cmocka_unit_test(agrees_with_the_c_library), cmocka_unit_test(instants_in_utc),
                cmocka_unit_test(years_are_added),           cmocka_unit_test(dates_of_a_zone),
                cmocka_unit_test(zones_that_are_utc),        cmocka_unit_test(zones_that_nobody_knows),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
