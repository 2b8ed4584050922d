/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdio.c - probes: descriptors, environment, start state, terminal (security-model.md I26).
 *
 * The controls put something of the outside on descriptor 0, as a careless launcher would.
 * Runs in: cloister-probe.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>

extern char **environ;

static int put(struct probe_ctx *c, int fd)
{
	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		return step(c, "control", -1);
	return 0;
}

static int put_directory(struct probe_ctx *c)
{
	return put(c, open("/", O_RDONLY | O_DIRECTORY));
}

static int put_socket(struct probe_ctx *c)
{
	int fd[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0 ? step(c, "control", -1) : put(c, fd[0]);
}

static int put_file(struct probe_ctx *c)
{
	char path[TARGET_MAX];

	return put(c, open(scratch_path(c, path, "log"), O_CREAT | O_RDWR | O_APPEND, 0666));
}

/* A terminal whose other end this process keeps: TIOCSTI is then seen on the same terminal. */
static int put_tty(struct probe_ctx *c)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int slave;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return step(c, "control", -1);
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	if (slave < 0 || fchown(slave, CONTROL_UID, CONTROL_UID) < 0)
		return step(c, "control", -1);
	return put(c, slave);
}

/* 0-2 must be pipes and nothing else. */
static int types(struct probe_ctx *c)
{
	struct stat st;

	for (int fd = 0; fd <= 2; fd++) {
		if (fstat(fd, &st) < 0)
			return step(c, "fstat", -1);
		if (S_ISFIFO(st.st_mode))
			continue;
		(void)snprintf(c->note, sizeof(c->note), "descriptor %d has type %o", fd,
			       st.st_mode & S_IFMT);
		return 0;
	}
	return PROBE_ABSENT;
}

static int through_directory(struct probe_ctx *c)
{
	int worst = -ENOTDIR;
	AUTO_FD int fd = -1;

	for (int at = 0; at <= 2; at++) {
		fd_close(&fd);
		fd = openat(at, "etc/passwd", O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return step(c, "etc/passwd below a stdio descriptor", 0);
		worst = errno == ENOTDIR ? worst : -errno;
	}
	return worst;
}

static int is_terminal(struct probe_ctx *c)
{
	struct termios t;
	int r = -ENOTTY;

	for (int fd = 0; fd <= 2 && r != 0; fd++)
		r = step(c, "TCGETS", ioctl(fd, TCGETS, &t));
	return r;
}

static int is_socket(struct probe_ctx *c)
{
	int type, r = -ENOTSOCK;
	socklen_t n = sizeof(type);

	for (int fd = 0; fd <= 2 && r != 0; fd++)
		r = step(c, "SO_TYPE", getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n));
	return r;
}

/* An append log of the operator's: cut it, and write where others' lines stand. */
static int cut_log(struct probe_ctx *c)
{
	int r = -EINVAL;

	for (int fd = 0; fd <= 2 && r != 0; fd++)
		r = step(c, "ftruncate", ftruncate(fd, 0));
	return r;
}

static int seek_log(struct probe_ctx *c)
{
	int r = -ESPIPE;

	for (int fd = 0; fd <= 2 && r != 0; fd++)
		r = step(c, "lseek", lseek(fd, 0, SEEK_SET));
	return r;
}

static int leak_fd(struct probe_ctx *c)
{
	enum { LEAKED = 9 };
	AUTO_FD int fd = open("/dev/null", O_RDONLY);

	if (fd < 0 || fcntl(fd, F_DUPFD, LEAKED) < 0)
		return step(c, "control", -1);
	fd_close(&fd);
	remember_fds();
	return 0;
}

static int inherited(struct probe_ctx *c)
{
	int fd = started_with_fd();

	if (fd < 0)
		return absent(c, "nothing above 2");
	(void)snprintf(c->note, sizeof(c->note), "descriptor %d was open at the start", fd);
	return 0;
}

/* ---- environment and start state ---- */

static int seed_env(struct probe_ctx *c)
{
	return step(c, "setenv", setenv("CLOISTER_PROBE_LEAK", c->nonce, 1));
}

static int env_leak(struct probe_ctx *c)
{
	static const char *const never[] = { "LD_",	  "DBUS_", "LISTEN_", "GLIBC_TUNABLES",
					     "CLOISTER_", "SUDO_", "SSH_",    "XDG_" };

	for (char **e = environ; *e; e++) {
		if (nonce_in(c, *e, strlen(*e)))
			return step(c, "the seeded variable", 0);
		for (size_t i = 0; i < ARRAY_LEN(never); i++)
			if (!strncmp(*e, never[i], strlen(never[i])))
				return step(c, never[i], 0);
	}
	return PROBE_ABSENT;
}

/* Nothing but the names of launch.md 3.4. */
static int env_exact(struct probe_ctx *c)
{
	static const char *const known[] = {
		"PATH=", "HOME=", "USER=", "LOGNAME=",
		"LANG=", "TZ=",	  "TERM=", "NOTIFY_SOCKET=/run/notify"
	};
	size_t i;

	for (char **e = environ; *e; e++) {
		for (i = 0; i < ARRAY_LEN(known); i++)
			if (!strncmp(*e, known[i], strlen(known[i])))
				break;
		if (i == ARRAY_LEN(known))
			return step(c, *e, 0);
	}
	return PROBE_ABSENT;
}

/* The kernel tells a program the path that was executed: it must be none of the host's. */
static int execfn(struct probe_ctx *c)
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	if (!name)
		return skip(c, "no AT_EXECFN");
	(void)str_copy(c->note, sizeof(c->note), name);
	return !strncmp(name, "/usr/", 5) || !strncmp(name, "/dev/fd/", 8) || name[0] == 0
		       ? PROBE_ABSENT
		       : 0;
}

static int dirty_start(struct probe_ctx *c)
{
	sigset_t s;

	(void)umask(0);
	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	return step(c, "control", sigprocmask(SIG_BLOCK, &s, NULL));
}

static int start_state(struct probe_ctx *c)
{
	mode_t mask = umask(022);
	struct sigaction sa;
	sigset_t s;

	if (mask != 022)
		return step(c, "umask", 0);
	if (sigprocmask(SIG_SETMASK, NULL, &s) == 0 && sigismember(&s, SIGUSR1))
		return step(c, "blocked signal", 0);
	for (int n = 1; n < 32; n++)
		if (sigaction(n, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			return step(c, "ignored signal", 0);
	return PROBE_ABSENT;
}

static int cwd(struct probe_ctx *c)
{
	char buf[TARGET_MAX];

	if (!getcwd(buf, sizeof(buf)))
		return step(c, "getcwd", -1);
	(void)str_copy(c->note, sizeof(c->note), buf);
	return !strcmp(buf, "/") ? PROBE_ABSENT : 0;
}

static int go_elsewhere(struct probe_ctx *c)
{
	return step(c, "chdir", chdir(c->scratch));
}

/* ---- terminal ---- */

/* Makes descriptor 0 a controlling terminal where that is possible, for the rows that inject. */
static int own_tty(struct probe_ctx *c)
{
	int r = put_tty(c);

	return r ? r : step(c, "TIOCSCTTY", ioctl(STDIN_FILENO, TIOCSCTTY, 0));
}

static int inject(struct probe_ctx *c)
{
	const unsigned long *request = c->probe->arg;
	struct termios t;
	char buf[64];
	ssize_t n;

	for (const char *p = c->nonce; *p; p++)
		if (syscall(SYS_ioctl, STDIN_FILENO, *request, p) < 0)
			return step(c, "TIOCSTI", -1);
	if (tcgetattr(STDIN_FILENO, &t) == 0) {
		t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &t);
	}
	n = read(STDIN_FILENO, buf, sizeof(buf));
	return n > 0 && nonce_in(c, buf, (size_t)n) ? 0 : absent(c, "nothing came back");
}

/* On a pipe, never on a terminal that somebody uses: ENOTTY is the kernel's own answer there. */
static int tty_request(struct probe_ctx *c)
{
	const unsigned long *request = c->probe->arg;
	int fd[2];
	int r;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return step(c, "pipe", -1);
	r = step(c, "ioctl", syscall(SYS_ioctl, fd[0], *request, NULL));
	return r == -ENOTTY ? 0 : r;
}

static int ctty(struct probe_ctx *c)
{
	AUTO_FD int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	return step(c, "/dev/tty", fd);
}

static int foreground(struct probe_ctx *c)
{
	pid_t group = 0;
	int r = step(c, "TIOCGPGRP", ioctl(STDIN_FILENO, TIOCGPGRP, &group));

	return r ? r : step(c, "tcsetpgrp", tcsetpgrp(STDIN_FILENO, getpgrp()));
}

#define REQUEST(r) FLAGS(r)

/* clang-format off */
static const struct probe rows[] = {
	{ "stdio.types",     "find anything but pipes on 0-2", P_CRITICAL, { PROBE_ABSENT },
	  L_FD, C_USER, put_directory, types, NULL },
	{ "stdio.directory", "open files below a directory on 0-2", P_CRITICAL, { ENOTDIR },
	  L_FD | L_LL, C_USER, put_directory, through_directory, NULL },
	{ "stdio.terminal",  "ask 0-2 for terminal settings", P_CRITICAL, { ENOTTY },
	  L_FD, C_USER, put_tty, is_terminal, NULL },
	{ "stdio.socket",    "use 0-2 as a socket", P_CRITICAL, { ENOTSOCK },
	  L_FD, C_USER, put_socket, is_socket, NULL },
	{ "stdio.truncate",  "cut the operator's log", P_CRITICAL, { EINVAL },
	  L_FD, C_USER, put_file, cut_log, NULL },
	{ "stdio.seek",      "write over the operator's log", P_CRITICAL, { ESPIPE },
	  L_FD, C_USER, put_file, seek_log, NULL },
	{ "fd.inherited",    "start with a descriptor above 2", P_CRITICAL, { PROBE_ABSENT },
	  L_FD, C_USER, leak_fd, inherited, NULL },
	{ "fd.cwd",          "start in another directory than the plan's", 0, { PROBE_ABSENT },
	  L_FD | L_MNT, C_USER, go_elsewhere, cwd, NULL },
	{ "fd.start-state",  "inherit umask, blocked or ignored signals", 0, { PROBE_ABSENT },
	  L_ENV, C_USER, dirty_start, start_state, NULL },
	{ "env.leak",        "inherit a variable of the starter", P_CRITICAL | P_HOST, { PROBE_ABSENT },
	  L_ENV, C_USER, seed_env, env_leak, NULL },
	{ "env.exact",       "have more variables than the plan says", 0, { PROBE_ABSENT },
	  L_ENV, C_USER, seed_env, env_exact, NULL },
	{ "env.execfn",      "learn a path of the host from the start", 0, { PROBE_ABSENT },
	  L_ENV, C_USER, NULL, execfn, NULL },
};

static const struct probe tty_rows[] = {
	{ "tty.sti",         "type into a terminal", P_CRITICAL | P_NONCE, { EPERM },
	  L_ARG | L_FD, C_ROOT, own_tty, inject, REQUEST(TIOCSTI) },
	{ "tty.sti-high",    "the same with a high bit (CVE-2019-10063)", P_CRITICAL | P_NONCE, { EPERM },
	  L_ARG | L_FD, C_ROOT, own_tty, inject, REQUEST(HIGH | TIOCSTI) },
	{ "sec.s11.linux",   "TIOCLINUX", P_CRITICAL, { EPERM },
	  L_ARG, C_ROOT, NULL, tty_request, REQUEST(TIOCLINUX) },
	{ "sec.s11.cons",    "TIOCCONS", 0, { EPERM },
	  L_ARG, C_ROOT, NULL, tty_request, REQUEST(TIOCCONS) },
	{ "sec.s11.setd",    "TIOCSETD", 0, { EPERM },
	  L_ARG, C_ROOT, NULL, tty_request, REQUEST(TIOCSETD) },
	{ "sec.s11.setd-high", "TIOCSETD with a high bit", 0, { EPERM },
	  L_ARG, C_ROOT, NULL, tty_request, REQUEST(HIGH | TIOCSETD) },
	{ "tty.controlling", "open the controlling terminal", P_CRITICAL, { ENOENT, ENXIO },
	  L_NS | L_MNT, C_ROOT, own_tty, ctty, NULL },
	{ "tty.foreground",  "become the terminal's foreground group", 0, { ENOTTY },
	  L_FD | L_ARG, C_ROOT, own_tty, foreground, NULL },
};
/* clang-format on */

const struct probe_list stdio_list = { rows, ARRAY_LEN(rows) };
const struct probe_list tty_list = { tty_rows, ARRAY_LEN(tty_rows) };
