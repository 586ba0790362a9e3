# SPDX-License-Identifier: Apache-2.0
"""The connection breaks around a COMMIT: the daemon cannot know whether it happened, and must find out."""
import random as randoms

import pytest

from harness import events
from harness.kafka import produce
from harness.proxy import Cut
from test_crash import must_agree

PARTITIONS, EACH = 3, 200
ENDS = {partition: EACH for partition in range(PARTITIONS)}
BATCH, CLAIM = b"COPY ingest.ledger", b"epoch + 1"


def fill(broker, topic, seed):
    random = randoms.Random(seed)
    for partition in range(PARTITIONS):
        produce(broker, topic, [events.encode(events.visit(random)) for _ in range(EACH)], partition=partition)


@pytest.mark.parametrize("before", [True, False], ids=["never-happened", "happened"])
@pytest.mark.parametrize("needle,skip", [(CLAIM, 0), (BATCH, 0), (BATCH, 3)], ids=["claim", "first", "later"])
def test_mnh_03_only_an_answered_commit_counts(mock_broker, daemon, database, proxy, needle, skip, before):
    topic = "mock"
    fill(mock_broker, topic, 1)
    cut = proxy.arm(Cut(needle, before, skip))
    settings = {"conninfo": proxy.conninfo(database.conninfo), "connections": 1}
    with daemon(mock_broker, topic, postgres=settings, batch={"events": 50}) as kepud:
        database.wait_offsets(topic, ENDS, watch=kepud.must_run)
        assert cut.done.is_set(), "no such COMMIT came by"
        assert "no connection to PostgreSQL" in kepud.log()
    must_be_complete(database, topic, PARTITIONS * EACH, refused=0)


@pytest.mark.parametrize("before", [True, False], ids=["never-happened", "happened"])
def test_between_the_halves_of_a_batch(mock_broker, daemon, database, proxy, before):
    """One row of the batch is refused, so it is halved; the cut comes with the first half."""
    topic, random = "mock", randoms.Random(2)
    database.rows("ALTER TABLE kepu.fact_visit ADD CHECK (visitors <> 7777)")
    values = [events.encode(events.visit(random, **({"visitors": 7777} if number == 150 else {})))
              for number in range(EACH)]
    produce(mock_broker, topic, values, partition=0)
    cut = proxy.arm(Cut(BATCH, before))
    settings = {"conninfo": proxy.conninfo(database.conninfo), "connections": 1}
    with daemon(mock_broker, topic, postgres=settings, batch={"events": EACH, "age_ms": 10000}) as kepud:
        database.wait_offsets(topic, {0: EACH, 1: 0, 2: 0}, watch=kepud.must_run)
        assert cut.done.is_set(), "no such COMMIT came by"
    must_be_complete(database, topic, EACH, refused=1)


def must_be_complete(database, topic, count, refused):
    must_agree(database, topic)
    assert database.value("SELECT count(*) FROM ingest.ledger") == count - refused
    assert database.value("SELECT count(*) FROM kepu.fact_visit") == count - refused
    assert database.rows("SELECT sum(accepted)::integer, sum(duplicate)::integer, sum(rejected)::integer"
                         " FROM ingest.tally") == [(count - refused, 0, refused)]
