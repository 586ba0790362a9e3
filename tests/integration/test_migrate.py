# SPDX-License-Identifier: Apache-2.0
"""`kepud migrate`: once, twice, by several at the same time."""
from concurrent.futures import ThreadPoolExecutor

from harness.kepud import migrate
from harness.paths import MIGRATIONS


def tables(database):
    return database.rows("""SELECT schemaname, tablename FROM pg_tables
            WHERE schemaname IN ('ingest', 'kepu', 'dashboard') ORDER BY 1, 2""")


def must_succeed(done):
    assert done.returncode == 0, done.stderr.decode()


def test_twice_changes_nothing(postgres, tmp_path):
    database = postgres.create()
    must_succeed(migrate(tmp_path, database))
    before = tables(database)
    assert ("ingest", "ledger") in before and ("kepu", "fact_visit") in before
    must_succeed(migrate(tmp_path, database))
    assert tables(database) == before


def test_several_at_once(postgres, tmp_path):
    database = postgres.create()
    with ThreadPoolExecutor(4) as pool:
        for done in pool.map(lambda number: migrate(tmp_path / str(number), database), range(4)):
            must_succeed(done)
    assert ("kepu", "fact_visit") in tables(database)


def test_each_file_is_recorded_once(postgres, tmp_path):
    database = postgres.create()
    must_succeed(migrate(tmp_path, database))
    assert database.value("SELECT count(*) FROM ingest.migration") == len(list(MIGRATIONS.glob("[0-9]*.sql")))
