/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systab_data.h - the tables behind systab.h: names, arguments, constants; only for systab.c.
 */
#ifndef CLOISTER_SYSTAB_DATA_H
#define CLOISTER_SYSTAB_DATA_H

#include "profiles/systab.h"

struct sysarg_row {
	uint16_t nr;
	struct sys_arg arg;
};

extern const char *const sysname_table[SYSTAB_LAST + 1]; /* NULL: not known */
extern const struct sysarg_row sysarg_table[];		 /* by nr, then index */
extern const size_t sysarg_count;

extern const struct sys_consts sys_advice, sys_arch, sys_clock, sys_clone, sys_dirfd, sys_family,
	sys_fcntl, sys_flock, sys_futex, sys_ioctl, sys_level, sys_map, sys_memfd, sys_mode,
	sys_msg, sys_open, sys_persona, sys_prctl, sys_prot, sys_proto, sys_rlimit, sys_sched,
	sys_seccomp_flag, sys_seccomp_op, sys_signal, sys_sockflag, sys_sockopt, sys_socktype,
	sys_whence;

#endif
