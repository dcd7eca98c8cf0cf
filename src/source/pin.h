/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What a side's file held at one time, so that it is noticed when it is another one later.
 */
#ifndef MIG_SOURCE_PIN_H
#define MIG_SOURCE_PIN_H

#include "base/digest.h"
#include "base/err.h"

/*
 * The SHA-256 of a file; of a directory, that of the names and contents of its migration files.
 * Reads all of it.  MIG_ENOTFOUND when it cannot be read, or is neither; MIG_ELIMIT, MIG_ENOMEM.
 */
int source_pin(const char *path, char ret_hex[MIG_SHA256_HEX]) MIG_MUSTCHECK;

#endif
