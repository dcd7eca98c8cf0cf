BEGIN;
CREATE TABLE accounts (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  email VARCHAR(320) NOT NULL,
  email_lc TEXT GENERATED ALWAYS AS (LOWER(email)) STORED,
  plan CHAR(1) NOT NULL DEFAULT 'f' CHECK (plan IN ('f','p','e')),
  created TIMESTAMP(3) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP(3),
  valid DATERANGE,
  loc POINT,
  ip INET DEFAULT '127.0.0.1',
  tz TEXT DEFAULT 'UTC',
  price MONEY DEFAULT 0,
  bin BYTEA DEFAULT '\x00',
  d DATE DEFAULT CURRENT_DATE,
  dd DATE DEFAULT '2020-01-01',
  ts TIMESTAMP DEFAULT '2020-01-01',
  t TIME DEFAULT '10:00',
  r REAL DEFAULT 1.5, n NUMERIC(5,2) DEFAULT 1.50, n2 numeric default '3.14', i2 smallint default '7',
  arr INT[] DEFAULT '{1,2}', arr2 INT[] DEFAULT ARRAY[1,2]::int[], arr3 varchar(10)[] default array['a']::varchar[],
  x XML, js JSON DEFAULT '{"a":1}', h INTERVAL HOUR TO MINUTE, i3 interval(3),
  CONSTRAINT chk_email CHECK (email LIKE '%@%' AND position('@' in email) > 1),
  CONSTRAINT chk_plan CHECK ((plan = 'f' AND price IS NULL) OR (plan <> 'f' AND n >= 0 AND n <= 100)),
  CONSTRAINT chk_dates CHECK (upper(valid) > lower(valid)),
  CONSTRAINT chk_json CHECK (json_typeof(js) = 'object'),
  CONSTRAINT chk_len CHECK (length(email) <= 320 AND octet_length(bin) < 100 AND array_length(arr, 1) < 5),
  CONSTRAINT chk_sim CHECK (email SIMILAR TO '%a%'),
  CONSTRAINT chk_arr CHECK (arr <@ ARRAY[1,2,3]),
  CONSTRAINT chk_arr2 CHECK (3 = ANY(arr)),
  CONSTRAINT chk_date2 CHECK (d >= DATE '2000-01-01' AND ts < TIMESTAMP '2100-01-01 00:00:00'),
  CONSTRAINT chk_fn CHECK (abs(n) < 100 AND round(n, 1) = n AND mod(i2, 2) = 0 AND n::int > 0),
  CONSTRAINT chk_bool CHECK ((n > 0)::int + (r > 0)::int = 1),
  CONSTRAINT chk_re CHECK (tz ~* '^[A-Z]' AND tz !~ 'x'),
  CONSTRAINT chk_nul CHECK (num_nonnulls(email, tz) = 1),
  CONSTRAINT chk_xor CHECK ((email IS NULL) <> (tz IS NULL)),
  CONSTRAINT chk_upper CHECK (tz = upper(tz) AND email = lower(email) AND plan = upper(plan)),
  CONSTRAINT chk_nb CHECK (n NOT BETWEEN 5 AND 6),
  CONSTRAINT chk_concat CHECK (email || tz <> 'a' || plan),
  CONSTRAINT chk_interval CHECK (ts + interval '1 day' > ts AND created > now() - interval '100 years'),
  CONSTRAINT chk_nullif CHECK (NULLIF(email, '') IS NOT NULL),
  CONSTRAINT chk_least CHECK (LEAST(n, 5) < GREATEST(n2, 1, 0.5)),
  CONSTRAINT chk_true CHECK ((n > 1) IS TRUE OR (n > 1) IS NOT FALSE),
  CONSTRAINT chk_trim CHECK (trim(both 'x' from email) <> '' AND btrim(tz) <> '' AND substring(email from 1 for 2) = 'ab' AND substr(tz,1,2)='x'),
  CONSTRAINT chk_date3 CHECK (date_trunc('month', ts) = ts AND date_part('year', ts) > 2000),
  CONSTRAINT chk_js CHECK (js->>'a' IS NOT NULL AND (js->'b'->>'c')::numeric > 5),
  CONSTRAINT chk_i2 CHECK (i2 > 0 AND i2 + 1 > n AND i2 * r < 5 AND n / 2 > i2 AND r >= 0),
  CONSTRAINT chk_case CHECK (CASE plan WHEN 'f' THEN n = 0 WHEN 'p' THEN n > 0 END),
  CONSTRAINT chk_row CHECK ((i2, n) <> (1, 2)),
  CONSTRAINT chk_in2 CHECK (n IN (1.5, 2) AND i2 NOT IN (1,2) AND lower(tz) IN ('a','b') AND d IN ('2020-01-01', '2020-01-02')),
  CONSTRAINT chk_ip CHECK (family(ip) = 4 AND ip << '10.0.0.0/8')
);
CREATE UNIQUE INDEX accounts_email_idx ON accounts (lower(email));
CREATE INDEX ON accounts USING gist (valid);
CREATE INDEX ON accounts (email varchar_pattern_ops) WHERE tz IS NOT NULL AND plan IN ('f','p');
CREATE INDEX ON accounts ((js->>'a'), (n + 1), (email || tz));
CREATE TABLE posts (id serial PRIMARY KEY, account_id uuid REFERENCES accounts(id) ON DELETE SET NULL, title text NOT NULL, body text, published_at timestamptz, state varchar(20) DEFAULT 'draft' NOT NULL, tsv tsvector GENERATED ALWAYS AS (to_tsvector('english', coalesce(title,'') || ' ' || coalesce(body,''))) STORED);
CREATE INDEX posts_tsv ON posts USING gin(tsv);
CREATE INDEX posts_fts ON posts USING gin(to_tsvector('english', title));
CREATE INDEX posts_pub ON posts (published_at DESC NULLS LAST) WHERE state = 'published';
CREATE TABLE tags (id int PRIMARY KEY, name text UNIQUE);
CREATE TABLE posts_tags (post_id int REFERENCES posts ON DELETE CASCADE, tag_id int REFERENCES tags, PRIMARY KEY (post_id, tag_id));
CREATE VIEW published AS
 SELECT p.*, a.email AS author, array_agg(t.name ORDER BY t.name) FILTER (WHERE t.name IS NOT NULL) tags
 FROM posts p JOIN accounts a ON a.id = p.account_id
 LEFT JOIN posts_tags pt ON pt.post_id = p.id LEFT JOIN tags t ON t.id = pt.tag_id
 WHERE p.state = 'published' AND p.published_at <= now()
 GROUP BY p.id, a.email;
CREATE VIEW stats AS
 SELECT date_trunc('day', published_at) AS day, count(*) AS n, sum(length(body)) total, max(id), rank() OVER (ORDER BY count(*) DESC) rk
 FROM posts WHERE title ILIKE '%x%' AND account_id IN (SELECT id FROM accounts WHERE plan = 'p') GROUP BY 1;
CREATE VIEW sub AS SELECT q.id, q.c FROM (SELECT account_id AS id, count(*) c FROM posts GROUP BY account_id) q WHERE q.c > 1 LIMIT 10 OFFSET 2;
CREATE VIEW u2 AS SELECT id, title FROM posts WHERE id < 5 UNION SELECT id, name FROM tags ORDER BY 1;
CREATE VIEW usi AS SELECT title, tag_id FROM posts_tags JOIN (SELECT id AS post_id, title FROM posts) x USING (post_id);
CREATE VIEW dist AS SELECT DISTINCT ON (account_id) account_id, id, COALESCE(body, title, 'none') AS txt, state::text AS st, id::text || 'x' AS idx FROM posts ORDER BY account_id, published_at DESC;
CREATE VIEW lat AS SELECT a.id, l.title FROM accounts a CROSS JOIN LATERAL (SELECT title FROM posts WHERE posts.account_id = a.id ORDER BY id LIMIT 1) l;
CREATE VIEW vals AS SELECT * FROM (VALUES (1,'a'),(2,'b')) v(a,b);
CREATE VIEW gs AS SELECT g FROM generate_series(1, 10) g;
CREATE VIEW vv AS SELECT author, lower(title) FROM published WHERE author LIKE 'a%';
-- What an inner query reads has the same name as what is read around it.
CREATE VIEW newest AS SELECT id, title, (SELECT max(id) FROM posts) AS last FROM posts WHERE id IN (SELECT max(id) FROM posts WHERE id < (SELECT max(id) FROM posts));
CREATE VIEW same_alias AS SELECT p.id FROM posts p WHERE EXISTS (SELECT 1 FROM accounts p WHERE p.id IS NOT NULL);
CREATE VIEW with_same AS WITH early AS (SELECT id FROM posts WHERE id < 9) SELECT posts.title FROM posts JOIN early ON early.id = posts.id;
CREATE VIEW own_alias AS SELECT posts.id FROM posts WHERE EXISTS (SELECT 1 FROM posts posts_1 WHERE posts_1.id > posts.id);
COMMIT;
