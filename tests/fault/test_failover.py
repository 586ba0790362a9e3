# SPDX-License-Identifier: Apache-2.0
"""A primary and its standby, both in the conninfo of the daemon. The primary goes and the standby is promoted, with
everything or without its last commits; what was the primary comes back as a standby. Meanwhile a stream goes on.
KEPUD_LONG: more often; KEPUD_SEED repeats a run."""
import pytest

from harness.postgres import Database, Pending
from harness.wait import wait_for
from test_crash import must_agree
from test_lost_tail import FORGETFUL
from traffic import BACK_S, END_S, LONG, several

TURNS = 10 if LONG else 2
LOST = "no connection to PostgreSQL"
CRASHES = 5
BEHIND = 100  # messages of each partition that the standby does not get


class Pair:
    """Two servers with the database; `primary` is the one that takes writes."""

    def __init__(self, primary, standby, name):
        self.primary, self.standby, self.name = primary, standby, name

    def conninfo(self):
        return several([self.primary, self.standby], self.name)

    def promote(self):
        """The standby takes writes from now on."""
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary
        return Database(self.primary, self.name)


@pytest.fixture
def pair(cluster, short_folder):
    first = cluster("fsync=off")
    second = first.server.standby(short_folder / "s")
    yield Pair(first.server, second, first.name)
    second.stop("immediate")


@pytest.fixture
def traffic(begin, pair):
    return begin(Database(pair.primary, pair.name), conninfo=pair.conninfo())


def lose_the_tail(traffic, pair):
    """The primary goes, and the standby that is promoted has not heard of its last commits. The offsets of both."""
    pair.standby.set("primary_conninfo", "")
    standby = Database(pair.standby, pair.name)
    wait_for(lambda: standby.value("SELECT count(*) FROM pg_stat_wal_receiver") == 0, "a standby that is alone")
    wait_for(lambda: standby.value("SELECT pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn()"), "its own end")
    left = standby.offsets(traffic.topic)

    def ahead():
        now = traffic.database.offsets(traffic.topic)
        return now if all(now[one] >= left[one] + BEHIND for one in left) else Pending((left, now))

    had = traffic.wait_for(ahead, "what the standby will not have")
    pair.primary.stop("immediate")
    assert standby.offsets(traffic.topic) == left
    standby.close()
    print(f"the primary was at {had}, the standby is at {left}")
    return left, had


def test_switchover(traffic, pair):
    """The primary is stopped, the standby promoted, and what was the primary comes back as its standby."""
    for turn in range(TURNS):
        seen, old = traffic.said(LOST), pair.primary
        old.stop("fast")
        traffic.wait_more(LOST, seen)
        traffic.database.forget()
        traffic.database = pair.promote()
        old.follow(pair.primary)
        print(f"turn {turn}")
        traffic.back()
    traffic.finish()


def test_standby_that_was_behind(traffic, pair):
    """The last commits are gone, with their offsets: they are read from Kafka again, by itself."""
    lose_the_tail(traffic, pair)
    traffic.database = pair.promote()
    traffic.back()
    traffic.finish()


def test_standby_that_was_behind_kafka(traffic, pair):
    """Kafka has dropped what the standby never got, in one partition: that one stops and names the place, nothing of it
    is skipped; the others are read again."""
    left, had = lose_the_tail(traffic, pair)
    traffic.broker.delete_records(traffic.topic, 0, had[0])
    traffic.stop_sending()
    traffic.database = pair.promote()
    ends = {**traffic.broker.end_offsets(traffic.topic), 0: left[0]}
    traffic.database.wait_offsets(traffic.topic, ends, BACK_S, watch=traffic.kepud.must_run)
    reason = traffic.wait_for(lambda: traffic.database.value(
        "SELECT stop_reason FROM ingest.kafka_offset WHERE topic = %s AND partition = 0", traffic.topic), "a reason")
    assert "has deleted the offset that comes next" in reason
    said = [line for line in traffic.kepud.log().splitlines() if " error " in line]
    assert any(f"topic={traffic.topic} partition=0" in line and f"offset={left[0]}" in line for line in said), said
    traffic.kepud.stop(deadline=END_S)
    must_agree(traffic.database, traffic.topic)
    traffic.must_hold_only_planted(ends)


def forget(traffic, database):
    """A crash; whether PostgreSQL has lost commits by it."""
    first = database.offsets(traffic.topic)
    traffic.wait_for(lambda: all(end > first[one] + BEHIND for one, end in database.offsets(traffic.topic).items()),
                     "what will be forgotten")
    # Frozen, so that what is found after the crash is not what it has written since.
    traffic.kepud.freeze()
    had = database.offsets(traffic.topic)
    database.close()
    database.server.restart("immediate")
    left = database.offsets(traffic.topic)
    traffic.kepud.thaw()
    print(f"PostgreSQL was at {had}, and is at {left}")
    traffic.back()
    return left != had


def test_forgotten_tail(begin, cluster):
    """No other server, but this one comes back without its last commits; the daemon believes that they are there."""
    database = cluster(*FORGETFUL)
    traffic = begin(database)
    assert any(forget(traffic, database) for _ in range(CRASHES)), f"PostgreSQL forgot nothing in {CRASHES} crashes"
    traffic.finish()
