-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- Readings of many devices, version 2.

CREATE TYPE device_state AS ENUM ('new', 'active', 'maintenance', 'lost', 'retired');

CREATE TABLE tenants (
	id serial PRIMARY KEY,
	name text NOT NULL UNIQUE,
	retention interval NOT NULL DEFAULT '2 years',
	plan text NOT NULL DEFAULT 'basic'
);
CREATE TABLE sites (
	id serial PRIMARY KEY,
	tenant_id int NOT NULL REFERENCES tenants,
	name text NOT NULL,
	location point,
	timezone text NOT NULL DEFAULT 'UTC',
	altitude numeric(6,1),
	UNIQUE (tenant_id, name)
);
CREATE INDEX sites_location ON sites USING gist (location);
CREATE TABLE device_models (
	id serial PRIMARY KEY,
	vendor text NOT NULL,
	model text NOT NULL,
	firmware text,
	battery boolean NOT NULL DEFAULT false,
	UNIQUE (vendor, model)
);
CREATE TABLE devices (
	id bigserial PRIMARY KEY,
	serial_no varchar(40) NOT NULL UNIQUE,
	site_id int REFERENCES sites,
	model_id int NOT NULL REFERENCES device_models,
	state device_state NOT NULL DEFAULT 'new',
	mac macaddr,
	ip inet,
	installed date,
	tags text[] NOT NULL DEFAULT '{}',
	last_seen timestamptz
);
CREATE INDEX devices_tags ON devices USING gin (tags);
CREATE INDEX devices_ip ON devices USING gist (ip inet_ops);
CREATE TABLE metrics (
	id smallserial PRIMARY KEY,
	name text NOT NULL UNIQUE,
	unit varchar(20) NOT NULL,
	description text
);
CREATE TABLE readings (
	device_id bigint NOT NULL,
	metric_id smallint NOT NULL,
	at timestamptz NOT NULL,
	value real NOT NULL,
	quality smallint NOT NULL DEFAULT 0
) PARTITION BY RANGE (at);
CREATE TABLE readings_2023 (LIKE readings INCLUDING DEFAULTS);
CREATE TABLE readings_2024_h1 PARTITION OF readings FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-07-01 00:00+00')
	PARTITION BY LIST (quality);
CREATE TABLE readings_2024_h1_good PARTITION OF readings_2024_h1 FOR VALUES IN (0);
CREATE TABLE readings_2024_h1_rest PARTITION OF readings_2024_h1 DEFAULT;
CREATE TABLE readings_2024_h2 (LIKE readings INCLUDING DEFAULTS);
ALTER TABLE readings ATTACH PARTITION readings_2024_h2 FOR VALUES FROM ('2024-07-01 00:00+00') TO ('2025-01-01 00:00+00');
CREATE TABLE readings_2025 PARTITION OF readings FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2026-01-01 00:00+00');
CREATE INDEX readings_device ON readings (device_id, metric_id, at DESC);
CREATE INDEX readings_at ON readings USING brin (at);
ALTER TABLE readings ADD CONSTRAINT readings_metric FOREIGN KEY (metric_id) REFERENCES metrics;
CREATE TABLE readings_hourly (
	device_id bigint NOT NULL,
	metric_id smallint NOT NULL,
	hour timestamp NOT NULL,
	low double precision,
	high double precision,
	samples integer NOT NULL DEFAULT 0,
	mean double precision,
	PRIMARY KEY (device_id, metric_id, hour)
);
CREATE TABLE alerts (
	id bigserial PRIMARY KEY,
	device_id bigint NOT NULL REFERENCES devices ON DELETE CASCADE,
	raised timestamptz NOT NULL DEFAULT now(),
	cleared timestamptz,
	severity smallint NOT NULL CHECK (severity BETWEEN 1 AND 5),
	message text,
	acknowledged_by text,
	CHECK (cleared IS NULL OR cleared >= raised)
);
CREATE INDEX alerts_open ON alerts (device_id) WHERE cleared IS NULL;
CREATE TABLE alert_rules (
	id serial PRIMARY KEY,
	metric_id smallint NOT NULL REFERENCES metrics,
	above double precision,
	below double precision,
	severity smallint NOT NULL DEFAULT 3,
	hold interval NOT NULL DEFAULT '5 min',
	CONSTRAINT alert_rules_bound CHECK (above IS NOT NULL OR below IS NOT NULL)
);
CREATE TABLE commands (
	id bigserial PRIMARY KEY,
	device_id bigint NOT NULL REFERENCES devices,
	payload jsonb NOT NULL,
	attempts smallint NOT NULL DEFAULT 0,
	queued timestamptz NOT NULL DEFAULT now(),
	acked timestamptz
);
CREATE INDEX commands_queue ON commands (device_id, queued) WHERE acked IS NULL;
CREATE TABLE firmware_images (
	model_id int NOT NULL REFERENCES device_models,
	version text NOT NULL,
	image bytea NOT NULL,
	sha256 bytea NOT NULL CHECK (length(sha256) < 64),
	released timestamptz,
	PRIMARY KEY (model_id, version)
);
ALTER TABLE firmware_images ALTER COLUMN image SET STORAGE EXTERNAL;
CREATE TABLE maintenance (
	id serial PRIMARY KEY,
	device_id bigint NOT NULL REFERENCES devices,
	during tsrange NOT NULL,
	technician text,
	note text
);
CREATE TABLE api_keys (
	key_hash bytea PRIMARY KEY,
	tenant_id int NOT NULL REFERENCES tenants ON DELETE CASCADE,
	created timestamptz NOT NULL DEFAULT now(),
	scopes text[] NOT NULL DEFAULT '{read}'
);
CREATE TABLE device_shadow (
	device_id bigint PRIMARY KEY REFERENCES devices ON DELETE CASCADE,
	desired jsonb NOT NULL DEFAULT '{}',
	reported jsonb NOT NULL DEFAULT '{}'
) WITH (fillfactor = 60);

CREATE VIEW device_overview AS
	SELECT d.id, d.serial_no, s.name AS site, m.vendor || ' ' || m.model AS model, d.state, d.last_seen
	FROM devices d JOIN device_models m ON m.id = d.model_id LEFT JOIN sites s ON s.id = d.site_id;
CREATE MATERIALIZED VIEW device_counts AS SELECT state, count(*) AS devices FROM devices GROUP BY state WITH NO DATA;
CREATE FUNCTION latest(device bigint, metric smallint DEFAULT 1) RETURNS TABLE (at timestamptz, value real) LANGUAGE sql STABLE AS $$
	SELECT r.at, r.value FROM readings r WHERE r.device_id = device AND r.metric_id = metric ORDER BY r.at DESC LIMIT 1
$$;

CREATE TABLE device_groups (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id int NOT NULL REFERENCES tenants ON DELETE CASCADE,
	name text NOT NULL,
	UNIQUE (tenant_id, name)
);
CREATE TABLE device_group_members (
	group_id int NOT NULL REFERENCES device_groups ON DELETE CASCADE,
	device_id bigint NOT NULL REFERENCES devices ON DELETE CASCADE,
	PRIMARY KEY (group_id, device_id)
);
