# SPDX-License-Identifier: Apache-2.0
"""The oracle itself: its rows, as plain tables, give the published figures. No kepud in this."""
import json
import random
import sys

import pytest

from harness import events
from harness.paths import PROJECT

sys.path.insert(0, str(PROJECT))
from tests.oracle import database as tables  # noqa: E402
from tests.oracle.generate import fresh_seed  # noqa: E402
from tests.oracle.shift import Shift  # noqa: E402
from tests.oracle.views import all_rows  # noqa: E402

SAMPLES = events.samples("seed-events.jsonl")
QUERIES = json.loads((PROJECT / "tests" / "contract" / "acceptance.json").read_text(encoding="utf-8"))


@pytest.fixture
def cursor(postgres):
    oracle = postgres.create()
    connection = postgres.connect(oracle.name)
    yield connection.cursor()
    connection.close()


def must_answer(cursor, messages, queries):
    tables.fill(cursor, all_rows(messages))
    found = tables.answers(cursor, queries)
    assert found == {query["id"]: query["expected"] for query in queries}


def test_published_figures(cursor):
    must_answer(cursor, SAMPLES, QUERIES)


def test_shifted_figures(cursor):
    """Everything moved, figures of the contract alike: so the moving itself is right."""
    seed = fresh_seed()
    shift = Shift(random.Random(seed))
    print(f"seed {seed}: {shift}")
    messages = [shift.message(one) for one in SAMPLES]
    queries = [shift.query(one) for one in QUERIES]
    assert sum(one["expected"] != other["expected"] for one, other in zip(queries, QUERIES)) > 40
    must_answer(cursor, messages, queries)
