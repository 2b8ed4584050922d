/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant.c - units of .tenant files.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/work.h"

int tenant_files(struct work *w, struct fault *f)
{
	uint32_t i;

	(void)f;
	for (i = 0; i < w->lib.nunit; i++)
		if (w->lib.unit[i].kind == UNIT_TENANT || w->lib.unit[i].kind == UNIT_IMAGE)
			diag_later(&w->d, w->lib.unit[i].name, "this unit");
	return 0;
}
