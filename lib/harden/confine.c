/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine.c - no_new_privs, Landlock and seccomp for the programs that exec nothing. Runs in:
 * engine, netd, volumed, compile, mkimage (but for mkfs.erofs, which runs under its list), relay.
 * Must not be linked into cloisterd, spawn or init: all three pass down for good.
 */
#include "lib/harden/confine.h"
#include "lib/base/fd.h"
#include "lib/harden/syscalls.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/*
 * What libc itself calls once a program runs: memory, locks, buffers, the end; and a few that every
 * program needs to look at the descriptors it was given.
 * syscalls engine netd volumed compile mkimage relay: brk mmap munmap mremap madvise mprotect futex
 * rt_sigreturn rt_sigprocmask restart_syscall exit exit_group getpid gettid tgkill getrandom
 * sched_yield clock_gettime clock_nanosleep
 * syscalls engine netd volumed compile mkimage relay: read write close fcntl fstat newfstatat lseek
 * poll ppoll
 */

static const struct confine_list {
	const struct confine_call *call;
	size_t n;
} lists[PROG__COUNT] = {
	[PROG_ENGINE] = { engine_calls, ARRAY_LEN(engine_calls) },
	[PROG_NETD] = { netd_calls, ARRAY_LEN(netd_calls) },
	[PROG_VOLUMED] = { volumed_calls, ARRAY_LEN(volumed_calls) },
	[PROG_COMPILE] = { compile_calls, ARRAY_LEN(compile_calls) },
	[PROG_MKIMAGE] = { mkimage_calls, ARRAY_LEN(mkimage_calls) },
	[PROG_RELAY] = { relay_calls, ARRAY_LEN(relay_calls) },
};

/* Rights that each Landlock ABI added. */
static const uint64_t abi_rights[] = {
	[1] = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	[2] = LANDLOCK_ACCESS_FS_REFER,
	[3] = LANDLOCK_ACCESS_FS_TRUNCATE,
	[5] = LANDLOCK_ACCESS_FS_IOCTL_DEV,
};

/* struct landlock_ruleset_attr as of ABI 6; the headers of Debian 12 stop at ABI 2. */
struct ruleset {
	uint64_t fs;
	uint64_t net;	 /* ABI 4: bind and connect of TCP */
	uint64_t scoped; /* ABI 6: abstract sockets and signals, towards outside of the domain */
};
enum { NET_ALL = 3, SCOPE_ALL = 3, ABI_NET = 4, ABI_SCOPE = 6 };

/* The only rights that a rule on a file may carry (EINVAL otherwise). */
static const uint64_t file_rights = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
				    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |
				    LANDLOCK_ACCESS_FS_IOCTL_DEV;

int confine_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

static uint64_t known_rights(int abi)
{
	uint64_t r = 0;

	for (size_t i = 1; i < ARRAY_LEN(abi_rights) && i <= (size_t)abi; i++)
		r |= abi_rights[i];
	return r;
}

static int add_path(int ruleset, uint64_t handled, const struct confine_path *p, struct fault *f)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = p->fd,
						   .allowed_access = p->access & handled };
	struct stat st;

	if (fstat(p->fd, &st) < 0)
		return fault_sys(f, "confine.path", "descriptor %d", p->fd);
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= file_rights;
	if (rule.allowed_access == 0)
		return 0; /* an empty rule is ENOMSG, and says nothing */
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return fault_sys(f, "confine.rule", "Landlock rule on descriptor %d", p->fd);
	return 0;
}

/* All that this kernel knows is handled, and so refused but for the paths: none of these programs
 * uses TCP, an abstract name or a signal. A longer struct than the ABI has is EINVAL or E2BIG. */
static int open_ruleset(int abi, uint64_t *ret_fs, struct fault *f)
{
	struct ruleset r = { .fs = known_rights(abi) };
	size_t size = sizeof(r.fs);
	int fd;

	if (abi >= ABI_NET) {
		r.net = NET_ALL;
		size = offsetof(struct ruleset, scoped);
	}
	if (abi >= ABI_SCOPE) {
		r.scoped = SCOPE_ALL;
		size = sizeof(r);
	}
	fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (fd < 0)
		return fault_sys(f, "confine.ruleset", "Landlock ABI %d", abi);
	*ret_fs = r.fs;
	return fd;
}

/* Returns 0, or 1 where the kernel has no Landlock. */
static int set_landlock(const struct confine_path *paths, size_t n, struct fault *f)
{
	int abi = confine_landlock_abi();
	uint64_t handled = 0;
	AUTO_FD int ruleset = -1;

	if (abi == 0)
		return 1;
	ruleset = open_ruleset(abi, &handled, f);
	if (ruleset < 0)
		return ruleset;
	for (size_t i = 0; i < n; i++) {
		int rc = add_path(ruleset, handled, &paths[i], f);

		if (rc < 0)
			return rc;
	}
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return fault_sys(f, "confine.landlock", "entering the Landlock domain");
	return 0;
}

static void filter_done(scmp_filter_ctx *c)
{
	if (*c)
		seccomp_release(*c);
}

static int add_calls(scmp_filter_ctx ctx, const struct confine_list *list, struct fault *f)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct confine_call *c = &list->call[i];
		int rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, c->nr, c->nconds, c->cond);

		if (rc < 0)
			return fault_set(f, rc, "confine.call", "system call %d", c->nr);
	}
	return 0;
}

static int set_seccomp(const struct confine_list *list, struct fault *f)
{
	AUTO(filter_done) scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc;

	if (!ctx)
		return fault_set(f, -ENOMEM, "confine.filter", "starting a filter");
	rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* a binary tree instead of a list of some 60 compares */
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc < 0)
		return fault_set(f, rc, "confine.filter", "attributes of the filter");
	rc = add_calls(ctx, list, f);
	if (rc < 0)
		return rc;
	rc = seccomp_load(ctx);
	if (rc < 0)
		return fault_set(f, rc, "confine.load", "loading the filter");
	return 0;
}

int confine_apply(enum program p, const struct confine_path *paths, size_t n, struct fault *f)
{
	int landlock, rc;

	if ((unsigned)p >= PROG__COUNT || !lists[p].call || harden_table[p].ancestor)
		return fault_set(f, -EINVAL, "confine.program", "program %d has no list", (int)p);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fault_sys(f, "confine.nnp", "no_new_privs");
	landlock = set_landlock(paths, n, f);
	if (landlock < 0)
		return landlock;
	rc = set_seccomp(&lists[p], f);
	return rc < 0 ? rc : landlock;
}
