# SPDX-License-Identifier: Apache-2.0
"""All that the views look at, worked out once."""
import collections
from decimal import Decimal
from fractions import Fraction

from . import moments
from .live import Facts
from .preferred import Preference
from .regions import COUNTRY, Regions
from .side import Side
from .states import States, Steps, name
from .statements import indicator_statements, reach_statements
from .visits import totals_of


class World:
    def __init__(self, delivery, today=None):
        self.delivery = delivery
        self.today = today or moments.today()
        self.facts = Facts(delivery)
        self.live = self.facts.of
        self.taken = self.facts.taken
        self.states = States(delivery.events)
        self.steps = Steps(delivery.events, self.taken)
        self.regions = Regions(self.states)
        self.side = Side(delivery.events)
        self.preference = Preference(self.side)
        self.totals = totals_of(self.live["visit.counted"])
        self.indicators = list(indicator_statements(self.live))
        self.reaches = list(reach_statements(self.live["reach.measured"], self.facility_region))
        self.single_reports = collections.defaultdict(list)
        for event in self.live["activity.reported"]:
            if event["aggregation"] == "single":
                self.single_reports[event["activity_id"]].append(event)

    def facility_region(self, facility_id):
        """Never null: an unknown region counts as the country."""
        event = self.states.facilities.get(facility_id)
        return event["region"] if event else COUNTRY

    def facility_name(self, facility_id):
        event = self.states.facilities.get(facility_id)
        return name(event["name"], facility_id) if event else facility_id

    def is_cancelled(self, activity_id):
        return activity_id in self.steps.cancelled and activity_id not in self.single_reports


def percent(part, whole):
    """To two decimals, halves away from zero; nothing of nothing."""
    if part is None or not whole:
        return None
    share = Fraction(part) * 10000 / Fraction(whole)
    hundredths = int(abs(share) + Fraction(1, 2))
    return Decimal(hundredths if share > 0 else -hundredths).scaleb(-2)
