// SPDX-License-Identifier: Apache-2.0
// Dates (days since 1970-01-01, proleptic Gregorian) and instants (microseconds since 1970-01-01 UTC) as text.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

int32_t calendar_days(int year, int month, int day);
void calendar_civil(int32_t days, int *ret_year, int *ret_month, int *ret_day);
bool calendar_leap_year(int year);
// Strict YYYY-MM-DD of a day that exists, years 0001 to 9999.
bool calendar_parse_date(Span text, int32_t *ret_days);
// RFC 3339 with an offset; 'T' and 'Z' also in lower case; fractions of any length are cut to microseconds; a leap
// second is accepted where one can be (23:59:60 UTC) and counts as the next second.
bool calendar_parse_timestamp(Span text, int64_t *ret_us);
// YYYY-MM-DD into at least 11 bytes.
void calendar_format_date(int32_t days, char *text);
// YYYY-MM-DDThh:mm:ss.ffffffZ into at least 28 bytes.
void calendar_format_timestamp(int64_t us, char *text);
// Adds calendar years; 29 February becomes 28 February where it must.
int32_t calendar_add_years(int32_t days, int years);

// The time zone of a catalogue. libc keeps one zone for the process (TZ), so there is one; the last call counts.
// False: the system does not know the name.
bool calendar_set_zone(const char *iana_name);
// The calendar date in that zone of an instant.
int32_t calendar_date_in_zone(int64_t us);
// The instant of a midnight in that zone.
int64_t calendar_midnight_in_zone(int32_t days);
