-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- Patients, doctors and appointments, version 2.

CREATE EXTENSION btree_gist;
CREATE TYPE sex AS ENUM ('f', 'm', 'd', 'unknown');
CREATE TYPE blood AS ENUM ('0', 'A', 'B', 'AB');
CREATE DOMAIN insurance_no AS char(10) CONSTRAINT insurance_form CHECK (VALUE ~ '^[A-Z][0-9]{9}$');
CREATE DOMAIN percent AS numeric(5,2) CHECK (VALUE BETWEEN 0 AND 100);

CREATE TABLE wards (
	id smallserial PRIMARY KEY,
	name text NOT NULL UNIQUE,
	floor smallint NOT NULL DEFAULT 0,
	phone text
);
CREATE TABLE rooms (
	ward_id smallint NOT NULL REFERENCES wards,
	number varchar(6) NOT NULL,
	beds smallint NOT NULL DEFAULT 2 CHECK (beds > 0),
	isolation boolean NOT NULL DEFAULT false,
	PRIMARY KEY (ward_id, number)
);
CREATE TABLE doctors (
	id serial PRIMARY KEY,
	name text NOT NULL,
	specialty text NOT NULL DEFAULT 'general',
	ward_id smallint REFERENCES wards ON DELETE SET NULL,
	email text UNIQUE
);
CREATE TABLE patients (
	id bigserial PRIMARY KEY,
	insurance insurance_no UNIQUE,
	last_name text NOT NULL,
	first_name text NOT NULL,
	sex sex,
	born date NOT NULL,
	blood blood,
	rhesus boolean,
	phone text,
	email text,
	died date,
	notes text
);
CREATE INDEX patients_name ON patients (lower(last_name), lower(first_name));
CREATE INDEX patients_born ON patients (born);
CREATE TABLE patient_contacts (
	patient_id bigint NOT NULL REFERENCES patients ON DELETE CASCADE,
	name text NOT NULL,
	relation text NOT NULL DEFAULT 'other',
	phone text NOT NULL,
	PRIMARY KEY (patient_id, name)
);
CREATE TABLE allergies (
	patient_id bigint NOT NULL REFERENCES patients ON DELETE CASCADE,
	substance text NOT NULL,
	severity smallint NOT NULL DEFAULT 1 CHECK (severity BETWEEN 1 AND 3),
	PRIMARY KEY (patient_id, substance)
);
CREATE TABLE appointments (
	id bigserial PRIMARY KEY,
	patient_id bigint NOT NULL REFERENCES patients,
	doctor_id int NOT NULL REFERENCES doctors,
	during tsrange NOT NULL,
	reason text,
	room varchar(6),
	cancelled boolean NOT NULL DEFAULT false,
	CONSTRAINT appointments_doctor EXCLUDE USING gist (doctor_id WITH =, during WITH &&) WHERE (NOT cancelled),
	CONSTRAINT appointments_patient EXCLUDE USING gist (patient_id WITH =, during WITH &&) WHERE (NOT cancelled)
);
CREATE TABLE stays (
	id bigserial PRIMARY KEY,
	patient_id bigint NOT NULL REFERENCES patients,
	ward_id smallint NOT NULL,
	room varchar(6) NOT NULL,
	admitted timestamptz NOT NULL DEFAULT now(),
	discharged timestamptz,
	CONSTRAINT stays_order CHECK (discharged >= admitted),
	FOREIGN KEY (ward_id, room) REFERENCES rooms (ward_id, number) ON UPDATE CASCADE
);
CREATE INDEX stays_here ON stays (ward_id, room) WHERE discharged IS NULL;
CREATE TABLE diagnoses (
	id bigserial PRIMARY KEY,
	patient_id bigint NOT NULL REFERENCES patients,
	code varchar(10) NOT NULL,
	certain boolean NOT NULL DEFAULT true,
	made_on date NOT NULL DEFAULT CURRENT_DATE,
	doctor_id int REFERENCES doctors
);
CREATE TABLE drugs (
	id serial PRIMARY KEY,
	name text NOT NULL,
	dose_mg numeric(10,3),
	form text NOT NULL DEFAULT 'tablet',
	UNIQUE NULLS NOT DISTINCT (name, dose_mg, form)
);
CREATE TABLE prescriptions (
	id bigserial PRIMARY KEY,
	patient_id bigint NOT NULL REFERENCES patients,
	drug_id int NOT NULL REFERENCES drugs,
	doctor_id int NOT NULL REFERENCES doctors,
	per_day numeric(4,1) NOT NULL DEFAULT 1,
	from_day date NOT NULL DEFAULT CURRENT_DATE,
	to_day date,
	days integer GENERATED ALWAYS AS (to_day - from_day) STORED
);
CREATE TABLE lab_tests (
	code varchar(10) PRIMARY KEY,
	name text NOT NULL,
	unit text,
	method text,
	low double precision,
	high double precision
);
CREATE TABLE lab_results (
	id bigserial PRIMARY KEY,
	patient_id bigint NOT NULL REFERENCES patients,
	test varchar(10) NOT NULL REFERENCES lab_tests,
	value double precision NOT NULL,
	taken timestamptz NOT NULL
);
CREATE INDEX lab_results_patient ON lab_results (patient_id, test, taken DESC);
CREATE TABLE vitals (
	patient_id bigint NOT NULL,
	at timestamp NOT NULL,
	pulse smallint,
	temperature numeric(4,2),
	oxygen percent
) PARTITION BY LIST (pulse);
CREATE TABLE vitals_rest PARTITION OF vitals DEFAULT;
CREATE TABLE shifts (
	doctor_id int NOT NULL REFERENCES doctors,
	during tsrange NOT NULL,
	on_call boolean NOT NULL DEFAULT false,
	EXCLUDE USING gist (doctor_id WITH =, during WITH &&)
);
CREATE TABLE audit (
	id bigserial PRIMARY KEY,
	at timestamptz DEFAULT now(),
	who text DEFAULT CURRENT_USER,
	row_data jsonb
);

CREATE FUNCTION age_of(born date) RETURNS integer LANGUAGE sql STABLE AS
	'SELECT extract(year FROM age(born))::integer';
CREATE FUNCTION log_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO audit (who, row_data) VALUES (session_user, to_jsonb(OLD));
	RETURN OLD;
END $$;
CREATE TRIGGER patients_log BEFORE DELETE ON patients FOR EACH ROW EXECUTE FUNCTION log_patient();
CREATE VIEW current_stays AS
	SELECT s.id, p.last_name, p.first_name, s.ward_id, s.room, s.admitted FROM stays s JOIN patients p ON p.id = s.patient_id
	WHERE s.discharged IS NULL;
CREATE VIEW free_beds AS
	SELECT r.ward_id, r.number, r.beds - count(c.id) AS free FROM rooms r
		LEFT JOIN current_stays c ON c.ward_id = r.ward_id AND c.room = r.number
	GROUP BY r.ward_id, r.number, r.beds;
CREATE VIEW abnormal_results AS
	SELECT l.* FROM lab_results l JOIN lab_tests t ON t.code = l.test WHERE l.value NOT BETWEEN t.low AND t.high;

CREATE TABLE consents (
	patient_id bigint NOT NULL REFERENCES patients ON DELETE CASCADE,
	kind text NOT NULL,
	given timestamptz NOT NULL DEFAULT now(),
	withdrawn timestamptz,
	PRIMARY KEY (patient_id, kind)
);
CREATE TABLE vaccinations (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	patient_id bigint NOT NULL REFERENCES patients,
	vaccine text NOT NULL,
	given date NOT NULL,
	lot text
);
