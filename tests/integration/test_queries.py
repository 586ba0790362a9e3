# SPDX-License-Identifier: Apache-2.0
"""docs/queries.md: ten questions, answered on the samples with the rights of a reader, and on a hot standby, where
every view of the contract must answer, too. KEPUD_REWRITE=1 writes the results in the document anew."""
import csv
import re
import subprocess

import psycopg2
import psycopg2.errors
import pytest

from harness import committed, queries, views
from harness.broker import MockBroker
from harness.events import samples
from harness.kepud import Kepud
from harness.paths import PROJECT
from harness.postgres import Postgres
from harness.wait import wait_for

CONTRACT = PROJECT / "tests" / "contract" / "views.tsv"


@pytest.fixture(scope="module")
def filled(postgres, migrated, tmp_path_factory):
    """A database that has taken the samples and the bad messages of the demo."""
    folder = tmp_path_factory.mktemp("filled")
    database = postgres.create("filled", template=migrated)
    server = MockBroker(folder, "filled:3").start()
    views.pour(server, "filled", Kepud(folder, database, server, ["filled"]), database,
               samples() + samples("demo-bad.jsonl"))
    server.stop()
    yield database
    database.close()


def test_ten_questions(filled):
    text, tables = queries.answered(views.reader(filled))
    assert len(queries.BLOCK.findall(text)) == 10
    assert [table for table in tables if table.count("\n") < 3] == [], "a question without an answer shows nothing"
    committed.must_be("queries.md", text)


def test_only_views_are_asked(filled):
    blocks = "".join(block for _, block, _ in queries.BLOCK.findall(queries.TEXT))
    asked = set(re.findall(r"(?<!cn\.)\b((?:dashboard|ingest|kepu|mart)\.\w+)", blocks))
    assert len(asked) > 12 and all(name.startswith("dashboard.") for name in asked), asked
    assert "dashboard.label" in asked and "READ ONLY" in blocks
    assert len(re.findall(r"^## \d+\. .+ · .+$", queries.TEXT, re.MULTILINE)) == 10


# ---- hot standby

class Standby:
    """A streaming copy of the cluster, made by pg_basebackup -R and driven by scripts/postgres."""

    def __init__(self, primary, folder):
        self.server = Postgres(folder, "fsync=off")
        folder.mkdir(mode=0o700)
        binaries = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
        owner = primary.folder.owner()
        subprocess.run(["chown", owner, folder], check=True)
        command = [f"{binaries}/pg_basebackup", "-D", str(folder / "data"), "-R", "-X", "stream", "-c", "fast",
                   "-d", primary.conninfo]
        if owner != subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip():
            command = ["runuser", "-u", owner, "--", *command]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        self.server.start()


@pytest.fixture(scope="module")
def standby(postgres, filled, tmp_path_factory):
    views.reader(filled)
    copy = Standby(postgres, postgres.folder.parent / "standby")
    yield copy.server
    copy.server.stop("immediate")


def on_standby(standby, conninfo):
    """The conninfo of the same database and login there."""
    here = dict(part.split("=", 1) for part in standby.conninfo.split())
    there = dict(part.split("=", 1) for part in conninfo.split())
    return " ".join(f"{key}={value}" for key, value in {**there, "host": here["host"], "port": here["port"]}.items())


def test_every_view_answers_on_a_hot_standby(filled, standby):
    conninfo = views.reader(filled)
    with open(CONTRACT, newline="", encoding="utf-8") as source:
        columns = {}
        for line in csv.DictReader(source, delimiter="\t"):
            columns.setdefault(line["view"], []).append(line["column"])
    assert len(columns) > 50
    primary, copy = psycopg2.connect(conninfo), psycopg2.connect(on_standby(standby, conninfo))
    for connection in (primary, copy):
        connection.autocommit = True
    with primary.cursor() as here, copy.cursor() as there:
        there.execute("SELECT pg_is_in_recovery(), dashboard.refresh()")
        assert there.fetchall() == [(True, "")], "dashboard.refresh() returns quietly"
        for view, names in columns.items():
            sql = f"SELECT {', '.join(names)} FROM dashboard.{view} v ORDER BY v::text"
            here.execute(sql)
            there.execute(sql)
            assert here.fetchall() == there.fetchall(), view
    primary.close()
    copy.close()


def test_a_standby_shows_what_its_primary_refreshed(filled, standby):
    """And takes no writes."""
    copy = psycopg2.connect(on_standby(standby, filled.conninfo))
    copy.autocommit = True
    with copy.cursor() as there:
        def shown():
            there.execute("SELECT (SELECT name FROM dashboard.region WHERE code = '110000'),"
                          " (SELECT seen FROM mart.progress)::text")
            return there.fetchone()

        filled.rows("INSERT INTO kepu.region_name VALUES ('110000', 'zh-Hans', '试') ON CONFLICT (code, lang) "
                    "DO UPDATE SET name = '试'")
        filled.rows("SELECT dashboard.refresh()")
        seen = filled.value("SELECT seen::text FROM mart.progress")
        wait_for(lambda: shown() == ("试", seen), "the primary's refresh on the standby", 30)
        with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
            there.execute("UPDATE mart.progress SET seen = NULL")
    copy.close()


def test_the_questions_on_a_hot_standby(filled, standby):
    here, _ = queries.answered(views.reader(filled))
    there, _ = queries.answered(on_standby(standby, views.reader(filled)))
    assert here == there
