# SPDX-License-Identifier: Apache-2.0
"""The connection breaks around a COMMIT: the daemon cannot know whether it happened, and must find out."""
import random as randoms
from pathlib import Path

import pytest

from harness import events
from harness.kafka import produce
from harness.proxy import Cut, Proxy
from test_crash import must_agree

PARTITIONS, EACH = 3, 200
ENDS = {partition: EACH for partition in range(PARTITIONS)}
BATCH, CLAIM = b"COPY ingest.ledger", b"epoch + 1"


@pytest.fixture
def proxy(postgres):
    port = (Path(postgres.folder) / "port").read_text().strip()
    with Proxy(str(postgres.folder / f".s.PGSQL.{port}")) as one:
        yield one


def fill(broker, topic, seed):
    random = randoms.Random(seed)
    for partition in range(PARTITIONS):
        produce(broker, topic, [events.encode(events.visit(random)) for _ in range(EACH)], partition=partition)


@pytest.mark.parametrize("before", [True, False], ids=["never-happened", "happened"])
@pytest.mark.parametrize("needle,skip", [(CLAIM, 0), (BATCH, 0), (BATCH, 3)], ids=["claim", "first", "later"])
def test_nothing_is_lost_or_doubled(mock_broker, daemon, database, proxy, needle, skip, before):
    topic = "mock"
    fill(mock_broker, topic, 1)
    cut = proxy.arm(Cut(needle, before, skip))
    settings = {"conninfo": proxy.conninfo(database.conninfo), "connections": 1}
    with daemon(mock_broker, topic, postgres=settings, batch={"events": 50}) as kepud:
        database.wait_offsets(topic, ENDS, watch=kepud.must_run)
        assert cut.done.is_set(), "no such COMMIT came by"
        assert "no connection to PostgreSQL" in kepud.log()
    must_agree(database, topic)
    count = PARTITIONS * EACH
    assert database.value("SELECT count(*) FROM ingest.ledger") == count
    assert database.value("SELECT count(*) FROM kepu.fact_visit") == count
    assert database.rows("SELECT sum(accepted)::integer, sum(duplicate)::integer, sum(rejected)::integer"
                         " FROM ingest.tally") == [(count, 0, 0)]
