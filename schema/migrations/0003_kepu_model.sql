-- SPDX-License-Identifier: Apache-2.0
-- The model of science popularisation work: lookups, dimensions (states), facts of activities and visits.
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

CREATE SCHEMA IF NOT EXISTS kepu;
COMMENT ON SCHEMA kepu IS 'Science popularisation work: dimensions, their texts, and facts. Written by kepud only.';

-- Lookups -------------------------------------------------------------------------------------------------------------

CREATE TABLE kepu.language (
        tag     text COLLATE "C" NOT NULL,
        name_zh text NOT NULL,
        name_en text NOT NULL,
        PRIMARY KEY (tag)
);
COMMENT ON TABLE kepu.language IS 'BCP 47 tags that text may carry';

CREATE TABLE kepu.population_group (
        code      text COLLATE "C" NOT NULL,
        scheme    text COLLATE "C" NOT NULL CHECK (scheme IN ('2006', '2021', 'both', 'other')),
        is_target boolean  NOT NULL,
        name_zh   text     NOT NULL,
        name_en   text     NOT NULL,
        sort      smallint NOT NULL,
        PRIMARY KEY (code)
);
COMMENT ON TABLE kepu.population_group IS 'Groups that activities address; the national outlines of 2006 and 2021 name different ones';
COMMENT ON COLUMN kepu.population_group.scheme IS 'outline that names it: 2006, 2021, both, or other (none)';
COMMENT ON COLUMN kepu.population_group.is_target IS 'a target group of an outline: shown in coverage views even without any activity';

CREATE TABLE kepu.population_group_map (
        from_code text COLLATE "C" NOT NULL REFERENCES kepu.population_group,
        to_code   text COLLATE "C" NOT NULL REFERENCES kepu.population_group,
        relation  text COLLATE "C" NOT NULL CHECK (relation IN ('exact', 'broader', 'narrower', 'overlap')),
        PRIMARY KEY (from_code, to_code)
);
COMMENT ON TABLE kepu.population_group_map IS 'Crosswalk between the groups of 2006 and of 2021; overlap: never add up across schemes';

CREATE TABLE kepu.facility_kind (
        kind    text COLLATE "C" NOT NULL,
        mode    text COLLATE "C" NOT NULL CHECK (mode IN ('fixed', 'mobile', 'digital', 'device')),
        name_zh text NOT NULL,
        PRIMARY KEY (kind)
);
COMMENT ON TABLE kepu.facility_kind IS 'Kinds of places and channels that serve the public, and their mode';

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
COMMENT ON TABLE kepu.indicator IS 'Countable statements; an unknown code becomes a placeholder';
COMMENT ON COLUMN kepu.indicator.nature IS 'flow adds up over periods; of stock and rate only the newest counts';
COMMENT ON COLUMN kepu.indicator.nat_stat_section IS 'section of the national statistics of science popularisation, if it has one';
COMMENT ON COLUMN kepu.indicator.first_seen IS 'when this row was made';

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
COMMENT ON TABLE kepu.region IS 'Administrative divisions: GB/T 2260 (6 digits), GB/T 10114 (9), villages (12); 100000 is the country';
COMMENT ON COLUMN kepu.region.parent_code IS 'as its event says; NULL in a placeholder: views derive it from the code (dashboard.region)';
COMMENT ON COLUMN kepu.region.level IS 'of a placeholder: by the shape of the code';
COMMENT ON COLUMN kepu.region.revision IS 'NULL: loaded with the schema or a placeholder; an event of any revision replaces it';
COMMENT ON COLUMN kepu.region.first_seen IS 'when this row was made';

CREATE TABLE kepu.region_name (
        code text COLLATE "C" NOT NULL REFERENCES kepu.region,
        lang text COLLATE "C" NOT NULL REFERENCES kepu.language,
        name text NOT NULL,
        PRIMARY KEY (code, lang)
);
COMMENT ON TABLE kepu.region_name IS 'Names of regions by language';

CREATE TABLE kepu.organization (
        org_id         text COLLATE "C" NOT NULL,
        org_kind       text COLLATE "C",
        grassroots_kind text COLLATE "C" CHECK (grassroots_kind IN ('township', 'enterprise', 'university', 'school')),
        admin_level    text COLLATE "C",
        region_code    text COLLATE "C" REFERENCES kepu.region,
        parent_org_id  text COLLATE "C" REFERENCES kepu.organization CHECK (parent_org_id <> org_id),
        uscc           text COLLATE "C",
        established_on date,
        dissolved_on   date,
        status         text COLLATE "C" CHECK (status IN ('active', 'dissolved')),
        is_placeholder boolean     NOT NULL DEFAULT true,
        revision       integer,
        updated_at     timestamptz,
        event_id       text COLLATE "C",
        event_source   text COLLATE "C",
        event_key      uuid,
        first_seen     timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (org_id),
        CHECK ((org_kind = 'grassroots_association') = (grassroots_kind IS NOT NULL)),
        CHECK (dissolved_on >= established_on),
        CHECK (is_placeholder OR num_nulls(org_kind, region_code, status, revision, updated_at) = 0)
);
COMMENT ON TABLE kepu.organization IS 'Associations, societies, departments, schools, enterprises, media, teams';
COMMENT ON COLUMN kepu.organization.uscc IS 'unified social credit code; doubles are a quality finding, not an error';
COMMENT ON COLUMN kepu.organization.first_seen IS 'when this row was made';

CREATE TABLE kepu.organization_name (
        org_id text COLLATE "C" NOT NULL REFERENCES kepu.organization,
        lang   text COLLATE "C" NOT NULL REFERENCES kepu.language,
        name   text NOT NULL,
        PRIMARY KEY (org_id, lang)
);
COMMENT ON TABLE kepu.organization_name IS 'Names of organisations by language';

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
COMMENT ON TABLE kepu.facility IS 'Venues, base sites, e-stations, caravans, mobile museums, channels, monitoring points';
COMMENT ON COLUMN kepu.facility.unit_count IS 'more than 1: one record stands for many like units';
COMMENT ON COLUMN kepu.facility.first_seen IS 'when this row was made';

CREATE TABLE kepu.facility_name (
        facility_id text COLLATE "C" NOT NULL REFERENCES kepu.facility,
        lang        text COLLATE "C" NOT NULL REFERENCES kepu.language,
        name        text NOT NULL,
        PRIMARY KEY (facility_id, lang)
);
COMMENT ON TABLE kepu.facility_name IS 'Names of facilities by language';

CREATE TABLE kepu.facility_language (
        facility_id text COLLATE "C" NOT NULL REFERENCES kepu.facility,
        lang        text COLLATE "C" NOT NULL REFERENCES kepu.language,
        PRIMARY KEY (facility_id, lang)
);
COMMENT ON TABLE kepu.facility_language IS 'Languages that a facility serves';

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
COMMENT ON TABLE kepu.source_document IS 'Documents in which figures were stated';
COMMENT ON COLUMN kepu.source_document.members IS 'how many members the description had: the fullest wins';

CREATE TABLE kepu.programme (
        programme_id   text COLLATE "C" NOT NULL,
        is_placeholder boolean NOT NULL DEFAULT true,
        members        smallint,
        updated_at     timestamptz,
        event_id       text COLLATE "C",
        event_source   text COLLATE "C",
        PRIMARY KEY (programme_id)
);
COMMENT ON TABLE kepu.programme IS 'Standing programmes and brands';
COMMENT ON COLUMN kepu.programme.members IS 'in how many languages it was named: the fullest wins';

CREATE TABLE kepu.programme_name (
        programme_id text COLLATE "C" NOT NULL REFERENCES kepu.programme,
        lang         text COLLATE "C" NOT NULL REFERENCES kepu.language,
        name         text NOT NULL,
        PRIMARY KEY (programme_id, lang)
);
COMMENT ON TABLE kepu.programme_name IS 'Names of programmes by language';

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
COMMENT ON TABLE kepu.activity IS 'Registered activities, latest revision. What became of one (cancelled, reported) is derived in views';
COMMENT ON COLUMN kepu.activity.parent_activity_id IS 'campaign that it belongs to; no foreign key: it makes no placeholder';
COMMENT ON COLUMN kepu.activity.first_seen IS 'when this row was made';

CREATE TABLE kepu.activity_text (
        activity_id text COLLATE "C" NOT NULL REFERENCES kepu.activity,
        field       text COLLATE "C" NOT NULL CHECK (field IN ('name', 'subtitle', 'theme')),
        lang        text COLLATE "C" NOT NULL REFERENCES kepu.language,
        body        text NOT NULL,
        PRIMARY KEY (activity_id, field, lang)
);
COMMENT ON TABLE kepu.activity_text IS 'Name, subtitle and theme of activities by language';

CREATE TABLE kepu.activity_org (
        activity_id text COLLATE "C" NOT NULL REFERENCES kepu.activity,
        org_id      text COLLATE "C" NOT NULL REFERENCES kepu.organization,
        role        text COLLATE "C" NOT NULL,
        PRIMARY KEY (activity_id, org_id)
);
COMMENT ON TABLE kepu.activity_org IS 'Organisations beside the organiser; role: co_organizer';

CREATE TABLE kepu.activity_group (
        activity_id text COLLATE "C" NOT NULL REFERENCES kepu.activity,
        group_code  text COLLATE "C" NOT NULL REFERENCES kepu.population_group,
        PRIMARY KEY (activity_id, group_code)
);
COMMENT ON TABLE kepu.activity_group IS 'Target groups of activities';

CREATE TABLE kepu.activity_language (
        activity_id text COLLATE "C" NOT NULL REFERENCES kepu.activity,
        lang        text COLLATE "C" NOT NULL REFERENCES kepu.language,
        PRIMARY KEY (activity_id, lang)
);
COMMENT ON TABLE kepu.activity_language IS 'Languages of activities';

-- Facts: only ever inserted. What was taken back stays; the dashboard.live_… views leave it out. ----------------------

CREATE TABLE kepu.fact_activity (
        occurred_on           date  NOT NULL,
        event_key             uuid  NOT NULL,
        natural_key           uuid  NOT NULL,
        aggregation           text COLLATE "C" NOT NULL CHECK (aggregation IN ('single', 'programme')),
        activity_id           text COLLATE "C" REFERENCES kepu.activity,
        programme_id          text COLLATE "C" REFERENCES kepu.programme,
        kind                  text COLLATE "C" NOT NULL,
        region_code           text COLLATE "C" NOT NULL REFERENCES kepu.region,
        organizer_org_id      text COLLATE "C" REFERENCES kepu.organization,
        period_start          date  NOT NULL,
        period_end            date  NOT NULL,
        sessions              bigint CHECK (sessions >= 0),
        sessions_qualifier    text COLLATE "C",
        participants          bigint CHECK (participants >= 0),
        participants_qualifier text COLLATE "C",
        online_participants   bigint CHECK (online_participants >= 0),
        online_participants_qualifier text COLLATE "C",
        experts               bigint CHECK (experts >= 0),
        experts_qualifier     text COLLATE "C",
        volunteers            bigint CHECK (volunteers >= 0),
        volunteers_qualifier  text COLLATE "C",
        per_year              boolean NOT NULL,
        prefectures_covered   integer CHECK (prefectures_covered >= 0),
        counties_covered      integer CHECK (counties_covered >= 0),
        document_id           text COLLATE "C" REFERENCES kepu.source_document,
        PRIMARY KEY (event_key),
        CHECK (period_end >= period_start),
        CHECK (CASE aggregation WHEN 'single' THEN activity_id IS NOT NULL AND programme_id IS NULL
                                ELSE programme_id IS NOT NULL AND activity_id IS NULL END)
);
COMMENT ON TABLE kepu.fact_activity IS 'Outcome reports. Reports of programmes (totals) are never added to those of single activities';
COMMENT ON COLUMN kepu.fact_activity.natural_key IS 'hash of activity, programme, kind, region, period, document: the same report told twice has the same';
COMMENT ON COLUMN kepu.fact_activity.per_year IS 'the figures are per year inside the period';

CREATE TABLE kepu.fact_activity_group (
        occurred_on  date  NOT NULL,
        event_key    uuid  NOT NULL,
        group_code   text COLLATE "C" NOT NULL REFERENCES kepu.population_group,
        participants bigint NOT NULL CHECK (participants >= 0),
        PRIMARY KEY (event_key, group_code)
);
COMMENT ON TABLE kepu.fact_activity_group IS 'Participants of a report by target group';

CREATE TABLE kepu.fact_language (
        occurred_on date  NOT NULL,
        event_key   uuid  NOT NULL,
        lang        text COLLATE "C" NOT NULL REFERENCES kepu.language,
        PRIMARY KEY (event_key, lang)
);
COMMENT ON TABLE kepu.fact_language IS 'Languages that a fact of any type names';

CREATE TABLE kepu.fact_finding (
        occurred_on date    NOT NULL,
        event_key   uuid    NOT NULL,
        kind        text COLLATE "C"   NOT NULL,
        ordinal     integer NOT NULL,
        PRIMARY KEY (event_key, kind, ordinal)
);
COMMENT ON TABLE kepu.fact_finding IS 'Experiences, deficiencies, requirements, plans, results; the text: event_text with field = kind and the same ordinal';

CREATE TABLE kepu.fact_attachment (
        occurred_on date    NOT NULL,
        event_key   uuid    NOT NULL,
        ordinal     integer NOT NULL,
        media_kind  text COLLATE "C"   NOT NULL,
        items       bigint CHECK (items >= 0),
        url         text,
        PRIMARY KEY (event_key, ordinal)
);
COMMENT ON TABLE kepu.fact_attachment IS 'News, photos, posters, videos handed in with a report: how many, where';

CREATE TABLE kepu.fact_partner (
        occurred_on date  NOT NULL,
        event_key   uuid  NOT NULL,
        org_id      text COLLATE "C" NOT NULL REFERENCES kepu.organization,
        PRIMARY KEY (event_key, org_id)
);
COMMENT ON TABLE kepu.fact_partner IS 'Organisations that worked together with the one that reports';

CREATE TABLE kepu.event_text (
        event_key uuid    NOT NULL,
        field     text COLLATE "C"   NOT NULL,
        ordinal   integer NOT NULL,
        lang      text COLLATE "C"   NOT NULL REFERENCES kepu.language,
        body      text    NOT NULL,
        PRIMARY KEY (event_key, field, ordinal, lang)
);
COMMENT ON TABLE kepu.event_text IS 'Free text of facts by language';
COMMENT ON COLUMN kepu.event_text.field IS 'audience_label, …; of a finding its kind (experience, deficiency, requirement, plan, result)';
COMMENT ON COLUMN kepu.event_text.ordinal IS '0 where a fact has only one text of that field';

CREATE TABLE kepu.fact_visit (
        occurred_on        date   NOT NULL,
        event_key          uuid   NOT NULL,
        natural_key        uuid   NOT NULL,
        facility_id        text COLLATE "C"  NOT NULL REFERENCES kepu.facility,
        period_start       date   NOT NULL,
        period_end         date   NOT NULL,
        visitors           bigint NOT NULL CHECK (visitors >= 0),
        visitors_qualifier text COLLATE "C"  NOT NULL,
        scope              text COLLATE "C"  NOT NULL CHECK (scope IN ('total', 'subset')),
        group_code         text COLLATE "C"  NOT NULL REFERENCES kepu.population_group,
        activity_id        text COLLATE "C"  REFERENCES kepu.activity,
        free_admission     boolean,
        method             text COLLATE "C",
        counter_id         text COLLATE "C",
        document_id        text COLLATE "C"  REFERENCES kepu.source_document,
        PRIMARY KEY (event_key),
        CHECK (period_end >= period_start)
);
COMMENT ON TABLE kepu.fact_visit IS 'Visitors of a facility in a period; the region is that of the facility, so a late description corrects old rows';
COMMENT ON COLUMN kepu.fact_visit.natural_key IS 'hash of facility, period, scope, group, audience label, counter: the same count told twice has the same';
COMMENT ON COLUMN kepu.fact_visit.scope IS 'total: all visitors, adds up in roll-ups; subset: a group among them, does not';
COMMENT ON COLUMN kepu.fact_visit.counter_id IS 'one entrance, counter or session of the day';

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
COMMENT ON FUNCTION kepu.make_regions IS 'Placeholders for regions that nobody described yet, with the level that the shape of the code tells; returns those that are new';

-- Contents of the lookups ---------------------------------------------------------------------------------------------

INSERT INTO kepu.language (tag, name_zh, name_en) VALUES
        ('zh-Hans', '简体中文', 'Chinese (Simplified)'),
        ('zh-Hant', '繁体中文', 'Chinese (Traditional)'),
        ('mn-Mong', '蒙古文（传统）', 'Mongolian (traditional script)'),
        ('mn-Cyrl', '蒙古文（西里尔）', 'Mongolian (Cyrillic)'),
        ('ug-Arab', '维吾尔文', 'Uyghur'),
        ('kk-Arab', '哈萨克文（阿拉伯字母）', 'Kazakh (Arabic)'),
        ('bo-Tibt', '藏文', 'Tibetan'),
        ('en', '英文', 'English');

INSERT INTO kepu.population_group (code, scheme, is_target, name_zh, name_en, sort) VALUES
        ('all', 'other', false, '全体', 'everyone', 0),
        ('youth', 'both', true, '青少年', 'youth', 1),
        ('minor', '2006', true, '未成年人', 'minors', 2),
        ('farmer', 'both', true, '农民（农牧民）', 'farmers and herders', 3),
        ('urban_worker', '2006', true, '城镇劳动者', 'urban workers', 4),
        ('official', 'both', true, '领导干部和公务员', 'leading cadres and civil servants', 5),
        ('community_resident', '2006', true, '社区居民', 'community residents', 6),
        ('industrial_worker', '2021', true, '产业工人', 'industrial workers', 7),
        ('elderly', '2021', true, '老年人', 'elderly', 8),
        ('ethnic_minority', 'other', false, '少数民族', 'ethnic minorities', 9),
        ('other', 'other', false, '其他', 'other', 10);

INSERT INTO kepu.population_group_map (from_code, to_code, relation) VALUES
        ('minor', 'youth', 'narrower'),
        ('urban_worker', 'industrial_worker', 'overlap'),
        ('farmer', 'farmer', 'exact'),
        ('official', 'official', 'exact'),
        ('community_resident', 'elderly', 'overlap');

INSERT INTO kepu.facility_kind (kind, mode, name_zh) VALUES
        ('science_museum', 'fixed', '科技馆'),
        ('thematic_museum', 'fixed', '科学技术类博物馆'),
        ('exhibition_hall', 'fixed', '陈列馆/展览馆'),
        ('geopark', 'fixed', '地质公园'),
        ('science_center', 'fixed', '科学中心'),
        ('school_museum', 'fixed', '农村（中小学）科技馆'),
        ('community_science_room', 'fixed', '社区科普活动室'),
        ('youth_studio', 'fixed', '青少年科学工作室'),
        ('culture_center', 'fixed', '文明实践中心'),
        ('e_station', 'digital', '科普e站'),
        ('caravan', 'mobile', '科普大篷车'),
        ('mobile_museum', 'mobile', '流动科技馆'),
        ('digital_museum', 'digital', '数字科技馆'),
        ('portal_site', 'digital', '网站'),
        ('cloud_station', 'digital', '科协云站'),
        ('social_account', 'digital', '新媒体账号'),
        ('mobile_app', 'digital', '客户端'),
        ('tv_platform', 'digital', '电视平台'),
        ('radio_column', 'digital', '广播栏目'),
        ('newspaper_column', 'digital', '报刊专版'),
        ('service_platform', 'digital', '服务平台'),
        ('resource_library', 'digital', '资源库'),
        ('led_screen', 'device', '电子屏'),
        ('monitoring_point', 'device', '监测预警点'),
        ('other', 'fixed', '其他');

INSERT INTO kepu.indicator (code, name_zh, name_en, unit, nature, nat_stat_section, is_placeholder) VALUES
        ('venue.science_museum.count', '科技场馆数', 'science and technology venues', 'count', 'stock', '场地', false),
        ('venue.prefecture.count', '盟市级科技馆数', 'league/city science museums', 'count', 'stock', '场地', false),
        ('venue.county.count', '旗县级科技馆数（含改扩建、在建）', 'banner/county science museums incl. renovation and construction', 'count', 'stock', '场地', false),
        ('venue.county.coverage_pct', '旗县级科技馆覆盖率', 'coverage of banner/county science museums', 'pct', 'rate', '场地', false),
        ('caravan.count', '科普大篷车数', 'science caravans', 'count', 'stock', '场地', false),
        ('caravan.mileage', '科普大篷车累计行驶里程', 'caravan cumulative mileage', 'km', 'flow', '场地', false),
        ('mobile_museum.count', '流动科技馆展品（套）数', 'mobile museum sets', 'count', 'stock', '场地', false),
        ('school_museum.count', '农村牧区中学科技馆数', 'rural and pastoral middle-school museums', 'count', 'stock', '场地', false),
        ('visits.venue.total', '各级科技场馆免费接待人次', 'free visits to venues at all levels', 'person_time', 'flow', '场地', false),
        ('grassroots_assoc.count', '新建基层科协组织数', 'new grassroots associations', 'count', 'stock', '人员', false),
        ('grassroots_assoc.coverage_pct', '基层科协组织总体覆盖率', 'coverage of grassroots associations', 'pct', 'rate', '人员', false),
        ('assoc.election_completed.prefecture', '完成换届的盟市科协数', 'league/city associations that completed elections', 'count', 'stock', NULL, false),
        ('assoc.election_completed.county', '完成换届的旗县市区科协数', 'banner/county associations that completed elections', 'count', 'stock', NULL, false),
        ('congress.frontline_delegate_pct', '代表中一线科技工作者比例', 'front-line share among congress delegates', 'pct', 'rate', NULL, false),
        ('congress.frontline_member_pct', '委员中一线科技工作者比例', 'front-line share among committee members', 'pct', 'rate', NULL, false),
        ('congress.frontline_standing_pct', '常委中一线科技工作者比例', 'front-line share among standing committee', 'pct', 'rate', NULL, false),
        ('governance.party_group_meetings', '党组会议次数', 'leading party group meetings', 'count', 'flow', NULL, false),
        ('governance.reform_conferences', '深化改革会议次数', 'reform conferences', 'count', 'flow', NULL, false),
        ('e_station.count', '科普e站数', 'science e-stations', 'count', 'stock', '传媒', false),
        ('cloud_station.count', '科协系统云站数', 'association cloud stations', 'count', 'stock', '传媒', false),
        ('tv.columns', '电视平台栏目数', 'TV platform columns', 'count', 'stock', '传媒', false),
        ('bilingual.provinces_served', '双语资源服务省区数', 'provinces served by bilingual resources', 'count', 'stock', '传媒', false),
        ('literacy.rate', '公民具备科学素质比例', 'scientifically literate citizens', 'pct', 'rate', NULL, false),
        ('volunteer.activities_displayed', '平台展示的志愿活动数（当年）', 'volunteer activities displayed this year', 'count', 'flow', '活动', false),
        ('volunteer.activities_3y', '三年志愿服务活动数', 'volunteer activities in three years', 'count', 'flow', '活动', false),
        ('info_officer.shares', '科普信息员转发科普文章数', 'articles forwarded by info officers', 'count', 'flow', '传媒', false),
        ('expert_tour.activity_kinds', '巡讲活动类别数', 'kinds of activity in the expert tour', 'count', 'stock', '活动', false),
        ('activity.count', '科普活动次数', 'science popularisation activities', 'count', 'flow', '活动', false),
        ('guide.rotated', '轮训在职人员、义务讲解员数', 'staff and volunteer guides trained in rotation', 'person', 'flow', '人员', false),
        ('visits.count', '参观人数', 'visitors', 'person_time', 'flow', '场地', false),
        ('material.copies', '发放资料份数', 'copies handed out', 'count', 'flow', '传媒', false),
        ('training.trainees', '培训人数', 'trainees', 'person', 'flow', '人员', false),
        ('inspection.count', '巡查、检查次数', 'inspections', 'count', 'flow', '活动', false),
        ('exhibit.renewed', '更新展品数', 'exhibits renewed', 'count', 'flow', '场地', false),
        ('panel.renewed', '更新展版数', 'panels renewed', 'count', 'flow', '场地', false),
        ('monitoring.points', '监测预警点数', 'monitoring points', 'count', 'stock', NULL, false),
        ('monitoring.devices', '监测预警设备套数', 'monitoring devices', 'count', 'stock', NULL, false),
        ('mining.revenue', '矿业权出让收益', 'mining-right transfer revenue', 'yuan', 'flow', NULL, false),
        ('mining.kinds_devolved', '下放审批权限的矿种数', 'mineral kinds devolved', 'count', 'stock', NULL, false),
        ('channel.own', '自有网站和公众号数', 'own websites and accounts', 'count', 'stock', '传媒', false),
        ('network.science_center', '科学中心体系单元数', 'units of the science-centre system', 'count', 'stock', '场地', false),
        ('base.national.land_resources', '国土资源科普基地数', 'land-and-resources science bases', 'count', 'stock', '场地', false);

-- The country and its provinces are known from the start: no placeholders, but any event replaces them.
INSERT INTO kepu.region (code, parent_code, level, kind, iso3166_2, status, is_placeholder) VALUES
        ('100000', NULL, 'country', 'country', NULL, 'active', false),
        ('110000', '100000', 'province', 'municipality', 'CN-BJ', 'active', false),
        ('120000', '100000', 'province', 'municipality', 'CN-TJ', 'active', false),
        ('130000', '100000', 'province', 'province', 'CN-HE', 'active', false),
        ('140000', '100000', 'province', 'province', 'CN-SX', 'active', false),
        ('150000', '100000', 'province', 'autonomous_region', 'CN-NM', 'active', false),
        ('210000', '100000', 'province', 'province', 'CN-LN', 'active', false),
        ('220000', '100000', 'province', 'province', 'CN-JL', 'active', false),
        ('230000', '100000', 'province', 'province', 'CN-HL', 'active', false),
        ('310000', '100000', 'province', 'municipality', 'CN-SH', 'active', false),
        ('320000', '100000', 'province', 'province', 'CN-JS', 'active', false),
        ('330000', '100000', 'province', 'province', 'CN-ZJ', 'active', false),
        ('340000', '100000', 'province', 'province', 'CN-AH', 'active', false),
        ('350000', '100000', 'province', 'province', 'CN-FJ', 'active', false),
        ('360000', '100000', 'province', 'province', 'CN-JX', 'active', false),
        ('370000', '100000', 'province', 'province', 'CN-SD', 'active', false),
        ('410000', '100000', 'province', 'province', 'CN-HA', 'active', false),
        ('420000', '100000', 'province', 'province', 'CN-HB', 'active', false),
        ('430000', '100000', 'province', 'province', 'CN-HN', 'active', false),
        ('440000', '100000', 'province', 'province', 'CN-GD', 'active', false),
        ('450000', '100000', 'province', 'autonomous_region', 'CN-GX', 'active', false),
        ('460000', '100000', 'province', 'province', 'CN-HI', 'active', false),
        ('500000', '100000', 'province', 'municipality', 'CN-CQ', 'active', false),
        ('510000', '100000', 'province', 'province', 'CN-SC', 'active', false),
        ('520000', '100000', 'province', 'province', 'CN-GZ', 'active', false),
        ('530000', '100000', 'province', 'province', 'CN-YN', 'active', false),
        ('540000', '100000', 'province', 'autonomous_region', 'CN-XZ', 'active', false),
        ('610000', '100000', 'province', 'province', 'CN-SN', 'active', false),
        ('620000', '100000', 'province', 'province', 'CN-GS', 'active', false),
        ('630000', '100000', 'province', 'province', 'CN-QH', 'active', false),
        ('640000', '100000', 'province', 'autonomous_region', 'CN-NX', 'active', false),
        ('650000', '100000', 'province', 'autonomous_region', 'CN-XJ', 'active', false),
        ('710000', '100000', 'province', 'province', 'CN-TW', 'active', false),
        ('810000', '100000', 'province', 'sar', 'CN-HK', 'active', false),
        ('820000', '100000', 'province', 'sar', 'CN-MO', 'active', false);

-- Rights --------------------------------------------------------------------------------------------------------------

SELECT ingest.register_tables('lookup', 'kepu.language', 'kepu.population_group', 'kepu.population_group_map',
                              'kepu.facility_kind');
SELECT ingest.register_tables('state', 'kepu.indicator', 'kepu.region', 'kepu.organization', 'kepu.facility',
                              'kepu.source_document', 'kepu.programme', 'kepu.activity');
SELECT ingest.register_tables('child', 'kepu.region_name', 'kepu.organization_name', 'kepu.facility_name',
                              'kepu.facility_language', 'kepu.programme_name', 'kepu.activity_text',
                              'kepu.activity_org', 'kepu.activity_group', 'kepu.activity_language');
SELECT ingest.register_tables('fact', 'kepu.fact_activity', 'kepu.fact_activity_group', 'kepu.fact_language',
                              'kepu.fact_finding', 'kepu.fact_attachment', 'kepu.fact_partner', 'kepu.event_text',
                              'kepu.fact_visit');
SELECT ingest.grant_rights();
