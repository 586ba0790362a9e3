# SPDX-License-Identifier: Apache-2.0
"""These tests use the harness and the oracle of the integration tests."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from harness.fixtures import *  # noqa: E402, F401, F403
from scene import proxied_broker, scene  # noqa: E402, F401
