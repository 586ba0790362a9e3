-- SPDX-License-Identifier: Apache-2.0
-- The model of science popularisation work, first part: lookups, dimensions (states), one-way steps.
--
-- Conventions
--   * Third normal form: names and texts in (key, lang) tables, lists in child tables, derived figures only in views.
--   * `event_key` ties the rows of one event together; ingest.ledger has its id, source, type and time.
--   * Codes and ids compare bytewise (COLLATE "C"): which of two statements is "the greater" must not depend on the
--     locale of the database. Names and free text have the collation of the database.
--   * A row with is_placeholder has been referred to but not described yet: it has only its key. What must be there
--     in a described row stands in a CHECK (is_placeholder OR …). No constraint looks at two events.
--   * updated_at, event_id, event_source of a state: time, id and source of the event that won; with `revision` (or
--     `members`: how many members a description has) they decide whether a later arrival wins.
--   * Nobody deletes rows of dimensions. So a foreign key of a fact needs no check on the side of the dimension.
--   * Comments are bilingual: English | 中文. The data dictionary is made from them.

CREATE SCHEMA IF NOT EXISTS kepu;
COMMENT ON SCHEMA kepu IS 'Science popularisation work: dimensions, their texts, and facts; written by kepud only'
        ' | 科普工作数据：维度、多语言文本与事实；只由 kepud 写入';

-- Lookups -------------------------------------------------------------------------------------------------------------

CREATE TABLE kepu.language (
        tag     text COLLATE "C" NOT NULL,
        name_zh text NOT NULL,
        name_en text NOT NULL,
        PRIMARY KEY (tag)
);
COMMENT ON TABLE kepu.language IS 'Languages that text may carry | 文本可用的语言';
COMMENT ON COLUMN kepu.language.tag IS 'BCP 47 tag | BCP 47 语言标签';

CREATE TABLE kepu.population_group (
        code      text COLLATE "C" NOT NULL,
        scheme    text COLLATE "C" NOT NULL CHECK (scheme IN ('2006', '2021', 'both', 'other')),
        is_target boolean  NOT NULL,
        name_zh   text     NOT NULL,
        name_en   text     NOT NULL,
        sort      smallint NOT NULL,
        PRIMARY KEY (code)
);
COMMENT ON TABLE kepu.population_group IS
        'Groups that activities address; the national outlines of 2006 and 2021 name different ones'
        ' | 活动面向的人群；2006 年与 2021 年《科学素质纲要》所列重点人群不同';
COMMENT ON COLUMN kepu.population_group.code IS 'code of the group | 人群代码';
COMMENT ON COLUMN kepu.population_group.scheme IS
        'outline that names it: 2006, 2021, both, or other (none) | 所属纲要：2006、2021、both（两者）、other（不属于）';
COMMENT ON COLUMN kepu.population_group.is_target IS
        'a target group of an outline: shown in coverage views even without any activity'
        ' | 是否纲要重点人群；没有活动时覆盖情况视图也列出';
COMMENT ON COLUMN kepu.population_group.sort IS 'position in lists, from 0 | 排列次序，从 0 起';

CREATE TABLE kepu.population_group_map (
        from_code text COLLATE "C" NOT NULL REFERENCES kepu.population_group,
        to_code   text COLLATE "C" NOT NULL REFERENCES kepu.population_group,
        relation  text COLLATE "C" NOT NULL CHECK (relation IN ('exact', 'broader', 'narrower', 'overlap')),
        PRIMARY KEY (from_code, to_code)
);
COMMENT ON TABLE kepu.population_group_map IS
        'Crosswalk between the groups of 2006 and of 2021: never add up across schemes'
        ' | 2006 年与 2021 年人群的对照；不同纲要的人群不可相加';
COMMENT ON COLUMN kepu.population_group_map.from_code IS 'group of 2006 | 2006 年纲要的人群';
COMMENT ON COLUMN kepu.population_group_map.to_code IS 'group of 2021 | 2021 年纲要的人群';
COMMENT ON COLUMN kepu.population_group_map.relation IS
        'what from_code is to to_code: exact, broader, narrower, overlap (neither holds the other)'
        ' | 前者与后者的关系：exact 相同、broader 更宽、narrower 更窄、overlap 部分重叠';

CREATE TABLE kepu.facility_kind (
        kind    text COLLATE "C" NOT NULL,
        mode    text COLLATE "C" NOT NULL CHECK (mode IN ('fixed', 'mobile', 'digital', 'device')),
        name_zh text NOT NULL,
        PRIMARY KEY (kind)
);
COMMENT ON TABLE kepu.facility_kind IS
        'Kinds of places and channels that serve the public | 面向公众的场馆与渠道的类型';
COMMENT ON COLUMN kepu.facility_kind.kind IS 'code of the kind | 类型代码';
COMMENT ON COLUMN kepu.facility_kind.mode IS
        'fixed, mobile, digital or device | 形态：fixed 固定、mobile 流动、digital 数字、device 设备';

CREATE TABLE kepu.indicator (
        code             text COLLATE "C" NOT NULL,
        name_zh          text,
        name_en          text,
        unit             text COLLATE "C",
        nature           text COLLATE "C" CHECK (nature IN ('stock', 'flow', 'rate')),
        nat_stat_section text,
        is_placeholder   boolean     NOT NULL DEFAULT true,
        first_seen       timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (code),
        CHECK (is_placeholder OR num_nulls(name_zh, name_en, unit, nature) = 0)
);
COMMENT ON TABLE kepu.indicator IS
        'Countable statements; an unknown code becomes a placeholder | 可计量的指标；未知代码先建占位行';
COMMENT ON COLUMN kepu.indicator.code IS 'dotted code | 以点分隔的指标代码';
COMMENT ON COLUMN kepu.indicator.unit IS 'unit of its values | 计量单位';
COMMENT ON COLUMN kepu.indicator.nature IS
        'flow adds up over periods; of stock and rate only the newest counts'
        ' | flow 流量可跨期相加；stock 存量与 rate 比率只取最新值';
COMMENT ON COLUMN kepu.indicator.nat_stat_section IS
        'section of the national statistics of science popularisation, if it has one | 所属全国科普统计部分（如有）';

-- Dimensions ----------------------------------------------------------------------------------------------------------

CREATE TABLE kepu.region (
        code           text COLLATE "C" NOT NULL,
        parent_code    text COLLATE "C" REFERENCES kepu.region,
        level          text COLLATE "C" NOT NULL
                CHECK (level IN ('country', 'province', 'prefecture', 'county', 'township', 'village')),
        kind           text COLLATE "C",
        iso3166_2      text COLLATE "C" CHECK (iso3166_2 ~ '^CN-[A-Z]{2}$'),
        valid_from     date,
        valid_to       date,
        status         text COLLATE "C" CHECK (status IN ('active', 'abolished')),
        is_placeholder boolean     NOT NULL DEFAULT true,
        revision       integer,
        updated_at     timestamptz,
        event_id       text COLLATE "C",
        event_source   text COLLATE "C",
        event_key      uuid,
        first_seen     timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (code),
        CHECK (parent_code <> code),
        CHECK (valid_to >= valid_from),
        CHECK (is_placeholder OR num_nulls(kind, status) = 0),
        CHECK (is_placeholder OR level = 'country' OR parent_code IS NOT NULL)
);
CREATE INDEX ON kepu.region (parent_code);
COMMENT ON TABLE kepu.region IS
        'Administrative divisions: GB/T 2260 (6 digits), GB/T 10114 (9), villages (12); 100000 is the country'
        ' | 行政区划：GB/T 2260（6 位）、GB/T 10114（9 位）、村级（12 位）；100000 为全国';
COMMENT ON COLUMN kepu.region.code IS 'code of the division | 区划代码';
COMMENT ON COLUMN kepu.region.parent_code IS
        'as its event says; NULL in a placeholder: views derive it from the code (dashboard.region)'
        ' | 事件所述上级区划；占位行为空，由视图按代码推导';
COMMENT ON COLUMN kepu.region.level IS
        'country … village; of a placeholder by the shape of the code | 层级；占位行按代码形式判定';
COMMENT ON COLUMN kepu.region.kind IS 'legal kind: league, banner, sumu … | 法定类型：盟、旗、苏木等';
COMMENT ON COLUMN kepu.region.iso3166_2 IS 'ISO 3166-2 code of a province | 省级的 ISO 3166-2 代码';
COMMENT ON COLUMN kepu.region.valid_from IS 'day of its creation | 设立日期';
COMMENT ON COLUMN kepu.region.valid_to IS 'day of its abolition | 撤销日期';
COMMENT ON COLUMN kepu.region.status IS 'active or abolished | 状态：active 有效、abolished 已撤销';
COMMENT ON COLUMN kepu.region.revision IS
        'NULL: loaded with the schema or a placeholder; an event of any revision replaces it'
        ' | 空：随库预置或占位，任何版次的事件都可取代';

CREATE TABLE kepu.region_name (
        code text COLLATE "C" NOT NULL REFERENCES kepu.region,
        lang text COLLATE "C" NOT NULL REFERENCES kepu.language,
        name text NOT NULL,
        PRIMARY KEY (code, lang)
);
COMMENT ON TABLE kepu.region_name IS 'Names of regions by language | 行政区划的多语言名称';
COMMENT ON COLUMN kepu.region_name.code IS 'region | 行政区划';

CREATE TABLE kepu.organization (
        org_id          text COLLATE "C" NOT NULL,
        org_kind        text COLLATE "C",
        grassroots_kind text COLLATE "C" CHECK (grassroots_kind IN ('township', 'enterprise', 'university', 'school')),
        admin_level     text COLLATE "C",
        region_code     text COLLATE "C" REFERENCES kepu.region,
        parent_org_id   text COLLATE "C" REFERENCES kepu.organization CHECK (parent_org_id <> org_id),
        uscc            text COLLATE "C",
        established_on  date,
        dissolved_on    date,
        status          text COLLATE "C" CHECK (status IN ('active', 'dissolved')),
        is_placeholder  boolean     NOT NULL DEFAULT true,
        revision        integer,
        updated_at      timestamptz,
        event_id        text COLLATE "C",
        event_source    text COLLATE "C",
        event_key       uuid,
        first_seen      timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (org_id),
        CHECK ((org_kind = 'grassroots_association') = (grassroots_kind IS NOT NULL)),
        CHECK (dissolved_on >= established_on),
        CHECK (is_placeholder OR num_nulls(org_kind, region_code, status, revision, updated_at) = 0)
);
COMMENT ON TABLE kepu.organization IS
        'Associations, societies, departments, schools, enterprises, media, teams'
        ' | 组织：科协、学会、部门、学校、企业、媒体、队伍';
COMMENT ON COLUMN kepu.organization.org_kind IS 'kind of organisation | 组织类型';
COMMENT ON COLUMN kepu.organization.grassroots_kind IS
        'of grassroots associations: township, enterprise, university, school | 基层科协类型：乡镇街道、企业、高校、中小学';
COMMENT ON COLUMN kepu.organization.admin_level IS 'administrative level | 行政层级';
COMMENT ON COLUMN kepu.organization.parent_org_id IS 'organisation above it | 上级组织';
COMMENT ON COLUMN kepu.organization.uscc IS
        'unified social credit code; doubles are a quality finding, not an error'
        ' | 统一社会信用代码；重复只作质量提示，不算错误';
COMMENT ON COLUMN kepu.organization.established_on IS 'day of its foundation | 成立日期';
COMMENT ON COLUMN kepu.organization.dissolved_on IS 'day of its end | 撤销日期';
COMMENT ON COLUMN kepu.organization.status IS 'active or dissolved | 状态：active 有效、dissolved 已撤销';

CREATE TABLE kepu.organization_name (
        org_id text COLLATE "C" NOT NULL REFERENCES kepu.organization,
        lang   text COLLATE "C" NOT NULL REFERENCES kepu.language,
        name   text NOT NULL,
        PRIMARY KEY (org_id, lang)
);
COMMENT ON TABLE kepu.organization_name IS 'Names of organisations by language | 组织的多语言名称';

CREATE TABLE kepu.facility (
        facility_id        text COLLATE "C" NOT NULL,
        facility_kind      text COLLATE "C" REFERENCES kepu.facility_kind,
        operator_org_id    text COLLATE "C" REFERENCES kepu.organization,
        region_code        text COLLATE "C" REFERENCES kepu.region,
        parent_facility_id text COLLATE "C" REFERENCES kepu.facility CHECK (parent_facility_id <> facility_id),
        status             text COLLATE "C"
                CHECK (status IN ('planned', 'under_construction', 'fitting_out', 'open', 'suspended', 'closed')),
        open_since         date,
        closed_on          date,
        unit_count         integer CHECK (unit_count > 0),
        device_count       bigint CHECK (device_count >= 0),
        exhibits           bigint CHECK (exhibits >= 0),
        panels             bigint CHECK (panels >= 0),
        floor_area_m2      numeric(12,2) CHECK (floor_area_m2 >= 0),
        odometer_km        bigint CHECK (odometer_km >= 0),
        url                text,
        is_placeholder     boolean     NOT NULL DEFAULT true,
        revision           integer,
        updated_at         timestamptz,
        event_id           text COLLATE "C",
        event_source       text COLLATE "C",
        event_key          uuid,
        first_seen         timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (facility_id),
        CHECK (closed_on >= open_since),
        CHECK (is_placeholder OR num_nulls(facility_kind, region_code, status, unit_count, revision, updated_at) = 0)
);
CREATE INDEX ON kepu.facility (region_code, facility_kind);
COMMENT ON TABLE kepu.facility IS
        'Venues, base sites, e-stations, caravans, mobile museums, channels, monitoring points'
        ' | 场馆、基地、科普e站、大篷车、流动科技馆、传播渠道、监测预警点';
COMMENT ON COLUMN kepu.facility.operator_org_id IS 'organisation that runs it | 运营单位';
COMMENT ON COLUMN kepu.facility.parent_facility_id IS
        'facility that it is a part of: column of a platform, branch of a centre | 上级场馆或平台';
COMMENT ON COLUMN kepu.facility.status IS
        'planned, under_construction, fitting_out, open, suspended, closed'
        ' | 状态：规划中、在建、布展、开放、暂停开放、关闭';
COMMENT ON COLUMN kepu.facility.open_since IS 'open to the public since | 面向公众开放日期';
COMMENT ON COLUMN kepu.facility.closed_on IS 'day of its closing | 关闭日期';
COMMENT ON COLUMN kepu.facility.unit_count IS
        'units; more than 1: one record stands for many like units | 单元数；大于 1 表示一条记录代表多个同类单元';
COMMENT ON COLUMN kepu.facility.device_count IS 'monitoring devices installed, sets | 安装的监测预警设备，套';
COMMENT ON COLUMN kepu.facility.exhibits IS 'exhibits, pieces | 展品，件';
COMMENT ON COLUMN kepu.facility.panels IS 'panels, pieces | 展板，块';
COMMENT ON COLUMN kepu.facility.floor_area_m2 IS 'floor area, square metres | 面积，平方米';
COMMENT ON COLUMN kepu.facility.odometer_km IS 'caravans: kilometres so far | 大篷车累计行驶里程，公里';

CREATE TABLE kepu.facility_name (
        facility_id text COLLATE "C" NOT NULL REFERENCES kepu.facility,
        lang        text COLLATE "C" NOT NULL REFERENCES kepu.language,
        name        text NOT NULL,
        PRIMARY KEY (facility_id, lang)
);
COMMENT ON TABLE kepu.facility_name IS 'Names of facilities by language | 场馆与渠道的多语言名称';

CREATE TABLE kepu.facility_language (
        facility_id text COLLATE "C" NOT NULL REFERENCES kepu.facility,
        lang        text COLLATE "C" NOT NULL REFERENCES kepu.language,
        PRIMARY KEY (facility_id, lang)
);
COMMENT ON TABLE kepu.facility_language IS 'Languages that a facility serves | 场馆与渠道的服务语言';

-- Side rows: events of any class bring them along; the fullest description wins, a bare id only makes a placeholder.

CREATE TABLE kepu.source_document (
        document_id    text COLLATE "C" NOT NULL,
        title          text,
        doc_no         text,
        issuer_org_id  text COLLATE "C",
        published_on   date,
        url            text,
        language       text COLLATE "C" REFERENCES kepu.language,
        is_placeholder boolean NOT NULL DEFAULT true,
        members        smallint,
        updated_at     timestamptz,
        event_id       text COLLATE "C",
        event_source   text COLLATE "C",
        PRIMARY KEY (document_id)
);
COMMENT ON TABLE kepu.source_document IS 'Documents in which figures were stated | 数据所依据的文件';
COMMENT ON COLUMN kepu.source_document.title IS 'title, as written | 标题';
COMMENT ON COLUMN kepu.source_document.doc_no IS 'number of the document | 文号';
COMMENT ON COLUMN kepu.source_document.issuer_org_id IS
        'organisation that issued it; no foreign key: it makes no placeholder | 发文单位；不建占位行，故无外键';
COMMENT ON COLUMN kepu.source_document.published_on IS 'day of its publication | 发布日期';
COMMENT ON COLUMN kepu.source_document.language IS 'language that it is written in | 行文语言';
COMMENT ON COLUMN kepu.source_document.members IS
        'how many members the description had: the fullest wins | 描述所含成员数，最完整者为准';

CREATE TABLE kepu.programme (
        programme_id   text COLLATE "C" NOT NULL,
        is_placeholder boolean NOT NULL DEFAULT true,
        members        smallint,
        updated_at     timestamptz,
        event_id       text COLLATE "C",
        event_source   text COLLATE "C",
        PRIMARY KEY (programme_id)
);
COMMENT ON TABLE kepu.programme IS 'Standing programmes and brands | 常设项目与品牌';
COMMENT ON COLUMN kepu.programme.members IS
        'in how many languages it was named: the fullest wins | 名称的语言数，最完整者为准';

CREATE TABLE kepu.programme_name (
        programme_id text COLLATE "C" NOT NULL REFERENCES kepu.programme,
        lang         text COLLATE "C" NOT NULL REFERENCES kepu.language,
        name         text NOT NULL,
        PRIMARY KEY (programme_id, lang)
);
COMMENT ON TABLE kepu.programme_name IS 'Names of programmes by language | 项目与品牌的多语言名称';

CREATE TABLE kepu.activity (
        activity_id           text COLLATE "C" NOT NULL,
        form                  text COLLATE "C" CHECK (form IN ('key', 'online', 'home', 'joint_action', 'regular')),
        kind                  text COLLATE "C",
        occasion              text COLLATE "C",
        edition_year          smallint,
        organizer_org_id      text COLLATE "C" REFERENCES kepu.organization,
        region_code           text COLLATE "C" REFERENCES kepu.region,
        facility_id           text COLLATE "C" REFERENCES kepu.facility,
        parent_activity_id    text COLLATE "C" CHECK (parent_activity_id <> activity_id),
        programme_id          text COLLATE "C" REFERENCES kepu.programme,
        starts_on             date,
        ends_on               date,
        mode                  text COLLATE "C" CHECK (mode IN ('offline', 'online', 'hybrid')),
        platform_url          text,
        expected_participants bigint CHECK (expected_participants >= 0),
        budget_yuan           numeric(18,2) CHECK (budget_yuan >= 0),
        document_id           text COLLATE "C" REFERENCES kepu.source_document,
        is_placeholder        boolean     NOT NULL DEFAULT true,
        revision              integer,
        updated_at            timestamptz,
        event_id              text COLLATE "C",
        event_source          text COLLATE "C",
        event_key             uuid,
        first_seen            timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (activity_id),
        CHECK (ends_on >= starts_on),
        CHECK (is_placeholder OR num_nulls(form, kind, occasion, organizer_org_id, region_code, starts_on, ends_on,
                                           mode, revision, updated_at) = 0)
);
CREATE INDEX ON kepu.activity (region_code, starts_on);
COMMENT ON TABLE kepu.activity IS
        'Registered activities, latest revision; what became of one (cancelled, reported) is derived in views'
        ' | 登记的活动（最新版次）；是否取消或已报告由视图得出';
COMMENT ON COLUMN kepu.activity.form IS
        'key (annex 1), online (annex 2), home, joint_action, regular'
        ' | 形式：key 重点活动（附件1）、online 网络活动（附件2）、home 主场、joint_action 联合行动、regular 常规';
COMMENT ON COLUMN kepu.activity.kind IS 'lecture, exhibition, competition … | 活动类型：讲座、展览、竞赛等';
COMMENT ON COLUMN kepu.activity.occasion IS 'occasion, such as science_day; none | 活动契机，如全国科普日；none 为无';
COMMENT ON COLUMN kepu.activity.edition_year IS 'year of the occasion | 届次年份';
COMMENT ON COLUMN kepu.activity.organizer_org_id IS 'organiser | 主办单位';
COMMENT ON COLUMN kepu.activity.facility_id IS 'facility that it takes place in | 举办场馆';
COMMENT ON COLUMN kepu.activity.parent_activity_id IS
        'campaign that it belongs to; no foreign key: it makes no placeholder | 所属活动；不建占位行，故无外键';
COMMENT ON COLUMN kepu.activity.starts_on IS 'first day | 开始日期';
COMMENT ON COLUMN kepu.activity.ends_on IS 'last day | 结束日期';
COMMENT ON COLUMN kepu.activity.mode IS 'offline, online or hybrid | 方式：offline 线下、online 线上、hybrid 线上线下结合';
COMMENT ON COLUMN kepu.activity.platform_url IS 'where it takes place on the net | 网络平台网址';
COMMENT ON COLUMN kepu.activity.expected_participants IS 'expected participants, person-times | 预计参与人次';
COMMENT ON COLUMN kepu.activity.budget_yuan IS 'budget, yuan | 预算，元';

CREATE TABLE kepu.activity_text (
        activity_id text COLLATE "C" NOT NULL REFERENCES kepu.activity,
        field       text COLLATE "C" NOT NULL CHECK (field IN ('name', 'subtitle', 'theme')),
        lang        text COLLATE "C" NOT NULL REFERENCES kepu.language,
        body        text NOT NULL,
        PRIMARY KEY (activity_id, field, lang)
);
COMMENT ON TABLE kepu.activity_text IS
        'Name, subtitle and theme of activities by language | 活动的主标题、副标题与主题（多语言）';
COMMENT ON COLUMN kepu.activity_text.field IS 'name, subtitle or theme | name 主标题、subtitle 副标题、theme 主题';

CREATE TABLE kepu.activity_org (
        activity_id text COLLATE "C" NOT NULL REFERENCES kepu.activity,
        org_id      text COLLATE "C" NOT NULL REFERENCES kepu.organization,
        role        text COLLATE "C" NOT NULL,
        PRIMARY KEY (activity_id, org_id)
);
COMMENT ON TABLE kepu.activity_org IS 'Organisations beside the organiser | 主办单位以外的参与单位';
COMMENT ON COLUMN kepu.activity_org.role IS 'co_organizer | co_organizer 联合主办';

CREATE TABLE kepu.activity_group (
        activity_id text COLLATE "C" NOT NULL REFERENCES kepu.activity,
        group_code  text COLLATE "C" NOT NULL REFERENCES kepu.population_group,
        PRIMARY KEY (activity_id, group_code)
);
COMMENT ON TABLE kepu.activity_group IS 'Target groups of activities | 活动面向的人群';

CREATE TABLE kepu.activity_language (
        activity_id text COLLATE "C" NOT NULL REFERENCES kepu.activity,
        lang        text COLLATE "C" NOT NULL REFERENCES kepu.language,
        PRIMARY KEY (activity_id, lang)
);
COMMENT ON TABLE kepu.activity_language IS 'Languages of activities | 活动使用的语言';

-- One-way steps: a row for every accepted event; which of several counts is decided in views, in whatever order they
-- came. A revocation or cancellation may come first, so it has no foreign key to what it ends and makes no row of it.

CREATE TABLE kepu.designation_grant (
        event_key          uuid    NOT NULL,
        designation_id     text COLLATE "C" NOT NULL,
        title_kind         text COLLATE "C" NOT NULL,
        level              text COLLATE "C" NOT NULL,
        grantor_org_id     text COLLATE "C" NOT NULL REFERENCES kepu.organization,
        holder_org_id      text COLLATE "C" REFERENCES kepu.organization,
        holder_facility_id text COLLATE "C" REFERENCES kepu.facility,
        holder_region      text COLLATE "C" REFERENCES kepu.region,
        holder_count       integer CHECK (holder_count > 0),
        part_of            text COLLATE "C" CHECK (part_of <> designation_id),
        region_code        text COLLATE "C" NOT NULL REFERENCES kepu.region,
        batch              text,
        valid_from         date    NOT NULL,
        valid_to           date,
        document_id        text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key),
        CHECK (num_nonnulls(holder_org_id, holder_facility_id, holder_region, holder_count) = 1),
        CHECK (valid_to >= valid_from)
);
CREATE INDEX ON kepu.designation_grant (designation_id);
CREATE INDEX ON kepu.designation_grant (region_code, title_kind);
COMMENT ON TABLE kepu.designation_grant IS 'Namings of bases, schools, communities, pilots | 命名认定：基地、学校、社区、试点等';
COMMENT ON COLUMN kepu.designation_grant.title_kind IS 'title that is granted | 称号';
COMMENT ON COLUMN kepu.designation_grant.level IS 'national, province, prefecture or county | 级别：国家、省、市（盟）、县（旗）';
COMMENT ON COLUMN kepu.designation_grant.grantor_org_id IS 'organisation that grants it | 命名单位';
COMMENT ON COLUMN kepu.designation_grant.holder_org_id IS 'holder, if an organisation | 获命名组织';
COMMENT ON COLUMN kepu.designation_grant.holder_facility_id IS 'holder, if a facility | 获命名场馆';
COMMENT ON COLUMN kepu.designation_grant.holder_region IS 'holder, if a region | 获命名地区';
COMMENT ON COLUMN kepu.designation_grant.holder_count IS
        'number of holders, where they are not listed one by one | 获命名数量（未逐一列出时）';
COMMENT ON COLUMN kepu.designation_grant.part_of IS
        'the summary designation that already counts this holder; no foreign key: it makes no placeholder'
        ' | 已计入的汇总命名；不建占位行，故无外键';
COMMENT ON COLUMN kepu.designation_grant.batch IS 'batch, such as 2016-2020 | 批次';
COMMENT ON COLUMN kepu.designation_grant.valid_from IS 'first day | 有效期起';
COMMENT ON COLUMN kepu.designation_grant.valid_to IS 'last day | 有效期止';

CREATE TABLE kepu.designation_revocation (
        event_key         uuid    NOT NULL,
        designation_id    text COLLATE "C" NOT NULL,
        revoked_on        date    NOT NULL,
        reason            text COLLATE "C" NOT NULL,
        revoked_by_org_id text COLLATE "C" NOT NULL REFERENCES kepu.organization,
        holder_count      integer CHECK (holder_count > 0),
        document_id       text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key)
);
CREATE INDEX ON kepu.designation_revocation (designation_id);
COMMENT ON TABLE kepu.designation_revocation IS 'Ends of namings; may come before the grant | 摘牌（命名撤销）；可先于命名到达';
COMMENT ON COLUMN kepu.designation_revocation.revoked_on IS 'day of the end | 撤销日期';
COMMENT ON COLUMN kepu.designation_revocation.reason IS
        'kind of reason, such as failed_review; in words: kepu.event_text | 撤销原因类别；说明见 kepu.event_text';
COMMENT ON COLUMN kepu.designation_revocation.revoked_by_org_id IS 'organisation that decided | 决定单位';
COMMENT ON COLUMN kepu.designation_revocation.holder_count IS
        'holders revoked so far, of a naming of many; NULL: all | 汇总命名中累计撤销的数量；空为全部';

CREATE TABLE kepu.activity_cancellation (
        event_key    uuid NOT NULL,
        activity_id  text COLLATE "C" NOT NULL,
        cancelled_on date NOT NULL,
        reason       text COLLATE "C" NOT NULL,
        document_id  text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key)
);
CREATE INDEX ON kepu.activity_cancellation (activity_id);
COMMENT ON TABLE kepu.activity_cancellation IS
        'Cancellations of activities; may come before the registration | 活动取消；可先于登记到达';
COMMENT ON COLUMN kepu.activity_cancellation.activity_id IS
        'activity that will not take place; no foreign key: it makes no placeholder | 取消的活动；不建占位行，故无外键';
COMMENT ON COLUMN kepu.activity_cancellation.cancelled_on IS 'day of the cancellation | 取消日期';
COMMENT ON COLUMN kepu.activity_cancellation.reason IS
        'kind of reason, such as weather; in words: kepu.event_text | 取消原因类别；说明见 kepu.event_text';

CREATE TABLE kepu.state_revision (
        event_key uuid    NOT NULL,
        entity_id text COLLATE "C" NOT NULL,
        revision  integer NOT NULL CHECK (revision > 0),
        PRIMARY KEY (event_key)
);
CREATE INDEX ON kepu.state_revision (entity_id, revision);
COMMENT ON TABLE kepu.state_revision IS
        'Every accepted event of a region, organisation, facility or activity, those that lost included: so that two'
        ' contents under one revision show | 区划、组织、场馆、活动的全部已接受事件（含未胜出者），用于发现同版次内容不一致';
COMMENT ON COLUMN kepu.state_revision.entity_id IS
        'code or id of the entity; its class follows from the type of the event | 实体代码或标识；类别见事件类型';
COMMENT ON COLUMN kepu.state_revision.revision IS 'revision that the event tells, from 1 | 事件所述版次，从 1 起';

-- Placeholders of regions ---------------------------------------------------------------------------------------------

-- In the order of the array, so that two transactions wait for each other instead of deadlocking.
CREATE FUNCTION kepu.make_regions(codes text[]) RETURNS SETOF text LANGUAGE sql VOLATILE AS $$
        INSERT INTO kepu.region (code, level)
        SELECT c.code, CASE length(c.code)
                        WHEN 12 THEN 'village'
                        WHEN 9 THEN 'township'
                        ELSE CASE WHEN c.code LIKE '__0000' THEN 'province'
                                  WHEN c.code LIKE '____00' THEN 'prefecture'
                                  ELSE 'county' END
                       END
        FROM unnest(codes) WITH ORDINALITY AS c (code, n)
        ORDER BY c.n
        ON CONFLICT (code) DO NOTHING
        RETURNING code
$$;
COMMENT ON FUNCTION kepu.make_regions IS
        'Placeholders for regions that nobody described yet, with the level that the shape of the code tells; returns'
        ' those that are new | 为尚未描述的区划建占位行，层级按代码形式判定；返回新建的代码';
