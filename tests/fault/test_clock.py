# SPDX-License-Identifier: Apache-2.0
"""The time of day jumps while the daemon runs (kepud-clock, see clock_jump.c): nothing stalls, nothing bursts, nothing
is lost or doubled, and the membership stays. (Events are judged by a clock that stands still: what a wrong one refuses
is not promised.) KEPUD_LONG: every jump."""
import random as randoms
import struct

import pytest

from harness.paths import KEPUD_CLOCK
from scene import BACK_S, LONG, SEED

HOUR, TEN_YEARS = 3600, 10 * 365 * 86400
WATCH_S = 10  # more than the session lasts in these tests


@pytest.fixture
def shift(tmp_path):
    path = tmp_path / "clock"

    def to(seconds):
        # Written over, not anew: the daemon has it mapped.
        with open(path, "r+b" if path.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))

    to(0)
    return path, to


def test_jump(scene, shift):
    path, to = shift
    random = randoms.Random(SEED)
    jumps = [HOUR, -HOUR, TEN_YEARS, -TEN_YEARS] if LONG else [HOUR]
    random.shuffle(jumps)
    scene.start(program=KEPUD_CLOCK, KEPUD_CLOCK=str(path))
    scene.fill(5)
    scene.wait_stored()
    for seconds in [each for jump in jumps for each in (jump, 0)]:
        to(seconds)
        scene.must_idle(WATCH_S)
        scene.fill(20)
        print(f"{seconds:+d} s: stored after {scene.wait_stored(BACK_S):.1f} s")
        assert scene.joined() == (1, 0), f"{seconds:+d} s cost the membership"
    scene.finish()
