# SPDX-License-Identifier: Apache-2.0
"""Every call of libpq fails, one after the other, in every way in which it can: once, and from then on. The daemon
stays up, gets over it by itself, idles while it cannot, and nothing is lost or doubled.

Normally a sample of KEPUD_SAMPLE calls of each kind; KEPUD_LONG=1 sweeps over all, until a round sees no failure.
KEPUD_SEED repeats a sample and a stream, KEPUD_N=N is one call alone."""
import os
import random as randoms
import signal
import time
import types

import pytest

import libpq
from harness.broker import MockBroker
from harness.kepud import configuration, run
from harness.paths import KEPUD, MIGRATIONS
from harness.wait import wait_for
from reader import Reader
from stream import CONSTRAINT, Stream
from test_crash import judge

LONG = bool(os.environ.get("KEPUD_LONG"))
SEED = int(os.environ.get("KEPUD_SEED", time.time_ns() % 1_000_000_007))
SAMPLE = int(os.environ.get("KEPUD_SAMPLE", 0))
ROUNDS = 600 if LONG else 24  # more than a sweep has
PARTITIONS, EACH = 2, 8       # EACH: messages of a partition in a round
BACK_S, END_S = 30, 10        # what is promised
IDLE_S, MOST_CPU = 3, 0.05
SETTINGS = {"postgres": {"connections": 1}, "maintenance": {"interval": 1}, "batch": {"age_ms": 50}}


def numbers(until, sample):
    """Which calls fail; the last sweep of a long run ends by itself."""
    if "KEPUD_N" in os.environ:
        return [int(os.environ["KEPUD_N"])]
    if LONG:
        return range(1, ROUNDS)
    return sorted(randoms.Random(SEED).sample(range(1, until), SAMPLE or sample))


@pytest.fixture(autouse=True)
def say_how_to_repeat(request):
    print(f"again: KEPUD_SEED={SEED} {'KEPUD_LONG=1 ' if LONG else ''}KEPUD={KEPUD} "
          f"/usr/bin/python3 -m pytest 'tests/fault/{request.node.nodeid.rsplit('/', 1)[-1]}'")


@pytest.fixture
def control(tmp_path):
    return libpq.Control(tmp_path / "control")


@pytest.fixture
def database(postgres, migrated):
    """As everywhere, but with rows that it refuses."""
    fresh = postgres.create(template=migrated)
    fresh.rows(CONSTRAINT)
    yield fresh
    drop(fresh)


def drop(database):
    database.close()
    with database.server.connect().cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{database.name}" WITH (FORCE)')


class Scene:
    """One daemon, a part of the stream for each round, and a reader that looks all the time."""

    def __init__(self, database, daemon, control, folder, rounds=ROUNDS):
        self.database, self.control, self.folder, self.rounds = database, control, folder, rounds
        self.stream = Stream(randoms.Random(SEED), PARTITIONS, EACH * rounds)
        self.broker = MockBroker(folder, f"mock:{PARTITIONS}").start()
        self.topic = "mock"
        self.kepud = daemon(self.broker, self.topic, **SETTINGS)
        self.reader = Reader(database, self.stream, self.topic)
        self.round = 0

    def __enter__(self):
        self.reader.__enter__()
        self.start()
        return self

    def __exit__(self, *_):
        self.kepud.kill()
        self.reader.__exit__()
        self.broker.stop()

    def start(self):
        self.kepud.start(self.control.program, **self.control.environment)

    def must_run(self):
        self.reader.must_agree()
        self.kepud.must_run()

    def send(self):
        self.round += 1
        assert self.round <= self.rounds, "the sweep has no end"
        self.stream.send(self.broker, self.topic, self.round / self.rounds)

    def wait_stored(self, deadline=BACK_S):
        self.database.wait_offsets(self.topic, dict.fromkeys(range(PARTITIONS), self.stream.sent), deadline,
                                   watch=self.must_run)

    def disconnect(self):
        """So that a round has everything in it: the loss, connecting, the schema, claims, batches."""
        self.database.rows("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name LIKE 'kepud%'""")

    def wait_failures(self, count):
        wait_for(lambda: self.control.failures() >= count, f"{count} failures", BACK_S, watch=self.must_run)

    def must_idle(self):
        """The time is what is measured over, no wait for a condition."""
        before, began = self.kepud.process.cpu(), time.monotonic()
        while time.monotonic() - began < IDLE_S:
            time.sleep(0.1)
            self.must_run()
        share = (self.kepud.process.cpu() - before) / (time.monotonic() - began)
        assert share < MOST_CPU, f"{share:.1%} of a core, {self.control.failures()} failures"

    def finish(self):
        self.control.disarm()
        self.stream.send(self.broker, self.topic)
        self.wait_stored(120)
        self.reader.wait_look()
        self.kepud.stop(deadline=END_S)
        print(f"the reader looked {self.reader.looks} times, {self.reader.amid} times at a part")
        judge(self.stream.write(self.folder / "produced.jsonl", self.topic), self.database, self.topic)
        assert self.database.value("SELECT count(*) FROM ingest.prove_references() WHERE dangling > 0") == 0


def test_once(database, daemon, control, tmp_path):
    with Scene(database, daemon, control, tmp_path) as scene:
        scene.send()
        scene.wait_stored()
        for number in numbers(130, 12):
            control.arm(number)
            scene.disconnect()
            scene.send()
            scene.wait_stored()
            print(f"call {number}: {control.what()}")
            if control.failures() == 0:
                break
        scene.finish()


def test_from_some_call_on(database, daemon, control, tmp_path):
    with Scene(database, daemon, control, tmp_path) as scene:
        scene.send()
        scene.wait_stored()
        for number in numbers(130, 3):
            control.arm(number, forever=True)
            scene.disconnect()
            scene.send()
            wait_for(lambda: control.failures() >= 3 or scene.database.offsets("mock")[0] == scene.stream.sent,
                     "failures", BACK_S, watch=scene.must_run)
            print(f"from call {number} on: {control.failures()} failures")
            if control.failures() == 0:
                break
            control.disarm()
            scene.wait_stored()
        scene.finish()


def never_again():
    every = [""] + [way for way in libpq.ways() if way.split()[0] not in libpq.COMMANDS]
    return every if LONG else randoms.Random(SEED).sample(every, 1)


@pytest.mark.parametrize("only", never_again(), ids=lambda only: only.replace(" ", "-") or "everything")
def test_never_again(only, database, daemon, control, tmp_path):
    """One way for ever: it idles, ends when it is told to, and started again everything is there."""
    with Scene(database, daemon, control, tmp_path, rounds=24) as scene:
        scene.send()
        scene.wait_stored()
        control.arm(1, forever=True, only=only)
        scene.disconnect()
        scene.send()
        scene.wait_failures(3)
        scene.must_idle()
        scene.kepud.stop(deadline=END_S)
        control.disarm()
        scene.start()
        scene.finish()


def test_first_start(postgres, migrated, daemon, control, tmp_path):
    """A process that knows nothing and a topic that nobody knows: first offsets, first claims."""
    stream = Stream(randoms.Random(SEED), PARTITIONS, EACH)
    server = MockBroker(tmp_path, f"mock:{PARTITIONS}").start()
    stream.send(server, "mock")
    produced = stream.write(tmp_path / "produced.jsonl", "mock")
    for number in numbers(100, 1):
        fresh = postgres.create(template=migrated)
        fresh.rows(CONSTRAINT)
        kepud = daemon(server, "mock", database=fresh, group=f"group{number}", **SETTINGS)
        control.arm(number)
        kepud.start(control.program, **control.environment)
        wait_for(lambda: not kepud.process.is_running() or fresh.offsets("mock") == stream.ends(),
                 f"an end or work, call {number}", BACK_S)
        if not kepud.process.is_running():  # before it runs, want of memory ends it
            assert kepud.process.popen.returncode == -signal.SIGABRT and "kepud: out of memory" in kepud.log()
            kepud.start()
            fresh.wait_offsets("mock", stream.ends(), BACK_S, watch=kepud.must_run)
        kepud.stop(deadline=END_S)
        print(f"call {number}: {control.what()}")
        judge(produced, fresh, "mock")
        drop(fresh)
        if control.failures() == 0:
            break
    server.stop()


# ---- commands

def told(done):
    """It failed, and says so."""
    if done.returncode < 0:
        return done.returncode == -signal.SIGABRT and b"kepud: out of memory" in done.stderr
    return done.returncode > 0 and done.stderr.strip()


def sweep(control, config, arguments, until, sample, good):
    """Each call fails once: the command says so and fails, or does what it should; and then it works."""
    for number in numbers(until, sample):
        control.arm(number)
        done = run(*arguments, "-c", config, program=control.program, environment=control.environment)
        print(f"call {number}: {control.what()}: {done.returncode} {done.stderr.decode().strip()}")
        if control.failures() == 0:
            assert done.returncode == 0, done.stderr.decode()
            return
        said = done.stderr.decode()
        assert told(done) or done.returncode == 0 and good(), said
        assert "(null)" not in said and ": \n" not in said, said
        control.disarm()
        again = run(*arguments, "-c", config, program=control.program, environment=control.environment)
        assert again.returncode == 0 and good(), again.stderr.decode()


def test_migrate(postgres, control, tmp_path):
    wanted = len(list(MIGRATIONS.glob("0*.sql")))
    for number in numbers(80, 1):
        fresh = postgres.create()
        config = configuration(tmp_path, fresh)
        control.arm(number)
        first = run("migrate", "-c", config, program=control.program, environment=control.environment)
        failed = control.failures()
        print(f"call {number}: {control.what()}: {first.returncode} {first.stderr.decode().strip()}")
        control.disarm()
        if failed:
            assert told(first), first
            again = run("migrate", "-c", config)
            assert again.returncode == 0, again.stderr.decode()
        assert fresh.value("SELECT count(*) FROM ingest.migration") == wanted
        checked = run("check", "--database", "-c", config)
        assert checked.returncode == 0, checked.stderr.decode()
        drop(fresh)
        if not failed:
            break


def test_check(database, control, tmp_path):
    sweep(control, configuration(tmp_path, database), ["check", "--database"], 60, 3, lambda: True)


def test_another_machine_is_never_taken_for_this_one(control, tmp_path):
    """Whatever of the connection string libpq has no memory for: nothing goes over the network in the clear."""
    elsewhere = types.SimpleNamespace(name="elsewhere", conninfo="host=192.0.2.1 dbname=kepu")
    config = configuration(tmp_path, elsewhere)
    for number in range(1, 10):
        control.arm(number)
        done = run("check", "-c", config, program=control.program, environment=control.environment)
        assert told(done), done
        if control.failures() == 0:
            assert b"the database is on another machine" in done.stderr
            return
    raise AssertionError("the sweep has no end")


def test_partition(database, control, tmp_path):
    database.rows("""INSERT INTO ingest.kafka_offset (topic, partition, next_offset, cluster_id, group_name)
            VALUES ('none', 0, 5, 'c', 'none')""")

    def paused():
        return database.value("SELECT is_paused FROM ingest.kafka_offset")

    config = configuration(tmp_path, database)
    sweep(control, config, ["partition", "pause", "none/0", "--why", "a test"], 12, 3, paused)
