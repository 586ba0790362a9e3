# SPDX-License-Identifier: Apache-2.0
"""The table of verdicts, beside the messages."""
import collections
from pathlib import Path

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent.parent / "samples" / "seed-events.jsonl"
BAD = HERE / "bad-events.jsonl"
NOW = "2026-11-22T12:00:00+08:00"

# Given only with a look into the database.
FROM_DATABASE = {"W_LATE_REGION", "W_LATE_ORG", "W_LATE_FACILITY", "W_LATE_ACTIVITY", "W_LATE_INDICATOR"}
CONFLICT = "E_ID_CONFLICT"

Expectation = collections.namedtuple("Expectation", "line verdict reason warnings what")


def messages(path):
    """Raw bytes; a final empty piece is no message."""
    pieces = path.read_bytes().split(b"\n")
    return pieces[:-1] if pieces[-1] == b"" else pieces


def expectations():
    rows = (HERE / "bad-events.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for row in rows:
        line, verdict, reason, warnings, what = row.split("\t")
        yield Expectation(int(line), verdict, reason, set() if warnings == "-" else set(warnings.split(",")), what)
