/* SPDX-License-Identifier: Apache-2.0 */
/*
 * out.h - messages on their way to a client, with the descriptors that go along.
 */
#ifndef CLOISTER_OUT_H
#define CLOISTER_OUT_H

#include "lib/base/base.h"

enum { OUT_FDS = 4 };

struct out_message {
	struct out_message *next;
	char *text; /* owned */
	size_t len, done;
	int fd[OUT_FDS]; /* owned; sent with the first byte */
	size_t nfds;
};

struct out {
	int sock; /* borrowed */
	struct out_message *head, *tail;
	size_t bytes; /* that wait */
};

/*
 * Sends text (taken, also on failure) at once as far as the socket takes it, keeps the rest. fds
 * are taken where 0 is returned. Returns 0, or -errno: the connection is of no use any more.
 */
int out_put(struct out *o, char *text, size_t len, int *fds, size_t nfds) MUST_USE;

/* Sends what waits. Returns 0 also when the socket is full. */
int out_flush(struct out *o) MUST_USE;

void out_fini(struct out *o);

#endif
