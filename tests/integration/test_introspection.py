# SPDX-License-Identifier: Apache-2.0
"""What tools that read the catalog see, here SQLAlchemy's reflection, with the rights of a reader: tables, keys,
comments, and foreign keys from which the model can be drawn. docs/model.svg is drawn from the same keys;
KEPUD_REWRITE=1 writes it anew."""
import re
import subprocess
import warnings
from xml.etree import ElementTree

import psycopg2
import pytest
import sqlalchemy

from harness import committed
from harness.paths import PROJECT
from harness.views import reader

# What a column of this name, or with this name after a prefix, refers to.
DIMENSIONS = {"region_code": "region", "region": "region", "org_id": "organization", "facility_id": "facility",
              "activity_id": "activity", "programme_id": "programme", "document_id": "source_document",
              "group_code": "population_group", "lang": "language", "language": "language",
              "indicator_code": "indicator", "facility_kind": "facility_kind", "parent_code": "region"}


def reflect(database, group, schema):
    conninfo = reader(database, group)
    engine = sqlalchemy.create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(conninfo))
    with warnings.catch_warnings():
        warnings.simplefilter("error", sqlalchemy.exc.SAWarning)  # "did not recognize type"
        metadata = sqlalchemy.MetaData(schema=schema)
        metadata.reflect(engine, views=True)
    return engine, metadata


@pytest.fixture(params=["kepud_dashboard", "kepud_operator"])
def model(request, database):
    """Tables of kepu, without partitions."""
    _, metadata = reflect(database, request.param, "kepu")
    partitions = {name for name, in database.rows("SELECT inhrelid::regclass::text FROM pg_inherits")}
    return {table.name: table for key, table in metadata.tables.items() if key not in partitions}


def bilingual(comment):
    return comment is not None and len(comment.split(" | ")) == 2


def targets(table):
    return {key.target_fullname.split(".")[1] for key in table.foreign_keys}


def test_views_with_their_columns_and_comments(database):
    engine, metadata = reflect(database, "kepud_dashboard", "dashboard")
    views = {table.name: table for table in metadata.tables.values()}
    assert {name for name, in database.rows("SELECT relname::text FROM pg_class WHERE relkind = 'v' "
                                            "AND relnamespace = 'dashboard'::regnamespace")} == set(views)
    for view in views.values():
        assert bilingual(view.comment) and all(bilingual(column.comment) for column in view.columns), view.name
    board = views["visits_region_month"]
    assert {column.name: str(column.type) for column in board.columns} == {
        "region_code": "TEXT", "month": "DATE", "visitors": "BIGINT", "inexact": "BOOLEAN",
        "of_longer_periods": "BIGINT", "facilities": "BIGINT"}
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.select(sqlalchemy.func.sum(board.c.visitors))).scalar() is None
        assert connection.execute(sqlalchemy.select(views["region"].c.name).where(
            views["region"].c.code == "150000")).scalar() == "150000"


def test_tables_with_their_keys_and_comments(model):
    assert len(model) > 45
    for table in model.values():
        assert bilingual(table.comment) and all(bilingual(column.comment) for column in table.columns), table.name
        assert len(table.primary_key.columns) > 0, table.name
    assert [column.name for column in model["fact_visit"].primary_key] == ["event_key", "occurred_on"]
    assert {key.parent.name: key.target_fullname for key in model["fact_visit"].foreign_keys} == {
        "facility_id": "kepu.facility.facility_id", "group_code": "kepu.population_group.code",
        "activity_id": "kepu.activity.activity_id", "document_id": "kepu.source_document.document_id"}


def test_what_names_a_dimension_refers_to_it(model):
    """Or says why not."""
    seen = set()
    for table in model.values():
        own = {column.name for column in table.primary_key} if len(table.primary_key) == 1 else set()
        for column in table.columns:
            wanted = next((dimension for name, dimension in DIMENSIONS.items()
                           if column.name == name or column.name.endswith("_" + name)), None)
            if wanted is None or column.name in own or "no foreign key" in column.comment:
                continue
            seen.add(wanted)
            assert {key.target_fullname.split(".")[1] for key in column.foreign_keys} == {wanted}, column
    assert seen == set(DIMENSIONS.values())


def test_every_fact_reaches_its_dimensions(model, database):
    """By way of foreign keys alone, a tool can get from each fact told by itself to region and organisation."""
    edges = {name: targets(table) for name, table in model.items()}

    def reached(name):
        found, new = set(), {name}
        while new:
            found |= new
            new = set().union(*(edges[one] for one in new)) - found
        return found

    facts = [name for name, table in model.items() if "natural_key" in table.columns]
    assert len(facts) == 12, facts
    for fact in facts:
        assert {"region", "source_document"} <= reached(fact), fact
        assert targets(model[fact]), fact
    used = set().union(*(reached(fact) for fact in facts))
    dimensions = {name.removeprefix("kepu.") for name, in database.rows(
        "SELECT relation FROM ingest.table_use WHERE use = 'state' AND relation LIKE 'kepu.%%'", )}
    assert dimensions <= used, dimensions - used


def test_partitions_have_the_keys_of_their_table(database):
    """Foreign keys hold in partitions, too, the default one included."""
    assert database.rows("""
            SELECT i.inhrelid::regclass::text, k.conname::text FROM pg_inherits i
            JOIN pg_constraint k ON k.conrelid = i.inhparent AND k.contype IN ('f', 'p')
            WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = i.inhrelid AND c.conparentid = k.oid)
                  AND i.inhparent IN (SELECT partrelid FROM pg_partitioned_table)""") == []


# ---- docs/model.svg

def diagram(conninfo):
    return subprocess.run([PROJECT / "scripts" / "er-diagram", conninfo], capture_output=True, text=True,
                          encoding="utf-8", timeout=60, check=False)


def drawn(text):
    """(tables with their rows, edges) of a diagram."""
    tables, edges = {}, set()
    for node in ElementTree.fromstring(text).iter():
        if table := node.get("data-table"):
            tables[table] = {row.get("data-column"): row.get("data-key") for row in node.iter()
                             if row.get("data-column")}
        if node.get("data-from"):
            edges.add((node.get("data-from"), node.get("data-to")))
    return tables, edges


def test_committed_diagram(database):
    done = diagram(database.conninfo)
    assert done.returncode == 0, done.stderr
    committed.must_be("model.svg", done.stdout)


def test_diagram_shows_the_keys(database):
    tables, edges = drawn((PROJECT / "docs" / "model.svg").read_text(encoding="utf-8"))
    keys = database.rows("""
            SELECT k.conrelid::regclass::text, a.attname::text, k.confrelid::regclass::text, f.attname::text
            FROM pg_constraint k
            JOIN pg_class c ON c.oid = k.conrelid AND NOT c.relispartition
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
            JOIN pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = k.confkey[1]
            WHERE k.contype = 'f' AND c.relnamespace = 'kepu'::regnamespace""")
    assert len(keys) > 90
    assert edges == {(f"{table}.{column}", f"{target}.{key}") for table, column, target, key in keys}
    assert set(tables) == {name for name, in database.rows(
        "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'kepu'::regnamespace AND relkind IN ('r', 'p') "
        "AND NOT relispartition")}
    for table, column, _, _ in keys:
        assert "FK" in tables[table][column], f"{table}.{column}"
    assert tables["kepu.fact_visit"]["event_key"] == "PK" and tables["kepu.region_name"]["code"] == "PK FK"


def test_diagram_asks_for_nothing_outside():
    text = (PROJECT / "docs" / "model.svg").read_text(encoding="utf-8")
    assert not re.search(r"(href|src|url\()=?[\"'(]?\s*(https?:)?//", text) and "<script" not in text
    assert "prefers-color-scheme: dark" in text


def test_diagram_follows_the_catalog(database):
    database.rows("CREATE TABLE kepu.fresh (code text PRIMARY KEY REFERENCES kepu.region)")
    tables, edges = drawn(diagram(database.conninfo).stdout)
    assert tables["kepu.fresh"] == {"code": "PK FK"} and ("kepu.fresh.code", "kepu.region.code") in edges
    assert diagram(database.conninfo + " port=1").returncode == 69
