/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hardlist.c - launch.md 4.3 as one table. Runs in: cloister-spawn, cloister-compile. Pure.
 *
 * A new row needs a verdict in tests/unit/test_hardlist.c and, where it can be tried, a probe.
 */
#include "lib/plan/hardlist.h"

#include <errno.h>
#include <sys/syscall.h>

/* Newer than the headers of Debian 12. */
#ifndef SYS_statmount
enum {
	SYS_statmount = 457,
	SYS_listmount,
	SYS_lsm_get_self_attr,
	SYS_lsm_set_self_attr,
	SYS_lsm_list_modules
};
#endif
enum { NR_OPEN_TREE_ATTR = 467, NR_LISTNS = 470 };

/* clang-format off */
#define VALUES(name, ...) static const uint32_t name[] = { __VA_ARGS__ }
VALUES(zero, 0);
VALUES(one, 1);
VALUES(families, 1, 2, 10, 16);                  /* UNIX INET INET6 NETLINK        */
VALUES(family_netlink, 16);
VALUES(family_inet, 2, 10);
VALUES(family_inet6, 10);
VALUES(family_unix, 1);
VALUES(types_inet, 1, 2);                        /* STREAM DGRAM                   */
VALUES(types_unix, 1, 2, 5);                     /* and SEQPACKET                  */
VALUES(types_netlink, 2, 3);                     /* DGRAM RAW: getifaddrs uses RAW */
VALUES(protocols, 0, 6, 17);
VALUES(levels, 0, 1, 6, 17, 41);                 /* IP SOCKET TCP UDP IPV6         */
VALUES(level_socket, 1);
VALUES(level_tcp, 6);
VALUES(level_ip, 0);
VALUES(level_ipv6, 41);
VALUES(opt_socket, 83);                          /* SO_PASSRIGHTS                  */
VALUES(opt_tcp, 31);                             /* TCP_ULP                        */
VALUES(opt_ip, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 64, 65);
VALUES(opt_ipv6, 20, 21, 27, 28, 42, 43, 44, 45, 46, 47, 48, 64, 65);
VALUES(ioctl_tty, 0x5412, 0x541C, 0x541D, 0x5423); /* TIOCSTI LINUX CONS SETD      */
VALUES(ioctl_fs, 0xC0506617, 0xC0406618, 0xC0406619, 0x800C6613, 0xC080661A, 0x400C6615, 0xC0096616,
       0x40106614, 0x8010661B,                   /* fscrypt                        */
       0x40806685, 0xC0045877, 0xC0045878, 0xC0185879, 0x40086610, 0xC028660F, 0x6611);
VALUES(prctl_ops, 35, 62, 57, 28);               /* SET_MM SCHED_CORE IO_FLUSHER SECUREBITS */
VALUES(personas, 0, 0xffffffff);
VALUES(node_types, 0020000, 0060000);            /* S_IFCHR S_IFBLK                */
VALUES(listener, 8);                             /* NEW_LISTENER                   */
VALUES(write_exec, 6);                           /* PROT_WRITE | PROT_EXEC         */
VALUES(thread, 0x10000);                         /* CLONE_THREAD                   */
VALUES(shm_exec, 0x8000);                        /* SHM_EXEC                       */
VALUES(mfd_exec, 0x10);                          /* MFD_EXEC                       */
VALUES(map_huge, 0x40000);                       /* MAP_HUGETLB                    */
VALUES(mfd_huge, 4);                             /* MFD_HUGETLB                    */
VALUES(shm_huge, 04000);                         /* SHM_HUGETLB                    */

#define ALL UINT32_MAX
enum { NAMESPACES = 0x7E020000, SOCK_TYPE = 0xf, S_FMT = 0170000, OOB = 1 };

#define IN(a, m, v)  { HARD_IN, a, ARRAY_LEN(v), m, v }
#define OUT(a, m, v) { HARD_OUT, a, ARRAY_LEN(v), m, v }
#define H(s, name, e, ...)     { s, SYS_##name, e, HARD_H, FEAT__COUNT, { __VA_ARGS__ } }
#define HN(s, number, e)       { s, number, e, HARD_H, FEAT__COUNT, { { 0 } } }
#define N(s, name)             { #s, SYS_##name, EPERM, HARD_H, FEAT__COUNT, { { 0 } } }
#define E(s, name)             { #s, SYS_##name, ENOSYS, HARD_H, FEAT__COUNT, { { 0 } } }
#define F(s, name, e, feat)    { s, SYS_##name, e, HARD_F, FEAT_##feat, { { 0 } } }
#define R(name, e, feat, ...)  { #feat, SYS_##name, e, HARD_R, FEAT_##feat, { __VA_ARGS__ } }
#define RN(name, feat)         { #feat, SYS_##name, EPERM, HARD_R, FEAT_##feat, { { 0 } } }

const struct hard_row hard_table[] = {
	H("S1", clone, EPERM, OUT(0, NAMESPACES, zero)),
	E(S2, clone3), N(S3, unshare), N(S3, setns), N(S4, mount), N(S4, umount2),
	N(S4, pivot_root), N(S4, chroot), N(S4, open_tree), N(S4, move_mount), N(S4, fsopen),
	N(S4, fsconfig), N(S4, fsmount), N(S4, fspick), N(S4, mount_setattr),
	HN("S4", NR_OPEN_TREE_ATTR, EPERM), E(S5, statmount), E(S5, listmount),
	E(S5, lsm_get_self_attr), E(S5, lsm_set_self_attr), E(S5, lsm_list_modules),
	HN("S5", NR_LISTNS, ENOSYS),

#define SOCKET_ROWS(call) \
	H("S6", call, EAFNOSUPPORT, OUT(0, ALL, families)), \
	H("S6", call, EAFNOSUPPORT, IN(0, ALL, family_netlink), OUT(2, ALL, zero)), \
	H("S7", call, EPERM, IN(0, ALL, family_inet), OUT(1, SOCK_TYPE, types_inet)), \
	H("S7", call, EPERM, IN(0, ALL, family_unix), OUT(1, SOCK_TYPE, types_unix)), \
	H("S7", call, EPERM, IN(0, ALL, family_netlink), OUT(1, SOCK_TYPE, types_netlink)), \
	H("S8", call, EPROTONOSUPPORT, IN(0, ALL, family_inet), OUT(2, ALL, protocols))
	SOCKET_ROWS(socket),
	SOCKET_ROWS(socketpair),

	H("S9", setsockopt, ENOPROTOOPT, OUT(1, ALL, levels)),
	H("S9", setsockopt, ENOPROTOOPT, IN(1, ALL, level_socket), IN(2, ALL, opt_socket)),
	H("S9", setsockopt, ENOPROTOOPT, IN(1, ALL, level_tcp), IN(2, ALL, opt_tcp)),
	H("S9", setsockopt, ENOPROTOOPT, IN(1, ALL, level_ip), IN(2, ALL, opt_ip)),
	H("S9", setsockopt, ENOPROTOOPT, IN(1, ALL, level_ipv6), IN(2, ALL, opt_ipv6)),
	H("S10", sendto, EOPNOTSUPP, IN(3, OOB, one)), H("S10", sendmsg, EOPNOTSUPP, IN(2, OOB, one)),
	H("S10", sendmmsg, EOPNOTSUPP, IN(3, OOB, one)), H("S10", recvfrom, EOPNOTSUPP, IN(3, OOB, one)),
	H("S10", recvmsg, EOPNOTSUPP, IN(2, OOB, one)), H("S10", recvmmsg, EOPNOTSUPP, IN(3, OOB, one)),
	H("S11", ioctl, EPERM, IN(1, ALL, ioctl_tty)),
	H("S12", ioctl, ENOTTY, IN(1, ALL, ioctl_fs)),
	H("S13", prctl, EPERM, IN(0, ALL, prctl_ops)),
	H("S14", personality, EPERM, OUT(0, ALL, personas)),
	H("S15", mknod, EPERM, IN(1, S_FMT, node_types)), H("S15", mknodat, EPERM, IN(2, S_FMT, node_types)),
	H("S16", seccomp, EPERM, IN(1, 8, listener)),
	N(S17, keyctl), N(S17, add_key), N(S17, request_key), N(S17, bpf),
	N(S18, name_to_handle_at), N(S18, open_by_handle_at), N(S19, process_madvise),
	N(S19, pidfd_getfd), N(S19, kcmp), F("S20", ptrace, EPERM, PTRACE),
	F("S20", process_vm_readv, EPERM, PTRACE), F("S20", process_vm_writev, EPERM, PTRACE),
	F("S21", io_uring_setup, ENOSYS, IO_URING), F("S21", io_uring_enter, ENOSYS, IO_URING),
	F("S21", io_uring_register, ENOSYS, IO_URING), F("S22", userfaultfd, EPERM, USERFAULTFD),
	F("S22", perf_event_open, EPERM, PERF), F("S23", mbind, EPERM, NUMA),
	F("S23", set_mempolicy, EPERM, NUMA), F("S23", set_mempolicy_home_node, EPERM, NUMA),
	F("S23", migrate_pages, EPERM, NUMA), F("S23", move_pages, EPERM, NUMA),
	N(S24, kexec_load), N(S24, kexec_file_load), N(S24, init_module), N(S24, finit_module),
	N(S24, delete_module), N(S24, reboot), N(S24, swapon), N(S24, swapoff), N(S24, acct),
	N(S24, syslog), N(S24, quotactl), N(S24, quotactl_fd), N(S24, iopl), N(S24, ioperm),
	N(S24, settimeofday), N(S24, clock_settime), N(S24, adjtimex), N(S24, clock_adjtime),
	N(S24, sethostname), N(S24, setdomainname), N(S24, vhangup), N(S24, fanotify_init),
	N(S24, lookup_dcookie), N(S24, modify_ldt), N(S24, uselib), N(S24, ustat), N(S24, sysfs),
	N(S24, memfd_secret), N(S24, nfsservctl),

	/* profiles-audit A.6, "reserved when off" */
	R(mmap, EPERM, JIT, IN(2, 6, write_exec)), R(mprotect, EPERM, JIT, IN(2, 6, write_exec)),
	RN(pkey_mprotect, JIT),
	R(clone, EPERM, THREADS, IN(0, 0x10000, thread)), R(clone, EPERM, FORK, OUT(0, 0x10000, thread)),
	RN(fork, FORK), RN(vfork, FORK), RN(memfd_create, MEMFD), RN(shmget, SYSV_IPC),
	RN(shmat, SYSV_IPC), RN(shmdt, SYSV_IPC), RN(shmctl, SYSV_IPC), RN(semget, SYSV_IPC),
	RN(semop, SYSV_IPC), RN(semtimedop, SYSV_IPC), RN(semctl, SYSV_IPC),
	RN(msgget, SYSV_IPC), RN(msgsnd, SYSV_IPC), RN(msgrcv, SYSV_IPC), RN(msgctl, SYSV_IPC),
	RN(mq_open, POSIX_MQ), RN(mq_unlink, POSIX_MQ), RN(mq_timedsend, POSIX_MQ),
	RN(mq_timedreceive, POSIX_MQ), RN(mq_notify, POSIX_MQ), RN(mq_getsetattr, POSIX_MQ),
	R(socket, EAFNOSUPPORT, NET_LOOPBACK, IN(0, ALL, family_inet)),
	R(socket, EAFNOSUPPORT, NET_IPV6, IN(0, ALL, family_inet6)),
	R(socketpair, EAFNOSUPPORT, NET_LOOPBACK, IN(0, ALL, family_inet)),
	R(socketpair, EAFNOSUPPORT, NET_IPV6, IN(0, ALL, family_inet6)),
	RN(sched_setscheduler, REALTIME), RN(sched_setparam, REALTIME),
	RN(sched_setattr, REALTIME),
	/* behind those that close them whole */
	R(shmat, EPERM, JIT, IN(2, 0x8000, shm_exec)), R(memfd_create, EPERM, JIT, IN(1, 0x10, mfd_exec)),
};

const struct hard_row hard_huge[HARD_HUGE] = {
	H("huge", mmap, EPERM, IN(3, 0x40000, map_huge)), H("huge", memfd_create, EPERM, IN(1, 4, mfd_huge)),
	H("huge", shmget, EPERM, IN(2, 04000, shm_huge)),
};
/* clang-format on */
const size_t hard_count = ARRAY_LEN(hard_table);

int hard_in_force(const struct hard_row *r, uint64_t features)
{
	return r->class == HARD_H || !(features & FEAT_BIT(r->feature));
}

static int listed(const struct hard_cond *c, uint32_t v)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->value[i] == v)
			return 1;
	return 0;
}

static int cond_holds(const struct hard_cond *c, uint64_t arg)
{
	int in = listed(c, (uint32_t)arg & c->mask);

	return c->op == HARD_END || (c->op == HARD_IN ? in : !in);
}

int hard_holds(const struct hard_row *r, const uint64_t args[6])
{
	for (size_t i = 0; i < HARD_CONDS; i++)
		if (!cond_holds(&r->cond[i], args[r->cond[i].arg]))
			return 0;
	return 1;
}

const struct hard_row *hard_refuses(unsigned nr, const uint64_t args[6], uint64_t features)
{
	for (size_t i = 0; i < hard_count; i++)
		if (hard_table[i].nr == nr && hard_in_force(&hard_table[i], features) &&
		    hard_holds(&hard_table[i], args))
			return &hard_table[i];
	return NULL;
}

const struct hard_row *hard_never(unsigned nr, uint64_t features)
{
	for (size_t i = 0; i < hard_count; i++)
		if (hard_table[i].nr == nr && hard_in_force(&hard_table[i], features) &&
		    hard_table[i].cond[0].op == HARD_END)
			return &hard_table[i];
	return NULL;
}

/*
 * IN: its values, and each with all bits outside the mask set. OUT: 0..320 (families, levels and
 * protocols all lie there), every single bit, and all bits, as far as they are outside the list.
 */
int hard_sample(const struct hard_cond *c, size_t i, uint32_t *ret)
{
	enum { SMALL = 321, WORD = 32 };
	size_t small = c->mask < SMALL ? c->mask + 1 : SMALL;

	if (c->op == HARD_END || (c->op == HARD_IN && i >= 2 * (size_t)c->count) ||
	    i >= small + WORD + 1)
		return 0;
	if (c->op == HARD_IN)
		*ret = c->value[i / 2] | (i % 2 ? ~c->mask : 0);
	else if (i < small)
		*ret = (uint32_t)i;
	else
		*ret = i < small + WORD ? UINT32_C(1) << (i - small) : UINT32_MAX;
	return 1;
}
