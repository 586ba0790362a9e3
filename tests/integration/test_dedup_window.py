# SPDX-License-Identifier: Apache-2.0
"""dedup.window: what is older is refused, and only what is older may be forgotten."""
import datetime
import random as randoms

import pytest

from harness import events
from harness.kafka import produce
from harness.kepud import NOW, run
from harness.wait import wait_for

WINDOW = {"dedup": {"window": 400}, "maintenance": {"interval": 1}}


def before(moment, **back):
    return (datetime.datetime.fromisoformat(moment) - datetime.timedelta(**back)).isoformat()


def clock():
    return datetime.datetime.now(datetime.timezone.utc).isoformat()


def test_what_is_older_is_refused(broker, daemon, database):
    random = randoms.Random(3)
    times = [before(NOW, days=400, seconds=1), before(NOW, days=399, hours=23), before(NOW, days=4000), NOW]
    lines = [events.encode({**events.visit(random), "time": time}) for time in times]
    topic = broker.create_topic()
    produce(broker, topic, lines, partition=0)
    with daemon(broker, topic, **WINDOW) as kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    assert database.rows("SELECT kafka_offset, reason, pointer, detail FROM ingest.dead_letter ORDER BY 1") == [
        (offset, "E_TIME_TOO_OLD", "/time", "more than 400 days ago, older than dedup.window") for offset in (0, 2)]
    assert database.value("SELECT count(*) FROM kepu.fact_visit") == 2
    for config, codes in ((kepud.config, ["E_TIME_TOO_OLD", "-", "E_TIME_TOO_OLD", "-"]),
                          (daemon(broker, topic).config, ["-"] * 4)):
        done = run("validate", "-c", config, "--now", NOW, stdin=b"".join(line + b"\n" for line in lines))
        assert [line.split("\t")[2] for line in done.stdout.decode().splitlines()] == codes


@pytest.fixture
def ledger(broker, daemon, database):
    """300 visits; shift(n, event, arrival) makes n of them, not touched before, so many days older."""
    random = randoms.Random(4)
    topic = broker.create_topic()
    visits = [{**events.visit(random, facilities=10**6), "time": NOW} for _ in range(300)]
    produce(broker, topic, [events.encode(visit) for visit in visits], partition=0)
    with daemon(broker, topic, name="filler", maintenance={"interval": 0}) as kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    left = [key for key, in database.rows("SELECT event_key::text FROM ingest.ledger ORDER BY 1")]

    def shift(count, event, arrival):
        keys = [left.pop() for _ in range(count)]
        database.rows("""UPDATE ingest.ledger SET event_time = now() - make_interval(days => %s),
                received_at = now() - make_interval(days => %s) WHERE event_key = ANY (%s::uuid[])""",
                      event, arrival, keys)
        return keys

    shift.topic = topic
    return shift


def count_of(database, keys):
    return database.value("SELECT count(*) FROM ingest.ledger WHERE event_key = ANY (%s::uuid[])", keys)


def test_what_is_older_is_forgotten(ledger, broker, daemon, database):
    old = ledger(100, 402, 402)
    kept = ledger(40, 402, 399) + ledger(40, 399, 402) + ledger(40, 399, 399)
    target, void = ledger(2, 500, 500)
    database.rows("""INSERT INTO ingest.taken_back (target_key, event_key, kind, target_id)
            VALUES (%s, %s, 'voided', 'x')""", target, void)
    state, other, long_total, *told_twice = ledger(5, 500, 500)
    database.rows("""UPDATE ingest.ledger SET type_id = (SELECT type_id FROM ingest.event_type
            WHERE type = 'cn.kepu.region.changed') WHERE event_key = %s""", state)
    database.rows("""UPDATE ingest.ledger SET type_id = (SELECT type_id FROM ingest.event_type
            WHERE type = 'cn.kepu.workforce.reported') WHERE event_key = %s""", other)
    database.rows("UPDATE kepu.fact_visit SET period_start = period_start - 1, scope = 'total' WHERE event_key = %s",
                  long_total)
    database.rows("""UPDATE kepu.fact_visit SET natural_key = '00000000-0000-0000-0000-000000000001',
            occurred_on = '2024-06-01', period_start = '2024-06-01', period_end = '2024-06-01'
            WHERE event_key = ANY (%s::uuid[])""", told_twice)
    database.rows("UPDATE ingest.ledger SET occurred_on = '2024-06-01' WHERE event_key = ANY (%s::uuid[])", told_twice)
    with daemon(broker, ledger.topic, **WINDOW) as kepud:
        kepud.wait_until(lambda: count_of(database, old) == 0, "the old ones gone")
        kepud.wait_log("maintenance: trim ledger ingest.ledger: 100 rows")
    assert count_of(database, kept) == len(kept)
    assert count_of(database, [target, void]) == 2, "a void keeps its effect"
    assert count_of(database, [state]) == 1, "master data is compared for ever"
    assert count_of(database, [other]) == 1, "so is what competes in other ways than visits and reach"
    assert count_of(database, [long_total]) == 1, "so are totals that may cross one to come"
    assert count_of(database, told_twice) == 2, "what is told twice is compared for ever"
    assert database.value("SELECT count(*) FROM kepu.fact_visit") == 300, "facts stay"


def test_what_the_dashboards_have_not_seen_stays(ledger, database):
    old = ledger(100, 402, 402)
    database.rows("SELECT dashboard.refresh()")
    newer = ledger(50, 402, 402)
    database.rows("UPDATE ingest.ledger SET xact = txid_current() WHERE event_key = ANY (%s::uuid[])", newer)
    assert database.value("SELECT ingest.trim_ledger('400 days')") == 100
    assert (count_of(database, old), count_of(database, newer)) == (0, 50)
    database.rows("SELECT dashboard.refresh()")
    database.rows("UPDATE ingest.ledger_cursor SET next_page = 0")
    assert database.value("SELECT ingest.trim_ledger('400 days')") == 50


def test_without_a_window_nothing_is_forgotten(ledger, broker, daemon, database):
    ledger(100, 10000, 10000)
    database.rows("CREATE TABLE ingest.calls (n bigint); INSERT INTO ingest.calls VALUES (0)")
    database.rows("""CREATE FUNCTION ingest.z() RETURNS void LANGUAGE sql AS 'UPDATE ingest.calls SET n = n + 1';
            INSERT INTO ingest.maintenance_hook VALUES ('ingest.z')""")
    with daemon(broker, ledger.topic, maintenance={"interval": 1}) as kepud:
        kepud.wait_until(lambda: database.value("SELECT n FROM ingest.calls") >= 2, "two rounds")
    assert database.value("SELECT count(*) FROM ingest.ledger") == 300


def test_the_walk_comes_round(ledger, database):
    """Page by page from where it was; behind the last page it begins again."""
    old = ledger(150, 402, 402)
    database.rows("SELECT dashboard.refresh()")
    pages = database.value("SELECT pg_relation_size('ingest.ledger') / current_setting('block_size')::int")
    assert pages > 5
    database.rows("UPDATE ingest.ledger_cursor SET next_page = 3")
    found = [database.value("SELECT ingest.trim_ledger('400 days', 1)") for _ in range(pages)]
    assert sum(found) == 150 - count_of(database, old) > 0
    assert count_of(database, old) == 0 or database.value("SELECT next_page FROM ingest.ledger_cursor") < pages
    database.rows("SELECT ingest.trim_ledger('400 days', 1) FROM generate_series(1, %s)", pages + 3)
    assert count_of(database, old) == 0
    later = ledger(50, 402, 402)
    wait_for(lambda: database.value("SELECT ingest.trim_ledger('400 days', 1)") is not None
             and count_of(database, later) == 0, "the second round", interval=0)


def owners(database, topic):
    """Of rows that somebody has claimed: a new one is nobody's for a moment."""
    return {owner for owner, in database.rows("""SELECT owner FROM ingest.kafka_offset
            WHERE topic = %s AND owner IS NOT NULL""", topic)}


def test_another_time_is_no_other_event(broker, daemon, database):
    """The second arrival claims another `time`, in another process at the same moment, while rows are being removed."""
    random = randoms.Random(5)
    count = 3000
    topic = broker.create_topic(partitions=2)
    first = [{**events.visit(random), "time": before(clock(), days=random.randrange(399))} for _ in range(count)]
    second = [{**event, "time": before(clock(), days=random.randrange(399), seconds=1)} for event in first]
    halves = random.sample([0, 1] * (count // 2), count)
    # Something to remove in every round.
    database.rows("""INSERT INTO ingest.event_source (source) VALUES ('x');
            INSERT INTO ingest.ledger (event_time, received_at, source_id, occurred_on, type_id, version, event_key,
                                       content, event_id)
            SELECT now() - interval '500 days', now() - interval '500 days', 1, '2020-01-01', type_id, 1,
                   gen_random_uuid(), gen_random_uuid(), n
            FROM ingest.event_type, generate_series(1, 200000) n WHERE type = 'cn.kepu.visit.counted'""")
    options = {**WINDOW, "now": None, "batch": {"events": 50}}
    one, two = (daemon(broker, topic, name=name, **options) for name in ("one", "two"))
    with one, two:
        wait_for(lambda: len(owners(database, topic)) == 2, "a partition for each process", 60)
        for kepud in (one, two):
            kepud.freeze()
        for partition in range(2):
            lines = [events.encode((first, second)[half ^ partition][number]) for number, half in enumerate(halves)]
            produce(broker, topic, lines, partition=partition)
        for kepud in (one, two):
            kepud.thaw()
        database.wait_offsets(topic, broker.end_offsets(topic), 120, watch=lambda: (one.must_run(), two.must_run()))
        assert len(owners(database, topic)) == 2
        one.wait_until(lambda: not database.value("SELECT count(*) FROM ingest.ledger WHERE source_id = 1"),
                       "all removed")
    assert database.value("SELECT count(*) FROM ingest.ledger") == count
    assert database.value("SELECT count(*) FROM kepu.fact_visit") == count
    assert database.rows("SELECT reason, count(*) FROM ingest.dead_letter GROUP BY 1") == [("E_ID_CONFLICT", count)]
