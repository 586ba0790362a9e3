# SPDX-License-Identifier: Apache-2.0
"""The lines to PostgreSQL and Kafka: cut at any byte, silent, slow, away. Nothing is lost or doubled, the process stays
up, idles while it waits, and is back at work by itself. KEPUD_LONG: every byte, and ten minutes away (or KEPUD_AWAY_S
seconds); KEPUD_SEED repeats a sample."""
import itertools
import os
import random as randoms

import pytest

from harness.proxy import ANSWER, CLIENT, REQUEST, SERVER, Cut
from harness.wait import wait_for
from scene import BACK_S, BATCH, IMPATIENT, LONG, SEED
from test_crash import must_agree

SAMPLE = 10  # cuts of each kind, when not all are done
AWAY_S = int(os.environ.get("KEPUD_AWAY_S", 600 if LONG else 20))
NOTICE_S = 45 + 5  # the deadline of a statement in postgres/connection.c
LINES = ("postgres", "kafka")
CLAIM = b"epoch + 1"


def with_lines(faults):
    """Each with both lines; in a sample with one after the other."""
    turn = randoms.Random(SEED).randrange(2)
    return [(line, fault) for number, fault in enumerate(faults)
            for line in (LINES if LONG else [LINES[(turn + number) % 2]])]


# ---- a COMMIT, cut at every byte

def cuts(random):
    """(before, how many bytes still pass, reset)."""
    for before, whole in ((True, REQUEST), (False, ANSWER)):
        every = [(before, keep, reset) for keep in range(len(whole) + 1) for reset in (False, True)]
        yield from every if LONG else random.sample(every, SAMPLE)


@pytest.mark.parametrize("needle", [BATCH, CLAIM], ids=["batch", "claim"])
def test_commit_cut_at_any_byte(scene, needle):
    line, random = scene.lines["postgres"], randoms.Random(SEED)
    scene.start()
    scene.fill(5)
    scene.wait_stored()
    for number, (before, keep, reset) in enumerate(cuts(random)):
        what = f"{'COMMIT' if before else 'its answer'} after {keep} bytes, {'reset' if reset else 'closed'}"
        cut = line.arm(Cut(needle, before, keep=keep, reset=reset))
        if needle == CLAIM:
            line.cut(random.random() < 0.5)  # what is claimed again
        scene.fill(2)
        wait_for(cut.done.is_set, what, watch=scene.kepud.must_run)
        scene.wait_stored(BACK_S)
        must_agree(scene.database, scene.topic)
        print(f"{number}: {what}")
    assert scene.joined() == (1, 0)
    scene.finish()


# ---- silent

DIRECTIONS = [(SERVER, CLIENT), (SERVER,), (CLIENT,)] if LONG else [(SERVER, CLIENT)]


@pytest.mark.parametrize("directions", DIRECTIONS, ids="-and-".join)
@pytest.mark.parametrize("what", LINES if LONG else [randoms.Random(SEED).choice(LINES)])
def test_half_open_is_noticed(scene, what, directions):
    """Nobody closes anything, and nobody answers. The other end does not hear that we have given up, either: of
    PostgreSQL a backend is left that holds locks."""
    line = scene.lines[what]
    scene.start()
    scene.fill(5)
    scene.wait_stored()
    line.half_open(*directions)
    scene.fill(5)
    wait_for(line.damaged, "a byte that is lost", watch=scene.kepud.must_run)
    seen = len(line.attempts)
    wait_for(lambda: len(line.attempts) > seen, "another connection", NOTICE_S, watch=scene.kepud.must_run)
    # The new connections get through, the old ones stay as they are.
    line.set()
    took = scene.wait_stored(BACK_S)
    print(f"back after {took:.1f} s")
    assert what == "kafka" or scene.joined() == (1, 0)
    line.heal()
    scene.finish()


# ---- slow

SLOW = {"bytes": {"piece": 1}, "delay": {"delay": 0.2}, "10-KB": {"rate": 10_000.0}}


@pytest.mark.parametrize("what,fault", with_lines(SLOW))
def test_slow_line(scene, what, fault):
    scene.lines[what].set(**SLOW[fault])
    scene.start()
    scene.fill(40)
    print(f"stored after {scene.wait_stored(120):.1f} s")
    scene.must_idle(5)
    scene.fill(5)
    scene.wait_stored()
    assert scene.joined() == (1, 0)
    scene.finish()


def test_backlog_over_a_slow_line_to_kafka(scene):
    """The first answer takes longer than 20 s: as kepud(8) says, socket.timeout.ms has to be longer."""
    each, rate = (2000, 10_000.0) if LONG else (300, 25_000.0)
    scene.fill(each)
    scene.options["kafka"] = {"properties": [*IMPATIENT, "socket.timeout.ms=300000"]}
    scene.lines["kafka"].set(rate=rate)
    scene.start()
    print(f"stored after {scene.wait_stored(600):.1f} s")
    assert scene.joined() == (1, 0)
    scene.lines["kafka"].heal()
    scene.finish()


def test_backlog_over_the_slowest_line_for_the_defaults(scene):
    """kepud(8) says 53 KB/s: the largest answer within socket.timeout.ms. A little is for the protocol."""
    scene.fill(8000 if LONG else 1200)
    scene.lines["kafka"].set(rate=57_000.0)
    scene.start()
    print(f"stored after {scene.wait_stored(600):.1f} s")
    assert "REQTMOUT" not in scene.kepud.log() and scene.joined() == (1, 0)
    scene.finish()


@pytest.mark.parametrize("narrow", [True, False] if LONG else [False])
def test_backlog_over_a_slow_line_to_postgres(scene, narrow):
    """`narrow`: the bytes wait with us, otherwise somewhere on the way. With KEPUD_LONG one batch takes longer than
    every deadline, ours and the server's: it gets through in parts."""
    scene.fill(2000 if LONG else 100)
    line = scene.lines["postgres"]
    if narrow:
        line.narrow()
    scene.start()
    scene.kepud.wait_log("assigned ")
    line.set(rate=10_000.0)
    print(f"stored after {scene.wait_stored(1800):.1f} s")
    assert scene.joined() == (1, 0)
    line.heal()
    scene.finish()


# ---- away

def refuse(line):
    line.refuse()


def half_open(line):
    line.half_open()


def hang_up(line):
    line.set(hang_up=True)
    line.cut()


@pytest.mark.parametrize("what,begin", with_lines([refuse, half_open, hang_up]))
def test_away(scene, what, begin):
    line = scene.lines[what]
    scene.start()
    scene.fill(5)
    scene.wait_stored()
    begin(line)
    scene.fill(200)
    seen = len(line.attempts)
    scene.must_idle(AWAY_S)
    line.heal()
    print(f"back after {scene.wait_stored(BACK_S):.1f} s")
    tried = line.attempts[seen:]
    if begin is hang_up:
        assert max(later - one for one, later in itertools.pairwise(tried)) < BACK_S / 2
    assert what == "kafka" or scene.joined() == (1, 0), "PostgreSQL was away, and the membership is gone"
    scene.finish()


def test_a_commit_that_waited_for_the_coordinator(scene):
    """It goes out without a member id when Kafka comes back after the session time-out (confluentinc/librdkafka#5585),
    and Kafka takes it for a second member of the same name. The process stays and has its partitions again."""
    line = scene.lines["kafka"]
    # The commit waits for as long as the session lasts, from the time on when the batch is written.
    scene.options["kafka"]["properties"] = ["session.timeout.ms=15000", "reconnect.backoff.max.ms=200"]
    scene.start()
    scene.fill(5)
    scene.wait_stored()
    person = scene.database.server.connect(scene.database.name)
    person.autocommit = False
    person.cursor().execute("LOCK TABLE kepu.fact_visit IN EXCLUSIVE MODE")
    scene.fill(5)
    scene.kepud.wait_until(lambda: scene.database.value(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'kepu.fact_visit'::regclass"),
                           "a batch that waits")
    # The broker that comes back remembers all its members; one that was there all the time has forgotten this one.
    scene.broker.kill()
    scene.kepud.wait_log("brokers are down")
    line.refuse()
    scene.broker.start()
    person.close()
    scene.kepud.wait_log("SESSTMOUT", 30)
    line.heal()
    scene.fill(5)
    print(f"back after {scene.wait_stored(BACK_S):.1f} s")
    scene.finish()
    assert scene.kepud.log().count("joining the group anew") == 1
