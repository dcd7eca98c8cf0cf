/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/snapshot_int.h"

/* What a name that stands without quotes cannot have, alone and as part of "table(column)". */
#define ENDS_NAME ".\""
#define ENDS_TARGET ".\"(),"

/* What is left of a name to be cut. */
struct rest {
	const char *data;
	size_t len;
};

static bool
is_ahead(const struct rest *rest, char c)
{
	return rest->len > 0 && rest->data[0] == c;
}

static void
step(struct rest *rest, size_t len)
{
	rest->data += len;
	rest->len -= len;
}

static void
skip_spaces(struct rest *rest)
{
	while (is_ahead(rest, ' '))
		step(rest, 1);
}

/* A name in double quotes, without them; false: it has no end. */
static bool
cut_quoted(struct rest *rest, struct mig_buf *out)
{
	for (step(rest, 1); rest->len > 0; step(rest, 1)) {
		if (rest->data[0] == '"') {
			step(rest, 1);
			if (!is_ahead(rest, '"'))
				return true;
		}
		mig_buf_putc(out, rest->data[0]);
	}
	return false;
}

/* One name up to what ends it, kept; NULL: there is none. */
static const char *
cut_part(struct mig_snap *snap, struct rest *rest, const char *ends)
{
	struct mig_text part;
	if (is_ahead(rest, '"')) {
		mig_buf_reset(&snap->more_text);
		if (!cut_quoted(rest, &snap->more_text))
			return NULL;
		part = (struct mig_text){ snap->more_text.data, snap->more_text.len };
	} else {
		part = (struct mig_text){ rest->data, 0 };
		while (rest->len > 0 && strchr(ends, rest->data[0]) == NULL)
			step(rest, 1);
		part.len = (size_t)(rest->data - part.data);
		bool blanks = strcmp(ends, ENDS_TARGET) == 0;
		while (blanks && part.len > 0 && part.data[part.len - 1] == ' ')
			part.len--;
	}
	if (part.len == 0)
		return NULL;
	/* Where it is no mention, the name behind the schema is the thing's own. */
	bool own = strcmp(ends, ENDS_NAME) == 0 && !is_ahead(rest, '.');
	return own ? mig_snap_copy(snap, part) : mig_snap_keep(snap, part);
}

/* "name" or "schema.name" at the beginning of what is left. */
static bool
cut_name(struct mig_snap *snap, struct rest *rest, const char *ends, const char *ret_names[2])
{
	const char *first = cut_part(snap, rest, ends);
	const char *second = NULL;
	if (first != NULL && is_ahead(rest, '.')) {
		step(rest, 1);
		second = cut_part(snap, rest, ends);
		if (second == NULL)
			return false;
	}
	ret_names[0] = second != NULL ? first : NULL;
	ret_names[1] = second != NULL ? second : first;
	return first != NULL;
}

bool
mig_snap_split(
    struct mig_snap *snap, struct mig_text text, const char **ret_schema, const char **ret_name)
{
	struct rest rest = { text.data, text.len };
	const char *names[2];
	if (!cut_name(snap, &rest, ENDS_NAME, names) || rest.len > 0)
		return false;
	*ret_schema = names[0];
	*ret_name = names[1];
	return true;
}

bool
mig_snap_split_target(
    struct mig_snap *snap, struct mig_text text, struct mig_db_constraint *constraint)
{
	struct rest rest = { text.data, text.len };
	const char *names[2];
	skip_spaces(&rest);
	if (!cut_name(snap, &rest, ENDS_TARGET, names))
		return false;
	skip_spaces(&rest);
	if (!is_ahead(&rest, '('))
		return false;
	mig_buf_reset(&snap->items);
	do {
		step(&rest, 1);
		skip_spaces(&rest);
		const char *column = cut_part(snap, &rest, ENDS_TARGET);
		if (column == NULL)
			return false;
		mig_buf_add(&snap->items, &column, sizeof(column));
		skip_spaces(&rest);
	} while (is_ahead(&rest, ','));
	if (!is_ahead(&rest, ')'))
		return false;
	step(&rest, 1);
	skip_spaces(&rest);
	constraint->ref_schema = names[0];
	constraint->ref_table = names[1];
	constraint->ref_columns_count = snap->items.len / sizeof(const char *);
	constraint->ref_columns = mig_snap_items(snap);
	return rest.len == 0;
}

/* Append a name, in quotes where it cannot do without. */
static void
join_part(struct mig_buf *out, const char *name, const char *ends)
{
	size_t len = strlen(name);
	bool plain =
	    len > 0 && strpbrk(name, ends) == NULL && name[0] != ' ' && name[len - 1] != ' ';
	if (plain) {
		mig_buf_puts(out, name);
		return;
	}
	mig_buf_putc(out, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			mig_buf_putc(out, '"');
		mig_buf_putc(out, *name);
	}
	mig_buf_putc(out, '"');
}

void
mig_snap_join(struct mig_buf *out, const char *schema, const char *name)
{
	if (schema != NULL) {
		join_part(out, schema, ENDS_NAME);
		mig_buf_putc(out, '.');
	}
	join_part(out, name, ENDS_NAME);
}

void
mig_snap_join_target(struct mig_buf *out, const struct mig_db_constraint *constraint)
{
	if (constraint->ref_schema != NULL) {
		join_part(out, constraint->ref_schema, ENDS_TARGET);
		mig_buf_putc(out, '.');
	}
	join_part(out, constraint->ref_table, ENDS_TARGET);
	mig_buf_putc(out, '(');
	for (size_t i = 0; i < constraint->ref_columns_count; i++) {
		mig_buf_puts(out, i == 0 ? "" : ", ");
		join_part(out, constraint->ref_columns[i], ENDS_TARGET);
	}
	mig_buf_putc(out, ')');
}
