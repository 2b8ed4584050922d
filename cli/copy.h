/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy.h - one direction of a run's standard input or output. Pure but for read and write.
 */
#ifndef CLOISTER_COPY_H
#define CLOISTER_COPY_H

#include "lib/base/base.h"

#include <stdbool.h>

struct pollfd;

enum {
	COPY_READ = 4096,
	COPY_OUT = 4 * COPY_READ, /* escaping makes four bytes of one, at most */
};

struct copy {
	int from, to; /* -1: this side is over. Both are the caller's numbers, closed here once over
		       */
	bool borrowed_from, borrowed_to; /* not ours: standard input or output, never closed */
	bool shown;			 /* `to` is a terminal: escape what passes (I27)        */
	bool whole;			 /* `to` is a plain file: a write never waits            */
	size_t kept;			 /* bytes of a cut UTF-8 sequence at the head of raw     */
	size_t at, end;			 /* out[at..end) waits to be written                     */
	char raw[COPY_READ];
	char out[COPY_OUT];
};

/* out is left as it is: a fresh page costs more than what it saves. */
void copy_init(struct copy *c, int from, int to);

/* What to wait for; fd -1 where nothing. */
void copy_want(const struct copy *c, struct pollfd *p);

/* Goes on after poll(). Never blocks longer than one page's write. */
void copy_step(struct copy *c, const struct pollfd *p);

/* Nothing more will come: ends the reading side once no byte is waiting in it. */
void copy_finish(struct copy *c, const struct pollfd *p);

bool copy_over(const struct copy *c);
void copy_fini(struct copy *c);

#endif
