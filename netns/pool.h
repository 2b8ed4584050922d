/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.h - network namespaces made ahead of need, one queue per combination of flags, never used
 * twice.
 */
#ifndef CLOISTER_NETNS_POOL_H
#define CLOISTER_NETNS_POOL_H

#include "netns/link.h"

#include "lib/asks/netd.h"

#include <stdbool.h>

/* Where netd itself lives: a mount namespace with nothing in it and a network namespace of its own,
 * so that it has no path and no link of the host at hand. */
struct home {
	int proc; /* a procfs that is mounted nowhere: the one way to a file */
	int net;  /* the home network namespace, to come back to            */
};

/* Leaves the host's namespaces. Once, at start, with CAP_SYS_ADMIN. Returns 0 or a fault. */
int home_enter(struct home *h, struct fault *f) MUST_USE;

/* Below LOW a queue is filled as soon as no request waits: a run of starts, each some ms, would
 * else come to an empty one. A namespace takes 0.3 ms, 0.55 after quiet. */
enum { POOL_DEPTH = 4, POOL_LOW = 2, POOL_QUEUES = NETD_FLAGS + 1 };

struct pool_queue {
	int fd[POOL_DEPTH];
	uint32_t n;
};

struct pool {
	struct home home;
	struct census census;
	struct pool_queue queue[POOL_QUEUES]; /* index: enum netd_flag bits */
	bool lost;			      /* the way home failed: nothing here is safe to use */
	bool no_ipv6;			      /* this kernel has none: those queues stay empty */
	uint64_t life, made;		      /* start time of this process, namespaces so far */
};

/* Empty; every queue has no namespace. */
void pool_init(struct pool *p);

/* Enters home and opens the census. Returns 0 or a fault. */
int pool_open(struct pool *p, struct fault *f) MUST_USE;
void pool_close(struct pool *p);

/* Pure. The flags of the queue that lacks most, the lowest of several; -1: all are full. */
int pool_wants(const struct pool *p);

/* Pure. Has a queue less than POOL_LOW? */
bool pool_low(const struct pool *p);

/* Pure. Namespaces that wait, and those that were handed out and are not gone yet. */
uint32_t pool_ready(const struct pool *p);
uint32_t pool_out(const struct pool *p);

/* Pure. Puts fd into its queue and returns 0, or -ENOSPC: the caller keeps it. */
int pool_put(struct pool *p, uint32_t flags, int fd) MUST_USE;

/* Pure. Takes the oldest of its queue; -1: none. The caller owns it. */
int pool_pop(struct pool *p, uint32_t flags);

/*
 * Makes one namespace: settings written, lo as flags say, owned by the initial user namespace.
 * Returns 0, or a fault; with `lost` set the process is in no known namespace: exit.
 */
int pool_make(struct pool *p, uint32_t flags, int *ret_fd, struct fault *f) MUST_USE;

#endif
