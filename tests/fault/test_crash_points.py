# SPDX-License-Identifier: Apache-2.0
"""The daemon ends itself by SIGKILL at every step of the way of a batch; started again, it must have stored everything
exactly once, and at no moment may a reader see offsets and rows that do not belong together.

KEPUD_PASSES=K: every point, at its passes 1 to K; without it a sample of KEPUD_SAMPLE. KEPUD_SEED repeats a sample or a
stream, KEPUD_CRASH_AT=NAME:N is one run alone."""
import os
import random as randoms
import signal
import time

import pytest
from confluent_kafka import Consumer, TopicPartition

import points
from harness.paths import KEPUD_CRASH
from harness.wait import wait_for
from reader import Reader
from stream import CONSTRAINT, Stream
from test_crash import judge

PASSES = int(os.environ.get("KEPUD_PASSES", 0))
SAMPLE = int(os.environ.get("KEPUD_SAMPLE", 10))
SEED = int(os.environ.get("KEPUD_SEED", time.time_ns() % 1_000_000_007))
PARTITIONS, EACH = 4, 120
SAMPLED_PASSES = 3
SETTINGS = {"batch": {"events": 16, "age_ms": 50}, "maintenance": {"interval": 1},
            "kafka": {"properties": ["session.timeout.ms=6000", "heartbeat.interval.ms=300"]}}

# Passed only when partitions are handed out: other members join, and bring more to store each time.
REBALANCE = {"partitions.assigned", "partitions.revoked", "partitions.released", "reading.started", "claim.moved",
             "claim.unsent", "claim.sent", "claim.answered"}
# Passed once a second while there is something new: it comes in as many parts.
SELDOM = {"kafka.committed"}
# Passed no more often than this.
MOST = {"start.sent": 1, "start.written": 1}


def runs():
    if "KEPUD_CRASH_AT" in os.environ:
        name, number = os.environ["KEPUD_CRASH_AT"].split(":")
        return [(name, int(number))]
    every = [(name, number) for name in points.names()
             for number in range(1, min(PASSES or SAMPLED_PASSES, MOST.get(name, 99)) + 1)]
    return every if PASSES else sorted(randoms.Random(SEED).sample(every, min(SAMPLE, len(every))))


@pytest.fixture
def database(postgres, migrated):
    """As everywhere, but with rows that it refuses; and dropped, since there are many."""
    fresh = postgres.create(template=migrated)
    fresh.rows(CONSTRAINT)
    yield fresh
    fresh.close()
    with postgres.connect().cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{fresh.name}" WITH (FORCE)')


class Run:
    """One stream through daemons that come and go."""

    def __init__(self, broker, database, daemon, seed):
        self.broker, self.daemon = broker, daemon
        self.stream = Stream(randoms.Random(seed), PARTITIONS, EACH)
        self.topic = broker.create_topic(partitions=PARTITIONS)
        self.kepud = daemon(broker, self.topic, **SETTINGS)
        self.others = []
        self.reader = Reader(database, self.stream, self.topic)

    def send(self, share=1.0):
        self.stream.send(self.broker, self.topic, share)

    def is_dead(self):
        self.reader.must_agree()
        return not self.kepud.process.is_running()

    def join(self):
        """Another member: the group takes partitions back and hands them out again."""
        other = self.daemon(self.broker, self.topic, name=f"other{len(self.others) + 1}", **SETTINGS).start()
        self.others.append(other)
        wait_for(lambda: self.is_dead() or "assigned" in other.log(), "a new member's assignment",
                 watch=other.must_run)

    def is_assigned(self):
        return "assigned" in self.kepud.log()

    def kafka_was_told(self):
        """The lag of what was sent is nothing."""
        consumer = Consumer({"bootstrap.servers": self.broker.bootstrap, "group.id": f"group-{self.topic}"})
        try:
            asked = [TopicPartition(self.topic, partition) for partition in range(PARTITIONS)]
            return all(one.offset == self.stream.sent for one in consumer.committed(asked, timeout=10))
        finally:
            consumer.close()

    def crash(self, name, number):
        rebalance = name in REBALANCE
        turns = number if rebalance or name in SELDOM else 0
        self.send(1 / (turns + 1))
        self.kepud.start(KEPUD_CRASH, CRASH_AT=f"{name}:{number}")
        for turn in range(turns):
            done = self.is_assigned if rebalance else self.kafka_was_told
            wait_for(lambda: self.is_dead() or done(), f"the end of turn {turn}")
            if self.is_dead():
                break
            self.send((turn + 2) / (turns + 1))
            if rebalance:
                self.join()
        wait_for(self.is_dead, f"pass {number} through {name}", 60)
        self.kepud.must_be_clean()
        assert self.kepud.process.popen.returncode == -signal.SIGKILL, self.kepud.process.tail()
        assert f"crash point {name}" in self.kepud.log()

    def must_run(self):
        self.reader.must_agree()
        for one in (self.kepud, *self.others):
            one.must_run()

    def finish(self, database):
        self.kepud.start()
        self.send()
        database.wait_offsets(self.topic, self.stream.ends(), 90, watch=self.must_run)
        self.reader.wait_look()
        for one in (self.kepud, *self.others):
            one.stop()


@pytest.mark.parametrize("name,number", runs())
def test_nothing_is_lost_or_doubled(name, number, broker, database, daemon, tmp_path):
    print(f"again: KEPUD_SEED={SEED} KEPUD_CRASH_AT={name}:{number} scripts/test -- -R '^fault/crash_points$' -V")
    run = Run(broker, database, daemon, SEED)
    with run.reader:
        run.crash(name, number)
        run.reader.wait_look()  # what the crash has left
        print(f"left behind: {database.offsets(run.topic)}")
        run.finish(database)
    run.reader.must_agree()
    print(f"the reader looked {run.reader.looks} times, {run.reader.amid} times at a part")
    judge(run.stream.write(tmp_path / "produced.jsonl", run.topic), database, run.topic)
    assert database.value("SELECT count(*) FROM ingest.prove_references() WHERE dangling > 0") == 0


DAMAGE = {
    "a visit is gone": "DELETE FROM kepu.fact_visit WHERE event_key = (SELECT event_key FROM kepu.fact_visit LIMIT 1)",
    "a visit is of no event": "UPDATE kepu.fact_visit SET event_key = gen_random_uuid() WHERE event_key ="
                              " (SELECT event_key FROM kepu.fact_visit LIMIT 1)",
    "an event is gone": "DELETE FROM ingest.ledger WHERE event_key = (SELECT event_key FROM ingest.ledger LIMIT 1)",
    "a letter is gone": "DELETE FROM ingest.dead_letter WHERE (partition, kafka_offset) = (SELECT partition,"
                        " kafka_offset FROM ingest.dead_letter LIMIT 1)",
    "an offset is behind": "UPDATE ingest.kafka_offset SET next_offset = next_offset - 1 WHERE partition = 2",
    "a count is wrong": "UPDATE ingest.tally SET accepted = accepted + 1 WHERE partition = 1",
}


def test_the_reader_sees_what_is_wrong(broker, database, daemon):
    run = Run(broker, database, daemon, 1)
    with run.reader:
        run.finish(database)
    run.reader.must_agree()
    connection = database.server.connect(database.name)
    connection.autocommit = False
    with connection.cursor() as cursor:
        run.reader.look(cursor)
        for what, sql in DAMAGE.items():
            connection.rollback()
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql)
            assert cursor.rowcount > 0, what
            run.reader.before = {}  # or an offset that moved back would be all it sees
            with pytest.raises(AssertionError, match="by the offsets"):
                run.reader.look(cursor)
    connection.close()
