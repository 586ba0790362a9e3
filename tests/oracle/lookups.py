# SPDX-License-Identifier: Apache-2.0
"""The start contents that belong to the contract: lookups/*.tsv."""
import csv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "lookups"


def _rows(name):
    with open(FOLDER / f"{name}.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


REGIONS = {row["code"]: row for row in _rows("region")}
FACILITY_MODE = {row["kind"]: row["mode"] for row in _rows("facility_kind")}
INDICATOR_NAME = {row["code"]: row["name_zh"] for row in _rows("indicator")}
TARGET_GROUPS = {row["code"]: row["name_zh"] for row in _rows("population_group") if row["is_target"] == "t"}
