/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canary.c - the targets: a file, sockets, shared memory, a queue, a process, each with the nonce.
 *
 * Prints one line KEY=VALUE per target and then "ready"; they live until standard input ends. It
 * runs on the host (as root) and in a tenant, where what the profile forbids is left out.
 * Runs in: cloister-probe --canary.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ipc.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

struct canary {
	const char *nonce, *dir;
	struct pollfd listener[4]; /* the last is standard input */
	int shm;
	pid_t victim, waiter;
	char name[16], file[TARGET_MAX], sock[TARGET_MAX], devshm[TARGET_MAX], queue[64];
	char setuid[TARGET_MAX], filecap[TARGET_MAX];
};

static void make_file(const char *path, const char *nonce)
{
	AUTO_FD int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	if (fd >= 0)
		DROP(write(fd, nonce, strlen(nonce)));
}

static void say_handle(const char *path)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .h.handle_bytes = MAX_HANDLE_SZ };
	int mnt;

	if (name_to_handle_at(AT_FDCWD, path, &u.h, &mnt, 0) < 0)
		return;
	printf("handle=%d:", u.h.handle_type);
	for (unsigned i = 0; i < u.h.handle_bytes; i++)
		printf("%02x", u.h.f_handle[i]);
	printf("\n");
}

static void files(struct canary *k)
{
	(void)snprintf(k->file, sizeof(k->file), "%s/canary-%s", k->dir, k->nonce);
	(void)snprintf(k->devshm, sizeof(k->devshm), "/dev/shm/canary-%s", k->nonce);
	make_file(k->file, k->nonce);
	printf("file=%s\ndir=%s\n", k->file, k->dir);
	say_handle(k->file);
	make_file(k->devshm, k->nonce);
	if (access(k->devshm, R_OK) == 0)
		printf("devshm=%s\n", k->devshm);
}

/* Copies of this program, one setuid root, one with a file capability. */
static int copy_self(const char *path, mode_t mode)
{
	AUTO_FD int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	AUTO_FD int to = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	do
		n = from < 0 || to < 0 ? -1 : sendfile(to, from, NULL, 1 << 20);
	while (n > 0);
	return n < 0 || fchmod(to, mode) < 0 ? -errno : 0;
}

static void programs(struct canary *k)
{
	struct vfs_cap_data cap = { .magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
				    .data = { { .permitted = 1U << CAP_NET_BIND_SERVICE } } };

	if (geteuid() != 0)
		return;
	(void)snprintf(k->setuid, sizeof(k->setuid), "%s/setuid", k->dir);
	(void)snprintf(k->filecap, sizeof(k->filecap), "%s/filecap", k->dir);
	if (copy_self(k->setuid, 04755) == 0)
		printf("setuid=%s\n", k->setuid);
	if (copy_self(k->filecap, 0755) == 0 &&
	    setxattr(k->filecap, "security.capability", &cap, sizeof(cap), 0) == 0)
		printf("filecap=%s\n", k->filecap);
}

static void listen_unix(struct canary *k, bool abstract, int at)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int n;

	n = abstract ? snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "cloister-canary-%s",
				k->nonce)
		     : snprintf(a.sun_path, sizeof(a.sun_path), "%s/canary.sock", k->dir);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&a,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n + abstract)) < 0 ||
	    listen(fd, 8) < 0)
		return;
	k->listener[at].fd = fd;
	if (abstract) {
		printf("abstract=%s\n", a.sun_path + 1);
		return;
	}
	(void)chmod(a.sun_path, 0666);
	(void)snprintf(k->sock, sizeof(k->sock), "%s", a.sun_path);
	printf("unix=%s\n", k->sock);
}

/* The first address that is not loopback's, by the old ioctl: netlink may be closed. */
static void say_address(int fd, unsigned port)
{
	struct ifreq row[16];
	struct ifconf conf = { .ifc_len = sizeof(row), .ifc_req = row };
	char text[INET_ADDRSTRLEN];
	struct sockaddr_in a;

	if (ioctl(fd, SIOCGIFCONF, &conf) < 0)
		return;
	for (size_t i = 0; i < (size_t)conf.ifc_len / sizeof(row[0]); i++) {
		memcpy(&a, &row[i].ifr_addr, sizeof(a));
		if ((ntohl(a.sin_addr.s_addr) >> 24) == 127 ||
		    !inet_ntop(AF_INET, &a.sin_addr, text, sizeof(text)))
			continue;
		printf("ip=%s:%u\n", text, port);
		return;
	}
}

static void listen_tcp(struct canary *k, int at)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* A profile's ports, unlike the host's, do not include "any" (Landlock asks for port 0). */
	if (bind(fd, (struct sockaddr *)&a, n) < 0)
		a.sin_port = htons(23000);
	if (a.sin_port && bind(fd, (struct sockaddr *)&a, n) < 0)
		return;
	if (fd < 0 || listen(fd, 8) < 0 || getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		return;
	k->listener[at].fd = fd;
	printf("tcp=127.0.0.1:%u\n", ntohs(a.sin_port));
	say_address(fd, ntohs(a.sin_port));
}

static void ipc(struct canary *k)
{
	unsigned key = 0x43000000;
	int q;
	char *p;

	for (const char *s = k->nonce; *s; s++)
		key = (key * 31 + (unsigned char)*s) & 0x7fffffff;
	k->shm = shmget((key_t)key, 4096, IPC_CREAT | IPC_EXCL | 0444);
	p = k->shm < 0 ? NULL : shmat(k->shm, NULL, 0);
	if (p && (intptr_t)p != -1) {
		memcpy(p, k->nonce, strlen(k->nonce));
		printf("shmkey=%u\n", key);
	}
	(void)snprintf(k->queue, sizeof(k->queue), "canary-%s", k->nonce);
	q = (int)syscall(SYS_mq_open, k->queue, O_CREAT | O_RDWR | O_CLOEXEC, 0644, NULL);
	if (q >= 0)
		printf("mq=%s\n", k->queue);
}

static void victim(struct canary *k)
{
	char *argv[] = { (char *)(uintptr_t) "cloister-probe", (char *)(uintptr_t) "--idle",
			 k->name, NULL };
	char *envp[] = { NULL };
	int fd[2];
	char byte;

	(void)snprintf(k->name, sizeof(k->name), "cn-%.10s", k->nonce);
	if (pipe(fd) < 0)
		return;
	k->victim = fork();
	if (k->victim == 0) {
		if (geteuid() == 0)
			become(CONTROL_UID);
		(void)dup2(fd[1], 1);
		(void)execve("/proc/self/exe", argv, envp);
		_exit(127);
	}
	(void)close(fd[1]);
	if (read(fd[0], &byte, 1) == 1)
		printf("pid=%d\nprocname=%s\n", k->victim, k->name);
	(void)close(fd[0]);
}

static void say_namespaces(void)
{
	static const char *const kind[] = { "mnt", "pid", "net", "ipc", "uts", "cgroup", "user" };
	char path[64], own[64];
	ssize_t n;

	for (size_t i = 0; i < ARRAY_LEN(kind); i++) {
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kind[i]);
		n = readlink(path, own, sizeof(own) - 1);
		if (n > 0)
			printf("ns_%s=%.*s\n", kind[i], (int)n, own);
	}
}

/* Gives the nonce to whoever connects, until standard input ends. */
static void serve(struct canary *k)
{
	int fd;

	while (poll(k->listener, ARRAY_LEN(k->listener), -1) >= 0 && !k->listener[3].revents) {
		for (size_t i = 0; i < 3; i++) {
			if (!k->listener[i].revents)
				continue;
			fd = accept4(k->listener[i].fd, NULL, NULL, SOCK_CLOEXEC);
			if (fd >= 0)
				DROP(send(fd, k->nonce, strlen(k->nonce), MSG_NOSIGNAL));
			fd_close(&fd);
		}
	}
}

static void clear(struct canary *k)
{
	if (k->victim > 0) {
		(void)kill(k->victim, SIGKILL);
		(void)waitpid(k->victim, NULL, 0);
	}
	if (k->waiter > 0) {
		(void)kill(k->waiter, SIGKILL);
		(void)waitpid(k->waiter, NULL, 0);
	}
	if (k->shm >= 0)
		(void)shmctl(k->shm, IPC_RMID, NULL);
	(void)syscall(SYS_mq_unlink, k->queue);
	(void)unlink(k->file);
	(void)unlink(k->devshm);
	(void)unlink(k->sock);
	(void)unlink(k->setuid);
	(void)unlink(k->filecap);
}

int mode_canary(struct options *o)
{
	struct canary k = { .nonce = o->ctx.nonce,
			    .dir = target_borrow(&o->ctx, "dir"),
			    .shm = -1,
			    .listener = { { -1, POLLIN, 0 },
					  { -1, POLLIN, 0 },
					  { -1, POLLIN, 0 },
					  { STDIN_FILENO, POLLIN, 0 } } };

	if (!k.nonce || !k.dir) {
		(void)fprintf(stderr,
			      "cloister-probe: --canary: needs --nonce and --target dir=DIR\n");
		return 2;
	}
	(void)umask(0);
	files(&k);
	programs(&k);
	listen_unix(&k, true, 0);
	listen_unix(&k, false, 1);
	listen_tcp(&k, 2);
	ipc(&k);
	victim(&k);
	k.waiter = fork();
	if (k.waiter == 0)
		shared_wait();
	say_namespaces();
	printf("ready\n");
	(void)fflush(stdout);
	serve(&k);
	clear(&k);
	return 0;
}

_Noreturn void idle(const char *name)
{
	/* Not a leak when the probe that made it is killed. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (name[0])
		(void)prctl(PR_SET_NAME, name, 0, 0, 0);
	DROP(write(STDOUT_FILENO, ".", 1));
	for (;;)
		(void)pause();
}
