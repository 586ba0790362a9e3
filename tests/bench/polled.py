# SPDX-License-Identifier: Apache-2.0
"""What is asked: every panel of the shipped dashboards, which poll, and every view of the contract as a whole, for
information (nobody polls a list of a million rows)."""
import json
import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
REGION = "'150000'"
GRAFANA = ((re.compile(r"\$\{region:sqlstring\}"), REGION),
           (re.compile(r"\$__timeFilter\(([^)]*)\)"), r"\1 BETWEEN now() - interval '3 years' AND now()"))


def overview():
    page = tomllib.loads((PROJECT / "dashboards" / "overview.toml").read_text(encoding="utf-8"))
    for section in page["section"]:
        for panel in section["panel"]:
            sql = f"{page.get('prelude', '')}\n{panel['sql']}".replace("current_setting('overview.region')", REGION)
            yield f"overview: {panel['title'][1]}", sql


def panels(node):
    if isinstance(node, dict):
        title = node.get("title", "")
        for target in node.get("targets", ()):
            if "rawSql" in target:
                yield title, target["rawSql"]
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from panels(one)


def grafana():
    board = json.loads((PROJECT / "dashboards" / "grafana" / "domain.json").read_text(encoding="utf-8"))
    for title, sql in panels(board):
        for pattern, text in GRAFANA:
            sql = pattern.sub(text, sql)
        yield f"grafana: {title}", sql


def whole():
    lines = (PROJECT / "tests" / "contract" / "views.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for view in sorted({line.split("\t")[0] for line in lines}):
        if not view.startswith("live_"):
            yield f"whole: {view}", f"SELECT * FROM dashboard.{view}"


def polled():
    """(name, SQL, whether a dashboard polls it)"""
    return ([(name, sql, True) for name, sql in [*overview(), *grafana()]]
            + [(name, sql, False) for name, sql in whole()])
