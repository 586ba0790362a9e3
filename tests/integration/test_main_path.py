# SPDX-License-Identifier: Apache-2.0
"""The way of a message: from a real broker to rows, dead letters and offsets."""
import collections
import json
import random as randoms
import re
import shutil

from harness import events
from harness.kafka import produce
from harness.paths import CATALOGUE

BAD_REASONS = ["E_JSON", "E_UTF8", "E_JSON_NUL", "E_JSON_DUPKEY", "E_ID_MISSING", "E_TYPE_UNKNOWN", "E_FIELD_TYPE",
               "E_FIELD_RANGE", "E_FIELD_FORMAT", "E_RULE_PERIOD", "E_RULE_REGION", "E_ID_CONFLICT"]


def through(broker, daemon, database, topic, **options):
    """Runs the daemon until everything in the topic is in the database."""
    with daemon(broker, topic, **options) as kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)


def test_samples_become_rows(broker, daemon, database):
    topic = broker.create_topic()
    good, bad = events.samples(), events.samples("demo-bad.jsonl")
    produce(broker, topic, good + bad, partition=0)
    through(broker, daemon, database, topic)

    distinct = {(json.loads(one)["source"], json.loads(one)["id"]) for one in good}
    assert set(database.rows("SELECT source, event_id FROM ingest.ledger JOIN ingest.event_source USING (source_id)")) \
        == distinct
    letters = database.rows("""SELECT kafka_offset, reason, payload FROM ingest.dead_letter WHERE topic = %s
            ORDER BY kafka_offset""", topic)
    assert [(offset, bytes(payload)) for offset, _, payload in letters] == list(enumerate(bad, len(good)))
    assert [reason for _, reason, _ in letters] == BAD_REASONS
    assert database.rows("SELECT sum(accepted), sum(duplicate), sum(rejected) FROM ingest.tally") \
        == [(len(distinct), len(good) - len(distinct), len(bad))]


def test_figures_of_the_exhibition_hall(broker, daemon, database):
    topic = broker.create_topic(partitions=3)
    produce(broker, topic, events.samples(), keys=[json.loads(one)["partitionkey"] for one in events.samples()])
    through(broker, daemon, database, topic)
    assert database.rows("""SELECT visitors, visitors_qualifier, scope, period_start::text FROM kepu.fact_visit
            WHERE facility_id = 'tlf-hall' ORDER BY visitors""") == [
        (28, "exact", "subset", "2021-09-17"), (510, "about", "subset", "2021-04-01"),
        (1538, "exact", "total", "2021-04-01")]
    told = {(one["source"], one["id"]): one["type"] for one in map(json.loads, events.samples())}
    counted = collections.Counter(kind.removeprefix("cn.kepu.") for kind in told.values())
    found = dict(database.rows("SELECT replace(type, 'cn.kepu.', ''), sum(accepted)::int FROM ingest.tally GROUP BY 1"))
    assert found == counted


def test_a_backlog_fills_its_batches(broker, daemon, database):
    """librdkafka tells of messages once, and a lane reads few in a turn: it has to come back by itself, or batches hold
    what a turn or two have read."""
    topic = broker.create_topic()
    random = randoms.Random(5)
    produce(broker, topic, [events.encode(events.visit(random)) for _ in range(6000)], partition=0)
    with daemon(broker, topic, log_level="info") as kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    assert max(int(size) for size in re.findall("batch written .*events=([0-9]+)", kepud.log())) > 500


def test_mnh_13_everything_again_changes_nothing(broker, daemon, database):
    topic = broker.create_topic()
    produce(broker, topic, events.samples(), partition=0)
    through(broker, daemon, database, topic)
    tables = [name for name, in database.rows("""SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
            WHERE schemaname = 'kepu' OR tablename = 'ledger' ORDER BY 1""")]
    before = {name: sorted(map(repr, database.rows(f"SELECT * FROM {name}"))) for name in tables}
    produce(broker, topic, events.samples(), partition=0)
    through(broker, daemon, database, topic)
    assert before == {name: sorted(map(repr, database.rows(f"SELECT * FROM {name}"))) for name in tables}
    count = len(events.samples())
    assert database.value("SELECT sum(duplicate) FROM ingest.tally") == 2 * count - database.value(
        "SELECT count(*) FROM ingest.ledger")


def test_a_type_that_is_not_stored_is_refused(broker, daemon, database, tmp_path):
    """`stored = false`: producers can try it with `kepud validate` before there are tables."""
    shutil.copytree(CATALOGUE, tmp_path / "catalogue")
    declaration = tmp_path / "catalogue" / "training.held.cfg"
    text = declaration.read_text(encoding="utf-8")
    text = re.sub(r"stored( *)= true;", r"stored\1= false;", text)
    text = re.sub(r' column = "\w+";', "", re.sub(r"^tables = \(.*?^\);\n", "", text, flags=re.DOTALL | re.MULTILINE))
    declaration.write_text(text, encoding="utf-8")
    topic = broker.create_topic()
    trainings = [one for one in events.samples() if events.event_type(one) == "cn.kepu.training.held"]
    produce(broker, topic, trainings, partition=0)
    through(broker, daemon, database, topic, catalogue=str(tmp_path / "catalogue"))
    assert trainings and database.rows("SELECT reason, count(*) FROM ingest.dead_letter GROUP BY 1") \
        == [("E_TYPE_UNKNOWN", len(trainings))]


def test_offsets_are_told_to_kafka(broker, daemon, database):
    """For lag tools; nothing of ours reads them."""
    from confluent_kafka import Consumer, TopicPartition
    topic = broker.create_topic()
    produce(broker, topic, events.samples(), partition=0)
    through(broker, daemon, database, topic, group="told")
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "told"})
    try:
        committed, = consumer.committed([TopicPartition(topic, 0)], timeout=20)
    finally:
        consumer.close()
    assert committed.offset == len(events.samples())
