-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- Resource planning for a factory, version 1.

CREATE SCHEMA master;
CREATE SCHEMA sales;
CREATE SCHEMA purchase;
CREATE SCHEMA production;
CREATE SCHEMA hr;

CREATE TYPE master.unit AS ENUM ('pc', 'kg', 'm', 'l');
CREATE TYPE master.address AS (street text, city text, postcode varchar(10), country char(2));
CREATE TYPE production.job_state AS ENUM ('planned', 'released', 'running', 'done');
CREATE DOMAIN master.code AS varchar(20) CHECK (VALUE <> '');

CREATE FUNCTION master.is_ean(text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$SELECT $1 ~ '^[0-9]{8,13}$'$$;

CREATE TABLE master.companies (
	id serial PRIMARY KEY,
	name text NOT NULL,
	address master.address,
	currency char(3) NOT NULL DEFAULT 'EUR'
);
CREATE TABLE master.plants (
	id serial PRIMARY KEY,
	company_id int NOT NULL REFERENCES master.companies,
	code master.code NOT NULL,
	UNIQUE (company_id, code)
);
CREATE TABLE master.storage_places (
	plant_id int NOT NULL REFERENCES master.plants,
	code master.code NOT NULL,
	capacity numeric(10,2),
	PRIMARY KEY (plant_id, code)
);
CREATE TABLE master.partners (
	id bigserial PRIMARY KEY,
	number master.code NOT NULL UNIQUE,
	name text NOT NULL,
	is_customer boolean NOT NULL DEFAULT false,
	is_supplier boolean NOT NULL DEFAULT false,
	CONSTRAINT partners_role CHECK (is_customer OR is_supplier)
);
CREATE TABLE master.partner_contacts (
	partner_id bigint NOT NULL REFERENCES master.partners ON DELETE CASCADE,
	position smallint NOT NULL,
	name text NOT NULL,
	phone text,
	email text,
	PRIMARY KEY (partner_id, position)
);
CREATE TABLE master.materials (
	id bigserial PRIMARY KEY,
	number master.code NOT NULL UNIQUE,
	description text NOT NULL,
	unit master.unit NOT NULL DEFAULT 'pc',
	ean varchar(13) CHECK (master.is_ean(ean)),
	net_weight numeric(8,3),
	gross_weight numeric(8,3),
	CONSTRAINT materials_weight CHECK (gross_weight >= net_weight)
);
CREATE INDEX materials_description ON master.materials (lower(description) text_pattern_ops);
CREATE TABLE master.material_prices (
	material_id bigint NOT NULL REFERENCES master.materials,
	valid daterange NOT NULL,
	price numeric(12,4) NOT NULL
);
CREATE TABLE production.bills (
	parent_id bigint NOT NULL REFERENCES master.materials,
	child_id bigint NOT NULL REFERENCES master.materials,
	quantity numeric(10,3) NOT NULL CHECK (quantity > 0),
	PRIMARY KEY (parent_id, child_id)
);
CREATE TABLE production.machines (
	id serial PRIMARY KEY,
	plant_id int NOT NULL REFERENCES master.plants,
	name text NOT NULL,
	hourly_rate numeric(8,2)
);
CREATE TABLE production.jobs (
	id bigserial PRIMARY KEY,
	material_id bigint NOT NULL REFERENCES master.materials,
	quantity numeric(10,3) NOT NULL,
	state production.job_state NOT NULL DEFAULT 'planned',
	machine_id int REFERENCES production.machines,
	starts timestamp,
	ends timestamp
);
CREATE TABLE production.job_steps (
	job_id bigint NOT NULL REFERENCES production.jobs ON DELETE CASCADE,
	step smallint NOT NULL,
	text text,
	minutes integer,
	PRIMARY KEY (job_id, step)
);
CREATE TABLE sales.orders (
	id bigserial PRIMARY KEY,
	number master.code NOT NULL UNIQUE,
	partner_id bigint NOT NULL REFERENCES master.partners,
	ordered date NOT NULL DEFAULT CURRENT_DATE,
	ship_to master.address
);
CREATE TABLE sales.order_lines (
	order_id bigint NOT NULL REFERENCES sales.orders ON DELETE CASCADE,
	line smallint NOT NULL,
	material_id bigint NOT NULL REFERENCES master.materials,
	quantity numeric(10,3) NOT NULL,
	price numeric(12,4) NOT NULL,
	PRIMARY KEY (order_id, line)
);
CREATE TABLE sales.deliveries (
	id bigserial PRIMARY KEY,
	order_id bigint NOT NULL,
	line smallint NOT NULL,
	quantity numeric(10,3) NOT NULL,
	delivered date,
	FOREIGN KEY (order_id, line) REFERENCES sales.order_lines
);
CREATE TABLE purchase.orders (
	id bigserial PRIMARY KEY,
	partner_id bigint NOT NULL REFERENCES master.partners,
	ordered date NOT NULL DEFAULT CURRENT_DATE
);
CREATE TABLE purchase.order_lines (
	order_id bigint NOT NULL REFERENCES purchase.orders ON DELETE CASCADE,
	line smallint NOT NULL,
	material_id bigint NOT NULL REFERENCES master.materials,
	quantity numeric(10,3) NOT NULL,
	PRIMARY KEY (order_id, line)
);
CREATE TABLE master.stock_moves (
	id bigint GENERATED ALWAYS AS IDENTITY,
	plant_id int NOT NULL,
	place master.code NOT NULL,
	material_id bigint NOT NULL,
	quantity numeric(10,3) NOT NULL,
	at timestamp NOT NULL DEFAULT now(),
	PRIMARY KEY (id),
	FOREIGN KEY (plant_id, place) REFERENCES master.storage_places (plant_id, code)
);
CREATE TABLE hr.departments (
	id serial PRIMARY KEY,
	name text NOT NULL,
	head_id int
);
CREATE TABLE hr.employees (
	id serial PRIMARY KEY,
	department_id int NOT NULL REFERENCES hr.departments,
	name text NOT NULL,
	born date,
	hired date NOT NULL,
	salary numeric(9,2)
);
ALTER TABLE hr.departments ADD CONSTRAINT departments_head FOREIGN KEY (head_id) REFERENCES hr.employees ON DELETE SET NULL;
CREATE TABLE hr.absences (
	employee_id int NOT NULL REFERENCES hr.employees ON DELETE CASCADE,
	days daterange NOT NULL,
	kind text NOT NULL DEFAULT 'holiday',
	CONSTRAINT absences_pk PRIMARY KEY (employee_id, days)
);
ALTER TABLE hr.employees ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_department ON hr.employees FOR SELECT USING (department_id > 0);

CREATE VIEW master.stock AS
	SELECT plant_id, place, material_id, sum(quantity) AS quantity FROM master.stock_moves GROUP BY plant_id, place, material_id;
CREATE VIEW sales.open_lines AS
	SELECT l.order_id, l.line, l.material_id, l.quantity - coalesce(sum(d.quantity), 0) AS missing
	FROM sales.order_lines l LEFT JOIN sales.deliveries d ON d.order_id = l.order_id AND d.line = l.line
	GROUP BY l.order_id, l.line, l.material_id, l.quantity;
CREATE VIEW sales.shortage AS
	SELECT o.material_id, sum(o.missing) AS missing, (SELECT sum(s.quantity) FROM master.stock s WHERE s.material_id = o.material_id) AS have
	FROM sales.open_lines o GROUP BY o.material_id;
