# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that want a PostgreSQL and a broker, which a conftest.py takes over; and the rule for skips:
one that tests/SKIPS does not list is a failure."""
import faulthandler
import fnmatch
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from .broker import Broker, MockBroker
from .kepud import Kepud, migrate
from .paths import PROJECT
from .postgres import Postgres
from .proxy import Proxy


def _out_of_time(_signal, _frame):
    pytest.exit("out of time; the stack is on standard error", returncode=1)


def pytest_configure():
    """Shortly before ctest kills these tests (KEPUD_TIMEOUT, s) they say where they stand, and stop what they have
    started."""
    limit = int(os.environ.get("KEPUD_TIMEOUT", "0"))
    if limit:
        signal.signal(signal.SIGALRM, _out_of_time)
        faulthandler.register(signal.SIGALRM, file=os.dup(2), chain=True)
        signal.alarm(limit - limit // 10)


@pytest.fixture(scope="session")
def postgres():
    # Not in pytest's own folder: that one is closed to PostgreSQL's user when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="kepud-pg."))
    folder.chmod(0o711)
    server = Postgres(folder / "c", "fsync=off").start()
    yield server
    server.stop("immediate")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated(postgres, tmp_path_factory):
    """The name of a database in which `kepud migrate` has run: the template of all others."""
    database = postgres.create("migrated")
    done = migrate(tmp_path_factory.mktemp("migrate"), database)
    assert done.returncode == 0, done.stderr.decode()
    database.close()
    return database.name


@pytest.fixture
def database(postgres, migrated):
    fresh = postgres.create(template=migrated)
    yield fresh
    fresh.close()


@pytest.fixture
def short_folder():
    """Where a cluster can live: a short name, and PostgreSQL's user gets in, who is not root."""
    folder = Path(tempfile.mkdtemp(prefix="kepud-pg."))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def cluster(short_folder, tmp_path):
    """cluster(*settings) starts one for this test alone, which may be crashed: its Database, in which `kepud migrate`
    has run."""
    made = []

    def make(*settings, folder=short_folder):
        made.append(Postgres(folder / f"c{len(made)}", *settings).start())
        database = made[-1].create("own")
        done = migrate(tmp_path, database)
        assert done.returncode == 0, done.stderr.decode()
        return database

    yield make
    for one in made:
        one.stop("immediate")


@pytest.fixture
def proxy(postgres):
    """A Proxy in front of PostgreSQL."""
    port = (postgres.folder / "port").read_text().strip()
    with Proxy(str(postgres.folder / f".s.PGSQL.{port}")) as one:
        yield one


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    if os.environ.get("KEPUD_WITHOUT_BROKER"):
        pytest.skip("no Apache Kafka (KEPUD_WITHOUT_BROKER)")
    server = Broker(tmp_path_factory.mktemp("kafka")).start()
    yield server
    server.stop()


@pytest.fixture
def mock_broker(tmp_path):
    """`kepud broker` with a topic `mock` of three partitions."""
    server = MockBroker(tmp_path, "mock:3").start()
    yield server
    server.stop()


@pytest.fixture
def daemon(tmp_path, database):
    """daemon(broker, topic, …) makes a Kepud on this test's database; what still runs at the end is killed."""
    made = []

    def make(broker, *topics, **options):
        name = options.pop("name", f"kepud{len(made) + 1}")
        made.append(Kepud(tmp_path, options.pop("database", database), broker, topics, name=name, **options))
        return made[-1]

    yield make
    for one in made:
        one.kill()


def _listed_skips():
    lines = (PROJECT / "tests" / "SKIPS").read_text().splitlines()
    return [line.split(None, 1) for line in lines if line.strip() and not line.startswith("#")]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if not report.skipped:
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not any(fnmatch.fnmatch(item.nodeid, f"*{pattern}") and reason.startswith(why)
               for pattern, why in _listed_skips()):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped, but not listed in tests/SKIPS: {reason}"
        return
    if "KEPUD_SKIPPED" in os.environ:
        with open(os.environ["KEPUD_SKIPPED"], "a") as output:
            output.write(f"{item.nodeid}: {reason}\n")


@pytest.hookimpl(hookwrapper=True)
def pytest_exception_interact(node, call, report):
    """A failed test shows the ends of the logs of what it started."""
    folder = getattr(node, "funcargs", {}).get("tmp_path")
    for log in sorted(folder.glob("*.log")) if folder else []:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        report.sections.append((f"end of {log.name}", tail))
    yield
