# SPDX-License-Identifier: Apache-2.0
"""Snapshots of entities and one-way steps."""
import datetime

from .draft import Draft
from .pools import ACTIVITY_KINDS, GROUPS, ISO, PROVINCES

COUNTRY = "100000"
FACILITY_KINDS = ("science_museum", "exhibition_hall", "e_station", "caravan", "tv_platform", "social_account",
                  "monitoring_point", "monitoring_point", "other")
LEVELS = ("national", "province", "prefecture", "county")
KIND_OF_LEVEL = {"country": "country", "province": "autonomous_region", "prefecture": "league", "county": "banner",
                 "township": "sumu", "village": "gacha"}
TITLES = ("science_base", "demo_school", "demo_county", "national_pilot")


def revision(draft):
    draft.put("revision", lambda: draft.random.choice((1, 1, 2, 2, 3, 4, 2147483647)))


def shape(code):
    if code == COUNTRY:
        return "country"
    if len(code) > 6:
        return "township" if len(code) == 9 else "village"
    return "province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county"


def _parent(draft, code):
    """Any region of the same province that stands higher, by the shape of the codes."""
    order = list(KIND_OF_LEVEL)
    above = [one for one in (*draft.pools.regions, code[:2] + "0000")
             if one[:2] == code[:2] and order.index(shape(one)) < order.index(shape(code))]
    return draft.random.choice(above) if above else COUNTRY


def region(pools, fixed):
    draft = Draft(pools, fixed)
    # Every fourth code is never described.
    code = draft.choose("code", [code for number, code in enumerate(pools.regions) if number % 4])
    revision(draft)
    level = shape(code)
    draft.put("level", level)
    draft.put("kind", KIND_OF_LEVEL[level] if pools.chance(0.8) else "other")
    if level != "country":
        draft.put("parent_code", lambda: _parent(draft, code))
    draft.put("name", pools.texts)
    if level == "province" and pools.chance(0.7):
        own = ISO[PROVINCES.index(code[:2])]
        draft.put("iso3166_2", own if pools.chance(0.6) else draft.random.choice(ISO))
    draft.maybe_one_of("status", 0.5, ("active", "active", "abolished"))
    if pools.chance(0.3):
        first, last = sorted((pools.day(), pools.day()))
        draft.update(valid_from=str(first), valid_to=str(last))
    return draft


def organization(pools, fixed):
    draft = Draft(pools, fixed)
    org = draft.choose("org_id", pools.orgs[:len(pools.orgs) * 4 // 5])
    revision(draft)
    draft.put("name", pools.texts)
    kind = draft.choose("org_kind", ("grassroots_association", "grassroots_association", "cast_association", "society",
                                     "team"))
    if kind == "grassroots_association":
        draft.choose("grassroots_kind", ("township", "enterprise", "university", "school"))
    draft.maybe_one_of("admin_level", 0.5, ("national", "province", "none"))
    draft.choose("region", pools.regions)
    draft.maybe_one_of("parent_org_id", 0.4, [one for one in pools.orgs if one != org])
    draft.maybe("uscc", 0.5, lambda: f"9115000071234567{draft.random.randrange(10, 22)}")
    draft.maybe("established_on", 0.3, lambda: "2001-05-04")
    draft.maybe("dissolved_on", 0.1, lambda: str(pools.day()))
    draft.maybe_one_of("status", 0.5, ("active", "active", "dissolved"))
    return draft


def facility(pools, fixed):
    draft = Draft(pools, fixed)
    ident = draft.choose("facility_id", pools.facilities[:len(pools.facilities) * 4 // 5])
    revision(draft)
    draft.put("name", pools.texts)
    kind = draft.choose("facility_kind", FACILITY_KINDS)
    draft.choose("region", pools.regions)
    draft.maybe_one_of("operator_org_id", 0.5, pools.orgs)
    draft.maybe_one_of("parent_facility_id", 0.3, [one for one in pools.facilities if one != ident])
    status = draft.choose("status", ("planned", "fitting_out", "open", "open", "suspended", "closed"))
    draft.maybe("open_to_public_since", 0.5, lambda: "2015-06-01")
    if status == "closed":
        draft.maybe("closed_on", 0.5, lambda: str(pools.day()))
    draft.maybe("unit_count", 0.4, lambda: draft.random.randrange(1, 90))
    if kind == "monitoring_point":
        draft.maybe("device_count", 0.7, pools.count)
    for name in ("exhibits", "panels", "odometer_km"):
        draft.maybe(name, 0.2, pools.count)
    draft.maybe("floor_area_m2", 0.3, lambda: round(draft.random.random() * 9000, draft.random.randrange(3)))
    draft.languages()
    draft.maybe("url", 0.3, lambda: "http://科普.example/?q=1&r=%20")
    return draft


def granted(pools, fixed):
    draft = Draft(pools, fixed)
    ident = draft.choose("designation_id", pools.designations[:len(pools.designations) * 4 // 5])
    draft.choose("title_kind", TITLES)
    draft.choose("level", LEVELS)
    draft.choose("grantor_org_id", pools.orgs)
    draft.choose("region", pools.regions)
    holder = draft.random.choice(("holder_org_id", "holder_facility_id", "holder_region", "holder_count",
                                  "holder_count"))
    draft.put(holder, {"holder_org_id": lambda: draft.random.choice(pools.orgs),
                       "holder_facility_id": lambda: draft.random.choice(pools.facilities),
                       "holder_region": lambda: draft.random.choice(pools.regions),
                       "holder_count": lambda: draft.random.randrange(1, 20)}[holder])
    if holder != "holder_count":
        draft.maybe_one_of("part_of", 0.3, [one for one in pools.designations if one != ident])
    draft.maybe("batch", 0.3, lambda: "十三五")
    start = pools.day()
    draft.put("valid_from", str(start))
    # Long past or long to come: nothing expires while the test runs.
    draft.maybe("valid_to", 0.5, lambda: str(max(start, draft.random.choice(
        (start, datetime.date(2026, 10, 31), datetime.date(2031, 1, 1), datetime.date(2099, 12, 31))))))
    draft.document(0.3)
    return draft


def revoked(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("designation_id", pools.designations)
    draft.put("revoked_on", str(pools.day()))
    draft.choose("reason_kind", ("failed_review", "expired", "violation", "other"))
    draft.maybe("reason", 0.4, pools.texts)
    draft.choose("decision_org_id", pools.orgs)
    draft.maybe("holder_count", 0.85, lambda: draft.random.choice((1, 1, 2, 5, 19, 20)))
    draft.document(0.3)
    return draft


def registered(pools, fixed):
    draft = Draft(pools, fixed)
    ident = draft.choose("activity_id", pools.activities[:len(pools.activities) * 5 // 6])
    revision(draft)
    draft.put("name", pools.texts)
    draft.maybe("subtitle", 0.3, pools.texts)
    draft.maybe("theme", 0.3, pools.texts)
    form = draft.choose("form", ("key", "online", "home", "joint_action", "regular"))
    draft.choose("kind", ACTIVITY_KINDS)
    draft.maybe_one_of("occasion", 0.7, ("science_day", "science_day", "st_week", "none"))
    draft.maybe("edition_year", 0.4, lambda: draft.random.randrange(2019, 2025))
    draft.choose("organizer_org_id", pools.orgs)
    draft.maybe("co_organizers", 0.3, lambda: pools.some(pools.orgs, 1, 4))
    draft.choose("region", pools.regions)
    draft.maybe_one_of("facility_id", 0.3, pools.facilities)
    draft.maybe_one_of("parent_activity_id", 0.2, [one for one in pools.activities if one != ident])
    draft.maybe_one_of("programme_id", 0.3, pools.programmes)
    start = pools.day(2019, 2025)
    draft.put("starts_on", str(start))
    draft.put("ends_on", str(start + datetime.timedelta(days=draft.random.choice((0, 6, 300)))))
    draft.put("mode", "online" if form == "online" else draft.random.choice(("offline", "online", "hybrid")))
    draft.maybe("platform_url", 1 if form == "online" else 0.2, lambda: "https://quiz.example/2023")
    draft.maybe("target_groups", 0.7, lambda: pools.some(GROUPS, 1, 5))
    draft.languages()
    draft.maybe("expected_participants", 0.4, pools.count)
    draft.maybe("budget_fen", 0.4, lambda: draft.random.randrange(10**8))
    draft.maybe("contact", 0.2, lambda: {"role": "联系人", "name": "李四", "phone": "13912345678"})
    draft.document(0.3)
    return draft


def cancelled(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("activity_id", pools.activities)
    draft.put("cancelled_on", str(pools.day()))
    draft.choose("reason_kind", ("epidemic", "weather", "merged", "other"))
    draft.maybe("reason", 0.4, pools.texts)
    draft.document(0.2)
    return draft
