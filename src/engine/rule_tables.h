/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the regulations of constraints.compliance_requirements ask of a migration, step by step.
 */
#ifndef MIG_ENGINE_RULE_TABLES_H
#define MIG_ENGINE_RULE_TABLES_H

/* One regulation.  The texts follow the name and a colon; each is a thing to do. */
struct mig_rule_row {
	const char *code;   /* as in the specification; NULL: any other */
	const char *before; /* before data moves */
	const char *move;   /* while it moves */
	const char *check;  /* before the new side is relied on */
	const char *end;    /* when the old side goes */
};

/*
 * The row of a code; there is always one.
 */
const struct mig_rule_row *mig_rule_find(const char *code);

#endif
