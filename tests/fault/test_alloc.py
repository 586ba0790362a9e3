# SPDX-License-Identifier: Apache-2.0
"""Every allocation fails once, ours and those of the libraries: over the pure core and the start of the commands. The
process ends at once and says why, or does without; it never takes "no memory" for an answer.

Normally every KEPUD_EVERY-th, from a random one on; KEPUD_LONG=1: all of them. KEPUD_SEED repeats a sample, and
ALLOC_FAIL=N build/dev/kepud-alloc COMMAND … a single failure."""
import collections
import os
import random as randoms
import time

import pytest

import alloc
from harness.broker import MockBroker
from harness.kepud import configuration
from harness.paths import CATALOGUE, KEPUD, KEPUD_ALLOC, SAMPLES
from harness.wait import wait_for
from stream import CONSTRAINT, Stream
from test_crash import judge

LONG = bool(os.environ.get("KEPUD_LONG"))
SEED = int(os.environ.get("KEPUD_SEED", time.time_ns() % 1_000_000_007))
EVERY = int(os.environ.get("KEPUD_EVERY", 1 if LONG else 197))
ALONE = 300 if LONG else 8  # failures in processes of their own
STARTS = 60 if LONG else 2   # of `kepud run`
AHEAD = 4000                 # allocations of a start after the first thread; how many there are is up to the threads
PARTITIONS, EACH = 2, 8


@pytest.fixture(autouse=True)
def say_how_to_repeat(request):
    print(f"again: KEPUD_SEED={SEED} KEPUD_EVERY={EVERY} {'KEPUD_LONG=1 ' if LONG else ''}KEPUD={KEPUD} "
          f"/usr/bin/python3 -m pytest 'tests/fault/{request.node.nodeid.rsplit('/', 1)[-1]}'")


@pytest.fixture
def random():
    return randoms.Random(SEED)


def must_be_right(ends, whole, arguments):
    found = collections.Counter()
    for end in ends:
        right = alloc.verdict(end, whole)
        assert right, (f"ALLOC_FAIL={end.number} {KEPUD_ALLOC} {' '.join(map(str, arguments))}: ended with {end.code}, "
                       f"{end.out[-200:]!r}\n{end.err.decode(errors='replace')}")
        found[right] += 1
    print(dict(found))
    return found


def sweep(arguments, folder, random):
    """In forks as far as they go, then a sample in processes of their own."""
    done = alloc.sweep(arguments, folder / "sweep", random.randint(1, EVERY), EVERY)
    found = must_be_right(done.ends, done.whole, arguments)
    assert sum(found.values()) >= done.count // EVERY - 1, "as many as there are"
    single = random.sample(range(1, done.count + AHEAD), ALONE)
    # Who goes on to the end frees what it has, too.
    single += [end.number for end in done.ends if end.code == done.whole.returncode][:ALONE]
    ends = [alloc.alone(arguments, number) for number in single]
    must_be_right(ends, done.whole, arguments)
    # What a fork wrote begins somewhere in the middle; here it has to be all.
    for end in ends:
        whole = end.code != done.whole.returncode or alloc.ours(end.out) == done.whole.stdout
        assert whole, f"ALLOC_FAIL={end.number}: {end.out}"
    return done, found


@pytest.mark.parametrize("file,code", [("seed-events.jsonl", 0), ("demo-bad.jsonl", 1)])
def test_validate(file, code, tmp_path, random):
    done, found = sweep(["validate", "--now", "2026-11-22T12:00:00+08:00", "--catalogue", CATALOGUE, SAMPLES / file],
                        tmp_path, random)
    assert done.whole.returncode == code
    assert found["ended at once"] and found["did without"]


def test_check(tmp_path, random, postgres):
    config = configuration(tmp_path, postgres.create())
    done, found = sweep(["check", "-c", config], tmp_path, random)
    assert done.whole.returncode == 0, done.whole.stderr
    assert found["ended at once"]


def test_run(database, daemon, tmp_path, random):
    """Whatever fails at the start: it ends at once or works. And the next start has what this one did not do."""
    broker = MockBroker(tmp_path, f"mock:{PARTITIONS}").start()
    stream = Stream(random, PARTITIONS, EACH * STARTS)
    database.rows(CONSTRAINT)
    threads = alloc.sweep(["check", "-c", configuration(tmp_path, database)], tmp_path / "sweep", 1 << 40, 1).count

    def stored():
        return database.offsets("mock") == dict.fromkeys(range(PARTITIONS), stream.sent)

    for turn in range(STARTS):
        number = random.randint(threads - AHEAD // 8, threads + AHEAD)
        kepud = daemon(broker, "mock", name=f"kepud{turn}", group="group", postgres={"connections": 1})
        stream.send(broker, "mock", (turn + 1) / STARTS)
        kepud.start(KEPUD_ALLOC, ALLOC_FAIL=str(number))
        wait_for(lambda: stored() or not kepud.process.is_running(), f"an end or work, ALLOC_FAIL={number}", 60)
        if kepud.process.is_running():
            kepud.stop(deadline=10)
            print(f"{number}: works")
            continue
        code, log = kepud.process.popen.returncode, kepud.log().encode()
        print(f"{number}: {code} {log.splitlines()[-1:]}")
        assert code not in (0, alloc.CONFIG) and (alloc.MEMORY.search(log) or alloc.in_library(log) or
                                                  code != alloc.SANITIZED and b"rdkafka" in log), log.decode()
        kepud.is_judged = True
        again = daemon(broker, "mock", name=f"kepud{turn}-again", group="group", postgres={"connections": 1})
        with again:
            again.wait_until(stored, "what the failed start left", 60)
    judge(stream.write(tmp_path / "produced.jsonl", "mock"), database, "mock")
    broker.stop()
