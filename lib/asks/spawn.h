/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn.h - what others may ask of cloister-spawn. Structs only.
 */
#ifndef CLOISTER_ASK_SPAWN_H
#define CLOISTER_ASK_SPAWN_H

#include "lib/asks/parent.h"

enum spawn_op {
	SPAWN_TENANT_BIND =
		PARENT__COUNT, /* engine: spawn_tenant_bind -> value[0] index, value[1] gen */
	SPAWN_TENANT_FREE,     /* engine: spawn_tenant: nothing of it may be live (-EBUSY)     */
	SPAWN_TENANT_LIMIT, /* engine: spawn_tenant_limit: a knob of the tenant's own cgroup    */
	SPAWN_PLAN_LOAD,    /* engine: spawn_tenant, 1 fd sealed plan -> slot       */
	SPAWN_PLAN_DROP,    /* engine: spawn_slot: nothing starts under it any more       */
	SPAWN_CGROUP_MAKE,  /* engine: spawn_cgroup_make -> slot     */
	SPAWN_CGROUP_KILL,  /* engine: spawn_slot of a cgroup: every process in it dies     */
	SPAWN_CGROUP_DROP,  /* engine: spawn_slot of an empty cgroup (-EBUSY while populated)     */
	SPAWN_CGROUP_LIMITS, /* engine: spawn_cgroup_limits: the limits of another loaded plan, on a
				cgroup that is in use */
	SPAWN_FIGURES,	     /* engine: spawn_figures -> value[0] rows, [1] the next `first` (0: no
				more), 1 fd: memory of so many struct spawn_figure   */
	SPAWN_READY, /* engine: spawn_slot of a start -> value[0]: enum exit_ready, init's claim  */
	SPAWN_GRIP_DROP, /* engine: spawn_slot of a grip that is not in use   */
	/* START, RUN: value[0] = pid of init for people. Refused: value[0] = 1 when it is the
	 * program that cannot be executed (code = -errno of execve). NO_STDIN and log leave far
	 * ends out. */
	SPAWN_START, /* engine: spawn_start -> slot, fds pidfd + far ends of stdin stdout stderr  */
	SPAWN_RUN, /* engine: spawn_start, 1 fd sealed arguments (struct run_args) -> as START    */
	SPAWN_SIGNAL, /* engine: spawn_signal, to the workload's init, which forwards it; to an
			 exec itself, SIGKILL as well */
	SPAWN_LOG,    /* engine: spawn_log, LOG_PARTS fds: regular files opened O_APPEND, the one to
			 begin with first -> slot of a log grip */
	SPAWN_HELPER, /* engine: spawn_helper, 1 fd input -> slot, fds pidfd + output (see enum
			 helper)    */
	SPAWN_MKIMAGE, /* engine: spawn_mkimage -> slot, fds pidfd, write end for the tar, read end
			  of stderr */
	SPAWN_ADOPT, /* engine: spawn_adopt: the first of what lives in the cgroup tree from n on ->
			spawn_adopted in value */
	SPAWN_HOST,  /* engine: nothing -> value[] as enum spawn_host: what this host can  */
	SPAWN_OFFER, /* netd, volumed: spawn_offer, 1 fd -> slot of a grip */
	/* engine: spawn_start: everything of a RUN that is not its command, made ahead and
	 * confined; it waits, and a RUN of the very same objects goes on with it. CGROUP_DROP ends
	 * it. */
	SPAWN_PARK,
	SPAWN_EXEC, /* engine: spawn_exec, 1 fd sealed struct run_args -> as RUN, its environment
		       the plan's alone. Its exit is told as a start's. */
	/* parent: nothing, 2 fds: the sealed request (COMPILE_HOST) and the memfd that the compiler
	 * fills and seals, which stays the sender's. Answered at its end: -EINVAL: it holds errors
	 */
	SPAWN_POLICY_MAKE,
	/* engine: spawn_tenant, 1 fd: sealed request (COMPILE_MAKE) -> slot of the plan that a
	 * compiler of spawn's made of it. Without MAY_PLAN no other plan is started. */
	SPAWN_PLAN_MAKE,
	SPAWN__COUNT,
};

enum spawn_event { SPAWN_EV_EXIT = 1 }; /* struct spawn_exit, to the engine */

struct spawn_tenant_bind {
	uint8_t id[16];
	uint32_t index;	  /* wanted; -EBUSY: owned by another here, -EADDRINUSE: claimed by another
			     supervisor */
	uint32_t ceiling; /* policy_ceiling_id() of its name; a tenant that the operator pinned gets
			     the pin's. One that is bound already changes to it; its gen stays */
};

struct spawn_tenant {
	struct tenant_ref t;
};

struct spawn_tenant_limit {
	struct tenant_ref t;
	uint32_t knob, pad; /* enum plan_knob */
	uint64_t v[2];	    /* UINT64_MAX in v[0]: no limit */
};

struct spawn_slot {
	struct tenant_ref t; /* zero for helpers */
	struct slot s;
};

struct spawn_cgroup_make {
	struct tenant_ref t;
	struct slot plan;	/* its CGROUP section is written before any process exists */
	uint32_t workload, pad; /* the number: directory t/<index>/<workload> */
};

/* Refused as a whole: then those of the plan it has are written again. */
struct spawn_cgroup_limits {
	struct tenant_ref t;
	struct slot cgroup, plan;
};

struct spawn_figures {
	uint32_t first, pad; /* 0, then what the answer before named */
};

/* The kernel's own text of a cgroup, NUL-ended, cut off at FIGURE_BYTES - 1; empty: no such file.
 */
enum figure {
	FIGURE_MEMORY,
	FIGURE_MEMORY_PEAK,
	FIGURE_PIDS,
	FIGURE_OOM,	  /* a line "oom_kill N"                                  */
	FIGURE_CPU,	  /* "usage_usec N"                                       */
	FIGURE_THROTTLED, /* "nr_throttled N", "throttled_usec N" or "throttled_time N" (ns) */
	FIGURE_PSI_CPU,
	FIGURE_PSI_MEMORY,
	FIGURE_PSI_IO,
	FIGURE__COUNT
};
enum { FIGURE_BYTES = 384, FIGURES_PAGE = 64 };
struct spawn_figure {
	struct tenant_ref t;
	struct slot cgroup;
	char text[FIGURE__COUNT][FIGURE_BYTES];
};

enum { START_IMAGES = 4, START_VOLUMES = 8 };
enum start_flag {
	START_NET_OF = 1,   /* net is the start of a running workload of the same tenant, shared */
	START_NO_STDIN = 2, /* stdin is an empty pipe; no far end comes back                   */
	START_TTY = 4,	    /* stdio is a terminal of its own; its far end is the only one     */
};

/* The size of a terminal; zero where nobody knows. */
struct spawn_tty {
	uint16_t rows, columns;
	uint32_t pad;
};

struct spawn_start {
	struct tenant_ref t;
	struct slot cgroup, plan, net,
		log; /* net n = UINT32_MAX: none, made empty at clone3; log likewise */
	struct slot image[START_IMAGES];
	struct slot volume[START_VOLUMES]; /* later */
	uint32_t nimage, nvolume, workload, flags;
	struct spawn_tty tty; /* START_TTY */
	uint8_t op_id[16];
};
_Static_assert(sizeof(struct spawn_start) == 8 * 5 + 8 * 12 + 16 + 8 + 16, "spawn_start");

/* One more command in a running workload: all that it is made of is that workload's. */
struct spawn_exec {
	struct tenant_ref t;
	struct slot start, plan; /* plan: the very bytes that the workload was started under */
	uint32_t workload, flags;
	struct spawn_tty tty;
	uint8_t op_id[16];
};
_Static_assert(sizeof(struct spawn_exec) == 8 * 3 + 8 + 8 + 16, "spawn_exec");

/* The command of a SPAWN_RUN or SPAWN_EXEC: for init alone, spawn looks at seals and size only.
 * Strings are NUL-ended, one behind the other: argc arguments, then envc NAME=VALUE that replace or
 * add to the plan's. */
enum { RUN_ARGS_MAX = 128 * 1024, RUN_ARGC_MAX = 1024, RUN_ENVC_MAX = 128 };
struct run_args {
	uint8_t magic[8]; /* "CLARGS\0\1" */
	uint32_t size, argc, envc, zero;
	/* bytes */
};

struct spawn_signal {
	struct tenant_ref t;
	struct slot s; /* of a start */
	uint32_t signal, pad;
};

enum { LOG_PARTS = 4 };
struct spawn_log {
	struct tenant_ref t;
	uint32_t workload;
	uint32_t part;	   /* the number of the part it begins with */
	uint64_t size_max; /* of a part; a full one is followed by the oldest, begun anew */
	uint64_t rate;	   /* bytes/s */
};

enum helper {
	HELPER_NONE = 0,
	HELPER_COMPILE, /* fd 3 the request (struct compile_req), output: a memfd that it seals
			   (struct compile_out) */
	HELPER__COUNT
};

struct spawn_helper {
	uint32_t helper, pad;
};

struct spawn_mkimage {
	struct slot file; /* GRIP_FILE that volumed offered */
};

struct spawn_adopt {
	uint32_t n, pad; /* 0, then 1 + the slot's number, until -ENOENT: some may end meanwhile */
};
/* Reply: slot = the start's slot, value[0] = workload number | net gen << 32, value[1] = index |
 * gen
 * << 32, value[2] = slot of its cgroup (n | gen << 32), value[3] = pid of init | net n << 32 (net:
 * the slot of its network, gen 0: none is known); fd[0] = its pidfd. */

enum spawn_host {
	HOST_CONTROLLERS = 0, /* value[0]: 4 bits per enum host_controller: 0 none, 1 v1, 2 v2 */
	HOST_LANDLOCK = 1,    /* value[1]: ABI, 0 none                                         */
	HOST_KERNEL = 2,      /* value[2]: KERNEL_VERSION                                      */
	HOST_FLAGS = 3,	      /* value[3]: enum host_flag                                      */
};
enum host_controller {
	CTL_MEMORY,
	CTL_CPU,
	CTL_PIDS,
	CTL_IO,
	CTL_CPUSET,
	CTL_HUGETLB,
	CTL_FREEZER,
	CTL_DEVICES,
	CTL__COUNT
};
enum host_flag {
	HOST_F_MDWE = 1,
	HOST_F_HOST_SOURCE = 2,
	HOST_F_CGROUP_KILL = 4,
	HOST_F_APPARMOR = 8, /* in use */
	HOST_F_LABEL = 16,   /* and workloads run under its profile cloister-workload */
	HOST_F_SELINUX = 32, /* in use; workloads keep the supervisor's label */
};

struct spawn_exit {
	struct slot s;	/* of the start or helper            */
	int32_t status; /* as waitid: CLD_* code             */
	int32_t value;	/* exit code or signal               */
	uint32_t oom;	/* OOM kills of its cgroup           */
	uint32_t flags; /* EXIT_* */
	uint64_t boottime;
	uint64_t utime_us, stime_us;
	/* what cloister-init recorded: a claim (I17) */
	int32_t claim_code, claim_signal;
	uint32_t claim_kind, claim_errno; /* enum exit_claim */
};
enum exit_claim { CLAIM_NONE = 0, CLAIM_EXITED, CLAIM_SIGNALED, CLAIM_EXEC_FAILED };
enum exit_flag { EXIT_UNSEEN = 1 /* adopted: no wait status to be had */ };

/* READY_BLIND: this kernel does not say who listens (no inet_diag). READY_LOST: it was adopted, and
 * what its init records is not seen any more. */
enum exit_ready { READY_NOT = 0, READY_TOLD, READY_BLIND, READY_LOST };

/* The record init leaves in a memfd of this size (I17: range-checked by spawn). */
struct exit_record {
	uint8_t magic[8]; /* "CLEXIT\0\1" */
	uint32_t kind, err;
	int32_t code, signal;
	uint64_t utime_us, stime_us, maxrss_kib;
	uint8_t core, ready, zero[78];
};
_Static_assert(sizeof(struct exit_record) == 128, "exit_record");

enum grip_kind {
	GRIP_NONE = 0,
	GRIP_NET,
	GRIP_IMAGE,
	GRIP_VOLUME,
	GRIP_FILE,
	GRIP_LOG,
	GRIP__COUNT
};

struct spawn_offer {
	struct tenant_ref t; /* zero for GRIP_FILE */
	uint32_t kind, flags;
	uint8_t object[16]; /* image digest's first 16 bytes, pool serial */
};

#endif
