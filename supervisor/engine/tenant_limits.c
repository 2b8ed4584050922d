/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_limits.c - what the kernel says to the limits of a tenant. Runs in: cloister-engine.
 */
#include "supervisor/engine/tenants.h"
#include "lib/asks/spawn.h"
#include "supervisor/engine/events.h"
#include "supervisor/engine/limits.h"
#include "supervisor/engine/peers.h"

#include <errno.h>

enum { BARRIERS_MAX = 9 }; /* TenantSet has 8 places, Apply one */

static uint64_t set; /* counts tenant_set() */
static struct {
	uint64_t set;	/* the last one of which a limit was refused */
	struct fault f; /* the first of its limits that was          */
} refused;
static struct {
	uint64_t set;
	struct limits_done done; /* fn NULL: free */
} barrier[BARRIERS_MAX];

static void on_limit(struct engine *e, uint64_t arg, struct reply *r)
{
	if (r->code >= 0 || r->code == -EPIPE) /* a new spawner: the next start sets them */
		return;
	limits_busy(&r->fault);
	event_host(e, EVENT_LIMITS, "refused: %s", r->fault.msg);
	if (refused.set == arg)
		return;
	refused.set = arg;
	refused.f = r->fault;
}

void tenant_limits_anew(void)
{
	set++;
}

void tenant_ask_limit(struct engine *e, const struct spawn_tenant_limit *q)
{
	PEERS_ASK(e, WORKER_SPAWN, SPAWN_TENANT_LIMIT, q, -1, ((struct answer){ on_limit, set }));
}

/* spawn answers in order: what was asked before this is answered by now. */
static void on_barrier(struct engine *e, uint64_t arg, struct reply *r)
{
	struct limits_done done = barrier[arg].done;

	(void)r;
	barrier[arg].done.fn = NULL;
	done.fn(e, done.arg, refused.set == barrier[arg].set ? &refused.f : NULL);
}

void tenant_set_then(struct engine *e, struct limits_done done)
{
	uint64_t n = 0;

	while (n < BARRIERS_MAX && barrier[n].done.fn)
		n++;
	if (n == BARRIERS_MAX) {
		struct fault f;

		(void)fault_set(&f, -EAGAIN, "tenant.set", "too many changes at once; try again");
		done.fn(e, done.arg, &f);
		return;
	}
	barrier[n].set = set;
	barrier[n].done = done;
	PEERS_ASK_EMPTY(e, WORKER_SPAWN, SPAWN_HOST, ((struct answer){ on_barrier, n }));
}
