# SPDX-License-Identifier: Apache-2.0
"""dashboard.refresh() while two daemons write: however its runs fall between the batches, also when some of them are
broken off or a transaction stays open for long, the views end as the oracle says, and working everything out anew
changes nothing. KEPUD_SEED repeats a run."""
import os
import random as randoms
import sys
import threading

import psycopg2
import pytest

from harness.kafka import produce
from harness.paths import PROJECT
from harness.views import STAYING, worked_out
from harness.wait import wait_for

sys.path.insert(0, str(PROJECT))
from tests.oracle import compare  # noqa: E402
from tests.oracle.generate import fresh_seed, generate  # noqa: E402
from tests.oracle.views import all_rows  # noqa: E402

SEED = int(os.environ.get("KEPUD_SEED") or fresh_seed())
EVENTS = int(os.environ.get("KEPUD_EVENTS") or 4_000)
PARTITIONS, SLICES = 4, 8


class Refresher(threading.Thread):
    """Refreshes all the time; with a time limit, many of its runs are broken off in the middle."""

    def __init__(self, connection, limit_ms=0):
        super().__init__(daemon=True)
        self.connection = connection
        self.limit_ms = limit_ms
        self.over = threading.Event()
        self.finished = self.broken_off = 0
        self.failure = None
        self.start()

    def run(self):
        random = randoms.Random(SEED)
        try:
            with self.connection.cursor() as cursor:
                while not self.over.is_set():
                    self.refresh(cursor, random.randint(1, self.limit_ms) if self.limit_ms else 0)
        except psycopg2.Error as error:
            self.failure = error

    def refresh(self, cursor, limit_ms):
        try:
            # Under the limit of the run before.
            cursor.execute("SET statement_timeout = %s", (limit_ms,))
            cursor.execute("SELECT dashboard.refresh()")
            self.finished += 1
        except psycopg2.errors.QueryCanceled:
            self.broken_off += 1

    def end(self):
        self.over.set()
        self.join(60)
        assert not self.is_alive() and self.failure is None, self.failure


def both_read(database, topic):
    owners = database.rows("""SELECT owner_pid, count(*) FROM ingest.kafka_offset
            JOIN pg_stat_activity a ON a.pid = owner_pid WHERE topic = %s GROUP BY 1""", topic)
    return len({pid for pid, _ in owners}) > 1 and sum(count for _, count in owners) == PARTITIONS


@pytest.fixture
def delivered(broker, daemon, database):
    """deliver(messages): in slices to two daemons that write them meanwhile; a transaction that began before all of
    them, and has a number, stays open until half of them are there."""

    def deliver(messages):
        topic = broker.create_topic(partitions=PARTITIONS)
        one, two = (daemon(broker, topic, name=f"kepud{number}", maintenance={"interval": 1}) for number in (1, 2))
        one.start()
        two.start()
        wait_for(lambda: both_read(database, topic), "partitions with both daemons", 60, watch=one.must_run)

        def both_run():
            one.must_run()
            two.must_run()

        old = database.server.connect(database.name)
        old.autocommit = False
        with old.cursor() as cursor:
            cursor.execute("SAVEPOINT a; SELECT txid_current(); SELECT count(*) FROM ingest.ledger; RELEASE a")
        for number in range(SLICES):
            some = messages[number::SLICES]
            for partition in range(PARTITIONS):
                produce(broker, topic, some[partition::PARTITIONS], partition=partition)
            if number == SLICES // 2:
                old.rollback()
            database.wait_offsets(topic, broker.end_offsets(topic), 120, watch=both_run)
        old.close()
        one.stop()
        two.stop()

    return deliver


def test_refresh_while_events_come(delivered, database):
    print(f"KEPUD_SEED={SEED} KEPUD_EVENTS={EVENTS}")
    messages = generate(SEED, EVENTS, conflicts=0)
    randoms.Random(SEED).shuffle(messages)
    steady = Refresher(database.server.connect(database.name))
    hasty = Refresher(database.server.connect(database.name), limit_ms=600)
    delivered(messages)
    steady.end()
    hasty.end()
    assert steady.finished > SLICES and hasty.broken_off > 0, (steady.finished, hasty.broken_off)

    connection = database.server.connect(database.name)
    lines = compare.differences(connection.cursor(), all_rows(messages), without=compare.OF_THE_WAY)
    connection.close()
    assert not lines, "\n".join(lines)
    kept_up = worked_out(database)
    assert all(kept_up[f"mart.{table}"] for table in STAYING), "nothing out of the ordinary came"
    database.rows("SELECT mart.rebuild()")
    anew = worked_out(database)
    assert [name for name, rows in kept_up.items() if rows != anew[name]] == []
