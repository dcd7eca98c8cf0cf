/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <config.h>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "daemon/child.h"
#include "daemon/loop.h"

/* At work at the same time. */
#define CHILDREN_MAX 4

/* What waits for its turn besides. */
#define WAITING_MAX 1000

/* How often it is looked whether the system has done away with what was killed. */
#define REAP_MS 20

#define CHUNK_BYTES 4096

struct child {
	struct children *children;
	struct child *next;
	pid_t pid;     /* 0: it waits for its turn; -1: it was not to be started */
	char **argv;   /* ended by NULL */
	char *input;   /* until it is started */
	size_t input_len;
	int64_t timeout_ms;
	int output_fd; /* -1: at its end */
	struct loop_reader *reader;
	struct loop_timer *timer; /* the deadline, then the reaper */
	struct mig_buf output;
	size_t output_max;
	child_callback callback; /* NULL: nobody wants to hear of it any more */
	void *context;
};

struct children {
	struct loop *loop;
	struct loop_timer *turn; /* of those that wait */
	struct child *first;     /* the newest */
};

/* There may be a password in it. */
static void
forget_input(struct child *child)
{
	if (child->input != NULL)
		explicit_bzero(child->input, child->input_len);
	free(child->input);
	child->input = NULL;
}

static void
child_free(struct child *child)
{
	struct child **link = &child->children->first;

	while (*link != child)
		link = &(*link)->next;
	*link = child->next;
	loop_reader_free(child->reader);
	loop_timer_free(child->timer);
	if (child->output_fd >= 0)
		(void)close(child->output_fd);
	mig_buf_fini(&child->output);
	forget_input(child);
	for (size_t i = 0; child->argv != NULL && child->argv[i] != NULL; i++)
		free(child->argv[i]);
	free(child->argv);
	if (child->children->first != NULL)
		loop_timer_set(child->children->turn, 0);
	free(child);
}

/* Whether the process is gone for good. */
static bool
reaped(const struct child *child, int flags)
{
	pid_t gone = waitpid(child->pid, NULL, flags);

	return gone == child->pid || (gone < 0 && errno == ECHILD);
}

/* It was killed: that takes effect soon, but the loop does not wait for it. */
static void
reap(struct child *child)
{
	if (reaped(child, WNOHANG))
		child_free(child);
	else
		loop_timer_set(child->timer, REAP_MS);
}

static void
end(struct child *child, const char *fault)
{
	child_callback callback = child->callback;

	loop_reader_free(child->reader);
	child->reader = NULL;
	(void)kill(child->pid, SIGKILL); /* what has ended already takes no notice */
	child->callback = NULL;
	if (callback != NULL)
		callback(child->context, child->output.data != NULL ? child->output.data : "",
		    child->output.len, fault);
	reap(child);
}

static void
on_time(void *context)
{
	struct child *child = context;

	if (child->reader == NULL)
		reap(child);
	else
		end(child, "it took too long");
}

static void
on_output(void *context)
{
	struct child *child = context;
	char chunk[CHUNK_BYTES];
	ssize_t got = read(child->output_fd, chunk, sizeof(chunk));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0) {
		end(child, "its answer cannot be read");
		return;
	}
	if (got == 0) {
		end(child, NULL);
		return;
	}
	mig_buf_add(&child->output, chunk, (size_t)got);
	if (!mig_buf_ok(&child->output) || child->output.len > child->output_max)
		end(child, "its answer is too long");
}

/* A descriptor from which the input can be read from its beginning; -1. */
static int
input_of(const struct child *child)
{
	int fd = memfd_create("migarchd", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < child->input_len) {
		ssize_t put = write(fd, child->input + done, child->input_len - done);
		if (put > 0) {
			done += (size_t)put;
		} else if (errno != EINTR) {
			(void)close(fd);
			fd = -1;
		}
	}
	if (fd >= 0)
		(void)lseek(fd, 0, SEEK_SET); /* cannot fail in a memory file */
	return fd;
}

/* In the new process: nothing here may take a lock, other threads do not exist any more. */
static _Noreturn void
become(const struct child *child, int input, int output, pid_t parent)
{
	int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive the daemon */
	if (child->argv[0] != NULL && getppid() == parent && dup2(input, STDIN_FILENO) >= 0 &&
	    dup2(output, STDOUT_FILENO) >= 0 && dup2(nothing, STDERR_FILENO) >= 0) {
#ifdef SYS_close_range
		/* Ours are closed by the exec; a library's need not be. */
		(void)syscall(SYS_close_range, STDERR_FILENO + 1U, ~0U, 0U);
#endif
		(void)execv(child->argv[0], child->argv);
	}
	_exit(127);
}

static int
start_process(struct child *child)
{
	int ends[2] = { -1, -1 };
	int input = input_of(child);
	pid_t parent = getpid();

	child->pid = -1;
	if (input >= 0 && pipe2(ends, O_CLOEXEC) == 0) {
		child->output_fd = ends[0];
		child->pid = fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 ? fork() : -1;
		if (child->pid == 0)
			become(child, input, ends[1], parent);
		(void)close(ends[1]);
	}
	if (input >= 0)
		(void)close(input);
	forget_input(child);
	return child->pid > 0 ? MIG_OK : MIG_EIO;
}

static int
launch(struct child *child)
{
	int error = start_process(child);

	if (error != MIG_OK)
		return error;
	loop_timer_set(child->timer, child->timeout_ms);
	child->reader = loop_reader_new(
	    child->children->loop, child->output_fd, on_output, child);
	return child->reader != NULL ? MIG_OK : MIG_ENOMEM;
}

/* How many are at work, or how many wait. */
static size_t
count(const struct children *children, bool waiting)
{
	size_t count = 0;

	for (const struct child *it = children->first; it != NULL; it = it->next)
		count += (it->pid == 0) == waiting;
	return count;
}

/* The one that has waited longest; NULL: none does. */
static struct child *
next_waiting(const struct children *children)
{
	struct child *found = NULL;

	for (struct child *it = children->first; it != NULL; it = it->next)
		found = it->pid == 0 ? it : found;
	return found;
}

/* It had waited, and was not to be started. */
static void
give_up(struct child *child)
{
	static const char fault[] = "the system does not let a process be started";
	child_callback callback = child->callback;
	void *context = child->context;

	if (child->pid > 0) {
		end(child, fault);
		return;
	}
	child_free(child);
	callback(context, "", 0, fault);
}

static void
on_turn(void *context)
{
	struct children *children = context;
	struct child *child = next_waiting(children);

	while (child != NULL && count(children, false) < CHILDREN_MAX) {
		if (launch(child) != MIG_OK)
			give_up(child);
		child = next_waiting(children);
	}
}

struct children *
children_new(struct loop *loop)
{
	struct children *children = calloc(1, sizeof(*children));

	/* Were it ignored, a number could belong to another process before it is killed. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (children == NULL)
		return NULL;
	children->loop = loop;
	children->turn = loop_timer_new(loop, on_turn, children);
	if (children->turn == NULL) {
		free(children);
		return NULL;
	}
	return children;
}

void
children_free(struct children *children)
{
	if (children == NULL)
		return;
	while (children->first != NULL) {
		if (children->first->pid > 0) {
			(void)kill(children->first->pid, SIGKILL);
			(void)reaped(children->first, 0);
		}
		child_free(children->first);
	}
	loop_timer_free(children->turn);
	free(children);
}

static bool
copy_request(struct child *child, const struct child_request *request)
{
	size_t words = 0;

	while (request->argv[words] != NULL)
		words++;
	child->argv = calloc(words + 1, sizeof(*child->argv));
	child->input = malloc(request->input_len + 1);
	if (child->argv == NULL || child->input == NULL)
		return false;
	for (size_t i = 0; i < words; i++) {
		child->argv[i] = strdup(request->argv[i]);
		if (child->argv[i] == NULL)
			return false;
	}
	if (request->input_len > 0)
		memcpy(child->input, request->input, request->input_len);
	child->input_len = request->input_len;
	child->timeout_ms = request->timeout_ms;
	child->output_max = request->output_max;
	child->callback = request->callback;
	child->context = request->context;
	return true;
}

int
child_start(
    struct children *children, const struct child_request *request, struct child **ret_child)
{
	if (count(children, true) >= WAITING_MAX)
		return MIG_ELIMIT;
	struct child *child = calloc(1, sizeof(*child));
	if (child == NULL)
		return MIG_ENOMEM;
	child->children = children;
	child->next = children->first;
	children->first = child;
	child->output_fd = -1;
	mig_buf_init(&child->output, request->output_max + CHUNK_BYTES + 1);
	child->timer = loop_timer_new(children->loop, on_time, child);
	int error = child->timer != NULL && copy_request(child, request) ? MIG_OK : MIG_ENOMEM;
	if (error == MIG_OK && count(children, false) < CHILDREN_MAX)
		error = launch(child);
	if (error == MIG_OK)
		*ret_child = child;
	else if (child->pid > 0)
		child_cancel(child);
	else
		child_free(child);
	return error;
}

void
child_cancel(struct child *child)
{
	if (child == NULL)
		return;
	child->callback = NULL;
	if (child->pid > 0)
		end(child, NULL);
	else
		child_free(child);
}
