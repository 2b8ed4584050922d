/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syscalls.h - the system calls of each confined program. Made by tools/gen-syscalls from the
 * comments beside the code; do not edit. For confine.c alone.
 */
#ifndef CLOISTER_SYSCALLS_H
#define CLOISTER_SYSCALLS_H

#include "lib/harden/call.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* clang-format off */
static const struct confine_call engine_calls[] = {
	{ SCMP_SYS(brk), 0, { { 0 } } },
	{ SCMP_SYS(clock_gettime), 0, { { 0 } } },
	{ SCMP_SYS(clock_nanosleep), 0, { { 0 } } },
	{ SCMP_SYS(close), 0, { { 0 } } },
	{ SCMP_SYS(exit), 0, { { 0 } } },
	{ SCMP_SYS(exit_group), 0, { { 0 } } },
	{ SCMP_SYS(fcntl), 0, { { 0 } } },
	{ SCMP_SYS(fstat), 0, { { 0 } } },
	{ SCMP_SYS(futex), 0, { { 0 } } },
	{ SCMP_SYS(getpid), 0, { { 0 } } },
	{ SCMP_SYS(getrandom), 0, { { 0 } } },
	{ SCMP_SYS(gettid), 0, { { 0 } } },
	{ SCMP_SYS(lseek), 0, { { 0 } } },
	{ SCMP_SYS(madvise), 0, { { 0 } } },
	{ SCMP_SYS(mmap), 0, { { 0 } } },
	{ SCMP_SYS(mprotect), 0, { { 0 } } },
	{ SCMP_SYS(mremap), 0, { { 0 } } },
	{ SCMP_SYS(munmap), 0, { { 0 } } },
	{ SCMP_SYS(newfstatat), 0, { { 0 } } },
	{ SCMP_SYS(poll), 0, { { 0 } } },
	{ SCMP_SYS(ppoll), 0, { { 0 } } },
	{ SCMP_SYS(read), 0, { { 0 } } },
	{ SCMP_SYS(recvmsg), 0, { { 0 } } },
	{ SCMP_SYS(restart_syscall), 0, { { 0 } } },
	{ SCMP_SYS(rt_sigprocmask), 0, { { 0 } } },
	{ SCMP_SYS(rt_sigreturn), 0, { { 0 } } },
	{ SCMP_SYS(sched_yield), 0, { { 0 } } },
	{ SCMP_SYS(sendmsg), 0, { { 0 } } },
	{ SCMP_SYS(tgkill), 0, { { 0 } } },
	{ SCMP_SYS(write), 0, { { 0 } } },
};
static const struct confine_call netd_calls[] = {
	{ SCMP_SYS(bind), 0, { { 0 } } },
	{ SCMP_SYS(brk), 0, { { 0 } } },
	{ SCMP_SYS(clock_gettime), 0, { { 0 } } },
	{ SCMP_SYS(clock_nanosleep), 0, { { 0 } } },
	{ SCMP_SYS(close), 0, { { 0 } } },
	{ SCMP_SYS(exit), 0, { { 0 } } },
	{ SCMP_SYS(exit_group), 0, { { 0 } } },
	{ SCMP_SYS(fcntl), 0, { { 0 } } },
	{ SCMP_SYS(fstat), 0, { { 0 } } },
	{ SCMP_SYS(futex), 0, { { 0 } } },
	{ SCMP_SYS(getpid), 0, { { 0 } } },
	{ SCMP_SYS(getrandom), 0, { { 0 } } },
	{ SCMP_SYS(getsockname), 0, { { 0 } } },
	{ SCMP_SYS(getsockopt), 0, { { 0 } } },
	{ SCMP_SYS(gettid), 0, { { 0 } } },
	{ SCMP_SYS(lseek), 0, { { 0 } } },
	{ SCMP_SYS(madvise), 0, { { 0 } } },
	{ SCMP_SYS(mmap), 0, { { 0 } } },
	{ SCMP_SYS(mprotect), 0, { { 0 } } },
	{ SCMP_SYS(mremap), 0, { { 0 } } },
	{ SCMP_SYS(munmap), 0, { { 0 } } },
	{ SCMP_SYS(newfstatat), 0, { { 0 } } },
	{ SCMP_SYS(openat), 0, { { 0 } } },
	{ SCMP_SYS(poll), 0, { { 0 } } },
	{ SCMP_SYS(ppoll), 0, { { 0 } } },
	{ SCMP_SYS(read), 0, { { 0 } } },
	{ SCMP_SYS(recvmsg), 0, { { 0 } } },
	{ SCMP_SYS(restart_syscall), 0, { { 0 } } },
	{ SCMP_SYS(rt_sigprocmask), 0, { { 0 } } },
	{ SCMP_SYS(rt_sigreturn), 0, { { 0 } } },
	{ SCMP_SYS(sched_yield), 0, { { 0 } } },
	{ SCMP_SYS(sendmsg), 0, { { 0 } } },
	{ SCMP_SYS(setns), 1, { WHEN(1, CLONE_NEWNET) } },
	{ SCMP_SYS(setsockopt), 0, { { 0 } } },
	{ SCMP_SYS(socket), 2, { WHEN(0, AF_NETLINK), WHEN(2, NETLINK_ROUTE) } },
	{ SCMP_SYS(tgkill), 0, { { 0 } } },
	{ SCMP_SYS(unshare), 1, { WHEN(0, CLONE_NEWNET) } },
	{ SCMP_SYS(write), 0, { { 0 } } },
};
static const struct confine_call volumed_calls[] = {
	{ SCMP_SYS(brk), 0, { { 0 } } },
	{ SCMP_SYS(clock_gettime), 0, { { 0 } } },
	{ SCMP_SYS(clock_nanosleep), 0, { { 0 } } },
	{ SCMP_SYS(clone), 1, { WHEN(0, 0x01200011) } },
	{ SCMP_SYS(close), 0, { { 0 } } },
	{ SCMP_SYS(exit), 0, { { 0 } } },
	{ SCMP_SYS(exit_group), 0, { { 0 } } },
	{ SCMP_SYS(fchmod), 0, { { 0 } } },
	{ SCMP_SYS(fcntl), 0, { { 0 } } },
	{ SCMP_SYS(fsconfig), 0, { { 0 } } },
	{ SCMP_SYS(fsmount), 0, { { 0 } } },
	{ SCMP_SYS(fsopen), 0, { { 0 } } },
	{ SCMP_SYS(fstat), 0, { { 0 } } },
	{ SCMP_SYS(fsync), 0, { { 0 } } },
	{ SCMP_SYS(futex), 0, { { 0 } } },
	{ SCMP_SYS(getpid), 0, { { 0 } } },
	{ SCMP_SYS(getrandom), 0, { { 0 } } },
	{ SCMP_SYS(getsockopt), 0, { { 0 } } },
	{ SCMP_SYS(gettid), 0, { { 0 } } },
	{ SCMP_SYS(ioctl), 1, { WHEN(1, LOOP_CONFIGURE) } },
	{ SCMP_SYS(ioctl), 1, { WHEN(1, LOOP_CTL_GET_FREE) } },
	{ SCMP_SYS(ioctl), 1, { WHEN(1, LOOP_GET_STATUS64) } },
	{ SCMP_SYS(linkat), 0, { { 0 } } },
	{ SCMP_SYS(lseek), 0, { { 0 } } },
	{ SCMP_SYS(madvise), 0, { { 0 } } },
	{ SCMP_SYS(mmap), 0, { { 0 } } },
	{ SCMP_SYS(mprotect), 0, { { 0 } } },
	{ SCMP_SYS(mremap), 0, { { 0 } } },
	{ SCMP_SYS(munmap), 0, { { 0 } } },
	{ SCMP_SYS(newfstatat), 0, { { 0 } } },
	{ SCMP_SYS(openat), 0, { { 0 } } },
	{ SCMP_SYS(openat2), 0, { { 0 } } },
	{ SCMP_SYS(pipe2), 0, { { 0 } } },
	{ SCMP_SYS(poll), 0, { { 0 } } },
	{ SCMP_SYS(ppoll), 0, { { 0 } } },
	{ SCMP_SYS(pread64), 0, { { 0 } } },
	{ SCMP_SYS(read), 0, { { 0 } } },
	{ SCMP_SYS(recvmsg), 0, { { 0 } } },
	{ SCMP_SYS(restart_syscall), 0, { { 0 } } },
	{ SCMP_SYS(rt_sigprocmask), 0, { { 0 } } },
	{ SCMP_SYS(rt_sigreturn), 0, { { 0 } } },
	{ SCMP_SYS(sched_yield), 0, { { 0 } } },
	{ SCMP_SYS(sendmsg), 0, { { 0 } } },
	{ SCMP_SYS(set_robust_list), 0, { { 0 } } },
	{ SCMP_SYS(setsockopt), 0, { { 0 } } },
	{ SCMP_SYS(tgkill), 0, { { 0 } } },
	{ SCMP_SYS(unlinkat), 0, { { 0 } } },
	{ SCMP_SYS(wait4), 0, { { 0 } } },
	{ SCMP_SYS(write), 0, { { 0 } } },
};
/* clang-format on */

#endif
