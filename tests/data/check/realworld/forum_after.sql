-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- A discussion forum, version 2.

CREATE TYPE user_rank AS ENUM ('guest', 'newcomer', 'member', 'trusted', 'moderator', 'admin');
CREATE TYPE report_state AS ENUM ('open', 'accepted', 'rejected');

CREATE TABLE users (
	id serial PRIMARY KEY,
	name varchar(60) NOT NULL CONSTRAINT users_name_unique UNIQUE,
	email varchar(255) NOT NULL,
	rank user_rank NOT NULL DEFAULT 'member',
	signature varchar(1000),
	avatar_url text,
	post_count bigint NOT NULL DEFAULT 0,
	joined timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	last_seen timestamp with time zone,
	banned boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX users_email_lower ON users (lower(email));

CREATE TABLE user_settings (
	user_id int PRIMARY KEY REFERENCES users ON DELETE CASCADE,
	timezone text DEFAULT 'UTC',
	posts_per_page smallint DEFAULT 20 CHECK (posts_per_page BETWEEN 5 AND 200),
	email_digest boolean NOT NULL DEFAULT true,
	theme text NOT NULL DEFAULT 'light'
);

CREATE TABLE groups (
	id serial PRIMARY KEY,
	name text NOT NULL UNIQUE,
	hidden boolean NOT NULL DEFAULT false
);

CREATE TABLE group_members (
	group_id int REFERENCES groups ON DELETE CASCADE,
	user_id int REFERENCES users ON DELETE CASCADE,
	since date DEFAULT CURRENT_DATE,
	PRIMARY KEY (group_id, user_id)
);

CREATE TABLE categories (
	id serial PRIMARY KEY,
	title text NOT NULL,
	sort int NOT NULL
);

CREATE TABLE boards (
	id serial PRIMARY KEY,
	category_id int NOT NULL REFERENCES categories,
	parent_id int REFERENCES boards ON DELETE CASCADE,
	slug varchar(60) NOT NULL,
	title text NOT NULL,
	description text,
	read_only boolean NOT NULL DEFAULT false,
	min_rank user_rank DEFAULT 'guest',
	UNIQUE (category_id, slug)
);

CREATE TABLE board_moderators (
	board_id int NOT NULL REFERENCES boards ON DELETE CASCADE,
	user_id int NOT NULL REFERENCES users ON DELETE CASCADE,
	CONSTRAINT board_moderators_pk PRIMARY KEY (board_id, user_id)
);

CREATE TABLE topics (
	id serial PRIMARY KEY,
	board_id int NOT NULL REFERENCES boards,
	author_id int REFERENCES users ON DELETE SET NULL,
	title varchar(250) NOT NULL,
	solved boolean,
	views bigint NOT NULL DEFAULT 0,
	pinned boolean NOT NULL DEFAULT false,
	locked boolean NOT NULL DEFAULT false,
	created timestamptz NOT NULL DEFAULT now(),
	last_post_id bigint
);
CREATE INDEX topics_board ON topics (board_id, pinned DESC, created DESC) INCLUDE (title);
CREATE INDEX topics_author ON topics (author_id) WHERE author_id IS NOT NULL;

CREATE TABLE posts (
	id bigserial PRIMARY KEY,
	topic_id int NOT NULL REFERENCES topics ON DELETE CASCADE,
	author_id int REFERENCES users ON DELETE SET NULL,
	body text NOT NULL,
	edited timestamptz,
	edit_count smallint NOT NULL DEFAULT 0,
	reply_to bigint REFERENCES posts ON DELETE SET NULL,
	created timestamptz NOT NULL DEFAULT now(),
	search tsvector GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED
);
ALTER TABLE topics ADD CONSTRAINT topics_last_post FOREIGN KEY (last_post_id) REFERENCES posts (id) ON DELETE SET NULL DEFERRABLE;
CREATE INDEX posts_topic ON posts (topic_id, id);
CREATE INDEX posts_search ON posts USING gin (search);

CREATE TABLE post_revisions (
	post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
	revision int NOT NULL,
	body text NOT NULL,
	editor_id int REFERENCES users,
	at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (post_id, revision)
);

CREATE TABLE reactions (
	post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
	user_id int NOT NULL REFERENCES users ON DELETE CASCADE,
	kind varchar(10) NOT NULL DEFAULT 'like',
	PRIMARY KEY (post_id, user_id, kind),
	CHECK (kind IN ('like', 'thanks', 'laugh'))
);

CREATE TABLE attachments (
	id bigserial PRIMARY KEY,
	post_id bigint REFERENCES posts ON DELETE CASCADE,
	filename text NOT NULL,
	bytes bigint NOT NULL CHECK (bytes >= 0),
	content bytea,
	mime text
);
ALTER TABLE attachments ALTER COLUMN content SET STORAGE EXTENDED;

CREATE TABLE messages (
	id serial PRIMARY KEY,
	sender_id int NOT NULL REFERENCES users,
	recipient_id int NOT NULL REFERENCES users,
	subject text NOT NULL DEFAULT '',
	body text NOT NULL,
	sent_at timestamptz NOT NULL DEFAULT now(),
	read_at timestamptz,
	CHECK (sender_id <> recipient_id)
);

CREATE TABLE reports (
	id serial PRIMARY KEY,
	post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
	reporter_id int NOT NULL REFERENCES users,
	state report_state NOT NULL DEFAULT 'open',
	reason text
);
CREATE INDEX reports_open ON reports (post_id) WHERE state = 'open';

CREATE TABLE bans (
	user_id int NOT NULL REFERENCES users ON DELETE CASCADE,
	ip inet,
	until timestamptz,
	reason text NOT NULL,
	created_by int REFERENCES users ON DELETE SET NULL
);

CREATE TABLE subscriptions (
	user_id int NOT NULL REFERENCES users ON DELETE CASCADE,
	topic_id int NOT NULL REFERENCES topics ON DELETE CASCADE,
	PRIMARY KEY (user_id, topic_id)
);

CREATE FUNCTION count_post() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
	UPDATE users SET post_count = post_count + 1, last_seen = now() WHERE id = NEW.author_id;
	RETURN NULL;
END
$fn$;
CREATE TRIGGER posts_count AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION count_post();

CREATE VIEW topic_list AS
	SELECT t.id, t.board_id, t.title, u.name AS author, t.created, t.solved,
		(SELECT count(*) FROM posts p WHERE p.topic_id = t.id) AS posts
	FROM topics t LEFT JOIN users u ON u.id = t.author_id;
CREATE VIEW pinned_topics AS SELECT id, title, author FROM topic_list WHERE id IN (SELECT id FROM topics WHERE pinned);
CREATE VIEW moderators AS
	SELECT u.id, u.name FROM users u WHERE u.rank >= 'moderator'::user_rank;

CREATE TABLE badges (
	id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	icon text
);
CREATE TABLE user_badges (
	user_id int NOT NULL REFERENCES users ON DELETE CASCADE,
	badge_id int NOT NULL REFERENCES badges,
	awarded timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (user_id, badge_id)
);
CREATE VIEW badge_counts AS SELECT badge_id, count(*) AS holders FROM user_badges GROUP BY badge_id;
