# SPDX-License-Identifier: Apache-2.0
"""Every dashboard view, row for row, against what tests/oracle works out from the same events; the published figures;
the columns of the contract. KEPUD_SEED repeats a run, KEPUD_EVENTS says how many events are generated."""
import json
import os
import random as randoms
import sys

import pytest

from harness import events
from harness.kafka import produce
from harness.kepud import Kepud
from harness.paths import PROJECT
from harness.wait import wait_for

sys.path.insert(0, str(PROJECT))
from tests.contract import contract  # noqa: E402
from tests.oracle import compare  # noqa: E402
from tests.oracle.database import answers  # noqa: E402
from tests.oracle.generate import fresh_seed, generate  # noqa: E402
from tests.oracle.shift import Shift  # noqa: E402
from tests.oracle.views import all_rows, declared  # noqa: E402

SAMPLES = events.samples("seed-events.jsonl")
QUERIES = json.loads((PROJECT / "tests" / "contract" / "acceptance.json").read_text(encoding="utf-8"))
SEED = int(os.environ.get("KEPUD_SEED") or fresh_seed())
EVENTS = int(os.environ.get("KEPUD_EVENTS") or 50_000)
PARTITIONS = 3


def identity(message):
    """As the record's key: what has one identity stays in order."""
    event = json.loads(message.decode("utf-8-sig"))
    return f"{event['source']} {event['id']}".encode()


def load(broker, database, folder, *slices):
    """Sends slice after slice of messages, waits until the daemon has it, and refreshes, so that what is maintained has
    to be maintained."""
    topic = broker.create_topic(partitions=PARTITIONS)
    with Kepud(folder, database, broker, [topic]) as kepud:
        for messages in slices:
            produce(broker, topic, messages, keys=[identity(one) for one in messages])
            database.wait_offsets(topic, broker.end_offsets(topic), 300, watch=kepud.must_run)
            database.rows("SELECT dashboard.refresh()")


def session(database):
    return database.server.connect(database.name).cursor()


def must_equal(database, messages):
    found = compare.differences(session(database), all_rows(messages))
    assert not found, "\n".join(found)
    assert database.rows("SELECT kind, type, findings FROM dashboard.finding_count ORDER BY 1, 2") == database.rows(
        "SELECT kind, type, count(*) FROM dashboard.quality_finding GROUP BY 1, 2 ORDER BY 1, 2")


def must_answer(database, queries):
    database.rows("SELECT dashboard.refresh()")
    found = answers(session(database), queries)
    assert found == {query["id"]: query["expected"] for query in queries}


@pytest.fixture(scope="module")
def samples(broker, postgres, migrated, tmp_path_factory):
    """A database that has taken the samples."""
    database = postgres.create(template=migrated)
    load(broker, database, tmp_path_factory.mktemp("samples"), SAMPLES)
    yield database
    database.close()


def test_published_figures(samples):
    assert len(QUERIES) == 63
    must_answer(samples, QUERIES)


def test_columns_of_the_contract(samples):
    found = {}
    for view, column, kind in samples.rows("""
            SELECT relname::text, attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
            JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'dashboard'::regnamespace AND attnum > 0"""):
        found.setdefault(view, {})[column] = kind
    missing = [(view, column, kind, found.get(view, {}).get(column)) for view, columns in declared().items()
               for column, kind in columns.items() if found.get(view, {}).get(column) != kind]
    assert not missing, f"view, column, wanted, found: {missing}"


def test_samples_row_for_row(samples):
    must_equal(samples, SAMPLES)


def test_nothing_but_the_start_contents(database):
    must_equal(database, [])


def test_shifted_samples(broker, database, tmp_path):
    shift = Shift(randoms.Random(SEED))
    print(f"KEPUD_SEED={SEED}: {shift}")
    messages = [shift.message(one) for one in SAMPLES]
    queries = [shift.query(one) for one in QUERIES]
    load(broker, database, tmp_path, messages)
    must_answer(database, queries)
    must_equal(database, messages)


def borders():
    """What lies on a border: a title that is revoked on the day on which it was granted, and on the day before."""
    random = randoms.Random(1)
    for ident, revoked_on in (("same-day", "2020-01-02"), ("day-before", "2020-01-01")):
        yield events.encode(events.envelope(random, "designation.granted", {
            "designation_id": ident, "title_kind": "demo_school", "level": "county", "grantor_org_id": "g-1",
            "region": "110000", "holder_org_id": "h-1", "valid_from": "2020-01-02"}))
        yield events.encode(events.envelope(random, "designation.revoked", {
            "designation_id": ident, "reason_kind": "other", "decision_org_id": "g-1", "revoked_on": revoked_on}))


def test_tricky_messages(broker, database, tmp_path):
    """Those of the contract that are not refused for what they are."""
    tricky = [message for expected, message in zip(contract.expectations(), contract.messages(contract.BAD))
              if expected.verdict != "REJECT" or expected.reason == contract.CONFLICT]
    tricky += borders()
    load(broker, database, tmp_path, SAMPLES, tricky)
    assert database.value("SELECT count(*) FROM ingest.ledger WHERE event_id = ANY (%s)",
                          [json.loads(one)["id"] for one in borders()]) == 4
    must_equal(database, SAMPLES + tricky)


def test_generated_events(broker, database, tmp_path):
    print(f"KEPUD_SEED={SEED} KEPUD_EVENTS={EVENTS}")
    messages = generate(SEED, EVENTS)
    cuts = [0, EVENTS // 2, EVENTS // 2 + 1, EVENTS * 3 // 4, EVENTS - 20, len(messages)]
    load(broker, database, tmp_path, *(messages[first:last] for first, last in zip(cuts, cuts[1:])))
    must_equal(database, messages)


def test_samples_with_the_daemon_killed_in_the_middle(broker, database, daemon):
    """kill -9 as soon as some of the new messages are in: 162 accepted, 2 redelivered, as if nothing had been."""
    topic = broker.create_topic(partitions=PARTITIONS)
    kepud = daemon(broker, topic)
    slices = [SAMPLES[start:start + 30] for start in range(0, len(SAMPLES), 30)]
    for number, messages in enumerate(slices):
        before = sum(database.offsets(topic).values())
        kepud.start()
        produce(broker, topic, messages, keys=[identity(one) for one in messages])
        wait_for(lambda before=before: sum(database.offsets(topic).values()) > before, f"rows of slice {number}", 60,
                 0.001, watch=kepud.must_run)
        kepud.kill()
    kepud.start()
    database.wait_offsets(topic, broker.end_offsets(topic), 60, watch=kepud.must_run)
    kepud.stop()
    must_answer(database, QUERIES)
    must_equal(database, SAMPLES)
