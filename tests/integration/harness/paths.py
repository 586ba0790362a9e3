# SPDX-License-Identifier: Apache-2.0
"""Where things stand."""
import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
KEPUD = Path(os.environ.get("KEPUD", PROJECT / "build" / "dev" / "kepud"))
KEPUD_CRASH = Path(os.environ.get("KEPUD_CRASH", PROJECT / "build" / "dev" / "kepud-crash"))
MOCKD, KEPUD_CLOCK, KEPUD_HANG = (KEPUD.parent / name for name in ("mockd", "kepud-clock", "kepud-hang"))
CATALOGUE = PROJECT / "schema" / "catalogue"
MIGRATIONS = PROJECT / "schema" / "migrations"
SAMPLES = PROJECT / "samples"
KAFKA_LIBS = PROJECT / "build" / "deps" / "kafka" / "libs"
