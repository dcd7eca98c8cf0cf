/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Every maximum of the project, in one place.  A document, a request or a reply that goes over
 * one of these is refused with a message that names the limit; nothing grows without bound.
 */
#ifndef MIG_BASE_LIMITS_H
#define MIG_BASE_LIMITS_H

/* Documents */
#define MIG_DOC_BYTES_MAX (64U * 1024U * 1024U) /* spec, plan, runbook, schema file */
#define MIG_JSON_DEPTH_MAX 512                  /* nested arrays and objects */
#define MIG_FINDINGS_MAX 200                    /* faults reported of one document */

/* Checking (migarch check) */
#define MIG_SCHEMA_BYTES_MAX (256U * 1024U * 1024U) /* schema, DDL or interface document */
#define MIG_DB_BYTES_MAX (1024U * 1024U * 1024U)    /* memory of one schema */
#define MIG_SQL_DEPTH_MAX 1000 /* brackets and operators around one part of a statement */
#define MIG_SQL_BYTES_MAX (512U * 1024U * 1024U)    /* memory of one statement's tree */
#define MIG_DB_ALIKE_MAX 1000000U                   /* pairs that are looked at in one table */
#define MIG_CHECK_BYTES_MAX (1024U * 1024U * 1024U) /* memory of one report */
#define MIG_CHECK_PAGE_BYTES_MAX (1024U * 1024U * 1024U) /* a report in one of its forms */
#define MIG_CHECK_RULES_MAX 10000                        /* rows of an ignore file */
#define MIG_MIGRATION_FILES_MAX 100000                   /* in one directory */
#define MIG_TREE_NODES_MAX (8U * 1024U * 1024U)     /* values of one interface document */
#define MIG_YAML_COPIES_MAX 1000000                 /* values that aliases stand for */
#define MIG_API_SCHEMAS_MAX (1024U * 1024U)         /* different schemas of one interface */
#define MIG_API_STEPS_MAX (64U * 1024U * 1024U)     /* references followed to build them */
#define MIG_API_PARTS_MAX (1024U * 1024U)           /* operations, parameters, media types, … */
#define MIG_API_PAIRS_MAX (2U * 1024U * 1024U)      /* schemas compared with each other */
#define MIG_API_AFFECTED_MAX 200                    /* operations named of one change */
#define MIG_API_PARAMS_MAX 500                      /* of an operation, and the like */
#define MIG_API_REFS_MAX 64                         /* references that lead to references */

/* One rollout (struct mig_state is flat and of fixed size) */
#define MIG_PHASES_MAX 24
#define MIG_GATES_MAX 8        /* per phase */
#define MIG_FLAGS_MAX 16       /* per rollout */
#define MIG_FLAG_STEPS_MAX 128 /* per flag */
#define MIG_TRIGGERS_MAX 32
#define MIG_METRICS_MAX 24
#define MIG_RB_STEPS_MAX 128      /* rollback steps of one runbook */
#define MIG_BASELINE_SAMPLES 64   /* kept per captured baseline */
#define MIG_BASELINE_LIVE_SAMPLES 15 /* kept of a live one */
#define MIG_BASELINE_MIN_COUNT 20 /* below this a captured baseline is not believed */

/* One call of mig_step() */
#define MIG_EFFECTS_MAX (MIG_FLAGS_MAX + MIG_RB_STEPS_MAX + 16)
#define MIG_RECORDS_MAX (MIG_TRIGGERS_MAX + MIG_FLAGS_MAX + 32)
#define MIG_DETAIL_MAX 8192 /* bytes of one record's JSON detail, with NUL */

/* Names and texts */
#define MIG_ID_MAX 80       /* rollout id, with NUL */
#define MIG_NAME_MAX 128    /* flag, phase, trigger, gate, step id, actor, with NUL */
#define MIG_COMMENT_MAX 512 /* operator's comment, with NUL */
#define MIG_ERROR_MAX 256   /* last error kept in a state, with NUL */

/* HTTP */
#define MIG_REPLY_BYTES_MAX (4U * 1024U * 1024U)
#define MIG_LIST_BYTES_MAX (256U * 1024U * 1024U) /* what tells of every rollout */
#define MIG_REQUEST_BYTES_MAX (16U * 1024U * 1024U)

#endif
