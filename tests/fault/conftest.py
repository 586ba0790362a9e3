# SPDX-License-Identifier: Apache-2.0
"""These tests use the harness and the oracle of the integration tests."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from harness.fixtures import *  # noqa: E402, F401, F403
from scene import proxied_broker, scene  # noqa: E402, F401
from traffic import Traffic, say_again  # noqa: E402


@pytest.fixture
def begin(request, broker, daemon, tmp_path):
    """begin(database, …) gives a Traffic that has begun."""
    say_again(request)
    made = []

    def make(database, **options):
        made.append(Traffic(broker, database, daemon, tmp_path, **options))
        return made[-1].start()

    yield make
    for one in made:
        one.close()
