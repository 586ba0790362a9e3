# SPDX-License-Identifier: Apache-2.0
"""What is asked: every panel of the shipped dashboards, which poll, and every view of the contract as a whole, for
information (nobody polls a list of a million rows)."""
import tomllib
from pathlib import Path

from harness import grafana

PROJECT = Path(__file__).resolve().parents[2]
REGION = "150000"
THREE_YEARS = "now() - interval '3 years'", "now()"


def overview():
    page = tomllib.loads((PROJECT / "dashboards" / "overview.toml").read_text(encoding="utf-8"))
    for section in page["section"]:
        for panel in section["panel"]:
            sql = f"{page.get('prelude', '')}\n{panel['sql']}"
            yield f"overview: {panel['title'][1]}", sql.replace("current_setting('overview.region')", f"'{REGION}'")


def of_grafana():
    for panel in grafana.panels(grafana.boards()["domain"]):
        for target in panel.get("targets", ()):
            yield f"grafana: {panel['title']}", grafana.written_out(target["rawSql"], REGION, *THREE_YEARS)


def whole():
    lines = (PROJECT / "tests" / "contract" / "views.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for view in sorted({line.split("\t")[0] for line in lines}):
        if not view.startswith("live_"):
            yield f"whole: {view}", f"SELECT * FROM dashboard.{view}"


def polled():
    """(name, SQL, whether a dashboard polls it)"""
    return ([(name, sql, True) for name, sql in [*overview(), *of_grafana()]]
            + [(name, sql, False) for name, sql in whole()])
