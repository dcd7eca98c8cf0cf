-- What the versions of the shop write while the schema changes.  :stage is the phase; from migrate on
-- the new version is there, and in contract the old one has gone.
INSERT INTO "user" SELECT coalesce(max(id), 0) + 1, 'w' || coalesce(max(id), 0) + 1, 44 FROM "user";
SELECT :'stage' = 'expand' AS old_only, :'stage' IN ('expand', 'migrate') AS old_is_there,
	EXISTS (SELECT FROM pg_attribute WHERE attrelid = '"Shop"."Order"'::regclass
		AND attname = 'Amount' AND NOT attisdropped) AS renamed,
	EXISTS (SELECT FROM pg_attribute WHERE attrelid = '"Shop"."Order"'::regclass
		AND attname = 'Legacy' AND NOT attisdropped) AS has_legacy \gset
\if :old_only
	INSERT INTO "Shop"."Order" (user_id, total, code, comment, "Legacy")
		SELECT 1, 2.25, (100000 + max(id))::text, 'by the old version', 'old' FROM "Shop"."Order";
	UPDATE "Shop"."Order" SET total = total + 1 WHERE id = (SELECT max(id) FROM "Shop"."Order");
\elif :old_is_there
	-- The old version of the time when both are there fills Region, which has no default.
	INSERT INTO "Shop"."Order" (user_id, total, code, comment, "Legacy", "Region")
		SELECT 1, 2.25, (100000 + max(id))::text, 'by the old version', 'old', 'north' FROM "Shop"."Order";
	UPDATE "Shop"."Order" SET total = total + 1 WHERE id = (SELECT max(id) FROM "Shop"."Order");
	INSERT INTO "Shop"."Order" (user_id, "Amount", code, comment, "Legacy", "Region")
		SELECT 2, 4.75, (100000 + max(id))::text, 'by the new version', 'old', 'south' FROM "Shop"."Order";
	UPDATE "Shop"."Order" SET "Amount" = "Amount" + 1 WHERE id = (SELECT max(id) FROM "Shop"."Order");
\elif :has_legacy
	INSERT INTO "Shop"."Order" (user_id, code, comment, "Legacy", "Region")
		SELECT 3, (100000 + max(id))::int, 'of contract', 'old', 'south' FROM "Shop"."Order";
\endif
