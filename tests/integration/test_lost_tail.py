# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL comes back without its last transactions: the offsets went with the rows, and the daemon reads again."""
import random as randoms

import pytest

from harness import events
from harness.kafka import produce
from test_crash import must_agree

PARTITIONS, EACH, TRIES = 3, 200, 5
FORGETFUL = ("synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=1GB", "wal_buffers=64MB")
OWN = "ingest.ledger, ingest.tally, ingest.event_source, kepu.facility, kepu.fact_visit, kepu.event_text"


@pytest.fixture
def forgetful(cluster):
    """A cluster that says "committed" long before it is on disk."""
    return cluster(*FORGETFUL)


def fill(broker, topic, random, sent):
    """Sends EACH more to every partition; what the offsets must be then."""
    for partition in range(PARTITIONS):
        produce(broker, topic, [events.encode(events.visit(random)) for _ in range(EACH)], partition=partition)
    sent += EACH
    return sent, {partition: sent for partition in range(PARTITIONS)}


def stored(database):
    return database.value("SELECT count(*) FROM ingest.ledger")


def must_be_complete(database, topic, sent):
    must_agree(database, topic)
    assert stored(database) == sent * PARTITIONS
    # With what the rows refer to: a daemon that believed its memory would not make it again.
    whole = database.value("""SELECT count(*) FROM kepu.fact_visit v JOIN kepu.facility USING (facility_id)
            JOIN ingest.ledger l ON l.event_key = v.event_key JOIN ingest.event_source USING (source_id)""")
    assert whole == sent * PARTITIONS
    assert database.rows("SELECT sum(accepted)::integer, sum(duplicate)::integer, sum(rejected)::integer"
                         " FROM ingest.tally") == [(sent * PARTITIONS, 0, 0)]


def crash(kepud, database):
    """How many events PostgreSQL has forgotten; the daemon sees none of it until it is over."""
    kepud.freeze()
    before = stored(database)
    database.close()
    database.server.restart("immediate")
    database.forget()
    lost = before - stored(database)
    must_agree(database, "mock")
    kepud.thaw()
    return lost


def test_a_crash_that_forgets(mock_broker, daemon, forgetful):
    random, sent, lost = randoms.Random(5), 0, 0
    with daemon(mock_broker, "mock", database=forgetful, batch={"events": 50}) as kepud:
        for _ in range(TRIES):
            # What was there before is on disk: the daemon has to find its way back into the middle.
            forgetful.rows("CHECKPOINT")
            sent, ends = fill(mock_broker, "mock", random, sent)
            forgetful.wait_offsets("mock", ends, watch=kepud.must_run)
            lost += crash(kepud, forgetful)
            forgetful.wait_offsets("mock", ends, watch=kepud.must_run)
            if lost:
                break
    assert lost, f"PostgreSQL forgot nothing in {TRIES} crashes"
    must_be_complete(forgetful, "mock", sent)


def test_a_standby_that_was_behind(mock_broker, daemon, database):
    """As behind a pooler: no connection breaks, but the rows are those of an earlier time. All of ours here."""
    random = randoms.Random(6)
    with daemon(mock_broker, "mock", batch={"events": 50}) as kepud:
        sent, ends = fill(mock_broker, "mock", random, 0)
        database.wait_offsets("mock", ends, watch=kepud.must_run)
        database.rows(f"BEGIN; UPDATE ingest.kafka_offset SET next_offset = 0; TRUNCATE {OWN} CASCADE; COMMIT")
        sent, ends = fill(mock_broker, "mock", random, sent)
        database.wait_offsets("mock", ends, watch=kepud.must_run)
        assert "no connection to PostgreSQL" not in kepud.log()
    must_be_complete(database, "mock", sent)
