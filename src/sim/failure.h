/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * How people are told of a run that breaks a rule.
 */
#ifndef MIG_SIM_FAILURE_H
#define MIG_SIM_FAILURE_H

#include <stddef.h>

#include "base/buf.h"
#include "sim/setup.h"

/*
 * Append the line that tells of one fault.
 */
void sim_failure_fault(const struct sim_fault *fault, size_t index, struct mig_buf *out);

/*
 * Take a setup whose run breaks a rule down to the faults that it needs, and append how that run
 * breaks it: the rule, when and how, the faults, the end of the trace, and the command that shows
 * all of it.
 */
void sim_failure_write(struct sim_setup *setup, struct mig_buf *out);

#endif
