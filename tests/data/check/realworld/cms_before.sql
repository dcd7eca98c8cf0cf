-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- A content management system, version 1.

CREATE TYPE content_state AS ENUM ('draft', 'review', 'published', 'archived');

CREATE TABLE sites (
	id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	host text NOT NULL UNIQUE,
	title text NOT NULL,
	default_locale varchar(5) NOT NULL DEFAULT 'en'
);

CREATE TABLE locales (
	code varchar(5) PRIMARY KEY,
	name text NOT NULL
);

CREATE TABLE editors (
	id serial PRIMARY KEY,
	login varchar(64) NOT NULL UNIQUE,
	permissions integer NOT NULL DEFAULT 0,
	last_login timestamp
);

CREATE TABLE content (
	id bigserial PRIMARY KEY,
	site_id smallint NOT NULL REFERENCES sites,
	path text NOT NULL,
	state content_state NOT NULL DEFAULT 'draft',
	author_id int REFERENCES editors ON DELETE SET NULL,
	created timestamp NOT NULL DEFAULT now(),
	CONSTRAINT content_path UNIQUE (site_id, path)
);

CREATE TABLE pages (
	id bigserial PRIMARY KEY,
	content_id bigint NOT NULL REFERENCES content ON DELETE CASCADE,
	locale varchar(5) NOT NULL REFERENCES locales,
	title text NOT NULL,
	body text,
	template varchar(40) NOT NULL DEFAULT 'default',
	meta json,
	UNIQUE (content_id, locale)
);

CREATE TABLE revisions (
	id bigserial PRIMARY KEY,
	page_id bigint NOT NULL REFERENCES pages ON DELETE CASCADE,
	number int NOT NULL,
	body text,
	saved timestamp DEFAULT now(),
	editor_id int REFERENCES editors
);

CREATE TABLE asset (
	id bigserial PRIMARY KEY,
	site_id smallint NOT NULL REFERENCES sites,
	name text NOT NULL,
	bytes bigint NOT NULL CHECK (bytes > 0)
);
CREATE TABLE image_asset (
	width int NOT NULL,
	height int NOT NULL,
	alt text,
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
	label text NOT NULL
);
CREATE INDEX terms_label ON terms (taxonomy_id, lower(label));

CREATE TABLE content_terms (
	content_id bigint REFERENCES content ON DELETE CASCADE,
	term_id int REFERENCES terms ON DELETE CASCADE,
	PRIMARY KEY (content_id, term_id)
);

CREATE TABLE menus (
	id serial PRIMARY KEY,
	site_id smallint NOT NULL REFERENCES sites,
	name text NOT NULL
);

CREATE TABLE menu_items (
	id serial PRIMARY KEY,
	menu_id int NOT NULL REFERENCES menus ON DELETE CASCADE,
	parent_id int REFERENCES menu_items ON DELETE CASCADE,
	content_id bigint REFERENCES content,
	url text,
	sort int NOT NULL DEFAULT 0,
	CONSTRAINT menu_item_target CHECK (content_id IS NOT NULL OR url IS NOT NULL)
);

CREATE TABLE redirects (
	site_id smallint NOT NULL REFERENCES sites,
	old_path text NOT NULL,
	new_path text NOT NULL,
	code smallint NOT NULL DEFAULT 301,
	PRIMARY KEY (site_id, old_path)
);

CREATE TABLE settings (
	site_id smallint REFERENCES sites,
	key text,
	value text,
	PRIMARY KEY (site_id, key)
);

CREATE TABLE sessions (
	token uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	editor_id int NOT NULL REFERENCES editors ON DELETE CASCADE,
	expires timestamp NOT NULL
);

CREATE VIEW published_pages AS
	SELECT p.id, c.site_id, c.path, p.locale, p.title
	FROM pages p JOIN content c ON c.id = p.content_id
	WHERE c.state = 'published';

CREATE VIEW sitemap AS SELECT s.host, v.path FROM published_pages v JOIN sites s ON s.id = v.site_id;

CREATE FUNCTION slug(title text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT regexp_replace(lower(title), '[^a-z0-9]+', '-', 'g') $$;

CREATE RULE settings_keep AS ON DELETE TO settings WHERE OLD.key = 'version' DO INSTEAD NOTHING;
