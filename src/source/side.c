/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "apispec/read.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "check/excerpt.h"
#include "schema/snapshot.h"
#include "source/ddl.h"
#include "source/folder.h"
#include "source/guess.h"
#include "source/live.h"
#include "source/side.h"
#include "source/yaml.h"
#include "sys/file.h"

#define ERROR_MAX 512
#define EXCERPT_BYTES_MAX 65536U
#define NAME_BYTES_MAX 65536U
#define FOLDER_EXCERPT_FILES 50

/* A text on its way into a side. */
struct text {
	const char *name; /* lives as long as the side */
	char *data;
	size_t len;
};

/* What is said of a document that cannot be compared. */
struct refusal {
	enum guess_kind kind;
	const char *message;
	const char *hint;
};

static const struct refusal refusals[] = {
	{ GUESS_JSON, "neither a database schema nor an interface",
	    "a snapshot has \"tables\", an OpenAPI document has \"paths\"" },
	{ GUESS_YAML, "neither a database schema nor an interface",
	    "an OpenAPI document has \"paths\"" },
	{ GUESS_YAML_SNAPSHOT, "a snapshot of a database has to be JSON", NULL },
	{ GUESS_EMPTY, "there is nothing in it", NULL },
	{ GUESS_UNKNOWN, "neither SQL, JSON, YAML nor GraphQL",
	    "give a snapshot, SQL, an OpenAPI or a GraphQL document" },
};
#define REFUSALS (sizeof(refusals) / sizeof(refusals[0]))

static int
refuse(const char *name, const char *hint, struct mig_findings *findings, const char *message)
{
	mig_findings_add(findings, MIG_SEV_ERROR, name, NULL, hint, "%s", message);
	return MIG_EDOC;
}

static enum side_kind
kind_of(enum guess_kind guess)
{
	switch (guess) {
	case GUESS_API_JSON:
	case GUESS_API_YAML:
		return SIDE_OPENAPI;
	case GUESS_GRAPHQL:
		return SIDE_GRAPHQL;
	case GUESS_SNAPSHOT:
	case GUESS_SQL:
	case GUESS_JSON:
	case GUESS_YAML:
	case GUESS_YAML_SNAPSHOT:
	case GUESS_EMPTY:
	case GUESS_UNKNOWN:
		break;
	}
	return SIDE_DATABASE;
}

/* Whether the document is what --type says; false after a finding. */
static bool
fits(const char *name, enum side_type type, enum side_kind kind, struct mig_findings *findings)
{
	if (type == SIDE_AUTO || (type == SIDE_TYPE_DATABASE) == (kind == SIDE_DATABASE))
		return true;
	mig_findings_add(findings, MIG_SEV_ERROR, name, NULL, "leave --type to the documents",
	    "this is %s, and %s is wanted", side_kind_name(kind),
	    type == SIDE_TYPE_DATABASE ? "a database schema" : "an interface");
	return false;
}

static void
take_excerpt(struct side *side, const struct text *text, enum guess_kind guess)
{
	struct mig_buf out;
	mig_buf_init(&out, EXCERPT_BYTES_MAX);
	if (guess == GUESS_SNAPSHOT || guess == GUESS_API_JSON)
		mig_excerpt_json(text->data, text->len, &out);
	else
		mig_excerpt_text(text->data, text->len, &out);
	side->excerpt = mig_buf_steal(&out);
	mig_buf_fini(&out);
}

static int
apply_sql(struct side *side, struct text *text, struct mig_findings *findings)
{
	folder_keep_up(text->data, text->len);
	return ddl_apply(side->db, text->data, text->len, text->name, findings);
}

/* An empty schema for SQL to be applied to. */
static int
start_sql(struct side *side, const struct side_options *options, struct mig_findings *findings)
{
	if (options->dialect == MIG_DB_MYSQL)
		return refuse(side->name,
		    "give a server's URL, or a snapshot of it (migarch snapshot URL)", findings,
		    "SQL is read in PostgreSQL's dialect only");
	side->db = mig_db_new(options->dialect);
	return side->db != NULL ? MIG_OK : MIG_ENOMEM;
}

/* JSON that is none of ours: the fault in it says more than that. */
static int
refuse_json(const struct text *text, struct mig_findings *findings)
{
	struct mig_json_doc *doc = NULL;
	int error = mig_json_parse(text->data, text->len, text->name, &doc, findings);
	mig_json_free(doc);
	return error;
}

static int
read_as(struct side *side, enum guess_kind guess, struct text *text,
    const struct side_options *options, struct mig_findings *findings)
{
	int error = MIG_OK;
	switch (guess) {
	case GUESS_SNAPSHOT:
		return mig_snapshot_read(
		    text->data, text->len, text->name, options->dialect, &side->db, findings);
	case GUESS_API_JSON:
		return mig_api_read_json(text->data, text->len, text->name, &side->api, findings);
	case GUESS_SQL:
		error = start_sql(side, options, findings);
		return error == MIG_OK ? apply_sql(side, text, findings) : error;
	case GUESS_API_YAML:
		return yaml_read_api(text->data, text->len, text->name, &side->api, findings);
	case GUESS_GRAPHQL:
		return mig_api_read_graphql(
		    text->data, text->len, text->name, &side->api, findings);
	case GUESS_JSON:
		error = refuse_json(text, findings);
		break;
	case GUESS_YAML:
	case GUESS_YAML_SNAPSHOT:
	case GUESS_EMPTY:
	case GUESS_UNKNOWN:
		break;
	}
	if (error != MIG_OK)
		return error;
	for (size_t i = 0; i < REFUSALS; i++)
		if (refusals[i].kind == guess)
			return refuse(text->name, refusals[i].hint, findings, refusals[i].message);
	return MIG_EDOC;
}

/* The whole of a file.  What cannot be read is missing, whatever the reason. */
static int
load(const char *path, size_t max, struct text *text, struct mig_findings *findings)
{
	char reason[ERROR_MAX];
	int error = file_read(path, max, &text->data, &text->len, reason, sizeof(reason));
	if (error != MIG_OK)
		mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL, NULL, "%s", reason);
	return error == MIG_EIO ? MIG_ENOTFOUND : error;
}

/* A large snapshot is read where it lies: copies of two would take much memory. */
static int
read_mapped(const char *path, const struct side_options *options, struct side *side,
    struct mig_findings *findings, bool *ret_done)
{
	struct file_map map;
	int error = MIG_OK;
	file_map(path, MIG_SCHEMA_BYTES_MAX, &map);
	*ret_done =
	    map.text != NULL && guess_text(path, map.text, map.len) == GUESS_SNAPSHOT;
	if (*ret_done && !fits(side->name, options->type, SIDE_DATABASE, findings)) {
		error = MIG_EDOC;
	} else if (*ret_done) {
		struct text text = { side->name, map.text, map.len };
		struct mig_snapshot_text snapshot = { map.text, map.len, side->name,
			file_map_passed };
		take_excerpt(side, &text, GUESS_SNAPSHOT);
		error = mig_snapshot_read_text(&snapshot, options->dialect, &side->db, findings);
	}
	file_unmap(&map);
	return error;
}

static int
read_file(const char *path, const struct side_options *options, struct side *side,
    struct mig_findings *findings)
{
	struct text text = { .name = side->name };
	side->file = strcmp(path, "-") == 0 ? NULL : side->name;
	bool done = false;
	int error = MIG_OK;
	if (options->may_map && side->file != NULL)
		error = read_mapped(path, options, side, findings, &done);
	if (!done)
		error = load(path, MIG_SCHEMA_BYTES_MAX, &text, findings);
	if (done || error != MIG_OK)
		return error;
	enum guess_kind guess = guess_text(path, text.data, text.len);
	bool refused = guess == GUESS_JSON || guess >= GUESS_YAML;
	side->kind = kind_of(guess);
	if (!refused && !fits(side->name, options->type, side->kind, findings))
		error = MIG_EDOC;
	if (error == MIG_OK) {
		take_excerpt(side, &text, guess);
		error = read_as(side, guess, &text, options, findings);
	}
	free(text.data);
	return error;
}

/* One migration file; the bytes that all may still have are counted down. */
static int
apply_file(struct side *side, const char *folder, const char *name, size_t *left,
    struct mig_findings *findings)
{
	const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
	struct text text = { .name = mig_arena_printf(side->arena, "%s%s%s", folder, slash, name) };
	if (text.name == NULL)
		return MIG_ENOMEM;
	int error = load(text.name, *left, &text, findings);
	if (error == MIG_OK) {
		*left -= text.len;
		error = apply_sql(side, &text, findings);
	}
	free(text.data);
	return error;
}

/* Of a directory the report shows which files were applied. */
static void
list_files(struct side *side, const struct folder *folder)
{
	struct mig_buf names;
	struct mig_buf out;
	mig_buf_init(&names, EXCERPT_BYTES_MAX);
	mig_buf_init(&out, EXCERPT_BYTES_MAX);
	for (size_t i = 0; i < folder->count && i < FOLDER_EXCERPT_FILES; i++)
		mig_buf_printf(&names, "%s\n", folder->names[i]);
	mig_excerpt_text(names.data, names.len, &out);
	side->excerpt = mig_buf_steal(&out);
	mig_buf_fini(&out);
	mig_buf_fini(&names);
}

static int
read_folder(const char *path, const struct side_options *options, struct side *side,
    struct mig_findings *findings)
{
	struct folder folder = { 0 };
	size_t left = MIG_SCHEMA_BYTES_MAX;
	side->kind = SIDE_DATABASE;
	int error = fits(side->name, options->type, side->kind, findings) ?
	    folder_read(path, &folder, findings) :
	    MIG_EDOC;
	if (error == MIG_OK)
		error = start_sql(side, options, findings);
	for (size_t i = 0; i < folder.count && error == MIG_OK; i++)
		error = apply_file(side, path, folder.names[i], &left, findings);
	list_files(side, &folder);
	folder_fini(&folder);
	return error == MIG_EIO ? MIG_ENOTFOUND : error;
}

static int
read_server(const char *url, const struct side_options *options, struct side *side,
    struct mig_findings *findings)
{
	struct live_options live = { .timeout_ms = options->timeout_ms };
	side->kind = SIDE_DATABASE;
	side->excerpt = strdup(side->name);
	if (!fits(side->name, options->type, side->kind, findings))
		return MIG_EDOC;
	return live_read(url, &live, &side->db, findings);
}

/* A script that does not fit changes nothing that it did not get to. */
static void
apply_scripts(struct side *side, const char *const *scripts)
{
	for (; *scripts != NULL; scripts++) {
		struct mig_findings ignored = { 0 };
		int error = ddl_apply(side->db, *scripts, strlen(*scripts), "script", &ignored);
		(void)error;
		mig_findings_fini(&ignored);
	}
}

static bool
is_folder(const char *path)
{
	struct stat status;
	return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static const char *
name_of(struct side *side, const char *path)
{
	struct mig_buf shown;
	if (strcmp(path, "-") == 0)
		return "stdin";
	mig_buf_init(&shown, NAME_BYTES_MAX);
	if (live_is_url(path))
		live_url_public(path, &shown);
	else
		mig_buf_puts(&shown, path);
	const char *name = mig_arena_strdup(side->arena, shown.data);
	mig_buf_fini(&shown);
	return name;
}

int
side_read(const char *path, const struct side_options *options, struct side *ret_side,
    struct mig_findings *findings)
{
	memset(ret_side, 0, sizeof(*ret_side));
	ret_side->arena = mig_arena_new(MIG_SCHEMA_BYTES_MAX);
	ret_side->name = ret_side->arena != NULL ? name_of(ret_side, path) : NULL;
	if (ret_side->name == NULL)
		return MIG_ENOMEM;
	int error = MIG_OK;
	if (live_is_url(path))
		error = read_server(path, options, ret_side, findings);
	else if (is_folder(path))
		error = read_folder(path, options, ret_side, findings);
	else
		error = read_file(path, options, ret_side, findings);
	if (error == MIG_OK && ret_side->db != NULL && options->scripts != NULL)
		apply_scripts(ret_side, options->scripts);
	if (error == MIG_OK && ret_side->db != NULL)
		error = mig_db_seal(ret_side->db);
	return error == MIG_OK && ret_side->excerpt == NULL ? MIG_ENOMEM : error;
}

void
side_fini(struct side *side)
{
	mig_db_free(side->db);
	mig_api_free(side->api);
	mig_arena_free(side->arena);
	free(side->excerpt);
	memset(side, 0, sizeof(*side));
}

const char *
side_kind_name(enum side_kind kind)
{
	static const char *const names[] = {
		[SIDE_DATABASE] = "a database schema",
		[SIDE_OPENAPI] = "an OpenAPI document",
		[SIDE_GRAPHQL] = "a GraphQL schema",
	};
	return names[kind];
}

bool
side_match(const struct side *before, const struct side *after, struct mig_findings *findings)
{
	static const char *const dialects[] = {
		[MIG_DB_POSTGRESQL] = "PostgreSQL", [MIG_DB_MYSQL] = "MySQL"
	};
	if (before->kind != after->kind) {
		mig_findings_add(findings, MIG_SEV_ERROR, after->name, NULL,
		    "compare two versions of the same thing", "this is %s, and %s is %s",
		    side_kind_name(after->kind), before->name, side_kind_name(before->kind));
		return false;
	}
	if (before->db == NULL || mig_db_dialect(before->db) == mig_db_dialect(after->db))
		return true;
	mig_findings_add(findings, MIG_SEV_ERROR, after->name, NULL,
	    "say what a snapshot is of with --dialect", "this is %s, and %s is %s",
	    dialects[mig_db_dialect(after->db)], before->name,
	    dialects[mig_db_dialect(before->db)]);
	return false;
}
