# SPDX-License-Identifier: Apache-2.0
"""An owner freezes, at a named point or at any moment, another one takes over, and the first one thaws: it writes not
one row any more, and taking over takes seconds, wherever it froze. In some rounds the heir freezes, too, when it has
claimed and not yet written: then only the epoch stands between the first owner and a row.

KEPUD_ZOMBIES says how many rounds, KEPUD_SEED repeats them; KEPUD_STOP_AT=NAME:N:heir-writes or NAME:N:heir-freezes is
one alone, with the name `any` at a random moment."""
import datetime
import os
import random as randoms
import time

import pytest

import points
import witness
from flow import Flow, Going
from group import END_S, OWNERS
from harness.paths import KEPUD, KEPUD_CRASH
from harness.pooler import Pooler
from harness.wait import wait_for
from reader import Reader
from stream import CONSTRAINT
from test_crash import judge, must_agree

ROUNDS = int(os.environ.get("KEPUD_ZOMBIES", 6))
SEED = int(os.environ.get("KEPUD_SEED", time.time_ns() % 1_000_000_007))
PARTITIONS = 4
SESSION_S = 4
# What Kafka needs to give the owner up, 5 s for a batch of the heir that waits for a row of the owner, 1 s for the
# claim that waits for it until it ends its backend, and time to do the work on a busy machine.
TAKEOVER_S = SESSION_S + 5 + 1 + 3
SETTINGS = {"batch": {"events": 16, "age_ms": 20}, "maintenance": {"interval": 1},
            "kafka": {"properties": [f"session.timeout.ms={SESSION_S * 1000}", "heartbeat.interval.ms=300"]}}
WRITES, FREEZES = "heir-writes", "heir-freezes"

# Passed only when somebody else joins; those of the first offsets once for a topic.
REVOKED = {"partitions.revoked", "partitions.released"}
MOST = {"partitions.assigned": 1, "claim.moved": 4, "claim.unsent": 2, "claim.sent": 2, "claim.answered": 2,
        "start.sent": 1, "start.written": 1, "reading.started": 1, "partitions.revoked": 1, "partitions.released": 1}
# Always: with a batch in hand that no other has seen; with a row that nobody else can lock, as its owner and before it
# is its owner.
FIXED = [("batch.closed", 3, FREEZES), ("copy.data", 2, WRITES), ("claim.moved", 3, WRITES)]


def rounds():
    if "KEPUD_STOP_AT" in os.environ:
        name, number, heir = os.environ["KEPUD_STOP_AT"].split(":")
        return [(name, int(number), heir)]
    random = randoms.Random(SEED)
    every = [(name, number, heir) for name in (*points.names(), "any") for heir in (WRITES, FREEZES)
             for number in range(1, MOST.get(name, 3) + 1)]
    random.shuffle(every)
    return [*FIXED, *(every[number % len(every)] for number in range(ROUNDS - len(FIXED)))]


class Round:
    def __init__(self, broker, database, daemon, random, **settings):
        self.database, self.random = database, random
        self.topic = broker.create_topic(partitions=PARTITIONS)
        self.flow = Flow(random, broker, self.topic, PARTITIONS)
        self.reader = Reader(database, self.flow, self.topic)
        self.old, self.heir = (daemon(broker, self.topic, name=name, **SETTINGS, **settings)
                               for name in ("old", "heir"))

    def stored(self):
        self.reader.must_agree()
        return self.database.offsets(self.topic) == self.flow.ends()

    def all_are(self, owner):
        found = self.database.rows(OWNERS, self.topic)
        return len(found) == PARTITIONS and all(row[1] == owner for row in found)

    def freeze_at_any_moment(self):
        self.old.start()
        wait_for(lambda: self.all_are("old"), "the owner's claims", watch=self.old.must_run)
        with Going(self.flow, 0.01) as going:
            # Not to wait for something: the moment is what is random here.
            time.sleep(3 * self.random.random())
            self.old.freeze()
        going.must_go_on()

    def freeze_at(self, name, number):
        """Goes on sending until it has come by so often."""
        self.old.start(KEPUD_CRASH, STOP_AT=f"{name}:{number}")
        end = time.monotonic() + 40
        while not self.old.is_frozen():
            assert time.monotonic() < end, f"pass {number} through {name} was not reached\n{self.old.process.tail()}"
            if name in REVOKED and self.all_are("old") and self.heir.process is None:
                self.heir.start()
            self.flow.more(4)
            wait_for(lambda: self.old.is_frozen() or self.stored(), "a batch", watch=self.old.must_run)

    def in_time(self, condition, what, began):
        """Says how long it took since `began`."""
        wait_for(condition, what, max(1.0, TAKEOVER_S - (time.monotonic() - began)), watch=self.heir.must_run)
        print(f"{time.monotonic() - began:.1f} s: {what}")

    def heir_writes(self, began):
        if self.heir.process is None:
            self.heir.start()
            began = time.monotonic()
        self.flow.more(2)
        self.in_time(lambda: self.all_are("heir") and self.stored(), "all is the heir's, and stored", began)
        self.old.thaw()

    def heir_freezes(self):
        """Two lanes claim, then it stands still; the other one gets everything back, but not by what it held."""
        self.heir.start(KEPUD_CRASH, STOP_AT="claim.answered:2")
        began = time.monotonic()
        self.in_time(lambda: self.all_are("heir") and self.heir.is_frozen(), "all is the heir's, who froze", began)
        self.old.thaw()
        began = time.monotonic()
        self.in_time(lambda: self.all_are("old") and self.stored(), "all is the former owner's again", began)
        self.heir.thaw()

    def finish(self):
        """Both are members again, and nothing is stuck."""
        began = time.monotonic()
        self.in_time(lambda: {row[1] for row in self.database.rows(OWNERS, self.topic)} == {"old", "heir"},
                     "both have a share", began)
        self.flow.more(2)
        self.in_time(self.stored, "stored with both awake", began)
        for one in (self.old, self.heir):
            one.stop(deadline=END_S)


@pytest.fixture
def database(postgres, migrated):
    fresh = postgres.create(template=migrated)
    fresh.rows(CONSTRAINT)
    witness.install(fresh)
    yield fresh
    fresh.close()
    with postgres.connect().cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{fresh.name}" WITH (FORCE)')


def play(one, name, number, heir, tmp_path):
    with one.reader:
        if name == "any":
            one.freeze_at_any_moment()
        else:
            one.freeze_at(name, number)
        began = time.monotonic()
        # Where there are no rows yet there is nothing to claim and to stand still with.
        if heir == FREEZES and one.heir.process is None and one.all_are("old"):
            one.heir_freezes()
        else:
            one.heir_writes(began)
        one.finish()
        one.reader.wait_look()
    one.reader.must_agree()
    judge(one.flow.write(tmp_path / "produced.jsonl", one.topic), one.database, one.topic)
    must_agree(one.database, one.topic)


def again(**environment):
    words = {"KEPUD_SEED": SEED, **environment, "KEPUD": KEPUD, "KEPUD_CRASH": KEPUD_CRASH}
    print("again:", *(f"{name}={value}" for name, value in words.items()),
          "/usr/bin/python3 -m pytest tests/fault/test_zombies.py")


@pytest.mark.parametrize("name,number,heir", rounds())
def test_a_zombie_writes_nothing(name, number, heir, broker, database, daemon, tmp_path):
    again(KEPUD_STOP_AT=f"{name}:{number}:{heir}")
    one = Round(broker, database, daemon, randoms.Random(f"{SEED} {name} {number} {heir}"))
    play(one, name, number, heir, tmp_path)
    witness.must_agree(database)


def test_a_zombie_behind_a_pooler(short_folder, postgres, broker, database, daemon, tmp_path):
    """Each of its transactions is another session (with stock settings, may be): none is known as its own, nor to the
    witness. And no time-out ends a COPY."""
    again()
    pooler = Pooler(short_folder, postgres, "server_lifetime = 0").start()
    one = Round(broker, database, daemon, randoms.Random(SEED), postgres={"conninfo": pooler.conninfo(database.name)})
    play(one, "copy.data", 2, WRITES, tmp_path)
    pooler.kill()


def test_who_froze_in_maintenance_holds_nobody_up(broker, database, daemon, tmp_path):
    """It has dropped a partition and not yet committed: nobody can even read that table."""
    again()
    today = datetime.date.today()
    kept = [{"table": "kepu.fact_visit", "months": 12 * (today.year - 2023) + today.month}]
    one = Round(broker, database, daemon, randoms.Random(SEED), retention=kept)
    play(one, "maintenance.done", 1, WRITES, tmp_path)
    witness.must_agree(database)
    assert "maintenance: drop partition" in one.heir.log()
