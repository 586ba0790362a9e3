# SPDX-License-Identifier: Apache-2.0
"""Grafana's provisioned dashboards as files, and what Grafana makes of their SQL."""
import json
import re

from .paths import PROJECT

FOLDER = PROJECT / "dashboards" / "grafana"


def boards():
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def panels(board):
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def written_out(sql, region, since, until, interval="1h"):
    """What Grafana sends: its macros and the dashboard's variable replaced. `since` and `until` are SQL."""
    sql = sql.replace("$__interval", f"'{interval}'").replace("${region:sqlstring}", f"'{region}'")
    sql = re.sub(r"\$__timeFilter\(([^()]*)\)", rf"\1 BETWEEN {since} AND {until}", sql)
    sql = re.sub(r"\$__timeGroupAlias\((\w+), '1h'\)", r'floor(extract(epoch from \1)/3600)*3600 AS "time"', sql)
    assert "$" not in sql, sql
    return sql
