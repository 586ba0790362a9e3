# SPDX-License-Identifier: Apache-2.0
"""`kepud validate` on the samples and on the bad messages."""
import os
import subprocess
from pathlib import Path

import pytest

import contract

KEPUD = os.environ.get("KEPUD", contract.HERE.parent.parent / "build" / "dev" / "kepud")
CATALOGUE = contract.HERE.parent.parent / "schema" / "catalogue"


def validate(path, folder):
    """The verdicts as lists of six fields, and the exit code."""
    config = Path(folder) / "kepud.conf"
    config.write_text(f'kafka: {{ brokers = "127.0.0.1:9"; topics = [ "none" ]; }};\n'
                      f'postgres: {{ conninfo = "dbname=none"; }};\ncatalogue = "{CATALOGUE}";\n')
    done = subprocess.run([KEPUD, "validate", "-c", config, "--now", contract.NOW, path], capture_output=True,
                          timeout=60, check=False)
    lines = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert all(len(fields) == 6 for fields in lines), done.stdout[:500]
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode()
    return lines, done.returncode


def test_samples_are_accepted(tmp_path):
    lines, code = validate(contract.SAMPLES, tmp_path)
    assert [fields for fields in lines if fields[1] != "accepted"] == []
    assert len(lines) == len(contract.messages(contract.SAMPLES)) and code == 0


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    lines, code = validate(contract.BAD, tmp_path_factory.mktemp("validate"))
    assert [int(fields[0]) for fields in lines] == list(range(1, len(contract.messages(contract.BAD)) + 1))
    assert code == 1
    return lines


@pytest.mark.parametrize("expected", contract.expectations(), ids=lambda expected: f"{expected.line}-{expected.reason}")
def test_bad_message(verdicts, expected):
    _, verdict, reason, pointer, _, warnings = verdicts[expected.line - 1]
    if expected.verdict == "REJECT" and expected.reason != contract.CONFLICT:
        assert (verdict, reason) == ("rejected", expected.reason), expected.what
    else:
        assert (verdict, reason, pointer) == ("accepted", "-", "-"), expected.what
        assert expected.warnings - contract.FROM_DATABASE <= set(warnings.split(",")), expected.what
