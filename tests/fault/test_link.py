# SPDX-License-Identifier: Apache-2.0
"""The lines to PostgreSQL and Kafka: cut at any byte, silent, slow, away. Nothing is lost or doubled, the process stays
up, idles while it waits, is back at work by itself, and ends when it is told to. KEPUD_LONG: every byte, and ten
minutes away (or KEPUD_AWAY_S seconds); KEPUD_SEED repeats a sample."""
import itertools
import os
import random as randoms
import time
import types

import pytest

from harness import events
from harness.broker import Broker
from harness.kafka import produce
from harness.paths import KEPUD
from harness.proxy import ANSWER, CLIENT, REQUEST, SERVER, Cut, Proxy
from harness.wait import wait_for
from test_crash import must_agree

LONG = bool(os.environ.get("KEPUD_LONG"))
SEED = int(os.environ.get("KEPUD_SEED", time.time_ns() % 1_000_000_007))
SAMPLE = 10  # cuts of each kind, when not all are done
AWAY_S = int(os.environ.get("KEPUD_AWAY_S", 600 if LONG else 20))
BACK_S, END_S = 30, 10  # what is promised
NOTICE_S = 45 + 5  # the deadline of a statement in postgres/connection.c
MOST_CPU, MOST_GROWTH = 0.05, 64 << 20
PARTITIONS = 3
LINES = ("postgres", "kafka")
BATCH, CLAIM = b"COPY ingest.ledger", b"epoch + 1"
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
    """A daemon that reaches both sides through proxies, and a producer that does not."""

    def __init__(self, broker, postgres, database, daemon):
        self.broker, self.database = broker, database
        self.lines = {"postgres": postgres, "kafka": broker.proxy}
        self.topic = broker.create_topic(partitions=PARTITIONS)
        self.random = randoms.Random(SEED)
        self.sent = 0
        self.options = {"kafka": {"properties": IMPATIENT}, "log_level": "info"}
        self._daemon = daemon
        self.kepud = None

    def start(self, connections=1):
        through = types.SimpleNamespace(bootstrap=self.lines["kafka"].address)
        conninfo = self.lines["postgres"].conninfo(self.database.conninfo)
        self.kepud = self._daemon(through, self.topic, postgres={"conninfo": conninfo, "connections": connections},
                                  **self.options)
        self.kepud.start()
        return self

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


@pytest.fixture
def scene(request, proxied_broker, proxy, database, daemon):
    print(f"again: KEPUD_SEED={SEED} {'KEPUD_LONG=1 ' if LONG else ''}KEPUD={KEPUD} "
          f"/usr/bin/python3 -m pytest 'tests/fault/{request.node.nodeid.rsplit('/', 1)[-1]}'")
    one = Scene(proxied_broker, proxy, database, daemon)
    yield one
    if one.kepud:
        one.kepud.kill()
    for line in one.lines.values():
        line.heal()


# ---- a COMMIT, cut at every byte

def cuts(random):
    """(before, how many bytes still pass, reset)."""
    for before, whole in ((True, REQUEST), (False, ANSWER)):
        every = [(before, keep, reset) for keep in range(len(whole) + 1) for reset in (False, True)]
        yield from every if LONG else random.sample(every, SAMPLE)


@pytest.mark.parametrize("needle", [BATCH, CLAIM], ids=["batch", "claim"])
def test_commit_cut_at_any_byte(scene, needle):
    line, random = scene.lines["postgres"], randoms.Random(SEED)
    scene.start()
    scene.fill(5)
    scene.wait_stored()
    for number, (before, keep, reset) in enumerate(cuts(random)):
        what = f"{'COMMIT' if before else 'its answer'} after {keep} bytes, {'reset' if reset else 'closed'}"
        cut = line.arm(Cut(needle, before, keep=keep, reset=reset))
        if needle == CLAIM:
            line.cut(random.random() < 0.5)  # what is claimed again
        scene.fill(2)
        wait_for(cut.done.is_set, what, watch=scene.kepud.must_run)
        scene.wait_stored(BACK_S)
        must_agree(scene.database, scene.topic)
        print(f"{number}: {what}")
    assert scene.joined() == (1, 0)
    scene.finish()


# ---- silent

DIRECTIONS = [(SERVER, CLIENT), (SERVER,), (CLIENT,)] if LONG else [(SERVER, CLIENT)]


@pytest.mark.parametrize("directions", DIRECTIONS, ids="-and-".join)
@pytest.mark.parametrize("what", LINES)
def test_half_open_is_noticed(scene, what, directions):
    """Nobody closes anything, and nobody answers. The other end does not hear that we have given up, either: of
    PostgreSQL a backend is left that holds locks."""
    line = scene.lines[what]
    scene.start()
    scene.fill(5)
    scene.wait_stored()
    line.half_open(*directions)
    scene.fill(5)
    wait_for(line.damaged, "a byte that is lost", watch=scene.kepud.must_run)
    seen = len(line.attempts)
    wait_for(lambda: len(line.attempts) > seen, "another connection", NOTICE_S, watch=scene.kepud.must_run)
    # The new connections get through, the old ones stay as they are.
    line.set()
    took = scene.wait_stored(BACK_S)
    print(f"back after {took:.1f} s")
    assert what == "kafka" or scene.joined() == (1, 0)
    line.heal()
    scene.finish()


# ---- slow

SLOW = {"bytes": {"piece": 1}, "delay": {"delay": 0.2}, "10-KB": {"rate": 10_000.0}}


@pytest.mark.parametrize("fault", SLOW)
@pytest.mark.parametrize("what", LINES)
def test_slow_line(scene, what, fault):
    scene.lines[what].set(**SLOW[fault])
    scene.start()
    scene.fill(40)
    print(f"stored after {scene.wait_stored(120):.1f} s")
    scene.must_idle(5)
    scene.fill(5)
    scene.wait_stored()
    assert scene.joined() == (1, 0)
    scene.finish()


# ---- away

def refuse(line):
    line.refuse()


def half_open(line):
    line.half_open()


def hang_up(line):
    line.set(hang_up=True)
    line.cut()


@pytest.mark.parametrize("begin", [refuse, half_open, hang_up])
@pytest.mark.parametrize("what", LINES)
def test_away(scene, what, begin):
    line = scene.lines[what]
    scene.start()
    scene.fill(5)
    scene.wait_stored()
    begin(line)
    scene.fill(200)
    seen = len(line.attempts)
    scene.must_idle(AWAY_S)
    line.heal()
    print(f"back after {scene.wait_stored(BACK_S):.1f} s")
    tried = line.attempts[seen:]
    if begin is hang_up:
        assert max(later - one for one, later in itertools.pairwise(tried)) < BACK_S / 2
    assert what == "kafka" or scene.joined() == (1, 0), "PostgreSQL was away, and the membership is gone"
    scene.finish()


# ---- SIGTERM

def said(scene, words):
    return scene.kepud.log().count(words)


def connecting_refused(scene):
    scene.lines["postgres"].refuse()
    scene.start().kepud.wait_log("no connection to PostgreSQL")


def connecting_half_open(scene):
    scene.lines["postgres"].half_open()
    scene.start()
    wait_for(scene.lines["postgres"].damaged, "a connection that is silent")


def reading(scene):
    scene.start()
    scene.fill(5)
    scene.wait_stored()


def inside_a_batch(scene):
    reading(scene)
    scene.lines["postgres"].half_open()
    scene.fill(5)
    wait_for(scene.lines["postgres"].damaged, "a batch that is lost")


def waiting_for_commit(scene):
    reading(scene)
    cut = scene.lines["postgres"].arm(Cut(BATCH, before=False, silent=True))
    scene.fill(5)
    wait_for(cut.done.is_set, "a COMMIT")


def kafka_half_open(scene):
    reading(scene)
    scene.lines["kafka"].half_open()
    wait_for(scene.lines["kafka"].damaged, "a request that is lost")


def kafka_refused(scene):
    reading(scene)
    scene.lines["kafka"].refuse()
    scene.kepud.wait_log("kafka: ")


def never_assigned_refused(scene):
    scene.lines["kafka"].refuse()
    scene.start().kepud.wait_log("kafka: ")


def never_assigned_half_open(scene):
    scene.lines["kafka"].half_open()
    scene.start()
    wait_for(scene.lines["kafka"].damaged, "a request that is lost")


def asking_where_to_begin(scene):
    """Each lane asks Kafka where the partitions begin, one after the other, and none gets an answer."""
    scene.lines["postgres"].refuse()
    scene.start(connections=PARTITIONS).kepud.wait_log("no connection to PostgreSQL")
    scene.lines["kafka"].half_open()
    scene.lines["postgres"].heal()
    asked = wait_for(lambda: said(scene, "connected to PostgreSQL") == PARTITIONS and
                     said(scene, "could not ask Kafka"), "all lanes", 120)
    # From now on the questions of all of them come in one round.
    wait_for(lambda: said(scene, "could not ask Kafka") >= asked + PARTITIONS, "questions", 60)


def everything_half_open(scene):
    inside_a_batch(scene)
    kafka = scene.lines["kafka"]
    kafka.half_open()
    wait_for(kafka.damaged, "a request that is lost")


@pytest.mark.parametrize("state", [connecting_refused, connecting_half_open, inside_a_batch, waiting_for_commit,
                                   kafka_half_open, kafka_refused, never_assigned_refused, never_assigned_half_open,
                                   asking_where_to_begin, everything_half_open])
def test_sigterm(scene, state):
    state(scene)
    began = time.monotonic()
    scene.kepud.stop(deadline=END_S)
    print(f"ended after {time.monotonic() - began:.1f} s")
    for line in scene.lines.values():
        line.heal()
    scene.kepud.start()
    scene.fill(5)
    scene.finish()
