/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What programs do about memory once: a daemon of months after it has started, a tool before it
 * reads something large.
 */
#ifndef MIG_SYS_MEMORY_H
#define MIG_SYS_MEMORY_H

#include <stddef.h>

/*
 * Give back what only starting up needed: free heap pages, and the mapped code of the libraries.
 * Nothing is lost: code that runs again is mapped again from the page cache.
 */
void memory_release_startup(void);

/*
 * Expect that about so many bytes will be allocated in small pieces: the heap is prepared for
 * pages of the large kind, where the system has them.  Takes address space only.
 */
void memory_expect(size_t bytes);

#endif
