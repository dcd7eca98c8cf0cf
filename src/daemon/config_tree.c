/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "daemon/config_int.h"

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int
compare_pointer(const void *key, const void *element)
{
	const char *pointer = key;
	const struct config_place *place = element;
	return strcmp(pointer, place->pointer);
}

/* A JSON pointer the way the file's keys are spoken of: "/a/0/b" is "a[0].b". */
static void
write_dotted(const char *pointer, struct mig_buf *out)
{
	while (*pointer == '/') {
		size_t len = strcspn(pointer + 1, "/");
		bool number = len > 0 && strspn(pointer + 1, "0123456789") == len;
		if (number)
			mig_buf_putc(out, '[');
		else if (out->len > 0)
			mig_buf_putc(out, '.');
		mig_buf_add(out, pointer + 1, len);
		if (number)
			mig_buf_putc(out, ']');
		pointer += 1 + len;
	}
}

void
config_tree_fini(struct config_tree *tree)
{
	mig_json_free(tree->doc);
	tree->doc = NULL;
}

struct config_place
config_tree_place(const struct config_tree *tree, const char *pointer)
{
	struct mig_buf text;
	struct config_place place = { .pointer = "", .file = tree->path };
	const struct config_place *found = NULL;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, pointer);
	while (tree->place_count > 0) {
		found = bsearch(text.data, tree->places, tree->place_count, sizeof(tree->places[0]),
		    compare_pointer);
		const char *slash = strrchr(text.data, '/');
		if (found != NULL || slash == NULL)
			break;
		mig_buf_truncate(&text, (size_t)(slash - text.data));
	}
	if (found != NULL)
		place = *found;
	mig_buf_fini(&text);
	return place;
}

void
config_report(const struct config_place *place, const struct mig_finding *finding, int column,
    struct mig_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct mig_finding *other = &findings->items[i];
		if (other->severity == finding->severity && other->line == place->line &&
		    same_text(other->file, place->file) &&
		    same_text(other->pointer, place->pointer) &&
		    same_text(other->message, finding->message))
			return;
	}
	struct mig_finding *added = mig_findings_add(findings, finding->severity, place->file,
	    place->pointer, finding->hint, "%s", finding->message);
	if (added == NULL)
		return;
	added->line = place->line;
	added->column = column;
}

void
config_tree_report(const struct config_tree *tree, const struct mig_finding *finding,
    const char *pointer, struct mig_findings *findings)
{
	struct mig_buf dotted;
	struct config_place place = config_tree_place(tree, pointer);
	mig_buf_init(&dotted, MIG_DOC_BYTES_MAX);
	write_dotted(pointer, &dotted);
	place.pointer = dotted.data;
	config_report(&place, finding, 0, findings);
	mig_buf_fini(&dotted);
}

const char *
config_tree_path(const struct config_tree *tree, const char *name)
{
	if (name[0] == '/')
		return mig_arena_strdup(tree->arena, name);
	return mig_arena_printf(tree->arena, "%s/%s", tree->folder, name);
}

void
config_check_file(struct mig_reader *reader, const struct mig_at *at, const char *path, bool secret)
{
	struct stat info;
	if (stat(path, &info) != 0 || access(path, R_OK) != 0)
		mig_at_error(reader, at, "check its name and its permissions", "%s: %s", path,
		    strerror(errno));
	else if (S_ISDIR(info.st_mode))
		mig_at_error(reader, at, "name a file", "%s: is a directory", path);
	else if (secret && (info.st_mode & S_IROTH) != 0)
		mig_at_error(reader, at, "take the permission away: chmod o-rwx",
		    "%s: the secret can be read by everyone", path);
	else if (secret && info.st_size == 0)
		mig_at_error(
		    reader, at, "put the secret into its first line", "%s: is empty", path);
}
