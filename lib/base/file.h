/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - the small files of procfs and cgroupfs, by a directory that is open. No allocation.
 * Links in the last part of a name are never followed.
 */
#ifndef CLOISTER_FILE_H
#define CLOISTER_FILE_H

#include "lib/base/base.h"

/* Opens a directory. -1 and errno. */
int file_dir(int dir, const char *name);

/* The same, and the removal of an empty one, for names that are numbers. */
int file_dir_number(int dir, uint32_t number);
int file_rmdir_number(int dir, uint32_t number);

/* Writes the whole text in one call. Returns 0 or -errno. */
int file_put(int dir, const char *name, const char *text) MUST_USE;

/* Reads at most cap - 1 bytes, NUL-ended; empty where there is no such file. Returns the length. */
size_t file_text(int dir, const char *name, char *text, size_t cap);

/* Calls fn for each directory in dir (open for reading) that is named by a number, until it returns
 * < 0. Returns that, 0, or -errno of the listing. */
int file_numbers(int dir, int (*fn)(void *ctx, uint32_t number), void *ctx) MUST_USE;

#endif
