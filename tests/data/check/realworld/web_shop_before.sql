-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- A web shop, version 1.

CREATE EXTENSION IF NOT EXISTS citext;

CREATE TYPE order_status AS ENUM ('cart', 'placed', 'paid', 'shipped', 'cancelled');
CREATE TYPE payment_method AS ENUM ('card', 'transfer', 'voucher');
CREATE DOMAIN money_amount AS numeric(12,2) CHECK (VALUE >= 0);
CREATE DOMAIN country_code AS char(2) CHECK (VALUE ~ '^[A-Z]{2}$');

CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.updated_at := now();
	RETURN NEW;
END
$$;

CREATE TABLE customers (
	id bigserial PRIMARY KEY,
	email citext NOT NULL UNIQUE,
	password_hash text NOT NULL,
	full_name varchar(120),
	phone varchar(20),
	newsletter boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE customers IS 'People who have bought or may buy';
COMMENT ON COLUMN customers.email IS 'Login; upper and lower case are the same';
CREATE TRIGGER customers_touch BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE addresses (
	id bigserial PRIMARY KEY,
	customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
	label text DEFAULT 'home',
	line1 text NOT NULL,
	line2 text,
	city text NOT NULL,
	postcode varchar(12),
	country country_code NOT NULL DEFAULT 'DE'
);
CREATE INDEX addresses_customer_idx ON addresses (customer_id);

CREATE TABLE categories (
	id serial PRIMARY KEY,
	parent_id int REFERENCES categories (id) ON DELETE SET NULL,
	slug text NOT NULL UNIQUE,
	name text NOT NULL,
	position smallint NOT NULL DEFAULT 0
);

CREATE TABLE brands (
	id serial PRIMARY KEY,
	name text NOT NULL,
	website text
);

CREATE TABLE products (
	id bigserial PRIMARY KEY,
	sku varchar(32) NOT NULL,
	name varchar(200) NOT NULL,
	description text,
	brand_id int REFERENCES brands,
	price money_amount NOT NULL,
	weight_grams integer CHECK (weight_grams > 0),
	attributes json NOT NULL DEFAULT '{}',
	tags text[] NOT NULL DEFAULT '{}',
	active boolean DEFAULT true,
	created_at timestamp NOT NULL DEFAULT now(),
	CONSTRAINT products_sku_key UNIQUE (sku)
);
CREATE INDEX products_name_idx ON products (lower(name));
CREATE INDEX products_active_idx ON products (id) WHERE active;
CREATE INDEX products_tags_idx ON products USING gin (tags);

CREATE TABLE product_categories (
	product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
	category_id int NOT NULL REFERENCES categories ON DELETE CASCADE,
	PRIMARY KEY (product_id, category_id)
);

CREATE TABLE product_images (
	id bigserial PRIMARY KEY,
	product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
	url text NOT NULL,
	position int NOT NULL DEFAULT 1,
	UNIQUE (product_id, position) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE warehouses (
	id smallserial PRIMARY KEY,
	code varchar(8) NOT NULL UNIQUE,
	city text
);

CREATE TABLE stock (
	warehouse_id smallint NOT NULL REFERENCES warehouses,
	product_id bigint NOT NULL REFERENCES products,
	quantity integer NOT NULL DEFAULT 0 CHECK (quantity >= 0),
	reserved integer NOT NULL DEFAULT 0,
	CONSTRAINT stock_pkey PRIMARY KEY (warehouse_id, product_id),
	CONSTRAINT stock_reserved_check CHECK (reserved BETWEEN 0 AND quantity)
);

CREATE TABLE orders (
	id bigserial PRIMARY KEY,
	number text NOT NULL,
	customer_id bigint NOT NULL REFERENCES customers,
	status order_status NOT NULL DEFAULT 'cart',
	shipping_address_id bigint REFERENCES addresses ON DELETE SET NULL,
	total money_amount NOT NULL DEFAULT 0,
	placed_at timestamptz,
	note varchar(500)
);
CREATE UNIQUE INDEX orders_number_idx ON orders (number);
CREATE INDEX orders_customer_idx ON orders (customer_id, placed_at DESC NULLS LAST);
CREATE INDEX orders_open_idx ON orders (status) WHERE status IN ('placed', 'paid');

CREATE TABLE order_items (
	id bigserial PRIMARY KEY,
	order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
	product_id bigint NOT NULL REFERENCES products ON DELETE RESTRICT,
	quantity int NOT NULL DEFAULT 1,
	unit_price money_amount NOT NULL,
	line_total numeric(14,2) GENERATED ALWAYS AS (quantity * unit_price::numeric) STORED
);
CREATE INDEX ON order_items (order_id);

CREATE TABLE payments (
	id bigserial PRIMARY KEY,
	order_id bigint NOT NULL REFERENCES orders,
	method payment_method NOT NULL,
	amount money_amount NOT NULL,
	reference text,
	paid_at timestamptz DEFAULT now()
);

CREATE TABLE shipments (
	id bigserial PRIMARY KEY,
	order_id bigint NOT NULL REFERENCES orders,
	carrier text NOT NULL,
	tracking_code text,
	shipped_at timestamptz
);

CREATE TABLE vouchers (
	code text PRIMARY KEY,
	percent numeric(5,2) CHECK (percent > 0 AND percent <= 100),
	valid_from date NOT NULL,
	valid_to date,
	CHECK (valid_to IS NULL OR valid_to > valid_from)
);

CREATE TABLE reviews (
	id bigserial PRIMARY KEY,
	product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
	customer_id bigint REFERENCES customers ON DELETE SET NULL,
	stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
	body text,
	created_at timestamptz NOT NULL DEFAULT now()
);

CREATE VIEW active_products AS
	SELECT p.id, p.sku, p.name, p.price, b.name AS brand
	FROM products p LEFT JOIN brands b ON b.id = p.brand_id
	WHERE p.active;

CREATE VIEW customer_totals AS
	SELECT o.customer_id, count(*) AS orders, sum(o.total::numeric) AS spent
	FROM orders o WHERE o.status <> 'cart' GROUP BY o.customer_id;

CREATE MATERIALIZED VIEW product_ratings AS
	SELECT product_id, avg(stars) AS rating, count(*) AS reviews FROM reviews GROUP BY product_id;
CREATE UNIQUE INDEX product_ratings_idx ON product_ratings (product_id);

CREATE FUNCTION order_count(customer bigint) RETURNS bigint LANGUAGE sql STABLE AS
	'SELECT count(*) FROM orders WHERE customer_id = customer';
