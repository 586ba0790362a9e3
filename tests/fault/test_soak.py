# SPDX-License-Identifier: Apache-2.0
"""For as long as one likes (KEPUD_SOAK_S): members that come, go, die and freeze, lines that are cut, silent and slow,
PostgreSQL and Kafka that crash, somebody who holds a lock; and one daemon that lives through it all. In every calm
everything is stored, at the end nothing is lost or doubled, and that daemon has not grown: not in memory, not in
descriptors, not in threads, and its log has a line for what happened, not for every moment that it lasted.

KEPUD_SEED repeats what happens, not the moment."""
import os
import random as randoms
import shutil
import statistics
import tempfile
import time
import types
from pathlib import Path

import pytest

import group
import witness
from flow import Flow, Going
from harness.broker import Broker
from harness.kepud import SANITIZERS, migrate
from harness.postgres import Postgres
from harness.proxy import Proxy
from reader import Reader
from stream import CONSTRAINT
from test_crash import judge, must_agree, restart

SOAK_S = int(os.environ.get("KEPUD_SOAK_S", 900))
MEASURED_S = 300  # a shorter run says nothing about growth
SEED = int(os.environ.get("KEPUD_SEED", time.time_ns() % 1_000_000_007))
PARTITIONS = 4
MESSAGES = 24_000  # at most, or the reader gets slow
PAUSE_S = max(0.05, SOAK_S * group.MOST_PARTITIONS / MESSAGES)
BACK_S = 30  # what is promised when PostgreSQL or Kafka is back
MOST_GROWTH = 8 << 20
MOST_DESCRIPTORS, MOST_THREADS = 2, 1  # more than in the first third
MOST_LINES_S = 2  # of log, on the average; and some for the start
# What is freed is kept back for a while by the sanitizer: little, or it would look like a leak.
LEAN = SANITIZERS["ASAN_OPTIONS"] + ":quarantine_size_mb=1"


class Weather(group.Group):
    """All that may happen, and one daemon that is never touched itself."""

    bound_s = group.CONVERGE_S + BACK_S

    def __init__(self, flow, database, make, random, watch, lines):
        self.lines, self.person, self.samples = lines, None, []
        self.steady = make("steady").start(ASAN_OPTIONS=LEAN)
        self.began = time.monotonic()

        def all_of_it():
            watch()
            self.steady.must_run()

        super().__init__(flow, database, make, random, all_of_it)
        self.always = [self.steady]

    def possible(self):
        return {**super().possible(), "cut": 3, "silent": 1, "slow": 2, "refuse": 1, "heal": 2, "terminate": 2,
                "crash_postgres": 1, "crash_kafka": 1, "lock": self.person is None, "calm": 4}

    def _line(self):
        name = self.random.choice(list(self.lines))
        return name, self.lines[name]

    def cut(self):
        name, line = self._line()
        line.cut(self.random.random() < 0.5)
        return f"{name} is cut"

    def silent(self):
        name, line = self._line()
        line.half_open()
        return f"{name} is silent"

    def slow(self):
        name, line = self._line()
        faults = self.random.choice(({"delay": 0.1}, {"piece": 7}, {"rate": 20_000.0}))
        line.set(**faults)
        return f"{name} is slow: {faults}"

    def refuse(self):
        name, line = self._line()
        line.refuse(self.random.random() < 0.5)
        return f"{name} refuses"

    def heal(self):
        for line in self.lines.values():
            line.heal()
        if self.person is not None:
            self.person.close()
            self.person = None
        return "healed"

    def terminate(self):
        pids = [pid for pid, in self.database.rows("""SELECT pid FROM pg_stat_activity
                WHERE application_name LIKE 'kepud%%' ORDER BY backend_start, pid""")]
        for pid in self.random.sample(pids, min(2, len(pids))):
            self.database.rows("SELECT pg_terminate_backend(%s)", pid)
        return "backends are terminated"

    def crash_postgres(self):
        if self.person is not None:
            self.heal()
        restart(self.database)
        return "PostgreSQL crashed"

    def crash_kafka(self):
        self.flow.broker.kill()
        self.flow.broker.start()
        return "Kafka crashed"

    def lock(self):
        """Somebody looks at the counts, and goes for tea."""
        self.person = self.database.server.connect(self.database.name)
        self.person.autocommit = False
        self.person.cursor().execute("SET lock_timeout = '2s'")
        try:
            self.person.cursor().execute("LOCK TABLE ingest.tally IN SHARE MODE")
        except self.person.Error:
            self.person.rollback()
            return "no lock"
        return "the counts are locked"

    def calm(self):
        self.heal()
        told = super().calm()
        self.measure()
        return told

    def wake(self):
        self.heal()
        super().wake()

    # ---- whether it grows

    def measure(self):
        proc = Path(f"/proc/{self.steady.pid}")
        resident = int((proc / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        self.samples.append((resident, len(list((proc / "fd").iterdir())), len(list((proc / "task").iterdir()))))
        print(f"steady: {resident >> 10} KiB, {self.samples[-1][1]} descriptors, {self.samples[-1][2]} threads")

    def must_not_have_grown(self):
        """The middle third and the last one; the first is for everything that is made once."""
        if SOAK_S < MEASURED_S:
            return
        third = len(self.samples) // 3
        assert third >= 2, f"too few moments to measure: {self.samples}"
        middle, last = self.samples[third:2 * third], self.samples[2 * third:]

        def growth(what):
            return statistics.median(one[what] for one in last) - statistics.median(one[what] for one in middle)

        lines, seconds = self.steady.log().count("\n"), time.monotonic() - self.began
        print(f"between middle and end: {growth(0) / 1024:.0f} KiB, {growth(1)} descriptors, {growth(2)} threads; "
              f"{lines} lines of log in {seconds:.0f} s")
        assert growth(0) < MOST_GROWTH and growth(1) <= MOST_DESCRIPTORS and growth(2) <= MOST_THREADS
        assert lines < MOST_LINES_S * seconds + 100


@pytest.fixture
def proxied_broker(tmp_path):
    if os.environ.get("KEPUD_WITHOUT_BROKER"):
        pytest.skip("no Apache Kafka (KEPUD_WITHOUT_BROKER)")
    with Proxy() as line:
        server = Broker(tmp_path / "kafka", line).start()
        yield server
        server.stop()


@pytest.fixture
def database(tmp_path):
    """A cluster of its own, with stock settings: it is crashed, too."""
    folder = Path(tempfile.mkdtemp(prefix="kepud-pg."))
    folder.chmod(0o711)
    server = Postgres(folder / "c").start()
    fresh = server.create("soak")
    done = migrate(tmp_path, fresh)
    assert done.returncode == 0, done.stderr.decode()
    yield fresh
    server.stop("immediate")
    shutil.rmtree(folder)


def test_soak(proxied_broker, database, daemon, tmp_path):
    print(f"again: KEPUD_SEED={SEED} KEPUD_SOAK_S={SOAK_S} /usr/bin/python3 -m pytest tests/fault/test_soak.py")
    database.rows(CONSTRAINT)
    witness.install(database)
    topic = proxied_broker.create_topic(partitions=PARTITIONS)
    flow = Flow(randoms.Random(SEED), proxied_broker, topic, PARTITIONS)
    port = (database.server.folder / "port").read_text().strip()
    with Proxy(str(database.server.folder / f".s.PGSQL.{port}")) as line, \
            Reader(database, flow, topic, survives=True) as reader:

        def make(name):
            through = types.SimpleNamespace(bootstrap=proxied_broker.proxy.address)
            return daemon(through, topic, name=name, postgres={"conninfo": line.conninfo(database.conninfo)},
                          **group.SETTINGS)

        with Going(flow, PAUSE_S) as going:

            def watch():
                reader.must_agree()
                going.must_go_on()

            weather = Weather(flow, database, make, randoms.Random(SEED), watch,
                              {"postgres": line, "kafka": proxied_broker.proxy})
            number, end = 0, time.monotonic() + SOAK_S
            while time.monotonic() < end:
                number += 1
                weather.step(number)
        weather.finish()
        weather.measure()
        weather.steady.stop(deadline=group.END_S)
        reader.wait_look()
    reader.must_agree()
    print(f"{dict(weather.did)}; the reader looked {reader.looks} times, {reader.amid} times at a part")
    judge(flow.write(tmp_path / "produced.jsonl", topic), database, topic)
    must_agree(database, topic)
    witness.must_agree(database)
    weather.must_not_have_grown()
