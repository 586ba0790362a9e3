# SPDX-License-Identifier: Apache-2.0
"""The views as plain tables with a few plausible rows: what shows views can be tested without the daemon."""
import csv
import json

from . import events
from .broker import MockBroker
from .kafka import produce
from .kepud import Kepud
from .paths import PROJECT

COLUMNS = PROJECT / "tests" / "contract" / "views.tsv"
ROWS = PROJECT / "tests" / "integration" / "overview_rows.json"


def create(database, rows=None):
    """Makes schema dashboard in an empty database, and fills it."""
    tables = {}
    with open(COLUMNS, newline="", encoding="utf-8") as source:
        for line in csv.DictReader(source, delimiter="\t"):
            tables.setdefault(line["view"], []).append((line["column"], line["type"]))
    database.rows("CREATE SCHEMA dashboard")
    # Two more than the contract has.
    tables["finding_count"] = [("kind", "text"), ("type", "text"), ("findings", "bigint")]
    tables["label"] = [(name, "text") for name in ("type", "member", "value", "zh", "en")]
    for view, columns in tables.items():
        body = ", ".join(f'"{name}" {kind}' for name, kind in columns)
        database.rows(f"CREATE TABLE dashboard.{view} ({body})")
    database.rows("""CREATE VIEW dashboard.region_closure AS
            WITH RECURSIVE up (descendant, ancestor, depth) AS (
                    SELECT code, code, 0 FROM dashboard.region
                    UNION ALL
                    SELECT u.descendant, r.parent_code, u.depth + 1
                    FROM up u JOIN dashboard.region r ON r.code = u.ancestor WHERE r.parent_code IS NOT NULL)
            SELECT ancestor, descendant, depth FROM up""")
    fill(database, json.loads(ROWS.read_text(encoding="utf-8")) if rows is None else rows)


def fill(database, rows):
    for view, lines in rows.items():
        database.rows(f"INSERT INTO dashboard.{view} "
                      f"SELECT * FROM jsonb_populate_recordset(NULL::dashboard.{view}, %s)", json.dumps(lines))


def pour(broker, topic, daemon, database, messages):
    """The views as they are: messages through the daemon, in their order, and refreshed."""
    produce(broker, topic, messages, partition=0)
    with daemon as kepud:
        kepud.wait_until(lambda: database.value("SELECT sum(next_offset) FROM ingest.kafka_offset") == len(messages),
                         f"{len(messages)} messages", 60)
    database.rows("SELECT dashboard.refresh()")


def with_samples(postgres, migrated, folder):
    """A new database with the samples, good and bad, as the daemon writes them from the mock broker."""
    database = postgres.create(template=migrated)
    broker = MockBroker(folder / "broker", "mock:3").start()
    messages = events.samples("seed-events.jsonl") + events.samples("demo-bad.jsonl")
    pour(broker, "mock", Kepud(folder, database, broker, ["mock"]), database, messages)
    broker.stop()
    return database


# What stays in mart from one refresh to the next.
STAYING = ("out_of_race", "taking_finding", "lost", "visit_crossed", "visit_remainder", "visit_month")


def worked_out(database):
    """What mart holds: its tables, and every materialized view."""
    names = [name for name, in database.rows("SELECT relation FROM mart.maintained ORDER BY ordinal")]
    return {name: sorted(row for row, in database.rows(f"SELECT t::text FROM {name} t"))
            for name in [*(f"mart.{table}" for table in STAYING), *names]}


def reader(database, group="kepud_dashboard"):
    """The conninfo of a login that has the rights of this role and no more."""
    name = f"test_{group}"
    if not database.value("SELECT count(*) FROM pg_roles WHERE rolname = %s", name):
        database.rows(f"CREATE ROLE {name} LOGIN IN ROLE {group}")
    return database.conninfo.replace("user=kepud", f"user={name}")
