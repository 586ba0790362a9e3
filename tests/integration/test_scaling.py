# SPDX-License-Identifier: Apache-2.0
"""docs/scaling.md: the ledger and the partitioned facts could be distributed by event_key without a change of code."""
import re

from harness.paths import PROJECT

DISTRIBUTED = "SELECT relation FROM ingest.partitioned_table UNION ALL SELECT 'ingest.ledger' ORDER BY 1"


def test_every_unique_index_contains_the_distribution_column(database):
    tables = [name for name, in database.rows(DISTRIBUTED)]
    assert len(tables) > 10 and "kepu.fact_visit" in tables
    without = """SELECT i.indexrelid::regclass::text FROM pg_index i
            WHERE i.indrelid = %s::regclass AND i.indisunique AND NOT EXISTS (
                    SELECT FROM pg_attribute a
                    WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND a.attname = 'event_key')"""
    for table in tables:
        assert database.rows(without, table) == [], f"{table} cannot be distributed by event_key"
        assert database.rows("SELECT 1 FROM pg_index WHERE indrelid = %s::regclass AND indisprimary", table) == [(1,)]
        assert database.rows("""SELECT attnotnull, atttypid::regtype::text FROM pg_attribute
                WHERE attrelid = %s::regclass AND attname = 'event_key'""", table) == [(True, "uuid")]


def test_no_distributed_table_is_referred_to(database):
    """A foreign key to a distributed table would need its distribution column."""
    assert database.rows(f"""SELECT conname::text FROM pg_constraint
            WHERE contype = 'f' AND confrelid IN (SELECT relation::regclass FROM ({DISTRIBUTED}) t)""") == []


def test_the_document_names_them_all(database):
    text = (PROJECT / "docs" / "scaling.md").read_text()
    named = set(re.findall(r"create_distributed_table\('([\w.]+)', 'event_key'", text))
    assert named == {name for name, in database.rows(DISTRIBUTED)}
    reference = set(re.findall(r"create_reference_table\('([\w.]+)'\)", text))
    assert reference == {name for name, in database.rows(f"""
            SELECT DISTINCT confrelid::regclass::text FROM pg_constraint
            WHERE contype = 'f' AND conrelid IN (SELECT relation::regclass FROM ({DISTRIBUTED}) t)""")}
