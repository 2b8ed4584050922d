/* SPDX-License-Identifier: Apache-2.0 */
/*
 * harden.c - what each long-lived program does to itself at start. Runs in: cloisterd, engine,
 * spawn, netd, volumed. Must not: link libseccomp (the spawner is static), set anything on an
 * ancestor of a workload that its children cannot undo.
 */
#include "lib/harden/harden.h"
#include "lib/base/ids.h"

#include <errno.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP(c) (UINT64_C(1) << CAP_##c)

enum {
	/* Root is nobody special, ids do not move capabilities, nothing becomes ambient; all
	   locked. */
	BITS_SEALED = SECURE_NOROOT | SECURE_NOROOT_LOCKED | SECURE_NO_SETUID_FIXUP |
		      SECURE_NO_SETUID_FIXUP_LOCKED | SECURE_KEEP_CAPS_LOCKED |
		      SECURE_NO_CAP_AMBIENT_RAISE | SECURE_NO_CAP_AMBIENT_RAISE_LOCKED,
	STACK_BYTES = 8 << 20,
};

/* launch.md S4: the whole recipe, init's signals, device nodes, the constant plans' bounding sets.
 * SYS_CHROOT: setns into a template's mount namespace and back, at each start. */
#define SPAWN_CAPS                                                                                 \
	(CAP(SYS_ADMIN) | CAP(SETUID) | CAP(SETGID) | CAP(KILL) | CAP(MKNOD) | CAP(SETPCAP) |      \
	 CAP(SYS_CHROOT))
/* Lowered until needed: to enter what the init of a running workload is in (launch.md 3.6). */
#define SPAWN_LOWERED CAP(SYS_PTRACE)
#define NETD_CAPS     (CAP(NET_ADMIN) | CAP(SYS_ADMIN))
#define VOLUMED_CAPS  CAP(SYS_ADMIN)
#define DAEMON_CAPS   (CAP(KILL) | CAP(SETUID) | CAP(SETGID))
/* Lowered until needed. SETPCAP: in the child that becomes the engine, to empty its bounding set.
 * DAC_OVERRIDE: to remove our directory at the top of a cgroup hierarchy, which has mode 0555. */
#define DAEMON_LOWERED (CAP(SETPCAP) | CAP(DAC_OVERRIDE))

/* Securebits pass on to children, which regain by exec what their own row keeps: so none where
 * there are children that are root (cloisterd: its workers; spawn: itself, once more, from a sealed
 * copy). */
/* clang-format off */
const struct harden_row harden_table[PROG__COUNT] = {
	/*                   name                who       own         effective     permitted                     bounding                                                                securebits   ancestor nofile */
	[PROG_CLOISTERD] = { "cloisterd",        WHO_ROOT, 0,          DAEMON_CAPS,  DAEMON_CAPS | DAEMON_LOWERED, DAEMON_CAPS | DAEMON_LOWERED | SPAWN_CAPS | SPAWN_LOWERED | NETD_CAPS | VOLUMED_CAPS, 0,           true,    1024 },
	[PROG_ENGINE] =    { "cloister-engine",  WHO_OWN,  OWN_ENGINE, 0,            0,                            0,                                                                      BITS_SEALED, false,   65536 },
	[PROG_SPAWN] =     { "cloister-spawn",   WHO_ROOT, 0,          SPAWN_CAPS,   SPAWN_CAPS | SPAWN_LOWERED,   SPAWN_CAPS | SPAWN_LOWERED,                                             0,           true,    65536 },
	[PROG_NETD] =      { "cloister-netd",    WHO_ROOT, 0,          NETD_CAPS,    NETD_CAPS,                    NETD_CAPS,                                                              BITS_SEALED, false,   4096 },
	[PROG_VOLUMED] =   { "cloister-volumed", WHO_ROOT, 0,          VOLUMED_CAPS, VOLUMED_CAPS,                 VOLUMED_CAPS,                                                           BITS_SEALED, false,   16384 },
	[PROG_COMPILE] =   { "cloister-compile", WHO_OWN,  OWN_THROWAWAY, 0,         0,                            0,                                                                      BITS_SEALED, false,   16 },
	[PROG_MKIMAGE] = { "cloister-mkimage",   WHO_OWN,  OWN_FS,     0,            0,                            0,                                                                      BITS_SEALED, false,   256 },
	[PROG_RELAY] =   { "cloister-relay",     WHO_OWN,  ID_LOGRELAY, 0,           0,                            0,                                                                      BITS_SEALED, false,   8 },
};
/* clang-format on */

static void cap_done(cap_t *c)
{
	if (*c)
		(void)cap_free(*c); /* fails for what is no cap_t only */
}
#define AUTO_CAP AUTO(cap_done)

static const struct harden_row *look(enum program p)
{
	if ((unsigned)p >= PROG__COUNT || !harden_table[p].name)
		return NULL;
	return &harden_table[p];
}

static int bad_program(enum program p, struct fault *f)
{
	return fault_set(f, -EINVAL, "harden.program", "no program %d", (int)p);
}

/* Puts a word of capabilities into one set of c. */
static int put(cap_t c, cap_flag_t set, uint64_t word)
{
	for (cap_value_t v = 0; v < cap_max_bits(); v++)
		if (cap_set_flag(c, set, 1, &v, word >> v & 1 ? CAP_SET : CAP_CLEAR) < 0)
			return -1;
	return 0;
}

static int drop_bound(uint64_t keep, struct fault *f)
{
	for (cap_value_t v = 0; v < cap_max_bits(); v++) {
		int has = cap_get_bound(v);

		if (has == 1 && !(keep >> v & 1))
			if (cap_drop_bound(v) < 0)
				return fault_sys(f, "harden.bounding", "dropping capability %d",
						 (int)v);
	}
	return 0;
}

/* The kernel's word for it: every set, read back. */
static int same(const struct harden_row *row, cap_t want, struct fault *f)
{
	AUTO_CAP cap_t have = cap_get_proc();

	if (!have)
		return fault_sys(f, "harden.read", "reading back capabilities");
	if (cap_compare(have, want) != 0)
		return fault_set(f, -EPERM, "harden.caps", "%s does not hold exactly its sets",
				 row->name);
	for (cap_value_t v = 0; v < cap_max_bits(); v++) {
		if (cap_get_bound(v) != (int)(row->bounding >> v & 1))
			return fault_set(f, -EPERM, "harden.bounding",
					 "capability %d in the bounding set of %s is not as stated",
					 (int)v, row->name);
		if (cap_get_ambient(v) == 1)
			return fault_set(f, -EPERM, "harden.ambient", "capability %d is ambient",
					 (int)v);
	}
	if (cap_get_secbits() != row->securebits)
		return fault_set(f, -EPERM, "harden.securebits", "%s has securebits %#x, not %#x",
				 row->name, cap_get_secbits(), row->securebits);
	return 0;
}

static int set_caps(const struct harden_row *row, struct fault *f)
{
	AUTO_CAP cap_t want = cap_init();
	int rc;

	if (!want || put(want, CAP_PERMITTED, row->permitted) < 0 ||
	    put(want, CAP_EFFECTIVE, row->effective) < 0)
		return fault_sys(f, "harden.init", "preparing sets of %s", row->name);
	if (cap_get_secbits() != row->securebits && cap_set_secbits(row->securebits) < 0)
		return fault_sys(f, "harden.securebits", "setting those of %s", row->name);
	rc = drop_bound(row->bounding, f);
	if (rc < 0)
		return rc;
	if (cap_reset_ambient() < 0)
		return fault_sys(f, "harden.ambient", "clearing the ambient set");
	/* last: the steps above need CAP_SETPCAP */
	if (cap_set_proc(want) < 0)
		return fault_sys(f, "harden.caps", "%s was started without a right it needs",
				 row->name);
	return same(row, want, f);
}

int harden_caps(enum program p, struct fault *f)
{
	const struct harden_row *row = look(p);

	if (!row)
		return bad_program(p, f);
	/* I4: none of ours is uid 0 without capabilities, nor another uid with them */
	if ((row->who == WHO_ROOT) != (geteuid() == 0))
		return fault_set(f, -EPERM, "harden.uid", "%s was started as uid %u", row->name,
				 (unsigned)geteuid());
	return set_caps(row, f);
}

int harden_raise(uint64_t caps, bool on, struct fault *f)
{
	AUTO_CAP cap_t c = cap_get_proc();

	if (!c)
		return fault_sys(f, "harden.read", "reading capabilities");
	for (cap_value_t v = 0; v < cap_max_bits(); v++)
		if (caps >> v & 1 &&
		    cap_set_flag(c, CAP_EFFECTIVE, 1, &v, on ? CAP_SET : CAP_CLEAR) < 0)
			return fault_sys(f, "harden.raise", "capability %d", (int)v);
	if (cap_set_proc(c) < 0)
		return fault_sys(f, "harden.raise", "capabilities %#llx", (unsigned long long)caps);
	return 0;
}

int harden_become(enum program p, uint32_t own_base, struct fault *f)
{
	const struct harden_row *row = look(p);
	uint32_t id;
	int rc;

	if (!row)
		return bad_program(p, f);
	if (row->who == WHO_ROOT) {
		if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
			return fault_sys(f, "harden.root", "%s as root", row->name);
		return 0;
	}
	if (own_base < UID_BASE || own_base % IDS_PER_TENANT)
		return fault_set(f, -EINVAL, "harden.own", "%u is no range of ours", own_base);
	id = own_base + row->own;
	rc = harden_raise(CAP(SETPCAP), true, f);
	if (rc < 0)
		return rc;
	if (setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0)
		return fault_sys(f, "harden.gid", "%s as gid %u", row->name, id);
	/* With the bits set first the uid takes no capability along: all that is left goes below.
	 */
	if (cap_set_secbits(row->securebits) < 0)
		return fault_sys(f, "harden.securebits", "setting those of %s", row->name);
	if (setresuid(id, id, id) < 0)
		return fault_sys(f, "harden.uid", "%s as uid %u", row->name, id);
	return set_caps(row, f);
}

static int set_limit(const struct harden_row *row, __rlimit_resource_t what, rlim_t want,
		     struct fault *f)
{
	struct rlimit now, next = { want, want };

	if (getrlimit(what, &now) < 0)
		return fault_sys(f, "harden.rlimit", "reading limit %u", (unsigned)what);
	/* A lower hard limit would pass to workloads, whose plans state their own. */
	if (row->ancestor && want <= now.rlim_max)
		next.rlim_max = now.rlim_max;
	if (setrlimit(what, &next) == 0)
		return 0;
	if (errno != EPERM)
		return fault_sys(f, "harden.rlimit", "limit %u", (unsigned)what);
	/* no CAP_SYS_RESOURCE: as much as there is */
	next = (struct rlimit){ now.rlim_max, now.rlim_max };
	if (setrlimit(what, &next) < 0)
		return fault_sys(f, "harden.rlimit", "limit %u", (unsigned)what);
	return 0;
}

static int set_limits(const struct harden_row *row, struct fault *f)
{
	const struct {
		__rlimit_resource_t what;
		rlim_t want;
	} limits[] = {
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_NOFILE, row->nofile },
		{ RLIMIT_STACK, STACK_BYTES },
		{ RLIMIT_MSGQUEUE, 0 },
		{ RLIMIT_NICE, 0 },
		{ RLIMIT_RTPRIO, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		int rc = set_limit(row, limits[i].what, limits[i].want, f);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* A disposition, never a handler: signals are read from signalfd alone. */
static long dispose(int sig, void (*how)(int))
{
	const struct {
		void (*how)(int);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} act = { .how = how };

	return syscall(SYS_rt_sigaction, sig, &act, NULL, sizeof(act.mask));
}

static int reset_signals(const struct harden_row *row, struct fault *f)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		(void)dispose(s, SIG_DFL); /* KILL and STOP refuse, and need nothing */
	/* A peer that went away is an error return. Ignored signals pass down: only without
	 * children. */
	if (!row->ancestor)
		(void)dispose(SIGPIPE, SIG_IGN); /* cannot fail for this signal */
	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return fault_sys(f, "harden.sigmask", "clearing the signal mask");
	return 0;
}

int harden_common(enum program p, unsigned first_free, struct fault *f)
{
	const struct harden_row *row = look(p);
	int rc;

	if (!row)
		return bad_program(p, f);
	if (close_range(first_free, ~0u, 0) < 0)
		return fault_sys(f, "harden.fds", "closing descriptors from %u on", first_free);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fault_sys(f, "harden.dumpable", "not dumpable");
	if (prctl(PR_SET_NAME, row->name, 0, 0, 0) < 0)
		return fault_sys(f, "harden.name", "naming the process");
	(void)umask(077);
	/* A shell's job is a group leader and may not; its children are none, and do. */
	if (setsid() < 0 && getsid(0) != getpid() && p != PROG_CLOISTERD)
		return fault_sys(f, "harden.setsid", "own session");
	rc = reset_signals(row, f);
	return rc < 0 ? rc : set_limits(row, f);
}
