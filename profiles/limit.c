/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limit.c - the limits of the language.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/limit.h"
#include "lib/plan/plan.h"

#include <sys/resource.h>

#define KIB  (UINT64_C(1) << 10)
#define MIB  (UINT64_C(1) << 20)
#define TIB  (UINT64_C(1) << 40)
#define S_NS UINT64_C(1000000000)
#define NONE LIMIT_NONE

enum {
	PIDS_MOST = 1 << 22,  /* PID_MAX_LIMIT                                    */
	FILES_MOST = 1 << 20, /* fs.nr_open's default                             */
};

/* clang-format off */
const struct limit_row limit_table[LIM__COUNT] = {
	/*                     name            type        to         which              least   most        preset      built tenant */
	[LIM_MEMORY]       = { "memory",       V_BYTES,    TO_KNOB,   KNOB_MEMORY_MAX,   MIB,    1024 * TIB, NONE,       1, 1 },
	[LIM_MEMORY_HIGH]  = { "memory.high",  V_BYTES,    TO_KNOB,   KNOB_MEMORY_HIGH,  MIB,    1024 * TIB, NONE,       1, 1 },
	[LIM_SWAP]         = { "swap",         V_BYTES,    TO_KNOB,   KNOB_SWAP_MAX,     0,      1024 * TIB, 0,          1, 1 },
	[LIM_CPU]          = { "cpu",          V_PERCENT,  TO_KNOB,   KNOB_CPU_MAX,      10,     10240000,   1000,       1, 1 },
	[LIM_CPU_WEIGHT]   = { "cpu.weight",   V_COUNT,    TO_KNOB,   KNOB_CPU_WEIGHT,   1,      10000,      100,        1, 1 },
	[LIM_PIDS]         = { "pids",         V_COUNT,    TO_KNOB,   KNOB_PIDS_MAX,     2,      PIDS_MOST,  64,         1, 1 },
	[LIM_IO_READ]      = { "io.read",      V_BYTERATE, TO_KNOB,   KNOB_IO_RBPS,      1,      NONE - 1,   NONE,       0, 0 },
	[LIM_IO_WRITE]     = { "io.write",     V_BYTERATE, TO_KNOB,   KNOB_IO_WBPS,      1,      NONE - 1,   NONE,       0, 0 },
	[LIM_IO_READ_OPS]  = { "io.read-ops",  V_RATE,     TO_KNOB,   KNOB_IO_RIOPS,     1,      NONE - 1,   NONE,       0, 0 },
	[LIM_IO_WRITE_OPS] = { "io.write-ops", V_RATE,     TO_KNOB,   KNOB_IO_WIOPS,     1,      NONE - 1,   NONE,       0, 0 },
	[LIM_HUGEPAGES]    = { "hugepages",    V_BYTES,    TO_KNOB,   KNOB_HUGETLB_2MB,  0,      1024 * TIB, 0,          1, 1 },
	[LIM_FILES]        = { "files",        V_COUNT,    TO_RLIMIT, RLIMIT_NOFILE,     16,     FILES_MOST, 1024,       1, 0 },
	[LIM_FILE_SIZE]    = { "file-size",    V_BYTES,    TO_RLIMIT, RLIMIT_FSIZE,      KIB,    1024 * TIB, NONE,       1, 0 },
	[LIM_CORE]         = { "core",         V_BYTES,    TO_RLIMIT, RLIMIT_CORE,       0,      1024 * TIB, 0,          1, 0 },
	[LIM_STACK]        = { "stack",        V_BYTES,    TO_RLIMIT, RLIMIT_STACK,      128 * KIB, TIB,     8 * MIB,    1, 0 },
	[LIM_MEMLOCK]      = { "memlock",      V_BYTES,    TO_RLIMIT, RLIMIT_MEMLOCK,    0,      1024 * TIB, 64 * KIB,   1, 0 },
	[LIM_MSGQUEUE]     = { "msgqueue",     V_BYTES,    TO_RLIMIT, RLIMIT_MSGQUEUE,   0,      TIB,        0,          1, 0 },
	[LIM_SIGPENDING]   = { "sigpending",   V_COUNT,    TO_RLIMIT, RLIMIT_SIGPENDING, 0,      1 << 20,    256,        1, 0 },
	[LIM_RTPRIO]       = { "rtprio",       V_COUNT,    TO_RLIMIT, RLIMIT_RTPRIO,     0,      99,         0,          1, 0 },
	[LIM_TMP]          = { "tmp",          V_BYTES,    TO_MOUNT,  0,                 4 * KIB, 1024 * TIB, 64 * MIB,  1, 0 },
	[LIM_SHM]          = { "shm",          V_BYTES,    TO_MOUNT,  0,                 4 * KIB, 1024 * TIB, 64 * MIB,  1, 0 },
	[LIM_VOLUME]       = { "volume",       V_BYTES,    TO_MISC,   LIMIT_VOLUME_SIZE, 4 * KIB, 1024 * TIB, NONE,      0, 0 },
	[LIM_NET_EGRESS]   = { "net.egress",   V_BYTERATE, TO_MISC,   LIMIT_NET_EGRESS,  1,      NONE - 1,   NONE,       0, 0 },
	[LIM_NET_INGRESS]  = { "net.ingress",  V_BYTERATE, TO_MISC,   LIMIT_NET_INGRESS, 1,      NONE - 1,   NONE,       0, 0 },
	[LIM_CONNECTIONS]  = { "connections",  V_COUNT,    TO_MISC,   LIMIT_CONNECTIONS, 1,      1 << 24,    4096,       1, 0 },
	[LIM_LIFETIME]     = { "lifetime",     V_DURATION, TO_MISC,   LIMIT_LIFETIME_NS, S_NS,   NONE - 1,   NONE,       1, 0 },
	[LIM_STARTUP]      = { "startup",      V_DURATION, TO_MISC,   LIMIT_STARTUP_NS,  S_NS / 1000, 3600 * S_NS, 60 * S_NS, 1, 0 },
	[LIM_STOP]         = { "stop",         V_DURATION, TO_MISC,   LIMIT_STOP_NS,     S_NS / 1000, 3600 * S_NS, 10 * S_NS, 1, 0 },
	[LIM_LOG]          = { "log",          V_BYTERATE, TO_MISC,   LIMIT_LOG_RATE,    KIB,    TIB,        MIB,        1, 0 },
};
/* clang-format on */

const char *limit_show(struct arena *a, enum limit_id id, uint64_t v)
{
	if (v == LIMIT_NONE)
		return "none";
	return value_show(a, (enum value_type)limit_table[id].type, v);
}

static bool find_limit(struct cursor *c, struct at name, enum limit_id *ret)
{
	struct nearest nr;
	unsigned int i;

	nearest_init(&nr, at_text(name), name.len);
	for (i = 0; i < LIM__COUNT; i++) {
		if (at_is(name, limit_table[i].name)) {
			*ret = (enum limit_id)i;
			return true;
		}
		nearest_try(&nr, limit_table[i].name);
	}
	diag_nearest(
		c->d,
		diag_error(c->d, 11, name, "unknown limit '%.*s'", (int)name.len, at_text(name)),
		&nr);
	c->failed = true;
	return false;
}

bool limit_read(struct cursor *c, bool none_ok, enum limit_id *ret, uint64_t *ret_value,
		struct at *ret_at)
{
	const struct limit_row *row;
	struct at value;
	uint64_t v = LIMIT_NONE;

	if (!cur_name(c, ret_at, "the limit's name") || !find_limit(c, *ret_at, ret))
		return false;
	row = &limit_table[*ret];
	value = cur_at(c);
	if (cur_accept_word(c, "none")) {
		if (!none_ok)
			diag_error(c->d, 20, value, "'none' stands only in ceilings");
		*ret_value = LIMIT_NONE;
		return none_ok && cur_done(c);
	}
	if (!value_read(c, (enum value_type)row->type, &v))
		return false;
	if (v < row->least || v > row->most) {
		diag_help(c->d, diag_error(c->d, 22, value, "limit %s is out of range", row->name),
			  "from %s to %s", limit_show(c->d->arena, *ret, row->least),
			  limit_show(c->d->arena, *ret, row->most));
		return false;
	}
	*ret_value = v;
	return cur_done(c);
}
