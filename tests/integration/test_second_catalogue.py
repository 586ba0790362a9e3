# SPDX-License-Identifier: Apache-2.0
"""A web shop, in UTC: what the real catalogue runs through, migrate included, without a word of its domain."""
import random as randoms
import subprocess

import pytest

from harness.kafka import produce
from harness.kepud import migrate
from harness.paths import PROJECT

HERE = PROJECT / "tests" / "catalogue-order"
FOLDERS = {"catalogue": str(HERE / "catalogue"), "migrations": str(HERE / "migrations")}


@pytest.fixture(scope="module")
def shop(postgres, tmp_path_factory):
    database = postgres.create("shop")
    done = migrate(tmp_path_factory.mktemp("shop"), database, **FOLDERS)
    assert done.returncode == 0, done.stderr.decode()
    database.close()
    return database.name


@pytest.mark.parametrize("seed", range(6))
def test_rows_are_the_same_in_any_order(seed, broker, daemon, postgres, shop):
    database = postgres.create(template=shop)
    topic = broker.create_topic(partitions=2)
    lines = (HERE / "events.jsonl").read_bytes().splitlines()
    random = randoms.Random(seed)
    if seed:
        random.shuffle(lines)
    for line in lines:
        produce(broker, topic, [line], partition=random.randrange(2))
    with daemon(broker, topic, database=database, batch={"events": 2}, **FOLDERS) as kepud:
        database.wait_offsets(topic, broker.end_offsets(topic), watch=kepud.must_run)
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", database.conninfo, "-f", HERE / "rows.sql"],
                          capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == (HERE / "rows.txt").read_text()
    assert database.value("SELECT count(*) FROM ingest.dead_letter") == 0
    database.close()
