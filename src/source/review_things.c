/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "source/review_int.h"

#define BUCKETS 4096U
#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

struct entry {
	struct entry *next;
	char *key;
	struct review_thing thing;
};

struct review_names {
	struct mig_arena *arena;
	struct entry *buckets[BUCKETS];
	struct review_thing nothing; /* when memory has run out */
};

static size_t
hash_of(const char *key)
{
	uint64_t hash = FNV_START;
	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char)*key) * FNV_PRIME;
	return (size_t)(hash % BUCKETS);
}

static struct review_names *
names_of(struct review *review)
{
	if (review->names != NULL)
		return review->names;
	review->names = calloc(1, sizeof(*review->names));
	if (review->names != NULL)
		review->names->arena = mig_arena_new(MIG_SQL_BYTES_MAX);
	return review->names;
}

/* The thing of a key, new or old.  Without memory the report fails, and this is one for all. */
static struct review_thing *
thing_of(struct review *review, const char *key)
{
	static struct review_thing none;
	struct review_names *names = names_of(review);
	if (names == NULL || names->arena == NULL) {
		mig_check_fail(review->check);
		return names != NULL ? &names->nothing : &none;
	}
	struct entry **bucket = &names->buckets[hash_of(key)];
	for (struct entry *entry = *bucket; entry != NULL; entry = entry->next)
		if (strcmp(entry->key, key) == 0)
			return &entry->thing;
	struct entry *entry = mig_arena_alloc(names->arena, sizeof(*entry));
	char *copy = mig_arena_strdup(names->arena, key);
	if (entry == NULL || copy == NULL) {
		mig_check_fail(review->check);
		return &names->nothing;
	}
	*entry = (struct entry){ .next = *bucket, .key = copy };
	*bucket = entry;
	return &entry->thing;
}

/* What no name has is between the parts of a key. */
static struct review_thing *
find(struct review *review, const char *schema, const char *name, const char *part)
{
	struct mig_buf key;
	mig_buf_init(&key, MIG_SQL_BYTES_MAX);
	mig_buf_printf(&key, "%s\n%s", schema, name);
	if (part != NULL)
		mig_buf_printf(&key, "\n%s", part);
	struct review_thing *thing = thing_of(review, key.data);
	mig_buf_fini(&key);
	return thing;
}

static const char *
schema_of(struct review *review, const struct review_name *name)
{
	if (name->schema != NULL && *name->schema != '\0')
		return name->schema;
	if (find(review, "pg_temp", name->name, NULL)->made)
		return "pg_temp";
	return review->session.schema != NULL ? review->session.schema : "public";
}

struct review_thing *
review_thing(struct review *review, const struct review_name *name)
{
	return find(review, schema_of(review, name), name->name, NULL);
}

struct review_thing *
review_part(struct review *review, const struct review_name *owner, const char *part)
{
	return find(review, schema_of(review, owner), owner->name, part);
}

void
review_names_free(struct review *review)
{
	if (review->names != NULL)
		mig_arena_free(review->names->arena);
	free(review->names);
	review->names = NULL;
}

const char *
review_name_text(struct review *review, const struct review_name *name)
{
	if (name->schema == NULL || *name->schema == '\0')
		return name->name;
	const char *text = mig_arena_printf(review->scratch, "%s.%s", name->schema, name->name);
	return text != NULL ? text : name->name;
}

enum review_value
review_setting(const struct review *review, enum review_setting setting)
{
	const struct review_session *session = &review->session;
	return session->local[setting] != REVIEW_UNSET ? session->local[setting] :
	                                                 session->session[setting];
}
