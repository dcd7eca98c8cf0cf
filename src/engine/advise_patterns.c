/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/num.h"
#include "engine/advise_int.h"
#include "engine/advise_tables.h"
#include "engine/risk.h"
#include "engine/shape.h"
#include "engine/spec_tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define PATTERNS_MAX 8  /* of one type */
#define REASONS_MAX 24  /* of one pattern */
#define MATRIX_POINTS 4 /* for the very row; two less for each level beside it */
#define FIT_POINTS 2    /* for the complexity that a pattern is made for */
#define COPY_MB_PER_SECOND 100.0
#define SHORT_DOWNTIME 60  /* minutes; below, no copy and no repair fits in */
#define NOTABLE_VOLUME 100 /* gigabytes; below, a copy is soon done */
#define DURATION_BYTES_MAX 64
#define COPY_MINUTES_MAX (100.0 * 365 * 24 * 60)

/* Why a pattern gains or loses points. */
struct reason {
	const char *pointer;
	int points;
	const char *text; /* a template, goes on where the pointer ends */
};

/* Something in the specification that speaks for or against some patterns. */
struct signal_row {
	const char *patterns[5]; /* ended by NULL */
	bool (*applies)(const struct mig_advisor *advisor);
	struct reason reason;
};

/* A pattern with its points. */
struct rank {
	const struct mig_advise_pattern *row;
	int points;
	size_t count;
	struct reason reasons[REASONS_MAX];
};

/* By the outage that a pattern needs: no downtime, less than an hour, more. */
static const struct reason outage_reasons[][3] = {
	[MIG_OUTAGE_NONE] = {
		{ NULL, 2, "{downtime_is}: {pattern} stops nothing" },
		{ NULL, 1, "{downtime_is}: {pattern} does not need it" },
		{ NULL, 0, NULL },
	},
	[MIG_OUTAGE_SWITCH] = {
		{ NULL, -2, "{downtime_is}: {pattern} stops writes while it switches" },
		{ NULL, 1, "{downtime_is}: enough for the switch of {pattern}" },
		{ NULL, 1, "{downtime_is}: enough for the switch of {pattern}" },
	},
	[MIG_OUTAGE_COPY] = {
		{ NULL, -4, "{downtime_is}: {pattern} stops {source} for the whole copy" },
		{ NULL, -2, "{downtime_is}: little for stopping, copying and starting" },
		{ NULL, 0, NULL },
	},
};

static bool
has_changes(const struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/schema_changes")) > 0;
}

static bool
has_no_changes(const struct mig_advisor *advisor)
{
	return !has_changes(advisor);
}

/* Whether some edit does not only add. */
static bool
has_hard_changes(const struct mig_advisor *advisor)
{
	const struct mig_json *table = mig_json_first(mig_advise_at(advisor, "/schema_changes"));
	for (; table != NULL; table = mig_json_next(table)) {
		const struct mig_json *change = mig_json_first(mig_json_get(table, "changes"));
		for (; change != NULL; change = mig_json_next(change))
			if (strncmp(mig_advise_text(change, "type"), "add_", 4) != 0)
				return true;
	}
	return false;
}

static bool
has_tables(const struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/tables_to_migrate")) > 0;
}

static bool
has_flags(const struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/feature_flags")) > 0;
}

static bool
has_several_flags(const struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/feature_flags")) > 1;
}

static double
volume(const struct mig_advisor *advisor)
{
	return mig_json_number(mig_advise_at(advisor, "/constraints/data_volume_gb"));
}

static double
copy_minutes(const struct mig_advisor *advisor)
{
	return volume(advisor) * 1000 / COPY_MB_PER_SECOND / 60;
}

static bool
has_volume(const struct mig_advisor *advisor)
{
	return volume(advisor) > 0;
}

static bool
has_no_volume(const struct mig_advisor *advisor)
{
	return !has_volume(advisor);
}

static bool
has_notable_volume(const struct mig_advisor *advisor)
{
	return volume(advisor) > NOTABLE_VOLUME;
}

static bool
copy_fits(const struct mig_advisor *advisor)
{
	return has_volume(advisor) && copy_minutes(advisor) <= advisor->downtime;
}

static bool
copy_is_too_long(const struct mig_advisor *advisor)
{
	return copy_minutes(advisor) > advisor->downtime;
}

static bool
is_regulated(const struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/constraints/compliance_requirements")) > 0;
}

static bool
may_lose_nothing(const struct mig_advisor *advisor)
{
	return mig_advise_has(
	    mig_advise_at(advisor, "/constraints/special_requirements"), "zero_data_loss");
}

static bool
watches(const struct mig_advisor *advisor, const char *metric)
{
	return mig_metric_listed(mig_advise_at(advisor, "/monitoring/critical_metrics"), metric);
}

static bool
watches_lag(const struct mig_advisor *advisor)
{
	return watches(advisor, "replication_lag_seconds");
}

static bool
watches_mismatch(const struct mig_advisor *advisor)
{
	return watches(advisor, "comparison_mismatch_rate");
}

static bool
has_many_callers(const struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/constraints/dependencies")) > 5;
}

static bool
has_several_endpoints(const struct mig_advisor *advisor)
{
	return mig_json_count(mig_advise_at(advisor, "/service_details/legacy_service/endpoints")) >
	    1;
}

/* Whether the new service lacks an address of the old one. */
static bool
changes_endpoints(const struct mig_advisor *advisor)
{
	const struct mig_json *new =
	    mig_advise_at(advisor, "/service_details/new_service/endpoints");
	const struct mig_json *old =
	    mig_json_first(mig_advise_at(advisor, "/service_details/legacy_service/endpoints"));
	/* Mostly both lists have the same order, and then the next one is at hand. */
	const struct mig_json *next = mig_json_first(new);
	for (; old != NULL; old = mig_json_next(old)) {
		const char *name = mig_json_string(old);
		if (next != NULL && strcmp(mig_json_string(next), name) == 0)
			next = mig_json_next(next);
		else if (!mig_advise_has(new, name))
			return true;
	}
	return false;
}

static bool
has_many_instances(const struct mig_advisor *advisor)
{
	return mig_json_number(mig_advise_at(
	           advisor, "/service_details/legacy_service/infrastructure/instances")) >= 5;
}

static bool
is_place(const struct mig_advisor *advisor, const char *pointer, const char *kind)
{
	const char *found = mig_json_string(mig_advise_at(advisor, pointer));
	return found != NULL && strcmp(found, kind) == 0;
}

#define SOURCE_KIND "/infrastructure_details/source_environment/kind"
#define TARGET_KIND "/infrastructure_details/target_environment/kind"

static bool
leaves_premises(const struct mig_advisor *advisor)
{
	return is_place(advisor, SOURCE_KIND, "on_premises") &&
	    is_place(advisor, TARGET_KIND, "cloud");
}

static bool
changes_clouds(const struct mig_advisor *advisor)
{
	return is_place(advisor, SOURCE_KIND, "cloud") && is_place(advisor, TARGET_KIND, "cloud");
}

static bool
stays_in_part(const struct mig_advisor *advisor)
{
	return is_place(advisor, TARGET_KIND, "hybrid");
}

static bool
leaves_nothing(const struct mig_advisor *advisor)
{
	return is_place(advisor, TARGET_KIND, "cloud");
}

/* Source and target with the same first word are two releases of one system. */
static bool
is_update(const struct mig_advisor *advisor)
{
	const char *source = mig_advise_text(advisor->spec, "source");
	const char *target = mig_advise_text(advisor->spec, "target");
	size_t len = strcspn(source, " ,(");
	return mig_advise_serves(advisor) && len > 0 && strcspn(target, " ,(") == len &&
	    strncmp(source, target, len) == 0 && !changes_endpoints(advisor);
}

static const struct signal_row signal_rows[] = {
	{ { "schema_change", "expand_contract", NULL }, has_changes,
	    { "/schema_changes", 2, "edits {edited}: first what adds, last what removes" } },
	{ { "schema_change", "expand_contract", "parallel_schema", NULL }, has_no_changes,
	    { "/schema_changes", -2, "is not given: no edit that {pattern} could make safe" } },
	{ { "parallel_schema", NULL }, has_hard_changes,
	    { "/schema_changes", 1,
	        "converts or removes: a second schema leaves the first one whole" } },
	{ { "parallel_schema", "dual_write", NULL }, has_flags,
	    { "/feature_flags", 1, "has {flags}: reads can go over by a flag, and back" } },
	{ { "data_migration", NULL }, has_tables,
	    { "/tables_to_migrate", 1, "lists {rows} to copy" } },
	{ { "data_migration", "change_data_capture", "incremental_sync", NULL }, has_notable_volume,
	    { "/constraints/data_volume_gb", 2,
	        "is {volume}: copied ahead while {source} is in use" } },
	{ { "change_data_capture", "stream_processing", NULL }, copy_is_too_long,
	    { "/constraints/data_volume_gb", 1,
	        "is {volume}: {copy} to copy, so the last changes must flow by themselves" } },
	{ { "bulk_snapshot", "lift_and_shift", NULL }, copy_fits,
	    { "/constraints/data_volume_gb", 2,
	        "is {volume}: {copy} to copy, which fits in the downtime" } },
	{ { "bulk_snapshot", "lift_and_shift", NULL }, copy_is_too_long,
	    { "/constraints/data_volume_gb", -3,
	        "is {volume}: {copy} to copy, longer than the downtime" } },
	{ { "data_migration", "change_data_capture", "stream_processing", NULL }, watches_lag,
	    { "/monitoring/critical_metrics", 1,
	        "has replication_lag_seconds, which tells when to switch" } },
	{ { "change_data_capture", NULL }, may_lose_nothing,
	    { "/constraints/special_requirements", 1,
	        "has zero_data_loss: the log has every change" } },
	{ { "dual_write", NULL }, may_lose_nothing,
	    { "/constraints/special_requirements", -1,
	        "has zero_data_loss: one of two writes can fail and must be repaired" } },
	{ { "event_sourcing", NULL }, is_regulated,
	    { "/constraints/compliance_requirements", 1,
	        "has {compliance}: events are a record of every change" } },
	{ { "strangler_fig", NULL }, has_several_endpoints,
	    { "/service_details/legacy_service/endpoints", 2,
	        "lists {old_count} that can move one by one" } },
	{ { "strangler_fig", NULL }, has_several_flags,
	    { "/feature_flags", 1, "has {flags}: a part has a switch of its own" } },
	{ { "strangler_fig", NULL }, is_update,
	    { "/target", -2, "is the next {system}: there is no other system to grow around" } },
	{ { "blue_green", "canary", "rolling_update", NULL }, is_update,
	    { "/target", 1, "is the next {system}: both releases can run side by side" } },
	{ { "parallel_run", NULL }, watches_mismatch,
	    { "/monitoring/critical_metrics", 3,
	        "has comparison_mismatch_rate: the answers of both are compared" } },
	{ { "canary", NULL }, mig_advise_begins_small,
	    { "/feature_flags", 2, "begins with a share of at most 10 percent: {schedule}" } },
	{ { "blue_green", NULL }, has_no_volume,
	    { "/constraints/data_volume_gb", 1,
	        "{volume_is}: no data to keep equal in two environments" } },
	{ { "blue_green", NULL }, has_volume,
	    { "/constraints/data_volume_gb", -1,
	        "is {volume} that two environments must keep equal" } },
	{ { "blue_green", "canary", "rolling_update", NULL }, changes_endpoints,
	    { "/service_details/new_service/endpoints", -2,
	        "lacks addresses of the old service: callers break on the switch" } },
	{ { "rolling_update", NULL }, has_many_instances,
	    { "/service_details/legacy_service/infrastructure/instances", 1,
	        "is enough to replace in batches" } },
	{ { "glue_layer", NULL }, has_many_callers,
	    { "/constraints/dependencies", 1,
	        "has {dependencies}: a router spares them the change" } },
	{ { "on_prem_to_cloud", NULL }, leaves_premises,
	    { SOURCE_KIND, 3,
	        "is on_premises and that of the target is cloud: what {pattern} is made for" } },
	{ { "cloud_migration", NULL }, leaves_premises,
	    { SOURCE_KIND, 1, "is on_premises and that of the target is cloud" } },
	{ { "cloud_migration", NULL }, changes_clouds,
	    { SOURCE_KIND, 3, "is cloud and that of the target, too" } },
	{ { "hybrid_cloud", NULL }, stays_in_part,
	    { TARGET_KIND, 3, "is hybrid: a part is to stay" } },
	{ { "hybrid_cloud", NULL }, leaves_nothing,
	    { TARGET_KIND, -2, "is cloud: nothing is to stay" } },
};

static const struct mig_advise_pattern *
pattern_find(const char *name)
{
	for (size_t i = 0; i < mig_advise_catalogue_count; i++)
		if (strcmp(mig_advise_catalogue[i].name, name) == 0)
			return &mig_advise_catalogue[i];
	return NULL;
}

static bool
names_have(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static void
rank_add(struct rank *rank, const char *pointer, int points, const char *text)
{
	MIG_ASSERT(rank->count < REASONS_MAX);
	rank->reasons[rank->count++] = (struct reason){ pointer, points, text };
	rank->points += points;
}

static enum mig_aim
find_aim(const struct mig_advisor *advisor)
{
	if (mig_advise_serves(advisor))
		return is_update(advisor) ? MIG_AIM_UPDATE : MIG_AIM_REPLACE;
	if (mig_advise_is_type(advisor, "infrastructure"))
		return MIG_AIM_ESTATE;
	if (mig_advise_is_type(advisor, "database") &&
	    (has_changes(advisor) || !has_tables(advisor)))
		return MIG_AIM_SCHEMA;
	return MIG_AIM_DATA;
}

/*
 * The level of complexity in the matrix: downtime is an axis of its own there, so it is not counted
 * twice, and critical counts as high.
 */
static enum mig_level
matrix_level(const struct mig_advisor *advisor)
{
	size_t downtime = mig_risk_points(advisor->spec, "max_downtime_minutes");
	enum mig_level level = mig_risk_level(advisor->score - downtime);
	return level == MIG_LEVEL_CRITICAL ? MIG_LEVEL_HIGH : level;
}

static void
rank_matrix(const struct mig_advisor *advisor, struct rank *rank)
{
	int level = (int)matrix_level(advisor);
	for (size_t i = 0; i < mig_advise_matrix_count; i++) {
		const struct mig_advise_choice *row = &mig_advise_matrix[i];
		int wanted = (int)row->level;
		int away = level > wanted ? level - wanted : wanted - level;
		if (row->aim != find_aim(advisor) || row->downtime != (advisor->downtime > 0) ||
		    away > 1 || !names_have(row->patterns, rank->row->name))
			continue;
		rank_add(rank, "/type", MATRIX_POINTS - 2 * away,
		    away == 0 ? "makes this {aim}: for {matrix_level} complexity (downtime aside) "
				"and {tolerance} downtime the selection matrix names {pattern}" :
				"makes this {aim}: for {tolerance} downtime the selection matrix "
				"names {pattern}, but at another complexity than {matrix_level}");
	}
}

static void
rank_complexity(const struct mig_advisor *advisor, struct rank *rank)
{
	int level = (int)advisor->level;
	int from = (int)rank->row->complexity[0];
	int to = (int)rank->row->complexity[1];
	if (level < from)
		rank_add(rank, "/constraints", level - from,
		    "makes the complexity {level} ({points}): {pattern} costs more than "
		    "that, it is made for {complexity_of}");
	else if (level > to)
		rank_add(rank, "/constraints", to - level,
		    "makes the complexity {level} ({points}): {pattern} is made for "
		    "{complexity_of}");
	else
		rank_add(rank, "/constraints", FIT_POINTS,
		    "makes the complexity {level} ({points}), which {pattern} is made for");
}

static void
rank_outage(const struct mig_advisor *advisor, struct rank *rank)
{
	size_t band = advisor->downtime > 0 ? advisor->downtime < SHORT_DOWNTIME ? 1 : 2 : 0;
	const struct reason *reason = &outage_reasons[rank->row->outage][band];
	if (reason->text != NULL)
		rank_add(rank, "/constraints/max_downtime_minutes", reason->points, reason->text);
}

/* Where a fault is not forgiven, risk counts: from medium to high costs one, high two. */
static void
rank_risk(const struct mig_advisor *advisor, struct rank *rank)
{
	int over = (int)rank->row->risk[0] + (int)rank->row->risk[1] - 2 * (int)MIG_LEVEL_MEDIUM;
	if (is_regulated(advisor) && over > 0)
		rank_add(rank, "/constraints/compliance_requirements", -over,
		    "has {compliance}: the risk of {pattern} is {risk_of}");
}

static void
rank_signals(const struct mig_advisor *advisor, struct rank *rank)
{
	for (size_t i = 0; i < COUNT_OF(signal_rows); i++) {
		const struct signal_row *row = &signal_rows[i];
		if (names_have(row->patterns, rank->row->name) && row->applies(advisor))
			rank_add(rank, row->reason.pointer, row->reason.points, row->reason.text);
	}
}

/* The best first; among equals the specification's own choice stands, then the table's order. */
static bool
goes_before(const struct mig_advisor *advisor, const struct rank *rank, const struct rank *other)
{
	if (rank->points != other->points)
		return rank->points > other->points;
	return advisor->pattern != NULL && strcmp(rank->row->name, advisor->pattern) == 0;
}

static size_t
rank_all(const struct mig_advisor *advisor, struct rank ranks[PATTERNS_MAX])
{
	const struct mig_type_patterns *type = mig_type_patterns;
	while (strcmp(type->type, advisor->type) != 0)
		type++;
	size_t count = 0;
	for (; type->patterns[count] != NULL; count++) {
		MIG_ASSERT(count < PATTERNS_MAX);
		struct rank rank = { .row = pattern_find(type->patterns[count]) };
		MIG_ASSERT(rank.row != NULL);
		rank_matrix(advisor, &rank);
		rank_complexity(advisor, &rank);
		rank_outage(advisor, &rank);
		rank_signals(advisor, &rank);
		rank_risk(advisor, &rank);
		size_t place = count;
		for (; place > 0 && goes_before(advisor, &rank, &ranks[place - 1]); place--)
			ranks[place] = ranks[place - 1];
		ranks[place] = rank;
	}
	return count;
}

/* "low", "low to medium"; the scale of patterns ends with "very high". */
static void
say_range(struct mig_advisor *advisor, const char *name, const enum mig_level range[2])
{
	static const char *const names[MIG_LEVELS] = { "low", "medium", "high", "very high" };
	if (range[0] == range[1])
		mig_advise_say(advisor, name, "%s", names[range[0]]);
	else
		mig_advise_say(advisor, name, "%s to %s", names[range[0]], names[range[1]]);
}

/* How long the copy of the whole volume takes: "6h 56m". */
static void
say_copy(struct mig_advisor *advisor)
{
	struct mig_buf text;
	mig_buf_init(&text, DURATION_BYTES_MAX);
	double minutes = copy_minutes(advisor);
	if (minutes > COPY_MINUTES_MAX)
		mig_buf_puts(&text, "years");
	else
		mig_num_format_duration((int64_t)(minutes * 60) * 1000, &text);
	mig_advise_say(advisor, "copy", "%s at 100 MB/s", text.data);
	mig_buf_fini(&text);
}

/* The facts that reasons name, the same for all patterns. */
static void
say_facts(struct mig_advisor *advisor)
{
	const char *source = mig_advise_text(advisor->spec, "source");
	bool downtime_given = mig_advise_at(advisor, "/constraints/max_downtime_minutes") != NULL;
	bool volume_given = mig_advise_at(advisor, "/constraints/data_volume_gb") != NULL;
	mig_advise_say_number(advisor, "downtime_is",
	    downtime_given ? "is " : "is not given and taken as ", advisor->downtime);
	mig_advise_say(advisor, "tolerance", "%s", advisor->downtime > 0 ? "some" : "zero");
	mig_advise_say(advisor, "volume_is", volume_given ? "is 0" : "is not given");
	mig_advise_say(advisor, "aim", "%s", mig_advise_aims[find_aim(advisor)]);
	mig_advise_say(advisor, "level", "%s", mig_names_level[advisor->level]);
	mig_advise_say(advisor, "matrix_level", "%s", mig_names_level[matrix_level(advisor)]);
	mig_advise_say(advisor, "points", "%zu point%s", advisor->score,
	    advisor->score == 1 ? "" : "s");
	mig_advise_say(advisor, "system", "%.*s", (int)strcspn(source, " ,("), source);
	size_t tables = mig_json_count(mig_advise_at(advisor, "/schema_changes"));
	mig_advise_say(advisor, "edited", "%zu table%s", tables, tables == 1 ? "" : "s");
	say_copy(advisor);
}

static void
write_rank(struct mig_advisor *advisor, const struct rank *rank, size_t place)
{
	struct mig_jw *jw = &advisor->jw;
	const char *name = rank->row->name;
	mig_facts_set(&advisor->facts, "pattern", name);
	say_range(advisor, "complexity_of", rank->row->complexity);
	say_range(advisor, "risk_of", rank->row->risk);
	mig_jw_object(jw, NULL);
	mig_jw_int(jw, "rank", (int64_t)place + 1);
	mig_jw_string(jw, "pattern", name);
	mig_jw_string(jw, "summary", rank->row->summary);
	mig_jw_int(jw, "points", rank->points);
	mig_facts_string(&advisor->facts, jw, "complexity", "{complexity_of}");
	mig_facts_string(&advisor->facts, jw, "risk", "{risk_of}");
	mig_jw_bool(jw, "chosen", advisor->pattern != NULL && strcmp(advisor->pattern, name) == 0);
	mig_jw_array(jw, "reasons");
	for (size_t i = 0; i < rank->count; i++) {
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "pointer", rank->reasons[i].pointer);
		mig_jw_int(jw, "points", rank->reasons[i].points);
		mig_facts_string(&advisor->facts, jw, "text", rank->reasons[i].text);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
}

void
mig_advise_patterns(struct mig_advisor *advisor)
{
	struct rank ranks[PATTERNS_MAX] = { 0 };
	struct mig_jw *jw = &advisor->jw;
	size_t count = rank_all(advisor, ranks);
	MIG_ASSERT(count > 0 && ranks[0].row != NULL);
	advisor->recommended = ranks[0].row->name;
	for (size_t i = 0; advisor->pattern != NULL && i < count; i++)
		if (strcmp(ranks[i].row->name, advisor->pattern) == 0)
			advisor->behind = ranks[0].points - ranks[i].points;

	say_facts(advisor);
	mig_jw_object(jw, "patterns");
	mig_jw_string(jw, "recommended", advisor->recommended);
	mig_jw_string(jw, "chosen", advisor->pattern);
	mig_jw_bool(jw, "agrees", advisor->pattern != NULL && advisor->behind == 0);
	mig_jw_array(jw, "ranking");
	for (size_t i = 0; i < count; i++)
		write_rank(advisor, &ranks[i], i);
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
}
