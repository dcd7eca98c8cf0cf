/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The runbook generator's decisions as data: which steps undo which phase, trigger
 * conditions, data recovery, messages, escalation and checklists. {placeholders} in these
 * texts are for the reader of the runbook and stay as they are.  Private to runbook.c and
 * its neighbours.
 */
#ifndef MIG_ENGINE_RUNBOOK_TABLES_H
#define MIG_ENGINE_RUNBOOK_TABLES_H

#include <stdbool.h>
#include <stddef.h>

/* A step; those of one family follow one another. */
struct mig_step_row {
	const char *type; /* NULL: any */
	const char *in;   /* phases with one of these in their name, | between; NULL: all */
	const char *family;
	int order; /* also its number */
	const char *kind;
	int minutes;
	const char *name;
	const char *description;
	const char *script;
	const char *const *commands; /* ended by NULL */
	const char *const *criteria; /* ended by NULL */
	const char *escalation;
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
	const char *type; /* NULL: any */
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

extern const struct mig_step_row mig_step_rows[];
extern const size_t mig_step_row_count;
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
