-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- A social network, version 1.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TYPE privacy AS ENUM ('everyone', 'friends', 'nobody');
CREATE TYPE notice_kind AS ENUM ('follow', 'like', 'comment');

CREATE TABLE profiles (
	id bigserial PRIMARY KEY,
	handle varchar(30) NOT NULL UNIQUE,
	name varchar(50),
	bio varchar(160),
	birthday date,
	privacy privacy NOT NULL DEFAULT 'everyone',
	interests text[],
	followers integer NOT NULL DEFAULT 0,
	created timestamp NOT NULL DEFAULT now()
);
CREATE INDEX profiles_search ON profiles USING gin (name gin_trgm_ops);
CREATE TABLE logins (
	profile_id bigint PRIMARY KEY REFERENCES profiles ON DELETE CASCADE,
	email text NOT NULL UNIQUE,
	password text NOT NULL,
	failed smallint DEFAULT 0
);
CREATE TABLE follows (
	follower_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	followed_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	since timestamp NOT NULL DEFAULT now(),
	PRIMARY KEY (follower_id, followed_id),
	CHECK (follower_id <> followed_id)
);
CREATE INDEX follows_back ON follows (followed_id);
CREATE TABLE blocks (
	blocker_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	blocked_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	PRIMARY KEY (blocker_id, blocked_id)
);
CREATE TABLE posts (
	id bigserial PRIMARY KEY,
	author_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	text varchar(280),
	reply_to bigint REFERENCES posts ON DELETE SET NULL,
	likes integer NOT NULL DEFAULT 0,
	place point,
	created timestamp NOT NULL DEFAULT now()
);
CREATE INDEX posts_author ON posts (author_id, created DESC);
CREATE INDEX posts_place ON posts USING gist (place);
CREATE TABLE media (
	id bigserial PRIMARY KEY,
	post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
	kind char(1) NOT NULL CHECK (kind IN ('i', 'v')),
	url text NOT NULL,
	width int,
	height int
);
CREATE TABLE likes (
	post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
	profile_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	at timestamp DEFAULT now(),
	PRIMARY KEY (post_id, profile_id)
);
CREATE TABLE hashtags (
	id serial PRIMARY KEY,
	tag text NOT NULL UNIQUE
);
CREATE TABLE post_hashtags (
	post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
	hashtag_id int NOT NULL REFERENCES hashtags,
	PRIMARY KEY (post_id, hashtag_id)
);
CREATE TABLE conversations (
	id bigserial PRIMARY KEY,
	created timestamp DEFAULT now()
);
CREATE TABLE conversation_members (
	conversation_id bigint REFERENCES conversations ON DELETE CASCADE,
	profile_id bigint REFERENCES profiles ON DELETE CASCADE,
	PRIMARY KEY (conversation_id, profile_id)
);
CREATE TABLE direct_messages (
	id bigserial PRIMARY KEY,
	conversation_id bigint NOT NULL,
	sender_id bigint NOT NULL,
	body text NOT NULL,
	sent timestamp NOT NULL DEFAULT now(),
	FOREIGN KEY (conversation_id, sender_id) REFERENCES conversation_members ON DELETE CASCADE
);
CREATE TABLE notices (
	id bigserial PRIMARY KEY,
	profile_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	kind notice_kind NOT NULL,
	about bigint,
	seen boolean NOT NULL DEFAULT false
);
CREATE INDEX notices_unseen ON notices (profile_id) WHERE NOT seen;
CREATE TABLE lists (
	id serial PRIMARY KEY,
	owner_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	name text NOT NULL
);
CREATE TABLE list_members (
	list_id int NOT NULL REFERENCES lists ON DELETE CASCADE,
	profile_id bigint NOT NULL REFERENCES profiles ON DELETE CASCADE,
	PRIMARY KEY (list_id, profile_id)
);
CREATE TABLE ads (
	id serial PRIMARY KEY,
	title text NOT NULL,
	budget money NOT NULL DEFAULT 0,
	starts date,
	ends date,
	target json
);
CREATE TABLE abuse_reports (
	id serial PRIMARY KEY,
	post_id bigint REFERENCES posts ON DELETE CASCADE,
	reporter_id bigint REFERENCES profiles,
	reason text
);

CREATE FUNCTION bump_likes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE posts SET likes = likes + n.count FROM (SELECT post_id, count(*) AS count FROM added GROUP BY post_id) n WHERE id = n.post_id;
	RETURN NULL;
END $$;
CREATE TRIGGER likes_bump AFTER INSERT ON likes REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION bump_likes();
CREATE VIEW public_profiles AS SELECT id, handle, name, bio, followers FROM profiles WHERE privacy = 'everyone';
CREATE VIEW timeline AS
	SELECT f.follower_id AS reader, p.id, p.author_id, p.text, p.created
	FROM follows f JOIN posts p ON p.author_id = f.followed_id;
CREATE VIEW trending AS
	WITH recent AS (SELECT id FROM posts WHERE created > now() - interval '1 day')
	SELECT h.tag, count(*) AS uses FROM hashtags h JOIN post_hashtags ph ON ph.hashtag_id = h.id JOIN recent r ON r.id = ph.post_id
	GROUP BY h.tag ORDER BY count(*) DESC LIMIT 10;
