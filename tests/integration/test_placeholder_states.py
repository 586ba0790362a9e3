# SPDX-License-Identifier: Apache-2.0
"""No constraint refuses what `kepud validate` accepts, whatever is known of the entities that an event names: every
accepted golden case, every code of every enumeration and all samples, in a database where their entities are unknown,
placeholders, described before, or described afterwards. Never a dead letter, never a reference that dangles."""
import functools

import pytest

import placeholder_states
from harness.kafka import produce

BARE = """INSERT INTO kepu.{table} ({key}) SELECT DISTINCT unnest(%s::text[]) ON CONFLICT DO NOTHING"""
KEYS = {"organization": "org_id", "facility": "facility_id", "activity": "activity_id", "programme": "programme_id",
        "source_document": "document_id", "indicator": "code"}
STATES = ("cn.kepu.region.changed", "cn.kepu.organization.changed", "cn.kepu.facility.changed",
          "cn.kepu.activity.registered")


@functools.lru_cache(maxsize=None)
def cases():
    return placeholder_states.moved_cases()


@functools.lru_cache(maxsize=None)
def samples():
    return placeholder_states.samples()


def make_placeholders(database):
    """Of everything that a case or a sample names, its own entity included."""
    named = [one.names for one in cases()] + [placeholder_states.Moved(0, one).before for one in samples()]
    for table, key in KEYS.items():
        database.rows(BARE.format(table=table, key=key), sorted(set().union(*(names[table] for names in named))))
    regions = sorted(set().union(*(names["region"] for names in named)))
    database.rows("SELECT count(*) FROM kepu.make_regions(%s::text[])", regions)


def unknown(_database):
    yield [one.message for one in cases()] + samples()


def placeholders(database):
    make_placeholders(database)
    yield [one.message for one in cases()] + samples()


def described_before(_database):
    yield [event for one in cases() for event in one.descriptions(1)]
    yield [one.message for one in cases()]
    yield sorted(samples(), key=lambda event: event["type"] not in STATES)


def described_afterwards(_database):
    yield [one.message for one in cases()]
    yield [event for one in cases() for event in one.descriptions(2147483647)]
    yield samples()[::-1]


def known(database, table):
    """Keys of the rows that are described."""
    key = KEYS[table]
    return {row[0] for row in database.rows(f"SELECT {key} FROM kepu.{table} WHERE NOT is_placeholder")}


@pytest.mark.parametrize("state", (unknown, placeholders, described_before, described_afterwards))
def test_nothing_is_refused(broker, daemon, database, state):
    topic = broker.create_topic(partitions=1)
    sent = 0
    with daemon(broker, topic, now=placeholder_states.NOW) as kepud:
        for messages in state(database):
            produce(broker, topic, [placeholder_states.encode(one) for one in messages], partition=0)
            sent += len(messages)
            database.wait_offsets(topic, broker.end_offsets(topic), 120, watch=kepud.must_run)
    letters = database.rows("SELECT reason, sqlstate, constraint_name, detail, convert_from(payload, 'UTF8')"
                            " FROM ingest.dead_letter ORDER BY id LIMIT 5")
    assert letters == []
    assert database.value("SELECT sum(accepted + duplicate) FROM ingest.tally") == sent
    dangling = database.rows("SELECT relation, constraint_name, dangling FROM ingest.prove_references()")
    assert len(dangling) > 60 and [row for row in dangling if row[2]] == []
    if state in (described_before, described_afterwards):
        for table in ("organization", "facility", "activity", "programme", "source_document"):
            named = set().union(*(one.names[table] for one in cases()))
            assert len(named) > 100 and named <= known(database, table), table
