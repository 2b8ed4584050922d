/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_startup.h - filters of init and its child, and the answers to startup calls.
 */
#ifndef CLOISTER_INIT_STARTUP_H
#define CLOISTER_INIT_STARTUP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct startup {
	long listener, timer; /* -1: the plan has no startup calls */
	bool over;	      /* no startup call any more          */
	bool counted;	      /* the clock runs                    */
};

/* seccomp(2) with a program: its result or -errno. */
long filter_load(const struct sock_filter *code, size_t n, long flags);

/* Init's own filter (I13); answers: with what startup_answer() needs. 0 or -errno. */
long init_filter_load(bool answers);

/* In the child: the number of its listener, -1 when there will be none; init waits for this. */
void startup_tell(int32_t *shared, int32_t n);

/*
 * In init, before its filter. The child shares our table of descriptors until here, so its listener
 * is in ours as well; we part before we answer its first startup call, the exec, which closes the
 * child's. A child that failed leaves *s as it is. 0 or -errno.
 */
long startup_take(struct startup *s, int32_t *shared, long child);

/* One call waits at the listener: it goes on, or it is refused. The first one starts the clock. */
void startup_answer(struct startup *s, const void *plan);

#endif
