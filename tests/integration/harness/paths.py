# SPDX-License-Identifier: Apache-2.0
"""Where things stand."""
import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
KEPUD = Path(os.environ.get("KEPUD", PROJECT / "build" / "dev" / "kepud"))
KEPUD_CRASH = Path(os.environ.get("KEPUD_CRASH", PROJECT / "build" / "dev" / "kepud-crash"))
KEPUD_LIBPQ = Path(os.environ.get("KEPUD_LIBPQ", PROJECT / "build" / "dev" / "kepud-libpq"))
KEPUD_ALLOC = Path(os.environ.get("KEPUD_ALLOC", PROJECT / "build" / "dev" / "kepud-alloc"))
MOCKD, KEPUD_CLOCK, KEPUD_HANG = (KEPUD.parent / name for name in ("mockd", "kepud-clock", "kepud-hang"))
CATALOGUE = PROJECT / "schema" / "catalogue"
MIGRATIONS = PROJECT / "schema" / "migrations"
SAMPLES = PROJECT / "samples"
KAFKA_LIBS = PROJECT / "build" / "deps" / "kafka" / "libs"
