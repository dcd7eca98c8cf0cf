/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Error codes, and findings: what is wrong with a document, where, and what to do about it.
 * All findings of a document are collected, not just the first.  Nothing here prints.
 */
#ifndef MIG_BASE_ERR_H
#define MIG_BASE_ERR_H

#include <stddef.h>

struct mig_buf;

/* A result that must not be ignored. */
#define MIG_MUSTCHECK __attribute__((warn_unused_result))
#define MIG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* What a function returns when it can fail: 0 or one of these. */
enum mig_error {
	MIG_OK = 0,
	MIG_ENOMEM = -1,    /* out of memory */
	MIG_EDOC = -2,      /* a document or input is wrong; the findings say how */
	MIG_ELIMIT = -3,    /* a limit of base/limits.h is exceeded */
	MIG_ENOTFOUND = -4, /* the named thing does not exist */
	MIG_ESTATE = -5,    /* not possible in the present state */
	MIG_EIO = -6,       /* the system refused: file, socket, database */
	MIG_ECONFLICT = -7, /* somebody else changed it, or it exists already */
	MIG_EAGAIN = -8,    /* not now; the same call may work later */
	MIG_EPERM = -9      /* not permitted */
};

/*
 * A short English sentence for an error code, never NULL.
 */
const char *mig_error_text(int error);

enum mig_severity { MIG_SEV_ERROR, MIG_SEV_WARNING, MIG_SEV_NOTE };

/* One fault.  file, line and column are NULL/0 where they make no sense. */
struct mig_finding {
	enum mig_severity severity;
	char *file;    /* path as the user gave it */
	char *pointer; /* JSON pointer (RFC 6901) or configuration key, or NULL */
	char *message; /* what is wrong */
	char *hint;    /* what to do, or NULL */
	int line;      /* from 1; 0 unknown */
	int column;    /* from 1; 0 unknown */
	const char *rule; /* id of the rule that was broken, a constant; NULL: it has none */
};

/* A list of findings; zero-initialise, then mig_findings_fini(). Open for reading. */
struct mig_findings {
	struct mig_finding *items;
	size_t count;
	size_t errors;     /* how many of count are errors */
	size_t suppressed; /* not kept because of MIG_FINDINGS_MAX or memory */
};

/*
 * Free what the list owns and zero it.
 */
void mig_findings_fini(struct mig_findings *list);

/*
 * Add a finding; all strings are copied.  file, pointer and hint may be NULL.  Over
 * MIG_FINDINGS_MAX or without memory it is only counted (an error stays an error).
 * Returns the finding to fill in line and column, or NULL when it was not kept.
 */
struct mig_finding *mig_findings_add(struct mig_findings *list, enum mig_severity severity,
    const char *file, const char *pointer, const char *hint, const char *fmt, ...)
    MIG_PRINTF(6, 7);

/*
 * Append one finding as one line without newline: "FILE:LINE:COL: POINTER: message (hint)", parts
 * that are unknown left out; warnings start with "warning: ", notes with "note: " after the place.
 */
void mig_finding_format(const struct mig_finding *finding, struct mig_buf *out);

/*
 * Say which rule the findings from the index first on have broken, where that is not said already.
 * rule must be a constant.
 */
void mig_findings_rule(struct mig_findings *list, size_t first, const char *rule);

/*
 * The word for a severity: "error", "warning", "note".
 */
const char *mig_severity_name(enum mig_severity severity);

/*
 * Our own mistakes only, never input: prints file, line and the expression to stderr and
 * aborts.  Always on.
 */
#define MIG_ASSERT(expr) ((expr) ? (void)0 : mig_assert_failed(__FILE__, __LINE__, #expr))

/*
 * The failing end of MIG_ASSERT.
 */
_Noreturn void mig_assert_failed(const char *file, int line, const char *expr);

#endif
