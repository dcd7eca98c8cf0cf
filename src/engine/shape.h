/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The form of documents as data: which keys an object has, what each may hold.  One
 * checker walks a document along such tables and reports every fault with its JSON
 * pointer.  Used for specifications, plans and runbooks; what goes beyond single fields is
 * checked in their modules.
 */
#ifndef MIG_ENGINE_SHAPE_H
#define MIG_ENGINE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json_read.h"

/* Most keys that one object of a shape table has. */
#define MIG_SHAPE_KEYS_MAX 32

/* The largest integer that every double holds exactly. */
#define MIG_SHAPE_INT_MAX 9007199254740992.0

/* Bits beside those of json_read.h: the strings of an array differ from one another. */
#define MIG_SHAPE_UNIQUE 0x100U

enum mig_shape_kind {
	MIG_SHAPE_STRING,
	MIG_SHAPE_NUMBER,
	MIG_SHAPE_INTEGER,
	MIG_SHAPE_BOOL,
	MIG_SHAPE_ENUM,
	MIG_SHAPE_OBJECT,
	MIG_SHAPE_ARRAY,
	MIG_SHAPE_CUSTOM
};

/* How a string must look, and how to say so to people. */
struct mig_shape_form {
	bool (*matches)(const char *text);
	const char *wanted;
};

struct mig_shape;

/* One key of an object, or (key NULL) the elements of an array. */
struct mig_shape_field {
	const char *key;
	enum mig_shape_kind kind;
	unsigned flags;                     /* MIG_READ_…, MIG_SHAPE_UNIQUE */
	double min, max;                    /* numbers; both 0: any number from 0 on */
	const struct mig_shape_form *form;  /* strings; NULL: any */
	const char *const *names;           /* enumerations, ended by NULL */
	const struct mig_shape *shape;      /* objects */
	const struct mig_shape_field *item; /* arrays */
	void (*custom)(struct mig_reader *reader, const struct mig_at *at);
};

/* An object: its fields, ended by a NULL key. */
struct mig_shape {
	const struct mig_shape_field *fields;
};

/* What goes beyond single fields of a document: the id of the rule, and who looks. */
struct mig_check {
	const char *rule; /* NULL ends a table */
	void (*run)(struct mig_reader *reader, const struct mig_at *root);
};

/* The rules of single fields. */
#define MIG_RULE_FORM "form"
#define MIG_RULE_UNKNOWN_KEY "unknown_key"

/* Forms that several documents share. */
extern const struct mig_shape_form mig_form_snake;      /* lower_case_name */
extern const struct mig_shape_form mig_form_time;       /* RFC 3339, zone optional */
extern const struct mig_shape_form mig_form_identifier; /* name or schema.name */
extern const struct mig_shape_form mig_form_mail;       /* name@example.com */

/* Enumerations that several documents share, ended by NULL. */
extern const char *const mig_names_type[];     /* database, service, … */
extern const char *const mig_names_pattern[];  /* of the pattern catalogue */
extern const char *const mig_names_level[];    /* low, medium, high, critical */
extern const char *const mig_names_operator[]; /* greater_than, less_than, equals */
extern const char *const mig_names_change[];   /* kinds of schema changes */
extern const char *const mig_names_action[];   /* automatic_rollback, alert_team, scale_up */

/*
 * Check a place against a field's row; all faults become findings of the reader.  Absent
 * values are faults only with MIG_READ_REQUIRED.
 */
void mig_shape_check(struct mig_reader *reader, const struct mig_at *at,
    const struct mig_shape_field *field);

/*
 * Check a document as a whole: its fields, and when it is an object what goes beyond them.  Each
 * finding gets its rule.  MIG_EDOC when there is at least one error.
 */
int mig_shape_run(struct mig_reader *reader, const struct mig_at *at,
    const struct mig_shape_field *field, const struct mig_check *checks) MIG_MUSTCHECK;

/*
 * Report every element of an array whose string (key NULL) or string member `key` was
 * there before.  Elements that are not of that form are passed over.
 */
void mig_shape_unique(struct mig_reader *reader, const struct mig_at *array, const char *key);

/*
 * The place of a document's top value that stands alone, e.g. one that was cut out of
 * another.
 */
struct mig_at mig_shape_root(const struct mig_json *node);

#endif
