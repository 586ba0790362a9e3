# SPDX-License-Identifier: Apache-2.0
"""Growth: the same visits, end to end, with ever more rows in the ledger and in the facts.

The rows that are there already are made by INSERT … SELECT, older than what comes. The limit is COPY into the same
grown tables: the rows that the daemon has just written, under other keys of the same form."""
from end_to_end import beside, conditions, figures_of, make_topic, run_daemons, sections_of, told
from limit import Rows
from stand import say

SLICE = 1_000_000
TABLES = ("ingest.ledger", "kepu.fact_visit")

# How the ledger's key begins: with the time of the id (UUIDv7), or not (any other id).
KEYS = {"time": "(lpad(to_hex(1600000000000 + n), 12, '0') || right(md5(n::text), 20))::uuid",
        "random": "md5(n::text)::uuid"}

# Twenty producers and 2000 facilities, as workload.visits() has them.
DIMENSIONS = (
    "INSERT INTO ingest.event_source (source) SELECT 'https://museum-' || n || '.example/gate'"
    " FROM generate_series(0, 19) n",
    "INSERT INTO kepu.facility (facility_id) SELECT 'hall-' || n FROM generate_series(0, 1999) n")
MADE = """
WITH made AS (
        SELECT n, {key} AS event_key, to_timestamp((1600000000000 + n) / 1000.0) AS event_time,
               make_date(2020 + (n / 3 % 6)::int, (n % 12)::int + 1, (n % 28)::int + 1) AS day
        FROM generate_series({first}, {last}) n
), entered AS (
        INSERT INTO ingest.ledger (event_time, received_at, source_id, occurred_on, type_id, version, event_key,
                                   content, event_id)
        SELECT event_time, event_time, s.source_id, day,
               (SELECT type_id FROM ingest.event_type WHERE type = 'cn.kepu.visit.counted'), 1, event_key,
               md5('content' || n)::uuid, event_key::text
        FROM made JOIN ingest.event_source s ON s.source = 'https://museum-' || n % 20 || '.example/gate'
        ORDER BY n
)
INSERT INTO kepu.fact_visit (occurred_on, event_key, natural_key, facility_id, period_start, period_end, visitors,
                             visitors_qualifier, scope, group_code, free_admission, method, counter_id)
SELECT day, event_key, md5('natural' || n)::uuid, 'hall-' || n % 2000, day, day, n % 5000, 'exact', 'total', 'all',
       true, 'gate', 'gate-' || n % 7
FROM made ORDER BY n
"""
# Only what these runs fill; sizes of all other tables do not move.
BYTES = """
SELECT (pg_total_relation_size('ingest.ledger')
        + (SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('kepu.fact_visit')))::bigint
"""


def fill(database, rows, keys):
    for sql in DIMENSIONS:
        database.rows(sql)
    for first in range(0, rows, SLICE):
        database.rows(MADE.format(key=KEYS[keys], first=first, last=min(first + SLICE, rows) - 1))
        say(f"{min(first + SLICE, rows):,} of {rows:,} rows")
    for table in TABLES:
        database.rows(f"VACUUM (ANALYZE) {table}")
    database.rows("CHECKPOINT")


def one_run(stand, database, topic, options):
    before = database.value("SELECT count(*) FROM ingest.ledger")
    xact = database.value("SELECT txid_snapshot_xmax(txid_current_snapshot())")
    with stand.folder() as folder:
        found = run_daemons(stand, folder, database, topic, sections_of(options), size=BYTES)
        topic.check(database, before)
        stand.check(database)
        figures = figures_of(found, topic)
        rows = Rows(database, folder, topic.events, found["batch"]).save_since(xact, TABLES)
        beside(figures, "raw_copy_events_per_s", "ratio", rows.copy_into(database), topic.events)
    count = database.value("SELECT count(*) FROM ingest.ledger") - before
    assert count == 2 * topic.events, f"{count} rows of {topic.events} events, written twice"
    return figures


def growth(stand, options, notebook):
    topics = [make_topic(stand, options, "visits", options.seed + number) for number in range(options.runs)]
    first = None
    for rows in options.rows:
        with stand.fresh() as database:
            say(f"growth: {rows:,} rows in the ledger")
            fill(database, rows, options.keys)
            runs = [one_run(stand, database, topic, options) for topic in topics]
        first = first or runs
        for number, (run, small) in enumerate(zip(runs, first)):
            run["to_fewest_rows"] = run["end_to_end_events_per_s"] / small["end_to_end_events_per_s"]
            told(number, run)
        notebook.add("growth", f"{rows:,} rows ({options.keys})", runs, stand.settings,
                     **conditions(options, rows=rows, keys=options.keys))
