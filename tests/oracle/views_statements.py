# SPDX-License-Identifier: Apache-2.0
"""Statements about totals: indicators, literacy, head-counts, reach. They are compared, never summed."""
import collections
from decimal import Decimal

from .lookups import INDICATOR_NAME
from .world import percent

LITERACY = "literacy.rate"


def grouped(items, key):
    found = collections.defaultdict(list)
    for one in items:
        found[key(one)].append(one)
    return found


def present(values):
    return [value for value in values if value is not None]


def network_growth_lines(world):
    return [one for one in world.indicators if one.measure == "actual" and one.baseline_value is not None]


def network_growth(world):
    return [{"indicator_code": one.code, "name_zh": INDICATOR_NAME.get(one.code, one.code), "region_code": one.region,
             "document_id": one.document, "base": one.baseline_value, "now": one.value, "change": one.change,
             "declared_change": one.declared_change, "growth_over_base_pct": percent(one.change, one.baseline_value),
             "share_of_now_pct": percent(one.change, one.value), "declared_change_pct": one.declared_change_pct,
             "declared_mismatch": one.is_mismatch, "rank_position": one.rank_position}
            for one in network_growth_lines(world)]


def indicator_parts(world):
    return [{"indicator_code": one.code, "region_code": one.region, "period_end": one.last, "total": one.value,
             "category": part["category"], "value": part["value"], "share_pct": percent(part["value"], one.value)}
            for one in world.indicators for part in one.parts]


def org_year(world):
    return [{"org_id": one.org, "year": one.last.year, "indicator_code": one.code, "measure_kind": one.measure,
             "value": one.value, "value_qualifier": one.qualifier}
            for one in world.indicators if one.org is not None]


def target(world):
    def same(one):
        return one.code, one.region, one.org, one.dims_key

    actual = grouped((one for one in world.indicators if one.measure == "actual"), same)
    rows = []
    for one in world.indicators:
        if one.measure == "target":
            met = _newest(world, [other for other in actual[same(one)] if other.last <= one.last])
            rows.append({"indicator_code": one.code, "region_code": one.region, "org_id": one.org,
                         "period_end": one.last, "target": one.value, "value_qualifier": one.qualifier,
                         "actual": met.value if met else None, "met": met.value >= one.value if met else None})
    return rows


def _newest(world, lines):
    return max(lines, key=lambda one: (one.last, world.preference.by_qualifier(one.event, one.qualifier)), default=None)


def literacy_progress(world):
    surveys = grouped((event for event in world.live["literacy.surveyed"] if event["rate_pct"] is not None),
                      lambda event: event["region"])
    outlook = {measure: grouped((one for one in world.indicators if one.code == LITERACY and one.measure == measure),
                                lambda one: one.region) for measure in ("forecast", "target")}
    regions = surveys.keys() | outlook["forecast"].keys() | outlook["target"].keys()
    return [_progress(world, code, surveys.get(code, []),
                      max((one.value for one in outlook["forecast"].get(code, [])), default=None),
                      max((one.value for one in outlook["target"].get(code, [])), default=None)) for code in regions]


def _progress(world, code, surveys, forecast, goal):
    row = {"region_code": code, "forecast_pct": forecast, "target_pct": goal}
    row |= dict.fromkeys(("y0", "rate0", "y1", "rate1", "change_pp", "growth_pct", "rank_position", "rank_scope",
                          "gap_to_target_pp"))
    if not surveys:
        return row
    by_year = {year: max(rivals, key=lambda one: world.preference.by_qualifier(one, one["rate_qualifier"]))
               for year, rivals in grouped(surveys, lambda event: event["year"]).items()}
    first, last = by_year[min(by_year)], by_year[max(by_year)]
    change = last["rate_pct"] - first["rate_pct"]
    row.update(y0=first["year"], rate0=first["rate_pct"], y1=last["year"], rate1=last["rate_pct"], change_pp=change,
               growth_pct=percent(change, first["rate_pct"]), rank_position=last["rank/position"],
               rank_scope=last["rank/scope"], gap_to_target_pp=None if goal is None else goal - last["rate_pct"])
    return row


def literacy_group(world):
    return [{"region_code": event["region"], "year": event["year"], **one}
            for event in world.live["literacy.surveyed"] for one in event["breakdown"] or []]


def literacy_topic(world):
    return [{"region_code": event["region"], "year": event["year"], "topic": topic}
            for event in world.live["literacy.surveyed"] for topic in event["announced_topics"] or []]


def workforce(world):
    rows = []
    stated = grouped(world.live["workforce.reported"],
                     lambda event: (event["region"], event["team_kind"], event["as_of"]))
    for (code, kind, day), events in stated.items():
        best = max(events, key=lambda one: world.preference.by_qualifier(one, one["headcount_qualifier"]))
        counts = present(event["headcount"] for event in events)
        rows.append({"region_code": code, "team_kind": kind, "as_of": day, "headcount": best["headcount"],
                     "headcount_qualifier": best["headcount_qualifier"], "teams": best["teams"],
                     "teams_qualifier": best["teams_qualifier"], "rank_position": best["rank/position"],
                     "statements": len(events), "headcount_min": min(counts, default=None),
                     "headcount_max": max(counts, default=None)})
    return rows


def online_reach(world):
    rows = []
    stated = grouped(world.reaches, lambda one: (one.facility, one.topic, one.metric, one.first, one.last))
    for (facility, topic, metric, first, last), lines in stated.items():
        best = max(lines, key=lambda one: world.preference.by_qualifier(one.event, one.qualifier))
        event = world.states.facilities.get(facility)
        rows.append({"region_code": best.region, "facility_id": facility, "topic": topic, "metric": metric,
                     "facility_kind": event["facility_kind"] if event else None, "name": world.facility_name(facility),
                     "period_start": first, "period_end": last, "value": best.value, "value_qualifier": best.qualifier,
                     "statements": len(lines), "value_min": min(one.value for one in lines),
                     "value_max": max(one.value for one in lines)})
    return rows


class Conflict:
    """Statements about the same with more than one value."""

    def __init__(self, what, region, day, lines):
        self.what, self.region, self.day = what, region, day
        self.lines = lines  # (event, value, qualifier)

    def preferred(self, world):
        return max(self.lines, key=lambda line: world.preference.by_qualifier(line[0], line[2]))


def _about():
    """Functions (statement) → (key, event, value, qualifier), the key beginning with what, region and date."""

    def indicator(one):
        return (one.code, one.region, one.last, one.org, one.dims_key, one.first), one.event, one.value, one.qualifier

    def team(event):
        return ((f"workforce.{event['team_kind']}", event["region"], event["as_of"], event["org_id"]), event,
                event["headcount"], event["headcount_qualifier"])

    def reach(one):
        return ((f"reach.{one.facility}.{one.metric}", one.region, one.last, one.topic, one.first), one.event,
                one.value, one.qualifier)

    return indicator, team, reach


def conflicts(world):
    indicator, team, reach = _about()
    stated = [indicator(one) for one in world.indicators if one.measure == "actual" and one.line == 0]
    stated += [team(event) for event in world.live["workforce.reported"] if event["headcount"] is not None]
    stated += [reach(one) for one in world.reaches]
    for key, lines in grouped(stated, lambda one: one[0]).items():
        if len({value for _, _, value, _ in lines}) > 1:
            yield Conflict(*key[:3], [line[1:] for line in lines])


def trimmed(value):
    """Without trailing zeros, never with an exponent."""
    text = f"{Decimal(value) + 0:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def indicator_conflict(world):
    rows = []
    for one in conflicts(world):
        distinct = sorted({(value, qualifier) for _, value, qualifier in one.lines})
        rows.append({"what": one.what, "region_code": one.region, "period_end": one.day,
                     "values": len({value for value, _ in distinct}),
                     "statements": [f"{trimmed(value)} {qualifier}" for value, qualifier in distinct]})
    return rows


VIEWS = {view.__name__: view for view in (
    network_growth, indicator_parts, org_year, target, literacy_progress, literacy_group, literacy_topic, workforce,
    online_reach, indicator_conflict)}
