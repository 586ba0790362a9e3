-- SPDX-License-Identifier: Apache-2.0
-- The boards: what dashboards ask. Materialized views in mart are what is summed up over regions; the views here read
-- them, and everything else is worked out when it is asked.

-- Visits --------------------------------------------------------------------------------------------------------------

CREATE MATERIALIZED VIEW mart.visits_region_month AS
SELECT c.ancestor AS region_code, m.month, sum(m.visitors)::bigint AS visitors, bool_or(m.inexact) AS inexact,
       sum(m.of_longer_periods)::bigint AS of_longer_periods, count(*) AS facilities
FROM (SELECT coalesce(f.region_code, '100000') AS region_code, v.month, v.visitors, v.inexact, v.of_longer_periods
      FROM mart.visit_month v
      JOIN kepu.facility f USING (facility_id)
      WHERE v.totals > 0) m
JOIN mart.region_closure c ON c.descendant = m.region_code
GROUP BY c.ancestor, m.month;
CREATE UNIQUE INDEX ON mart.visits_region_month (region_code, month);
CREATE INDEX ON mart.visits_region_month (month);
COMMENT ON MATERIALIZED VIEW mart.visits_region_month IS 'Visitors by region (rolled up) and month | 按地区（逐级汇总）和月份的参观人次';

CREATE VIEW dashboard.visits_region_month AS
SELECT region_code, month, visitors, inexact, of_longer_periods, facilities FROM mart.visits_region_month;
COMMENT ON VIEW dashboard.visits_region_month IS 'Visitors by region (rolled up) and month of the last day; of_longer_periods: from statements over more than 31 days | 按地区（逐级汇总）和统计截止月份的参观人次；of_longer_periods 为其中来自超过31天统计的部分';

-- The two days are the same by declaration; by this one, a condition on it spares the other partitions.
CREATE VIEW dashboard.visit_audience AS
SELECT v.facility_id, v.occurred_on AS period_end, v.visitors, v.visitors_qualifier,
       coalesce(hans.body, hant.body, en.body) AS audience, v.activity_id
FROM mart.live_visit v
LEFT JOIN kepu.event_text hans ON hans.event_key = v.event_key AND hans.occurred_on = v.occurred_on
       AND hans.field = 'audience_label' AND hans.ordinal = 0 AND hans.lang = 'zh-Hans'
LEFT JOIN kepu.event_text hant ON hant.event_key = v.event_key AND hant.occurred_on = v.occurred_on
       AND hant.field = 'audience_label' AND hant.ordinal = 0 AND hant.lang = 'zh-Hant'
LEFT JOIN kepu.event_text en ON en.event_key = v.event_key AND en.occurred_on = v.occurred_on
       AND en.field = 'audience_label' AND en.ordinal = 0 AND en.lang = 'en'
WHERE v.scope = 'subset';
COMMENT ON VIEW dashboard.visit_audience IS 'Groups among the visitors: parts of totals, never added to them | 参观团体：总数的一部分，不另行相加';
COMMENT ON COLUMN dashboard.visit_audience.period_end IS 'last day of the period | 统计截止日期';

-- A statement about all venues of a region against what their totals add up to. Whole months come from the monthly sums,
-- the begun month of a statement that does not end with its month from the days.
CREATE MATERIALIZED VIEW mart.visits_until AS
WITH stated AS (
        SELECT DISTINCT region_code, period_end, date_trunc('month', period_end::timestamp)::date AS month
        FROM dashboard.live_indicator
        WHERE indicator_code = 'visits.venue.total' AND measure_kind = 'actual'
), whole AS (
        SELECT s.region_code, s.period_end, sum(m.visitors) AS visitors
        FROM stated s
        JOIN mart.visits_region_month m ON m.region_code = s.region_code AND m.month < (s.period_end + 1)
             AND (m.month < s.month OR extract(day FROM s.period_end + 1) = 1)
        GROUP BY s.region_code, s.period_end
), begun AS (
        SELECT s.region_code, s.period_end, sum(v.own) AS visitors
        FROM stated s
        JOIN mart.live_visit v ON v.occurred_on BETWEEN s.month AND s.period_end
        JOIN kepu.facility f USING (facility_id)
        JOIN mart.region_closure c ON c.descendant = coalesce(f.region_code, '100000') AND c.ancestor = s.region_code
        WHERE extract(day FROM s.period_end + 1) <> 1
        GROUP BY s.region_code, s.period_end
)
SELECT region_code, period_end, coalesce(w.visitors, 0) + coalesce(b.visitors, 0) AS counted
FROM stated
LEFT JOIN whole w USING (region_code, period_end)
LEFT JOIN begun b USING (region_code, period_end);
CREATE UNIQUE INDEX ON mart.visits_until (region_code, period_end);
COMMENT ON MATERIALIZED VIEW mart.visits_until IS 'What the facilities of a region counted until the days of which somebody states a total | 截至各上报日期场馆统计的人次';

CREATE VIEW dashboard.visits_reconciliation AS
SELECT i.region_code, i.period_end, i.value AS reported, i.value_qualifier, u.counted,
       round(100 * u.counted / nullif(i.value, 0), 2) AS counted_share_pct
FROM dashboard.live_indicator i
JOIN mart.visits_until u USING (region_code, period_end)
WHERE i.indicator_code = 'visits.venue.total' AND i.measure_kind = 'actual';
COMMENT ON VIEW dashboard.visits_reconciliation IS 'Reported totals of a region against what its facilities counted until that day | 地区上报的参观总数与场馆统计的对账';

CREATE VIEW dashboard.facility_year AS
WITH part AS (
        SELECT facility_id, extract(year FROM month)::integer AS year, sum(visitors) AS visitors,
               sum(in_groups) AS in_groups, 0::bigint AS exhibits, 0::bigint AS panels
        FROM mart.visit_month
        GROUP BY 1, 2
        UNION ALL
        SELECT facility_id, extract(year FROM period_end)::integer, 0, 0,
               sum(items) FILTER (WHERE resource_kind = 'exhibit'), sum(items) FILTER (WHERE resource_kind = 'panel')
        FROM dashboard.live_resource
        WHERE facility_id IS NOT NULL AND renewal AND resource_kind IN ('exhibit', 'panel')
        GROUP BY 1, 2
)
SELECT facility_id, year, sum(visitors) AS visitors, sum(in_groups) AS in_groups,
       coalesce(sum(exhibits), 0) AS exhibits_renewed, coalesce(sum(panels), 0) AS panels_renewed
FROM part
GROUP BY facility_id, year;
COMMENT ON VIEW dashboard.facility_year IS 'What a facility had in a year: visitors, those in groups, exhibits and panels renewed | 场馆年度情况：参观人次、团体人次、更新的展品和展板';

-- Activities ----------------------------------------------------------------------------------------------------------

CREATE MATERIALIZED VIEW mart.activity_board AS
WITH figure AS (
        SELECT activity_id, sum(participants) AS participants, bool_or(participants_qualifier <> 'exact') AS inexact
        FROM dashboard.preferred_report
        GROUP BY activity_id
), own AS (
        SELECT a.region_code, a.year, a.occasion, a.kind, a.form,
               count(*) AS registered,
               count(*) FILTER (WHERE a.cancelled) AS cancelled,
               count(*) FILTER (WHERE a.reported) AS reported,
               coalesce(sum(f.participants), 0) AS participants,
               coalesce(bool_or(f.inexact), false) AS inexact
        FROM dashboard.activity_state a
        LEFT JOIN figure f USING (activity_id)
        GROUP BY a.region_code, a.year, a.occasion, a.kind, a.form
)
SELECT c.ancestor AS region_code, o.year, o.occasion, o.kind, o.form, sum(o.registered)::bigint AS registered,
       sum(o.cancelled)::bigint AS cancelled, sum(o.reported)::bigint AS reported,
       sum(o.participants)::bigint AS participants, bool_or(o.inexact) AS inexact
FROM own o
JOIN mart.region_closure c ON c.descendant = o.region_code
GROUP BY c.ancestor, o.year, o.occasion, o.kind, o.form;
CREATE UNIQUE INDEX ON mart.activity_board (region_code, year, occasion, kind, form);
COMMENT ON MATERIALIZED VIEW mart.activity_board IS 'Activities by region (rolled up), year, occasion, kind and form | 按地区（逐级汇总）、年份、节点、类型和形式统计的活动';

CREATE VIEW dashboard.activity_board AS
SELECT region_code, year, occasion, kind, form, registered, cancelled, reported, participants, inexact
FROM mart.activity_board;
COMMENT ON VIEW dashboard.activity_board IS 'Activities by region (rolled up), year, occasion, kind and form; participants of the preferred report of each activity and period | 按地区（逐级汇总）、年份、节点、类型和形式统计的活动；参与人次取优先报告';

CREATE MATERIALIZED VIEW mart.science_day AS
SELECT coalesce(a.edition_year, a.year)::smallint AS year, c.ancestor AS region_code, a.form,
       count(*) AS registered,
       count(*) FILTER (WHERE a.cancelled) AS cancelled,
       count(*) FILTER (WHERE a.reported) AS reported,
       count(*) FILTER (WHERE a.mode = 'online') AS online
FROM dashboard.activity_state a
JOIN mart.region_closure c ON c.descendant = a.region_code
WHERE a.occasion = 'science_day'
GROUP BY 1, 2, 3;
CREATE UNIQUE INDEX ON mart.science_day (year, region_code, form);
COMMENT ON MATERIALIZED VIEW mart.science_day IS 'National Science Popularisation Day by edition, region (rolled up) and form | 全国科普日活动：按年度、地区（逐级汇总）和形式';

CREATE VIEW dashboard.science_day AS
SELECT year, region_code, form, registered, cancelled, reported, online FROM mart.science_day;
COMMENT ON VIEW dashboard.science_day IS 'National Science Popularisation Day by edition, region (rolled up) and form | 全国科普日活动：按年度、地区（逐级汇总）和形式';

CREATE MATERIALIZED VIEW mart.group_coverage AS
WITH active AS (
        SELECT DISTINCT c.ancestor AS region_code, a.year
        FROM (SELECT DISTINCT region_code, year FROM dashboard.activity_state) a
        JOIN mart.region_closure c ON c.descendant = a.region_code
), named AS (
        SELECT c.ancestor AS region_code, o.year, o.group_code, sum(o.activities)::bigint AS activities
        FROM (SELECT a.region_code, a.year, g.group_code, count(*) AS activities
              FROM dashboard.activity_state a
              JOIN kepu.activity_group g USING (activity_id)
              WHERE NOT a.cancelled
              GROUP BY a.region_code, a.year, g.group_code) o
        JOIN mart.region_closure c ON c.descendant = o.region_code
        GROUP BY 1, 2, 3
)
SELECT r.region_code, r.year, p.code AS group_code, coalesce(n.activities, 0) AS activities
FROM active r
CROSS JOIN kepu.population_group p
LEFT JOIN named n ON n.region_code = r.region_code AND n.year = r.year AND n.group_code = p.code
WHERE p.is_target;
CREATE UNIQUE INDEX ON mart.group_coverage (region_code, year, group_code);
COMMENT ON MATERIALIZED VIEW mart.group_coverage IS 'How many activities of a year name each target group, by region (rolled up) | 每年面向各重点人群的活动数，按地区逐级汇总';

CREATE VIEW dashboard.group_coverage AS
SELECT c.region_code, c.year, c.group_code, p.name_zh, c.activities
FROM mart.group_coverage c
JOIN kepu.population_group p ON p.code = c.group_code;
COMMENT ON VIEW dashboard.group_coverage IS 'How many activities of a year name each target group, by region (rolled up); zero is shown | 每年面向各重点人群的活动数，按地区逐级汇总，零也列出';

CREATE VIEW dashboard.programme_outcome AS
WITH statement AS (
        SELECT l.programme_id, l.kind, l.region_code, l.period_start, l.period_end, l.sessions, l.sessions_qualifier,
               l.participants, l.participants_qualifier, l.online_participants, l.online_participants_qualifier,
               l.experts, l.prefectures_covered, l.counties_covered, l.per_year,
               row_number() OVER (
                       PARTITION BY l.programme_id, l.kind, l.region_code, l.period_start, l.period_end
                       ORDER BY num_nonnulls(l.sessions, l.participants, l.online_participants, l.experts,
                                             l.counties_covered) DESC,
                                -- every stated figure exact
                                coalesce(l.sessions_qualifier, 'exact') = 'exact'
                                AND coalesce(l.participants_qualifier, 'exact') = 'exact'
                                AND coalesce(l.online_participants_qualifier, 'exact') = 'exact'
                                AND coalesce(l.experts_qualifier, 'exact') = 'exact'
                                AND coalesce(l.volunteers_qualifier, 'exact') = 'exact' DESC,
                                d.published_on DESC NULLS LAST, l.document_id DESC NULLS LAST,
                                e.event_time DESC NULLS LAST, e.event_id DESC, e.source DESC, l.event_key DESC) AS place,
               count(*) OVER (PARTITION BY l.programme_id, l.kind, l.region_code, l.period_start, l.period_end)
                       AS statements
        FROM dashboard.live_activity l
        LEFT JOIN mart.provenance e USING (event_key)
        LEFT JOIN kepu.source_document d USING (document_id)
        WHERE l.aggregation = 'programme'
)
SELECT s.programme_id, coalesce(hans.name, hant.name, en.name, s.programme_id) AS programme, s.kind, s.region_code,
       s.period_start, s.period_end, s.sessions, s.sessions_qualifier, s.participants, s.participants_qualifier,
       s.online_participants, s.online_participants_qualifier, s.experts, s.prefectures_covered, s.counties_covered,
       s.per_year, s.statements
FROM statement s
LEFT JOIN kepu.programme_name hans ON hans.programme_id = s.programme_id AND hans.lang = 'zh-Hans'
LEFT JOIN kepu.programme_name hant ON hant.programme_id = s.programme_id AND hant.lang = 'zh-Hant'
LEFT JOIN kepu.programme_name en ON en.programme_id = s.programme_id AND en.lang = 'en'
WHERE s.place = 1;
COMMENT ON VIEW dashboard.programme_outcome IS 'The statement that says most about a programme in a period; several statements are never added up | 项目在一个时段内信息最全的陈述；多条陈述不相加';

CREATE MATERIALIZED VIEW mart.organisation_record AS
WITH organised AS (
        SELECT a.organizer_org_id AS org_id, count(*) AS activities, sum(a.reports)::bigint AS reports
        FROM dashboard.activity_state a
        WHERE NOT a.cancelled
        GROUP BY a.organizer_org_id
), honoured AS (
        SELECT org_id, count(DISTINCT assessment_id) FILTER (WHERE stage = 'recommended') AS recommended,
               count(DISTINCT assessment_id) FILTER (WHERE stage = 'awarded') AS awarded
        FROM (SELECT l.org_id, l.assessment_id, l.stage FROM dashboard.live_assessment l WHERE l.org_id IS NOT NULL
              UNION ALL
              SELECT a.organizer_org_id, l.assessment_id, l.stage
              FROM dashboard.live_assessment l
              JOIN kepu.activity a USING (activity_id)
              WHERE NOT a.is_placeholder) l
        WHERE stage IN ('recommended', 'awarded')
        GROUP BY org_id
)
SELECT o.org_id, coalesce(g.activities, 0) AS activities, coalesce(g.reports, 0) AS reports,
       coalesce(h.recommended, 0) AS recommended, coalesce(h.awarded, 0) AS awarded
FROM organised g
FULL JOIN honoured h USING (org_id)
RIGHT JOIN kepu.organization o USING (org_id);
CREATE UNIQUE INDEX ON mart.organisation_record (org_id);
COMMENT ON MATERIALIZED VIEW mart.organisation_record IS 'Activities, reports, recommendations and awards of each organisation | 各组织的活动、报告、推荐与表彰数';

CREATE VIEW dashboard.top_organisation AS
SELECT o.org_id, o.name, o.region_code, r.activities, r.reports, r.recommended, r.awarded,
       rank() OVER (ORDER BY r.awarded DESC, r.recommended DESC, r.activities DESC) AS place
FROM mart.organisation_record r
JOIN dashboard.org o USING (org_id);
COMMENT ON VIEW dashboard.top_organisation IS 'Organisations by awards, recommendations and activities | 组织排名：依次按表彰、推荐、活动数';

CREATE VIEW dashboard.partner AS
SELECT n.org_id, n.partner_org_id, count(*) FILTER (WHERE n.is_activity) AS activities,
       count(*) FILTER (WHERE NOT n.is_activity) AS summaries, max(n.occurred_on) AS last_on
FROM (SELECT l.organizer_org_id AS org_id, p.org_id AS partner_org_id, l.occurred_on, true AS is_activity
      FROM dashboard.live_activity l
      JOIN kepu.fact_partner p ON p.event_key = l.event_key AND p.occurred_on = l.occurred_on
      WHERE l.organizer_org_id IS NOT NULL
      UNION ALL
      SELECT l.org_id, p.org_id, l.occurred_on, false
      FROM dashboard.live_summary l
      JOIN kepu.fact_partner p ON p.event_key = l.event_key AND p.occurred_on = l.occurred_on) n
GROUP BY n.org_id, n.partner_org_id;
COMMENT ON VIEW dashboard.partner IS 'Who worked together with whom, how often, and when last | 合作单位：合作次数与最近日期';

CREATE VIEW dashboard.finding AS
SELECT e.source, e.event_id, e.type, f.kind, f.ordinal, t.lang, t.body
FROM (SELECT event_key, occurred_on FROM dashboard.live_activity
      UNION ALL
      SELECT event_key, occurred_on FROM dashboard.live_summary) l
JOIN kepu.fact_finding f ON f.event_key = l.event_key AND f.occurred_on = l.occurred_on
LEFT JOIN dashboard.event e ON e.event_key = f.event_key
JOIN kepu.event_text t ON t.event_key = f.event_key AND t.occurred_on = f.occurred_on AND t.field = f.kind
     AND t.ordinal = f.ordinal;
COMMENT ON VIEW dashboard.finding IS 'Experiences, deficiencies, requirements, plans and results of live reports and summaries | 有效报告和总结中的经验、不足、要求、计划与成果';

CREATE MATERIALIZED VIEW mart.language_use AS
SELECT n.lang, n.type, count(*) AS facts
FROM (SELECT f.lang, 'cn.kepu.activity.reported' AS type
      FROM kepu.fact_language f
      JOIN dashboard.live_activity l ON l.event_key = f.event_key AND l.occurred_on = f.occurred_on
      UNION ALL
      SELECT f.lang, 'cn.kepu.material.distributed'
      FROM kepu.fact_language f
      JOIN dashboard.live_material l ON l.event_key = f.event_key AND l.occurred_on = f.occurred_on
      UNION ALL
      SELECT f.lang, 'cn.kepu.resource.published'
      FROM kepu.fact_language f
      JOIN dashboard.live_resource l ON l.event_key = f.event_key AND l.occurred_on = f.occurred_on
      UNION ALL
      SELECT f.lang, 'cn.kepu.reach.measured'
      FROM kepu.fact_language f
      -- One event has several facts of reach.
      JOIN (SELECT DISTINCT event_key, occurred_on FROM dashboard.live_reach) l
           ON l.event_key = f.event_key AND l.occurred_on = f.occurred_on) n
GROUP BY n.lang, n.type;
CREATE UNIQUE INDEX ON mart.language_use (lang, type);
COMMENT ON MATERIALIZED VIEW mart.language_use IS 'Live events that name a language, by type | 按类型统计注明语言的有效事件';

CREATE VIEW dashboard.language AS SELECT lang, type, facts FROM mart.language_use;
COMMENT ON VIEW dashboard.language IS 'Live events that name a language, by type | 按类型统计注明语言的有效事件';

-- Materials, training, resources, reach -------------------------------------------------------------------------------

CREATE VIEW dashboard.material AS
SELECT c.ancestor AS region_code, extract(year FROM l.period_end)::integer AS year, sum(l.copies) AS copies
FROM dashboard.live_material l
JOIN mart.region_closure c ON c.descendant = l.region_code
GROUP BY 1, 2;
COMMENT ON VIEW dashboard.material IS 'Copies handed out by region (rolled up) and year | 发放资料份数，按地区（逐级汇总）和年份';

CREATE VIEW dashboard.training AS
SELECT c.ancestor AS region_code, extract(year FROM l.ends_on)::integer AS year, count(*) AS trainings,
       sum(l.trainees)::bigint AS trainees, bool_or(l.trainees_qualifier <> 'exact') AS inexact
FROM dashboard.live_training l
JOIN mart.region_closure c ON c.descendant = l.region_code
GROUP BY 1, 2;
COMMENT ON VIEW dashboard.training IS 'Training courses and trainees by region (rolled up) and year | 培训班次与人数，按地区（逐级汇总）和年份';

CREATE VIEW dashboard.resource AS
SELECT region_code, resource_kind, unit, topic, sum(items) AS items, bool_or(items_qualifier <> 'exact') AS inexact
FROM dashboard.live_resource
GROUP BY region_code, resource_kind, unit, topic;
COMMENT ON VIEW dashboard.resource IS 'Content produced or renewed by region, kind, unit and topic | 资源制作与更新数量，按地区、类型、单位和主题';

-- Most questions have one statement; the few that have more are worked out beforehand.
CREATE MATERIALIZED VIEW mart.reach_contested AS
WITH question AS (
        SELECT facility_id, topic, metric, period_start, period_end, count(*) AS statements, min(value) AS value_min,
               max(value) AS value_max
        FROM dashboard.live_reach
        GROUP BY facility_id, topic, metric, period_start, period_end
        HAVING count(*) > 1
)
SELECT l.event_key, l.metric, q.statements, q.value_min, q.value_max,
       row_number() OVER (PARTITION BY l.facility_id, l.topic, l.metric, l.period_start, l.period_end
                          ORDER BY mart.exactness(l.value_qualifier), d.published_on DESC NULLS LAST,
                                   l.document_id DESC NULLS LAST, e.event_time DESC NULLS LAST, e.event_id DESC,
                                   e.source DESC, l.event_key DESC) = 1 AS is_preferred
FROM question q
JOIN dashboard.live_reach l USING (facility_id, topic, metric, period_start, period_end)
LEFT JOIN mart.provenance e USING (event_key)
LEFT JOIN kepu.source_document d USING (document_id);
CREATE UNIQUE INDEX ON mart.reach_contested (event_key, metric);
COMMENT ON MATERIALIZED VIEW mart.reach_contested IS 'Statements of reach that are not the only one of their question, and which is preferred | 同一问题有多条陈述的传播数据及优先采用者';

CREATE VIEW dashboard.online_reach AS
SELECT l.region_code, l.facility_id, f.facility_kind, coalesce(hans.name, hant.name, en.name, l.facility_id) AS name,
       l.topic, l.metric, l.period_start, l.period_end, l.value, l.value_qualifier,
       coalesce(c.statements, 1) AS statements, coalesce(c.value_min, l.value) AS value_min,
       coalesce(c.value_max, l.value) AS value_max
FROM dashboard.live_reach l
JOIN kepu.facility f USING (facility_id)
LEFT JOIN mart.reach_contested c ON c.event_key = l.event_key AND c.metric = l.metric
LEFT JOIN kepu.facility_name hans ON hans.facility_id = l.facility_id AND hans.lang = 'zh-Hans'
LEFT JOIN kepu.facility_name hant ON hant.facility_id = l.facility_id AND hant.lang = 'zh-Hant'
LEFT JOIN kepu.facility_name en ON en.facility_id = l.facility_id AND en.lang = 'en'
WHERE NOT EXISTS (SELECT FROM mart.reach_contested o
                  WHERE o.event_key = l.event_key AND o.metric = l.metric AND NOT o.is_preferred);
COMMENT ON VIEW dashboard.online_reach IS 'Reach of channels by metric and period: the preferred statement and the range of all; a metric that adds up is not summed here | 渠道传播数据：优先采用的陈述及全部陈述的范围，不跨时段相加';

-- Money, people, statements -------------------------------------------------------------------------------------------

CREATE VIEW dashboard.funding_by_level AS
SELECT region_code, source_level, purpose, sum(amount_yuan) AS amount_yuan, min(amount_qualifier) AS amount_qualifier,
       bool_or(may_overlap) AS may_overlap, min(period_start) AS since
FROM dashboard.live_funding
GROUP BY region_code, source_level, purpose;
COMMENT ON VIEW dashboard.funding_by_level IS 'Money in yuan by region, level that it comes from, and purpose; may_overlap: do not grand-total | 经费（元），按地区、来源级别和用途；may_overlap 者不可总加';

CREATE VIEW dashboard.funding_beneficiary AS
SELECT l.funding_id, b.kind, b.units
FROM dashboard.live_funding l
JOIN kepu.fact_funding_beneficiary b USING (event_key);
COMMENT ON VIEW dashboard.funding_beneficiary IS 'Units helped by a funding line, by kind | 经费惠及的单位数，按类型';

CREATE VIEW dashboard.workforce AS
WITH statement AS (
        SELECT l.region_code, l.team_kind, l.as_of, l.headcount, l.headcount_qualifier, l.teams, l.teams_qualifier,
               l.rank_position,
               row_number() OVER (PARTITION BY l.region_code, l.team_kind, l.as_of
                                  ORDER BY mart.exactness(l.headcount_qualifier), d.published_on DESC NULLS LAST,
                                           l.document_id DESC NULLS LAST,
                                           e.event_time DESC NULLS LAST, e.event_id DESC, e.source DESC,
                                           l.event_key DESC) AS place,
               count(*) OVER same AS statements, min(l.headcount) OVER same AS headcount_min,
               max(l.headcount) OVER same AS headcount_max
        FROM dashboard.live_workforce l
        LEFT JOIN mart.provenance e USING (event_key)
        LEFT JOIN kepu.source_document d USING (document_id)
        WINDOW same AS (PARTITION BY l.region_code, l.team_kind, l.as_of)
)
SELECT region_code, team_kind, as_of, headcount, headcount_qualifier, teams, teams_qualifier, rank_position, statements,
       headcount_min, headcount_max
FROM statement
WHERE place = 1;
COMMENT ON VIEW dashboard.workforce IS 'Head-counts by region, kind of team and day: the preferred statement and the range of all | 人员数，按地区、队伍类型和日期：优先采用的陈述及全部陈述的范围';

CREATE VIEW dashboard.network_growth AS
SELECT l.indicator_code, coalesce(i.name_zh, l.indicator_code) AS name_zh, l.region_code, l.document_id,
       l.baseline_value AS base, l.value AS now, l.value - l.baseline_value AS change, l.declared_change,
       round(100 * (l.value - l.baseline_value) / nullif(l.baseline_value, 0), 2) AS growth_over_base_pct,
       round(100 * (l.value - l.baseline_value) / nullif(l.value, 0), 2) AS share_of_now_pct,
       l.declared_change_pct,
       coalesce(l.declared_change <> l.value - l.baseline_value, false) AS declared_mismatch,
       l.rank_position, l.event_key
FROM dashboard.live_indicator l
JOIN kepu.indicator i ON i.code = l.indicator_code
WHERE l.measure_kind = 'actual' AND l.baseline_value IS NOT NULL;
COMMENT ON VIEW dashboard.network_growth IS 'Statements with a baseline: change and growth, as declared and as they are | 含基期的指标：增量与增幅（公布值与计算值）';

CREATE VIEW dashboard.indicator_parts AS
SELECT l.indicator_code, l.region_code, l.period_end, l.value AS total, p.category, p.value,
       round(100 * p.value / nullif(l.value, 0), 2) AS share_pct
FROM dashboard.live_indicator l
JOIN kepu.fact_indicator_part p ON p.event_key = l.event_key AND p.occurred_on = l.occurred_on
WHERE l.line = 0;
COMMENT ON VIEW dashboard.indicator_parts IS 'Parts of a total and their share | 总数的分项及占比';

CREATE VIEW dashboard.indicator_conflict AS
SELECT what, region_code, period_end, count(DISTINCT value) AS values,
       (SELECT array_agg(s.text ORDER BY s.value, s.qualifier COLLATE "C")
        FROM (SELECT DISTINCT x.value, x.qualifier, trim_scale(x.value) || ' ' || x.qualifier AS text
              FROM unnest(array_agg(c.value), array_agg(c.qualifier)) AS x (value, qualifier)) s) AS statements
FROM mart.conflict c
GROUP BY what, region_code, period_end, org_id, dims, topic, period_start;
COMMENT ON VIEW dashboard.indicator_conflict IS 'Questions that live statements answer differently | 不同文件给出不同数值的指标';

CREATE VIEW dashboard.org_year AS
SELECT org_id, extract(year FROM period_end)::integer AS year, indicator_code, measure_kind, value, value_qualifier
FROM dashboard.live_indicator
WHERE org_id IS NOT NULL;
COMMENT ON VIEW dashboard.org_year IS 'Statements of an organisation by year | 组织年度指标';

CREATE VIEW dashboard.target AS
SELECT t.indicator_code, t.region_code, t.org_id, t.period_end, t.value AS target, t.value_qualifier, a.value AS actual,
       a.value >= t.value AS met
FROM dashboard.live_indicator t
LEFT JOIN LATERAL (
        SELECT l.value
        FROM dashboard.live_indicator l
        LEFT JOIN mart.provenance e USING (event_key)
        LEFT JOIN kepu.source_document d USING (document_id)
        WHERE l.measure_kind = 'actual' AND l.indicator_code = t.indicator_code AND l.region_code = t.region_code
              AND l.org_id IS NOT DISTINCT FROM t.org_id AND coalesce(l.dims, '{}') = coalesce(t.dims, '{}')
              AND l.period_end <= t.period_end
        ORDER BY l.period_end DESC, mart.exactness(l.value_qualifier), d.published_on DESC NULLS LAST,
                 l.document_id DESC NULLS LAST, e.event_time DESC NULLS LAST, e.event_id DESC, e.source DESC, l.event_key DESC
        LIMIT 1
) a ON true
WHERE t.measure_kind = 'target';
COMMENT ON VIEW dashboard.target IS 'Targets and the newest actual value not after them | 目标值及不晚于目标日期的最新实际值';

-- Literacy ------------------------------------------------------------------------------------------------------------

CREATE VIEW dashboard.literacy_progress AS
WITH rated AS (
        SELECT DISTINCT ON (l.region_code, l.year) l.region_code, l.year, l.rate_pct, l.rank_position, l.rank_scope
        FROM dashboard.live_survey l
        LEFT JOIN mart.provenance e USING (event_key)
        LEFT JOIN kepu.source_document d USING (document_id)
        WHERE l.rate_pct IS NOT NULL
        ORDER BY l.region_code, l.year, mart.exactness(l.rate_qualifier), d.published_on DESC NULLS LAST,
                 l.document_id DESC NULLS LAST, e.event_time DESC NULLS LAST, e.event_id DESC, e.source DESC, l.event_key DESC
), first AS (
        SELECT DISTINCT ON (region_code) region_code, year, rate_pct FROM rated ORDER BY region_code, year
), last AS (
        SELECT DISTINCT ON (region_code) region_code, year, rate_pct, rank_position, rank_scope
        FROM rated ORDER BY region_code, year DESC
), aim AS (
        SELECT region_code, max(value) FILTER (WHERE measure_kind = 'forecast') AS forecast_pct,
               max(value) FILTER (WHERE measure_kind = 'target') AS target_pct
        FROM dashboard.live_indicator
        WHERE indicator_code = 'literacy.rate' AND measure_kind IN ('forecast', 'target')
        GROUP BY region_code
)
SELECT region_code, f.year AS y0, f.rate_pct AS rate0, l.year AS y1, l.rate_pct AS rate1,
       l.rate_pct - f.rate_pct AS change_pp,
       round(100 * (l.rate_pct - f.rate_pct) / nullif(f.rate_pct, 0), 2) AS growth_pct,
       l.rank_position, l.rank_scope, a.forecast_pct::numeric AS forecast_pct, a.target_pct::numeric AS target_pct,
       (a.target_pct - l.rate_pct)::numeric AS gap_to_target_pp
FROM first f
JOIN last l USING (region_code)
FULL JOIN aim a USING (region_code);
COMMENT ON VIEW dashboard.literacy_progress IS 'Science literacy of a region: first and last survey, forecast, target and what is missing | 公民科学素质：首次与最近调查、预测、目标与差距';

CREATE VIEW dashboard.literacy_group AS
SELECT l.region_code, l.year::integer AS year, b.dimension, b.category, b.rate_pct
FROM dashboard.live_survey l
JOIN kepu.literacy_breakdown b USING (event_key);
COMMENT ON VIEW dashboard.literacy_group IS 'Literacy by group, gender, residence, age, education, area | 分人群、性别、城乡、年龄、学历、区域的科学素质';

CREATE VIEW dashboard.literacy_topic AS
SELECT l.region_code, l.year::integer AS year, t.topic
FROM dashboard.live_survey l
JOIN kepu.literacy_topic t USING (event_key);
COMMENT ON VIEW dashboard.literacy_topic IS 'What a survey announced | 调查公布的内容';

-- Designations, assessments, summaries --------------------------------------------------------------------------------

CREATE VIEW mart.counting_grant AS
SELECT DISTINCT ON (g.designation_id) g.*
FROM kepu.designation_grant g
LEFT JOIN mart.provenance e USING (event_key)
ORDER BY g.designation_id, e.event_time DESC NULLS LAST, e.event_id DESC, e.source DESC, g.event_key DESC;
COMMENT ON VIEW mart.counting_grant IS 'The grant that counts, of each designation | 每项命名计入的授予记录';

CREATE VIEW mart.counting_revocation AS
SELECT DISTINCT ON (r.designation_id) r.*
FROM kepu.designation_revocation r
LEFT JOIN mart.provenance e USING (event_key)
WHERE NOT EXISTS (SELECT FROM mart.out_of_race o WHERE o.type = 'cn.kepu.designation.revoked' AND o.event_key = r.event_key)
ORDER BY r.designation_id, e.event_time DESC NULLS LAST, e.event_id DESC, e.source DESC, r.event_key DESC;
COMMENT ON VIEW mart.counting_revocation IS 'The revocation that counts, of each designation | 每项命名计入的撤销记录';

CREATE VIEW dashboard.designation AS
SELECT designation_id, g.title_kind, g.level, coalesce(g.holder_org_id, g.holder_facility_id, g.holder_region) AS holder,
       CASE WHEN g.designation_id IS NULL THEN NULL
            WHEN r.designation_id IS NOT NULL AND r.holder_count IS NULL THEN 0
            ELSE greatest(0, coalesce(g.holder_count, 1) - coalesce(r.holder_count, 0)) END::bigint AS holders,
       g.region_code, g.valid_from, g.valid_to, r.revoked_on,
       CASE WHEN g.designation_id IS NULL THEN 'unknown'
            WHEN r.designation_id IS NOT NULL AND coalesce(r.holder_count >= coalesce(g.holder_count, 1), true)
                    THEN 'revoked'
            WHEN g.valid_to < (now() AT TIME ZONE 'Asia/Shanghai')::date THEN 'expired'
            ELSE 'active' END AS state,
       g.part_of
FROM mart.counting_grant g
FULL JOIN mart.counting_revocation r USING (designation_id);
COMMENT ON VIEW dashboard.designation IS 'Namings with their holders and what became of them | 命名及其持有者和现状';

CREATE VIEW dashboard.designation_active AS
SELECT c.ancestor AS region_code, d.title_kind, d.level, sum(d.holders)::bigint AS holders
FROM dashboard.designation d
JOIN mart.region_closure c ON c.descendant = d.region_code
WHERE d.state IN ('active', 'expired') AND d.part_of IS NULL
GROUP BY c.ancestor, d.title_kind, d.level
HAVING sum(d.holders) > 0;
COMMENT ON VIEW dashboard.designation_active IS 'Holders of namings that are not revoked, by region (rolled up), title and level; parts of another are not counted again | 未撤销命名的持有者数，按地区（逐级汇总）、称号和级别，不重复计算';

CREATE VIEW dashboard.assessment_board AS
SELECT region_code, year, scheme, stage, count(*) AS records, coalesce(sum(recipients), 0) AS recipients
FROM dashboard.live_assessment
GROUP BY region_code, year, scheme, stage;
COMMENT ON VIEW dashboard.assessment_board IS 'Recommendations, awards and grades by region, year, scheme and stage | 推荐、表彰与评估，按地区、年份、项目和阶段';

CREATE VIEW dashboard.deadline AS
SELECT summary_id AS item, org_id, submitted_on AS done_on, due_on, submitted_on <= due_on AS in_time
FROM dashboard.live_summary
WHERE due_on IS NOT NULL
UNION ALL
SELECT assessment_id, coalesce(recommender_org_id, org_id), decided_on, due_on, decided_on <= due_on
FROM dashboard.live_assessment
WHERE due_on IS NOT NULL;
COMMENT ON VIEW dashboard.deadline IS 'Summaries and assessments with a due date, and whether it was kept | 有期限的总结与评估及是否按时';

CREATE VIEW dashboard.summary_due AS
WITH last AS (
        SELECT summary_kind, max(year) AS year FROM dashboard.live_summary GROUP BY summary_kind
), owing AS (
        SELECT s.org_id, s.summary_kind, generate_series(min(s.year)::integer, min(l.year)::integer) AS year
        FROM dashboard.live_summary s
        JOIN last l USING (summary_kind)
        GROUP BY s.org_id, s.summary_kind
), handed_in AS (
        SELECT DISTINCT ON (org_id, summary_kind, year) org_id, summary_kind, year, due_on, submitted_on
        FROM dashboard.live_summary
        ORDER BY org_id, summary_kind, year, submitted_on, summary_id
)
SELECT o.org_id, o.summary_kind, o.year, h.due_on, h.submitted_on,
       CASE WHEN h.org_id IS NULL THEN 'missing'
            WHEN h.submitted_on > h.due_on THEN 'late'
            ELSE 'in_time' END AS state
FROM owing o
LEFT JOIN handed_in h ON h.org_id = o.org_id AND h.summary_kind = o.summary_kind AND h.year = o.year;
COMMENT ON VIEW dashboard.summary_due IS 'Which summaries are owed and which came, by organisation, kind and year | 应报与已报的工作总结，按组织、类型和年份';

-- Organisations and facilities by region ------------------------------------------------------------------------------

CREATE VIEW dashboard.association_coverage AS
SELECT c.ancestor AS region_code, o.grassroots_kind, count(*) AS associations
FROM kepu.organization o
JOIN mart.region_closure c ON c.descendant = o.region_code
WHERE NOT o.is_placeholder AND o.org_kind = 'grassroots_association' AND o.status = 'active'
GROUP BY 1, 2;
COMMENT ON VIEW dashboard.association_coverage IS 'Active grassroots associations by region (rolled up) and kind | 现有基层科协数，按地区（逐级汇总）和类型';

CREATE VIEW dashboard.monitoring AS
SELECT c.ancestor AS region_code, sum(f.unit_count)::bigint AS points, coalesce(sum(f.device_count), 0) AS devices
FROM kepu.facility f
JOIN mart.region_closure c ON c.descendant = f.region_code
WHERE NOT f.is_placeholder AND f.facility_kind = 'monitoring_point' AND f.status <> 'closed'
GROUP BY 1;
COMMENT ON VIEW dashboard.monitoring IS 'Monitoring points that are not closed and their devices, by region (rolled up) | 未关闭的监测预警点及设备数，按地区逐级汇总';
