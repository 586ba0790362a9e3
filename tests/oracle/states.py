# SPDX-License-Identifier: Apache-2.0
"""Which snapshot of an entity counts, which entities are only referred to, and the one-way steps (4.4)."""
import collections

from .live import greatest
from .lookups import INDICATOR_NAME, REGIONS

ENTITY = {"region.changed": "code", "organization.changed": "org_id", "facility.changed": "facility_id",
          "activity.registered": "activity_id"}

ORGANIZATION, FACILITY, ACTIVITY, REGION, INDICATOR = "organization", "facility", "activity", "region", "indicator"

# Members that refer by an arrow of section 3.2: type → dimension → members (lists included).
REFERENCES = {
    "region.changed": {REGION: ("code", "parent_code")},
    "organization.changed": {REGION: ("region",), ORGANIZATION: ("org_id", "parent_org_id")},
    "facility.changed": {REGION: ("region",), ORGANIZATION: ("operator_org_id",),
                         FACILITY: ("facility_id", "parent_facility_id")},
    "designation.granted": {REGION: ("region", "holder_region"), ORGANIZATION: ("grantor_org_id", "holder_org_id"),
                            FACILITY: ("holder_facility_id",)},
    "designation.revoked": {ORGANIZATION: ("decision_org_id",)},
    "activity.registered": {REGION: ("region",), ORGANIZATION: ("organizer_org_id", "co_organizers"),
                            FACILITY: ("facility_id",), ACTIVITY: ("activity_id",)},
    "activity.cancelled": {},
    "activity.reported": {REGION: ("region",), ORGANIZATION: ("organizer_org_id", "partner_orgs"),
                          ACTIVITY: ("activity_id",)},
    "visit.counted": {FACILITY: ("facility_id",), ACTIVITY: ("activity_id",)},
    "training.held": {REGION: ("region",), ORGANIZATION: ("organizer_org_id",)},
    "material.distributed": {REGION: ("region",), ORGANIZATION: ("distributor_org_id",), ACTIVITY: ("activity_id",)},
    "resource.published": {REGION: ("region",), ORGANIZATION: ("publisher_org_id",), FACILITY: ("facility_id",)},
    "reach.measured": {REGION: ("region",), FACILITY: ("facility_id",), ACTIVITY: ("activity_id",)},
    "workforce.reported": {REGION: ("region",), ORGANIZATION: ("org_id",)},
    "funding.recorded": {REGION: ("region",), ORGANIZATION: ("org_id",)},
    "indicator.reported": {REGION: ("region",), ORGANIZATION: ("org_id",), INDICATOR: ("indicator",)},
    "literacy.surveyed": {REGION: ("region",), ORGANIZATION: ("agency_org_id",)},
    "assessment.recorded": {REGION: ("region",), ORGANIZATION: ("org_id", "recommender_org_id", "decider_org_id"),
                            ACTIVITY: ("activity_id",), FACILITY: ("facility_id",)},
    "summary.submitted": {REGION: ("region",), ORGANIZATION: ("org_id", "partner_orgs")},
    "event.voided": {},
}


def references(event):
    """(dimension, id) of all that the event refers to."""
    for dimension, members in REFERENCES[event.type].items():
        for member in members:
            value = event[member]
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    yield dimension, one
    for metric in event["metrics"] or [] if event.type == "summary.submitted" else []:
        yield INDICATOR, metric["indicator"]


def state_rank(event):
    return event["revision"], event.rank


class States:
    """`of[type]`: entity id → the event that counts; `mentioned[dimension]`: ids, described or not."""

    def __init__(self, events):
        self.of = {name: {} for name in ENTITY}
        self.mentioned = collections.defaultdict(set)
        self.revisions = collections.defaultdict(list)  # (type, id, revision) → events
        for event in events:
            for dimension, ident in references(event):
                self.mentioned[dimension].add(ident)
            if event.type in ENTITY:
                self._add(event)

    def _add(self, event):
        ident = event[ENTITY[event.type]]
        best = self.of[event.type]
        self.revisions[event.type, ident, event["revision"]].append(event)
        if ident not in best or state_rank(event) > state_rank(best[ident]):
            best[ident] = event

    @property
    def organizations(self):
        return self.of["organization.changed"]

    @property
    def facilities(self):
        return self.of["facility.changed"]

    @property
    def activities(self):
        return self.of["activity.registered"]

    def placeholders(self, dimension):
        described = {REGION: REGIONS.keys() | self.of["region.changed"].keys(), ORGANIZATION: self.organizations.keys(),
                     FACILITY: self.facilities.keys(), ACTIVITY: self.activities.keys(),
                     INDICATOR: INDICATOR_NAME.keys()}
        return self.mentioned[dimension] - described[dimension]


class Steps:
    """Of several grants, revocations or cancellations of one entity, the greatest that nothing takes back."""

    def __init__(self, events, taken):
        self.granted = self._pick(events, taken, "designation.granted", "designation_id")
        self.revoked = self._pick(events, taken, "designation.revoked", "designation_id")
        self.cancelled = self._pick(events, taken, "activity.cancelled", "activity_id")

    @staticmethod
    def _pick(events, taken, kind, entity):
        told = collections.defaultdict(list)
        for event in events:
            if event.type == kind and event not in taken:
                told[event[entity]].append(event)
        return {ident: greatest(rivals) for ident, rivals in told.items()}


def name(texts, otherwise):
    """As shown: simplified Chinese, else traditional, else English."""
    for language in ("zh-Hans", "zh-Hant", "en"):
        if language in texts:
            return texts[language]
    return otherwise
