/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feature.h - the per-tenant toggles of the profile language, one row each (profiles-audit A.6).
 * Pure data; any program.
 */
#ifndef CLOISTER_FEATURE_H
#define CLOISTER_FEATURE_H

#include "lib/base/base.h"

/* The bit's number in plan_features; the order is that of the reference's table. */
enum feature {
	FEAT_THREADS,
	FEAT_FORK,
	FEAT_EXEC,
	FEAT_JIT,
	FEAT_MEMFD,
	FEAT_SHM,
	FEAT_SYSV_IPC,
	FEAT_POSIX_MQ,
	FEAT_TMP,
	FEAT_VOLUME,
	FEAT_NET_LOOPBACK,
	FEAT_NET_INBOUND,
	FEAT_NET_OUTBOUND,
	FEAT_NET_IPV6,
	FEAT_NET_LOW_PORTS,
	FEAT_DNS,
	FEAT_CHANNELS,
	FEAT_PTY,
	FEAT_IO_URING,
	FEAT_USERFAULTFD,
	FEAT_PERF,
	FEAT_PTRACE,
	FEAT_NUMA,
	FEAT_BPF,
	FEAT_KEYRING,
	FEAT_USERNS,
	FEAT_CORE_DUMP,
	FEAT_PROC,
	FEAT_PROC_SYS_READ,
	FEAT_LOG,
	FEAT_REALTIME,
	FEAT__COUNT
};
_Static_assert(FEAT__COUNT <= 64, "a plan keeps features in one word");

#define FEAT_BIT(f) (UINT64_C(1) << (f))

struct feature_row {
	const char *name;  /* as in the language: "net.inbound"                      */
	uint64_t needs;	   /* FEAT_BITs that must be on as well (P040)               */
	uint8_t can_be_on; /* 0: listed so that it can be shown as off (language 1)  */
	uint8_t built;	   /* 0: this version refuses "on" with "not in this version yet" */
	const char *about; /* one line for people                                    */
};

extern const struct feature_row feature_table[FEAT__COUNT];

/* The row's number, or -1. */
int feature_find(const char *name, size_t n);

#endif
