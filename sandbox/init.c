/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.c - PID 1 of a workload: starts the program, reaps, forwards signals, leaves the exit
 * record. Runs as: cloister-init, inside id 65533 (saved: the workload's), no capability, in all of
 * the workload's namespaces. Must not: allocate, link anything (init_bare.h), or be taken over by
 * the workload beside it (I13).
 *
 * Two ids, two filters (security-model.md 6): init forks while it has no filter; the child takes
 * the workload's id and the plan's filter and execs; then init loads its own filter of a dozen
 * calls. Real id I and effective id I with saved id W: the workload can neither ptrace, nor
 * prlimit, nor renice it, and init becomes W for the length of one kill().
 */
#include "sandbox/init.h"
#include "sandbox/init_bare.h"
#include "sandbox/init_listen.h"
#include "sandbox/init_startup.h"
#include "lib/asks/spawn.h"
#include "lib/plan/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum {
	ARGV_MAX = RUN_ARGC_MAX + 1,
	ENVP_MAX = PLAN_ENV_MAX + RUN_ENVC_MAX + 1,
	ENV_BYTES = 64 * 1024,
	EXEC_PATH_MAX = 4096,
	NOTIFY_BYTES = 64,
	LISTEN_MS = 25,	    /* between two looks at who listens  */
	SIGSET_BYTES = 8,   /* the kernel's sigset_t             */
	EXIT_PROGRAM = 127, /* the program could not be started  */
};

/* One page shared with the child: how its exec went, for a filter that does not allow write. */
struct shared {
	uint32_t stage;
	int32_t err;
	int32_t listener; /* its number, once the filter is loaded; 0: not yet */
};

static struct app {
	const void *plan;
	struct shared *shared;
	const char *argv[ARGV_MAX];
	const char *envp[ENVP_MAX];
	size_t argc, envc;
	char env[ENV_BYTES];
	char path[EXEC_PATH_MAX];
	long child;
	uint8_t ready; /* enum exit_ready */
	long listen;   /* the socket that who listens is asked by, or < 0 */
	struct startup startup;
	bool exec;		     /* not PID 1: becomes the command that it is given */
	bool given;		     /* the command is ARGS', not the plan's */
	const struct parked *parked; /* NULL: the command is there from the start */
} app;

static _Noreturn void leave(int code)
{
	for (;;)
		(void)sys(SYS_exit_group, code);
}

/* err: -errno as a call returned it. */
static _Noreturn void fail(enum start_stage stage, long err)
{
	struct start_error e = { .stage = (uint32_t)stage, .err = err < 0 ? (int32_t)-err : EIO };

	if (app.shared) {
		app.shared->err = e.err;
		app.shared->stage = e.stage;
		startup_tell(&app.shared->listener, -1);
	}
	/* a filter without write: the reader sees the end instead, and the shared page says why */
	(void)sys(SYS_write, INIT_FD_ERROR, SYS_PTR(&e), sizeof(e));
	leave(EXIT_PROGRAM);
}

static long set_ids(long r, long e, long s)
{
	return sys(SYS_setresuid, r, e, s);
}

/*
 * Maps a memfd whole; the size is read once, here. MAP_PRIVATE where it is sealed, which spawn
 * checked: before 6.7 a shared mapping of it is refused. MAP_SHARED where spawn is to write yet.
 */
static const void *map_fd(int fd, int how, enum start_stage stage, size_t *ret_size)
{
	long size = sys(SYS_lseek, fd, 0, SEEK_END);
	long p = size > 0 ? sys(SYS_mmap, 0, size, PROT_READ, how, fd, 0) : -EINVAL;

	if (p < 0 && p > -4096)
		fail(stage, p);
	*ret_size = (size_t)size;
	return (const void *)(uintptr_t)p;
}

/* NAME=VALUE replaces the plan's value of the same name, or is added. */
static void put_env(const char *text)
{
	const char *eq = bare_find(text, '=');
	size_t n = (size_t)(eq - text) + 1;

	for (size_t i = 0; *eq && i < app.envc; i++) {
		if (bare_find(app.envp[i], '=') - app.envp[i] == eq - text &&
		    bare_same(app.envp[i], text, n)) {
			app.envp[i] = text;
			return;
		}
	}
	if (*eq && app.envc < ENVP_MAX - 1)
		app.envp[app.envc++] = text;
}

/* The plan keeps name and value apart; NAME=VALUE is put together in a fixed block. */
static void plan_env(void)
{
	size_t used = 0;

	for (size_t i = 0; i < plan_count(app.plan, PLAN_ENV); i++) {
		const struct plan_env *e = plan_row(app.plan, PLAN_ENV, i);
		size_t need = (size_t)e->name.len + e->value.len + 2;
		char *at = app.env + used;

		if (need > sizeof(app.env) - used || app.envc >= PLAN_ENV_MAX)
			fail(STAGE_INIT_PLAN, -E2BIG);
		app.envp[app.envc++] = at;
		bare_copy(at, plan_text(app.plan, e->name), e->name.len);
		at[e->name.len] = '=';
		bare_copy(at + e->name.len + 1, plan_text(app.plan, e->value), e->value.len + 1u);
		used += need;
	}
}

/* The next NUL-ended string of [*p, end), moving *p behind it. */
static const char *next_text(const char **p, const char *end)
{
	const char *s = *p, *q = s;

	while (q < end && *q)
		q++;
	if (q == end)
		fail(STAGE_INIT_ARGS, -EINVAL);
	*p = q + 1;
	return s;
}

/* The command of a run: made by the engine, so every number is checked. */
static void run_command(const struct run_args *a, size_t size)
{
	const char *p = (const char *)(a + 1), *end = (const char *)a + a->size;

	if (size < sizeof(*a) || !bare_same(a->magic, "CLARGS\0\1", 8) || a->size < sizeof(*a) ||
	    a->size > size || a->argc == 0 || a->argc > RUN_ARGC_MAX || a->envc > RUN_ENVC_MAX)
		fail(STAGE_INIT_ARGS, -EINVAL);
	for (uint32_t i = 0; i < a->argc; i++)
		app.argv[app.argc++] = next_text(&p, end);
	for (uint32_t i = 0; i < a->envc; i++)
		put_env(next_text(&p, end));
}

/* Parked: confined already, with everything but the command. No call but futex from here to exec:
 * the filter is in force. */
static void wait_command(void)
{
	const struct run_args *a = (const void *)((const char *)app.parked + PARKED_ARGS);

	while (__atomic_load_n(&app.parked->go, __ATOMIC_ACQUIRE) == 0)
		(void)sys(SYS_futex, SYS_PTR(&app.parked->go), FUTEX_WAIT, 0, 0);
	run_command(a, RUN_ARGS_MAX);
}

static void read_plan(void)
{
	size_t size = 0;
	bool parked = sys(SYS_fcntl, INIT_FD_GO, F_GETFD, 0) >= 0;
	const struct plan_exec *x;
	const void *args;

	app.plan = map_fd(INIT_FD_PLAN, MAP_PRIVATE, STAGE_INIT_PLAN, &size);
	plan_env();
	x = plan_row(app.plan, PLAN_EXEC, 0);
	app.exec = sys(SYS_fcntl, INIT_FD_EXIT, F_GETFD, 0) < 0;
	app.given = app.exec || !x->path.len;
	for (size_t i = 0; !app.given && i < x->nargs && app.argc < ARGV_MAX - 1; i++)
		app.argv[app.argc++] = plan_text(
			app.plan, *(const struct plan_str *)plan_row(app.plan, PLAN_ARG, i));
	if (!app.given)
		return;
	args = map_fd(INIT_FD_ARGS, parked ? MAP_SHARED : MAP_PRIVATE, STAGE_INIT_ARGS, &size);
	if (!parked)
		run_command(args, size);
	else if (size == PARKED_ARGS + RUN_ARGS_MAX)
		app.parked = args;
	else
		fail(STAGE_INIT_ARGS, -EINVAL);
}

/* Executes DIR/NAME (NAME alone where n is 0). Returns only when it cannot be executed. */
static long exec_in(const char *dir, size_t n, const char *name)
{
	size_t len = bare_len(name), at = n ? n + 1 : 0;

	if (at + len + 1 > sizeof(app.path))
		return -ENAMETOOLONG;
	bare_copy(app.path, dir, n);
	if (n)
		app.path[n] = '/';
	bare_copy(app.path + at, name, len + 1);
	return sys(SYS_execve, SYS_PTR(app.path), SYS_PTR(app.argv), SYS_PTR(app.envp));
}

/* As execvp does: a name without a slash is looked for along PATH, and "not allowed" is told only
 * if no directory has one that is. */
static _Noreturn void exec_program(void)
{
	const struct plan_exec *x = plan_row(app.plan, PLAN_EXEC, 0);
	const char *name = app.given ? app.argv[0] : plan_text(app.plan, x->path);
	const char *path = "";
	long rc = -ENOENT, worst = -ENOENT;

	if (*bare_find(name, '/') || !*name)
		fail(STAGE_PROGRAM, *name ? exec_in("", 0, name) : -ENOENT);
	for (size_t i = 0; i < app.envc; i++)
		if (bare_find(app.envp[i], '=') - app.envp[i] == 4 &&
		    bare_same(app.envp[i], "PATH=", 5))
			path = app.envp[i] + 5;
	while (*path) {
		const char *colon = bare_find(path, ':');

		rc = exec_in(path, (size_t)(colon - path), name);
		if (rc != -ENOENT && rc != -ENOTDIR && rc != -EACCES)
			fail(STAGE_PROGRAM, rc);
		worst = rc == -EACCES ? rc : worst;
		path = *colon ? colon + 1 : colon;
	}
	fail(STAGE_PROGRAM, worst);
}

static bool has_startup(void)
{
	const struct plan_seccomp *s = plan_row(app.plan, PLAN_SECCOMP, 0);

	return s->flags & PLAN_SECCOMP_LISTENER;
}

static _Noreturn void workload(void)
{
	const struct plan_exec *x = plan_row(app.plan, PLAN_EXEC, 0);
	const struct plan_seccomp *s = plan_row(app.plan, PLAN_SECCOMP, 0);
	uint64_t none = 0;
	long rc = set_ids(x->uid, x->uid, x->uid);

	if (rc < 0)
		fail(STAGE_INIT_IDS, rc);
	(void)sys(SYS_setsid, 0);
	(void)sys(SYS_umask, x->umask);
	/* stdin is a terminal, or says that it is none */
	rc = sys(SYS_ioctl, 0, TIOCSCTTY, 0);
	if (rc < 0 && rc != -ENOTTY)
		fail(STAGE_PTY, rc);
	/* an exec ends with the spawner, its parent: nobody else would hear of its end. After the
	 * ids, whose change takes it back */
	if (app.exec)
		(void)sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	rc = sys(SYS_rt_sigprocmask, SIG_SETMASK, SYS_PTR(&none), 0, SIGSET_BYTES);
	if (rc < 0)
		fail(STAGE_INIT_FORK, rc);
	rc = sys(SYS_chdir, SYS_PTR(plan_text(app.plan, x->cwd)));
	if (rc < 0)
		fail(STAGE_PROGRAM, rc);
	if (!PLAN_LACKS(app.plan, ABLATE_SECCOMP))
		rc = filter_load(plan_row(app.plan, PLAN_BPF, s->first), s->count,
				 has_startup() ? SECCOMP_FILTER_FLAG_NEW_LISTENER |
							 SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
					       : 0);
	if (rc < 0)
		fail(STAGE_FILTER, rc);
	if (has_startup())
		startup_tell(&app.shared->listener, (int32_t)rc);
	if (app.parked)
		wait_command();
	exec_program();
}

/* Real, effective I; saved W (I13): enter.c came with (I,W,W). */
static void take_ids(void)
{
	uint32_t id[3] = { 0 };
	long rc = set_ids(-1, ID_INIT, -1);

	if (rc == 0)
		rc = sys(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (rc == 0)
		rc = sys(SYS_getresuid, SYS_PTR(&id[0]), SYS_PTR(&id[1]), SYS_PTR(&id[2]));
	if (rc == 0 && (id[0] != ID_INIT || id[1] != ID_INIT || id[2] != ID_WORKLOAD))
		rc = -EPERM;
	if (rc < 0)
		fail(STAGE_INIT_IDS, rc);
}

static void told(enum exit_ready ready)
{
	struct exit_record r = { .magic = "CLEXIT\0\1", .ready = (uint8_t)ready };

	app.ready = (uint8_t)ready;
	app.startup.over |= ready == READY_TOLD;
	(void)sys(SYS_pwrite64, INIT_FD_EXIT, SYS_PTR(&r), sizeof(r), 0);
}

/* Of a service: the program of a run is somebody's command, nobody waits for it to listen. */
static void watch_listen(void)
{
	const struct plan_ident *id = plan_row(app.plan, PLAN_IDENT, 0);
	const struct plan_exec *x = plan_row(app.plan, PLAN_EXEC, 0);

	if (id->ready != READY_LISTEN || !x->path.len)
		return;
	app.listen = listen_open();
	if (app.listen < 0)
		told(READY_BLIND);
}

/* What holds for init and all below it: no more rights by an exec, and no descriptor but its own;
 * spawn left none open, and were it otherwise, it would end here. */
static void shut(void)
{
	long rc = 0;

	if (!PLAN_LACKS(app.plan, ABLATE_NNP))
		rc = sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (rc == 0 && !PLAN_LACKS(app.plan, ABLATE_CLOSE))
		rc = sys(SYS_close_range, INIT_FD__END, ~0u, 0);
	if (rc < 0)
		fail(STAGE_INIT_PLAN, rc);
}

/* Its own limits and filter; from here no descendant can come from init. */
static long settle(void)
{
	struct rlimit size = { sizeof(struct exit_record), sizeof(struct exit_record) };
	uint64_t all = ~UINT64_C(0);
	long sfd, rc;

	/* stdio, plan, command (may be closed), error pipe; before one of the numbers is used again
	 */
	for (int fd = 0; fd < INIT_FD_EXIT; fd++)
		(void)sys(SYS_close, fd);
	sfd = sys(SYS_signalfd4, -1, SYS_PTR(&all), SIGSET_BYTES, SFD_CLOEXEC);
	rc = sfd;
	if (rc >= 0)
		rc = sys(SYS_prlimit64, 0, RLIMIT_FSIZE, SYS_PTR(&size), 0);
	watch_listen();
	if (rc >= 0)
		rc = init_filter_load(app.startup.listener >= 0);
	return rc < 0 ? rc : sfd;
}

/* Signals from outside the pid namespace only: the workload may send what it likes to PID 1. */
static void forward(long sig)
{
	if (set_ids(-1, ID_WORKLOAD, -1) < 0)
		return;
	(void)sys(SYS_kill, app.child, sig);
	if (set_ids(-1, ID_INIT, -1) < 0)
		leave(EXIT_PROGRAM);
}

static uint64_t usec(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000000u + (uint64_t)t->tv_usec;
}

/* The record is a claim only; the wait status that spawn sees is the truth (I17). */
static _Noreturn void record(const siginfo_t *si, const struct rusage *ru)
{
	struct exit_record r = { .magic = "CLEXIT\0\1", .ready = app.ready };
	int code = si->si_status;

	r.utime_us = usec(&ru->ru_utime);
	r.stime_us = usec(&ru->ru_stime);
	r.maxrss_kib = (uint64_t)ru->ru_maxrss;
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
	(void)sys(SYS_pwrite64, INIT_FD_EXIT, SYS_PTR(&r), sizeof(r), 0);
	leave(code);
}

static void reap(void)
{
	struct rusage ru;
	siginfo_t si;

	for (;;) {
		si.si_pid = 0;
		if (sys(SYS_waitid, P_ALL, 0, SYS_PTR(&si), WEXITED | WNOHANG, SYS_PTR(&ru)) < 0 ||
		    si.si_pid == 0)
			return;
		if (si.si_pid == app.child)
			record(&si, &ru);
	}
}

static void on_signal(long sfd)
{
	struct signalfd_siginfo ssi;

	if (sys(SYS_read, sfd, SYS_PTR(&ssi), sizeof(ssi)) != (long)sizeof(ssi))
		leave(EXIT_PROGRAM); /* every signal is blocked: nothing interrupts it */
	if (ssi.ssi_signo == SIGCHLD)
		reap();
	else if (ssi.ssi_pid == 0)
		forward(ssi.ssi_signo);
}

/* One datagram of the workload, without descriptors or credentials; only READY=1 counts. */
static void on_notify(void)
{
	char text[NOTIFY_BYTES] = "";
	long n = sys(SYS_recvfrom, INIT_FD_NOTIFY, SYS_PTR(text), sizeof(text), MSG_DONTWAIT, 0, 0);

	if (n < 7 || !bare_same(text, "READY=1", 7) || (n > 7 && text[7] != '\n'))
		return;
	told(READY_TOLD);
}

static void look_who_listens(void)
{
	long rc = listen_look(app.listen, app.plan);

	if (rc == 0)
		return;
	told(rc > 0 ? READY_TOLD : READY_BLIND);
	app.listen = -1; /* looked at once only: it stays open, for init's filter has no close */
}

/* The spawner let go of a parked start: it went on, or nobody is left to let it. */
static void on_go(void)
{
	if (__atomic_load_n(&app.parked->go, __ATOMIC_ACQUIRE) == 0)
		leave(EXIT_PROGRAM);
	app.parked = NULL;
}

static _Noreturn void serve(long sfd)
{
	const struct plan_ident *id = plan_row(app.plan, PLAN_IDENT, 0);

	for (;;) {
		struct pollfd p[5] = {
			{ .fd = (int)sfd, .events = POLLIN },
			{ .fd = id->ready == READY_NOTIFY ? INIT_FD_NOTIFY : -1, .events = POLLIN },
			{ .fd = app.parked ? INIT_FD_GO : -1, .events = POLLIN },
			{ .fd = (int)app.startup.listener, .events = POLLIN },
			{ .fd = app.startup.over ? -1 : (int)app.startup.timer, .events = POLLIN },
		};

		(void)sys(SYS_poll, SYS_PTR(p), 5, app.listen >= 0 ? LISTEN_MS : -1);
		if (app.listen >= 0)
			look_who_listens();
		if (p[1].revents)
			on_notify();
		if (p[2].revents)
			on_go();
		app.startup.over |= p[4].revents != 0;
		if (p[3].revents & POLLIN)
			startup_answer(&app.startup, app.plan);
		else if (p[3].revents) /* nobody is left under the filter */
			app.startup.listener = -1;
		if (p[0].revents)
			on_signal(sfd);
	}
}

_Noreturn __attribute__((used)) void init_main(void);
_Noreturn void init_main(void)
{
	uint64_t all = ~UINT64_C(0);
	long page = sys(SYS_mmap, 0, sizeof(*app.shared), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long sfd, rc;

	if (page < 0 && page > -4096)
		fail(STAGE_INIT_FORK, page);
	app.shared = (struct shared *)(uintptr_t)page;
	app.listen = -1;
	take_ids();
	for (int fd = INIT_FD_PLAN; fd < INIT_FD__END; fd++)
		(void)sys(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC); /* ARGS may be closed */
	(void)sys(SYS_rt_sigprocmask, SIG_SETMASK, SYS_PTR(&all), 0, SIGSET_BYTES);
	read_plan();
	shut();
	if (app.exec) { /* no PID 1 and nobody above it: its own exec is answered from beside */
		rc = has_startup() ? startup_beside(&app.shared->listener, app.plan) : 0;
		if (rc < 0)
			fail(STAGE_INIT_FORK, rc);
		workload();
	}
	app.startup.listener = app.startup.timer = -1;
	app.child = sys(SYS_clone, has_startup() ? SIGCHLD | CLONE_FILES : SIGCHLD, 0, 0, 0, 0);
	if (app.child < 0)
		fail(STAGE_INIT_FORK, app.child);
	if (app.child == 0)
		workload();
	if (has_startup()) {
		rc = startup_take(&app.startup, &app.shared->listener, app.child);
		if (rc < 0)
			fail(STAGE_INIT_FORK, rc);
	}
	sfd = settle();
	if (sfd < 0) /* the error pipe is closed by now: the exit status says it */
		leave(EXIT_PROGRAM);
	serve(sfd);
}

/* The kernel's entry: no C library, so no arguments are needed and the stack is aligned here. */
__asm__(".globl _start\n"
	".type _start, @function\n"
	"_start:\n\t"
	"endbr64\n\t"
	"xor %ebp, %ebp\n\t"
	"and $-16, %rsp\n\t"
	"call init_main\n");
