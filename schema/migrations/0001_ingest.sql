-- SPDX-License-Identifier: Apache-2.0
-- What the daemon itself needs, whatever the catalogue: offsets, ledger, tally, dead letters, gaps.
-- `kepud migrate` runs each file of this folder once, in one transaction, in the order of the numbers.

COMMENT ON SCHEMA ingest IS 'What the daemon itself needs: offsets, ledger, tally, dead letters, maintenance, labels'
        ' | 守护进程自身所需：位移、台账、计数、死信、维护、名称';
-- `kepud migrate` makes it before it runs anything.
DO $$
BEGIN
        IF to_regclass('ingest.migration') IS NOT NULL THEN
                COMMENT ON TABLE ingest.migration IS 'Migrations that have run | 已执行的迁移';
                COMMENT ON COLUMN ingest.migration.number IS 'number of the file | 文件编号';
                COMMENT ON COLUMN ingest.migration.name IS 'name of the file | 文件名';
                COMMENT ON COLUMN ingest.migration.sha256 IS
                        'hash of its content: a file that ran must not change | 内容散列：已执行的文件不得更改';
                COMMENT ON COLUMN ingest.migration.applied_at IS 'when it ran | 执行时间';
        END IF;
END
$$;

CREATE TABLE ingest.kafka_offset (
        topic          text        NOT NULL COLLATE "C",
        partition      integer     NOT NULL,
        cluster_id     text        NOT NULL,
        group_name     text        NOT NULL,
        next_offset    bigint      NOT NULL CHECK (next_offset >= 0),
        epoch          bigint      NOT NULL DEFAULT 0,
        owner          text,
        owner_pid      integer,
        owner_started  timestamptz,
        last_timestamp timestamptz,
        last_offset    bigint,
        last_fingerprint uuid,
        is_paused      boolean     NOT NULL DEFAULT false,
        stop_reason    text,
        updated_at     timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);
COMMENT ON TABLE ingest.kafka_offset IS
        'Where reading goes on, a row per partition; moves in the same transaction as the rows'
        ' | 续读位置，每个分区一行；与数据行在同一事务中推进';
COMMENT ON COLUMN ingest.kafka_offset.topic IS 'topic | 主题';
COMMENT ON COLUMN ingest.kafka_offset.partition IS 'partition of the topic | 主题的分区';
COMMENT ON COLUMN ingest.kafka_offset.cluster_id IS
        'Kafka cluster; a topic of the same name in another cluster is refused'
        ' | Kafka 集群；另一集群的同名主题会被拒绝';
COMMENT ON COLUMN ingest.kafka_offset.group_name IS 'consumer group that reads it | 读取它的消费组';
COMMENT ON COLUMN ingest.kafka_offset.next_offset IS
        'the next message to read; everything before it is stored, refused or in ingest.gap'
        ' | 下一条要读的消息；之前的都已入库、拒收或记入 ingest.gap';
COMMENT ON COLUMN ingest.kafka_offset.epoch IS
        'raised by every claim and seek: whoever holds an older one writes nothing'
        ' | 每次认领或移位时加一；持有旧值者不得写入';
COMMENT ON COLUMN ingest.kafka_offset.owner IS 'instance that claimed last | 最近认领的实例';
COMMENT ON COLUMN ingest.kafka_offset.owner_pid IS
        'its backend when it claimed, with owner_started, for people; behind a pooler anybody''s by now'
        ' | 认领时的后端进程（与 owner_started 一起确定），供人查看；经连接池时可能已属他人';
COMMENT ON COLUMN ingest.kafka_offset.owner_started IS 'when that backend started | 该后端进程的启动时间';
COMMENT ON COLUMN ingest.kafka_offset.last_timestamp IS
        'Kafka time of the last message written | 最后写入消息的 Kafka 时间';
COMMENT ON COLUMN ingest.kafka_offset.last_offset IS
        'offset of the last message written; smaller than next_offset - 1 when no messages follow it'
        ' | 最后写入消息的位移；其后无消息时小于 next_offset - 1';
COMMENT ON COLUMN ingest.kafka_offset.last_fingerprint IS
        'hash of that message: whoever claims the partition reads it again, and stops when it is another one'
        ' | 该消息的散列：认领分区者会重读它，若已不同则停止';
COMMENT ON COLUMN ingest.kafka_offset.is_paused IS
        'not read until `kepud partition resume` | 暂停读取，直到执行 kepud partition resume';
COMMENT ON COLUMN ingest.kafka_offset.stop_reason IS
        'why reading stopped; NULL: it goes on | 停止读取的原因；空表示仍在读取';
COMMENT ON COLUMN ingest.kafka_offset.updated_at IS 'when the row last changed | 本行最近变化的时间';

CREATE TABLE ingest.event_type (
        type_id  smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        type     text     NOT NULL UNIQUE COLLATE "C",
        class    text     NOT NULL CHECK (class IN ('fact', 'state', 'control')),
        version  smallint NOT NULL
);
COMMENT ON TABLE ingest.event_type IS 'Event types seen so far | 已见过的事件类型';
COMMENT ON COLUMN ingest.event_type.type_id IS 'number that the ledger uses | 台账所用编号';
COMMENT ON COLUMN ingest.event_type.type IS 'event type (CloudEvents type) | 事件类型（CloudEvents type）';
COMMENT ON COLUMN ingest.event_type.class IS
        'fact, state or control, as the declaration says | 类别：fact 事实、state 状态、control 控制，取自声明';
COMMENT ON COLUMN ingest.event_type.version IS
        'of the declaration that was in force when the type was last seen | 最近一次见到该类型时声明的版本';

CREATE TABLE ingest.event_source (
        source_id  integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source     text        NOT NULL UNIQUE COLLATE "C",
        first_seen timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ingest.event_source IS
        'Producers seen so far (CloudEvents source) | 已见过的来源（CloudEvents source）';
COMMENT ON COLUMN ingest.event_source.source_id IS 'number that the ledger uses | 台账所用编号';
COMMENT ON COLUMN ingest.event_source.source IS 'producer (CloudEvents source) | 来源（CloudEvents source）';
COMMENT ON COLUMN ingest.event_source.first_seen IS 'when its first event was stored | 首个事件入库的时间';

CREATE TABLE ingest.ledger (
        event_time  timestamptz NOT NULL,
        received_at timestamptz NOT NULL,
        source_id   integer     NOT NULL,
        occurred_on date        NOT NULL,
        type_id     smallint    NOT NULL,
        version     smallint    NOT NULL,
        event_key   uuid        NOT NULL,
        content     uuid        NOT NULL,
        event_id    text        NOT NULL COLLATE "C",
        warnings    text[],
        xact        bigint      NOT NULL DEFAULT txid_current(),
        PRIMARY KEY (event_key)
);
-- Rows lie in the order of their transactions, so a summary of every 16 pages finds the newest ones, and costs an
-- insert nothing.
CREATE INDEX ledger_xact ON ingest.ledger USING brin (xact) WITH (pages_per_range = 16);
COMMENT ON TABLE ingest.ledger IS
        'Every accepted event, for ever or as long as dedup.window says: what arrives again under its key is a'
        ' duplicate or a conflict. Layout: docs/ledger.md'
        ' | 全部已接受的事件，永久或按 dedup.window 保留：同键再到即为重复或冲突。结构见 docs/ledger.md';
COMMENT ON COLUMN ingest.ledger.event_time IS 'time of the event | 事件时间';
COMMENT ON COLUMN ingest.ledger.received_at IS 'when it was stored | 入库时间';
COMMENT ON COLUMN ingest.ledger.source_id IS 'producer: ingest.event_source | 来源，见 ingest.event_source';
COMMENT ON COLUMN ingest.ledger.occurred_on IS 'business date of its rows | 其数据行的业务日期';
COMMENT ON COLUMN ingest.ledger.type_id IS 'event type: ingest.event_type | 事件类型，见 ingest.event_type';
COMMENT ON COLUMN ingest.ledger.version IS 'of the declaration under which it was stored | 入库时声明的版本';
COMMENT ON COLUMN ingest.ledger.event_key IS
        'identity, from source and id: docs/identity.md | 事件键，由来源和标识得出，见 docs/identity.md';
COMMENT ON COLUMN ingest.ledger.content IS
        'hash of what was stored: docs/identity.md | 入库内容的散列，见 docs/identity.md';
COMMENT ON COLUMN ingest.ledger.event_id IS 'id of the event (CloudEvents id) | 事件标识（CloudEvents id）';
COMMENT ON COLUMN ingest.ledger.warnings IS
        'codes of what was tolerated; NULL: nothing | 予以容忍的问题代码；空表示没有';
COMMENT ON COLUMN ingest.ledger.xact IS
        'transaction that stored it: what is new since a snapshot is found by it, whatever the order of commits'
        ' | 写入它的事务号：据此找出某快照之后的新事件，与提交次序无关';

CREATE TABLE ingest.tally (
        topic     text    NOT NULL COLLATE "C",
        partition integer NOT NULL,
        source    text    NOT NULL COLLATE "C",
        type      text    NOT NULL COLLATE "C",
        accepted  bigint  NOT NULL DEFAULT 0,
        duplicate bigint  NOT NULL DEFAULT 0,
        stale     bigint  NOT NULL DEFAULT 0,
        rejected  bigint  NOT NULL DEFAULT 0,
        warned    bigint  NOT NULL DEFAULT 0,
        last_seen timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (topic, partition, source, type)
) WITH (fillfactor = 50);
COMMENT ON TABLE ingest.tally IS
        'Counts that must survive a crash, a row per partition, source and type, so that connections do not wait for'
        ' each other'
        ' | 崩溃后仍须准确的计数，每个分区、来源、类型一行，使各连接互不等待';
COMMENT ON COLUMN ingest.tally.topic IS 'topic | 主题';
COMMENT ON COLUMN ingest.tally.partition IS 'partition of the topic | 主题的分区';
COMMENT ON COLUMN ingest.tally.source IS 'producer; empty: none that can be read | 来源；空表示无法读出';
COMMENT ON COLUMN ingest.tally.type IS 'event type; empty: none that is declared | 事件类型；空表示不是已声明的类型';
COMMENT ON COLUMN ingest.tally.accepted IS 'events stored, stale ones included | 已存储的事件数（含过期修订）';
COMMENT ON COLUMN ingest.tally.duplicate IS 'events that came again with the same content | 内容相同的重复事件数';
COMMENT ON COLUMN ingest.tally.stale IS 'revisions older than the state that is stored | 早于现有状态的修订数';
COMMENT ON COLUMN ingest.tally.rejected IS 'messages refused | 拒收的消息数';
COMMENT ON COLUMN ingest.tally.warned IS
        'events stored with a warning other than a placeholder made | 入库时有警告（占位提示除外）的事件数';
COMMENT ON COLUMN ingest.tally.last_seen IS 'when the last one came | 最近一次收到的时间';

CREATE TABLE ingest.dead_letter (
        id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        reason       text        NOT NULL,
        pointer      text        NOT NULL,
        detail       text        NOT NULL,
        sqlstate     text,
        constraint_name text,
        topic        text        NOT NULL COLLATE "C",
        partition    integer     NOT NULL,
        kafka_offset bigint      NOT NULL,
        kafka_time   timestamptz,
        source       text,
        event_id     text,
        type         text,
        key          bytea,
        payload      bytea,
        headers      bytea,
        fingerprint  uuid        NOT NULL,
        received_at  timestamptz NOT NULL DEFAULT now(),
        state        text        NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'replayed', 'discarded')),
        UNIQUE (topic, partition, kafka_offset, fingerprint)
);
COMMENT ON TABLE ingest.dead_letter IS
        'Messages that were refused: as they came, and why | 拒收的消息：原样保存，并注明原因';
COMMENT ON COLUMN ingest.dead_letter.id IS 'number of the dead letter | 死信编号';
COMMENT ON COLUMN ingest.dead_letter.reason IS 'reason code: docs/event-format.md | 原因代码，见 docs/event-format.md';
COMMENT ON COLUMN ingest.dead_letter.pointer IS
        'JSON pointer to what is wrong; empty: the whole message | 出错位置的 JSON 指针；空表示整条消息';
COMMENT ON COLUMN ingest.dead_letter.detail IS 'what is wrong, in words | 错误说明';
COMMENT ON COLUMN ingest.dead_letter.sqlstate IS
        'of PostgreSQL, when it refused the row (E_DB) | PostgreSQL 拒绝该行时的 SQLSTATE（E_DB）';
COMMENT ON COLUMN ingest.dead_letter.constraint_name IS 'constraint that the row broke (E_DB) | 该行违反的约束（E_DB）';
COMMENT ON COLUMN ingest.dead_letter.topic IS 'topic | 主题';
COMMENT ON COLUMN ingest.dead_letter.partition IS 'partition of the topic | 主题的分区';
COMMENT ON COLUMN ingest.dead_letter.kafka_offset IS 'offset of the message | 消息的位移';
COMMENT ON COLUMN ingest.dead_letter.kafka_time IS 'Kafka time of the message | 消息的 Kafka 时间';
COMMENT ON COLUMN ingest.dead_letter.source IS 'producer, if it could be read | 来源（如可读出）';
COMMENT ON COLUMN ingest.dead_letter.event_id IS 'id of the event, if it could be read | 事件标识（如可读出）';
COMMENT ON COLUMN ingest.dead_letter.type IS 'event type, if it could be read | 事件类型（如可读出）';
COMMENT ON COLUMN ingest.dead_letter.key IS 'key of the message, as it came | 消息键，原样保存';
COMMENT ON COLUMN ingest.dead_letter.payload IS 'value of the message, as it came | 消息值，原样保存';
COMMENT ON COLUMN ingest.dead_letter.headers IS
        'headers of the message: for each the length of its name, the name, the length of its value, the value;'
        ' lengths in 4 bytes, 0xFFFFFFFF: no value'
        ' | 消息头：逐个为名称长度、名称、值长度、值；长度占 4 字节，0xFFFFFFFF 表示无值';
COMMENT ON COLUMN ingest.dead_letter.fingerprint IS
        'hash of the message: replaying the same one does not store it twice | 消息的散列：重放同一消息不会重复保存';
COMMENT ON COLUMN ingest.dead_letter.received_at IS 'when it was refused | 拒收时间';
COMMENT ON COLUMN ingest.dead_letter.state IS
        'new, replayed or discarded: what was done about it | 处理状态：new 未处理、replayed 已重放、discarded 已丢弃';

CREATE TABLE ingest.gap (
        topic       text        NOT NULL COLLATE "C",
        partition   integer     NOT NULL,
        from_offset bigint      NOT NULL,
        to_offset   bigint      NOT NULL CHECK (to_offset > from_offset),
        reason      text        NOT NULL,
        decided_by  text        NOT NULL,
        decided_at  timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (topic, partition, from_offset, decided_at)
);
COMMENT ON TABLE ingest.gap IS 'Messages that were skipped on purpose, by whom and why | 人为跳过的消息、决定者与原因';
COMMENT ON COLUMN ingest.gap.topic IS 'topic | 主题';
COMMENT ON COLUMN ingest.gap.partition IS 'partition of the topic | 主题的分区';
COMMENT ON COLUMN ingest.gap.from_offset IS 'the first one that was skipped | 跳过的第一条';
COMMENT ON COLUMN ingest.gap.to_offset IS 'the first one that was not skipped | 未跳过的第一条';
COMMENT ON COLUMN ingest.gap.reason IS 'why | 原因';
COMMENT ON COLUMN ingest.gap.decided_by IS 'who decided it | 决定者';
COMMENT ON COLUMN ingest.gap.decided_at IS 'when it was decided | 决定时间';

CREATE TABLE ingest.taken_back (
        target_key  uuid        NOT NULL,
        event_key   uuid        NOT NULL,
        kind        text        NOT NULL CHECK (kind IN ('voided', 'corrected')),
        target_id   text        NOT NULL COLLATE "C",
        target_type text,
        reason_kind text,
        reason      text,
        PRIMARY KEY (target_key, event_key)
);
CREATE INDEX taken_back_by ON ingest.taken_back (event_key);
COMMENT ON TABLE ingest.taken_back IS
        'Who takes back whom; takes effect when the target is there, in whatever order they came'
        ' | 谁撤回谁；目标到达后即生效，与到达次序无关';
COMMENT ON COLUMN ingest.taken_back.target_key IS
        'identity of (source of the event, target_id) | 目标事件键，由（本事件来源，target_id）得出';
COMMENT ON COLUMN ingest.taken_back.event_key IS 'the void or correction | 作废或更正事件';
COMMENT ON COLUMN ingest.taken_back.kind IS
        'voided: only taken back; corrected: the event stands in its place | voided 仅作废；corrected 由本事件取代';
COMMENT ON COLUMN ingest.taken_back.target_id IS 'id that is taken back | 被撤回的事件标识';
COMMENT ON COLUMN ingest.taken_back.target_type IS
        'what the void says that its target is; the void has no effect on another type'
        ' | 作废事件所称的目标类型；与实际类型不符则无效';
COMMENT ON COLUMN ingest.taken_back.reason_kind IS 'kind of reason that a void gives | 作废原因类别';
COMMENT ON COLUMN ingest.taken_back.reason IS 'reason that a void gives, in words | 作废原因说明';
