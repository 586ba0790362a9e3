# SPDX-License-Identifier: Apache-2.0
"""Published figures from the sample events: the queries of tests/contract/acceptance.json that need no other types than
the seven that are stored. The others come with their types."""
import json

from harness import events
from harness.kafka import produce
from harness.paths import PROJECT

HERE = PROJECT / "tests" / "contract"
NOW = {"A-03", "A-04", "A-05", "A-06", "A-07", "A-08", "A-09", "A-11", "A-41", "A-42", "A-43", "A-44", "A-45", "A-49",
       "A-55", "A-58", "A-65"}


def test_figures_of_the_stored_types(broker, daemon, database):
    topic = broker.create_topic(partitions=3)
    produce(broker, topic, events.samples(), keys=[json.loads(one)["partitionkey"] for one in events.samples()])
    with daemon(broker, topic) as kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    database.rows("SELECT dashboard.refresh()")
    database.rows("SET search_path = dashboard, kepu, ingest; SET timezone = 'Asia/Shanghai'")
    queries = {one["id"]: one for one in json.loads((HERE / "acceptance.json").read_text())}
    assert NOW <= queries.keys()
    found = {ident: str(database.value(f"SELECT ({queries[ident]['sql']})::text")) for ident in sorted(NOW)}
    assert found == {ident: queries[ident]["expected"] for ident in sorted(NOW)}
