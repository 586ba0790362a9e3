-- SPDX-License-Identifier: Apache-2.0
-- Who may do what. Three group roles without login; the owner of the schema is whoever runs `kepud migrate`:
--   kepud_ingest     the daemon: inserts facts, keeps states up to date, and nothing else
--   kepud_dashboard  readers of the views
--   kepud_operator   people: dead letters, offsets, gaps, and reading everything
-- Give a login its rights with: GRANT kepud_ingest TO my_daemon;
-- Each migration registers its tables and ends with ingest.grant_rights(). Where the roles are made later (managed
-- servers), run SELECT ingest.grant_rights(); once more: it may run any number of times.

DO $$
DECLARE
        name text;
BEGIN
        FOREACH name IN ARRAY ARRAY['kepud_ingest', 'kepud_dashboard', 'kepud_operator'] LOOP
                IF EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
                        CONTINUE;
                END IF;
                BEGIN
                        EXECUTE format('CREATE ROLE %I NOLOGIN', name);
                EXCEPTION
                        WHEN insufficient_privilege THEN
                                RAISE NOTICE 'role % was not made: no right to create roles', name
                                        USING HINT = 'have it made, then run SELECT ingest.grant_rights();';
                        WHEN duplicate_object OR unique_violation THEN
                                NULL; -- another database of this server is being migrated at this moment
                END;
        END LOOP;
END
$$;

-- Lets the daemon switch off foreign key triggers in its own transactions: it makes every row that it refers to first,
-- and a trigger per row costs nearly as much as the row. Without this right the triggers fire; it is only slower.
-- ingest.prove_references() shows that nothing dangles.
DO $$
BEGIN
        IF to_regrole('kepud_ingest') IS NULL THEN
                RETURN;
        END IF;
        IF current_setting('is_superuser')::boolean AND current_setting('server_version_num')::integer >= 150000 THEN
                EXECUTE 'GRANT SET ON PARAMETER session_replication_role TO kepud_ingest';
        ELSE
                RAISE NOTICE 'kepud_ingest may not switch off foreign key triggers: writing will be slower'
                        USING HINT = 'as superuser: GRANT SET ON PARAMETER session_replication_role TO kepud_ingest;';
        END IF;
END
$$;

CREATE TABLE ingest.table_use (
        relation text NOT NULL COLLATE "C",
        use      text NOT NULL CHECK (use IN ('lookup', 'fact', 'state', 'child', 'kept', 'seen')),
        PRIMARY KEY (relation)
);
COMMENT ON TABLE ingest.table_use IS 'What the daemon does with a table; rights follow from it (ingest.grant_rights)'
        ' | 守护进程对各表的用法；权限由此确定（ingest.grant_rights）';
COMMENT ON COLUMN ingest.table_use.relation IS 'Schema and table | 模式与表名';
COMMENT ON COLUMN ingest.table_use.use IS
        'lookup: read; fact: insert; seen: insert and look up; state, kept: insert, look up, update; child: insert, look up, delete'
        ' | lookup 读取；fact 插入；seen 插入、查找；state 和 kept 插入、查找、更新；child 插入、查找、删除';

CREATE FUNCTION ingest.register_tables(use text, VARIADIC relations text[]) RETURNS void LANGUAGE sql AS $$
        INSERT INTO ingest.table_use (relation, use)
        SELECT r::regclass::text, register_tables.use FROM unnest(relations) r
        ON CONFLICT (relation) DO UPDATE SET use = EXCLUDED.use
$$;
COMMENT ON FUNCTION ingest.register_tables IS 'Says what the daemon does with these tables; for migrations'
        ' | 说明守护进程对这些表的用法；供迁移使用';

CREATE FUNCTION ingest.grant_rights() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
        wanted record;
        has    text[] := ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'kepud\_%');
BEGIN
        FOR wanted IN
                SELECT n.nspname AS name, n.oid IN (
                        SELECT c.relnamespace FROM ingest.table_use u JOIN pg_class c ON c.oid = to_regclass(u.relation)
                ) AS is_written
                FROM pg_namespace n
        LOOP
                CONTINUE WHEN NOT (wanted.is_written OR wanted.name IN ('dashboard', 'mart'));
                EXECUTE format('REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA %I FROM PUBLIC', wanted.name);
                IF wanted.is_written AND 'kepud_ingest' = ANY (has) THEN
                        EXECUTE format('GRANT USAGE ON SCHEMA %I TO kepud_ingest', wanted.name);
                        -- Those that declarations call (make_regions); they run with its own rights.
                        IF wanted.name <> 'ingest' THEN
                                EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %I TO kepud_ingest', wanted.name);
                        END IF;
                END IF;
                IF 'kepud_operator' = ANY (has) THEN
                        EXECUTE format('GRANT USAGE ON SCHEMA %I TO kepud_operator', wanted.name);
                        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO kepud_operator', wanted.name);
                END IF;
        END LOOP;

        IF 'kepud_ingest' = ANY (has) THEN
                FOR wanted IN
                        SELECT u.relation, CASE u.use
                                WHEN 'lookup' THEN 'SELECT'
                                WHEN 'fact' THEN 'INSERT'
                                WHEN 'seen' THEN 'INSERT, SELECT'
                                WHEN 'child' THEN 'INSERT, SELECT, DELETE'
                                ELSE 'INSERT, SELECT, UPDATE' END AS rights
                        FROM ingest.table_use u WHERE to_regclass(u.relation) IS NOT NULL
                LOOP
                        EXECUTE format('REVOKE ALL ON %s FROM kepud_ingest', wanted.relation);
                        EXECUTE format('GRANT %s ON %s TO kepud_ingest', wanted.rights, wanted.relation);
                END LOOP;
                -- Only what ON CONFLICT and RETURNING need: the daemon must not read payloads back.
                GRANT SELECT (id, topic, partition, kafka_offset, fingerprint) ON ingest.dead_letter TO kepud_ingest;
                -- Which migrations have run: the daemon refuses to start on another schema.
                IF to_regclass('ingest.migration') IS NOT NULL THEN
                        GRANT SELECT ON ingest.migration TO kepud_ingest;
                END IF;
                -- Maintenance runs with the owner's rights, and does only what is due.
                IF to_regprocedure('ingest.maintain(text, text, jsonb, interval)') IS NOT NULL THEN
                        GRANT EXECUTE ON FUNCTION ingest.maintain, ingest.maintenance_due, ingest.retention_faults
                        TO kepud_ingest;
                END IF;
        END IF;

        IF 'kepud_operator' = ANY (has) THEN
                GRANT EXECUTE ON FUNCTION ingest.prove_references TO kepud_operator;
                GRANT UPDATE, DELETE ON ingest.dead_letter TO kepud_operator;
                GRANT INSERT, UPDATE ON ingest.kafka_offset TO kepud_operator;
                GRANT INSERT ON ingest.gap TO kepud_operator;
        END IF;

        FOR wanted IN
                SELECT rolname FROM pg_roles
                WHERE rolname IN ('kepud_dashboard', 'kepud_operator') AND to_regnamespace('dashboard') IS NOT NULL
        LOOP
                EXECUTE format('GRANT USAGE ON SCHEMA dashboard TO %I', wanted.rolname);
                EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA dashboard TO %I', wanted.rolname);
                EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA dashboard TO %I', wanted.rolname);
        END LOOP;
        -- What a view calls runs with the rights of its reader.
        FOR wanted IN
                SELECT DISTINCT f.rolname, p.oid::regprocedure AS called
                FROM pg_rewrite w
                JOIN pg_class v ON v.oid = w.ev_class AND v.relnamespace = to_regnamespace('dashboard')
                JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_proc'::regclass
                JOIN pg_proc p ON p.oid = d.refobjid AND p.pronamespace = to_regnamespace('mart')
                CROSS JOIN (SELECT rolname FROM pg_roles WHERE rolname IN ('kepud_dashboard', 'kepud_operator')) f
        LOOP
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', wanted.called, wanted.rolname);
        END LOOP;
END
$$;
COMMENT ON FUNCTION ingest.grant_rights IS 'Gives the roles that exist what they need, and no more; may run any number of times'
        ' | 授予已有角色所需权限，不多给；可重复执行';

CREATE FUNCTION ingest.prove_references()
        RETURNS TABLE (relation text, constraint_name text, dangling bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE
        fk record;
BEGIN
        FOR fk IN
                SELECT c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent, c.conname::text AS name,
                       string_agg(format('p.%I = c.%I', pa.attname, ca.attname), ' AND ' ORDER BY k.n) AS matches,
                       string_agg(format('c.%I IS NOT NULL', ca.attname), ' AND ' ORDER BY k.n) AS set
                FROM pg_constraint c
                CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (child, parent, n)
                JOIN pg_attribute ca ON ca.attrelid = c.conrelid AND ca.attnum = k.child
                JOIN pg_attribute pa ON pa.attrelid = c.confrelid AND pa.attnum = k.parent
                WHERE c.contype = 'f' AND c.conparentid = 0
                      AND c.conrelid IN (SELECT to_regclass(u.relation) FROM ingest.table_use u)
                GROUP BY c.oid, c.conrelid, c.confrelid, c.conname
                ORDER BY 1, 3
        LOOP
                EXECUTE format('SELECT count(*) FROM %s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s)',
                               fk.child, fk.set, fk.parent, fk.matches) INTO dangling;
                relation := fk.child;
                constraint_name := fk.name;
                RETURN NEXT;
        END LOOP;
END
$$;
COMMENT ON FUNCTION ingest.prove_references IS
        'Counts, for each declared foreign key, the rows that refer to nothing: 0 everywhere, also where triggers were off'
        ' | 逐个外键统计无所指的行数：处处为 0，触发器关闭时写入的也不例外';

SELECT ingest.register_tables('seen', 'ingest.ledger', 'ingest.gap');
SELECT ingest.register_tables('fact', 'ingest.dead_letter', 'ingest.taken_back');
SELECT ingest.register_tables('kept', 'ingest.kafka_offset', 'ingest.tally', 'ingest.event_source', 'ingest.event_type');
SELECT ingest.grant_rights();
