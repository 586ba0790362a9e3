# SPDX-License-Identifier: Apache-2.0
"""Several daemons in one group: joining, leaving, dying, and coming back from the dead."""
import sys
from pathlib import Path

import pytest

from harness import events
from harness.kafka import produce
from harness.process import Process, free_port
from harness.wait import wait_for
from test_crash import judge, must_agree
from test_health import ask

HERE = Path(__file__).resolve().parent
PARTITIONS, RATE, SEED = 6, 500, 7


@pytest.fixture
def topic(broker):
    return broker.create_topic(partitions=PARTITIONS)


@pytest.fixture
def produced(broker, topic, tmp_path):
    """A stream that goes on; calling it ends the stream and returns the file."""
    path = tmp_path / "produced.jsonl"
    producer = Process("producer", [sys.executable, HERE / "producer.py", broker.bootstrap, topic, PARTITIONS, path,
                                    SEED, RATE], tmp_path / "producer.log")

    def end():
        assert producer.end() == 0, producer.tail()
        return path

    yield end
    producer.kill()


def owners(database, topic):
    """How many partitions each backend's daemon has: (owner) → count, of claims that are alive."""
    return dict(database.rows("""SELECT coalesce(owner, '?'), count(*) FROM ingest.kafka_offset
            JOIN pg_stat_activity a ON a.pid = owner_pid WHERE topic = %s GROUP BY 1""", topic))


def finish(broker, database, topic, produced, *running):
    path = produced()

    def alive():
        for kepud in running:
            kepud.must_run()

    database.wait_offsets(topic, broker.end_offsets(topic), 120, watch=alive)
    for kepud in running:
        kepud.stop()
    must_agree(database, topic)
    judge(path, database, topic)


def shared(database, topic, count):
    found = owners(database, topic)
    return found if len(found) == count and sum(found.values()) == PARTITIONS else None


def test_mnh_12_a_second_process_takes_its_share_and_gives_it_back(broker, daemon, database, topic, produced):
    one, two = daemon(broker, topic, name="one"), daemon(broker, topic, name="two")
    one.start()
    wait_for(lambda: shared(database, topic, 1), "all partitions with the first")
    two.start()
    wait_for(lambda: shared(database, topic, 2), "partitions with both")
    must_agree(database, topic)
    two.stop()
    wait_for(lambda: shared(database, topic, 1), "all partitions with the first again", 60)
    finish(broker, database, topic, produced, one)


def test_a_dead_process_is_replaced(broker, daemon, database, topic, produced):
    one, two = daemon(broker, topic, name="one").start(), daemon(broker, topic, name="two").start()
    wait_for(lambda: shared(database, topic, 2), "partitions with both", 60)
    two.kill()
    wait_for(lambda: shared(database, topic, 1), "all partitions with the first", 60)
    finish(broker, database, topic, produced, one)


def test_a_frozen_process_cannot_write_when_it_thaws(broker, daemon, database, topic, produced):
    one, two = daemon(broker, topic, name="one").start(), daemon(broker, topic, name="two").start()
    wait_for(lambda: shared(database, topic, 2), "partitions with both", 60)
    two.freeze()
    ours = wait_for(lambda: {name: count for name, count in owners(database, topic).items() if count == PARTITIONS},
                    "all partitions with the first", 60)
    assert len(ours) == 1
    two.thaw()
    wait_for(lambda: shared(database, topic, 2), "partitions with both again", 60)
    finish(broker, database, topic, produced, one, two)


def waiting(database):
    """Backends of a daemon that wait for another transaction."""
    return database.rows("""SELECT pid FROM pg_stat_activity
            WHERE application_name = 'kepud' AND cardinality(pg_blocking_pids(pid)) > 0""")


def test_a_frozen_process_cannot_hold_up_one_that_waits_for_its_rows(broker, daemon, database):
    """Both have the same event in hand: the first waits for the second, which will never commit, and only the first
    can end it, by claiming its partition, although its own batch is not written."""
    topic, event = broker.create_topic(partitions=2), events.samples()[0]
    one, two = (daemon(broker, topic, name=name, postgres={"connections": 1}).start() for name in ("one", "two"))
    wait_for(lambda: owners(database, topic) == {"one": 1, "two": 1}, "a partition with each", 60)
    mine, theirs = (partition for partition, in database.rows(
        "SELECT partition FROM ingest.kafka_offset WHERE topic = %s ORDER BY owner", topic))
    person = database.server.connect(database.name)
    person.autocommit = False
    person.cursor().execute("LOCK TABLE ingest.tally IN EXCLUSIVE MODE")  # the last step: the ledger comes before it
    produce(broker, topic, [event], partition=theirs)
    wait_for(lambda: waiting(database), "the second process at the lock")
    two.freeze()
    person.close()
    produce(broker, topic, [event], partition=mine)
    wait_for(lambda: waiting(database), "the first process at the row of the second")
    wait_for(lambda: owners(database, topic) == {"one": 2}, "both partitions with the first", 30)
    database.wait_offsets(topic, broker.end_offsets(topic), 30, watch=one.must_run)
    two.thaw()
    wait_for(lambda: owners(database, topic) == {"one": 1, "two": 1}, "a partition with each again", 60)
    one.stop()
    two.stop()
    assert database.value("SELECT count(*) FROM ingest.ledger") == 1


EXPELLED = "Kafka ended this member of the group"
ANEW = "joining the group anew"
EX_UNAVAILABLE = 69


def test_a_name_used_twice_ends_one_of_them(broker, daemon, database, topic, produced):
    """Each expels the other; who is expelled a second time gives in, and the other one has it all."""
    same = {"kafka": {"instance": "same"}, "group": "same"}
    one = daemon(broker, topic, name="one", **same).start()
    wait_for(lambda: shared(database, topic, 1), "all partitions with the first")
    two = daemon(broker, topic, name="two", **same).start()
    ended = wait_for(lambda: next((who for who in (one, two) if not who.process.is_running()), None), "an end", 60)
    assert ended.wait_end() == EX_UNAVAILABLE
    assert ended.log().count(EXPELLED) == 2 and ended.log().count(ANEW) == 1
    assert "is another process running with the same kafka.instance?" in ended.log()
    finish(broker, database, topic, produced, two if ended is one else one)


def test_a_member_that_was_expelled_once_joins_anew(broker, daemon, database, topic, produced):
    same = {"kafka": {"instance": "same"}, "group": "same"}
    port = free_port()
    one = daemon(broker, topic, name="one", http={"listen": f"127.0.0.1:{port}"}, **same).start()
    wait_for(lambda: shared(database, topic, 1), "all partitions with the first")
    two = daemon(broker, topic, name="two", **same).start()
    one.wait_log(ANEW, 60)
    two.kill()
    one.wait_until(lambda: shared(database, topic, 1) and ask(port)[0] == 200, "health, asked of the same address", 60)
    finish(broker, database, topic, produced, one)
    assert one.log().count(EXPELLED) == 1 and "ended" in one.log()
