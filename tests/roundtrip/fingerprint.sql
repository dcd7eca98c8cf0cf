-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- All that a database of PostgreSQL is made of, as lines of two columns: what kind of line, and the line.  The server
-- itself writes every definition, so that two spellings of one thing are one line; there are no OIDs in it.  The order of columns
-- is in lines of the kind "colorder", to be judged apart; so are the names that the server gives to the parts of
-- partitioned indexes and keys, which are not there at all: a part of a part is said to be one of the whole.  Some builds of the
-- server keep a counter (pg_attver) among the options of columns.  Whether an heir declares by itself what it inherits, no
-- statement can change: that counts as one.
WITH
own AS (SELECT oid, nspname FROM pg_namespace
	WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
ext AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
rel AS (SELECT c.*, n.nspname, format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN own n ON n.oid = c.relnamespace
	WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_class'::regclass AND objid = c.oid)),
typ AS (SELECT t.*, format('%I.%I', n.nspname, t.typname) AS name FROM pg_type t JOIN own n ON n.oid = t.typnamespace
	WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_type'::regclass AND objid = t.oid)),
fun AS (SELECT p.*, format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name
	FROM pg_proc p JOIN own n ON n.oid = p.pronamespace
	WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_proc'::regclass AND objid = p.oid)),
con AS (SELECT c.*, coalesce(r.name, t.name) AS owner, pg_get_constraintdef(c.oid) AS def
	FROM pg_constraint c LEFT JOIN rel r ON r.oid = c.conrelid AND r.oid <> 0
	LEFT JOIN typ t ON t.oid = c.contypid AND t.oid <> 0
	WHERE coalesce(r.name, t.name) IS NOT NULL AND c.contype <> 't'),
idx AS (SELECT i.*, r.name, r.relname, r.reloptions, r.relam, t.name AS owner, t.relkind AS ownerkind, r.nspname,
		(SELECT p.name FROM pg_inherits h JOIN rel p ON p.oid = pg_partition_root(h.inhparent) WHERE h.inhrelid = i.indexrelid) AS parent,
		(SELECT c.conname FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
			AND c.conrelid = i.indrelid) AS conname
	FROM pg_index i JOIN rel r ON r.oid = i.indexrelid JOIN rel t ON t.oid = i.indrelid
	WHERE t.relkind IN ('r', 'p', 'm')),
acl AS (
	SELECT 'relation ' || name AS what, a.* FROM rel, aclexplode(coalesce(relacl,
			acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))) a
		WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
	UNION ALL SELECT format('column %s.%I', name, attname), a.* FROM rel JOIN pg_attribute ON attrelid = rel.oid,
		aclexplode(attacl) a WHERE attnum > 0 AND NOT attisdropped
	UNION ALL SELECT 'function ' || name, a.* FROM fun, aclexplode(coalesce(proacl, acldefault('f', proowner))) a
	UNION ALL SELECT 'type ' || name, a.* FROM typ, aclexplode(coalesce(typacl, acldefault('T', typowner))) a
		WHERE typtype IN ('e', 'd', 'r') OR typtype = 'c' AND EXISTS (SELECT FROM pg_class WHERE oid = typrelid AND relkind = 'c')
	UNION ALL SELECT 'schema ' || quote_ident(n.nspname), a.* FROM pg_namespace n JOIN own USING (oid),
		aclexplode(coalesce(nspacl, acldefault('n', nspowner))) a),
seq AS (SELECT s.*, r.name, r.relowner, r.relpersistence,
		(SELECT format('%s.%I %s', o.name, a.attname, d.deptype) FROM pg_depend d JOIN rel o ON o.oid = d.refobjid
			JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
			WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i')
				AND d.refclassid = 'pg_class'::regclass LIMIT 1) AS owned
	FROM pg_sequence s JOIN rel r ON r.oid = s.seqrelid),
line(kind, text) AS (
	SELECT 'schema', format('%I owner %s', nspname, nspowner::regrole) FROM pg_namespace JOIN own USING (oid, nspname)
	UNION ALL SELECT 'extension', format('%I %s in %s', extname, extversion, extnamespace::regnamespace)
		FROM pg_extension WHERE extname <> 'plpgsql'
	UNION ALL SELECT 'collation', format('%I.%I %s %s %s %s %s owner %s', n.nspname, collname, collprovider, collisdeterministic,
			collcollate, collctype, colliculocale, collowner::regrole)
		FROM pg_collation JOIN own n ON n.oid = collnamespace
	UNION ALL SELECT 'type', format('%s %s owner %s', name, typtype, typowner::regrole) FROM typ
		WHERE typtype IN ('e', 'd', 'r', 'm')
			OR typtype = 'c' AND EXISTS (SELECT FROM pg_class WHERE oid = typrelid AND relkind = 'c')
	UNION ALL SELECT 'enum', format('%s (%s)', name, (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
			FROM pg_enum WHERE enumtypid = typ.oid)) FROM typ WHERE typtype = 'e'
	UNION ALL SELECT 'range', format('%s subtype %s opclass %s collation %s canonical %s diff %s', name,
			format_type(rngsubtype, NULL), (SELECT opcname FROM pg_opclass WHERE oid = rngsubopc),
			(SELECT collname FROM pg_collation WHERE oid = rngcollation), rngcanonical, rngsubdiff)
		FROM typ JOIN pg_range ON rngtypid = typ.oid
	UNION ALL SELECT 'domain', format('%s %s not null %s default %s collation %s', name, format_type(typbasetype, typtypmod),
			typnotnull, regexp_replace(coalesce(pg_get_expr(typdefaultbin, 0), typdefault), '^NULL::.*', ''), (SELECT format('%s.%I', collnamespace::regnamespace, collname) FROM pg_collation
				WHERE oid = typcollation AND typcollation <> (SELECT b.typcollation FROM pg_type b WHERE b.oid = typ.typbasetype)))
		FROM typ WHERE typtype = 'd'
	UNION ALL SELECT 'relation', format('%s %s persistence %s owner %s options %s tablespace %s rls %s %s replica %s am %s typed %s',
			name, relkind, relpersistence, relowner::regrole,
			(SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(reloptions) o), reltablespace::regclass,
			relrowsecurity, relforcerowsecurity, relreplident, (SELECT amname FROM pg_am WHERE oid = relam),
			nullif(reloftype, 0)::regtype)
		FROM rel WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
	UNION ALL SELECT 'toast', format('%s %s', rel.name, (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(t.reloptions) o))
		FROM rel JOIN pg_class t ON t.oid = rel.reltoastrelid WHERE t.reloptions IS NOT NULL
		-- What was long once leaves its toast table behind, without a use.
		AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = rel.oid AND NOT attisdropped AND attstorage <> 'p')
	UNION ALL SELECT 'populated', format('%s %s', name, relispopulated) FROM rel WHERE relkind = 'm'
	UNION ALL SELECT 'partkey', format('%s %s', name, pg_get_partkeydef(oid)) FROM rel WHERE relkind = 'p'
	UNION ALL SELECT 'bound', format('%s %s', name, pg_get_expr(relpartbound, oid)) FROM rel
		WHERE relispartition AND relkind IN ('r', 'p')
	UNION ALL SELECT 'inherits', format('%s from %s number %s', rel.name, p.name, inhseqno) FROM pg_inherits
		JOIN rel ON rel.oid = inhrelid JOIN rel p ON p.oid = inhparent WHERE rel.relkind IN ('r', 'p', 'f')
	UNION ALL SELECT 'column', format('%s.%I %s not null %s identity %s generated %s collation %s storage %s compression %s statistics %s'
			|| ' options %s local %s inherited %s', name, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
			attgenerated, (SELECT format('%s.%I', collnamespace::regnamespace, collname) FROM pg_collation WHERE oid = attcollation),
			attstorage, attcompression, attstattarget, (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(attoptions) o WHERE o !~ '^pg_attver='),
			attislocal OR attinhcount > 0, attinhcount)
		FROM rel JOIN pg_attribute ON attrelid = rel.oid
		WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND attnum > 0 AND NOT attisdropped
	UNION ALL SELECT 'default', format('%s.%I %s', name, attname, pg_get_expr(adbin, adrelid))
		FROM rel JOIN pg_attribute ON attrelid = rel.oid JOIN pg_attrdef d ON d.adrelid = rel.oid AND d.adnum = attnum
		-- DEFAULT NULL is kept for types that have a length, and for others not: it is no default, but for domains.
		WHERE pg_get_expr(adbin, adrelid) !~ '^NULL::' OR (SELECT typtype FROM pg_type t WHERE t.oid = atttypid) = 'd'
	UNION ALL SELECT 'colorder', format('%s %s', name, (SELECT string_agg(quote_ident(attname), ' ' ORDER BY attnum)
			FROM pg_attribute WHERE attrelid = rel.oid AND attnum > 0 AND NOT attisdropped))
		FROM rel WHERE relkind IN ('r', 'p', 'f', 'c')
	-- Of a view the order is part of what it is.
	UNION ALL SELECT 'viewcolumns', format('%s %s', name, (SELECT string_agg(quote_ident(attname), ' ' ORDER BY attnum)
			FROM pg_attribute WHERE attrelid = rel.oid AND attnum > 0 AND NOT attisdropped))
		FROM rel WHERE relkind IN ('v', 'm')
	UNION ALL SELECT 'view', format('%s %s', name, pg_get_viewdef(oid)) FROM rel WHERE relkind IN ('v', 'm')
	UNION ALL SELECT 'sequence', format('%s %s start %s increment %s min %s max %s cache %s cycle %s owned by %s owner %s %s', name,
			seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle, owned, relowner::regrole, relpersistence)
		FROM seq
	UNION ALL SELECT 'constraint', format('%s %I %s %s deferrable %s %s valid %s noinherit %s local %s inherited %s', owner,
			CASE WHEN conparentid = 0 THEN conname ELSE '-' END, contype, def, condeferrable, condeferred, convalidated,
			connoinherit AND contype = 'c', conislocal OR coninhcount > 0, coninhcount)
		FROM con WHERE NOT (contype = 'f' AND conparentid <> 0 AND (SELECT p.conrelid FROM pg_constraint p WHERE p.oid = con.conparentid) = conrelid)
	UNION ALL SELECT 'index', format('%s %s %s unique %s valid %s ready %s live %s clustered %s replica %s nulls not distinct %s constraint %s'
			|| ' of %s', owner, CASE WHEN parent IS NULL THEN quote_ident(relname) ELSE '-' END,
			regexp_replace(CASE WHEN parent IS NULL THEN pg_get_indexdef(indexrelid)
				ELSE replace(pg_get_indexdef(indexrelid), 'INDEX ' || quote_ident(relname) || ' ON', 'INDEX - ON') END, ' ON ONLY ', ' ON '),
			indisunique, indisvalid, indisready, indislive, indisclustered, indisreplident, indnullsnotdistinct,
			CASE WHEN parent IS NULL THEN conname ELSE (conname IS NOT NULL)::text END, parent) FROM idx
	UNION ALL SELECT 'indexstatistics', format('%s %s %s', idx.name, attnum, attstattarget) FROM idx JOIN pg_attribute ON attrelid = indexrelid
		WHERE attstattarget <> -1 AND parent IS NULL
	UNION ALL SELECT 'trigger', format('%s %s enabled %s', name, pg_get_triggerdef(t.oid), tgenabled)
		FROM rel JOIN pg_trigger t ON tgrelid = rel.oid WHERE NOT tgisinternal AND tgparentid = 0
	-- Those of the parts of a partitioned table, in what they may differ.
	UNION ALL SELECT 'parttrigger', format('%s %s enabled %s', name, tgname, tgenabled)
		FROM rel JOIN pg_trigger t ON tgrelid = rel.oid WHERE tgparentid <> 0 AND tgname !~ '^RI_ConstraintTrigger'
	UNION ALL SELECT 'rule', format('%s %s enabled %s', name, pg_get_ruledef(r.oid), ev_enabled)
		FROM rel JOIN pg_rewrite r ON ev_class = rel.oid WHERE rulename <> '_RETURN'
	UNION ALL SELECT 'policy', format('%s.%s %s %s %s roles %s using %s check %s', quote_ident(schemaname), quote_ident(tablename),
			quote_ident(policyname), permissive, cmd, (SELECT string_agg(r, ', ' ORDER BY r) FROM unnest(roles) r), qual, with_check)
		FROM pg_policies
	-- The server sorts the columns by their place in the table.
	UNION ALL SELECT 'statistics', format('%I.%I kinds %s columns %s expressions %s of %s target %s owner %s', n.nspname, stxname,
			(SELECT string_agg(k::text, ' ' ORDER BY k::text) FROM unnest(stxkind) k),
			(SELECT string_agg(quote_ident(attname), ' ' ORDER BY attname) FROM pg_attribute WHERE attrelid = stxrelid AND attnum = ANY (stxkeys)),
			pg_get_statisticsobjdef_expressions(s.oid), stxrelid::regclass, stxstattarget, stxowner::regrole)
		FROM pg_statistic_ext s JOIN own n ON n.oid = stxnamespace
	UNION ALL SELECT 'function', format('%s owner %s %s', name, proowner::regrole,
			CASE prokind WHEN 'a' THEN 'aggregate ' || prorettype::regtype || (SELECT format(' %s %s %s', aggtransfn, aggtranstype::regtype, agginitval)
				FROM pg_aggregate WHERE aggfnoid = fun.oid) ELSE pg_get_functiondef(oid) END) FROM fun
	UNION ALL SELECT 'eventtrigger', format('%I %s %s %s %s', evtname, evtevent, evtfoid::regproc, evtenabled, evttags) FROM pg_event_trigger
	UNION ALL SELECT 'publication', format('%I %s', pubname, puballtables) FROM pg_publication
	UNION ALL SELECT 'grant', format('%s to %s %s%s', what, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
			privilege_type, CASE WHEN is_grantable THEN ' with grant option' END) FROM acl
	UNION ALL SELECT 'defaultgrant', format('%s %s %s', defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype) FROM pg_default_acl
	-- The address of a thing by the server's own words; parts of partitioned indexes have no names of their own.
	UNION ALL SELECT 'comment', format('%s %s: %s', o.type, o.identity, description) FROM pg_description d,
			pg_identify_object(d.classoid, d.objoid, d.objsubid) o
		WHERE CASE WHEN d.classoid = 'pg_namespace'::regclass AND d.objoid = to_regnamespace('public')
			-- Whether the server made it or the test made it anew.
			THEN description <> 'standard public schema' ELSE d.objoid >= 16384 END)
SELECT kind, replace(text, E'\n', E'\\n') FROM line
WHERE kind <> 'comment' OR text !~ '^(extension|language) '
ORDER BY kind, replace(text, E'\n', E'\\n') COLLATE "C";
