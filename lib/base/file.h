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

/* Writes the whole text in one call. Returns 0 or -errno. */
int file_put(int dir, const char *name, const char *text) MUST_USE;

/* Reads at most cap - 1 bytes, NUL-ended; empty where there is no such file. Returns the length. */
size_t file_text(int dir, const char *name, char *text, size_t cap);

#endif
