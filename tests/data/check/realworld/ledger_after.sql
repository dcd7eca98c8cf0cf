-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- Accounts, invoices and a ledger, version 2.

CREATE SCHEMA ledger;
CREATE SCHEMA billing;

CREATE DOMAIN ledger.amount AS numeric(18,2) CHECK (VALUE > -1000000000000);
CREATE DOMAIN ledger.currency AS char(3) DEFAULT 'EUR' CONSTRAINT currency_upper CHECK (VALUE = upper(VALUE));
CREATE TYPE ledger.account_type AS ENUM ('asset', 'liability', 'equity', 'income', 'expense');
CREATE TYPE billing.interval_unit AS ENUM ('week', 'month', 'quarter', 'year');

CREATE TABLE ledger.accounts (
	code varchar(10) PRIMARY KEY,
	name text NOT NULL,
	type ledger.account_type NOT NULL,
	parent varchar(10) REFERENCES ledger.accounts,
	currency ledger.currency NOT NULL,
	closed_on date,
	description text,
	CONSTRAINT accounts_not_own_parent CHECK (parent <> code)
);
CREATE TABLE ledger.periods (
	id serial PRIMARY KEY,
	first_day date NOT NULL,
	last_day date NOT NULL,
	closed boolean NOT NULL DEFAULT false,
	CONSTRAINT periods_order CHECK (last_day >= first_day),
	CONSTRAINT periods_no_overlap EXCLUDE USING gist (daterange(first_day, last_day, '[]') WITH &&)
);
CREATE TABLE ledger.journal (
	id bigserial PRIMARY KEY,
	period_id int NOT NULL REFERENCES ledger.periods,
	booked date NOT NULL DEFAULT CURRENT_DATE,
	text varchar(400) NOT NULL,
	document_url text,
	reversed_by bigint UNIQUE REFERENCES ledger.journal DEFERRABLE INITIALLY DEFERRED,
	created_by name NOT NULL DEFAULT CURRENT_USER
);
CREATE TABLE ledger.lines (
	journal_id bigint NOT NULL REFERENCES ledger.journal ON DELETE RESTRICT,
	number smallint NOT NULL,
	account varchar(10) NOT NULL REFERENCES ledger.accounts ON UPDATE CASCADE,
	debit ledger.amount NOT NULL DEFAULT 0,
	credit ledger.amount NOT NULL DEFAULT 0,
	PRIMARY KEY (journal_id, number),
	cost_center varchar(8),
	CHECK (debit >= 0 AND credit >= 0),
	CONSTRAINT lines_one_side CHECK ((debit = 0) <> (credit = 0))
);
CREATE INDEX lines_account ON ledger.lines (account) INCLUDE (debit, credit);

CREATE TABLE billing.customers (
	id bigserial PRIMARY KEY,
	name text NOT NULL,
	vat_id varchar(20),
	email text,
	country char(2) NOT NULL,
	account varchar(10) REFERENCES ledger.accounts,
	credit_limit numeric(14,2) DEFAULT 1000.00
);
CREATE TABLE billing.plans (
	id serial PRIMARY KEY,
	name text NOT NULL UNIQUE,
	price numeric(10,2) NOT NULL,
	every billing.interval_unit NOT NULL DEFAULT 'month',
	retired boolean NOT NULL DEFAULT false
);
CREATE TABLE billing.subscriptions (
	id bigserial PRIMARY KEY,
	customer_id bigint NOT NULL REFERENCES billing.customers,
	plan_id int NOT NULL REFERENCES billing.plans,
	quantity int NOT NULL DEFAULT 1 CHECK (quantity > 0),
	started date NOT NULL,
	ended date,
	trial_until date,
	CHECK (ended IS NULL OR ended >= started)
);
CREATE INDEX ON billing.subscriptions (customer_id);
CREATE TABLE billing.invoices (
	id bigserial PRIMARY KEY,
	number text NOT NULL UNIQUE,
	customer_id bigint NOT NULL REFERENCES billing.customers,
	issued date NOT NULL DEFAULT CURRENT_DATE,
	due date NOT NULL DEFAULT CURRENT_DATE + 14,
	net numeric(12,2) NOT NULL DEFAULT 0,
	tax numeric(12,2) NOT NULL DEFAULT 0,
	currency ledger.currency NOT NULL,
	gross numeric(12,2) GENERATED ALWAYS AS (net + tax) STORED,
	journal_id bigint REFERENCES ledger.journal
);
CREATE INDEX invoices_due ON billing.invoices (due) WHERE journal_id IS NULL;
CREATE TABLE billing.invoice_lines (
	invoice_id bigint NOT NULL REFERENCES billing.invoices ON DELETE CASCADE,
	number smallint NOT NULL,
	text text NOT NULL,
	quantity numeric(8,2) NOT NULL,
	unit_price numeric(10,4) NOT NULL,
	tax_rate numeric(5,4) NOT NULL DEFAULT 0.19,
	PRIMARY KEY (invoice_id, number)
);
CREATE TABLE billing.payments (
	id bigserial PRIMARY KEY,
	customer_id bigint NOT NULL REFERENCES billing.customers,
	amount numeric(12,2) NOT NULL,
	received timestamptz NOT NULL DEFAULT now(),
	method text NOT NULL DEFAULT 'bank',
	bank_reference text
);
CREATE TABLE billing.allocations (
	payment_id bigint NOT NULL REFERENCES billing.payments ON DELETE CASCADE,
	invoice_id bigint NOT NULL REFERENCES billing.invoices,
	amount numeric(12,2) NOT NULL CHECK (amount > 0),
	PRIMARY KEY (payment_id, invoice_id)
);
CREATE TABLE billing.dunning (
	invoice_id bigint NOT NULL REFERENCES billing.invoices ON DELETE CASCADE,
	level smallint NOT NULL CHECK (level BETWEEN 1 AND 4),
	sent date NOT NULL,
	PRIMARY KEY (invoice_id, level)
);
CREATE TABLE billing.tax_rates (
	country char(2) NOT NULL,
	valid_from date NOT NULL,
	rate numeric(5,4) NOT NULL,
	name text NOT NULL DEFAULT 'VAT',
	PRIMARY KEY (country, valid_from)
);
CREATE TABLE ledger.audit (
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	who name NOT NULL DEFAULT CURRENT_USER,
	what text NOT NULL,
	detail jsonb
);
CREATE INDEX audit_at ON ledger.audit USING brin (at) WITH (pages_per_range = 32);

CREATE FUNCTION ledger.must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	difference numeric;
BEGIN
	SELECT sum(debit) - sum(credit) INTO difference FROM ledger.lines WHERE journal_id = NEW.journal_id;
	IF abs(difference) > 100000000000 THEN
		RAISE EXCEPTION 'journal % is out of balance by %', NEW.journal_id, difference;
	END IF;
	RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER lines_balance AFTER INSERT OR UPDATE ON ledger.lines
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger.must_balance();
CREATE VIEW ledger.balances AS
	SELECT a.code, a.name, coalesce(sum(l.debit::numeric - l.credit::numeric), 0) AS balance
	FROM ledger.accounts a LEFT JOIN ledger.lines l ON l.account = a.code GROUP BY a.code, a.name;
CREATE VIEW billing.open_invoices AS
	SELECT i.id, i.number, i.customer_id, i.gross, i.due, i.currency FROM billing.invoices i
	WHERE NOT EXISTS (SELECT 1 FROM billing.allocations a WHERE a.invoice_id = i.id);
CREATE MATERIALIZED VIEW billing.revenue AS
	SELECT date_trunc('month', issued) AS month, sum(net) AS net FROM billing.invoices GROUP BY 1;
CREATE UNIQUE INDEX revenue_month ON billing.revenue (month);
REVOKE ALL ON FUNCTION ledger.must_balance() FROM PUBLIC;

CREATE TABLE billing.credit_notes (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	invoice_id bigint NOT NULL REFERENCES billing.invoices,
	amount numeric(12,2) NOT NULL CHECK (amount > 0),
	reason text
);
CREATE TABLE ledger.budgets (
	account varchar(10) NOT NULL REFERENCES ledger.accounts,
	year smallint NOT NULL,
	amount ledger.amount NOT NULL,
	PRIMARY KEY (account, year)
);
