# SPDX-License-Identifier: Apache-2.0
"""What each stage inside the daemon takes (decode, validate, normalize, encode), without Kafka and PostgreSQL: the
program `stages` beside kepud says so in lines of "STAGE NS_PER_EVENT", each with the stages before it."""
import re
import subprocess

import workload
from end_to_end import told
from harness.paths import CATALOGUE, KEPUD

STAGES = KEPUD.parent / "stages"
MOST = 100_000  # events: the program reads a file
LINE = re.compile(r"^(\w+)\s+(\d+(?:\.\d+)?)$", re.MULTILINE)


def one_run(path):
    done = subprocess.run([STAGES, CATALOGUE, path], capture_output=True, text=True, check=True)
    found = {f"{stage}_ns_per_event": float(value) for stage, value in LINE.findall(done.stdout)}
    assert found, f"no stages: {done.stdout!r}"
    return found


def stages(root, options, notebook):
    if not STAGES.exists():
        notebook.without("stages", f"there is no {STAGES.parent.name}/{STAGES.name}")
        return
    for name in ("visits", "mix"):
        path = root / f"{name}.jsonl"
        workload.write_lines(name, min(options.events, MOST), options.seed, path)
        runs = [told(number, one_run(path)) for number in range(options.runs)]
        notebook.add("stages", name, runs, events=min(options.events, MOST), seed=options.seed)
