/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.c - PID 1 of a workload: starts the program, reaps, forwards signals, leaves the exit
 * record. Runs as: cloister-init, inside id 65533 (saved: the workload's), no capability, in all of
 * the workload's namespaces. Must not: allocate, link anything but libc, or be taken over by the
 * workload beside it (I13).
 *
 * Two ids, two filters (security-model.md 6): init forks while it has no filter; the child takes
 * the workload's id and the plan's filter and execs; then init loads its own filter of a dozen
 * calls. Real id I and effective id I with saved id W: the workload can neither ptrace, nor
 * prlimit, nor renice it, and init becomes W for the length of one kill().
 */
#include "sandbox/init.h"
#include "lib/asks/spawn.h"
#include "lib/base/fd.h"
#include "lib/plan/plan.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum {
	ARGV_MAX = RUN_ARGC_MAX + 1,
	ENVP_MAX = PLAN_ENV_MAX + RUN_ENVC_MAX + 1,
	EXEC_PATH_MAX = 4096,
	EXIT_PROGRAM = 127, /* the program could not be started */
};

/* One page shared with the child: how its exec went, for a filter that does not allow write. */
struct shared {
	uint32_t stage;
	int32_t err;
};

static struct app {
	const void *plan;
	struct shared *shared;
	const char *argv[ARGV_MAX];
	const char *envp[ENVP_MAX];
	size_t argc, envc;
	char path[EXEC_PATH_MAX];
	pid_t child;
} app;

/* The calls that init makes after its fork; no clone, exec, open or socket (I13). */
#define ALLOW(nr)                                                                                  \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
/* clang-format off */
static const struct sock_filter init_filter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xc000003e /* AUDIT_ARCH_X86_64 */, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	ALLOW(__NR_read),      ALLOW(__NR_waitid),          ALLOW(__NR_kill),
	ALLOW(__NR_setresuid), ALLOW(__NR_pwrite64),        ALLOW(__NR_write),
	ALLOW(__NR_exit),      ALLOW(__NR_exit_group),      ALLOW(__NR_rt_sigreturn),
	ALLOW(__NR_close),     ALLOW(__NR_restart_syscall), ALLOW(__NR_getrusage),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};
/* clang-format on */

static _Noreturn void fail(enum start_stage stage)
{
	struct start_error e = { .stage = (uint32_t)stage, .err = errno ? errno : EIO };

	if (app.shared) {
		app.shared->err = e.err;
		app.shared->stage = e.stage;
	}
	DROP(write(INIT_FD_ERROR, &e,
		   sizeof(e))); /* the reader sees EOF instead: the shared page says why */
	_exit(EXIT_PROGRAM);
}

static int set_ids(uid_t r, uid_t e, uid_t s)
{
	return (int)syscall(SYS_setresuid, r, e, s); /* not the wrapper: it signals threads */
}

/* Maps a sealed memfd whole. Its seals were checked by spawn; the size is read once, here. */
static const void *map_fd(int fd, size_t *ret_size)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0 || st.st_size <= 0)
		return NULL;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	*ret_size = (size_t)st.st_size;
	return p;
}

/* The next NUL-ended string of [*p, end), moving *p behind it; NULL when there is none. */
static const char *next_text(const char **p, const char *end)
{
	const char *s = *p;
	const char *nul = s < end ? memchr(s, '\0', (size_t)(end - s)) : NULL;

	if (!nul)
		return NULL;
	*p = nul + 1;
	return s;
}

/* NAME=VALUE replaces the plan's value of the same name, or is added. */
static void put_env(const char *text)
{
	const char *eq = strchr(text, '=');
	size_t n = eq ? (size_t)(eq - text) + 1 : 0;

	for (size_t i = 0; n && i < app.envc; i++) {
		if (strncmp(app.envp[i], text, n) == 0) {
			app.envp[i] = text;
			return;
		}
	}
	if (n && app.envc < ENVP_MAX - 1)
		app.envp[app.envc++] = text;
}

/* The plan keeps name and value apart; NAME=VALUE is put together in a fixed block. */
static void plan_env(void)
{
	static char block[64 * 1024];
	size_t used = 0;

	for (size_t i = 0; i < plan_count(app.plan, PLAN_ENV); i++) {
		const struct plan_env *e = plan_row(app.plan, PLAN_ENV, i);
		size_t need = (size_t)e->name.len + e->value.len + 2;

		if (used + need > sizeof(block) || app.envc >= PLAN_ENV_MAX)
			break;
		app.envp[app.envc++] = block + used;
		memcpy(block + used, plan_text(app.plan, e->name), e->name.len);
		block[used + e->name.len] = '=';
		memcpy(block + used + e->name.len + 1, plan_text(app.plan, e->value),
		       e->value.len + 1u);
		used += need;
	}
}

/* The command of a run: made by the engine, so every number is checked. */
static void run_command(void)
{
	size_t size = 0;
	const struct run_args *a = map_fd(INIT_FD_ARGS, &size);
	const char *p, *end;

	errno = EINVAL;
	if (!a || size < sizeof(*a) || memcmp(a->magic, "CLARGS\0\1", 8) != 0 || a->size != size ||
	    a->argc == 0 || a->argc > RUN_ARGC_MAX || a->envc > RUN_ENVC_MAX)
		fail(STAGE_INIT_ARGS);
	p = (const char *)(a + 1);
	end = (const char *)a + size;
	for (uint32_t i = 0; i < a->argc + a->envc; i++) {
		const char *s = next_text(&p, end);

		if (!s)
			fail(STAGE_INIT_ARGS);
		if (i < a->argc)
			app.argv[app.argc++] = s;
		else
			put_env(s);
	}
}

static void plan_command(const struct plan_exec *x)
{
	for (size_t i = 0; i < x->nargs && app.argc < ARGV_MAX - 1; i++)
		app.argv[app.argc++] = plan_text(
			app.plan, *(const struct plan_str *)plan_row(app.plan, PLAN_ARG, i));
}

static void read_plan(void)
{
	size_t size = 0;
	const struct plan_exec *x;

	app.plan = map_fd(INIT_FD_PLAN, &size);
	if (!app.plan)
		fail(STAGE_INIT_PLAN);
	plan_env();
	x = plan_row(app.plan, PLAN_EXEC, 0);
	if (x->path.len)
		plan_command(x);
	else
		run_command();
}

/* Finds the program before the filter is loaded: open may not be allowed after it. */
static bool find(const char *dir, size_t n, const char *name)
{
	size_t len = strlen(name);
	struct stat st;

	if (n + 1 + len + 1 > sizeof(app.path))
		return false;
	memcpy(app.path, dir, n);
	app.path[n] = '/';
	memcpy(app.path + n + 1, name, len + 1);
	return stat(app.path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

static void find_program(void)
{
	const struct plan_exec *x = plan_row(app.plan, PLAN_EXEC, 0);
	const char *name = x->path.len ? plan_text(app.plan, x->path) : app.argv[0];
	const char *path = NULL;

	if (strchr(name, '/')) {
		size_t n = strlen(name);

		errno = ENAMETOOLONG;
		if (n >= sizeof(app.path))
			fail(STAGE_PROGRAM);
		memcpy(app.path, name, n + 1);
		return;
	}
	for (size_t i = 0; i < app.envc; i++)
		if (strncmp(app.envp[i], "PATH=", 5) == 0)
			path = app.envp[i] + 5;
	while (path && *path) {
		const char *colon = strchrnul(path, ':');

		if (*name && find(path, (size_t)(colon - path), name))
			return;
		path = *colon ? colon + 1 : colon;
	}
	errno = ENOENT;
	fail(STAGE_PROGRAM);
}

static int load_filter(const struct sock_filter *code, size_t n)
{
	struct sock_fprog prog = {
		.len = (unsigned short)n,
		.filter = (struct sock_filter *)(uintptr_t)code, /* the kernel only reads */
	};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}

/* Opened before the filter, which may not allow open; what was found is what runs. */
static _Noreturn void exec_program(void)
{
	const struct plan_seccomp *s = plan_row(app.plan, PLAN_SECCOMP, 0);
	char *const *argv = (char *const *)(uintptr_t)app.argv; /* the kernel only reads them */
	char *const *envp = (char *const *)(uintptr_t)app.envp;
	int fd = open(app.path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		fail(STAGE_PROGRAM);
	if (load_filter(plan_row(app.plan, PLAN_BPF, s->first), s->count) < 0)
		fail(STAGE_FILTER);
	(void)syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
	/* a script cannot run from a close-on-exec descriptor (ENOENT): by path then */
	if (errno == ENOENT)
		(void)syscall(SYS_execve, app.path, argv, envp);
	fail(STAGE_PROGRAM);
}

static _Noreturn void workload(void)
{
	const struct plan_exec *x = plan_row(app.plan, PLAN_EXEC, 0);
	sigset_t none;

	if (set_ids(x->uid, x->uid, x->uid) < 0)
		fail(STAGE_INIT_IDS);
	(void)setsid();
	(void)umask(x->umask);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		fail(STAGE_INIT_FORK);
	if (chdir(plan_text(app.plan, x->cwd)) < 0)
		fail(STAGE_PROGRAM);
	find_program();
	exec_program();
}

/* Real, effective I; saved W (I13): enter.c came with (I,W,W). */
static void take_ids(void)
{
	uid_t r, e, s;

	if (set_ids((uid_t)-1, ID_INIT, (uid_t)-1) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail(STAGE_INIT_IDS);
	if (getresuid(&r, &e, &s) < 0 || r != ID_INIT || e != ID_INIT || s != ID_WORKLOAD) {
		errno = EPERM;
		fail(STAGE_INIT_IDS);
	}
}

/* Its own limits and filter; from here no descendant can come from init. */
static int settle(void)
{
	struct rlimit size = { sizeof(struct exit_record), sizeof(struct exit_record) };
	sigset_t all;
	int sfd;

	sigfillset(&all);
	sfd = signalfd(-1, &all, SFD_CLOEXEC);
	if (sfd < 0)
		return -1;
	(void)close(INIT_FD_ERROR);
	(void)close(INIT_FD_ARGS);
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	(void)close(STDERR_FILENO);
	if (setrlimit(RLIMIT_FSIZE, &size) < 0 ||
	    load_filter(init_filter, ARRAY_LEN(init_filter)) < 0)
		return -1;
	return sfd;
}

/* Signals from outside the pid namespace only: the workload may send what it likes to PID 1. */
static void forward(int sig)
{
	if (set_ids((uid_t)-1, ID_WORKLOAD, (uid_t)-1) < 0)
		return;
	(void)kill(app.child, sig);
	if (set_ids((uid_t)-1, ID_INIT, (uid_t)-1) < 0)
		_exit(EXIT_PROGRAM);
}

static uint64_t usec(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000000u + (uint64_t)t->tv_usec;
}

static _Noreturn void leave(const siginfo_t *si)
{
	struct exit_record r = { .magic = "CLEXIT\0\1" };
	struct rusage ru = { 0 };
	int code = si->si_status;

	(void)getrusage(RUSAGE_CHILDREN, &ru);
	r.utime_us = usec(&ru.ru_utime);
	r.stime_us = usec(&ru.ru_stime);
	r.maxrss_kib = (uint64_t)ru.ru_maxrss;
	if (app.shared->stage == STAGE_PROGRAM) {
		r.kind = CLAIM_EXEC_FAILED;
		r.err = (uint32_t)app.shared->err;
	} else if (si->si_code == CLD_EXITED) {
		r.kind = CLAIM_EXITED;
		r.code = code;
	} else {
		r.kind = CLAIM_SIGNALED;
		r.signal = si->si_status;
		r.core = si->si_code == CLD_DUMPED;
		code = 128 + si->si_status;
	}
	DROP(pwrite(INIT_FD_EXIT, &r, sizeof(r),
		    0)); /* a claim only: the wait status is the truth */
	_exit(code);
}

static void reap(void)
{
	siginfo_t si;

	for (;;) {
		si.si_pid = 0;
		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG) < 0 || si.si_pid == 0)
			return;
		if (si.si_pid == app.child)
			leave(&si);
	}
}

int main(void)
{
	struct signalfd_siginfo ssi;
	sigset_t all;
	int sfd;

	sigfillset(&all);
	app.shared = mmap(NULL, sizeof(*app.shared), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (app.shared == MAP_FAILED) {
		app.shared = NULL;
		fail(STAGE_INIT_FORK);
	}
	take_ids();
	for (int fd = INIT_FD_PLAN; fd < INIT_FD__END; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* ARGS may be closed */
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		fail(STAGE_INIT_FORK);
	read_plan();
	app.child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
	if (app.child < 0)
		fail(STAGE_INIT_FORK);
	if (app.child == 0)
		workload();
	sfd = settle();
	if (sfd < 0)
		fail(STAGE_INIT_FORK);
	for (;;) {
		if (read(sfd, &ssi, sizeof(ssi)) != (ssize_t)sizeof(ssi))
			continue;
		if (ssi.ssi_signo == SIGCHLD)
			reap();
		else if (ssi.ssi_pid == 0)
			forward((int)ssi.ssi_signo);
	}
}
