-- One of everything that a reader of MariaDB's information_schema has to know (MariaDB 10.11).
CREATE TABLE customers (
	id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT 'the number',
	name varchar(80) NOT NULL DEFAULT 'it''s',
	mail varchar(320) CHARACTER SET ascii COLLATE ascii_bin,
	note varchar(10) COLLATE utf8mb4_bin DEFAULT NULL,
	kind enum('a','b,c') NOT NULL DEFAULT 'a',
	flags set('x','y'),
	price decimal(10,2) DEFAULT 0.50 CHECK (price >= 0),
	net decimal(10,2) GENERATED ALWAYS AS (price / 1.19) VIRTUAL,
	gross decimal(10,2) GENERATED ALWAYS AS (price * 2) STORED,
	changed timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
	made datetime DEFAULT CURRENT_TIMESTAMP,
	token char(36) DEFAULT (uuid()),
	hidden int INVISIBLE DEFAULT 3,
	data json,
	bits bit(3) DEFAULT b'101',
	tiny tinyint(1) DEFAULT 1,
	big bigint(20) unsigned zerofill,
	`odd ``name` text,
	place point,
	UNIQUE KEY customers_mail (mail),
	KEY customers_name (name(10), kind DESC) COMMENT 'for the search',
	KEY customers_ignored (tiny) IGNORED,
	UNIQUE KEY customers_part (note(3)),
	FULLTEXT KEY customers_text (`odd ``name`),
	CONSTRAINT price_limit CHECK (price < 1000000)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8 COMMENT='who buys';
CREATE TABLE orders (
	id bigint NOT NULL,
	line smallint NOT NULL,
	customer int unsigned,
	PRIMARY KEY (id, line),
	CONSTRAINT order_customer FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE ON UPDATE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=latin1;
CREATE TABLE parts (
	id bigint NOT NULL,
	order_id bigint, order_line smallint,
	KEY parts_both (order_id, order_line),
	FOREIGN KEY (order_id, order_line) REFERENCES orders (id, line)
);
CREATE TABLE notes (a int, b text) ENGINE=MyISAM;
CREATE TABLE by_range (id int NOT NULL, at date NOT NULL) PARTITION BY RANGE (year(at))
	(PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE);
CREATE TABLE by_hash (id int NOT NULL) PARTITION BY HASH (id) PARTITIONS 4;
CREATE TABLE versions (a int) WITH SYSTEM VERSIONING;
CREATE SEQUENCE numbers START WITH 100 INCREMENT BY 5 MINVALUE 50 MAXVALUE 5000 CACHE 7 CYCLE;
CREATE VIEW cheap AS SELECT id, name, price * 2 AS twice FROM customers WHERE price < 10 WITH LOCAL CHECK OPTION;
CREATE SQL SECURITY INVOKER VIEW a_cheaper AS SELECT c.id, o.line FROM cheap c JOIN orders o ON o.customer = c.id;
DELIMITER //
CREATE FUNCTION twice(n int, t varchar(20)) RETURNS bigint DETERMINISTIC NO SQL COMMENT 'two of them' BEGIN RETURN n * 2; END //
CREATE PROCEDURE twice(IN n int unsigned, OUT result bigint, INOUT both_ways varchar(5)) READS SQL DATA SQL SECURITY INVOKER
BEGIN SET result = n * 2; END //
CREATE PROCEDURE nothing() BEGIN END //
CREATE TRIGGER z_first BEFORE INSERT ON customers FOR EACH ROW SET NEW.name = trim(NEW.name) //
CREATE TRIGGER a_second BEFORE INSERT ON customers FOR EACH ROW FOLLOWS z_first SET NEW.tiny = 1 //
CREATE EVENT clean ON SCHEDULE EVERY 1 DAY ON COMPLETION PRESERVE DISABLE COMMENT 'at night' DO DELETE FROM notes //
DELIMITER ;
