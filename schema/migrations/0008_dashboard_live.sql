-- SPDX-License-Identifier: Apache-2.0
-- Entities with their names, regions above regions, and the live facts: what the boards of 0009 are made of.
-- No view depends on the time zone of the session: business dates are dates, and months and years are theirs.
-- A region that is unknown (of a facility that nobody described) counts as 100000, the country.

-- Entities: the name is simplified Chinese, else traditional Chinese, else English, else the id ------------------------

CREATE MATERIALIZED VIEW mart.region_parent AS
SELECT r.code, CASE WHEN r.is_placeholder THEN derived.code ELSE r.parent_code END AS parent_code
FROM kepu.region r
-- As long as no event names the parent: the longest prefix of the code that has a row.
LEFT JOIN LATERAL (
        SELECT p.code
        FROM unnest(ARRAY[left(r.code, 9), left(r.code, 6), left(r.code, 4) || '00', left(r.code, 2) || '0000', '100000'])
             WITH ORDINALITY AS prefix (code, n)
        JOIN kepu.region p ON p.code = prefix.code
        WHERE p.code <> r.code
        ORDER BY prefix.n
        LIMIT 1
) derived ON r.is_placeholder;
CREATE UNIQUE INDEX ON mart.region_parent (code);
COMMENT ON MATERIALIZED VIEW mart.region_parent IS 'The region above each; that of a placeholder is derived from its code | 每个地区的上级；未描述地区由代码推导';

CREATE MATERIALIZED VIEW mart.region_closure AS
WITH RECURSIVE up (descendant, ancestor, depth) AS (
        SELECT code, code, 0 FROM mart.region_parent
        UNION ALL
        -- Parents are of a higher level by the shape of their codes, so this ends; 8 is more than there are levels.
        SELECT u.descendant, p.parent_code, u.depth + 1
        FROM up u JOIN mart.region_parent p ON p.code = u.ancestor
        WHERE p.parent_code IS NOT NULL AND u.depth < 8
)
SELECT ancestor, descendant, depth FROM up;
CREATE UNIQUE INDEX ON mart.region_closure (descendant, ancestor);
CREATE INDEX ON mart.region_closure (ancestor);
COMMENT ON MATERIALIZED VIEW mart.region_closure IS 'Each region with itself (depth 0) and all above it: roll-ups join on descendant | 地区与其自身及所有上级，用于逐级汇总';

CREATE VIEW dashboard.region AS
SELECT r.code, p.parent_code, r.level, r.kind, r.is_placeholder,
       coalesce(hans.name, hant.name, en.name, r.code) AS name, mn.name AS name_mn
FROM kepu.region r
LEFT JOIN mart.region_parent p ON p.code = r.code
LEFT JOIN kepu.region_name hans ON hans.code = r.code AND hans.lang = 'zh-Hans'
LEFT JOIN kepu.region_name hant ON hant.code = r.code AND hant.lang = 'zh-Hant'
LEFT JOIN kepu.region_name en ON en.code = r.code AND en.lang = 'en'
LEFT JOIN kepu.region_name mn ON mn.code = r.code AND mn.lang = 'mn-Mong';
COMMENT ON VIEW dashboard.region IS 'Regions with name and parent; the parent of a placeholder is derived from its code | 地区及其名称和上级；未描述地区的上级由代码推导';

CREATE VIEW dashboard.region_closure AS SELECT ancestor, descendant, depth FROM mart.region_closure;
COMMENT ON VIEW dashboard.region_closure IS 'Each region with itself (depth 0) and all above it: roll-ups join on descendant | 地区与其自身及所有上级，用于逐级汇总';

CREATE VIEW dashboard.region_path AS
SELECT c.descendant AS code, string_agg(r.name, ' / ' ORDER BY c.depth DESC) AS path, max(c.depth)::bigint AS depth
FROM mart.region_closure c
JOIN dashboard.region r ON r.code = c.ancestor
GROUP BY c.descendant;
COMMENT ON VIEW dashboard.region_path IS 'Names from the country down, and the steps below it | 从国家起的完整地名路径及层级';

CREATE VIEW dashboard.org AS
SELECT o.org_id, o.org_kind, o.grassroots_kind, o.admin_level, o.region_code, o.parent_org_id, o.uscc,
       o.established_on, o.dissolved_on, o.status, o.revision, o.is_placeholder, o.updated_at,
       coalesce(hans.name, hant.name, en.name, o.org_id) AS name
FROM kepu.organization o
LEFT JOIN kepu.organization_name hans ON hans.org_id = o.org_id AND hans.lang = 'zh-Hans'
LEFT JOIN kepu.organization_name hant ON hant.org_id = o.org_id AND hant.lang = 'zh-Hant'
LEFT JOIN kepu.organization_name en ON en.org_id = o.org_id AND en.lang = 'en';
COMMENT ON VIEW dashboard.org IS 'Organisations with their name | 组织及其名称';

CREATE VIEW dashboard.facility AS
SELECT f.facility_id, f.facility_kind, f.operator_org_id, f.region_code, f.parent_facility_id, f.status, f.open_since,
       f.closed_on, f.unit_count, f.device_count, f.exhibits, f.panels, f.floor_area_m2, f.odometer_km, f.url,
       f.revision, f.is_placeholder, f.updated_at, k.mode,
       coalesce(hans.name, hant.name, en.name, f.facility_id) AS name
FROM kepu.facility f
LEFT JOIN kepu.facility_kind k ON k.kind = f.facility_kind
LEFT JOIN kepu.facility_name hans ON hans.facility_id = f.facility_id AND hans.lang = 'zh-Hans'
LEFT JOIN kepu.facility_name hant ON hant.facility_id = f.facility_id AND hant.lang = 'zh-Hant'
LEFT JOIN kepu.facility_name en ON en.facility_id = f.facility_id AND en.lang = 'en';
COMMENT ON VIEW dashboard.facility IS 'Facilities with their name and mode | 场馆（渠道）及其名称和形态';

CREATE VIEW dashboard.late_dimension AS
SELECT 'region' AS dim, code AS id FROM kepu.region WHERE is_placeholder
UNION ALL
SELECT 'organization', org_id FROM kepu.organization WHERE is_placeholder
UNION ALL
SELECT 'facility', facility_id FROM kepu.facility WHERE is_placeholder
UNION ALL
SELECT 'activity', activity_id FROM kepu.activity WHERE is_placeholder
UNION ALL
SELECT 'indicator', code FROM kepu.indicator WHERE is_placeholder;
COMMENT ON VIEW dashboard.late_dimension IS 'What has been referred to but not described yet | 已被引用但尚未描述的对象';

-- Live facts ----------------------------------------------------------------------------------------------------------

CREATE VIEW dashboard.live_visit AS
SELECT v.occurred_on, v.facility_id, v.period_start, v.period_end, v.visitors, v.visitors_qualifier, v.scope,
       v.group_code, v.activity_id, v.free_admission, v.method, v.document_id,
       coalesce(p.region_code, '100000') AS region_code, v.counter_id, v.own, v.event_key
FROM mart.live_visit v
JOIN kepu.facility p USING (facility_id);
COMMENT ON VIEW dashboard.live_visit IS 'Live visits with the region of the facility | 有效的参观记录，地区取自场馆';
COMMENT ON COLUMN dashboard.live_visit.own IS 'what it adds to sums: its visitors less those of totals inside its period; NULL: a group, or left out because it crosses a greater total | 计入合计的人次（扣除时段内其他总数）；团体或因交叉而不计时为空';

CREATE VIEW dashboard.live_reach AS
SELECT f.occurred_on, f.metric, f.facility_id, coalesce(f.region_code, p.region_code, '100000') AS region_code, f.topic,
       f.period_start, f.period_end, f.value, f.value_qualifier, f.activity_id, f.document_id, f.event_key
FROM kepu.fact_reach f
JOIN kepu.facility p USING (facility_id)
WHERE NOT EXISTS (SELECT FROM mart.out_of_race o WHERE o.type = 'cn.kepu.reach.measured' AND o.event_key = f.event_key)
      AND NOT EXISTS (SELECT FROM mart.lost l
                      WHERE l.type = 'cn.kepu.reach.measured' AND l.event_key = f.event_key
                            AND l.natural_key = f.natural_key);
COMMENT ON VIEW dashboard.live_reach IS 'Live reach, a row per metric, with its own region, else that of the facility | 有效的传播数据（每项指标一行），地区缺省取自渠道';

-- All others have one row per event (or per line of it) and the columns of their table.
DO $$
DECLARE
        fact   record;
        fields text;
BEGIN
        FOR fact IN
                SELECT * FROM (VALUES
                        ('activity', 'fact_activity', ARRAY['activity.reported'],
                         'Live outcome reports of activities and programmes | 有效的活动（项目）成效报告'),
                        ('assessment', 'fact_assessment', ARRAY['assessment.recorded'],
                         'Live recommendations, awards and grades | 有效的推荐、表彰与评估'),
                        ('funding', 'fact_funding', ARRAY['funding.recorded'], 'Live money lines | 有效的经费记录'),
                        ('indicator', 'fact_indicator', ARRAY['indicator.reported', 'summary.submitted'],
                         'Live countable statements; line > 0: a metric of a summary | 有效的指标陈述，line > 0 为总结中的指标'),
                        ('material', 'fact_material', ARRAY['material.distributed'],
                         'Live distributions of printed matter | 有效的资料发放记录'),
                        ('resource', 'fact_resource', ARRAY['resource.published'],
                         'Live content produced or renewed | 有效的资源制作或更新记录'),
                        ('summary', 'fact_summary', ARRAY['summary.submitted'], 'Live work summaries | 有效的工作总结'),
                        ('survey', 'literacy_survey', ARRAY['literacy.surveyed'],
                         'Live literacy surveys | 有效的科学素质调查'),
                        ('training', 'fact_training', ARRAY['training.held'], 'Live training courses | 有效的培训'),
                        ('workforce', 'fact_workforce', ARRAY['workforce.reported'], 'Live head-counts | 有效的人员统计')
                ) AS v (name, relation, types, comment)
        LOOP
                SELECT string_agg('f.' || quote_ident(attname), ', ' ORDER BY attname = 'event_key', attnum) INTO fields
                FROM pg_attribute
                WHERE attrelid = ('kepu.' || fact.relation)::regclass AND attnum > 0 AND NOT attisdropped
                      AND attname <> 'natural_key';
                -- Two types as two conditions: each estimated by what there is of it.
                EXECUTE format('CREATE VIEW dashboard.live_%s AS SELECT %s FROM kepu.%s f WHERE %s', fact.name, fields,
                               fact.relation,
                               (SELECT string_agg(format('NOT EXISTS (SELECT FROM mart.%s o WHERE o.type = %L'
                                                         ' AND o.event_key = f.event_key)', sparse, 'cn.kepu.' || type),
                                                  ' AND ')
                                FROM unnest(fact.types) type, unnest(ARRAY['out_of_race', 'lost']) sparse));
                EXECUTE format('COMMENT ON VIEW dashboard.live_%s IS %L', fact.name, fact.comment);
        END LOOP;
END
$$;

-- Which statement is preferred ----------------------------------------------------------------------------------------

-- Among live statements with the same key: exact first, then the newest document (its publication date, none last), then
-- the greater document id, then the greatest event. Used as ORDER BY in windows over mart.provenance.
CREATE FUNCTION mart.exactness(qualifier text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN qualifier = 'exact' THEN 0 WHEN qualifier IS NOT NULL THEN 1 ELSE 2 END
$$;
COMMENT ON FUNCTION mart.exactness IS 'Rank of a qualifier: exact, any other, none | 精度排序：确数、其他、无';

CREATE VIEW mart.provenance AS
SELECT event_key, event_time, event_id, source FROM dashboard.event;
-- Joined from the left: an event older than dedup.window has left the ledger, and is the lesser one from then on.
COMMENT ON VIEW mart.provenance IS 'What decides which of two events is the greater | 判定两个事件孰大的属性';

-- Every statement that another document may contradict: what is said of which region and day, with all that makes two of
-- them the same question.
CREATE VIEW mart.statement AS
SELECT indicator_code AS what, region_code, period_end, org_id, dims::text AS dims, NULL AS topic, period_start,
       value, value_qualifier AS qualifier, document_id, event_key
FROM dashboard.live_indicator
WHERE measure_kind = 'actual' AND line = 0
UNION ALL
SELECT 'workforce.' || team_kind, region_code, as_of, org_id, NULL, NULL, NULL, headcount, headcount_qualifier,
       document_id, event_key
FROM dashboard.live_workforce
WHERE headcount IS NOT NULL
UNION ALL
SELECT 'reach.' || facility_id || '.' || metric, region_code, period_end, NULL, NULL, topic, period_start, value,
       value_qualifier, document_id, event_key
FROM dashboard.live_reach;
COMMENT ON VIEW mart.statement IS 'Live statements that other documents may contradict | 可能与其他文件矛盾的有效陈述';

CREATE MATERIALIZED VIEW mart.conflict AS
WITH question AS (
        SELECT what, region_code, period_end, org_id, dims, topic, period_start
        FROM mart.statement
        GROUP BY what, region_code, period_end, org_id, dims, topic, period_start
        HAVING min(value) < max(value)
)
SELECT s.what, s.region_code, s.period_end, s.org_id, s.dims, s.topic, s.period_start, s.value, s.qualifier, s.event_key,
       first_value(s.event_key) OVER best AS preferred_key, first_value(s.value) OVER best AS preferred_value
FROM question q
JOIN mart.statement s ON s.what = q.what AND s.region_code = q.region_code AND s.period_end = q.period_end
     AND s.org_id IS NOT DISTINCT FROM q.org_id AND s.dims IS NOT DISTINCT FROM q.dims
     AND s.topic IS NOT DISTINCT FROM q.topic AND s.period_start IS NOT DISTINCT FROM q.period_start
LEFT JOIN mart.provenance e ON e.event_key = s.event_key
LEFT JOIN kepu.source_document d ON d.document_id = s.document_id
WINDOW best AS (PARTITION BY s.what, s.region_code, s.period_end, s.org_id, s.dims, s.topic, s.period_start
                ORDER BY mart.exactness(s.qualifier), d.published_on DESC NULLS LAST, s.document_id DESC NULLS LAST,
                         e.event_time DESC NULLS LAST, e.event_id DESC, e.source DESC, s.event_key DESC);
CREATE UNIQUE INDEX ON mart.conflict (event_key, what);
COMMENT ON MATERIALIZED VIEW mart.conflict IS 'Statements of which two or more say different things, and which of them is preferred | 互相矛盾的陈述及其中优先采用者';

-- What became of activities -------------------------------------------------------------------------------------------

CREATE VIEW mart.counting_cancellation AS
SELECT DISTINCT ON (c.activity_id) c.activity_id, c.cancelled_on, c.event_key
FROM kepu.activity_cancellation c
LEFT JOIN mart.provenance e USING (event_key)
WHERE NOT EXISTS (SELECT FROM mart.out_of_race o WHERE o.type = 'cn.kepu.activity.cancelled' AND o.event_key = c.event_key)
ORDER BY c.activity_id, e.event_time DESC NULLS LAST, e.event_id DESC, e.source DESC, c.event_key DESC;
COMMENT ON VIEW mart.counting_cancellation IS 'The cancellation that counts, of each activity | 每项活动计入的取消记录';

CREATE VIEW dashboard.activity_state AS
SELECT a.activity_id, a.form, a.kind, a.occasion, a.edition_year, a.organizer_org_id, a.region_code, a.mode,
       extract(year FROM a.starts_on)::integer AS year,
       r.activity_id IS NOT NULL AS reported,
       r.activity_id IS NULL AND c.activity_id IS NOT NULL AS cancelled,
       coalesce(r.reports, 0) AS reports
FROM kepu.activity a
LEFT JOIN (SELECT activity_id, count(*) AS reports
           FROM dashboard.live_activity WHERE aggregation = 'single' GROUP BY activity_id) r USING (activity_id)
LEFT JOIN mart.counting_cancellation c USING (activity_id)
WHERE NOT a.is_placeholder;
COMMENT ON VIEW dashboard.activity_state IS 'Described activities and what became of them; cancelled: a cancellation counts and there is no live report | 已描述的活动及其结果；有有效报告者不算取消';

CREATE VIEW dashboard.preferred_report AS
SELECT DISTINCT ON (l.activity_id, l.period_start, l.period_end)
       l.activity_id, l.period_start, l.period_end, l.participants, l.participants_qualifier, l.event_key
FROM dashboard.live_activity l
LEFT JOIN mart.provenance e USING (event_key)
LEFT JOIN kepu.source_document d USING (document_id)
WHERE l.aggregation = 'single'
ORDER BY l.activity_id, l.period_start, l.period_end,
         mart.exactness(l.participants_qualifier), d.published_on DESC NULLS LAST, l.document_id DESC NULLS LAST,
         e.event_time DESC NULLS LAST, e.event_id DESC, e.source DESC, l.event_key DESC;
COMMENT ON VIEW dashboard.preferred_report IS 'The preferred live report of each activity and period | 每项活动每个时段优先采用的报告';
