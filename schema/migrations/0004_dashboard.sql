-- SPDX-License-Identifier: Apache-2.0
-- What the dashboards read. Plain views over kepu and ingest: always current, in whatever order events came.
-- No view depends on the time zone of the session: business dates are dates, and months and years are theirs.
--
-- Words used throughout
--   greatest   of several events: the later time, then the greater id, then the greater source, bytewise
--   live       a fact that nothing takes back and that wins its natural key
--   roll-up    counted for a region itself and for every region above it, the country (100000) included
--   inexact    some figure in the sum is "about", "more than", …
--   preferred  among live statements with the same key: exact first, then the newest document (its publication date,
--              none last), then the greater document id, then the greatest event
-- The first part has the building blocks, the second what views.tsv of the domain promises.

CREATE SCHEMA IF NOT EXISTS dashboard;
COMMENT ON SCHEMA dashboard IS 'Views for dashboards: read these, not the tables';

-- Building blocks: events and what became of them ---------------------------------------------------------------------

CREATE VIEW dashboard.event AS
SELECT l.event_key, s.source, l.event_id, t.type, t.class, l.event_time, l.occurred_on, l.received_at
FROM ingest.ledger l
JOIN ingest.event_source s USING (source_id)
JOIN ingest.event_type t USING (type_id);
COMMENT ON VIEW dashboard.event IS 'Every accepted event with its attributes';

CREATE VIEW dashboard.taking_back AS
SELECT b.target_key, b.event_key, b.kind, b.reason_kind, b.target_id,
       m.source, m.event_id, m.type, m.event_time, m.received_at,
       t.type AS target_type,
       coalesce(CASE b.kind
                WHEN 'voided' THEN (t.class = 'fact' OR voidable.type IS NOT NULL)
                                   AND coalesce(b.target_type, t.type) = t.type
                ELSE m.type = t.type
                END, false) AS effective,
       CASE WHEN t.event_key IS NULL THEN 'voids_unknown'
            WHEN b.kind = 'voided' AND t.class <> 'fact' AND voidable.type IS NULL THEN 'voids_state'
            WHEN CASE b.kind WHEN 'voided' THEN b.target_type ELSE m.type END <> t.type THEN 'corrects_other_type'
       END AS flaw
FROM ingest.taken_back b
JOIN dashboard.event m ON m.event_key = b.event_key
LEFT JOIN dashboard.event t ON t.event_key = b.target_key
-- One-way steps that a void takes back although they are no facts.
LEFT JOIN (VALUES ('cn.kepu.designation.revoked'), ('cn.kepu.activity.cancelled')) AS voidable (type)
       ON voidable.type = t.type;
COMMENT ON VIEW dashboard.taking_back IS 'Every void and correction with its target';
COMMENT ON COLUMN dashboard.taking_back.effective IS 'the target is there and is taken back';
COMMENT ON COLUMN dashboard.taking_back.flaw IS 'why it is not effective (yet)';

CREATE VIEW dashboard.out_of_race AS
WITH taking AS MATERIALIZED (
        SELECT target_key, event_key, kind, source, event_id, type, event_time, effective FROM dashboard.taking_back
), dead AS MATERIALIZED (
        SELECT DISTINCT target_key FROM taking WHERE effective
)
SELECT target_key AS event_key
FROM dead
UNION
-- Of the corrections of one event, by one type, that nothing takes back, only the greatest stays.
SELECT event_key
FROM (SELECT c.event_key,
             row_number() OVER (PARTITION BY c.target_key, c.type
                                ORDER BY c.event_time DESC, c.event_id DESC, c.source DESC) AS place
      FROM taking c
      WHERE c.kind = 'corrected' AND NOT EXISTS (SELECT FROM dead d WHERE d.target_key = c.event_key)
     ) corrections
WHERE place > 1;
COMMENT ON VIEW dashboard.out_of_race IS 'Events that cannot be live, before natural keys are compared: taken back, or a lesser correction';

-- One view per fact table with a natural key; only keys that occur twice are looked at, so the ledger is hardly read.
CREATE VIEW dashboard.visit_told_twice AS
WITH race AS (
        SELECT f.event_key, f.natural_key
        FROM kepu.fact_visit f
        WHERE NOT EXISTS (SELECT FROM dashboard.out_of_race o WHERE o.event_key = f.event_key)
), doubled AS (
        SELECT natural_key FROM race GROUP BY natural_key HAVING count(*) > 1
), ranked AS (
        SELECT r.event_key,
               first_value(r.event_key) OVER (PARTITION BY r.natural_key
                                              ORDER BY e.event_time DESC, e.event_id DESC, e.source DESC) AS winner_key
        FROM race r
        JOIN doubled USING (natural_key)
        JOIN dashboard.event e USING (event_key)
)
SELECT event_key, winner_key FROM ranked WHERE event_key <> winner_key;
COMMENT ON VIEW dashboard.visit_told_twice IS 'Visits that lose their natural key, and to which event';

CREATE VIEW dashboard.activity_told_twice AS
WITH race AS (
        SELECT f.event_key, f.natural_key
        FROM kepu.fact_activity f
        WHERE NOT EXISTS (SELECT FROM dashboard.out_of_race o WHERE o.event_key = f.event_key)
), doubled AS (
        SELECT natural_key FROM race GROUP BY natural_key HAVING count(*) > 1
), ranked AS (
        SELECT r.event_key,
               first_value(r.event_key) OVER (PARTITION BY r.natural_key
                                              ORDER BY e.event_time DESC, e.event_id DESC, e.source DESC) AS winner_key
        FROM race r
        JOIN doubled USING (natural_key)
        JOIN dashboard.event e USING (event_key)
)
SELECT event_key, winner_key FROM ranked WHERE event_key <> winner_key;
COMMENT ON VIEW dashboard.activity_told_twice IS 'Activity reports that lose their natural key, and to which event';

-- Live facts ----------------------------------------------------------------------------------------------------------

CREATE VIEW dashboard.live_visit AS
SELECT f.occurred_on, f.facility_id, f.period_start, f.period_end, f.visitors, f.visitors_qualifier, f.scope,
       f.group_code, f.activity_id, f.free_admission, f.method, f.document_id,
       coalesce(p.region_code, '100000') AS region_code, f.counter_id, f.event_key
FROM kepu.fact_visit f
JOIN kepu.facility p USING (facility_id)
WHERE NOT EXISTS (SELECT FROM dashboard.out_of_race o WHERE o.event_key = f.event_key)
      AND NOT EXISTS (SELECT FROM dashboard.visit_told_twice t WHERE t.event_key = f.event_key);
COMMENT ON VIEW dashboard.live_visit IS 'Live visits with the region of the facility';

CREATE VIEW dashboard.live_activity AS
SELECT f.occurred_on, f.aggregation, f.activity_id, f.programme_id, f.kind, f.region_code, f.organizer_org_id,
       f.period_start, f.period_end, f.sessions, f.sessions_qualifier, f.participants, f.participants_qualifier,
       f.online_participants, f.online_participants_qualifier, f.experts, f.experts_qualifier,
       f.volunteers, f.volunteers_qualifier, f.per_year, f.prefectures_covered, f.counties_covered, f.document_id,
       f.event_key
FROM kepu.fact_activity f
WHERE NOT EXISTS (SELECT FROM dashboard.out_of_race o WHERE o.event_key = f.event_key)
      AND NOT EXISTS (SELECT FROM dashboard.activity_told_twice t WHERE t.event_key = f.event_key);
COMMENT ON VIEW dashboard.live_activity IS 'Live outcome reports of activities and programmes';

-- Entities and their names: simplified Chinese, else traditional Chinese, else English, else the id -------------------

CREATE VIEW dashboard.region AS
SELECT r.code,
       CASE WHEN r.is_placeholder THEN derived.code ELSE r.parent_code END AS parent_code,
       r.level, r.kind, r.is_placeholder,
       coalesce(hans.name, hant.name, en.name, r.code) AS name, mn.name AS name_mn
FROM kepu.region r
LEFT JOIN kepu.region_name hans ON hans.code = r.code AND hans.lang = 'zh-Hans'
LEFT JOIN kepu.region_name hant ON hant.code = r.code AND hant.lang = 'zh-Hant'
LEFT JOIN kepu.region_name en ON en.code = r.code AND en.lang = 'en'
LEFT JOIN kepu.region_name mn ON mn.code = r.code AND mn.lang = 'mn-Mong'
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
COMMENT ON VIEW dashboard.region IS 'Regions with name and parent; the parent of a placeholder is derived from its code';

CREATE VIEW dashboard.region_closure AS
WITH RECURSIVE parent AS MATERIALIZED (
        SELECT code, parent_code FROM dashboard.region
), up (descendant, ancestor, depth) AS (
        SELECT code, code, 0 FROM parent
        UNION ALL
        -- Parents are of a higher level by the shape of their codes, so this ends; 8 is more than there are levels.
        SELECT u.descendant, p.parent_code, u.depth + 1
        FROM up u JOIN parent p ON p.code = u.ancestor
        WHERE p.parent_code IS NOT NULL AND u.depth < 8
)
SELECT ancestor, descendant, depth FROM up;
COMMENT ON VIEW dashboard.region_closure IS 'Each region with itself (depth 0) and all above it: roll-ups join on descendant';

CREATE VIEW dashboard.region_path AS
SELECT c.descendant AS code, string_agg(r.name, ' / ' ORDER BY c.depth DESC) AS path, max(c.depth)::bigint AS depth
FROM dashboard.region_closure c
JOIN dashboard.region r ON r.code = c.ancestor
GROUP BY c.descendant;
COMMENT ON VIEW dashboard.region_path IS 'Names from the country down, and the steps below it';

CREATE VIEW dashboard.org AS
SELECT o.org_id, o.org_kind, o.grassroots_kind, o.admin_level, o.region_code, o.parent_org_id, o.uscc,
       o.established_on, o.dissolved_on, o.status, o.revision, o.is_placeholder, o.updated_at,
       coalesce(hans.name, hant.name, en.name, o.org_id) AS name
FROM kepu.organization o
LEFT JOIN kepu.organization_name hans ON hans.org_id = o.org_id AND hans.lang = 'zh-Hans'
LEFT JOIN kepu.organization_name hant ON hant.org_id = o.org_id AND hant.lang = 'zh-Hant'
LEFT JOIN kepu.organization_name en ON en.org_id = o.org_id AND en.lang = 'en';
COMMENT ON VIEW dashboard.org IS 'Organisations with their name';

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
COMMENT ON VIEW dashboard.facility IS 'Facilities with their name and mode';

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
COMMENT ON VIEW dashboard.late_dimension IS 'What has been referred to but not described yet';

-- Visits --------------------------------------------------------------------------------------------------------------

-- Daily, monthly and annual totals of one facility lie in each other. Like self time in a profile, each counts with
-- what is left when the largest totals inside it are taken off; so a year's total adds only what its months lack.
CREATE VIEW dashboard.visit_total AS
WITH total AS MATERIALIZED (
        SELECT event_key, facility_id, region_code, period_start, period_end, visitors, visitors_qualifier, counter_id
        FROM dashboard.live_visit
        WHERE scope = 'total'
), crossing AS (
        -- Two totals that overlap, neither inside the other: the lesser one is left out altogether.
        SELECT DISTINCT ON (a.event_key) a.event_key, b.event_key AS crossed_by
        FROM total a
        JOIN total b ON b.facility_id = a.facility_id
             AND (a.period_start < b.period_start AND b.period_start <= a.period_end AND a.period_end < b.period_end
                  OR b.period_start < a.period_start AND a.period_start <= b.period_end AND b.period_end < a.period_end)
             AND (a.counter_id IS NULL OR b.counter_id IS NULL OR a.counter_id = b.counter_id)
        JOIN dashboard.event ea ON ea.event_key = a.event_key
        JOIN dashboard.event eb ON eb.event_key = b.event_key
        WHERE a.period_end > a.period_start AND b.period_end > b.period_start -- a single day crosses nothing
              AND (eb.event_time, eb.event_id, eb.source) > (ea.event_time, ea.event_id, ea.source)
        ORDER BY a.event_key, eb.event_time DESC, eb.event_id DESC, eb.source DESC
), kept AS MATERIALIZED (
        SELECT t.* FROM total t WHERE NOT EXISTS (SELECT FROM crossing c WHERE c.event_key = t.event_key)
), enclosing AS MATERIALIZED (
        SELECT a.event_key AS outer_key, b.event_key AS inner_key, b.visitors
        FROM kept a
        JOIN kept b ON b.facility_id = a.facility_id
             AND b.period_start >= a.period_start AND b.period_end <= a.period_end
             AND (b.period_start > a.period_start OR b.period_end < a.period_end)
        WHERE a.period_end > a.period_start AND (a.counter_id IS NULL OR a.counter_id = b.counter_id)
        UNION ALL
        -- Of equal periods only one without a counter encloses one with.
        SELECT a.event_key, b.event_key, b.visitors
        FROM kept a
        JOIN kept b USING (facility_id, period_start, period_end)
        WHERE a.counter_id IS NULL AND b.counter_id IS NOT NULL
), inside AS (
        SELECT e.outer_key, sum(e.visitors) AS visitors
        FROM enclosing e
        WHERE NOT EXISTS (SELECT
                          FROM enclosing above
                          JOIN enclosing below ON below.outer_key = above.inner_key
                          WHERE above.outer_key = e.outer_key AND below.inner_key = e.inner_key)
        GROUP BY e.outer_key
)
SELECT t.event_key, t.facility_id, t.region_code, t.period_start, t.period_end, t.visitors, t.visitors_qualifier,
       t.counter_id, c.crossed_by,
       (t.visitors - coalesce(i.visitors, 0))::bigint AS remainder,
       CASE WHEN c.crossed_by IS NULL THEN greatest(0, t.visitors - coalesce(i.visitors, 0))::bigint END AS own
FROM total t
LEFT JOIN crossing c USING (event_key)
LEFT JOIN inside i ON i.outer_key = t.event_key;
COMMENT ON VIEW dashboard.visit_total IS 'Live totals; own: what each adds to sums, NULL when it is left out because it crosses a greater one';
COMMENT ON COLUMN dashboard.visit_total.remainder IS 'visitors less the totals inside; negative: the parts exceed the whole';

CREATE VIEW dashboard.visits_region_month AS
SELECT c.ancestor AS region_code,
       date_trunc('month', t.period_end::timestamp)::date AS month,
       sum(t.own)::bigint AS visitors,
       bool_or(t.visitors_qualifier <> 'exact') AS inexact,
       coalesce(sum(t.own) FILTER (WHERE t.period_end - t.period_start >= 31), 0)::bigint AS of_longer_periods,
       count(DISTINCT t.facility_id) AS facilities
FROM dashboard.visit_total t
JOIN dashboard.region_closure c ON c.descendant = t.region_code
WHERE t.own IS NOT NULL
GROUP BY 1, 2;
COMMENT ON VIEW dashboard.visits_region_month IS 'Visitors by region (rolled up) and month of the last day; of_longer_periods: from statements over more than 31 days';

CREATE VIEW dashboard.visit_audience AS
SELECT v.facility_id, v.period_end, v.visitors, v.visitors_qualifier,
       coalesce(hans.body, hant.body, en.body) AS audience, v.activity_id
FROM dashboard.live_visit v
LEFT JOIN kepu.event_text hans
       ON hans.event_key = v.event_key AND hans.field = 'audience_label' AND hans.lang = 'zh-Hans'
LEFT JOIN kepu.event_text hant
       ON hant.event_key = v.event_key AND hant.field = 'audience_label' AND hant.lang = 'zh-Hant'
LEFT JOIN kepu.event_text en
       ON en.event_key = v.event_key AND en.field = 'audience_label' AND en.lang = 'en'
WHERE v.scope = 'subset';
COMMENT ON VIEW dashboard.visit_audience IS 'Groups among the visitors: parts of totals, never added to them';

CREATE VIEW dashboard.facility_year AS
WITH part AS (
        SELECT facility_id, period_end, own AS visitors, 0::bigint AS in_groups
        FROM dashboard.visit_total WHERE own IS NOT NULL
        UNION ALL
        SELECT facility_id, period_end, 0, visitors FROM dashboard.live_visit WHERE scope = 'subset'
)
SELECT facility_id, extract(year FROM period_end)::integer AS year,
       sum(visitors) AS visitors, sum(in_groups) AS in_groups,
       -- Renewed exhibits and panels come with the facts of resources.
       0::numeric AS exhibits_renewed, 0::numeric AS panels_renewed
FROM part
GROUP BY 1, 2;
COMMENT ON VIEW dashboard.facility_year IS 'What a facility had in a year: visitors, those in groups, exhibits and panels renewed';

-- Activities ----------------------------------------------------------------------------------------------------------

CREATE VIEW dashboard.activity_state AS
SELECT a.activity_id, a.form, a.kind, a.occasion, a.edition_year, a.organizer_org_id, a.region_code, a.mode,
       extract(year FROM a.starts_on)::integer AS year,
       r.activity_id IS NOT NULL AS reported,
       -- A cancellation counts unless there is a live report; cancellations are not stored yet.
       false AS cancelled
FROM kepu.activity a
LEFT JOIN (SELECT DISTINCT activity_id FROM dashboard.live_activity WHERE aggregation = 'single') r USING (activity_id)
WHERE NOT a.is_placeholder;
COMMENT ON VIEW dashboard.activity_state IS 'Described activities and what became of them';

CREATE VIEW dashboard.preferred_report AS
SELECT DISTINCT ON (l.activity_id, l.period_start, l.period_end)
       l.activity_id, l.period_start, l.period_end, l.participants, l.participants_qualifier, l.event_key
FROM dashboard.live_activity l
JOIN dashboard.event e USING (event_key)
LEFT JOIN kepu.source_document d USING (document_id)
WHERE l.aggregation = 'single'
ORDER BY l.activity_id, l.period_start, l.period_end,
         CASE WHEN l.participants_qualifier = 'exact' THEN 0 WHEN l.participants_qualifier IS NOT NULL THEN 1 ELSE 2 END,
         d.published_on DESC NULLS LAST, l.document_id DESC NULLS LAST,
         e.event_time DESC, e.event_id DESC, e.source DESC;
COMMENT ON VIEW dashboard.preferred_report IS 'The preferred live report of each activity and period';

CREATE VIEW dashboard.activity_board AS
WITH figure AS (
        SELECT activity_id, sum(participants) AS participants, bool_or(participants_qualifier <> 'exact') AS inexact
        FROM dashboard.preferred_report
        GROUP BY activity_id
)
SELECT c.ancestor AS region_code, a.year, a.occasion, a.kind, a.form,
       count(*) AS registered,
       count(*) FILTER (WHERE a.cancelled) AS cancelled,
       count(*) FILTER (WHERE a.reported) AS reported,
       coalesce(sum(f.participants), 0)::bigint AS participants,
       coalesce(bool_or(f.inexact), false) AS inexact
FROM dashboard.activity_state a
JOIN dashboard.region_closure c ON c.descendant = a.region_code
LEFT JOIN figure f USING (activity_id)
GROUP BY c.ancestor, a.year, a.occasion, a.kind, a.form;
COMMENT ON VIEW dashboard.activity_board IS 'Activities by region (rolled up), year, occasion, kind and form';

CREATE VIEW dashboard.science_day AS
SELECT coalesce(a.edition_year, a.year)::smallint AS year, c.ancestor AS region_code, a.form,
       count(*) AS registered,
       count(*) FILTER (WHERE a.cancelled) AS cancelled,
       count(*) FILTER (WHERE a.reported) AS reported,
       count(*) FILTER (WHERE a.mode = 'online') AS online
FROM dashboard.activity_state a
JOIN dashboard.region_closure c ON c.descendant = a.region_code
WHERE a.occasion = 'science_day'
GROUP BY 1, 2, 3;
COMMENT ON VIEW dashboard.science_day IS 'National Science Popularisation Day by edition, region (rolled up) and form';

CREATE VIEW dashboard.group_coverage AS
WITH active AS (
        SELECT DISTINCT c.ancestor AS region_code, a.year
        FROM dashboard.activity_state a
        JOIN dashboard.region_closure c ON c.descendant = a.region_code
), named AS (
        SELECT c.ancestor AS region_code, a.year, g.group_code, count(*) AS activities
        FROM dashboard.activity_state a
        JOIN kepu.activity_group g USING (activity_id)
        JOIN dashboard.region_closure c ON c.descendant = a.region_code
        WHERE NOT a.cancelled
        GROUP BY 1, 2, 3
)
SELECT r.region_code, r.year, p.code AS group_code, p.name_zh, coalesce(n.activities, 0) AS activities
FROM active r
CROSS JOIN kepu.population_group p
LEFT JOIN named n ON n.region_code = r.region_code AND n.year = r.year AND n.group_code = p.code
WHERE p.is_target;
COMMENT ON VIEW dashboard.group_coverage IS 'How many activities of a year name each target group, by region (rolled up); zero is shown';

CREATE VIEW dashboard.programme_outcome AS
WITH statement AS (
        SELECT l.*,
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
                                e.event_time DESC, e.event_id DESC, e.source DESC) AS place,
               count(*) OVER (PARTITION BY l.programme_id, l.kind, l.region_code, l.period_start, l.period_end)
                       AS statements
        FROM dashboard.live_activity l
        JOIN dashboard.event e USING (event_key)
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
COMMENT ON VIEW dashboard.programme_outcome IS 'The statement that says most about a programme in a period; several statements are never added up';

CREATE VIEW dashboard.top_organisation AS
WITH organised AS (
        SELECT a.organizer_org_id AS org_id, count(*) AS activities, coalesce(sum(r.reports), 0)::bigint AS reports
        FROM dashboard.activity_state a
        LEFT JOIN (SELECT activity_id, count(*) AS reports
                   FROM dashboard.live_activity WHERE aggregation = 'single' GROUP BY activity_id) r USING (activity_id)
        WHERE NOT a.cancelled
        GROUP BY 1
), counted AS (
        SELECT o.org_id, o.name, o.region_code,
               coalesce(g.activities, 0) AS activities, coalesce(g.reports, 0) AS reports,
               -- Recommendations and awards come with the facts of assessments.
               0::bigint AS recommended, 0::bigint AS awarded
        FROM dashboard.org o
        LEFT JOIN organised g USING (org_id)
)
SELECT org_id, name, region_code, activities, reports, recommended, awarded,
       rank() OVER (ORDER BY awarded DESC, recommended DESC, activities DESC) AS place
FROM counted;
COMMENT ON VIEW dashboard.top_organisation IS 'Organisations by awards, recommendations and activities';

CREATE VIEW dashboard.partner AS
SELECT l.organizer_org_id AS org_id, p.org_id AS partner_org_id, count(*) AS activities,
       -- Summaries name partners too, once they are stored.
       0::bigint AS summaries,
       max(l.occurred_on) AS last_on
FROM dashboard.live_activity l
JOIN kepu.fact_partner p USING (event_key)
WHERE l.organizer_org_id IS NOT NULL
GROUP BY 1, 2;
COMMENT ON VIEW dashboard.partner IS 'Who worked together with whom, how often, and when last';

CREATE VIEW dashboard.finding AS
SELECT e.source, e.event_id, e.type, f.kind, f.ordinal, t.lang, t.body
FROM kepu.fact_finding f
JOIN dashboard.event e USING (event_key)
JOIN kepu.event_text t ON t.event_key = f.event_key AND t.field = f.kind AND t.ordinal = f.ordinal
JOIN dashboard.live_activity l ON l.event_key = f.event_key;
COMMENT ON VIEW dashboard.finding IS 'Experiences, deficiencies, requirements, plans and results of live reports';

CREATE VIEW dashboard.language AS
SELECT n.lang, e.type, count(DISTINCT n.event_key) AS facts
FROM kepu.fact_language n
JOIN dashboard.event e USING (event_key)
JOIN dashboard.live_activity l ON l.event_key = n.event_key
GROUP BY 1, 2;
COMMENT ON VIEW dashboard.language IS 'Live events that name a language, by type';

-- Organisations and facilities by region ------------------------------------------------------------------------------

CREATE VIEW dashboard.association_coverage AS
SELECT c.ancestor AS region_code, o.grassroots_kind, count(*) AS associations
FROM kepu.organization o
JOIN dashboard.region_closure c ON c.descendant = o.region_code
WHERE NOT o.is_placeholder AND o.org_kind = 'grassroots_association' AND o.status = 'active'
GROUP BY 1, 2;
COMMENT ON VIEW dashboard.association_coverage IS 'Active grassroots associations by region (rolled up) and kind';

CREATE VIEW dashboard.monitoring AS
SELECT c.ancestor AS region_code, sum(f.unit_count)::bigint AS points, coalesce(sum(f.device_count), 0) AS devices
FROM kepu.facility f
JOIN dashboard.region_closure c ON c.descendant = f.region_code
WHERE NOT f.is_placeholder AND f.facility_kind = 'monitoring_point' AND f.status <> 'closed'
GROUP BY 1;
COMMENT ON VIEW dashboard.monitoring IS 'Monitoring points that are not closed and their devices, by region (rolled up)';

-- Ingest and quality --------------------------------------------------------------------------------------------------

CREATE VIEW dashboard.taken_back AS
SELECT DISTINCT ON (source, target_id)
       source, target_id AS event_id, kind, event_id AS taken_back_by, reason_kind
FROM dashboard.taking_back
WHERE effective
ORDER BY source, target_id, event_time DESC, taking_back.event_id DESC;
COMMENT ON VIEW dashboard.taken_back IS 'Events that are not live because another takes them back; of several the greatest is named';

CREATE VIEW dashboard.ingest_quality AS
WITH stored AS (
        SELECT source_id, type_id, count(*) AS accepted,
               count(*) FILTER (WHERE NOT warnings <@ ARRAY['W_LATE_REGION', 'W_LATE_ORG', 'W_LATE_FACILITY',
                                                            'W_LATE_ACTIVITY', 'W_LATE_INDICATOR']) AS with_warnings
        FROM ingest.ledger
        GROUP BY source_id, type_id
), repeated AS (
        SELECT source, type, sum(duplicate)::bigint AS redelivered FROM ingest.tally GROUP BY source, type
), taken AS (
        SELECT source, target_type AS type, count(DISTINCT target_key) AS voided_or_corrected
        FROM dashboard.taking_back WHERE effective GROUP BY 1, 2
)
SELECT s.source, t.type, stored.accepted, coalesce(r.redelivered, 0) AS redelivered, stored.with_warnings,
       coalesce(k.voided_or_corrected, 0) AS voided_or_corrected
FROM stored
JOIN ingest.event_source s USING (source_id)
JOIN ingest.event_type t USING (type_id)
LEFT JOIN repeated r ON r.source = s.source AND r.type = t.type
LEFT JOIN taken k ON k.source = s.source AND k.type = t.type;
COMMENT ON VIEW dashboard.ingest_quality IS 'Events in the ledger by producer and type; redelivered: duplicates seen; with_warnings: other than placeholders made';

CREATE VIEW dashboard.reject_reason AS
SELECT reason, count(*) AS messages, max(received_at) AS last_seen
FROM ingest.dead_letter
GROUP BY reason;
COMMENT ON VIEW dashboard.reject_reason IS 'Refused messages by reason';

-- One row per pair: the first event has the finding, the other is the one that it is compared with.
CREATE VIEW dashboard.quality_finding AS
WITH told_twice AS (
        SELECT event_key, winner_key FROM dashboard.visit_told_twice
        UNION ALL
        SELECT event_key, winner_key FROM dashboard.activity_told_twice
), correction AS (
        SELECT event_key,
               first_value(event_key) OVER (PARTITION BY target_key, type
                                            ORDER BY event_time DESC, event_id DESC, source DESC) AS greatest_key
        FROM dashboard.taking_back
        WHERE kind = 'corrected'
), total AS MATERIALIZED (
        SELECT event_key, crossed_by, remainder FROM dashboard.visit_total WHERE crossed_by IS NOT NULL OR remainder < 0
), identifier AS (
        SELECT 'uscc ' || uscc AS detail, event_key, org_id AS id,
               first_value(event_key) OVER same AS first_key, first_value(org_id) OVER same AS first_id
        FROM kepu.organization WHERE NOT is_placeholder AND uscc IS NOT NULL
        WINDOW same AS (PARTITION BY uscc ORDER BY org_id)
        UNION ALL
        SELECT 'iso3166_2 ' || iso3166_2, event_key, code,
               first_value(event_key) OVER same, first_value(code) OVER same
        FROM kepu.region WHERE event_key IS NOT NULL AND iso3166_2 IS NOT NULL
        WINDOW same AS (PARTITION BY iso3166_2 ORDER BY code)
), pair AS (
        SELECT 'same_fact_twice' AS kind, event_key AS first_key, winner_key AS other_key, NULL AS detail FROM told_twice
        UNION ALL
        SELECT 'corrected_twice', event_key, greatest_key, NULL FROM correction WHERE event_key <> greatest_key
        UNION ALL
        SELECT 'overlapping_totals', event_key, crossed_by, NULL FROM total WHERE crossed_by IS NOT NULL
        UNION ALL
        SELECT 'negative_remainder', event_key, NULL, remainder::text FROM total WHERE crossed_by IS NULL
        UNION ALL
        SELECT flaw, event_key, target_key, target_type
        FROM dashboard.taking_back WHERE flaw IN ('voids_state', 'corrects_other_type')
        UNION ALL
        -- Hours, not days: a day of the session's time zone may have 23.
        SELECT flaw, event_key, NULL, target_id
        FROM dashboard.taking_back WHERE flaw = 'voids_unknown' AND received_at <= now() - interval '168 hours'
        UNION ALL
        SELECT 'double_identifier', event_key, first_key, detail FROM identifier WHERE id <> first_id
), placeholder AS (
        SELECT 'region' AS dim, code AS id, first_seen FROM kepu.region WHERE is_placeholder
        UNION ALL
        SELECT 'organization', org_id, first_seen FROM kepu.organization WHERE is_placeholder
        UNION ALL
        SELECT 'facility', facility_id, first_seen FROM kepu.facility WHERE is_placeholder
        UNION ALL
        SELECT 'activity', activity_id, first_seen FROM kepu.activity WHERE is_placeholder
        UNION ALL
        SELECT 'indicator', code, first_seen FROM kepu.indicator WHERE is_placeholder
)
SELECT DISTINCT p.kind, e.type, e.source, e.event_id, o.source AS other_source, o.event_id AS other_event_id, p.detail
FROM pair p
JOIN dashboard.event e ON e.event_key = p.first_key
LEFT JOIN dashboard.event o ON o.event_key = p.other_key
UNION ALL
SELECT 'placeholder', NULL, NULL, NULL, NULL, NULL, dim || ' ' || id
FROM placeholder
WHERE first_seen <= now() - interval '168 hours';
COMMENT ON VIEW dashboard.quality_finding IS 'What somebody should look at: doubles, contradictions, things that never arrived';

-- The promise to readers: after this call every view is current. Plain views always are.
CREATE FUNCTION dashboard.refresh() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS '';
COMMENT ON FUNCTION dashboard.refresh IS 'Makes every maintained view current; there is none yet';

SELECT ingest.grant_rights();
