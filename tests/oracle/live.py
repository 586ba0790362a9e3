# SPDX-License-Identifier: Apache-2.0
"""Which facts are live: nothing takes them back, they are the greatest correction of what they correct, and they win
their natural key (4.3.3, 4.6)."""
import collections

from .declared import REACH_KEY, TYPES, VOIDABLE


def greatest(events):
    return max(events, key=lambda event: event.rank)


class TakenBack:
    """target → who takes it back; and the takings-back that have no effect."""

    def __init__(self, delivery):
        self.by = collections.defaultdict(list)
        self.voids_state, self.other_type = [], []  # (taker, target)
        for event in delivery.events:
            self._correction(delivery, event)
            self._void(delivery, event)

    def _correction(self, delivery, event):
        target = delivery.find(event.source, event.corrects) if event.corrects else None
        if target is None:
            return
        if target.type == event.type:
            self.by[target].append(event)
        else:
            self.other_type.append((event, target))

    def _void(self, delivery, event):
        target = delivery.find(event.source, event["target_id"]) if event.type == "event.voided" else None
        if target is None:
            return
        if target.type not in VOIDABLE:
            self.voids_state.append((event, target))
        elif event["target_type"] not in (None, target.full_type):
            self.other_type.append((event, target))
        else:
            self.by[target].append(event)

    def __contains__(self, event):
        return event in self.by


class Corrections:
    """All corrections of one event by one type, whether it has arrived or not."""

    def __init__(self, events, taken):
        self.of = collections.defaultdict(list)
        for event in events:
            if event.corrects:
                self.of[event.source, event.corrects, event.type].append(event)
        self.lesser = set()
        for rivals in self.of.values():
            left = [event for event in rivals if event not in taken]
            if len(left) > 1:
                self.lesser.update(left)
                self.lesser.remove(greatest(left))


def frozen(value):
    """A member's value as part of a key; absent equals absent."""
    return tuple(sorted(value.items())) if isinstance(value, dict) else value


def natural_keys(event):
    """[(line, key)]: line is the place of the metric for reach, else 0."""
    if event.type != "reach.measured":
        return [(0, tuple(frozen(event[name]) for name in TYPES[event.type].natural))]
    common = {name: event[name] for name in REACH_KEY if name != "metric"}
    return [(line, tuple(metric["metric"] if name == "metric" else common[name] for name in REACH_KEY))
            for line, metric in enumerate(event["metrics"])]


class Facts:
    """The live facts: `of[type]` events, for reach (event, place of the metric)."""

    def __init__(self, delivery):
        self.taken = TakenBack(delivery)
        self.corrections = Corrections(delivery.events, self.taken)
        self.of = {name: [] for name, one in TYPES.items() if one.kind == "fact"}
        self.told_twice = []  # (loser, winner)
        rivals = collections.defaultdict(list)
        for event in delivery.events:
            if TYPES[event.type].kind == "fact" and event not in self.taken and event not in self.corrections.lesser:
                for line, key in natural_keys(event):
                    rivals[event.type, key].append((event, line))
        for (kind, _), stated in rivals.items():
            self._decide(kind, stated)
        self.reach_events = list(dict.fromkeys(event for event, _ in self.of["reach.measured"]))

    def _decide(self, kind, stated):
        winner = max(stated, key=lambda one: one[0].rank)
        self.of[kind].append(winner if kind == "reach.measured" else winner[0])
        self.told_twice += [(event, winner[0]) for event, _ in stated if event is not winner[0]]

    def events(self):
        """Every event with a live fact, once."""
        for kind, live in self.of.items():
            yield from self.reach_events if kind == "reach.measured" else live
