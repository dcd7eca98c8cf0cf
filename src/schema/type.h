/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Column types: one spelling for each (that of PostgreSQL's format_type() or of MySQL's
 * COLUMN_TYPE), their parts, and what a change from one to another does to rows.
 */
#ifndef MIG_SCHEMA_TYPE_H
#define MIG_SCHEMA_TYPE_H

#include "schema/model.h"

/* Bytes of a type's name in full: two quoted names of 63 bytes, each of them a quote. */
#define MIG_DB_TYPE_NAME_MAX 272
#define MIG_DB_TYPE_ARGUMENTS_MAX 2

/* A type in parts. */
struct mig_db_type {
	/* Without arguments, zone and fields: "numeric", "timestamp", "public.mood", "int" */
	char name[MIG_DB_TYPE_NAME_MAX];
	char fields[24]; /* of an interval: "day to second"; else "" */
	int64_t arguments[MIG_DB_TYPE_ARGUMENTS_MAX];
	size_t arguments_count;
	/* What stands in the brackets when it is no numbers: labels; borrowed; NULL */
	const char *text;
	size_t text_len;
	bool zone; /* WITH TIME ZONE */
	bool array;
	bool is_unsigned; /* MySQL, this and the next */
	bool zerofill;
};

/* What a change of type is to rows, readers and writers; one for each rule row. */
enum mig_db_type_change {
	MIG_TYPE_SAME,
	MIG_TYPE_TEXT_WIDENED,   /* varchar(n) to a larger n or none */
	MIG_TYPE_TEXT_NARROWED,  /* varchar(n) to a smaller n */
	MIG_TYPE_TEXT_LIMITED,   /* text, or varchar without n, to varchar(n) */
	MIG_TYPE_TEXT_UNLIMITED, /* varchar to text, text to varchar without n */
	MIG_TYPE_CHAR_WIDENED,   /* char(n) to a larger n */
	MIG_TYPE_CHAR_NARROWED,
	MIG_TYPE_CHAR, /* other texts to and from char(n) */
	MIG_TYPE_CITEXT,
	MIG_TYPE_INT_WIDENED,
	MIG_TYPE_INT_NARROWED,
	MIG_TYPE_INT_TO_NUMERIC,
	MIG_TYPE_TO_FLOAT,
	MIG_TYPE_FLOAT_WIDENED,
	MIG_TYPE_NUMERIC_UP,
	MIG_TYPE_NUMERIC_CHANGED, /* scale, less precision, a number that is rounded */
	MIG_TYPE_NUMERIC_REDUCED, /* fewer digits before or behind the point */
	MIG_TYPE_ZONE,            /* timestamp and time, with and without zone */
	MIG_TYPE_TIME_UP,
	MIG_TYPE_TIME_DOWN,
	MIG_TYPE_TIMESTAMP_TO_DATE,
	MIG_TYPE_DATE_TO_TIMESTAMP,
	MIG_TYPE_CIDR_TO_INET,
	MIG_TYPE_INET_TO_CIDR,
	MIG_TYPE_JSON,
	MIG_TYPE_NO_CAST,
	MIG_TYPE_TO_TEXT,
	MIG_TYPE_ENUM_TEXT,
	MIG_TYPE_BITS_WIDENED,
	MIG_TYPE_DOMAIN_TO_BASE,
	MIG_TYPE_BASE_TO_DOMAIN,
	MIG_TYPE_ARRAY,
	MIG_TYPE_BOOLEAN_TO_TINYINT, /* snapshots */
	MIG_TYPE_ENUM_APPENDED,      /* MySQL's enum('a', 'b'), this and the next two */
	MIG_TYPE_ENUM_REORDERED,
	MIG_TYPE_ENUM_REMOVED
};

#define MIG_TYPE_CHANGES 36

/* What the user-defined types behind two names are: 0 when a type is none of these. */
struct mig_db_type_facts {
	const struct mig_db_domain *old_domain;
	const struct mig_db_domain *new_domain;
	bool old_enum;
	bool new_enum;
};

/*
 * The canonical spelling of a type as documents write it: "VARCHAR", length 255, gives "character
 * varying(255)", "int4[]" gives "integer[]", "numeric" with precision 10 and scale 2 gives
 * "numeric(10,2)", MySQL's "INT(11) UNSIGNED" gives "int unsigned".  length, precision and scale
 * (from a snapshot) below 0 are not given, and give way to what the text itself says.  Names that
 * are not known stay as they are, in lower case unless they are quoted.  In the arena; NULL without
 * memory.
 */
const char *mig_db_type_canonical(struct mig_arena *arena, enum mig_db_dialect dialect,
    const char *text, int64_t length, int64_t precision, int64_t scale);

/*
 * The parts of a type in any spelling, its name in the canonical one; text is borrowed.  False
 * when it cannot be taken apart (brackets that are not closed, names longer than any server has).
 */
bool mig_db_type_parse(enum mig_db_dialect dialect, const char *text, struct mig_db_type *ret_type);

/*
 * Whether a name has to be quoted on PostgreSQL though it looks plain: words of its grammar that
 * quote_ident() quotes.
 */
bool mig_db_type_reserved(const char *word);

/*
 * What the change from one canonical type to another is.
 */
enum mig_db_type_change mig_db_type_change(enum mig_db_dialect dialect, const char *old_text,
    const char *new_text, const struct mig_db_type_facts *facts);

#endif
