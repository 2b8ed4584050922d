/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limit.h - the limits of the language, one row each (profiles-audit A.7). Pure data.
 */
#ifndef CLOISTER_LIMIT_H
#define CLOISTER_LIMIT_H

#include "profiles/value.h"

enum limit_id {
	LIM_MEMORY,
	LIM_MEMORY_HIGH,
	LIM_SWAP,
	LIM_CPU,
	LIM_CPU_WEIGHT,
	LIM_PIDS,
	LIM_IO_READ,
	LIM_IO_WRITE,
	LIM_IO_READ_OPS,
	LIM_IO_WRITE_OPS,
	LIM_HUGEPAGES,
	LIM_FILES,
	LIM_FILE_SIZE,
	LIM_CORE,
	LIM_STACK,
	LIM_MEMLOCK,
	LIM_MSGQUEUE,
	LIM_SIGPENDING,
	LIM_RTPRIO,
	LIM_TMP,
	LIM_SHM,
	LIM_VOLUME,
	LIM_NET_EGRESS,
	LIM_NET_INGRESS,
	LIM_CONNECTIONS,
	LIM_LIFETIME,
	LIM_STARTUP,
	LIM_STOP,
	LIM_LOG,
	LIM__COUNT
};

enum limit_target { TO_NOTHING = 0, TO_KNOB, TO_RLIMIT, TO_MISC, TO_MOUNT };

#define LIMIT_NONE UINT64_MAX /* no bound */

struct limit_row {
	const char *name;
	uint32_t type;	/* enum value_type                                          */
	uint32_t to;	/* enum limit_target, and which of it:                      */
	uint32_t which; /* enum plan_knob, RLIMIT_*, enum plan_limit                */
	uint64_t least, most;
	uint64_t preset;   /* if unset; LIMIT_NONE: none                            */
	uint8_t built;	   /* 0: refused in profiles, accepted in ceilings          */
	uint8_t in_tenant; /* may stand in a tenant, on its own cgroup              */
};

extern const struct limit_row limit_table[LIM__COUNT];

/* "limit NAME VALUE" behind the word limit: the row's number and the value; none_ok: "none" gives
 * LIMIT_NONE. *ret_at is where the name stands. Reports P011, P020-P022. */
bool limit_read(struct cursor *c, bool none_ok, enum limit_id *ret, uint64_t *ret_value,
		struct at *ret_at);

/* The value as a person writes it. */
const char *limit_show(struct arena *a, enum limit_id id, uint64_t v);

#endif
