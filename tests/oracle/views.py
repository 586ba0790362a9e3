# SPDX-License-Identifier: Apache-2.0
"""All views by name, with the columns of tests/contract/views.tsv."""
import collections
import csv
from pathlib import Path

from . import quality, views_activities, views_entities, views_figures, views_live, views_statements
from .read import Delivery
from .world import World

CONTRACT = Path(__file__).resolve().parents[1] / "contract" / "views.tsv"

VIEWS = {**views_live.VIEWS, **views_entities.VIEWS, **views_figures.VIEWS, **views_activities.VIEWS,
         **views_statements.VIEWS, **quality.VIEWS}


def declared():
    """view → {column: type}, in the order of the contract."""
    found = collections.defaultdict(dict)
    with open(CONTRACT, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            found[row["view"]][row["column"]] = row["type"]
    return dict(found)


def rows(world, view):
    """Tuples in the order of the columns."""
    columns = declared()[view]
    found = []
    for row in VIEWS[view](world):
        assert row.keys() == columns.keys(), f"{view}: {sorted(row.keys() ^ columns.keys())}"
        found.append(tuple(row[column] for column in columns))
    return found


def all_rows(messages, today=None):
    """view → rows, of messages in the order of delivery."""
    world = World(Delivery(messages), today)
    return {view: rows(world, view) for view in declared()}
