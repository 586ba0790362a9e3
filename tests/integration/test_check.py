# SPDX-License-Identifier: Apache-2.0
"""`kepud check --database`: what would fail at the first such event is named before there is one."""
import pytest

from harness.kepud import run

# A column, and what it must not become: one for each place where a value can come from.
WRONG = [
    ("kepu.event_text", "body", "date", "gets values of the kind text"),                      # @text
    ("kepu.event_text", "lang", "boolean", "gets values of the kind text"),                   # @language
    ("kepu.event_text", "event_key", "text", "gets values of the kind uuid"),                 # @event_key
    ("kepu.event_text", "field", "smallint", "which a constant (text) does not fit"),
    ("kepu.event_text", "ordinal", "date", "which a constant (integer) does not fit"),
    ("kepu.fact_attachment", "ordinal", "uuid", "gets values of the kind integer"),           # @position
    ("kepu.fact_attachment", "items", "date", "gets values of the kind integer"),             # of an element
    ("kepu.fact_partner", "org_id", "integer", "gets values of the kind text"),               # @value
    ("kepu.fact_training", "occurred_on", "timestamptz", "gets values of the kind date"),     # @occurred_on
    ("kepu.fact_activity", "natural_key", "text", "gets values of the kind uuid"),            # @natural_key
    ("kepu.fact_activity", "per_year", "integer", "gets values of the kind boolean"),
    ("kepu.fact_activity", "kind", "integer", "gets values of the kind text"),
    ("kepu.facility", "revision", "boolean", "gets values of the kind integer"),              # @revision
    ("kepu.facility", "updated_at", "date", "gets values of the kind timestamp"),             # @time
    ("kepu.facility", "event_id", "uuid", "gets values of the kind text"),                    # @id
    ("kepu.programme", "members", "uuid", "gets values of the kind integer"),                 # @members
    ("kepu.programme", "is_placeholder", "integer", "which a constant (boolean) does not fit"),
    ("ingest.taken_back", "target_key", "text", "gets values of the kind uuid"),              # @target_key
]


def check(daemon, broker):
    done = run("check", "--database", "-c", daemon(broker, "none").config)
    return done.returncode, (done.stdout + done.stderr).decode()


class Nowhere:
    bootstrap = "127.0.0.1:9"


def replace(database, table, column, kind):
    """The column with another type, empty; whatever hung on it is gone."""
    database.rows(f"ALTER TABLE {table} DROP COLUMN {column} CASCADE; ALTER TABLE {table} ADD {column} {kind}")


@pytest.fixture
def verdict(daemon):
    return lambda: check(daemon, Nowhere)


def test_the_shipped_schema_fits(verdict):
    code, text = verdict()
    assert code == 0 and "the database fits" in text, text


def test_wrong_types_are_named(verdict, database):
    for table, column, kind, _ in WRONG:
        replace(database, table, column, kind)
    code, text = verdict()
    assert code == 78
    for table, column, _, why in WRONG:
        assert any(line.startswith(f'{table}: column "{column}" has type') and why in line
                   for line in text.splitlines()), f"{table}.{column}: {why}\n{text}"


def test_missing_keys_are_named(verdict, database):
    for table in ("kepu.facility", "kepu.region", "kepu.indicator"):
        database.rows(f"ALTER TABLE {table} DROP CONSTRAINT {table.split('.')[1]}_pkey CASCADE")
    code, text = verdict()
    assert code == 78
    for table, key in (("kepu.facility", "facility_id"), ("kepu.region", "code"), ("kepu.indicator", "code")):
        assert f"{table}: no unique index or primary key of exactly ({key})" in text
