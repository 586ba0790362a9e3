#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/event-format.md against the program: format_test.py KEPUD PROJECT

Every reason code with its sentence, the limits, and the examples, which must be accepted."""
import json
import re
import subprocess
import sys
from pathlib import Path

KEPUD, PROJECT = sys.argv[1], Path(sys.argv[2])
CATALOGUE = PROJECT / "schema" / "catalogue"
DOCUMENT = (PROJECT / "docs" / "event-format.md").read_text(encoding="utf-8")


def code_faults():
    source = (PROJECT / "daemon" / "event" / "reason.h").read_text(encoding="utf-8")
    declared = re.findall(r'X\((\w+),\s*"([^"]*)"\)', source)
    listed = re.findall(r"^\| `([EWDS]_\w+)` \| (.*) \|$", DOCUMENT, re.MULTILINE)
    if len(declared) < 60:
        yield f"only {len(declared)} codes found in reason.h"
    for code, sentence in declared:
        if (code, sentence) not in listed:
            yield f"docs/event-format.md: no row | `{code}` | {sentence} |"
    for code, sentence in listed:
        if (code, sentence) not in declared:
            yield f"docs/event-format.md: {code} ({sentence}) is no code of reason.h"
    if [code for code, _ in listed] != [code for code, _ in declared]:
        yield "docs/event-format.md: the codes stand in another order than in reason.h"


def limit_faults():
    settings = (CATALOGUE / "catalogue.cfg").read_text(encoding="utf-8")
    for key, row in (("message_bytes", "| message | {:,} bytes |"), ("depth", "| depth of nesting | {},"),
                     ("ahead_seconds", "| clock | `time` up to {} seconds ahead |")):
        value = int(re.search(rf"\b{key}\s*=\s*(\d+)", settings).group(1))
        if row.format(value) not in DOCUMENT:
            yield f"docs/event-format.md: no '{row.format(value)}'"
    earliest = re.search(r'earliest_time\s*=\s*"(.*?)"', settings).group(1)
    if f"| earliest `time` | {earliest}," not in DOCUMENT:
        yield f"docs/event-format.md: the earliest time is {earliest}"


def example_faults():
    examples = "".join(re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL))
    done = subprocess.run([KEPUD, "validate", "--catalogue", CATALOGUE, "--now", "2026-11-22T12:00:00+08:00"],
                          input=examples, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode or len(done.stdout.splitlines()) < 3:
        yield f"docs/event-format.md: examples: exit {done.returncode}: {done.stdout}{done.stderr}"
    for line in done.stdout.splitlines():
        if not re.fullmatch(r"\d+\taccepted\t-\t-\t-\t-", line):
            yield f"docs/event-format.md: example: {line}"
    for example in examples.splitlines():
        json.loads(example)


def main():
    faults = [*code_faults(), *limit_faults(), *example_faults()]
    for fault in faults:
        print(fault)
    print(f"event-format.md: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
