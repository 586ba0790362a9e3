# SPDX-License-Identifier: Apache-2.0
"""The generator: everything valid, everything there, the same from the same seed."""
import collections
import os
import subprocess
from pathlib import Path

from .declared import TYPES
from .generate import fresh_seed, generate
from .quality import KINDS, quality_finding
from .read import Delivery, Event
from .world import World

PROJECT = Path(__file__).resolve().parents[2]
CATALOGUE = PROJECT / "schema" / "catalogue"
KEPUD = os.environ.get("KEPUD", PROJECT / "build" / "dev" / "kepud")
NOW = "2026-11-22T12:00:00+08:00"
FROM_DATABASE = {"W_LATE_REGION", "W_LATE_ORG", "W_LATE_FACILITY", "W_LATE_ACTIVITY", "W_LATE_INDICATOR"}


def verdicts(messages, folder):
    """As `kepud validate` gives them: six fields each."""
    config, lines = folder / "kepud.conf", folder / "events.jsonl"
    config.write_text(f'kafka: {{ brokers = "127.0.0.1:9"; topics = [ "none" ]; }};\n'
                      f'postgres: {{ conninfo = "dbname=none"; }};\ncatalogue = "{CATALOGUE}";\n')
    lines.write_bytes(b"".join(message + b"\n" for message in messages))
    done = subprocess.run([KEPUD, "validate", "-c", config, "--now", NOW, lines], capture_output=True, timeout=60,
                          check=False)
    found = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert len(found) == len(messages), done.stderr.decode()
    return found


def test_nothing_is_rejected(tmp_path):
    seed = fresh_seed()
    print(f"seed {seed}")
    messages = generate(seed, 4000)
    found = verdicts(messages, tmp_path)
    assert [(fields, message) for fields, message in zip(found, messages) if fields[1] != "accepted"] == []
    for fields, message in zip(found, messages):
        told = set(fields[5].split(",")) - FROM_DATABASE - {"-"}
        assert told == Event(message).warnings, message


def test_all_types_and_all_findings_come():
    world = World(Delivery(generate(1, 12_000)))
    assert {event.type for event in world.delivery.events} == TYPES.keys()
    found = collections.Counter(row["kind"] for row in quality_finding(world))
    assert found.keys() == {kind.__name__ for kind in KINDS}
    assert world.delivery.conflicts and world.delivery.redelivered


def test_a_seed_repeats():
    assert generate(5, 300) == generate(5, 300) != generate(6, 300)
