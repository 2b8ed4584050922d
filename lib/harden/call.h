/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.h - one row of a seccomp list, for syscalls.h and confine.c alone.
 */
#ifndef CLOISTER_CALL_H
#define CLOISTER_CALL_H

#include "lib/base/base.h"

#include <seccomp.h>

enum { CONFINE_CONDS = 2 };

struct confine_call {
	int nr;
	uint32_t nconds;
	struct scmp_arg_cmp cond[CONFINE_CONDS];
};

/* Compares the low 32 bits, which is all that the kernel looks at in an int. */
#define WHEN(arg_, value_)                                                                         \
	{                                                                                          \
		.arg = (arg_), .op = SCMP_CMP_MASKED_EQ, .datum_a = 0xffffffffu,                   \
		.datum_b = (uint32_t)(value_)                                                      \
	}

#endif
