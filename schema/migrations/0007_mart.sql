-- SPDX-License-Identifier: Apache-2.0
-- Schema mart: what the dashboard views need worked out beforehand, and how it is kept up.
--
-- Words used throughout
--   greatest   of several events: the later time, then the greater id, then the greater source, bytewise
--   live       a fact that nothing takes back and that wins its natural key
--   own        what a total of visitors adds to sums: its figure less the totals that lie inside its period
--
-- dashboard.refresh() looks at the events that came since the last time (ingest.ledger.xact, so that the order of
-- commits does not matter), and settles anew only what they touch:
--   1. mart.out_of_race   events that are taken back, or lesser ones of several corrections of the same event
--   2. mart.lost          facts that lose their natural key
--   3. mart.visit_…       totals that lie in each other, and sums by facility and month
--   4. materialized views of what is summed up over regions, if an event of a type came that they are made of
-- The first two and the exceptions of the third have a row only for what is out of the ordinary, about one event in a
-- hundred. Whatever the order of arrival, the same events end in the same rows; mart.rebuild() works everything out
-- anew and must change nothing.

CREATE SCHEMA mart;
COMMENT ON SCHEMA mart IS 'Figures worked out beforehand for the views in dashboard; kept up by dashboard.refresh() | 预先计算的数据，供 dashboard 视图使用，由 dashboard.refresh() 维护';

CREATE TABLE mart.progress (
        one           boolean PRIMARY KEY DEFAULT true CHECK (one),
        seen          txid_snapshot,
        server        bigint,
        rebuilt_to    uuid,
        organizations bigint,
        regions       bigint,
        documents     numeric,
        changed       text[] COLLATE "C" NOT NULL DEFAULT '{}',
        refreshed_at  timestamptz
);
COMMENT ON TABLE mart.progress IS 'How far dashboard.refresh() has come; one row | 刷新进度，仅一行';
COMMENT ON COLUMN mart.progress.one IS 'always true | 恒为真';
COMMENT ON COLUMN mart.progress.seen IS 'transactions whose events are worked in; NULL: none yet | 已处理的事务快照，NULL 表示尚未处理';
COMMENT ON COLUMN mart.progress.rebuilt_to IS 'while everything is worked out anew, in the order of keys: how far; NULL: not so | 全部重算期间（按键序）的进度，空表示未在重算';
COMMENT ON COLUMN mart.progress.server IS 'system identifier of the cluster: transactions of another one have other numbers | 数据库集群标识：不同集群的事务号不可比';
COMMENT ON COLUMN mart.progress.organizations IS 'rows of kepu.organization at that time | 当时的组织行数';
COMMENT ON COLUMN mart.progress.regions IS 'rows of kepu.region at that time | 当时的地区行数';
COMMENT ON COLUMN mart.progress.documents IS 'sum of hashes of the descriptions in kepu.source_document: tells whether one changed | 文件描述的校验和，用于判断是否变化';
COMMENT ON COLUMN mart.progress.changed IS 'event types (and @region, …) worked in since the sums were refreshed | 自上次汇总以来处理过的事件类型';
COMMENT ON COLUMN mart.progress.refreshed_at IS 'when it last ran | 最近一次刷新的时间';
INSERT INTO mart.progress DEFAULT VALUES;

CREATE TABLE mart.out_of_race (
        event_key   uuid NOT NULL,
        type        text NOT NULL COLLATE "C",
        source      text NOT NULL COLLATE "C",
        why         text NOT NULL CHECK (why IN ('voided', 'corrected', 'lesser')),
        by_key      uuid NOT NULL,
        reason_kind text,
        PRIMARY KEY (event_key)
);
COMMENT ON TABLE mart.out_of_race IS 'Events that cannot be live, before natural keys are compared | 在比较自然键之前即已失效的事件';
COMMENT ON COLUMN mart.out_of_race.event_key IS 'the event | 事件';
COMMENT ON COLUMN mart.out_of_race.type IS 'its type; named in every look-up, so that the planner knows how few there are of it | 事件类型；查询时均需指明，便于估算行数';
COMMENT ON COLUMN mart.out_of_race.source IS 'its producer: only that one can take it back | 来源：只有它自己可以撤回';
COMMENT ON COLUMN mart.out_of_race.why IS 'voided, corrected, or lesser: another correction of the same event is greater | 失效原因：作废、更正，或同一事件有更大的更正';
COMMENT ON COLUMN mart.out_of_race.by_key IS 'the event that did it, of several the greatest | 使其失效的事件，多个时取最大者';
COMMENT ON COLUMN mart.out_of_race.reason_kind IS 'reason that a void gives | 作废理由';

CREATE TABLE mart.lost (
        event_key   uuid NOT NULL,
        natural_key uuid NOT NULL,
        winner_key  uuid NOT NULL,
        type        text NOT NULL COLLATE "C",
        occurred_on date NOT NULL,
        PRIMARY KEY (event_key, natural_key)
);
CREATE INDEX lost_natural_key ON mart.lost (natural_key);
CREATE INDEX lost_winner_key ON mart.lost (winner_key);
COMMENT ON TABLE mart.lost IS 'Facts told twice that lose to a greater event with the same natural key | 重复报送且让位于同一自然键更大事件的事实';
COMMENT ON COLUMN mart.lost.event_key IS 'the event | 事件';
COMMENT ON COLUMN mart.lost.natural_key IS 'hash that both have | 双方共有的自然键散列';
COMMENT ON COLUMN mart.lost.winner_key IS 'the event that counts instead | 取而代之的事件';
COMMENT ON COLUMN mart.lost.type IS 'type of both | 双方的事件类型';
COMMENT ON COLUMN mart.lost.occurred_on IS 'business date of the fact | 事实的业务日期';

CREATE TABLE mart.taking_finding (
        event_key   uuid        NOT NULL,
        target_key  uuid        NOT NULL,
        kind        text        NOT NULL,
        other_key   uuid,
        detail      text,
        received_at timestamptz NOT NULL,
        PRIMARY KEY (target_key, event_key, kind)
);
COMMENT ON TABLE mart.taking_finding IS 'What is wrong with voids and corrections | 作废与更正存在的问题';
COMMENT ON COLUMN mart.taking_finding.event_key IS 'the void or correction | 作废或更正事件';
COMMENT ON COLUMN mart.taking_finding.target_key IS 'what it takes back | 目标事件';
COMMENT ON COLUMN mart.taking_finding.kind IS 'voids_state, corrects_other_type, voids_unknown or corrected_twice | 问题类别';
COMMENT ON COLUMN mart.taking_finding.other_key IS 'event that it is compared with | 对照事件';
COMMENT ON COLUMN mart.taking_finding.detail IS 'type or id of the target | 目标的类型或标识';
COMMENT ON COLUMN mart.taking_finding.received_at IS 'when it was stored | 入库时间';

CREATE TABLE mart.visit_crossed (
        event_key   uuid NOT NULL,
        occurred_on date NOT NULL,
        crossed_by  uuid NOT NULL,
        PRIMARY KEY (event_key)
);
COMMENT ON TABLE mart.visit_crossed IS 'Totals left out because their period overlaps that of a greater total, neither inside the other | 因与更大的总数时段交叉而不计的总数';
COMMENT ON COLUMN mart.visit_crossed.event_key IS 'the event | 事件';
COMMENT ON COLUMN mart.visit_crossed.occurred_on IS 'last day of its period | 统计截止日期';
COMMENT ON COLUMN mart.visit_crossed.crossed_by IS 'the greatest that it crosses | 与之交叉的最大者';

CREATE TABLE mart.visit_remainder (
        event_key   uuid   NOT NULL,
        occurred_on date   NOT NULL,
        remainder   bigint NOT NULL,
        PRIMARY KEY (event_key)
);
COMMENT ON TABLE mart.visit_remainder IS 'Totals with other totals inside: what is left of them | 包含其他总数的总数扣除后的余数';
COMMENT ON COLUMN mart.visit_remainder.event_key IS 'the event | 事件';
COMMENT ON COLUMN mart.visit_remainder.occurred_on IS 'last day of its period | 统计截止日期';
COMMENT ON COLUMN mart.visit_remainder.remainder IS 'visitors less the largest totals inside, person-times; negative: the parts exceed the whole | 余数（人次），为负表示部分之和超过总数';

CREATE TABLE mart.visit_month (
        facility_id       text    NOT NULL COLLATE "C",
        month             date    NOT NULL,
        visitors          bigint  NOT NULL,
        totals            bigint  NOT NULL,
        inexact           boolean NOT NULL,
        of_longer_periods bigint  NOT NULL,
        in_groups         bigint  NOT NULL,
        PRIMARY KEY (facility_id, month)
);
COMMENT ON TABLE mart.visit_month IS 'Visitors by facility and month of the last day of the statements | 按场馆和统计截止月份汇总的参观人次';
COMMENT ON COLUMN mart.visit_month.facility_id IS 'facility | 场馆';
COMMENT ON COLUMN mart.visit_month.month IS 'first day of the month | 月份的第一天';
COMMENT ON COLUMN mart.visit_month.visitors IS 'sum of the own values of totals, person-times | 各总数自身值之和（人次）';
COMMENT ON COLUMN mart.visit_month.totals IS 'how many totals count; 0: only groups | 计入的总数条数，0 表示只有团体';
COMMENT ON COLUMN mart.visit_month.inexact IS 'some total is not exact | 含有约数';
COMMENT ON COLUMN mart.visit_month.of_longer_periods IS 'part of visitors from statements over more than 31 days, person-times | 其中来自超过31天的统计（人次）';
COMMENT ON COLUMN mart.visit_month.in_groups IS 'visitors in groups: parts of totals, person-times | 团体参观人次（总数的一部分）';

-- What a refresh works on; emptied every time, so not logged. -------------------------------------------------------

CREATE UNLOGGED TABLE mart.dirty (
        event_key   uuid     NOT NULL PRIMARY KEY,
        occurred_on date     NOT NULL,
        type_id     smallint NOT NULL
);
COMMENT ON TABLE mart.dirty IS 'Work table: events that are new or whose standing may have changed | 工作表：新事件或状态可能变化的事件';
CREATE UNLOGGED TABLE mart.touched (event_key uuid NOT NULL PRIMARY KEY);
COMMENT ON TABLE mart.touched IS 'Work table: events whose place in the race is settled anew | 工作表：需要重新判定的事件';
CREATE UNLOGGED TABLE mart.touched_key (
        natural_key uuid NOT NULL PRIMARY KEY,
        occurred_on date NOT NULL,
        facility_id text COLLATE "C"
);
COMMENT ON TABLE mart.touched_key IS 'Work table: natural keys that are settled anew | 工作表：需要重新判定的自然键';
CREATE UNLOGGED TABLE mart.touched_visit (
        event_key    uuid NOT NULL PRIMARY KEY,
        occurred_on  date NOT NULL,
        natural_key  uuid NOT NULL,
        facility_id  text NOT NULL COLLATE "C",
        period_start date NOT NULL,
        period_end   date NOT NULL,
        is_total     boolean NOT NULL,
        counter_id   text COLLATE "C",
        visitors     bigint NOT NULL
);
COMMENT ON TABLE mart.touched_visit IS 'Work table: visits whose standing may have changed | 工作表：状态可能变化的参观记录';
CREATE UNLOGGED TABLE mart.touched_total (
        event_key    uuid NOT NULL PRIMARY KEY,
        facility_id  text NOT NULL COLLATE "C",
        period_start date NOT NULL,
        period_end   date NOT NULL,
        counter_id   text COLLATE "C",
        visitors     bigint NOT NULL
);
COMMENT ON TABLE mart.touched_total IS 'Work table: totals that may enclose others, whose own value is worked out anew | 工作表：需要重新计算自身值的参观总数';
CREATE UNLOGGED TABLE mart.crossing (
        event_key   uuid NOT NULL PRIMARY KEY,
        occurred_on date NOT NULL,
        crossed_by  uuid NOT NULL
);
COMMENT ON TABLE mart.crossing IS 'Work table: touched totals that cross a greater one | 工作表：与更大总数交叉的总数';
CREATE UNLOGGED TABLE mart.inside (
        outer_key    uuid    NOT NULL,
        inner_key    uuid    NOT NULL,
        period_start date    NOT NULL,
        period_end   date    NOT NULL,
        counter_id   text COLLATE "C",
        visitors     bigint  NOT NULL,
        PRIMARY KEY (outer_key, inner_key)
);
COMMENT ON TABLE mart.inside IS 'Work table: which total lies inside which | 工作表：总数之间的包含关系';
CREATE UNLOGGED TABLE mart.touched_month (
        facility_id text NOT NULL COLLATE "C",
        month       date NOT NULL,
        PRIMARY KEY (facility_id, month)
);
COMMENT ON TABLE mart.touched_month IS 'Work table: months of facilities that are summed up anew | 工作表：需要重新汇总的场馆月份';

-- Indexes that the settling needs. The mass of visits, single days, is in none but the primary key: an index by facility
-- would double what storing one costs (tests/bench/visit_index.sql). They are found by going through the days concerned: rows
-- that came together lie together, so that the block ranges of those days are few.
CREATE INDEX ON kepu.fact_visit (facility_id, period_start) WHERE scope = 'total' AND period_end > period_start;
CREATE INDEX ON kepu.fact_visit (facility_id, period_end) WHERE scope = 'subset';
CREATE INDEX ON kepu.fact_visit USING brin (occurred_on) WITH (pages_per_range = 32);
CREATE INDEX ON kepu.fact_activity (natural_key);
CREATE INDEX ON kepu.fact_indicator (natural_key);

-- Not by TRUNCATE: that gives an unlogged table a new file, and when such a transaction is broken off and PostgreSQL
-- crashes before the WAL says so, PostgreSQL 15 does not start again ("could not create file …: File exists", of the
-- fork that it makes anew from the initial one).
CREATE FUNCTION mart.empty(work regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
        EXECUTE format('DELETE FROM %s', work);
END
$$;
COMMENT ON FUNCTION mart.empty IS 'Empties a work table | 清空工作表';

-- Events with their attributes --------------------------------------------------------------------------------------

CREATE SCHEMA IF NOT EXISTS dashboard;
COMMENT ON SCHEMA dashboard IS 'Views for dashboards: read these, not the tables | 面板视图：请查询这里而不是数据表';

CREATE VIEW dashboard.event AS
SELECT l.event_key, s.source, l.event_id, t.type, t.class, l.event_time, l.occurred_on, l.received_at
FROM ingest.ledger l
JOIN ingest.event_source s USING (source_id)
JOIN ingest.event_type t USING (type_id);
COMMENT ON VIEW dashboard.event IS 'Every accepted event with its attributes | 所有已接收事件及其属性';

CREATE VIEW mart.taking_back AS
SELECT b.target_key, b.event_key, b.kind, b.reason_kind, b.target_id,
       m.source, m.event_id, m.type, m.event_time, m.received_at,
       l.event_key IS NOT NULL AS target_is_there, t.type AS target_type,
       coalesce(CASE b.kind
                WHEN 'voided' THEN (t.class = 'fact' OR v.type IS NOT NULL)
                                   AND coalesce(b.target_type, t.type) = t.type
                ELSE m.type = t.type
                END, false) AS effective,
       CASE WHEN l.event_key IS NULL THEN 'voids_unknown'
            WHEN b.kind = 'voided' AND t.class <> 'fact' AND v.type IS NULL THEN 'voids_state'
            WHEN CASE b.kind WHEN 'voided' THEN b.target_type ELSE m.type END <> t.type THEN 'corrects_other_type'
       END AS flaw
FROM ingest.taken_back b
JOIN dashboard.event m ON m.event_key = b.event_key
LEFT JOIN ingest.ledger l ON l.event_key = b.target_key
LEFT JOIN ingest.event_type t ON t.type_id = l.type_id
-- One-way steps that a void takes back although they are no facts.
LEFT JOIN (VALUES ('cn.kepu.designation.revoked'), ('cn.kepu.activity.cancelled')) AS v (type) ON v.type = t.type;
COMMENT ON VIEW mart.taking_back IS 'Every void and correction with its target | 所有作废与更正及其目标';
COMMENT ON COLUMN mart.taking_back.event_key IS 'the void or correction | 作废或更正事件';
COMMENT ON COLUMN mart.taking_back.effective IS 'the target is there and is taken back | 目标存在且已失效';
COMMENT ON COLUMN mart.taking_back.flaw IS 'why it is not effective (yet) | 尚未生效的原因';

-- Step 1: who is taken back -----------------------------------------------------------------------------------------

CREATE FUNCTION mart.settle_race() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
        PERFORM mart.empty('mart.touched');
        INSERT INTO mart.touched
        WITH target AS (
                SELECT b.target_key FROM mart.dirty d JOIN ingest.taken_back b ON b.event_key = d.event_key
                UNION
                SELECT b.target_key FROM mart.dirty d JOIN ingest.taken_back b ON b.target_key = d.event_key
        ), contested AS (
                -- Corrections compete anew when one of them came, or was taken back.
                SELECT b.target_key FROM mart.dirty d JOIN ingest.taken_back b ON b.event_key = d.event_key
                UNION
                SELECT b.target_key FROM target t JOIN ingest.taken_back b ON b.event_key = t.target_key
        )
        SELECT target_key FROM target
        UNION
        SELECT b.event_key FROM contested c JOIN ingest.taken_back b USING (target_key) WHERE b.kind = 'corrected';

        DELETE FROM mart.out_of_race o USING mart.touched t WHERE o.event_key = t.event_key;
        INSERT INTO mart.out_of_race (event_key, type, source, why, by_key, reason_kind)
        SELECT DISTINCT ON (b.target_key) b.target_key, b.target_type, b.source, b.kind, b.event_key, b.reason_kind
        FROM mart.touched t
        JOIN mart.taking_back b ON b.target_key = t.event_key
        WHERE b.effective
        ORDER BY b.target_key, b.event_time DESC, b.event_id DESC, b.source DESC;

        INSERT INTO mart.out_of_race (event_key, type, source, why, by_key)
        SELECT c.event_key, c.type, c.source, 'lesser', c.greatest_key
        FROM (SELECT b.event_key, b.type, b.source,
                     first_value(b.event_key) OVER (PARTITION BY b.target_key, b.type
                                                    ORDER BY b.event_time DESC, b.event_id DESC, b.source DESC)
                             AS greatest_key
              FROM mart.taking_back b
              WHERE b.kind = 'corrected'
                    AND b.target_key IN (SELECT own.target_key FROM mart.touched t
                                         JOIN ingest.taken_back own ON own.event_key = t.event_key)
                    AND NOT EXISTS (SELECT FROM mart.out_of_race o WHERE o.event_key = b.event_key AND o.why <> 'lesser')
             ) c
        WHERE c.event_key <> c.greatest_key
        ON CONFLICT (event_key) DO NOTHING;

        DELETE FROM mart.taking_finding f USING mart.touched t WHERE f.target_key = t.event_key;
        INSERT INTO mart.taking_finding (event_key, target_key, kind, other_key, detail, received_at)
        SELECT b.event_key, b.target_key, b.flaw, CASE WHEN b.target_is_there THEN b.target_key END,
               CASE WHEN b.target_is_there THEN b.target_type ELSE b.target_id END, b.received_at
        FROM mart.touched t
        JOIN mart.taking_back b ON b.target_key = t.event_key
        WHERE b.flaw IS NOT NULL
        UNION ALL
        SELECT c.event_key, c.target_key, 'corrected_twice', c.greatest_key, NULL, c.received_at
        FROM (SELECT b.event_key, b.target_key, b.received_at,
                     first_value(b.event_key) OVER (PARTITION BY b.target_key, b.type
                                                    ORDER BY b.event_time DESC, b.event_id DESC, b.source DESC)
                             AS greatest_key
              FROM mart.touched t
              JOIN mart.taking_back b ON b.target_key = t.event_key
              WHERE b.kind = 'corrected') c
        WHERE c.event_key <> c.greatest_key;

        INSERT INTO mart.dirty (event_key, occurred_on, type_id)
        SELECT l.event_key, l.occurred_on, l.type_id
        FROM mart.touched t
        JOIN ingest.ledger l USING (event_key)
        ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION mart.settle_race IS 'Works out anew who is taken back, for the events that mart.dirty names | 重新判定被撤回的事件';

-- Step 2: who loses a natural key, visits aside -----------------------------------------------------------------------------------

-- Enters the losers among the rows of a table that have one of mart.touched_key; `place` narrows the search (table r).
-- Nested loops are on, whoever calls: there are few of them, and the ledger is large.
CREATE FUNCTION mart.find_losers(type text, facts regclass, place text) RETURNS void LANGUAGE plpgsql
SET enable_nestloop = on AS $$
BEGIN
        EXECUTE format($q$
                INSERT INTO mart.lost (event_key, natural_key, winner_key, type, occurred_on)
                WITH rival AS MATERIALIZED (
                        SELECT r.event_key, r.natural_key, r.occurred_on,
                               count(*) OVER (PARTITION BY r.natural_key) AS rivals
                        FROM mart.touched_key k
                        JOIN %1$s r ON r.natural_key = k.natural_key
                        WHERE %2$s AND NOT EXISTS (SELECT FROM mart.out_of_race o
                                                   WHERE o.type = %3$L AND o.event_key = r.event_key)
                ), ranked AS (
                        SELECT r.event_key, r.natural_key, r.occurred_on,
                               first_value(r.event_key) OVER (PARTITION BY r.natural_key
                                       ORDER BY e.event_time DESC NULLS LAST, e.event_id DESC, s.source DESC,
                                                r.event_key DESC) AS winner_key
                        FROM rival r
                        LEFT JOIN ingest.ledger e ON e.event_key = r.event_key
                        LEFT JOIN ingest.event_source s ON s.source_id = e.source_id
                        WHERE r.rivals > 1
                )
                SELECT event_key, natural_key, winner_key, %3$L, occurred_on FROM ranked WHERE event_key <> winner_key$q$,
                facts, place, type);
END
$$;
COMMENT ON FUNCTION mart.find_losers IS 'Finds the facts of a table that lose one of the touched natural keys | 找出自然键竞争中落败的事实';

CREATE FUNCTION mart.settle_natural_keys(type text, facts regclass, by_facility boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
        PERFORM mart.empty('mart.touched_key');
        EXECUTE format($q$
                INSERT INTO mart.touched_key (natural_key, occurred_on, facility_id)
                SELECT DISTINCT ON (f.natural_key) f.natural_key, f.occurred_on, %s
                FROM mart.dirty d
                JOIN %s f ON f.event_key = d.event_key AND f.occurred_on = d.occurred_on
                WHERE d.type_id = %L AND f.natural_key IS NOT NULL$q$,
                CASE WHEN by_facility THEN 'f.facility_id' ELSE 'NULL' END, facts,
                (SELECT t.type_id FROM ingest.event_type t WHERE t.type = settle_natural_keys.type));
        ANALYZE mart.touched_key;
        DELETE FROM mart.lost l USING mart.touched_key k WHERE l.natural_key = k.natural_key;
        PERFORM mart.find_losers(type, facts, CASE
                WHEN by_facility THEN 'r.occurred_on = k.occurred_on AND r.facility_id = k.facility_id'
                WHEN (SELECT relkind = 'p' FROM pg_class WHERE oid = facts) THEN 'r.occurred_on = k.occurred_on'
                ELSE 'true' END);
END
$$;
COMMENT ON FUNCTION mart.settle_natural_keys IS 'Works out anew which facts of a table are told twice, for the natural keys that the dirty events have | 重新判定重复报送的事实';

-- Step 3: visits ----------------------------------------------------------------------------------------------------
-- Partition by partition, with its days as constants in the statement, so that no other one is read. Where a partition
-- is gone through anyway, nested loops are off: correlated conditions (facility, day, no counter) look far rarer to the
-- planner than they are, and a loop over a million rows for each of a million ends never.

CREATE FUNCTION mart.slices(days date[]) RETURNS TABLE (first date, after date) LANGUAGE sql STABLE AS $$
        WITH partition AS MATERIALIZED (
                SELECT p.lower, p.upper FROM ingest.partitions_of('kepu.fact_visit') p WHERE NOT p.is_default
        )
        SELECT min(d.day), max(d.day) + 1
        FROM (SELECT DISTINCT unnest(days) AS day) d
        CROSS JOIN LATERAL (SELECT max(p.lower) FILTER (WHERE p.lower <= d.day) AS last_begin,
                                   max(p.upper) FILTER (WHERE p.upper <= d.day) AS last_end
                            FROM partition p) around
        GROUP BY around.last_begin, around.last_end
$$;
COMMENT ON FUNCTION mart.slices IS 'Ranges of days to go through: what of these days lies in one partition of visits, or in one gap between them | 按参观分区（及分区间的空档）划分的处理区间';
CREATE FUNCTION mart.month(day date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT date_trunc('month', day::timestamp)::date
$$;
COMMENT ON FUNCTION mart.month IS 'First day of the month | 月份的第一天';

CREATE VIEW mart.live_visit AS
SELECT f.event_key, f.occurred_on, f.facility_id, f.period_start, f.period_end, f.visitors, f.visitors_qualifier,
       f.scope, f.group_code, f.activity_id, f.free_admission, f.method, f.counter_id, f.document_id,
       -- NULL: adds nothing to sums, being a group or left out.
       CASE WHEN f.scope = 'total' AND c.event_key IS NULL THEN greatest(0, coalesce(r.remainder, f.visitors)) END AS own,
       c.crossed_by, r.remainder
FROM kepu.fact_visit f
LEFT JOIN mart.visit_crossed c USING (event_key)
LEFT JOIN mart.visit_remainder r USING (event_key)
WHERE NOT EXISTS (SELECT FROM mart.out_of_race o WHERE o.type = 'cn.kepu.visit.counted' AND o.event_key = f.event_key)
      AND NOT EXISTS (SELECT FROM mart.lost l WHERE l.type = 'cn.kepu.visit.counted' AND l.event_key = f.event_key);
COMMENT ON VIEW mart.live_visit IS 'Live visits and what each adds to sums | 有效的参观记录及其计入合计的值';

CREATE VIEW mart.live_total AS
SELECT f.event_key, f.occurred_on, f.facility_id, f.period_start, f.period_end, f.visitors, f.counter_id
FROM kepu.fact_visit f
WHERE f.scope = 'total'
      AND NOT EXISTS (SELECT FROM mart.out_of_race o WHERE o.type = 'cn.kepu.visit.counted' AND o.event_key = f.event_key)
      AND NOT EXISTS (SELECT FROM mart.lost l WHERE l.type = 'cn.kepu.visit.counted' AND l.event_key = f.event_key);
COMMENT ON VIEW mart.live_total IS 'Live totals of visitors | 有效的参观总数';

CREATE VIEW mart.kept_total AS
SELECT t.event_key, t.occurred_on, t.facility_id, t.period_start, t.period_end, t.visitors, t.counter_id
FROM mart.live_total t
WHERE NOT EXISTS (SELECT FROM mart.visit_crossed c WHERE c.event_key = t.event_key);
COMMENT ON VIEW mart.kept_total IS 'Live totals that are not left out | 计入的参观总数';

-- One total encloses another when its period contains the other's and it has the same counter or none; of equal periods
-- only one without a counter encloses one with.
CREATE FUNCTION mart.encloses(outer_start date, outer_end date, outer_counter text,
                              inner_start date, inner_end date, inner_counter text)
        RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT outer_start <= inner_start AND outer_end >= inner_end
               AND CASE WHEN outer_start = inner_start AND outer_end = inner_end
                        THEN outer_counter IS NULL AND inner_counter IS NOT NULL
                        ELSE outer_counter IS NULL OR outer_counter IS NOT DISTINCT FROM inner_counter END
$$;
COMMENT ON FUNCTION mart.encloses IS 'Whether one total of visitors encloses another | 一个参观总数是否包含另一个';

CREATE FUNCTION mart.touch_visits() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
        visits smallint := (SELECT type_id FROM ingest.event_type WHERE type = 'cn.kepu.visit.counted');
        slice  record;
BEGIN
        PERFORM mart.empty('mart.touched_visit');
        FOR slice IN
                SELECT s.* FROM mart.slices(ARRAY(SELECT DISTINCT occurred_on FROM mart.dirty WHERE type_id = visits)) s
        LOOP
                EXECUTE format($q$
                        INSERT INTO mart.touched_visit
                        SELECT f.event_key, f.occurred_on, f.natural_key, f.facility_id, f.period_start, f.period_end,
                               f.scope = 'total', f.counter_id, f.visitors
                        FROM mart.dirty d
                        JOIN kepu.fact_visit f ON f.event_key = d.event_key AND f.occurred_on = d.occurred_on
                        WHERE f.occurred_on >= %1$L AND f.occurred_on < %2$L
                              AND d.occurred_on >= %1$L AND d.occurred_on < %2$L AND d.type_id = %3$s$q$,
                        slice.first, slice.after, visits);
        END LOOP;
        ANALYZE mart.touched_visit;
END
$$;
COMMENT ON FUNCTION mart.touch_visits IS 'Looks up the visits among the dirty events | 找出待处理的参观记录';

CREATE FUNCTION mart.settle_visits_told_twice() RETURNS void LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
        slice record;
BEGIN
        PERFORM mart.empty('mart.touched_key');
        DELETE FROM mart.lost l USING mart.touched_visit t
        WHERE l.natural_key = t.natural_key AND l.type = 'cn.kepu.visit.counted';
        FOR slice IN
                SELECT s.* FROM mart.slices(ARRAY(SELECT DISTINCT occurred_on FROM mart.touched_visit)) s
        LOOP
                EXECUTE format($q$
                        INSERT INTO mart.touched_key (natural_key, occurred_on)
                        SELECT natural_key, min(occurred_on)
                        FROM kepu.fact_visit
                        WHERE occurred_on >= %1$L AND occurred_on < %2$L
                              AND natural_key IN (SELECT natural_key FROM mart.touched_visit
                                                  WHERE occurred_on >= %1$L AND occurred_on < %2$L)
                        GROUP BY natural_key HAVING count(*) > 1$q$, slice.first, slice.after);
        END LOOP;
        ANALYZE mart.touched_key;
        -- Who wins or loses by what came is touched like what came.
        FOR slice IN
                SELECT s.* FROM mart.slices(ARRAY(SELECT DISTINCT occurred_on FROM mart.touched_key)) s
        LOOP
                EXECUTE format($q$
                        INSERT INTO mart.touched_visit
                        SELECT r.event_key, r.occurred_on, r.natural_key, r.facility_id, r.period_start, r.period_end,
                               r.scope = 'total', r.counter_id, r.visitors
                        FROM mart.touched_key k
                        JOIN kepu.fact_visit r ON r.natural_key = k.natural_key
                        WHERE r.occurred_on >= %1$L AND r.occurred_on < %2$L
                              AND k.occurred_on >= %1$L AND k.occurred_on < %2$L
                        ON CONFLICT DO NOTHING$q$, slice.first, slice.after);
        END LOOP;
        PERFORM mart.find_losers('cn.kepu.visit.counted', 'mart.touched_visit', 'true');
END
$$;
COMMENT ON FUNCTION mart.settle_visits_told_twice IS 'Works out anew which visits are told twice | 重新判定重复报送的参观记录';

-- Totals over several days that overlap a touched one may cross it. Those whose standing changes are touched, too.
CREATE FUNCTION mart.settle_crossings() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
        PERFORM mart.empty('mart.touched_total');
        INSERT INTO mart.touched_total
        SELECT DISTINCT f.event_key, f.facility_id, f.period_start, f.period_end, f.counter_id, f.visitors
        FROM mart.touched_visit t
        JOIN kepu.fact_visit f ON f.facility_id = t.facility_id
             AND f.period_start <= t.period_end AND f.period_end >= t.period_start
        WHERE t.is_total AND t.period_end > t.period_start AND f.scope = 'total' AND f.period_end > f.period_start;
        IF NOT FOUND THEN
                RETURN;
        END IF;
        ANALYZE mart.touched_total;

        PERFORM mart.empty('mart.crossing');
        INSERT INTO mart.crossing (event_key, occurred_on, crossed_by)
        SELECT DISTINCT ON (a.event_key) a.event_key, a.occurred_on, b.event_key
        FROM mart.touched_total t
        JOIN mart.live_total a ON a.event_key = t.event_key AND a.occurred_on = t.period_end
        JOIN mart.live_total b ON b.facility_id = a.facility_id AND b.period_end > b.period_start
             AND (a.period_start < b.period_start AND b.period_start <= a.period_end AND a.period_end < b.period_end
                  OR b.period_start < a.period_start AND a.period_start <= b.period_end AND b.period_end < a.period_end)
             AND (a.counter_id IS NULL OR b.counter_id IS NULL OR a.counter_id = b.counter_id)
        -- What has left the ledger (dedup.window) is the lesser one.
        LEFT JOIN dashboard.event ea ON ea.event_key = a.event_key
        LEFT JOIN dashboard.event eb ON eb.event_key = b.event_key
        WHERE (coalesce(eb.event_time, '-infinity'), coalesce(eb.event_id, ''), coalesce(eb.source, ''), b.event_key)
              > (coalesce(ea.event_time, '-infinity'), coalesce(ea.event_id, ''), coalesce(ea.source, ''), a.event_key)
        ORDER BY a.event_key, eb.event_time DESC NULLS LAST, eb.event_id DESC, eb.source DESC, b.event_key DESC;

        INSERT INTO mart.touched_visit
        SELECT f.event_key, f.occurred_on, f.natural_key, f.facility_id, f.period_start, f.period_end, true, f.counter_id,
               f.visitors
        FROM mart.touched_total t
        JOIN kepu.fact_visit f ON f.event_key = t.event_key AND f.occurred_on = t.period_end
        LEFT JOIN mart.visit_crossed old ON old.event_key = t.event_key
        LEFT JOIN mart.crossing new ON new.event_key = t.event_key
        WHERE (old.event_key IS NULL) <> (new.event_key IS NULL)
        ON CONFLICT DO NOTHING;
        DELETE FROM mart.visit_crossed c USING mart.touched_total t WHERE c.event_key = t.event_key;
        INSERT INTO mart.visit_crossed SELECT event_key, occurred_on, crossed_by FROM mart.crossing;
END
$$;
COMMENT ON FUNCTION mart.settle_crossings IS 'Works out anew which totals are left out because they cross a greater one | 重新判定因交叉而不计的总数';

-- A total adds to what is inside another only when nothing lies between the two. So what may change are the touched
-- totals themselves and the next ones around each.
CREATE FUNCTION mart.touch_totals() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
        PERFORM mart.empty('mart.touched_total');
        INSERT INTO mart.touched_total
        WITH period AS MATERIALIZED (
                SELECT DISTINCT facility_id, period_start, period_end, counter_id FROM mart.touched_visit WHERE is_total
        ), long_total AS MATERIALIZED (
                -- By facility first: each look-up goes through all partitions.
                SELECT t.* FROM (SELECT DISTINCT facility_id FROM period) p
                JOIN mart.kept_total t ON t.facility_id = p.facility_id AND t.period_end > t.period_start
        ), around AS MATERIALIZED (
                SELECT p.facility_id, p.period_start AS inner_start, p.period_end AS inner_end,
                       p.counter_id AS inner_counter, t.event_key, t.period_start, t.period_end, t.counter_id, t.visitors
                FROM period p
                JOIN long_total t ON t.facility_id = p.facility_id
                     AND mart.encloses(t.period_start, t.period_end, t.counter_id,
                                       p.period_start, p.period_end, p.counter_id)
        )
        SELECT a.event_key, a.facility_id, a.period_start, a.period_end, a.counter_id, a.visitors
        FROM around a
        WHERE NOT EXISTS (SELECT FROM around b
                          WHERE b.facility_id = a.facility_id AND b.inner_start = a.inner_start
                                AND b.inner_end = a.inner_end AND b.inner_counter IS NOT DISTINCT FROM a.inner_counter
                                AND mart.encloses(a.period_start, a.period_end, a.counter_id,
                                                  b.period_start, b.period_end, b.counter_id))
        UNION
        SELECT event_key, facility_id, period_start, period_end, counter_id, visitors
        FROM mart.touched_visit
        WHERE is_total AND period_end > period_start;
END
$$;
COMMENT ON FUNCTION mart.touch_totals IS 'Finds the totals whose own value the touched visits may change | 找出自身值可能变化的总数';

-- On a single day, a total without a counter encloses those of the counters. Few facilities tell both.
CREATE FUNCTION mart.touch_days() RETURNS void LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
        slice record;
BEGIN
        FOR slice IN
                SELECT s.*
                FROM mart.slices(ARRAY(SELECT DISTINCT occurred_on FROM mart.touched_visit
                                       WHERE is_total AND period_end = period_start)) s
        LOOP
                EXECUTE format($q$
                        INSERT INTO mart.touched_total
                        WITH day_total AS NOT MATERIALIZED (
                                SELECT event_key, facility_id, occurred_on, counter_id, visitors FROM kepu.fact_visit
                                WHERE occurred_on >= %1$L AND occurred_on < %2$L AND scope = 'total'
                                      AND period_start = period_end
                        )
                        SELECT unnest(array_agg(event_key) FILTER (WHERE counter_id IS NULL)), facility_id, occurred_on,
                               occurred_on, NULL, unnest(array_agg(visitors) FILTER (WHERE counter_id IS NULL))
                        FROM day_total
                        WHERE facility_id IN (SELECT facility_id FROM day_total GROUP BY facility_id
                                              HAVING count(counter_id) BETWEEN 1 AND count(*) - 1)
                              AND (facility_id, occurred_on) IN
                                  (SELECT facility_id, occurred_on FROM mart.touched_visit
                                   WHERE occurred_on >= %1$L AND occurred_on < %2$L AND is_total
                                         AND period_start = period_end)
                        GROUP BY facility_id, occurred_on
                        HAVING count(counter_id) BETWEEN 1 AND count(*) - 1$q$, slice.first, slice.after);
        END LOOP;
        ANALYZE mart.touched_total;
END
$$;
COMMENT ON FUNCTION mart.touch_days IS 'Finds the totals of single days that enclose touched totals of counters | 找出包含计数点数据的单日总数';

CREATE FUNCTION mart.look_inside() RETURNS void LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
        slice record;
BEGIN
        PERFORM mart.empty('mart.inside');
        FOR slice IN
                SELECT s.*
                FROM mart.slices(ARRAY(SELECT DISTINCT t.period_start + day
                                       FROM (SELECT DISTINCT period_start, period_end FROM mart.touched_total) t
                                       CROSS JOIN LATERAL generate_series(0, t.period_end - t.period_start) day)) s
        LOOP
                -- A total of one day can only enclose others of that day.
                EXECUTE format($q$
                        INSERT INTO mart.inside
                        SELECT a.event_key, b.event_key, b.period_start, b.period_end, b.counter_id, b.visitors
                        FROM mart.touched_total a
                        JOIN mart.kept_total b ON b.facility_id = a.facility_id
                        WHERE b.occurred_on >= %1$L AND b.occurred_on < %2$L
                              AND a.period_end > a.period_start AND a.period_start < %2$L AND a.period_end >= %1$L
                              AND b.event_key <> a.event_key
                              AND mart.encloses(a.period_start, a.period_end, a.counter_id,
                                                b.period_start, b.period_end, b.counter_id)
                        UNION ALL
                        SELECT a.event_key, b.event_key, b.period_start, b.period_end, b.counter_id, b.visitors
                        FROM mart.touched_total a
                        JOIN mart.kept_total b ON b.facility_id = a.facility_id AND b.occurred_on = a.period_end
                             AND b.period_start = a.period_start
                        WHERE b.occurred_on >= %1$L AND b.occurred_on < %2$L
                              AND a.period_end = a.period_start AND a.period_end >= %1$L AND a.period_end < %2$L
                              AND a.counter_id IS NULL AND b.counter_id IS NOT NULL$q$, slice.first, slice.after);
        END LOOP;
        ANALYZE mart.inside;
END
$$;
COMMENT ON FUNCTION mart.look_inside IS 'Lists what lies inside the touched totals | 列出总数所包含的总数';

-- Like self time in a profile: what is left of a total when the largest totals inside it are taken off.
CREATE FUNCTION mart.settle_remainders() RETURNS void LANGUAGE plpgsql SET enable_nestloop = off AS $$
BEGIN
        DELETE FROM mart.visit_remainder r USING mart.touched_total t WHERE r.event_key = t.event_key;
        INSERT INTO mart.visit_remainder (event_key, occurred_on, remainder)
        SELECT t.event_key, t.period_end, t.visitors - sum(i.visitors)
        FROM mart.touched_total t
        JOIN mart.inside i ON i.outer_key = t.event_key
        WHERE NOT EXISTS (SELECT FROM mart.out_of_race o
                          WHERE o.type = 'cn.kepu.visit.counted' AND o.event_key = t.event_key)
              AND NOT EXISTS (SELECT FROM mart.lost l WHERE l.type = 'cn.kepu.visit.counted' AND l.event_key = t.event_key)
              AND NOT EXISTS (SELECT FROM mart.visit_crossed c WHERE c.event_key = t.event_key)
              AND NOT EXISTS (SELECT FROM mart.inside m
                              WHERE m.outer_key = i.outer_key AND m.period_end > m.period_start
                                    AND mart.encloses(m.period_start, m.period_end, m.counter_id,
                                                      i.period_start, i.period_end, i.counter_id))
              AND NOT EXISTS (SELECT FROM mart.inside m
                              WHERE m.outer_key = i.outer_key AND m.period_start = i.period_start
                                    AND m.period_end = i.period_end AND m.counter_id IS NULL AND i.counter_id IS NOT NULL)
        GROUP BY t.event_key, t.period_end, t.visitors;
END
$$;
COMMENT ON FUNCTION mart.settle_remainders IS 'Works out anew what is left of the touched totals | 重新计算总数的余数';

CREATE FUNCTION mart.settle_months() RETURNS void LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
        month date;
BEGIN
        PERFORM mart.empty('mart.touched_month');
        INSERT INTO mart.touched_month (facility_id, month)
        SELECT facility_id, mart.month(occurred_on) FROM mart.touched_visit
        UNION
        SELECT facility_id, mart.month(period_end) FROM mart.touched_total;
        ANALYZE mart.touched_month;

        DELETE FROM mart.visit_month m USING mart.touched_month t
        WHERE m.facility_id = t.facility_id AND m.month = t.month;
        FOR month IN SELECT DISTINCT t.month FROM mart.touched_month t LOOP
                EXECUTE format($q$
                        INSERT INTO mart.visit_month (facility_id, month, visitors, totals, inexact, of_longer_periods,
                                                      in_groups)
                        SELECT facility_id, %1$L, coalesce(sum(own), 0), count(own),
                               coalesce(bool_or(visitors_qualifier <> 'exact') FILTER (WHERE own IS NOT NULL), false),
                               coalesce(sum(own) FILTER (WHERE period_end - period_start >= 31), 0),
                               coalesce(sum(visitors) FILTER (WHERE scope = 'subset'), 0)
                        FROM mart.live_visit
                        WHERE occurred_on >= %1$L AND occurred_on < %2$L
                              AND facility_id IN (SELECT facility_id FROM mart.touched_month WHERE month = %1$L)
                              AND (own IS NOT NULL OR scope = 'subset')
                        GROUP BY facility_id$q$, month, (month + interval '1 month')::date);
        END LOOP;
END
$$;
COMMENT ON FUNCTION mart.settle_months IS 'Sums up the touched months of facilities anew | 重新汇总场馆月份';

CREATE FUNCTION mart.settle_visits() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
        PERFORM mart.touch_visits();
        PERFORM mart.settle_visits_told_twice();
        PERFORM mart.settle_crossings();
        PERFORM mart.touch_totals();
        PERFORM mart.touch_days();
        PERFORM mart.look_inside();
        PERFORM mart.settle_remainders();
        PERFORM mart.settle_months();
END
$$;
COMMENT ON FUNCTION mart.settle_visits IS 'Works out anew what the dirty events change about visits | 重新计算受影响的参观数据';
