# SPDX-License-Identifier: Apache-2.0
"""Totals of one facility whose periods lie in each other or cross (4.3.4)."""
import collections

LONGER_THAN_DAYS = 31


class Total:
    """A live total. `own` is its value less the largest totals inside; `crossed` the greatest that it crosses."""

    __slots__ = ("event", "first", "last", "counter", "value", "own", "left_out", "crossed", "remainder")

    def __init__(self, event):
        self.event = event
        self.first, self.last = event["period_start"].toordinal(), event["period_end"].toordinal()
        self.counter, self.value = event["counter_id"], event["visitors"]
        self.own = self.remainder = self.value
        self.left_out, self.crossed = False, None

    @property
    def is_longer(self):
        return self.last - self.first + 1 > LONGER_THAN_DAYS

    def covers(self, other):
        return self.first <= other.first and other.last <= self.last

    def encloses(self, other):
        if self is other or not self.covers(other):
            return False
        if self.first == other.first and self.last == other.last:
            return self.counter is None and other.counter is not None
        return self.counter is None or self.counter == other.counter

    def crosses(self, other):
        return (self.first <= other.last and other.first <= self.last
                and not self.covers(other) and not other.covers(self)
                and (self.counter == other.counter or self.counter is None or other.counter is None))


def _leave_out(totals):
    """A total that crosses a greater one does not count, whatever becomes of that one."""
    for total in totals:
        for other in totals:
            if total.crosses(other):
                if total.crossed is None or other.event.rank > total.crossed.event.rank:
                    total.crossed = other
                total.left_out |= other.event.rank > total.event.rank


def _largest_inside(total, counting):
    inside = [other for other in counting if total.encloses(other)]
    # Longer ones first, and of equal periods the one without counter: who encloses stands before who is enclosed.
    inside.sort(key=lambda one: (one.first - one.last, one.counter is not None))
    largest = []
    for one in inside:
        if not any(bigger.encloses(one) for bigger in largest):
            largest.append(one)
    return largest


def totals_of(events):
    """Totals of all facilities, from live visits of scope total."""
    by_facility = collections.defaultdict(list)
    for event in events:
        if event["scope"] == "total":
            by_facility[event["facility_id"]].append(Total(event))
    for totals in by_facility.values():
        _leave_out(totals)
        counting = [total for total in totals if not total.left_out]
        for total in counting:
            total.remainder = total.value - sum(one.value for one in _largest_inside(total, counting))
            total.own = max(total.remainder, 0)
    return [total for totals in by_facility.values() for total in totals]
