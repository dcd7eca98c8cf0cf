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

--
-- Name: app; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA app;


ALTER SCHEMA app OWNER TO postgres;

--
-- Name: SCHEMA app; Type: COMMENT; Schema: -; Owner: postgres
--

COMMENT ON SCHEMA app IS 'sc';


--
-- Name: de; Type: COLLATION; Schema: public; Owner: postgres
--

CREATE COLLATION public.de (provider = icu, locale = 'de');


ALTER COLLATION public.de OWNER TO postgres;

--
-- Name: citext; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;


--
-- Name: EXTENSION citext; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION citext IS 'data type for case-insensitive character strings';


--
-- Name: pg_trgm; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;


--
-- Name: EXTENSION pg_trgm; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';


--
-- Name: uuid-ossp; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;


--
-- Name: EXTENSION "uuid-ossp"; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION "uuid-ossp" IS 'generate universally unique identifiers (UUIDs)';


--
-- Name: pair; Type: TYPE; Schema: app; Owner: postgres
--

CREATE TYPE app.pair AS (
	a integer,
	b text COLLATE pg_catalog."C"
);


ALTER TYPE app.pair OWNER TO postgres;

--
-- Name: email; Type: DOMAIN; Schema: public; Owner: postgres
--

CREATE DOMAIN public.email AS public.citext NOT NULL
	CONSTRAINT email_check CHECK ((VALUE OPERATOR(public.~) '^[^@]+@[^@]+$'::public.citext));


ALTER DOMAIN public.email OWNER TO postgres;

--
-- Name: floatrange; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.floatrange AS RANGE (
    subtype = double precision,
    multirange_type_name = public.floatmultirange,
    subtype_diff = float8mi
);


ALTER TYPE public.floatrange OWNER TO postgres;

--
-- Name: posint; Type: DOMAIN; Schema: public; Owner: postgres
--

CREATE DOMAIN public.posint AS integer DEFAULT 1
	CONSTRAINT positive CHECK ((VALUE > 0));


ALTER DOMAIN public.posint OWNER TO postgres;

--
-- Name: status; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.status AS ENUM (
    'active',
    'inactive',
    'O''Brien'
);


ALTER TYPE public.status OWNER TO postgres;

--
-- Name: TYPE status; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TYPE public.status IS 'st';


--
-- Name: add(integer, integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.add(a integer, b integer DEFAULT 2) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT
    AS $$select a + b$$;


ALTER FUNCTION public.add(a integer, b integer) OWNER TO postgres;

--
-- Name: FUNCTION add(a integer, b integer); Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON FUNCTION public.add(a integer, b integer) IS 'adds';


--
-- Name: atom(integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.atom(x integer) RETURNS integer
    LANGUAGE sql
    RETURN (x + 1);


ALTER FUNCTION public.atom(x integer) OWNER TO postgres;

--
-- Name: proc(integer); Type: PROCEDURE; Schema: public; Owner: postgres
--

CREATE PROCEDURE public.proc(IN x integer)
    LANGUAGE sql
    AS $$select 1$$;


ALTER PROCEDURE public.proc(IN x integer) OWNER TO postgres;

--
-- Name: sr(integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.sr(n integer, OUT a integer, OUT b text) RETURNS SETOF record
    LANGUAGE sql STABLE COST 50 ROWS 10 PARALLEL SAFE
    SET search_path TO 'public', 'pg_temp'
    AS $$ select 1, 'x' $$;


ALTER FUNCTION public.sr(n integer, OUT a integer, OUT b text) OWNER TO postgres;

--
-- Name: tab(text, integer[]); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.tab(p text DEFAULT 'x'::text, VARIADIC q integer[] DEFAULT '{}'::integer[]) RETURNS TABLE(a integer, b character varying)
    LANGUAGE sql SECURITY DEFINER
    AS $$select 1, 'y'$$;


ALTER FUNCTION public.tab(p text, VARIADIC q integer[]) OWNER TO postgres;

--
-- Name: touch(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;


ALTER FUNCTION public.touch() OWNER TO postgres;

--
-- Name: mysum(integer); Type: AGGREGATE; Schema: public; Owner: postgres
--

CREATE AGGREGATE public.mysum(integer) (
    SFUNC = int4pl,
    STYPE = integer,
    INITCOND = '0'
);


ALTER AGGREGATE public.mysum(integer) OWNER TO postgres;

--
-- Name: order_no; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.order_no
    START WITH 1000
    INCREMENT BY 5
    NO MINVALUE
    NO MAXVALUE
    CACHE 10;


ALTER TABLE public.order_no OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: orders; Type: TABLE; Schema: app; Owner: postgres
--

CREATE TABLE app.orders (
    id integer NOT NULL,
    no bigint DEFAULT nextval('public.order_no'::regclass),
    user_id bigint NOT NULL,
    other_id bigint,
    total numeric NOT NULL,
    tax numeric GENERATED ALWAYS AS ((total * 0.19)) STORED,
    place app.pair,
    qty public.posint,
    "weird ""Name" text,
    "order" integer,
    small smallint NOT NULL
)
WITH (fillfactor='70', autovacuum_enabled='false');


ALTER TABLE app.orders OWNER TO postgres;

--
-- Name: orders_id_seq; Type: SEQUENCE; Schema: app; Owner: postgres
--

ALTER TABLE app.orders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME app.orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: orders_small_seq; Type: SEQUENCE; Schema: app; Owner: postgres
--

CREATE SEQUENCE app.orders_small_seq
    AS smallint
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE app.orders_small_seq OWNER TO postgres;

--
-- Name: orders_small_seq; Type: SEQUENCE OWNED BY; Schema: app; Owner: postgres
--

ALTER SEQUENCE app.orders_small_seq OWNED BY app.orders.small;


--
-- Name: base; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.base (
    id integer,
    note text DEFAULT 'n'::text,
    CONSTRAINT base_note_check CHECK ((note <> 'z'::text))
);


ALTER TABLE public.base OWNER TO postgres;

--
-- Name: child; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.child (
    extra integer
)
INHERITS (public.base);


ALTER TABLE public.child OWNER TO postgres;

--
-- Name: events; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.events (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text,
    user_id bigint,
    CONSTRAINT kind_ok CHECK ((kind <> ''::text))
)
PARTITION BY RANGE (at);


ALTER TABLE public.events OWNER TO postgres;

--
-- Name: events_2020; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.events_2020 (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text,
    user_id bigint,
    CONSTRAINT kind_ok CHECK ((kind <> ''::text))
);


ALTER TABLE public.events_2020 OWNER TO postgres;

--
-- Name: events_def; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.events_def (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text,
    user_id bigint,
    CONSTRAINT kind_ok CHECK ((kind <> ''::text))
);


ALTER TABLE public.events_def OWNER TO postgres;

--
-- Name: events_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

ALTER TABLE public.events ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.events_id_seq
    START WITH 10
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: ha; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.ha (
    a integer,
    b text
)
PARTITION BY HASH (a);


ALTER TABLE public.ha OWNER TO postgres;

--
-- Name: ha_0; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.ha_0 (
    a integer,
    b text
);


ALTER TABLE public.ha_0 OWNER TO postgres;

--
-- Name: li; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.li (
    a integer,
    b text
)
PARTITION BY LIST (b);


ALTER TABLE public.li OWNER TO postgres;

--
-- Name: li_a; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.li_a (
    a integer,
    b text
);


ALTER TABLE public.li_a OWNER TO postgres;

--
-- Name: users; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.users (
    id bigint NOT NULL,
    name character varying(255) DEFAULT 'anonymous'::character varying NOT NULL,
    mail public.email,
    nick public.citext,
    state public.status DEFAULT 'active'::public.status NOT NULL,
    role text DEFAULT 'user'::text NOT NULL,
    lang character varying(2) DEFAULT 'en'::character varying,
    balance numeric(10,2) DEFAULT 0 NOT NULL,
    score double precision DEFAULT '-1.5'::numeric,
    level integer DEFAULT '-1'::integer,
    big bigint DEFAULT 0,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    conf jsonb DEFAULT '{"a": 1, "b": [1, 2]}'::jsonb,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    tags2 text[] DEFAULT ARRAY['a'::text, 'b'::text],
    uid uuid DEFAULT gen_random_uuid(),
    uid2 uuid DEFAULT public.uuid_generate_v4(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP,
    expires timestamp with time zone DEFAULT (now() + '30 days'::interval),
    expires2 timestamp with time zone DEFAULT (now() + '02:00:00'::interval),
    born date,
    utc timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text),
    active boolean DEFAULT true,
    act2 boolean DEFAULT true NOT NULL,
    c character(3) DEFAULT 'abc'::bpchar,
    dur interval DEFAULT '1 day 02:00:00'::interval,
    ratio real,
    bits bit(3) DEFAULT '101'::"bit",
    full_name text GENERATED ALWAYS AS (((lower((name)::text) || ' '::text) || role)) STORED,
    amount integer,
    CONSTRAINT name_len CHECK (((char_length((name)::text) > 2) AND ((name)::text !~~ 'x%'::text))),
    CONSTRAINT users_amount_check CHECK (((amount >= 1) AND (amount <= 10))),
    CONSTRAINT users_balance_check CHECK ((balance >= (0)::numeric)),
    CONSTRAINT users_balance_check1 CHECK ((COALESCE(balance, (0)::numeric) > (0)::numeric)),
    CONSTRAINT users_balance_check2 CHECK ((balance = ANY (ARRAY[(1)::numeric, (2)::numeric]))),
    CONSTRAINT users_big_check CHECK ((big = ANY (ARRAY[(1)::bigint, (2)::bigint]))),
    CONSTRAINT users_born_check CHECK ((born > '1900-01-01'::date)),
    CONSTRAINT users_born_check1 CHECK ((EXTRACT(year FROM born) > (1900)::numeric)),
    CONSTRAINT users_check CHECK (((name)::text <> role)),
    CONSTRAINT users_check1 CHECK (((level <> 5) OR (((big % (2)::bigint) = 0) AND (score IS NOT NULL)))),
    CONSTRAINT users_check2 CHECK ((NOT (active AND act2))),
    CONSTRAINT users_check3 CHECK (
CASE
    WHEN active THEN (big > 1)
    ELSE false
END),
    CONSTRAINT users_check4 CHECK (((state <> 'inactive'::public.status) OR (born IS NULL))),
    CONSTRAINT users_check5 CHECK (((lang)::text IS DISTINCT FROM role)),
    CONSTRAINT users_created_at_check CHECK ((created_at < '2100-01-01 00:00:00+00'::timestamp with time zone)),
    CONSTRAINT users_data_check CHECK (((data ? 'a'::text) OR (((data ->> 'b'::text))::integer > 3))),
    CONSTRAINT users_lang_check CHECK (((lang)::text = ANY ((ARRAY['en'::character varying, 'de'::character varying])::text[]))),
    CONSTRAINT users_level_check CHECK ((level = ANY (ARRAY[1, 2, 3]))),
    CONSTRAINT users_level_check1 CHECK ((level <> ALL (ARRAY[7, 8]))),
    CONSTRAINT users_name_check CHECK ((length(TRIM(BOTH FROM name)) > 0)),
    CONSTRAINT users_name_check1 CHECK (((name)::text ~~* '%a%'::text)),
    CONSTRAINT users_name_check2 CHECK (((name)::text ~ '^[a-z]+$'::text)),
    CONSTRAINT users_ratio_check CHECK (((ratio > (0)::double precision) AND (ratio < (1.5)::double precision))),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['user'::text, 'admin'::text, 'guest'::text]))),
    CONSTRAINT users_role_check1 CHECK (((role = 'a'::text) OR (role = 'b'::text) OR (role = 'c'::text))),
    CONSTRAINT users_state_check CHECK ((state = ANY (ARRAY['active'::public.status, 'inactive'::public.status])))
);
ALTER TABLE ONLY public.users ALTER COLUMN name SET STATISTICS 500;
ALTER TABLE ONLY public.users ALTER COLUMN data SET STORAGE EXTERNAL;

ALTER TABLE ONLY public.users REPLICA IDENTITY FULL;


ALTER TABLE public.users OWNER TO postgres;

--
-- Name: TABLE users; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public.users IS 'The users';


--
-- Name: COLUMN users.name; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON COLUMN public.users.name IS 'it''s';


--
-- Name: CONSTRAINT name_len ON users; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON CONSTRAINT name_len ON public.users IS 'con';


--
-- Name: users_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.users_id_seq OWNER TO postgres;

--
-- Name: users_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: postgres
--

ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;


--
-- Name: likes; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.likes (
    id bigint DEFAULT nextval('public.users_id_seq'::regclass) NOT NULL,
    name character varying(255) DEFAULT 'anonymous'::character varying NOT NULL,
    mail public.email,
    nick public.citext,
    state public.status DEFAULT 'active'::public.status NOT NULL,
    role text DEFAULT 'user'::text NOT NULL,
    lang character varying(2) DEFAULT 'en'::character varying,
    balance numeric(10,2) DEFAULT 0 NOT NULL,
    score double precision DEFAULT '-1.5'::numeric,
    level integer DEFAULT '-1'::integer,
    big bigint DEFAULT 0,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    conf jsonb DEFAULT '{"a": 1, "b": [1, 2]}'::jsonb,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    tags2 text[] DEFAULT ARRAY['a'::text, 'b'::text],
    uid uuid DEFAULT gen_random_uuid(),
    uid2 uuid DEFAULT public.uuid_generate_v4(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP,
    expires timestamp with time zone DEFAULT (now() + '30 days'::interval),
    expires2 timestamp with time zone DEFAULT (now() + '02:00:00'::interval),
    born date,
    utc timestamp without time zone DEFAULT (now() AT TIME ZONE 'utc'::text),
    active boolean DEFAULT true,
    act2 boolean DEFAULT true NOT NULL,
    c character(3) DEFAULT 'abc'::bpchar,
    dur interval DEFAULT '1 day 02:00:00'::interval,
    ratio real,
    bits bit(3) DEFAULT '101'::"bit",
    full_name text GENERATED ALWAYS AS (((lower((name)::text) || ' '::text) || role)) STORED,
    amount integer,
    CONSTRAINT name_len CHECK (((char_length((name)::text) > 2) AND ((name)::text !~~ 'x%'::text))),
    CONSTRAINT users_amount_check CHECK (((amount >= 1) AND (amount <= 10))),
    CONSTRAINT users_balance_check CHECK ((balance >= (0)::numeric)),
    CONSTRAINT users_balance_check1 CHECK ((COALESCE(balance, (0)::numeric) > (0)::numeric)),
    CONSTRAINT users_balance_check2 CHECK ((balance = ANY (ARRAY[(1)::numeric, (2)::numeric]))),
    CONSTRAINT users_big_check CHECK ((big = ANY (ARRAY[(1)::bigint, (2)::bigint]))),
    CONSTRAINT users_born_check CHECK ((born > '1900-01-01'::date)),
    CONSTRAINT users_born_check1 CHECK ((EXTRACT(year FROM born) > (1900)::numeric)),
    CONSTRAINT users_check CHECK (((name)::text <> role)),
    CONSTRAINT users_check1 CHECK (((level <> 5) OR (((big % (2)::bigint) = 0) AND (score IS NOT NULL)))),
    CONSTRAINT users_check2 CHECK ((NOT (active AND act2))),
    CONSTRAINT users_check3 CHECK (
CASE
    WHEN active THEN (big > 1)
    ELSE false
END),
    CONSTRAINT users_check4 CHECK (((state <> 'inactive'::public.status) OR (born IS NULL))),
    CONSTRAINT users_check5 CHECK (((lang)::text IS DISTINCT FROM role)),
    CONSTRAINT users_created_at_check CHECK ((created_at < '2100-01-01 00:00:00+00'::timestamp with time zone)),
    CONSTRAINT users_data_check CHECK (((data ? 'a'::text) OR (((data ->> 'b'::text))::integer > 3))),
    CONSTRAINT users_lang_check CHECK (((lang)::text = ANY ((ARRAY['en'::character varying, 'de'::character varying])::text[]))),
    CONSTRAINT users_level_check CHECK ((level = ANY (ARRAY[1, 2, 3]))),
    CONSTRAINT users_level_check1 CHECK ((level <> ALL (ARRAY[7, 8]))),
    CONSTRAINT users_name_check CHECK ((length(TRIM(BOTH FROM name)) > 0)),
    CONSTRAINT users_name_check1 CHECK (((name)::text ~~* '%a%'::text)),
    CONSTRAINT users_name_check2 CHECK (((name)::text ~ '^[a-z]+$'::text)),
    CONSTRAINT users_ratio_check CHECK (((ratio > (0)::double precision) AND (ratio < (1.5)::double precision))),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['user'::text, 'admin'::text, 'guest'::text]))),
    CONSTRAINT users_role_check1 CHECK (((role = 'a'::text) OR (role = 'b'::text) OR (role = 'c'::text))),
    CONSTRAINT users_state_check CHECK ((state = ANY (ARRAY['active'::public.status, 'inactive'::public.status])))
);


ALTER TABLE public.likes OWNER TO postgres;

--
-- Name: mv; Type: MATERIALIZED VIEW; Schema: public; Owner: postgres
--

CREATE MATERIALIZED VIEW public.mv AS
 SELECT users.role,
    count(*) AS count
   FROM public.users
  GROUP BY users.role
  WITH NO DATA;


ALTER TABLE public.mv OWNER TO postgres;

--
-- Name: ul; Type: TABLE; Schema: public; Owner: postgres
--

CREATE UNLOGGED TABLE public.ul (
    a integer
);


ALTER TABLE public.ul OWNER TO postgres;

--
-- Name: v1; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.v1 AS
 SELECT users.id,
    users.name,
    users.mail,
    users.nick,
    users.state,
    users.role,
    users.lang,
    users.balance,
    users.score,
    users.level,
    users.big,
    users.data,
    users.conf,
    users.tags,
    users.tags2,
    users.uid,
    users.uid2,
    users.created_at,
    users.updated_at,
    users.expires,
    users.expires2,
    users.born,
    users.utc,
    users.active,
    users.act2,
    users.c,
    users.dur,
    users.ratio,
    users.bits,
    users.full_name,
    users.amount
   FROM public.users
  WHERE users.active;


ALTER TABLE public.v1 OWNER TO postgres;

--
-- Name: v2; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.v2 AS
 SELECT u.id AS user_id,
    count(*) AS n,
    sum(o.total) AS total
   FROM (public.users u
     LEFT JOIN app.orders o ON ((o.user_id = u.id)))
  WHERE ((u.role = ANY (ARRAY['user'::text, 'admin'::text])) AND ((u.name)::text ~~ 'a%'::text))
  GROUP BY u.id
 HAVING (count(*) > 1)
  ORDER BY (count(*)) DESC;


ALTER TABLE public.v2 OWNER TO postgres;

--
-- Name: v3; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.v3 WITH (security_barrier='true') AS
 SELECT users.id,
    users.name AS title,
        CASE
            WHEN users.active THEN 'yes'::text
            ELSE 'no'::text
        END AS "case"
   FROM public.users
  WHERE (EXISTS ( SELECT 1
           FROM app.orders
          WHERE (orders.user_id = users.id)))
  WITH CASCADED CHECK OPTION;


ALTER TABLE public.v3 OWNER TO postgres;

--
-- Name: v4; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.v4 AS
 WITH x AS (
         SELECT users.id,
            lower((users.name)::text) AS lower
           FROM public.users
        )
 SELECT x.id
   FROM x
UNION ALL
 SELECT o.id
   FROM app.orders o;


ALTER TABLE public.v4 OWNER TO postgres;

--
-- Name: v5; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.v5 AS
 SELECT users.state,
    COALESCE(users.nick, 'none'::public.citext) AS nick,
    (now() - users.created_at) AS age
   FROM public.users
  WHERE ((users.state = 'active'::public.status) AND (users.balance > (5)::numeric) AND (users.created_at > (now() - '7 days'::interval)));


ALTER TABLE public.v5 OWNER TO postgres;

--
-- Name: events_2020; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events ATTACH PARTITION public.events_2020 FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2021-01-01 00:00:00+00');


--
-- Name: events_def; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events ATTACH PARTITION public.events_def DEFAULT;


--
-- Name: ha_0; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.ha ATTACH PARTITION public.ha_0 FOR VALUES WITH (modulus 2, remainder 0);


--
-- Name: li_a; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.li ATTACH PARTITION public.li_a FOR VALUES IN ('a', 'b');


--
-- Name: orders small; Type: DEFAULT; Schema: app; Owner: postgres
--

ALTER TABLE ONLY app.orders ALTER COLUMN small SET DEFAULT nextval('app.orders_small_seq'::regclass);


--
-- Name: child note; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.child ALTER COLUMN note SET DEFAULT 'n'::text;


--
-- Name: users id; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);


--
-- Name: orders orders_int4range_excl; Type: CONSTRAINT; Schema: app; Owner: postgres
--

ALTER TABLE ONLY app.orders
    ADD CONSTRAINT orders_int4range_excl EXCLUDE USING gist (int4range(id, "order") WITH &&);


--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: app; Owner: postgres
--

ALTER TABLE ONLY app.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);


--
-- Name: orders orders_user_id_no_key; Type: CONSTRAINT; Schema: app; Owner: postgres
--

ALTER TABLE ONLY app.orders
    ADD CONSTRAINT orders_user_id_no_key UNIQUE (user_id, no);


--
-- Name: orders uq; Type: CONSTRAINT; Schema: app; Owner: postgres
--

ALTER TABLE ONLY app.orders
    ADD CONSTRAINT uq UNIQUE (other_id) INCLUDE (total);


--
-- Name: events events_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id, at);


--
-- Name: events_2020 events_2020_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events_2020
    ADD CONSTRAINT events_2020_pkey PRIMARY KEY (id, at);


--
-- Name: events_def events_def_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events_def
    ADD CONSTRAINT events_def_pkey PRIMARY KEY (id, at);


--
-- Name: likes likes_nick_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.likes
    ADD CONSTRAINT likes_nick_key UNIQUE (nick);


--
-- Name: likes likes_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.likes
    ADD CONSTRAINT likes_pkey PRIMARY KEY (id);


--
-- Name: ul ul_a_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.ul
    ADD CONSTRAINT ul_a_key UNIQUE NULLS NOT DISTINCT (a);


--
-- Name: users users_nick_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_nick_key UNIQUE (nick);


--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);


--
-- Name: events_kind; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX events_kind ON ONLY public.events USING btree (kind);


--
-- Name: events_2020_kind_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX events_2020_kind_idx ON public.events_2020 USING btree (kind);


--
-- Name: events_def_kind_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX events_def_kind_idx ON public.events_def USING btree (kind);


--
-- Name: i5; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX i5 ON public.users USING btree (role text_pattern_ops, lang COLLATE "C" NULLS FIRST) INCLUDE (score) WITH (fillfactor='80');


--
-- Name: i6; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX i6 ON public.users USING btree (((balance * (2)::numeric)), ((data ->> 'x'::text)));


--
-- Name: i7; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX i7 ON public.users USING brin (created_at) WHERE (role = ANY (ARRAY['a'::text, 'b'::text]));


--
-- Name: i8; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX i8 ON public.users USING btree (date_trunc('day'::text, updated_at));

ALTER TABLE public.users CLUSTER ON i8;


--
-- Name: i9; Type: INDEX; Schema: public; Owner: postgres
--

CREATE UNIQUE INDEX i9 ON public.users USING btree (lower((name)::text), COALESCE(level, 0)) WHERE (uid IS NOT NULL);


--
-- Name: likes_created_at_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX likes_created_at_idx ON public.likes USING brin (created_at) WHERE (role = ANY (ARRAY['a'::text, 'b'::text]));


--
-- Name: likes_created_at_name_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX likes_created_at_name_idx ON public.likes USING btree (created_at DESC, name);


--
-- Name: likes_data_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX likes_data_idx ON public.likes USING gin (data);


--
-- Name: likes_date_trunc_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX likes_date_trunc_idx ON public.likes USING btree (date_trunc('day'::text, updated_at));


--
-- Name: likes_expr_expr1_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX likes_expr_expr1_idx ON public.likes USING btree (((balance * (2)::numeric)), ((data ->> 'x'::text)));


--
-- Name: likes_lower_coalesce_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE UNIQUE INDEX likes_lower_coalesce_idx ON public.likes USING btree (lower((name)::text), COALESCE(level, 0)) WHERE (uid IS NOT NULL);


--
-- Name: likes_lower_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX likes_lower_idx ON public.likes USING btree (lower((name)::text));


--
-- Name: likes_mail_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE UNIQUE INDEX likes_mail_idx ON public.likes USING btree (mail) WHERE (active AND (state = 'active'::public.status));


--
-- Name: likes_name_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX likes_name_idx ON public.likes USING gin (name public.gin_trgm_ops);


--
-- Name: likes_role_lang_score_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX likes_role_lang_score_idx ON public.likes USING btree (role text_pattern_ops, lang COLLATE "C" NULLS FIRST) INCLUDE (score) WITH (fillfactor='80');


--
-- Name: mv_i; Type: INDEX; Schema: public; Owner: postgres
--

CREATE UNIQUE INDEX mv_i ON public.mv USING btree (role);


--
-- Name: users_act; Type: INDEX; Schema: public; Owner: postgres
--

CREATE UNIQUE INDEX users_act ON public.users USING btree (mail) WHERE (active AND (state = 'active'::public.status));


--
-- Name: INDEX users_act; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON INDEX public.users_act IS 'idx';


--
-- Name: users_created_at_name_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX users_created_at_name_idx ON public.users USING btree (created_at DESC, name);


--
-- Name: users_data; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX users_data ON public.users USING gin (data);


--
-- Name: users_lower_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX users_lower_idx ON public.users USING btree (lower((name)::text));


--
-- Name: users_trgm; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX users_trgm ON public.users USING gin (name public.gin_trgm_ops);


--
-- Name: events_2020_kind_idx; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_kind ATTACH PARTITION public.events_2020_kind_idx;


--
-- Name: events_2020_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_pkey ATTACH PARTITION public.events_2020_pkey;


--
-- Name: events_def_kind_idx; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_kind ATTACH PARTITION public.events_def_kind_idx;


--
-- Name: events_def_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_pkey ATTACH PARTITION public.events_def_pkey;


--
-- Name: st; Type: STATISTICS; Schema: public; Owner: postgres
--

CREATE STATISTICS public.st (dependencies) ON name, role FROM public.users;


ALTER STATISTICS public.st OWNER TO postgres;

--
-- Name: ul r1; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE r1 AS
    ON DELETE TO public.ul DO INSTEAD NOTHING;


--
-- Name: base r2; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE r2 AS
    ON INSERT TO public.base DO  INSERT INTO public.child (id, note, extra)
  VALUES (new.id, new.note, 1);


--
-- Name: events ev; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER ev BEFORE INSERT ON public.events FOR EACH ROW EXECUTE FUNCTION public.touch();


--
-- Name: users t2; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER t2 AFTER INSERT OR UPDATE OF name, role ON public.users FOR EACH ROW WHEN (((new.name)::text <> 'x'::text)) EXECUTE FUNCTION public.touch();

ALTER TABLE public.users DISABLE TRIGGER t2;


--
-- Name: users t3; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE CONSTRAINT TRIGGER t3 AFTER INSERT ON public.users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.touch();


--
-- Name: users users_touch; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER users_touch BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.touch();


--
-- Name: orders orders_other_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: postgres
--

ALTER TABLE ONLY app.orders
    ADD CONSTRAINT orders_other_id_fkey FOREIGN KEY (other_id) REFERENCES public.users(id) ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED;


--
-- Name: orders orders_user_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: postgres
--

ALTER TABLE ONLY app.orders
    ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;


--
-- Name: events events_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE public.events
    ADD CONSTRAINT events_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);


--
-- Name: users p1; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY p1 ON public.users FOR SELECT USING (((role = CURRENT_USER) OR (id > 5)));


--
-- Name: users p2; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY p2 ON public.users AS RESTRICTIVE USING (true) WITH CHECK (((name)::text = 'x'::text));


--
-- Name: users; Type: ROW SECURITY; Schema: public; Owner: postgres
--

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;

--
-- Name: pub; Type: PUBLICATION; Schema: -; Owner: postgres
--

CREATE PUBLICATION pub WITH (publish = 'insert, update, delete, truncate');


ALTER PUBLICATION pub OWNER TO postgres;

--
-- Name: pub users; Type: PUBLICATION TABLE; Schema: public; Owner: postgres
--

ALTER PUBLICATION pub ADD TABLE ONLY public.users;


--
-- Name: SCHEMA app; Type: ACL; Schema: -; Owner: postgres
--

GRANT USAGE ON SCHEMA app TO pg_monitor;


--
-- Name: TABLE orders; Type: ACL; Schema: app; Owner: postgres
--

GRANT ALL ON TABLE app.orders TO pg_monitor WITH GRANT OPTION;


--
-- Name: TABLE users; Type: ACL; Schema: public; Owner: postgres
--

GRANT SELECT,INSERT ON TABLE public.users TO PUBLIC;


--
-- Name: COLUMN users.name; Type: ACL; Schema: public; Owner: postgres
--

GRANT SELECT(name) ON TABLE public.users TO pg_monitor;


--
-- PostgreSQL database dump complete
--


