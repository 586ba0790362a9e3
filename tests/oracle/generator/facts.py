# SPDX-License-Identifier: Apache-2.0
"""Facts of all kinds."""
from .draft import Draft
from .pools import ACTIVITY_KINDS, GROUPS, INDICATORS, TEXTS

UNITS = ("count", "person", "person_time", "pct", "yuan", "km")
FINDING_KINDS = ("experience", "deficiency", "requirement", "plan", "result")
METRICS = ("users_covered", "clicks", "forwards", "followers", "page_views")


def findings(pools):
    pairs = pools.some([(kind, ordinal) for kind in FINDING_KINDS for ordinal in (1, 2, 999)], 1, 4)
    return [{"kind": kind, "ordinal": ordinal, "text": pools.texts()} for kind, ordinal in pairs]


def attachments(pools):
    items = ({"media_kind": "news", "items": 3}, {"media_kind": "photo"}, {"media_kind": "video",
                                                                           "url": "https://v.example/1"})
    return pools.some(items, 1, 3)


def place(pools, few=6):
    """Mostly one of a few, so that statements meet."""
    return pools.random.choice(pools.regions[:few] if pools.chance(0.7) else pools.regions)


def partners(pools):
    return pools.some(pools.orgs, 1, 4)


def report(pools, fixed):
    draft = Draft(pools, fixed)
    given = fixed.get("activity_id"), fixed.get("programme_id")
    single = bool(given[0]) if any(given) else pools.chance(0.65)
    draft.put("aggregation", "single" if single else "programme")
    if single:
        # Some are never reported.
        draft.choose("activity_id", pools.activities[len(pools.activities) // 3:])
    else:
        draft.choose("programme_id", pools.programmes)
    draft.maybe("programme_name", 0.5, pools.texts)
    draft.choose("kind", ACTIVITY_KINDS[:4])
    draft.choose("region", pools.regions if single else pools.regions[:6])
    draft.maybe_one_of("organizer_org_id", 0.6, pools.orgs)
    draft.period(2024, 2024 if pools.chance(0.6) else 2025)
    _report_figures(draft, pools)
    draft.maybe("per_year", 0.3, lambda: pools.chance(0.5))
    draft.maybe("prefectures_covered", 0.2, lambda: draft.random.randrange(401))
    draft.maybe("counties_covered", 0.2, lambda: draft.random.randrange(4001))
    draft.languages(0.3)
    draft.maybe("findings", 0.3, lambda: findings(pools))
    draft.maybe("attachments", 0.2, lambda: attachments(pools))
    draft.maybe("partner_orgs", 0.3, lambda: partners(pools))
    draft.document()
    if not draft.keys() & {"sessions", "participants", "online_participants", "experts", "volunteers", "findings"}:
        draft["attachments"] = attachments(pools)
    return draft


def _report_figures(draft, pools):
    for name in ("sessions", "experts", "volunteers"):
        draft.qualified(name, lambda: pools.count() if pools.chance(0.4) else None)
    draft.qualified("participants", lambda: pools.count() if pools.chance(0.6) else None)
    room = draft.get("participants")
    # Of an exact total, parts may not be more: keep them below whatever it is.
    draft.qualified("online_participants", lambda: draft.random.randint(0, 500 if room is None else room)
                    if pools.chance(0.4) else None)
    if room is None or room >= 20:
        draft.maybe("by_group", 0.2, lambda: [{"group": group, "participants": draft.random.randrange(5)}
                                              for group in pools.some(GROUPS, 1, 4)])


def visit(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("facility_id", pools.facilities)
    draft.period(2023, 2025)
    draft.qualified("visitors", lambda: draft.random.randrange(draft.random.choice((10, 300, 90000))))
    scope = draft.choose("scope", ("total", "total", "total", "subset"))
    if scope == "total":
        draft.maybe("group", 0.2, lambda: "all")
    else:
        draft.maybe_one_of("group", 0.6, GROUPS)
    draft.maybe("audience_label", 0.5 if scope == "subset" else 0.03, pools.texts)
    draft.maybe("counter_id", 0.35, lambda: f"gate-{draft.random.randrange(2)}")
    draft.maybe_one_of("activity_id", 0.2, pools.activities)
    draft.maybe("free_admission", 0.3, lambda: pools.chance(0.5))
    draft.maybe_one_of("method", 0.4, ("ticket", "gate", "manual", "estimate"))
    draft.document(0.2)
    return draft


def training(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("training_id", pools.trainings)
    draft.put("topic", pools.texts)
    draft.choose("organizer_org_id", pools.orgs)
    draft.choose("region", pools.regions)
    first, last = pools.period()
    draft.update(starts_on=first, ends_on=last)
    draft.qualified("trainees", pools.count)
    draft.choose("trainee_kind", ("guide", "teacher", "farmer"))
    draft.maybe("hours", 0.4, lambda: draft.random.choice((8, 4.5, 16.0, 0.1)))
    draft.maybe_one_of("group", 0.3, GROUPS)
    draft.document(0.3)
    return draft


def material(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("distributor_org_id", pools.orgs[:12])
    draft.choose("region", pools.regions)
    draft.period(2023, 2024)
    draft.choose("material_kind", ("manual", "leaflet", "mixed"))
    draft.maybe("title", 0.3, lambda: {"zh-Hans": draft.random.choice(TEXTS["zh-Hans"])})
    draft.qualified("copies", pools.count)
    draft.languages(0.3)
    draft.maybe_one_of("activity_id", 0.1, pools.activities)
    draft.maybe_one_of("group", 0.2, GROUPS)
    draft.document(0.3)
    return draft


def resource(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("resource_id", pools.resources)
    draft.choose("resource_kind", ("video", "exhibit", "panel", "corpus"))
    draft.put("title", pools.texts)
    draft.choose("publisher_org_id", pools.orgs)
    draft.choose("region", pools.regions)
    draft.maybe_one_of("facility_id", 0.7, pools.facilities)
    draft.period(2022, 2025)
    draft.qualified("items", pools.count)
    draft.choose("unit", ("item", "word", "minute"))
    if pools.chance(0.3):
        low = draft.random.randrange(50)
        draft.update(minutes_low=low, minutes_high=low + draft.random.choice((0, 0.5, 7)))
    draft.languages(0.3)
    draft.maybe_one_of("topic", 0.5, ("covid19", "land", "general"))
    draft.maybe("renewal", 0.6, lambda: pools.chance(0.7))
    draft.document(0.3)
    return draft


def reach(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("facility_id", pools.facilities[:12])
    draft.maybe_one_of("region", 0.3, pools.regions[:8])
    draft.period(2024, 2024)
    draft.maybe_one_of("topic", 0.4, ("covid19", "general"))
    draft["metrics"] = []
    for metric in pools.some(METRICS, 1, 4):
        one = {"metric": metric, "value": pools.count()}
        if pools.chance(0.5):
            one["qualifier"] = draft.qualifier()
        draft["metrics"].append(one)
    draft.languages(0.3)
    draft.maybe_one_of("activity_id", 0.1, pools.activities)
    draft.document()
    return draft


def workforce(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("team_kind", ("expert", "volunteer", "guide"))
    draft.put("region", lambda: place(pools))
    draft.maybe_one_of("org_id", 0.4, pools.orgs[:3])
    draft.put("as_of", f"{draft.random.randrange(2019, 2026)}-12-31" if pools.chance(0.5) else "2024-06-30")
    draft.qualified("headcount", lambda: pools.count() if pools.chance(0.8) else None)
    draft.qualified("teams", lambda: pools.count() if "headcount" not in draft or pools.chance(0.4) else None)
    if "headcount" in draft:
        for name in ("female", "rural"):
            draft.maybe(name, 0.3, lambda: draft.random.randint(0, draft["headcount"]))
    draft.maybe("rank", 0.2, pools.rank)
    draft.document()
    return draft


def funding(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("funding_id", pools.fundings)
    draft.choose("direction", ("raised", "allocated", "received", "spent"))
    draft.choose("purpose", ("volunteer_pilot", "activity", "training"))
    draft.maybe_one_of("programme_id", 0.5, pools.programmes)
    draft.maybe("programme_name", 0.4, pools.texts)
    draft.choose("source_level", ("central", "province", "mixed"))
    draft.choose("region", pools.regions)
    draft.maybe_one_of("org_id", 0.5, pools.orgs)
    draft.period()
    draft["amount_fen"] = draft.random.choice((0, 1, 9007199254740991, draft.random.randrange(10**9)))
    draft.maybe("amount_qualifier", 0.5, draft.qualifier)
    draft.maybe("currency", 0.2, lambda: "CNY")
    draft.maybe("may_overlap", 0.3, lambda: pools.chance(0.5))
    draft.maybe("beneficiaries", 0.4, lambda: [{"kind": kind, "count": pools.count()} for kind in pools.some(
        ("museum", "national_pilot", "other"), 1, 3)])
    draft.document(0.3)
    return draft


def indicator(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("indicator", INDICATORS)
    draft.put("region", lambda: place(pools))
    measure = draft.choose("measure_kind", ("actual", "actual", "actual", "forecast", "target"))
    first, last = pools.period(2022, 2025)
    end = draft.put("period_end", lambda: "2029-12-31" if measure != "actual" and pools.chance(0.3) else
                    f"{last[:4]}-12-31" if last < "2026" else last)
    draft.maybe("period_start", 0.3, lambda: min(first, end))
    unit = draft.choose("unit", UNITS)
    parts = pools.chance(0.2)
    if parts:
        _parts(draft, pools, unit)
    else:
        draft["value"] = pools.percentage() if unit == "pct" else pools.figure()
    draft.maybe("value_high", 0.1, lambda: round(draft["value"] + 1, 4))
    draft.maybe("qualifier", 0.4, draft.qualifier)
    if pools.chance(0.4):
        draft["baseline_value"] = pools.figure()
        draft.maybe("declared_change", 0.6, lambda: pools.figure() if pools.chance(0.5) else
                    round(draft["value"] - draft["baseline_value"], 4))
        draft.maybe("baseline_on", 0.5, lambda: min("2021-12-31", end))
    draft.maybe("declared_change_pct", 0.2, lambda: round(draft.random.random() * 200 - 50, 4))
    draft.maybe("rank", 0.2, pools.rank)
    draft.put("dims", lambda: draft.random.choice((None, None, None, {}, {"sex": "f"}, {"sex": "f", "area": "rural"},
                                                   {"area": "rural", "sex": "f"})))
    draft.maybe_one_of("org_id", 0.3, pools.orgs[:3])
    draft.document()
    return draft


def _parts(draft, pools, unit):
    draft["parts"] = [{"category": name, "value": draft.random.randrange(20)}
                      for name in pools.some(("township", "school", "x.1_-"), 1, 3)]
    total = sum(part["value"] for part in draft["parts"])
    complete = pools.chance(0.5)
    draft["value"] = total if complete else draft.random.randrange(50)
    if complete or pools.chance(0.3):
        draft["parts_complete"] = complete
    assert unit != "pct" or draft["value"] <= 100


def survey(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("survey_id", pools.surveys)
    draft.put("region", lambda: place(pools, 30))
    draft.put("year", lambda: draft.random.randrange(2017, 2026, 2))
    draft.maybe("edition", 0.2, lambda: draft.random.randrange(1, 15))
    rate = draft.maybe("rate_pct", 0.8, pools.percentage)
    if pools.chance(0.3):
        draft["rate_qualifier"] = draft.qualifier()
    draft.maybe("sample_size", 0.3, lambda: draft.random.randrange(1, 10**6))
    draft.maybe("age_min", 0.3, lambda: 18)
    draft.maybe("age_max", 0.3, lambda: 69)
    draft.maybe_one_of("agency_org_id", 0.4, pools.orgs)
    draft.maybe("rank", 0.3, pools.rank)
    draft.maybe("announced_topics", 1 if rate is None else 0.3, lambda: pools.some(
        ("overall", "groups", "channels", "participation", "attitude"), 1, 3))
    pairs = [(dimension, category) for dimension in ("gender", "area") for category in ("a", "b")]
    draft.maybe("breakdown", 0.3, lambda: [{"dimension": dimension, "category": category,
                                            "rate_pct": pools.percentage()}
                                           for dimension, category in pools.some(pairs, 1, 4)])
    draft.document()
    return draft


def assessment(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("assessment_id", pools.assessments)
    scheme = draft.choose("scheme", ("science_day_org", "science_day_activity", "base_evaluation", "outstanding_unit"))
    draft.put("year", lambda: draft.random.randrange(2019, 2026))
    stage = draft.choose("stage", ("announced", "recommended", "awarded", "awarded", "graded"))
    subjects = {"science_day_org": ("org_id", "recipients"), "science_day_activity": ("activity_id", "recipients")}
    subject = draft.random.choice(subjects.get(scheme, ("org_id", "activity_id", "facility_id", "recipients")))
    draft.put(subject, {"org_id": lambda: draft.random.choice(pools.orgs), "recipients": pools.count,
                        "activity_id": lambda: draft.random.choice(pools.activities),
                        "facility_id": lambda: draft.random.choice(pools.facilities)}[subject])
    draft.maybe_one_of("level", 0.5, ("national", "county"))
    draft.maybe_one_of("recommender_org_id", 1 if stage == "recommended" else 0.3, pools.orgs)
    draft.maybe_one_of("decider_org_id", 0.4, pools.orgs)
    draft.choose("region", pools.regions)
    draft.put("decided_on", lambda: str(pools.day()))
    draft.maybe("due_on", 0.5, lambda: str(pools.day()))
    if stage == "graded":
        draft.choose("grade", ("excellent", "pass", "delist"))
    draft.maybe("score", 0.3, lambda: round(draft.random.random() * 100, 2))
    draft.maybe("contact", 0.1, lambda: {"email": "a@b.example"})
    draft.document(0.3)
    return draft


def summary(pools, fixed):
    draft = Draft(pools, fixed)
    draft.choose("summary_id", pools.summaries)
    draft.choose("org_id", pools.orgs[:3] if pools.chance(0.5) else pools.orgs[:20])
    draft.put("region", lambda: place(pools))
    draft.choose("summary_kind", ("annual", "thematic", "science_day", "monthly"))
    draft.put("year", lambda: draft.random.randrange(2020, 2026))
    draft.put("title", pools.texts)
    draft.put("submitted_on", lambda: "2025-01-20" if pools.chance(0.4) else str(pools.day(2021, 2026)))
    draft.maybe("due_on", 0.6, lambda: str(pools.day(2021, 2026)))
    draft.maybe("sections", 0.2, lambda: [{"ordinal": 1, "heading": pools.texts(), "text": pools.texts()},
                                          {"ordinal": 7, "heading": pools.texts()}])
    draft.maybe("findings", 0.3, lambda: findings(pools))
    draft.maybe("attachments", 0.2, lambda: attachments(pools))
    draft.maybe("partner_orgs", 0.3, lambda: partners(pools))
    draft.maybe("metrics", 0.5, lambda: [_metric(draft, pools, code) for code in pools.some(INDICATORS, 1, 4)])
    draft.document(0.4)
    return draft


def _metric(draft, pools, code):
    unit = draft.random.choice(UNITS)
    found = {"indicator": code, "value": pools.percentage() if unit == "pct" else pools.figure(), "unit": unit}
    if pools.chance(0.4):
        found["qualifier"] = draft.qualifier()
    return found
