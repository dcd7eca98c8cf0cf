/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Short names for the rows of shape tables.  For the .c files that hold such tables, never
 * for another header.
 */
#ifndef MIG_ENGINE_SHAPE_ROWS_H
#define MIG_ENGINE_SHAPE_ROWS_H

#include "engine/shape.h"

#define REQUIRED MIG_READ_REQUIRED
#define NONEMPTY MIG_READ_NONEMPTY
#define UNIQUE MIG_SHAPE_UNIQUE

/* Rows of objects: key, kind, flags, then what the kind needs. */
#define TEXT(name, bits) { .key = (name), .kind = MIG_SHAPE_STRING, .flags = (bits) }
#define FORM(name, bits, how) \
	{ .key = (name), .kind = MIG_SHAPE_STRING, .flags = (bits), .form = &(how) }
#define NUMBER(name, bits) { .key = (name), .kind = MIG_SHAPE_NUMBER, .flags = (bits) }
#define COUNT(name, bits) \
	{ .key = (name), .kind = MIG_SHAPE_INTEGER, .flags = (bits), .max = MIG_SHAPE_INT_MAX }
#define BOOL(name, bits) { .key = (name), .kind = MIG_SHAPE_BOOL, .flags = (bits) }
#define ENUM(name, bits, list) \
	{ .key = (name), .kind = MIG_SHAPE_ENUM, .flags = (bits), .names = (list) }
#define OBJECT(name, bits, inner) \
	{ .key = (name), .kind = MIG_SHAPE_OBJECT, .flags = (bits), .shape = &(inner) }
#define ARRAY(name, bits, each) \
	{ .key = (name), .kind = MIG_SHAPE_ARRAY, .flags = (bits), .item = &(each) }
#define CUSTOM(name, bits, check) \
	{ .key = (name), .kind = MIG_SHAPE_CUSTOM, .flags = (bits), .custom = (check) }
#define END { .key = NULL }

#endif
