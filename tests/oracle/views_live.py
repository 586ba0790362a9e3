# SPDX-License-Identifier: Apache-2.0
"""The live_* views: one row per live fact."""
from decimal import Decimal


def columns(event, *names, **renamed):
    """Members as columns of the same name; renamed: column → member."""
    row = {name: event[name] for name in names}
    row.update({column: event[member] for column, member in renamed.items()})
    return {"occurred_on": event.occurred_on, "document_id": event["document/document_id"], **row}


def figure(*names):
    return [member for name in names for member in (name, f"{name}_qualifier")]


def live_activity(world):
    return [columns(event, "aggregation", "activity_id", "programme_id", "kind", "organizer_org_id", "period_start",
                    "period_end", "per_year", "prefectures_covered", "counties_covered",
                    *figure("sessions", "participants", "online_participants", "experts", "volunteers"),
                    region_code="region")
            for event in world.live["activity.reported"]]


def live_assessment(world):
    return [columns(event, "assessment_id", "scheme", "year", "stage", "level", "org_id", "activity_id", "facility_id",
                    "recipients", "recommender_org_id", "decider_org_id", "decided_on", "due_on", "grade", "score",
                    region_code="region")
            for event in world.live["assessment.recorded"]]


def yuan(event):
    return Decimal(event["amount_fen"]).scaleb(-2)


def live_funding(world):
    return [{**columns(event, "funding_id", "direction", "purpose", "programme_id", "source_level", "org_id",
                       "period_start", "period_end", "amount_qualifier", "may_overlap", region_code="region"),
             "amount_yuan": yuan(event)}
            for event in world.live["funding.recorded"]]


def live_indicator(world):
    return [{"occurred_on": one.event.occurred_on, "line": one.line, "indicator_code": one.code,
             "region_code": one.region, "org_id": one.org, "measure_kind": one.measure, "period_start": one.first,
             "period_end": one.last, "value": one.value, "value_high": one.value_high, "value_qualifier": one.qualifier,
             "unit": one.unit, "baseline_value": one.baseline_value, "baseline_on": one.baseline_on,
             "declared_change": one.declared_change, "declared_change_pct": one.declared_change_pct,
             "rank_position": one.rank_position, "rank_scope": one.rank_scope, "parts_complete": one.parts_complete,
             "dims": one.dims, "document_id": one.document}
            for one in world.indicators]


def live_material(world):
    return [columns(event, "period_start", "period_end", "material_kind", *figure("copies"), "activity_id",
                    org_id="distributor_org_id", region_code="region", group_code="group")
            for event in world.live["material.distributed"]]


def live_reach(world):
    return [{**columns(one.event, "facility_id", "topic", "period_start", "period_end", "activity_id"),
             "metric": one.metric, "region_code": one.region, "value": one.value, "value_qualifier": one.qualifier}
            for one in world.reaches]


def live_resource(world):
    return [columns(event, "resource_id", "resource_kind", "facility_id", "period_start", "period_end",
                    *figure("items"), "unit", "minutes_low", "minutes_high", "topic", "renewal",
                    org_id="publisher_org_id", region_code="region")
            for event in world.live["resource.published"]]


def live_summary(world):
    return [columns(event, "summary_id", "org_id", "summary_kind", "year", "submitted_on", "due_on",
                    region_code="region")
            for event in world.live["summary.submitted"]]


def live_survey(world):
    return [columns(event, "survey_id", "year", "edition", "rate_pct", "rate_qualifier", "sample_size", "age_min",
                    "age_max", "agency_org_id", region_code="region", rank_position="rank/position",
                    rank_scope="rank/scope")
            for event in world.live["literacy.surveyed"]]


def live_training(world):
    return [columns(event, "training_id", "organizer_org_id", "starts_on", "ends_on", *figure("trainees"),
                    "trainee_kind", "hours", region_code="region", group_code="group")
            for event in world.live["training.held"]]


def live_visit(world):
    return [{**columns(event, "facility_id", "period_start", "period_end", *figure("visitors"), "scope", "activity_id",
                       "free_admission", "method", group_code="group"),
             "region_code": world.facility_region(event["facility_id"])}
            for event in world.live["visit.counted"]]


def live_workforce(world):
    return [columns(event, "team_kind", "org_id", "as_of", *figure("headcount", "teams"), "female", "rural",
                    region_code="region", rank_position="rank/position", rank_scope="rank/scope")
            for event in world.live["workforce.reported"]]


VIEWS = {view.__name__: view for view in (
    live_activity, live_assessment, live_funding, live_indicator, live_material, live_reach, live_resource,
    live_summary, live_survey, live_training, live_visit, live_workforce)}
