-- What the new version does for the column that has no default, before the phase migrate.
UPDATE "Shop"."Order" SET "Region" = 'north' WHERE "Region" IS NULL;
