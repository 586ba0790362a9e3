# SPDX-License-Identifier: Apache-2.0
"""The oracle on small stories that can be worked out by hand, rule by rule of the domain."""
import datetime
import json
from decimal import Decimal

import pytest

from .moments import china_date, microseconds
from .normalize import masked
from .read import Delivery
from .views import declared, rows
from .views_statements import trimmed
from .world import World, percent


class Story:
    """Events told one after the other; later ones are later."""

    def __init__(self):
        self.sent = []

    def tell(self, kind, data, source="/s", corrects=None, ident=None, time=None):
        number = len(self.sent)
        event = {"specversion": "1.0", "id": ident or f"e-{number}", "source": source, "type": f"cn.kepu.{kind}",
                 "time": time or f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z", "data": data}
        if corrects:
            event["correctsid"] = corrects
        self.sent.append(json.dumps(event).encode())
        return event["id"]

    def visit(self, first, last, visitors, counter=None, **more):
        envelope = {name: more.pop(name) for name in ("source", "corrects", "ident", "time") if name in more}
        data = {"facility_id": "hall", "period_start": first, "period_end": last, "visitors": visitors,
                "scope": "total", **more}
        if counter:
            data["counter_id"] = counter
        return self.tell("visit.counted", data, **envelope)

    def void(self, target, **more):
        envelope = {name: more.pop(name) for name in ("source", "ident") if name in more}
        return self.tell("event.voided", {"target_id": target, "reason_kind": "test", **more}, **envelope)

    def world(self):
        return World(Delivery(self.sent), datetime.date(2026, 11, 22))

    def view(self, name, *columns):
        places = [list(declared()[name]).index(column) for column in columns]
        return sorted(tuple(row[place] for place in places) for row in rows(self.world(), name))

    def months(self):
        """month → visitors of the country."""
        found = self.view("visits_region_month", "region_code", "month", "visitors")
        return {str(month)[:7]: visitors for code, month, visitors in found if code == "100000"}

    def live(self):
        return [visitors for visitors, in self.view("live_visit", "visitors")]

    def findings(self):
        return self.view("quality_finding", "kind", "event_id", "other_event_id")


@pytest.fixture
def story():
    return Story()


def test_a_year_adds_what_the_months_lack(story):
    story.visit("2024-01-01", "2024-01-31", 10)
    story.visit("2024-02-01", "2024-02-29", 20)
    story.visit("2024-02-03", "2024-02-03", 5)
    story.visit("2024-01-01", "2024-12-31", 100)
    assert story.months() == {"2024-01": 10, "2024-02": 5 + 15, "2024-12": 70}


def test_a_negative_remainder_counts_nothing_and_is_found(story):
    story.visit("2024-02-03", "2024-02-03", 50)
    year = story.visit("2024-01-01", "2024-12-31", 30)
    assert story.months() == {"2024-02": 50, "2024-12": 0}
    assert ("negative_remainder", year, None) in [(*found[:2], None) for found in
                                                 story.view("quality_finding", "kind", "event_id")]


def test_counters_stand_beside_each_other(story):
    story.visit("2024-01-01", "2024-01-31", 10, "east")
    story.visit("2024-01-10", "2024-01-10", 4, "west")
    assert story.months() == {"2024-01": 14}
    story.visit("2024-01-01", "2024-01-31", 20)
    # The one without counter encloses both: 20 - 10 - 4 of its own.
    assert story.months() == {"2024-01": 20}


def test_a_total_that_crosses_a_greater_one_is_left_out(story):
    first = story.visit("2024-01-01", "2024-01-20", 10)
    second = story.visit("2024-01-15", "2024-02-10", 20)
    third = story.visit("2024-02-05", "2024-02-20", 40)
    # The second crosses the third and is left out; the first crosses the second, even so.
    assert story.months() == {"2024-02": 40}
    assert story.findings() == [("overlapping_totals", first, second), ("overlapping_totals", second, third)]


def test_what_is_left_out_is_not_subtracted(story):
    story.visit("2024-01-01", "2024-01-20", 10)
    story.visit("2024-01-15", "2024-01-31", 20)
    story.visit("2024-01-01", "2024-01-31", 100)
    assert story.months() == {"2024-01": 100}


def test_the_same_fact_counts_once(story):
    loser = story.visit("2024-01-01", "2024-01-31", 10)
    winner = story.visit("2024-01-01", "2024-01-31", 12, source="/t")
    assert story.live() == [12]
    assert story.findings() == [("same_fact_twice", loser, winner)]


def test_ties_go_to_the_greater_id_then_source(story):
    story.visit("2024-01-01", "2024-01-31", 1, ident="b", source="/a", time="2026-01-01T08:00:00+08:00")
    story.visit("2024-01-01", "2024-01-31", 2, ident="b", source="/b", time="2026-01-01T00:00:00Z")
    story.visit("2024-01-01", "2024-01-31", 3, ident="a", source="/c", time="2026-01-01T00:00:00.0000009Z")
    assert story.live() == [2]


def test_voiding_a_correction_revives_nothing(story):
    first = story.visit("2024-01-01", "2024-01-31", 10)
    second = story.visit("2024-01-01", "2024-01-31", 12, corrects=first)
    assert story.live() == [12]
    story.void(second)
    assert story.live() == []
    assert story.view("taken_back", "event_id", "kind") == [(first, "corrected"), (second, "voided")]


def test_events_that_correct_each_other_are_all_dead(story):
    story.visit("2024-01-01", "2024-01-31", 10, ident="x", corrects="y")
    story.visit("2024-01-01", "2024-01-31", 12, ident="y", corrects="x")
    assert story.live() == []


def test_of_two_corrections_the_greatest_stays_whatever_its_key(story):
    first = story.visit("2024-01-01", "2024-01-31", 10)
    lesser = story.visit("2024-03-01", "2024-03-31", 12, corrects=first)
    greater = story.visit("2024-05-01", "2024-05-31", 13, corrects=first)
    assert story.live() == [13]
    assert story.findings() == [("corrected_twice", lesser, greater)]
    story.void(greater)
    assert story.live() == [12]


def test_only_own_events_of_the_same_type_are_taken_back(story):
    first = story.visit("2024-01-01", "2024-01-31", 10)
    story.void(first, source="/other")
    story.void(first, target_type="cn.kepu.reach.measured", ident="wrong")
    assert story.live() == [10]
    assert story.findings() == [("corrects_other_type", "wrong", first)]


def region(code, **more):
    return {"code": code, "revision": 1, "level": "county", "kind": "county", "name": {"en": code}, **more}


def test_an_unknown_region_stands_under_the_longest_prefix(story):
    organization = {"org_id": "o-1", "revision": 1, "name": {"en": "x"}, "org_kind": "team"}
    story.tell("organization.changed", {**organization, "region": "431382101202"})
    assert ("431382101202", 2) in story.view("region_path", "code", "depth")
    story.tell("region.changed", region("431382", parent_code="430000"))
    assert ("431382101202", 3) in story.view("region_path", "code", "depth")
    assert ("431382", False, "431382") in story.view("region", "code", "is_placeholder", "name")


def test_the_higher_revision_wins_whatever_its_time(story):
    for revision, name in ((3, "new"), (2, "old")):
        story.tell("organization.changed", {"org_id": "o-1", "revision": revision, "name": {"zh-Hant": name},
                                            "org_kind": "team", "region": "110000"})
    assert story.view("org", "org_id", "name", "revision") == [("o-1", "new", 3)]


def test_designations(story):
    grant = {"title_kind": "demo_school", "level": "county", "grantor_org_id": "g-1", "region": "110000",
             "valid_from": "2020-01-01"}
    end = {"reason_kind": "other", "decision_org_id": "g-1", "revoked_on": "2021-01-01"}
    story.tell("designation.granted", {**grant, "designation_id": "part", "holder_count": 5})
    story.tell("designation.revoked", {**end, "designation_id": "part", "holder_count": 2})
    story.tell("designation.granted", {**grant, "designation_id": "all", "holder_count": 5})
    story.tell("designation.revoked", {**end, "designation_id": "all", "holder_count": 6})
    story.tell("designation.granted", {**grant, "designation_id": "old", "holder_org_id": "h-1",
                                       "valid_to": "2026-11-21"})
    story.tell("designation.granted", {**grant, "designation_id": "last-day", "holder_org_id": "h-1",
                                       "valid_to": "2026-11-22"})
    story.tell("designation.revoked", {**end, "designation_id": "never"})
    found = {ident: (state, holders) for ident, state, holders in story.view("designation", "designation_id", "state",
                                                                             "holders")}
    assert found == {"part": ("active", 3), "all": ("revoked", 0), "old": ("expired", 1), "last-day": ("active", 1),
                     "never": ("unknown", None)}
    assert ("100000", 5) in story.view("designation_active", "region_code", "holders")


def test_content_ignores_spelling_and_order(story):
    sent = {"specversion": "1.0", "id": "e", "source": "/s", "type": "cn.kepu.funding.recorded",
            "time": "2026-01-01T08:00:00+08:00", "data": {
                "funding_id": "f-1", "direction": "spent", "purpose": "other", "source_level": "self",
                "region": "110000", "period_start": "2025-01-01", "period_end": "2025-01-01", "amount_fen": 5}}
    again = {**sent, "time": "2026-01-01T00:00:00z", "data": {**sent["data"], "currency": "CNY", "may_overlap": False,
                                                               "amount_qualifier": "exact"}}
    other = {**sent, "data": {**sent["data"], "amount_qualifier": "about"}}
    delivery = Delivery([json.dumps(one).encode() for one in (sent, again, other)])
    assert (len(delivery.events), sum(delivery.redelivered.values()), delivery.conflicts) == (1, 1, 1)


@pytest.mark.parametrize("text, shown", [
    ("电话13912345678。", "电话139****5678。"), ("a13912345678", "a13912345678"), ("139123456789", "139123456789"),
    ("x.y+z@mail.example.org!", "***@mail.example.org!"), ("11010119900307851X", "110*************1X")])
def test_masking(text, shown):
    assert masked(text, set()) == shown


def test_moments():
    assert china_date(microseconds("2021-08-31T16:30:00Z")) == datetime.date(2021, 9, 1)
    assert microseconds("2016-12-31T23:59:60Z") == microseconds("2017-01-01T00:00:00+00:00")
    assert microseconds("1970-01-01T00:00:00.1234567-05:30") == (5 * 60 + 30) * 60 * 10**6 + 123456


def test_numbers():
    assert [percent(1, 8), percent(-1, 8), percent(1, 0), percent(2, 3)] == [
        Decimal("12.50"), Decimal("-12.50"), None, Decimal("66.67")]
    assert [trimmed(one) for one in (Decimal("12.500"), 100, Decimal("-0.0"), Decimal("1E+3"))] == [
        "12.5", "100", "0", "1000"]
