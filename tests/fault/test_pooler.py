# SPDX-License-Identifier: Apache-2.0
"""Everything through PgBouncer in transaction mode: a session of the daemon is another session of PostgreSQL in every
transaction. The crash test passes, and the pooler may go, too."""
import pytest

from harness.pooler import Pooler
from test_crash import ALL_STATES, ROUNDS, crash
from traffic import LONG, say_again

AWAY_S = 60 if LONG else 2
LOST = "no connection to PostgreSQL"


@pytest.fixture
def pooled(cluster):
    """A cluster of its own, which is crashed. The machine goes on, so it needs no fsync."""
    return cluster("fsync=off")


@pytest.fixture
def pooler(short_folder, pooled):
    one = Pooler(short_folder, pooled.server).start()
    yield one
    one.kill()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_crashes(request, number, broker, pooled, pooler, daemon, tmp_path):
    """The pooler keeps connections of daemons that are gone, so there is hardly a moment without one."""
    say_again(request)
    crash(number, broker, pooled, daemon, tmp_path, ALL_STATES - {"connecting"},
          postgres={"conninfo": pooler.conninfo(pooled.name)})


def test_pooler_goes(begin, pooled, pooler):
    traffic = begin(pooled, conninfo=pooler.conninfo(pooled.name))
    seen = traffic.said(LOST)
    pooler.kill()
    traffic.wait_more(LOST, seen)
    traffic.must_wait(AWAY_S)
    pooler.start()
    traffic.back()
    traffic.finish()
    assert not traffic.said("another process owns a partition"), "it took itself for another one"
