/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "base/arena.h"
#include "schema/model.h"

const struct mig_db_extra mig_db_extra_none = { .of = NULL };

struct mig_db_extra *
mig_db_extra(struct mig_db *db, struct mig_db_object *object)
{
	if (object->extra->of == object)
		/* Not a shared one: it was made writable below. */
		return (struct mig_db_extra *)(uintptr_t)object->extra;
	struct mig_db_extra *extra = mig_arena_alloc(mig_db_arena(db), sizeof(*extra));
	if (extra == NULL)
		return NULL;
	*extra = *object->extra;
	extra->of = object;
	object->extra = extra;
	return extra;
}

void
mig_db_set_comment(struct mig_db *db, struct mig_db_object *object, const char *comment)
{
	struct mig_db_extra *extra =
	    comment != object->extra->comment ? mig_db_extra(db, object) : NULL;
	if (extra != NULL)
		extra->comment = comment;
}

void
mig_db_set_owner(struct mig_db *db, struct mig_db_object *object, const char *owner)
{
	struct mig_db_extra *extra =
	    owner != object->extra->owner ? mig_db_extra(db, object) : NULL;
	if (extra != NULL)
		extra->owner = owner;
}

void
mig_db_set_written(struct mig_db *db, struct mig_db_object *object, const char *written)
{
	struct mig_db_extra *extra =
	    written != object->extra->written ? mig_db_extra(db, object) : NULL;
	if (extra != NULL)
		extra->written = written;
}

void
mig_db_set_refs(
    struct mig_db *db, struct mig_db_object *object, struct mig_db_ref *refs, uint32_t count)
{
	bool same = refs == object->extra->refs && count == object->extra->refs_count;
	struct mig_db_extra *extra = same ? NULL : mig_db_extra(db, object);
	if (extra == NULL)
		return;
	extra->refs = refs;
	extra->refs_count = count;
}

void
mig_db_share_refs(struct mig_db *db, struct mig_db_object *copy, const struct mig_db_object *from)
{
	mig_db_set_refs(db, copy, from->extra->refs, from->extra->refs_count);
	mig_db_set_written(db, copy, from->extra->written);
}
