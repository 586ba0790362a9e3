# SPDX-License-Identifier: Apache-2.0
"""Notes inside the database which backend claimed, moved and wrote what, in the order in which it did: so a row of a
former owner shows, also one that would have been right. A note lives and dies with its transaction."""

TABLES = ("ingest.ledger", "ingest.dead_letter", "ingest.tally", "kepu.fact_visit", "kepu.facility")

SETUP = """
CREATE SCHEMA witness;
CREATE TABLE witness.note (
        number bigserial PRIMARY KEY, what text NOT NULL, place text NOT NULL, epoch bigint,
        xact bigint NOT NULL DEFAULT txid_current(), pid integer NOT NULL DEFAULT pg_backend_pid());
CREATE FUNCTION witness.offset_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
        -- The row is locked until COMMIT, so numbers of one partition are in the order of commits.
        IF (OLD.epoch, OLD.owner_pid, OLD.owner_started)
           IS DISTINCT FROM (NEW.epoch, NEW.owner_pid, NEW.owner_started) THEN
                INSERT INTO witness.note (what, place, epoch) VALUES ('claim', NEW.partition, NEW.epoch);
        ELSIF OLD.next_offset <> NEW.next_offset THEN
                INSERT INTO witness.note (what, place, epoch) VALUES ('move', NEW.partition, NEW.epoch);
        END IF;
        RETURN NULL;
END $$;
CREATE FUNCTION witness.rows_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
        INSERT INTO witness.note (what, place) VALUES ('rows', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME);
        RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER UPDATE ON ingest.kafka_offset FOR EACH ROW EXECUTE FUNCTION witness.offset_changed();
ALTER TABLE ingest.kafka_offset ENABLE ALWAYS TRIGGER witness;
"""
# ALWAYS: the daemon switches ordinary triggers off.
WATCH = """
CREATE TRIGGER witness AFTER INSERT OR UPDATE ON {0} FOR EACH STATEMENT EXECUTE FUNCTION witness.rows_came();
ALTER TABLE {0} ENABLE ALWAYS TRIGGER witness;
"""

STRANGERS = """SELECT moved.place::int AS partition, moved.epoch, moved.pid AS wrote, owner.pid AS owner
        FROM witness.note moved LEFT JOIN LATERAL (
                SELECT c.pid FROM witness.note c
                WHERE c.what = 'claim' AND c.place = moved.place AND c.number < moved.number
                ORDER BY c.number DESC LIMIT 1) owner ON true
        WHERE moved.what = 'move' AND moved.pid IS DISTINCT FROM owner.pid"""
UNCOVERED = """SELECT DISTINCT place, pid, xact FROM witness.note came WHERE what = 'rows' AND NOT EXISTS (
                SELECT FROM witness.note moved WHERE moved.xact = came.xact AND moved.what = 'move')"""


def install(database):
    database.rows(SETUP + "".join(WATCH.format(table) for table in TABLES))


def must_agree(database):
    """Only who claimed a partition last ever moved it, and nobody wrote a row without moving one."""
    strangers, uncovered = database.rows(STRANGERS), database.rows(UNCOVERED)
    assert not strangers, f"moved by who was not the owner (partition, epoch, pid, owner's pid): {strangers[:5]}"
    assert not uncovered, f"rows in transactions that moved no offset (table, pid, xact): {uncovered[:5]}"
    counts = dict(database.rows("SELECT what, count(*) FROM witness.note GROUP BY 1"))
    assert counts.keys() == {"claim", "move", "rows"}, f"the witness saw only {counts}"
    print(f"witness: {counts}")
