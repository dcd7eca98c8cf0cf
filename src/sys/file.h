/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Files, as all three programs need them.
 */
#ifndef MIG_SYS_FILE_H
#define MIG_SYS_FILE_H

#include <stddef.h>

#include "base/err.h"
#include "base/zone.h"

/*
 * Read a whole file ("-" is standard input) of at most max bytes; the text is NUL-terminated and
 * owned by the caller (free()).  On failure a negative MIG_E… (MIG_ENOTFOUND, MIG_EIO, MIG_ELIMIT,
 * MIG_ENOMEM) and a one-line reason with the path in ret_error (size bytes).
 */
int file_read(const char *path, size_t max, char **ret_text, size_t *ret_len, char *ret_error,
    size_t size) MIG_MUSTCHECK;

/* A text that is the file itself, mapped; not NUL-terminated. */
struct file_map {
	char *text; /* NULL: the file was not mapped */
	size_t len;
};

/*
 * Map a regular file of at most max bytes, if it is large; otherwise nothing is mapped, and it is
 * to be read as usual, which will tell what is wrong with it.  For tools that end: when somebody
 * cuts the file short meanwhile, the process gets SIGBUS.  Ended by file_unmap().
 */
void file_map(const char *path, size_t max, struct file_map *ret_map);

/*
 * Give the memory of a mapped text before an offset back; it is read again where it is looked at
 * again.
 */
void file_map_passed(const char *text, size_t upto);

/*
 * End the mapping; none is a no-op.
 */
void file_unmap(struct file_map *map);

/*
 * Write a file ("-" is standard output) through a temporary file in the same directory, fsync and
 * rename, so that it is there whole or not at all.  What is no regular file (a pipe, a device) is
 * written to in place.  Errors as file_read().
 */
int file_write(const char *path, const char *text, size_t len, char *ret_error, size_t size)
    MIG_MUSTCHECK;

/*
 * A time zone by IANA name from the system's zone files (TZDIR or /usr/share/zoneinfo; UTC without
 * any); a mig_zone_finder, the context is a mig_wall * with the time around which transitions are
 * wanted.
 */
int file_zone(void *around, const char *name, struct mig_zone *ret_zone);

/*
 * Read a secret: the file's first line without its line end, owned by the caller; as file_read(),
 * at most 4 KiB, never waiting.  MIG_EDOC when the line is empty, or it is no regular file.
 */
int file_secret(const char *path, char **ret_secret, char *ret_error, size_t size) MIG_MUSTCHECK;

#endif
