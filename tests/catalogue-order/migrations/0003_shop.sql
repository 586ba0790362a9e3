-- SPDX-License-Identifier: Apache-2.0
-- Orders and customers of a shop.

CREATE SCHEMA IF NOT EXISTS shop;

CREATE TABLE shop.customer (
        customer_id  text COLLATE "C" NOT NULL PRIMARY KEY,
        name         text,
        revision     integer,
        changed_at   timestamptz,
        event_id     text COLLATE "C",
        event_source text COLLATE "C"
);

CREATE TABLE shop.customer_tag (
        customer_id text COLLATE "C" NOT NULL REFERENCES shop.customer,
        tag         text COLLATE "C" NOT NULL,
        PRIMARY KEY (customer_id, tag)
);

CREATE TABLE shop.product (
        sku      text COLLATE "C" NOT NULL PRIMARY KEY,
        category text COLLATE "C" NOT NULL
);

CREATE TABLE shop.orders (
        event_key   uuid          NOT NULL PRIMARY KEY,
        placed_on   date          NOT NULL,
        placed_at   timestamptz   NOT NULL,
        natural_key uuid          NOT NULL,
        order_no    text          NOT NULL COLLATE "C",
        customer_id text          REFERENCES shop.customer,
        currency    text          NOT NULL,
        total       numeric(12,2) NOT NULL,
        gift        boolean       NOT NULL,
        wanted_by   date
);

CREATE TABLE shop.order_line (
        event_key uuid          NOT NULL,
        line      smallint      NOT NULL,
        sku       text          NOT NULL REFERENCES shop.product,
        quantity  integer       NOT NULL,
        amount    numeric(12,2) NOT NULL,
        PRIMARY KEY (event_key, line)
);

CREATE TABLE shop.order_text (
        event_key uuid     NOT NULL,
        line      smallint NOT NULL,
        lang      text     NOT NULL,
        body      text     NOT NULL,
        PRIMARY KEY (event_key, line, lang)
);
COMMENT ON COLUMN shop.order_text.line IS '0: remark on the order; else engraving of that line';

-- A product that is not known yet: its category is the first three letters of its SKU.
CREATE FUNCTION shop.make_products(skus text[]) RETURNS SETOF text LANGUAGE sql VOLATILE AS $$
        INSERT INTO shop.product (sku, category)
        SELECT s.sku, left(s.sku, 3) FROM unnest(skus) WITH ORDINALITY AS s (sku, n) ORDER BY s.n
        ON CONFLICT (sku) DO NOTHING
        RETURNING sku
$$;

SELECT ingest.register_tables('state', 'shop.customer', 'shop.product');
SELECT ingest.register_tables('child', 'shop.customer_tag');
SELECT ingest.register_tables('fact', 'shop.orders', 'shop.order_line', 'shop.order_text');
SELECT ingest.grant_rights();
