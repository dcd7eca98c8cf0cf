/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/mman.h>

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "sys/memory.h"

/*
 * libcurl's own libraries run megabytes of initialisation once.  Only read-only code mapped from a
 * file is dropped: it is never written to, so the file has all there is to it.
 */
static void
drop_code(const char *line)
{
	uintptr_t first = 0;
	uintptr_t end = 0;
	char rights[5] = "";
	unsigned long inode = 0;

	if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*x %*x:%*x %lu", &first, &end, rights,
	    &inode) != 4 || strcmp(rights, "r-xp") != 0 || inode == 0)
		return;
	/* Advice only: when the kernel does not take it, nothing is lost. */
	(void)madvise((void *)first, end - first, MADV_DONTNEED);
}

void
memory_release_startup(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	(void)malloc_trim(0); /* says whether there was anything to trim */
	if (maps == NULL)
		return;
	while (fgets(line, sizeof(line), maps) != NULL)
		drop_code(line);
	(void)fclose(maps); /* only read from */
}
