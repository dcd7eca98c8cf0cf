/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/test_support.h"
#include "sys/file.h"

/* 2026-11-22T02:10:00Z */
#define NOW_MS INT64_C(1795313400000)

struct fixture {
	char folder[64];
	char path[80];
	char error[256];
};

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	(void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/migarch-file-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/file", fixture->folder);
	*state = fixture;
	return 0;
}

/* Number of files in the folder; they are removed on the way when asked for. */
static size_t
walk_folder(const struct fixture *fixture, bool delete_them)
{
	DIR *folder = opendir(fixture->folder);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		if (delete_them)
			assert_int_equal(unlinkat(dirfd(folder), entry->d_name, 0), 0);
	}
	assert_int_equal(closedir(folder), 0);
	return count;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	(void)walk_folder(fixture, true);
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

static void
write_text(struct fixture *fixture, const char *text, size_t len)
{
	if (file_write(fixture->path, text, len, fixture->error, sizeof(fixture->error)) != 0)
		fail_msg("%s", fixture->error);
}

static void
test_read(void **state)
{
	struct fixture *fixture = *state;
	static const char content[] = "a\0b\n";
	char *text = NULL;
	size_t len = 99;

	assert_int_equal(file_read(fixture->path, 10, &text, &len, fixture->error,
	    sizeof(fixture->error)), MIG_ENOTFOUND);
	assert_non_null(strstr(fixture->error, fixture->path));
	assert_non_null(strstr(fixture->error, "No such file"));
	assert_int_equal(file_read(fixture->folder, 10, &text, &len, fixture->error,
	    sizeof(fixture->error)), MIG_EIO);
	assert_null(text);
	assert_int_equal(len, 99);

	write_text(fixture, content, 4);
	assert_int_equal(file_read(fixture->path, 3, &text, &len, fixture->error,
	    sizeof(fixture->error)), MIG_ELIMIT);
	assert_non_null(strstr(fixture->error, "longer than 3 bytes"));
	assert_int_equal(file_read(fixture->path, 4, &text, &len, fixture->error,
	    sizeof(fixture->error)), 0);
	assert_int_equal(len, 4);
	assert_memory_equal(text, content, 5);
	free(text);

	write_text(fixture, "", 0);
	assert_int_equal(file_read(fixture->path, 4, &text, &len, fixture->error,
	    sizeof(fixture->error)), 0);
	assert_int_equal(len, 0);
	assert_string_equal(text, "");
	free(text);
}

/* More than one block, and nothing of it lost or doubled. */
static void
test_large(void **state)
{
	struct fixture *fixture = *state;
	size_t size = 300007;
	char *out = malloc(size);
	char *in = NULL;
	size_t len = 0;
	uint64_t random = 7;

	assert_non_null(out);
	for (size_t i = 0; i < size; i++)
		out[i] = (char)test_random(&random);
	write_text(fixture, out, size);
	assert_int_equal(file_read(fixture->path, size, &in, &len, fixture->error,
	    sizeof(fixture->error)), 0);
	assert_int_equal(len, size);
	assert_memory_equal(in, out, size);
	free(in);
	free(out);
}

static void
test_write_replaces(void **state)
{
	struct fixture *fixture = *state;
	char link_path[96];
	struct stat info;
	char *text = NULL;

	write_text(fixture, "one", 3);
	assert_int_equal(chmod(fixture->path, 0640), 0);
	int fd = open(fixture->path, O_RDONLY);
	assert_true(fd >= 0);
	write_text(fixture, "two!", 4);

	/* Who has the old file open keeps all of it: it was replaced, not written over. */
	char old[8] = "";
	assert_int_equal(read(fd, old, sizeof(old)), 3);
	assert_memory_equal(old, "one", 3);
	(void)close(fd);
	assert_int_equal(stat(fixture->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0640);
	assert_int_equal(walk_folder(fixture, false), 1);

	/* Through a symbolic link it is the target that is replaced. */
	(void)snprintf(link_path, sizeof(link_path), "%s/link", fixture->folder);
	assert_int_equal(symlink("file", link_path), 0);
	assert_int_equal(file_write(link_path, "three", 5, fixture->error,
	    sizeof(fixture->error)), 0);
	assert_int_equal(lstat(link_path, &info), 0);
	assert_true(S_ISLNK(info.st_mode));
	text = test_read_file(fixture->path, NULL);
	assert_string_equal(text, "three");
	free(text);
}

static void
test_write_fails(void **state)
{
	struct fixture *fixture = *state;
	char path[128];
	char got[8] = "";
	struct stat info;

	(void)snprintf(path, sizeof(path), "%s/no/file", fixture->folder);
	assert_int_equal(file_write(path, "x", 1, fixture->error, sizeof(fixture->error)),
	    MIG_ENOTFOUND);
	assert_non_null(strstr(fixture->error, path));
	assert_int_equal(walk_folder(fixture, false), 0);

	/* What is no file is written to and stays what it is. */
	assert_int_equal(mkfifo(fixture->path, 0600), 0);
	int fd = open(fixture->path, O_RDWR);
	assert_true(fd >= 0);
	write_text(fixture, "piped", 5);
	assert_int_equal(read(fd, got, sizeof(got)), 5);
	assert_string_equal(got, "piped");
	(void)close(fd);
	assert_int_equal(lstat(fixture->path, &info), 0);
	assert_true(S_ISFIFO(info.st_mode));
}

static void
test_secret(void **state)
{
	struct fixture *fixture = *state;
	char *secret = NULL;
	char big[5000];

	write_text(fixture, "s3cret \r\nsecond\n", 16);
	assert_int_equal(file_secret(fixture->path, &secret, fixture->error,
	    sizeof(fixture->error)), 0);
	assert_string_equal(secret, "s3cret ");
	free(secret);
	write_text(fixture, "bare", 4);
	assert_int_equal(file_secret(fixture->path, &secret, fixture->error,
	    sizeof(fixture->error)), 0);
	assert_string_equal(secret, "bare");
	free(secret);

	write_text(fixture, "\nx\n", 3);
	assert_int_equal(file_secret(fixture->path, &secret, fixture->error,
	    sizeof(fixture->error)), MIG_EDOC);
	assert_non_null(strstr(fixture->error, "empty"));
	memset(big, 'x', sizeof(big));
	write_text(fixture, big, sizeof(big));
	assert_int_equal(file_secret(fixture->path, &secret, fixture->error,
	    sizeof(fixture->error)), MIG_ELIMIT);
	/* What is in it is nobody's business. */
	assert_null(strstr(fixture->error, "xxx"));

	/* A pipe that nobody writes to is not waited for. */
	assert_int_equal(unlink(fixture->path), 0);
	assert_int_equal(mkfifo(fixture->path, 0600), 0);
	assert_int_equal(file_secret(fixture->path, &secret, fixture->error,
	    sizeof(fixture->error)), MIG_EDOC);
	assert_non_null(strstr(fixture->error, "not a regular file"));
}

static void
test_zone(void **state)
{
	/* A zone file of version 1: no transitions, one type, an hour east. */
	static const char tzif[] = "TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0" "\0\0\0\0" "\0\0\0\0" "\0\0\0\0" "\0\0\0\1" "\0\0\0\4"
	    "\0\0\x0e\x10" "\0" "\0" "ABC";
	static const char *const bad[] = { "", "/file", "../file", "x/../file", "nowhere",
		"text", ".", "file\n" };
	struct fixture *fixture = *state;
	struct mig_zone zone;
	mig_wall now = { NOW_MS };
	char path[128];

	write_text(fixture, tzif, sizeof(tzif));
	(void)snprintf(path, sizeof(path), "%s/text", fixture->folder);
	assert_int_equal(file_write(path, "x", 1, fixture->error, sizeof(fixture->error)), 0);
	assert_int_equal(setenv("TZDIR", fixture->folder, 1), 0);
	int error = file_zone(&now, "file", &zone);
	assert_int_equal(error, 0);
	assert_int_equal(mig_zone_offset(&zone, now), 3600);
	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		if (file_zone(&now, bad[i], &zone) != MIG_ENOTFOUND)
			fail_msg("%s", bad[i]);
	}
	/* UTC needs no file. */
	assert_int_equal(file_zone(&now, "UTC", &zone), 0);
	assert_int_equal(mig_zone_offset(&zone, now), 0);
	assert_int_equal(unsetenv("TZDIR"), 0);
}

/* A large file is mapped, and still there after its memory was given back; a small one is not. */
static void
test_map(void **state)
{
	enum { LARGE = 9 * 1024 * 1024 };
	struct fixture *fixture = *state;
	struct file_map map = { NULL, 1 };
	char *text = malloc(LARGE);

	assert_non_null(text);
	for (size_t i = 0; i < LARGE; i++)
		text[i] = (char)('a' + i / 1000 % 26);
	file_map(fixture->path, LARGE, &map);
	assert_null(map.text);
	write_text(fixture, text, 1000);
	file_map(fixture->path, LARGE, &map);
	assert_null(map.text);
	file_map(fixture->folder, LARGE, &map);
	assert_null(map.text);
	write_text(fixture, text, LARGE);
	file_map(fixture->path, LARGE - 1, &map);
	assert_null(map.text);
	file_map(fixture->path, LARGE, &map);
	assert_non_null(map.text);
	assert_int_equal(map.len, LARGE);
	file_map_passed(map.text, LARGE / 2 + 1);
	assert_memory_equal(map.text, text, LARGE);
	file_unmap(&map);
	assert_null(map.text);
	file_unmap(&map);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_replaces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_secret, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_map, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
