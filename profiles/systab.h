/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systab.h - the versioned table of known x86-64 system calls: numbers, arguments, constants.
 *
 * "Known" decides between EPERM and ENOSYS (launch.md 4.1), so it is this table and never what the
 * installed libseccomp happens to resolve. Pure data; cloister-compile.
 */
#ifndef CLOISTER_SYSTAB_H
#define CLOISTER_SYSTAB_H

#include "lib/base/base.h"

enum {
	SYSTAB_VERSION = 1,
	SYSTAB_LAST = 470, /* highest number that the table knows; 335..423 and 466 have gaps */
};

struct sys_const {
	const char *name; /* "PROT_WRITE" */
	uint64_t value;
};

/* A set of constants that several arguments share. */
struct sys_consts {
	const struct sys_const *row;
	size_t count;
};

struct sys_arg {
	const char *name;		 /* as in the manual page; else as the kernel spells it */
	uint8_t index;			 /* 0..5 */
	uint8_t width;			 /* 4 or 8: what the kernel looks at */
	uint8_t pointer;		 /* 1: only "is it NULL" makes sense (value 0) */
	uint8_t is_signed;		 /* a leading minus is allowed */
	const struct sys_consts *consts; /* NULL: numbers only */
};

/* The call's number, or -1. Names as the kernel's table spells them. */
int systab_find(const char *name, size_t n);

/* The call's name, NULL when nr is not known. */
const char *systab_name(unsigned nr);

/* A name that the kernel has on other architectures but not on x86-64 (P013), or NULL. */
const char *systab_foreign(const char *name, size_t n);

/* The argument by its manual-page or kernel name; NULL: no such argument. */
const struct sys_arg *systab_arg(unsigned nr, const char *name, size_t n);

/* Argument i of nr for suggestions and lists, counted from 0; NULL past the last. */
const struct sys_arg *systab_arg_at(unsigned nr, size_t i);

/* The constant's value. Returns 0, or -ENOENT when the argument has none of that name. */
int systab_const(const struct sys_arg *arg, const char *name, size_t n, uint64_t *ret) MUST_USE;

/* A call that does the same as name under another name, for suggestions: open -> openat; or NULL.
 */
const char *systab_equivalent(const char *name);

#endif
