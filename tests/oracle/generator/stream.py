# SPDX-License-Identifier: Apache-2.0
"""Events as a whole: envelopes, facts told again, corrections, voids, copies and conflicts; then shuffled."""
import collections
import copy
import datetime
import json
import uuid

from ..declared import PREFIX, TYPES, VOIDABLE
from . import facts, states
from .pools import LAST_DAY, SOURCES, Pools

MAKERS = {"region.changed": states.region, "organization.changed": states.organization,
          "facility.changed": states.facility, "designation.granted": states.granted,
          "designation.revoked": states.revoked, "activity.registered": states.registered,
          "activity.cancelled": states.cancelled, "activity.reported": facts.report, "visit.counted": facts.visit,
          "training.held": facts.training, "material.distributed": facts.material, "resource.published": facts.resource,
          "reach.measured": facts.reach, "workforce.reported": facts.workforce, "funding.recorded": facts.funding,
          "indicator.reported": facts.indicator, "literacy.surveyed": facts.survey,
          "assessment.recorded": facts.assessment, "summary.submitted": facts.summary}
WEIGHTS = {"region.changed": 3, "organization.changed": 4, "facility.changed": 3, "designation.granted": 4,
           "designation.revoked": 1, "activity.registered": 6, "activity.cancelled": 2, "activity.reported": 12,
           "visit.counted": 22, "training.held": 3, "material.distributed": 4, "resource.published": 5,
           "reach.measured": 6, "workforce.reported": 5, "funding.recorded": 4, "indicator.reported": 10,
           "literacy.surveyed": 3, "assessment.recorded": 5, "summary.submitted": 5}
# Statements that views compare: members of the natural key that another statement about the same may change.
LOOSE = {"activity.reported": ("document/document_id",), "reach.measured": ("document/document_id",),
         "workforce.reported": ("document/document_id", "org_id"), "literacy.surveyed": ("survey_id",),
         "indicator.reported": ("document/document_id", "period_start")}
STATES = [name for name, one in TYPES.items() if one.kind == "state"]
BOM = "\ufeff"


def member(data, path):
    for name in path.split("/"):
        data = data.get(name) if data else None
    return data


class Stream:
    """`events`: dicts in the order of making; `lines()` is what is sent."""

    def __init__(self, random, count):
        self.random, self.pools = random, Pools(random, count)
        self.events = []
        self.used = set()
        self.recent = {source: collections.defaultdict(list) for source in SOURCES}  # facts by type
        self.voidable = {source: [] for source in SOURCES}
        self.corrections = {source: [] for source in SOURCES}
        while len(self.events) < count:
            self._step()

    def _step(self):
        draw = self.random.random()
        for share, make in ((0.10, self._told_again), (0.07, self._stated_again), (0.07, self._correction),
                            (0.01, self._circle), (0.05, self._void), (0.02, self._same_revision)):
            if draw < share:
                make()
                return
            draw -= share
        kind = self.random.choices(list(WEIGHTS), WEIGHTS.values())[0]
        self._add(self._envelope(kind, self._make(kind, {})))

    def _make(self, kind, fixed):
        return dict(MAKERS[kind](self.pools, fixed))

    def _ident(self, source):
        """A UUID of version 7, or a short id that several sources use."""
        while True:
            if self.pools.chance(0.6):
                bits = self.random.getrandbits(128)
                bits = bits & ~(0xF << 76) & ~(3 << 62) | 7 << 76 | 2 << 62
                ident = str(uuid.UUID(int=bits))
            else:
                ident = f"e-{self.random.randrange(len(self.used) + 100)}"
            if (source, ident) not in self.used:
                self.used.add((source, ident))
                return ident

    def _envelope(self, kind, data, source=None, instant=None, ident=None):
        source = source or self.random.choice(SOURCES)
        return {"specversion": "1.0", "id": ident or self._ident(source), "source": source, "type": PREFIX + kind,
                "time": instant or self.pools.instant(), "data": data}

    def _add(self, event):
        self.events.append(event)
        kind = event["type"].removeprefix(PREFIX)
        if kind in VOIDABLE:
            self.voidable[event["source"]].append(event)
        if TYPES[kind].kind == "fact":
            self.recent[event["source"]][kind].append(event)
            if "correctsid" in event:
                self.corrections[event["source"]].append(event)
        return event

    def _fact(self, source=None):
        """Some earlier fact (of this source), or None."""
        source = source or self.random.choice(SOURCES)
        if self.corrections[source] and self.pools.chance(0.3):
            return self.random.choice(self.corrections[source])
        kinds = [kind for kind, told in self.recent[source].items() if told]
        return self.random.choice(self.recent[source][self.random.choice(kinds)]) if kinds else None

    def _key_of(self, event):
        """The members of its natural key, absent ones as None."""
        kind = event["type"].removeprefix(PREFIX)
        return {path: copy.deepcopy(member(event["data"], path)) for path in TYPES[kind].natural if path != "metric"}

    def _again(self, event, source, instant=None, ident=None):
        kind = event["type"].removeprefix(PREFIX)
        return self._envelope(kind, self._make(kind, self._key_of(event)), source, instant, ident)

    def _told_again(self):
        """The same fact under another id or by another producer: sometimes at the same time, with the same id."""
        event = self._fact()
        if event is None:
            return
        source = self.random.choice(SOURCES)
        instant = event["time"] if self.pools.chance(0.4) else None
        ident = event["id"] if self.pools.chance(0.3) and (source, event["id"]) not in self.used else None
        self.used.add((source, ident))
        self._add(self._again(event, source, instant, ident))

    def _stated_again(self):
        """A statement about the same in another document (or in none), or from another angle."""
        kind = self.random.choice(list(LOOSE))
        told = self.recent[self.random.choice(SOURCES)][kind]
        # Programmes and targets are what most statements are compared for.
        told = [event for event in told if self.pools.chance(0.2) or
                event["data"].keys() & {"programme_id"} or event["data"].get("measure_kind") == "target"] or told
        if not told:
            return
        event = self.random.choice(told[-300:])
        fixed = self._key_of(event)
        for name in LOOSE[kind]:
            if name == "document/document_id" or self.pools.chance(0.4):
                fixed.pop(name)
        if kind == "indicator.reported":
            ahead = fixed["period_end"] > str(LAST_DAY)  # where only an outlook may lie
            fixed["measure_kind"] = event["data"]["measure_kind"] if ahead or self.pools.chance(0.4) else "actual"
        if kind == "literacy.surveyed":
            fixed["year"] = event["data"]["year"]
        instant = event["time"] if self.pools.chance(0.3) else None
        self._add(self._envelope(kind, self._make(kind, fixed), instant=instant))

    def _correction(self):
        """Of an earlier event, of one that never comes, or of one of another type."""
        source = self.random.choice(SOURCES)
        target = self._fact(source)
        if target is None:
            return
        if self.pools.chance(0.06):
            target = self.random.choice([event for event in self.events[-500:]])
        kind = target["type"].removeprefix(PREFIX)
        if TYPES[kind].kind != "fact" or self.pools.chance(0.08):
            kind = self.random.choice(list(WEIGHTS)[7:])
            event = self._envelope(kind, self._make(kind, {}), target["source"])
        elif self.pools.chance(0.75):
            event = self._again(target, target["source"], target["time"] if self.pools.chance(0.2) else None)
        else:
            event = self._envelope(kind, self._make(kind, {}), target["source"])
        event["correctsid"] = "never-seen" if self.pools.chance(0.03) else target["id"]
        self._add(event)

    def _circle(self):
        """Two or three events that correct each other."""
        source, target = self.random.choice(SOURCES), self._fact()
        if target is None:
            return
        circle = [self._again(target, source) for _ in range(self.random.choice((2, 2, 3)))]
        for number, event in enumerate(circle):
            event["correctsid"] = circle[number - 1]["id"]
            self._add(event)

    def _void(self):
        source = self.random.choice(SOURCES)
        data = {"reason_kind": self.random.choice(("entered_in_error", "duplicate", "withdrawn", "privacy", "test"))}
        draw = self.random.random()
        if draw < 0.05:
            data["target_id"] = f"e-{self.random.randrange(len(self.used) + 100)}"
        elif draw < 0.15:
            target = self.random.choice(self.events or [{"id": "never-seen", "source": source}])
            data["target_id"] = target["id"]
            source = target["source"] if self.pools.chance(0.5) else source
        elif self.voidable[source]:
            target = self.random.choice(self.corrections[source] if draw < 0.35 and self.corrections[source] else
                                        self.voidable[source])
            data["target_id"] = target["id"]
            if self.pools.chance(0.5):
                data["target_type"] = target["type"]
        else:
            return
        if self.pools.chance(0.08):
            data["target_type"] = PREFIX + self.random.choice(sorted(VOIDABLE))
        if self.pools.chance(0.3):
            data["reason"] = "联调测试，见 13912345678"
        event = self._envelope("event.voided", data, source)
        if event["id"] != data["target_id"]:
            self.events.append(event)

    def _same_revision(self):
        """Another state under the revision of an earlier one: the same, or something else."""
        earlier = [event for event in self.events[-2000:] if event["type"].removeprefix(PREFIX) in STATES]
        if not earlier:
            return
        event = self.random.choice(earlier)
        kind = event["type"].removeprefix(PREFIX)
        data = copy.deepcopy(event["data"])
        if self.pools.chance(0.6):
            fixed = {name: data[name] for name in ("code", "org_id", "facility_id", "activity_id", "revision")
                     if name in data}
            data = self._make(kind, fixed)
        self._add(self._envelope(kind, data, instant=event["time"] if self.pools.chance(0.6) else None))

    def lines(self, copies=0.03, conflicts=0.004):
        """[bytes] in the order of delivery: everything shuffled, some of it twice, some ids used for two things."""
        sent = [self._encode(self._dressed(event)) for event in self.events]
        for event in self.events:
            if self.pools.chance(copies):
                sent.append(self._encode(self._dressed(event, again=True)))
            if self.pools.chance(conflicts):
                other = self._conflicting(event)
                if other["id"] not in (other.get("correctsid"), other["data"].get("target_id")):
                    sent.append(self._encode(self._dressed(other)))
        self.random.shuffle(sent)
        return sent

    def _conflicting(self, event):
        other = copy.deepcopy(event)
        if self.pools.chance(0.5):
            other["time"] -= datetime.timedelta(microseconds=1)
        else:
            other.update({name: value for name, value in copy.deepcopy(self.random.choice(self.events)).items()
                          if name in ("type", "data", "time")})
            other.pop("correctsid", None)
        return other

    def _dressed(self, event, again=False):
        """With the attributes that are not content, and the time spelt."""
        found = {**event, "time": self.pools.spelt(event["time"])}
        kind = event["type"].removeprefix(PREFIX)
        entity = TYPES[kind].entity
        if entity and self.pools.chance(0.3):
            found["subject"] = event["data"][entity] if self.pools.chance(0.95) else "something-else"
        if self.pools.chance(0.3):
            days = datetime.timedelta(days=self.random.choice((1, 12, 400, 4000)))
            found["recordedtime"] = self.pools.spelt(event["time"] + days)
        if self.pools.chance(0.3):
            version = 2 if self.pools.chance(0.05) else 1
            found["dataschema"] = f"https://kepu.example/schemas/{kind}/v{version}"
        if self.pools.chance(0.1):
            found["datacontenttype"] = "application/json; charset=utf-8"
        if self.pools.chance(0.05):
            found["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        if self.pools.chance(0.02):
            found["data"] = {**event["data"], "not_declared": {"a": [1, None]}}
        if again:
            found["data"] = self._respelt(found["data"])
        return found

    def _respelt(self, data):
        """The same content: members in another order, decimals with a zero more."""
        names = list(data)
        self.random.shuffle(names)
        found = {name: data[name] for name in names}
        for name in ("rate_pct", "score", "hours", "floor_area_m2", "minutes_low", "baseline_value"):
            if isinstance(found.get(name), int):
                found[name] = float(found[name])
        return found

    def _encode(self, event):
        names = list(event)
        if self.pools.chance(0.2):
            self.random.shuffle(names)
        text = json.dumps({name: event[name] for name in names}, ensure_ascii=self.pools.chance(0.2),
                          separators=self.random.choice(((",", ":"), (", ", ": "))))
        return ((BOM if self.pools.chance(0.002) else "") + text).encode()
