/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the targets that read interfaces share.
 */
#ifndef MIG_FUZZ_INTERFACE_H
#define MIG_FUZZ_INTERFACE_H

#include "apispec/model.h"
#include "fuzz/fuzz.h"

/* mig_api_read_json() and its like. */
typedef int (*fuzz_reader)(const char *text, size_t len, const char *file,
    struct mig_api **ret_api, struct mig_findings *findings);

/*
 * Read the data as two versions, parted by a line "----" (without it: as one twice), and compare
 * them both ways and each with itself: abort unless findings are printable, reports are whole, and
 * nothing differs from itself.
 */
void fuzz_interface(const uint8_t *data, size_t size, fuzz_reader read);

#endif
