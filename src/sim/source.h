/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The source document of a simulated rollout: plan, runbook, binding and defaults as the daemon
 * keeps them, with as few words as the documents allow.
 */
#ifndef MIG_SIM_SOURCE_H
#define MIG_SIM_SOURCE_H

struct mig_buf;
struct sim_setup;

#define SIM_PROMETHEUS "http://prometheus.sim"
#define SIM_FLAGS "http://flags.sim/"
#define SIM_STEPS "http://steps.sim/steps"
#define SIM_JOBS "http://steps.sim/jobs/"
#define SIM_NOTIFY "http://notify.sim/"

/*
 * Append the source document of a setup.
 */
void sim_source_write(const struct sim_setup *setup, struct mig_buf *out);

#endif
