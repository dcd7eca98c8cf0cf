/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Quoting a value for the place in a script where it goes: a lexer follows our templates
 * (shell, SQL, HTTP) and knows whether that is inside quotes, a comment or neither.  It
 * reads templates only, never what users write.  Private to runbook_fill.c.
 */
#ifndef MIG_ENGINE_RUNBOOK_QUOTE_H
#define MIG_ENGINE_RUNBOOK_QUOTE_H

#include "engine/runbook_fill.h"

struct mig_quote {
	enum mig_place place;
	char open;    /* the quote that is open; '#' in a comment; 0 outside */
	bool nested;  /* shell, in double quotes: inside of single quotes of SQL */
	bool escaped; /* the next character is taken as it is */
	bool body;    /* HTTP: behind the head */
	char before;  /* the last character; 0 at the start */
};

/*
 * Follow one character of the template.
 */
void mig_quote_pass(struct mig_quote *quote, char c);

/*
 * The length of the name when text begins with a placeholder here, else 0: braces that hold
 * something else, and those of the shell's ${variables}, are none.
 */
size_t mig_quote_name(const struct mig_quote *quote, const char *text);

/*
 * Append a value, quoted for where the lexer stands.
 */
void mig_quote_put(const struct mig_quote *quote, enum mig_value_kind kind, const char *value,
    struct mig_buf *out);

/*
 * Whether text needs no quotes anywhere: letters, digits and .:_/- only, beginning with
 * none of -.
 */
bool mig_quote_is_word(const char *text);

#endif
