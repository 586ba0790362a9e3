# SPDX-License-Identifier: Apache-2.0
"""A Kafka that fails in every way that librdkafka's mock cluster can: each fault for itself, then several at once. The
daemon stays up, idles, is back within 30 s of the end of the fault, and nothing is lost or doubled. KEPUD_LONG: longer,
and many more at once; KEPUD_SEED repeats the order and the mix."""
import random as randoms

import pytest
from confluent_kafka import KafkaError

from harness.mockd import (COMMIT, COORDINATOR, FETCH, HEARTBEAT, JOIN, SYNC, TRANSPORT,
                           MockCluster)
from harness.wait import wait_for
from scene import BACK_S, LONG, PARTITIONS, SEED, Scene, say_how_to_repeat
from test_crash import must_agree

HOLD_S = 3  # how long a fault lasts
ROUNDS = 60 if LONG else 2  # of several at once
MANY = 2000  # more than are asked for in that time
FORGOTTEN = KafkaError.UNKNOWN_MEMBER_ID
REASONABLE = ["session.timeout.ms=6000", "heartbeat.interval.ms=500", "topic.metadata.refresh.interval.ms=1000"]


class Cluster:
    """What a fault does and undoes."""

    def __init__(self, scene):
        self.mock, self.topic, self.group = scene.broker, scene.topic, f"group-{scene.topic}"

    def lead(self, broker):
        for partition in range(PARTITIONS):
            self.mock.leader(self.topic, partition, broker)


class Fault:
    def __init__(self, begin, end):
        self.begin, self.end = begin, end


def errors(key, error, first=None):
    """`first`: a heartbeat that fails with this, once, and leads there."""
    def begin(cluster):
        cluster.mock.errors(key, MANY, error)
        if first is not None:
            cluster.mock.errors(HEARTBEAT, 1, first)

    return Fault(begin, lambda cluster: (cluster.mock.clear(key), cluster.mock.clear(HEARTBEAT)))


def move_to_a_dead_coordinator(cluster):
    cluster.mock.coordinator(cluster.group, 2)
    cluster.mock.down(2)


FAULTS = {
    "all-down": Fault(lambda c: c.mock.down(), lambda c: c.mock.up()),
    "one-down": Fault(lambda c: c.mock.down(1), lambda c: c.mock.up(1)),
    "slow-1-s": Fault(lambda c: c.mock.rtt(1000), lambda c: c.mock.rtt(0)),
    "slow-5-s": Fault(lambda c: c.mock.rtt(5000), lambda c: c.mock.rtt(0)),
    "nobody-leads": Fault(lambda c: c.lead(-1), lambda c: c.lead(1)),
    "leader-moves": Fault(lambda c: c.lead(2), lambda c: c.lead(1)),
    "coordinator-moves": Fault(lambda c: c.mock.coordinator(c.group, 2), lambda c: c.mock.coordinator(c.group, 1)),
    "coordinator-dead": Fault(move_to_a_dead_coordinator, lambda c: c.mock.up(2)),
    "topic-unknown": Fault(lambda c: c.mock.topic_error(c.topic, KafkaError.UNKNOWN_TOPIC_OR_PART),
                           lambda c: c.mock.topic_error(c.topic)),
    "topic-forbidden": Fault(lambda c: c.mock.topic_error(c.topic, KafkaError.TOPIC_AUTHORIZATION_FAILED),
                             lambda c: c.mock.topic_error(c.topic)),
    "fetch-drops": errors(FETCH, TRANSPORT),
    "fetch-not-leader": errors(FETCH, KafkaError.NOT_LEADER_FOR_PARTITION),
    "fetch-unknown-topic": errors(FETCH, KafkaError.UNKNOWN_TOPIC_OR_PART),
    "fetch-unavailable": errors(FETCH, KafkaError.REPLICA_NOT_AVAILABLE),
    "fetch-storage": errors(FETCH, KafkaError.KAFKA_STORAGE_ERROR),
    "fetch-odd": errors(FETCH, KafkaError.UNKNOWN),
    "heartbeat-rebalance": errors(HEARTBEAT, KafkaError.REBALANCE_IN_PROGRESS),
    "heartbeat-generation": errors(HEARTBEAT, KafkaError.ILLEGAL_GENERATION),
    "heartbeat-coordinator": errors(HEARTBEAT, KafkaError.NOT_COORDINATOR),
    "heartbeat-drops": errors(HEARTBEAT, TRANSPORT),
    "join-loading": errors(JOIN, KafkaError.COORDINATOR_LOAD_IN_PROGRESS, FORGOTTEN),
    "join-unavailable": errors(JOIN, KafkaError.COORDINATOR_NOT_AVAILABLE, FORGOTTEN),
    "join-drops": errors(JOIN, TRANSPORT, FORGOTTEN),
    "sync-rebalance": errors(SYNC, KafkaError.REBALANCE_IN_PROGRESS, FORGOTTEN),
    "find-coordinator": errors(COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.NOT_COORDINATOR),
    "commit-fails": errors(COMMIT, KafkaError.REQUEST_TIMED_OUT),
    "commit-drops": errors(COMMIT, TRANSPORT),
}


@pytest.fixture
def cluster(request, tmp_path, database, daemon):
    say_how_to_repeat(request)
    mock = MockCluster(tmp_path, f"mock:{PARTITIONS}", brokers=1 if "damaged" in request.node.name else 2).start()
    scene = Scene(mock, "mock", {}, database, daemon)
    scene.options["kafka"]["properties"] = REASONABLE
    yield scene
    if scene.kepud:
        scene.kepud.kill()
    mock.stop()


def endure(scene, faults, seconds):
    """All of these begin, last, and end; then everything that was sent before has to come."""
    control = Cluster(scene)
    scene.fill(10)
    for fault in faults:
        fault.begin(control)
    scene.must_idle(seconds)
    for fault in faults:
        fault.end(control)
    scene.fill(10)
    took = scene.wait_stored(BACK_S)
    must_agree(scene.database, scene.topic)
    return took


def test_each_fault(cluster):
    cluster.start()
    cluster.fill(5)
    cluster.wait_stored()
    names = sorted(FAULTS)
    randoms.Random(SEED).shuffle(names)
    for name in names if LONG else names[:4]:
        print(f"-- {name}", flush=True)
        print(f"back after {endure(cluster, [FAULTS[name]], HOLD_S):.1f} s", flush=True)
    cluster.finish()


def test_several_at_once(cluster):
    random = randoms.Random(SEED)
    cluster.start()
    cluster.fill(5)
    cluster.wait_stored()
    for number in range(ROUNDS):
        names = random.sample(sorted(FAULTS), 3)
        print(f"-- {number}: {' '.join(names)}", flush=True)
        cluster.fill(10)
        for name in names:
            FAULTS[name].begin(Cluster(cluster))
        cluster.must_idle(HOLD_S)
        random.shuffle(names)
        for name in names:
            FAULTS[name].end(Cluster(cluster))
        print(f"back after {cluster.wait_stored(BACK_S):.1f} s", flush=True)
        must_agree(cluster.database, cluster.topic)
    cluster.finish()


def test_damaged_record_stops_its_partition(cluster):
    """Nothing behind it is read; the others go on; also after a restart."""
    cluster.start()
    cluster.fill(5)
    cluster.wait_stored()
    cluster.broker.produce_damaged(cluster.topic, 1)
    cluster.fill(5)
    for again in (False, True):
        if again:
            cluster.kepud.stop()
            cluster.kepud.start()
            cluster.fill(5)
        ends = {**cluster.broker.end_offsets(cluster.topic), 1: 5}
        cluster.database.wait_offsets(cluster.topic, ends, watch=cluster.kepud.must_run)
        wait_for(lambda: cluster.kepud.log().count("a record cannot be decoded") == 1 + again, "the stop")
        cluster.must_idle(3)
        assert cluster.database.offsets(cluster.topic) == ends
    must_agree(cluster.database, cluster.topic)
    cluster.kepud.stop()
