/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysconst.c - the constants that arguments of system calls are written with. Runs in:
 * cloister-compile. Pure data.
 *
 * C takes the value from the system's headers; V states one that is newer than those of Debian 12.
 */
#include "profiles/systab_data.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/memfd.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <asm/prctl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#define C(n)                                                                                       \
	{                                                                                          \
#n, (uint64_t)(uint32_t)(n)                                                        \
	}
#define V(n, v)                                                                                    \
	{                                                                                          \
#n, v                                                                              \
	}
#define SET(name) const struct sys_consts sys_##name = { name##_rows, ARRAY_LEN(name##_rows) }

/* clang-format off */
static const struct sys_const prot_rows[] = {
	C(PROT_NONE), C(PROT_READ), C(PROT_WRITE), C(PROT_EXEC), C(PROT_GROWSDOWN), C(PROT_GROWSUP),
};
SET(prot);

static const struct sys_const map_rows[] = {
	C(MAP_SHARED), C(MAP_PRIVATE), C(MAP_SHARED_VALIDATE), C(MAP_FIXED), C(MAP_ANONYMOUS),
	C(MAP_32BIT), C(MAP_GROWSDOWN), C(MAP_DENYWRITE), C(MAP_EXECUTABLE), C(MAP_LOCKED),
	C(MAP_NORESERVE), C(MAP_POPULATE), C(MAP_NONBLOCK), C(MAP_STACK), C(MAP_HUGETLB), C(MAP_SYNC),
	C(MAP_FIXED_NOREPLACE),
};
SET(map);

static const struct sys_const clone_rows[] = {
	C(CLONE_VM), C(CLONE_FS), C(CLONE_FILES), C(CLONE_SIGHAND), C(CLONE_PIDFD), C(CLONE_PTRACE),
	C(CLONE_VFORK), C(CLONE_PARENT), C(CLONE_THREAD), C(CLONE_NEWNS), C(CLONE_SYSVSEM),
	C(CLONE_SETTLS), C(CLONE_PARENT_SETTID), C(CLONE_CHILD_CLEARTID), C(CLONE_DETACHED),
	C(CLONE_UNTRACED), C(CLONE_CHILD_SETTID), C(CLONE_NEWCGROUP), C(CLONE_NEWUTS), C(CLONE_NEWIPC),
	C(CLONE_NEWUSER), C(CLONE_NEWPID), C(CLONE_NEWNET), C(CLONE_IO), C(SIGCHLD),
};
SET(clone);

static const struct sys_const rlimit_rows[] = {
	C(RLIMIT_CPU), C(RLIMIT_FSIZE), C(RLIMIT_DATA), C(RLIMIT_STACK), C(RLIMIT_CORE), C(RLIMIT_RSS),
	C(RLIMIT_NPROC), C(RLIMIT_NOFILE), C(RLIMIT_MEMLOCK), C(RLIMIT_AS), C(RLIMIT_LOCKS),
	C(RLIMIT_SIGPENDING), C(RLIMIT_MSGQUEUE), C(RLIMIT_NICE), C(RLIMIT_RTPRIO), C(RLIMIT_RTTIME),
};
SET(rlimit);

static const struct sys_const family_rows[] = {
	C(AF_UNSPEC), C(AF_UNIX), C(AF_LOCAL), C(AF_INET), C(AF_AX25), C(AF_IPX), C(AF_APPLETALK),
	C(AF_X25), C(AF_INET6), C(AF_KEY), C(AF_NETLINK), C(AF_PACKET), C(AF_RDS), C(AF_PPPOX),
	C(AF_LLC), C(AF_IB), C(AF_MPLS), C(AF_CAN), C(AF_TIPC), C(AF_BLUETOOTH), C(AF_RXRPC),
	C(AF_ISDN), C(AF_PHONET), C(AF_IEEE802154), C(AF_CAIF), C(AF_ALG), C(AF_NFC), C(AF_VSOCK),
	C(AF_KCM), C(AF_QIPCRTR), C(AF_SMC), C(AF_XDP), V(AF_MCTP, 45),
};
SET(family);

static const struct sys_const socktype_rows[] = {
	C(SOCK_STREAM), C(SOCK_DGRAM), C(SOCK_RAW), C(SOCK_RDM), C(SOCK_SEQPACKET), C(SOCK_DCCP),
	C(SOCK_PACKET), C(SOCK_NONBLOCK), C(SOCK_CLOEXEC), V(SOCK_TYPE_MASK, 15),
};
SET(socktype);

static const struct sys_const sockflag_rows[] = {
	C(SOCK_NONBLOCK), C(SOCK_CLOEXEC),
};
SET(sockflag);

static const struct sys_const proto_rows[] = {
	C(IPPROTO_IP), C(IPPROTO_ICMP), C(IPPROTO_TCP), C(IPPROTO_UDP), C(IPPROTO_DCCP),
	C(IPPROTO_ICMPV6), C(IPPROTO_SCTP), C(IPPROTO_UDPLITE), C(IPPROTO_RAW), C(IPPROTO_MPTCP),
	V(NETLINK_ROUTE, 0),
};
SET(proto);

static const struct sys_const level_rows[] = {
	C(SOL_SOCKET), C(SOL_IP), C(SOL_TCP), V(SOL_UDP, 17), C(SOL_IPV6), C(SOL_RAW), C(SOL_PACKET),
	C(SOL_NETLINK), C(SOL_ALG), C(SOL_XDP), V(SOL_SCTP, 132), V(SOL_MPTCP, 284),
	C(IPPROTO_IP), C(IPPROTO_TCP), C(IPPROTO_UDP), C(IPPROTO_IPV6),
};
SET(level);

static const struct sys_const sockopt_rows[] = {
	C(SO_DEBUG), C(SO_REUSEADDR), C(SO_TYPE), C(SO_ERROR), C(SO_DONTROUTE), C(SO_BROADCAST),
	C(SO_SNDBUF), C(SO_RCVBUF), C(SO_KEEPALIVE), C(SO_OOBINLINE), C(SO_PRIORITY), C(SO_LINGER),
	C(SO_REUSEPORT), C(SO_PASSCRED), C(SO_PEERCRED), C(SO_RCVLOWAT), C(SO_SNDLOWAT),
	C(SO_RCVTIMEO), C(SO_SNDTIMEO), C(SO_BINDTODEVICE), C(SO_ATTACH_FILTER), C(SO_ATTACH_BPF),
	C(SO_ACCEPTCONN), C(SO_PROTOCOL), C(SO_DOMAIN), C(SO_INCOMING_CPU), C(SO_ZEROCOPY),
	V(SO_PASSPIDFD, 76), V(SO_PEERPIDFD, 77), V(SO_PASSRIGHTS, 83),
	C(TCP_NODELAY), C(TCP_MAXSEG), C(TCP_CORK), C(TCP_KEEPIDLE), C(TCP_KEEPINTVL), C(TCP_KEEPCNT),
	C(TCP_SYNCNT), C(TCP_DEFER_ACCEPT), C(TCP_INFO), C(TCP_QUICKACK), C(TCP_CONGESTION),
	C(TCP_USER_TIMEOUT), C(TCP_FASTOPEN), C(TCP_ULP), C(TCP_NOTSENT_LOWAT),
	C(IP_TOS), C(IP_TTL), C(IP_PKTINFO), C(IP_RECVERR), C(IP_FREEBIND), C(IP_TRANSPARENT),
	C(IP_BIND_ADDRESS_NO_PORT), C(IPV6_V6ONLY), C(IPV6_RECVPKTINFO), C(IPV6_UNICAST_HOPS),
	C(IPV6_TCLASS), C(IPV6_RECVERR),
};
SET(sockopt);

static const struct sys_const msg_rows[] = {
	C(MSG_OOB), C(MSG_PEEK), C(MSG_DONTROUTE), C(MSG_CTRUNC), C(MSG_TRUNC), C(MSG_DONTWAIT),
	C(MSG_EOR), C(MSG_WAITALL), C(MSG_CONFIRM), C(MSG_ERRQUEUE), C(MSG_NOSIGNAL), C(MSG_MORE),
	C(MSG_WAITFORONE), C(MSG_ZEROCOPY), C(MSG_FASTOPEN), C(MSG_CMSG_CLOEXEC),
};
SET(msg);

static const struct sys_const ioctl_rows[] = {
	C(TCGETS), C(TCSETS), C(TCSETSW), C(TCSETSF), C(TCSBRK), C(TCXONC), C(TCFLSH), C(TIOCEXCL),
	C(TIOCNXCL), C(TIOCSCTTY), C(TIOCGPGRP), C(TIOCSPGRP), C(TIOCOUTQ), C(TIOCSTI), C(TIOCGWINSZ),
	C(TIOCSWINSZ), C(TIOCLINUX), C(TIOCCONS), C(TIOCSETD), C(TIOCGETD), C(FIONREAD), C(TIOCNOTTY),
	C(FIONBIO), C(TIOCGSID), C(TIOCGPTN), C(TIOCSPTLCK), C(TIOCGPTPEER), C(FIONCLEX), C(FIOCLEX),
	C(FIOASYNC), C(FIOSETOWN), C(FIOGETOWN), C(SIOCGPGRP), C(SIOCATMARK), C(TIOCPKT), C(TIOCGPTLCK),
	C(SIOCGIFNAME), C(SIOCGIFCONF), C(SIOCGIFFLAGS), C(SIOCGIFADDR), C(SIOCGIFMTU),
	C(SIOCGIFINDEX), C(SIOCGIFHWADDR), V(TCGETS2, 0x802c542a), V(FS_IOC_GETFLAGS, 0x80086601),
	V(FS_IOC_FIEMAP, 0xc020660b), V(FICLONE, 0x40049409), V(FICLONERANGE, 0x4020940d),
};
SET(ioctl);

static const struct sys_const prctl_rows[] = {
	C(PR_SET_PDEATHSIG), C(PR_GET_PDEATHSIG), C(PR_GET_DUMPABLE), C(PR_SET_DUMPABLE),
	C(PR_GET_KEEPCAPS), C(PR_SET_KEEPCAPS), C(PR_SET_NAME), C(PR_GET_NAME), C(PR_GET_SECCOMP),
	C(PR_SET_SECCOMP), C(PR_CAPBSET_READ), C(PR_CAPBSET_DROP), C(PR_GET_TSC), C(PR_SET_TSC),
	C(PR_GET_SECUREBITS), C(PR_SET_SECUREBITS), C(PR_SET_TIMERSLACK), C(PR_GET_TIMERSLACK),
	C(PR_SET_MM), C(PR_SET_CHILD_SUBREAPER), C(PR_GET_CHILD_SUBREAPER), C(PR_SET_NO_NEW_PRIVS),
	C(PR_GET_NO_NEW_PRIVS), C(PR_GET_TID_ADDRESS), C(PR_SET_THP_DISABLE), C(PR_GET_THP_DISABLE),
	C(PR_CAP_AMBIENT), C(PR_GET_SPECULATION_CTRL), C(PR_SET_SPECULATION_CTRL),
	C(PR_SET_IO_FLUSHER), C(PR_GET_IO_FLUSHER), C(PR_SCHED_CORE), C(PR_SET_VMA), C(PR_SET_PTRACER),
	V(PR_SET_MDWE, 65), V(PR_GET_MDWE, 66),
};
SET(prctl);

static const struct sys_const arch_rows[] = {
	C(ARCH_SET_GS), C(ARCH_SET_FS), C(ARCH_GET_FS), C(ARCH_GET_GS), C(ARCH_GET_CPUID),
	C(ARCH_SET_CPUID),
};
SET(arch);

static const struct sys_const fcntl_rows[] = {
	C(F_DUPFD), C(F_GETFD), C(F_SETFD), C(F_GETFL), C(F_SETFL), C(F_GETLK), C(F_SETLK), C(F_SETLKW),
	C(F_SETOWN), C(F_GETOWN), C(F_SETSIG), C(F_GETSIG), C(F_SETOWN_EX), C(F_GETOWN_EX),
	C(F_OFD_GETLK), C(F_OFD_SETLK), C(F_OFD_SETLKW), C(F_SETLEASE), C(F_GETLEASE), C(F_NOTIFY),
	C(F_DUPFD_CLOEXEC), C(F_SETPIPE_SZ), C(F_GETPIPE_SZ), C(F_ADD_SEALS), C(F_GET_SEALS),
};
SET(fcntl);

static const struct sys_const signal_rows[] = {
	V(SIG_CHECK, 0), C(SIGHUP), C(SIGINT), C(SIGQUIT), C(SIGILL), C(SIGTRAP), C(SIGABRT), C(SIGBUS),
	C(SIGFPE), C(SIGKILL), C(SIGUSR1), C(SIGSEGV), C(SIGUSR2), C(SIGPIPE), C(SIGALRM), C(SIGTERM),
	C(SIGSTKFLT), C(SIGCHLD), C(SIGCONT), C(SIGSTOP), C(SIGTSTP), C(SIGTTIN), C(SIGTTOU), C(SIGURG),
	C(SIGXCPU), C(SIGXFSZ), C(SIGVTALRM), C(SIGPROF), C(SIGWINCH), C(SIGIO), C(SIGPWR), C(SIGSYS),
};
SET(signal);

static const struct sys_const persona_rows[] = {
	C(PER_LINUX), V(PER_QUERY, 0xffffffff), C(ADDR_NO_RANDOMIZE), C(READ_IMPLIES_EXEC),
	C(ADDR_COMPAT_LAYOUT), C(MMAP_PAGE_ZERO), C(PER_LINUX32),
};
SET(persona);

static const struct sys_const mode_rows[] = {
	C(S_IFMT), C(S_IFREG), C(S_IFDIR), C(S_IFIFO), C(S_IFSOCK), C(S_IFLNK), C(S_IFCHR), C(S_IFBLK),
};
SET(mode);

static const struct sys_const memfd_rows[] = {
	C(MFD_CLOEXEC), C(MFD_ALLOW_SEALING), C(MFD_HUGETLB), V(MFD_NOEXEC_SEAL, 8), V(MFD_EXEC, 16),
};
SET(memfd);

static const struct sys_const open_rows[] = {
	C(O_RDONLY), C(O_WRONLY), C(O_RDWR), C(O_ACCMODE), C(O_CREAT), C(O_EXCL), C(O_NOCTTY),
	C(O_TRUNC), C(O_APPEND), C(O_NONBLOCK), C(O_DSYNC), C(O_SYNC), C(O_ASYNC), C(O_DIRECT),
	C(O_DIRECTORY), C(O_NOFOLLOW), C(O_NOATIME), C(O_CLOEXEC), C(O_PATH), C(O_TMPFILE),
	V(O_LARGEFILE, 0x8000),
};
SET(open);

static const struct sys_const dirfd_rows[] = {
	C(AT_FDCWD),
};
SET(dirfd);

static const struct sys_const advice_rows[] = {
	C(MADV_NORMAL), C(MADV_RANDOM), C(MADV_SEQUENTIAL), C(MADV_WILLNEED), C(MADV_DONTNEED),
	C(MADV_FREE), C(MADV_REMOVE), C(MADV_DONTFORK), C(MADV_DOFORK), C(MADV_HWPOISON),
	C(MADV_MERGEABLE), C(MADV_UNMERGEABLE), C(MADV_HUGEPAGE), C(MADV_NOHUGEPAGE), C(MADV_DONTDUMP),
	C(MADV_DODUMP), C(MADV_WIPEONFORK), C(MADV_KEEPONFORK), C(MADV_COLD), C(MADV_PAGEOUT),
	V(MADV_POPULATE_READ, 22), V(MADV_POPULATE_WRITE, 23),
};
SET(advice);

static const struct sys_const futex_rows[] = {
	C(FUTEX_WAIT), C(FUTEX_WAKE), C(FUTEX_FD), C(FUTEX_REQUEUE), C(FUTEX_CMP_REQUEUE),
	C(FUTEX_WAKE_OP), C(FUTEX_LOCK_PI), C(FUTEX_UNLOCK_PI), C(FUTEX_TRYLOCK_PI),
	C(FUTEX_WAIT_BITSET), C(FUTEX_WAKE_BITSET), C(FUTEX_WAIT_REQUEUE_PI), C(FUTEX_CMP_REQUEUE_PI),
	C(FUTEX_PRIVATE_FLAG), C(FUTEX_CLOCK_REALTIME), V(FUTEX_CMD_MASK, 0xfffffe7f),
};
SET(futex);

static const struct sys_const seccomp_op_rows[] = {
	C(SECCOMP_SET_MODE_STRICT), C(SECCOMP_SET_MODE_FILTER), C(SECCOMP_GET_ACTION_AVAIL),
	C(SECCOMP_GET_NOTIF_SIZES),
};
SET(seccomp_op);

static const struct sys_const seccomp_flag_rows[] = {
	C(SECCOMP_FILTER_FLAG_TSYNC), C(SECCOMP_FILTER_FLAG_LOG), C(SECCOMP_FILTER_FLAG_SPEC_ALLOW),
	C(SECCOMP_FILTER_FLAG_NEW_LISTENER), C(SECCOMP_FILTER_FLAG_TSYNC_ESRCH),
	C(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV),
};
SET(seccomp_flag);

static const struct sys_const clock_rows[] = {
	C(CLOCK_REALTIME), C(CLOCK_MONOTONIC), C(CLOCK_PROCESS_CPUTIME_ID), C(CLOCK_THREAD_CPUTIME_ID),
	C(CLOCK_MONOTONIC_RAW), C(CLOCK_REALTIME_COARSE), C(CLOCK_MONOTONIC_COARSE), C(CLOCK_BOOTTIME),
	C(CLOCK_REALTIME_ALARM), C(CLOCK_BOOTTIME_ALARM), C(CLOCK_TAI),
};
SET(clock);

static const struct sys_const sched_rows[] = {
	C(SCHED_OTHER), C(SCHED_FIFO), C(SCHED_RR), C(SCHED_BATCH), C(SCHED_IDLE), V(SCHED_DEADLINE, 6),
	C(SCHED_RESET_ON_FORK),
};
SET(sched);

static const struct sys_const whence_rows[] = {
	C(SEEK_SET), C(SEEK_CUR), C(SEEK_END), C(SEEK_DATA), C(SEEK_HOLE),
};
SET(whence);

static const struct sys_const flock_rows[] = {
	C(LOCK_SH), C(LOCK_EX), C(LOCK_NB), C(LOCK_UN),
};
SET(flock);
/* clang-format on */
