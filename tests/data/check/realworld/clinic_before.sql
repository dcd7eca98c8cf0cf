-- SPDX-License-Identifier: Apache-2.0
-- Copyright The Migarch authors
--
-- Patients, doctors and appointments, version 1.

CREATE EXTENSION btree_gist;
CREATE TYPE sex AS ENUM ('f', 'm');
CREATE TYPE blood AS ENUM ('0', 'A', 'B', 'AB');
CREATE DOMAIN insurance_no AS char(10) CHECK (VALUE ~ '^[A-Z][0-9]{9}$');
CREATE DOMAIN percent AS numeric(5,2) CHECK (VALUE BETWEEN 0 AND 100);

CREATE TABLE wards (
	id smallserial PRIMARY KEY,
	name text NOT NULL UNIQUE,
	floor smallint
);
CREATE TABLE rooms (
	ward_id smallint NOT NULL REFERENCES wards,
	number varchar(6) NOT NULL,
	beds smallint NOT NULL DEFAULT 2,
	PRIMARY KEY (ward_id, number)
);
CREATE TABLE doctors (
	id serial PRIMARY KEY,
	name text NOT NULL,
	specialty text,
	ward_id smallint REFERENCES wards
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
	phone varchar(20),
	notes text
);
CREATE INDEX patients_name ON patients (last_name, first_name);
CREATE TABLE patient_contacts (
	patient_id bigint NOT NULL REFERENCES patients ON DELETE CASCADE,
	name text NOT NULL,
	relation text,
	phone text NOT NULL
);
CREATE TABLE allergies (
	patient_id bigint NOT NULL REFERENCES patients ON DELETE CASCADE,
	substance text NOT NULL,
	severe boolean NOT NULL DEFAULT false,
	PRIMARY KEY (patient_id, substance)
);
CREATE TABLE appointments (
	id bigserial PRIMARY KEY,
	patient_id bigint NOT NULL REFERENCES patients,
	doctor_id int NOT NULL REFERENCES doctors,
	during tsrange NOT NULL,
	reason varchar(200),
	cancelled boolean NOT NULL DEFAULT false,
	CONSTRAINT appointments_doctor EXCLUDE USING gist (doctor_id WITH =, during WITH &&) WHERE (NOT cancelled)
);
CREATE TABLE stays (
	id bigserial PRIMARY KEY,
	patient_id bigint NOT NULL REFERENCES patients,
	ward_id smallint NOT NULL,
	room varchar(6) NOT NULL,
	admitted timestamp NOT NULL DEFAULT now(),
	discharged timestamp,
	FOREIGN KEY (ward_id, room) REFERENCES rooms (ward_id, number) ON UPDATE CASCADE
);
CREATE INDEX stays_here ON stays (ward_id, room) WHERE discharged IS NULL;
CREATE TABLE diagnoses (
	id bigserial PRIMARY KEY,
	patient_id bigint NOT NULL REFERENCES patients,
	code varchar(7) NOT NULL,
	made_on date NOT NULL DEFAULT CURRENT_DATE,
	doctor_id int REFERENCES doctors
);
CREATE TABLE drugs (
	id serial PRIMARY KEY,
	name text NOT NULL,
	dose_mg real,
	UNIQUE (name, dose_mg)
);
CREATE TABLE prescriptions (
	id bigserial PRIMARY KEY,
	patient_id bigint NOT NULL REFERENCES patients,
	drug_id int NOT NULL REFERENCES drugs,
	doctor_id int NOT NULL REFERENCES doctors,
	per_day smallint NOT NULL DEFAULT 1,
	from_day date NOT NULL,
	to_day date
);
CREATE TABLE lab_tests (
	code varchar(10) PRIMARY KEY,
	name text NOT NULL,
	unit text,
	low double precision,
	high double precision
);
CREATE TABLE lab_results (
	id bigserial PRIMARY KEY,
	patient_id bigint NOT NULL REFERENCES patients,
	test varchar(10) NOT NULL REFERENCES lab_tests,
	value double precision NOT NULL,
	taken timestamp NOT NULL
);
CREATE TABLE vitals (
	patient_id bigint NOT NULL,
	at timestamp NOT NULL,
	pulse smallint,
	temperature numeric(3,1),
	oxygen percent
) PARTITION BY LIST (pulse);
CREATE TABLE vitals_rest PARTITION OF vitals DEFAULT;
CREATE TABLE shifts (
	doctor_id int NOT NULL REFERENCES doctors,
	during tsrange NOT NULL,
	EXCLUDE USING gist (doctor_id WITH =, during WITH &&)
);
CREATE TABLE audit (
	id bigserial,
	at timestamptz DEFAULT now(),
	who text DEFAULT CURRENT_USER,
	row_data jsonb
);

CREATE FUNCTION age_of(born date) RETURNS integer LANGUAGE sql STABLE AS
	'SELECT extract(year FROM age(born))::integer';
CREATE FUNCTION log_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO audit (row_data) VALUES (to_jsonb(OLD));
	RETURN OLD;
END $$;
CREATE TRIGGER patients_log BEFORE DELETE ON patients FOR EACH ROW EXECUTE FUNCTION log_patient();
CREATE VIEW current_stays AS
	SELECT s.id, p.last_name, p.first_name, s.ward_id, s.room FROM stays s JOIN patients p ON p.id = s.patient_id
	WHERE s.discharged IS NULL;
CREATE VIEW free_beds AS
	SELECT r.ward_id, r.number, r.beds - count(c.id) AS free FROM rooms r
		LEFT JOIN current_stays c ON c.ward_id = r.ward_id AND c.room = r.number
	GROUP BY r.ward_id, r.number, r.beds;
CREATE VIEW abnormal_results AS
	SELECT l.* FROM lab_results l JOIN lab_tests t ON t.code = l.test WHERE l.value NOT BETWEEN t.low AND t.high;
