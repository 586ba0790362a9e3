# SPDX-License-Identifier: Apache-2.0
"""Live statements that several views compare: lines of indicators (metrics of summaries included), reach."""
import datetime


class Indicator:
    """A live line: 0 for an event of its own, from 1 for the metrics of a summary."""

    MEMBERS = ("value_high", "baseline_value", "baseline_on", "declared_change", "declared_change_pct")

    def __init__(self, event, line, stated):
        self.event, self.line = event, line
        self.code, self.value, self.unit = stated["indicator"], stated["value"], stated["unit"]
        self.qualifier = stated["qualifier"]
        self.region, self.org = event["region"], event["org_id"]
        self.document = event["document/document_id"]
        if line:
            self.measure = "actual"
            self.first, self.last = datetime.date(event["year"], 1, 1), datetime.date(event["year"], 12, 31)
            self.dims, self.parts, self.parts_complete = {}, [], False
        else:
            self.measure = event["measure_kind"]
            self.first, self.last = event["period_start"], event["period_end"]
            self.dims, self.parts, self.parts_complete = event["dims"], event["parts"] or [], event["parts_complete"]
        for member in self.MEMBERS:
            setattr(self, member, None if line else event[member])
        self.rank_position = None if line else event["rank/position"]
        self.rank_scope = None if line else event["rank/scope"]

    @property
    def change(self):
        return self.value - self.baseline_value

    @property
    def is_mismatch(self):
        return self.declared_change is not None and self.declared_change != self.change

    @property
    def dims_key(self):
        return tuple(sorted(self.dims.items()))


def indicator_statements(live):
    for event in live["indicator.reported"]:
        yield Indicator(event, 0, event.data)
    for event in live["summary.submitted"]:
        for line, metric in enumerate(event["metrics"] or [], 1):
            yield Indicator(event, line, metric)


class Reach:
    """One live metric; its region is its own, else the facility's."""

    def __init__(self, event, line, facility_region):
        metric = event["metrics"][line]
        self.event = event
        self.metric, self.value, self.qualifier = metric["metric"], metric["value"], metric["qualifier"]
        self.facility = event["facility_id"]
        self.region = event["region"] or facility_region(self.facility)
        self.topic = event["topic"]
        self.first, self.last = event["period_start"], event["period_end"]


def reach_statements(live, facility_region):
    for event, line in live:
        yield Reach(event, line, facility_region)
