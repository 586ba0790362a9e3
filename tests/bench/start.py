# SPDX-License-Identifier: Apache-2.0
"""Start: from the start of the process to its first commit, and from a kill -9 at work to the next one. Beside it what
the broker itself takes to let in a consumer that does nothing else (group.initial.rebalance.delay.ms is its own)."""
import time

from confluent_kafka import Consumer

from end_to_end import DONE, conditions, make_topic, sections_of, told
from harness.broker import Broker
from harness.kepud import Kepud
from harness.wait import wait_for
from stand import Feed, say
import workload

LOOK_S = 0.001
LATER = 100  # messages that come after the kill, so that there is always one to commit


def join_s(broker, topic, number):
    """Until a plain consumer, the first of its group, has its partitions."""
    assigned = []
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": f"join-{topic}-{number}"})
    started = time.monotonic()
    consumer.subscribe([topic], on_assign=lambda *_: assigned.append(time.monotonic()))
    try:
        wait_for(lambda: consumer.poll(0.01) and False or assigned, "partitions for a consumer", 60, 0)
    finally:
        consumer.close()
    return assigned[0] - started


def claimed(database, topic, before):
    """What was done when a claim later than `before` was first seen."""
    epoch, done = database.rows("SELECT max(epoch), coalesce(sum(next_offset), 0)::bigint FROM ingest.kafka_offset"
                                " WHERE topic = %s", topic)[0]
    return done + 1 if epoch > before else None


def one_run(stand, broker, options, topic, number):
    with stand.folder() as folder, stand.fresh() as database:
        daemon = Kepud(folder, database, broker, [topic.name], group=f"start-{topic.name}-{number}",
                       **sections_of(options))
        try:
            started = time.monotonic()
            daemon.start()
            wait_for(lambda: database.value(DONE, topic.name) > 0, "the first commit", 120, LOOK_S, daemon.must_run)
            first = time.monotonic() - started
            before = database.value("SELECT max(epoch) FROM ingest.kafka_offset WHERE topic = %s", topic.name)
            killed = time.monotonic()
            daemon.kill()
            daemon.start()
            feed = Feed(broker, topic.name, linger_ms=0)
            for value, key, _ in workload.messages("visits", LATER, options.seed + 1000 + number):
                feed.send(key, value)
            feed.flush()
            least = wait_for(lambda: claimed(database, topic.name, before), "claims", 120, LOOK_S, daemon.must_run)
            wait_for(lambda: database.value(DONE, topic.name) >= least, "the next commit", 120, LOOK_S, daemon.must_run)
            again = time.monotonic() - killed
            daemon.stop()
        finally:
            daemon.kill()
    joined = join_s(broker, topic.name, number)
    return {"start_to_commit_s": first, "kill_to_commit_s": again, "broker_join_s": joined,
            "start_to_broker_join": first / joined}


def start(stand, options, notebook):
    for delay in options.delays:
        with stand.folder() as folder:
            broker = Broker(folder / "kafka", **{"group.initial.rebalance.delay.ms": delay}).start()
            try:
                say(f"start: group.initial.rebalance.delay.ms = {delay}")
                topic = make_topic(stand, options, "visits", broker=broker)
                runs = [told(number, one_run(stand, broker, options, topic, number)) for number in range(options.runs)]
            finally:
                broker.stop()
        notebook.add("start", f"group.initial.rebalance.delay.ms={delay}", runs, stand.settings,
                     **conditions(options, rebalance_delay_ms=delay))
