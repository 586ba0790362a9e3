# SPDX-License-Identifier: Apache-2.0
"""What happens to a database besides events: it is copied to another cluster, retention removes facts, everything is
worked out anew in steps. What mart holds afterwards is what mart.rebuild() makes of what is there."""
import datetime
import os
import random as randoms
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from harness import events
from harness.kafka import produce
from harness.kepud import migrate
from harness.paths import PROJECT
from harness.postgres import Postgres
from harness.views import worked_out

sys.path.insert(0, str(PROJECT))
from tests.oracle.generate import fresh_seed, generate  # noqa: E402

SEED = int(os.environ.get("KEPUD_SEED") or fresh_seed())


@pytest.fixture
def deliver(broker, daemon):
    """deliver(database, messages): through a daemon that leaves the refresh to the test."""

    def deliver(database, messages):
        topic = broker.create_topic()
        produce(broker, topic, messages, partition=0)
        with daemon(broker, topic, database=database, maintenance={"interval": 0}) as kepud:
            database.wait_offsets(topic, broker.end_offsets(topic), 120, watch=kepud.must_run)

    return deliver


@pytest.fixture
def halves():
    print(f"KEPUD_SEED={SEED}")
    messages = generate(SEED, 1200, conflicts=0)
    randoms.Random(SEED).shuffle(messages)
    return messages[:700], messages[700:]


def nothing_changes_anew(database):
    was = worked_out(database)
    assert was["mart.visit_month"] and was["mart.lost"], "nothing to compare"
    database.rows("SELECT mart.rebuild()")
    anew = worked_out(database)
    assert [name for name, rows in was.items() if rows != anew[name]] == []


def test_everything_anew_in_steps(deliver, database, halves):
    """As the daemon does it, about so many events in a transaction; also while what was worked out stays."""
    deliver(database, halves[0] + halves[1])
    steps = []
    while not steps or not steps[-1]:
        steps.append(database.value("SELECT mart.work_in(100)"))
    assert len(steps) > 10, "in one go"
    database.rows("SELECT mart.refresh_sums()")
    first = worked_out(database)
    nothing_changes_anew(database)
    database.rows("UPDATE mart.progress SET server = 0")
    assert database.value("SELECT mart.work_in(500)") is False
    assert database.value("SELECT rebuilt_to FROM mart.progress") is not None
    database.rows("SELECT dashboard.refresh()")
    assert database.value("SELECT rebuilt_to FROM mart.progress") is None
    assert worked_out(database) == first


def binary(name):
    folder = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{folder}/{name}"


@pytest.fixture
def other_server():
    """A cluster of its own, whose WAL is written out by commits alone."""
    folder = Path(tempfile.mkdtemp(prefix="kepud-pg."))
    folder.chmod(0o711)
    server = Postgres(folder / "c", "fsync=off", "wal_writer_delay=10s").start()
    yield server
    server.stop("immediate")
    shutil.rmtree(folder)


def test_a_crash_after_a_refresh_that_was_broken_off(other_server, tmp_path):
    """PostgreSQL makes unlogged tables anew when it starts: it must be able to."""
    database = other_server.create("refreshed")
    assert migrate(tmp_path, database).returncode == 0
    refresh = other_server.connect("refreshed")
    refresh.autocommit = False
    for _ in range(3):
        refresh.cursor().execute("SELECT dashboard.refresh()")
        database.rows("CREATE TABLE public.other (); DROP TABLE public.other")  # its commit writes out all WAL so far
        refresh.rollback()
    refresh.close()
    database.close()
    other_server.restart("immediate")
    database.rows("SELECT dashboard.refresh()")
    database.close()


@pytest.fixture
def elsewhere(database, other_server, tmp_path):
    """move(): the database as pg_dump and pg_restore bring it into a cluster whose transactions have lower numbers."""
    server = other_server

    def move():
        roles = subprocess.run([binary("pg_dumpall"), "-d", database.conninfo, "--roles-only"], capture_output=True,
                               timeout=60, check=True).stdout
        subprocess.run([binary("psql"), "-Xq", server.conninfo], input=roles, capture_output=True, timeout=60,
                       check=True)
        copy = server.create("copy")
        dump = tmp_path / "dump"
        subprocess.run([binary("pg_dump"), "-Fc", "-f", dump, database.conninfo], timeout=120, check=True)
        subprocess.run([binary("pg_restore"), "--exit-on-error", "-d", copy.conninfo, dump], timeout=120, check=True)
        return copy

    return move


def spend(database, transactions):
    database.rows(f"DO $$ BEGIN FOR n IN 1..{transactions} LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$")


def test_another_cluster(deliver, database, elsewhere, halves):
    deliver(database, halves[0][:500])
    database.rows("SELECT dashboard.refresh()")
    deliver(database, halves[0][500:])  # not worked in when it is copied
    # Numbers that the other cluster reaches only later.
    spend(database, 30_000)
    database.rows("UPDATE ingest.ledger SET xact = txid_current() WHERE event_key IN "
                  "(SELECT event_key FROM ingest.ledger LIMIT 50)")
    copy = elsewhere()
    assert copy.value("SELECT max(l.xact) > txid_current() FROM ingest.ledger l"), "the numbers are not lower"
    deliver(copy, halves[1][:250])
    copy.rows("SELECT dashboard.refresh()")
    spend(copy, 60_000)
    deliver(copy, halves[1][250:])
    copy.rows("SELECT dashboard.refresh()")
    nothing_changes_anew(copy)
    copy.close()


def total(random, first, last, visitors):
    return events.encode(events.envelope(random, "visit.counted", {
        "facility_id": "hall", "period_start": first, "period_end": last, "visitors": visitors, "scope": "total"}))


def test_what_retention_removes(deliver, database):
    random = randoms.Random(1)
    old, late, new = "2021-03-04", "2021-03-05", "2024-01-02"
    deliver(database, [total(random, old, old, 700), total(random, new, new, 30),
                       total(random, "2021-03-01", "2023-12-31", 100_000)])
    database.rows("SELECT dashboard.refresh()")
    months = (datetime.date.today() - datetime.date(2023, 6, 1)).days // 30
    keep = f'{{"kepu.fact_visit": {months}}}'

    def by_month():
        database.rows("SELECT dashboard.refresh()")
        return database.rows("SELECT month::text, visitors FROM mart.visit_month ORDER BY 1")

    assert by_month() == [("2021-03-01", 700), ("2023-12-01", 99_300), ("2024-01-01", 30)]
    database.rows("CALL ingest.maintain_all(%s)", keep)
    assert database.value("SELECT count(*) FROM kepu.fact_visit") == 2, "retention has not dropped the old day"
    assert by_month() == [("2023-12-01", 100_000), ("2024-01-01", 30)]
    # Into the default partition, counted until retention comes round again.
    deliver(database, [total(random, late, late, 60_000)])
    assert by_month() == [("2021-03-01", 60_000), ("2023-12-01", 40_000), ("2024-01-01", 30)]
    database.rows("CALL ingest.maintain_all(%s)", keep)
    assert database.value("SELECT count(*) FROM kepu.fact_visit") == 2
    assert by_month() == [("2023-12-01", 100_000), ("2024-01-01", 30)]
    was = worked_out(database)
    database.rows("SELECT mart.rebuild()")
    assert worked_out(database) == was


def test_retention_that_grows_again(deliver, database):
    """Partitions that it has dropped are made anew; what they hold then stays when more is removed."""
    random = randoms.Random(2)
    years = datetime.date.today().year - 2019
    for months in (12, 12 * years):
        database.rows("CALL ingest.maintain_all(%s)", f'{{"kepu.fact_visit": {months}}}')
    deliver(database, [total(random, "2024-03-01", "2024-03-01", 5), total(random, "2005-02-03", "2005-02-03", 7)])
    database.rows("SELECT dashboard.refresh()")
    database.rows("CALL ingest.maintain_all(%s)", f'{{"kepu.fact_visit": {12 * years}}}')
    database.rows("SELECT dashboard.refresh()")
    assert database.rows("SELECT month::text, visitors FROM mart.visit_month") == [("2024-03-01", 5)]
    assert database.value("SELECT dropped_before FROM ingest.partitioned_table WHERE relation = 'kepu.fact_visit'") \
        < datetime.date(2024, 3, 1), "what was made anew counts as dropped"


def test_retention_empties_the_default_partition_in_slices(deliver, database):
    """A month without a partition; what was not removed yet goes on counting."""
    random = randoms.Random(3)
    database.rows("DROP TABLE kepu.fact_visit_2024; CREATE TABLE kepu.fact_visit_2024 ()")  # the name is taken
    deliver(database, [total(random, f"2024-03-0{day}", f"2024-03-0{day}", 10) for day in range(1, 6)]
            + [total(random, "2024-02-01", "2025-02-28", 500)])
    database.rows("SELECT dashboard.refresh()")
    assert database.rows("SELECT remainder FROM mart.visit_remainder") == [(450,)]
    months = (datetime.date.today() - datetime.date(2024, 6, 1)).days // 31
    database.rows("SELECT ingest.delete_rows_before('kepu.fact_visit_default', 'occurred_on', '2024-04-01', 2)")
    database.rows("""UPDATE ingest.partitioned_table SET dropped_before = '2024-04-01', removals = removals + 1
            WHERE relation = 'kepu.fact_visit'""")
    database.rows("SELECT dashboard.refresh()")
    assert database.rows("SELECT visitors FROM mart.visit_month ORDER BY month") == [(30,), (470,)]
    database.rows("CALL ingest.maintain_all(%s)", f'{{"kepu.fact_visit": {months}}}')
    database.rows("SELECT dashboard.refresh()")
    assert database.rows("SELECT visitors FROM mart.visit_month ORDER BY month") == [(500,)]


def test_a_total_over_centuries(deliver, database):
    """Days without partitions are gone through together."""
    random = randoms.Random(4)
    deliver(database, [total(random, "0001-01-01", "2026-01-31", 900), total(random, "2026-01-02", "2026-01-02", 30)])
    database.rows("CALL ingest.maintain_all('{\"kepu.fact_visit\": 6}')")
    slices = database.value("""SELECT count(*) FROM mart.slices(ARRAY(
            SELECT day::date FROM generate_series('0001-01-01', '2026-12-31', interval '1 day') day))""")
    partitions = database.value("SELECT count(*) FROM ingest.partitions_of('kepu.fact_visit')")
    assert partitions <= slices + 6 and slices <= 2 * partitions + 1, (slices, partitions)


def test_what_is_told_twice_does_not_read_the_whole_ledger(deliver, database):
    random = randoms.Random(5)
    database.rows("""INSERT INTO ingest.event_source (source) VALUES ('x');
            INSERT INTO ingest.ledger (event_time, received_at, source_id, occurred_on, type_id, version, event_key,
                                       content, event_id)
            SELECT now(), now(), 1, '2020-01-01', 1, 1, gen_random_uuid(), gen_random_uuid(), n
            FROM generate_series(1, 100000) n; ANALYZE ingest.ledger""")
    deliver(database, [total(random, "2026-01-02", "2026-01-02", 30)])
    database.rows("SELECT dashboard.refresh()")
    read = "SELECT pg_stat_get_tuples_returned('ingest.ledger'::regclass)"
    deliver(database, [total(random, "2026-01-02", "2026-01-02", 40)])
    database.rows("SELECT pg_stat_force_next_flush()")
    was = database.value(read)
    database.rows("SELECT dashboard.refresh(); SELECT pg_stat_force_next_flush()")
    assert database.value("SELECT count(*) FROM mart.lost") == 1
    # The sum of what scans of the table returned; a look at the newest rows is one of a few block ranges.
    assert database.value(read) - was < 50_000


def test_retention_of_what_never_came(database):
    database.rows("CALL ingest.maintain_all('{\"kepu.fact_reach\": 12}')")
    database.rows("SELECT dashboard.refresh()")
    assert database.value("SELECT removals FROM ingest.partitioned_table WHERE relation = 'kepu.fact_reach'") > 0
