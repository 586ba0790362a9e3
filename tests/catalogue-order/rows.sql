-- SPDX-License-Identifier: Apache-2.0
-- What the tables hold after events.jsonl, in any order of arrival: psql -XAtq -f rows.sql prints rows.txt.
SET TimeZone = 'UTC';

SELECT 'customer', customer_id, name, revision, changed_at, event_id, event_source FROM shop.customer ORDER BY 2;

SELECT 'tag', customer_id, tag FROM shop.customer_tag ORDER BY 2, 3;

SELECT 'product', sku, category FROM shop.product ORDER BY 2;

SELECT 'order', l.event_id, placed_on, placed_at, order_no, customer_id, currency, total, gift, wanted_by,
       count(*) OVER (PARTITION BY natural_key) AS told
FROM shop.orders JOIN ingest.ledger l USING (event_key)
ORDER BY 2;

SELECT 'line', l.event_id, line, sku, quantity, amount
FROM shop.order_line JOIN ingest.ledger l USING (event_key)
ORDER BY 2, 3;

SELECT 'text', l.event_id, line, lang, body
FROM shop.order_text JOIN ingest.ledger l USING (event_key)
ORDER BY 2, 3, 4;

SELECT 'taken back', target_id, kind, target_type, maker.event_id, target.event_id
FROM ingest.taken_back t
JOIN ingest.ledger maker USING (event_key)
LEFT JOIN ingest.ledger target ON target.event_key = t.target_key
ORDER BY 2;
