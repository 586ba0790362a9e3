# SPDX-License-Identifier: Apache-2.0
"""Where things stand."""
import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
KEPUD = Path(os.environ.get("KEPUD", PROJECT / "build" / "dev" / "kepud"))
CATALOGUE = PROJECT / "schema" / "catalogue"
MIGRATIONS = PROJECT / "schema" / "migrations"
SAMPLES = PROJECT / "samples"
KAFKA_LIBS = PROJECT / "build" / "deps" / "kafka" / "libs"
