/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.c - probes: the rows of the hard list (launch.md 4.3), one system call each.
 *
 * Most of these calls could not be let succeed on any machine (reboot, kexec), so each is made with
 * arguments that the kernel itself turns down, or that do no harm. `pass` are the kernel's own
 * answers: they mean that the call got through to it, which is "reached". The control, as root,
 * must get exactly such an answer; a kernel that lacks the call is a skip.
 *
 * Runs in: cloister-probe.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

struct call {
	long nr;
	unsigned long a[6];
	int pass[4]; /* the kernel's own answers besides success */
};

#define BAD  1UL /* a pointer that nobody has mapped */
#define NOFD (~0UL)

/* x86-64 numbers that Debian 12's headers do not have. */
enum {
	NR_STATMOUNT = 457,
	NR_LISTMOUNT,
	NR_LSM_GET_SELF_ATTR,
	NR_LSM_SET_SELF_ATTR,
	NR_LSM_LIST_MODULES,
	NR_OPEN_TREE_ATTR = 467,
	NR_LISTNS = 470,
};

static int call_try(struct probe_ctx *c)
{
	const struct call *k = c->probe->arg;
	long r = syscall(k->nr, k->a[0], k->a[1], k->a[2], k->a[3], k->a[4], k->a[5]);
	int err = errno;

	if (r >= 0)
		return 0;
	if (c->outside && err == ENOSYS)
		return skip(c, "this kernel has no such call");
	for (size_t i = 0; i < ARRAY_LEN(k->pass) && k->pass[i]; i++) {
		if (err != k->pass[i])
			continue;
		(void)snprintf(c->note, sizeof(c->note), "the kernel's own %s",
			       strerrorname_np(err));
		return 0;
	}
	return -err;
}

static int need_resource(struct probe_ctx *c)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { { 0 }, { 0 } };

	if (syscall(SYS_capget, &h, d) < 0)
		return step(c, "capget", -1);
	return d[0].effective & 1U << CAP_SYS_RESOURCE
		       ? 0
		       : skip(c, "root lacks CAP_SYS_RESOURCE here");
}

/* The same on a file in the scratch directory, as first argument. */
static int call_file(struct probe_ctx *c)
{
	char path[TARGET_MAX];
	AUTO_FD int fd = open(scratch_path(c, path, "ioctl"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	struct call k = *(const struct call *)c->probe->arg;
	struct probe p = *c->probe;

	if (fd < 0)
		return skip(c, "the scratch directory cannot be written");
	k.a[0] = (unsigned long)fd;
	p.arg = &k;
	c->probe = &p;
	return call_try(c);
}

#define ARGS(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define CALL(id, nr, args, want, cls, ...)                                                         \
	{                                                                                          \
		id, "the hard list's call, made so that it does no harm", cls, { want },           \
			L_SEC | L_CAP, C_ROOT, NULL, call_try, (const struct call[])               \
		{                                                                                  \
			{                                                                          \
				nr, args,                                                          \
				{                                                                  \
					__VA_ARGS__                                                \
				}                                                                  \
			}                                                                          \
		}                                                                                  \
	}
#define ARG_CALL(id, nr, args, want, ...)                                                          \
	{                                                                                          \
		id, "an argument that the hard list closes", 0, { want }, L_ARG, C_ROOT, NULL,     \
			call_try, (const struct call[])                                            \
		{                                                                                  \
			{                                                                          \
				nr, args,                                                          \
				{                                                                  \
					__VA_ARGS__                                                \
				}                                                                  \
			}                                                                          \
		}                                                                                  \
	}
#define FILE_CALL(id, request, ...)                                                                \
	{                                                                                          \
		id, "a request to the file system that the hard list closes", 0, { ENOTTY },       \
			L_ARG, C_ROOT, NULL, call_file, (const struct call[])                      \
		{                                                                                  \
			{                                                                          \
				SYS_ioctl, { 0, request, 0, 0, 0, 0 },                             \
				{                                                                  \
					__VA_ARGS__                                                \
				}                                                                  \
			}                                                                          \
		}                                                                                  \
	}

/* clang-format off */
static const struct probe rows[] = {
	CALL("sec.s3.unshare",        SYS_unshare,        ARGS(0x80000000UL), EPERM, 0, EINVAL),
	CALL("sec.s3.setns",          SYS_setns,          ARGS(NOFD, 0), EPERM, 0, EBADF),
	CALL("sec.s4.mount",          SYS_mount,          ARGS(BAD, BAD, BAD, 0, 0), EPERM, 0, EFAULT),
	CALL("sec.s4.umount2",        SYS_umount2,        ARGS(BAD, 0), EPERM, 0, EFAULT),
	CALL("sec.s4.pivot_root",     SYS_pivot_root,     ARGS(BAD, BAD), EPERM, 0, EFAULT),
	CALL("sec.s4.chroot",         SYS_chroot,         ARGS(BAD), EPERM, 0, EFAULT),
	CALL("sec.s4.open_tree",      SYS_open_tree,      ARGS(NOFD, BAD, 1), EPERM, 0, EFAULT, EBADF),
	CALL("sec.s4.move_mount",     SYS_move_mount,     ARGS(NOFD, BAD, NOFD, BAD, 0), EPERM, 0, EFAULT, EBADF, EINVAL),
	CALL("sec.s4.fsopen",         SYS_fsopen,         ARGS(BAD, 0), EPERM, 0, EFAULT),
	CALL("sec.s4.fsconfig",       SYS_fsconfig,       ARGS(NOFD, 99, 0, 0, 0), EPERM, 0, EBADF, EINVAL, EOPNOTSUPP),
	CALL("sec.s4.fsmount",        SYS_fsmount,        ARGS(NOFD, 0, 0), EPERM, 0, EBADF),
	CALL("sec.s4.fspick",         SYS_fspick,         ARGS(NOFD, BAD, 0), EPERM, 0, EFAULT, EBADF),
	CALL("sec.s4.mount_setattr",  SYS_mount_setattr,  ARGS(NOFD, BAD, 0, BAD, 32), EPERM, 0, EFAULT, EBADF),
	CALL("sec.s4.open_tree_attr", NR_OPEN_TREE_ATTR,  ARGS(NOFD, BAD, 1, BAD, 32), EPERM, 0, EFAULT, EBADF, EINVAL),
	CALL("sec.s5.statmount",      NR_STATMOUNT,       ARGS(BAD, BAD, 0, 0), ENOSYS, 0, EFAULT, EINVAL),
	CALL("sec.s5.listmount",      NR_LISTMOUNT,       ARGS(BAD, BAD, 0, 0), ENOSYS, 0, EFAULT, EINVAL),
	CALL("sec.s5.lsm_get",        NR_LSM_GET_SELF_ATTR, ARGS(100, BAD, BAD, 0), ENOSYS, 0, EFAULT, EINVAL, EOPNOTSUPP),
	CALL("sec.s5.lsm_set",        NR_LSM_SET_SELF_ATTR, ARGS(100, BAD, 0, 0), ENOSYS, 0, EFAULT, EINVAL, EOPNOTSUPP),
	CALL("sec.s5.lsm_list",       NR_LSM_LIST_MODULES, ARGS(BAD, BAD, 0), ENOSYS, 0, EFAULT, EINVAL),
	CALL("sec.s5.listns",         NR_LISTNS,          ARGS(BAD, BAD, 0, 0), ENOSYS, 0, EFAULT, EINVAL),
	ARG_CALL("sec.s13.set_mm",    SYS_prctl,          ARGS(35, 15, BAD, 0, 0), EPERM, EFAULT, EINVAL),
	ARG_CALL("sec.s13.set_mm-high", SYS_prctl,        ARGS(HIGH | 35, 15, BAD, 0, 0), EPERM, EFAULT, EINVAL),
	ARG_CALL("sec.s13.sched_core", SYS_prctl,         ARGS(62, 99, 0, 0, 0), EPERM, EINVAL, ENODEV),
	{ "sec.s13.io_flusher", "an argument that the hard list closes", 0, { EPERM }, L_ARG, C_ROOT,
	  need_resource, call_try, (const struct call[]){ { SYS_prctl, { 57, 0, 0, 0, 1 }, { EINVAL } } } },
	ARG_CALL("sec.s13.securebits", SYS_prctl,         ARGS(28, 0, 0, 0, 0), EPERM, EINVAL),
	ARG_CALL("sec.s14.read-implies-exec", SYS_personality, ARGS(0x0400000), EPERM, EINVAL),
	ARG_CALL("sec.s14.no-randomize", SYS_personality, ARGS(0x0040000), EPERM, EINVAL),
	ARG_CALL("sec.s14.high",      SYS_personality,    ARGS(HIGH | 0x0400000), EPERM, EINVAL),
	ARG_CALL("sec.s15.mknod-high", SYS_mknodat,       ARGS(NOFD, BAD, HIGH | 0060600, 0x700), EPERM, EFAULT, EBADF),
	ARG_CALL("sec.s15.mknodat-chr", SYS_mknodat,      ARGS(NOFD, BAD, 0020600, 0x103), EPERM, EFAULT, EBADF),
	CALL("sec.s17.keyctl",        SYS_keyctl,         ARGS(9999, 0, 0, 0, 0), EPERM, 0, EOPNOTSUPP),
	CALL("sec.s17.add_key",       SYS_add_key,        ARGS(BAD, BAD, 0, 0, 0), EPERM, 0, EFAULT),
	CALL("sec.s17.request_key",   SYS_request_key,    ARGS(BAD, BAD, 0, 0), EPERM, 0, EFAULT),
	CALL("sec.s17.bpf",           SYS_bpf,            ARGS(9999, BAD, 0), EPERM, P_CRITICAL, EINVAL, EFAULT),
	CALL("sec.s18.name_to_handle", SYS_name_to_handle_at, ARGS(NOFD, BAD, BAD, BAD, 0), EPERM, 0, EFAULT, EBADF),
	CALL("sec.s18.open_by_handle", SYS_open_by_handle_at, ARGS(NOFD, BAD, 0), EPERM, 0, EFAULT, EBADF),
	CALL("sec.s19.process_madvise", SYS_process_madvise, ARGS(NOFD, BAD, 1, 4, 0), EPERM, 0, EFAULT, EBADF, EINVAL),
	CALL("sec.s19.pidfd_getfd",   SYS_pidfd_getfd,    ARGS(NOFD, 0, 0), EPERM, 0, EBADF),
	CALL("sec.s19.kcmp",          SYS_kcmp,           ARGS(0, 0, 1, 0, 0), EPERM, 0, ESRCH),
	CALL("sec.s20.ptrace",        SYS_ptrace,         ARGS(0, 0, 0, 0), EPERM, P_CRITICAL, ESRCH),
	CALL("sec.s20.vm_readv",      SYS_process_vm_readv, ARGS(0x3fffffff, 0, 0, 0, 0, 0), EPERM, P_CRITICAL, ESRCH),
	CALL("sec.s20.vm_writev",     SYS_process_vm_writev, ARGS(0x3fffffff, 0, 0, 0, 0, 0), EPERM, P_CRITICAL, ESRCH),
	CALL("sec.s21.io_uring_setup", SYS_io_uring_setup, ARGS(0, BAD), ENOSYS, P_CRITICAL, EFAULT, EINVAL),
	CALL("sec.s21.io_uring_enter", SYS_io_uring_enter, ARGS(NOFD, 0, 0, 0, 0, 0), ENOSYS, 0, EBADF),
	CALL("sec.s21.io_uring_register", SYS_io_uring_register, ARGS(NOFD, 9999, 0, 0), ENOSYS, 0, EBADF, EINVAL),
	CALL("sec.s22.userfaultfd",   SYS_userfaultfd,    ARGS(~0UL), EPERM, P_CRITICAL, EINVAL),
	CALL("sec.s22.perf",          SYS_perf_event_open, ARGS(BAD, 0, NOFD, NOFD, 0), EPERM, P_CRITICAL, EFAULT),
	CALL("sec.s23.mbind",         SYS_mbind,          ARGS(0, 4096, 99, 0, 0, 0), EPERM, 0, EINVAL, EFAULT),
	CALL("sec.s23.set_mempolicy", SYS_set_mempolicy,  ARGS(99, 0, 0), EPERM, 0, EINVAL),
	CALL("sec.s23.home_node",     450,                ARGS(1, 4096, 9999, 0), EPERM, 0, EINVAL),
	CALL("sec.s23.migrate_pages", SYS_migrate_pages,  ARGS(0x3fffffff, 0, 0, 0), EPERM, 0, ESRCH, EINVAL),
	CALL("sec.s23.move_pages",    SYS_move_pages,     ARGS(0, 0, 0, 0, 0, 99), EPERM, 0, EINVAL),
	CALL("sec.s24.kexec_load",    SYS_kexec_load,     ARGS(0, 9999, 0, ~0UL), EPERM, P_CRITICAL, EINVAL),
	CALL("sec.s24.kexec_file_load", SYS_kexec_file_load, ARGS(NOFD, NOFD, 0, 0, ~0UL), EPERM, P_CRITICAL, EINVAL, EBADF),
	CALL("sec.s24.init_module",   SYS_init_module,    ARGS(BAD, 0, BAD), EPERM, P_CRITICAL, EFAULT, ENOEXEC, EINVAL),
	CALL("sec.s24.finit_module",  SYS_finit_module,   ARGS(NOFD, BAD, 0), EPERM, P_CRITICAL, EFAULT, EBADF, ENOEXEC),
	CALL("sec.s24.delete_module", SYS_delete_module,  ARGS(BAD, 0), EPERM, P_CRITICAL, EFAULT),
	CALL("sec.s24.reboot",        SYS_reboot,         ARGS(0, 0, 0, 0), EPERM, P_CRITICAL, EINVAL),
	CALL("sec.s24.swapon",        SYS_swapon,         ARGS(BAD, 0), EPERM, 0, EFAULT, EINVAL),
	CALL("sec.s24.swapoff",       SYS_swapoff,        ARGS(BAD), EPERM, 0, EFAULT),
	CALL("sec.s24.acct",          SYS_acct,           ARGS(BAD), EPERM, 0, EFAULT),
	CALL("sec.s24.syslog",        SYS_syslog,         ARGS(99, 0, 0), EPERM, 0, EINVAL),
	CALL("sec.s24.quotactl",      SYS_quotactl,       ARGS(~0UL, 0, 0, 0), EPERM, 0, EINVAL, ENODEV, EFAULT),
	CALL("sec.s24.quotactl_fd",   443,                ARGS(NOFD, ~0UL, 0, 0), EPERM, 0, EINVAL, EBADF),
	CALL("sec.s24.iopl",          SYS_iopl,           ARGS(99), EPERM, 0, EINVAL),
	CALL("sec.s24.ioperm",        SYS_ioperm,         ARGS(~0UL, 1, 1), EPERM, 0, EINVAL),
	CALL("sec.s24.settimeofday",  SYS_settimeofday,   ARGS(BAD, 0), EPERM, P_CRITICAL, EFAULT),
	CALL("sec.s24.clock_settime", SYS_clock_settime,  ARGS(9999, BAD), EPERM, P_CRITICAL, EINVAL, EFAULT),
	CALL("sec.s24.adjtimex",      SYS_adjtimex,       ARGS(BAD), EPERM, P_CRITICAL, EFAULT),
	CALL("sec.s24.clock_adjtime", SYS_clock_adjtime,  ARGS(9999, BAD), EPERM, P_CRITICAL, EINVAL, EFAULT),
	CALL("sec.s24.sethostname",   SYS_sethostname,    ARGS(BAD, NOFD), EPERM, 0, EINVAL),
	CALL("sec.s24.setdomainname", SYS_setdomainname,  ARGS(BAD, NOFD), EPERM, 0, EINVAL),
	CALL("sec.s24.vhangup",       SYS_vhangup,        ARGS(0), EPERM, 0, EINVAL),
	CALL("sec.s24.fanotify_init", SYS_fanotify_init,  ARGS(~0UL, 0), EPERM, 0, EINVAL),
	CALL("sec.s24.lookup_dcookie", SYS_lookup_dcookie, ARGS(0, BAD, 0), EPERM, 0, EINVAL, EFAULT),
	CALL("sec.s24.modify_ldt",    SYS_modify_ldt,     ARGS(0, 0, 0), EPERM, 0, EINVAL),
	CALL("sec.s24.uselib",        SYS_uselib,         ARGS(BAD), EPERM, 0, EFAULT),
	CALL("sec.s24.ustat",         SYS_ustat,          ARGS(0xffff, BAD), EPERM, 0, EINVAL, EFAULT),
	CALL("sec.s24.sysfs",         SYS_sysfs,          ARGS(99, 0, 0), EPERM, 0, EINVAL),
	CALL("sec.s24.memfd_secret",  447,                ARGS(~0UL), EPERM, 0, EINVAL),
	CALL("sec.s24.nfsservctl",    SYS_nfsservctl,     ARGS(99, 0, 0), EPERM, 0, EINVAL),
	FILE_CALL("sec.s12.fscrypt-add",    0xC0506617UL, EFAULT, EOPNOTSUPP),
	FILE_CALL("sec.s12.fscrypt-add-high", HIGH | 0xC0506617UL, EFAULT, EOPNOTSUPP),
	FILE_CALL("sec.s12.fscrypt-policy", 0x400C6615UL, EFAULT, EOPNOTSUPP, ENODATA),
	FILE_CALL("sec.s12.verity",         0x40806685UL, EFAULT, EOPNOTSUPP),
	FILE_CALL("sec.s12.ext4-resize",    0x40086610UL, EFAULT, EPERM),
	FILE_CALL("sec.s12.ext4-move",      0xC028660FUL, EFAULT, EBADF),
};
/* clang-format on */

const struct probe_list call_list = { rows, ARRAY_LEN(rows) };
