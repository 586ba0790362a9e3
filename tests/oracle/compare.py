# SPDX-License-Identifier: Apache-2.0
"""python3 -m tests.oracle.compare CONNINFO FILE…: refreshes the dashboards of a database and compares every view, row
for row, with what must stand there after the events of these files, in this order."""
import collections
import json
import sys

from .read import messages
from .views import all_rows, declared

# Free text, and the time of the test.
NEVER = {("quality_finding", "detail"), ("reject_reason", "last_seen")}
# They tell of the way, which another order changes.
OF_THE_WAY = {("ingest_quality", "redelivered"), ("ingest_quality", "with_warnings")}
SHOWN = 4


def hashable(value):
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return tuple(value) if isinstance(value, list) else value


def from_database(cursor, view):
    """Rows as tuples of all columns of the contract. Numbers compare as numbers, whatever their type."""
    cursor.execute("SELECT {} FROM dashboard.{}".format(
        ", ".join(f'"{column}"' for column in declared()[view]), view))
    return cursor.fetchall()


def multiset(view, rows, without=frozenset()):
    shown = [number for number, column in enumerate(declared()[view])
             if (view, column) not in NEVER | set(without)]
    return collections.Counter(tuple(hashable(row[number]) for number in shown) for row in rows)


def sample(what, rows, others):
    """A few rows; first those that have a near relative on the other side, which are the telling ones."""
    heads = {row[:2] for row in others}
    chosen = sorted(rows, key=lambda row: (row[:2] not in heads, str(row)))
    for row in chosen[:SHOWN]:
        times = f" ({rows[row]} times)" if rows[row] > 1 else ""
        yield f"    {what}: {' | '.join('-' if value is None else str(value) for value in row)}{times}"


def difference(view, found, wanted, without=frozenset()):
    """Lines that say how two lists of rows differ; none when they are equal."""
    found, wanted = multiset(view, found, without), multiset(view, wanted, without)
    extra, missing = found - wanted, wanted - found
    if not extra and not missing:
        return []
    names = [column for column in declared()[view] if (view, column) not in NEVER | set(without)]
    return [f"{view}: {sum(missing.values())} of {sum(wanted.values())} rows missing, {sum(extra.values())} wrong",
            f"    ({' | '.join(names)})", *sample("missing", missing, extra), *sample("wrong", extra, missing)]


def database_rows(cursor, views=None):
    cursor.execute("SELECT dashboard.refresh()")
    return {view: from_database(cursor, view) for view in views or declared()}


def differences(cursor, wanted, views=None, without=frozenset()):
    """Lines about every view that is not what the oracle says; none when all is right."""
    found = database_rows(cursor, views)
    return [line for view, rows in found.items() for line in difference(view, rows, wanted[view], without)]


def main(conninfo, *paths):
    import psycopg2
    wanted = all_rows([message for path in paths for message in messages(path)])
    with psycopg2.connect(conninfo) as connection, connection.cursor() as cursor:
        found = differences(cursor, wanted)
    print("\n".join(found) or f"all {len(wanted)} views are equal")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
