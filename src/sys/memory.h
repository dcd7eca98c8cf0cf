/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What a daemon of months does about memory once, after it has started.
 */
#ifndef MIG_SYS_MEMORY_H
#define MIG_SYS_MEMORY_H

/*
 * Give back what only starting up needed: free heap pages, and the mapped code of the libraries.
 * Nothing is lost: code that runs again is mapped again from the page cache.
 */
void memory_release_startup(void);

#endif
