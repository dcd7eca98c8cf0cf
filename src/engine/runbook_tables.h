/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The runbook generator's decisions as data: which steps undo which phase, trigger
 * conditions, data recovery, messages, escalation and checklists. {placeholders} in steps,
 * data recovery and checklists are those of runbook_fill.h; those in messages are for who
 * sends them and stay as they are.  Private to runbook.c and its neighbours.
 */
#ifndef MIG_ENGINE_RUNBOOK_TABLES_H
#define MIG_ENGINE_RUNBOOK_TABLES_H

#include <stdbool.h>
#include <stddef.h>

/* What a phase does to the systems, by its name; bits, so that a step can be for several. */
enum mig_role {
	MIG_ROLE_NONE = 0,     /* looks only: there is nothing to undo */
	MIG_ROLE_BUILD = 1,    /* the new side is set up */
	MIG_ROLE_ROUTER = 2,   /* something is put in front of the old side */
	MIG_ROLE_MIRROR = 4,   /* the new side gets a copy of the traffic */
	MIG_ROLE_TRAFFIC = 8,  /* users move */
	MIG_ROLE_COPY = 16,    /* rows are copied */
	MIG_ROLE_SYNC = 32,    /* changes of rows are followed */
	MIG_ROLE_MOVE = 64,    /* workloads move */
	MIG_ROLE_SCHEMA = 128, /* structures are added */
	MIG_ROLE_REMOVE = 256, /* the old side is taken away */
	MIG_ROLE_CHANGE = 512  /* something else */
};

struct mig_role_row {
	const char *types; /* | between; NULL: any */
	const char *in;    /* phases with one of these in their name; NULL: any, ends the table */
	enum mig_role role;
};

/* What a step is for.  At most MIG_STEP_EACH_MAX of a row in a phase, then one for the rest. */
enum mig_each {
	MIG_EACH_PHASE,
	MIG_EACH_FLAG,
	MIG_EACH_TABLE,
	MIG_EACH_SCRIPT,       /* one that can be undone */
	MIG_EACH_FINAL_SCRIPT, /* one that cannot */
	MIG_EACH_WAVE
};

#define MIG_STEP_EACH_MAX 20

/* A step.  Those of one family follow one another. */
struct mig_step_row {
	const char *type; /* | between; NULL: any */
	const char *in;   /* phases with one of these in their name, | between; NULL: all */
	unsigned roles;   /* only for phases with one of these roles; 0: with any */
	enum mig_each each;
	bool flags;       /* also for phases that move flags, whatever their role */
	bool bare;        /* only when the plan has no scripts for the phase */
	bool rest;        /* for all behind the MIG_STEP_EACH_MAX first */
	const char *family;
	int order;           /* also its number; 0: behind the one before */
	const char *purpose; /* one step of a purpose is enough for a phase; NULL: none */
	const char *kind;
	int minutes;
	const char *retry;   /* safe, once or never */
	const char *name;
	const char *description;
	const char *script;          /* rows of mig_means_rows for the purpose go before it */
	const char *line;            /* for each element of the step, behind the script */
	const char *tail;            /* behind the lines */
	const char *const *before;   /* preconditions, ended by NULL */
	const char *const *commands; /* ended by NULL */
	const char *const *criteria; /* ended by NULL */
	const char *escalation;
};

/* How a purpose is reached with the means in use. */
struct mig_means_row {
	const char *purpose; /* NULL ends the table */
	const char *choice;  /* the placeholder that says which means */
	const char *value;   /* of the choice */
	const char *script;
};

/* Texts that are added when a phase is of some sort. */
struct mig_extra_row {
	const char *in;    /* as in struct mig_step_row */
	bool not_first;    /* only behind the first rollback phase */
	bool grave;        /* only for phases of high or critical risk */
	const char *const *texts; /* ended by NULL */
};

/* A trigger condition.  Exactly one of value_text and value is meant. */
struct mig_trigger_row {
	const char *type; /* NULL: any */
	const char *id;
	const char *name;
	const char *condition;
	const char *metric;
	const char *op;
	const char *value_text; /* NULL: the number counts */
	double value;
	int minutes;
	bool automatic;
	const char *const *contacts; /* ended by NULL */
};

struct mig_recovery_row {
	const char *type;    /* NULL: any */
	const char *pattern; /* NULL: any or none */
	const char *method;
	const char *location;
	const char *const *scripts;      /* ended by NULL, like the others */
	const char *const *queries;
	int minutes;
	const char *const *dependencies;
};

struct mig_message_row {
	const char *occasion;
	const char *audience;
	const char *subject;
	const char *body;
	const char *urgency;
	const char *const *channels; /* ended by NULL */
	bool own; /* beyond the five that the runbooks of every tool have */
};

struct mig_escalation_row {
	const char *key; /* NULL ends the table */
	const char *trigger;
	int minutes;
	const char *const *contacts; /* ended by NULL */
	const char *const *actions;  /* ended by NULL */
};

struct mig_contact_row {
	const char *role; /* NULL ends the table */
	const char *name;
	const char *phone;
	const char *email;
	const char *backup;
};

/* A list of texts that belongs to a type (NULL: any). */
struct mig_list_row {
	const char *type;
	const char *const *texts; /* ended by NULL */
};

extern const struct mig_step_row mig_step_rows[]; /* in the runbooks of every tool */
extern const size_t mig_step_row_count;
extern const struct mig_step_row mig_own_rows[]; /* ours beside them, in their order */
extern const size_t mig_own_row_count;
extern const struct mig_role_row mig_role_rows[];
extern const struct mig_means_row mig_means_rows[];
extern const struct mig_extra_row mig_prerequisite_rows[];
extern const size_t mig_prerequisite_row_count;
extern const struct mig_extra_row mig_communication_rows[];
extern const size_t mig_communication_row_count;
extern const struct mig_list_row mig_validation_rows[]; /* full validation commands */
extern const size_t mig_validation_row_count;
extern const char *const mig_checkpoint_texts[];
extern const struct mig_trigger_row mig_trigger_rows[];
extern const size_t mig_trigger_row_count;
extern const char *const mig_spec_trigger_contacts[];
extern const struct mig_recovery_row mig_recovery_rows[]; /* the last one is for any type */
extern const struct mig_message_row mig_message_rows[];
extern const size_t mig_message_row_count;
extern const struct mig_escalation_row mig_escalation_rows[];
extern const struct mig_list_row mig_checklist_rows[];
extern const size_t mig_checklist_row_count;
extern const char *const mig_procedure_texts[];
extern const struct mig_contact_row mig_contact_rows[];

#endif
