# SPDX-License-Identifier: Apache-2.0
"""`data` as it would be stored: declared members only, with defaults, texts masked, days as dates. What two events
say is the same exactly when this is equal (4.3.2)."""
import datetime
import re

from .declared import CODES, DAY, DROPPED, MASKED, TEXTS, Default, Items, Part, Qualifier

UNKNOWN, REDACTED = "W_UNKNOWN_FIELD", "W_PII_REDACTED"

MAIL = re.compile(r"[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
MOBILE = re.compile(r"(?<![0-9A-Za-z])(1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9A-Za-z])")
IDENTITY = re.compile(r"(?<![0-9A-Za-z])([1-9][0-9]{2})[0-9]{13}([0-9][0-9Xx])(?![0-9A-Za-z])")


def masked(text, warnings):
    found = MAIL.sub(r"***@\1", text)
    found = MOBILE.sub(r"\1****\2", found)
    found = IDENTITY.sub(r"\1" + "*" * 13 + r"\2", found)
    if found != text:
        warnings.add(REDACTED)
    return found


def normalized(data, members, warnings):
    """A dict of the declared members that are there or have a default; adds to `warnings`."""
    if any(name not in members for name in data):
        warnings.add(UNKNOWN)
    found = {}
    for name, kind in members.items():
        if kind == DROPPED:
            continue
        if name in data:
            if not isinstance(kind, Qualifier) or kind.figure in data:
                found[name] = _value(kind, data[name], warnings)
        elif isinstance(kind, Default):
            found[name] = kind.value
        elif isinstance(kind, Qualifier) and kind.figure in data:
            found[name] = "exact"
        elif kind == CODES:
            found[name] = {}
    return found


def _value(kind, value, warnings):
    if kind == DAY:
        return datetime.date.fromisoformat(value)
    if kind == MASKED:
        return masked(value, warnings)
    if kind == TEXTS:
        return {language: masked(text, warnings) for language, text in value.items()}
    if isinstance(kind, Part):
        return normalized(value, kind.members, warnings)
    if isinstance(kind, Items):
        return [normalized(one, kind.members, warnings) for one in value]
    return value
