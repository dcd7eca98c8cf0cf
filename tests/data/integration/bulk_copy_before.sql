CREATE TABLE orders (
	id bigint PRIMARY KEY,
	placed_at timestamp NOT NULL DEFAULT '2026-01-01',
	legacy_channel varchar(20) NOT NULL
);
CREATE TABLE order_lines (
	id bigint PRIMARY KEY,
	order_id bigint NOT NULL REFERENCES orders (id)
);
CREATE TABLE order_notes (
	id bigint PRIMARY KEY,
	note text
);
INSERT INTO orders (id, legacy_channel) SELECT n, 'shop ' || n % 9 FROM generate_series(1, 3000) n;
INSERT INTO order_lines SELECT n, n FROM generate_series(1, 3000) n;
INSERT INTO order_notes SELECT n, 'note' FROM generate_series(1, 100) n;
