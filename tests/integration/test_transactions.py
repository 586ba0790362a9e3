# SPDX-License-Identifier: Apache-2.0
"""Transactions of producers: what was aborted never appears, and offsets reach the end past control records.
KEPUD_TRANSACTIONS says how many."""
import json
import os
import random as randoms

from confluent_kafka import Producer

from harness import events
from harness.kafka import produce
from harness.process import free_port
from harness.wait import wait_for
from test_health import ask

COUNT, ROUNDS = 5, int(os.environ.get("KEPUD_TRANSACTIONS", 20))


def send(broker, topic, seed):
    """Every second transaction is aborted, the last one too; returns the ids that were committed."""
    random, committed = randoms.Random(seed), set()
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": topic})
    producer.init_transactions(30)
    for number in range(ROUNDS):
        batch = [events.encode(events.visit(random)) for _ in range(COUNT)]
        producer.begin_transaction()
        for value in batch:
            producer.produce(topic, value, partition=0)
        if number % 2:
            # Written first, or abort would just empty the queue.
            assert producer.flush(30) == 0
            producer.abort_transaction(30)
        else:
            producer.commit_transaction(30)
            committed |= {json.loads(value)["id"] for value in batch}
    return committed


def test_aborted_transactions_never_appear(broker, daemon, database):
    topic = broker.create_topic()
    committed = send(broker, topic, 1)
    end = broker.end_offsets(topic)
    assert end == {0: ROUNDS * (COUNT + 1)}, "each transaction ends with a control record"
    with daemon(broker, topic) as kepud:
        database.wait_offsets(topic, end, watch=kepud.must_run)
        # And again, on a partition that is being read.
        committed |= send(broker, topic, 2)
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    assert {ident for ident, in database.rows("SELECT event_id FROM ingest.ledger")} == committed
    assert database.value("SELECT count(*) FROM ingest.dead_letter") == 0


def test_a_transaction_that_hangs(broker, daemon, database):
    """What lies behind it waits, and somebody is told; when it ends, nothing is missing. One transaction after the
    other is another thing."""
    topic, port = broker.create_topic(partitions=2), free_port()
    hanging, busy = (Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": f"{topic}-{name}",
                               "transaction.timeout.ms": 900_000}) for name in ("hanging", "busy"))
    random = randoms.Random(4)
    committed = 3 * COUNT

    def begin(producer, partition):
        producer.begin_transaction()
        producer.produce(topic, events.encode(events.visit(random)), partition=partition)
        assert producer.flush(30) == 0

    def commit_and_look():
        nonlocal committed
        busy.commit_transaction(30)
        committed += 1
        begin(busy, 1)
        return ask(port)[0] == 503

    for producer in (hanging, busy):
        producer.init_transactions(30)
    with daemon(broker, topic, http={"listen": f"127.0.0.1:{port}"}) as kepud:
        produce(broker, topic, [events.encode(events.visit(random)) for _ in range(COUNT)], partition=0)
        begin(hanging, 0)
        for partition in (0, 1):
            produce(broker, topic, [events.encode(events.visit(random)) for _ in range(COUNT)], partition=partition)
        database.wait_offsets(topic, {0: COUNT, 1: COUNT}, watch=kepud.must_run)
        begin(busy, 1)
        wait_for(commit_and_look, "the reason", 100, interval=1.0, watch=kepud.must_run)
        assert ask(port)[1].startswith("Kafka holds messages back")
        told = [line for line in kepud.log().splitlines() if "a producer's transaction has been open here" in line]
        assert len(told) == 1 and f"partition=0 offset={COUNT}" in told[0]
        assert database.offsets(topic)[0] == COUNT, "read past an open transaction"
        hanging.abort_transaction(30)
        busy.abort_transaction(30)
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
        kepud.wait_log("Kafka gives on what it held back")
        wait_for(lambda: ask(port)[0] == 200, "health again", 20, watch=kepud.must_run)
    assert database.value("SELECT count(*) FROM ingest.ledger") == committed


def test_restart_behind_control_records_is_quiet(broker, daemon, database):
    topic = broker.create_topic()
    send(broker, topic, 3)
    kepud = daemon(broker, topic)
    with kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    before = database.epochs(topic)
    with kepud:
        database.wait_claimed(topic, before, kepud.must_run)
    assert database.offsets(topic) == broker.end_offsets(topic)
    assert database.value("SELECT sum(duplicate) FROM ingest.tally") == 0
