# SPDX-License-Identifier: Apache-2.0
"""The oracle must find what is wrong, or its "right" means nothing: tables filled by hand, then damaged."""
import base64
import json
import random as randoms
import uuid

import psycopg2.extras
import pytest

import oracle
from harness.paths import MIGRATIONS
from producer import Stream

TOPIC, PARTITIONS, COUNT = "t", 3, 600


@pytest.fixture(scope="module")
def produced(tmp_path_factory):
    """As producer.py writes it."""
    random, stream, ends = randoms.Random(5), Stream(randoms.Random(5)), [0] * PARTITIONS
    path = tmp_path_factory.mktemp("oracle") / "produced.jsonl"
    with open(path, "w", encoding="ascii") as file:
        for _ in range(COUNT):
            value, what, reason = stream.next()
            partition = random.randrange(PARTITIONS)
            json.dump({"topic": TOPIC, "partition": partition, "offset": ends[partition], "what": what,
                       "reason": reason, "value": base64.b64encode(value).decode()}, file)
            file.write("\n")
            ends[partition] += 1
    return path


class Filler:
    """The daemon's work for the two types of the stream, done slowly."""

    def __init__(self, database, produced):
        self.database = database
        self.expected = oracle.Expected(produced)
        self.count = 0

    def insert(self, table, **row):
        marks = ", ".join(["%s"] * len(row))
        self.database.rows(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks}) ON CONFLICT DO NOTHING",
                           *row.values())

    def ledger(self, event):
        source = self.database.value("SELECT source_id FROM ingest.event_source WHERE source = %s", event["source"])
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, event["source"] + event["id"]))
        self.insert("ingest.ledger", event_time=event["time"], received_at=event["time"], source_id=source,
                    occurred_on="2024-01-01", type_id=1, version=1, event_key=key, content=key, event_id=event["id"])
        return key

    def visit(self, event):
        key, data = self.ledger(event), event["data"]
        self.insert("kepu.facility", facility_id=data["facility_id"])
        self.insert("kepu.fact_visit", occurred_on=data["period_end"], event_key=key, natural_key=key,
                    facility_id=data["facility_id"], period_start=data["period_start"], period_end=data["period_end"],
                    visitors=data["visitors"], visitors_qualifier="exact", scope=data["scope"], group_code="all")
        for lang, text in data.get("audience_label", {}).items():
            self.insert("kepu.event_text", event_key=key, occurred_on=data["period_end"], field="audience_label",
                        ordinal=0, lang=lang, body=text)

    def facility(self, event):
        data = event["data"]
        self.insert("kepu.region", code=data["region"], level="county")
        self.database.rows("DELETE FROM kepu.facility WHERE facility_id = %s AND is_placeholder", data["facility_id"])
        self.insert("kepu.facility", facility_id=data["facility_id"], facility_kind=data["facility_kind"],
                    region_code=data["region"], status="open", unit_count=1, revision=data["revision"],
                    updated_at=event["time"], is_placeholder=False, event_id=event["id"], event_source=event["source"])
        for lang, name in data["name"].items():
            self.insert("kepu.facility_name", facility_id=data["facility_id"], lang=lang, name=name)
        for lang in data.get("languages", []):
            self.insert("kepu.facility_language", facility_id=data["facility_id"], lang=lang)

    def all(self):
        for event in self.expected.events.values():
            self.insert("ingest.event_source", source=event["source"])
            self.ledger(event)
        for event in self.expected.winners().values():
            self.facility(event)
        for event in self.expected.of_type(oracle.VISIT).values():
            self.visit(event)
        for event in self.expected.of_type(oracle.FACILITY).values():
            self.insert("kepu.state_revision", event_key=self.ledger(event), entity_id=event["data"]["facility_id"],
                        revision=event["data"]["revision"])
        for (partition, offset), (payload, reason) in self.expected.bad.items():
            self.insert("ingest.dead_letter", reason=reason, pointer="", detail="", topic=TOPIC, partition=partition,
                        kafka_offset=offset, payload=payload, fingerprint=str(uuid.uuid4()))
        for partition, end in self.expected.ends().items():
            self.insert("ingest.kafka_offset", topic=TOPIC, partition=partition, cluster_id="c", group_name="g",
                        next_offset=end)
        self.insert("ingest.tally", topic=TOPIC, partition=0, source="", type="", accepted=len(self.expected.events),
                    duplicate=self.expected.again, rejected=len(self.expected.bad))


@pytest.fixture(scope="module")
def filled(postgres, produced):
    """By the migrations' files alone: this must not depend on what it is to judge."""
    database = postgres.create("oracle")
    database.rows("CREATE SCHEMA ingest")
    for file in sorted(MIGRATIONS.glob("[0-9]*.sql")):
        database.rows(file.read_text())
    database.rows("SET session_replication_role = replica")
    Filler(database, produced).all()
    database.close()
    return database


def faults(database, produced):
    with psycopg2.connect(database.conninfo) as connection, connection.cursor() as cursor:
        return oracle.Judgement(cursor, oracle.Expected(produced), TOPIC).all()


def test_right_tables_are_right(filled, produced):
    assert faults(filled, produced) == []


ONE = "WHERE event_key IN (SELECT event_key FROM {0} LIMIT 1)"
DAMAGE = {
    "an event is missing": ("ledger", "DELETE FROM ingest.ledger " + ONE.format("ingest.ledger")),
    "a row is missing": ("visits", "DELETE FROM kepu.fact_visit " + ONE.format("kepu.fact_visit")),
    "a figure is wrong":
        ("visits", "UPDATE kepu.fact_visit SET visitors = visitors + 1 " + ONE.format("kepu.fact_visit")),
    "a row of no event":
        ("visits that the ledger knows",
         "UPDATE kepu.fact_visit SET event_key = gen_random_uuid() " + ONE.format("kepu.fact_visit")),
    "a text is missing": ("texts", "DELETE FROM kepu.event_text WHERE lang = 'en'"),
    "an old state":
        ("facilities", """UPDATE kepu.facility SET revision = 0
            WHERE facility_id IN (SELECT facility_id FROM kepu.facility WHERE NOT is_placeholder LIMIT 1)"""),
    "a revision is missing": ("revisions", "DELETE FROM kepu.state_revision " + ONE.format("kepu.state_revision")),
    "a stale child row":
        ("languages of facilities", """INSERT INTO kepu.facility_language
            SELECT facility_id, 'mn-Mong' FROM kepu.facility LIMIT 1"""),
    "a dead letter is missing":
        ("dead letters", "DELETE FROM ingest.dead_letter WHERE id IN (SELECT max(id) FROM ingest.dead_letter)"),
    "a dead letter twice":
        ("dead letters", """INSERT INTO ingest.dead_letter
                (reason, pointer, detail, topic, partition, kafka_offset, payload, fingerprint)
            SELECT reason, pointer, detail, topic, partition, kafka_offset, payload, gen_random_uuid()
            FROM ingest.dead_letter LIMIT 1"""),
    "another reason": ("dead letters", "UPDATE ingest.dead_letter SET reason = 'E_DB'"),
    "an offset too low": ("offsets", "UPDATE ingest.kafka_offset SET next_offset = next_offset - 1"),
    "the tally counts twice": ("tally", "UPDATE ingest.tally SET accepted = accepted + 1"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_found(filled, produced, what):
    where, sql = DAMAGE[what]
    with psycopg2.connect(filled.conninfo) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql)
        assert cursor.rowcount > 0
        found = oracle.Judgement(cursor, oracle.Expected(produced), TOPIC).all()
        connection.rollback()
    assert any(fault.startswith(where) for fault in found), found


def test_a_gap_in_the_file_is_found(produced, tmp_path, filled):
    lines = produced.read_text().splitlines(keepends=True)
    (tmp_path / "short").write_text("".join(lines[:100] + lines[101:]))
    assert any("produced file" in fault for fault in faults(filled, tmp_path / "short"))
