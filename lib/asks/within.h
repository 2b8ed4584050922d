/* SPDX-License-Identifier: Apache-2.0 */
/*
 * within.h - what cloister-spawn asks of cloister-compile --within: the sealed bytes of a plan and
 * of a ceiling, and the answer that it seals. Structs only.
 */
#ifndef CLOISTER_ASK_WITHIN_H
#define CLOISTER_ASK_WITHIN_H

#include "lib/base/ids.h"

#define WITHIN_MAGIC "CLWITHN\1"

enum { WITHIN_FD_PLAN = 3, WITHIN_FD_OUT = 4, WITHIN_FD_CEILING = 5 };

enum within_verdict {
	WITHIN_NONE = 0,
	WITHIN_YES,
	WITHIN_BYTES,	  /* plan_check() or plan_within() refuses                  */
	WITHIN_CALL,	  /* nr and args: allowed by the plan, not by the ceiling   */
	WITHIN_UNDECIDED, /* never a pass                                           */
	WITHIN_VERDICTS
};

struct within_answer {
	uint8_t magic[8];
	uint32_t verdict, nr;
	uint64_t args[6];
	uint8_t plan[DIGEST_LEN], ceiling[DIGEST_LEN]; /* body_sha256 of what was decided */
};
_Static_assert(sizeof(struct within_answer) == 8 + 8 + 48 + 2 * DIGEST_LEN, "within_answer");

#endif
