# SPDX-License-Identifier: Apache-2.0
"""Order must not matter: samples and generated events with all conflicts, in random orders over 4 partitions and two
daemons, some of them twice, end in the same views. KEPUD_ORDERS says in how many orders, KEPUD_SEED repeats a run."""
import os
import random as randoms
import sys

import pytest

from harness import events
from harness.kafka import produce
from harness.paths import PROJECT
from harness.wait import wait_for

sys.path.insert(0, str(PROJECT))
from tests.oracle import compare  # noqa: E402
from tests.oracle.generate import fresh_seed, generate  # noqa: E402
from tests.oracle.read import Delivery  # noqa: E402
from tests.oracle.views import all_rows  # noqa: E402

SEED = int(os.environ.get("KEPUD_SEED") or fresh_seed())
ORDERS = int(os.environ.get("KEPUD_ORDERS") or 2)
EVENTS = int(os.environ.get("KEPUD_EVENTS") or 10_000)
PARTITIONS, COPIES = 4, 0.05


def shuffled(messages, seed):
    """Everything in another order, and some of it once more."""
    random = randoms.Random(seed)
    sent = messages + [one for one in messages if random.random() < COPIES]
    random.shuffle(sent)
    return sent


def deliver(broker, daemon, database, messages, random):
    """To random partitions; one message may overtake another, and its own copy. Two daemons share the partitions."""
    topic = broker.create_topic(partitions=PARTITIONS)
    by_partition = [[] for _ in range(PARTITIONS)]
    for message in messages:
        random.choice(by_partition).append(message)
    one, two = (daemon(broker, topic, name=f"{database.name}-{number}", database=database) for number in (1, 2))
    one.start()
    two.start()

    def shared():
        owners = database.rows("""SELECT owner_pid, count(*) FROM ingest.kafka_offset
                JOIN pg_stat_activity a ON a.pid = owner_pid WHERE topic = %s GROUP BY 1""", topic)
        return len({pid for pid, _ in owners}) > 1 and sum(count for _, count in owners) == PARTITIONS

    wait_for(shared, "partitions with both daemons", 60, watch=one.must_run)

    def both_run():
        one.must_run()
        two.must_run()

    # What the first half has led to has to be maintained when the second one comes.
    for half in (0, 1):
        for number, some in enumerate(by_partition):
            produce(broker, topic, some[half::2], partition=number)
        database.wait_offsets(topic, broker.end_offsets(topic), 300, watch=both_run)
        database.rows("SELECT dashboard.refresh()")
    one.stop()
    two.stop()


@pytest.fixture(scope="module")
def messages():
    print(f"KEPUD_SEED={SEED} KEPUD_EVENTS={EVENTS}")
    return events.samples("seed-events.jsonl") + generate(SEED, EVENTS, conflicts=0)


def redelivered(rows):
    return {(source, kind): count for source, kind, _, count, *_ in rows if count}


@pytest.fixture(scope="module")
def first():
    """The views after the first order, for the others to be compared with."""
    return {}


@pytest.mark.parametrize("number", range(ORDERS))
def test_any_order_gives_the_same_views(number, broker, daemon, database, messages, first):
    print(f"KEPUD_SEED={SEED} order {number}")
    sent = shuffled(messages, SEED + number)
    deliver(broker, daemon, database, sent, randoms.Random(SEED - number))
    found = compare.database_rows(database.server.connect(database.name).cursor())
    wanted = all_rows(sent)
    lines = [line for view, rows in found.items()
             for line in compare.difference(view, rows, wanted[view], compare.OF_THE_WAY)]
    assert not lines, "\n".join(lines)
    copies = Delivery(sent).redelivered
    assert redelivered(found["ingest_quality"]) == {(source, f"cn.kepu.{kind}"): count
                                                    for (source, kind), count in copies.items()}
    for view, rows in found.items():
        assert not compare.difference(view, rows, first.setdefault(view, rows), compare.OF_THE_WAY)
