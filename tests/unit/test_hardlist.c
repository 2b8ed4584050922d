/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_hardlist.c - every row of the hard list on the bytes of filters: errno, 32-bit and high-bit
 * arguments, features off.
 */
/* links: profiles/filter.c profiles/filter_args.c profiles/filter_prove.c profiles/filter_want.c
 * profiles/systab.c profiles/sysargs.c profiles/sysconst.c profiles/sysnames.c
 * tests/unit/filter_make.c lib/plan lib/base */
/* libs: -lseccomp */
#include "tests/unit/unit.h"

#include "lib/plan/hardlist.h"
#include "profiles/systab.h"
#include "tests/unit/filter_make.h"

#include <errno.h>
#include <sys/syscall.h>

/* clang-format off */
static const struct verdict hard[] = {
	{ "S1 a thread",               SYS_clone, { 0x3d0f00 }, OPEN },
	{ "S1 a child",                SYS_clone, { 17 }, OPEN },
	{ "S1 user namespace",         SYS_clone, { 0x10000000 | 17 }, EPERM },
	{ "S1 under high bits",        SYS_clone, { HIGH | 0x10000000 }, EPERM },
	{ "S1 mount namespace",        SYS_clone, { 0x20000 }, EPERM },
	{ "S1 cgroup namespace",       SYS_clone, { 0x2000000 }, EPERM },
	{ "S1 uts namespace",          SYS_clone, { 0x4000000 }, EPERM },
	{ "S1 ipc namespace",          SYS_clone, { 0x8000000 }, EPERM },
	{ "S1 pid namespace",          SYS_clone, { 0x20000000 }, EPERM },
	{ "S1 network namespace",      SYS_clone, { 0x40000000 }, EPERM },
	{ "S1 0x80 is a signal bit",   SYS_clone, { 0x80 }, OPEN },
	{ "S1 high bits alone",        SYS_clone, { ALL_ONES | 17 }, OPEN },
	{ "S2 clone3",                 SYS_clone3, { 0 }, ENOSYS },
	{ "S3 unshare",                SYS_unshare, { 0 }, EPERM },
	{ "S3 setns",                  SYS_setns, { 3 }, EPERM },
	{ "S4 mount",                  SYS_mount, { 0 }, EPERM },
	{ "S4 umount2",                SYS_umount2, { 0 }, EPERM },
	{ "S4 pivot_root",             SYS_pivot_root, { 0 }, EPERM },
	{ "S4 chroot",                 SYS_chroot, { 0 }, EPERM },
	{ "S4 open_tree",              SYS_open_tree, { 0 }, EPERM },
	{ "S4 move_mount",             SYS_move_mount, { 0 }, EPERM },
	{ "S4 fsopen",                 SYS_fsopen, { 0 }, EPERM },
	{ "S4 fsconfig",               SYS_fsconfig, { 0 }, EPERM },
	{ "S4 fsmount",                SYS_fsmount, { 0 }, EPERM },
	{ "S4 fspick",                 SYS_fspick, { 0 }, EPERM },
	{ "S4 mount_setattr",          SYS_mount_setattr, { 0 }, EPERM },
	{ "S4 open_tree_attr",         467, { 0 }, EPERM },
	{ "S5 statmount",              457, { 0 }, ENOSYS },
	{ "S5 listmount",              458, { 0 }, ENOSYS },
	{ "S5 lsm_get_self_attr",      459, { 0 }, ENOSYS },
	{ "S5 lsm_set_self_attr",      460, { 0 }, ENOSYS },
	{ "S5 lsm_list_modules",       461, { 0 }, ENOSYS },
	{ "S5 listns",                 470, { 0 }, ENOSYS },
	{ "S6 unix",                   SYS_socket, { 1, 1, 0 }, OPEN },
	{ "S6 inet",                   SYS_socket, { 2, 1, 0 }, OPEN },
	{ "S6 inet6",                  SYS_socket, { 10, 2, 17 }, OPEN },
	{ "S6 netlink route",          SYS_socket, { 16, 3, 0 }, OPEN },
	{ "S6 netlink xfrm",           SYS_socket, { 16, 3, 6 }, EAFNOSUPPORT },
	{ "S6 netlink xfrm, high",     SYS_socket, { 16, 3, HIGH | 6 }, EAFNOSUPPORT },
	{ "S6 alg",                    SYS_socket, { 38, 5, 0 }, EAFNOSUPPORT },
	{ "S6 alg under high bits",    SYS_socket, { HIGH | 38, 5, 0 }, EAFNOSUPPORT },
	{ "S6 inet under high bits",   SYS_socket, { HIGH | 2, 1, 0 }, OPEN },
	{ "S6 rxrpc",                  SYS_socket, { 33, 2, 2 }, EAFNOSUPPORT },
	{ "S6 vsock",                  SYS_socket, { 40, 1, 0 }, EAFNOSUPPORT },
	{ "S6 packet",                 SYS_socket, { 17, 3, 0 }, EAFNOSUPPORT },
	{ "S6 xdp",                    SYS_socket, { 44, 3, 0 }, EAFNOSUPPORT },
	{ "S6 key",                    SYS_socket, { 15, 3, 2 }, EAFNOSUPPORT },
	{ "S6 tipc",                   SYS_socket, { 30, 1, 0 }, EAFNOSUPPORT },
	{ "S6 smc",                    SYS_socket, { 43, 1, 0 }, EAFNOSUPPORT },
	{ "S6 can",                    SYS_socket, { 29, 3, 1 }, EAFNOSUPPORT },
	{ "S6 bluetooth",              SYS_socket, { 31, 1, 0 }, EAFNOSUPPORT },
	{ "S6 a family of the future", SYS_socket, { 46, 1, 0 }, EAFNOSUPPORT },
	{ "S6 family -1",              SYS_socket, { UINT32_MAX, 1, 0 }, EAFNOSUPPORT },
	{ "S6 pair of alg",            SYS_socketpair, { 38, 1, 0 }, EAFNOSUPPORT },
	{ "S7 inet raw",               SYS_socket, { 2, 3, 0 }, EPERM },
	{ "S7 inet raw, cloexec",      SYS_socket, { 2, 3 | 02000000, 0 }, EPERM },
	{ "S7 inet stream, cloexec",   SYS_socket, { 2, 1 | 02000000, 0 }, OPEN },
	{ "S7 inet raw, high",         SYS_socket, { 2, HIGH | 3, 0 }, EPERM },
	{ "S7 inet packet",            SYS_socket, { 2, 10, 0 }, EPERM },
	{ "S7 unix seqpacket",         SYS_socket, { 1, 5, 0 }, OPEN },
	{ "S7 inet seqpacket",         SYS_socket, { 2, 5, 132 }, EPERM },
	{ "S7 unix raw",               SYS_socket, { 1, 3, 0 }, EPERM },
	{ "S7 netlink stream",         SYS_socket, { 16, 1, 0 }, EPERM },
	{ "S6 pair of netlink xfrm",   SYS_socketpair, { 16, 3, 6 }, EAFNOSUPPORT },
	{ "S7 pair of inet raw",       SYS_socketpair, { 10, 3, 0 }, EPERM },
	{ "S7 pair of netlink stream", SYS_socketpair, { 16, 1, 0 }, EPERM },
	{ "S8 pair of mptcp",          SYS_socketpair, { 2, 1, 262 }, EPROTONOSUPPORT },
	{ "S7 pair of unix raw",       SYS_socketpair, { 1, 3, 0 }, EPERM },
	{ "S8 icmp",                   SYS_socket, { 2, 2, 1 }, EPROTONOSUPPORT },
	{ "S8 icmp6",                  SYS_socket, { 10, 2, 58 }, EPROTONOSUPPORT },
	{ "S8 mptcp",                  SYS_socket, { 2, 1, 262 }, EPROTONOSUPPORT },
	{ "S8 mptcp, high",            SYS_socket, { 2, 1, HIGH | 262 }, EPROTONOSUPPORT },
	{ "S8 sctp as stream",         SYS_socket, { 10, 1, 132 }, EPROTONOSUPPORT },
	{ "S8 dccp",                   SYS_socket, { 2, 1, 33 }, EPROTONOSUPPORT },
	{ "S8 udplite",                SYS_socket, { 2, 2, 136 }, EPROTONOSUPPORT },
	{ "S8 l2tp",                   SYS_socket, { 2, 2, 115 }, EPROTONOSUPPORT },
	{ "S8 tcp",                    SYS_socket, { 10, 1, 6 }, OPEN },
	{ "S8 high bits alone",        SYS_socket, { 2, 1, ALL_ONES }, OPEN },
	{ "S9 reuseaddr",              SYS_setsockopt, { 3, 1, 2 }, OPEN },
	{ "S9 nodelay",                SYS_setsockopt, { 3, 6, 1 }, OPEN },
	{ "S9 tcp ulp",                SYS_setsockopt, { 3, 6, 31 }, ENOPROTOOPT },
	{ "S9 tcp ulp, high level",    SYS_setsockopt, { 3, HIGH | 6, 31 }, ENOPROTOOPT },
	{ "S9 tcp ulp, high option",   SYS_setsockopt, { 3, 6, HIGH | 31 }, ENOPROTOOPT },
	{ "S9 passrights",             SYS_setsockopt, { 3, 1, 83 }, ENOPROTOOPT },
	{ "S9 level alg",              SYS_setsockopt, { 3, 279, 1 }, ENOPROTOOPT },
	{ "S9 level raw",              SYS_setsockopt, { 3, 255, 1 }, ENOPROTOOPT },
	{ "S9 ip ttl",                 SYS_setsockopt, { 3, 0, 2 }, OPEN },
	{ "S9 multicast join",         SYS_setsockopt, { 3, 0, 35 }, ENOPROTOOPT },
	{ "S9 multicast last",         SYS_setsockopt, { 3, 0, 48 }, ENOPROTOOPT },
	{ "S9 behind multicast",       SYS_setsockopt, { 3, 0, 49 }, OPEN },
	{ "S9 xtables replace",        SYS_setsockopt, { 3, 0, 64 }, ENOPROTOOPT },
	{ "S9 ipv6 only",              SYS_setsockopt, { 3, 41, 26 }, OPEN },
	{ "S9 ipv6 join",              SYS_setsockopt, { 3, 41, 20 }, ENOPROTOOPT },
	{ "S9 ip6tables",              SYS_setsockopt, { 3, 41, 65 }, ENOPROTOOPT },
	{ "S10 sendto oob",            SYS_sendto, { 3, 0, 0, 1 }, EOPNOTSUPP },
	{ "S10 sendto oob, nosignal",  SYS_sendto, { 3, 0, 0, 0x4001 }, EOPNOTSUPP },
	{ "S10 sendto nosignal",       SYS_sendto, { 3, 0, 0, 0x4000 }, OPEN },
	{ "S10 sendmsg oob",           SYS_sendmsg, { 3, 0, 1 }, EOPNOTSUPP },
	{ "S10 sendmsg oob, high",     SYS_sendmsg, { 3, 0, HIGH | 1 }, EOPNOTSUPP },
	{ "S10 sendmmsg oob",          SYS_sendmmsg, { 3, 0, 0, 1 }, EOPNOTSUPP },
	{ "S10 recvfrom oob",          SYS_recvfrom, { 3, 0, 0, 1 }, EOPNOTSUPP },
	{ "S10 recvmsg oob",           SYS_recvmsg, { 3, 0, 1 }, EOPNOTSUPP },
	{ "S10 recvmmsg oob",          SYS_recvmmsg, { 3, 0, 0, 1 }, EOPNOTSUPP },
	{ "S10 recvmsg peek",          SYS_recvmsg, { 3, 0, 2 }, OPEN },
	{ "S11 TIOCSTI",               SYS_ioctl, { 0, 0x5412 }, EPERM },
	{ "S11 TIOCSTI, high",         SYS_ioctl, { 0, HIGH | 0x5412 }, EPERM },
	{ "S11 TIOCLINUX",             SYS_ioctl, { 0, 0x541c }, EPERM },
	{ "S11 TIOCCONS",              SYS_ioctl, { 0, 0x541d }, EPERM },
	{ "S11 TIOCSETD",              SYS_ioctl, { 0, 0x5423 }, EPERM },
	{ "S11 TCGETS",                SYS_ioctl, { 0, 0x5401 }, OPEN },
	{ "S12 fscrypt add key",       SYS_ioctl, { 0, 0xC0506617 }, ENOTTY },
	{ "S12 fscrypt policy, high",  SYS_ioctl, { 0, HIGH | 0x800C6613 }, ENOTTY },
	{ "S12 enable verity",         SYS_ioctl, { 0, 0x40806685 }, ENOTTY },
	{ "S12 freeze",                SYS_ioctl, { 0, 0xC0045877 }, ENOTTY },
	{ "S12 thaw",                  SYS_ioctl, { 0, 0xC0045878 }, ENOTTY },
	{ "S12 trim",                  SYS_ioctl, { 0, 0xC0185879 }, ENOTTY },
	{ "S12 resize",                SYS_ioctl, { 0, 0x40086610 }, ENOTTY },
	{ "S12 move extent",           SYS_ioctl, { 0, 0xC028660F }, ENOTTY },
	{ "S12 swap boot",             SYS_ioctl, { 0, 0x6611 }, ENOTTY },
	{ "S13 set mm",                SYS_prctl, { 35 }, EPERM },
	{ "S13 set mm, high",          SYS_prctl, { HIGH | 35 }, EPERM },
	{ "S13 core scheduling",       SYS_prctl, { 62 }, EPERM },
	{ "S13 io flusher",            SYS_prctl, { 57 }, EPERM },
	{ "S13 securebits",            SYS_prctl, { 28 }, EPERM },
	{ "S13 name",                  SYS_prctl, { 15 }, OPEN },
	{ "S14 linux",                 SYS_personality, { 0 }, OPEN },
	{ "S14 query",                 SYS_personality, { 0xffffffff }, OPEN },
	{ "S14 query, as long",        SYS_personality, { UINT64_MAX }, OPEN },
	{ "S14 read implies exec",     SYS_personality, { 0x400000 }, EPERM },
	{ "S14 no randomize",          SYS_personality, { 0x40000 }, EPERM },
	{ "S14 no randomize, high",    SYS_personality, { HIGH | 0x40000 }, EPERM },
	{ "S15 fifo",                  SYS_mknod, { 0, 0010644 }, OPEN },
	{ "S15 char device",           SYS_mknod, { 0, 0020666 }, EPERM },
	{ "S15 block device, high",    SYS_mknod, { 0, HIGH | 0060666 }, EPERM },
	{ "S15 at: char device",       SYS_mknodat, { 3, 0, 0020000 }, EPERM },
	{ "S15 at: socket",            SYS_mknodat, { 3, 0, 0140000 }, OPEN },
	{ "S16 plain filter",          SYS_seccomp, { 1, 0 }, OPEN },
	{ "S16 listener",              SYS_seccomp, { 1, 8 }, EPERM },
	{ "S16 listener, high",        SYS_seccomp, { 1, HIGH | 9 }, EPERM },
	{ "S17 keyctl",                SYS_keyctl, { 0 }, EPERM },
	{ "S17 add_key",               SYS_add_key, { 0 }, EPERM },
	{ "S17 request_key",           SYS_request_key, { 0 }, EPERM },
	{ "S17 bpf",                   SYS_bpf, { 0 }, EPERM },
	{ "S18 name_to_handle_at",     SYS_name_to_handle_at, { 0 }, EPERM },
	{ "S18 open_by_handle_at",     SYS_open_by_handle_at, { 0 }, EPERM },
	{ "S19 process_madvise",       SYS_process_madvise, { 0 }, EPERM },
	{ "S19 pidfd_getfd",           SYS_pidfd_getfd, { 0 }, EPERM },
	{ "S19 kcmp",                  SYS_kcmp, { 0 }, EPERM },
	{ "S20 on",                    SYS_ptrace, { 0 }, OPEN },
	{ "S21 on",                    SYS_io_uring_setup, { 0 }, OPEN },
	{ "S22 on",                    SYS_userfaultfd, { 0 }, OPEN },
	{ "S23 on",                    SYS_mbind, { 0 }, OPEN },
	{ "S24 kexec_load",            SYS_kexec_load, { 0 }, EPERM },
	{ "S24 kexec_file_load",       SYS_kexec_file_load, { 0 }, EPERM },
	{ "S24 init_module",           SYS_init_module, { 0 }, EPERM },
	{ "S24 finit_module",          SYS_finit_module, { 0 }, EPERM },
	{ "S24 delete_module",         SYS_delete_module, { 0 }, EPERM },
	{ "S24 reboot",                SYS_reboot, { 0 }, EPERM },
	{ "S24 swapon",                SYS_swapon, { 0 }, EPERM },
	{ "S24 swapoff",               SYS_swapoff, { 0 }, EPERM },
	{ "S24 acct",                  SYS_acct, { 0 }, EPERM },
	{ "S24 syslog",                SYS_syslog, { 0 }, EPERM },
	{ "S24 quotactl",              SYS_quotactl, { 0 }, EPERM },
	{ "S24 quotactl_fd",           SYS_quotactl_fd, { 0 }, EPERM },
	{ "S24 iopl",                  SYS_iopl, { 0 }, EPERM },
	{ "S24 ioperm",                SYS_ioperm, { 0 }, EPERM },
	{ "S24 settimeofday",          SYS_settimeofday, { 0 }, EPERM },
	{ "S24 clock_settime",         SYS_clock_settime, { 0 }, EPERM },
	{ "S24 adjtimex",              SYS_adjtimex, { 0 }, EPERM },
	{ "S24 clock_adjtime",         SYS_clock_adjtime, { 0 }, EPERM },
	{ "S24 sethostname",           SYS_sethostname, { 0 }, EPERM },
	{ "S24 setdomainname",         SYS_setdomainname, { 0 }, EPERM },
	{ "S24 vhangup",               SYS_vhangup, { 0 }, EPERM },
	{ "S24 fanotify_init",         SYS_fanotify_init, { 0 }, EPERM },
	{ "S24 lookup_dcookie",        SYS_lookup_dcookie, { 0 }, EPERM },
	{ "S24 modify_ldt",            SYS_modify_ldt, { 0 }, EPERM },
	{ "S24 uselib",                SYS_uselib, { 0 }, EPERM },
	{ "S24 ustat",                 SYS_ustat, { 0 }, EPERM },
	{ "S24 sysfs",                 SYS_sysfs, { 0 }, EPERM },
	{ "S24 memfd_secret",          SYS_memfd_secret, { 0 }, EPERM },
	{ "S24 nfsservctl",            SYS_nfsservctl, { 0 }, EPERM },
	{ "jit on: attach to execute", SYS_shmat, { 1, 0, 0x8000 }, OPEN },
	{ "jit on: memfd to execute",  SYS_memfd_create, { 0, 0x13 }, OPEN },
	{ "jit on: W and X",           SYS_mprotect, { 0, 0, 7 }, OPEN },
	{ "unknown number",            471, { 0 }, ENOSYS },
	{ "gap in the table",          340, { 0 }, ENOSYS },
	{ "number -1",                 UINT32_MAX, { 0 }, ENOSYS },
	{ "x32 read",                  0x40000000, { 0 }, KILL },
	{ "x32 of an allowed call",    0x40000000 | SYS_getpid, { 0 }, KILL },
	{ "number of minus two",       UINT32_MAX - 1, { 0 }, KILL },
};

/* Every call is allowed by the profile, no feature is on. */
static const struct verdict bare[] = {
	{ "S20 ptrace",                SYS_ptrace, { 0 }, EPERM },
	{ "S20 process_vm_readv",      SYS_process_vm_readv, { 0 }, EPERM },
	{ "S20 process_vm_writev",     SYS_process_vm_writev, { 0 }, EPERM },
	{ "S21 io_uring_setup",        SYS_io_uring_setup, { 0 }, ENOSYS },
	{ "S21 io_uring_enter",        SYS_io_uring_enter, { 0 }, ENOSYS },
	{ "S21 io_uring_register",     SYS_io_uring_register, { 0 }, ENOSYS },
	{ "S22 userfaultfd",           SYS_userfaultfd, { 0 }, EPERM },
	{ "S22 perf_event_open",       SYS_perf_event_open, { 0 }, EPERM },
	{ "S23 mbind",                 SYS_mbind, { 0 }, EPERM },
	{ "S23 set_mempolicy",         SYS_set_mempolicy, { 0 }, EPERM },
	{ "S23 home node",             SYS_set_mempolicy_home_node, { 0 }, EPERM },
	{ "S23 migrate_pages",         SYS_migrate_pages, { 0 }, EPERM },
	{ "S23 move_pages",            SYS_move_pages, { 0 }, EPERM },
	{ "no jit: W",                 SYS_mprotect, { 0, 0, 3 }, OPEN },
	{ "no jit: X",                 SYS_mprotect, { 0, 0, 5 }, OPEN },
	{ "no jit: W and X",           SYS_mprotect, { 0, 0, 6 }, EPERM },
	{ "no jit: map W and X",       SYS_mmap, { 0, 0, 7 }, EPERM },
	{ "no jit: pkey",              SYS_pkey_mprotect, { 0, 0, 1 }, EPERM },
	{ "no threads",                SYS_clone, { 0x3d0f00 }, EPERM },
	{ "no fork",                   SYS_clone, { 17 }, EPERM },
	{ "no vfork",                  SYS_vfork, { 0 }, EPERM },
	{ "no memfd",                  SYS_memfd_create, { 0 }, EPERM },
	{ "no sysv",                   SYS_shmget, { 0 }, EPERM },
	{ "no mqueue",                 SYS_mq_open, { 0 }, EPERM },
	{ "no net: unix",              SYS_socket, { 1, 1, 0 }, OPEN },
	{ "no net: inet",              SYS_socket, { 2, 1, 0 }, EAFNOSUPPORT },
	{ "no net: inet6",             SYS_socket, { 10, 1, 0 }, EAFNOSUPPORT },
	{ "no realtime",               SYS_sched_setscheduler, { 0 }, EPERM },
};

/* Every feature but jit is on. */
static const struct verdict no_jit[] = {
	{ "no jit: attach to execute", SYS_shmat, { 1, 0, 0x8000 }, EPERM },
	{ "no jit: attach, high",      SYS_shmat, { 1, 0, HIGH | 0x9000 }, EPERM },
	{ "no jit: attach",            SYS_shmat, { 1, 0, 0x1000 }, OPEN },
	{ "no jit: memfd to execute",  SYS_memfd_create, { 0, 0x13 }, EPERM },
	{ "no jit: memfd",             SYS_memfd_create, { 0, 0xb }, OPEN },
};
/* clang-format on */

static void hard_list(void **state)
{
	(void)state;
	filter_make_all(ALL_FEATURES);
	filter_make_judge(hard, UNIT_LEN(hard));
	filter_make_all(0);
	filter_make_judge(bare, UNIT_LEN(bare));
	filter_make_all(ALL_FEATURES & ~FEAT_BIT(FEAT_JIT));
	filter_make_judge(no_jit, UNIT_LEN(no_jit));
}

/* Each row of the table refuses something in the two lists above, with its errno. */
static void every_row_is_met(void **state)
{
	(void)state;
	for (size_t i = 0; i < hard_count; i++) {
		const struct hard_row *row = &hard_table[i];
		const struct verdict *list = row->class == HARD_H ? hard : bare;
		size_t n = row->class == HARD_H ? UNIT_LEN(hard) : UNIT_LEN(bare), met = 0;

		for (size_t k = 0; k < n; k++) {
			uint64_t args[6] = { list[k].args[0], list[k].args[1], list[k].args[2],
					     list[k].args[3] };

			met += list[k].nr == row->nr && list[k].want == row->err &&
			       hard_holds(row, args);
		}
		/* of the R rows one of a kind is enough */
		if (row->class != HARD_R)
			unit_row(met > 0, systab_name(row->nr));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hard_list),
		cmocka_unit_test(every_row_is_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
