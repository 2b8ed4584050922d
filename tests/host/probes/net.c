/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.c - probes: what can be reached by sockets, and which sockets can be made at all.
 *
 * Reached means that the canary's banner came back. Socket rows (S6-S10 of launch.md 4.3) are made
 * by raw system calls, so that a high word stays in the argument.
 * Runs in: cloister-probe.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { METADATA_PORT = 80, FAMILIES = 46 };

static int dial_tcp(struct probe_ctx *c, const char *ip, unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	AUTO_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (inet_pton(AF_INET, ip, &a.sin_addr) != 1)
		return skip(c, "bad address");
	if (fd < 0)
		return step(c, "socket", -1);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return step(c, ip, -1);
	return nonce_stream(c, fd);
}

/* The target is ADDRESS:PORT. */
static int dial_target(struct probe_ctx *c, const char *key)
{
	const char *t = target_borrow(c, key);
	char ip[64];
	unsigned port;

	if (!t)
		return PROBE_SKIP;
	if (sscanf(t, "%63[0-9.]:%u", ip, &port) != 2)
		return skip(c, "not ADDRESS:PORT");
	return dial_tcp(c, ip, port);
}

static int host_loopback(struct probe_ctx *c)
{
	return dial_target(c, "tcp");
}

static int host_ip(struct probe_ctx *c)
{
	return dial_target(c, "ip");
}

/* A server at the cloud's metadata address, in the control's own network namespace. */
static int serve_metadata(struct probe_ctx *c)
{
	struct ifreq r = { .ifr_name = "lo" };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(METADATA_PORT) };
	AUTO_FD int fd = socket(AF_INET, SOCK_STREAM, 0);
	int one;

	(void)inet_pton(AF_INET, "169.254.169.254", &a.sin_addr);
	memcpy(&r.ifr_addr, &a, sizeof(r.ifr_addr));
	((struct sockaddr_in *)(void *)&r.ifr_addr)->sin_port = 0;
	if (fd < 0 || ioctl(fd, SIOCSIFADDR, &r) < 0)
		return step(c, "address", -1);
	r.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &r) < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, 1) < 0)
		return step(c, "listen", -1);
	c->shim = fork();
	if (c->shim == 0) {
		one = accept(fd, NULL, NULL);
		DROP(write(one, c->nonce, strlen(c->nonce)));
		_exit(0);
	}
	return 0;
}

static int metadata(struct probe_ctx *c)
{
	return dial_tcp(c, "169.254.169.254", METADATA_PORT);
}

static int dial_unix(struct probe_ctx *c, const char *key, bool abstract)
{
	const char *name = target_borrow(c, key);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len;

	if (!name)
		return PROBE_SKIP;
	if (fd < 0)
		return step(c, "socket", -1);
	if (str_copy(a.sun_path + abstract, sizeof(a.sun_path) - 1, name) < 0)
		return skip(c, "name too long");
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + strlen(name));
	if (connect(fd, (struct sockaddr *)&a, len) < 0)
		return step(c, "connect", -1);
	return nonce_stream(c, fd);
}

static int abstract_socket(struct probe_ctx *c)
{
	return dial_unix(c, "abstract", true);
}

static int path_socket(struct probe_ctx *c)
{
	return dial_unix(c, "unix", false);
}

/* Adds an address to lo by rtnetlink. */
static int new_address(struct probe_ctx *c)
{
	struct {
		struct nlmsghdr h;
		struct ifaddrmsg a;
		struct rtattr r;
		uint32_t ip;
	} m = {
		.h = { .nlmsg_len = sizeof(m),
		       .nlmsg_type = RTM_NEWADDR,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK },
		.a = { .ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = 1 },
		.r = { .rta_len = RTA_LENGTH(4), .rta_type = IFA_LOCAL },
		.ip = htonl(0x0a010203),
	};
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char rest[512];
	} reply;
	AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return step(c, "socket", -1);
	if (send(fd, &m, sizeof(m), 0) < 0 ||
	    recv(fd, &reply, sizeof(reply), 0) < (ssize_t)sizeof(m.h))
		return step(c, "RTM_NEWADDR", -1);
	return reply.e.error;
}

/* ---- sockets that can be made ---- */

struct sock {
	unsigned long family, type, protocol;
};

/* A new network namespace lets nobody ping. */
static int open_ping(struct probe_ctx *c)
{
	return step(c, "control", write_text("/proc/sys/net/ipv4/ping_group_range", "0 0\n"));
}

static int make_socket(struct probe_ctx *c)
{
	const struct sock *s = c->probe->arg;
	long fd = syscall(SYS_socket, s->family, s->type, s->protocol);

	if (fd < 0 && c->outside &&
	    (errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT))
		return skip(c, "this kernel has no such socket");
	return step(c, "socket", fd);
}

/* Every family that no plan may open, with every type: one answer only. */
static int families(struct probe_ctx *c)
{
	for (unsigned long f = 0; f < FAMILIES; f++) {
		if (f == AF_UNIX || f == AF_INET || f == AF_INET6)
			continue;
		for (unsigned long type = 1; type <= 10; type++) {
			long fd = syscall(SYS_socket, f, type, 0);

			if (fd < 0 && (errno == EAFNOSUPPORT || c->outside))
				continue;
			(void)snprintf(c->note, sizeof(c->note), "family %lu type %lu", f, type);
			return answer(fd);
		}
	}
	return -EAFNOSUPPORT;
}

/*
 * Options and flags on a TCP socket that is connected to nothing: a profile need not allow to
 * connect. An answer of the kernel's own, whatever it is, is "reached": see calls.c.
 */
static int tcp_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int set_option(struct probe_ctx *c)
{
	const struct sock *o = c->probe->arg;
	AUTO_FD int fd = tcp_socket();
	char value[136] = "tls";
	int r;

	if (fd < 0)
		return skip(c, "no TCP socket");
	r = step(c, "setsockopt",
		 syscall(SYS_setsockopt, fd, o->family, o->type, value, o->protocol));
	if (r == -ENOPROTOOPT && c->outside)
		return skip(c, "this kernel has no such option");
	return r == -ENOPROTOOPT ? r : 0;
}

static int unconnected(int r)
{
	return r == -EPIPE || r == -ENOTCONN || r == -EINVAL || r == -EAGAIN ? 0 : r;
}

static int oob_send(struct probe_ctx *c)
{
	const unsigned long *flags = c->probe->arg;
	AUTO_FD int fd = tcp_socket();

	if (fd < 0)
		return skip(c, "no TCP socket");
	return unconnected(
		step(c, "sendto", syscall(SYS_sendto, fd, "x", 1, *flags | MSG_NOSIGNAL, NULL, 0)));
}

static int oob_sendmsg(struct probe_ctx *c)
{
	const unsigned long *flags = c->probe->arg;
	struct iovec v = { (void *)(uintptr_t) "x", 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	AUTO_FD int fd = tcp_socket();

	if (fd < 0)
		return skip(c, "no TCP socket");
	return unconnected(step(c, "sendmsg", syscall(SYS_sendmsg, fd, &m, *flags | MSG_NOSIGNAL)));
}

static int oob_recv(struct probe_ctx *c)
{
	const unsigned long *flags = c->probe->arg;
	AUTO_FD int fd = tcp_socket();
	char byte;

	if (fd < 0)
		return skip(c, "no TCP socket");
	return unconnected(
		step(c, "recvfrom", syscall(SYS_recvfrom, fd, &byte, 1, *flags, NULL, NULL)));
}

#define SOCK(f, t, p)                                                                              \
	(const struct sock[])                                                                      \
	{                                                                                          \
		{                                                                                  \
			f, t, p                                                                    \
		}                                                                                  \
	}
#define SOCKET(id, what, crit, want, f, t, p)                                                      \
	{                                                                                          \
		id, what, crit, { want }, L_ARG, C_ROOT, NULL, make_socket, SOCK(f, t, p)          \
	}
#define OPTION(id, what, level, name, len)                                                         \
	{                                                                                          \
		id, what, 0, { ENOPROTOOPT }, L_ARG, C_ROOT, NULL, set_option,                     \
			SOCK(level, name, len)                                                     \
	}

/* clang-format off */
static const struct probe rows[] = {
	{ "net.host-loopback", "connect to a port of the host's loopback", P_CRITICAL | P_NONCE | P_HOST,
	  { ECONNREFUSED, ENETUNREACH, EACCES }, L_NET | L_LL, C_USER, NULL, host_loopback, NULL },
	{ "net.host-ip",       "connect to the host's address", P_CRITICAL | P_NONCE | P_HOST,
	  { ENETUNREACH, EACCES }, L_NET | L_LL, C_USER, NULL, host_ip, NULL },
	{ "net.metadata",      "connect to the cloud's metadata address", P_CRITICAL | P_NONCE,
	  { ENETUNREACH, EACCES }, L_NET | L_LL, C_USER, serve_metadata, metadata, NULL },
	{ "net.abstract",      "connect to an abstract socket", P_CRITICAL | P_NONCE | P_HOST,
	  { ECONNREFUSED }, L_NET | L_LL, C_USER, NULL, abstract_socket, NULL },
	{ "net.path-socket",   "connect to a socket file", P_CRITICAL | P_NONCE | P_HOST,
	  { ENOENT }, L_MNT | L_LL, C_USER, NULL, path_socket, NULL },
	{ "net.new-address",   "give itself an address", P_CRITICAL,
	  { EPERM, EAFNOSUPPORT }, L_CAP | L_NET | L_ARG, C_ROOT, NULL, new_address, NULL },
};

static const struct probe sock_rows[] = {
	{ "krn.families",      "make sockets of all other families", P_CRITICAL, { EAFNOSUPPORT },
	  L_ARG, C_ROOT, NULL, families, NULL },
	SOCKET("sec.s6.packet",     "a packet socket",            P_CRITICAL, EAFNOSUPPORT, AF_PACKET, SOCK_RAW, 0),
	SOCKET("sec.s6.vsock",      "a vsock socket",             P_CRITICAL, EAFNOSUPPORT, AF_VSOCK, SOCK_STREAM, 0),
	SOCKET("sec.s6.alg",        "a crypto socket",            P_CRITICAL, EAFNOSUPPORT, AF_ALG, SOCK_SEQPACKET, 0),
	SOCKET("sec.s6.alg-high",   "the same with a high bit",   P_CRITICAL, EAFNOSUPPORT, HIGH | AF_ALG, SOCK_SEQPACKET, 0),
	SOCKET("sec.s6.packet-high", "a packet socket with a high bit", P_CRITICAL, EAFNOSUPPORT, HIGH | AF_PACKET, SOCK_RAW, 0),
	SOCKET("sec.s6.nft",        "a netfilter netlink socket", P_CRITICAL, EAFNOSUPPORT, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER),
	SOCKET("sec.s6.xfrm",       "an xfrm netlink socket",     P_CRITICAL, EAFNOSUPPORT, AF_NETLINK, SOCK_RAW, NETLINK_XFRM),
	SOCKET("sec.s6.uevent",     "a uevent netlink socket",    0,          EAFNOSUPPORT, AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT),
	SOCKET("sec.s6.key",        "a PF_KEY socket",            0,          EAFNOSUPPORT, AF_KEY, SOCK_RAW, 2),
	SOCKET("sec.s6.can",        "a CAN socket",               0,          EAFNOSUPPORT, AF_CAN, SOCK_RAW, 1),
	SOCKET("sec.s6.bluetooth",  "a Bluetooth socket",         0,          EAFNOSUPPORT, AF_BLUETOOTH, SOCK_RAW, 1),
	SOCKET("sec.s7.raw",        "a raw IPv4 socket",          P_CRITICAL, EPERM, AF_INET, SOCK_RAW, 17),
	SOCKET("sec.s7.raw-high",   "the same with a high bit",   P_CRITICAL, EPERM, AF_INET, HIGH | SOCK_RAW, 17),
	SOCKET("sec.s7.packet-type", "an obsolete packet socket", 0,          EPERM, AF_INET, SOCK_PACKET, 17),
	{ "sec.s8.icmp",        "a ping socket", 0, { EPROTONOSUPPORT },
	  L_ARG, C_ROOT, open_ping, make_socket, SOCK(AF_INET, SOCK_DGRAM, 1) },
	SOCKET("sec.s8.mptcp",      "an MPTCP socket",            0,          EPROTONOSUPPORT, AF_INET, SOCK_STREAM, 262),
	SOCKET("sec.s8.mptcp-high", "the same with a high bit",   0,          EPROTONOSUPPORT, AF_INET, SOCK_STREAM, HIGH | 262),
	SOCKET("sec.s8.sctp",       "an SCTP socket",             0,          EPROTONOSUPPORT, AF_INET, SOCK_STREAM, 132),
	SOCKET("sec.s8.udplite",    "a UDP-Lite socket",          0,          EPROTONOSUPPORT, AF_INET, SOCK_DGRAM, 136),
	OPTION("sec.s9.ulp",        "kTLS by TCP_ULP",            6, 31, 4),
	OPTION("sec.s9.ulp-high",   "the same with high bits",    HIGH | 6, HIGH | 31, 4),
	OPTION("sec.s9.multicast",  "join a multicast group",     0, 35, 8),
	OPTION("sec.s9.xtables",    "replace xtables rules",      0, 64, 40),
	{ "sec.s10.sendto",     "send urgent data", P_CRITICAL, { EOPNOTSUPP },
	  L_ARG, C_ROOT, NULL, oob_send, FLAGS(MSG_OOB) },
	{ "sec.s10.sendto-high", "the same with a high bit", P_CRITICAL, { EOPNOTSUPP },
	  L_ARG, C_ROOT, NULL, oob_send, FLAGS(HIGH | MSG_OOB) },
	{ "sec.s10.sendmsg",    "send urgent data by sendmsg", P_CRITICAL, { EOPNOTSUPP },
	  L_ARG, C_ROOT, NULL, oob_sendmsg, FLAGS(MSG_OOB) },
	{ "sec.s10.recvfrom",   "receive urgent data", P_CRITICAL, { EOPNOTSUPP },
	  L_ARG, C_ROOT, NULL, oob_recv, FLAGS(MSG_OOB | MSG_DONTWAIT) },
};
/* clang-format on */

const struct probe_list net_list = { rows, ARRAY_LEN(rows) };
const struct probe_list sock_list = { sock_rows, ARRAY_LEN(sock_rows) };
