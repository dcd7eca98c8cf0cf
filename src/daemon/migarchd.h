/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The daemon as a whole: options, one ordered table of what is started and stopped, reload.
 */
#ifndef MIG_DAEMON_MIGARCHD_H
#define MIG_DAEMON_MIGARCHD_H

/*
 * Run the daemon, or --check and the like; returns the exit status of INTERFACES section 1.
 */
int migarchd_main(int argc, char **argv);

#endif
