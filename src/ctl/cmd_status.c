/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/ioctl.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/request.h"
#include "ctl/show.h"

#define WATCH_MS 1000
#define WAIT_MS 250
#define SCREEN_BYTES_MAX (1024U * 1024U)

#define SCREEN_ENTER "\033[?1049h\033[?25l"
#define SCREEN_LEAVE "\033[?25h\033[?1049l"

static volatile sig_atomic_t interrupted;

static const char *const states[] = { "loaded", "baselining", "running", "baking", "completed",
	"rolling_back", "rolled_back", "held", NULL };

static void
on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

static int
check_state(const char *state)
{
	for (size_t i = 0; states[i] != NULL; i++) {
		if (strcmp(states[i], state) == 0)
			return CTL_OK;
	}
	ctl_complain("--wait: \"%s\" is no state; there are loaded, baselining, running, baking, "
	    "completed, rolling_back, rolled_back and held", state);
	return CTL_USAGE;
}

/* The rollout as text or JSON, with a newline at its end. */
static void
render(const struct ctl *ctl, const struct reply *reply, struct mig_buf *out)
{
	struct screen screen = { out, ctl->colour, ctl->width, ctl_now() };

	if (ctl->options.json) {
		size_t len = reply->body.len;

		/* One line a reply, so that a reader of --watch can tell them apart. */
		while (len > 0 && reply->body.data[len - 1] == '\n')
			len--;
		mig_buf_add(out, reply->body.data, len);
		mig_buf_putc(out, '\n');
	} else if (reply->doc != NULL) {
		show_status(&screen, mig_json_root(reply->doc));
	}
}

/* How many lines of a screen fit; the rest is counted, not scrolled away. */
static void
fit(const struct mig_buf *text, struct mig_buf *out)
{
	struct winsize size = { 0 };
	size_t rows = 24;
	size_t row = 1;
	size_t left = 0;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2)
		rows = size.ws_row;
	mig_buf_puts(out, "\033[H");
	for (const char *p = text->data; *p != '\0'; p++) {
		if (*p == '\n')
			left += row >= rows - 1 ? 1 : 0;
		else if (row < rows)
			mig_buf_putc(out, *p);
		if (*p == '\n' && row < rows - 1)
			mig_buf_puts(out, "\033[K\n");
		row += *p == '\n' && row < rows ? 1 : 0;
	}
	mig_buf_puts(out, "\033[0m\033[K\033[J");
	if (left > 1)
		mig_buf_printf(out, "\n(%zu more lines: make the window taller)\033[K", left - 1);
}

/* The outcome of a wait: CTL_TEMPFAIL means that it goes on. */
static int
judge(const char *state, const char *wait_state)
{
	if (state == NULL)
		return CTL_TEMPFAIL;
	if (wait_state != NULL && strcmp(state, wait_state) == 0)
		return CTL_OK;
	if (!text_state_finished(state))
		return CTL_TEMPFAIL;
	return wait_state == NULL ? CTL_OK : CTL_ELSEWHERE;
}

static bool
timed_out(const struct ctl *ctl, mig_mono begun)
{
	return ctl->options.timeout_ms > 0 &&
	    ctl_mono().ms - begun.ms >= ctl->options.timeout_ms;
}

/* Ask once and add the screen to out, a complaint to error. */
static int
look(struct ctl *ctl, const char *id, struct mig_buf *out, struct mig_buf *error, int *ret_judged)
{
	struct reply reply = { 0 };
	struct mig_buf path;
	mig_buf_init(&path, 4096);

	request_path(&path, id, "");
	int rc = request_try(ctl, path.data, &reply, error);
	if (rc == CTL_OK && reply.doc != NULL) {
		const struct mig_json *root = mig_json_root(reply.doc);

		*ret_judged = judge(mig_json_string(mig_json_get(root, "state")),
		    ctl->options.wait_state);
		render(ctl, &reply, out);
	}
	mig_buf_fini(&path);
	reply_fini(&reply);
	return rc;
}

static int
draw(const struct ctl *ctl, struct mig_buf *text, bool terminal)
{
	struct mig_buf frame;
	mig_buf_init(&frame, SCREEN_BYTES_MAX);
	int rc = CTL_OK;

	if (terminal) {
		fit(text, &frame);
		rc = ctl_print(frame.data, frame.len);
	} else {
		rc = ctl_print(text->data, text->len);
		if (rc == CTL_OK && !ctl->options.json)
			rc = ctl_print("\n", 1);
	}
	mig_buf_fini(&frame);
	return rc;
}

/* That there was no answer: on the screen, or beside the lines of JSON. */
static void
add_absence(const struct ctl *ctl, struct mig_buf *text, const char *error)
{
	char at[MIG_TIME_TEXT];
	const char *now = mig_time_format(ctl_now(), at);

	if (ctl->options.json)
		ctl_complain("%s (%s)", error, now);
	else
		mig_buf_printf(text, "%s  %s\nAsking again every second.\n", now, error);
}

/*
 * Again and again until a signal, the end of the rollout or of a wait.  The last screen is left
 * in text, why it could not go on in error.  A daemon that is away is told on the screen and asked
 * again.
 */
static int
watch_loop(struct ctl *ctl, const char *id, struct mig_buf *text, struct mig_buf *error,
    bool terminal)
{
	mig_mono begun = ctl_mono();
	int judged = CTL_TEMPFAIL;
	int rc = CTL_OK;

	while (rc == CTL_OK && interrupted == 0) {
		mig_buf_reset(text);
		mig_buf_reset(error);
		rc = look(ctl, id, text, error, &judged);
		if (rc == CTL_UNAVAILABLE || rc == CTL_TEMPFAIL) {
			add_absence(ctl, text, error->data);
		} else if (rc != CTL_OK) {
			break;
		}
		rc = draw(ctl, text, terminal);
		if (judged != CTL_TEMPFAIL || timed_out(ctl, begun))
			break;
		ctl_sleep(WATCH_MS);
	}
	/* Only a wait has an outcome; a mere look ends well. */
	return rc != CTL_OK || ctl->options.wait_state == NULL ? rc : judged;
}

static int
watch(struct ctl *ctl, const char *id)
{
	bool terminal = isatty(STDOUT_FILENO) && !ctl->options.json;
	struct sigaction action = { .sa_handler = on_signal };
	struct mig_buf error;
	struct mig_buf text;
	mig_buf_init(&error, SCREEN_BYTES_MAX);
	mig_buf_init(&text, SCREEN_BYTES_MAX);
	int rc = CTL_OK;

	(void)sigemptyset(&action.sa_mask);
	if (terminal) {
		/* The terminal must get its screen and cursor back. */
		(void)sigaction(SIGINT, &action, NULL);
		(void)sigaction(SIGTERM, &action, NULL);
		(void)sigaction(SIGHUP, &action, NULL);
		rc = ctl_print(SCREEN_ENTER, strlen(SCREEN_ENTER));
	}
	if (rc == CTL_OK)
		rc = watch_loop(ctl, id, &text, &error, terminal);
	if (terminal) {
		int left = ctl_print(SCREEN_LEAVE, strlen(SCREEN_LEAVE));

		/* What was seen last stays. */
		if (left == CTL_OK)
			left = ctl_print(text.data, text.len);
		rc = rc == CTL_OK ? left : rc;
	}
	if (error.len > 0 && rc != CTL_OK)
		ctl_complain("%s", error.data);
	mig_buf_fini(&text);
	mig_buf_fini(&error);
	return rc;
}

int
status_wait(struct ctl *ctl, const char *rollout, const char *wait_state)
{
	mig_mono begun = ctl_mono();
	struct mig_buf error;
	struct mig_buf text;
	mig_buf_init(&error, SCREEN_BYTES_MAX);
	mig_buf_init(&text, SCREEN_BYTES_MAX);
	int rc = CTL_TEMPFAIL;

	ctl->options.wait_state = wait_state;
	for (;;) {
		int judged = CTL_TEMPFAIL;

		mig_buf_reset(&text);
		mig_buf_reset(&error);
		rc = look(ctl, rollout, &text, &error, &judged);
		/* A daemon that restarts in the meantime is no reason to stop waiting. */
		bool away = rc == CTL_UNAVAILABLE || rc == CTL_TEMPFAIL;

		if (rc == CTL_OK && judged != CTL_TEMPFAIL) {
			rc = judged;
			break;
		}
		if (rc != CTL_OK && !(away && ctl->options.timeout_ms > 0)) {
			ctl_complain("%s", error.data);
			break;
		}
		if (timed_out(ctl, begun)) {
			ctl_complain("%s is not %s yet: the time is over%s%s", rollout,
			    wait_state != NULL ? wait_state : "finished",
			    error.len > 0 ? "; " : "", error.data);
			rc = CTL_TEMPFAIL;
			break;
		}
		ctl_sleep(WAIT_MS);
	}
	int printed = ctl_print(text.data, text.len);
	mig_buf_fini(&text);
	mig_buf_fini(&error);
	return rc == CTL_OK ? printed : rc;
}

static int
show_once(struct ctl *ctl, const char *id)
{
	struct mig_buf path;
	struct mig_buf text;
	struct reply reply = { 0 };
	mig_buf_init(&path, 4096);
	mig_buf_init(&text, SCREEN_BYTES_MAX);

	request_path(&path, id, "");
	int rc = request_get(ctl, path.data, &reply);
	if (rc == CTL_OK) {
		render(ctl, &reply, &text);
		rc = ctl_print(text.data, text.len);
	}
	reply_fini(&reply);
	mig_buf_fini(&text);
	mig_buf_fini(&path);
	return rc;
}

int
status_run(struct ctl *ctl)
{
	char id[MIG_ID_MAX];
	int rc = CTL_OK;

	if (ctl->options.wait_state != NULL)
		rc = check_state(ctl->options.wait_state);
	if (rc == CTL_OK)
		rc = request_rollout(ctl, ctl->argc > 0 ? ctl->argv[0] : NULL, true, id);
	if (rc != CTL_OK)
		return rc;
	if (ctl->options.watch)
		return watch(ctl, id);
	if (ctl->options.wait_state != NULL)
		return status_wait(ctl, id, ctl->options.wait_state);
	return show_once(ctl, id);
}
