/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logparts.h - a service's output: four files below log/ that its relay writes in a ring.
 *
 * A position in a log is one number that grows: the part's number above LOG_OFFSET_BITS, the offset
 * in it below. It stays true while the part is there; later it is moved to the oldest that is.
 */
#ifndef CLOISTER_LOGPARTS_H
#define CLOISTER_LOGPARTS_H

#include "supervisor/engine/workloads.h"

#include "lib/asks/spawn.h"

enum { LOG_OFFSET_BITS = 40, LOG_PART_SIZE = 4 << 20, LOG_LINES_MAX = 10000 };

/* To be written: the part to go on with first, its number in *ret_number. 0, or <0 and none open.
 */
int log_open(const struct engine *e, uint32_t w, int ret_fd[LOG_PARTS], uint32_t *ret_number,
	     struct fault *f) MUST_USE;

/* To be read: the parts that are there, oldest first. */
struct log_part {
	int fd;
	uint64_t number;
	uint64_t begin, end; /* offsets: behind the line that names it; of its end */
};
struct log_view {
	uint32_t n;
	struct log_part part[LOG_PARTS];
};
void log_view_open(const struct engine *e, uint32_t w, struct log_view *v);
void log_view_fini(struct log_view *v);

/* Reads on from *position, not beyond one part, and moves it. Returns how much; 0: its end. */
size_t log_read(const struct log_view *v, uint64_t *position, char *dst, size_t cap);

/* Where the last n lines begin, looked for in at most LOG_TAIL_BYTES from the end. */
enum { LOG_TAIL_BYTES = 1 << 20 };
uint64_t log_tail(const struct log_view *v, uint32_t n);

/* Pure: the number in a part's first line; its length in *ret_len; 0 and 0 for part 0. */
uint64_t log_head(const char *text, size_t n, size_t *ret_len);

#endif
