-- SPDX-License-Identifier: Apache-2.0
-- Maintenance: partitions of fact tables by their business date, retention, the ledger's window, and hooks for what
-- other migrations want done now and then. The daemon runs no DDL: every maintenance.interval it asks
-- ingest.maintenance_due() what is due, and calls ingest.maintain() once for each, in a transaction of its own, so
-- that no lock is held for longer than one of them takes. Where no daemon does it (maintenance.interval = 0), cron
-- does the same with: CALL ingest.maintain_all();
--
-- Every partitioned table has a DEFAULT partition: a row whose partition is missing is stored there, and moves when
-- the partition is made. So nothing waits for maintenance, and nothing is lost or refused without it.
--
-- At the end: the labels of the declarations, which `kepud migrate` writes.

CREATE TABLE ingest.partition_policy (
        single       boolean PRIMARY KEY DEFAULT true CHECK (single),
        coarse       date[]  NOT NULL DEFAULT '{2010-01-01,2015-01-01,2020-01-01}' CHECK (cardinality(coarse) > 0),
        months_ahead integer NOT NULL DEFAULT 3 CHECK (months_ahead BETWEEN 0 AND 120)
);
COMMENT ON TABLE ingest.partition_policy IS
        'Which partitions are made, one row; existing ones stay as they are | 建立哪些分区（一行）；已有分区不变';
COMMENT ON COLUMN ingest.partition_policy.single IS 'Keeps it to one row | 保证只有一行';
COMMENT ON COLUMN ingest.partition_policy.coarse IS
        'Borders of old, large partitions; from the last one on, one partition a year, and months from last year on | 早期大分区的边界；最后一个边界之后按年，去年起按月';
COMMENT ON COLUMN ingest.partition_policy.months_ahead IS 'Months made ahead of time | 提前建立的月数';
INSERT INTO ingest.partition_policy DEFAULT VALUES;

CREATE TABLE ingest.partitioned_table (
        relation       text   NOT NULL COLLATE "C",
        dropped_before date   NOT NULL DEFAULT '-infinity',
        removals       bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (relation)
);
COMMENT ON TABLE ingest.partitioned_table IS
        'Tables whose partitions maintenance makes and drops | 由维护任务建立和删除分区的表';
COMMENT ON COLUMN ingest.partitioned_table.relation IS 'Schema and table | 模式与表名';
COMMENT ON COLUMN ingest.partitioned_table.dropped_before IS
        'Retention has removed what lay before this day; earlier again when a partition before it is made | 此日之前的数据已按保留策略删除；其前再建分区时相应提前';
COMMENT ON COLUMN ingest.partitioned_table.removals IS
        'How often retention has removed a partition or rows: tells others that something went | 按保留策略移除分区或行的次数，供其他任务察觉变化';

CREATE TABLE ingest.maintenance_hook (
        name text NOT NULL COLLATE "C",
        PRIMARY KEY (name)
);
COMMENT ON TABLE ingest.maintenance_hook IS
        'Functions without arguments that maintenance calls, in the order of their names | 维护任务依次调用的无参数函数';
COMMENT ON COLUMN ingest.maintenance_hook.name IS 'Schema and function | 模式与函数名';

CREATE TABLE ingest.ledger_cursor (
        single    boolean PRIMARY KEY DEFAULT true CHECK (single),
        next_page bigint  NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
COMMENT ON TABLE ingest.ledger_cursor IS
        'How far the removal of old ledger rows has come, one row | 台账旧行清除的进度（一行）';
COMMENT ON COLUMN ingest.ledger_cursor.single IS 'Keeps it to one row | 保证只有一行';
COMMENT ON COLUMN ingest.ledger_cursor.next_page IS
        'Page of the ledger to look at next; after the last one it begins again | 下次查看的页号；到末页后从头开始';
INSERT INTO ingest.ledger_cursor DEFAULT VALUES;

CREATE TABLE ingest.ledger_guard (
        condition text NOT NULL COLLATE "C",
        PRIMARY KEY (condition)
);
COMMENT ON TABLE ingest.ledger_guard IS
        'What keeps a row of the ledger although it is older than the window | 虽超出窗口仍须保留台账行的条件';
COMMENT ON COLUMN ingest.ledger_guard.condition IS
        'SQL condition on the row, l; where it holds, the row stays | 关于行 l 的 SQL 条件，成立则保留';
INSERT INTO ingest.ledger_guard (condition) VALUES
        -- A void or a correction must not lose its effect.
        ('EXISTS (SELECT FROM ingest.taken_back t WHERE t.target_key = l.event_key)'),
        ('EXISTS (SELECT FROM ingest.taken_back t WHERE t.event_key = l.event_key)'),
        -- Master data is little, and compares its revisions for ever.
        ('EXISTS (SELECT FROM ingest.event_type t WHERE t.type_id = l.type_id AND t.class <> ''fact'')');

-- What is there --------------------------------------------------------------------------------------------------------

CREATE FUNCTION ingest.partition_key(parent regclass) RETURNS name LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp AS $$
        SELECT a.attname
        FROM pg_partitioned_table p
        JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
        WHERE p.partrelid = parent AND p.partstrat = 'r' AND p.partnatts = 1 AND a.atttypid = 'date'::regtype
$$;
COMMENT ON FUNCTION ingest.partition_key IS
        'The column of a table partitioned by range of one date; else NULL | 按单个日期范围分区的列，否则为空';

CREATE FUNCTION ingest.partitions_of(parent regclass)
        RETURNS TABLE (partition regclass, is_default boolean, lower date, upper date) LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp AS $$
        SELECT c.oid::regclass, bound = 'DEFAULT',
               CASE WHEN bound <> 'DEFAULT' THEN coalesce(ends[1]::date, '-infinity') END,
               CASE WHEN bound <> 'DEFAULT' THEN coalesce(ends[2]::date, 'infinity') END
        FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        CROSS JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) AS bound
        CROSS JOIN LATERAL regexp_match(bound, $re$FROM \((?:'([^']+)'|MINVALUE)\) TO \((?:'([^']+)'|MAXVALUE)\)$re$)
                AS ends
        WHERE i.inhparent = parent
$$;
COMMENT ON FUNCTION ingest.partitions_of IS 'The partitions of a table with their bounds | 表的分区及其边界';

CREATE FUNCTION ingest.partition_suffix(lower date, upper date) RETURNS text LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog, pg_temp AS $$
        SELECT CASE
                WHEN lower = '-infinity' THEN 'before_' || to_char(upper, 'YYYY_MM')
                WHEN upper = lower + interval '1 month' THEN to_char(lower, 'YYYY_MM')
                WHEN upper = lower + interval '1 year' AND extract(month FROM lower) = 1 THEN to_char(lower, 'YYYY')
                ELSE to_char(lower, 'YYYY_MM') || '_to_' || to_char(upper - 1, 'YYYY_MM') END
$$;
COMMENT ON FUNCTION ingest.partition_suffix IS 'What the name of a partition ends in | 分区名的后缀';

CREATE FUNCTION ingest.lower_bound(lower date) RETURNS text LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog, pg_temp AS $$
        SELECT CASE WHEN lower = '-infinity' THEN 'MINVALUE' ELSE quote_literal(lower) END
$$;
COMMENT ON FUNCTION ingest.lower_bound IS 'The lower bound of a partition, in SQL | 分区下界的 SQL 写法';

-- Ranges between two neighbouring borders, wanted ones and those of partitions that are there, that no partition
-- covers: so gaps of any shape are filled, and nothing overlaps. What lies before `since` is not wanted any more, and
-- a name that is taken belongs to a table that somebody has detached: it is left alone. (jit: PostgreSQL expects far
-- more rows than there are, and would compile for half a second.)
CREATE FUNCTION ingest.missing_partitions(parent regclass, since date DEFAULT '-infinity')
        RETURNS TABLE (name text, lower date, upper date) LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp SET jit = off AS $$
        WITH policy AS (
                SELECT coarse, coarse[cardinality(coarse)] AS years,
                       greatest(date_trunc('year', current_date - interval '1 year')::date,
                                coarse[cardinality(coarse)]) AS months,
                       (date_trunc('month', current_date::timestamp) + make_interval(months => months_ahead + 1))::date
                               AS ends
                FROM ingest.partition_policy
        ), existing AS MATERIALIZED (
                SELECT p.lower, p.upper FROM ingest.partitions_of(parent) p WHERE NOT p.is_default
        ), border AS (
                SELECT '-infinity'::date AS day
                UNION SELECT day FROM policy CROSS JOIN unnest(coarse) AS day
                UNION SELECT day::date FROM policy, generate_series(years::timestamp, months, interval '1 year') AS day
                UNION SELECT day::date FROM policy, generate_series(months::timestamp, ends, interval '1 month') AS day
                UNION SELECT e.lower FROM existing e, policy WHERE e.lower < ends
                UNION SELECT e.upper FROM existing e, policy WHERE e.upper < ends
        ), range AS (
                SELECT day AS lower, lead(day) OVER (ORDER BY day) AS upper FROM border
        ), named AS MATERIALIZED (
                SELECT format('%I.%I', n.nspname, c.relname || '_' || ingest.partition_suffix(r.lower, r.upper)) AS name,
                       r.lower, r.upper
                FROM range r
                JOIN pg_class c ON c.oid = parent
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE r.upper > since
                      AND NOT EXISTS (SELECT FROM existing e WHERE e.lower < r.upper AND r.lower < e.upper)
        )
        SELECT r.name, r.lower, r.upper FROM named r WHERE to_regclass(r.name) IS NULL
        ORDER BY r.lower
$$;
COMMENT ON FUNCTION ingest.missing_partitions IS
        'Partitions that a table should have and has not | 表应有而尚缺的分区';

-- What can be done -----------------------------------------------------------------------------------------------------
-- Time-outs for locks are short: whoever waits for a lock holds up everybody who comes after it, and shorter than
-- deadlock_timeout (1 s) it is always maintenance that gives way, never a batch. It is tried again at the next round.

-- CREATE TABLE … PARTITION OF would lock out all readers and writers of the table. ATTACH locks the default partition
-- and, for a moment, writers of the tables that foreign keys refer to; these locks come last, in the order of batches
-- (dimensions, then facts), when nothing is left to do that takes time.
CREATE FUNCTION ingest.make_partition(parent regclass, name text, lower date, upper date) RETURNS bigint
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '150ms' AS $$
DECLARE
        key     name := ingest.partition_key(parent);
        rest    regclass := (SELECT p.partition FROM ingest.partitions_of(parent) p WHERE p.is_default);
        inside  text := format('%I >= %L AND %1$I < %3$L', key, lower, upper);
        target  regclass;
        moved   bigint := 0;
        late    bigint := 0;
BEGIN
        EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING COMMENTS)', name, parent);
        IF rest IS NOT NULL THEN
                -- Writers go on meanwhile; what they add is moved below, with all of them locked out.
                EXECUTE format('WITH gone AS (DELETE FROM %s WHERE %s RETURNING *) INSERT INTO %s SELECT * FROM gone',
                               rest, inside, name);
                GET DIAGNOSTICS moved = ROW_COUNT;
        END IF;
        FOR target IN
                SELECT DISTINCT confrelid::regclass FROM pg_constraint WHERE conrelid = parent AND contype = 'f'
        LOOP
                EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', target);
        END LOOP;
        IF rest IS NOT NULL THEN
                EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', rest);
                EXECUTE format('WITH gone AS (DELETE FROM %s WHERE %s RETURNING *) INSERT INTO %s SELECT * FROM gone',
                               rest, inside, name);
                GET DIAGNOSTICS late = ROW_COUNT;
        END IF;
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%L)', parent, name,
                       ingest.lower_bound(lower), upper);
        UPDATE ingest.partitioned_table t SET dropped_before = make_partition.lower
        WHERE t.relation::regclass = parent AND t.dropped_before > make_partition.lower;
        RETURN moved + late;
END
$$;
COMMENT ON FUNCTION ingest.make_partition IS
        'Makes one partition and moves its rows out of the default partition; returns how many | 建立一个分区并移入默认分区中属于它的行，返回行数';

CREATE FUNCTION ingest.drop_partition(partition regclass) RETURNS bigint LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp SET lock_timeout = '150ms' AS $$
DECLARE
        parent regclass := (SELECT inhparent FROM pg_inherits WHERE inhrelid = partition);
        ends   date := (SELECT p.upper FROM ingest.partitions_of(parent) p
                        WHERE p.partition = drop_partition.partition);
        bytes  bigint;
BEGIN
        bytes := pg_total_relation_size(partition);
        EXECUTE format('DROP TABLE %s', partition);
        UPDATE ingest.partitioned_table t
        SET dropped_before = greatest(t.dropped_before, ends), removals = t.removals + 1
        WHERE t.relation::regclass = parent;
        RETURN bytes;
END
$$;
COMMENT ON FUNCTION ingest.drop_partition IS 'Drops one partition; returns its size in bytes | 删除一个分区，返回其字节数';

-- A slice at a time: what is left is due again.
CREATE FUNCTION ingest.delete_rows_before(relation regclass, key name, day date, slice integer DEFAULT 10000)
        RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
        removed bigint;
BEGIN
        EXECUTE format('DELETE FROM %s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE %I < $1 LIMIT $2))',
                       relation, key) USING day, slice;
        GET DIAGNOSTICS removed = ROW_COUNT;
        RETURN removed;
END
$$;
COMMENT ON FUNCTION ingest.delete_rows_before IS
        'Deletes some rows before a day; returns how many | 删除某日之前的一部分行，返回行数';

-- The ledger has no index on time: it would cost every insert something, and none is needed. Rows that came together
-- lie together, so a walk over the pages in slices, from the first to the last and again, finds the old ones in
-- neighbouring pages (docs/ledger.md has the figures). A row goes when both its own time and its arrival are older
-- than the window, so an identity is remembered for at least a window after it was seen, whatever `time` a second
-- arrival claims. One day more, because the daemon's clock may differ from this one, and what it has judged may wait.
-- What ingest.ledger_guard names stays: events that others are still compared with.
CREATE FUNCTION ingest.trim_ledger(dedup_window interval, pages integer DEFAULT 2048) RETURNS bigint LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
DECLARE
        border  timestamptz := now() - dedup_window - interval '1 day';
        total   bigint := pg_relation_size('ingest.ledger') / current_setting('block_size')::bigint;
        page    bigint;
        removed bigint;
        guards  text;
BEGIN
        SELECT string_agg(format(' AND NOT (%s)', condition), '') INTO guards FROM ingest.ledger_guard;
        SELECT CASE WHEN next_page < total THEN next_page ELSE 0 END INTO page FROM ingest.ledger_cursor FOR UPDATE;
        EXECUTE format(
                'DELETE FROM ingest.ledger l WHERE l.ctid >= %L AND l.ctid < %L AND l.received_at < $1'
                ' AND l.event_time < $1%s',
                format('(%s,0)', page), format('(%s,0)', page + pages), guards) USING border;
        GET DIAGNOSTICS removed = ROW_COUNT;
        UPDATE ingest.ledger_cursor SET next_page = page + pages;
        RETURN removed;
END
$$;
COMMENT ON FUNCTION ingest.trim_ledger IS
        'Removes rows of the ledger that are older than the window from its next pages; returns how many | 从台账的后续页中清除超出窗口的旧行，返回行数';

-- What is due ----------------------------------------------------------------------------------------------------------

CREATE FUNCTION ingest.retention_faults(retention jsonb) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        SELECT format('retention of %s: %s', r.key,
                      CASE WHEN to_regclass(r.key) IS NULL THEN 'no such table'
                           ELSE 'not one of the partitioned tables (ingest.partitioned_table)' END)
        FROM jsonb_object_keys(coalesce(retention, '{}')) AS r (key)
        WHERE NOT EXISTS (SELECT FROM ingest.partitioned_table t WHERE to_regclass(t.relation) = to_regclass(r.key))
        ORDER BY r.key
$$;
COMMENT ON FUNCTION ingest.retention_faults IS
        'What is wrong with a retention, {"schema.table": months}, a sentence for each fault | 保留期设置的错误，每个一句';

CREATE FUNCTION ingest.kept_since(retention jsonb, relation regclass) RETURNS date LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp AS $$
        SELECT coalesce(max((current_date - make_interval(months => greatest(1, months::integer)))::date), '-infinity')
        FROM jsonb_each_text(coalesce(retention, '{}')) AS r (name, months)
        WHERE to_regclass(name) = relation
$$;
COMMENT ON FUNCTION ingest.kept_since IS
        'The first day that a table keeps; -infinity: it keeps everything | 表保留数据的起始日，-infinity 表示全部保留';

CREATE FUNCTION ingest.old_rows_exist(relation regclass, key name, day date) RETURNS boolean LANGUAGE plpgsql STABLE
        SET search_path = pg_catalog, pg_temp AS $$
DECLARE
        found boolean;
BEGIN
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I < $1)', relation, key) INTO found USING day;
        RETURN found;
END
$$;
COMMENT ON FUNCTION ingest.old_rows_exist IS 'Whether rows lie before a day | 某日之前是否有行';

-- retention: {"schema.table": months}; a table that is not named keeps everything. A partition goes when all of it is
-- older. dedup_window NULL: the ledger is kept for ever.
CREATE FUNCTION ingest.maintenance_due(retention jsonb DEFAULT NULL, dedup_window interval DEFAULT NULL)
        RETURNS TABLE (task text, subject text) LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp SET jit = off AS $$
        WITH relation AS (
                SELECT to_regclass(t.relation) AS parent, ingest.partition_key(to_regclass(t.relation)) AS key,
                       ingest.kept_since(retention, to_regclass(t.relation)) AS since
                FROM ingest.partitioned_table t
                WHERE ingest.partition_key(to_regclass(t.relation)) IS NOT NULL
        ), due AS (
                SELECT 1 AS place, 'make partition' AS task, m.name AS subject
                FROM relation r CROSS JOIN LATERAL ingest.missing_partitions(r.parent, r.since) m
                UNION ALL
                SELECT 2, 'drop partition', p.partition::text
                FROM relation r CROSS JOIN LATERAL ingest.partitions_of(r.parent) p
                WHERE NOT p.is_default AND p.upper <= r.since
                UNION ALL
                SELECT 3, 'delete old rows', p.partition::text
                FROM relation r CROSS JOIN LATERAL ingest.partitions_of(r.parent) p
                WHERE p.is_default AND r.since > '-infinity' AND ingest.old_rows_exist(p.partition, r.key, r.since)
                UNION ALL
                SELECT 4, 'trim ledger', 'ingest.ledger' WHERE dedup_window IS NOT NULL
                UNION ALL
                SELECT 5, 'call', h.name FROM ingest.maintenance_hook h
        )
        SELECT due.task, due.subject FROM due ORDER BY due.place, due.subject
$$;
COMMENT ON FUNCTION ingest.maintenance_due IS
        'What maintenance has to do now, in order | 当前应执行的维护任务，按顺序';

CREATE FUNCTION ingest.do_maintenance(task text, subject text, retention jsonb, dedup_window interval) RETURNS text
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
        parent regclass;
        wanted record;
        count  bigint;
BEGIN
        CASE task
        WHEN 'make partition' THEN
                SELECT to_regclass(t.relation) AS parent, m.* INTO wanted FROM ingest.partitioned_table t
                CROSS JOIN LATERAL ingest.missing_partitions(to_regclass(t.relation)) m WHERE m.name = subject;
                count := ingest.make_partition(wanted.parent, wanted.name, wanted.lower, wanted.upper);
                RETURN format('from %s to %s, %s rows moved', wanted.lower, wanted.upper, count);
        WHEN 'drop partition' THEN
                RETURN format('%s bytes', ingest.drop_partition(subject::regclass));
        WHEN 'delete old rows' THEN
                SELECT i.inhparent INTO parent FROM pg_inherits i WHERE i.inhrelid = subject::regclass;
                count := ingest.delete_rows_before(subject::regclass, ingest.partition_key(parent),
                                                   ingest.kept_since(retention, parent));
                UPDATE ingest.partitioned_table t
                SET dropped_before = greatest(t.dropped_before, ingest.kept_since(retention, parent)),
                    removals = t.removals + 1
                WHERE t.relation::regclass = parent;
                RETURN format('%s rows', count);
        WHEN 'trim ledger' THEN
                count := ingest.trim_ledger(dedup_window);
                RETURN CASE WHEN count > 0 THEN format('%s rows', count) END;
        WHEN 'call' THEN
                EXECUTE format('SELECT %s()', to_regproc(subject));
                RETURN NULL;
        END CASE;
END
$$;
COMMENT ON FUNCTION ingest.do_maintenance IS 'Does what ingest.maintain has found to be due | 执行 ingest.maintain 的任务';

CREATE FUNCTION ingest.maintain(task text, subject text, retention jsonb DEFAULT NULL, dedup_window interval DEFAULT NULL)
        RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
        -- One at a time in a database; "kepum" in ASCII. The others leave it to the one that is at it.
        IF NOT pg_try_advisory_xact_lock(461263369581) THEN
                RETURN NULL;
        END IF;
        -- Somebody may have done it meanwhile; and nothing else than what is due can be asked for.
        IF NOT EXISTS (SELECT FROM ingest.maintenance_due(retention, dedup_window) d
                       WHERE d.task = maintain.task AND d.subject = maintain.subject) THEN
                RETURN NULL;
        END IF;
        RETURN ingest.do_maintenance(task, subject, retention, dedup_window);
END
$$;
COMMENT ON FUNCTION ingest.maintain IS
        'Does one of what ingest.maintenance_due lists; returns what was done, NULL: nothing | 执行 ingest.maintenance_due 列出的一项任务，返回所做之事，空表示无事可做';

-- A procedure, so that each task is a transaction; it cannot be SECURITY DEFINER, and what it calls is.
CREATE PROCEDURE ingest.maintain_all(retention jsonb DEFAULT NULL, dedup_window interval DEFAULT NULL)
        LANGUAGE plpgsql AS $$
DECLARE
        due  record;
        done text;
BEGIN
        FOR due IN SELECT * FROM ingest.maintenance_due(retention, dedup_window) LOOP
                BEGIN
                        done := ingest.maintain(due.task, due.subject, retention, dedup_window);
                        IF done IS NOT NULL THEN
                                RAISE NOTICE '% %: %', due.task, due.subject, done;
                        END IF;
                EXCEPTION
                        WHEN OTHERS THEN
                                RAISE WARNING '% %: %', due.task, due.subject, SQLERRM;
                END;
                COMMIT;
        END LOOP;
END
$$;
COMMENT ON PROCEDURE ingest.maintain_all IS
        'All that is due, each in a transaction of its own, as the daemon does it; for cron | 逐项执行全部到期任务（各自一个事务），供 cron 使用';

REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA ingest FROM PUBLIC;

-- For migrations -------------------------------------------------------------------------------------------------------

CREATE FUNCTION ingest.partition_tables(VARIADIC relations text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
        name    text;
        missing record;
BEGIN
        FOREACH name IN ARRAY relations LOOP
                IF ingest.partition_key(name::regclass) IS NULL THEN
                        RAISE EXCEPTION '% is not partitioned by range of one date column', name;
                ELSIF length((SELECT relname FROM pg_class WHERE oid = name::regclass)) > 40 THEN
                        RAISE EXCEPTION 'the name % is too long for those of its partitions', name;
                END IF;
                INSERT INTO ingest.partitioned_table (relation) VALUES (name::regclass::text) ON CONFLICT DO NOTHING;
                -- Nobody reads or writes a table that is being made: no need to be as careful as make_partition().
                FOR missing IN SELECT * FROM ingest.missing_partitions(name::regclass) LOOP
                        EXECUTE format('CREATE TABLE %s PARTITION OF %s FOR VALUES FROM (%s) TO (%L)', missing.name,
                                       name::regclass, ingest.lower_bound(missing.lower), missing.upper);
                END LOOP;
                EXECUTE format('CREATE TABLE %s_default PARTITION OF %1$s DEFAULT', name::regclass);
        END LOOP;
END
$$;
COMMENT ON FUNCTION ingest.partition_tables IS
        'Leaves the partitions of these tables to maintenance, and makes the default one and those wanted now; for migrations | 将这些表的分区交由维护任务管理，并建立默认分区和当前所需分区；供迁移使用';
REVOKE EXECUTE ON FUNCTION ingest.partition_tables FROM PUBLIC;

-- Labels --------------------------------------------------------------------------------------------------------------

CREATE TABLE ingest.label (
        type   text NOT NULL COLLATE "C",
        member text NOT NULL COLLATE "C",
        value  text NOT NULL COLLATE "C",
        zh     text NOT NULL CHECK (zh <> ''),
        en     text NOT NULL CHECK (en <> ''),
        PRIMARY KEY (type, member, value)
);
COMMENT ON TABLE ingest.label IS
        'Labels of event types, their members and values, from the declarations; written by kepud migrate | 事件类型、成员及其取值的名称，来自声明，由 kepud migrate 写入';
COMMENT ON COLUMN ingest.label.type IS 'Event type; empty: of the whole catalogue | 事件类型，空表示整个目录';
COMMENT ON COLUMN ingest.label.member IS
        'Member of data, with / for each level (parts/category); empty: the type itself; of the whole catalogue: language | data 的成员，逐级以 / 分隔（如 parts/category），空表示类型本身；整个目录的为 language';
COMMENT ON COLUMN ingest.label.value IS
        'Value of an enumeration; empty: the member itself | 枚举值，空表示成员本身';
COMMENT ON COLUMN ingest.label.zh IS 'Chinese label | 中文名称';
COMMENT ON COLUMN ingest.label.en IS 'English label | 英文名称';
