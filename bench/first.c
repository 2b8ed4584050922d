/* SPDX-License-Identifier: Apache-2.0 */
/*
 * first.c - the measured program: writes the time of its first instruction to stdout and ends.
 * Runs as: what bench/start starts, bare and inside every kind of confinement. No libc: its
 * start-up would be measured instead. CLOCK_MONOTONIC by the system call, for the vDSO wants
 * setting up.
 */
#include <linux/time.h>
#include <stdint.h>
#include <sys/syscall.h>

static long call(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

/* The kernel enters with an aligned stack; a function expects one that a call has pushed on. */
void _start(void) __attribute__((noreturn, used, visibility("default"), force_align_arg_pointer));
void _start(void)
{
	struct __kernel_timespec t = { 0 };
	uint64_t ns;

	(void)call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)(uintptr_t)&t, 0);
	ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	(void)call(SYS_write, 1, (long)(uintptr_t)&ns, sizeof(ns));
	for (;;)
		(void)call(SYS_exit_group, 0, 0, 0);
}
