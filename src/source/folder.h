/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Migration files as the tools that apply them keep them: which files of a directory are
 * applied, in which order, and which part of a file is the way forward.
 */
#ifndef MIG_SOURCE_FOLDER_H
#define MIG_SOURCE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct folder {
	char **names; /* of the files, without the directory, in the order of their application */
	size_t count;
};

/*
 * The migration files of a directory; free with folder_fini() in any case.  Left out are
 * sub-directories, hidden files, what is not called *.sql, and the ways back: *.down.sql,
 * *.undo.sql and Flyway's U1__name.sql.  Numbers in names count as numbers.  Without any such
 * file MIG_EDOC; MIG_ENOTFOUND, MIG_EIO, MIG_ELIMIT, MIG_ENOMEM; always with a finding.
 */
int folder_read(
    const char *path, struct folder *ret_folder, struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * As folder_read(), with the ways back.
 */
int folder_read_all(
    const char *path, struct folder *ret_folder, struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Whether a file (without its directory) is called as Flyway's migrations are.
 */
bool folder_is_flyway(const char *name);

/*
 * Free what the list owns.
 */
void folder_fini(struct folder *folder);

/*
 * Blank what is a way back in a file of goose ("-- +goose Down"), sql-migrate or dbmate
 * ("-- migrate:down") in place: lines stay where they are.  A file without such marks stays as
 * it is.
 */
void folder_keep_up(char *text, size_t len);

/*
 * The order in which two migration files are applied: below, above or equal to 0.
 */
int folder_order(const char *a, const char *b);

#endif
