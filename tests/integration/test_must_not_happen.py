# SPDX-License-Identifier: Apache-2.0
"""What users of other systems suffer, tried here; the numbers are those of docs/must-not-happen.md. Those that are the
business of another file stand there, under their number."""
import random as randoms
from contextlib import contextmanager

import pytest
from confluent_kafka import Consumer, TopicPartition

from harness import events
from harness.kafka import produce
from harness.kepud import run
from harness.process import free_port
from harness.wait import wait_for
from test_health import ask

EVENTS = 4_000  # of two writers that want the same rows


def visits(seed, count=10, **changes):
    random = randoms.Random(seed)
    return [events.visit(random, **changes) for _ in range(count)]


def encoded(list_of_events):
    return [events.encode(event) for event in list_of_events]


def count(database, table="ingest.ledger"):
    return database.value(f"SELECT count(*) FROM {table}")


def letters(database):
    return database.rows("SELECT reason, sqlstate, kafka_offset FROM ingest.dead_letter ORDER BY kafka_offset")


@contextmanager
def locked(database, table):
    """A person's session that keeps everybody from writing to the table, as long as it is open."""
    person = database.server.connect(database.name)
    person.autocommit = False
    try:
        with person.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
            yield cursor
    finally:
        person.close()


def wait_until_stuck(database):
    wait_for(lambda: database.rows("SELECT pid FROM pg_stat_activity WHERE application_name = 'kepud' AND "
                                   "cardinality(pg_blocking_pids(pid)) > 0"), "a batch that waits for the lock")


def serve(broker, daemon, database, messages, partition=0, **sections):
    """All of them through a daemon, into one partition; the daemon has ended."""
    topic = broker.create_topic()
    produce(broker, topic, messages, partition=partition)
    with daemon(broker, topic, **sections) as kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    return topic, kepud


def test_mnh_01_what_the_database_refuses_is_kept(broker, daemon, database):
    database.rows("ALTER TABLE kepu.fact_visit ADD CONSTRAINT no7 CHECK (visitors <> 7)")
    messages = encoded(visits(1, 3, visitors=8))
    messages[1] = encoded(visits(2, 1, visitors=7))[0]
    serve(broker, daemon, database, messages)
    assert count(database) == 2 and letters(database) == [("E_DB", "23514", 1)]
    assert bytes(database.value("SELECT payload FROM ingest.dead_letter")) == messages[1]


def test_mnh_02_a_unique_index_of_a_person_costs_one_row(broker, daemon, database):
    database.rows("CREATE UNIQUE INDEX one_a_day ON kepu.fact_visit (occurred_on, facility_id, visitors)")
    good = visits(3, 4)
    for number, event in enumerate(good):
        event["data"].update(visitors=100 + number)
    again = {**good[0], "id": "another"}
    serve(broker, daemon, database, encoded([good[0], again, *good[1:]]))
    assert count(database, "kepu.fact_visit") == 4 and letters(database) == [("E_DB", "23505", 1)]


def test_mnh_19_what_waits_for_the_database_is_neither_lost_nor_refused(broker, daemon, database):
    topic = broker.create_topic(partitions=2)
    with daemon(broker, topic) as kepud:
        with locked(database, "kepu.fact_visit"):
            for partition in range(2):
                produce(broker, topic, encoded(visits(10 + partition, 10_000)), partition=partition)
            wait_for(lambda: kepud.log().count("PostgreSQL refused for now") >= 2, "two refusals", 40)
        database.wait_offsets(topic, {0: 10_000, 1: 10_000}, watch=kepud.must_run)
    assert count(database) == 20_000 and letters(database) == []


def told_to_kafka(broker, topic):
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": f"group-{topic}"})
    try:
        return max(consumer.committed([TopicPartition(topic, 0)], timeout=10)[0].offset, 0)
    finally:
        consumer.close()


def test_mnh_05_kafka_is_told_after_the_commit(broker, daemon, database):
    topic = broker.create_topic()
    produce(broker, topic, encoded(visits(20)), partition=0)
    with daemon(broker, topic) as kepud:
        database.wait_offsets(topic, {0: 10}, watch=kepud.must_run)
        wait_for(lambda: told_to_kafka(broker, topic) == 10, "Kafka to be told")
        with locked(database, "ingest.tally"):  # the last step before COMMIT
            produce(broker, topic, encoded(visits(21)), partition=0)
            wait_until_stuck(database)
            wait_for(lambda: "PostgreSQL refused for now" in kepud.log(), "the refusal", 20)
            assert told_to_kafka(broker, topic) == 10
        wait_for(lambda: told_to_kafka(broker, topic) == 20, "Kafka to be told again")
    assert count(database) == 20


def test_mnh_06_mnh_40_the_database_restarts_under_it(broker, daemon, postgres, database):
    topic = broker.create_topic()
    port = free_port()
    with daemon(broker, topic, http={"listen": f"127.0.0.1:{port}"}) as kepud:
        with locked(database, "kepu.fact_visit"):
            produce(broker, topic, encoded(visits(30, 9_000)), partition=0)
            wait_until_stuck(database)
            postgres.stop("immediate")
        try:
            wait_for(lambda: ask(port) == (503, "no connection to PostgreSQL"), "health to say so", 30)
        finally:
            postgres.start()
        database.forget()
        database.wait_offsets(topic, {0: 9_000}, 30, watch=kepud.must_run)
        wait_for(lambda: ask(port)[0] == 200, "health", 30)
    assert count(database) == 9_000 and letters(database) == []


def test_mnh_10_a_refused_event_is_no_duplicate_later(broker, daemon, database):
    database.rows("ALTER TABLE kepu.fact_visit ADD CONSTRAINT no7 CHECK (visitors <> 7)")
    message = encoded(visits(40, 1, visitors=7))
    topic, kepud = serve(broker, daemon, database, message)
    assert count(database) == 0 and letters(database) == [("E_DB", "23514", 0)]
    database.rows("ALTER TABLE kepu.fact_visit DROP CONSTRAINT no7")
    produce(broker, topic, message, partition=0)
    with kepud:
        database.wait_offsets(topic, {0: 2}, watch=kepud.must_run)
    assert count(database) == count(database, "kepu.fact_visit") == 1


@pytest.mark.parametrize("bad", [b'"\\u0000"', b'"a\x00b"', b'"\xed\xa0\x80"', b'"\\ud800"'],
                         ids=["escaped", "raw", "surrogate", "escaped-surrogate"])
def test_mnh_18_a_character_that_postgresql_has_not(broker, daemon, database, bad):
    messages = encoded(visits(50, 20))
    event = visits(51, 1)[0]
    event["data"]["audience_label"] = {"zh-Hans": "@"}
    messages[10] = events.encode(event).replace(b'"@"', bad)
    serve(broker, daemon, database, messages)
    assert count(database) == 19
    (reason, sqlstate, offset), = letters(database)
    assert offset == 10 and sqlstate is None and reason.startswith("E_")


def test_mnh_21_mnh_22_batches_are_as_large_as_the_configuration_says(broker, daemon, database):
    topic, _ = serve(broker, daemon, database, encoded(visits(60, 6_000)), batch={"events": 1_000, "age_ms": 5_000})
    sizes = [rows for rows, in database.rows("SELECT count(*) FROM ingest.ledger GROUP BY xact")]
    assert max(sizes) == 1_000 and len(sizes) <= 12, sizes


def test_mnh_26_a_slow_database_costs_no_membership(broker, daemon, database):
    topic = broker.create_topic()
    properties = ["session.timeout.ms=6000", "max.poll.interval.ms=6000"]
    # More waits than both batches hold, so nothing is read from Kafka meanwhile.
    with daemon(broker, topic, kafka={"properties": properties}, batch={"events": 10}) as kepud:
        produce(broker, topic, encoded(visits(70)), partition=0)
        database.wait_offsets(topic, {0: 10}, watch=kepud.must_run)
        with locked(database, "kepu.fact_visit"):
            produce(broker, topic, encoded(visits(71, 40)), partition=0)
            # Three tries of 5 s each: longer than both.
            wait_for(lambda: kepud.log().count("PostgreSQL refused for now") >= 3, "three refusals", 60)
        database.wait_offsets(topic, {0: 50}, watch=kepud.must_run)
        assert "taken back" not in kepud.log() and kepud.log().count("assigned 1 partitions") == 1
        assert database.epochs(topic) == {0: 1}


def test_mnh_27_the_cooperative_assignor_is_refused(broker, daemon):
    kepud = daemon(broker, "any", kafka={"properties": ["partition.assignment.strategy=cooperative-sticky"]})
    done = run("check", "-c", kepud.config)
    assert done.returncode == 78 and b"partition.assignment.strategy" in done.stderr, done.stderr.decode()


def test_mnh_28_one_connection_that_waits_does_not_stop_the_other(broker, daemon, database):
    topic = broker.create_topic(partitions=2)
    with daemon(broker, topic) as kepud:
        for partition in range(2):
            produce(broker, topic, encoded(visits(80 + partition)), partition=partition)
        database.wait_offsets(topic, {0: 10, 1: 10}, watch=kepud.must_run)
        person = database.server.connect(database.name)
        person.autocommit = False
        with person.cursor() as cursor:
            cursor.execute("SELECT FROM ingest.kafka_offset WHERE topic = %s AND partition = 0 FOR UPDATE", (topic,))
            produce(broker, topic, encoded(visits(82)), partition=0)
            wait_until_stuck(database)
            produce(broker, topic, encoded(visits(83)), partition=1)
            database.wait_offsets(topic, {0: 10, 1: 20}, 4, watch=kepud.must_run)
        person.close()
        database.wait_offsets(topic, {0: 20, 1: 20}, watch=kepud.must_run)


def rss_mib(pid):
    with open(f"/proc/{pid}/status") as status:
        line, = (line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def test_mnh_30_a_topic_is_not_read_into_memory(broker, daemon, database):
    """160 MB wait in Kafka while the database is locked; the daemon may hold what its configuration allows."""
    topic = broker.create_topic(partitions=2)
    filler = "x" * 100_000
    with daemon(broker, topic, kafka={"memory_bytes": 8_388_608}, batch={"bytes": 1_048_576}) as kepud:
        produce(broker, topic, encoded(visits(90)), partition=0)
        database.wait_offsets(topic, {0: 10, 1: 0}, watch=kepud.must_run)
        before = rss_mib(kepud.pid)
        with locked(database, "kepu.fact_visit"):
            for partition in range(2):
                large = [events.encode({**event, "filler": filler}) for event in visits(91 + partition, 800)]
                produce(broker, topic, large, partition=partition)
            wait_for(lambda: kepud.log().count("PostgreSQL refused for now") >= 2, "two refusals", 40)
            held = rss_mib(kepud.pid) - before
        database.wait_offsets(topic, {0: 810, 1: 800}, 60, watch=kepud.must_run)
        # 8 for Kafka, 2 batches of 1 for each of 2 connections, what a batch's events take in memory, one response
        # that is on its way, and what the sanitizer keeps of freed memory.
        assert held < 80, f"{held:.0f} MiB more"
    assert letters(database) == [] and count(database) == 1_610


def test_mnh_32_what_was_refused_can_be_found(broker, daemon, database):
    bad = visits(100, 1, visitors=-1)[0]
    topic, kepud = serve(broker, daemon, database, encoded([*visits(101, 5), bad]))
    assert database.rows("SELECT topic, partition, kafka_offset, source, event_id, type, reason, pointer FROM "
                         "ingest.dead_letter") == [(topic, 0, 5, bad["source"], bad["id"], bad["type"],
                                                    "E_FIELD_RANGE", "/data/visitors")]
    assert database.rows("SELECT source, type, accepted, rejected FROM ingest.tally") == [
        (bad["source"], bad["type"], 5, 1)]


def test_mnh_33_an_instant_stays_the_same_instant(broker, daemon, database):
    database.rows(f'ALTER DATABASE "{database.name}" SET timezone = \'America/New_York\'')
    early = {**visits(110, 1)[0], "time": "2026-03-01T00:30:00+08:00"}
    late = {**visits(111, 1)[0], "time": "2026-02-28T16:30:00Z"}
    serve(broker, daemon, database, encoded([early, late]))
    assert [moment.isoformat() for moment, in database.rows(
        "SELECT DISTINCT event_time AT TIME ZONE 'UTC' FROM ingest.ledger")] == ["2026-02-28T16:30:00"]
    assert database.value("SELECT data_type FROM information_schema.columns WHERE (table_schema, table_name, "
                          "column_name) = ('ingest', 'ledger', 'event_time')") == "timestamp with time zone"


def test_mnh_35_a_new_member_stops_nothing(broker, daemon, database):
    event = visits(120, 1)[0]
    event["data"]["from_the_future"] = {"a": [1, 2]}
    serve(broker, daemon, database, encoded([event, *visits(121, 5)]))
    assert count(database) == 6 and letters(database) == []
    assert database.rows("SELECT warnings FROM ingest.ledger WHERE event_id = %s", event["id"])[0][0].count(
        "W_UNKNOWN_FIELD") == 1


def test_mnh_37_several_revisions_of_one_entity_in_one_batch(broker, daemon, database):
    random = randoms.Random(130)
    states = [events.facility(random, facilities=3) for _ in range(300)]
    serve(broker, daemon, database, encoded(states), batch={"events": 300, "age_ms": 2_000})
    greatest = {}
    for event in states:
        data = event["data"]
        greatest[data["facility_id"]] = max(greatest.get(data["facility_id"], 0), data["revision"])
    assert dict(database.rows("SELECT facility_id, revision FROM kepu.facility")) == greatest
    assert letters(database) == []


def test_mnh_41_the_same_keys_in_opposite_order_on_two_connections(broker, daemon, database):
    # Slow rows: both connections are in the middle of theirs at the same time.
    database.rows("""CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.001); RETURN NEW; END $$;
            CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON kepu.facility FOR EACH ROW EXECUTE FUNCTION slow();
            ALTER TABLE kepu.facility ENABLE ALWAYS TRIGGER slow""")
    topic = broker.create_topic(partitions=2)
    random = randoms.Random(140)
    states = [events.facility(random, facilities=200, revisions=10**6) for _ in range(EVENTS)]
    # Near each other, so that both connections have the same facilities in hand, in opposite order.
    states.sort(key=lambda event: event["data"]["revision"] // 20_000)
    known = [events.facility(random) for _ in range(400)]
    for number, event in enumerate(known):
        event["data"].update(facility_id=f"hall-{number % 200}", revision=1 + number // 200)
    person = database.server.connect(database.name)
    person.autocommit = False
    with daemon(broker, topic, batch={"events": 500}) as kepud:
        # Both know all facilities: later on nobody makes placeholders, and waits there for the other one.
        produce(broker, topic, encoded(known[:200]), partition=0)
        produce(broker, topic, encoded(known[200:]), partition=1)
        database.wait_offsets(topic, {0: 200, 1: 200}, 60, watch=kepud.must_run)
        person.cursor().execute("LOCK TABLE kepu.facility IN EXCLUSIVE MODE")
        produce(broker, topic, encoded(states[0::2]), partition=0)
        produce(broker, topic, encoded(states[1::2]), partition=1)
        kepud.wait_until(lambda: database.value("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
                                                "'kepu.facility'::regclass") == 2, "both at the door")
        person.close()
        database.wait_offsets(topic, broker.end_offsets(topic), 60, watch=kepud.must_run)
    assert database.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0
    assert "40P01" not in kepud.log()
    assert count(database) == EVENTS + 400 and letters(database) == []
    assert count(database, "kepu.facility") == 200
