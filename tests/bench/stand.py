# SPDX-License-Identifier: Apache-2.0
"""What all benchmarks stand on: where things are, a durable PostgreSQL and a real broker, topics full of events,
databases with nothing in them, and what processes have used."""
import contextlib
import itertools
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
os.environ.setdefault("KEPUD", str(PROJECT / "build" / "release" / "kepud"))
for place in (PROJECT / "tests" / "bench", PROJECT / "tests" / "integration", PROJECT):
    if str(place) not in sys.path:
        sys.path.append(str(place))
from confluent_kafka import Producer  # noqa: E402
from harness import kepud  # noqa: E402
from harness.broker import Broker  # noqa: E402
from harness.postgres import Database, Postgres  # noqa: E402
import durable  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")

# Tables of ours, partitioned ones as a whole.
TABLES = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('ingest', 'kepu') AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
BYTES = """
SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('ingest', 'kepu') AND c.relkind = 'r'
"""


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def migrate(folder, database):
    done = kepud.migrate(folder, database)
    assert done.returncode == 0, done.stderr.decode()


# ---- what processes have used

def cpu_of(pids):
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])
    return total / TICKS


def server_pids(folder):
    master = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return [master, *map(int, children)]


def peak_rss(pid):
    """MiB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def pin(pid, cpus):
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), cpus)


# ---- topics

class Feed:
    """Sends messages to a topic, as fast as they come."""

    def __init__(self, broker, topic, **properties):
        self.topic = topic
        self.sent = 0
        self.failed = 0
        self.producer = Producer({
            "bootstrap.servers": broker.bootstrap, "compression.type": "lz4", "linger.ms": 50,
            "batch.num.messages": 10000, "queue.buffering.max.messages": 200000,
            **{name.replace("_", "."): value for name, value in properties.items()}})

    def _delivered(self, error, _message):
        self.failed += error is not None

    def send(self, key, value):
        while True:
            try:
                self.producer.produce(self.topic, value, key=key, on_delivery=self._delivered)
                break
            except BufferError:
                self.producer.poll(0.1)
        self.sent += 1
        if self.sent % 5000 == 0:
            self.producer.poll(0)

    def flush(self):
        left = self.producer.flush(300)
        assert left == 0 and self.failed == 0, f"{left} messages not delivered, {self.failed} refused"


class Topic:
    """A topic full of messages, and what has to become of them."""

    def __init__(self, broker, messages, partitions, **properties):
        self.name = broker.create_topic(partitions=partitions)
        self.count = {"new": 0, "again": 0, "bad": 0}
        feed = Feed(broker, self.name, **properties)
        for value, key, what in messages:
            feed.send(key, value)
            self.count[what] += 1
        feed.flush()
        self.events = feed.sent

    def check(self, database, before=0):
        """Everything is where it belongs; `before`: what was in the ledger already."""
        accepted = database.value("SELECT count(*) FROM ingest.ledger") - before
        rejected = database.value("SELECT count(*) FROM ingest.dead_letter")
        assert (accepted, rejected) == (self.count["new"], self.count["bad"]), \
            f"{accepted} accepted and {rejected} rejected of {self.count}"


# ---- databases

# Of a table that is not partitioned, pg_partition_tree() says nothing.
LEAVES = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relkind = 'r' AND pg_relation_size(c.oid) > 0
      AND (c.oid = %s::regclass OR c.oid IN (SELECT relid FROM pg_partition_tree(%s::regclass)))
"""
REFERRED_TO = "SELECT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = %s::regclass)"


def empty(database, tables):
    """As if nothing had ever been in these. No trigger fires, so nothing else goes with them."""
    database.rows("SET session_replication_role = replica")
    for table in tables:
        for leaf, in database.rows(LEAVES, table, table):
            if database.value(REFERRED_TO, table):
                database.rows(f"DELETE FROM {leaf}")
                database.rows(f"VACUUM {leaf}")
                database.rows(f"REINDEX TABLE {leaf}")
            else:
                database.rows(f"TRUNCATE {leaf}")
    database.rows("RESET session_replication_role")


class Seeds:
    """What ships with rows in it, as files; a database can be put back to that."""

    def __init__(self, folder, database):
        self.folder = folder
        self.counts = {table: database.value(f"SELECT count(*) FROM {table}") for table, in database.rows(TABLES)}
        folder.mkdir()
        folder.chmod(0o777)
        for table, count in self.counts.items():
            if count:
                database.rows(f"COPY (SELECT * FROM {table}) TO '{folder / table}' (FORMAT binary)")

    def put_back(self, database):
        changed = [table for table, count in self.counts.items()
                   if database.value(f"SELECT count(*) FROM {table}") != count]
        empty(database, changed)
        database.rows("SET session_replication_role = replica")
        for table in changed:
            if self.counts[table]:
                database.rows(f"COPY {table} FROM '{self.folder / table}' (FORMAT binary)")
        database.rows("RESET session_replication_role")


# ---- servers

@contextlib.contextmanager
def root_folder(folder):
    """On a disk, and PostgreSQL's user gets in, who is not root; gone at the end."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix="kepud-bench-", dir=folder or "/var/tmp"))
    root.chmod(0o755)
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


class Stand:
    """A PostgreSQL with a migrated database to copy, and a broker as soon as somebody asks for it."""

    def __init__(self, root, settings, quick=False):
        self.root = root
        self.quick = quick  # one database for everything, put back in between
        self.postgres = Postgres(root / "postgres", *settings)
        self._broker = None
        self._numbers = itertools.count(1)

    def __enter__(self):
        self.postgres.start()
        try:
            template = self.postgres.create("bench")
            durable.check_settings(durable.settings(template))
            migrate(self.root, template)
            # As in every database but one of today: the daemon's first round takes a second or two for partitions.
            template.rows("CALL ingest.maintain_all()")
            self.settings, self.indexes = durable.check(template, self.root)
            self.seeds = Seeds(self.root / "seeds", template)
            template.close()
        except BaseException:
            self.postgres.stop("immediate")
            raise
        say("PostgreSQL:", ", ".join(f"{name}={value}" for name, value in self.settings.items()))
        return self

    def __exit__(self, *_):
        if self._broker:
            self._broker.stop()
        self.postgres.stop("immediate")

    @property
    def broker(self):
        if self._broker is None:
            self._broker = Broker(self.root / "kafka").start()
        return self._broker

    @contextlib.contextmanager
    def folder(self):
        """One that PostgreSQL may write into, too."""
        path = self.root / f"run-{next(self._numbers)}"
        path.mkdir()
        path.chmod(0o777)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def database(self, template):
        """A copy of that one, for a while."""
        database = self.postgres.create(f"bench{next(self._numbers)}", template=template)
        try:
            yield database
        finally:
            database.close()
            with self.postgres.connect().cursor() as cursor:
                cursor.execute(f"DROP DATABASE {database.name} WITH (FORCE)")

    @contextlib.contextmanager
    def fresh(self):
        """A database with the tables of the migrations and nothing in them."""
        if not self.quick:
            with self.database("bench") as database:
                yield database
            return
        database = Database(self.postgres, "bench")
        try:
            yield database
            self.seeds.put_back(database)
        finally:
            database.close()

    def check(self, database):
        durable.check(database, self.root, self.indexes)

    @contextlib.contextmanager
    def pinned(self, count):
        """Everything that is measured, and what is started meanwhile, on this many cores; None: wherever it likes."""
        all_cpus = os.sched_getaffinity(0)
        if count is None:
            yield
            return
        pids = [*server_pids(self.postgres.folder), self.broker.process.pid]
        cpus = set(sorted(all_cpus)[:count])
        for pid in pids:
            pin(pid, cpus)
        os.sched_setaffinity(0, cpus)
        try:
            yield
        finally:
            os.sched_setaffinity(0, all_cpus)
            for pid in pids:
                pin(pid, all_cpus)
