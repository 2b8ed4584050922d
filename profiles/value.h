/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - values of the language: numbers with units, strings, paths (profiles-audit A.2), and
 * the limits that have some (A.7).
 */
#ifndef CLOISTER_VALUE_H
#define CLOISTER_VALUE_H

#include "profiles/tree.h"

enum value_type {
	V_COUNT,    /* 4096                    */
	V_BYTES,    /* 64KiB                   */
	V_RATE,	    /* 500/s                   */
	V_BYTERATE, /* 10MiB/s                 */
	V_PERCENT,  /* 150%: stored in permille */
	V_DURATION, /* 30s: stored in ns       */
	V__COUNT
};

/* Takes one value of the type. Reports P020, P021 or P022 and returns false otherwise. */
bool value_read(struct cursor *c, enum value_type type, uint64_t *ret);

/* A plain number: decimal, 0x or 0o, with '-' only where may_sign; the 64-bit two's complement. */
bool value_int(struct diags *d, struct at at, bool may_sign, uint64_t *ret);

/* Takes 'lo..hi' or one number; for ports and argument values. */
bool value_range(struct cursor *c, bool may_sign, uint64_t *ret_lo, uint64_t *ret_hi);

/* Takes a STRING; *ret is its content, NUL-ended, in the arena; *ret_at where it stood. */
bool value_string(struct cursor *c, const char **ret, struct at *ret_at);

/* Takes a PATH: canonical, absolute (P030). */
bool value_path(struct cursor *c, const char **ret, struct at *ret_at);

/* "512MiB", "150%", "30s": the value in its largest exact unit, in the arena. */
const char *value_show(struct arena *a, enum value_type type, uint64_t v);

/* Takes a NAME that is a LABEL (A.17); what: for the report. *ret is NUL-ended, in the arena. */
bool value_label(struct cursor *c, const char *what, const char **ret, struct at *ret_at);

/* Is it a LABEL that nobody has taken? Reports P100 otherwise. */
bool value_is_label(struct diags *d, struct at at);

/* Takes sha256: and 64 hex digits. */
bool value_sha256(struct cursor *c, uint8_t ret[32]);

/* ---- limits, one row each; pure data ---- */

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
