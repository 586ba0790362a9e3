# SPDX-License-Identifier: Apache-2.0
"""What an event costs in instructions of the pure core (valgrind counts them), against figures in instructions.json.
5 % more is a failure; 5 % less as well: then the better figure is committed. KEPUD_REWRITE=1 writes the file.

Only the program's own instructions and yyjson's count, not those of libraries, which choose by the machine's abilities
(SHA-256, memcpy). They depend on the compiler, so figures of another one are not compared."""
import json
import os
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from harness.paths import CATALOGUE, PROJECT, SAMPLES
from workload import write_lines

STAGES = Path(os.environ.get("STAGES", PROJECT / "build" / "dev" / "stages"))
COMPILER = os.environ.get("KEPUD_COMPILER", "")
FIGURES = Path(__file__).with_name("instructions.json")
VISITS, ROUNDS, MOST = 500, 2, 0.05
NAME = re.compile(r"c?ob=(\(\d+\))(?: (.*))?$")


def visits(folder):
    file = folder / "visits.jsonl"
    write_lines("visits", VISITS, 1, file)
    return file


def by_object(report):
    """Instructions by the file that they stand in. A line behind `calls=` is what the callee took: counted there."""
    found, names, here, is_call = Counter(), {}, None, False
    for line in report.read_text().splitlines():
        named = NAME.match(line)
        if named:
            names[named[1]] = named[2] or names[named[1]]
            here = names[named[1]] if line.startswith("ob=") else here
        elif line.startswith("calls="):
            is_call = True
        elif re.match(r"[\d+*-]", line):
            found[here] += 0 if is_call else int(line.split()[1])
            is_call = False
    return found


def instructions(file, stage, folder):
    report = folder / f"{stage}.callgrind"
    subprocess.run(["valgrind", "-q", "--tool=callgrind", f"--toggle-collect=stage_{stage}",
                    f"--callgrind-out-file={report}", STAGES, CATALOGUE, file, str(ROUNDS), stage],
                   check=True, capture_output=True, timeout=300)
    events = len(file.read_bytes().splitlines())
    return round(by_object(report)[str(STAGES)] / events / ROUNDS)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("instructions")
    files = {"visits": visits(folder), "samples": SAMPLES / "seed-events.jsonl"}
    return {name: {stage: instructions(file, stage, folder) for stage in ("decode", "validate", "normalize", "encode")}
            for name, file in files.items()}


def test_instructions_per_event(measured):
    known = json.loads(FIGURES.read_text())
    if os.environ.get("KEPUD_REWRITE"):
        FIGURES.write_text(json.dumps({"compiler": COMPILER} | measured, indent=2) + "\n")
        return
    if known.pop("compiler") != COMPILER:
        pytest.skip("instructions.json is of another compiler")
    wrong = [f"{name}, {stage}: {now} instructions an event, {known[name][stage]} in instructions.json"
             for name, stages in measured.items() for stage, now in stages.items()
             if abs(now / known[name][stage] - 1) > MOST]
    assert not wrong, "\n".join([*wrong, "if that is as it should be: KEPUD_REWRITE=1"])


def test_the_stages_are_what_they_say(measured):
    for stages in measured.values():
        assert 1000 < stages["decode"] < stages["validate"] < stages["normalize"] < stages["encode"]
