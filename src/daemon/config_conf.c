/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <libconfig.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "daemon/config_int.h"

#define DEPTH_MAX 32

/* A conversion at work. */
struct conversion {
	struct config_tree *tree;
	struct mig_jw jw;
	size_t room; /* in tree->places */
	bool full;
	struct mig_findings *findings;
};

static const char *
source_file(const struct conversion *conversion, const config_setting_t *setting)
{
	const char *file = config_setting_source_file(setting);
	return file != NULL ? mig_arena_strdup(conversion->tree->arena, file) :
	                      conversion->tree->path;
}

/* Remember where a setting stands; the list grows by doubling, the old one stays in the arena. */
static void
keep_place(struct conversion *conversion, const config_setting_t *setting, const char *pointer)
{
	struct config_tree *tree = conversion->tree;
	if (tree->place_count == conversion->room) {
		size_t room = conversion->room == 0 ? 64 : conversion->room * 2;
		struct config_place *places = mig_arena_array(tree->arena, room, sizeof(*places));
		if (places == NULL) {
			conversion->full = true;
			return;
		}
		if (tree->place_count > 0)
			memcpy(places, tree->places, tree->place_count * sizeof(*places));
		tree->places = places;
		conversion->room = room;
	}
	struct config_place *place = &tree->places[tree->place_count++];
	place->pointer = pointer;
	place->file = source_file(conversion, setting);
	place->line = (int)config_setting_source_line(setting);
}

static void
fault(struct conversion *conversion, const config_setting_t *setting, const char *hint,
    const char *message)
{
	struct mig_finding *finding = mig_findings_add(conversion->findings, MIG_SEV_ERROR,
	    source_file(conversion, setting), config_setting_name(setting), hint, "%s", message);
	if (finding != NULL)
		finding->line = (int)config_setting_source_line(setting);
}

static void
convert_string(struct conversion *conversion, const config_setting_t *setting, const char *key)
{
	const char *text = config_setting_get_string(setting);
	if (!mig_utf8_valid(text, strlen(text)))
		fault(conversion, setting, "write it as UTF-8", "the string is not valid UTF-8");
	mig_jw_string(&conversion->jw, key, text);
}

static void
convert_scalar(struct conversion *conversion, const config_setting_t *setting, const char *key)
{
	struct mig_jw *jw = &conversion->jw;
	double number = 0;
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		mig_jw_int(jw, key, config_setting_get_int64(setting));
		break;
	case CONFIG_TYPE_FLOAT:
		number = config_setting_get_float(setting);
		if (!isfinite(number))
			fault(conversion, setting, "write a smaller number",
			    "the number is too large");
		mig_jw_number(jw, key, number);
		break;
	case CONFIG_TYPE_BOOL:
		mig_jw_bool(jw, key, config_setting_get_bool(setting) != 0);
		break;
	default:
		convert_string(conversion, setting, key);
		break;
	}
}

/*
 * One setting and what is in it.  Recursion follows the nesting of the document, which is
 * limited.
 */
static void
convert(
    struct conversion *conversion, const config_setting_t *setting, const char *pointer, int depth)
{
	struct mig_arena *arena = conversion->tree->arena;
	const char *key = depth > 0 ? config_setting_name(setting) : NULL;
	keep_place(conversion, setting, pointer);
	if (config_setting_is_scalar(setting)) {
		convert_scalar(conversion, setting, key);
		return;
	}
	bool group = config_setting_is_group(setting) != 0;
	int count = config_setting_length(setting);
	if (depth == DEPTH_MAX) {
		fault(conversion, setting, "nest less", "nested deeper than any key is");
		count = 0;
	}
	if (group)
		mig_jw_object(&conversion->jw, key);
	else
		mig_jw_array(&conversion->jw, key);
	for (int i = 0; i < count && !conversion->full; i++) {
		const config_setting_t *child = config_setting_get_elem(setting, (unsigned)i);
		const char *at = group ?
		    mig_arena_printf(arena, "%s/%s", pointer, config_setting_name(child)) :
		    mig_arena_printf(arena, "%s/%d", pointer, i);
		if (at != NULL)
			convert(conversion, child, at, depth + 1);
	}
	if (group)
		mig_jw_object_end(&conversion->jw);
	else
		mig_jw_array_end(&conversion->jw);
}

static int
compare_places(const void *a, const void *b)
{
	const struct config_place *left = a;
	const struct config_place *right = b;
	return strcmp(left->pointer, right->pointer);
}

static int
convert_all(const config_t *config, struct config_tree *tree, struct mig_findings *findings)
{
	struct mig_buf json;
	size_t errors = findings->errors;
	struct conversion conversion = { .tree = tree, .findings = findings };
	mig_buf_init(&json, MIG_DOC_BYTES_MAX);
	mig_jw_init(&conversion.jw, &json, 0);
	convert(&conversion, config_root_setting(config), "", 0);

	int error = findings->errors == errors ? 0 : MIG_EDOC;
	if (error == 0 && (conversion.full || mig_arena_failed(tree->arena) || !mig_buf_ok(&json)))
		error = MIG_ENOMEM;
	if (error == 0)
		error = mig_json_parse(json.data, json.len, tree->path, &tree->doc, findings);
	mig_buf_fini(&json);
	if (error == 0)
		qsort(tree->places, tree->place_count, sizeof(tree->places[0]), compare_places);
	return error;
}

/* What libconfig found, in words that help. */
static void
report_parse(const config_t *config, const struct config_tree *tree, struct mig_findings *findings)
{
	const char *text = config_error_text(config);
	const char *file = config_error_file(config);
	const char *hint = NULL;
	if (text == NULL)
		text = "can't be parsed";
	if (strcmp(text, "syntax error") == 0)
		hint = "look for a missing ; or \" or bracket here or on the line before";
	else if (strstr(text, "duplicate") != NULL)
		hint = "keep one of them";
	else if (strstr(text, "mismatched") != NULL)
		hint = "use ( ) for a list of different things";
	struct mig_finding *finding = mig_findings_add(
	    findings, MIG_SEV_ERROR, file != NULL ? file : tree->path, NULL, hint, "%s", text);
	if (finding != NULL)
		finding->line = config_error_line(config);
}

int
config_tree_parse(
    const char *text, size_t len, struct config_tree *tree, struct mig_findings *findings)
{
	size_t errors = findings->errors;
	if (!config_scan(text, len, tree->path, tree->folder, findings))
		return MIG_EDOC;

	config_t config;
	config_init(&config);
	config_set_include_dir(&config, tree->folder);
	int error = 0;
	if (config_read_string(&config, text) != CONFIG_TRUE) {
		report_parse(&config, tree, findings);
		error = MIG_EDOC;
	} else {
		error = convert_all(&config, tree, findings);
	}
	config_destroy(&config);
	if (error == 0 && findings->errors != errors)
		error = MIG_EDOC;
	return error;
}
