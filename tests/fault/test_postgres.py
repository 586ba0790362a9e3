# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL is stopped, sessions are ended, tables are locked, slots are used up, rights and passwords change: while a
stream goes on. No fault of the environment reaches the dead letters, and the daemon is back at work by itself within
30 s. KEPUD_LONG: more often, and locks for a minute; KEPUD_SEED repeats a run."""
import contextlib
import time

import psycopg2
import pytest

from harness.proxy import Spoil
from traffic import LONG, login

AWAY_S = 60 if LONG else 2
LOCKED_S = 60 if LONG else 6    # longer than the daemon's lock_timeout, 5 s
READ_ONLY_S = 30 if LONG else 3
STRIKES = 100 if LONG else 6
BURSTS = 60 if LONG else 4
DEADLOCKS = 20 if LONG else 2
REFUSED = "PostgreSQL refused for now"
LOST = "no connection to PostgreSQL"
EX_CONFIG = 78
CANCEL = """SELECT count(*) FILTER (WHERE pg_cancel_backend(pid)) FROM pg_stat_activity
        WHERE datname = %s AND application_name LIKE 'kepud%%' AND state = 'active'"""


@pytest.fixture
def traffic(begin, database):
    return begin(database)


# ---- the server goes

@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_stopped(traffic, postgres, mode):
    seen = traffic.said(LOST)
    postgres.stop(mode)
    try:
        traffic.wait_more(LOST, seen)
        traffic.must_wait(AWAY_S)
    finally:
        postgres.start()
    traffic.back()
    traffic.finish()


# ---- sessions are ended

def test_sessions_are_ended(traffic):
    for _ in range(STRIKES):
        for pid in traffic.backends():
            traffic.database.value("SELECT pg_terminate_backend(%s)", pid)
            # Not to wait for something: the moment is what is random here.
            time.sleep(0.3 * traffic.random.random() ** 2)
        traffic.watch()
    traffic.back()
    traffic.finish()


def test_statements_are_cancelled(traffic):
    """Each one that can be caught for a second, again and again: halves of halves of a batch, down to one event."""
    hit = 0
    for _ in range(BURSTS):
        end = time.monotonic() + 1
        while time.monotonic() < end:
            hit += traffic.database.value(CANCEL, traffic.database.name)
        traffic.back()
    print(f"{hit} cancelled")
    assert hit >= BURSTS
    traffic.finish()


@pytest.mark.parametrize("statement", ["COMMIT", "ROLLBACK"])
def test_a_transaction_that_does_not_end(begin, database, proxy, statement):
    """As when its last statement is itself cancelled: it is open still, and whatever follows would be refused."""
    traffic = begin(database, conninfo=proxy.conninfo(database.conninfo))
    spoil = proxy.spoil(Spoil(statement, b"UPDATE ingest.kafka_offset"))

    def done():
        if statement == "ROLLBACK":
            database.value(CANCEL, database.name)
        return spoil.done.is_set()

    traffic.wait_for(done, f"a {statement} of a batch")
    traffic.wait_more("could not be ended", 0)
    traffic.back()
    traffic.finish()


# ---- others hold what the daemon wants

@contextlib.contextmanager
def transaction(database):
    """A session of somebody else; it must outlive what it does to the daemon."""
    connection = database.server.connect(database.name)
    connection.autocommit = False
    with connection.cursor() as cursor:
        yield cursor
        cursor.execute("SELECT 1")
    connection.rollback()
    connection.close()


@pytest.mark.parametrize("table", ["kepu.fact_visit", "ingest.kafka_offset", *(["ingest.ledger"] if LONG else [])])
def test_locked_table(traffic, table):
    seen = traffic.said("sqlstate=55P03")
    with transaction(traffic.database) as dba:
        dba.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        traffic.must_wait(LOCKED_S)
        traffic.wait_more("sqlstate=55P03", seen)
    traffic.back()
    traffic.finish()


def is_waiting(traffic):
    return traffic.database.value("""SELECT count(*) FROM pg_stat_activity WHERE datname = %s
            AND application_name LIKE 'kepud%%' AND wait_event_type = 'Lock'""", traffic.database.name)


def test_deadlock(traffic):
    """The greatest key first, then those that the daemon has locked already. The other session looks for deadlocks
    late, so it is the daemon's transaction that PostgreSQL ends."""
    seen, met = traffic.said("sqlstate=40P01"), 0
    end = time.monotonic() + 60 + 5 * DEADLOCKS
    while met < DEADLOCKS:
        assert time.monotonic() < end, f"{met} deadlocks"
        with transaction(traffic.database) as other:
            other.execute("SET LOCAL deadlock_timeout = '60s'; SET LOCAL statement_timeout = '20s'")
            other.execute("SELECT FROM kepu.facility WHERE facility_id = 'hall-9' FOR UPDATE")
            traffic.wait_for(lambda: is_waiting(traffic), "a daemon that waits for a row")
            # Enough comes together meanwhile that its next transaction has many of these keys.
            other.execute("SELECT FROM kepu.facility WHERE facility_id < 'hall-9' ORDER BY facility_id FOR UPDATE")
        met = traffic.said("sqlstate=40P01") - seen
    print(f"{met} deadlocks")
    traffic.back()
    traffic.finish()


def test_slots_are_used_up(begin, database):
    """Whoever is no superuser gets no connection any more."""
    conninfo = login(database, "crowded")
    traffic = begin(database, conninfo=conninfo)
    crowd = []
    try:
        with pytest.raises(psycopg2.OperationalError, match="remaining connection slots"):
            while True:
                crowd.append(psycopg2.connect(conninfo, application_name="crowd"))
        seen = traffic.said(LOST)
        for pid in traffic.backends():
            database.value("SELECT pg_terminate_backend(%s)", pid)
            with contextlib.suppress(psycopg2.OperationalError):
                while True:
                    crowd.append(psycopg2.connect(conninfo, application_name="crowd"))
        traffic.wait_more("connection slots", 0)
        traffic.must_wait(AWAY_S)
        assert traffic.said(LOST) > seen
    finally:
        for one in crowd:
            one.close()
    traffic.back()
    traffic.finish()


# ---- no writing

@pytest.mark.parametrize("words", ["", " target_session_attrs=read-write"], ids=["any-host", "read-write"])
def test_read_only(begin, postgres, database, words):
    """As a primary that somebody has made read-only; one connection after the other finds out."""
    traffic = begin(database, conninfo=database.conninfo + words)
    seen = traffic.said(LOST)
    postgres.set("default_transaction_read_only", "on")
    try:
        traffic.wait_more(LOST, seen)
        traffic.must_wait(READ_ONLY_S)
    finally:
        postgres.set("default_transaction_read_only", None)
    traffic.back()
    traffic.finish()


# ---- the daemon's login

def test_password_changed(begin, database):
    """What is connected goes on; a new connection is refused, and the daemon says so and ends. With the new password it
    goes on where it was."""
    traffic = begin(database, conninfo=login(database, "changing"))
    login(database, "changing", "second-password")
    traffic.back()
    database.value("SELECT pg_terminate_backend(%s)", traffic.backends()[0])
    assert traffic.kepud.wait_end() == EX_CONFIG
    assert "28P01" in traffic.kepud.log()
    config = traffic.kepud.config
    config.write_text(config.read_text().replace("first-password", "second-password"))
    traffic.kepud.start()
    traffic.back()
    traffic.finish()
    assert "-password" not in traffic.kepud.log()


@pytest.mark.parametrize("right, table", [("INSERT", "kepu.fact_visit"), ("UPDATE", "ingest.kafka_offset"),
                                          ("INSERT", "ingest.dead_letter")])
def test_right_taken_away(begin, database, right, table):
    """A person has to act: the daemon ends and says what it lacks, and does not start without it."""
    traffic = begin(database, conninfo=login(database, "restricted"))
    database.rows(f"REVOKE {right} ON {table} FROM kepud_ingest")
    assert traffic.kepud.wait_end() == EX_CONFIG
    assert f"permission denied for table {table.split('.')[1]}" in traffic.kepud.log()
    traffic.kepud.start()
    assert traffic.kepud.wait_end() == EX_CONFIG
    assert f"{table}: the role may not {right}" in traffic.kepud.log()
    database.rows(f"GRANT {right} ON {table} TO kepud_ingest")
    traffic.kepud.start()
    traffic.back()
    traffic.finish()
