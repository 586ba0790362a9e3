# SPDX-License-Identifier: Apache-2.0
"""JSON Lines in the order of delivery → the accepted events. The first of a (source, id) stays; a second one that
says the same is a duplicate, any other a conflict. Every line must be a valid event: validation is not judged here."""
import collections
import datetime
import json
from decimal import Decimal

from .declared import PREFIX, TYPES
from .moments import china_date, microseconds
from .normalize import normalized

LATE_DAYS = 30
BOM = b"\xef\xbb\xbf"


class Event:
    """One message; `rank` says which of two is the greater (4.3.3)."""

    __slots__ = ("type", "source", "id", "time", "corrects", "data", "warnings", "rank", "occurred_on")

    def __init__(self, message):
        self.warnings = set()
        if message.startswith(BOM):
            self.warnings.add("W_BOM")
            message = message[len(BOM):]
        sent = json.loads(message, parse_float=Decimal)
        self.type = sent["type"].removeprefix(PREFIX)
        self.source, self.id = sent["source"], sent["id"]
        self.time = microseconds(sent["time"])
        self.corrects = sent.get("correctsid")
        declared = TYPES[self.type]
        self.data = normalized(sent["data"], declared.members, self.warnings)
        self.rank = (self.time, self.id.encode(), self.source.encode())
        self.occurred_on = self._date(declared)
        self._warn(sent, declared)

    def _date(self, declared):
        if declared.occurred_on is None:
            return china_date(self.time)
        found = self.data[declared.occurred_on]
        return found if isinstance(found, datetime.date) else datetime.date(found, 12, 31)

    def _warn(self, sent, declared):
        if int((sent.get("dataschema") or "/v1").rpartition("/v")[2]) > 1:
            self.warnings.add("W_SCHEMA_AHEAD")
        subject = sent.get("subject")
        if subject is not None and declared.entity and subject != self.data[declared.entity]:
            self.warnings.add("W_SUBJECT_MISMATCH")
        recorded = sent.get("recordedtime")
        if recorded and (china_date(microseconds(recorded)) - self.occurred_on).days > LATE_DAYS:
            self.warnings.add("W_LATE")
        if {"declared_change", "baseline_value"} <= self.data.keys():
            if self.data["declared_change"] != self.data["value"] - self.data["baseline_value"]:
                self.warnings.add("W_DECLARED_MISMATCH")

    @property
    def key(self):
        return self.source, self.id

    @property
    def full_type(self):
        return PREFIX + self.type

    def says_the_same(self, other):
        return self.content() == other.content()

    def content(self):
        return self.type, self.time, self.corrects, self.data

    def __getitem__(self, member):
        """A member of data, None when it is absent; `a/b` is member b of a."""
        value = self.data
        for name in member.split("/"):
            value = value.get(name)
            if value is None:
                return None
        return value


class Delivery:
    """What arrived: `events` that were accepted, in order, and what was not."""

    def __init__(self, messages):
        self.events = []
        self.redelivered = collections.Counter()  # (source, type) → duplicates
        self.conflicts = 0
        self._by_key = {}
        for message in messages:
            self._take(Event(message))

    def _take(self, event):
        first = self._by_key.setdefault(event.key, event)
        if first is event:
            self.events.append(event)
        elif first.says_the_same(event):
            self.redelivered[event.source, event.type] += 1
        else:
            self.conflicts += 1

    def find(self, source, ident):
        return self._by_key.get((source, ident))


def messages(path):
    """Raw lines of a file; a final empty piece is no message."""
    with open(path, "rb") as file:
        pieces = file.read().split(b"\n")
    return pieces[:-1] if pieces[-1] == b"" else pieces
