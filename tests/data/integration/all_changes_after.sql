-- After the whole plan: what the specification asked for is there, and nothing of ours.  Every query says t.
SELECT array_agg(attname::text ORDER BY attname::text) = ARRAY['Amount', 'Region', 'code', 'comment', 'id', 'note',
	'seen_at', 'select', 'ticket', 'user_id']
	FROM pg_attribute WHERE attrelid = '"Shop"."Order"'::regclass AND attnum > 0 AND NOT attisdropped;
SELECT string_agg(format('%s %s', format_type(atttypid, atttypmod), attnotnull), ', ' ORDER BY attname::text)
	= 'numeric(10,2) t, text t, integer t, character varying(300) f, bigint t, character varying(200) f, '
	'timestamp without time zone f, boolean t, uuid t, integer t'
	FROM pg_attribute WHERE attrelid = '"Shop"."Order"'::regclass AND attnum > 0 AND NOT attisdropped;
SELECT col_description(attrelid, attnum) = 'with tax'
	FROM pg_attribute WHERE attrelid = '"Shop"."Order"'::regclass AND attname = 'Amount';
SELECT bool_and(note = 'it''s "new" {x}' AND "Region" IN ('north', 'south') AND NOT "select" AND seen_at IS NOT NULL)
	AND count(DISTINCT ticket) = count(*) FROM "Shop"."Order";
SELECT bool_and("Amount" = round(id / 7.0, 2) AND code = id) AND count(*) = 5000 FROM "Shop"."Order" WHERE id <= 5000;
SELECT array_agg(conname::text ORDER BY conname::text) = ARRAY['Order_pkey', 'amount_check', 'order_code_key',
	'order_total_check', 'order_user']
	AND bool_and(convalidated) FROM pg_constraint WHERE conrelid = '"Shop"."Order"'::regclass AND contype <> 'n';
SELECT string_agg(pg_get_constraintdef(oid), '; ' ORDER BY conname::text)
	= 'CHECK ((age > 17)); UNIQUE (mail) DEFERRABLE; PRIMARY KEY (id)'
	AND bool_and(convalidated) FROM pg_constraint WHERE conrelid = '"user"'::regclass AND contype <> 'n';
SELECT array_agg(indexrelid::regclass::text ORDER BY indexrelid::regclass::text) = ARRAY['"Shop"."Order_pkey"',
	'"Shop".order_code_key', '"Shop".order_note_idx', '"Shop".order_total_idx']
	AND bool_and(indisvalid) FROM pg_index WHERE indrelid = '"Shop"."Order"'::regclass;
SELECT pg_get_indexdef('"Shop".order_total_idx'::regclass) LIKE '%("Amount")';
SELECT pg_get_expr(adbin, adrelid) = '1.50' FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
	WHERE adrelid = '"Shop"."Order"'::regclass AND attname = 'Amount';
SELECT NOT EXISTS (SELECT FROM pg_class WHERE relname LIKE 'migarch%')
	AND NOT EXISTS (SELECT FROM pg_proc WHERE proname LIKE 'migarch%')
	AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname LIKE 'migarch%')
	AND NOT EXISTS (SELECT FROM pg_trigger WHERE NOT tgisinternal);
