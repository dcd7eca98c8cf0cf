/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * One look at a live server's schema, in a process of its own: the daemon runs itself with an
 * argument that nobody else uses, gives it the question on its standard input and takes the answer
 * from its standard output.  schema_live is the other end.
 */
#ifndef MIG_DAEMON_SCHEMA_PROBE_H
#define MIG_DAEMON_SCHEMA_PROBE_H

/* The argument that makes migarchd the process that looks. */
#define SCHEMA_PROBE_ARGUMENT "--schema-probe"

/* Bytes of an answer at most. */
#define SCHEMA_PROBE_ANSWER_MAX 16384

/*
 * Read {"before","after","before_sha256","after_sha256","type","live","password","timeout_ms",
 * "contracts","scripts":[…]} (digests and password may be missing) from standard input, look, and
 * write {"answer","reason"} to standard output: answer is a word of mig_schema_answer_name().
 * Blocks, up to the timeout for each thing that is asked of the server.  Returns the exit status: 0
 * when an answer was written.
 */
int schema_probe_main(void);

#endif
