/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/mman.h>

#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/memory.h"

#define MMAP_THRESHOLD (32 * 1024 * 1024) /* the largest that malloc() takes */
#define HEAP_STEP (16U * 1024U * 1024U)
#define PAGE_LARGE (2U * 1024U * 1024U)

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

void
memory_expect(size_t bytes)
{
	int pad = bytes < INT_MAX ? (int)bytes : INT_MAX;

	/* One piece of heap for all: no block is mapped for itself, and nothing is given back. */
	if (mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD) == 0 || mallopt(M_TOP_PAD, pad) == 0)
		return;
	(void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
	char *first = malloc(HEAP_STEP);
	(void)mallopt(M_TOP_PAD, 0);
	char *end = sbrk(0);
	uintptr_t from = ((uintptr_t)first + PAGE_LARGE - 1) / PAGE_LARGE * PAGE_LARGE;
	if (first != NULL && from < (uintptr_t)end)
		/* Advice only: when the kernel does not take it, nothing is lost. */
		(void)madvise((void *)from, (uintptr_t)end - from, MADV_HUGEPAGE);
	free(first);
}
