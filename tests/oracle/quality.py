# SPDX-License-Identifier: Apache-2.0
"""Findings about events that were accepted (4.10), and the counters of arrival."""
import collections

from .declared import PREFIX
from .live import greatest
from .states import ENTITY
from .views_entities import granted_holders
from .views_statements import conflicts, network_growth_lines


def same_fact_twice(world):
    yield from world.facts.told_twice


def corrected_twice(world):
    for rivals in world.facts.corrections.of.values():
        best = greatest(rivals)
        yield from ((event, best) for event in rivals if event is not best)


def overlapping_totals(world):
    yield from ((total.event, total.crossed.event) for total in world.totals if total.left_out)


def negative_remainder(world):
    yield from ((total.event, None) for total in world.totals if not total.left_out and total.remainder < 0)


def declared_mismatch(world):
    yield from ((one.event, None) for one in network_growth_lines(world) if one.is_mismatch)


def conflicting_statements(world):
    for conflict in conflicts(world):
        best, wanted, _ = conflict.preferred(world)
        yield from ((event, best) for event, value, _ in conflict.lines if value != wanted)


def equal_revision(world):
    for told in world.states.revisions.values():
        best = greatest(told)
        yield from ((event, best) for event in told if not event.says_the_same(best))


def voids_state(world):
    yield from world.taken.voids_state


def corrects_other_type(world):
    yield from world.taken.other_type


def cancelled_but_reported(world):
    for activity, cancellation in world.steps.cancelled.items():
        yield from ((cancellation, report) for report in world.single_reports.get(activity, []))


def _ended(world):
    for designation, revocation in world.steps.revoked.items():
        if designation in world.steps.granted:
            yield revocation, world.steps.granted[designation]


def revoked_before_granted(world):
    yield from ((revocation, grant) for revocation, grant in _ended(world)
                if revocation["revoked_on"] < grant["valid_from"])


def revoked_more_than_granted(world):
    yield from ((revocation, grant) for revocation, grant in _ended(world)
                if (revocation["holder_count"] or 0) > granted_holders(grant))


def double_identifier(world):
    for kind, member in (("organization.changed", "uscc"), ("region.changed", "iso3166_2")):
        bearers = collections.defaultdict(list)
        for event in world.states.of[kind].values():
            if event[member]:
                bearers[event[member]].append(event)
        for events in bearers.values():
            smallest = min(events, key=lambda event: event[ENTITY[event.type]])
            yield from ((event, smallest) for event in events if event is not smallest)


# voids_unknown and placeholder are findings only after 7 days: none in a test.
KINDS = (same_fact_twice, corrected_twice, overlapping_totals, negative_remainder, declared_mismatch,
         conflicting_statements, equal_revision, voids_state, corrects_other_type, cancelled_but_reported,
         revoked_before_granted, revoked_more_than_granted, double_identifier)


def quality_finding(world):
    rows = {(kind.__name__, first, second) for kind in KINDS for first, second in kind(world)}
    return [{"kind": kind, "type": first.full_type, "source": first.source, "event_id": first.id,
             "other_source": second.source if second else None, "other_event_id": second.id if second else None,
             "detail": None}
            for kind, first, second in rows]


def taken_back(world):
    rows = []
    for target, takers in world.taken.by.items():
        by = greatest(takers)
        voided = by.type == "event.voided"
        rows.append({"source": target.source, "event_id": target.id, "kind": "voided" if voided else "corrected",
                     "taken_back_by": by.id, "reason_kind": by["reason_kind"] if voided else None})
    return rows


def ingest_quality(world):
    cells = collections.defaultdict(collections.Counter)
    for event in world.delivery.events:
        cell = cells[event.source, event.type]
        cell["accepted"] += 1
        cell["with_warnings"] += bool(event.warnings)
        cell["voided_or_corrected"] += event in world.taken
    return [{"source": source, "type": PREFIX + kind, "redelivered": world.delivery.redelivered[source, kind],
             **{name: cell[name] for name in ("accepted", "with_warnings", "voided_or_corrected")}}
            for (source, kind), cell in cells.items()]


def reject_reason(world):
    conflicting = world.delivery.conflicts
    return [{"reason": "E_ID_CONFLICT", "messages": conflicting, "last_seen": None}] if conflicting else []


VIEWS = {view.__name__: view for view in (quality_finding, taken_back, ingest_quality, reject_reason)}
