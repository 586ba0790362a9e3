# SPDX-License-Identifier: Apache-2.0
"""The oracle's rows as plain tables, and the queries of the contract on either."""
import json

import psycopg2.extras

from .views import declared


def fill(cursor, found):
    """Makes schema dashboard of tables named and typed as the views are, holding these rows."""
    cursor.execute("CREATE SCHEMA dashboard")
    for view, columns in declared().items():
        listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        cursor.execute(f"CREATE TABLE dashboard.{view} ({listed})")
        psycopg2.extras.execute_values(cursor, f"INSERT INTO dashboard.{view} VALUES %s",
                                       [tuple(map(adapted, row)) for row in found[view]])


def adapted(value):
    return json.dumps(value) if isinstance(value, dict) else value


def answers(cursor, queries):
    """id → the text that each query gives, in the session that the contract asks for."""
    cursor.execute("SET search_path = dashboard, kepu, ingest; SET timezone = 'Asia/Shanghai'")
    found = {}
    for query in queries:
        cursor.execute(f"SELECT ({query['sql']})::text")
        found[query["id"]] = cursor.fetchone()[0]
    return found
