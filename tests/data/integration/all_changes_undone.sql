-- After the undo: what either version wrote while the schema changed.  Every query says t.
SELECT count(*) > 0 AND bool_and(total = 3.25 AND code::int = 100000 + id - 1 AND "Legacy" = 'old')
	FROM "Shop"."Order" WHERE comment = 'by the old version';
SELECT count(*) > 0 AND bool_and(total = 5.75 AND code::int = 100000 + id - 1 AND "Legacy" = 'old')
	FROM "Shop"."Order" WHERE comment = 'by the new version';
SELECT count(*) > 0 AND bool_and(total = 1.50 AND code::int = 100000 + id - 1 AND "Legacy" = 'old')
	FROM "Shop"."Order" WHERE comment = 'of contract';
