/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - the sealed plan: flat, no pointers, the only thing root acts on (profiles-audit B.2).
 *
 * Little-endian; offsets from byte 0; sections in the order of enum plan_section, each (an empty
 * one too) at the first multiple of 8 behind the one before; all unused bytes zero. Written by
 * cloister-compile, checked by plan_check() in spawn, read by spawn (all of it) and cloister-init
 * (IDENT, ENV, EXEC, ARG, SECCOMP, BPF, STRINGS). Ids are inside ids (I8), host paths below /usr.
 */
#ifndef CLOISTER_PLAN_H
#define CLOISTER_PLAN_H

#include "lib/base/base.h"
#include "lib/base/ids.h"

#define PLAN_MAGIC "CLPLAN\0\1" /* 8 bytes, the literal's own NUL is not part of it */

enum {
	PLAN_VERSION = 1,
	PLAN_SIZE_MAX = 1 << 20,
	PLAN_BPF_MAX = 4096, /* BPF_MAXINSNS */
	PLAN_PATH_MAX = 512, /* STRING limit of the language */
	PLAN_MOUNTS_MAX = 64,
	PLAN_IMAGES_MAX = 4,
	PLAN_LLRULES_MAX = 1024,
	PLAN_ENV_MAX = 128,
	PLAN_ARGS_MAX = 256,
};

enum plan_section {
	PLAN_IDENT,	/* 1 struct plan_ident                             */
	PLAN_FEATURES,	/* 1 struct plan_features                          */
	PLAN_NS,	/* 1 struct plan_ns                                */
	PLAN_CAPS,	/* 1 struct plan_caps                              */
	PLAN_RLIMIT,	/* 16 struct plan_rlimit, one per RLIMIT_*, sorted */
	PLAN_CGROUP,	/* n struct plan_cgroup, sorted by knob, unique    */
	PLAN_SECCOMP,	/* 1 struct plan_seccomp (language 1: one program) */
	PLAN_BPF,	/* n struct sock_filter (8 bytes each)             */
	PLAN_SYSRULE,	/* n struct plan_sysrule                           */
	PLAN_LANDLOCK,	/* 1 struct plan_landlock                          */
	PLAN_LLRULE,	/* n struct plan_llrule                            */
	PLAN_MOUNT,	/* n struct plan_mount, in mounting order          */
	PLAN_VOLUME,	/* 0 (volumes come later)                          */
	PLAN_DEVICE,	/* 1 struct plan_device                            */
	PLAN_NETRULE,	/* n struct plan_netrule                           */
	PLAN_CHANNEL,	/* 0 (channels come later)                         */
	PLAN_LIMITMISC, /* n struct plan_limitmisc, sorted by limit        */
	PLAN_ENV,	/* n struct plan_env: the whole environment        */
	PLAN_EXEC,	/* 1 struct plan_exec                              */
	PLAN_ARG,	/* n struct plan_str: argv                         */
	PLAN_EXPECT,	/* n struct plan_expect                            */
	PLAN_NEVER,	/* 0 (never lines come later)                      */
	PLAN_PROV,	/* n struct plan_prov                              */
	PLAN_STRINGS,	/* bytes, stride 1                                 */
	PLAN__COUNT
};

struct plan_sec {
	uint32_t off, len;
	uint16_t count, stride; /* count * stride == len; STRINGS: count 0, stride 1 */
	uint32_t zero;
};
_Static_assert(sizeof(struct plan_sec) == 16, "plan_sec");

enum plan_flag { PLAN_F_HOST_SOURCE = 1 /* a mount has the source host */ };

struct plan_hdr {
	uint8_t magic[8];
	uint32_t total_len;
	uint16_t version, arch;	    /* EM_X86_64 */
	uint8_t body_sha256[32];    /* plan_hash(): of the whole plan with this field zero */
	uint8_t source_sha256[32];  /* canonical text after include resolution       */
	uint8_t ceiling_sha256[32]; /* canonical ceiling set used                    */
	uint32_t min_kernel;	    /* KERNEL_VERSION(a,b,c)                         */
	uint8_t min_landlock_abi;   /* the ABI the LANDLOCK section was made for     */
	uint8_t nsections;	    /* PLAN__COUNT                                   */
	uint16_t flags;		    /* PLAN_F_*                                      */
	struct plan_sec sec[PLAN__COUNT];
};
_Static_assert(sizeof(struct plan_hdr) == 8 + 4 + 4 + 96 + 8 + 16 * PLAN__COUNT, "plan_hdr");

/* Counted from STRINGS, which starts with a NUL: {0,0} is empty. Byte off + len is its NUL. */
struct plan_str {
	uint32_t off, len;
};

enum plan_ready { READY_TIME = 0, READY_LISTEN, READY_NOTIFY, READY__COUNT };
enum plan_missing { MISSING_ERRNO = 0, MISSING_KILL, MISSING__COUNT };
enum plan_stop { STOP_TERM = 0, STOP_INT, STOP_QUIT, STOP__COUNT }; /* asks the program to end */

struct plan_ident {
	struct plan_str profile, hostname, user, timezone;
	uint32_t language, compiler, ready;
	uint16_t missing, stop;
};

struct plan_features {
	uint64_t on, permitted; /* FEAT_BIT(); on is a subset of permitted */
};

struct plan_ns {
	uint64_t clone_mask;	/* CLONE_NEW{USER,PID,NET,NS,UTS,IPC,CGROUP}: always all seven */
	int64_t time_offset[2]; /* 0 in language 1 */
};

struct plan_caps {
	uint64_t effective, permitted, inheritable, bounding, ambient; /* all 0 */
	uint32_t securebits;					       /* 0xef */
	uint8_t no_new_privs;					       /* 1    */
	uint8_t zero[3];
};

struct plan_rlimit {
	uint32_t resource, zero; /* RLIMIT_CPU 0 ... RLIMIT_RTTIME 15 */
	uint64_t soft, hard;	 /* RLIM_INFINITY = UINT64_MAX        */
};

/* Knobs by number, never by file name; sandbox/cgroup.c has the v1 and v2 files of each. */
enum plan_knob {
	KNOB_MEMORY_MAX,  /* bytes; required            */
	KNOB_MEMORY_HIGH, /* bytes                      */
	KNOB_SWAP_MAX,	  /* bytes                      */
	KNOB_OOM_GROUP,	  /* 0 or 1                     */
	KNOB_CPU_MAX,	  /* v[0] quota us, v[1] period us */
	KNOB_CPU_WEIGHT,  /* 1..10000                   */
	KNOB_PIDS_MAX,	  /* tasks; required            */
	KNOB_HUGETLB_2MB, /* bytes                      */
	KNOB_IO_RBPS,
	KNOB_IO_WBPS,
	KNOB_IO_RIOPS,
	KNOB_IO_WIOPS, /* with volumes; refused before */
	KNOB__COUNT
};

struct plan_cgroup {
	uint32_t knob, zero;
	uint64_t v[2];
};

enum plan_seccomp_flag { PLAN_SECCOMP_LISTENER = 1 }; /* it has startup calls: init answers */

struct plan_seccomp {
	uint32_t first, count; /* instructions in BPF; first 0, count all of them */
	uint32_t flags, zero;
};

/* The readable form of the filter. Rows of one (nr, clause) are joined by AND, clauses of one nr by
 * OR. arg 0xff: no condition (the whole call). A compare is (arg & mask) == value, both 64 bits. */
enum { SYSRULE_ALWAYS = 0xff };
struct plan_sysrule {
	uint16_t nr, clause;
	uint8_t phase; /* 0 always; 1 startup (A.10): the whole call           */
	uint8_t arg;   /* 0..5 or SYSRULE_ALWAYS                            */
	uint8_t width; /* 4 or 8 bytes                                      */
	uint8_t zero;
	uint64_t mask, value;
};
_Static_assert(sizeof(struct plan_sysrule) == 24, "plan_sysrule");

struct plan_landlock {
	uint64_t fs, net, scoped; /* handled; masked to min_landlock_abi */
};

enum plan_llrule_flag { LLRULE_OPTIONAL = 1, LLRULE_PORT = 2 };

struct plan_llrule {
	struct plan_str path; /* canonical; trailing / = all beneath it too. Empty with PORT */
	uint64_t access; /* LANDLOCK_ACCESS_FS_* or _NET_*; subset of handled                  */
	uint32_t port, flags;
};

enum plan_mount_kind {
	MOUNT_NONE = 0,
	MOUNT_IMAGE,   /* path name inside the image digest         */
	MOUNT_HOST,    /* path name on the host, at or below /usr   */
	MOUNT_TMPFS,   /* size, mode, owner = workload              */
	MOUNT_PROC,    /* flags MOUNT_F_PROC_FULL                   */
	MOUNT_DEVICES, /* target /dev, nodes of the DEVICE section  */
	MOUNT_DEVPTS,  /* target /dev/pts                           */
	MOUNT_MQUEUE,  /* target /dev/mqueue                        */
	MOUNT__COUNT
};

enum plan_mount_flag { MOUNT_F_PROC_FULL = 1 };

/*
 * Mounts below the root skeleton (a read-only tmpfs that spawn makes: DEVICES, the generated /etc,
 * empty directories for targets and the links bin sbin lib lib64 var/run). Order: a parent's target
 * before its children's. TMPFS, PROC, DEVPTS and MQUEUE are made per start; IMAGE, HOST and DEVICES
 * belong to the template and may not lie beneath one made per start.
 */
struct plan_mount {
	struct plan_str target; /* canonical, no trailing /                         */
	struct plan_str name;	/* IMAGE, HOST: path there; else empty              */
	uint32_t kind, flags;
	uint64_t attr;	      /* MOUNT_ATTR_*: NOSUID; NODEV but DEVICES, DEVPTS  */
	uint64_t size;	      /* TMPFS: bytes, nr_inodes = size / 4096            */
	uint32_t mode, order; /* TMPFS: octal; order = row number                 */
	uint8_t digest[32];   /* IMAGE: SHA-256 of the EROFS file                 */
};

/* Bits of plan_device.nodes. */
enum plan_node {
	NODE_NULL,
	NODE_ZERO,
	NODE_FULL,
	NODE_RANDOM,
	NODE_URANDOM,
	NODE_TTY,
	NODE_PTMX,
	NODE__COUNT
};

struct plan_device {
	uint64_t nodes;
};

enum plan_dir { NET_IN = 1, NET_OUT = 2 };

struct plan_netrule {
	uint8_t dir, proto, prefix, family; /* proto 6 or 17; family 4, 6 or 0 = any */
	uint16_t port_lo, port_hi;
	uint8_t addr[16];
};

/* Limits that neither a cgroup nor an rlimit holds. */
enum plan_limit {
	LIMIT_LIFETIME_NS,
	LIMIT_STARTUP_NS,
	LIMIT_STOP_NS,
	LIMIT_LOG_RATE,
	LIMIT_CONNECTIONS,
	LIMIT_NET_EGRESS,
	LIMIT_NET_INGRESS,
	LIMIT_VOLUME_SIZE,
	LIMIT__COUNT
};

struct plan_limitmisc {
	uint32_t limit, zero;
	uint64_t value;
};

struct plan_env {
	struct plan_str name, value;
};

struct plan_exec {
	struct plan_str path;  /* empty: the command comes with the start (SPAWN_RUN)      */
	struct plan_str cwd;   /* canonical, "/" by default                                */
	uint32_t uid, gid;     /* inside ids, W = ID_WORKLOAD                              */
	uint32_t umask, nargs; /* nargs = rows of ARG, argv[0] included; 0 when path empty */
};

struct plan_expect {
	uint32_t property; /* enum property (lib/plan/property.h) */
	uint32_t kind;	   /* 0: value, 1: text                   */
	uint64_t value;
	struct plan_str text;
};

struct plan_prov {
	uint32_t section, index; /* the row this is about */
	struct plan_str file;
	uint32_t line, column;
};

/* ---- reading; every accessor assumes a plan that passed plan_check() ---- */

/* Row i of a section, NULL past its count. */
static inline const void *plan_row(const void *plan, enum plan_section s, size_t i)
{
	const struct plan_hdr *h = plan;

	if (i >= h->sec[s].count)
		return NULL;
	return (const uint8_t *)plan + h->sec[s].off + i * h->sec[s].stride;
}

static inline size_t plan_count(const void *plan, enum plan_section s)
{
	return ((const struct plan_hdr *)plan)->sec[s].count;
}

/* The NUL-ended string behind a reference. */
static inline const char *plan_text(const void *plan, struct plan_str s)
{
	const struct plan_hdr *h = plan;

	return (const char *)plan + h->sec[PLAN_STRINGS].off + s.off;
}

#endif
