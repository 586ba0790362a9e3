# SPDX-License-Identifier: Apache-2.0
"""What each role may do and may not, tried for real, with a login that has this role and no other."""
import json

import psycopg2
import psycopg2.errors
import pytest

from harness.views import reader

SCHEMAS = ("kepu", "dashboard", "ingest", "mart")
GROUPS = ("kepud_ingest", "kepud_dashboard", "kepud_operator")
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
# ingest.table_use says what the daemon does with a table.
USES = {"lookup": {"SELECT"}, "fact": {"INSERT"}, "seen": {"INSERT", "SELECT"}, "child": {"INSERT", "SELECT", "DELETE"},
        "state": {"INSERT", "SELECT", "UPDATE"}, "kept": {"INSERT", "SELECT", "UPDATE"}}
RELATIONS = """SELECT c.oid::regclass::text, c.relkind::text, c.relispartition, min(a.attname::text) FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND a.attidentity = ''
        WHERE c.relnamespace = ANY (%s::text[]::regnamespace[]) AND c.relkind IN ('r', 'p', 'v', 'm')
        GROUP BY c.oid ORDER BY 1"""
VISIT = """INSERT INTO kepu.fact_visit (occurred_on, event_key, natural_key, facility_id, period_start, period_end,
        visitors, visitors_qualifier, scope, group_code)
        SELECT day, gen_random_uuid(), gen_random_uuid(), 'hall', day, day, 10, 'exact', 'total', 'all'
        FROM generate_series('2024-05-01'::date, '2024-05-01'::date + {}, '1 day') AS day"""
LEDGER = """INSERT INTO ingest.ledger (event_time, received_at, source_id, occurred_on, type_id, version, event_key,
        content, event_id)
        SELECT now(), now(), source_id, occurred_on, type_id, 1, event_key, event_key, event_key::text
        FROM kepu.fact_visit, ingest.event_type, ingest.event_source ON CONFLICT DO NOTHING"""
DDL = ["CREATE TABLE {schema}.fresh (n integer)", "CREATE VIEW {schema}.fresh AS SELECT 1",
       "CREATE FUNCTION {schema}.fresh() RETURNS integer LANGUAGE sql AS 'SELECT 1'", "DROP SCHEMA {schema} CASCADE"]
ELSEWHERE = ["CREATE SCHEMA fresh", "CREATE ROLE fresh", "CREATE TABLE public.fresh (n integer)",
             "ALTER TABLE kepu.region ADD fresh integer", "ALTER TABLE kepu.fact_visit DISABLE TRIGGER ALL",
             "CREATE INDEX ON kepu.fact_visit (visitors)", "DROP TABLE kepu.fact_visit_default",
             "ALTER TABLE kepu.fact_visit DETACH PARTITION kepu.fact_visit_default", "DROP TABLE ingest.ledger",
             "DROP VIEW dashboard.region", "REFRESH MATERIALIZED VIEW mart.science_day",
             "ALTER FUNCTION dashboard.refresh() SECURITY INVOKER",
             "COPY (SELECT 1) TO PROGRAM 'true'", "SELECT pg_read_file('PG_VERSION')", "SET ROLE kepud",
             "SET SESSION AUTHORIZATION kepud"]


class Login:
    """A login whose mistakes leave nothing behind: each statement is rolled back."""

    def __init__(self, conninfo):
        self.connection = psycopg2.connect(conninfo)

    def do(self, sql, *parameters, keep=False):
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql, parameters or None)
                return cursor.fetchall() if cursor.description else cursor.rowcount
        finally:
            self.connection.commit() if keep else self.connection.rollback()

    def may(self, sql):
        """Only a refusal for lack of rights, or of something that cannot be done to a view at all, is a no."""
        try:
            self.do(sql)
        except (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ObjectNotInPrerequisiteState,
                psycopg2.errors.WrongObjectType):
            return False
        return True

    def must_not(self, *statements):
        for sql in statements:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                self.do(sql)


@pytest.fixture
def login(database):
    made = []

    def make(group):
        made.append(Login(reader(database, group)))
        return made[-1]

    yield make
    for one in made:
        one.connection.close()


def relations(database, *schemas):
    return database.rows(RELATIONS, list(schemas or SCHEMAS))


def statement(verb, relation, column):
    """Does nothing, but wants the right."""
    return {"SELECT": f'SELECT "{column}" FROM {relation} LIMIT 0',
            "INSERT": f'INSERT INTO {relation} ("{column}") SELECT NULL WHERE false',
            "UPDATE": f'UPDATE {relation} SET "{column}" = DEFAULT WHERE false',
            "DELETE": f"DELETE FROM {relation} WHERE false",
            "TRUNCATE": f"TRUNCATE {relation} CASCADE"}[verb]


def rights(one, relation, column):
    """The verbs that it may, tried."""
    return {verb for verb in VERBS if one.may(statement(verb, relation, column))}


# ---- PUBLIC and logins without a role

def test_public_may_nothing(database, login):
    one = login("pg_monitor")  # a role that has nothing to do with us
    one.must_not(*(f"SELECT FROM {relation}" for relation, _, _, _ in relations(database)))
    assert database.rows("""SELECT p.oid::regprocedure::text FROM pg_proc p
            WHERE p.pronamespace = ANY (%s::text[]::regnamespace[])
                  AND has_function_privilege('pg_monitor', p.oid, 'EXECUTE')""", list(SCHEMAS)) == []
    assert database.rows("SELECT nspname::text FROM pg_namespace WHERE nspname = ANY (%s) "
                         "AND has_schema_privilege('pg_monitor', oid, 'USAGE, CREATE')", list(SCHEMAS)) == []


@pytest.mark.parametrize("group", GROUPS)
def test_mnh_39_no_ddl(login, group):
    one = login(group)
    one.must_not(*(sql.format(schema=schema) for sql in DDL for schema in SCHEMAS), *ELSEWHERE)
    one.must_not(*(f"SET ROLE {other}" for other in GROUPS if other != group))


# ---- kepud_dashboard

def test_dashboard_reads_views_and_nothing_else(database, login):
    one = login("kepud_dashboard")
    for relation, _, _, column in relations(database):
        wanted = {"SELECT"} if relation.startswith("dashboard.") else set()
        assert rights(one, relation, column) == wanted, relation
    for view, in database.rows("SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'dashboard'::regnamespace"
                               " AND relkind = 'v'"):
        one.do(f"SELECT * FROM {view}")


def test_dashboard_calls_refresh_and_nothing_else(database, login):
    one = login("kepud_dashboard")
    one.do("SELECT dashboard.refresh()")
    one.must_not("SELECT kepu.make_regions('{110101}')", "SELECT mart.rebuild()", "SELECT mart.settle_race()",
                 "SELECT mart.exactness('exact')", "SELECT ingest.grant_rights()", "CALL ingest.maintain_all()",
                 "SELECT * FROM ingest.maintenance_due()", "SELECT ingest.drop_partition('kepu.fact_visit_default')",
                 "SET session_replication_role = replica")


SHADOWS = ["CREATE TEMP TABLE progress (one boolean, seen text)", "CREATE TEMP TABLE dirty (event_key text)",
           "CREATE TEMP TABLE pg_class (oid oid)", "CREATE TEMP TABLE pg_inherits (inhparent oid)",
           "CREATE TEMP TABLE region (code text)",
           *(f"CREATE DOMAIN pg_temp.{name} AS integer" for name in ("uuid", "regclass", "name", "txid_snapshot")),
           "CREATE FUNCTION pg_temp.txid_current_snapshot() RETURNS text LANGUAGE sql AS 'SELECT 1/0'",
           "CREATE FUNCTION pg_temp.count(anyelement) RETURNS bigint LANGUAGE sql AS 'SELECT 1/0'",
           "CREATE FUNCTION pg_temp.array_cat(text[], text[]) RETURNS text[] LANGUAGE sql AS 'SELECT $1'",
           "CREATE FUNCTION pg_temp.hashtext(text) RETURNS integer LANGUAGE plpgsql AS "
           "$$ BEGIN DELETE FROM kepu.fact_visit; RETURN 1; END $$",
           "CREATE OPERATOR pg_temp.|| (LEFTARG = text[], RIGHTARG = text[], FUNCTION = pg_temp.array_cat)"]
MOODS = ["SET search_path = pg_temp, kepu, pg_catalog", "SET DateStyle = 'SQL, DMY'",
         "SET TimeZone = 'Pacific/Kiritimati'",
         "SET IntervalStyle = sql_standard", "SET extra_float_digits = -15", "SET bytea_output = escape",
         "SET standard_conforming_strings = off", "SET array_nulls = off",
         "SET escape_string_warning = off", "SET enable_indexscan = off", "SET row_security = off",
         "SET default_transaction_isolation = 'repeatable read'"]


def test_refresh_cannot_be_led_astray(database, login):
    """It runs with the owner's rights: what the caller has in pg_temp or has set must not reach it."""
    fill(database)
    one = login("kepud_dashboard")
    for sql in [*SHADOWS, *MOODS]:
        one.do(sql, keep=True)
    one.do("SELECT dashboard.refresh()", keep=True)
    assert one.do("SELECT sum(visitors) FROM dashboard.visits_region_month WHERE region_code = '100000'") == [(30,)]
    database.rows(VISIT.format(1))
    database.rows(LEDGER)
    one.do("SELECT dashboard.refresh()", keep=True)
    made = database.rows("SELECT * FROM mart.visit_month")
    database.rows("SELECT mart.rebuild()")
    assert made == database.rows("SELECT * FROM mart.visit_month")
    assert database.value("SELECT count(*) FROM kepu.fact_visit") == 5


# ---- kepud_ingest

def test_ingest_has_what_its_uses_say(database, login):
    one = login("kepud_ingest")
    uses = dict(database.rows("SELECT to_regclass(relation)::text, use FROM ingest.table_use"))
    assert len(uses) > 45
    expected = {relation: USES[use] for relation, use in uses.items()}
    expected |= {"ingest.dead_letter": {"INSERT"}, "ingest.migration": {"SELECT"}}
    for relation, _, _, column in relations(database):
        # Of dead letters it may read some columns; column is the first by name.
        assert rights(one, relation, column) == expected.get(relation, set()), relation


def test_ingest_inserts_facts_and_never_changes_them(database, login):
    one = login("kepud_ingest")
    one.do("INSERT INTO kepu.facility (facility_id) VALUES ('hall')", keep=True)
    assert one.do(VISIT.format(0), keep=True) == 1
    one.must_not("UPDATE kepu.fact_visit SET visitors = 0", "DELETE FROM kepu.fact_visit", "TRUNCATE kepu.fact_visit",
                 "SELECT visitors FROM kepu.fact_visit", "DELETE FROM kepu.facility",
                 "INSERT INTO kepu.fact_visit_default SELECT", "DELETE FROM ingest.ledger",
                 "UPDATE ingest.ledger SET content = event_key")
    assert database.value("SELECT sum(visitors) FROM kepu.fact_visit") == 10


def test_ingest_does_not_read_dead_letters_back(login):
    one = login("kepud_ingest")
    one.do("SELECT id, topic, partition, kafka_offset, fingerprint FROM ingest.dead_letter")
    one.must_not(*(f"SELECT {column} FROM ingest.dead_letter" for column in
                   ("payload", "key", "headers", "detail", "pointer", "source", "event_id")),
                 "UPDATE ingest.dead_letter SET state = 'discarded'", "DELETE FROM ingest.dead_letter")


def test_ingest_maintains_only_what_is_due(database, login):
    one = login("kepud_ingest")
    one.must_not("SELECT ingest.drop_partition('kepu.fact_visit_default')",
                 "SELECT ingest.make_partition('kepu.fact_visit', 'kepu.fresh', '2040-01-01', '2041-01-01')",
                 "SELECT ingest.do_maintenance('call', 'mart.rebuild', NULL, NULL)", "SELECT ingest.grant_rights()",
                 "SELECT ingest.trim_ledger('1 day')",
                 "SELECT ingest.delete_rows_before('kepu.region', 'valid_to', 'now')",
                 "SELECT dashboard.refresh()", "SELECT mart.rebuild()")
    other = json.dumps({"kepu.fact_reach": 1})
    for task, subject in (("drop partition", "kepu.fact_visit_default"), ("drop partition", "kepu.region"),
                          ("call", "mart.rebuild"), ("delete old rows", "kepu.fact_visit_default"),
                          ("make partition", "kepu.fresh")):
        assert one.do("SELECT ingest.maintain(%s, %s, %s)", task, subject, other) == [(None,)]
    assert one.do("SELECT kepu.make_regions('{110101}')") == [("110101",)]


# ---- kepud_operator

def test_operator_reads_everything_and_handles_dead_letters(database, login):
    one = login("kepud_operator")
    more = {"ingest.dead_letter": {"UPDATE", "DELETE"}, "ingest.kafka_offset": {"INSERT", "UPDATE"},
            "ingest.gap": {"INSERT"}}
    for relation, _, is_partition, column in relations(database):
        if not is_partition:
            assert rights(one, relation, column) == {"SELECT"} | more.get(relation, set()), relation
    database.rows("""INSERT INTO ingest.dead_letter (reason, pointer, detail, topic, partition, kafka_offset, payload,
                  fingerprint) VALUES ('E_JSON', '', 'x', 't', 0, 5, 'bad', gen_random_uuid())""")
    assert bytes(one.do("SELECT payload FROM ingest.dead_letter")[0][0]) == b"bad"
    assert one.do("UPDATE ingest.dead_letter SET state = 'discarded'", keep=True) == 1
    assert one.do("DELETE FROM ingest.dead_letter") == 1
    one.must_not(VISIT.format(0), "DELETE FROM kepu.fact_visit", "UPDATE kepu.region SET status = 'active'",
                 "DELETE FROM ingest.ledger", "DELETE FROM ingest.kafka_offset", "DELETE FROM ingest.gap",
                 "UPDATE ingest.gap SET reason = ''", "CALL ingest.maintain_all()", "SELECT mart.rebuild()",
                 "SET session_replication_role = replica")
    one.do("SELECT dashboard.refresh()")
    assert all(dangling == 0 for _, _, dangling in one.do("SELECT * FROM ingest.prove_references()"))


def fill(database):
    """Three days with 10 visitors each in one hall."""
    database.rows("INSERT INTO ingest.event_type (type, class, version) VALUES ('cn.kepu.visit.counted', 'fact', 1)")
    database.rows("INSERT INTO ingest.event_source (source) VALUES ('s')")
    database.rows("INSERT INTO kepu.facility (facility_id) VALUES ('hall')")
    database.rows(VISIT.format(2))
    database.rows(LEDGER)
