/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* A main for targets without libFuzzer: any compiler, any checker. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "support/test_support.h"

#define PATH_BYTES 4096

static void
replay(const char *path)
{
	size_t len = 0;
	/* Said first: who aborts says nothing any more. */
	(void)printf("%s\n", path);
	(void)fflush(stdout);
	char *text = test_read_file(path, &len);
	/* Of exactly that size, so that a checker sees a read behind the end. */
	uint8_t *data = malloc(len > 0 ? len : 1);
	MIG_ASSERT(data != NULL);
	memcpy(data, text, len);
	free(text);
	(void)LLVMFuzzerTestOneInput(data, len); /* 0 always */
	free(data);
}

/* All files of a directory; how many. */
static size_t
replay_all(const char *path)
{
	size_t count = 0;
	DIR *dir = opendir(path);
	if (dir == NULL)
		return 0;
	for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
		char file[PATH_BYTES];
		if (entry->d_name[0] == '.')
			continue;
		int len = snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		MIG_ASSERT(len > 0 && (size_t)len < sizeof(file));
		replay(file);
		count++;
	}
	(void)closedir(dir); /* was only read */
	return count;
}

/* fuzz_NAME [FILE...]: these files, or all of tests/fuzz/corpus/NAME. */
int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc > 1)
		return 0;

	const char *tree = getenv("MIGARCH_SRCDIR");
	const char *name = strstr(argv[0], "fuzz_");
	char path[PATH_BYTES];
	int len = snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s",
	    tree != NULL ? tree : ".", name != NULL ? name + strlen("fuzz_") : "");
	MIG_ASSERT(len > 0 && (size_t)len < sizeof(path));
	size_t count = replay_all(path);
	(void)printf("%zu files\n", count);
	return count > 0 ? 0 : 1;
}
