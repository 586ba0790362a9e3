# SPDX-License-Identifier: Apache-2.0
"""Grafana's provisioning files: the SQL of every panel runs under the role that its datasource has, and returns what
the panel shows. Grafana itself is not asked; its macros are written out here as it writes them."""
import datetime
import re
from decimal import Decimal

import psycopg2
import pytest
import yaml

from harness import grafana, views
from harness.paths import PROJECT

BOARDS = grafana.boards()
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in grafana.panels(board)]
ROLES = {"kepud": "kepud_dashboard", "kepud-operations": "kepud_operator"}
ALL_TIME = "'2015-01-01T00:00:00Z'", "'2030-01-01T00:00:00Z'"
NUMBER = (int, float, Decimal)
# The samples leave nothing out on purpose, and no message waits.
MAY_BE_EMPTY = {"有意跳过的消息 Messages skipped on purpose"}


@pytest.fixture(scope="module")
def cursors(postgres, migrated, tmp_path_factory):
    folder = tmp_path_factory.mktemp("grafana")
    database = views.with_samples(postgres, migrated, folder)
    connections = {uid: psycopg2.connect(views.reader(database, role)) for uid, role in ROLES.items()}
    for connection in connections.values():
        connection.set_session(readonly=True, autocommit=True)
    yield {uid: connection.cursor() for uid, connection in connections.items()}
    for connection in connections.values():
        connection.close()
    database.close()


def ask(cursors, uid, sql):
    cursor = cursors[uid]
    cursor.execute(sql)
    return [column.name for column in cursor.description], cursor.fetchall()


def of_type(rows, names, wanted):
    """Names of the columns whose values are all of that kind."""
    return [name for number, name in enumerate(names)
            if all(isinstance(row[number], wanted) or row[number] is None for row in rows)]


@pytest.mark.parametrize("name, panel", PANELS, ids=[f"{name}:{panel['id']}" for name, panel in PANELS])
def test_a_panel_gets_what_it_shows(cursors, name, panel):
    uid, kind = panel["datasource"]["uid"], panel["type"]
    target, = panel["targets"]
    assert target["datasource"] == panel["datasource"] and target["rawQuery"]
    names, rows = ask(cursors, uid, grafana.written_out(target["rawSql"], "100000", *ALL_TIME))
    assert rows or panel["title"] in MAY_BE_EMPTY, "no rows from the samples"
    for override in panel["fieldConfig"]["overrides"]:
        assert override["matcher"]["options"] in names
    if kind == "stat":
        assert len(rows) == 1 and len(names) == 1 and isinstance(rows[0][0], NUMBER)
    elif kind == "barchart":
        assert panel["options"]["xField"] in of_type(rows, names, str)
        assert len(of_type(rows, names, NUMBER)) == len(names) - 1 >= 1
    elif kind == "timeseries":
        assert target["format"] == "time_series" and names[0] == "time"
        assert isinstance(rows[0][0], (datetime.datetime, Decimal, float)), "a time"
        assert set(names[1:]) - set(of_type(rows, names, NUMBER)) <= {"metric"}
    else:
        assert kind == "table" and target["format"] == "table" and len(set(names)) == len(names)


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_hangs_together(name):
    board = BOARDS[name]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    taken = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken and place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells
        assert re.search("[\u4e00-\u9fff]", panel["title"]) and re.search("[A-Za-z]", panel["title"]), panel["title"]


def test_variables(cursors):
    variable, = BOARDS["domain"]["templating"]["list"]
    names, rows = ask(cursors, "kepud", variable["query"])
    assert names == ["__text", "__value"] and len(rows) >= 35
    assert variable["current"]["value"] in [value for _, value in rows]


def test_the_domain_reads_the_views_only():
    for panel in BOARDS["domain"]["panels"]:
        for target in panel.get("targets", []):
            schemas = set(re.findall(r"(?:FROM|JOIN)\s+(\w+)\.", target["rawSql"]))
            assert schemas == {"dashboard"}, panel["title"]


def test_provisioning():
    sources = yaml.safe_load((grafana.FOLDER / "provisioning/datasources/kepud.yaml").read_text())["datasources"]
    assert {source["uid"] for source in sources} == set(ROLES)
    for source in sources:
        assert not source["editable"] and re.fullmatch(r"\$\{\w+\}", source["secureJsonData"]["password"])
    used = {panel["datasource"]["uid"] for _, panel in PANELS}
    assert used == set(ROLES)
    assert {board["uid"] for board in BOARDS.values()} == {"kepud-domain", "kepud-operations"}
    provider, = yaml.safe_load((grafana.FOLDER / "provisioning/dashboards/kepud.yaml").read_text())["providers"]
    assert provider["type"] == "file" and not provider["allowUiUpdates"]
