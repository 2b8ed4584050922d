/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - one forbidden action, how it must be refused, and where the same code must succeed.
 *
 * A probe is a row. attempt() is run inside a tenant, where it must fail as `expect` says, and by
 * the control outside, where it must work: a refusal that nothing can turn into success proves
 * nothing.
 */
#ifndef CLOISTER_PROBE_H
#define CLOISTER_PROBE_H

#include "lib/base/base.h"

#include <stdbool.h>
#include <sys/types.h>

/* What attempt() answers besides 0 (it worked: bad) and -errno (refused). Also used in expect[]. */
enum probe_result {
	PROBE_REACHED = 0,
	PROBE_ABSENT = 1001, /* the target is not visible, or the act had no effect */
	PROBE_CAPPED,	     /* a limit was reached                                 */
	PROBE_KILLED,	     /* the filter killed the process (SIGSYS)              */
	PROBE_SKIP,	     /* cannot be tried here; ctx->note says why            */
	PROBE_LOST,	     /* the probe's process ended without an answer         */
};

enum probe_flag {
	P_CRITICAL = 1, /* must survive the loss of any one layer                         */
	P_NONCE = 2,	/* "reached" counts only with the canary's nonce in hand           */
	P_HOST = 4,	/* control stays in the harness's namespaces: the canary is there  */
	P_OUTSIDE = 8,	/* tried by a host process against a workload, not from inside     */
	P_ALONE = 16,	/* uses something up: only where it is asked for by name            */
};

enum probe_control {
	C_ROOT, /* outside, as root          */
	C_USER, /* outside, as CONTROL_UID   */
};

/* What is believed to stop it (reliability.md 1). */
enum probe_layer {
	L_MNT = 1 << 0,
	L_NS = 1 << 1,
	L_UNS = 1 << 2,
	L_CAP = 1 << 3,
	L_NNP = 1 << 4,
	L_SEC = 1 << 5,
	L_ARG = 1 << 6,
	L_LL = 1 << 7,
	L_NET = 1 << 8,
	L_CG = 1 << 9,
	L_DEV = 1 << 10,
	L_RL = 1 << 11,
	L_FD = 1 << 12,
	L_ENV = 1 << 13,
	LAYERS = 14,
};

enum {
	CONTROL_UID = 61234, /* nobody's: the canary process and the C_USER controls */
	TARGETS_MAX = 40,
	NOTE_MAX = 120,
	TARGET_MAX = 256,
	PROBE_SECONDS = 60,
	EXPECT_MAX = 4,
};

struct target {
	char key[24];
	char value[TARGET_MAX];
};

struct probe_ctx {
	const struct probe *probe;
	const char *nonce;
	const char *scratch; /* a directory that may be written */
	bool outside;	     /* this is the control              */
	bool nonce_seen;
	pid_t shim; /* what pt.shim-* attack: 1 inside, a process of the same uid outside */
	char note[NOTE_MAX];
	struct target target[TARGETS_MAX];
	size_t ntarget;
};

struct probe {
	const char *id;
	const char *what; /* one line for people */
	unsigned flags;
	int expect[EXPECT_MAX]; /* errno values and PROBE_*, 0-ended */
	unsigned layers;
	enum probe_control control;
	int (*stage)(struct probe_ctx *c);   /* control only, as root: what the outside must have */
	int (*attempt)(struct probe_ctx *c); /* the same code in both places */
	const void *arg;
};

struct probe_list {
	const struct probe *row;
	size_t n;
};

/* For arg: one number that outlives the row. */
#define FLAGS(f)                                                                                   \
	(const unsigned long[])                                                                    \
	{                                                                                          \
		(f)                                                                                \
	}
#define HIGH 0x100000000UL /* the kernel ignores it, a 64-bit compare does not */

extern const struct probe_list fs_list, proc_list, dev_list, mnt_list, ns_list, cap_list, sec_list,
	call_list, pt_list, shim_list, side_list, net_list, sock_list, ipc_list, tty_list,
	stdio_list, uid0_list, shared_list, res_list, time_list, look_list;

/* The n-th probe of all, or NULL. */
const struct probe *probe_at(size_t n);
const struct probe *probe_find(const char *id);

/* The value of a target given on the command line, or NULL with the note set. */
const char *target_borrow(struct probe_ctx *c, const char *key);
/* Adds or replaces one; "KEY=VALUE". Returns 0 or -EINVAL. */
int target_add(struct probe_ctx *c, const char *text) MUST_USE;

/* The answer of a system call as attempt() gives it. */
int answer(long r);
/* The same, remembering which step it was. */
int step(struct probe_ctx *c, const char *what, long r);
/* Sets the note and returns PROBE_SKIP. */
int skip(struct probe_ctx *c, const char *why);
/* Sets the note and returns PROBE_ABSENT. */
int absent(struct probe_ctx *c, const char *why);

/* Does the text hold the nonce? Remembers it. */
bool nonce_in(struct probe_ctx *c, const char *text, size_t n);
/* Opens path below dirfd and looks for the nonce: 0, PROBE_ABSENT (other content) or -errno. */
int nonce_file(struct probe_ctx *c, int dirfd, const char *path);
/* Reads from fd (a connection) until the nonce, the end or a second is over. */
int nonce_stream(struct probe_ctx *c, int fd);

/* The path of `name` in the scratch directory, in a buffer of TARGET_MAX bytes. */
const char *scratch_path(struct probe_ctx *c, char *buf, const char *name);
/* Puts text into a file that exists. Returns 0 or -errno. */
int write_text(const char *path, const char *text);
/* Reads up to n - 1 bytes, NUL-ended. Returns the length or -errno. */
ssize_t read_text(const char *path, char *buf, size_t n);

/* Becomes uid (and gid) with no groups, dumpable. Ends the process when it cannot. */
void become(uid_t uid);

/* Runs one probe in a forked child of its own. */
struct outcome {
	int code; /* as attempt(), PROBE_KILLED, PROBE_LOST */
	bool nonce_seen;
	unsigned long us;
	char note[NOTE_MAX];
};
void probe_run(const struct probe *p, const struct probe_ctx *base,
	       void (*place)(struct probe_ctx *), struct outcome *out);
const char *verdict_of(const struct probe *p, const struct outcome *o);
void report(const struct probe *p, const char *as, const struct outcome *o, const char *control);

/* The lowest descriptor above 2 that was open when main began; -1 none. */
int started_with_fd(void);
void remember_fds(void); /* looks again: for the control, which leaks one */

/* Waits for ever on a futex in this program's own file, with a lock on it. */
_Noreturn void shared_wait(void);

/* Waits for ever under a name of at most 15 bytes; says "." on descriptor 1 first. */
_Noreturn void idle(const char *name);

/* Modes. Each returns the exit status. */
struct options {
	struct probe_ctx ctx;
	const char *as; /* suffix of the ids in the report */
	bool json;
	char **id;
	int nid;
};
int mode_list(struct options *o);
int mode_inside(struct options *o);
int mode_control(struct options *o);
int mode_uid0(struct options *o);
int mode_canary(struct options *o);
int mode_demo(struct options *o);
int mode_merge(struct options *o);
int mode_stdio_attack(struct options *o);
int mode_statdev(struct options *o);
int mode_work(struct options *o);
int mode_spin(struct options *o);
int mode_names(struct options *o);

/* Is this probe wanted by the ids of the command line (none = all; "fs." = a whole area)? */
bool wanted(const struct options *o, const struct probe *p);

/* The permitted capabilities of this process. */
uint64_t own_caps(void);

/* Ends with status 0 when it runs with more rights than it was started with (fs.setuid-gain); had:
 * "0x" and the capabilities of the starter. */
int mode_whoami(const char *had);

#endif
