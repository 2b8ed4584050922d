/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - one client connection: who it is, what it asked, what it is told.
 *
 * One call at a time; the next one waits in the buffer until the last reply was given. A handler
 * that answers later keeps struct to, which finds nothing once the client is gone.
 */
#ifndef CLOISTER_SESSION_H
#define CLOISTER_SESSION_H

#include "supervisor/engine/engine.h"

#include <jansson.h>

struct bundle;
struct who; /* who.h */

enum {
	SESSIONS_MAX = 256,
	SESSIONS_PER_UID = 32,
	SESSIONS_KEPT = 32,   /* places for those who may change the host */
	SESSIONS_GUESTS = 96, /* of tenants' own people, all together */
	SESSIONS_PER_GUEST = 8,
	SESSION_OUT_MAX = 1 << 20,   /* unread replies: then the connection ends */
	SESSION_WHOLE_US = 10000000, /* for a message that has begun */
};

struct to {
	uint32_t n, life;
};

/* As the 64-bit argument of whoever answers later, and back. */
static inline uint64_t to_arg(struct to to)
{
	return (uint64_t)to.life << 32 | to.n;
}

static inline struct to arg_to(uint64_t arg)
{
	return (struct to){ (uint32_t)arg, (uint32_t)(arg >> 32) };
}

/* Bits of what a peer may do. */
enum role { ROLE_NONE = 0, ROLE_READ = 1, ROLE_CHANGE = 2 };

struct call {
	struct to to;
	const struct who *who;
	json_t *params; /* checked against the method's row; NULL or an object; borrowed */
	bool more;
};

/* What a client may say while its call is going on, and that it is gone. */
struct call_hooks {
	void (*signal)(struct engine *e, uint64_t arg, uint32_t signal);
	void (*closed)(struct engine *e, uint64_t arg);
};

int sessions_open(struct engine *e, struct fault *f) MUST_USE;

/* Begins to accept; called once the engine is ready. */
int sessions_listen(struct engine *e, struct fault *f) MUST_USE;

/* Are replies still on their way out? */
bool sessions_pending(const struct engine *e);

/* The client is still there to be answered. */
bool session_alive(struct engine *e, struct to to);

/* May the client see this tenant's rows? Not once it is gone. */
bool session_sees(struct engine *e, struct to to, uint32_t tenant);

void session_follow(struct engine *e, struct to to, const struct call_hooks *hooks, uint64_t arg);

/* Bytes of replies that it has not read yet. */
size_t session_backlog(struct engine *e, struct to to);

/* Did its call ask for more than one reply? */
bool session_wants_more(struct engine *e, struct to to);

/* The connection's source texts; NULL: it is gone, or there is no memory. */
struct bundle *session_bundle(struct engine *e, struct to to);

/* params moves in. fds (n of them) are taken, whatever happens; they go with a reply's first byte.
 */
void session_more(struct engine *e, struct to to, json_t *params, int *fds, size_t n);
void session_reply(struct engine *e, struct to to, json_t *params);
void session_error(struct engine *e, struct to to, const char *error, json_t *params);

/* ---- lists that may be longer than one message of 64 KiB (pages.c) ---- */

/*
 * Sends { key: piece } as continued replies until what is left of list fits a last one; returns
 * that, for the caller's last reply. A client that did not call with `more` gets no pieces. list
 * moves in; NULL: out of memory.
 */
json_t *pages_send(struct engine *e, struct to to, const char *key, json_t *list) MUST_USE;

/* All of it: pieces, then { key: the rest, ... members of last }. Both move in; last may be NULL.
 */
void pages_reply(struct engine *e, struct to to, const char *key, json_t *list, json_t *last);

/* ---- errors ---- */

/* The error that fits f: Refused, NotFound, CannotHere or Fault. */
void session_fault(struct engine *e, struct to to, const struct fault *f);

/* Refused, with printf text as its message and what to do about it (NULL: none). */
void session_refuse(struct engine *e, struct to to, const char *site, const char *message,
		    const char *help);

#endif
