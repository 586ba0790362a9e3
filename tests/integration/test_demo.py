# SPDX-License-Identifier: Apache-2.0
"""scripts/demo ends by itself, shows the right figures, and leaves nothing behind."""
import os
import re
import shutil
import subprocess
import tempfile
import time

import pytest

from harness.paths import PROJECT


@pytest.fixture(scope="module")
def temp():
    # Short: PostgreSQL's socket is in it; open to PostgreSQL's user when the tests run as root.
    folder = tempfile.mkdtemp(prefix="kepud-t.")
    os.chmod(folder, 0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def shown(temp):
    done = subprocess.run([PROJECT / "scripts" / "demo"], capture_output=True, text=True, timeout=800, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, "TMPDIR": temp, "LC_ALL": "C"})
    assert done.returncode == 0, done.stderr
    return done.stdout


def line_with(shown, *parts):
    return any(all(re.search(rf"\b{part}\b", line) for part in parts) for line in shown.splitlines())


def test_visitors_of_the_hall(shown):
    assert line_with(shown, "1538", "2021-04-01", "2021-12-31", "total")
    assert line_with(shown, "510", "about", "of them")
    assert line_with(shown, "28", "2021-09-17", "of them")


def test_regions_are_rolled_up(shown):
    assert sum(line_with(line, "1538", "2021-12-01") for line in shown.splitlines()) == 3, "city, region, country"
    assert line_with(shown, "5000000", "2020-12-01", "yes")


def test_activities(shown):
    registered = shown[shown.index("3. "):shown.index("Outcomes reported")]
    outcomes = shown[shown.index("Outcomes reported"):shown.index("4. ")]
    assert len(re.findall(r"\d{4}-\d\d-\d\d .* \d{4}-\d\d-\d\d", registered)) == 16
    assert registered.count("yes") == 3
    assert len(re.findall(r"\d{4}-\d\d-\d\d .* \d{4}-\d\d-\d\d", outcomes)) == 11


def test_rejects_say_why(shown):
    for reason in ("E_JSON", "E_UTF8", "E_FIELD_TYPE", "E_RULE_PERIOD", "E_RULE_REGION", "E_ID_CONFLICT"):
        assert line_with(shown, reason), reason
    assert "/data/visitors" in shown


def test_counts(shown):
    assert line_with(shown, "162", "2", "12", "176")


def test_the_page_is_written(shown):
    path = PROJECT / "build" / "overview.html"
    page = path.read_text(encoding="utf-8")
    assert os.path.getmtime(path) > time.time() - 1000, "it is an old one"
    for text in ('lang="zh', "参观人次", "Visits", "1,538", "ᠮᠣᠩᠭᠣᠯ"):
        assert text in page, text


def test_nothing_is_left(shown, temp):
    assert os.listdir(temp) == []
    running = subprocess.run(["pgrep", "-fa", temp], capture_output=True, text=True, check=False).stdout
    assert not running, running
