/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers.h - asking spawn, netd and volumed, and hearing from cloisterd.
 *
 * A request is queued and its answer comes to a function later, never before peers_ask() has
 * returned (but when the queue is full). A peer that breaks is let go of: what it owed is answered
 * with -EPIPE; cloisterd brings a new edge.
 */
#ifndef CLOISTER_PEERS_H
#define CLOISTER_PEERS_H

#include "lib/asks/parent.h"
#include "lib/wire/frame.h"
#include "supervisor/engine/engine.h"

/* Who hears the answer. r's descriptors are closed afterwards unless fn takes them (fd_take). */
struct answer {
	void (*fn)(struct engine *e, uint64_t arg, struct reply *r);
	uint64_t arg;
};

enum { ASK_BODY_MAX = 256, ASKS_MAX = 2048, ASKS_AT_ONCE = 32 };

int peers_open(struct engine *e, struct fault *f) MUST_USE;

/* Instead of all else: tells cloisterd why this engine cannot serve. Waits for its word. */
void peers_refuse(const struct fault *why);

/* What is asked: a body of exactly size bytes; descriptors are taken, fd -1 for none. */
struct question {
	enum worker to;
	uint16_t op;
	const void *body;
	size_t size;
	int fd;
	size_t nmore; /* descriptors besides fd */
	int more[FRAME_FDS_MAX - 1];
};
void peers_ask(struct engine *e, const struct question *q, struct answer a);

#define PEERS_ASK(e, to, op, body, fd, a)                                                          \
	peers_ask(e,                                                                               \
		  &(struct question){ to, (uint16_t)(op), body, sizeof(*(body)), fd, 0, { 0 } },   \
		  a)
#define PEERS_ASK_EMPTY(e, to, op, a)                                                              \
	peers_ask(e, &(struct question){ to, (uint16_t)(op), "", 0, -1, 0, { 0 } }, a)

bool peers_has(const struct engine *e, enum worker w);

/* For people: how many times an edge was replaced, and the worker's pid (0: not known). */
uint32_t peers_restarts(const struct engine *e, enum worker w);
uint32_t peers_pid(const struct engine *e, enum worker w);

/* What peers.c calls: in recover.c. */
void recover_edge(struct engine *e, enum worker w);    /* a new edge is there           */
void recover_policy(struct engine *e);		       /* it changed                   */
void recover_run(struct engine *e);		       /* set-up is over               */
void recover_lost(struct engine *e, enum worker w);    /* its edge broke               */
void exits_event(struct engine *e, const void *event); /* struct spawn_exit of spawn */

#endif
