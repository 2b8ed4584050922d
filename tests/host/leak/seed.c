/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seed.c - makes one leak on purpose, and takes it back: the leak check must see both.
 *
 * usage: leak-seed KIND DIR
 * It prepares, says "armed", waits for a line; leaks, says "leaked", waits for a line; takes the
 * leak back, says "clean" and waits for the end of its input. Its own process is there all the
 * time, so that the only difference is the leak. Runs in: leak_meta.sh, in network, ipc and mount
 * namespaces of its own.
 */
#include "lib/base/fd.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/keyctl.h>
#include <linux/loop.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

static struct {
	const char *dir;
	char path[512];
	int fd;
	pid_t child;
	long id;
} g = { .fd = -1 };

static const char *below(const char *name)
{
	(void)snprintf(g.path, sizeof(g.path), "%s/%s", g.dir, name);
	return g.path;
}

static int put(const char *path, const char *text)
{
	AUTO_FD int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

static int drop_fd(void)
{
	fd_close(&g.fd);
	return 0;
}

static int drop_path(void)
{
	return unlink(g.path);
}

static int drop_child(void)
{
	if (g.child > 0)
		(void)kill(g.child, SIGKILL);
	return waitpid(g.child, NULL, 0) == g.child ? 0 : -1;
}

/* A child without descriptors; a pipe's end of file says that it closed them. */
static int child_as(bool ends)
{
	int fd[2];
	char byte;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	g.child = fork();
	if (g.child == 0) {
		(void)syscall(SYS_close_range, 0, ~0U, 0);
		while (!ends)
			(void)pause();
		_exit(0);
	}
	(void)close(fd[1]);
	(void)!read(fd[0], &byte, 1);
	(void)close(fd[0]);
	if (ends) { /* gone, but not reaped */
		siginfo_t si;

		return waitid(P_PID, (id_t)g.child, &si, WEXITED | WNOWAIT);
	}
	return 0;
}

static int child(void)
{
	return child_as(false);
}

static int zombie(void)
{
	return child_as(true);
}

static int cgroup(void)
{
	return mkdir(below("leaked"), 0755);
}

static int drop_dir(void)
{
	return rmdir(g.path);
}

static int prepare_mount(void)
{
	return mkdir(below("at"), 0755);
}

static int bind_mount(void)
{
	return mount("leak", g.path, "tmpfs", 0, NULL);
}

static int drop_mount(void)
{
	return umount2(g.path, MNT_DETACH);
}

/* A child in a mount namespace of its own, told by bytes: mount, unmount. */
static int prepare_foreign(void)
{
	int fd[2];
	char byte;

	if (prepare_mount() < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) < 0)
		return -1;
	g.child = fork();
	if (g.child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		byte = unshare(CLONE_NEWNS) < 0 ||
		       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0;
		while (write(fd[1], &byte, 1) == 1 && read(fd[1], &byte, 1) == 1)
			byte = (byte == 'm' ? bind_mount() : drop_mount()) < 0;
		_exit(0);
	}
	g.fd = fd[0];
	return read(g.fd, &byte, 1) == 1 && !byte ? 0 : -1;
}

static int tell_child(char what)
{
	return write(g.fd, &what, 1) == 1 && read(g.fd, &what, 1) == 1 && !what ? 0 : -1;
}

static int foreign(void)
{
	return tell_child('m');
}

static int drop_foreign(void)
{
	return tell_child('u');
}

static int detached(void)
{
	g.fd = (int)syscall(SYS_open_tree, AT_FDCWD, g.dir, 1 /* CLONE */ | O_CLOEXEC);
	return g.fd;
}

/* A network namespace that nobody is in; what is kept of it is the caller's choice. */
static int other_netns(bool as_socket)
{
	AUTO_FD int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (own < 0 || unshare(CLONE_NEWNET) < 0)
		return -1;
	g.fd = as_socket ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
			 : open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return g.fd < 0 || setns(own, CLONE_NEWNET) < 0 ? -1 : 0;
}

static int netns_fd(void)
{
	return other_netns(false);
}

static int netns_socket(void)
{
	return other_netns(true);
}

static int prepare_netns_name(void)
{
	return put(below("name"), "");
}

/* As `ip netns add`: kept by a mount alone. */
static int netns_name(void)
{
	int r = other_netns(false);

	if (r == 0) {
		char own[40];

		(void)snprintf(own, sizeof(own), "/proc/self/fd/%d", g.fd);
		r = mount(own, g.path, NULL, MS_BIND, NULL);
	}
	fd_close(&g.fd);
	return r;
}

/* One request, and whether the kernel agreed. */
static int netlink(const void *m, size_t n)
{
	AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char rest[512];
	} r;

	if (fd < 0 || send(fd, m, n, 0) < 0 || recv(fd, &r, sizeof(r), 0) < (ssize_t)sizeof(r.h))
		return -1;
	errno = -r.e.error;
	return r.e.error ? -1 : 0;
}

static int link_change(uint16_t type, uint16_t flags)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
		struct rtattr name;
		char text[8];
		struct rtattr info, kind;
		char veth[8];
	} m = {
		.h = { sizeof(m), type, (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags), 1, 0 },
		.name = { RTA_LENGTH(8), IFLA_IFNAME },
		.text = "leak0",
		.info = { RTA_LENGTH(4 + 8), IFLA_LINKINFO },
		.kind = { RTA_LENGTH(5), IFLA_INFO_KIND },
		.veth = "veth",
	};

	return netlink(&m, sizeof(m));
}

static int link_up(void)
{
	return link_change(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
}

static int drop_link(void)
{
	return link_change(RTM_DELLINK, 0);
}

static int route_change(unsigned long request)
{
	AUTO_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	static char lo[] = "lo";
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct rtentry r = { .rt_flags = RTF_UP | RTF_HOST, .rt_dev = lo };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a636363) };

	memcpy(&r.rt_dst, &to, sizeof(r.rt_dst));
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &up) < 0)
		return -1;
	return request ? ioctl(fd, request, &r) : 0;
}

static int prepare_route(void)
{
	return route_change(0);
}

static int route(void)
{
	return route_change(SIOCADDRT);
}

static int drop_route(void)
{
	return route_change(SIOCDELRT);
}

static int neighbour_change(uint16_t type, uint16_t flags)
{
	struct {
		struct nlmsghdr h;
		struct ndmsg n;
		struct rtattr dst;
		uint32_t ip;
		struct rtattr lladdr;
		uint8_t mac[8];
	} m = {
		.h = { sizeof(m), type, (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags), 1, 0 },
		.n = { .ndm_family = AF_INET,
		       .ndm_ifindex = (int)if_nametoindex("leak0"),
		       .ndm_state = NUD_PERMANENT },
		.dst = { RTA_LENGTH(4), NDA_DST },
		.ip = htonl(0x0a636364),
		.lladdr = { RTA_LENGTH(6), NDA_LLADDR },
		.mac = { 2, 0, 0, 0, 0, 1 },
	};

	return netlink(&m, sizeof(m));
}

static int neighbour(void)
{
	return neighbour_change(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL);
}

static int drop_neighbour(void)
{
	return neighbour_change(RTM_DELNEIGH, 0);
}

static int prepare_loop(void)
{
	AUTO_FD int fd = open(below("disk"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : ftruncate(fd, 1 << 20);
}

/* Without autoclear, it stays when the descriptors go. */
static int loop_act(bool attach)
{
	AUTO_FD int ctl = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	AUTO_FD int file = open(g.path, O_RDWR | O_CLOEXEC);
	AUTO_FD int dev = -1;
	char path[64];

	if (ctl < 0)
		return -1;
	if (attach)
		g.id = ioctl(ctl, LOOP_CTL_GET_FREE);
	(void)snprintf(path, sizeof(path), "/dev/loop%ld", g.id);
	dev = open(path, O_RDWR | O_CLOEXEC);
	return dev < 0 ? -1 : ioctl(dev, attach ? LOOP_SET_FD : LOOP_CLR_FD, file);
}

static int loop(void)
{
	return loop_act(true);
}

static int drop_loop(void)
{
	return loop_act(false);
}

static int prepare_key(void)
{
	return (int)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0) < 0 ? -1 : 0;
}

static int key(void)
{
	g.id = syscall(SYS_add_key, "user", "cloister-leak", "x", 1, KEY_SPEC_SESSION_KEYRING);
	return g.id < 0 ? -1 : 0;
}

static int drop_key(void)
{
	return (int)syscall(SYS_keyctl, KEYCTL_UNLINK, g.id, KEY_SPEC_SESSION_KEYRING, 0, 0);
}

static int shm(void)
{
	g.id = shmget(0x1234567, 4096, IPC_CREAT | IPC_EXCL | 0600);
	return g.id < 0 ? -1 : 0;
}

static int drop_shm(void)
{
	return shmctl((int)g.id, IPC_RMID, NULL);
}

static int sem(void)
{
	g.id = semget(0x1234568, 1, IPC_CREAT | IPC_EXCL | 0600);
	return g.id < 0 ? -1 : 0;
}

static int drop_sem(void)
{
	return semctl((int)g.id, 0, IPC_RMID);
}

static int queue(void)
{
	AUTO_FD int fd = (int)syscall(SYS_mq_open, "cloister-leak", O_CREAT | O_RDWR | O_CLOEXEC,
				      0600, NULL);

	return fd < 0 ? -1 : 0;
}

static int drop_queue(void)
{
	return (int)syscall(SYS_mq_unlink, "cloister-leak");
}

static int bpf_map(void)
{
	union bpf_attr a;

	memset(&a, 0, sizeof(a));
	a.map_type = BPF_MAP_TYPE_ARRAY;
	a.key_size = a.value_size = 4;
	a.max_entries = 1;
	g.fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof(a));
	return g.fd;
}

static int socket_file(void)
{
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%.100s", below("stale.sock"));
	return fd < 0 ? -1 : bind(fd, (struct sockaddr *)&a, sizeof(a));
}

static int deleted(void)
{
	g.fd = open(below("gone"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	return g.fd < 0 ? -1 : unlink(g.path);
}

static int claim(void)
{
	(void)mkdir("/run/cloister-ids", 0700);
	(void)snprintf(g.path, sizeof(g.path), "/run/cloister-ids/99999");
	return put(g.path, g.dir);
}

static int dup_fd(void)
{
	g.fd = dup(STDERR_FILENO);
	return g.fd;
}

static int setting(void)
{
	return put("/proc/sys/net/ipv4/ip_default_ttl", "65");
}

static int drop_setting(void)
{
	return put("/proc/sys/net/ipv4/ip_default_ttl", "64");
}

static int dev_shm(void)
{
	(void)snprintf(g.path, sizeof(g.path), "/dev/shm/cloister-leak");
	return put(g.path, "x");
}

static const struct {
	const char *kind;
	int (*prepare)(void), (*leak)(void), (*undo)(void);
} seeds[] = {
	{ "child", NULL, child, drop_child },
	{ "zombie", NULL, zombie, drop_child },
	{ "cgroup", NULL, cgroup, drop_dir },
	{ "mount", prepare_mount, bind_mount, drop_mount },
	{ "foreign-mount", prepare_foreign, foreign, drop_foreign },
	{ "detached", NULL, detached, drop_fd },
	{ "netns-fd", NULL, netns_fd, drop_fd },
	{ "netns-socket", NULL, netns_socket, drop_fd },
	{ "netns-name", prepare_netns_name, netns_name, drop_mount },
	{ "link", NULL, link_up, drop_link },
	{ "route", prepare_route, route, drop_route },
	{ "neighbour", link_up, /* loopback has none; it goes with the namespace */
	  neighbour, drop_neighbour },
	{ "loop", prepare_loop, loop, drop_loop },
	{ "key", prepare_key, key, drop_key },
	{ "shm", NULL, shm, drop_shm },
	{ "sem", NULL, sem, drop_sem },
	{ "queue", NULL, queue, drop_queue },
	{ "bpf-map", NULL, bpf_map, drop_fd },
	{ "socket-file", NULL, socket_file, drop_path },
	{ "deleted", NULL, deleted, drop_fd },
	{ "claim", NULL, claim, drop_path },
	{ "fd", NULL, dup_fd, drop_fd },
	{ "setting", NULL, setting, drop_setting },
	{ "dev-shm", NULL, dev_shm, drop_path },
};

static int say_and_wait(const char *word, int r)
{
	char line[8];

	if (r < 0)
		printf("failed %s: %s\n", word, strerror(errno));
	else
		printf("%s\n", word);
	(void)fflush(stdout);
	return r < 0 || read(STDIN_FILENO, line, sizeof(line)) <= 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 3 && i < sizeof(seeds) / sizeof(seeds[0]); i++)
		if (!strcmp(argv[1], seeds[i].kind))
			break;
	if (argc != 3 || i == sizeof(seeds) / sizeof(seeds[0]))
		return 2;
	g.dir = argv[2];
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (say_and_wait("armed", seeds[i].prepare ? seeds[i].prepare() : 0) < 0 ||
	    say_and_wait("leaked", seeds[i].leak()) < 0)
		return 1;
	return say_and_wait("clean", seeds[i].undo()) < 0 ? 0 : 1;
}
