# SPDX-License-Identifier: Apache-2.0
"""The samples, then the bad messages, in one partition: what the daemon makes of each."""
import json
import sys

import pytest

from harness.kafka import produce
from harness.paths import PROJECT

sys.path.insert(0, str(PROJECT / "tests" / "contract"))
import contract  # noqa: E402


@pytest.fixture(scope="module")
def contract_topic(broker):
    topic = broker.create_topic()
    produce(broker, topic, contract.messages(contract.SAMPLES) + contract.messages(contract.BAD), partition=0)
    return topic


@pytest.fixture(scope="module")
def outcome(broker, contract_topic, postgres, migrated, tmp_path_factory):
    """offset → reason of the dead letters, (source, id) → warnings of the ledger, and the tally."""
    from harness.kepud import Kepud
    database = postgres.create(template=migrated)
    with Kepud(tmp_path_factory.mktemp("contract"), database, broker, [contract_topic]) as kepud:
        database.wait_offsets(contract_topic, broker.end_offsets(contract_topic), watch=kepud.must_run)
    first = len(contract.messages(contract.SAMPLES))
    letters = {offset - first + 1: reason
               for offset, reason in database.rows("SELECT kafka_offset, reason FROM ingest.dead_letter")}
    ledger = {(source, ident): set(warnings or ()) for source, ident, warnings in database.rows(
        "SELECT source, event_id, warnings FROM ingest.ledger JOIN ingest.event_source USING (source_id)")}
    tally = database.rows("SELECT sum(accepted)::int, sum(duplicate)::int, sum(stale)::int FROM ingest.tally")[0]
    database.close()
    return letters, ledger, tally


BAD = list(zip(contract.expectations(), contract.messages(contract.BAD)))


@pytest.mark.parametrize("expected, message", BAD, ids=[f"{e.line}-{e.reason}" for e, _ in BAD])
def test_bad_message(outcome, expected, message):
    letters, ledger, _ = outcome
    if expected.verdict == "REJECT":
        assert letters.get(expected.line) == expected.reason, expected.what
    else:
        assert expected.line not in letters, expected.what
        event = json.loads(message.decode().removeprefix("\ufeff"))
        assert (event["source"], event["id"]) in ledger
        if expected.verdict == "ACCEPT":
            # Of the placeholders made, the ledger need not tell.
            assert expected.warnings - contract.FROM_DATABASE <= ledger[event["source"], event["id"]], expected.what


def test_mnh_16_every_other_message_goes_its_way(outcome):
    _, ledger, (accepted, duplicate, stale) = outcome
    verdicts = [expected.verdict for expected, _ in BAD]
    samples = contract.messages(contract.SAMPLES)
    again = len(samples) - len({(json.loads(one)["source"], json.loads(one)["id"]) for one in samples})
    good = len(samples) - again + sum(verdict not in ("REJECT", "DUPLICATE") for verdict in verdicts)
    assert accepted == len(ledger) == good
    assert duplicate == verdicts.count("DUPLICATE") + again
    assert verdicts.count("STALE") <= stale <= verdicts.count("STALE") + verdicts.count("ACCEPT_OR_STALE")
