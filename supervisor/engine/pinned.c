/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinned.c - plans of an operator who has no 'may plan': spawn makes each itself, of a text whose
 * hash is in the policy block. Runs in: cloister-engine.
 * Must not: believe that it could be otherwise; spawn decides, this only hands over the text.
 */
#include "supervisor/engine/plans.h"
#include "lib/asks/compile.h"
#include "lib/plan/policy.h"
#include "supervisor/engine/compile_req.h"

#include <stdio.h>

int plan_keep_text(struct engine *e, const char *tenant, const char *name, const struct bundle *b,
		   struct plan_item *p, struct fault *f)
{
	char both[2 * LABEL_MAX];
	const struct compile_ask q = { .mode = COMPILE_MAKE, .profile = both, .bundle = b };
	int fd;

	if (e->may & MAY_PLAN)
		return 0;
	(void)snprintf(both, sizeof(both), "%s/%s", tenant, name); /* labels */
	if (compile_req_make(e, &q, &fd, f) < 0)
		return f->err;
	plans_text(p, fd);
	return 0;
}

bool plan_is_made(const struct engine *e, const struct plan_item *p)
{
	return p->text >= 0 && !(e->may & MAY_PLAN);
}
