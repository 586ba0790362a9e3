# SPDX-License-Identifier: Apache-2.0
"""Moments as microseconds since 1970 UTC, and calendar dates in China."""
import datetime
import re

CHINA = datetime.timedelta(hours=8)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:)(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))")


def microseconds(text):
    """Digits beyond microseconds are cut off; a leap second counts as the next second."""
    date, clock, seconds, fraction, zulu, sign, hours, minutes = RFC3339.fullmatch(text).groups()
    moment = datetime.datetime.fromisoformat(f"{date}T{clock}{'59' if seconds == '60' else seconds}+00:00")
    whole = (moment - EPOCH) // datetime.timedelta(seconds=1) + (seconds == "60")
    if not zulu:
        offset = (int(hours) * 60 + int(minutes)) * 60
        whole -= offset if sign == "+" else -offset
    return whole * 1_000_000 + int(((fraction or "") + "000000")[:6])


def moment(time):
    return EPOCH + datetime.timedelta(microseconds=time)


def china_date(time):
    return (moment(time) + CHINA).date()


def today():
    return (datetime.datetime.now(datetime.timezone.utc) + CHINA).date()
