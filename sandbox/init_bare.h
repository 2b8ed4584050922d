/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_bare.h - system calls and the few string functions of a program without a C library.
 *
 * cloister-init is on the path of every start, and the C library's own start costs more than all of
 * init's work: it asks the processor for its features, and each CPUID is an exit to the hypervisor
 * on a virtual machine (measured there: exec and exit of an empty static program 0.54 ms, of this
 * kind 0.07 ms). x86-64 only, as plans are. Results are the kernel's: -errno or a value.
 */
#ifndef CLOISTER_BARE_H
#define CLOISTER_BARE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

static inline long sys6(long nr, const long a[6])
{
	register long r10 __asm__("r10") = a[3];
	register long r8 __asm__("r8") = a[4];
	register long r9 __asm__("r9") = a[5];
	long rc;

	__asm__ volatile("syscall"
			 : "=a"(rc)
			 : "0"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return rc;
}

/* sys(nr, up to six arguments), each a number or a pointer. */
#define SYS_ARG(x)   ((long)(x))
#define SYS_PTR(p)   ((long)(uintptr_t)(p))
#define sys(nr, ...) sys6(nr, (const long[6]){ __VA_ARGS__ })

static inline size_t bare_len(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static inline int bare_same(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return 0;
	return 1;
}

/* The position of c in s, or of the NUL at its end. */
static inline const char *bare_find(const char *s, char c)
{
	while (*s && *s != c)
		s++;
	return s;
}

static inline void bare_copy(char *dst, const char *src, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = src[i];
}

#endif
