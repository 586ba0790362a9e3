-- SPDX-License-Identifier: Apache-2.0
-- The fixed pair of tables beside which ours are measured, so that fatter tables of ours cannot flatter: the least that
-- recognises duplicates and holds a visit. It stays as it is, or figures of different days cannot be compared.
CREATE SCHEMA reference;
CREATE TABLE reference.ledger (
        event_key uuid PRIMARY KEY,
        content   uuid NOT NULL
);
CREATE TABLE reference.visit (
        visit_id       bigint PRIMARY KEY,
        facility_id    text    NOT NULL,
        period_start   date    NOT NULL,
        period_end     date    NOT NULL,
        visitors       bigint  NOT NULL,
        qualifier      text    NOT NULL,
        scope          text    NOT NULL,
        free_admission boolean NOT NULL
);
