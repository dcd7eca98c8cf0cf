-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- A forge for Git repositories, version 2.

CREATE TYPE visibility AS ENUM ('private', 'internal', 'public');
CREATE TYPE merge_state AS ENUM ('draft', 'open', 'closed', 'merged');
CREATE DOMAIN sha1 AS text CHECK (VALUE ~ '^([0-9a-f]{40}|[0-9a-f]{64})$');
CREATE DOMAIN repo_name AS varchar(100) NOT NULL;

CREATE SEQUENCE global_ids START WITH 1000000 CACHE 100;

CREATE TABLE accounts (
	id bigint PRIMARY KEY DEFAULT nextval('global_ids'),
	name varchar(39) NOT NULL,
	is_org boolean NOT NULL DEFAULT false,
	display_name text,
	suspended_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX accounts_name ON accounts (lower(name::text));

CREATE TABLE emails (
	account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
	address text PRIMARY KEY,
	verified boolean NOT NULL DEFAULT false,
	is_primary boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX emails_one_primary ON emails (account_id) WHERE is_primary;

CREATE TABLE ssh_keys (
	id serial PRIMARY KEY,
	account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
	title text NOT NULL DEFAULT '',
	last_used date,
	fingerprint text NOT NULL UNIQUE,
	body text NOT NULL
);

CREATE TABLE org_members (
	org_id bigint REFERENCES accounts ON DELETE CASCADE,
	account_id bigint REFERENCES accounts ON DELETE CASCADE,
	role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'owner')),
	PRIMARY KEY (org_id, account_id),
	CHECK (org_id <> account_id)
);

CREATE TABLE repositories (
	id bigint PRIMARY KEY DEFAULT nextval('global_ids'),
	owner_id bigint NOT NULL REFERENCES accounts,
	name repo_name,
	description varchar(1000),
	homepage text,
	visibility visibility NOT NULL DEFAULT 'public',
	fork_of bigint REFERENCES repositories ON DELETE SET NULL,
	default_branch text NOT NULL DEFAULT 'main',
	stars bigint NOT NULL DEFAULT 0,
	topics text[] NOT NULL DEFAULT '{}',
	size_kb bigint NOT NULL DEFAULT 0 CHECK (size_kb >= 0),
	archived boolean NOT NULL DEFAULT false,
	UNIQUE (owner_id, name)
);
CREATE INDEX repositories_topics ON repositories USING gin (topics);
CREATE INDEX repositories_stars ON repositories (stars DESC) WHERE visibility = 'public';

CREATE TABLE collaborators (
	repository_id bigint NOT NULL REFERENCES repositories ON DELETE CASCADE,
	account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
	level smallint NOT NULL DEFAULT 20,
	PRIMARY KEY (repository_id, account_id)
);

CREATE TABLE branches (
	repository_id bigint NOT NULL REFERENCES repositories ON DELETE CASCADE,
	name text COLLATE "C" NOT NULL,
	head sha1 NOT NULL,
	protected boolean NOT NULL DEFAULT false,
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (repository_id, name)
);

CREATE TABLE issues (
	repository_id bigint NOT NULL REFERENCES repositories ON DELETE CASCADE,
	number int NOT NULL,
	title text NOT NULL,
	body text,
	author_id bigint REFERENCES accounts,
	closed_at timestamptz,
	closed_by bigint REFERENCES accounts,
	locked boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (repository_id, number)
);
CREATE INDEX issues_open ON issues (repository_id, number DESC) WHERE closed_at IS NULL;

CREATE TABLE issue_comments (
	id bigserial PRIMARY KEY,
	repository_id bigint NOT NULL,
	number int NOT NULL,
	author_id bigint REFERENCES accounts,
	body text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	edited_at timestamptz,
	FOREIGN KEY (repository_id, number) REFERENCES issues ON DELETE CASCADE
);

CREATE TABLE labels (
	repository_id bigint NOT NULL REFERENCES repositories ON DELETE CASCADE,
	name text NOT NULL,
	color varchar(9) NOT NULL,
	description text,
	PRIMARY KEY (repository_id, name)
);

CREATE TABLE issue_labels (
	repository_id bigint NOT NULL,
	number int NOT NULL,
	label text NOT NULL,
	PRIMARY KEY (repository_id, number, label),
	FOREIGN KEY (repository_id, number) REFERENCES issues ON DELETE CASCADE,
	CONSTRAINT issue_labels_label FOREIGN KEY (repository_id, label) REFERENCES labels ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE merge_requests (
	id bigserial PRIMARY KEY,
	repository_id bigint NOT NULL REFERENCES repositories ON DELETE CASCADE,
	source_branch text NOT NULL,
	target_branch text NOT NULL,
	state merge_state NOT NULL DEFAULT 'open',
	head sha1,
	title text NOT NULL DEFAULT '',
	merged_by bigint REFERENCES accounts,
	CONSTRAINT merged_by_somebody CHECK (state <> 'merged' OR merged_by IS NOT NULL)
);

CREATE TABLE reviews (
	id bigserial PRIMARY KEY,
	merge_request_id bigint NOT NULL REFERENCES merge_requests ON DELETE CASCADE,
	reviewer_id bigint NOT NULL REFERENCES accounts,
	verdict text NOT NULL CHECK (verdict IN ('approve', 'reject', 'comment')),
	at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (merge_request_id, reviewer_id)
);

CREATE TABLE webhooks (
	id serial PRIMARY KEY,
	repository_id bigint NOT NULL REFERENCES repositories ON DELETE CASCADE,
	url varchar(2000) NOT NULL,
	events text[] NOT NULL DEFAULT ARRAY['push'],
	secret text,
	active boolean DEFAULT true
);

CREATE TABLE builds (
	id bigserial PRIMARY KEY,
	repository_id bigint NOT NULL REFERENCES repositories ON DELETE CASCADE,
	commit sha1 NOT NULL,
	status text NOT NULL DEFAULT 'queued',
	log text,
	started timestamptz,
	finished timestamptz
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX builds_running ON builds (started) WHERE finished IS NULL;
ALTER TABLE builds ALTER COLUMN log SET COMPRESSION pglz;

CREATE TABLE stars (
	account_id bigint REFERENCES accounts ON DELETE CASCADE,
	repository_id bigint REFERENCES repositories ON DELETE CASCADE,
	at timestamptz DEFAULT now(),
	PRIMARY KEY (account_id, repository_id)
);

CREATE FUNCTION count_stars() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		UPDATE repositories SET stars = stars + 1 WHERE id = NEW.repository_id;
	ELSE
		UPDATE repositories SET stars = stars - 1 WHERE id = OLD.repository_id;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER stars_count AFTER INSERT OR DELETE ON stars FOR EACH ROW EXECUTE FUNCTION count_stars();

CREATE VIEW public_repositories WITH (security_barrier, security_invoker) AS
	SELECT r.id, a.name AS owner, r.name, r.description, r.stars, r.archived FROM repositories r JOIN accounts a ON a.id = r.owner_id
	WHERE r.visibility = 'public';
CREATE VIEW popular AS SELECT * FROM public_repositories WHERE stars > 100;

CREATE TABLE releases (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	repository_id bigint NOT NULL REFERENCES repositories ON DELETE CASCADE,
	tag text NOT NULL,
	notes text,
	published_at timestamptz,
	UNIQUE (repository_id, tag)
);
CREATE TABLE release_files (
	release_id bigint NOT NULL REFERENCES releases ON DELETE CASCADE,
	name text NOT NULL,
	bytes bigint NOT NULL,
	PRIMARY KEY (release_id, name)
);
