/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/time.h"
#include "sys/file.h"

#define ZONE_BYTES_MAX (1024U * 1024U)
#define ZONE_NAME_MAX 64
#define SECRET_BYTES_MAX 4096U
#define READ_BYTES 65536U
#define MAP_BYTES_MIN (4 * 1024 * 1024)
#define PAGE_BYTES 65536U /* a multiple of every page size */

/* What the last failed system call said, as a code and a line that names the file. */
static int
file_fail(const char *name, char *ret_error, size_t size)
{
	int code = errno;

	(void)snprintf(ret_error, size, "%s: %s", name, strerror(code));
	switch (code) {
	case ENOENT:
	case ENOTDIR:
		return MIG_ENOTFOUND;
	case ENOMEM:
		return MIG_ENOMEM;
	default:
		return MIG_EIO;
	}
}

/* All that can be read from fd, or one byte more than is allowed. */
static int
read_all(int fd, size_t max, struct mig_buf *buf)
{
	char block[READ_BYTES];

	while (buf->len <= max && !buf->failed) {
		size_t want = max + 1 - buf->len;
		ssize_t got = read(fd, block, want < sizeof(block) ? want : sizeof(block));
		if (got == 0)
			return 0;
		if (got > 0)
			mig_buf_add(buf, block, (size_t)got);
		else if (errno != EINTR)
			return MIG_EIO;
	}
	return 0;
}

/* The text of an open file that is called name. */
static int
read_text(int fd, const char *name, size_t max, char **ret_text, size_t *ret_len, char *ret_error,
    size_t size)
{
	struct mig_buf buf;
	struct stat info;
	int error = 0;

	mig_buf_init(&buf, max + 1);
	/* A file that is too long is refused before it is read, a pipe while it is. */
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
	    (uintmax_t)info.st_size > max) {
		(void)snprintf(ret_error, size, "%s: longer than %zu bytes", name, max);
		error = MIG_ELIMIT;
	} else if (read_all(fd, max, &buf) != 0) {
		error = file_fail(name, ret_error, size);
	} else if (buf.len > max) {
		(void)snprintf(ret_error, size, "%s: longer than %zu bytes", name, max);
		error = MIG_ELIMIT;
	}
	size_t len = buf.len;
	char *text = error == 0 ? mig_buf_steal(&buf) : NULL;
	if (error == 0 && text == NULL) {
		(void)snprintf(ret_error, size, "%s: out of memory", name);
		error = MIG_ENOMEM;
	}
	if (error == 0) {
		*ret_text = text;
		*ret_len = len;
	}
	mig_buf_fini(&buf);
	return error;
}

int
file_read(const char *path, size_t max, char **ret_text, size_t *ret_len, char *ret_error,
    size_t size)
{
	bool standard = strcmp(path, "-") == 0;
	const char *name = standard ? "standard input" : path;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return file_fail(name, ret_error, size);
	int error = read_text(fd, name, max, ret_text, ret_len, ret_error, size);
	if (!standard)
		(void)close(fd); /* nothing was written */
	return error;
}

void
file_map(const char *path, size_t max, struct file_map *ret_map)
{
	struct stat stat;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	*ret_map = (struct file_map){ NULL, 0 };
	if (fd < 0)
		return;
	if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size >= MAP_BYTES_MIN &&
	    (uintmax_t)stat.st_size <= max) {
		void *text = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (text != MAP_FAILED)
			*ret_map = (struct file_map){ text, (size_t)stat.st_size };
	}
	(void)close(fd); /* only read from */
}

void
file_map_passed(const char *text, size_t upto)
{
	/* Advice only: when the kernel does not take it, nothing is lost. */
	(void)madvise((void *)(uintptr_t)text, upto / PAGE_BYTES * PAGE_BYTES, MADV_DONTNEED);
}

void
file_unmap(struct file_map *map)
{
	if (map->text != NULL)
		(void)munmap(map->text, map->len); /* of our own making, cannot fail */
	*map = (struct file_map){ NULL, 0 };
}

static int
write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, text, len);
		if (done < 0 && errno != EINTR)
			return MIG_EIO;
		if (done > 0) {
			text += done;
			len -= (size_t)done;
		}
	}
	return 0;
}

/* Make a rename durable.  Some file systems have no fsync for directories; that is their way. */
static void
sync_directory(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);

	if (len == 0)
		(void)snprintf(folder, sizeof(folder), ".");
	else
		(void)snprintf(folder, sizeof(folder), "%.*s", (int)len, path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

/* A pipe or a device is no file that could be replaced. */
static int
write_in_place(const char *path, const char *text, size_t len, char *ret_error, size_t size)
{
	bool standard = strcmp(path, "-") == 0;
	const char *name = standard ? "standard output" : path;
	int fd = standard ? STDOUT_FILENO : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int error = 0;

	if (fd < 0 || write_all(fd, text, len) != 0)
		error = file_fail(name, ret_error, size);
	if (fd >= 0 && !standard && close(fd) != 0 && error == 0)
		error = file_fail(name, ret_error, size);
	return error;
}

/* Write a new file that is to take the place of another; old is NULL when there is none. */
static int
write_temporary(const char *path, const struct stat *old, const char *text, size_t len)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = open(path, flags, 0666);

	/* One of that name can only be left over from a process that died with our number. */
	if (fd < 0 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, flags, 0666);
	if (fd < 0)
		return MIG_EIO;
	bool good = (old == NULL || fchmod(fd, old->st_mode & 0777) == 0) &&
	    write_all(fd, text, len) == 0 && fsync(fd) == 0;
	int code = errno;
	if (close(fd) != 0 && good) {
		good = false;
		code = errno;
	}
	if (!good) {
		(void)unlink(path); /* the first failure is the one to tell */
		errno = code;
	}
	return good ? 0 : MIG_EIO;
}

int
file_write(const char *path, const char *text, size_t len, char *ret_error, size_t size)
{
	char target[PATH_MAX];
	char temporary[PATH_MAX];
	struct stat info;

	if (strcmp(path, "-") == 0)
		return write_in_place(path, text, len, ret_error, size);
	bool exists = stat(path, &info) == 0;
	if (exists && !S_ISREG(info.st_mode))
		return write_in_place(path, text, len, ret_error, size);

	/* A symbolic link stays one: it is its target that is replaced. */
	if (!exists || realpath(path, target) == NULL) {
		int length = snprintf(target, sizeof(target), "%s", path);
		if (length < 0 || (size_t)length >= sizeof(target)) {
			errno = ENAMETOOLONG;
			return file_fail(path, ret_error, size);
		}
	}
	int length = snprintf(temporary, sizeof(temporary), "%s.%ld.tmp", target, (long)getpid());
	if (length < 0 || (size_t)length >= sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return file_fail(path, ret_error, size);
	}
	if (write_temporary(temporary, exists ? &info : NULL, text, len) != 0)
		return file_fail(path, ret_error, size);
	if (rename(temporary, target) != 0) {
		int error = file_fail(path, ret_error, size);
		(void)unlink(temporary); /* the failure of rename is the one to tell */
		return error;
	}
	sync_directory(target);
	return 0;
}

/* Names come from documents: they must not lead out of the zone files' directory. */
static bool
zone_name_good(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_+-/";
	size_t len = strlen(name);

	return len > 0 && len <= ZONE_NAME_MAX && strspn(name, allowed) == len && name[0] != '/';
}

int
file_zone(void *around, const char *name, struct mig_zone *ret_zone)
{
	const mig_wall *at = around;
	const char *folder = getenv("TZDIR");
	char path[PATH_MAX];
	char reason[PATH_MAX + 128];
	char *data = NULL;
	size_t len = 0;

	if (!zone_name_good(name))
		return MIG_ENOTFOUND;
	/* A small system may have no zone files at all; UTC needs none. */
	if (strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0) {
		mig_zone_utc(ret_zone);
		return 0;
	}
	if (folder == NULL || folder[0] == '\0')
		folder = "/usr/share/zoneinfo";
	int length = snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (length < 0 || (size_t)length >= sizeof(path))
		return MIG_ENOTFOUND;
	if (file_read(path, ZONE_BYTES_MAX, &data, &len, reason, sizeof(reason)) != 0)
		return MIG_ENOTFOUND;
	int error = mig_zone_parse(data, len, *at, ret_zone);
	free(data);
	return error == 0 ? 0 : MIG_ENOTFOUND;
}

/* The daemon reads secrets in its loop: a pipe or a device may keep it waiting for ever. */
static int
open_regular(const char *path, int *ret_fd, char *ret_error, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat info;

	if (fd < 0)
		return file_fail(path, ret_error, size);
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
		*ret_fd = fd;
		return 0;
	}
	(void)close(fd); /* nothing was written */
	(void)snprintf(ret_error, size, "%s: not a regular file", path);
	return MIG_EDOC;
}

int
file_secret(const char *path, char **ret_secret, char *ret_error, size_t size)
{
	char *text = NULL;
	size_t len = 0;
	int fd = -1;
	int error = open_regular(path, &fd, ret_error, size);

	if (error != 0)
		return error;
	error = read_text(fd, path, SECRET_BYTES_MAX, &text, &len, ret_error, size);
	(void)close(fd); /* nothing was written */
	if (error != 0)
		return error;
	text[strcspn(text, "\r\n")] = '\0';
	if (text[0] == '\0') {
		(void)snprintf(ret_error, size, "%s: the first line is empty", path);
		free(text);
		return MIG_EDOC;
	}
	*ret_secret = text;
	return 0;
}
