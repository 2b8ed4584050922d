/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systab.c - looking things up in the table of system calls. Runs in: cloister-compile.
 * Pure; the tables are small and read a few hundred times per compile, so a scan is enough.
 */
#include "profiles/systab.h"
#include "profiles/systab_data.h"

#include <errno.h>
#include <string.h>

/* clang-format off */
/* What other architectures have and x86-64 has not, or what only the C library calls so. */
static const char *const foreign[] = {
	"_llseek", "_newselect", "arm_fadvise64_64", "atomic_barrier", "bdflush", "break", "breakpoint",
	"cacheflush", "chown32", "clock_gettime64", "clock_nanosleep_time64", "fadvise64_64", "fchown32",
	"fcntl64", "fstat64", "fstatat64", "fstatfs64", "ftime", "ftruncate64", "futex_time64",
	"getegid32", "geteuid32", "getgid32", "getgroups32", "getuid32", "gtty", "idle", "ipc",
	"lchown32", "lstat64", "mmap2", "mpx", "nice", "oldfstat", "oldlstat", "oldolduname", "oldstat",
	"olduname", "ppoll_time64", "prof", "pselect6_time64", "readdir", "recv", "recvmmsg_time64",
	"riscv_flush_icache", "riscv_hwprobe", "s390_pci_mmio_read", "s390_pci_mmio_write",
	"s390_runtime_instr", "s390_sthyi", "send", "sendfile64", "set_tls", "setgid32", "setuid32",
	"sgetmask", "sigaction", "signal", "sigpending", "sigprocmask", "sigreturn", "sigsuspend",
	"socketcall", "ssetmask", "stat64", "statfs64", "stime", "stty", "subpage_prot", "swapcontext",
	"switch_endian", "sync_file_range2", "timer_gettime64", "truncate64", "ugetrlimit", "ulimit",
	"umount", "usr26", "usr32", "utimensat_time64", "vm86", "vm86old", "waitpid",
};

static const struct { const char *name, *other; } equivalents[] = {
	{ "open", "openat" },           { "openat", "open" },       { "creat", "openat" },
	{ "stat", "newfstatat" },       { "lstat", "newfstatat" },  { "fstat", "newfstatat" },
	{ "fstatat", "newfstatat" },    { "fstatat64", "newfstatat" }, { "stat64", "newfstatat" },
	{ "fstat64", "fstat" },         { "lstat64", "newfstatat" }, { "access", "faccessat2" },
	{ "faccessat", "faccessat2" },  { "mkdir", "mkdirat" },     { "rmdir", "unlinkat" },
	{ "unlink", "unlinkat" },       { "rename", "renameat2" },  { "renameat", "renameat2" },
	{ "link", "linkat" },           { "symlink", "symlinkat" }, { "readlink", "readlinkat" },
	{ "chmod", "fchmodat" },        { "chown", "fchownat" },    { "mknod", "mknodat" },
	{ "utime", "utimensat" },       { "utimes", "utimensat" },  { "pipe", "pipe2" },
	{ "dup2", "dup3" },             { "accept", "accept4" },    { "eventfd", "eventfd2" },
	{ "signalfd", "signalfd4" },    { "inotify_init", "inotify_init1" },
	{ "epoll_create", "epoll_create1" }, { "epoll_wait", "epoll_pwait" },
	{ "poll", "ppoll" },            { "select", "pselect6" },   { "fork", "clone" },
	{ "vfork", "clone" },           { "getdents", "getdents64" }, { "getrlimit", "prlimit64" },
	{ "setrlimit", "prlimit64" },   { "prlimit", "prlimit64" }, { "pread", "pread64" },
	{ "pwrite", "pwrite64" },       { "wait", "wait4" },        { "waitpid", "wait4" },
	{ "send", "sendto" },           { "recv", "recvfrom" },     { "umount", "umount2" },
	{ "sigaction", "rt_sigaction" }, { "sigprocmask", "rt_sigprocmask" },
	{ "sigreturn", "rt_sigreturn" }, { "sigsuspend", "rt_sigsuspend" },
	{ "sendfile64", "sendfile" },   { "fcntl64", "fcntl" },     { "mmap2", "mmap" },
	{ "_llseek", "lseek" },         { "uselib", "mmap" },       { "exit", "exit_group" },
};

/* Kernel and manual-page names of one argument; the table holds the latter. */
static const struct { const char *kernel, *manual; } aliases[] = {
	{ "dfd", "dirfd" },         { "filename", "pathname" }, { "clone_flags", "flags" },
	{ "newsp", "stack" },       { "new_rlim", "new_limit" }, { "old_rlim", "old_limit" },
	{ "family", "domain" },     { "usockvec", "sv" },       { "cmd", "request" },
	{ "op", "request" },        { "op", "futex_op" },       { "op", "operation" },
	{ "fd", "sockfd" },         { "start", "addr" },        { "len_in", "length" },
	{ "len", "length" },        { "off", "offset" },        { "behavior", "advice" },
	{ "uargs", "args" },        { "uname", "name" },        { "clk_id", "which_clock" },
	{ "clockid", "which_clock" }, { "operation", "option" }, { "op", "cmd" },
};
/* clang-format on */

static int same(const char *a, const char *name, size_t n)
{
	return a && strlen(a) == n && memcmp(a, name, n) == 0;
}

int systab_find(const char *name, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(sysname_table); i++)
		if (same(sysname_table[i], name, n))
			return (int)i;
	return -1;
}

const char *systab_name(unsigned nr)
{
	return nr < ARRAY_LEN(sysname_table) ? sysname_table[nr] : NULL;
}

const char *systab_foreign(const char *name, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
		if (same(foreign[i], name, n))
			return foreign[i];
	return NULL;
}

const struct sys_arg *systab_arg_at(unsigned nr, size_t i)
{
	size_t first = 0;

	while (first < sysarg_count && sysarg_table[first].nr < nr)
		first++;
	if (i >= sysarg_count - first || sysarg_table[first + i].nr != nr)
		return NULL;
	return &sysarg_table[first + i].arg;
}

static const struct sys_arg *arg_named(unsigned nr, const char *name, size_t n)
{
	const struct sys_arg *a;

	for (size_t i = 0; (a = systab_arg_at(nr, i)); i++)
		if (same(a->name, name, n))
			return a;
	return NULL;
}

const struct sys_arg *systab_arg(unsigned nr, const char *name, size_t n)
{
	const struct sys_arg *a = arg_named(nr, name, n);

	for (size_t i = 0; !a && i < ARRAY_LEN(aliases); i++)
		if (same(aliases[i].kernel, name, n))
			a = arg_named(nr, aliases[i].manual, strlen(aliases[i].manual));
	return a;
}

int systab_const(const struct sys_arg *arg, const char *name, size_t n, uint64_t *ret)
{
	for (size_t i = 0; arg->consts && i < arg->consts->count; i++) {
		if (!same(arg->consts->row[i].name, name, n))
			continue;
		*ret = arg->consts->row[i].value;
		return 0;
	}
	return -ENOENT;
}

const char *systab_equivalent(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(equivalents); i++)
		if (strcmp(equivalents[i].name, name) == 0)
			return equivalents[i].other;
	return NULL;
}
