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
#include <unistd.h>

#include "base/buf.h"
#include "daemon/child.h"
#include "daemon/loop.h"

/* At work at the same time. */
#define CHILDREN_MAX 4

/* How often it is looked whether the system has done away with what was killed. */
#define REAP_MS 20

#define CHUNK_BYTES 4096

struct child {
	struct children *children;
	struct child *next;
	pid_t pid;
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
	struct child *first;
};

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
input_of(const struct child_request *request)
{
	int fd = memfd_create("migarchd", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < request->input_len) {
		ssize_t put = write(fd, request->input + done, request->input_len - done);
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
become(const struct child_request *request, int input, int output, pid_t parent)
{
	int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive the daemon */
	if (getppid() == parent && dup2(input, STDIN_FILENO) >= 0 &&
	    dup2(output, STDOUT_FILENO) >= 0 && dup2(nothing, STDERR_FILENO) >= 0) {
#ifdef SYS_close_range
		/* Ours are closed by the exec; a library's need not be. */
		(void)syscall(SYS_close_range, STDERR_FILENO + 1U, ~0U, 0U);
#endif
		(void)execv(request->argv[0], (char *const *)(uintptr_t)request->argv);
	}
	_exit(127);
}

static int
start_process(struct child *child, const struct child_request *request)
{
	int ends[2] = { -1, -1 };
	int input = input_of(request);
	pid_t parent = getpid();

	child->pid = -1;
	if (input >= 0 && pipe2(ends, O_CLOEXEC) == 0) {
		child->output_fd = ends[0];
		child->pid = fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 ? fork() : -1;
		if (child->pid == 0)
			become(request, input, ends[1], parent);
		(void)close(ends[1]);
	}
	if (input >= 0)
		(void)close(input);
	return child->pid > 0 ? MIG_OK : MIG_EIO;
}

static size_t
at_work(const struct children *children)
{
	size_t count = 0;

	for (const struct child *it = children->first; it != NULL; it = it->next)
		count++;
	return count;
}

struct children *
children_new(struct loop *loop)
{
	struct children *children = calloc(1, sizeof(*children));

	/* Were it ignored, a number could belong to another process before it is killed. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (children != NULL)
		children->loop = loop;
	return children;
}

void
children_free(struct children *children)
{
	if (children == NULL)
		return;
	while (children->first != NULL) {
		(void)kill(children->first->pid, SIGKILL);
		(void)reaped(children->first, 0);
		child_free(children->first);
	}
	free(children);
}

int
child_start(
    struct children *children, const struct child_request *request, struct child **ret_child)
{
	if (at_work(children) >= CHILDREN_MAX)
		return MIG_ELIMIT;
	struct child *child = calloc(1, sizeof(*child));
	if (child == NULL)
		return MIG_ENOMEM;
	child->children = children;
	child->next = children->first;
	children->first = child;
	child->output_fd = -1;
	child->output_max = request->output_max;
	child->callback = request->callback;
	child->context = request->context;
	mig_buf_init(&child->output, request->output_max + CHUNK_BYTES + 1);
	child->timer = loop_timer_new(children->loop, on_time, child);
	int error = child->timer != NULL ? start_process(child, request) : MIG_ENOMEM;
	if (error != MIG_OK) {
		child_free(child);
		return error;
	}
	loop_timer_set(child->timer, request->timeout_ms);
	child->reader = loop_reader_new(children->loop, child->output_fd, on_output, child);
	if (child->reader == NULL) {
		child_cancel(child);
		return MIG_ENOMEM;
	}
	*ret_child = child;
	return MIG_OK;
}

void
child_cancel(struct child *child)
{
	if (child == NULL)
		return;
	child->callback = NULL;
	end(child, NULL);
}
