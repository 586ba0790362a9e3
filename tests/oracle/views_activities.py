# SPDX-License-Identifier: Apache-2.0
"""Registered activities and what was reported of them, programmes, partners, findings, summaries, deadlines."""
import collections

from .lookups import TARGET_GROUPS
from .preferred import EXACT, INEXACT
from .states import name

FILLED = ("sessions", "participants", "online_participants", "experts", "counties_covered")
STATED = ("sessions", "participants", "online_participants", "experts", "volunteers")


def group_coverage(world):
    years, counts = set(), collections.Counter()
    for ident, event in world.states.activities.items():
        year = event["starts_on"].year
        for code in world.regions.above(event["region"]):
            years.add((code, year))
            if not world.is_cancelled(ident):
                for group in event["target_groups"] or []:
                    counts[code, year, group] += 1
    return [{"region_code": code, "year": year, "group_code": group, "name_zh": name_zh,
             "activities": counts[code, year, group]}
            for code, year in years for group, name_zh in TARGET_GROUPS.items()]


class Board:
    """Counts of activities in one cell."""

    def __init__(self):
        self.registered = self.cancelled = self.reported = self.online = self.participants = 0
        self.inexact = False

    def add(self, world, ident, event):
        self.registered += 1
        self.cancelled += world.is_cancelled(ident)
        self.reported += ident in world.single_reports
        self.online += event["mode"] == "online"

    def add_reports(self, world, ident):
        for report in preferred_reports(world, ident):
            self.participants += report["participants"] or 0
            self.inexact |= report["participants_qualifier"] not in (None, "exact")


def preferred_reports(world, activity_id):
    """One live single report of each period."""
    by_period = collections.defaultdict(list)
    for report in world.single_reports.get(activity_id, []):
        by_period[report["period_start"], report["period_end"]].append(report)
    return [max(reports, key=lambda one: world.preference.by_qualifier(one, one["participants_qualifier"]))
            for reports in by_period.values()]


def activity_board(world):
    boards = collections.defaultdict(Board)
    for ident, event in world.states.activities.items():
        for code in world.regions.above(event["region"]):
            cell = boards[code, event["starts_on"].year, event["occasion"], event["kind"], event["form"]]
            cell.add(world, ident, event)
            cell.add_reports(world, ident)
    return [{"region_code": code, "year": year, "occasion": occasion, "kind": kind, "form": form,
             "registered": cell.registered, "cancelled": cell.cancelled, "reported": cell.reported,
             "participants": cell.participants, "inexact": cell.inexact}
            for (code, year, occasion, kind, form), cell in boards.items()]


def science_day(world):
    boards = collections.defaultdict(Board)
    for ident, event in world.states.activities.items():
        if event["occasion"] == "science_day":
            for code in world.regions.above(event["region"]):
                boards[event["edition_year"] or event["starts_on"].year, code, event["form"]].add(world, ident, event)
    return [{"year": year, "region_code": code, "form": form, "registered": cell.registered,
             "cancelled": cell.cancelled, "reported": cell.reported, "online": cell.online}
            for (year, code, form), cell in boards.items()]


def _assessments_for(world, stage):
    """organisation → ids of assessments for it, or for an activity that it organises."""
    found = collections.defaultdict(set)
    for event in world.live["assessment.recorded"]:
        if event["stage"] == stage:
            activity = world.states.activities.get(event["activity_id"])
            org = event["org_id"] or (activity["organizer_org_id"] if activity else None)
            if org:
                found[org].add(event["assessment_id"])
    return found


def top_organisation(world):
    activities, reports = collections.Counter(), collections.Counter()
    for ident, event in world.states.activities.items():
        if not world.is_cancelled(ident):
            activities[event["organizer_org_id"]] += 1
            reports[event["organizer_org_id"]] += len(world.single_reports.get(ident, []))
    recommended, awarded = _assessments_for(world, "recommended"), _assessments_for(world, "awarded")
    rows = []
    for org in world.states.organizations.keys() | world.states.placeholders("organization"):
        event = world.states.organizations.get(org)
        rows.append({"org_id": org, "name": name(event["name"], org) if event else org,
                     "region_code": event["region"] if event else None, "activities": activities[org],
                     "reports": reports[org], "recommended": len(recommended.get(org, ())),
                     "awarded": len(awarded.get(org, ()))})
    return _placed(rows)


def _placed(rows):
    def score(row):
        return row["awarded"], row["recommended"], row["activities"]

    rows.sort(key=score, reverse=True)
    for number, row in enumerate(rows):
        tied = number and score(rows[number - 1]) == score(row)
        row["place"] = rows[number - 1]["place"] if tied else number + 1
    return rows


def programme_outcome(world):
    stated = collections.defaultdict(list)
    for event in world.live["activity.reported"]:
        if event["aggregation"] == "programme":
            stated[event["programme_id"], event["kind"], event["region"], event["period_start"],
                   event["period_end"]].append(event)
    return [_outcome(world, events) for events in stated.values()]


def _outcome(world, events):
    def rank(event):
        inexact = any(event[f"{figure}_qualifier"] not in (None, "exact") for figure in STATED)
        return (sum(event[figure] is not None for figure in FILLED),
                world.preference.rank(event, INEXACT if inexact else EXACT))

    best = max(events, key=rank)
    shown = ("programme_id", "kind", "period_start", "period_end", "sessions", "sessions_qualifier", "participants",
             "participants_qualifier", "online_participants", "online_participants_qualifier", "experts",
             "prefectures_covered", "counties_covered", "per_year")
    return {**{member: best[member] for member in shown}, "region_code": best["region"], "statements": len(events),
            "programme": name(world.side.programme_name(best["programme_id"]), best["programme_id"])}


def partner(world):
    activities, summaries, last = collections.Counter(), collections.Counter(), {}
    for kind, owner, counter in (("activity.reported", "organizer_org_id", activities),
                                 ("summary.submitted", "org_id", summaries)):
        for event in world.live[kind]:
            for other in event["partner_orgs"] or [] if event[owner] else []:
                pair = event[owner], other
                counter[pair] += 1
                last[pair] = max(last.get(pair, event.occurred_on), event.occurred_on)
    return [{"org_id": org, "partner_org_id": other, "activities": activities[org, other],
             "summaries": summaries[org, other], "last_on": day} for (org, other), day in last.items()]


def finding(world):
    return [{"source": event.source, "event_id": event.id, "type": event.full_type, "kind": one["kind"],
             "ordinal": one["ordinal"], "lang": language, "body": body}
            for kind in ("activity.reported", "summary.submitted") for event in world.live[kind]
            for one in event["findings"] or [] for language, body in one["text"].items()]


def deadline(world):
    rows = []
    for event in world.live["summary.submitted"]:
        rows.append((event["summary_id"], event["org_id"], event["submitted_on"], event["due_on"]))
    for event in world.live["assessment.recorded"]:
        rows.append((event["assessment_id"], event["recommender_org_id"] or event["org_id"], event["decided_on"],
                     event["due_on"]))
    return [{"item": item, "org_id": org, "done_on": done, "due_on": due, "in_time": done <= due}
            for item, org, done, due in rows if due]


def summary_due(world):
    submitted, first, last = {}, {}, {}
    for event in world.live["summary.submitted"]:
        kind, org, year = event["summary_kind"], event["org_id"], event["year"]
        rivals = submitted.setdefault((org, kind, year), [])
        rivals.append((event["submitted_on"], event["summary_id"], event["due_on"]))
        first[org, kind] = min(first.get((org, kind), year), year)
        last[kind] = max(last.get(kind, year), year)
    return [_due(org, kind, year, submitted.get((org, kind, year)))
            for (org, kind), start in first.items() for year in range(start, last[kind] + 1)]


def _due(org, kind, year, rivals):
    done, _, due = min(rivals) if rivals else (None, None, None)
    state = "missing" if done is None else "in_time" if due is None or done <= due else "late"
    return {"org_id": org, "summary_kind": kind, "year": year, "due_on": due, "submitted_on": done, "state": state}


VIEWS = {view.__name__: view for view in (
    group_coverage, activity_board, science_day, top_organisation, programme_outcome, partner, finding, deadline,
    summary_due)}
