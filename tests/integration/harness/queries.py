# SPDX-License-Identifier: Apache-2.0
"""docs/queries.md: its queries, and what they give as tables of Markdown."""
import datetime
import decimal
import re

import psycopg2

from .paths import PROJECT

TEXT = (PROJECT / "docs" / "queries.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(^```sql\n(.*?)^```\n)(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def cell(value):
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(map(cell, value))
    assert isinstance(value, (str, int, decimal.Decimal, datetime.date)), type(value)
    return str(value).replace("|", "\\|")


def tables(cursor, block):
    """One for each statement that gives rows."""
    for statement in re.split(r";\n", block):
        if not statement.strip():
            continue
        cursor.execute(statement)
        if cursor.description:
            rows = [[column.name for column in cursor.description], ["---"] * len(cursor.description),
                    *(map(cell, row) for row in cursor.fetchall())]
            yield "".join(f"| {' | '.join(row)} |\n" for row in rows)


def answered(conninfo):
    """The document with the results as they are, and the results."""
    found = []

    def with_results(match):
        made = list(tables(cursor, match[2]))
        found.extend(made)
        return match[1] + "\n" + "\n".join(made) + "\n"

    connection = psycopg2.connect(conninfo)
    connection.autocommit = True  # the document begins and ends its transactions itself
    with connection.cursor() as cursor:
        text = BLOCK.sub(with_results, TEXT).rstrip("\n") + "\n"
    connection.close()
    return text, found
