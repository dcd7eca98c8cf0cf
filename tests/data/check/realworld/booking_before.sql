-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- Events, seats and tickets, version 1.

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TYPE ticket_state AS ENUM ('reserved', 'sold', 'used');
CREATE TYPE seat_class AS ENUM ('A', 'B', 'C');
CREATE SEQUENCE ticket_numbers AS bigint START 100000 INCREMENT 7 MAXVALUE 999999999 CYCLE;

CREATE TABLE venues (
	id serial PRIMARY KEY,
	name text NOT NULL,
	city text NOT NULL,
	geo point
);
CREATE TABLE halls (
	id serial PRIMARY KEY,
	venue_id int NOT NULL REFERENCES venues ON DELETE CASCADE,
	name text NOT NULL,
	UNIQUE (venue_id, name)
);
CREATE TABLE seats (
	hall_id int NOT NULL REFERENCES halls ON DELETE CASCADE,
	row_no smallint NOT NULL,
	seat_no smallint NOT NULL,
	class seat_class NOT NULL DEFAULT 'B',
	PRIMARY KEY (hall_id, row_no, seat_no)
);
CREATE TABLE promoters (
	id serial PRIMARY KEY,
	name text NOT NULL,
	iban varchar(34)
);
CREATE TABLE events (
	id bigserial PRIMARY KEY,
	promoter_id int NOT NULL REFERENCES promoters,
	title varchar(200) NOT NULL,
	about text,
	age_limit smallint CHECK (age_limit IN (0, 6, 12, 16, 18))
);
CREATE TABLE performances (
	id bigserial PRIMARY KEY,
	event_id bigint NOT NULL REFERENCES events,
	hall_id int NOT NULL REFERENCES halls,
	during tstzrange NOT NULL,
	EXCLUDE USING gist (hall_id WITH =, during WITH &&)
);
CREATE TABLE prices (
	performance_id bigint NOT NULL REFERENCES performances ON DELETE CASCADE,
	class seat_class NOT NULL,
	cents integer NOT NULL CHECK (cents >= 0),
	PRIMARY KEY (performance_id, class)
);
CREATE TABLE visitors (
	id bigserial PRIMARY KEY,
	email text NOT NULL,
	name text
);
CREATE UNIQUE INDEX visitors_email ON visitors (lower(email));
CREATE TABLE carts (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	visitor_id bigint REFERENCES visitors ON DELETE SET NULL,
	expires timestamptz NOT NULL DEFAULT now() + interval '15 minutes'
);
CREATE TABLE orders (
	id bigserial PRIMARY KEY,
	visitor_id bigint NOT NULL REFERENCES visitors,
	cart_id uuid REFERENCES carts ON DELETE SET NULL,
	total_cents integer NOT NULL,
	paid timestamptz
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
	CONSTRAINT tickets_once UNIQUE (performance_id, row_no, seat_no),
	CONSTRAINT tickets_held CHECK (cart_id IS NOT NULL OR order_id IS NOT NULL)
);
ALTER SEQUENCE ticket_numbers OWNED BY tickets.number;
CREATE INDEX tickets_order ON tickets USING hash (order_id);
CREATE TABLE scans (
	ticket_number bigint NOT NULL REFERENCES tickets,
	at timestamptz NOT NULL DEFAULT now(),
	gate text
);
CREATE TABLE refunds (
	ticket_number bigint PRIMARY KEY REFERENCES tickets,
	cents integer NOT NULL,
	reason text
);
CREATE TABLE newsletter (
	email text PRIMARY KEY,
	since date NOT NULL DEFAULT CURRENT_DATE
);
CREATE TABLE gift_cards (
	code text PRIMARY KEY,
	cents integer NOT NULL,
	used boolean DEFAULT false
);

CREATE FUNCTION free_seats(performance bigint, class seat_class DEFAULT NULL, OUT row_no smallint, OUT seat_no smallint)
	RETURNS SETOF record LANGUAGE sql STABLE AS $$
	SELECT s.row_no, s.seat_no FROM performances p JOIN seats s ON s.hall_id = p.hall_id
	WHERE p.id = $1 AND ($2 IS NULL OR s.class = $2)
		AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.performance_id = p.id AND t.row_no = s.row_no AND t.seat_no = s.seat_no)
$$;
CREATE PROCEDURE expire_carts(INOUT gone integer DEFAULT 0) LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM carts WHERE expires < now();
	GET DIAGNOSTICS gone = ROW_COUNT;
END $$;
CREATE VIEW sold_tickets AS SELECT * FROM tickets WHERE state IN ('sold', 'used');
CREATE VIEW revenue AS
	SELECT p.event_id, sum(pr.cents) AS cents FROM sold_tickets t JOIN performances p ON p.id = t.performance_id
		JOIN seats s ON s.hall_id = t.hall_id AND s.row_no = t.row_no AND s.seat_no = t.seat_no
		JOIN prices pr ON pr.performance_id = p.id AND pr.class = s.class
	GROUP BY p.event_id;
CREATE VIEW upcoming WITH (security_barrier = true) AS
	SELECT id, event_id, hall_id, during FROM performances WHERE upper(during) > now() WITH CHECK OPTION;
