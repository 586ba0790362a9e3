# SPDX-License-Identifier: Apache-2.0
"""One to five members of a group join, leave, die, freeze and thaw at random, partitions are added, and a stream goes
on: nothing is lost or doubled, all that was sent is stored, and no partition is stuck for twice the session time-out
(with librdkafka's mock cluster: and what its coordinator waits on top of that).

KEPUD_STEPS says how much happens, KEPUD_SEED repeats what happens (not the moment to the millisecond), KEPUD_STORM how
often one event is sent."""
import os
import random as randoms
import time

import pytest

import group
import witness
from flow import Flow, Going
from harness import events
from harness.broker import MockBroker
from harness.kafka import produce
from harness.wait import wait_for
from reader import Reader
from stream import CONSTRAINT
from test_crash import judge, must_agree

STEPS = int(os.environ.get("KEPUD_STEPS", 40))
STORM = int(os.environ.get("KEPUD_STORM", 10_000))
SEED = int(os.environ.get("KEPUD_SEED", time.time_ns() % 1_000_000_007))
PARTITIONS = 4
MESSAGES = 24_000  # at most, or the reader gets slow
PAUSE_S = max(0.05, 1.5 * STEPS * group.MOST_PARTITIONS / MESSAGES)


def again(request):
    print(f"again: KEPUD_SEED={SEED} KEPUD_STEPS={STEPS} KEPUD_STORM={STORM} /usr/bin/python3 -m pytest"
          f" 'tests/fault/{request.node.nodeid.rsplit('/', 1)[-1]}'")


def play(broker, topic, database, daemon, tmp_path, steps, bound_s=group.CONVERGE_S):
    database.rows(CONSTRAINT)
    witness.install(database)
    flow = Flow(randoms.Random(SEED), broker, topic, PARTITIONS)
    with Reader(database, flow, topic) as reader:
        with Going(flow, PAUSE_S) as going:

            def watch():
                reader.must_agree()
                going.must_go_on()

            def make(name):
                return daemon(broker, topic, name=name, **group.SETTINGS)

            members = group.Group(flow, database, make, randoms.Random(SEED), watch)
            members.bound_s = bound_s
            for number in range(1, steps + 1):
                members.step(number)
        members.finish()
        reader.wait_look()
    reader.must_agree()
    print(f"{dict(members.did)}; the reader looked {reader.looks} times, {reader.amid} times at a part")
    judge(flow.write(tmp_path / "produced.jsonl", topic), database, topic)
    must_agree(database, topic)
    witness.must_agree(database)
    assert database.value("SELECT count(*) FROM ingest.prove_references() WHERE dangling > 0") == 0


def test_members_come_and_go(request, broker, database, daemon, tmp_path):
    again(request)
    play(broker, broker.create_topic(partitions=PARTITIONS), database, daemon, tmp_path, STEPS)


def test_members_come_and_go_at_a_mock(request, database, daemon, tmp_path):
    again(request)
    server = MockBroker(tmp_path, f"mock:{PARTITIONS}").start()
    try:
        # It gives those that are gone nearly a session's time in every rebalance, and one may have just begun.
        play(server, "mock", database, daemon, tmp_path, max(6, STEPS // 8),
             group.CONVERGE_S + 2 * (group.SESSION_S - 1))
    finally:
        server.stop()


def test_a_storm_of_one_event(request, broker, database, daemon):
    """In every partition, to two members that begin at once, and another one when both have their share: each is stored
    once, and every other time is counted."""
    again(request)
    random = randoms.Random(SEED)
    topic, each = broker.create_topic(partitions=PARTITIONS), STORM // PARTITIONS
    first, second = (events.encode(events.visit(random)) for _ in range(2))
    members = [daemon(broker, topic, name=name, **group.SETTINGS, postgres={"connections": 2})
               for name in ("one", "two")]
    for one in members:
        one.start()
    for partition in range(PARTITIONS):
        produce(broker, topic, [first] * (each // 2), partition=partition)

    def both():
        owners = {owner for _, owner, _, alive in database.rows(group.OWNERS, topic) if alive}
        return len(owners) == 2

    wait_for(both, "partitions with both", 60)
    for partition in range(PARTITIONS):
        produce(broker, topic, [second] * (each - each // 2), partition=partition)
    database.wait_offsets(topic, broker.end_offsets(topic), 300, watch=lambda: [one.must_run() for one in members])
    for one in members:
        one.stop(deadline=group.END_S)
    must_agree(database, topic)
    sent = each * PARTITIONS
    assert database.rows("""SELECT (SELECT count(*) FROM ingest.ledger), (SELECT count(*) FROM kepu.fact_visit),
            (SELECT count(*) FROM ingest.dead_letter), sum(accepted)::int, sum(duplicate)::int, sum(rejected)::int
            FROM ingest.tally""") == [(2, 2, 0, 2, sent - 2, 0)]


def test_the_witness_sees_a_stranger(broker, database, daemon):
    """Its triggers fire, and it finds what it is there to find."""
    witness.install(database)
    topic = broker.create_topic(partitions=2)
    with daemon(broker, topic, **group.SETTINGS) as kepud:
        produce(broker, topic, [events.encode(events.facility(randoms.Random(SEED)))], partition=1)
        produce(broker, topic, [events.encode(events.visit(randoms.Random(SEED))), b"{"], partition=0)
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    witness.must_agree(database)
    assert {place for place, in database.rows("SELECT place FROM witness.note WHERE what = 'rows'")} == set(
        witness.TABLES)
    database.rows("UPDATE ingest.kafka_offset SET next_offset = next_offset + 1 WHERE partition = 1")
    with pytest.raises(AssertionError, match="not the owner"):
        witness.must_agree(database)
    database.rows("UPDATE witness.note SET pid = -1, what = 'claim' WHERE what = 'move' AND pid = pg_backend_pid()")
    database.rows("UPDATE ingest.dead_letter SET reason = reason")
    with pytest.raises(AssertionError, match="moved no offset"):
        witness.must_agree(database)
