-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- A content management system, version 2.

CREATE TYPE content_state AS ENUM ('draft', 'review', 'scheduled', 'published', 'archived');

CREATE TABLE sites (
	id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	host text NOT NULL UNIQUE,
	title text NOT NULL,
	default_locale varchar(12) NOT NULL DEFAULT 'en',
	theme text
);

CREATE TABLE locales (
	code varchar(12) PRIMARY KEY,
	name text NOT NULL
);

CREATE TABLE editors (
	id serial PRIMARY KEY,
	login varchar(64) NOT NULL UNIQUE,
	permissions bigint NOT NULL DEFAULT 0,
	email text,
	last_login timestamptz
);

CREATE TABLE content (
	id bigserial PRIMARY KEY,
	site_id smallint NOT NULL REFERENCES sites,
	path text NOT NULL,
	state content_state NOT NULL DEFAULT 'draft',
	author_id int REFERENCES editors ON DELETE SET NULL,
	created timestamptz NOT NULL DEFAULT now(),
	publish_at timestamptz,
	CONSTRAINT content_path UNIQUE (site_id, path),
	CONSTRAINT content_path_form CHECK (path LIKE '/%') NOT VALID
);

CREATE TABLE pages (
	id bigserial PRIMARY KEY,
	content_id bigint NOT NULL REFERENCES content ON DELETE CASCADE,
	locale varchar(12) NOT NULL REFERENCES locales ON UPDATE CASCADE,
	title text NOT NULL,
	body text,
	template varchar(40) NOT NULL DEFAULT 'default',
	meta jsonb NOT NULL DEFAULT '{}',
	summary text,
	UNIQUE (content_id, locale)
);

CREATE TABLE revisions (
	id bigserial PRIMARY KEY,
	page_id bigint NOT NULL REFERENCES pages ON DELETE CASCADE,
	number int NOT NULL,
	body text,
	saved timestamptz NOT NULL DEFAULT now(),
	comment text,
	editor_id int REFERENCES editors,
	UNIQUE (page_id, number)
);

CREATE TABLE asset (
	id bigserial PRIMARY KEY,
	site_id smallint NOT NULL REFERENCES sites,
	name text NOT NULL,
	bytes bigint NOT NULL CHECK (bytes > 0),
	mime text NOT NULL DEFAULT 'application/octet-stream'
);
CREATE TABLE image_asset (
	width int NOT NULL,
	height int NOT NULL,
	alt text,
	focal point,
	PRIMARY KEY (id)
) INHERITS (asset);
CREATE TABLE video_asset (
	duration interval NOT NULL,
	PRIMARY KEY (id)
) INHERITS (asset);

CREATE TABLE taxonomies (
	id serial PRIMARY KEY,
	name text NOT NULL UNIQUE
);

CREATE TABLE terms (
	id serial PRIMARY KEY,
	taxonomy_id int NOT NULL REFERENCES taxonomies ON DELETE CASCADE,
	parent_id int REFERENCES terms,
	label text NOT NULL,
	position smallint NOT NULL DEFAULT 0
);
CREATE INDEX terms_parent ON terms (parent_id);
CREATE UNIQUE INDEX terms_label ON terms (taxonomy_id, lower(label));

CREATE TABLE content_terms (
	content_id bigint REFERENCES content ON DELETE CASCADE,
	term_id int REFERENCES terms ON DELETE CASCADE,
	PRIMARY KEY (content_id, term_id)
);

CREATE TABLE menus (
	id serial PRIMARY KEY,
	site_id smallint NOT NULL REFERENCES sites,
	name text NOT NULL,
	UNIQUE (site_id, name)
);

CREATE TABLE menu_items (
	id serial PRIMARY KEY,
	menu_id int NOT NULL REFERENCES menus ON DELETE CASCADE,
	parent_id int REFERENCES menu_items ON DELETE CASCADE,
	content_id bigint REFERENCES content ON DELETE CASCADE,
	url text,
	label text,
	sort int NOT NULL DEFAULT 0,
	CONSTRAINT menu_item_target CHECK ((content_id IS NULL) <> (url IS NULL))
);

CREATE TABLE redirects (
	site_id smallint NOT NULL REFERENCES sites,
	old_path text NOT NULL,
	new_path text NOT NULL,
	code smallint NOT NULL DEFAULT 308 CHECK (code IN (301, 302, 307, 308)),
	PRIMARY KEY (site_id, old_path)
);

CREATE TABLE settings (
	site_id smallint REFERENCES sites,
	key text,
	value jsonb,
	PRIMARY KEY (site_id, key)
);

CREATE TABLE sessions (
	token uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	editor_id int NOT NULL REFERENCES editors ON DELETE CASCADE,
	expires timestamptz NOT NULL DEFAULT now() + interval '8 hours'
);

CREATE VIEW published_pages AS
	SELECT p.id, c.site_id, c.path, p.locale, p.title, p.summary
	FROM pages p JOIN content c ON c.id = p.content_id
	WHERE c.state = 'published' AND (c.publish_at IS NULL OR c.publish_at <= now());

CREATE VIEW sitemap AS SELECT s.host, v.path FROM published_pages v JOIN sites s ON s.id = v.site_id;

CREATE FUNCTION slug(title text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT trim(both '-' from regexp_replace(lower(title), '[^a-z0-9]+', '-', 'g')) $$;

CREATE RULE settings_keep AS ON DELETE TO settings WHERE OLD.key IN ('version', 'installed') DO INSTEAD NOTHING;

CREATE TABLE webhooks (
	id serial PRIMARY KEY,
	site_id smallint NOT NULL REFERENCES sites,
	url text NOT NULL,
	events text[] NOT NULL DEFAULT ARRAY['publish'],
	secret bytea
);
CREATE TABLE audio_asset (
	duration interval NOT NULL,
	PRIMARY KEY (id)
) INHERITS (asset);
CREATE MATERIALIZED VIEW page_counts AS SELECT site_id, locale, count(*) AS pages FROM published_pages GROUP BY site_id, locale;
CREATE UNIQUE INDEX page_counts_idx ON page_counts (site_id, locale);
