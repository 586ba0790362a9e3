-- SPDX-License-Identifier: Apache-2.0
-- What the columns of views mean. A column that a view takes over as it is has the comment of the column that it comes
-- from; the others stand here.

CREATE FUNCTION mart.comment_columns() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
        field record;
        words text;
BEGIN
        -- In the order in which they were made: a view depends on older ones only.
        FOR field IN
                SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS relation, a.attname::text AS name
                FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                WHERE n.nspname IN ('dashboard', 'mart') AND c.relkind IN ('r', 'v', 'm')
                      AND col_description(c.oid, a.attnum) IS NULL
                ORDER BY c.oid, a.attnum
        LOOP
                SELECT coalesce(
                        (SELECT g.words FROM mart.glossary g WHERE g.name = field.relation || '.' || field.name),
                        (SELECT col_description(d.refobjid, d.refobjsubid)
                         FROM pg_rewrite r
                         JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                              AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
                         JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                         WHERE r.ev_class = field.oid AND a.attname = field.name
                               AND col_description(d.refobjid, d.refobjsubid) IS NOT NULL
                         ORDER BY d.refobjid
                         LIMIT 1),
                        (SELECT g.words FROM mart.glossary g WHERE g.name = field.name)) INTO words;
                EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', field.relation, field.name, words);
        END LOOP;
END
$$;
COMMENT ON FUNCTION mart.comment_columns IS 'Gives every column of the views that has no comment the one of its origin, or of mart.glossary | 为没有注释的视图列补上来源列或词汇表的注释';

CREATE TABLE mart.glossary (
        name  text NOT NULL COLLATE "C",
        words text NOT NULL,
        PRIMARY KEY (name)
);
COMMENT ON TABLE mart.glossary IS 'What columns of views mean, by name or by view and name | 视图列的含义，按列名或按视图列名';
COMMENT ON COLUMN mart.glossary.name IS 'column, or schema.view.column where it means something else | 列名，含义不同时为 模式.视图.列名';
COMMENT ON COLUMN mart.glossary.words IS 'the comment | 注释';
INSERT INTO mart.glossary (name, words) VALUES
        ('accepted', 'events stored, stale ones included | 已存储的事件数（含过期修订）'),
        ('activities', 'number of activities | 活动数'),
        ('dashboard.partner.activities', 'live reports that name the partner | 提及该合作单位的有效报告数'),
        ('actual', 'newest actual value not after the target''s date; NULL: none | 不晚于目标日期的最新实际值，空表示没有'),
        ('ancestor', 'region above, or the region itself | 上级地区或自身'),
        ('associations', 'active grassroots associations | 现有基层科协数'),
        ('audience', 'who they were: simplified Chinese, else traditional Chinese, else English | 观众说明（简体、繁体、英文依次取）'),
        ('awarded', 'awards for the organisation or an activity that it organises | 本单位或其主办活动获表彰数'),
        ('base', 'value at the baseline, in the indicator''s unit | 基期数值（指标单位）'),
        ('cancelled', 'cancelled and without a live report | 已取消且无有效报告'),
        ('change', 'now less base, in the indicator''s unit | 现值减基期值（指标单位）'),
        ('change_pp', 'last rate less first, percentage points | 最近与首次之差（百分点）'),
        ('class', 'fact, state or control | 事件类别：fact、state、control'),
        ('conflict_key', 'statement | 陈述'),
        ('counter_id', 'one entrance, counter or session of the day | 计数点、入口或场次'),
        ('counted', 'what the facilities counted until that day, person-times | 截至该日场馆统计的人次'),
        ('counted_share_pct', 'counted as a share of reported, per cent, 2 decimals | 统计数占上报数的百分比（两位小数）'),
        ('crossed_by', 'greater total that it crosses; NULL: none | 与之交叉的更大总数，空表示没有'),
        ('declared_mismatch', 'the declared change differs from the real one | 公布增量与计算不符'),
        ('depth', 'steps up; 0: the region itself | 层级差，0 为自身'),
        ('dashboard.region_path.depth', 'steps below the country | 国家以下的层级数'),
        ('descendant', 'region | 地区'),
        ('detail', 'in words or numbers what it is about | 具体说明'),
        ('mart.finding_pair.detail', 'in words or numbers what it is about | 具体说明'),
        ('dashboard.quality_finding.detail', 'in words or numbers what it is about | 具体说明'),
        ('devices', 'monitoring devices | 监测设备套数'),
        ('dim', 'region, organization, facility, activity or indicator | 对象类别：地区、组织、场馆、活动、指标'),
        ('dims', 'further dimensions of the indicator | 指标的其他维度'),
        ('documents', 'number of documents | 文件数'),
        ('done_on', 'when it was handed in or decided | 报送或决定日期'),
        ('effective', 'the target is there and is taken back | 目标存在且已失效'),
        ('en', 'English | 英文'),
        ('entity_id', 'id of the entity | 对象标识'),
        ('event_id', 'id of the event (CloudEvents id) | 事件标识（CloudEvents id）'),
        ('event_key', 'identity of the event | 事件键'),
        ('event_time', 'time of the event | 事件时间'),
        ('exhibits', 'exhibits | 展品数'),
        ('exhibits_renewed', 'exhibits renewed | 更新的展品数'),
        ('facilities', 'facilities that counted | 有统计的场馆数'),
        ('facility_id', 'facility | 场馆'),
        ('facts', 'live events | 有效事件数'),
        ('first_key', 'event that has the finding | 存在问题的事件'),
        ('flaw', 'why it is not effective | 未生效的原因'),
        ('forecast_pct', 'greatest forecast, per cent | 最高预测值（%）'),
        ('gap_to_target_pp', 'target less last rate, percentage points | 目标与最近值之差（百分点）'),
        ('growth_over_base_pct', 'change over base, per cent, 2 decimals | 增量占基期值的百分比（两位小数）'),
        ('growth_pct', 'change over the first rate, per cent, 2 decimals | 相对首次的增幅（%，两位小数）'),
        ('headcount_max', 'greatest of the statements, persons | 各陈述的最大值（人）'),
        ('headcount_min', 'smallest of the statements, persons | 各陈述的最小值（人）'),
        ('holder', 'organisation, facility or region that holds it; NULL: only counted | 持有者（组织、场馆或地区），空表示仅有数量'),
        ('holders', 'how many hold it | 持有者数'),
        ('id', 'its id | 标识'),
        ('in_groups', 'visitors in groups, person-times; parts of the totals | 团体参观人次（总数的一部分）'),
        ('in_time', 'not after the due date | 是否按时'),
        ('indicator_code', 'indicator | 指标代码'),
        ('inexact', 'some figure in it is about, more than, … | 含有约数'),
        ('inner_key', 'total inside | 内层总数'),
        ('is_preferred', 'the statement that is preferred | 是否优先采用'),
        ('is_total', 'scope is total | 是否为总数'),
        ('item', 'id of the summary or assessment | 总结或评估的标识'),
        ('kind', 'kind | 类别'),
        ('dashboard.quality_finding.kind', 'which finding | 问题类别'),
        ('findings', 'number of findings | 问题数量'),
        ('mart.finding_pair.kind', 'which finding | 问题类别'),
        ('dashboard.taken_back.kind', 'voided or corrected | 作废或更正'),
        ('lang', 'BCP 47 tag of the language | 语言标签（BCP 47）'),
        ('last_on', 'last time | 最近日期'),
        ('last_seen', 'when the last one came | 最近一次收到的时间'),
        ('member', 'member of data, with / for each level | 数据成员，逐级以 / 分隔'),
        ('messages', 'messages refused | 拒收的消息数'),
        ('met', 'actual is at least the target; NULL: no actual value | 是否达到目标，空表示无实际值'),
        ('month', 'first day of the month | 月份的第一天'),
        ('name', 'name: simplified Chinese, else traditional Chinese, else English, else the id | 名称（简体、繁体、英文依次取，均无则为标识）'),
        ('dashboard.region.name', 'name: simplified Chinese, else traditional Chinese, else English, else the id | 名称（简体、繁体、英文依次取，均无则为标识）'),
        ('dashboard.org.name', 'name: simplified Chinese, else traditional Chinese, else English, else the id | 名称（简体、繁体、英文依次取，均无则为标识）'),
        ('dashboard.facility.name', 'name: simplified Chinese, else traditional Chinese, else English, else the id | 名称（简体、繁体、英文依次取，均无则为标识）'),
        ('name_mn', 'name in traditional Mongolian script | 传统蒙古文名称'),
        ('natural_key', 'hash of what makes two facts the same | 自然键散列'),
        ('period_start', 'first day | 起始日期'),
        ('now', 'value, in the indicator''s unit | 现值（指标单位）'),
        ('occurred_on', 'business date | 业务日期'),
        ('of_longer_periods', 'part from statements over more than 31 days, person-times | 其中来自超过31天的统计（人次）'),
        ('online', 'activities held online | 线上活动数'),
        ('other_event_id', 'id of the event that it is compared with | 对照事件的标识'),
        ('other_key', 'event that it is compared with | 对照事件'),
        ('other_source', 'source of the event that it is compared with | 对照事件的来源'),
        ('dashboard.deadline.org_id', 'organisation that hands it in or recommends | 报送或推荐单位'),
        ('dashboard.partner.org_id', 'organisation that reports | 报送单位'),
        ('outer_key', 'total around | 外层总数'),
        ('own', 'what it adds to sums, person-times; NULL: a group, or left out | 计入合计的人次，团体或不计时为空'),
        ('panels', 'panels | 展板数'),
        ('panels_renewed', 'panels renewed | 更新的展板数'),
        ('dashboard.region.parent_code', 'region above; of a placeholder derived from its code | 上级地区；占位行按代码推导'),
        ('mart.region_parent.parent_code', 'region above; of a placeholder derived from its code | 上级地区；占位行按代码推导'),
        ('partner_org_id', 'organisation that it worked with | 合作单位'),
        ('path', 'names from the country down, joined by / | 从国家起的完整地名'),
        ('period_end', 'last day | 截止日期'),
        ('place', 'rank: by awards, recommendations, activities | 名次：依次按表彰、推荐、活动数'),
        ('points', 'monitoring points | 监测预警点数'),
        ('preferred_key', 'statement that is preferred | 优先采用的陈述'),
        ('preferred_value', 'its value | 优先采用的数值'),
        ('programme', 'name of the programme | 项目名称'),
        ('qualifier', 'exact, about, nearly, more_than, at_least or at_most | 精度：确数、约、近、超过、不少于、不超过'),
        ('rate0', 'rate of the first survey, per cent | 首次调查的比例（%）'),
        ('rate1', 'rate of the last survey, per cent | 最近调查的比例（%）'),
        ('reason', 'reason code | 原因代码'),
        ('reason_kind', 'reason that a void gives | 作废理由'),
        ('received_at', 'when it was stored | 入库时间'),
        ('recommended', 'recommendations of the organisation or an activity that it organises | 本单位或其主办活动获推荐数'),
        ('records', 'live records | 有效记录数'),
        ('recipients', 'recipients of commendations | 受表彰数'),
        ('dashboard.assessment_board.recipients', 'how many are commended without names, in all | 未逐一列名的表彰数量合计'),
        ('redelivered', 'duplicates seen | 重复投递数'),
        ('region_code', 'region | 地区代码'),
        ('registered', 'described activities, cancelled ones included | 已登记的活动数（含已取消）'),
        ('remainder', 'visitors less the totals inside, person-times; NULL: nothing inside | 扣除内层总数后的余数（人次），空表示没有内层'),
        ('reported', 'with a live report | 有有效报告'),
        ('dashboard.visits_reconciliation.reported', 'total as stated, person-times | 上报的总人次'),
        ('reports', 'live reports of its activities | 活动的有效报告数'),
        ('revoked_on', 'when it was revoked | 撤销日期'),
        ('share_of_now_pct', 'change as a share of now, per cent, 2 decimals | 增量占现值的百分比（两位小数）'),
        ('share_pct', 'share of the total, per cent, 2 decimals | 占总数的百分比（两位小数）'),
        ('since', 'first day of the earliest | 最早的起始日期'),
        ('source', 'producer (CloudEvents source) | 来源（CloudEvents source）'),
        ('state', 'active, revoked, expired, or unknown (revoked before it was granted) | 状态：有效、已撤销、已到期、未知（未见授予）'),
        ('dashboard.summary_due.state', 'in_time, late or missing | 状态：按时、迟报、未报'),
        ('statements', 'how many live statements there are | 有效陈述数'),
        ('dashboard.indicator_conflict.statements', 'the different values with their qualifiers | 各不相同的数值及精度'),
        ('summaries', 'live summaries that name the partner | 提及该合作单位的有效总结数'),
        ('taken_back_by', 'id of the event that takes it back | 使其失效的事件标识'),
        ('target', 'target, in the indicator''s unit | 目标值（指标单位）'),
        ('target_id', 'id that is taken back | 被撤回的标识'),
        ('target_is_there', 'the target has arrived | 目标已到达'),
        ('target_key', 'event that is taken back | 被撤回的事件'),
        ('target_pct', 'greatest target, per cent | 最高目标值（%）'),
        ('target_type', 'type of the target | 目标的类型'),
        ('total', 'the total, in the indicator''s unit | 总数（指标单位）'),
        ('trainees', 'trainees, persons | 培训人数'),
        ('trainings', 'training courses | 培训班次'),
        ('type', 'event type | 事件类型'),
        ('type_id', 'event type | 事件类型'),
        ('value', 'value | 数值'),
        ('dashboard.label.value', 'value of an enumeration; empty: the member itself | 枚举值，空表示成员本身'),
        ('dashboard.org_year.value', 'value, in the indicator''s unit | 数值（指标单位）'),
        ('mart.statement.value', 'value, in the unit of what is stated | 数值，单位同所述事项'),
        ('value_max', 'greatest of the statements | 各陈述的最大值'),
        ('value_min', 'smallest of the statements | 各陈述的最小值'),
        ('values', 'number of different values | 不同数值的个数'),
        ('visitors', 'visitors, person-times | 参观人次'),
        ('voided_or_corrected', 'events that another one takes back | 被作废或更正的事件数'),
        ('what', 'indicator, workforce.KIND or reach.FACILITY.METRIC | 指标、workforce.类型 或 reach.渠道.指标'),
        ('with_warnings', 'events whose stored copy gave a warning, other than a placeholder made | 有警告的事件数（不含占位提示）'),
        ('y0', 'year of the first survey | 首次调查年份'),
        ('y1', 'year of the last survey | 最近调查年份'),
        ('year', 'year | 年份'),
        ('zh', 'Chinese | 中文');

SELECT mart.comment_columns();
DROP FUNCTION mart.comment_columns();
DROP TABLE mart.glossary;
-- Compiling a statement over many partitions takes half a second, more than most answers here.
DO $$
BEGIN
        EXECUTE format('ALTER DATABASE %I SET jit = off', current_database());
EXCEPTION
        WHEN insufficient_privilege THEN
                RAISE NOTICE 'jit stays as it is' USING HINT = 'as owner of the database: ALTER DATABASE … SET jit = off;';
END
$$;
SELECT ingest.grant_rights();
