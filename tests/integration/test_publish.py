# SPDX-License-Identifier: Apache-2.0
"""`kepud publish`: what is in the file is in the topic, byte for byte, keyed as the catalogue says; and the mock
cluster is broker enough for it and for the daemon."""
import json

from confluent_kafka import Consumer, TopicPartition

from harness import events
from harness.kepud import run
from harness.paths import SAMPLES


def messages(broker, topic):
    """partition → [(key, value), …]"""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "reader", "enable.auto.commit": False})
    found = {}
    try:
        for partition, (low, high) in broker.watermarks(topic).items():
            consumer.assign([TopicPartition(topic, partition, low)])
            found[partition] = []
            while len(found[partition]) < high - low:
                message = consumer.poll(20)
                assert message is not None and not message.error(), f"partition {partition} of {topic} is short"
                found[partition].append((message.key(), message.value()))
    finally:
        consumer.close()
    return found


def publish(kepud, *names):
    done = run("publish", "-c", kepud.config, *(SAMPLES / name for name in names))
    assert done.returncode == 0, done.stderr.decode()


def test_every_line_is_a_message(broker, daemon):
    topic = broker.create_topic(partitions=3)
    publish(daemon(broker, topic), "seed-events.jsonl", "demo-bad.jsonl")
    found = messages(broker, topic)
    assert sorted(value for part in found.values() for _, value in part) \
        == sorted(events.samples("seed-events.jsonl") + events.samples("demo-bad.jsonl"))


def test_keys_are_those_of_the_catalogue(broker, daemon):
    topic = broker.create_topic(partitions=3)
    publish(daemon(broker, topic), "seed-events.jsonl")
    found = messages(broker, topic)
    for key, value in (pair for part in found.values() for pair in part):
        event = json.loads(value)
        if event["type"] in ("cn.kepu.facility.changed", "cn.kepu.visit.counted"):
            assert key.decode() == event["data"]["facility_id"]
    homes = {}
    for partition, part in found.items():
        for key, _ in part:
            assert homes.setdefault(key, partition) == partition, f"{key} is in two partitions"


def test_mock_broker_to_rows(mock_broker, daemon, database):
    kepud = daemon(mock_broker, "mock")
    publish(kepud, "seed-events.jsonl")
    with kepud:
        kepud.wait_until(lambda: sum(database.offsets("mock").values()) == len(events.samples()), "all samples")
    assert database.value("SELECT count(*) FROM ingest.ledger") == 162
