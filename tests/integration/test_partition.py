# SPDX-License-Identifier: Apache-2.0
"""Is it still the same log, and what a person decides about it: `kepud partition`, while daemons run and while not."""
import random as randoms
from datetime import datetime, timezone

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition

from harness import events
from harness.kafka import abort, produce
from harness.kepud import run
from harness.wait import wait_for

NOTICED = 5.0  # seconds: how long a decision may stay unnoticed


def visits(seed, count=50):
    random = randoms.Random(seed)
    return [events.encode(events.visit(random)) for _ in range(count)]


def ledger(database):
    return database.value("SELECT count(*) FROM ingest.ledger")


def gaps(database, topic):
    return database.rows("SELECT partition, from_offset, to_offset, reason FROM ingest.gap WHERE topic = %s "
                         "ORDER BY decided_at", topic)


def partition(kepud, *arguments, code=0):
    done = run("partition", "-c", kepud.config, *arguments)
    assert done.returncode == code, (done.returncode, done.stdout.decode(), done.stderr.decode())
    return done.stdout.decode() if code == 0 else done.stderr.decode()


def state(kepud, topic, number=0):
    """(state, why) as `kepud partition list` says."""
    line, = (line for line in partition(kepud, "list", topic).splitlines() if line.startswith(f"{topic}/{number} "))
    fields = line.split("  ")
    return line.split()[2], fields[-1].strip()


def stopped(kepud, topic, word):
    wait_for(lambda: state(kepud, topic)[0] == "stopped", "the stop")
    assert word in state(kepud, topic)[1]
    assert "partition stopped" in kepud.log()


@pytest.fixture
def read(broker, daemon, database):
    """A topic of which 50 messages were read, and the daemon that did, which has ended."""
    topic = broker.create_topic()
    produce(broker, topic, visits(1), partition=0)
    kepud = daemon(broker, topic)
    with kepud:
        database.wait_offsets(topic, {0: 50}, watch=kepud.must_run)
    return topic, kepud


def make_anew(broker, topic, count, seed=2):
    broker.delete_topic(topic)
    wait_for(lambda: created(broker, topic), "the topic, made anew")
    produce(broker, topic, visits(seed, count), partition=0)


def created(broker, topic):
    """The name is free only after the broker has cleared away the old topic."""
    try:
        return broker.create_topic(topic)
    except KafkaException as error:
        if "already exists" not in str(error) and "marked for deletion" not in str(error):
            raise
        return None


def test_a_topic_made_anew_with_more_messages_stops(broker, database, read):
    topic, kepud = read
    make_anew(broker, topic, 80)
    with kepud:
        stopped(kepud, topic, "another record stands where the one that was written last stood")
        assert ledger(database) == 50
        # A person says: this is the log now. From the beginning, so that nothing of it is left out.
        partition(kepud, "seek", topic, "--to", "earliest", "--why", "topic made anew")
        database.wait_offsets(topic, {0: 80}, NOTICED + 10, watch=kepud.must_run)
    assert ledger(database) == 130 and gaps(database, topic) == []


def test_resume_takes_the_other_log_for_the_right_one(broker, database, read):
    topic, kepud = read
    make_anew(broker, topic, 80)
    with kepud:
        stopped(kepud, topic, "another record")
        assert partition(kepud, "resume", f"{topic}/0") == \
            f"{topic}/0 goes on at offset 50; of this log, what lies before is not read: a row of ingest.gap says so\n"
        database.wait_offsets(topic, {0: 80}, NOTICED + 10, watch=kepud.must_run)
    assert ledger(database) == 80
    gap, = database.rows("SELECT from_offset, to_offset, reason, decided_by FROM ingest.gap WHERE topic = %s", topic)
    assert gap[:2] == (0, 50) and "another record" in gap[2] and gap[3], "50 of this log were never read"


def test_a_topic_made_anew_with_as_many_messages_stops(broker, database, read):
    topic, kepud = read
    make_anew(broker, topic, 50)
    with kepud:
        stopped(kepud, topic, "another record")
    assert ledger(database) == 50


def test_a_topic_made_anew_with_fewer_messages_stops(broker, database, read):
    topic, kepud = read
    make_anew(broker, topic, 49)
    with kepud:
        stopped(kepud, topic, "behind the end")
        partition(kepud, "seek", topic, "--to", "earliest", "--why", "topic made anew")
        database.wait_offsets(topic, {0: 49}, NOTICED + 10, watch=kepud.must_run)
    assert ledger(database) == 99


def test_a_log_that_was_cut_off_behind_the_last_record_stops(broker, database, read):
    """Only control records are gone: what is written in their place would be taken for read."""
    topic, kepud = read
    database.rows("UPDATE ingest.kafka_offset SET next_offset = next_offset + 10")
    with kepud:
        stopped(kepud, topic, "lies behind the end")
        produce(broker, topic, visits(3, 5), partition=0)
    assert ledger(database) == 50


def test_a_topic_made_anew_under_a_running_daemon_stops(broker, database, read):
    topic, kepud = read
    with kepud:
        wait_for(lambda: state(kepud, topic)[0] == "reading", "the partition to be read")
        make_anew(broker, topic, 20)
        wait_for(lambda: state(kepud, topic)[0] == "stopped", "the stop", 90, watch=kepud.must_run)
        produce(broker, topic, visits(8, 60), partition=0)  # now the position is there again, in another log
    with kepud:
        wait_for(lambda: "another record" in state(kepud, topic)[1], "the stop for another reason")
    assert ledger(database) == 50


def test_retention_may_take_the_last_record_that_was_read(broker, database, read):
    topic, kepud = read
    produce(broker, topic, visits(3, 10), partition=0)
    broker.delete_records(topic, 0, 50)
    with kepud:
        database.wait_offsets(topic, {0: 60}, watch=kepud.must_run)
    assert ledger(database) == 60 and "has left Kafka" not in kepud.log()


def test_retention_that_was_faster_stops_until_a_person_says_on(broker, database, read):
    topic, kepud = read
    produce(broker, topic, visits(3, 10), partition=0)
    broker.delete_records(topic, 0, 55)
    with kepud:
        stopped(kepud, topic, "deleted the offset that comes next")
        partition(kepud, "resume", topic)  # does not help: the offset is not there
        wait_for(lambda: kepud.log().count("partition stopped") == 2, "the second stop")
        said = partition(kepud, "seek", topic, "--to", "earliest", "--why", "retention was faster")
        assert "5 skipped" in said
        database.wait_offsets(topic, {0: 60}, NOTICED + 10, watch=kepud.must_run)
        wait_for(lambda: state(kepud, topic) == ("reading", "-"), "the reading")
    assert ledger(database) == 55 and gaps(database, topic) == [(0, 50, 55, "retention was faster")]
    who = database.value("SELECT decided_by FROM ingest.gap")
    assert "@" in who


def test_compaction_may_take_the_last_record_that_was_read(broker, daemon, database):
    topic = broker.create_topic(cleanup_policy="compact", min_cleanable_dirty_ratio="0.01", segment_ms="200",
                                min_compaction_lag_ms="0")
    produce(broker, topic, visits(4, 20), partition=0, keys=["same"] * 20)
    kepud = daemon(broker, topic)
    with kepud:
        database.wait_offsets(topic, {0: 20}, watch=kepud.must_run)
    later = iter(range(1000))

    def gone():
        # The active segment is never cleaned: each of these may close one.
        produce(broker, topic, visits(100 + next(later), 1), partition=0, keys=["same"])
        return first_offset(broker, topic, 19) > 19

    wait_for(gone, "compaction", 60, interval=0.3)
    with kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    assert "by retention or compaction" in kepud.log()
    assert database.value("SELECT stop_reason FROM ingest.kafka_offset") is None


def message_at(broker, topic, offset):
    """The first message at `offset` or behind it."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "looks", "enable.auto.commit": False})
    try:
        consumer.assign([TopicPartition(topic, 0, offset)])
        message = consumer.poll(10)
        assert message is not None and not message.error(), message
        return message
    finally:
        consumer.close()


def first_offset(broker, topic, start):
    """The offset of the first message at `start` or behind it."""
    return message_at(broker, topic, start).offset()


def test_what_vanished_without_retention_stops(broker, database, read):
    """The last record is no message any more, and nothing says why: here, its end was cut off and written again by a
    transaction that was aborted."""
    topic, kepud = read
    broker.delete_topic(topic)
    wait_for(lambda: created(broker, topic), "the topic, made anew")
    produce(broker, topic, visits(2, 40), partition=0)
    abort(broker, topic, visits(5, 30), partition=0)
    produce(broker, topic, visits(6, 5), partition=0)
    with kepud:
        stopped(kepud, topic, "neither retention nor compaction took it")
    assert ledger(database) == 50


def test_pause_resume_and_rewind_while_it_runs(broker, daemon, database):
    topic = broker.create_topic(partitions=2)
    kepud = daemon(broker, topic)
    with kepud:
        for number in range(2):
            produce(broker, topic, visits(number), partition=number)
        database.wait_offsets(topic, {0: 50, 1: 50}, watch=kepud.must_run)
        partition(kepud, "pause", f"{topic}/0", "--why", "the museum repairs its clock")
        wait_for(lambda: "partition is paused" in kepud.log(), "the pause", NOTICED)
        for number in range(2):
            produce(broker, topic, visits(10 + number, 10), partition=number)
        database.wait_offsets(topic, {0: 50, 1: 60}, watch=kepud.must_run)
        name, why = state(kepud, topic)
        assert name == "paused" and "the museum repairs its clock" in why and "@" in why
        assert state(kepud, topic, 1) == ("reading", "-")
    with kepud:  # a pause outlives the process
        produce(broker, topic, visits(20, 10), partition=1)
        database.wait_offsets(topic, {0: 50, 1: 70}, watch=kepud.must_run)
        assert partition(kepud, "resume", topic) == f"{topic}/0 goes on at offset 50\n{topic}/1 goes on at offset 70\n"
        database.wait_offsets(topic, {0: 60, 1: 70}, NOTICED + 5, watch=kepud.must_run)
        before = ledger(database)
        said = partition(kepud, "seek", topic, "--to", "20", "--why", "look again")
        assert "40 will be read again" in said and "50 will be read again" in said
        wait_for(lambda: database.value("SELECT sum(duplicate) FROM ingest.tally") == 90, "the duplicates", 20)
        database.wait_offsets(topic, {0: 60, 1: 70}, NOTICED + 5, watch=kepud.must_run)
    assert ledger(database) == before == 130 and gaps(database, topic) == []


def test_seek_forward_writes_a_gap(broker, database, read):
    topic, kepud = read
    produce(broker, topic, visits(3, 10), partition=0)
    middle = broker_time(broker, topic, 57)
    partition(kepud, "seek", f"{topic}/0", "--to", middle, "--why", "these are known to be wrong")
    found = database.offsets(topic)[0]
    assert 50 <= found <= 57 and gaps(database, topic) == ([(0, 50, found, "these are known to be wrong")]
                                                           if found > 50 else [])
    partition(kepud, "seek", f"{topic}/0", "--to", "59", "--why", "these too")
    assert gaps(database, topic)[-1:] == [(0, found, 59, "these too")]
    partition(kepud, "seek", f"{topic}/0", "--to", "latest", "--why", "and this")
    with kepud:
        produce(broker, topic, visits(7, 5), partition=0)
        database.wait_offsets(topic, {0: 65}, watch=kepud.must_run)
    assert ledger(database) == 55
    assert [(first, last) for _, first, last, _ in gaps(database, topic)][-2:] == [(found, 59), (59, 60)]


def broker_time(broker, topic, offset):
    """The Kafka time of a message, RFC 3339."""
    time = message_at(broker, topic, offset).timestamp()[1] / 1000
    return datetime.fromtimestamp(time, timezone.utc).isoformat(timespec="milliseconds")


def test_what_cannot_be_done_is_said(broker, daemon, read):
    topic, kepud = read
    assert "usage:" in partition(kepud, code=64)
    assert "usage:" in partition(kepud, "pause", code=64)
    assert "--why" in partition(kepud, "seek", topic, "--to", "earliest", code=64)
    assert "--to" in partition(kepud, "resume", topic, "--to", "earliest", "--why", "x", code=64)
    assert "needs earliest, latest" in partition(kepud, "seek", topic, "--to", "soon", "--why", "x", code=64)
    assert "has the offsets 0 to 50" in partition(kepud, "seek", topic, "--to", "51", "--why", "x", code=64)
    assert "no partition" in partition(kepud, "resume", f"{topic}/7", code=1)
    assert "is no partition" in partition(kepud, "resume", f"{topic}/x", code=64)
    away = daemon(type("Away", (), {"bootstrap": "127.0.0.1:9"}), topic, name="away", group=f"group-{topic}")
    assert "no broker answered" in partition(away, "seek", topic, "--to", "earliest", "--why", "x", code=69)
    stranger = daemon(broker, topic, name="stranger", group="another")
    assert "no partition" in partition(stranger, "pause", topic, code=1)


def test_a_topic_of_another_cluster_is_not_moved(mock_broker, database, read):
    topic, kepud = read
    other = kepud.config.with_name("other.conf")
    lines = kepud.config.read_text().splitlines()
    other.write_text("\n".join(line.replace(kepud_brokers(lines), mock_broker.bootstrap) for line in lines))
    done = run("partition", "-c", other, "seek", topic, "--to", "earliest", "--why", "x")
    assert done.returncode == 78 and b"belongs to cluster" in done.stderr, done.stderr.decode()
    assert database.offsets(topic) == {0: 50}


def kepud_brokers(lines):
    line, = (line for line in lines if "brokers" in line)
    return line.split('brokers = "')[1].split('"')[0]


def test_records_deleted_under_a_running_daemon_stop(broker, daemon, database):
    """They go while it waits for PostgreSQL, further on than it has fetched."""
    topic, count = broker.create_topic(), 200
    random = randoms.Random(30)
    large = [events.encode({**events.visit(random), "filler": "x" * 100_000}) for _ in range(count)]
    with daemon(broker, topic, kafka={"memory_bytes": 8_388_608}, batch={"events": 5}) as kepud:
        person = database.server.connect(database.name)
        person.autocommit = False
        person.cursor().execute("LOCK TABLE kepu.fact_visit IN EXCLUSIVE MODE")
        produce(broker, topic, large, partition=0)
        kepud.wait_log("PostgreSQL refused for now", 40)
        broker.delete_records(topic, 0, count - 1)
        person.close()
        stopped(kepud, topic, "has deleted the offset that comes next")
        at = database.offsets(topic)[0]
        assert 0 < at < count - 1 and ledger(database) == at
        partition(kepud, "seek", topic, "--to", "earliest", "--why", "deleted by mistake")
        database.wait_offsets(topic, {0: count}, NOTICED + 10, watch=kepud.must_run)
    assert ledger(database) == at + 1
    assert gaps(database, topic) == [(0, at, count - 1, "deleted by mistake")]


def test_a_topic_that_stays_deleted_costs_nothing(broker, daemon, database, read):
    """The other topic goes on; when it is made anew, it is another log."""
    topic, _ = read
    other = broker.create_topic()
    kafka = {"topics": [topic, other], "properties": ["session.timeout.ms=6000",
                                                      "topic.metadata.refresh.interval.ms=1000"]}
    with daemon(broker, topic, name="both", kafka=kafka, group=f"group-{topic}") as kepud:
        kepud.wait_log("reading ")
        broker.delete_topic(topic)
        kepud.wait_log("kafka: ")
        produce(broker, other, visits(5, 20), partition=0)
        database.wait_offsets(other, {0: 20}, watch=kepud.must_run)
        wait_for(lambda: created(broker, topic), "the topic, made anew")
        produce(broker, topic, visits(6, 80), partition=0)
        stopped(kepud, topic, "another record")
    assert ledger(database) == 70
