# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon at random moments, PostgreSQL restarted meanwhile, a producer that goes on through it all.
KEPUD_KILLS and KEPUD_ROUNDS say how often, KEPUD_SEED repeats a run."""
import os
import random as randoms
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.process import Process
from harness.wait import wait_for

KILLS = int(os.environ.get("KEPUD_KILLS", 10))
ROUNDS = int(os.environ.get("KEPUD_ROUNDS", 1))
SEED = int(os.environ.get("KEPUD_SEED", time.time_ns() % 1_000_000_007))
PARTITIONS, RATE = 6, 1500
HERE = Path(__file__).resolve().parent

# Where a batch can be when the daemon dies, by what its connection does: the first word found in the query that is
# running or was the last. "connecting": no connection yet; "waiting": no transaction, the batch fills in memory.
STATES = (("commit", "commit"), ("copy", "copy"), ("offset", "kafka_offset"), ("rows", "insert"), ("rows", "delete"),
          ("look-up", "select"))
ALL_STATES = {"connecting", "waiting", "offset", "look-up", "rows", "copy", "commit"}


def batch_states(database):
    """What the frozen daemon's connections are in the middle of."""
    found = database.rows("""SELECT state, lower(query) FROM pg_stat_activity
            WHERE datname = %s AND application_name LIKE 'kepud%%'
                  AND application_name NOT LIKE '%%/maintenance'""", database.name)
    return {classify(state, query) for state, query in found} or {"connecting"}


def classify(state, query):
    if state == "idle":
        return "waiting"
    return next((name for name, word in STATES if word in query), "other")


class Striker:
    """Kills at random moments; every second time it waits for a moment inside a state that was not hit yet."""

    def __init__(self, random, daemon, database):
        self.random, self.daemon, self.database = random, daemon, database
        self.hit = []

    def strike(self, number):
        missing = sorted(ALL_STATES - set().union(*self.hit))
        wanted = self.random.choice(missing) if missing and number % 2 else None
        give_up = time.monotonic() + 10
        # Mostly with a batch in hand: dying before there is a connection shows little.
        if self.random.random() < 0.8:
            wait_for(lambda: batch_states(self.database) != {"connecting"}, "a connection", 60, 0.01,
                     watch=self.daemon.must_run)
        # Not to wait for something: the moment is what is random here.
        time.sleep(self.random.choice((0.02, 0.3, 1.5)) * self.random.random())
        while True:
            self.daemon.freeze()
            states = batch_states(self.database)
            if wanted is None or wanted in states or time.monotonic() > give_up:
                break
            self.daemon.thaw()
            time.sleep(0.01 * self.random.random())
        self.hit.append(states)
        self.daemon.kill()
        print(f"kill {number}: batch was {', '.join(sorted(states))}")


def must_agree(database, topic):
    """At any moment, in one snapshot: a partition's offset tells exactly how many messages are in."""
    wrong = database.rows("""SELECT partition, next_offset, counted FROM ingest.kafka_offset
            LEFT JOIN (SELECT topic, partition, sum(accepted + duplicate + rejected)::bigint AS counted
                       FROM ingest.tally GROUP BY topic, partition) t USING (topic, partition)
            WHERE topic = %s AND next_offset <> coalesce(counted, 0)""", topic)
    assert not wrong, f"offset and tally disagree: {wrong}"


@pytest.fixture
def durable(cluster):
    """A cluster of its own, with stock settings: it is crashed, too."""
    return cluster()


def restart(database):
    database.close()
    database.server.restart("immediate")
    database.forget()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_nothing_is_lost_or_doubled(number, broker, durable, daemon, tmp_path):
    crash(number, broker, durable, daemon, tmp_path, ALL_STATES)


def crash(number, broker, durable, daemon, tmp_path, wanted, **options):
    """One round; in a long one every state in `wanted` must have been hit. `options` are the daemon's."""
    seed = SEED + number
    print(f"KEPUD_SEED={seed}")
    random = randoms.Random(seed)
    topic = broker.create_topic(partitions=PARTITIONS)
    produced = tmp_path / "produced.jsonl"
    producer = Process("producer", [sys.executable, HERE / "producer.py", broker.bootstrap, topic, PARTITIONS, produced,
                                    seed, RATE], tmp_path / "producer.log")
    kepud = daemon(broker, topic, database=durable, now=None, **options)
    striker = Striker(random, kepud, durable)
    restarts = set(random.sample(range(KILLS), max(1, KILLS // 10)))
    for kill in range(KILLS):
        kepud.start()
        if kill in restarts:
            time.sleep(random.random())
            restart(durable)
        striker.strike(kill)
        must_agree(durable, topic)
        producer.must_run()
    kepud.start()
    restart(durable)
    assert producer.end() == 0, producer.tail()
    durable.wait_offsets(topic, broker.end_offsets(topic), 180, watch=kepud.must_run)
    kepud.stop()
    judge(produced, durable, topic)
    hit = set().union(*striker.hit)
    print(f"states hit: {sorted(hit)}; never: {sorted(wanted - hit)}")
    assert KILLS < 50 or hit >= wanted, f"never killed in: {sorted(wanted - hit)}"


def judge(produced, database, topic):
    done = subprocess.run([sys.executable, HERE / "oracle.py", produced, database.conninfo, topic],
                          capture_output=True, text=True, timeout=300, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
