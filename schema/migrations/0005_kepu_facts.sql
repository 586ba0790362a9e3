-- SPDX-License-Identifier: Apache-2.0
-- The model of science popularisation work, second part: facts and their children.
--
-- Facts are only ever inserted. What was taken back stays; the dashboard.live_… views leave it out.
--   * Visits, reach, activities, indicators, and what several types have in common, are partitioned by occurred_on:
--     their primary keys contain it. The others are small and are not.
--   * Between the rows of one event there are no foreign keys: they come and go together, in one transaction, and a
--     key from partition to partition would stand in the way of dropping one. event_key joins them.
--   * natural_key: hash of what makes two statements the same fact (docs/identity.md); not unique, views decide.

-- Hot facts, by month of occurred_on ----------------------------------------------------------------------------------

CREATE TABLE kepu.fact_visit (
        occurred_on        date   NOT NULL,
        event_key          uuid   NOT NULL,
        natural_key        uuid   NOT NULL,
        facility_id        text COLLATE "C" NOT NULL REFERENCES kepu.facility,
        period_start       date   NOT NULL,
        period_end         date   NOT NULL,
        visitors           bigint NOT NULL CHECK (visitors >= 0),
        visitors_qualifier text COLLATE "C" NOT NULL,
        scope              text COLLATE "C" NOT NULL CHECK (scope IN ('total', 'subset')),
        group_code         text COLLATE "C" NOT NULL REFERENCES kepu.population_group,
        activity_id        text COLLATE "C" REFERENCES kepu.activity,
        free_admission     boolean,
        method             text COLLATE "C",
        counter_id         text COLLATE "C",
        document_id        text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key, occurred_on),
        CHECK (period_end >= period_start)
) PARTITION BY RANGE (occurred_on);
COMMENT ON TABLE kepu.fact_visit IS
        'Visitors of a facility in a period; the region is that of the facility, so a late description corrects old rows'
        ' | 场馆在一段时间内的参观人次；地区取自场馆，后到的场馆描述会自动修正旧数据';
COMMENT ON COLUMN kepu.fact_visit.natural_key IS
        'hash of facility, period, scope, group, audience label, counter: the same count told twice has the same'
        ' | 场馆、期间、口径、人群、观众说明、计数点的散列；同一计数重复报告时相同';
COMMENT ON COLUMN kepu.fact_visit.visitors IS 'visitors, person-times | 参观人次';
COMMENT ON COLUMN kepu.fact_visit.scope IS
        'total: all visitors, adds up in roll-ups; subset: a group among them, does not'
        ' | total 总数，可汇总；subset 其中一部分，不汇总';
COMMENT ON COLUMN kepu.fact_visit.group_code IS 'population group; all: everyone | 人群；all 为全体';
COMMENT ON COLUMN kepu.fact_visit.free_admission IS 'admission was free | 是否免费';
COMMENT ON COLUMN kepu.fact_visit.method IS 'ticket, gate, manual or estimate | 计数方法：票务、闸机、人工、估算';
COMMENT ON COLUMN kepu.fact_visit.counter_id IS
        'one entrance, counter or session of the day | 计数点：入口、计数器或场次';

CREATE TABLE kepu.fact_reach (
        occurred_on     date   NOT NULL,
        event_key       uuid   NOT NULL,
        natural_key     uuid   NOT NULL,
        metric          text COLLATE "C" NOT NULL,
        facility_id     text COLLATE "C" NOT NULL REFERENCES kepu.facility,
        region_code     text COLLATE "C" REFERENCES kepu.region,
        topic           text COLLATE "C" NOT NULL,
        period_start    date   NOT NULL,
        period_end      date   NOT NULL,
        value           bigint NOT NULL CHECK (value >= 0),
        value_qualifier text COLLATE "C" NOT NULL,
        activity_id     text COLLATE "C" REFERENCES kepu.activity,
        document_id     text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key, metric, occurred_on),
        CHECK (period_end >= period_start)
) PARTITION BY RANGE (occurred_on);
CREATE INDEX ON kepu.fact_reach (facility_id, occurred_on);
COMMENT ON TABLE kepu.fact_reach IS
        'Online and broadcast reach of a channel in a period, a row for each metric | 渠道在一段时间内的传播效果，每项指标一行';
COMMENT ON COLUMN kepu.fact_reach.natural_key IS
        'hash of channel, topic, metric, period, document: the same measurement told twice has the same'
        ' | 渠道、题材、指标、期间、文件的散列；同一测量重复报告时相同';
COMMENT ON COLUMN kepu.fact_reach.metric IS
        'clicks, forwards, page_views, plays, likes, comments, quiz_participants add up over periods; of users_covered'
        ' and followers the newest counts | 点击、转发、浏览、播放、点赞、评论、答题可跨期相加；覆盖用户与关注人数只取最新值';
COMMENT ON COLUMN kepu.fact_reach.facility_id IS 'channel | 渠道';
COMMENT ON COLUMN kepu.fact_reach.region_code IS
        'region that the figure is about; NULL: that of the channel | 数据所属地区；空则取渠道所在地区';
COMMENT ON COLUMN kepu.fact_reach.topic IS 'topic; general: any | 题材；general 为综合';
COMMENT ON COLUMN kepu.fact_reach.value IS
        'persons for users_covered and followers, else times | 数值：覆盖用户与关注为人，其余为次';

CREATE TABLE kepu.fact_activity (
        occurred_on                   date    NOT NULL,
        event_key                     uuid    NOT NULL,
        natural_key                   uuid    NOT NULL,
        aggregation                   text COLLATE "C" NOT NULL CHECK (aggregation IN ('single', 'programme')),
        activity_id                   text COLLATE "C" REFERENCES kepu.activity,
        programme_id                  text COLLATE "C" REFERENCES kepu.programme,
        kind                          text COLLATE "C" NOT NULL,
        region_code                   text COLLATE "C" NOT NULL REFERENCES kepu.region,
        organizer_org_id              text COLLATE "C" REFERENCES kepu.organization,
        period_start                  date    NOT NULL,
        period_end                    date    NOT NULL,
        sessions                      bigint CHECK (sessions >= 0),
        sessions_qualifier            text COLLATE "C",
        participants                  bigint CHECK (participants >= 0),
        participants_qualifier        text COLLATE "C",
        online_participants           bigint CHECK (online_participants >= 0),
        online_participants_qualifier text COLLATE "C",
        experts                       bigint CHECK (experts >= 0),
        experts_qualifier             text COLLATE "C",
        volunteers                    bigint CHECK (volunteers >= 0),
        volunteers_qualifier          text COLLATE "C",
        per_year                      boolean NOT NULL,
        prefectures_covered           integer CHECK (prefectures_covered >= 0),
        counties_covered              integer CHECK (counties_covered >= 0),
        document_id                   text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key, occurred_on),
        CHECK (period_end >= period_start),
        CHECK (CASE aggregation WHEN 'single' THEN activity_id IS NOT NULL AND programme_id IS NULL
                                ELSE programme_id IS NOT NULL AND activity_id IS NULL END),
        CHECK ((sessions IS NULL) = (sessions_qualifier IS NULL)
               AND (participants IS NULL) = (participants_qualifier IS NULL)
               AND (online_participants IS NULL) = (online_participants_qualifier IS NULL)
               AND (experts IS NULL) = (experts_qualifier IS NULL)
               AND (volunteers IS NULL) = (volunteers_qualifier IS NULL))
) PARTITION BY RANGE (occurred_on);
CREATE INDEX ON kepu.fact_activity (activity_id);
CREATE INDEX ON kepu.fact_activity (programme_id, occurred_on);
COMMENT ON TABLE kepu.fact_activity IS
        'Outcome reports; those of programmes (totals) are never added to those of single activities'
        ' | 活动成效报告；项目汇总与单项活动不可相加';
COMMENT ON COLUMN kepu.fact_activity.natural_key IS
        'hash of activity, programme, kind, region, period, document: the same report told twice has the same'
        ' | 活动、项目、类型、地区、期间、文件的散列；同一报告重复报送时相同';
COMMENT ON COLUMN kepu.fact_activity.aggregation IS
        'single: one activity; programme: a programme over a period | single 单项活动；programme 项目在一段时间内的汇总';
COMMENT ON COLUMN kepu.fact_activity.kind IS 'lecture, exhibition, competition … | 活动类型：讲座、展览、竞赛等';
COMMENT ON COLUMN kepu.fact_activity.organizer_org_id IS 'organiser | 主办单位';
COMMENT ON COLUMN kepu.fact_activity.sessions IS 'sessions, times | 场次';
COMMENT ON COLUMN kepu.fact_activity.participants IS 'participants, person-times | 参与人次';
COMMENT ON COLUMN kepu.fact_activity.online_participants IS 'participants online, person-times | 线上参与人次';
COMMENT ON COLUMN kepu.fact_activity.experts IS 'experts, persons | 专家人数';
COMMENT ON COLUMN kepu.fact_activity.volunteers IS 'volunteers, persons | 志愿者人数';
COMMENT ON COLUMN kepu.fact_activity.per_year IS 'the figures are per year inside the period | 数值为期间内的年均数';
COMMENT ON COLUMN kepu.fact_activity.prefectures_covered IS 'prefectures and leagues covered, number | 覆盖盟市数，个';
COMMENT ON COLUMN kepu.fact_activity.counties_covered IS 'counties and banners covered, number | 覆盖旗县数，个';

CREATE TABLE kepu.fact_activity_group (
        occurred_on  date   NOT NULL,
        event_key    uuid   NOT NULL,
        group_code   text COLLATE "C" NOT NULL REFERENCES kepu.population_group,
        participants bigint NOT NULL CHECK (participants >= 0),
        PRIMARY KEY (event_key, group_code, occurred_on)
) PARTITION BY RANGE (occurred_on);
COMMENT ON TABLE kepu.fact_activity_group IS 'Participants of a report by population group | 活动成效中各人群的参与人次';
COMMENT ON COLUMN kepu.fact_activity_group.participants IS 'participants, person-times | 参与人次';

CREATE TABLE kepu.fact_indicator (
        occurred_on         date          NOT NULL,
        event_key           uuid          NOT NULL,
        line                integer       NOT NULL CHECK (line >= 0),
        natural_key         uuid,
        indicator_code      text COLLATE "C" NOT NULL REFERENCES kepu.indicator,
        region_code         text COLLATE "C" NOT NULL REFERENCES kepu.region,
        org_id              text COLLATE "C" REFERENCES kepu.organization,
        measure_kind        text COLLATE "C" NOT NULL CHECK (measure_kind IN ('actual', 'forecast', 'target')),
        period_start        date,
        period_end          date          NOT NULL,
        value               numeric(20,4) NOT NULL,
        value_high          numeric(20,4),
        value_qualifier     text COLLATE "C" NOT NULL,
        unit                text COLLATE "C" NOT NULL,
        baseline_value      numeric(20,4),
        baseline_on         date,
        declared_change     numeric(20,4),
        declared_change_pct numeric(12,4),
        rank_position       integer CHECK (rank_position > 0),
        rank_text           text,
        rank_scope          text,
        parts_complete      boolean       NOT NULL,
        dims                jsonb         NOT NULL,
        document_id         text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key, line, occurred_on),
        CHECK (period_end >= period_start),
        CHECK (period_end >= baseline_on),
        CHECK (value_high >= value),
        CHECK ((rank_scope IS NULL) = (num_nonnulls(rank_position, rank_text) = 0)),
        CHECK ((natural_key IS NULL) = (line > 0))
) PARTITION BY RANGE (occurred_on);
CREATE INDEX ON kepu.fact_indicator (indicator_code, region_code, occurred_on);
COMMENT ON TABLE kepu.fact_indicator IS
        'Countable statements: actual figures, forecasts, targets; also the metric lines of summaries'
        ' | 指标数据：实际、预测、目标；也包括工作总结中的指标行';
COMMENT ON COLUMN kepu.fact_indicator.line IS
        '0: a statement by itself; from 1: metric line of a summary | 0 为独立指标数据；1 起为工作总结中的第几行';
COMMENT ON COLUMN kepu.fact_indicator.natural_key IS
        'hash of indicator, region, organisation, period, kind, dims, document: the same statement told twice has the'
        ' same; NULL in lines of summaries: they count as long as their summary does'
        ' | 指标、地区、组织、期间、性质、维度、文件的散列；工作总结中的行为空，随总结有效';
COMMENT ON COLUMN kepu.fact_indicator.indicator_code IS 'indicator | 指标';
COMMENT ON COLUMN kepu.fact_indicator.org_id IS 'organisation that the figure is about | 数据所属组织';
COMMENT ON COLUMN kepu.fact_indicator.measure_kind IS
        'actual, forecast or target | 性质：actual 实际、forecast 预测、target 目标';
COMMENT ON COLUMN kepu.fact_indicator.period_start IS 'first day of the period; NULL for stocks | 期间第一天；存量为空';
COMMENT ON COLUMN kepu.fact_indicator.period_end IS
        'last day of the period; of stocks the day they were counted | 期间最后一天；存量为统计时点';
COMMENT ON COLUMN kepu.fact_indicator.value IS 'figure in `unit` | 数值，单位见 unit';
COMMENT ON COLUMN kepu.fact_indicator.value_high IS 'upper end of a range, in `unit` | 数值上限，单位见 unit';
COMMENT ON COLUMN kepu.fact_indicator.unit IS 'count, person, person_time, pct, pp, yuan, km … | 计量单位';
COMMENT ON COLUMN kepu.fact_indicator.baseline_value IS 'figure to compare with, in `unit` | 基期数值，单位见 unit';
COMMENT ON COLUMN kepu.fact_indicator.baseline_on IS 'day of the baseline | 基期日期';
COMMENT ON COLUMN kepu.fact_indicator.declared_change IS
        'change as printed in the document, in `unit`; never recomputed | 文件公布的增量，单位见 unit，不重算';
COMMENT ON COLUMN kepu.fact_indicator.declared_change_pct IS
        'change as printed in the document, per cent; never recomputed | 文件公布的增幅，%，不重算';
COMMENT ON COLUMN kepu.fact_indicator.parts_complete IS 'the parts add up to the value | 分项之和等于数值';
COMMENT ON COLUMN kepu.fact_indicator.dims IS 'up to 5 further dimensions: code to code | 其他维度，至多 5 个，代码对代码';

CREATE TABLE kepu.fact_indicator_part (
        occurred_on date          NOT NULL,
        event_key   uuid          NOT NULL,
        category    text COLLATE "C" NOT NULL,
        value       numeric(20,4) NOT NULL,
        PRIMARY KEY (event_key, category, occurred_on)
) PARTITION BY RANGE (occurred_on);
COMMENT ON TABLE kepu.fact_indicator_part IS 'Parts of the value of an indicator | 指标数值的分项';
COMMENT ON COLUMN kepu.fact_indicator_part.category IS 'code of the part | 分项代码';
COMMENT ON COLUMN kepu.fact_indicator_part.value IS 'figure, in the unit of the indicator | 数值，单位同指标';

-- What several types have in common -----------------------------------------------------------------------------------

CREATE TABLE kepu.fact_language (
        occurred_on date NOT NULL,
        event_key   uuid NOT NULL,
        lang        text COLLATE "C" NOT NULL REFERENCES kepu.language,
        PRIMARY KEY (event_key, lang, occurred_on)
) PARTITION BY RANGE (occurred_on);
COMMENT ON TABLE kepu.fact_language IS 'Languages that a fact of any type names | 各类事实所涉语言';

CREATE TABLE kepu.fact_finding (
        occurred_on date    NOT NULL,
        event_key   uuid    NOT NULL,
        kind        text COLLATE "C" NOT NULL,
        ordinal     integer NOT NULL,
        PRIMARY KEY (event_key, kind, ordinal, occurred_on)
) PARTITION BY RANGE (occurred_on);
COMMENT ON TABLE kepu.fact_finding IS
        'Experiences, deficiencies, requirements, plans, results; the text: event_text with field = kind and the same'
        ' ordinal | 经验、不足、要求、计划、成果；文本见 event_text，field 为类别，序号相同';
COMMENT ON COLUMN kepu.fact_finding.kind IS
        'experience, deficiency, requirement, plan or result | 类别：经验、不足、要求、计划、成果';
COMMENT ON COLUMN kepu.fact_finding.ordinal IS 'number within its kind, as sent | 同类中的序号，以报送为准';

CREATE TABLE kepu.fact_attachment (
        occurred_on date    NOT NULL,
        event_key   uuid    NOT NULL,
        ordinal     integer NOT NULL,
        media_kind  text COLLATE "C" NOT NULL,
        items       bigint CHECK (items >= 0),
        url         text,
        PRIMARY KEY (event_key, ordinal, occurred_on)
) PARTITION BY RANGE (occurred_on);
COMMENT ON TABLE kepu.fact_attachment IS
        'News, photos, posters, videos handed in with a report: how many, where | 随报告提交的新闻、照片、海报、视频：数量与网址';
COMMENT ON COLUMN kepu.fact_attachment.ordinal IS 'position in the event, from 1 | 在事件中的位置，从 1 起';
COMMENT ON COLUMN kepu.fact_attachment.media_kind IS 'news, photo, poster, video … | 材料类型：新闻、照片、海报、视频等';
COMMENT ON COLUMN kepu.fact_attachment.items IS 'how many, pieces | 件数';

CREATE TABLE kepu.fact_partner (
        occurred_on date NOT NULL,
        event_key   uuid NOT NULL,
        org_id      text COLLATE "C" NOT NULL REFERENCES kepu.organization,
        PRIMARY KEY (event_key, org_id, occurred_on)
) PARTITION BY RANGE (occurred_on);
COMMENT ON TABLE kepu.fact_partner IS
        'Organisations that worked together with the one that reports | 与报送单位合作的组织';
COMMENT ON COLUMN kepu.fact_partner.org_id IS 'partner | 合作单位';

CREATE TABLE kepu.event_text (
        occurred_on date    NOT NULL,
        event_key   uuid    NOT NULL,
        field       text COLLATE "C" NOT NULL,
        ordinal     integer NOT NULL,
        lang        text COLLATE "C" NOT NULL REFERENCES kepu.language,
        body        text    NOT NULL,
        PRIMARY KEY (event_key, field, ordinal, lang, occurred_on)
) PARTITION BY RANGE (occurred_on);
COMMENT ON TABLE kepu.event_text IS
        'Free text of facts and one-way steps by language | 事实与单向步骤的多语言自由文本';
COMMENT ON COLUMN kepu.event_text.field IS
        'member of the event (title, topic, reason, audience_label), section.heading, section.text; of a finding its kind'
        ' | 所属成员：title、topic、reason、audience_label、section.heading、section.text；经验与不足为其类别';
COMMENT ON COLUMN kepu.event_text.ordinal IS
        'of sections and findings their own; else 0 | 章节与经验不足为其序号，其余为 0';

SELECT ingest.partition_tables('kepu.fact_visit', 'kepu.fact_reach', 'kepu.fact_activity', 'kepu.fact_activity_group',
                               'kepu.fact_indicator', 'kepu.fact_indicator_part', 'kepu.fact_language',
                               'kepu.fact_finding', 'kepu.fact_attachment', 'kepu.fact_partner', 'kepu.event_text');

-- Small facts ---------------------------------------------------------------------------------------------------------

CREATE TABLE kepu.fact_training (
        occurred_on        date   NOT NULL,
        event_key          uuid   NOT NULL,
        natural_key        uuid   NOT NULL,
        training_id        text COLLATE "C" NOT NULL,
        organizer_org_id   text COLLATE "C" NOT NULL REFERENCES kepu.organization,
        region_code        text COLLATE "C" NOT NULL REFERENCES kepu.region,
        starts_on          date   NOT NULL,
        ends_on            date   NOT NULL,
        trainees           bigint NOT NULL CHECK (trainees >= 0),
        trainees_qualifier text COLLATE "C" NOT NULL,
        trainee_kind       text COLLATE "C" NOT NULL,
        hours              numeric(7,1) CHECK (hours >= 0),
        group_code         text COLLATE "C" REFERENCES kepu.population_group,
        document_id        text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key),
        CHECK (ends_on >= starts_on)
);
CREATE INDEX ON kepu.fact_training (natural_key);
COMMENT ON TABLE kepu.fact_training IS 'Training courses | 培训';
COMMENT ON COLUMN kepu.fact_training.natural_key IS
        'hash of training_id: the same course told twice has the same | training_id 的散列；同一培训重复报告时相同';
COMMENT ON COLUMN kepu.fact_training.training_id IS 'id of the course | 培训标识';
COMMENT ON COLUMN kepu.fact_training.organizer_org_id IS 'organiser | 主办单位';
COMMENT ON COLUMN kepu.fact_training.starts_on IS 'first day | 开始日期';
COMMENT ON COLUMN kepu.fact_training.ends_on IS 'last day | 结束日期';
COMMENT ON COLUMN kepu.fact_training.trainees IS 'trainees, persons | 培训人数';
COMMENT ON COLUMN kepu.fact_training.trainee_kind IS 'guide, volunteer, teacher … | 培训对象：讲解员、志愿者、教师等';
COMMENT ON COLUMN kepu.fact_training.hours IS 'length, hours | 学时，小时';

CREATE TABLE kepu.fact_material (
        occurred_on      date   NOT NULL,
        event_key        uuid   NOT NULL,
        natural_key      uuid   NOT NULL,
        org_id           text COLLATE "C" NOT NULL REFERENCES kepu.organization,
        region_code      text COLLATE "C" NOT NULL REFERENCES kepu.region,
        period_start     date   NOT NULL,
        period_end       date   NOT NULL,
        material_kind    text COLLATE "C" NOT NULL,
        copies           bigint NOT NULL CHECK (copies >= 0),
        copies_qualifier text COLLATE "C" NOT NULL,
        activity_id      text COLLATE "C" REFERENCES kepu.activity,
        group_code       text COLLATE "C" REFERENCES kepu.population_group,
        document_id      text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key),
        CHECK (period_end >= period_start)
);
CREATE INDEX ON kepu.fact_material (natural_key);
COMMENT ON TABLE kepu.fact_material IS 'Printed matter handed out | 发放的宣传资料';
COMMENT ON COLUMN kepu.fact_material.natural_key IS
        'hash of distributor, kind, title, period, activity: the same distribution told twice has the same'
        ' | 发放单位、类型、名称、期间、活动的散列；同一发放重复报告时相同';
COMMENT ON COLUMN kepu.fact_material.org_id IS 'distributor | 发放单位';
COMMENT ON COLUMN kepu.fact_material.material_kind IS 'manual, leaflet, poster … | 资料类型：手册、传单、海报等';
COMMENT ON COLUMN kepu.fact_material.copies IS 'copies | 份数';

CREATE TABLE kepu.fact_resource (
        occurred_on     date    NOT NULL,
        event_key       uuid    NOT NULL,
        natural_key     uuid    NOT NULL,
        resource_id     text COLLATE "C" NOT NULL,
        resource_kind   text COLLATE "C" NOT NULL,
        org_id          text COLLATE "C" NOT NULL REFERENCES kepu.organization,
        region_code     text COLLATE "C" NOT NULL REFERENCES kepu.region,
        facility_id     text COLLATE "C" REFERENCES kepu.facility,
        period_start    date    NOT NULL,
        period_end      date    NOT NULL,
        items           bigint  NOT NULL CHECK (items >= 0),
        items_qualifier text COLLATE "C" NOT NULL,
        unit            text COLLATE "C" NOT NULL,
        minutes_low     numeric(8,1) CHECK (minutes_low >= 0),
        minutes_high    numeric(8,1) CHECK (minutes_high >= 0),
        topic           text COLLATE "C" NOT NULL,
        renewal         boolean NOT NULL,
        document_id     text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key),
        CHECK (period_end >= period_start),
        CHECK (minutes_high >= minutes_low)
);
CREATE INDEX ON kepu.fact_resource (natural_key);
COMMENT ON TABLE kepu.fact_resource IS
        'Content produced or renewed: videos, articles, exhibits, corpora, plans | 制作或更新的科普资源：视频、文章、展品、语料、规划';
COMMENT ON COLUMN kepu.fact_resource.natural_key IS
        'hash of resource_id: the same resource told twice has the same | resource_id 的散列；同一资源重复报告时相同';
COMMENT ON COLUMN kepu.fact_resource.resource_id IS 'id of the resource | 资源标识';
COMMENT ON COLUMN kepu.fact_resource.resource_kind IS 'video, article, exhibit … | 资源类型：视频、文章、展品等';
COMMENT ON COLUMN kepu.fact_resource.org_id IS 'publisher | 发布单位';
COMMENT ON COLUMN kepu.fact_resource.facility_id IS 'venue or channel that it appeared in | 发布场馆或渠道';
COMMENT ON COLUMN kepu.fact_resource.items IS 'how many, in `unit` | 数量，单位见 unit';
COMMENT ON COLUMN kepu.fact_resource.unit IS 'item, word, issue, minute or page | 计量单位：件、字（词）、期、分钟、页（版）';
COMMENT ON COLUMN kepu.fact_resource.minutes_low IS 'length, at least, minutes | 时长下限，分钟';
COMMENT ON COLUMN kepu.fact_resource.minutes_high IS 'length, at most, minutes | 时长上限，分钟';
COMMENT ON COLUMN kepu.fact_resource.topic IS 'topic; general: any | 题材；general 为综合';
COMMENT ON COLUMN kepu.fact_resource.renewal IS 'existing items were renewed | 是否更新已有资源';

CREATE TABLE kepu.fact_workforce (
        occurred_on         date NOT NULL,
        event_key           uuid NOT NULL,
        natural_key         uuid NOT NULL,
        team_kind           text COLLATE "C" NOT NULL,
        region_code         text COLLATE "C" NOT NULL REFERENCES kepu.region,
        org_id              text COLLATE "C" REFERENCES kepu.organization,
        as_of               date NOT NULL,
        headcount           bigint CHECK (headcount >= 0),
        headcount_qualifier text COLLATE "C",
        teams               bigint CHECK (teams >= 0),
        teams_qualifier     text COLLATE "C",
        female              bigint CHECK (female >= 0),
        rural               bigint CHECK (rural >= 0),
        rank_position       integer CHECK (rank_position > 0),
        rank_text           text,
        rank_scope          text,
        document_id         text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key),
        CHECK (num_nonnulls(headcount, teams) > 0),
        CHECK ((headcount IS NULL) = (headcount_qualifier IS NULL)),
        CHECK ((teams IS NULL) = (teams_qualifier IS NULL)),
        CHECK ((rank_scope IS NULL) = (num_nonnulls(rank_position, rank_text) = 0))
);
CREATE INDEX ON kepu.fact_workforce (natural_key);
COMMENT ON TABLE kepu.fact_workforce IS 'Head-counts of a kind of people at a date | 某类科普队伍在某日的人数';
COMMENT ON COLUMN kepu.fact_workforce.natural_key IS
        'hash of kind, region, organisation, date, document: the same count told twice has the same'
        ' | 队伍类型、地区、组织、日期、文件的散列；同一统计重复报告时相同';
COMMENT ON COLUMN kepu.fact_workforce.team_kind IS 'expert, volunteer, info_officer … | 队伍类型：专家、志愿者、科普信息员等';
COMMENT ON COLUMN kepu.fact_workforce.org_id IS 'organisation that they belong to | 所属组织';
COMMENT ON COLUMN kepu.fact_workforce.as_of IS 'day of the count | 统计日期';
COMMENT ON COLUMN kepu.fact_workforce.headcount IS 'persons | 人数';
COMMENT ON COLUMN kepu.fact_workforce.teams IS 'teams | 队伍数，支';
COMMENT ON COLUMN kepu.fact_workforce.female IS 'women among them, persons | 其中女性人数';
COMMENT ON COLUMN kepu.fact_workforce.rural IS 'in rural areas among them, persons | 其中农村人数';

CREATE TABLE kepu.fact_funding (
        occurred_on      date          NOT NULL,
        event_key        uuid          NOT NULL,
        natural_key      uuid          NOT NULL,
        funding_id       text COLLATE "C" NOT NULL,
        direction        text COLLATE "C" NOT NULL,
        purpose          text COLLATE "C" NOT NULL,
        programme_id     text COLLATE "C" REFERENCES kepu.programme,
        source_level     text COLLATE "C" NOT NULL,
        region_code      text COLLATE "C" NOT NULL REFERENCES kepu.region,
        org_id           text COLLATE "C" REFERENCES kepu.organization,
        period_start     date          NOT NULL,
        period_end       date          NOT NULL,
        amount_yuan      numeric(18,2) NOT NULL CHECK (amount_yuan >= 0),
        amount_qualifier text COLLATE "C" NOT NULL,
        may_overlap      boolean       NOT NULL,
        document_id      text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key),
        CHECK (period_end >= period_start)
);
CREATE INDEX ON kepu.fact_funding (natural_key);
COMMENT ON TABLE kepu.fact_funding IS 'Money raised, allocated, received or spent | 科普经费：筹集、下达、到账、支出';
COMMENT ON COLUMN kepu.fact_funding.natural_key IS
        'hash of funding_id: the same money told twice has the same | funding_id 的散列；同一经费重复报告时相同';
COMMENT ON COLUMN kepu.fact_funding.funding_id IS 'id of the funding line | 经费标识';
COMMENT ON COLUMN kepu.fact_funding.direction IS 'raised, allocated, received or spent | 收支方向：筹集、下达、到账、支出';
COMMENT ON COLUMN kepu.fact_funding.purpose IS 'what it is for | 用途';
COMMENT ON COLUMN kepu.fact_funding.source_level IS 'who gives it: central, province … unknown | 资金来源：中央、省级等';
COMMENT ON COLUMN kepu.fact_funding.org_id IS 'organisation that raised, got or spent it | 经费所属组织';
COMMENT ON COLUMN kepu.fact_funding.amount_yuan IS 'amount, yuan | 金额，元';
COMMENT ON COLUMN kepu.fact_funding.may_overlap IS
        'may already be inside another line: do not grand-total | 可能已计入其他经费，不可直接合计';

CREATE TABLE kepu.fact_funding_beneficiary (
        occurred_on date   NOT NULL,
        event_key   uuid   NOT NULL,
        kind        text COLLATE "C" NOT NULL,
        units       bigint NOT NULL CHECK (units >= 0),
        PRIMARY KEY (event_key, kind)
);
COMMENT ON TABLE kepu.fact_funding_beneficiary IS 'Units helped by a funding line | 经费的受益单位';
COMMENT ON COLUMN kepu.fact_funding_beneficiary.kind IS 'kind of unit | 单位类型';
COMMENT ON COLUMN kepu.fact_funding_beneficiary.units IS 'how many, units | 数量，个';

CREATE TABLE kepu.literacy_survey (
        occurred_on    date     NOT NULL,
        event_key      uuid     NOT NULL,
        natural_key    uuid     NOT NULL,
        survey_id      text COLLATE "C" NOT NULL,
        region_code    text COLLATE "C" NOT NULL REFERENCES kepu.region,
        year           smallint NOT NULL,
        edition        smallint CHECK (edition > 0),
        rate_pct       numeric(7,4) CHECK (rate_pct BETWEEN 0 AND 100),
        rate_qualifier text COLLATE "C",
        sample_size    integer CHECK (sample_size > 0),
        age_min        smallint CHECK (age_min >= 0),
        age_max        smallint CHECK (age_max >= 0),
        agency_org_id  text COLLATE "C" REFERENCES kepu.organization,
        rank_position  integer CHECK (rank_position > 0),
        rank_text      text,
        rank_scope     text,
        document_id    text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key),
        CHECK (age_max >= age_min),
        CHECK ((rate_pct IS NULL) = (rate_qualifier IS NULL)),
        CHECK ((rank_scope IS NULL) = (num_nonnulls(rank_position, rank_text) = 0))
);
CREATE INDEX ON kepu.literacy_survey (natural_key);
COMMENT ON TABLE kepu.literacy_survey IS
        'Results of surveys of science literacy for one region and year | 公民科学素质调查结果，每地区每年';
COMMENT ON COLUMN kepu.literacy_survey.natural_key IS
        'hash of survey and region: the same result told twice has the same | 调查与地区的散列；同一结果重复报告时相同';
COMMENT ON COLUMN kepu.literacy_survey.survey_id IS 'id of the survey | 调查标识';
COMMENT ON COLUMN kepu.literacy_survey.year IS 'year of the survey | 调查年份';
COMMENT ON COLUMN kepu.literacy_survey.edition IS 'number of the national survey | 第几次全国调查';
COMMENT ON COLUMN kepu.literacy_survey.rate_pct IS
        'scientifically literate citizens, per cent; NULL: announced without figures | 具备科学素质比例，%；空为未公布数据';
COMMENT ON COLUMN kepu.literacy_survey.sample_size IS 'persons asked | 样本量，人';
COMMENT ON COLUMN kepu.literacy_survey.age_min IS 'age from, years | 年龄下限，岁';
COMMENT ON COLUMN kepu.literacy_survey.age_max IS 'age to, years | 年龄上限，岁';
COMMENT ON COLUMN kepu.literacy_survey.agency_org_id IS 'organisation that made the survey | 调查机构';

CREATE TABLE kepu.literacy_breakdown (
        occurred_on date         NOT NULL,
        event_key   uuid         NOT NULL,
        dimension   text COLLATE "C" NOT NULL,
        category    text COLLATE "C" NOT NULL,
        rate_pct    numeric(7,4) NOT NULL CHECK (rate_pct BETWEEN 0 AND 100),
        PRIMARY KEY (event_key, dimension, category)
);
COMMENT ON TABLE kepu.literacy_breakdown IS
        'Results of a survey by group, gender, residence, age, education, area | 调查的分类结果';
COMMENT ON COLUMN kepu.literacy_breakdown.dimension IS
        'group, gender, residence, age, education or area | 维度：人群、性别、城乡、年龄、学历、区域';
COMMENT ON COLUMN kepu.literacy_breakdown.category IS 'code within the dimension | 维度内的类别代码';
COMMENT ON COLUMN kepu.literacy_breakdown.rate_pct IS 'scientifically literate, per cent | 具备科学素质比例，%';

CREATE TABLE kepu.literacy_topic (
        occurred_on date NOT NULL,
        event_key   uuid NOT NULL,
        topic       text COLLATE "C" NOT NULL,
        PRIMARY KEY (event_key, topic)
);
COMMENT ON TABLE kepu.literacy_topic IS 'What was announced of a survey | 调查公布的内容';
COMMENT ON COLUMN kepu.literacy_topic.topic IS
        'overall, groups, channels, participation or attitude | 内容：总体、人群、获取渠道、参与情况、态度';

CREATE TABLE kepu.fact_assessment (
        occurred_on        date     NOT NULL,
        event_key          uuid     NOT NULL,
        natural_key        uuid     NOT NULL,
        assessment_id      text COLLATE "C" NOT NULL,
        scheme             text COLLATE "C" NOT NULL,
        year               smallint NOT NULL,
        stage              text COLLATE "C" NOT NULL,
        level              text COLLATE "C",
        org_id             text COLLATE "C" REFERENCES kepu.organization,
        activity_id        text COLLATE "C" REFERENCES kepu.activity,
        facility_id        text COLLATE "C" REFERENCES kepu.facility,
        recipients         bigint CHECK (recipients >= 0),
        recommender_org_id text COLLATE "C" REFERENCES kepu.organization,
        decider_org_id     text COLLATE "C" REFERENCES kepu.organization,
        region_code        text COLLATE "C" NOT NULL REFERENCES kepu.region,
        decided_on         date     NOT NULL,
        due_on             date,
        grade              text COLLATE "C",
        score              numeric(5,2) CHECK (score >= 0),
        document_id        text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key),
        CHECK (num_nonnulls(org_id, activity_id, facility_id, recipients) = 1),
        CHECK ((grade IS NOT NULL) = (stage = 'graded'))
);
CREATE INDEX ON kepu.fact_assessment (natural_key);
COMMENT ON TABLE kepu.fact_assessment IS
        'Recommendations, awards, grades; a row for each stage | 推荐、表彰与评定，每阶段一行';
COMMENT ON COLUMN kepu.fact_assessment.natural_key IS
        'hash of assessment_id and stage: the same step told twice has the same'
        ' | assessment_id 与阶段的散列；同一阶段重复报告时相同';
COMMENT ON COLUMN kepu.fact_assessment.assessment_id IS 'id of the assessment, the same in all stages | 评估标识，各阶段相同';
COMMENT ON COLUMN kepu.fact_assessment.scheme IS 'what is assessed | 评选类别';
COMMENT ON COLUMN kepu.fact_assessment.year IS 'year that it is about | 年份';
COMMENT ON COLUMN kepu.fact_assessment.stage IS
        'announced, recommended, under_review, awarded, not_awarded, graded | 阶段：公布、推荐、评审中、获奖、未获奖、已评定';
COMMENT ON COLUMN kepu.fact_assessment.level IS 'national, province, prefecture or county | 级别：国家、省、市（盟）、县（旗）';
COMMENT ON COLUMN kepu.fact_assessment.org_id IS 'subject, if an organisation | 参评组织';
COMMENT ON COLUMN kepu.fact_assessment.activity_id IS 'subject, if an activity | 参评活动';
COMMENT ON COLUMN kepu.fact_assessment.facility_id IS 'subject, if a facility | 参评场馆';
COMMENT ON COLUMN kepu.fact_assessment.recipients IS
        'how many are commended, where they are not named | 表彰数量（不逐一列名时）';
COMMENT ON COLUMN kepu.fact_assessment.recommender_org_id IS 'organisation that recommends | 推荐单位';
COMMENT ON COLUMN kepu.fact_assessment.decider_org_id IS 'organisation that decides | 评定单位';
COMMENT ON COLUMN kepu.fact_assessment.decided_on IS 'day of the step | 决定日期';
COMMENT ON COLUMN kepu.fact_assessment.grade IS
        'excellent, good, pass, rectify, delist | 等级：优秀、良好、合格、整改、摘牌';
COMMENT ON COLUMN kepu.fact_assessment.score IS 'points, 0 to 100 | 得分，0 至 100';

CREATE TABLE kepu.fact_summary (
        occurred_on  date     NOT NULL,
        event_key    uuid     NOT NULL,
        natural_key  uuid     NOT NULL,
        summary_id   text COLLATE "C" NOT NULL,
        org_id       text COLLATE "C" NOT NULL REFERENCES kepu.organization,
        region_code  text COLLATE "C" NOT NULL REFERENCES kepu.region,
        summary_kind text COLLATE "C" NOT NULL,
        year         smallint NOT NULL,
        submitted_on date     NOT NULL,
        due_on       date,
        document_id  text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key)
);
CREATE INDEX ON kepu.fact_summary (natural_key);
COMMENT ON TABLE kepu.fact_summary IS
        'Work summaries; findings, attachments, partners and metric lines stand in tables of their own'
        ' | 工作总结；经验不足、附件、合作单位与指标行另表存放';
COMMENT ON COLUMN kepu.fact_summary.natural_key IS
        'hash of summary_id: the same summary sent twice has the same | summary_id 的散列；同一总结重复报送时相同';
COMMENT ON COLUMN kepu.fact_summary.summary_id IS 'id of the summary | 总结标识';
COMMENT ON COLUMN kepu.fact_summary.org_id IS 'organisation that submits it | 报送单位';
COMMENT ON COLUMN kepu.fact_summary.summary_kind IS
        'annual, thematic, science_day, monthly, quarterly, press | 类型：年度、专题、科普日、月报、季报、新闻发布';
COMMENT ON COLUMN kepu.fact_summary.year IS 'year that it is about | 年份';
COMMENT ON COLUMN kepu.fact_summary.submitted_on IS 'day of submission | 报送日期';

-- Comments of columns that recur --------------------------------------------------------------------------------------

-- Only where no comment of its own stands; a column that has neither ends the migration.
DO $$
DECLARE
        bare record;
BEGIN
        FOR bare IN
                SELECT c.oid::regclass AS relation, a.attname AS name,
                       EXISTS (SELECT FROM pg_attribute r WHERE r.attrelid = c.oid AND r.attname = 'is_placeholder')
                               AS is_state, t.comment
                FROM pg_class c
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                LEFT JOIN (VALUES
                        ('occurred_on', 'business date in China; the facts are partitioned by it | 业务日期（中国），分区依据'),
                        ('event_key', 'event that the row is of: key of ingest.ledger | 所属事件，即 ingest.ledger 的键'),
                        ('event_id', 'id of the event that won | 胜出事件的标识'),
                        ('event_source', 'producer of the event that won | 胜出事件的来源'),
                        ('updated_at', 'time of the event that won | 胜出事件的时间'),
                        ('revision', 'revision that won, from 1; NULL: not described yet | 胜出的版次，从 1 起；空为尚未描述'),
                        ('is_placeholder', 'referred to, but not described yet: only its key is known'
                                           ' | 占位：已被引用但尚未描述，只有键'),
                        ('first_seen', 'when this row was made | 本行建立时间'),
                        ('name_zh', 'Chinese name | 中文名称'),
                        ('name_en', 'English name | 英文名称'),
                        ('name', 'name in this language, byte for byte as sent | 该语言的名称，原样保存'),
                        ('body', 'text in this language, byte for byte as sent | 该语言的文本，原样保存'),
                        ('lang', 'language: BCP 47 tag | 语言标签'),
                        ('region_code', 'region | 地区'),
                        ('org_id', 'organisation | 组织'),
                        ('facility_id', 'facility | 场馆或渠道'),
                        ('facility_kind', 'kind of facility | 场馆或渠道类型'),
                        ('activity_id', 'activity | 活动'),
                        ('programme_id', 'programme | 项目或品牌'),
                        ('designation_id', 'id of the naming | 命名标识'),
                        ('document_id', 'document that it is stated in | 依据文件'),
                        ('group_code', 'population group | 人群'),
                        ('period_start', 'first day of the period, inclusive | 期间第一天（含）'),
                        ('period_end', 'last day of the period, inclusive | 期间最后一天（含）'),
                        ('due_on', 'day that it was due | 截止日期'),
                        ('rank_position', 'place in a ranking, as stated, from 1 | 公布的位次，从 1 起'),
                        ('rank_text', 'place in a ranking, in words | 位次表述'),
                        ('rank_scope', 'among whom it was ranked | 排名范围'),
                        ('url', 'web address | 网址')
                ) AS v (name, comment) ON v.name = a.attname
                CROSS JOIN LATERAL (SELECT coalesce(v.comment, CASE WHEN a.attname LIKE '%\_qualifier' THEN
                        'how exact the figure is: exact, about, nearly, more_than, at_least, at_most'
                        ' | 数值精度：确数、约、近、超过、不少于、不超过' END) AS comment) t
                WHERE c.relnamespace = 'kepu'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                      AND col_description(c.oid, a.attnum) IS NULL
        LOOP
                IF bare.comment IS NULL THEN
                        RAISE EXCEPTION 'no comment on %.%', bare.relation, bare.name;
                END IF;
                IF bare.is_state AND bare.name = 'event_key' THEN
                        bare.comment := 'event that won: key of ingest.ledger | 胜出的事件，即 ingest.ledger 的键';
                END IF;
                EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', bare.relation, bare.name, bare.comment);
        END LOOP;
END
$$;
