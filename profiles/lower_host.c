/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower_host.c - what this host cannot enforce (P080).
 * Runs in: cloister-compile, tests.
 */
#include "profiles/lower.h"
#include "profiles/diag.h"
#include "lib/asks/spawn.h"

void lower_host(struct job *j)
{
	struct diag *row;

	if (!j->host->landlock_abi) {
		row = diag_error(j->d, 80, j->x->at, "this kernel has no Landlock");
		diag_help(j->d, row,
			  "it needs 5.13 and 'landlock' in the lsm= list; path facts "
			  "would be held by the mounts alone");
	}
	if (!(j->host->flags & HOST_F_MDWE) && !job_has(j, FEAT_JIT) && j->host->any_image) {
		row = diag_warn(j->d, 80, j->x->at,
				"this kernel cannot refuse to execute what was written before");
		diag_help(j->d, row,
			  "it needs 6.3 (PR_SET_MDWE); the filter still refuses "
			  "memory that is both at once");
	}
}
