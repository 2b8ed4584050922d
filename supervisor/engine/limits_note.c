/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits_note.c - limits that are below what is in use. Runs in: cloister-engine.
 */
#include "lib/plan/plan.h"
#include "supervisor/engine/figures.h"
#include "supervisor/engine/limits.h"
#include "supervisor/engine/plans.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void limits_note(struct engine *e, uint32_t w, const uint8_t plan[DIGEST_LEN], char *text,
		 size_t cap)
{
	enum { MIB = 1 << 20 };
	const struct plan_item *p = plans_find(e, plan);
	uint64_t uses = stats_figures(w)->memory;

	text[0] = '\0';
	if (p && p->memory_max < uses)
		(void)snprintf(text, cap,
			       "; it uses %llu MiB: what cannot be taken back is refused or killed",
			       (unsigned long long)(uses / MIB));
}

void limits_busy(struct fault *f)
{
	static const char note[] = "; it uses more than that";
	size_t n = strlen(f->msg);

	if (f->err == -EBUSY && n + sizeof(note) <= sizeof(f->msg))
		memcpy(f->msg + n, note, sizeof(note));
}
