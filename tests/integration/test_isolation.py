# SPDX-License-Identifier: Apache-2.0
"""One event hurts no other, at the size of batches that the daemon has by default: PostgreSQL refuses a COPY long
before all of it is sent, and its answer must not be overlooked."""
import json
import random as randoms

from harness import events
from harness.kafka import produce

BIG = 20000


def visits(seed, count=BIG):
    random = randoms.Random(seed)
    return [events.encode({**events.visit(random), "id": f"v-{seed}-{number}"}) for number in range(count)]


def with_visitors(message, visitors):
    event = json.loads(message)
    event["data"]["visitors"] = visitors
    return events.encode(event)


def test_mnh_15_one_refused_row_in_a_large_batch(broker, daemon, database):
    topic = broker.create_topic()
    messages = [with_visitors(one, 8) for one in visits(1)]
    messages[100] = with_visitors(messages[100], 7)
    database.rows("ALTER TABLE kepu.fact_visit ADD CONSTRAINT no7 CHECK (visitors <> 7)")
    produce(broker, topic, messages, partition=0)
    with daemon(broker, topic) as kepud:
        database.wait_offsets(topic, {0: BIG}, deadline=40, watch=kepud.must_run)
    assert "connection given up" not in kepud.log()
    assert database.rows("SELECT reason, sqlstate, constraint_name, kafka_offset FROM ingest.dead_letter") == [
        ("E_DB", "23514", "no7", 100)]
    assert database.value("SELECT count(*) FROM kepu.fact_visit") == BIG - 1
    assert database.value("SELECT count(*) FROM ingest.ledger") == BIG - 1


def test_the_same_events_on_two_connections_at_once(broker, daemon, database):
    """The second COPY of a key waits for the first and is refused when that one commits: it has to be tried again."""
    topic = broker.create_topic(partitions=2)
    messages = visits(2)
    produce(broker, topic, messages, partition=0)
    produce(broker, topic, messages, partition=1)
    with daemon(broker, topic) as kepud:
        database.wait_offsets(topic, {0: BIG, 1: BIG}, deadline=40, watch=kepud.must_run)
    assert "connection given up" not in kepud.log()
    assert database.rows("SELECT sum(accepted), sum(duplicate), sum(rejected) FROM ingest.tally") == [(BIG, BIG, 0)]
    assert database.value("SELECT count(*) FROM kepu.fact_visit") == BIG
