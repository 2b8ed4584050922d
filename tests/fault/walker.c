/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walker.c - kills one process of a supervisor at its n-th system call, or fails that call
 * (reliability.md 4.1).
 *
 *   walker [OPTION...] PID COMMAND...    runs COMMAND while PID is traced
 *     -c        PID's children are traced too, each up to its exec; their keys begin with c
 *     -n NAME   PID is cloisterd: traced is the next process NAME that it starts
 *     -k KEY    NR:N:entry or NR:N:exit: at the N-th call of number NR (from 1) it is killed;
 *               NR:N:ENOMEM (EMFILE ENOSPC EIO EINTR): that call is not made and fails
 *     -o FILE   instead of standard output, for a walker that is the COMMAND of another
 *
 * Without -k it prints a line "NR:N" for each call that was made: the keys. With it, what came of
 * it: "struck MS" (the time, since 1970) or "missed", and "ended CODE" or "hung" of COMMAND, which
 * gets ten seconds. Without it, its status is COMMAND's. A key names a call by its number and how
 * often that one was made before: a plain count of calls is not the same twice where two processes
 * race.
 *
 * Runs in: the host tests, as root.
 */
#include "lib/base/base.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRACEES = 64, CALLS = 512, PATIENCE_S = 10 };

struct tracee {
	pid_t pid;	     /* 0: free */
	bool counted, child; /* its calls are; with those of the children */
	bool inside;	     /* between entry and exit of a call that was counted */
	long nr;
	unsigned long long rdi; /* of a call that is refused */
};

static struct walk {
	struct tracee t[TRACEES];
	uint32_t made[2][CALLS]; /* calls of each number so far, [1] of children */
	bool children, strikes, struck, at_exit, child;
	int error;	  /* that the call ends with; 0: it kills */
	const char *next; /* NULL, or the name that is waited for */
	long nr;
	uint32_t n;
	pid_t root, command;
	int code; /* of COMMAND; -1: it goes on */
	struct timespec when;
} w = { .code = -1 };

static volatile sig_atomic_t late;

static void on_alarm(int s)
{
	(void)s;
	late = 1;
}

static struct tracee *find(pid_t pid)
{
	for (size_t i = 0; i < TRACEES; i++)
		if (w.t[i].pid == pid)
			return &w.t[i];
	return NULL;
}

static struct tracee *add(pid_t pid)
{
	struct tracee *t = find(pid);

	if (t)
		return t;
	t = find(0);
	if (!t) {
		(void)fprintf(stderr, "walker: more than %d processes\n", TRACEES);
		exit(2);
	}
	*t = (struct tracee){ .pid = pid };
	return t;
}

/* One that is gone meanwhile says so by its exit. */
static void go_on(struct tracee *t, int sig)
{
	(void)ptrace(t->counted ? PTRACE_SYSCALL : PTRACE_CONT, t->pid, NULL, (long)sig);
}

static void let_go(struct tracee *t, int sig)
{
	(void)ptrace(PTRACE_DETACH, t->pid, NULL, (long)sig);
	t->pid = 0;
}

/*
 * In place of the call: a close of nothing, which everybody may make, with another's result. A call
 * that is no call (-1) would not get past a filter.
 */
static void refuse(struct tracee *t, bool at_exit)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, t->pid, NULL, &r) < 0)
		return;
	if (at_exit) {
		r.rdi = t->rdi;
		r.rax = (unsigned long long)-w.error;
	} else {
		t->rdi = r.rdi;
		r.rdi = ~0ULL;
		r.orig_rax = SYS_close;
	}
	w.struck = ptrace(PTRACE_SETREGS, t->pid, NULL, &r) == 0 && at_exit;
}

static void hit(struct tracee *t, bool at_exit)
{
	if (!w.strikes || w.struck || t->child != w.child || t->nr != w.nr ||
	    w.made[t->child][t->nr] != w.n || (!w.error && at_exit != w.at_exit))
		return;
	if (w.error)
		refuse(t, at_exit);
	else
		w.struck = kill(t->pid, SIGKILL) == 0;
	(void)clock_gettime(CLOCK_REALTIME, &w.when);
}

static void on_call(struct tracee *t)
{
	struct __ptrace_syscall_info i;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(i), &i) <= 0)
		return;
	if (i.op == PTRACE_SYSCALL_INFO_ENTRY && i.entry.nr < CALLS) {
		t->nr = (long)i.entry.nr;
		t->inside = true;
		w.made[t->child][t->nr]++;
		if (!w.strikes)
			(void)printf("%s%ld:%u\n", t->child ? "c" : "", t->nr,
				     w.made[t->child][t->nr]);
		hit(t, false);
	} else if (i.op == PTRACE_SYSCALL_INFO_EXIT && t->inside) {
		t->inside = false;
		hit(t, true);
	}
}

/* Is argv[0] of pid, just after its exec, the name that is waited for? */
static bool is_next(pid_t pid)
{
	char path[40], name[64] = "";
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	(void)!fread(name, 1, sizeof(name) - 1, f);
	(void)fclose(f);
	return strcmp(name, w.next) == 0;
}

static void on_exec(struct tracee *t)
{
	if (w.children && t->child) { /* init's or the program's own from here on */
		let_go(t, 0);
		return;
	}
	if (w.next && is_next(t->pid))
		t->counted = true;
	go_on(t, 0);
}

static void on_stop(struct tracee *t, int st)
{
	int event = st >> 16, sig = WSTOPSIG(st);
	bool is_new = t->pid != w.root;

	if (event == PTRACE_EVENT_EXEC) {
		on_exec(t);
	} else if (event == PTRACE_EVENT_STOP) { /* just attached, or a group stop */
		if (w.children && is_new)
			t->counted = t->child = true;
		go_on(t, 0);
	} else if (event) { /* the child has its own stop */
		go_on(t, 0);
	} else if (sig == (SIGTRAP | 0x80)) {
		on_call(t);
		go_on(t, 0);
	} else {
		go_on(t, sig);
	}
}

static void seize(pid_t pid)
{
	long options = PTRACE_O_TRACESYSGOOD;

	if (w.children || w.next)
		options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			   PTRACE_O_TRACEEXEC;
	if (ptrace(PTRACE_SEIZE, pid, NULL, options) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0) {
		(void)fprintf(stderr, "walker: %d: %s\n", pid, strerrordesc_np(errno));
		exit(2);
	}
	w.root = pid;
	add(pid)->counted = !w.next;
}

/* Everybody runs free; who cannot be stopped in time is let go with our end. */
static void release(void)
{
	enum { ROUNDS = 300 };
	const struct timespec ms = { .tv_nsec = 1000000 };
	size_t left = 1;
	int st;

	for (size_t i = 0; i < TRACEES; i++)
		if (w.t[i].pid)
			(void)ptrace(PTRACE_INTERRUPT, w.t[i].pid, NULL, NULL);
	/* in turn: one that cannot be stopped must not keep the killed one from its parent */
	for (int round = 0; round < ROUNDS && left; round++) {
		left = 0;
		for (size_t i = 0; i < TRACEES; i++) {
			pid_t pid = w.t[i].pid ? waitpid(w.t[i].pid, &st, __WALL | WNOHANG) : -1;

			left += pid == 0;
			if (pid > 0 && WIFSTOPPED(st))
				let_go(&w.t[i], st >> 16 || WSTOPSIG(st) & 0x80 ? 0 : WSTOPSIG(st));
			else if (pid > 0)
				w.t[i].pid = 0;
		}
		if (left)
			(void)nanosleep(&ms, NULL);
	}
}

/* Until COMMAND ended, it is late, or (to kill) what was to be killed is gone. */
static void walk(void)
{
	while (w.code < 0 && !late && !w.struck) {
		int st;
		pid_t pid = waitpid(-1, &st, __WALL);
		struct tracee *t;

		if (pid < 0)
			continue;
		if (pid == w.command && (WIFEXITED(st) || WIFSIGNALED(st))) {
			w.code = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
			continue;
		}
		t = WIFSTOPPED(st) ? add(pid) : find(pid);
		if (t && WIFSTOPPED(st))
			on_stop(t, st);
		else if (t)
			t->pid = 0;
	}
}

static void await_command(void)
{
	int st;

	while (w.code < 0 && !late)
		if (waitpid(w.command, &st, 0) == w.command)
			w.code = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}

static void usage(void)
{
	(void)fprintf(stderr, "usage: walker [-c | -n NAME] [-k KEY] [-o FILE] PID COMMAND...\n");
	exit(2);
}

static void read_key(const char *s)
{
	static const struct {
		const char *name;
		int error;
	} phases[] = { { "entry", 0 },	     { "exit", 0 },	   { "ENOMEM", ENOMEM },
		       { "EMFILE", EMFILE }, { "ENOSPC", ENOSPC }, { "EIO", EIO },
		       { "EINTR", EINTR } };
	char phase[8];
	size_t i = 0;

	w.child = *s == 'c';
	if (sscanf(s + w.child, "%ld:%u:%7s", &w.nr, &w.n, phase) != 3 || w.nr < 0 || w.nr >= CALLS)
		usage();
	while (i < ARRAY_LEN(phases) && strcmp(phase, phases[i].name) != 0)
		i++;
	if (i == ARRAY_LEN(phases))
		usage();
	w.strikes = true;
	w.at_exit = i == 1;
	w.error = phases[i].error;
}

int main(int argc, char **argv)
{
	const struct sigaction alarm_action = { .sa_handler = on_alarm };
	int o;

	while ((o = getopt(argc, argv, "+cn:k:o:")) != -1) {
		if (o == 'c')
			w.children = true;
		else if (o == 'n')
			w.next = optarg;
		else if (o == 'k')
			read_key(optarg);
		else if (o == 'o' && freopen(optarg, "we", stdout))
			continue;
		else
			usage();
	}
	if (argc - optind < 2)
		usage();
	(void)sigaction(SIGALRM, &alarm_action, NULL);
	seize((pid_t)strtol(argv[optind], NULL, 10));
	(void)fflush(stdout);
	w.command = fork();
	if (w.command == 0) {
		(void)dup2(2, 1); /* what the command prints is no key */
		(void)execvp(argv[optind + 1], &argv[optind + 1]);
		_exit(127);
	}
	(void)setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 100000 }, { PATIENCE_S, 0 } }, NULL);
	walk();
	release();
	await_command();
	if (w.strikes && w.struck)
		(void)printf("struck %ld%03ld\n", (long)w.when.tv_sec, w.when.tv_nsec / 1000000);
	else if (w.strikes)
		(void)printf("missed\n");
	if (w.code < 0)
		(void)kill(w.command, SIGKILL);
	if (w.strikes && w.code < 0)
		(void)printf("hung\n");
	else if (w.strikes)
		(void)printf("ended %d\n", w.code);
	return w.code < 0 ? 1 : w.strikes ? 0 : w.code;
}
