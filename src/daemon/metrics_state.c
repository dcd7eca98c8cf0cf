/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/resource.h>

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "daemon/driver.h"
#include "daemon/metrics_int.h"
#include "wire/expo.h"

typedef void (*rollout_writer)(const struct driver_view *view, struct mig_buf *out);

static void
trigger_sample(const struct driver_view *view, size_t trigger, const char *name, double value,
    struct mig_buf *out)
{
	const struct mig_expo_label labels[] = { { "rollout", view->state->rollout_id },
		{ "trigger", view->policy->triggers[trigger].id }, { NULL, NULL } };
	mig_expo_sample(out, name, labels, value);
}

/* All states while it can still change; of a finished one the last, which is for ever. */
static void
write_state(const struct driver_view *view, struct mig_buf *out)
{
	bool finished = mig_state_finished(view->state);
	for (size_t i = 0; i < MIG_RUN_COUNT; i++) {
		bool now = view->state->run == (enum mig_run)i;
		const struct mig_expo_label labels[] = { { "rollout", view->state->rollout_id },
			{ "state", mig_run_name((enum mig_run)i) }, { NULL, NULL } };
		if (now || !finished)
			mig_expo_sample(out, "migarchd_rollout_state", labels, now ? 1 : 0);
	}
}

/* What is known to be in force: seen in a read-back, else acknowledged by the provider. */
static void
write_split(const struct driver_view *view, struct mig_buf *out)
{
	for (size_t i = 0; i < view->policy->flag_count; i++) {
		const struct mig_flag_state *flag = &view->state->flags[i];
		double percentage = flag->observed_known ? flag->observed : flag->acked;
		struct mig_expo_label labels[] = { { "rollout", view->state->rollout_id },
			{ "flag", view->policy->flags[i].name }, { "version", "new" },
			{ NULL, NULL } };
		mig_expo_sample(out, "traffic_split_percentage", labels, percentage);
		labels[2].value = "old";
		mig_expo_sample(out, "traffic_split_percentage", labels, 100 - percentage);
	}
}

static void
write_values(const struct driver_view *view, struct mig_buf *out)
{
	for (size_t i = 0; i < view->policy->trigger_count; i++) {
		const struct mig_trigger_state *trigger = &view->state->triggers[i];
		enum mig_quality quality =
		    view->state->metrics[view->policy->triggers[i].metric].now.quality;
		/* No reading is no value: an old one would look like a healthy one. */
		if (trigger->run != MIG_TRIGGER_DISARMED && quality == MIG_QUALITY_OK)
			trigger_sample(view, i, "migarchd_trigger_value", trigger->value, out);
	}
}

static void
write_thresholds(const struct driver_view *view, struct mig_buf *out)
{
	for (size_t i = 0; i < view->policy->trigger_count; i++) {
		const struct mig_trigger_state *trigger = &view->state->triggers[i];
		if (trigger->threshold_known)
			trigger_sample(view, i, "migarchd_trigger_threshold", trigger->threshold,
			    out);
	}
}

static void
write_pending(const struct driver_view *view, struct mig_buf *out)
{
	for (size_t i = 0; i < view->policy->trigger_count; i++) {
		const struct mig_trigger_state *trigger = &view->state->triggers[i];
		trigger_sample(view, i, "migarchd_trigger_pending_seconds",
		    (double)trigger->pending_ms / 1000.0, out);
	}
}

static void
write_trigger_states(const struct driver_view *view, struct mig_buf *out)
{
	for (size_t i = 0; i < view->policy->trigger_count * MIG_TRIGGER_RUN_COUNT; i++) {
		size_t trigger = i / MIG_TRIGGER_RUN_COUNT;
		enum mig_trigger_run run = (enum mig_trigger_run)(i % MIG_TRIGGER_RUN_COUNT);
		const struct mig_expo_label labels[] = { { "rollout", view->state->rollout_id },
			{ "trigger", view->policy->triggers[trigger].id },
			{ "state", mig_trigger_run_name(run) }, { NULL, NULL } };
		mig_expo_sample(out, "migarchd_trigger_state", labels,
		    view->state->triggers[trigger].run == run ? 1 : 0);
	}
}

/* One family each, because the format wants a family's samples together. */
static const struct {
	const char *name;
	const char *help;
	rollout_writer write;
	bool finished; /* of finished rollouts, too */
} families[] = {
	{ "migarchd_rollout_state", "1 for the state a rollout is in.", write_state, true },
	{ "traffic_split_percentage", "Share of traffic each version gets, by flag.", write_split,
	    true },
	{ "migarchd_trigger_value", "Last value a trigger looked at, while it is believable.",
	    write_values, false },
	{ "migarchd_trigger_threshold", "Threshold of a trigger, once it is known.",
	    write_thresholds, false },
	{ "migarchd_trigger_state", "1 for the state a trigger is in.", write_trigger_states,
	    false },
	{ "migarchd_trigger_pending_seconds", "How long a trigger's condition has held.",
	    write_pending, false },
};

void
metrics_rollouts(const struct driver *driver, struct mig_buf *out)
{
	size_t count = driver != NULL ? driver_count(driver) : 0;
	if (driver == NULL)
		return;
	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		mig_expo_family(out, families[f].name, "gauge", families[f].help);
		for (size_t i = 0; i < count; i++) {
			struct driver_view view;
			driver_at(driver, i, &view);
			if (families[f].finished || !mig_state_finished(view.state))
				families[f].write(&view, out);
		}
	}
	mig_expo_family(out, "migarchd_rollouts_unrestored", "gauge",
	    "Rollouts in the state store that could not be restored: nobody watches them.");
	mig_expo_sample(out, "migarchd_rollouts_unrestored", NULL, (double)driver_lost(driver));
}

static void
process_gauge(struct mig_buf *out, const char *name, const char *help, double value)
{
	if (isnan(value))
		return;
	mig_expo_family(out, name, "gauge", help);
	mig_expo_sample(out, name, NULL, value);
}

/* Sizes in bytes; NAN both when they can't be read. */
static void
process_memory(double *ret_virtual, double *ret_resident)
{
	uint64_t total = 0;
	uint64_t resident = 0;
	FILE *file = fopen("/proc/self/statm", "re");
	*ret_virtual = NAN;
	*ret_resident = NAN;
	if (file == NULL)
		return;
	long page = sysconf(_SC_PAGESIZE);
	if (fscanf(file, "%" SCNu64 " %" SCNu64, &total, &resident) == 2 && page > 0) {
		*ret_virtual = (double)total * (double)page;
		*ret_resident = (double)resident * (double)page;
	}
	(void)fclose(file); /* only read */
}

static double
process_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	if (folder == NULL)
		return NAN;
	double count = -1; /* the folder itself is open, too */
	for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
		if (entry->d_name[0] != '.')
			count++;
	}
	(void)closedir(folder);
	return count;
}

static double
time_seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

void
metrics_process(double started_at, struct mig_buf *out)
{
	struct rusage usage;
	struct rlimit files;
	double total = NAN;
	double resident = NAN;
	if (getrusage(RUSAGE_SELF, &usage) == 0) {
		mig_expo_family(out, "process_cpu_seconds_total", "counter",
		    "User and system CPU time spent in seconds.");
		mig_expo_sample(out, "process_cpu_seconds_total", NULL,
		    time_seconds(&usage.ru_utime) + time_seconds(&usage.ru_stime));
	}
	process_memory(&total, &resident);
	process_gauge(out, "process_virtual_memory_bytes", "Virtual memory size in bytes.", total);
	process_gauge(out, "process_resident_memory_bytes", "Resident memory size in bytes.",
	    resident);
	process_gauge(out, "process_open_fds", "Number of open file descriptors.",
	    process_descriptors());
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		process_gauge(out, "process_max_fds", "Maximum number of open file descriptors.",
		    (double)files.rlim_cur);
	process_gauge(out, "process_start_time_seconds",
	    "Start time of the process in seconds since the Unix epoch.", started_at);
}
