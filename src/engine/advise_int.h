/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shared by advise.c (the document), advise_patterns.c (which pattern), advise_rules.c and
 * advise_flags.c (what is wrong) only.
 */
#ifndef MIG_ENGINE_ADVISE_INT_H
#define MIG_ENGINE_ADVISE_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "engine/facts.h"
#include "engine/plan_tables.h"

/* Facts that hold for one finding or pattern only. */
#define MIG_ADVISE_WORDS 40

/* In the order in which findings are written. */
enum mig_advise_severity { MIG_ADVISE_HIGH, MIG_ADVISE_MEDIUM, MIG_ADVISE_LOW };

#define MIG_ADVISE_SEVERITIES 3

/* All that the parts need. */
struct mig_advisor {
	const struct mig_json *spec;
	const char *type;
	const char *pattern;       /* NULL: the specification names none */
	double downtime;           /* minutes, the default when not given */
	size_t score;
	enum mig_level level;
	const struct mig_pattern_row *planned; /* the planner's row */
	size_t phase_count;        /* of that row */
	int phase_hours;           /* of each of its phases, at this complexity */
	const char *recommended;   /* known once the patterns are written */
	size_t counts[MIG_ADVISE_SEVERITIES]; /* of findings */
	size_t of_rule;            /* findings of the present rule so far */
	size_t omitted;            /* findings that were only counted */
	int behind;                /* points that the specification's own pattern lacks */
	struct mig_facts facts;
	struct mig_buf words[MIG_ADVISE_WORDS];
	const char *word_names[MIG_ADVISE_WORDS];
	size_t word_count;
	struct mig_jw jw;
};

/* A way to go wrong: where to look for it and what to say. */
struct mig_advise_rule {
	const char *id;
	const char *kind;
	enum mig_advise_severity severity;
	/* A rule has either a place and a condition, or looks by itself at many places. */
	const char *pointer;
	bool (*applies)(struct mig_advisor *advisor);
	void (*look)(struct mig_advisor *advisor, const struct mig_advise_rule *rule);
	/* Templates over the facts and what was said before. */
	const char *found;
	const char *why;
	const char *action;
};

/*
 * The value of the specification at a JSON pointer made of keys only; NULL when there is none.
 */
const struct mig_json *mig_advise_at(const struct mig_advisor *advisor, const char *pointer);

/*
 * Whether the specification is of this type.
 */
bool mig_advise_is_type(const struct mig_advisor *advisor, const char *type);

/*
 * Whether traffic moves: a service or an API.
 */
bool mig_advise_serves(const struct mig_advisor *advisor);

/*
 * A string member; "" when there is none.
 */
const char *mig_advise_text(const struct mig_json *object, const char *key);

/*
 * Whether an array of strings has this one.
 */
bool mig_advise_has(const struct mig_json *list, const char *text);

/*
 * Set a fact for the templates that are written next; name is a literal.
 */
void mig_advise_say(struct mig_advisor *advisor, const char *name, const char *fmt, ...)
    MIG_PRINTF(3, 4);

/*
 * As mig_advise_say(), for a number in its shortest form behind some text.
 */
void mig_advise_say_number(struct mig_advisor *advisor, const char *name, const char *before,
    double value);

/*
 * Write the object "patterns": all patterns of the type, the best first, with reasons.
 */
void mig_advise_patterns(struct mig_advisor *advisor);

/*
 * Write the array "findings", those of high severity first, and count them by severity.
 */
void mig_advise_findings(struct mig_advisor *advisor);

/*
 * Append a finding to the array being written, its texts filled with the facts, and count
 * it; the fact {at} is its pointer.  After the first fifty of a rule they are only counted.
 */
void mig_advise_report(struct mig_advisor *advisor, const struct mig_advise_rule *rule);

/*
 * Whether a trigger goes back by itself.
 */
bool mig_advise_rolls_back(const struct mig_json *trigger);

/*
 * Whether some flag begins with a share so small that it is a trial.
 */
bool mig_advise_begins_small(const struct mig_advisor *advisor);

/*
 * The hours of the specification's own phases together and, in ret_longest, of the longest.
 */
double mig_advise_phase_hours(const struct mig_advisor *advisor, double *ret_longest);

/*
 * The planner's estimate for all phases.
 */
int mig_advise_planned_hours(const struct mig_advisor *advisor);

/*
 * Report flags whose only step adds more than half of the traffic.
 */
void mig_advise_flags_one_step(struct mig_advisor *advisor, const struct mig_advise_rule *rule);

/*
 * Report steps, of several, that add more than half of the traffic.
 */
void mig_advise_flags_jumps(struct mig_advisor *advisor, const struct mig_advise_rule *rule);

/*
 * Report steps that end before the slowest automatic trigger can have fired.
 */
void mig_advise_flags_haste(struct mig_advisor *advisor, const struct mig_advise_rule *rule);

/*
 * Report schedules for which the phases leave no room.
 */
void mig_advise_flags_long_schedules(struct mig_advisor *advisor,
    const struct mig_advise_rule *rule);

/*
 * Report schedules of less than half of what the phase of traffic should take.
 */
void mig_advise_flags_short_schedules(struct mig_advisor *advisor,
    const struct mig_advise_rule *rule);

#endif
