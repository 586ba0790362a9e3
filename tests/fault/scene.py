# SPDX-License-Identifier: Apache-2.0
"""The daemon between PostgreSQL and Kafka, in the reach of whoever wants to do harm: what is promised of it then."""
import os
import random as randoms
import time
import types

import pytest

from harness import events
from harness.broker import Broker
from harness.kafka import produce
from harness.paths import KEPUD
from harness.proxy import Proxy
from test_crash import must_agree

LONG = bool(os.environ.get("KEPUD_LONG"))
SEED = int(os.environ.get("KEPUD_SEED", time.time_ns() % 1_000_000_007))
BACK_S, END_S = 30, 10  # what is promised
MOST_CPU, MOST_GROWTH = 0.05, 64 << 20
PARTITIONS = 3
BATCH = b"COPY ingest.ledger"
# One that does not poll for this long loses its membership: as short as Kafka allows here.
IMPATIENT = ["session.timeout.ms=6000", "max.poll.interval.ms=6000"]


@pytest.fixture(scope="module")
def proxied_broker(tmp_path_factory):
    if os.environ.get("KEPUD_WITHOUT_BROKER"):
        pytest.skip("no Apache Kafka (KEPUD_WITHOUT_BROKER)")
    with Proxy() as proxy:
        server = Broker(tmp_path_factory.mktemp("kafka"), proxy).start()
        yield server
        server.stop()


class Scene:
    """A daemon that reaches both sides through proxies (`lines`, as far as there are any), and a producer that does
    not."""

    def __init__(self, broker, topic, lines, database, daemon):
        self.broker, self.topic, self.lines, self.database = broker, topic, lines, database
        self.random = randoms.Random(SEED)
        self.sent = 0
        self.options = {"kafka": {"properties": IMPATIENT}, "log_level": "info"}
        self._daemon = daemon
        self.kepud = None

    def start(self, connections=1, program=KEPUD, **environment):
        broker, conninfo = self.broker, self.database.conninfo
        if "kafka" in self.lines:
            broker = types.SimpleNamespace(bootstrap=self.lines["kafka"].address)
        if "postgres" in self.lines:
            conninfo = self.lines["postgres"].conninfo(conninfo)
        self.kepud = self._daemon(broker, self.topic, postgres={"conninfo": conninfo, "connections": connections},
                                  **self.options)
        self.kepud.start(program, **environment)
        return self

    def twin(self):
        """Another process of the same name in the same group."""
        return self._daemon(self.broker, self.topic, name="twin", kafka={"instance": self.kepud.name})

    def fill(self, each):
        for partition in range(PARTITIONS):
            values = [events.encode(events.visit(self.random)) for _ in range(each)]
            produce(self.broker, self.topic, values, partition=partition)
        self.sent += PARTITIONS * each

    def wait_stored(self, deadline=60.0):
        """Until all that was sent is in; says how long it took."""
        began = time.monotonic()
        self.database.wait_offsets(self.topic, self.broker.end_offsets(self.topic), deadline,
                                   watch=self.kepud.must_run)
        return time.monotonic() - began

    def must_be_complete(self):
        """As often as it was sent, in every place where it counts."""
        must_agree(self.database, self.topic)
        found = self.database.rows("""SELECT (SELECT count(*) FROM ingest.ledger),
                (SELECT count(*) FROM kepu.fact_visit), (SELECT count(*) FROM ingest.dead_letter),
                sum(accepted)::int, sum(duplicate)::int, sum(rejected)::int FROM ingest.tally""")
        assert found == [(self.sent, self.sent, 0, self.sent, 0, 0)]

    def finish(self):
        """Nothing is wrong any more: everything arrives, and it ends in order."""
        self.wait_stored()
        self.kepud.stop(deadline=END_S)
        self.must_be_complete()

    def joined(self):
        """How often it got partitions, and how often they were taken."""
        return self.kepud.log().count("notice assigned "), self.kepud.log().count("taken back by the group")

    def resident(self):
        with open(f"/proc/{self.kepud.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def must_idle(self, seconds):
        """It runs, but does next to nothing. The time is what is measured over, no wait for a condition."""
        cpu, resident, began = self.kepud.process.cpu(), self.resident(), time.monotonic()
        while time.monotonic() - began < seconds:
            time.sleep(0.5)
            self.kepud.must_run()
        share, growth = (self.kepud.process.cpu() - cpu) / (time.monotonic() - began), self.resident() - resident
        print(f"{seconds:g} s: {share:.1%} of a core, {growth >> 10} KiB more")
        assert share < MOST_CPU
        assert growth < MOST_GROWTH


def say_how_to_repeat(request):
    print(f"again: KEPUD_SEED={SEED} {'KEPUD_LONG=1 ' if LONG else ''}KEPUD={KEPUD} "
          f"/usr/bin/python3 -m pytest 'tests/fault/{request.node.nodeid.rsplit('/', 1)[-1]}'")


@pytest.fixture
def scene(request, proxied_broker, proxy, database, daemon):
    say_how_to_repeat(request)
    lines = {"postgres": proxy, "kafka": proxied_broker.proxy}
    one = Scene(proxied_broker, proxied_broker.create_topic(partitions=PARTITIONS), lines, database, daemon)
    yield one
    if one.kepud:
        one.kepud.kill()
    for line in one.lines.values():
        line.heal()
