-- SPDX-License-Identifier: Apache-2.0
-- What the daemon itself needs, whatever the catalogue: offsets, ledger, tally, dead letters, gaps.
-- `kepud migrate` runs each file of this folder once, in one transaction, in the order of the numbers.

CREATE TABLE ingest.kafka_offset (
        topic          text        NOT NULL COLLATE "C",
        partition      integer     NOT NULL,
        cluster_id     text        NOT NULL,
        group_name     text        NOT NULL,
        next_offset    bigint      NOT NULL CHECK (next_offset >= 0),
        epoch          bigint      NOT NULL DEFAULT 0,
        owner          text,
        owner_pid      integer,
        owner_started  timestamptz,
        last_timestamp timestamptz,
        stop_reason    text,
        updated_at     timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);
COMMENT ON TABLE ingest.kafka_offset IS 'Where reading goes on, a row per partition; moves in the same transaction as the rows';
COMMENT ON COLUMN ingest.kafka_offset.next_offset IS 'the next message to read; everything before it is stored, refused or in ingest.gap';
COMMENT ON COLUMN ingest.kafka_offset.epoch IS 'raised by every claim and seek: whoever holds an older one writes nothing';
COMMENT ON COLUMN ingest.kafka_offset.cluster_id IS 'Kafka cluster; a topic of the same name in another cluster is refused';
COMMENT ON COLUMN ingest.kafka_offset.owner IS 'instance that claimed last';
COMMENT ON COLUMN ingest.kafka_offset.owner_pid IS 'its backend, with owner_started: ended when it holds the row although it lost the claim';
COMMENT ON COLUMN ingest.kafka_offset.last_timestamp IS 'Kafka time of the last message written';
COMMENT ON COLUMN ingest.kafka_offset.stop_reason IS 'why reading stopped; NULL: it goes on';

CREATE TABLE ingest.event_type (
        type_id  smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        type     text     NOT NULL UNIQUE COLLATE "C",
        class    text     NOT NULL CHECK (class IN ('fact', 'state', 'control')),
        version  smallint NOT NULL
);
COMMENT ON TABLE ingest.event_type IS 'Event types seen so far';
COMMENT ON COLUMN ingest.event_type.version IS 'of the declaration that was in force when the type was last seen';

CREATE TABLE ingest.event_source (
        source_id  integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source     text        NOT NULL UNIQUE COLLATE "C",
        first_seen timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ingest.event_source IS 'Producers seen so far (CloudEvents source)';

CREATE TABLE ingest.ledger (
        event_time  timestamptz NOT NULL,
        received_at timestamptz NOT NULL,
        source_id   integer     NOT NULL,
        occurred_on date        NOT NULL,
        type_id     smallint    NOT NULL,
        version     smallint    NOT NULL,
        event_key   uuid        NOT NULL,
        content     uuid        NOT NULL,
        event_id    text        NOT NULL COLLATE "C",
        warnings    text[],
        xact        bigint      NOT NULL DEFAULT txid_current(),
        PRIMARY KEY (event_key)
);
-- Rows lie in the order of their transactions, so a summary of every 16 pages finds the newest ones, and costs an
-- insert nothing.
CREATE INDEX ledger_xact ON ingest.ledger USING brin (xact) WITH (pages_per_range = 16);
COMMENT ON TABLE ingest.ledger IS 'Every accepted event, for ever: what arrives again under its key is a duplicate or a conflict. Layout: docs/ledger.md';
COMMENT ON COLUMN ingest.ledger.event_time IS 'time of the event';
COMMENT ON COLUMN ingest.ledger.occurred_on IS 'business date of its rows';
COMMENT ON COLUMN ingest.ledger.version IS 'of the declaration under which it was stored';
COMMENT ON COLUMN ingest.ledger.event_key IS 'identity, from source and id: docs/identity.md';
COMMENT ON COLUMN ingest.ledger.content IS 'hash of what was stored: docs/identity.md';
COMMENT ON COLUMN ingest.ledger.warnings IS 'codes of what was tolerated; NULL: nothing';
COMMENT ON COLUMN ingest.ledger.xact IS 'transaction that stored it: what is new since a snapshot is found by it, whatever the order of commits';

CREATE TABLE ingest.tally (
        topic     text    NOT NULL COLLATE "C",
        partition integer NOT NULL,
        source    text    NOT NULL COLLATE "C",
        type      text    NOT NULL COLLATE "C",
        accepted  bigint  NOT NULL DEFAULT 0,
        duplicate bigint  NOT NULL DEFAULT 0,
        stale     bigint  NOT NULL DEFAULT 0,
        rejected  bigint  NOT NULL DEFAULT 0,
        warned    bigint  NOT NULL DEFAULT 0,
        last_seen timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (topic, partition, source, type)
) WITH (fillfactor = 50);
COMMENT ON TABLE ingest.tally IS 'Counts that must survive a crash, a row per partition, source and type, so that connections do not wait for each other';

CREATE TABLE ingest.dead_letter (
        id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        reason       text        NOT NULL,
        pointer      text        NOT NULL,
        detail       text        NOT NULL,
        sqlstate     text,
        constraint_name text,
        topic        text        NOT NULL COLLATE "C",
        partition    integer     NOT NULL,
        kafka_offset bigint      NOT NULL,
        kafka_time   timestamptz,
        source       text,
        event_id     text,
        type         text,
        key          bytea,
        payload      bytea,
        headers      bytea,
        fingerprint  uuid        NOT NULL,
        received_at  timestamptz NOT NULL DEFAULT now(),
        state        text        NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'replayed', 'discarded')),
        UNIQUE (topic, partition, kafka_offset, fingerprint)
);
COMMENT ON TABLE ingest.dead_letter IS 'Messages that were refused: as they came, and why';
COMMENT ON COLUMN ingest.dead_letter.pointer IS 'JSON pointer to what is wrong; empty: the whole message';
COMMENT ON COLUMN ingest.dead_letter.sqlstate IS 'of PostgreSQL, when it refused the row (E_DB)';
COMMENT ON COLUMN ingest.dead_letter.fingerprint IS 'hash of the message: replaying the same one does not store it twice';

CREATE TABLE ingest.gap (
        topic       text        NOT NULL COLLATE "C",
        partition   integer     NOT NULL,
        from_offset bigint      NOT NULL,
        to_offset   bigint      NOT NULL CHECK (to_offset > from_offset),
        reason      text        NOT NULL,
        decided_by  text        NOT NULL,
        decided_at  timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (topic, partition, from_offset, decided_at)
);
COMMENT ON TABLE ingest.gap IS 'Messages that were skipped on purpose, by whom and why';
COMMENT ON COLUMN ingest.gap.to_offset IS 'the first one that was not skipped';

CREATE TABLE ingest.taken_back (
        target_key  uuid        NOT NULL,
        event_key   uuid        NOT NULL,
        kind        text        NOT NULL CHECK (kind IN ('voided', 'corrected')),
        target_id   text        NOT NULL COLLATE "C",
        target_type text,
        reason_kind text,
        reason      text,
        PRIMARY KEY (target_key, event_key)
);
CREATE INDEX taken_back_by ON ingest.taken_back (event_key);
COMMENT ON TABLE ingest.taken_back IS 'Who takes back whom; takes effect when the target is there, in whatever order they came';
COMMENT ON COLUMN ingest.taken_back.target_key IS 'identity of (source of the event, target_id)';
COMMENT ON COLUMN ingest.taken_back.event_key IS 'the void or correction';
COMMENT ON COLUMN ingest.taken_back.kind IS 'voided: only taken back; corrected: the event stands in its place';
COMMENT ON COLUMN ingest.taken_back.target_type IS 'what the void says that its target is; the void has no effect on another type';
