# SPDX-License-Identifier: Apache-2.0
"""Visits, materials, trainings, resources, money, assessments, languages."""
import collections

from .states import name
from .views_live import yuan
from .world import percent


def month(day):
    return day.replace(day=1)


def visits_region_month(world):
    cells = {}
    for total in world.totals:
        if total.left_out:
            continue
        facility = total.event["facility_id"]
        for code in world.regions.above(world.facility_region(facility)):
            key = code, month(total.event["period_end"])
            cell = cells.setdefault(key, {"visitors": 0, "inexact": False, "of_longer_periods": 0, "facilities": set()})
            cell["visitors"] += total.own
            cell["inexact"] |= total.event["visitors_qualifier"] != "exact"
            cell["of_longer_periods"] += total.own if total.is_longer else 0
            cell["facilities"].add(facility)
    return [{"region_code": code, "month": first, **cell, "facilities": len(cell["facilities"])}
            for (code, first), cell in cells.items()]


def visit_audience(world):
    return [{"facility_id": event["facility_id"], "period_end": event["period_end"], "visitors": event["visitors"],
             "visitors_qualifier": event["visitors_qualifier"], "activity_id": event["activity_id"],
             "audience": name(event["audience_label"] or {}, None)}
            for event in world.live["visit.counted"] if event["scope"] == "subset"]


def visits_reconciliation(world):
    own = collections.defaultdict(list)
    for total in world.totals:
        if not total.left_out:
            for code in world.regions.above(world.facility_region(total.event["facility_id"])):
                own[code].append((total.event["period_end"], total.own))
    rows = []
    for one in world.indicators:
        if one.code == "visits.venue.total" and one.measure == "actual":
            counted = sum(value for day, value in own[one.region] if day <= one.last)
            rows.append({"region_code": one.region, "period_end": one.last, "reported": one.value, "counted": counted,
                         "value_qualifier": one.qualifier, "counted_share_pct": percent(counted, one.value)})
    return rows


def facility_year(world):
    cells = collections.defaultdict(lambda: dict.fromkeys(("visitors", "in_groups", "exhibit", "panel"), 0))
    for total in world.totals:
        if not total.left_out:
            cells[total.event["facility_id"], total.event["period_end"].year]["visitors"] += total.own
    for event in world.live["visit.counted"]:
        if event["scope"] == "subset":
            cells[event["facility_id"], event["period_end"].year]["in_groups"] += event["visitors"]
    for event in world.live["resource.published"]:
        if event["facility_id"] and event["renewal"] and event["resource_kind"] in ("exhibit", "panel"):
            cells[event["facility_id"], event["period_end"].year][event["resource_kind"]] += event["items"]
    return [{"facility_id": facility, "year": year, "visitors": cell["visitors"], "in_groups": cell["in_groups"],
             "exhibits_renewed": cell["exhibit"], "panels_renewed": cell["panel"]}
            for (facility, year), cell in cells.items()]


def material(world):
    copies = collections.Counter()
    for event in world.live["material.distributed"]:
        for code in world.regions.above(event["region"]):
            copies[code, event["period_end"].year] += event["copies"]
    return [{"region_code": code, "year": year, "copies": count} for (code, year), count in copies.items()]


def training(world):
    cells = {}
    for event in world.live["training.held"]:
        for code in world.regions.above(event["region"]):
            cell = cells.setdefault((code, event["ends_on"].year), {"trainings": 0, "trainees": 0, "inexact": False})
            cell["trainings"] += 1
            cell["trainees"] += event["trainees"]
            cell["inexact"] |= event["trainees_qualifier"] != "exact"
    return [{"region_code": code, "year": year, **cell} for (code, year), cell in cells.items()]


def resource(world):
    cells = {}
    for event in world.live["resource.published"]:
        key = event["region"], event["resource_kind"], event["unit"], event["topic"]
        cell = cells.setdefault(key, {"items": 0, "inexact": False})
        cell["items"] += event["items"]
        cell["inexact"] |= event["items_qualifier"] != "exact"
    return [{"region_code": code, "resource_kind": kind, "unit": unit, "topic": topic, **cell}
            for (code, kind, unit, topic), cell in cells.items()]


def funding_by_level(world):
    lines = collections.defaultdict(list)
    for event in world.live["funding.recorded"]:
        lines[event["region"], event["source_level"], event["purpose"]].append(event)
    return [{"region_code": code, "source_level": level, "purpose": purpose,
             "amount_yuan": sum(yuan(event) for event in events),
             "amount_qualifier": min(event["amount_qualifier"] for event in events),
             "may_overlap": any(event["may_overlap"] for event in events),
             "since": min(event["period_start"] for event in events)}
            for (code, level, purpose), events in lines.items()]


def funding_beneficiary(world):
    return [{"funding_id": event["funding_id"], "kind": one["kind"], "units": one["count"]}
            for event in world.live["funding.recorded"] for one in event["beneficiaries"] or []]


def assessment_board(world):
    records, recipients = collections.Counter(), collections.Counter()
    for event in world.live["assessment.recorded"]:
        key = event["region"], event["year"], event["scheme"], event["stage"]
        records[key] += 1
        recipients[key] += event["recipients"] or 0
    return [{"region_code": code, "year": year, "scheme": scheme, "stage": stage, "records": count,
             "recipients": recipients[code, year, scheme, stage]}
            for (code, year, scheme, stage), count in records.items()]


def language(world):
    named = collections.Counter()
    for event in world.facts.events():
        for tag in event["languages"] or []:
            named[tag, event.full_type] += 1
    return [{"lang": tag, "type": kind, "facts": count} for (tag, kind), count in named.items()]


VIEWS = {view.__name__: view for view in (
    visits_region_month, visit_audience, visits_reconciliation, facility_year, material, training, resource,
    funding_by_level, funding_beneficiary, assessment_board, language)}
