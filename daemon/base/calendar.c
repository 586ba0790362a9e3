// SPDX-License-Identifier: Apache-2.0
#include "base/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"

static const int64_t SECOND_US = 1000000;
static const int64_t DAY_S = 86400;
static const int64_t QUARTER_S = 900;

static bool zone_changed; // since the last offset was computed

bool calendar_leap_year(int year) {
        return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month) {
        static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        return month == 2 && calendar_leap_year(year) ? 29 : days[month - 1];
}

// Howard Hinnant's algorithm: years that begin in March, eras of 400 years.
int32_t calendar_days(int year, int month, int day) {
        int y = month <= 2 ? year - 1 : year;
        int era = (y >= 0 ? y : y - 399) / 400;
        int year_of_era = y - era * 400;
        int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        return era * 146097 + day_of_era - 719468;
}

void calendar_civil(int32_t days, int *ret_year, int *ret_month, int *ret_day) {
        int z = days + 719468;
        int era = (z >= 0 ? z : z - 146096) / 146097;
        int day_of_era = z - era * 146097;
        int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
        int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        int shifted = (5 * day_of_year + 2) / 153;
        *ret_day = day_of_year - (153 * shifted + 2) / 5 + 1;
        *ret_month = shifted < 10 ? shifted + 3 : shifted - 9;
        *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

// `count` digits at *pos; false when there are fewer.
static bool digits(Span text, size_t *pos, size_t count, int *ret_number) {
        int number = 0;
        for (size_t i = 0; i < count; i++, (*pos)++) {
                if (*pos >= text.len || text.ptr[*pos] < '0' || text.ptr[*pos] > '9')
                        return false;
                number = number * 10 + (text.ptr[*pos] - '0');
        }
        *ret_number = number;
        return true;
}

static bool literal(Span text, size_t *pos, char c) {
        if (*pos >= text.len || text.ptr[*pos] != c)
                return false;
        (*pos)++;
        return true;
}

static bool date_at(Span text, size_t *pos, int32_t *ret_days) {
        int year, month, day;
        if (!digits(text, pos, 4, &year) || !literal(text, pos, '-') || !digits(text, pos, 2, &month) ||
            !literal(text, pos, '-') || !digits(text, pos, 2, &day))
                return false;
        if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
                return false;
        *ret_days = calendar_days(year, month, day);
        return true;
}

bool calendar_parse_date(Span text, int32_t *ret_days) {
        size_t pos = 0;
        int32_t days;
        if (!date_at(text, &pos, &days) || pos != text.len)
                return false;
        *ret_days = days;
        return true;
}

// Digits after the point, cut to microseconds; at least one.
static bool fraction(Span text, size_t *pos, int64_t *ret_us) {
        int64_t us = 0;
        int64_t unit = SECOND_US / 10;
        size_t start = *pos;
        for (; *pos < text.len && text.ptr[*pos] >= '0' && text.ptr[*pos] <= '9'; (*pos)++, unit /= 10)
                us += (text.ptr[*pos] - '0') * unit;
        *ret_us = us;
        return *pos > start;
}

static bool offset_at(Span text, size_t *pos, int *ret_minutes) {
        int hours, minutes;
        if (*pos >= text.len)
                return false;
        char sign = text.ptr[(*pos)++];
        if (sign == 'Z' || sign == 'z') {
                *ret_minutes = 0;
                return true;
        }
        if ((sign != '+' && sign != '-') || !digits(text, pos, 2, &hours) || !literal(text, pos, ':') ||
            !digits(text, pos, 2, &minutes) || hours > 23 || minutes > 59)
                return false;
        *ret_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
        return true;
}

bool calendar_parse_timestamp(Span text, int64_t *ret_us) {
        size_t pos = 0;
        int32_t days;
        int hour, minute, second, offset = 0;
        int64_t us = 0;
        if (!date_at(text, &pos, &days) || (!literal(text, &pos, 'T') && !literal(text, &pos, 't')))
                return false;
        if (!digits(text, &pos, 2, &hour) || !literal(text, &pos, ':') || !digits(text, &pos, 2, &minute) ||
            !literal(text, &pos, ':') || !digits(text, &pos, 2, &second))
                return false;
        if (literal(text, &pos, '.') && !fraction(text, &pos, &us))
                return false;
        if (!offset_at(text, &pos, &offset) || pos != text.len || hour > 23 || minute > 59 || second > 60)
                return false;
        int64_t seconds = days * DAY_S + hour * 3600 + minute * 60 + second - offset * 60;
        // 23:59:60 UTC counts as 00:00:00 of the next day; UTC has leap seconds at the end of a month only, but
        // which months had one is not a table that we keep.
        if (second == 60 && seconds % DAY_S != 0)
                return false;
        *ret_us = seconds * SECOND_US + (second == 60 ? 0 : us);
        return true;
}

static char *put_digits(char *out, unsigned number, int count) {
        for (int i = count - 1; i >= 0; i--, number /= 10)
                out[i] = (char)('0' + number % 10);
        return out + count;
}

void calendar_format_date(int32_t days, char *text) {
        int year, month, day;
        calendar_civil(days, &year, &month, &day);
        text = put_digits(text, (unsigned)year, 4);
        *text++ = '-';
        text = put_digits(text, (unsigned)month, 2);
        *text++ = '-';
        *put_digits(text, (unsigned)day, 2) = '\0';
}

void calendar_format_timestamp(int64_t us, char *text) {
        int64_t seconds = us / SECOND_US - (us % SECOND_US < 0);
        int64_t rest = us - seconds * SECOND_US;
        int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
        unsigned of_day = (unsigned)(seconds - days * DAY_S);
        calendar_format_date((int32_t)days, text);
        text += 10;
        *text++ = 'T';
        text = put_digits(text, of_day / 3600, 2);
        *text++ = ':';
        text = put_digits(text, of_day / 60 % 60, 2);
        *text++ = ':';
        text = put_digits(text, of_day % 60, 2);
        *text++ = '.';
        text = put_digits(text, (unsigned)rest, 6);
        *text++ = 'Z';
        *text = '\0';
}

int32_t calendar_add_years(int32_t days, int years) {
        int year, month, day;
        calendar_civil(days, &year, &month, &day);
        int last = days_in_month(year + years, month);
        return calendar_days(year + years, month, day < last ? day : last);
}

// Folders (continents) and tables lie beside the zones; libc would take UTC for them and say nothing.
static bool is_zone_file(const char *path) {
        char magic[4] = {0};
        FILE *file = fopen(path, "re");
        if (!file)
                memory_check_errno();
        bool read = file && fread(magic, sizeof(magic), 1, file) == 1;
        if (file)
                fclose(file);
        return read && memcmp(magic, "TZif", sizeof(magic)) == 0;
}

// Without memory for the file libc takes the first letters of the name for the zone's, and UTC; and says nothing.
static bool zone_is_forgotten(const char *iana_name) {
        bool is_utc = strcmp(iana_name, "UTC") == 0 || strncmp(iana_name, "GMT", 3) == 0;
        size_t letters = strlen(tzname[0]);
        return timezone == 0 && !daylight && !is_utc && strncmp(tzname[0], iana_name, letters) == 0;
}

bool calendar_set_zone(const char *iana_name) {
        char path[256];
        snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", iana_name);
        if (iana_name[0] == '/' || strstr(iana_name, "..") || !is_zone_file(path))
                return false;
        if (setenv("TZ", iana_name, 1) != 0)
                memory_exhausted();
        tzset();
        if (zone_is_forgotten(iana_name))
                memory_exhausted();
        zone_changed = true;
        return true;
}

// Offset of the zone at an instant. libc computes it anew each time, at the cost of a whole event; zones change at
// quarters of an hour, so the last answer holds for the rest of its quarter.
static int64_t offset_s(int64_t seconds) {
        static int64_t known_quarter = INT64_MIN;
        static int64_t known_offset;
        int64_t quarter = seconds / QUARTER_S - (seconds % QUARTER_S < 0);
        if (quarter != known_quarter || zone_changed) {
                time_t at = seconds;
                struct tm civil;
                localtime_r(&at, &civil);
                known_quarter = quarter;
                known_offset = civil.tm_gmtoff;
                zone_changed = false;
        }
        return known_offset;
}

int32_t calendar_date_in_zone(int64_t us) {
        int64_t seconds = us / SECOND_US - (us % SECOND_US < 0);
        int64_t local = seconds + offset_s(seconds);
        return (int32_t)(local / DAY_S - (local % DAY_S < 0));
}

int64_t calendar_midnight_in_zone(int32_t days) {
        struct tm civil = {.tm_isdst = -1};
        calendar_civil(days, &civil.tm_year, &civil.tm_mon, &civil.tm_mday);
        civil.tm_year -= 1900;
        civil.tm_mon -= 1;
        return (int64_t)mktime(&civil) * SECOND_US;
}
