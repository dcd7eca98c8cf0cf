/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "sim/failure.h"
#include "sim/sim.h"

#define LINES 12
#define LINE_BYTES 160

/* The last lines of a trace, each as far as it is shown. */
struct tail {
	size_t count; /* lines so far; the last of them are kept */
	char lines[LINES][LINE_BYTES + 1];
};

static void
take_line(void *context, const char *line)
{
	struct tail *tail = context;
	char *kept = tail->lines[tail->count++ % LINES];
	size_t len = mig_utf8_cut(line, strlen(line), LINE_BYTES);

	memcpy(kept, line, len);
	kept[len] = '\0';
}

static void
write_tail(const struct tail *tail, struct mig_buf *out)
{
	size_t first = tail->count > LINES ? tail->count - LINES : 0;

	mig_buf_puts(out, first > 0 ? "  the end of its trace:\n" : "  its trace:\n");
	for (size_t i = first; i < tail->count; i++)
		mig_buf_printf(out, "  %s\n", tail->lines[i % LINES]);
}

void
sim_failure_fault(const struct sim_fault *fault, size_t index, struct mig_buf *out)
{
	mig_buf_printf(out, "  fault %zu: %s from %.3f s", index, sim_fault_name(fault->kind),
	    (double)fault->from_ms / 1000);
	if (fault->to_ms != INT64_MAX)
		mig_buf_printf(out, " to %.3f s", (double)fault->to_ms / 1000);
	mig_buf_putc(out, '\n');
}

void
sim_failure_write(struct sim_setup *setup, struct mig_buf *out)
{
	struct sim_result result = { 0 };
	struct tail tail = { 0 };
	const char *comma = "";

	/* What is told is the run that is left: its time and words may be others than before. */
	sim_shrink(setup);
	int error = sim_run(setup, take_line, &tail, &result);
	if (error != MIG_OK) {
		mig_buf_printf(out, "seed %" PRIu64 ": %s %s\n", setup->seed,
		    mig_error_text(error), result.text);
		return;
	}
	mig_buf_printf(out, "seed %" PRIu64 " breaks \"%s\" (%s) after %.3f s: %s\n", setup->seed,
	    sim_rule_name(result.rule), sim_rule_text(result.rule),
	    (double)result.at_ms / 1000, result.text);
	for (size_t i = 0; i < setup->fault_count; i++) {
		if (!setup->faults[i].off)
			sim_failure_fault(&setup->faults[i], i, out);
	}
	write_tail(&tail, out);
	mig_buf_printf(out, "  all of it: migarch simulate --seed %" PRIu64 " --trace --only \"",
	    setup->seed);
	for (size_t i = 0; i < setup->fault_count; i++) {
		if (setup->faults[i].off)
			continue;
		mig_buf_printf(out, "%s%zu", comma, i);
		comma = ",";
	}
	mig_buf_puts(out, "\"\n");
}
