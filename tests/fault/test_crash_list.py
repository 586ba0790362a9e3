# SPDX-License-Identifier: Apache-2.0
"""The crash points: the list says what the code has, a wrong CRASH_AT is refused, and the shipped program has none."""
import re
import subprocess

import pytest

import points
from harness.paths import KEPUD, KEPUD_CRASH, PROJECT

VARIABLES = ("CRASH_AT", "STOP_AT")


def called():
    """Every name that the code gives to crash_point()."""
    for path in (PROJECT / "daemon").rglob("*.c"):
        for call in re.findall(r"\bcrash_point\(([^()]*)\);", path.read_text()):
            yield from re.findall(r'"([^"]*)"', call)


def test_the_list_says_what_the_code_has():
    assert sorted(called()) == sorted(points.names()), "each name once in the list and once in the code"


@pytest.mark.parametrize("text", ["", "no.such.point:1", "commit.sent", "commit.sent:", "commit.sent:0",
                                  "commit.sent:-1", "commit.sent:1x", "commit.sen:1", "commit.sent2:1"])
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_wrong_point_is_refused(variable, text):
    done = subprocess.run([KEPUD_CRASH, "--version"], env={variable: text}, capture_output=True, text=True,
                          timeout=30, check=False)
    assert done.returncode == 64
    assert f'{variable} is "{text}"' in done.stderr and "  commit.sent\n" in done.stderr


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_right_point_changes_nothing_else(variable):
    done = subprocess.run([KEPUD_CRASH, "--version"], env={variable: "commit.sent:1"}, capture_output=True,
                          timeout=30, check=False)
    assert done.returncode == 0 and done.stderr == b""


def traces(program):
    """What of the crash points stands in a program, as strings(1) would find it."""
    content = program.read_bytes()
    return {word for word in (*VARIABLES, "crash_point", *points.names()) if word.encode() in content}


def test_the_shipped_program_has_none_of_it():
    assert traces(KEPUD_CRASH) == {*VARIABLES, "crash_point", *points.names()}, "what is looked for can be found"
    assert traces(KEPUD) == set()
