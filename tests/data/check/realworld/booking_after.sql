-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- Events, seats and tickets, version 2.

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TYPE ticket_state AS ENUM ('reserved', 'sold', 'used', 'refunded');
CREATE TYPE seat_class AS ENUM ('vip', 'A', 'B', 'C', 'standing');
CREATE SEQUENCE ticket_numbers AS bigint START 100000 INCREMENT 3 NO MAXVALUE CACHE 10;

CREATE TABLE venues (
	id serial PRIMARY KEY,
	name text NOT NULL,
	city text NOT NULL,
	geo point,
	country char(2) NOT NULL DEFAULT 'DE',
	website text
);
CREATE TABLE halls (
	id serial PRIMARY KEY,
	venue_id int NOT NULL REFERENCES venues ON DELETE CASCADE,
	name text NOT NULL,
	capacity integer CHECK (capacity > 0),
	UNIQUE (venue_id, name)
);
CREATE TABLE seats (
	hall_id int NOT NULL REFERENCES halls ON DELETE CASCADE,
	row_no smallint NOT NULL,
	seat_no smallint NOT NULL,
	class seat_class NOT NULL DEFAULT 'B',
	wheelchair boolean NOT NULL DEFAULT false,
	PRIMARY KEY (hall_id, row_no, seat_no)
);
CREATE TABLE promoters (
	id serial PRIMARY KEY,
	name text NOT NULL,
	iban varchar(34),
	vat_id text,
	UNIQUE (name)
);
CREATE TABLE events (
	id bigserial PRIMARY KEY,
	promoter_id int NOT NULL REFERENCES promoters,
	title text NOT NULL,
	language char(2),
	search tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, title)) STORED,
	about text,
	age_limit smallint DEFAULT 0 CHECK (age_limit BETWEEN 0 AND 18)
);
CREATE INDEX events_search ON events USING gin (search);
CREATE TABLE performances (
	id bigserial PRIMARY KEY,
	event_id bigint NOT NULL REFERENCES events,
	hall_id int NOT NULL REFERENCES halls,
	during tstzrange NOT NULL,
	cancelled boolean NOT NULL DEFAULT false,
	EXCLUDE USING gist (hall_id WITH =, during WITH &&)
);
CREATE TABLE prices (
	performance_id bigint NOT NULL REFERENCES performances ON DELETE CASCADE,
	class seat_class NOT NULL,
	cents bigint NOT NULL CHECK (cents >= 0),
	currency char(3) NOT NULL DEFAULT 'EUR',
	PRIMARY KEY (performance_id, class)
);
CREATE TABLE visitors (
	id bigserial PRIMARY KEY,
	email text NOT NULL,
	name text,
	phone text,
	created timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX visitors_email ON visitors (lower(email));
CREATE TABLE carts (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	visitor_id bigint REFERENCES visitors ON DELETE SET NULL,
	expires timestamptz NOT NULL DEFAULT now() + interval '10 minutes'
);
CREATE TABLE orders (
	id bigserial PRIMARY KEY,
	visitor_id bigint NOT NULL REFERENCES visitors,
	cart_id uuid REFERENCES carts ON DELETE SET NULL,
	total_cents bigint NOT NULL,
	paid timestamptz,
	gift_card text
);
CREATE TABLE tickets (
	number bigint PRIMARY KEY DEFAULT nextval('ticket_numbers'),
	performance_id bigint NOT NULL REFERENCES performances,
	hall_id int NOT NULL,
	row_no smallint NOT NULL,
	seat_no smallint NOT NULL,
	state ticket_state NOT NULL DEFAULT 'reserved',
	cart_id uuid REFERENCES carts ON DELETE CASCADE,
	order_id bigint REFERENCES orders,
	CONSTRAINT tickets_seat FOREIGN KEY (hall_id, row_no, seat_no) REFERENCES seats,
	CONSTRAINT tickets_once UNIQUE (performance_id, hall_id, row_no, seat_no),
	CONSTRAINT tickets_held CHECK (cart_id IS NOT NULL OR order_id IS NOT NULL)
);
ALTER SEQUENCE ticket_numbers OWNED BY tickets.number;
CREATE INDEX tickets_order ON tickets (order_id);
CREATE TABLE scans (
	ticket_number bigint NOT NULL REFERENCES tickets,
	at timestamptz NOT NULL DEFAULT now(),
	gate text NOT NULL DEFAULT 'main',
	device uuid
);
CREATE TABLE refunds (
	ticket_number bigint PRIMARY KEY REFERENCES tickets,
	cents bigint NOT NULL,
	reason text,
	at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE newsletter (
	email text PRIMARY KEY,
	since date NOT NULL DEFAULT CURRENT_DATE
);
CREATE TABLE gift_cards (
	code text PRIMARY KEY,
	cents integer NOT NULL,
	used boolean NOT NULL DEFAULT false,
	expires date
);

CREATE FUNCTION free_seats(performance bigint, class seat_class DEFAULT NULL, OUT row_no smallint, OUT seat_no smallint)
	RETURNS SETOF record LANGUAGE sql STABLE AS $$
	SELECT s.row_no, s.seat_no FROM performances p JOIN seats s ON s.hall_id = p.hall_id
	WHERE p.id = $1 AND ($2 IS NULL OR s.class = $2)
		AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.performance_id = p.id AND t.row_no = s.row_no AND t.seat_no = s.seat_no)
$$;
CREATE PROCEDURE expire_carts(INOUT gone integer DEFAULT 0) LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM carts WHERE expires < now() - interval '1 minute';
	GET DIAGNOSTICS gone = ROW_COUNT;
END $$;
CREATE VIEW sold_tickets AS SELECT * FROM tickets WHERE state IN ('sold', 'used');
CREATE VIEW revenue AS
	SELECT p.event_id, sum(pr.cents) AS cents FROM sold_tickets t JOIN performances p ON p.id = t.performance_id
		JOIN seats s ON s.hall_id = t.hall_id AND s.row_no = t.row_no AND s.seat_no = t.seat_no
		JOIN prices pr ON pr.performance_id = p.id AND pr.class = s.class
	GROUP BY p.event_id;
CREATE VIEW upcoming WITH (security_barrier = true) AS
	SELECT id, event_id, hall_id, during, cancelled FROM performances WHERE upper(during) > now() AND NOT cancelled
	WITH LOCAL CHECK OPTION;

ALTER TABLE orders ADD FOREIGN KEY (gift_card) REFERENCES gift_cards;
CREATE TABLE waiting_list (
	performance_id bigint NOT NULL REFERENCES performances ON DELETE CASCADE,
	visitor_id bigint NOT NULL REFERENCES visitors ON DELETE CASCADE,
	since timestamptz NOT NULL DEFAULT now(),
	wanted smallint NOT NULL DEFAULT 1,
	PRIMARY KEY (performance_id, visitor_id)
);
