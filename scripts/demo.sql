-- SPDX-License-Identifier: Apache-2.0
-- What the demo shows, from the database alone. Run by psql, after dashboard.refresh().
\set QUIET on
\pset footer off
\pset linestyle unicode
\pset border 1
\pset null '–'

\echo
\echo '1. 谁参观了吐鲁番市自然资源陈列馆 · Visitors of the Turpan Natural Resources Exhibition Hall'
SELECT f.name AS "场馆 facility", v.period_start AS "自 from", v.period_end AS "至 to", v.visitors AS "人次 visitors",
       CASE v.visitors_qualifier WHEN 'exact' THEN '' ELSE v.visitors_qualifier END AS "约数 qualifier",
       CASE v.scope WHEN 'total' THEN '总数 total' ELSE '其中 of them' END AS "口径 scope",
       coalesce(t.body, '') AS "人群 group"
FROM dashboard.live_visit v
JOIN dashboard.facility f USING (facility_id)
LEFT JOIN kepu.event_text t ON t.event_key = v.event_key AND t.occurred_on = v.occurred_on
     AND t.field = 'audience_label' AND t.lang = 'zh-Hans'
WHERE v.facility_id = 'tlf-hall'
ORDER BY v.scope DESC, v.visitors DESC;

\echo '2. 各地区参观人次（逐级汇总） · Visitors by region, rolled up through the hierarchy'
SELECT p.path AS "地区 region", m.month AS "月份 month", m.visitors AS "人次 visitors",
       CASE WHEN m.inexact THEN '是 yes' ELSE '' END AS "含约数 inexact", m.facilities AS "场馆 facilities"
FROM dashboard.visits_region_month m
JOIN dashboard.region_path p ON p.code = m.region_code
ORDER BY m.month DESC, p.depth, m.region_code;

\echo '3. 登记的活动 · Activities registered, and what became of them'
SELECT coalesce(n.body, a.activity_id) AS "活动 activity", r.name AS "地区 region", a.starts_on AS "自 from",
       a.ends_on AS "至 to", CASE WHEN s.reported THEN '是 yes' ELSE '' END AS "已上报 reported",
       CASE WHEN s.cancelled THEN '已取消 cancelled' ELSE '' END AS "取消 cancelled"
FROM kepu.activity a
JOIN dashboard.activity_state s USING (activity_id)
JOIN dashboard.region r ON r.code = a.region_code
LEFT JOIN kepu.activity_text n ON n.activity_id = a.activity_id AND n.field = 'name' AND n.lang = 'zh-Hans'
ORDER BY a.starts_on, a.activity_id;

\echo '   上报的成果 · Outcomes reported, of activities and of whole programmes'
SELECT coalesce(n.body, p.name, l.activity_id, l.programme_id) AS "活动、项目 activity, programme",
       l.period_start AS "自 from", l.period_end AS "至 to", l.sessions AS "场次 sessions",
       l.participants AS "参加人次 participants",
       CASE WHEN 'exact' <> ANY (ARRAY[l.sessions_qualifier, l.participants_qualifier])
            THEN coalesce(nullif(l.participants_qualifier, 'exact'), l.sessions_qualifier) ELSE '' END AS "约数 qualifier"
FROM dashboard.live_activity l
LEFT JOIN kepu.activity_text n ON n.activity_id = l.activity_id AND n.field = 'name' AND n.lang = 'zh-Hans'
LEFT JOIN kepu.programme_name p ON p.programme_id = l.programme_id AND p.lang = 'zh-Hans'
ORDER BY l.period_start, l.period_end, 1;

\echo '4. 科普设施与网络的增长 · How the network grew: as declared, and as it is'
SELECT g.name_zh AS "指标 indicator", trim_scale(g.base) AS "基期 base", trim_scale(g.now) AS "现值 now",
       trim_scale(g.change) AS "增量 change", trim_scale(g.declared_change) AS "公布增量 declared",
       CASE WHEN g.declared_mismatch THEN '不符 differs' ELSE '' END AS "核对 check", g.document_id AS "文件 document"
FROM dashboard.network_growth g
ORDER BY g.indicator_code, g.document_id;

\echo '5. 公民科学素质、经费、表彰 · Science literacy, money, commendations'
SELECT r.name AS "地区 region", trim_scale(l.rate0) AS "首次 first %", trim_scale(l.rate1) AS "最近 last %",
       trim_scale(l.change_pp) AS "增加 points", trim_scale(l.forecast_pct) AS "预测 forecast %",
       trim_scale(l.target_pct) AS "目标 target %"
FROM dashboard.literacy_progress l
JOIN dashboard.region r ON r.code = l.region_code
ORDER BY r.code;
SELECT r.name AS "地区 region", coalesce(b.zh, f.purpose) AS "用途 purpose", f.amount_yuan AS "金额（元） yuan",
       CASE f.amount_qualifier WHEN 'exact' THEN '' ELSE f.amount_qualifier END AS "约数 qualifier"
FROM dashboard.funding_by_level f
JOIN dashboard.region r ON r.code = f.region_code
LEFT JOIN dashboard.label b ON (b.type, b.member, b.value) = ('cn.kepu.funding.recorded', 'purpose', f.purpose)
ORDER BY f.amount_yuan DESC;

\echo '6. 需要关注的数据 · What somebody should look at'
SELECT q.kind AS "问题 finding", q.type AS "类型 type", q.event_id AS "事件 event",
       coalesce(q.other_event_id, '') AS "对照 compared with", q.detail AS "说明 detail"
FROM dashboard.quality_finding q
ORDER BY q.kind, q.event_id;

\echo '7. 未接受的消息及原因 · What was rejected, where and why'
SELECT reason AS "原因 reason", CASE pointer WHEN '' THEN '–' ELSE pointer END AS "位置 pointer", detail AS "说明 detail",
       topic || '/' || partition || ' @ ' || kafka_offset AS "消息 message"
FROM ingest.dead_letter
ORDER BY reason, pointer, detail;

\echo '8. 收到了什么 · What came in'
SELECT sum(accepted) AS "接受 accepted", sum(duplicate) AS "重复 duplicates", sum(rejected) AS "拒绝 rejected",
       (SELECT sum(next_offset) FROM ingest.kafka_offset) AS "位移合计 offsets"
FROM ingest.tally;
