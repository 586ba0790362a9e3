# SPDX-License-Identifier: Apache-2.0
"""What the daemon does for the database now and then: partitions, retention, hooks. It never stands in the way."""
import datetime
import random as randoms
import threading

import psycopg2
import pytest

from harness import events
from harness.kafka import produce
from harness.kepud import run
from harness.wait import wait_for

OFF = {"interval": 0}
OFTEN = {"interval": 1}


def rounds(**options):
    return {"maintenance": OFTEN, **options}


def drop_partitions(database, relation):
    for name, in database.rows("SELECT partition::text FROM ingest.partitions_of(%s::regclass) WHERE NOT is_default",
                               relation):
        database.rows(f"DROP TABLE {name}")


def bounds(database, relation):
    return database.rows("""SELECT lower::text, upper::text FROM ingest.partitions_of(%s::regclass)
            WHERE NOT is_default ORDER BY lower""", relation)


def add_hook(database, name, body):
    database.rows(f"CREATE FUNCTION ingest.{name}() RETURNS void LANGUAGE plpgsql AS 'BEGIN {body}; END'")
    database.rows("INSERT INTO ingest.maintenance_hook (name) VALUES (%s)", f"ingest.{name}")


@pytest.fixture
def counted(database):
    """A hook that counts its calls; what counts them."""
    database.rows("CREATE TABLE ingest.calls (n bigint); INSERT INTO ingest.calls VALUES (0)")
    add_hook(database, "count_calls", "UPDATE ingest.calls SET n = n + 1")
    return lambda: database.value("SELECT n FROM ingest.calls")


def all_there(database, count):
    assert database.value("SELECT count(*) FROM ingest.dead_letter") == 0
    assert database.value("SELECT count(*) FROM ingest.ledger") == count
    assert database.value("SELECT count(*) FROM kepu.fact_visit") == count


def test_a_missing_partition_loses_nothing(broker, daemon, database):
    """Rows without a partition are stored all the same, and move when it is made."""
    random = randoms.Random(1)
    for relation in ("kepu.fact_visit", "kepu.event_text"):
        drop_partitions(database, relation)
    topic = broker.create_topic()
    produce(broker, topic, [events.encode(events.visit(random)) for _ in range(500)], partition=0)
    with daemon(broker, topic, maintenance=OFF) as kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    all_there(database, 500)
    assert database.value("SELECT count(*) FROM kepu.fact_visit_default") == 500
    before = sorted(map(repr, database.rows("SELECT * FROM kepu.fact_visit")))

    with daemon(broker, topic, **rounds()) as kepud:
        kepud.wait_until(lambda: not database.rows("SELECT * FROM ingest.maintenance_due() WHERE task <> 'call'"),
                         "no partition missing")
        assert "maintenance: make partition kepu.fact_visit_2022: from 2022-01-01 to 2023-01-01" in kepud.log()
    assert database.value("SELECT count(*) FROM kepu.fact_visit_default") == 0
    assert database.value("SELECT count(*) FROM kepu.event_text_default") == 0
    assert sorted(map(repr, database.rows("SELECT * FROM kepu.fact_visit"))) == before


def test_gaps_are_filled_whatever_their_shape(database):
    """After a year without maintenance, or when somebody made partitions by hand."""
    relation = "kepu.fact_visit"
    for name, in database.rows("""SELECT partition::text FROM ingest.partitions_of('kepu.fact_visit')
            WHERE lower BETWEEN '2012-01-01' AND '2022-12-31' OR lower >= date_trunc('year', now())"""):
        database.rows(f"DROP TABLE {name}")
    database.rows("""CREATE TABLE kepu.by_hand PARTITION OF kepu.fact_visit
            FOR VALUES FROM ('2021-03-15') TO ('2021-06-01')""")
    # Detached and kept: its name is taken, and its days stay with the default partition.
    database.rows("ALTER TABLE kepu.fact_visit DETACH PARTITION kepu.fact_visit_before_2010_01")
    missing = database.rows("SELECT lower::text, upper::text FROM ingest.missing_partitions(%s::regclass)", relation)
    assert missing[:5] == [
        ("2015-01-01", "2020-01-01"), ("2020-01-01", "2021-01-01"), ("2021-01-01", "2021-03-15"),
        ("2021-06-01", "2022-01-01"), ("2022-01-01", "2023-01-01")]
    database.rows("CALL ingest.maintain_all()")
    assert database.rows("SELECT * FROM ingest.missing_partitions(%s::regclass)", relation) == []
    found = bounds(database, relation)
    assert all(upper == lower for (_, upper), (lower, _) in zip(found, found[1:])), found
    assert found[0][0] == "2010-01-01"
    assert found[-1][1] == database.value("SELECT (date_trunc('month', now()) + interval '4 months')::date::text")


KEEP = '{"kepu.fact_visit": 12}'


def recent_visit(random):
    """Of the last two years, by the real clock: retention goes by it."""
    now = datetime.datetime.now(datetime.timezone.utc)
    day = str(now.date() - datetime.timedelta(days=random.randrange(700)))
    event = events.visit(random, facilities=100000, period_start=day, period_end=day)
    return {**event, "time": now.isoformat()}


class Worker(threading.Thread):
    """Makes every partition that is missing, then drops what is older than KEEP; gives way and tries again."""

    def __init__(self, connection):
        super().__init__(daemon=True)
        self.connection = connection
        self.rounds = 0
        self.failure = None
        self.start()

    def run(self):
        try:
            with self.connection.cursor() as cursor:
                for keep in (None, KEEP):
                    left = True
                    while left:
                        self.rounds += 1
                        cursor.execute("CALL ingest.maintain_all(%s)", [keep])
                        cursor.execute("SELECT * FROM ingest.maintenance_due(%s) WHERE task <> 'call'", [keep])
                        left = cursor.fetchall()
        except psycopg2.Error as error:
            self.failure = error


MISSING = "SELECT * FROM ingest.maintenance_due() WHERE task = 'make partition'"
MOST_VISITS = 60000


def test_batches_and_maintenance_do_not_hinder_each_other(broker, daemon, database, postgres):
    """Hundreds of partitions are made, filled and dropped while two connections write: no deadlock, nothing refused,
    nothing lost."""
    random = randoms.Random(2)
    for relation, in database.rows("SELECT relation FROM ingest.partitioned_table"):
        drop_partitions(database, relation)
    missing = len(database.rows(MISSING))
    topic = broker.create_topic(partitions=2)
    visits = others = 0
    with daemon(broker, topic, maintenance=OFF, now=None, batch={"events": 100}) as kepud:
        worker = Worker(postgres.connect(database.name))
        # Who gives way may do so for as long as there is something to write: on a slow machine, for ever.
        while worker.is_alive() and visits < MOST_VISITS:
            for partition in range(2):
                batch = [recent_visit(random) for _ in range(400)]
                batch += [events.facility(random, facilities=100000) for _ in range(100)]
                random.shuffle(batch)
                produce(broker, topic, map(events.encode, batch), partition=partition)
            visits, others = visits + 800, others + 200
            database.wait_offsets(topic, broker.end_offsets(topic), 120, watch=kepud.must_run)
        meanwhile = missing - len(database.rows(MISSING))
        wait_for(lambda: not worker.is_alive(), "the end of maintenance, which nothing hinders any more", 120)
        for code in ("40P01", "23503", "42P01"):
            assert f"SQLSTATE {code}" not in kepud.log()
    assert worker.failure is None
    print(f"{missing} partitions made in {worker.rounds} rounds, {meanwhile} of them while {visits + others} events "
          "came")
    assert missing > 300 and visits > 2000 and meanwhile > 30
    assert database.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0
    assert database.value("SELECT count(*) FROM ingest.dead_letter") == 0
    assert database.value("SELECT count(*) FROM ingest.ledger") == visits + others
    since = database.value("SELECT min(lower) FROM ingest.partitions_of('kepu.fact_visit')")
    assert since > database.value("SELECT (current_date - interval '14 months')::date")
    wanted = """SELECT event_key FROM ingest.ledger JOIN ingest.event_type USING (type_id)
            WHERE type LIKE '%%visit.counted' AND occurred_on >= %s"""
    assert database.rows(f"{wanted} EXCEPT SELECT event_key FROM kepu.fact_visit", since) == []
    kept = len(database.rows(wanted, since))
    assert database.value("SELECT count(*) FROM kepu.fact_visit WHERE occurred_on >= %s", since) == kept > 0
    assert database.value("SELECT count(*) FROM kepu.fact_visit_default WHERE occurred_on >= %s", since) == 0
    assert database.rows("SELECT * FROM ingest.prove_references() WHERE dangling > 0") == []


VISIT = """INSERT INTO kepu.fact_visit (occurred_on, event_key, natural_key, facility_id, period_start, period_end,
                                     visitors, visitors_qualifier, scope, group_code)
        SELECT day, gen_random_uuid(), gen_random_uuid(), 'hall', day, day, 7, 'exact', 'total', 'all'
        FROM unnest(%s::date[]) AS day"""


@pytest.mark.parametrize("held", ["LOCK TABLE kepu.facility IN ROW EXCLUSIVE MODE",
                                  "SELECT * FROM kepu.fact_visit_default"])
def test_maintenance_gives_way(postgres, database, held):
    """A transaction that takes long is not waited for; the partition is made in the next round."""
    database.rows("INSERT INTO kepu.facility (facility_id) VALUES ('hall'); DROP TABLE kepu.fact_visit_2022")
    due = "SELECT ingest.maintain('make partition', 'kepu.fact_visit_2022')"
    batch = postgres.connect(database.name)
    batch.autocommit = False
    with batch, batch.cursor() as cursor:
        cursor.execute(held)
        # Before deadlock_timeout (1 s) is over: else a batch could be the one that gives way.
        database.rows("SET statement_timeout = '1s'")
        with pytest.raises(psycopg2.errors.LockNotAvailable):
            database.rows(due)
        database.rows("RESET statement_timeout")
        cursor.execute("SET LOCAL lock_timeout = '1ms'")
        cursor.execute(VISIT, [["2022-05-06"]])
    batch.close()
    assert database.value("SELECT count(*) FROM kepu.fact_visit_default") == 1
    assert database.value(due) == "from 2022-01-01 to 2023-01-01, 1 rows moved"
    assert database.value("SELECT visitors FROM kepu.fact_visit_2022") == 7


def test_retention_removes_what_is_older(broker, daemon, database):
    months = database.value("SELECT array_agg(d::date::text) FROM generate_series('2001-01-31', now(), '1 month') d")
    database.rows("INSERT INTO kepu.facility (facility_id) VALUES ('hall')")
    database.rows(VISIT, months)
    database.rows("DROP TABLE kepu.fact_visit_before_2010_01")
    database.rows(VISIT, ["2001-02-03"])  # into the default partition
    reach = bounds(database, "kepu.fact_reach")
    keep = [{"table": "kepu.fact_visit", "months": 24}, {"table": "kepu.region", "months": 12}]
    kepud = daemon(broker, broker.create_topic(), retention=keep, **rounds())
    done = run("check", "--database", "-c", kepud.config)
    assert done.returncode == 78 and b"retention of kepu.region: not one of the partitioned tables" in done.stderr
    cutoff = database.value("SELECT (current_date - interval '24 months')::date")
    with kepud:
        kepud.wait_until(lambda: database.value("SELECT min(occurred_on) FROM kepu.fact_visit") >
                         database.value("SELECT (%s::date - interval '1 year')::date", cutoff), "old visits gone")
        kepud.wait_log("maintenance: delete old rows kepu.fact_visit_default: 1 rows")
        kepud.wait_log("error maintenance: retention of kepu.region: not one of the partitioned tables")
    assert all(upper > str(cutoff) for _, upper in bounds(database, "kepu.fact_visit"))
    # Only whole partitions go; and what retention has dropped is not made again.
    assert database.value("SELECT count(*) FROM kepu.fact_visit WHERE occurred_on >= %s", cutoff) \
        == sum(day >= str(cutoff) for day in months)
    assert bounds(database, "kepu.fact_reach") == reach


def test_a_failing_task_stops_neither_the_others_nor_events(broker, daemon, database, counted):
    add_hook(database, "a_bad_one", "PERFORM 1 / 0")
    topic = broker.create_topic()
    with daemon(broker, topic, **rounds()) as kepud:
        kepud.wait_until(lambda: counted() >= 3, "three rounds")
        produce(broker, topic, events.samples(), partition=0)
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
        log = kepud.log()
    complaint = "maintenance: could not call ingest.a_bad_one, trying again later: SQLSTATE 22012: division by zero"
    assert log.count(complaint) == 1, "what goes on is told once"


def test_the_database_comes_back_and_maintenance_goes_on(broker, daemon, database, counted):
    with daemon(broker, broker.create_topic(), **rounds()) as kepud:
        kepud.wait_until(counted, "a round")
        database.rows("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name LIKE '%%/maintenance'""")
        before = counted()
        kepud.wait_until(lambda: counted() > before + 1, "rounds on another connection")


def test_the_end_does_not_wait_for_maintenance(broker, daemon, database):
    add_hook(database, "endless", "PERFORM pg_sleep(3600)")
    running = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'
            AND application_name LIKE '%%/maintenance'"""
    kepud = daemon(broker, broker.create_topic(), **rounds()).start()
    kepud.wait_until(lambda: database.value(running) == 1, "the hook")
    kepud.stop(deadline=10)
    wait_for(lambda: database.value(running) == 0, "the end of its backend", 10)


def test_one_at_a_time_and_only_what_is_due(postgres, database, counted):
    with postgres.connect(database.name) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(461263369581)")
        assert database.value("SELECT ingest.maintain('call', 'ingest.count_calls')") is None
        assert counted() == 0
        cursor.execute("SELECT pg_advisory_unlock_all()")
    database.rows("SELECT ingest.maintain('call', 'ingest.count_calls')")
    assert counted() == 1
    for task, subject in (("drop partition", "kepu.fact_visit_2022"), ("delete old rows", "kepu.fact_visit_default"),
                          ("make partition", "kepu.fact_visit_2022"), ("trim ledger", "ingest.ledger"),
                          ("call", "pg_catalog.pg_rotate_logfile")):
        assert database.value("SELECT ingest.maintain(%s, %s)", task, subject) is None
    assert database.value("SELECT to_regclass('kepu.fact_visit_2022')") is not None


def test_rights(postgres, database):
    """The daemon's role may have done what is due, and nothing else; new partitions need no rights of their own."""
    connection = postgres.connect(database.name)
    cursor = connection.cursor()
    cursor.execute("SET ROLE kepud_ingest")
    for forbidden in ("SELECT ingest.make_partition('kepu.fact_visit', 'kepu.x', '2030-01-01', '2031-01-01')",
                      "SELECT ingest.drop_partition('kepu.fact_visit_2022')", "DROP TABLE kepu.fact_visit_2022",
                      "SELECT ingest.trim_ledger('1 day')", "DELETE FROM kepu.fact_visit",
                      "SELECT ingest.delete_rows_before('kepu.fact_visit', 'occurred_on', '2030-01-01')",
                      "SELECT ingest.do_maintenance('drop partition', 'kepu.fact_visit_2022', NULL, NULL)",
                      "INSERT INTO ingest.maintenance_hook VALUES ('x')",
                      "SELECT ingest.partition_tables('kepu.region')"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(forbidden)
    database.rows("UPDATE ingest.partition_policy SET months_ahead = months_ahead + 1")
    cursor.execute("SELECT d.subject, ingest.maintain(d.task, d.subject) FROM ingest.maintenance_due() d"
                   " WHERE d.subject LIKE 'kepu.fact_visit\\_%'")
    (name, done), = cursor.fetchall()
    assert done.endswith("0 rows moved")
    database.rows("INSERT INTO kepu.facility (facility_id) VALUES ('hall')")
    cursor.execute("SELECT (date_trunc('month', current_date) + interval '4 months')::date::text")
    cursor.execute(VISIT, [list(cursor.fetchone())])
    assert database.rows(f"SELECT visitors FROM {name}") == [(7,)]
    cursor.execute("SET ROLE kepud_operator")
    cursor.execute("SELECT sum(visitors) FROM kepu.fact_visit")
    assert cursor.fetchone() == (7,)
    for role in ("kepud_operator", "kepud_dashboard"):
        cursor.execute(f"SET ROLE {role}")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("SELECT ingest.maintain('trim ledger', 'ingest.ledger', NULL, '1 day')")
    connection.close()
