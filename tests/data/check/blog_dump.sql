--
-- PostgreSQL database dump
--



SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: accounts; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.accounts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email character varying(320) NOT NULL,
    email_lc text GENERATED ALWAYS AS (lower((email)::text)) STORED,
    plan character(1) DEFAULT 'f'::bpchar NOT NULL,
    created timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP(3),
    valid daterange,
    loc point,
    ip inet DEFAULT '127.0.0.1'::inet,
    tz text DEFAULT 'UTC'::text,
    price money DEFAULT 0,
    bin bytea DEFAULT '\x00'::bytea,
    d date DEFAULT CURRENT_DATE,
    dd date DEFAULT '2020-01-01'::date,
    ts timestamp without time zone DEFAULT '2020-01-01 00:00:00'::timestamp without time zone,
    t time without time zone DEFAULT '10:00:00'::time without time zone,
    r real DEFAULT 1.5,
    n numeric(5,2) DEFAULT 1.50,
    n2 numeric DEFAULT 3.14,
    i2 smallint DEFAULT '7'::smallint,
    arr integer[] DEFAULT '{1,2}'::integer[],
    arr2 integer[] DEFAULT ARRAY[1, 2],
    arr3 character varying(10)[] DEFAULT ARRAY['a'::character varying],
    x xml,
    js json DEFAULT '{"a":1}'::json,
    h interval hour to minute,
    i3 interval(3),
    CONSTRAINT accounts_plan_check CHECK ((plan = ANY (ARRAY['f'::bpchar, 'p'::bpchar, 'e'::bpchar]))),
    CONSTRAINT chk_arr CHECK ((arr <@ ARRAY[1, 2, 3])),
    CONSTRAINT chk_arr2 CHECK ((3 = ANY (arr))),
    CONSTRAINT chk_bool CHECK (((((n > (0)::numeric))::integer + ((r > (0)::double precision))::integer) = 1)),
    CONSTRAINT chk_case CHECK (
CASE plan
    WHEN 'f'::bpchar THEN (n = (0)::numeric)
    WHEN 'p'::bpchar THEN (n > (0)::numeric)
    ELSE NULL::boolean
END),
    CONSTRAINT chk_concat CHECK ((((email)::text || tz) <> ('a'::text || (plan)::text))),
    CONSTRAINT chk_date2 CHECK (((d >= '2000-01-01'::date) AND (ts < '2100-01-01 00:00:00'::timestamp without time zone))),
    CONSTRAINT chk_date3 CHECK (((date_trunc('month'::text, ts) = ts) AND (date_part('year'::text, ts) > (2000)::double precision))),
    CONSTRAINT chk_dates CHECK ((upper(valid) > lower(valid))),
    CONSTRAINT chk_email CHECK ((((email)::text ~~ '%@%'::text) AND (POSITION(('@'::text) IN (email)) > 1))),
    CONSTRAINT chk_fn CHECK (((abs(n) < (100)::numeric) AND (round(n, 1) = n) AND (mod((i2)::integer, 2) = 0) AND ((n)::integer > 0))),
    CONSTRAINT chk_i2 CHECK (((i2 > 0) AND (((i2 + 1))::numeric > n) AND (((i2)::double precision * r) < (5)::double precision) AND ((n / (2)::numeric) > (i2)::numeric) AND (r >= (0)::double precision))),
    CONSTRAINT chk_in2 CHECK (((n = ANY (ARRAY[1.5, (2)::numeric])) AND (i2 <> ALL (ARRAY[1, 2])) AND (lower(tz) = ANY (ARRAY['a'::text, 'b'::text])) AND (d = ANY (ARRAY['2020-01-01'::date, '2020-01-02'::date])))),
    CONSTRAINT chk_interval CHECK ((((ts + '1 day'::interval) > ts) AND (created > (now() - '100 years'::interval)))),
    CONSTRAINT chk_ip CHECK (((family(ip) = 4) AND (ip << '10.0.0.0/8'::inet))),
    CONSTRAINT chk_js CHECK ((((js ->> 'a'::text) IS NOT NULL) AND ((((js -> 'b'::text) ->> 'c'::text))::numeric > (5)::numeric))),
    CONSTRAINT chk_json CHECK ((json_typeof(js) = 'object'::text)),
    CONSTRAINT chk_least CHECK ((LEAST(n, (5)::numeric) < GREATEST(n2, (1)::numeric, 0.5))),
    CONSTRAINT chk_len CHECK (((length((email)::text) <= 320) AND (octet_length(bin) < 100) AND (array_length(arr, 1) < 5))),
    CONSTRAINT chk_nb CHECK (((n < (5)::numeric) OR (n > (6)::numeric))),
    CONSTRAINT chk_nul CHECK ((num_nonnulls(email, tz) = 1)),
    CONSTRAINT chk_nullif CHECK ((NULLIF((email)::text, ''::text) IS NOT NULL)),
    CONSTRAINT chk_plan CHECK ((((plan = 'f'::bpchar) AND (price IS NULL)) OR ((plan <> 'f'::bpchar) AND (n >= (0)::numeric) AND (n <= (100)::numeric)))),
    CONSTRAINT chk_re CHECK (((tz ~* '^[A-Z]'::text) AND (tz !~ 'x'::text))),
    CONSTRAINT chk_row CHECK (((i2 <> 1) OR (n <> (2)::numeric))),
    CONSTRAINT chk_sim CHECK (((email)::text ~ similar_to_escape('%a%'::text))),
    CONSTRAINT chk_trim CHECK (((TRIM(BOTH 'x'::text FROM email) <> ''::text) AND (btrim(tz) <> ''::text) AND (SUBSTRING(email FROM 1 FOR 2) = 'ab'::text) AND (substr(tz, 1, 2) = 'x'::text))),
    CONSTRAINT chk_true CHECK ((((n > (1)::numeric) IS TRUE) OR ((n > (1)::numeric) IS NOT FALSE))),
    CONSTRAINT chk_upper CHECK (((tz = upper(tz)) AND ((email)::text = lower((email)::text)) AND ((plan)::text = upper((plan)::text)))),
    CONSTRAINT chk_xor CHECK (((email IS NULL) <> (tz IS NULL)))
);


ALTER TABLE public.accounts OWNER TO postgres;

--
-- Name: posts; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.posts (
    id integer NOT NULL,
    account_id uuid,
    title text NOT NULL,
    body text,
    published_at timestamp with time zone,
    state character varying(20) DEFAULT 'draft'::character varying NOT NULL,
    tsv tsvector GENERATED ALWAYS AS (to_tsvector('english'::regconfig, ((COALESCE(title, ''::text) || ' '::text) || COALESCE(body, ''::text)))) STORED
);


ALTER TABLE public.posts OWNER TO postgres;

--
-- Name: dist; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.dist AS
 SELECT DISTINCT ON (posts.account_id) posts.account_id,
    posts.id,
    COALESCE(posts.body, posts.title, 'none'::text) AS txt,
    (posts.state)::text AS st,
    ((posts.id)::text || 'x'::text) AS idx
   FROM public.posts
  ORDER BY posts.account_id, posts.published_at DESC;


ALTER TABLE public.dist OWNER TO postgres;

--
-- Name: gs; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.gs AS
 SELECT g.g
   FROM generate_series(1, 10) g(g);


ALTER TABLE public.gs OWNER TO postgres;

--
-- Name: lat; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.lat AS
 SELECT a.id,
    l.title
   FROM (public.accounts a
     CROSS JOIN LATERAL ( SELECT posts.title
           FROM public.posts
          WHERE (posts.account_id = a.id)
          ORDER BY posts.id
         LIMIT 1) l);


ALTER TABLE public.lat OWNER TO postgres;

--
-- Name: newest; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.newest AS
 SELECT posts.id,
    posts.title,
    ( SELECT max(posts_1.id) AS max
           FROM public.posts posts_1) AS last
   FROM public.posts
  WHERE (posts.id IN ( SELECT max(posts_1.id) AS max
           FROM public.posts posts_1
          WHERE (posts_1.id < ( SELECT max(posts_2.id) AS max
                   FROM public.posts posts_2))));


ALTER TABLE public.newest OWNER TO postgres;

--
-- Name: own_alias; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.own_alias AS
 SELECT posts.id
   FROM public.posts
  WHERE (EXISTS ( SELECT 1
           FROM public.posts posts_1
          WHERE (posts_1.id > posts.id)));


ALTER TABLE public.own_alias OWNER TO postgres;

--
-- Name: posts_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.posts_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.posts_id_seq OWNER TO postgres;

--
-- Name: posts_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: postgres
--

ALTER SEQUENCE public.posts_id_seq OWNED BY public.posts.id;


--
-- Name: posts_tags; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.posts_tags (
    post_id integer NOT NULL,
    tag_id integer NOT NULL
);


ALTER TABLE public.posts_tags OWNER TO postgres;

--
-- Name: published; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.published AS
SELECT
    NULL::integer AS id,
    NULL::uuid AS account_id,
    NULL::text AS title,
    NULL::text AS body,
    NULL::timestamp with time zone AS published_at,
    NULL::character varying(20) AS state,
    NULL::tsvector AS tsv,
    NULL::character varying(320) AS author,
    NULL::text[] AS tags;


ALTER TABLE public.published OWNER TO postgres;

--
-- Name: same_alias; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.same_alias AS
 SELECT p.id
   FROM public.posts p
  WHERE (EXISTS ( SELECT 1
           FROM public.accounts p_1
          WHERE (p_1.id IS NOT NULL)));


ALTER TABLE public.same_alias OWNER TO postgres;

--
-- Name: stats; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.stats AS
 SELECT date_trunc('day'::text, posts.published_at) AS day,
    count(*) AS n,
    sum(length(posts.body)) AS total,
    max(posts.id) AS max,
    rank() OVER (ORDER BY (count(*)) DESC) AS rk
   FROM public.posts
  WHERE ((posts.title ~~* '%x%'::text) AND (posts.account_id IN ( SELECT accounts.id
           FROM public.accounts
          WHERE (accounts.plan = 'p'::bpchar))))
  GROUP BY (date_trunc('day'::text, posts.published_at));


ALTER TABLE public.stats OWNER TO postgres;

--
-- Name: sub; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.sub AS
 SELECT q.id,
    q.c
   FROM ( SELECT posts.account_id AS id,
            count(*) AS c
           FROM public.posts
          GROUP BY posts.account_id) q
  WHERE (q.c > 1)
 OFFSET 2
 LIMIT 10;


ALTER TABLE public.sub OWNER TO postgres;

--
-- Name: tags; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.tags (
    id integer NOT NULL,
    name text
);


ALTER TABLE public.tags OWNER TO postgres;

--
-- Name: u2; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.u2 AS
 SELECT posts.id,
    posts.title
   FROM public.posts
  WHERE (posts.id < 5)
UNION
 SELECT tags.id,
    tags.name AS title
   FROM public.tags
  ORDER BY 1;


ALTER TABLE public.u2 OWNER TO postgres;

--
-- Name: usi; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.usi AS
 SELECT x.title,
    posts_tags.tag_id
   FROM (public.posts_tags
     JOIN ( SELECT posts.id AS post_id,
            posts.title
           FROM public.posts) x USING (post_id));


ALTER TABLE public.usi OWNER TO postgres;

--
-- Name: vals; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.vals AS
 SELECT v.a,
    v.b
   FROM ( VALUES (1,'a'::text), (2,'b'::text)) v(a, b);


ALTER TABLE public.vals OWNER TO postgres;

--
-- Name: vv; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.vv AS
 SELECT published.author,
    lower(published.title) AS lower
   FROM public.published
  WHERE ((published.author)::text ~~ 'a%'::text);


ALTER TABLE public.vv OWNER TO postgres;

--
-- Name: with_same; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.with_same AS
 WITH early AS (
         SELECT posts_1.id
           FROM public.posts posts_1
          WHERE (posts_1.id < 9)
        )
 SELECT posts.title
   FROM (public.posts
     JOIN early ON ((early.id = posts.id)));


ALTER TABLE public.with_same OWNER TO postgres;

--
-- Name: posts id; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.posts ALTER COLUMN id SET DEFAULT nextval('public.posts_id_seq'::regclass);


--
-- Name: accounts accounts_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);


--
-- Name: posts posts_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_pkey PRIMARY KEY (id);


--
-- Name: posts_tags posts_tags_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.posts_tags
    ADD CONSTRAINT posts_tags_pkey PRIMARY KEY (post_id, tag_id);


--
-- Name: tags tags_name_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.tags
    ADD CONSTRAINT tags_name_key UNIQUE (name);


--
-- Name: tags tags_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.tags
    ADD CONSTRAINT tags_pkey PRIMARY KEY (id);


--
-- Name: accounts_email_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE UNIQUE INDEX accounts_email_idx ON public.accounts USING btree (lower((email)::text));


--
-- Name: accounts_email_idx1; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX accounts_email_idx1 ON public.accounts USING btree (email varchar_pattern_ops) WHERE ((tz IS NOT NULL) AND (plan = ANY (ARRAY['f'::bpchar, 'p'::bpchar])));


--
-- Name: accounts_expr_expr1_expr2_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX accounts_expr_expr1_expr2_idx ON public.accounts USING btree (((js ->> 'a'::text)), ((n + (1)::numeric)), (((email)::text || tz)));


--
-- Name: accounts_valid_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX accounts_valid_idx ON public.accounts USING gist (valid);


--
-- Name: posts_fts; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX posts_fts ON public.posts USING gin (to_tsvector('english'::regconfig, title));


--
-- Name: posts_pub; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX posts_pub ON public.posts USING btree (published_at DESC NULLS LAST) WHERE ((state)::text = 'published'::text);


--
-- Name: posts_tsv; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX posts_tsv ON public.posts USING gin (tsv);


--
-- Name: published _RETURN; Type: RULE; Schema: public; Owner: postgres
--

CREATE OR REPLACE VIEW public.published AS
 SELECT p.id,
    p.account_id,
    p.title,
    p.body,
    p.published_at,
    p.state,
    p.tsv,
    a.email AS author,
    array_agg(t.name ORDER BY t.name) FILTER (WHERE (t.name IS NOT NULL)) AS tags
   FROM (((public.posts p
     JOIN public.accounts a ON ((a.id = p.account_id)))
     LEFT JOIN public.posts_tags pt ON ((pt.post_id = p.id)))
     LEFT JOIN public.tags t ON ((t.id = pt.tag_id)))
  WHERE (((p.state)::text = 'published'::text) AND (p.published_at <= now()))
  GROUP BY p.id, a.email;


--
-- Name: posts posts_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE SET NULL;


--
-- Name: posts_tags posts_tags_post_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.posts_tags
    ADD CONSTRAINT posts_tags_post_id_fkey FOREIGN KEY (post_id) REFERENCES public.posts(id) ON DELETE CASCADE;


--
-- Name: posts_tags posts_tags_tag_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.posts_tags
    ADD CONSTRAINT posts_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES public.tags(id);


--
-- PostgreSQL database dump complete
--


