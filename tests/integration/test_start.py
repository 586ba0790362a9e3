# SPDX-License-Identifier: Apache-2.0
"""Where reading begins: kafka.start is used once per topic; afterwards only the database counts."""
import random as randoms

from harness import events
from harness.kafka import produce
from harness.process import free_port
from test_health import ask


def visits(seed, count=10):
    random = randoms.Random(seed)
    return [events.encode(events.visit(random)) for _ in range(count)]


def ledger(database):
    return database.value("SELECT count(*) FROM ingest.ledger")


def test_earliest_reads_what_was_there(broker, daemon, database):
    topic = broker.create_topic(partitions=2)
    for partition in range(2):
        produce(broker, topic, visits(partition), partition=partition)
    with daemon(broker, topic, kafka={"start": "earliest"}) as kepud:
        database.wait_offsets(topic, {0: 10, 1: 10}, watch=kepud.must_run)
    assert ledger(database) == 20


def test_latest_leaves_out_what_was_there_but_nothing_later(broker, daemon, database):
    topic = broker.create_topic()
    produce(broker, topic, visits(1), partition=0)
    kepud = daemon(broker, topic, kafka={"start": "latest"})
    with kepud:
        database.wait_offsets(topic, {0: 10}, watch=kepud.must_run)
        produce(broker, topic, visits(2), partition=0)
        database.wait_offsets(topic, {0: 20}, watch=kepud.must_run)
    # "latest" was for the first time only: what came while the daemon was down is not left out.
    produce(broker, topic, visits(3), partition=0)
    with kepud:
        database.wait_offsets(topic, {0: 30}, watch=kepud.must_run)
    assert ledger(database) == 20
    assert database.rows("SELECT from_offset, to_offset, reason FROM ingest.gap") == [
        (0, 10, "first start with kafka.start = latest")]


def test_fail_refuses_a_topic_never_seen(broker, daemon, database):
    topic = broker.create_topic()
    kepud = daemon(broker, topic, kafka={"start": "fail"}).start()
    kepud.wait_log(topic)
    assert kepud.wait_end() not in (0, 1, 99)
    assert database.offsets(topic) == {}


def test_fail_goes_on_with_a_known_topic(broker, daemon, database):
    topic = broker.create_topic()
    produce(broker, topic, visits(1), partition=0)
    with daemon(broker, topic, name="a", kafka={"start": "earliest"}) as kepud:
        database.wait_offsets(topic, {0: 10}, watch=kepud.must_run)
    produce(broker, topic, visits(2), partition=0)
    with daemon(broker, topic, name="b", kafka={"start": "fail"}) as kepud:
        database.wait_offsets(topic, {0: 20}, watch=kepud.must_run)


def test_partitions_added_later_start_at_their_beginning(broker, daemon, database):
    topic = broker.create_topic()
    produce(broker, topic, visits(1), partition=0)
    properties = ["topic.metadata.refresh.interval.ms=1000"]
    with daemon(broker, topic, kafka={"start": "latest", "properties": properties}) as kepud:
        database.wait_offsets(topic, {0: 10}, watch=kepud.must_run)
        broker.grow(topic, 3)
        produce(broker, topic, visits(2), partition=2)
        database.wait_offsets(topic, {0: 10, 1: 0, 2: 10}, watch=kepud.must_run)
    assert ledger(database) == 10


def test_mnh_07_out_of_range_stops_that_partition_only(broker, daemon, database):
    topic = broker.create_topic(partitions=2)
    for partition in range(2):
        produce(broker, topic, visits(partition), partition=partition)
    port = free_port()
    kepud = daemon(broker, topic, http={"listen": f"127.0.0.1:{port}"})
    with kepud:
        database.wait_offsets(topic, {0: 10, 1: 10}, watch=kepud.must_run)
    for partition in range(2):
        produce(broker, topic, visits(10 + partition), partition=partition)
    broker.delete_records(topic, 0, 15)
    with kepud:
        database.wait_offsets(topic, {0: 10, 1: 20}, watch=kepud.must_run)
        kepud.wait_until(lambda: database.value(
            "SELECT stop_reason FROM ingest.kafka_offset WHERE topic = %s AND partition = 0", topic), "a stop reason")
        status, why = ask(port)
        assert status == 503 and why.startswith("a partition has stopped"), (status, why)
    assert ledger(database) == 30, "no silent jump over what is gone"


def test_another_cluster_or_group_is_refused(broker, daemon, database):
    topic = broker.create_topic()
    produce(broker, topic, visits(1), partition=0)
    with daemon(broker, topic, group="one") as kepud:
        database.wait_offsets(topic, {0: 10}, watch=kepud.must_run)
    other = daemon(broker, topic, name="other", group="two").start()
    other.wait_log("group two")
    assert other.wait_end() == 78
    assert "group one" in other.log()
    assert database.offsets(topic) == {0: 10}


def test_changed_topics_of_a_static_member(broker, daemon, database):
    """Kafka gives a static member that comes back its old assignment, whatever it subscribes to now."""
    old, new = broker.create_topic(), broker.create_topic()
    produce(broker, old, visits(1), partition=0)
    with daemon(broker, old, name="a", group=f"changed-{old}", kafka={"instance": "same"}) as kepud:
        database.wait_offsets(old, {0: 10}, watch=kepud.must_run)
    produce(broker, old, visits(2), partition=0)
    produce(broker, new, visits(3), partition=0)
    with daemon(broker, new, name="b", group=f"changed-{old}", kafka={"instance": "same"}) as kepud:
        database.wait_offsets(new, {0: 10}, watch=kepud.must_run)
    assert database.offsets(old) == {0: 10}, "a topic that is not in the configuration any more was read"
