-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- A social network, version 2.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TYPE privacy AS ENUM ('everyone', 'followers', 'nobody');
CREATE TYPE notice_kind AS ENUM ('follow', 'like', 'mention', 'comment');

CREATE TABLE profiles (
	id bigserial PRIMARY KEY,
	handle varchar(30) NOT NULL UNIQUE,
	name varchar(50),
	bio varchar(500),
	pronouns text,
	verified boolean NOT NULL DEFAULT false,
	birthday date,
	privacy privacy NOT NULL DEFAULT 'everyone',
	interests text[] NOT NULL DEFAULT '{}',
	followers bigint NOT NULL DEFAULT 0,
	created timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX profiles_search ON profiles USING gin (name gin_trgm_ops, handle gin_trgm_ops);
CREATE INDEX profiles_interests ON profiles USING gin (interests);
CREATE TABLE logins (
	profile_id bigint PRIMARY KEY REFERENCES profiles ON DELETE CASCADE,
	email text NOT NULL UNIQUE,
	password text NOT NULL,
	failed smallint NOT NULL DEFAULT 0,
	second_factor bytea
);
CREATE TABLE follows (
	follower_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	followed_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	since timestamptz NOT NULL DEFAULT now(),
	muted boolean NOT NULL DEFAULT false,
	PRIMARY KEY (follower_id, followed_id),
	CHECK (follower_id <> followed_id)
);
CREATE INDEX follows_back ON follows (followed_id);
CREATE TABLE blocks (
	blocker_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	blocked_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	since timestamptz DEFAULT now(),
	PRIMARY KEY (blocker_id, blocked_id),
	CONSTRAINT blocks_not_self CHECK (blocker_id <> blocked_id)
);
CREATE TABLE posts (
	id bigserial PRIMARY KEY,
	author_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	text varchar(1000),
	edited timestamptz,
	privacy privacy NOT NULL DEFAULT 'everyone',
	reply_to bigint REFERENCES posts ON DELETE SET NULL,
	likes bigint NOT NULL DEFAULT 0,
	quoted bigint REFERENCES posts ON DELETE SET NULL,
	place point,
	created timestamp NOT NULL DEFAULT now()
);
CREATE INDEX posts_author ON posts (author_id, created DESC);
CREATE INDEX posts_place ON posts USING gist (place);
CREATE TABLE media (
	id bigserial PRIMARY KEY,
	post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
	kind char(1) NOT NULL CHECK (kind IN ('i', 'v', 'a')),
	url text NOT NULL,
	width int,
	height int,
	alt text
);
CREATE TABLE likes (
	post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
	profile_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	at timestamp DEFAULT now(),
	PRIMARY KEY (post_id, profile_id)
);
CREATE TABLE hashtags (
	id serial PRIMARY KEY,
	tag text NOT NULL UNIQUE CHECK (tag = lower(tag)),
	banned boolean NOT NULL DEFAULT false
);
CREATE TABLE post_hashtags (
	post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
	hashtag_id int NOT NULL REFERENCES hashtags,
	PRIMARY KEY (post_id, hashtag_id)
);
CREATE TABLE conversations (
	id bigserial PRIMARY KEY,
	title text,
	created timestamp NOT NULL DEFAULT now()
);
CREATE TABLE conversation_members (
	conversation_id bigint REFERENCES conversations ON DELETE CASCADE,
	profile_id bigint REFERENCES profiles ON DELETE CASCADE,
	joined timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (conversation_id, profile_id)
);
CREATE TABLE direct_messages (
	id bigserial PRIMARY KEY,
	conversation_id bigint NOT NULL,
	sender_id bigint NOT NULL,
	body text NOT NULL,
	sent timestamptz NOT NULL DEFAULT now(),
	read boolean NOT NULL DEFAULT false,
	FOREIGN KEY (conversation_id, sender_id) REFERENCES conversation_members ON DELETE CASCADE
);
CREATE TABLE notices (
	id bigserial PRIMARY KEY,
	profile_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	kind notice_kind NOT NULL,
	about bigint,
	created timestamptz NOT NULL DEFAULT now(),
	seen boolean NOT NULL DEFAULT false
);
CREATE INDEX notices_unseen ON notices (profile_id) WHERE NOT seen;
CREATE TABLE lists (
	id serial PRIMARY KEY,
	owner_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	name text NOT NULL,
	open boolean NOT NULL DEFAULT true,
	UNIQUE (owner_id, name)
);
CREATE TABLE list_members (
	list_id int NOT NULL REFERENCES lists ON DELETE CASCADE,
	profile_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	PRIMARY KEY (list_id, profile_id)
);
CREATE TABLE ads (
	id serial PRIMARY KEY,
	title text NOT NULL,
	budget numeric(12,2) NOT NULL DEFAULT 0,
	starts date NOT NULL DEFAULT CURRENT_DATE,
	ends date,
	target jsonb,
	CHECK (ends > starts)
);
CREATE TABLE abuse_reports (
	id serial PRIMARY KEY,
	post_id bigint REFERENCES posts ON DELETE CASCADE,
	reporter_id bigint REFERENCES profiles ON DELETE SET NULL,
	reason text NOT NULL DEFAULT '',
	handled timestamptz
);

CREATE FUNCTION bump_likes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE posts SET likes = likes + n.count FROM (SELECT post_id, count(*) AS count FROM added GROUP BY post_id) n WHERE id = n.post_id;
	RETURN NULL;
END $$;
CREATE TRIGGER likes_bump AFTER INSERT ON likes REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION bump_likes();
CREATE VIEW public_profiles AS SELECT id, handle, name, bio, followers, verified FROM profiles WHERE privacy = 'everyone';
CREATE VIEW timeline AS
	SELECT f.follower_id AS reader, p.id, p.author_id, p.text, p.created, p.likes
	FROM follows f JOIN posts p ON p.author_id = f.followed_id WHERE NOT f.muted;
CREATE VIEW trending AS
	WITH recent AS (SELECT id FROM posts WHERE created > now() - interval '1 day')
	SELECT h.tag, count(*) AS uses FROM hashtags h JOIN post_hashtags ph ON ph.hashtag_id = h.id JOIN recent r ON r.id = ph.post_id
	GROUP BY h.tag ORDER BY count(*) DESC LIMIT 10;

CREATE TABLE bookmarks (
	profile_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
	at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (profile_id, post_id)
);
CREATE TABLE polls (
	post_id bigint PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
	options text[] NOT NULL CHECK (cardinality(options) BETWEEN 2 AND 6),
	closes timestamptz NOT NULL
);
CREATE TABLE poll_votes (
	post_id bigint NOT NULL REFERENCES polls ON DELETE CASCADE,
	profile_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	choice smallint NOT NULL,
	PRIMARY KEY (post_id, profile_id)
);
