-- SPDX-License-Identifier: Apache-2.0
-- What came in, what was refused, what somebody should look at; and dashboard.refresh(), which keeps mart up.

CREATE VIEW dashboard.taken_back AS
SELECT e.source, e.event_id, o.why AS kind, b.event_id AS taken_back_by, o.reason_kind
FROM mart.out_of_race o
JOIN dashboard.event e USING (event_key)
LEFT JOIN dashboard.event b ON b.event_key = o.by_key
WHERE o.why <> 'lesser';
COMMENT ON VIEW dashboard.taken_back IS 'Events that are not live because another takes them back; of several the greatest is named | 被作废或更正的事件；多个时取最大者';

CREATE VIEW dashboard.ingest_quality AS
WITH counted AS (
        SELECT source, type, sum(accepted)::bigint AS accepted, sum(duplicate)::bigint AS redelivered,
               sum(warned)::bigint AS with_warnings
        FROM ingest.tally
        GROUP BY source, type
        HAVING sum(accepted) > 0
), taken AS (
        SELECT source, type, count(*) AS events FROM mart.out_of_race WHERE why <> 'lesser' GROUP BY source, type
)
SELECT c.source, c.type, c.accepted, c.redelivered, c.with_warnings, coalesce(k.events, 0) AS voided_or_corrected
FROM counted c
LEFT JOIN taken k USING (source, type);
COMMENT ON VIEW dashboard.ingest_quality IS 'Accepted events by producer and type; redelivered: duplicates seen; with_warnings: other than placeholders made | 按来源和类型统计的接收情况；redelivered 为重复投递，with_warnings 不含占位提示';

CREATE VIEW dashboard.reject_reason AS
SELECT reason, count(*) AS messages, max(received_at) AS last_seen
FROM ingest.dead_letter
GROUP BY reason;
COMMENT ON VIEW dashboard.reject_reason IS 'Refused messages by reason | 按原因统计的拒收消息';

-- One row per pair: the first event has the finding, the other is the one that it is compared with.
CREATE VIEW mart.finding_pair AS
SELECT 'same_fact_twice' AS kind, event_key AS first_key, winner_key AS other_key, NULL AS detail FROM mart.lost
UNION ALL
-- Hours, not days: a day of the session's time zone may have 23.
SELECT kind, event_key, other_key, detail
FROM mart.taking_finding
WHERE kind <> 'voids_unknown' OR received_at <= now() - interval '168 hours'
UNION ALL
SELECT 'overlapping_totals', event_key, crossed_by, NULL FROM mart.visit_crossed
UNION ALL
SELECT 'negative_remainder', event_key, NULL, remainder::text FROM mart.visit_remainder WHERE remainder < 0
UNION ALL
SELECT 'declared_mismatch', event_key, NULL, indicator_code FROM dashboard.network_growth WHERE declared_mismatch
UNION ALL
SELECT 'conflicting_statements', event_key, preferred_key, what FROM mart.conflict WHERE value <> preferred_value
UNION ALL
SELECT 'equal_revision', event_key, greatest_key, entity_id || ' revision ' || revision
FROM (SELECT r.event_key, r.entity_id, r.revision, l.content,
             first_value(r.event_key) OVER same AS greatest_key, first_value(l.content) OVER same AS greatest_content
      FROM (SELECT entity_id, revision FROM kepu.state_revision GROUP BY entity_id, revision HAVING count(*) > 1) twice
      JOIN kepu.state_revision r USING (entity_id, revision)
      JOIN ingest.ledger l USING (event_key)
      JOIN ingest.event_source s USING (source_id)
      WINDOW same AS (PARTITION BY l.type_id, r.entity_id, r.revision
                      ORDER BY l.event_time DESC, l.event_id DESC, s.source DESC)) v
WHERE content <> greatest_content
UNION ALL
SELECT 'cancelled_but_reported', c.event_key, l.event_key, c.activity_id
FROM mart.counting_cancellation c
JOIN dashboard.live_activity l ON l.activity_id = c.activity_id AND l.aggregation = 'single'
UNION ALL
SELECT 'revoked_before_granted', r.event_key, g.event_key, r.designation_id
FROM mart.counting_revocation r JOIN mart.counting_grant g USING (designation_id) WHERE r.revoked_on < g.valid_from
UNION ALL
SELECT 'revoked_more_than_granted', r.event_key, g.event_key, r.designation_id
FROM mart.counting_revocation r JOIN mart.counting_grant g USING (designation_id) WHERE r.holder_count > coalesce(g.holder_count, 1)
UNION ALL
SELECT 'double_identifier', event_key, first_key, detail
FROM (SELECT 'uscc ' || uscc AS detail, event_key, org_id AS id,
             first_value(event_key) OVER same AS first_key, first_value(org_id) OVER same AS first_id
      FROM kepu.organization WHERE NOT is_placeholder AND uscc IS NOT NULL
      WINDOW same AS (PARTITION BY uscc ORDER BY org_id)
      UNION ALL
      SELECT 'iso3166_2 ' || iso3166_2, event_key, code, first_value(event_key) OVER same, first_value(code) OVER same
      FROM kepu.region WHERE event_key IS NOT NULL AND iso3166_2 IS NOT NULL
      WINDOW same AS (PARTITION BY iso3166_2 ORDER BY code)) i
WHERE id <> first_id;
COMMENT ON VIEW mart.finding_pair IS 'Quality findings as pairs of event keys | 以事件键对表示的质量问题';

-- Every join can be left out by who only counts: for each row there is at most one on the other side.
CREATE VIEW dashboard.quality_finding AS
SELECT p.kind, t.type, s.source, e.event_id, os.source AS other_source, o.event_id AS other_event_id, p.detail
FROM (SELECT kind, first_key, other_key, min(detail) AS detail
      FROM mart.finding_pair
      GROUP BY kind, first_key, other_key
      UNION ALL
      SELECT 'placeholder', NULL, NULL, dim || ' ' || id
      FROM (SELECT 'region' AS dim, code AS id, first_seen FROM kepu.region WHERE is_placeholder
            UNION ALL
            SELECT 'organization', org_id, first_seen FROM kepu.organization WHERE is_placeholder
            UNION ALL
            SELECT 'facility', facility_id, first_seen FROM kepu.facility WHERE is_placeholder
            UNION ALL
            SELECT 'activity', activity_id, first_seen FROM kepu.activity WHERE is_placeholder
            UNION ALL
            SELECT 'indicator', code, first_seen FROM kepu.indicator WHERE is_placeholder) late
      WHERE first_seen <= now() - interval '168 hours') p
LEFT JOIN ingest.ledger e ON e.event_key = p.first_key
LEFT JOIN ingest.event_source s ON s.source_id = e.source_id
LEFT JOIN ingest.event_type t ON t.type_id = e.type_id
LEFT JOIN ingest.ledger o ON o.event_key = p.other_key
LEFT JOIN ingest.event_source os ON os.source_id = o.source_id;
COMMENT ON VIEW dashboard.quality_finding IS 'What somebody should look at: doubles, contradictions, things that never arrived | 需要关注的问题：重复、矛盾、迟迟未到的数据';

-- How many there are, for who polls: counting them takes as long as there are many.
CREATE MATERIALIZED VIEW mart.finding_count AS
SELECT kind, coalesce(type, '') AS type, count(*) AS findings
FROM dashboard.quality_finding
WHERE kind NOT IN ('voids_unknown', 'placeholder')
GROUP BY kind, type;
CREATE UNIQUE INDEX ON mart.finding_count (kind, type);
COMMENT ON MATERIALIZED VIEW mart.finding_count IS 'Quality findings by kind and type, but for those that time alone makes | 按类别和事件类型统计的质量问题（仅因时间推移而产生的除外）';

CREATE VIEW dashboard.finding_count AS
SELECT kind, nullif(type, '') AS type, findings FROM mart.finding_count
UNION ALL
SELECT kind, type, count(*)
FROM dashboard.quality_finding
WHERE kind IN ('voids_unknown', 'placeholder')
GROUP BY kind, type;
COMMENT ON VIEW dashboard.finding_count IS 'How many quality findings there are, by kind and event type; current as of the last refresh | 按类别和事件类型统计的质量问题数量，截至最近一次刷新';

CREATE VIEW dashboard.label AS
SELECT type, member, value, zh, en FROM ingest.label
UNION ALL
SELECT '', 'indicator', code, name_zh, name_en FROM kepu.indicator WHERE NOT is_placeholder;
COMMENT ON VIEW dashboard.label IS 'What types, members and enumeration values are called, from the declarations | 类型、字段和枚举值的中英文名称，取自声明';

-- Keeping mart up -----------------------------------------------------------------------------------------------------

CREATE TABLE mart.natural_key_of (
        type        text    NOT NULL COLLATE "C",
        relation    text    NOT NULL COLLATE "C",
        by_facility boolean NOT NULL,
        PRIMARY KEY (type)
);
COMMENT ON TABLE mart.natural_key_of IS 'Facts that may be told twice, visits aside | 可能被重复报送的事实（参观记录另行处理）';
COMMENT ON COLUMN mart.natural_key_of.type IS 'event type | 事件类型';
COMMENT ON COLUMN mart.natural_key_of.relation IS 'its table | 对应的表';
COMMENT ON COLUMN mart.natural_key_of.by_facility IS 'found by facility and day, not by an index on the key | 按场馆和日期查找，而非自然键索引';
INSERT INTO mart.natural_key_of (type, relation, by_facility) VALUES
        ('cn.kepu.reach.measured', 'kepu.fact_reach', true),
        ('cn.kepu.activity.reported', 'kepu.fact_activity', false),
        ('cn.kepu.indicator.reported', 'kepu.fact_indicator', false),
        ('cn.kepu.training.held', 'kepu.fact_training', false),
        ('cn.kepu.material.distributed', 'kepu.fact_material', false),
        ('cn.kepu.resource.published', 'kepu.fact_resource', false),
        ('cn.kepu.workforce.reported', 'kepu.fact_workforce', false),
        ('cn.kepu.funding.recorded', 'kepu.fact_funding', false),
        ('cn.kepu.literacy.surveyed', 'kepu.literacy_survey', false),
        ('cn.kepu.assessment.recorded', 'kepu.fact_assessment', false),
        ('cn.kepu.summary.submitted', 'kepu.fact_summary', false);

CREATE TABLE mart.maintained (
        ordinal  smallint NOT NULL,
        relation text     NOT NULL COLLATE "C",
        made_of  text[]   NOT NULL COLLATE "C",
        PRIMARY KEY (ordinal)
);
COMMENT ON TABLE mart.maintained IS 'Materialized views, in the order in which they are refreshed | 物化视图及刷新次序';
COMMENT ON COLUMN mart.maintained.ordinal IS 'order | 次序';
COMMENT ON COLUMN mart.maintained.relation IS 'the view | 视图';
COMMENT ON COLUMN mart.maintained.made_of IS 'event types that change it; @event: all do; @region, @organization, @document: new rows or descriptions there do | 影响它的事件类型；@event 为任何事件，其余 @ 开头者为维度变化';
INSERT INTO mart.maintained (ordinal, relation, made_of) VALUES
        (1, 'mart.region_parent', ARRAY['@region', 'cn.kepu.region.changed']),
        (2, 'mart.region_closure', ARRAY['@region', 'cn.kepu.region.changed']),
        (3, 'mart.visits_region_month', ARRAY['@region', 'cn.kepu.region.changed', 'cn.kepu.facility.changed',
                                              'cn.kepu.visit.counted']),
        (4, 'mart.visits_until', ARRAY['@region', 'cn.kepu.region.changed', 'cn.kepu.facility.changed',
                                       'cn.kepu.visit.counted', 'cn.kepu.indicator.reported', 'cn.kepu.summary.submitted']),
        (5, 'mart.activity_board', ARRAY['@region', '@document', 'cn.kepu.region.changed', 'cn.kepu.activity.registered',
                                         'cn.kepu.activity.cancelled', 'cn.kepu.activity.reported']),
        (6, 'mart.science_day', ARRAY['@region', 'cn.kepu.region.changed', 'cn.kepu.activity.registered',
                                      'cn.kepu.activity.cancelled', 'cn.kepu.activity.reported']),
        (7, 'mart.group_coverage', ARRAY['@region', 'cn.kepu.region.changed', 'cn.kepu.activity.registered',
                                         'cn.kepu.activity.cancelled', 'cn.kepu.activity.reported']),
        (8, 'mart.organisation_record', ARRAY['@organization', 'cn.kepu.activity.registered', 'cn.kepu.activity.cancelled',
                                              'cn.kepu.activity.reported', 'cn.kepu.assessment.recorded']),
        (9, 'mart.language_use', ARRAY['cn.kepu.activity.reported', 'cn.kepu.material.distributed',
                                       'cn.kepu.resource.published', 'cn.kepu.reach.measured']),
        (10, 'mart.conflict', ARRAY['@document', 'cn.kepu.indicator.reported', 'cn.kepu.workforce.reported',
                                    'cn.kepu.reach.measured', 'cn.kepu.facility.changed']),
        (11, 'mart.reach_contested', ARRAY['@document', 'cn.kepu.reach.measured']),
        (12, 'mart.finding_count', ARRAY['@event']);

-- Enters what is new since a snapshot into mart.dirty, at most so many events if that can be told apart by their
-- transactions, and returns the snapshot that is reached by that.
CREATE FUNCTION mart.collect(was txid_snapshot, now_at txid_snapshot, most bigint) RETURNS txid_snapshot
LANGUAGE plpgsql AS $$
DECLARE
        first   bigint := txid_snapshot_xmin(was);
        reached txid_snapshot := now_at;
        after   bigint;
BEGIN
        -- Transactions before the oldest running one have all ended, so any of them can be a border.
        SELECT CASE WHEN count(*) > most THEN greatest(max(n.xact), min(n.xact) + 1) END INTO after
        FROM (SELECT xact
              FROM ingest.ledger
              WHERE xact >= first AND xact < txid_snapshot_xmin(now_at) AND NOT txid_visible_in_snapshot(xact, was)
              ORDER BY xact LIMIT most + 1) n;
        IF after IS NOT NULL THEN
                reached := format('%s:%1$s:', after);
        END IF;
        INSERT INTO mart.dirty (event_key, occurred_on, type_id)
        SELECT event_key, occurred_on, type_id
        FROM ingest.ledger
        WHERE xact >= first AND xact < txid_snapshot_xmax(reached) AND NOT txid_visible_in_snapshot(xact, was);
        RETURN reached;
END
$$;
COMMENT ON FUNCTION mart.collect IS 'Enters the events that are new since a snapshot into mart.dirty; returns the snapshot reached | 收集自上次快照以来的新事件，返回所到达的快照';

-- Everything anew, in the order of keys: events of the ledger, and facts whose events have left it (dedup.window).
-- Enters the next ones, about so many visits or events; after the last ones rebuilt_to is NULL. Keys of UUIDv7 rise with
-- time, so a step touches few months; with other ids each step touches all of them.
CREATE FUNCTION mart.collect_next(most bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
        last   uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
        was    uuid := (SELECT rebuilt_to FROM mart.progress);
        border uuid;
        fact   record;
BEGIN
        border := coalesce(least((SELECT event_key FROM ingest.ledger WHERE event_key > was
                                  ORDER BY event_key OFFSET most - 1 LIMIT 1),
                                 (SELECT event_key FROM kepu.fact_visit WHERE event_key > was
                                  ORDER BY event_key OFFSET most - 1 LIMIT 1)), last);
        INSERT INTO mart.dirty (event_key, occurred_on, type_id)
        SELECT event_key, occurred_on, type_id FROM ingest.ledger WHERE event_key > was AND event_key <= border;
        FOR fact IN
                SELECT n.relation, t.type_id
                FROM (SELECT type, relation FROM mart.natural_key_of
                      UNION ALL SELECT 'cn.kepu.visit.counted', 'kepu.fact_visit') n
                JOIN ingest.event_type t USING (type)
        LOOP
                EXECUTE format('INSERT INTO mart.dirty SELECT event_key, occurred_on, %s FROM %s'
                               ' WHERE event_key > $1 AND event_key <= $2 AND natural_key IS NOT NULL'
                               ' ON CONFLICT DO NOTHING', fact.type_id, fact.relation::regclass) USING was, border;
        END LOOP;
        UPDATE mart.progress SET rebuilt_to = nullif(border, last);
END
$$;
COMMENT ON FUNCTION mart.collect_next IS 'Enters the next events into mart.dirty while everything is worked out anew | 全部重算时收集下一批事件';

-- Facts whose partitions retention drops: what was worked out from them goes, too.
CREATE TABLE mart.retained (
        relation text NOT NULL COLLATE "C",
        type     text NOT NULL COLLATE "C",
        removals bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (relation)
);
COMMENT ON TABLE mart.retained IS 'What retention has removed of the partitioned facts, as far as mart knows | mart 已知的分区事实表保留清理情况';
COMMENT ON COLUMN mart.retained.relation IS 'table of facts | 事实表';
COMMENT ON COLUMN mart.retained.type IS 'its event type | 事件类型';
COMMENT ON COLUMN mart.retained.removals IS 'ingest.partitioned_table.removals that is followed | 已处理的移除次数';
INSERT INTO mart.retained (relation, type) VALUES
        ('kepu.fact_visit', 'cn.kepu.visit.counted'), ('kepu.fact_reach', 'cn.kepu.reach.measured'),
        ('kepu.fact_activity', 'cn.kepu.activity.reported'), ('kepu.fact_indicator', 'cn.kepu.indicator.reported');

-- Follows retention; returns the types of which something went. What is left of the months concerned (the border may lie
-- within one, and the default partition is emptied in slices) is worked out anew.
CREATE FUNCTION mart.forget_dropped() RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
        gone   record;
        border date;
        types  text[] := '{}';
BEGIN
        FOR gone IN
                UPDATE mart.retained r SET removals = p.removals
                FROM ingest.partitioned_table p
                WHERE p.relation = r.relation AND p.removals <> r.removals
                RETURNING r.relation, r.type, p.dropped_before,
                          (SELECT t.type_id FROM ingest.event_type t WHERE t.type = r.type) AS type_id
        LOOP
                CONTINUE WHEN gone.type_id IS NULL; -- there has been none
                types := types || gone.type;
                border := (mart.month(gone.dropped_before) + interval '1 month')::date;
                DELETE FROM mart.lost WHERE type = gone.type AND occurred_on < border;
                EXECUTE format('INSERT INTO mart.dirty SELECT event_key, occurred_on, %s FROM %s WHERE occurred_on < %L'
                               ' ON CONFLICT DO NOTHING', gone.type_id, gone.relation::regclass, border);
                IF gone.relation = 'kepu.fact_visit' THEN
                        DELETE FROM mart.visit_month WHERE month < border;
                        DELETE FROM mart.visit_crossed WHERE occurred_on < border;
                        DELETE FROM mart.visit_remainder WHERE occurred_on < border;
                        -- Totals that enclosed what is gone.
                        INSERT INTO mart.dirty (event_key, occurred_on, type_id)
                        SELECT event_key, occurred_on, gone.type_id
                        FROM kepu.fact_visit
                        WHERE scope = 'total' AND period_end > period_start AND period_start < border
                              AND occurred_on >= border
                        ON CONFLICT DO NOTHING;
                END IF;
        END LOOP;
        RETURN types;
END
$$;
COMMENT ON FUNCTION mart.forget_dropped IS 'Removes what was worked out from facts that retention has dropped | 清除已被保留策略删除的事实所产生的数据';

CREATE FUNCTION mart.types_of_dirty() RETURNS text[] LANGUAGE sql STABLE AS $$
        SELECT coalesce(array_agg(t.type::text), '{}')
        FROM ingest.event_type t
        WHERE t.type_id IN (SELECT DISTINCT type_id FROM mart.dirty)
$$;
COMMENT ON FUNCTION mart.types_of_dirty IS 'Event types in mart.dirty | 待处理事件的类型';

CREATE FUNCTION mart.note_dimensions() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
        is_now mart.progress;
BEGIN
        IF NOT EXISTS (SELECT FROM mart.dirty) THEN
                RETURN; -- only events change them
        END IF;
        SELECT count(*) INTO is_now.regions FROM kepu.region;
        SELECT count(*) INTO is_now.organizations FROM kepu.organization;
        SELECT coalesce(sum(hashtextextended(document_id || ' ' || event_source || ' ' || event_id, 0)::numeric), 0)
        INTO is_now.documents FROM kepu.source_document WHERE NOT is_placeholder;
        UPDATE mart.progress p
        SET changed = p.changed || array_remove(ARRAY[
                        CASE WHEN p.regions IS DISTINCT FROM is_now.regions THEN '@region' END,
                        CASE WHEN p.organizations IS DISTINCT FROM is_now.organizations THEN '@organization' END,
                        CASE WHEN p.documents IS DISTINCT FROM is_now.documents THEN '@document' END], NULL),
            regions = is_now.regions, organizations = is_now.organizations, documents = is_now.documents;
END
$$;
COMMENT ON FUNCTION mart.note_dimensions IS 'Notes whether there are new regions, organisations or descriptions of documents | 记录地区、组织和文件描述是否有变化';

-- Works in new events, at most so many; true when nothing is left. One at a time: the lock lasts to the end of the
-- transaction. On another cluster than the last time (the database was copied), where transactions have other numbers,
-- everything is worked out anew, step by step too; what is there stays until then.
CREATE FUNCTION mart.work_in(most bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
        here    bigint := (SELECT system_identifier FROM pg_control_system());
        was     mart.progress;
        now_at  txid_snapshot;
        reached txid_snapshot;
        is_last boolean := false;
        types   text[];
        item    record;
BEGIN
        -- The lock of ingest.maintain(), which calls this too: a second one beside it could be taken in the other order.
        PERFORM pg_advisory_xact_lock(461263369581);
        now_at := txid_current_snapshot();
        PERFORM mart.empty('mart.dirty');
        UPDATE mart.progress
        SET seen = now_at, server = here, rebuilt_to = '00000000-0000-0000-0000-000000000000',
            changed = ARRAY(SELECT DISTINCT unnest(made_of) FROM mart.maintained)
        WHERE seen IS NULL OR server <> here OR txid_snapshot_xmax(now_at) < txid_snapshot_xmax(seen);
        SELECT * INTO was FROM mart.progress;
        IF was.rebuilt_to IS NOT NULL THEN
                PERFORM mart.collect_next(most);
                reached := was.seen; -- from there on when all is done
        ELSE
                reached := mart.collect(was.seen, now_at, most);
                is_last := reached::text = now_at::text;
        END IF;
        ANALYZE mart.dirty;
        PERFORM mart.note_dimensions();
        PERFORM mart.settle_race();
        types := mart.types_of_dirty() || mart.forget_dropped();
        FOR item IN SELECT type, relation, by_facility FROM mart.natural_key_of WHERE type = ANY (types) LOOP
                PERFORM mart.settle_natural_keys(item.type, item.relation::regclass, item.by_facility);
        END LOOP;
        IF 'cn.kepu.visit.counted' = ANY (types) THEN
                PERFORM mart.settle_visits();
        END IF;
        IF (SELECT count(*) > 10000 FROM mart.dirty) THEN
                -- Sooner than autovacuum: what follows is planned by these.
                ANALYZE mart.out_of_race, mart.lost, mart.visit_month;
        END IF;
        IF types <> '{}' THEN
                types := types || '@event'::text;
        END IF;
        UPDATE mart.progress SET seen = reached, changed = changed || types;
        RETURN is_last;
END
$$;
COMMENT ON FUNCTION mart.work_in IS 'Works new events into mart, at most so many; true: nothing is left | 处理新事件（限定数量），全部处理完时返回真';

CREATE FUNCTION mart.refresh_sums() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
        item record;
BEGIN
        FOR item IN
                SELECT m.relation FROM mart.maintained m, mart.progress p WHERE m.made_of && p.changed ORDER BY m.ordinal
        LOOP
                EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY %s', item.relation::regclass);
        END LOOP;
        UPDATE mart.progress SET changed = '{}', refreshed_at = clock_timestamp();
END
$$;
COMMENT ON FUNCTION mart.refresh_sums IS 'Refreshes the materialized views that what came since changes | 刷新受影响的物化视图';

CREATE FUNCTION dashboard.refresh() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET jit = off SET work_mem = '64MB' AS $$
BEGIN
        IF pg_is_in_recovery() THEN
                RETURN; -- a standby shows what its primary refreshed
        END IF;
        LOOP
                EXIT WHEN mart.work_in(1000000);
        END LOOP;
        PERFORM mart.refresh_sums();
END
$$;
COMMENT ON FUNCTION dashboard.refresh IS 'Makes every maintained figure current | 使所有预先计算的数据保持最新';

-- For the daemon: a bounded piece of work, so that a transaction does not last for ever after a large import.
CREATE FUNCTION mart.refresh_step() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET jit = off SET work_mem = '64MB' AS $$
BEGIN
        PERFORM mart.work_in(1000000);
        PERFORM mart.refresh_sums();
END
$$;
COMMENT ON FUNCTION mart.refresh_step IS 'One step towards current figures; the daemon calls it every maintenance.interval | 向最新数据推进一步；守护进程按 maintenance.interval 定期调用';
REVOKE EXECUTE ON FUNCTION mart.refresh_step FROM PUBLIC;
INSERT INTO ingest.maintenance_hook (name) VALUES ('mart.refresh_step');
INSERT INTO ingest.ledger_guard (condition) VALUES
        -- Not worked in yet. A greater number than the newest is of the cluster that the database was copied from.
        ('NOT EXISTS (SELECT FROM mart.progress p WHERE p.rebuilt_to IS NULL'
         ' AND (txid_visible_in_snapshot(l.xact, p.seen) OR l.xact > txid_current()))'),
        -- The mass are visits and reach. The others compete in more ways than are kept anywhere.
        ('l.type_id NOT IN (SELECT t.type_id FROM ingest.event_type t'
         ' WHERE t.type IN (''cn.kepu.visit.counted'', ''cn.kepu.reach.measured''))'),
        ('EXISTS (SELECT FROM mart.lost o WHERE o.event_key = l.event_key)'),
        ('EXISTS (SELECT FROM mart.lost o WHERE o.winner_key = l.event_key)'),
        ('EXISTS (SELECT FROM mart.reach_contested o WHERE o.event_key = l.event_key)'),
        ('EXISTS (SELECT FROM mart.visit_remainder o WHERE o.event_key = l.event_key)'),
        -- Any of them may cross one that is still to come.
        ('EXISTS (SELECT FROM kepu.fact_visit f WHERE f.event_key = l.event_key AND f.occurred_on = l.occurred_on'
         ' AND f.scope = ''total'' AND f.period_end > f.period_start)');

-- In one transaction, so that nobody sees it half done; the lock is that of work_in().
CREATE FUNCTION mart.rebuild() RETURNS void LANGUAGE sql AS $$
        SELECT pg_advisory_xact_lock(461263369581);
        DELETE FROM mart.out_of_race;
        DELETE FROM mart.taking_finding;
        DELETE FROM mart.lost;
        DELETE FROM mart.visit_crossed;
        DELETE FROM mart.visit_remainder;
        DELETE FROM mart.visit_month;
        UPDATE mart.progress SET seen = NULL, regions = NULL, organizations = NULL, documents = NULL;
        SELECT dashboard.refresh()
$$;
COMMENT ON FUNCTION mart.rebuild IS 'Works everything in mart out anew; changes nothing if all is well | 全部重新计算；正常情况下结果不变';

SELECT ingest.grant_rights();
