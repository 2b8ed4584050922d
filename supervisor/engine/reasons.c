/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reasons.c - exit reasons told apart. Runs in: cloister-engine. Pure.
 */
#include "supervisor/engine/reasons.h"
#include "lib/asks/spawn.h"

#include <signal.h>

enum { CODE_EXEC = 127, CODE_SIGNALED = 128 }; /* what init ends with (sandbox/init.c) */

/* The finer account that init gives of its own exit code. */
static void refine(struct exit_row *r, const struct spawn_exit *x)
{
	if (x->claim_kind == CLAIM_EXEC_FAILED && x->value == CODE_EXEC) {
		r->reason = EXIT_EXEC;
		r->err = -(int32_t)(x->claim_errno & 0xfff);
		r->claim = 1;
	} else if (x->claim_kind == CLAIM_SIGNALED && x->value == CODE_SIGNALED + x->claim_signal) {
		r->code = 0;
		r->signal = x->claim_signal;
		r->claim = 1;
	}
}

/* What ended it, where it was not simply its own doing. */
static uint32_t cause(const struct exit_row *r, uint32_t flags, bool stopped)
{
	bool asked = stopped || flags & WF_KILLED;

	if (r->signal == SIGKILL && r->oom)
		return EXIT_OOM;
	if (flags & WF_TIMEOUT)
		return EXIT_TIMEOUT;
	if (flags & WF_LIFETIME)
		return EXIT_LIFETIME;
	if (r->signal == SIGSYS)
		return EXIT_REFUSED;
	if (asked && (r->signal == SIGKILL || r->signal == SIGTERM))
		return EXIT_KILLED;
	return r->signal ? EXIT_SIGNAL : EXIT_CODE;
}

struct exit_row reason_of(const struct spawn_exit *x, uint32_t flags, bool stopped)
{
	struct exit_row r = { .reason = EXIT_LOST };

	if (x)
		r.oom = x->oom;
	if (!x || x->flags & EXIT_UNSEEN) {
		/* no wait status: but what we did to it ourselves is known */
		r.reason = flags & WF_TIMEOUT	 ? EXIT_TIMEOUT
			   : flags & WF_LIFETIME ? EXIT_LIFETIME
						 : EXIT_LOST;
		return r;
	}
	if (x->status == CLD_KILLED || x->status == CLD_DUMPED) {
		r.signal = x->value;
	} else {
		r.code = x->value;
		refine(&r, x);
	}
	if (r.reason != EXIT_EXEC)
		r.reason = cause(&r, flags, stopped);
	return r;
}

bool reason_is_well(const struct exit_row *r)
{
	return r->reason == EXIT_CODE && r->code == 0;
}
