# SPDX-License-Identifier: Apache-2.0
"""The members of the 20 event types (domain, section 2.6), as far as views depend on them: kinds, defaults, natural
keys, business dates. Written from the text of the domain, not from schema/catalogue."""

PREFIX = "cn.kepu."

PLAIN, DAY, TEXTS, MASKED, CODES, DROPPED = "plain", "day", "texts", "masked", "codes", "dropped"


class Default:
    """A plain member that has this value when it is absent."""

    def __init__(self, value):
        self.value = value


class Qualifier:
    """`exact` beside a figure when it is absent, nothing without that figure."""

    def __init__(self, figure):
        self.figure = figure


class Items:
    """A list of objects with these members."""

    def __init__(self, **members):
        self.members = members


class Part:
    """An object with these members."""

    def __init__(self, **members):
        self.members = members


def plain(*names):
    return {name: PLAIN for name in names}


def days(*names):
    return {name: DAY for name in names}


def texts(*names):
    return {name: TEXTS for name in names}


def figures(*names):
    """Counts, each with its qualifier."""
    return {member: kind for name in names
            for member, kind in ((name, PLAIN), (f"{name}_qualifier", Qualifier(name)))}


DOCUMENT = Part(**plain("document_id", "doc_no", "issuer_org_id", "url", "language"), title=MASKED, published_on=DAY)
RANK = Part(**plain("position", "scope"), text=MASKED)
FINDINGS = Items(**plain("kind", "ordinal"), text=TEXTS)
ATTACHMENTS = Items(**plain("media_kind", "items", "url"))
STATED = {"document": DOCUMENT}
PERIOD = days("period_start", "period_end")


class Type:
    def __init__(self, name, kind, members, occurred_on=None, natural=None, entity=None):
        self.name = name
        self.kind = kind  # state, step, fact or control
        self.members = members
        self.occurred_on = occurred_on  # a member; None: the date of `time` in China
        self.natural = natural  # members, or None
        self.entity = entity  # what `subject` must repeat


_REGION = {**plain("code", "revision", "level", "kind", "parent_code", "iso3166_2"), **texts("name"),
           **days("valid_from", "valid_to"), "status": Default("active")}

_ORGANIZATION = {**plain("org_id", "revision", "org_kind", "grassroots_kind", "admin_level", "region", "parent_org_id",
                         "uscc"), **texts("name"), **days("established_on", "dissolved_on"),
                 "status": Default("active")}

_FACILITY = {**plain("facility_id", "revision", "facility_kind", "operator_org_id", "region", "parent_facility_id",
                     "status", "device_count", "exhibits", "panels", "floor_area_m2", "odometer_km", "languages",
                     "url"), **texts("name"), **days("open_to_public_since", "closed_on"), "unit_count": Default(1)}

_GRANTED = {**plain("designation_id", "title_kind", "level", "grantor_org_id", "holder_org_id", "holder_facility_id",
                    "holder_region", "holder_count", "part_of", "region", "batch"), **days("valid_from", "valid_to"),
            **STATED}

_REVOKED = {**plain("designation_id", "reason_kind", "decision_org_id", "holder_count"), **days("revoked_on"),
            **texts("reason"), **STATED}

_REGISTERED = {**plain("activity_id", "revision", "form", "kind", "edition_year", "organizer_org_id", "co_organizers",
                       "region", "facility_id", "parent_activity_id", "programme_id", "mode", "platform_url",
                       "target_groups", "languages", "expected_participants", "budget_fen"),
               **texts("name", "subtitle", "theme"), **days("starts_on", "ends_on"), "occasion": Default("none"),
               "contact": DROPPED, **STATED}

_CANCELLED = {**plain("activity_id", "reason_kind"), **days("cancelled_on"), **texts("reason"), **STATED}

_REPORTED = {**plain("aggregation", "activity_id", "programme_id", "kind", "region", "organizer_org_id",
                     "prefectures_covered", "counties_covered", "languages", "partner_orgs"), **texts("programme_name"),
             **PERIOD, **figures("sessions", "participants", "online_participants", "experts", "volunteers"),
             "per_year": Default(False), "by_group": Items(**plain("group", "participants")), "findings": FINDINGS,
             "attachments": ATTACHMENTS, **STATED}

_VISIT = {**plain("facility_id", "scope", "counter_id", "activity_id", "free_admission", "method"), **PERIOD,
          **figures("visitors"), **texts("audience_label"), "group": Default("all"), **STATED}

_TRAINING = {**plain("training_id", "organizer_org_id", "region", "trainee_kind", "hours", "group"), **texts("topic"),
             **days("starts_on", "ends_on"), **figures("trainees"), **STATED}

_MATERIAL = {**plain("distributor_org_id", "region", "material_kind", "languages", "activity_id", "group"), **PERIOD,
             **texts("title"), **figures("copies"), **STATED}

_RESOURCE = {**plain("resource_id", "resource_kind", "publisher_org_id", "region", "facility_id", "unit", "minutes_low",
                     "minutes_high", "languages"), **texts("title"), **PERIOD, **figures("items"),
             "topic": Default("general"), "renewal": Default(False), **STATED}

_REACH = {**plain("facility_id", "region", "languages", "activity_id"), **PERIOD, "topic": Default("general"),
          "metrics": Items(**plain("metric", "value"), qualifier=Qualifier("value")), **STATED}

_WORKFORCE = {**plain("team_kind", "region", "org_id", "female", "rural"), **days("as_of"),
              **figures("headcount", "teams"), "rank": RANK, **STATED}

_FUNDING = {**plain("funding_id", "direction", "purpose", "programme_id", "source_level", "region", "org_id",
                    "amount_fen"), **texts("programme_name"), **PERIOD, "amount_qualifier": Qualifier("amount_fen"),
            "currency": Default("CNY"), "may_overlap": Default(False), "beneficiaries": Items(**plain("kind", "count")),
            **STATED}

_INDICATOR = {**plain("indicator", "region", "measure_kind", "value", "value_high", "unit", "baseline_value",
                      "declared_change", "declared_change_pct", "org_id"), **PERIOD, **days("baseline_on"),
              "qualifier": Qualifier("value"), "rank": RANK, "parts": Items(**plain("category", "value")),
              "parts_complete": Default(False), "dims": CODES, **STATED}

_SURVEY = {**plain("survey_id", "region", "year", "edition", "rate_pct", "sample_size", "age_min", "age_max",
                   "agency_org_id", "announced_topics"), "rate_qualifier": Qualifier("rate_pct"), "rank": RANK,
           "breakdown": Items(**plain("dimension", "category", "rate_pct")), **STATED}

_ASSESSMENT = {**plain("assessment_id", "scheme", "year", "stage", "level", "org_id", "activity_id", "facility_id",
                       "recipients", "recommender_org_id", "decider_org_id", "region", "grade", "score"),
               **days("decided_on", "due_on"), "contact": DROPPED, **STATED}

_SUMMARY = {**plain("summary_id", "org_id", "region", "summary_kind", "year", "partner_orgs"), **texts("title"),
            **days("submitted_on", "due_on"),
            "sections": Items(**plain("ordinal"), **texts("heading", "text")), "findings": FINDINGS,
            "attachments": ATTACHMENTS,
            "metrics": Items(**plain("indicator", "value", "unit"), qualifier=Qualifier("value")), **STATED}

_VOIDED = {**plain("target_id", "target_type", "reason_kind"), "reason": MASKED}

_STATED_IN = "document/document_id"
# Each metric of a reach has a key of its own: `metric` is that of the line.
REACH_KEY = ("facility_id", "topic", "metric", "period_start", "period_end", _STATED_IN)

TYPES = {one.name: one for one in (
    Type("region.changed", "state", _REGION, entity="code"),
    Type("organization.changed", "state", _ORGANIZATION, entity="org_id"),
    Type("facility.changed", "state", _FACILITY, entity="facility_id"),
    Type("designation.granted", "step", _GRANTED, "valid_from", entity="designation_id"),
    Type("designation.revoked", "step", _REVOKED, "revoked_on", entity="designation_id"),
    Type("activity.registered", "state", _REGISTERED, "starts_on", entity="activity_id"),
    Type("activity.cancelled", "step", _CANCELLED, "cancelled_on", entity="activity_id"),
    Type("activity.reported", "fact", _REPORTED, "period_end",
         ("activity_id", "programme_id", "kind", "region", "period_start", "period_end", _STATED_IN)),
    Type("visit.counted", "fact", _VISIT, "period_end",
         ("facility_id", "period_start", "period_end", "scope", "group", "audience_label", "counter_id"),
         entity="facility_id"),
    Type("training.held", "fact", _TRAINING, "ends_on", ("training_id",)),
    Type("material.distributed", "fact", _MATERIAL, "period_end",
         ("distributor_org_id", "material_kind", "title", "period_start", "period_end", "activity_id")),
    Type("resource.published", "fact", _RESOURCE, "period_end", ("resource_id",)),
    Type("reach.measured", "fact", _REACH, "period_end", REACH_KEY, entity="facility_id"),
    Type("workforce.reported", "fact", _WORKFORCE, "as_of", ("team_kind", "region", "org_id", "as_of", _STATED_IN)),
    Type("funding.recorded", "fact", _FUNDING, "period_end", ("funding_id",)),
    Type("indicator.reported", "fact", _INDICATOR, "period_end",
         ("indicator", "region", "org_id", "period_start", "period_end", "measure_kind", "dims", _STATED_IN)),
    Type("literacy.surveyed", "fact", _SURVEY, "year", ("survey_id", "region")),
    Type("assessment.recorded", "fact", _ASSESSMENT, "decided_on", ("assessment_id", "stage")),
    Type("summary.submitted", "fact", _SUMMARY, "submitted_on", ("summary_id",), entity="summary_id"),
    Type("event.voided", "control", _VOIDED),
)}

# What an event.voided has an effect on.
VOIDABLE = {name for name, one in TYPES.items() if one.kind == "fact"} | {"designation.revoked", "activity.cancelled"}
