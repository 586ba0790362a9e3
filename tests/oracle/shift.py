# SPDX-License-Identifier: Apache-2.0
"""Moves every id, place and figure of the samples, and of the published figures alike: what is true of the one must
be true of the other, so nobody can have written the figures into the views."""
import json
import re
from decimal import Decimal

from .declared import PREFIX
from .lookups import REGIONS

# Members that hold an id, wherever they stand.
IDS = {"org_id", "parent_org_id", "operator_org_id", "grantor_org_id", "holder_org_id", "decision_org_id",
       "organizer_org_id", "co_organizers", "distributor_org_id", "publisher_org_id", "agency_org_id",
       "recommender_org_id", "decider_org_id", "issuer_org_id", "partner_orgs", "facility_id", "parent_facility_id",
       "holder_facility_id", "activity_id", "parent_activity_id", "programme_id", "designation_id", "part_of",
       "training_id", "resource_id", "funding_id", "survey_id", "assessment_id", "summary_id", "document_id",
       "counter_id"}
PLACES = {"code", "parent_code", "region", "holder_region"}
FIGURES = {"sessions", "participants", "online_participants", "experts", "volunteers", "prefectures_covered",
           "counties_covered", "visitors", "trainees", "copies", "items", "headcount", "teams", "female", "rural",
           "amount_fen", "count", "value", "value_high", "baseline_value", "declared_change", "recipients",
           "holder_count", "unit_count", "device_count", "exhibits", "panels", "odometer_km"}
RATES = {"pct", "pp"}  # units of figures that stay

# Which numbers of a published text are figures, by position; the others count events, or are shares, ranks, days.
ALL = range(100)
MOVED = {"A-10": (0, 1), "A-21": (0, 1, 2), "A-22": (0, 1, 2), "A-23": (0, 1, 2), "A-24": (0, 1, 2, 3),
         "A-25": (0, 1, 2), "A-41": (0, 1, 2, 3), "A-52": (0,), "A-60": set(range(15)) - {7, 10},
         **{ident: ALL for ident in (
             "A-05 A-06 A-07 A-08 A-09 A-13 A-14 A-15 A-16 A-17 A-18 A-19 A-20 A-30 A-31 A-33 A-36 A-37 A-38 A-39 A-40 "
             "A-42 A-43 A-44 A-45 A-46 A-47 A-48 A-49 A-50 A-51 A-53 A-61").split()}}
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?|(?<=\.\.)\d+")


class Shift:
    """`factor` for figures, a prefix for ids (so that they sort as before), provinces that change places."""

    def __init__(self, random):
        self.factor = random.randint(2, 9)
        self.prefix = random.choice("abcxyz") + str(random.randrange(10)) + "-"
        provinces = sorted({code[:2] for code in REGIONS} - {"10"})
        self.province = dict(zip(provinces, random.sample(provinces, len(provinces))))
        self.ids = set()

    def __repr__(self):
        return f"figures × {self.factor}, ids {self.prefix}…, 150000 is {self.place('150000')}"

    def place(self, code):
        return self.province.get(code[:2], code[:2]) + code[2:]

    def _ident(self, ident):
        self.ids.add(ident)
        return self.prefix + ident

    def _each(self, change, value):
        return [change(one) for one in value] if isinstance(value, list) else change(value)

    def _data(self, value, unit=None):
        if isinstance(value, list):
            return [self._data(one) for one in value]
        if not isinstance(value, dict):
            return value
        unit = value.get("unit", unit)
        return {name: self._member(name, one, unit) for name, one in value.items()}

    def _member(self, name, value, unit):
        if name in IDS:
            return self._each(self._ident, value)
        if name in PLACES:
            return self.place(value)
        if name == "parts":
            return [{**part, "value": self._figure(part["value"], unit)} for part in value]
        if name in FIGURES:
            return self._figure(value, unit)
        return self._data(value)

    def _figure(self, value, unit):
        return value if unit in RATES else value * self.factor

    def message(self, message):
        """One message with all its ids, places and figures moved."""
        event = json.loads(message)
        data = event["data"]
        event["data"] = self._data(data)
        for name in ("id", "correctsid"):
            if name in event:
                event[name] = self.prefix + event[name]
        if event["type"] == PREFIX + "event.voided":
            event["data"]["target_id"] = self.prefix + data["target_id"]
        if event.get("subject") in (None, *map(str, data.values())):
            event.pop("subject", None)
        event["source"] = event["source"].replace("//", f"//{self.prefix}")
        return json.dumps(event, ensure_ascii=False).encode()

    def query(self, query):
        """A query of the contract and its text, moved alike. Messages must have been moved before."""
        return {**query, "sql": re.sub(r"'([^']*)'", lambda found: f"'{self._literal(found.group(1))}'", query["sql"]),
                "expected": self._text(query["id"], query["expected"])}

    def _literal(self, text):
        if text in self.ids:
            return self.prefix + text
        return self.place(text) if re.fullmatch(r"[1-9]\d{5}(\d{3}){0,2}", text) else text

    def _text(self, ident, text):
        positions, numbers = MOVED.get(ident, ()), iter(range(100))

        def moved(found):
            number = found.group(0)
            return str(Decimal(number) * self.factor) if next(numbers) in positions else number

        text = NUMBER.sub(moved, text)
        words = "|".join(re.escape(one) for one in sorted(self.ids, key=len, reverse=True))
        return re.sub(rf"(?<![\w.-])(reach\.)?({words})(?![\w-])", lambda found: (found.group(1) or "") + self.prefix +
                      found.group(2), text)
