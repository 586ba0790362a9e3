#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The runner of the golden cases sees every kind of wrong case: runner_test.py CASES-PROGRAM CATALOGUE"""
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM, CATALOGUE = sys.argv[1:3]

NOW = "now 2026-11-22T12:00:00+08:00\n"
EVENT = ('{"specversion":"1.0","id":"t-1","source":"https://nr-turpan.example/hall","type":"%s",'
         '"time":"2022-06-01T18:00:00+08:00","data":%s}')
DATA = ('{"facility_id":"tlf-hall","period_start":"2021-04-01","period_end":"2021-12-31","visitors":1538,'
        '"scope":"total"}')
BASE = f"base {EVENT % ('cn.kepu.visit.counted', DATA)}\n"
START = NOW + BASE
GOOD = START + "verdict accepted\n"
ROW = "row kepu.fact_visit "

# What a file holds, and what the runner must print: line and text; None: all is well.
CASES = [
    (GOOD, None),
    (GOOD + ROW + "facility_id=tlf-hall visitors=1538 visitors_qualifier=exact\n", None),
    (GOOD + ROW + "visitors=1539\n", (4, "no such row in kepu.fact_visit: visitors is 1538")),
    (GOOD + ROW + "visitors=\"1538\"\n", (4, "visitors is 1538")),
    (GOOD + ROW + "visitors=NULL\n", (4, "visitors is 1538")),
    (GOOD + ROW + "counter_id=NULL\n", None),
    (GOOD + ROW + "event_key=@event_key\n", None),
    (GOOD + ROW + "natural_key=@event_key\n", (4, "no such row in kepu.fact_visit: natural_key is")),
    (GOOD + ROW + "counter_id=x\n", (4, "counter_id is NULL")),
    (GOOD + ROW + "period_end=2021-12-31\n", None),
    (GOOD + ROW + "period_end=2021-12-30\n", (4, "period_end is 2021-12-31")),
    (GOOD + ROW + "visitor=1538\n", (4, "kepu.fact_visit has no column 'visitor'")),
    (GOOD + ROW + "\n", (4, "'row' needs column=value")),
    (GOOD + ROW + "visitors\n", (4, "needs column=value: 'visitors'")),
    (GOOD + ROW + "visitors=\"15\n", (4, "not a JSON string")),
    (GOOD + "row kepu.fact_visits visitors=1538\n", (4, "no declaration fills a table 'kepu.fact_visits'")),
    (GOOD + "row kepu.fact_partner org_id=x\n", (4, "no such row in kepu.fact_partner: org_id is no row")),
    (GOOD + "rows kepu.fact_visit 1\n", None),
    (GOOD + "rows kepu.fact_visit 2\n", (4, "kepu.fact_visit gets 1 rows")),
    (GOOD + "rows kepu.fact_visit\n", (4, "kepu.fact_visit gets 1 rows")),
    (GOOD + "mentions facility tlf-hall\n", None),
    (GOOD + "mentions\n", (4, "the event also mentions facility tlf-hall")),
    (GOOD + "mentions facility tlf-hall other\n", (4, "the event does not mention facility other")),
    (GOOD + "mentions facility tlf-hall\nmentions facility tlf-hall\n", (5, "facility tlf-hall stands twice")),
    (GOOD + "mentions facility\n", (4, "'mentions' needs a reference and keys")),
    (START + "verdict accepted W_LATE\n", (3, "accepted with the warnings ''")),
    (START + "set /data/unknown 1\nverdict accepted\n", (4, "accepted with the warnings 'W_UNKNOWN_FIELD'")),
    (START + "set /data/unknown 1\nverdict accepted W_UNKNOWN_FIELD\n", None),
    (START + "verdict accepted E_JSON\n", (3, "no warning: 'E_JSON'")),
    (START + "verdict perhaps\n", (3, "a verdict is 'accepted' or 'rejected'")),
    (START + "verdict rejected E_JSON\n", (3, "accepted")),
    (START + "verdict rejected E_NEVER\n", (3, "no reason code 'E_NEVER'")),
    (START + "set /data/visitors -1\nverdict accepted\n", (4, "rejected: E_FIELD_RANGE /data/visitors")),
    (START + "set /data/visitors -1\nverdict rejected E_FIELD_TYPE\n", (4, "rejected with E_FIELD_RANGE")),
    (START + "set /data/visitors -1\nverdict rejected E_FIELD_RANGE /data/scope\n",
     (4, "rejected at '/data/visitors'")),
    (START + "set /data/visitors -1\nverdict rejected E_FIELD_RANGE /data/visitors\n", None),
    (START + "set /data/visitors -1\nverdict rejected E_FIELD_RANGE\nrows kepu.fact_visit 0\n",
     (5, "only after the verdict on an accepted event of a stored type")),
    # What a message has in common with its base.
    (START + "set /data/visitors_qualifier \"exact\"\nverdict accepted\nduplicate\n", None),
    (START + "set /data/visitors_qualifier \"exact\"\nverdict accepted\nconflict\n", (5, "has the same content")),
    (START + "set /data/visitors 2\nverdict accepted\nconflict\n", None),
    (START + "set /data/visitors 2\nverdict accepted\nduplicate\n", (5, "has not the same content")),
    (START + "set /id \"t-2\"\nverdict accepted\nduplicate\n", (5, "has another source or id than the base")),
    (START + "set /data/visitors 2\nverdict accepted\nsame kepu.fact_visit natural_key\n", None),
    (START + "set /data/visitors 2\nverdict accepted\nother kepu.fact_visit natural_key\n",
     (5, "has a value of the base")),
    (START + "set /data/counter_id \"c1\"\nverdict accepted\nother kepu.fact_visit natural_key\n", None),
    (START + "set /data/counter_id \"c1\"\nverdict accepted\nsame kepu.fact_visit natural_key\n",
     (5, "has not the values of the base")),
    (START + "set /id \"t-2\"\nverdict accepted\nsame kepu.fact_visits natural_key\n", (5, "no declaration fills")),
    (START + "set /id \"t-2\"\nverdict accepted\nsame kepu.fact_visit natural\n", (5, "has no column 'natural'")),
    (START + "set /id \"t-2\"\nverdict accepted\nsame kepu.event_text body\n", (5, "no row in the event")),
    (START + "set /data/visitors -1\nverdict rejected E_FIELD_RANGE\nduplicate\n",
     (5, "only after the verdict on an accepted event")),
    (NOW + f"event {EVENT % ('cn.kepu.visit.counted', DATA)}\nverdict accepted\nduplicate\n",
     (4, "only after the verdict on an accepted event")),
    # Numbers keep their spelling, the base comes back after each verdict.
    (START + "set /data/visitors 28.0\nverdict rejected E_FIELD_TYPE /data/visitors\nverdict accepted\n", None),
    (START + "del /data/scope\nverdict rejected E_FIELD_MISSING /data/scope\n", None),
    (START + "del /data/none\nverdict accepted\n", (3, "could not remove '/data/none'")),
    (START + "set /none/a 1\nverdict accepted\n", (3, "could not set '/none/a'")),
    (START + "set /data/a [1,\nverdict accepted\n", (3, "not JSON")),
    (START + "repeat /id 128 \"科\"\nverdict accepted\n", None),
    (START + "repeat /id 129 \"科\"\nverdict accepted\n", (4, "rejected: E_ATTR_LEN /id")),
    (START + "repeat /id x \"a\"\nverdict accepted\n", (3, "needs a pointer, a count and JSON")),
    (START + "repeat /id 3 5\nverdict accepted\n", (3, "'repeat' needs a JSON string")),
    (START + "copies /data/audience_label 3 {}\nverdict rejected E_FIELD_TYPE /data/audience_label\n", None),
    (NOW + "event {}\nset /a 1\nverdict rejected E_SPECVERSION\n", (3, "only a 'base' can be edited")),
    (NOW + "event\nverdict rejected E_EMPTY\n", None),
    (NOW + "set /a 1\nevent\nverdict rejected E_EMPTY\n", (2, "only a 'base' can be edited")),
    (BASE + "verdict accepted\n" + GOOD, (2, "a verdict needs 'now' before it")),
    (NOW + "verdict accepted\n" + GOOD, (2, "a verdict needs a message before it")),
    ("now yesterday\n" + GOOD, (1, "'now' needs RFC 3339 with an offset")),
    (GOOD + BASE, (4, "no verdict judges this message")),
    (GOOD + "event {}\n" + BASE + "verdict accepted\n", (4, "no verdict judges this message")),
    (GOOD + "set /data/visitors 1\n", (4, "no verdict follows this edit")),
    (GOOD + "expect nothing\n", (4, "no line begins with 'expect'")),
    (NOW + "base {\n" + GOOD, (2, "not JSON")),
    ("# nothing\n\n", (2, "no case in this file")),
    ("", (0, "no case in this file")),
    (GOOD + "rows kepu.fact_visit 1", (0, "does not end in LF")),
    (GOOD.encode() + b"# \xff\n", (0, "not UTF-8 at byte")),
]


def run(*paths):
    done = subprocess.run([PROGRAM, CATALOGUE, *paths], capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def check(folder, content, expected):
    path = Path(folder) / "x.case"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    code, out, err = run(path)
    if err or code != (expected is not None):
        return f"exit {code}: {out}{err}"
    if expected is None:
        return None if out.startswith("1 cases") or out.startswith("2 cases") else out
    line, text = expected
    return None if any(said.startswith(f"{path}:{line}: ") and text in said for said in out.splitlines()) else out


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for content, expected in CASES:
            if (said := check(folder, content, expected)) is not None:
                failed += 1
                print(f"--- {content!r}\nexpected {expected}, got\n{said}")
        (Path(folder) / "x.case").unlink()
        code, out, _ = run(folder)
        if code != 1 or not out.startswith("0 cases"):
            failed += 1
            print(f"a folder without cases: exit {code}: {out}")
    print(f"{len(CASES) + 1} checks, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
