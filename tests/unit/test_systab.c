/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_systab.c - the table of system calls: against the C library's numbers and, where tracefs may
 * be mounted in a namespace of its own (root), against the kernel's own formats.
 */
/* links: profiles/systab.c profiles/sysargs.c profiles/sysconst.c profiles/sysnames.c lib/base */
#include "tests/unit/unit.h"

#include "lib/base/fd.h"
#include "profiles/systab.h"
#include "profiles/systab_data.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static int find(const char *name)
{
	return systab_find(name, strlen(name));
}

static const struct sys_arg *arg(const char *call, const char *name)
{
	return systab_arg((unsigned)find(call), name, strlen(name));
}

static void names(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= SYSTAB_LAST; i++)
		if (systab_name(i))
			unit_eq(find(systab_name(i)), i, systab_name(i));
	assert_int_equal(find("read"), SYS_read);
	assert_int_equal(find("clone3"), SYS_clone3);
	assert_int_equal(find("set_mempolicy_home_node"), SYS_set_mempolicy_home_node);
	assert_int_equal(find("fchmodat2"), 452);
	assert_int_equal(find("statmount"), 457);
	assert_int_equal(find("open_tree_attr"), 467);
	assert_int_equal(find("listns"), SYSTAB_LAST);
	assert_int_equal(find("reads"), -1);
	assert_int_equal(systab_find("reads", 4), SYS_read);
	assert_int_equal(find(""), -1);
	assert_null(systab_name(340));
	assert_null(systab_name(SYSTAB_LAST + 1));
	assert_null(systab_name(UINT32_MAX));
}

static void foreign_names(void **state)
{
	(void)state;
	assert_string_equal(systab_foreign("socketcall", 10), "socketcall");
	assert_null(systab_foreign("read", 4));
	assert_string_equal(systab_equivalent("open"), "openat");
	assert_null(systab_equivalent("read"));
	for (unsigned i = 0; i <= SYSTAB_LAST; i++)
		if (systab_name(i))
			assert_null(systab_foreign(systab_name(i), strlen(systab_name(i))));
}

/* Rows in order, indexes without gaps, widths that exist. */
static void arguments(void **state)
{
	(void)state;
	for (size_t i = 0; i < sysarg_count; i++) {
		const struct sysarg_row *r = &sysarg_table[i], *prev = i ? r - 1 : NULL;
		int first = !prev || prev->nr != r->nr;

		assert_non_null(systab_name(r->nr));
		unit_row(first ? !prev || prev->nr < r->nr : prev->arg.index + 1 == r->arg.index,
			 systab_name(r->nr));
		unit_row(!first || r->arg.index == 0, systab_name(r->nr));
		unit_row(r->arg.index < 6 && (r->arg.width == 4 || r->arg.width == 8),
			 systab_name(r->nr));
		unit_row(!r->arg.pointer || (r->arg.width == 8 && !r->arg.consts),
			 systab_name(r->nr));
		assert_ptr_equal(systab_arg_at(r->nr, r->arg.index), &r->arg);
		assert_ptr_equal(systab_arg(r->nr, r->arg.name, strlen(r->arg.name)), &r->arg);
	}
	assert_null(systab_arg_at(SYS_getpid, 0));
	assert_null(systab_arg_at(SYS_close, 1));
	assert_null(arg("mmap", "nothing"));
}

static void constants(void **state)
{
	/* clang-format off */
	static const struct { const char *call, *arg, *name; uint8_t index, width; uint64_t want; } rows[] = {
		{ "clone", "flags", "CLONE_NEWUSER", 0, 8, 0x10000000 },
		{ "clone", "clone_flags", "CLONE_THREAD", 0, 8, 0x10000 },
		{ "clone", "flags", "SIGCHLD", 0, 8, 17 },
		{ "mmap", "prot", "PROT_EXEC", 2, 8, 4 },
		{ "mmap", "flags", "MAP_ANONYMOUS", 3, 8, 0x20 },
		{ "mprotect", "prot", "PROT_WRITE", 2, 8, 2 },
		{ "pkey_mprotect", "prot", "PROT_READ", 2, 8, 1 },
		{ "prlimit64", "resource", "RLIMIT_NOFILE", 1, 4, 7 },
		{ "socket", "domain", "AF_NETLINK", 0, 4, 16 },
		{ "socket", "family", "AF_INET6", 0, 4, 10 },
		{ "socket", "type", "SOCK_SEQPACKET", 1, 4, 5 },
		{ "socket", "protocol", "IPPROTO_MPTCP", 2, 4, 262 },
		{ "socketpair", "domain", "AF_UNIX", 0, 4, 1 },
		{ "ioctl", "request", "TCGETS", 1, 4, 0x5401 },
		{ "ioctl", "cmd", "TIOCSTI", 1, 4, 0x5412 },
		{ "prctl", "option", "PR_SET_MM", 0, 4, 35 },
		{ "setsockopt", "level", "SOL_TCP", 1, 4, 6 },
		{ "setsockopt", "optname", "TCP_ULP", 2, 4, 31 },
		{ "setsockopt", "optname", "SO_PASSRIGHTS", 2, 4, 83 },
		{ "fcntl", "cmd", "F_SETFL", 1, 4, 4 },
		{ "kill", "sig", "SIGTERM", 1, 4, 15 },
		{ "tgkill", "sig", "SIGUSR1", 2, 4, 10 },
		{ "personality", "persona", "ADDR_NO_RANDOMIZE", 0, 4, 0x40000 },
		{ "mknod", "mode", "S_IFCHR", 1, 4, 0020000 },
		{ "mknodat", "mode", "S_IFBLK", 2, 4, 0060000 },
		{ "memfd_create", "flags", "MFD_NOEXEC_SEAL", 1, 4, 8 },
		{ "openat", "dirfd", "AT_FDCWD", 0, 4, 0xffffff9c },
		{ "openat", "flags", "O_CLOEXEC", 2, 4, 02000000 },
		{ "open", "flags", "O_CREAT", 1, 4, 0100 },
		{ "madvise", "advice", "MADV_DONTNEED", 2, 4, 4 },
		{ "futex", "futex_op", "FUTEX_WAIT", 1, 4, 0 },
		{ "seccomp", "flags", "SECCOMP_FILTER_FLAG_NEW_LISTENER", 1, 4, 8 },
		{ "sendmsg", "flags", "MSG_OOB", 2, 4, 1 },
	};
	/* clang-format on */
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++) {
		const struct sys_arg *a = arg(rows[i].call, rows[i].arg);

		unit_row(a != NULL, rows[i].name);
		unit_eq(a->index, rows[i].index, rows[i].name);
		unit_eq(a->width, rows[i].width, rows[i].name);
		unit_eq(systab_const(a, rows[i].name, strlen(rows[i].name), &v), 0, rows[i].name);
		unit_eq(v, rows[i].want, rows[i].name);
	}
	assert_int_equal(arg("prlimit64", "new_limit")->pointer, 1);
	assert_int_equal(arg("prlimit64", "new_limit")->index, 2);
	assert_int_equal(systab_const(arg("read", "fd"), "AF_INET", 7, &v), -ENOENT);
	assert_int_equal(systab_const(arg("socket", "domain"), "AF_INE", 6, &v), -ENOENT);
	assert_int_equal(arg("kill", "pid")->is_signed, 1);
}

/* ---- the kernel's own formats ---- */

static const char *traced_as(const char *name)
{
	static const struct {
		const char *table, *trace;
	} other[] = {
		{ "stat", "newstat" },	 { "lstat", "newlstat" },      { "fstat", "newfstat" },
		{ "uname", "newuname" }, { "sendfile", "sendfile64" }, { "umount2", "umount" },
	};

	for (size_t i = 0; i < UNIT_LEN(other); i++)
		if (strcmp(other[i].table, name) == 0)
			return other[i].trace;
	return name;
}

static int is_pointer(const char *type)
{
	return strchr(type, '*') || strncmp(type, "cap_user_", 9) == 0 ||
	       strncmp(type, "const cap_user_", 15) == 0;
}

static int width_of(const char *type)
{
	static const char *const wide[] = { "unsigned long", "long",	      "size_t", "loff_t",
					    "off_t",	     "aio_context_t", "u64",	"__u64" };

	if (strncmp(type, "const ", 6) == 0)
		type += 6;
	for (size_t i = 0; i < UNIT_LEN(wide); i++)
		if (strcmp(type, wide[i]) == 0)
			return 8;
	return is_pointer(type) ? 8 : 4;
}

/* "\tfield:int fd;\toffset..." -> is argument i of nr of that type? */
static void compare_field(unsigned nr, size_t i, char *line)
{
	const struct sys_arg *a = systab_arg_at(nr, i);
	char *type = strstr(line, "field:") + 6, *end = strchr(type, ';'), *space;

	unit_row(a && end, systab_name(nr));
	*end = '\0';
	space = strrchr(type, ' ');
	unit_row(space != NULL, systab_name(nr));
	*space = '\0';
	unit_eq(a->pointer, is_pointer(type), systab_name(nr));
	unit_eq(a->width, width_of(type), systab_name(nr));
}

static int compare_format(const char *dir, unsigned nr)
{
	char path[256], line[256];
	size_t fields = 0;
	int in = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/events/syscalls/sys_enter_%s/format", dir,
		       traced_as(systab_name(nr)));
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		if (in && strstr(line, "field:") && strstr(line, "offset:"))
			compare_field(nr, fields++, line);
		in |= strstr(line, "__syscall_nr") != NULL;
	}
	(void)fclose(f);
	/* a call without arguments may repeat its own name as a field of no type */
	unit_row(!systab_arg_at(nr, fields), systab_name(nr));
	return 1;
}

static void kernel_formats(void **state)
{
	char dir[] = "/tmp/systabXXXXXX";
	int compared = 0, status;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(dir));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) { /* the mount dies with the child's namespace */
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("tracefs", dir, "tracefs", 0, NULL) < 0)
			_exit(77);
		for (unsigned i = 0; i <= SYSTAB_LAST; i++)
			if (systab_name(i))
				compared += compare_format(dir, i);
		_exit(compared == 0 ? 78 : compared > 250 ? 0 : 79);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(rmdir(dir), 0);
	if (WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 78))
		unit_skip("tracefs with system calls cannot be mounted here");
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),	  cmocka_unit_test(foreign_names),
		cmocka_unit_test(arguments),	  cmocka_unit_test(constants),
		cmocka_unit_test(kernel_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
