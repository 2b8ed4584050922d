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
	{ SCMP_SYS(accept4), 0, { { 0 } } }, { SCMP_SYS(brk), 0, { { 0 } } },
	{ SCMP_SYS(clock_gettime), 0, { { 0 } } }, { SCMP_SYS(clock_nanosleep), 0, { { 0 } } },
	{ SCMP_SYS(close), 0, { { 0 } } }, { SCMP_SYS(epoll_create1), 0, { { 0 } } },
	{ SCMP_SYS(epoll_ctl), 0, { { 0 } } }, { SCMP_SYS(epoll_pwait), 0, { { 0 } } },
	{ SCMP_SYS(epoll_wait), 0, { { 0 } } }, { SCMP_SYS(eventfd2), 0, { { 0 } } },
	{ SCMP_SYS(exit), 0, { { 0 } } }, { SCMP_SYS(exit_group), 0, { { 0 } } },
	{ SCMP_SYS(fallocate), 0, { { 0 } } }, { SCMP_SYS(fcntl), 0, { { 0 } } },
	{ SCMP_SYS(fdatasync), 0, { { 0 } } }, { SCMP_SYS(fstat), 0, { { 0 } } },
	{ SCMP_SYS(fstatfs), 0, { { 0 } } }, { SCMP_SYS(fsync), 0, { { 0 } } },
	{ SCMP_SYS(ftruncate), 0, { { 0 } } }, { SCMP_SYS(futex), 0, { { 0 } } },
	{ SCMP_SYS(getdents64), 0, { { 0 } } }, { SCMP_SYS(getpid), 0, { { 0 } } },
	{ SCMP_SYS(getppid), 0, { { 0 } } }, { SCMP_SYS(getrandom), 0, { { 0 } } },
	{ SCMP_SYS(getsockopt), 0, { { 0 } } }, { SCMP_SYS(gettid), 0, { { 0 } } },
	{ SCMP_SYS(inotify_add_watch), 0, { { 0 } } }, { SCMP_SYS(inotify_init1), 0, { { 0 } } },
	{ SCMP_SYS(ioctl), 0, { { 0 } } }, { SCMP_SYS(lseek), 0, { { 0 } } },
	{ SCMP_SYS(madvise), 0, { { 0 } } }, { SCMP_SYS(memfd_create), 0, { { 0 } } },
	{ SCMP_SYS(mkdirat), 0, { { 0 } } }, { SCMP_SYS(mmap), 0, { { 0 } } },
	{ SCMP_SYS(mprotect), 0, { { 0 } } }, { SCMP_SYS(mremap), 0, { { 0 } } },
	{ SCMP_SYS(munmap), 0, { { 0 } } }, { SCMP_SYS(newfstatat), 0, { { 0 } } },
	{ SCMP_SYS(openat), 0, { { 0 } } }, { SCMP_SYS(poll), 0, { { 0 } } },
	{ SCMP_SYS(ppoll), 0, { { 0 } } }, { SCMP_SYS(prctl), 0, { { 0 } } },
	{ SCMP_SYS(pread64), 0, { { 0 } } }, { SCMP_SYS(pwrite64), 0, { { 0 } } },
	{ SCMP_SYS(read), 0, { { 0 } } }, { SCMP_SYS(recvfrom), 0, { { 0 } } },
	{ SCMP_SYS(recvmsg), 0, { { 0 } } }, { SCMP_SYS(renameat), 0, { { 0 } } },
	{ SCMP_SYS(restart_syscall), 0, { { 0 } } }, { SCMP_SYS(rt_sigaction), 0, { { 0 } } },
	{ SCMP_SYS(rt_sigprocmask), 0, { { 0 } } }, { SCMP_SYS(rt_sigreturn), 0, { { 0 } } },
	{ SCMP_SYS(sched_yield), 0, { { 0 } } }, { SCMP_SYS(sendmsg), 0, { { 0 } } },
	{ SCMP_SYS(sendto), 0, { { 0 } } }, { SCMP_SYS(tgkill), 0, { { 0 } } },
	{ SCMP_SYS(timerfd_create), 0, { { 0 } } }, { SCMP_SYS(timerfd_settime), 0, { { 0 } } },
	{ SCMP_SYS(unlink), 0, { { 0 } } }, { SCMP_SYS(unlinkat), 0, { { 0 } } },
	{ SCMP_SYS(write), 0, { { 0 } } },
};
static const struct confine_call netd_calls[] = {
	{ SCMP_SYS(bind), 0, { { 0 } } }, { SCMP_SYS(brk), 0, { { 0 } } },
	{ SCMP_SYS(clock_gettime), 0, { { 0 } } }, { SCMP_SYS(clock_nanosleep), 0, { { 0 } } },
	{ SCMP_SYS(close), 0, { { 0 } } }, { SCMP_SYS(exit), 0, { { 0 } } },
	{ SCMP_SYS(exit_group), 0, { { 0 } } }, { SCMP_SYS(fcntl), 0, { { 0 } } },
	{ SCMP_SYS(fdatasync), 0, { { 0 } } }, { SCMP_SYS(fstat), 0, { { 0 } } },
	{ SCMP_SYS(futex), 0, { { 0 } } }, { SCMP_SYS(getpid), 0, { { 0 } } },
	{ SCMP_SYS(getrandom), 0, { { 0 } } }, { SCMP_SYS(getsockname), 0, { { 0 } } },
	{ SCMP_SYS(getsockopt), 0, { { 0 } } }, { SCMP_SYS(gettid), 0, { { 0 } } },
	{ SCMP_SYS(lseek), 0, { { 0 } } }, { SCMP_SYS(madvise), 0, { { 0 } } },
	{ SCMP_SYS(mmap), 0, { { 0 } } }, { SCMP_SYS(mprotect), 0, { { 0 } } },
	{ SCMP_SYS(mremap), 0, { { 0 } } }, { SCMP_SYS(munmap), 0, { { 0 } } },
	{ SCMP_SYS(newfstatat), 0, { { 0 } } }, { SCMP_SYS(openat), 0, { { 0 } } },
	{ SCMP_SYS(poll), 0, { { 0 } } }, { SCMP_SYS(ppoll), 0, { { 0 } } },
	{ SCMP_SYS(read), 0, { { 0 } } }, { SCMP_SYS(recvmsg), 0, { { 0 } } },
	{ SCMP_SYS(restart_syscall), 0, { { 0 } } }, { SCMP_SYS(rt_sigprocmask), 0, { { 0 } } },
	{ SCMP_SYS(rt_sigreturn), 0, { { 0 } } }, { SCMP_SYS(sched_yield), 0, { { 0 } } },
	{ SCMP_SYS(sendmsg), 0, { { 0 } } }, { SCMP_SYS(setns), 1, { WHEN(1, CLONE_NEWNET) } },
	{ SCMP_SYS(setsockopt), 0, { { 0 } } },
	{ SCMP_SYS(socket), 2, { WHEN(0, AF_NETLINK), WHEN(2, NETLINK_ROUTE) } },
	{ SCMP_SYS(tgkill), 0, { { 0 } } }, { SCMP_SYS(unshare), 1, { WHEN(0, CLONE_NEWNET) } },
	{ SCMP_SYS(write), 0, { { 0 } } },
};
static const struct confine_call volumed_calls[] = {
	{ SCMP_SYS(brk), 0, { { 0 } } }, { SCMP_SYS(clock_gettime), 0, { { 0 } } },
	{ SCMP_SYS(clock_nanosleep), 0, { { 0 } } },
	{ SCMP_SYS(clone), 1, { WHEN(0, 0x01200011) } }, { SCMP_SYS(close), 0, { { 0 } } },
	{ SCMP_SYS(exit), 0, { { 0 } } }, { SCMP_SYS(exit_group), 0, { { 0 } } },
	{ SCMP_SYS(fchmod), 0, { { 0 } } }, { SCMP_SYS(fcntl), 0, { { 0 } } },
	{ SCMP_SYS(fdatasync), 0, { { 0 } } }, { SCMP_SYS(fsconfig), 0, { { 0 } } },
	{ SCMP_SYS(fsmount), 0, { { 0 } } }, { SCMP_SYS(fsopen), 0, { { 0 } } },
	{ SCMP_SYS(fstat), 0, { { 0 } } }, { SCMP_SYS(fsync), 0, { { 0 } } },
	{ SCMP_SYS(futex), 0, { { 0 } } }, { SCMP_SYS(getpid), 0, { { 0 } } },
	{ SCMP_SYS(getrandom), 0, { { 0 } } }, { SCMP_SYS(getsockopt), 0, { { 0 } } },
	{ SCMP_SYS(gettid), 0, { { 0 } } }, { SCMP_SYS(ioctl), 1, { WHEN(1, LOOP_CONFIGURE) } },
	{ SCMP_SYS(ioctl), 1, { WHEN(1, LOOP_CTL_GET_FREE) } },
	{ SCMP_SYS(ioctl), 1, { WHEN(1, LOOP_GET_STATUS64) } }, { SCMP_SYS(linkat), 0, { { 0 } } },
	{ SCMP_SYS(lseek), 0, { { 0 } } }, { SCMP_SYS(madvise), 0, { { 0 } } },
	{ SCMP_SYS(mmap), 0, { { 0 } } }, { SCMP_SYS(mprotect), 0, { { 0 } } },
	{ SCMP_SYS(mremap), 0, { { 0 } } }, { SCMP_SYS(munmap), 0, { { 0 } } },
	{ SCMP_SYS(newfstatat), 0, { { 0 } } }, { SCMP_SYS(openat), 0, { { 0 } } },
	{ SCMP_SYS(openat2), 0, { { 0 } } }, { SCMP_SYS(pipe2), 0, { { 0 } } },
	{ SCMP_SYS(poll), 0, { { 0 } } }, { SCMP_SYS(ppoll), 0, { { 0 } } },
	{ SCMP_SYS(pread64), 0, { { 0 } } }, { SCMP_SYS(read), 0, { { 0 } } },
	{ SCMP_SYS(recvmsg), 0, { { 0 } } }, { SCMP_SYS(restart_syscall), 0, { { 0 } } },
	{ SCMP_SYS(rt_sigprocmask), 0, { { 0 } } }, { SCMP_SYS(rt_sigreturn), 0, { { 0 } } },
	{ SCMP_SYS(sched_yield), 0, { { 0 } } }, { SCMP_SYS(sendmsg), 0, { { 0 } } },
	{ SCMP_SYS(set_robust_list), 0, { { 0 } } }, { SCMP_SYS(setsockopt), 0, { { 0 } } },
	{ SCMP_SYS(tgkill), 0, { { 0 } } }, { SCMP_SYS(unlinkat), 0, { { 0 } } },
	{ SCMP_SYS(wait4), 0, { { 0 } } }, { SCMP_SYS(write), 0, { { 0 } } },
};
static const struct confine_call compile_calls[] = {
	{ SCMP_SYS(brk), 0, { { 0 } } }, { SCMP_SYS(clock_gettime), 0, { { 0 } } },
	{ SCMP_SYS(clock_nanosleep), 0, { { 0 } } }, { SCMP_SYS(close), 0, { { 0 } } },
	{ SCMP_SYS(exit), 0, { { 0 } } }, { SCMP_SYS(exit_group), 0, { { 0 } } },
	{ SCMP_SYS(fcntl), 0, { { 0 } } }, { SCMP_SYS(fstat), 0, { { 0 } } },
	{ SCMP_SYS(futex), 0, { { 0 } } }, { SCMP_SYS(getpid), 0, { { 0 } } },
	{ SCMP_SYS(getrandom), 0, { { 0 } } }, { SCMP_SYS(gettid), 0, { { 0 } } },
	{ SCMP_SYS(lseek), 0, { { 0 } } }, { SCMP_SYS(madvise), 0, { { 0 } } },
	{ SCMP_SYS(memfd_create), 0, { { 0 } } }, { SCMP_SYS(mmap), 0, { { 0 } } },
	{ SCMP_SYS(mprotect), 0, { { 0 } } }, { SCMP_SYS(mremap), 0, { { 0 } } },
	{ SCMP_SYS(munmap), 0, { { 0 } } }, { SCMP_SYS(newfstatat), 0, { { 0 } } },
	{ SCMP_SYS(poll), 0, { { 0 } } }, { SCMP_SYS(ppoll), 0, { { 0 } } },
	{ SCMP_SYS(pread64), 0, { { 0 } } }, { SCMP_SYS(read), 0, { { 0 } } },
	{ SCMP_SYS(restart_syscall), 0, { { 0 } } }, { SCMP_SYS(rt_sigprocmask), 0, { { 0 } } },
	{ SCMP_SYS(rt_sigreturn), 0, { { 0 } } }, { SCMP_SYS(sched_yield), 0, { { 0 } } },
	{ SCMP_SYS(tgkill), 0, { { 0 } } }, { SCMP_SYS(write), 0, { { 0 } } },
};
static const struct confine_call mkimage_calls[] = {
	{ SCMP_SYS(access), 0, { { 0 } } }, { SCMP_SYS(arch_prctl), 0, { { 0 } } },
	{ SCMP_SYS(brk), 0, { { 0 } } }, { SCMP_SYS(chmod), 0, { { 0 } } },
	{ SCMP_SYS(clock_gettime), 0, { { 0 } } }, { SCMP_SYS(clock_nanosleep), 0, { { 0 } } },
	{ SCMP_SYS(clone), 1, { WHEN(0, 0x1200011) } }, { SCMP_SYS(close), 0, { { 0 } } },
	{ SCMP_SYS(copy_file_range), 0, { { 0 } } }, { SCMP_SYS(dup2), 0, { { 0 } } },
	{ SCMP_SYS(execve), 0, { { 0 } } }, { SCMP_SYS(exit), 0, { { 0 } } },
	{ SCMP_SYS(exit_group), 0, { { 0 } } }, { SCMP_SYS(fallocate), 0, { { 0 } } },
	{ SCMP_SYS(fchmod), 0, { { 0 } } }, { SCMP_SYS(fcntl), 0, { { 0 } } },
	{ SCMP_SYS(fstat), 0, { { 0 } } }, { SCMP_SYS(ftruncate), 0, { { 0 } } },
	{ SCMP_SYS(futex), 0, { { 0 } } }, { SCMP_SYS(getdents64), 0, { { 0 } } },
	{ SCMP_SYS(getpid), 0, { { 0 } } }, { SCMP_SYS(getppid), 0, { { 0 } } },
	{ SCMP_SYS(getrandom), 0, { { 0 } } }, { SCMP_SYS(gettid), 0, { { 0 } } },
	{ SCMP_SYS(getuid), 0, { { 0 } } }, { SCMP_SYS(ioctl), 1, { WHEN(1, TIOCGWINSZ) } },
	{ SCMP_SYS(linkat), 0, { { 0 } } }, { SCMP_SYS(lseek), 0, { { 0 } } },
	{ SCMP_SYS(madvise), 0, { { 0 } } }, { SCMP_SYS(mkdir), 0, { { 0 } } },
	{ SCMP_SYS(mkdirat), 0, { { 0 } } }, { SCMP_SYS(mmap), 0, { { 0 } } },
	{ SCMP_SYS(mprotect), 0, { { 0 } } }, { SCMP_SYS(mremap), 0, { { 0 } } },
	{ SCMP_SYS(munmap), 0, { { 0 } } }, { SCMP_SYS(newfstatat), 0, { { 0 } } },
	{ SCMP_SYS(openat), 0, { { 0 } } }, { SCMP_SYS(openat2), 0, { { 0 } } },
	{ SCMP_SYS(poll), 0, { { 0 } } }, { SCMP_SYS(ppoll), 0, { { 0 } } },
	{ SCMP_SYS(pread64), 0, { { 0 } } }, { SCMP_SYS(prlimit64), 0, { { 0 } } },
	{ SCMP_SYS(pwrite64), 0, { { 0 } } }, { SCMP_SYS(read), 0, { { 0 } } },
	{ SCMP_SYS(readlink), 0, { { 0 } } }, { SCMP_SYS(restart_syscall), 0, { { 0 } } },
	{ SCMP_SYS(rseq), 0, { { 0 } } }, { SCMP_SYS(rt_sigprocmask), 0, { { 0 } } },
	{ SCMP_SYS(rt_sigreturn), 0, { { 0 } } }, { SCMP_SYS(sched_yield), 0, { { 0 } } },
	{ SCMP_SYS(sendfile), 0, { { 0 } } }, { SCMP_SYS(set_robust_list), 0, { { 0 } } },
	{ SCMP_SYS(set_tid_address), 0, { { 0 } } }, { SCMP_SYS(statfs), 0, { { 0 } } },
	{ SCMP_SYS(symlinkat), 0, { { 0 } } }, { SCMP_SYS(tgkill), 0, { { 0 } } },
	{ SCMP_SYS(umask), 0, { { 0 } } }, { SCMP_SYS(unlinkat), 0, { { 0 } } },
	{ SCMP_SYS(wait4), 0, { { 0 } } }, { SCMP_SYS(write), 0, { { 0 } } },
};
static const struct confine_call relay_calls[] = {
	{ SCMP_SYS(brk), 0, { { 0 } } }, { SCMP_SYS(clock_gettime), 0, { { 0 } } },
	{ SCMP_SYS(clock_nanosleep), 0, { { 0 } } }, { SCMP_SYS(close), 0, { { 0 } } },
	{ SCMP_SYS(exit), 0, { { 0 } } }, { SCMP_SYS(exit_group), 0, { { 0 } } },
	{ SCMP_SYS(fcntl), 0, { { 0 } } }, { SCMP_SYS(fstat), 0, { { 0 } } },
	{ SCMP_SYS(ftruncate), 0, { { 0 } } }, { SCMP_SYS(futex), 0, { { 0 } } },
	{ SCMP_SYS(getpid), 0, { { 0 } } }, { SCMP_SYS(getrandom), 0, { { 0 } } },
	{ SCMP_SYS(gettid), 0, { { 0 } } }, { SCMP_SYS(lseek), 0, { { 0 } } },
	{ SCMP_SYS(madvise), 0, { { 0 } } }, { SCMP_SYS(mmap), 0, { { 0 } } },
	{ SCMP_SYS(mprotect), 0, { { 0 } } }, { SCMP_SYS(mremap), 0, { { 0 } } },
	{ SCMP_SYS(munmap), 0, { { 0 } } }, { SCMP_SYS(newfstatat), 0, { { 0 } } },
	{ SCMP_SYS(poll), 0, { { 0 } } }, { SCMP_SYS(ppoll), 0, { { 0 } } },
	{ SCMP_SYS(read), 0, { { 0 } } }, { SCMP_SYS(restart_syscall), 0, { { 0 } } },
	{ SCMP_SYS(rt_sigprocmask), 0, { { 0 } } }, { SCMP_SYS(rt_sigreturn), 0, { { 0 } } },
	{ SCMP_SYS(sched_yield), 0, { { 0 } } }, { SCMP_SYS(tgkill), 0, { { 0 } } },
	{ SCMP_SYS(write), 0, { { 0 } } },
};
/* clang-format on */

#endif
