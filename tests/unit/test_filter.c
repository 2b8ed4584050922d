/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_filter.c - what emitted filters answer: every row of the hard list with its errno, 32-bit
 * and high-bit arguments, what profiles leave closed; a sample of them loaded for real.
 */
/* links: profiles/filter.c profiles/filter_args.c profiles/filter_prove.c profiles/filter_want.c
 * profiles/systab.c profiles/sysargs.c profiles/sysconst.c profiles/sysnames.c profiles/expect.c
 * tests/unit/plan_make.c lib/plan lib/base */
/* libs: -lseccomp */
#include "tests/unit/unit.h"

#include "lib/plan/plan_check.h"
#include "profiles/filter_parts.h"
#include "profiles/systab.h"
#include "tests/unit/plan_make.h"

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HIGH	     UINT64_C(0x100000000)
#define ALL_ONES     UINT64_C(0xffffffff00000000)
#define ALL_FEATURES (FEAT_BIT(FEAT__COUNT) - 1)

enum { OPEN = 0, KILL = -1, RULES_MAX = 2048 };

/* A rule set under construction and its filter. */
struct made {
	struct plan_sysrule rule[RULES_MAX];
	struct sock_filter insn[PLAN_BPF_MAX];
	struct filter_ask ask;
	size_t count; /* of insn */
};

static struct made made; /* too large for a stack */

static void begin(uint64_t features, uint32_t missing)
{
	memset(&made, 0, sizeof(made));
	made.ask =
		(struct filter_ask){ .rules = made.rule, .features = features, .missing = missing };
}

static void add(unsigned nr, unsigned clause, unsigned arg, uint64_t mask, uint64_t value)
{
	assert_true(made.ask.count < RULES_MAX);
	made.rule[made.ask.count++] = (struct plan_sysrule){
		.nr = (uint16_t)nr,
		.clause = (uint16_t)clause,
		.arg = (uint8_t)arg,
		.width = mask > UINT32_MAX || arg == SYSRULE_ALWAYS ? 8 : 4,
		.mask = mask,
		.value = value,
	};
}

static void add_whole(unsigned nr)
{
	add(nr, 0, SYSRULE_ALWAYS, 0, 0);
}

static int by_number(const void *a, const void *b)
{
	const struct plan_sysrule *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? -1 : 1;
	return x->clause - y->clause;
}

static void build(void)
{
	struct fault f = { 0 };

	qsort(made.rule, made.ask.count, sizeof(made.rule[0]), by_number);
	if (filter_build(&made.ask, made.insn, PLAN_BPF_MAX, &made.count, &f) != 0)
		fail_msg("%s: %s", f.site, f.msg);
}

static uint32_t answer(uint32_t arch, uint32_t nr, const uint64_t args[6])
{
	struct seccomp_data d = { .nr = (int)nr, .arch = arch };

	memcpy(d.args, args, sizeof(d.args));
	return bpf_run((struct bpf){ made.insn, made.count }, &d);
}

static uint32_t answer_for(int want)
{
	if (want == OPEN)
		return SECCOMP_RET_ALLOW;
	return want == KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | (uint32_t)want;
}

/* Everything that the table knows, with every feature: what is left closed is the hard list. */
static void allow_all(uint64_t features)
{
	begin(features, MISSING_ERRNO);
	for (unsigned nr = 0; nr <= SYSTAB_LAST; nr++)
		if (systab_name(nr))
			add_whole(nr);
	build();
}

struct verdict {
	const char *why;
	uint32_t nr;
	uint64_t args[4];
	int want;
};

static void judge(const struct verdict *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t args[6] = { v[i].args[0], v[i].args[1], v[i].args[2], v[i].args[3] };

		unit_eq(answer(AUDIT_ARCH_X86_64, v[i].nr, args), answer_for(v[i].want), v[i].why);
	}
}

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

/* What a server's profile looks like. */
static const struct verdict server[] = {
	{ "floor: exit_group",         SYS_exit_group, { 0 }, OPEN },
	{ "floor: exit",               SYS_exit, { 0 }, OPEN },
	{ "floor: rt_sigreturn",       SYS_rt_sigreturn, { 0 }, OPEN },
	{ "floor: restart_syscall",    SYS_restart_syscall, { 0 }, OPEN },
	{ "floor: futex",              SYS_futex, { 0 }, OPEN },
	{ "floor: sched_yield",        SYS_sched_yield, { 0 }, OPEN },
	{ "floor: execve",             SYS_execve, { 0 }, OPEN },
	{ "floor: execveat",           SYS_execveat, { 0 }, OPEN },
	{ "named",                     SYS_read, { 0 }, OPEN },
	{ "not named",                 SYS_getpid, { 0 }, EPERM },
	{ "openat2 not named",         SYS_openat2, { 0 }, ENOSYS },
	{ "unix stream",               SYS_socket, { 1, 1 | 02004000, 0 }, OPEN },
	{ "unix stream, high type",    SYS_socket, { 1, ALL_ONES | 1, 0 }, OPEN },
	{ "unix dgram not named",      SYS_socket, { 1, 2, 0 }, EPERM },
	{ "inet tcp",                  SYS_socket, { 2, 1, 6 }, OPEN },
	{ "inet udp not named",        SYS_socket, { 2, 2, 0 }, EPERM },
	{ "inet icmp",                 SYS_socket, { 2, 1, 1 }, EPROTONOSUPPORT },
	{ "inet6 left closed",         SYS_socket, { 10, 1, 0 }, EAFNOSUPPORT },
	{ "inet6 raw left closed",     SYS_socket, { 10, 3, 0 }, EAFNOSUPPORT },
	{ "netlink left closed",       SYS_socket, { 16, 3, 0 }, EAFNOSUPPORT },
	{ "alg",                       SYS_socket, { 38, 5, 0 }, EAFNOSUPPORT },
	{ "socketpair not named",      SYS_socketpair, { 1, 1, 0 }, EAFNOSUPPORT },
	{ "ioctl named",               SYS_ioctl, { 0, 0x5401 }, OPEN },
	{ "ioctl named, high",         SYS_ioctl, { 0, HIGH | 0x5401 }, OPEN },
	{ "ioctl not named",           SYS_ioctl, { 0, 0x5413 }, ENOTTY },
	{ "TIOCSTI",                   SYS_ioctl, { 0, 0x5412 }, EPERM },
	{ "TIOCSTI named all the same", SYS_ioctl, { 0, HIGH | 0x5412 }, EPERM },
	{ "mprotect W",                SYS_mprotect, { 0, 0, 3 }, OPEN },
	{ "mprotect W and X",          SYS_mprotect, { 0, 0, 7 }, EPERM },
	{ "reads a limit",             SYS_prlimit64, { 0, 7, 0 }, OPEN },
	{ "sets a limit",              SYS_prlimit64, { 0, 7, 0x1000 }, EPERM },
	{ "sets by a high pointer",    SYS_prlimit64, { 0, 7, HIGH }, EPERM },
	{ "a child",                   SYS_clone, { 17 }, OPEN },
	{ "a namespace",               SYS_clone, { 0x10000011 }, EPERM },
	{ "sendto not named, oob",     SYS_sendto, { 3, 0, 0, 1 }, EPERM },
	{ "hard, not named",           SYS_mount, { 0 }, EPERM },
	{ "hard, not named, own errno", SYS_clone3, { 0 }, ENOSYS },
};

static const struct verdict killer[] = {
	{ "named",                     SYS_read, { 0 }, OPEN },
	{ "not named",                 SYS_getpid, { 0 }, KILL },
	{ "argument not named",        SYS_mprotect, { 0, 0, 7 }, KILL },
	{ "hard list",                 SYS_mount, { 0 }, KILL },
	{ "an errno of its own stays", SYS_clone3, { 0 }, ENOSYS },
	{ "a closed family stays",     SYS_socket, { 10, 1, 0 }, EAFNOSUPPORT },
	{ "ioctl not named stays",     SYS_ioctl, { 0, 0x5413 }, ENOTTY },
	{ "unknown number stays",      471, { 0 }, ENOSYS },
};
/* clang-format on */

static void add_server(uint32_t missing)
{
	begin(FEAT_BIT(FEAT_FORK) | FEAT_BIT(FEAT_NET_LOOPBACK), missing);
	add_whole(SYS_read);
	add_whole(SYS_write);
	add(SYS_socket, 0, 0, UINT32_MAX, 1);
	add(SYS_socket, 0, 1, 0xf, 1);
	add(SYS_socket, 1, 0, UINT32_MAX, 2);
	add(SYS_socket, 1, 1, 0xf, 1);
	add(SYS_socket, 1, 2, UINT32_MAX, 0);
	add(SYS_socket, 2, 0, UINT32_MAX, 2);
	add(SYS_socket, 2, 1, 0xf, 1);
	add(SYS_socket, 2, 2, UINT32_MAX, 6);
	add(SYS_ioctl, 0, 1, UINT32_MAX, 0x5401);
	add(SYS_ioctl, 1, 1, UINT32_MAX, 0x5421);
	add(SYS_ioctl, 2, 1, UINT32_MAX, 0x5412); /* asks in vain */
	add(SYS_mprotect, 0, 2, 6, 0);
	add(SYS_mprotect, 1, 2, 6, 2);
	add(SYS_mprotect, 2, 2, 6, 4);
	add(SYS_prlimit64, 0, 2, UINT64_MAX, 0);
	add(SYS_clone, 0, 0, 0x7e020000, 0);
	build();
}

static void hard_list(void **state)
{
	(void)state;
	allow_all(ALL_FEATURES);
	judge(hard, UNIT_LEN(hard));
	allow_all(0);
	judge(bare, UNIT_LEN(bare));
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

static void server_profile(void **state)
{
	(void)state;
	add_server(MISSING_ERRNO);
	judge(server, UNIT_LEN(server));
	add_server(MISSING_KILL);
	judge(killer, UNIT_LEN(killer));
}

static void empty_profile(void **state)
{
	static const uint64_t none[6];

	(void)state;
	begin(0, MISSING_ERRNO);
	build();
	for (unsigned nr = 0; nr < 512; nr++)
		if (answer(AUDIT_ARCH_X86_64, nr, none) == SECCOMP_RET_ALLOW)
			assert_true(filter_is_floor(nr));
	for (unsigned nr = 0; nr < 512; nr++) {
		assert_int_equal(answer(AUDIT_ARCH_I386, nr, none), SECCOMP_RET_KILL_PROCESS);
		assert_int_equal(answer(AUDIT_ARCH_AARCH64, nr, none), SECCOMP_RET_KILL_PROCESS);
	}
}

static void same_bytes(void **state)
{
	static struct sock_filter first[PLAN_BPF_MAX];
	size_t n;

	(void)state;
	add_server(MISSING_ERRNO);
	n = made.count;
	memcpy(first, made.insn, sizeof(first));
	add_server(MISSING_ERRNO);
	assert_int_equal(made.count, n);
	assert_memory_equal(made.insn, first, n * sizeof(first[0]));
}

static void bad_rules(void **state)
{
	/* clang-format off */
	static const struct { const char *why; struct plan_sysrule rule; } rows[] = {
		{ "unknown number",   { .nr = 471, .arg = SYSRULE_ALWAYS, .width = 8 } },
		{ "startup phase",    { .nr = 0, .phase = 1, .arg = SYSRULE_ALWAYS, .width = 8 } },
		{ "argument 6",       { .nr = 0, .arg = 6, .width = 4, .mask = 1 } },
		{ "width 2",          { .nr = 0, .arg = 0, .width = 2, .mask = 1 } },
		{ "mask 0",           { .nr = 0, .arg = 0, .width = 4 } },
		{ "wide mask",        { .nr = 0, .arg = 0, .width = 4, .mask = HIGH } },
		{ "value over mask",  { .nr = 0, .arg = 0, .width = 4, .mask = 1, .value = 2 } },
		{ "whole with value", { .nr = 0, .arg = SYSRULE_ALWAYS, .width = 8, .value = 1 } },
	};
	/* clang-format on */
	struct fault f;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		begin(0, MISSING_ERRNO);
		made.rule[made.ask.count++] = rows[i].rule;
		unit_eq(filter_build(&made.ask, made.insn, PLAN_BPF_MAX, &made.count, &f), -EINVAL,
			rows[i].why);
	}
	begin(0, MISSING_ERRNO);
	add_whole(1);
	add_whole(0);
	assert_int_equal(filter_build(&made.ask, made.insn, PLAN_BPF_MAX, &made.count, &f),
			 -EINVAL);
	begin(0, MISSING_ERRNO);
	for (unsigned i = 0; i <= CLAUSES_MAX; i++)
		add(SYS_ioctl, i, 1, UINT32_MAX, i);
	assert_int_equal(filter_build(&made.ask, made.insn, PLAN_BPF_MAX, &made.count, &f),
			 -EINVAL);
	begin(0, MISSING_ERRNO);
	assert_int_equal(filter_build(&made.ask, made.insn, 100, &made.count, &f), -E2BIG);
}

static void many_clauses(void **state)
{
	uint64_t args[6] = { 0 };

	(void)state;
	begin(0, MISSING_ERRNO);
	for (unsigned i = 0; i < CLAUSES_MAX; i++)
		add(SYS_ioctl, i, 1, UINT32_MAX, 0x9000 + 2 * i);
	for (unsigned i = 0; i < CLAUSES_MAX; i++) {
		add(SYS_fcntl, i, 1, UINT32_MAX, i);
		add(SYS_fcntl, i, 2, UINT64_MAX, HIGH * i);
	}
	build();
	for (unsigned i = 0; i < 2 * CLAUSES_MAX; i++) {
		args[1] = 0x9000 + i;
		assert_int_equal(answer(AUDIT_ARCH_X86_64, SYS_ioctl, args) == SECCOMP_RET_ALLOW,
				 i % 2 == 0);
	}
}

/* The judge of the bytes sees what is done to them. */
static void mutants_die(void **state)
{
	size_t lived = 0, tried = 0;
	struct fault f;

	(void)state;
	add_server(MISSING_ERRNO);
	for (size_t i = 0; i < made.count; i++) {
		struct sock_filter keep = made.insn[i];
		int returns = keep.code == (BPF_RET | BPF_K), r;

		if (!returns && (BPF_CLASS(keep.code) != BPF_JMP || i % 5))
			continue; /* of the compares a fifth, for time */
		if (returns)
			made.insn[i].k = keep.k == SECCOMP_RET_ALLOW ? SECCOMP_RET_ERRNO | 1
								     : SECCOMP_RET_ALLOW;
		else
			made.insn[i].k ^= 1;
		r = filter_prove(&made.ask, (struct bpf){ made.insn, made.count }, &f);
		tried++;
		lived += r == 0;
		made.insn[i] = keep;
	}
	/* Some are equal to the original: returns behind a row that shadows another one (families
	 * that the profile leaves closed), bounds of the tree between two numbers with one answer.
	 */
	if (lived * 8 > tried)
		fail_msg("%zu of %zu mutants lived", lived, tried);
}

static void in_a_plan(void **state)
{
	struct plan_maker m;
	struct plan_seccomp *s;
	struct plan_features *on;
	struct fault f;
	size_t size;
	uint8_t *plan;

	(void)state;
	add_server(MISSING_ERRNO);
	plan_make_init(&m);
	plan_make_clear(&m, PLAN_BPF);
	for (size_t i = 0; i < made.count; i++)
		plan_make_add(&m, PLAN_BPF, &made.insn[i], sizeof(made.insn[i]));
	s = (void *)m.sec[PLAN_SECCOMP].p;
	s->count = (uint32_t)made.count;
	plan = plan_make_done(&m, &size);
	if (plan_check(plan, size, &f) != 0)
		fail_msg("%s", f.msg);
	/* the same filter where one of its features is off */
	on = plan_make_row(plan, PLAN_FEATURES, 0);
	on->on &= ~FEAT_BIT(FEAT_FORK);
	plan_make_rehash(plan, size);
	assert_int_equal(plan_check(plan, size, &f), PF_FEATURE_VALUE);
	free(plan);
	plan_make_fini(&m);
}

/* ---- loaded for real ---- */

/* Not _exit(): the sanitizers hook it, and under the filter their calls are refused. */
static void leave(long status)
{
	(void)syscall(SYS_exit_group, status);
}

static void load(void)
{
	struct sock_fprog prog = { (unsigned short)made.count, made.insn };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		leave(200);
}

/* Runs in a child; 0 when every answer is as wanted, else the row's number + 1. */
static int run_rows(const struct verdict *v, size_t n)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		load();
		for (size_t i = 0; i < n; i++) {
			errno = 0;
			(void)syscall((long)v[i].nr, v[i].args[0], v[i].args[1], v[i].args[2],
				      v[i].args[3], 0, 0);
			if (errno != v[i].want)
				leave((long)i + 1);
		}
		leave(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void loaded(void **state)
{
	/* clang-format off */
	/* An allowed call shows by the kernel's own complaint about descriptor -1 or address 0. */
	static const struct verdict rows[] = {
		{ "allowed: bad descriptor", SYS_read, { (uint64_t)-1 }, EBADF },
		{ "not named",               SYS_getcwd, { 0 }, EPERM },
		{ "clone3",                  SYS_clone3, { 0 }, ENOSYS },
		{ "unknown",                 480, { 0 }, ENOSYS },
		{ "alg",                     SYS_socket, { 38, 5, 0 }, EAFNOSUPPORT },
		{ "alg under high bits",     SYS_socket, { HIGH | 38, 5, 0 }, EAFNOSUPPORT },
		{ "inet6 left closed",       SYS_socket, { 10, 1, 0 }, EAFNOSUPPORT },
		{ "inet raw",                SYS_socket, { 2, 3, 0 }, EPERM },
		{ "mptcp",                   SYS_socket, { 2, 1, 262 }, EPROTONOSUPPORT },
		{ "TCGETS on nothing",       SYS_ioctl, { (uint64_t)-1, 0x5401 }, EBADF },
		{ "TIOCSTI",                 SYS_ioctl, { (uint64_t)-1, 0x5412 }, EPERM },
		{ "TIOCSTI under high bits", SYS_ioctl, { (uint64_t)-1, HIGH | 0x5412 }, EPERM },
		{ "ioctl not named",         SYS_ioctl, { (uint64_t)-1, 0x5413 }, ENOTTY },
		{ "mprotect W and X",        SYS_mprotect, { 0x1000, 0x1000, 7 }, EPERM },
		{ "mprotect of nothing",     SYS_mprotect, { 0x1000, 0x1000, 3 }, ENOMEM },
		{ "a namespace",             SYS_clone, { 0x10000011 }, EPERM },
		{ "unshare",                 SYS_unshare, { 0x10000000 }, EPERM },
		{ "number -1",               UINT32_MAX, { 0 }, ENOSYS },
	};
	/* clang-format on */
	int r;

	(void)state;
	add_server(MISSING_ERRNO);
	r = run_rows(rows, UNIT_LEN(rows));
	if (r)
		fail_msg("row \"%s\"", r <= (int)UNIT_LEN(rows) ? rows[r - 1].why : "load");
}

static void by_int80(void)
{
	long nr = 20; /* getpid of i386 */

	__asm__ volatile("int $0x80" : "+a"(nr) : : "memory");
}

static void by_x32(void)
{
	(void)syscall(0x40000000 | SYS_exit_group, 0);
}

static void by_missing(void)
{
	(void)syscall(SYS_getcwd, 0, 0);
}

static void killed(void **state)
{
	static const struct {
		const char *why;
		uint32_t missing;
		void (*run)(void);
	} rows[] = {
		{ "i386", MISSING_ERRNO, by_int80 },
		{ "x32", MISSING_ERRNO, by_x32 },
		{ "missing kill", MISSING_KILL, by_missing },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		int status;
		pid_t pid;

		add_server(rows[i].missing);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			load();
			rows[i].run();
			leave(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		unit_row(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, rows[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hard_list),	  cmocka_unit_test(every_row_is_met),
		cmocka_unit_test(server_profile), cmocka_unit_test(empty_profile),
		cmocka_unit_test(same_bytes),	  cmocka_unit_test(bad_rules),
		cmocka_unit_test(many_clauses),	  cmocka_unit_test(mutants_die),
		cmocka_unit_test(in_a_plan),	  cmocka_unit_test(loaded),
		cmocka_unit_test(killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
