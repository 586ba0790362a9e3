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

CREATE TABLE ingest.event_type (
        type_id  smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        type     text     NOT NULL UNIQUE COLLATE "C",
        class    text     NOT NULL CHECK (class IN ('fact', 'state', 'control')),
        version  smallint NOT NULL
);

CREATE TABLE ingest.event_source (
        source_id  integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source     text        NOT NULL UNIQUE COLLATE "C",
        first_seen timestamptz NOT NULL DEFAULT now()
);

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
        PRIMARY KEY (event_key)
);

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
