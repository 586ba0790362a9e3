# SPDX-License-Identifier: Apache-2.0
"""The limit: how fast psql COPYs the very same rows into the same tables, with the same indexes and constraints.

The rows that the daemon wrote are saved as binary files, in pieces of the daemon's batch size and in the order of its
transactions. Each way of writing them begins with empty tables and a CHECKPOINT; a transaction a piece. As the daemon
does, psql has no triggers of foreign keys fire. Beside our own tables stand those of reference.sql."""
import subprocess
import time
from pathlib import Path

from stand import TABLES, empty

REFERENCE = Path(__file__).with_name("reference.sql")

# The same rows under other keys of the same form: as far apart in the index as they were.
OTHER_KEY = "(left(replace(event_key::text, '-', ''), 12) || right(md5(event_key::text), 20))::uuid"

# One visit for each event, also where the event was something else.
REFERENCE_ROWS = {
    "reference.ledger": "SELECT event_key, content FROM ingest.ledger ORDER BY xact",
    "reference.visit": """
        SELECT row_number() OVER (ORDER BY l.xact) AS visit_id, coalesce(v.facility_id, 'hall-1') AS facility_id,
               coalesce(v.period_start, l.occurred_on) AS period_start,
               coalesce(v.period_end, l.occurred_on) AS period_end, coalesce(v.visitors, 1) AS visitors,
               coalesce(v.visitors_qualifier, 'exact') AS qualifier, coalesce(v.scope, 'total') AS scope,
               coalesce(v.free_admission, true) AS free_admission
        FROM ingest.ledger l LEFT JOIN kepu.fact_visit v USING (event_key, occurred_on) ORDER BY 1"""}


def columns_of(database, table):
    return [name for name, in database.rows(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = '' ORDER BY attnum", table)]


class Rows:
    """What a run of the daemon wrote, as files."""

    def __init__(self, database, folder, events, per_batch):
        self.database = database
        self.folder = folder
        self.pieces = max(1, -(-events // per_batch))
        self.files = []  # (number of the piece, table, columns, path)
        self.tables = []
        self.counts = {}

    def save(self, seeds):
        """Every table that holds more than the migrations put there."""
        for table, in self.database.rows(TABLES):
            count = self.database.value(f"SELECT count(*) FROM {table}")
            if count != seeds[table]:
                self.counts[table] = count
                self.add(table, self._ordered(table))
        return self

    def save_since(self, xact, tables):
        """What came into these since that transaction, under other keys."""
        for table in tables:
            chosen = ", ".join(f"{OTHER_KEY} AS event_key" if name == "event_key" else f"t.{name}"
                               for name in columns_of(self.database, table))
            join = "" if table == "ingest.ledger" else "JOIN ingest.ledger l USING (event_key, occurred_on)"
            owner = "l" if join else "t"
            self.add(table, f"SELECT {chosen} FROM {table} t {join} WHERE {owner}.xact >= {xact} ORDER BY {owner}.xact")
        return self

    def save_reference(self):
        for table, sql in REFERENCE_ROWS.items():
            self.add(table, sql)
        return self

    def _ordered(self, table):
        if table == "ingest.ledger":
            return f"SELECT * FROM {table} ORDER BY xact"
        columns = columns_of(self.database, table)
        chosen = ", ".join(f"t.{name}" for name in columns)
        if "event_key" in columns:
            return f"SELECT {chosen} FROM {table} t LEFT JOIN ingest.ledger l USING (event_key) ORDER BY l.xact"
        return f"SELECT {chosen} FROM {table} t"

    def add(self, table, sql):
        database = self.database
        database.rows("DROP TABLE IF EXISTS ordered")
        database.rows(f"CREATE UNLOGGED TABLE ordered AS {sql}")
        columns = ", ".join(columns_of(database, "ordered"))
        pages = database.value("SELECT pg_relation_size('ordered') / 8192")
        step = max(1, round(pages / self.pieces))
        for number, first in enumerate(range(0, pages, step)):
            path = self.folder / f"{number:05}-{table}.copy"
            database.rows(f"COPY (SELECT * FROM ordered WHERE ctid >= '({first},0)' AND ctid < '({first + step},0)')"
                          f" TO '{path}' (FORMAT binary)")
            self.files.append((number, table, columns, path))
        self.tables.append(table)
        database.rows("DROP TABLE ordered")

    def scripts(self, streams):
        """One for each stream, which take the pieces in turn."""
        self.files.sort(key=lambda entry: (entry[0], self.tables.index(entry[1])))
        texts = [["SET session_replication_role = replica;"] for _ in range(streams)]
        last = None
        for number, table, columns, path in self.files:
            text = texts[number % streams]
            if number != last:
                text += (["COMMIT;"] if len(text) > 1 else []) + ["BEGIN;"]
                last = number
            text.append(f"COPY {table} ({columns}) FROM '{path}' (FORMAT binary);")
        return ["\n".join([*text, "COMMIT;"]) for text in texts if len(text) > 1]

    def copy_into(self, database, streams=1):
        """Seconds."""
        paths = []
        for number, text in enumerate(self.scripts(streams)):
            paths.append(self.folder / f"copy-{number}.sql")
            paths[-1].write_text(text)
        database.rows("CHECKPOINT")
        started = time.monotonic()
        running = [subprocess.Popen(["psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", database.conninfo, "-f", path])
                   for path in paths]
        codes = [one.wait() for one in running]
        assert not any(codes), f"psql ended with {codes}"
        return time.monotonic() - started


def copy_own(stand, rows, streams=1):
    """Seconds for our own tables, in the database that the rows come from."""
    database = rows.database
    empty(database, rows.tables)
    seconds = rows.copy_into(database, streams)
    stand.check(database)
    for table, count in rows.counts.items():
        assert database.value(f"SELECT count(*) FROM {table}") == count, f"COPY wrote other rows of {table}"
    return seconds


def copy_reference(stand, rows, streams=1):
    """Seconds for the reference pair, in a database of its own."""
    with stand.database("template1") as database:
        database.rows(REFERENCE.read_text())
        return rows.copy_into(database, streams)
