-- SPDX-License-Identifier: Apache-2.0
-- What an index of kepu.fact_visit costs whoever writes: a million rows into an empty table of its shape, three times for
-- each set of indexes; the quickest counts. In a database of its own, on an idle machine:
--   psql -Xq "$(scripts/postgres conninfo FOLDER)" -f tests/bench/visit_index.sql
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
CREATE TEMP TABLE took (indexes text, ms float8, wal bigint);

CREATE FUNCTION pg_temp.measure(indexes text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
        began timestamptz;
        at    pg_lsn;
BEGIN
        DROP TABLE IF EXISTS bench_visit;
        CREATE TABLE bench_visit (
                occurred_on date NOT NULL, event_key uuid NOT NULL, natural_key uuid NOT NULL, facility_id text COLLATE "C" NOT NULL,
                period_start date NOT NULL, period_end date NOT NULL, visitors bigint NOT NULL, scope text NOT NULL,
                PRIMARY KEY (event_key, occurred_on));
        IF indexes LIKE '%facility%' THEN
                CREATE INDEX ON bench_visit (facility_id, occurred_on);
        END IF;
        IF indexes LIKE '%natural key%' THEN
                CREATE INDEX ON bench_visit (natural_key);
        END IF;
        IF indexes LIKE '%BRIN%' THEN
                CREATE INDEX ON bench_visit USING brin (occurred_on) WITH (pages_per_range = 32);
        END IF;
        began := clock_timestamp();
        at := pg_current_wal_insert_lsn();
        INSERT INTO bench_visit SELECT * FROM bench_source ORDER BY event_key;
        INSERT INTO took VALUES (indexes, extract(epoch FROM clock_timestamp() - began) * 1000,
                                 pg_current_wal_insert_lsn() - at);
END
$$;

-- Keys rise like those of UUIDv7; facilities take turns.
CREATE TEMP TABLE bench_source AS
SELECT '2026-01-01'::date + n / 40000 AS occurred_on, (lpad(to_hex(n), 12, '0') || right(md5(n::text), 20))::uuid AS event_key,
       md5('natural' || n)::uuid AS natural_key, 'hall-' || n::bigint * 7919 % 5000 AS facility_id, '2026-01-01'::date + n / 40000 AS period_start,
       '2026-01-01'::date + n / 40000 AS period_end, (n % 997)::bigint AS visitors, 'total' AS scope
FROM generate_series(1, 1000000) n;
ANALYZE bench_source;

SELECT count(pg_temp.measure(indexes)) AS runs
FROM generate_series(1, 3) again,
     unnest(ARRAY['primary key', 'and BRIN (occurred_on)', 'and (facility_id, occurred_on)', 'and (natural key)']) indexes;

DROP TABLE bench_visit;
SELECT indexes, round((min(ms) / 1000)::numeric, 2) AS "µs a row", round(min(wal) / 1000000.0) AS "WAL B a row"
FROM took GROUP BY indexes ORDER BY 2;
