/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "engine/endpoints.h"

/* An endpoint by its keys. */
struct side {
	const char *text;
	const char *key;  /* method and path, without version and names of parameters */
	const char *tail; /* method and last segment that is no parameter */
	size_t index;
	struct side *partner;
	bool kept;
};

/* The sides of one list, in the order of the list and sorted. */
struct sides {
	size_t count;
	struct side *rows;
	struct side **sorted;
};

/* Whether a segment is a version: v1, v2.1. */
static bool
is_version(const char *segment, size_t len)
{
	return len >= 2 && (segment[0] == 'v' || segment[0] == 'V') && segment[1] >= '0' &&
	    segment[1] <= '9' && strspn(segment + 1, "0123456789.") >= len - 1;
}

/* Write the key of a text; it is never longer than the text. */
static bool
make_key(struct side *side, struct mig_arena *arena)
{
	const char *path = strchr(side->text, ' ') + 1;
	size_t method = (size_t)(path - side->text);
	char *key = mig_arena_strdup(arena, side->text);
	char *tail = mig_arena_strdup(arena, side->text);
	if (key == NULL || tail == NULL)
		return false;
	size_t len = method;
	size_t tail_len = method;
	for (const char *at = path; *at != '\0';) {
		at += strspn(at, "/");
		size_t segment = strcspn(at, "/");
		if (segment == 0 || is_version(at, segment)) {
			at += segment;
			continue;
		}
		key[len++] = '/';
		if (*at == '{') {
			key[len++] = '*';
		} else {
			memmove(key + len, at, segment);
			len += segment;
			tail_len = method + segment;
			memmove(tail + method, at, segment);
		}
		at += segment;
	}
	key[len] = '\0';
	tail[tail_len] = '\0';
	side->key = key;
	side->tail = tail;
	return true;
}

static int
by_key(const void *a, const void *b)
{
	const struct side *one = *(struct side *const *)a;
	const struct side *two = *(struct side *const *)b;
	int order = strcmp(one->key, two->key);
	return order != 0 ? order : (one->index > two->index) - (one->index < two->index);
}

static int
by_tail(const void *a, const void *b)
{
	const struct side *one = *(struct side *const *)a;
	const struct side *two = *(struct side *const *)b;
	int order = strcmp(one->tail, two->tail);
	return order != 0 ? order : (one->index > two->index) - (one->index < two->index);
}

static bool
read_side(const struct mig_json *list, struct mig_arena *arena, struct sides *ret_sides)
{
	struct sides sides = { .count = mig_json_count(list) };
	sides.rows = mig_arena_array(arena, sides.count + 1, sizeof(*sides.rows));
	sides.sorted = mig_arena_array(arena, sides.count + 1, sizeof(*sides.sorted));
	if (sides.rows == NULL || sides.sorted == NULL)
		return false;
	const struct mig_json *node = mig_json_first(list);
	for (size_t i = 0; i < sides.count; i++) {
		sides.rows[i].text = mig_json_string(node);
		sides.rows[i].index = i;
		sides.sorted[i] = &sides.rows[i];
		if (!make_key(&sides.rows[i], arena))
			return false;
		node = mig_json_next(node);
	}
	*ret_sides = sides;
	return true;
}

/* Make partners of those that compare equal, walking both sorted lists once. */
static void
pair(struct sides *old_sides, struct sides *new_sides, int (*order)(const void *, const void *),
    bool kept)
{
	size_t i = 0;
	size_t j = 0;
	qsort(old_sides->sorted, old_sides->count, sizeof(struct side *), order);
	qsort(new_sides->sorted, new_sides->count, sizeof(struct side *), order);
	while (i < old_sides->count && j < new_sides->count) {
		struct side *a = old_sides->sorted[i];
		struct side *b = new_sides->sorted[j];
		int relation = kept ? strcmp(a->key, b->key) : strcmp(a->tail, b->tail);
		if (a->partner != NULL || relation < 0) {
			i++;
		} else if (b->partner != NULL || relation > 0) {
			j++;
		} else {
			a->partner = b;
			b->partner = a;
			a->kept = kept;
			i++;
			j++;
		}
	}
}

int
mig_endpoints_compare(const struct mig_json *service_details, struct mig_arena *arena,
    size_t *ret_count, const struct mig_endpoint_row **ret_rows)
{
	const struct mig_json *old_service = mig_json_get(service_details, "legacy_service");
	const struct mig_json *new_service = mig_json_get(service_details, "new_service");
	struct sides old_sides;
	struct sides new_sides;
	if (!read_side(mig_json_get(old_service, "endpoints"), arena, &old_sides) ||
	    !read_side(mig_json_get(new_service, "endpoints"), arena, &new_sides))
		return MIG_ENOMEM;
	pair(&old_sides, &new_sides, by_key, true);
	pair(&old_sides, &new_sides, by_tail, false);

	size_t count = 0;
	struct mig_endpoint_row *rows = mig_arena_array(
	    arena, old_sides.count + new_sides.count + 1, sizeof(*rows));
	if (rows == NULL)
		return MIG_ENOMEM;
	for (size_t i = 0; i < old_sides.count; i++) {
		const struct side *side = &old_sides.rows[i];
		enum mig_endpoint_fate fate = side->partner == NULL ? MIG_ENDPOINT_UNCOVERED :
		    side->kept ? MIG_ENDPOINT_KEPT : MIG_ENDPOINT_MOVED;
		rows[count++] = (struct mig_endpoint_row) { fate, side->text,
			side->partner != NULL ? side->partner->text : NULL };
	}
	for (size_t i = 0; i < new_sides.count; i++) {
		if (new_sides.rows[i].partner == NULL)
			rows[count++] = (struct mig_endpoint_row) { MIG_ENDPOINT_ADDED, NULL,
				new_sides.rows[i].text };
	}
	*ret_count = count;
	*ret_rows = rows;
	return MIG_OK;
}
