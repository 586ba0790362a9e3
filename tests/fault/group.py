# SPDX-License-Identifier: Apache-2.0
"""Members of one group that come, go, die, freeze and thaw as a seed says, while a stream goes on."""
import collections
import signal
import time

import points
from harness.paths import KEPUD_CRASH
from harness.wait import wait_for

SESSION_S = 6
CONVERGE_S = 2 * SESSION_S  # from the last fault until every partition that is behind moves
END_S = 10
SETTINGS = {"batch": {"events": 16, "age_ms": 20}, "maintenance": {"interval": 1},
            "kafka": {"properties": [f"session.timeout.ms={SESSION_S * 1000}", "heartbeat.interval.ms=500",
                                     "topic.metadata.refresh.interval.ms=500"]}}
MEMBERS, MOST_PARTITIONS = 5, 8

OWNERS = """SELECT o.partition, o.owner, o.stop_reason, a.pid IS NOT NULL FROM ingest.kafka_offset o
        LEFT JOIN pg_stat_activity a ON a.pid = o.owner_pid AND a.backend_start = o.owner_started
        WHERE o.topic = %s ORDER BY 1"""


class Group:
    """`make` gives a daemon by its name; `watch` raises when something else is wrong."""

    bound_s = CONVERGE_S

    def __init__(self, flow, database, make, random, watch):
        self.flow, self.database, self.random, self.watch = flow, database, random, watch
        self.members = [make(f"member{number}") for number in range(1, MEMBERS + 1)]
        self.doomed = set()  # end by themselves, at a crash point
        self.ended = set()  # by us
        self.always = []  # members to which nothing is done here
        self.did = collections.Counter()
        self.last_fault = time.monotonic()

    # ---- who is what

    def out(self):
        return [one for one in self.members if one.process is None or not one.process.is_running()]

    def frozen(self):
        return [one for one in self.members if one not in self.out() and one.is_frozen()]

    def working(self):
        return [one for one in self.members if one not in self.out() and not one.is_frozen()]

    def sure(self):
        """Those that work and go on doing so."""
        return [one for one in self.working() if one not in self.doomed]

    def must_be_well(self):
        """Nobody has ended who was not told to."""
        self.watch()
        for one in self.out():
            if one not in self.doomed:
                continue
            self.doomed.remove(one)
            self.ended.add(one)
            assert one.process.popen.returncode == -signal.SIGKILL, one.process.tail()
            one.must_be_clean()
            self.did["died at a point"] += 1
            self.last_fault = time.monotonic()
        for one in self.out():
            assert one.process is None or one in self.ended, f"{one.name} has ended by itself\n{one.process.tail()}"

    # ---- what may happen; each is a method, and says what it did

    def _begin(self, one, *arguments, **environment):
        """Until it listens to signals."""
        before = one.log().count(" runs group=")
        self.ended.discard(one)
        one.start(*arguments, **environment)
        wait_for(lambda: one in self.out() or one.log().count(" runs group=") > before, f"the start of {one.name}")

    def join(self):
        one = self.random.choice(self.out())
        self._begin(one)
        return f"{one.name} joins"

    def join_doomed(self):
        one = self.random.choice(self.out())
        point = f"{self.random.choice(points.names())}:{self.random.randrange(1, 6)}"
        self.doomed.add(one)
        self._begin(one, KEPUD_CRASH, CRASH_AT=point)
        return f"{one.name} joins, to die at {point}"

    def leave(self):
        one = self.random.choice([one for one in self.members if one not in self.out() and one not in self.doomed])
        was = "frozen" if one.is_frozen() else "working"
        self.ended.add(one)
        one.stop(deadline=END_S)
        return f"{one.name} leaves, {was}"

    def kill(self):
        one = self.random.choice([one for one in self.members if one not in self.out()])
        self.doomed.discard(one)
        self.ended.add(one)
        one.kill()
        return f"{one.name} is killed"

    def freeze(self):
        one = self.random.choice(self.working())
        one.freeze()
        wait_for(lambda: one.is_frozen() or one in self.out(), "a frozen member")
        return f"{one.name} freezes"

    @staticmethod
    def _thaw(one):
        one.thaw()
        wait_for(lambda: not one.is_frozen(), f"{one.name} awake")

    def thaw(self):
        one = self.random.choice(self.frozen())
        self._thaw(one)
        return f"{one.name} thaws"

    def grow(self):
        self.flow.grow(len(self.flow.partitions) + 1)
        return f"{len(self.flow.partitions)} partitions"

    def calm(self):
        """Whoever is frozen stays so."""
        return f"calm, {self.converge()}"

    def possible(self):
        """What may be done now, with its weight."""
        out, frozen, working = len(self.out()), len(self.frozen()), len(self.working())
        stable = sum(one not in self.doomed for one in self.members if one not in self.out())
        growing = hasattr(self.flow.broker, "grow") and len(self.flow.partitions) < MOST_PARTITIONS
        return {"join": 4 * out, "join_doomed": 2 * out, "leave": stable, "kill": MEMBERS - out, "freeze": 2 * working,
                "thaw": 4 * frozen, "grow": growing, "calm": 2 * bool(self.sure())}

    def step(self, number):
        weights = self.possible()
        name = self.random.choices(list(weights), list(weights.values()))[0]
        told = getattr(self, name)()
        self.did[name] += 1
        self.last_fault = time.monotonic()
        print(f"{number}: {told}; {len(self.working())} work, {len(self.frozen())} are frozen; "
              f"{self.database.offsets(self.flow.topic)}")
        # Not to wait for something: the moment is what is random here.
        time.sleep(self.random.choice((0.0, 0.1, 1.0, 2.0)) * self.random.random())
        self.must_be_well()

    # ---- that nothing is stuck

    def converge(self):
        """What was sent until now is stored; says how long it took. Every partition that is behind moves in time, after
        the last fault and after every step of its own: how long a backlog takes is the machine's business."""
        ends = self.flow.ends()
        began = self.last_fault = time.monotonic()
        moved = {}  # partition: where it is, since when

        def arrived():
            offsets, now = self.database.offsets(self.flow.topic), time.monotonic()
            behind = {one: (offsets.get(one), end) for one, end in ends.items() if offsets.get(one, 0) < end}
            for one, (offset, _) in behind.items():
                if one not in moved or moved[one][0] != offset:
                    moved[one] = offset, now
                since = max(moved[one][1], self.last_fault)
                assert now - since < self.bound_s, \
                    f"stuck: partition {one} for {self.bound_s} s, of {behind}\n{self.told()}"
            return not behind

        wait_for(arrived, f"offsets {ends}", 30 * self.bound_s, watch=self.must_be_well)
        return f"all stored after {time.monotonic() - began:.1f} s"

    def told(self):
        tails = "".join(f"--- {one.name}\n{one.process.tail(12)}\n" for one in self.members if one.process)
        return f"{self.database.rows(OWNERS, self.flow.topic)}\n{tails}"

    def wake(self):
        for one in self.frozen():
            self._thaw(one)
        if not self.sure():
            self._begin(self.random.choice(self.out()))

    def finish(self):
        """The stream has ended; all are awake again."""
        if not self.out() and len(self.doomed) == MEMBERS:
            self.kill()
        self.wake()
        print(f"awake: {self.converge()}")
        self.flow.more()
        print(f"and once more: {self.converge()}")
        running = {one.name for one in [*self.working(), *self.always]}
        for partition, owner, why, alive in self.database.rows(OWNERS, self.flow.topic):
            assert why is None and alive and owner in running, f"partition {partition}: {owner}, {why}\n{self.told()}"
        for one in self.working():
            if one in self.doomed:
                one.kill()
            else:
                one.stop(deadline=END_S)
