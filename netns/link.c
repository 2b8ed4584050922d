/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.c - what is inside a workload's network namespace. Runs in: cloister-netd.
 * Must not: take a name or a value from a request; all text is in the table below.
 */
#include "netns/link.h"
#include "lib/asks/netd.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

enum { LO_INDEX = 1 }; /* the first device of every namespace */

/* Written when all flags in `with` are set and none in `without`. */
struct setting {
	const char *path, *value;
	uint32_t with, without;
};

/* clang-format off */
static const struct setting settings[] = {
	{ "sys/net/ipv4/conf/all/rp_filter",               "1", 0, 0 },
	{ "sys/net/ipv4/conf/all/accept_redirects",        "0", 0, 0 },
	{ "sys/net/ipv4/conf/all/send_redirects",          "0", 0, 0 },
	{ "sys/net/ipv4/conf/all/accept_source_route",     "0", 0, 0 },
	{ "sys/net/ipv4/conf/all/secure_redirects",        "0", 0, 0 },
	{ "sys/net/ipv4/conf/all/arp_ignore",              "2", 0, 0 },
	{ "sys/net/ipv4/conf/all/arp_announce",            "2", 0, 0 },
	{ "sys/net/ipv4/conf/all/forwarding",              "0", 0, 0 },
	{ "sys/net/ipv4/conf/all/route_localnet",          "0", 0, 0 },
	{ "sys/net/ipv4/conf/default/rp_filter",           "1", 0, 0 },
	{ "sys/net/ipv4/conf/default/accept_redirects",    "0", 0, 0 },
	{ "sys/net/ipv4/conf/default/send_redirects",      "0", 0, 0 },
	{ "sys/net/ipv4/conf/default/accept_source_route", "0", 0, 0 },
	{ "sys/net/ipv4/conf/default/secure_redirects",    "0", 0, 0 },
	{ "sys/net/ipv4/conf/default/arp_ignore",          "2", 0, 0 },
	{ "sys/net/ipv4/conf/default/arp_announce",        "2", 0, 0 },
	{ "sys/net/ipv4/conf/default/forwarding",          "0", 0, 0 },
	{ "sys/net/ipv4/conf/default/route_localnet",      "0", 0, 0 },
	{ "sys/net/ipv4/ping_group_range",                 "1 0", 0, 0 },
	/* Inherited from the host otherwise; a paced one halves loopback. reno alone may always be set. */
	{ "sys/net/ipv4/tcp_congestion_control",           "reno", 0, 0 },
	{ "sys/net/ipv4/ip_unprivileged_port_start",       "0", NETD_LOW_PORTS, 0 },
	{ "sys/net/ipv4/ip_unprivileged_port_start",       "1024", 0, NETD_LOW_PORTS },
	{ "sys/net/ipv6/conf/all/accept_ra",               "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/all/autoconf",                "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/all/accept_redirects",        "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/all/forwarding",              "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/all/router_solicitations",    "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/default/accept_ra",           "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/default/autoconf",            "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/default/accept_redirects",    "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/default/accept_dad",          "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/default/addr_gen_mode",       "1", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/default/forwarding",          "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/all/disable_ipv6",            "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/default/disable_ipv6",        "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/lo/disable_ipv6",             "0", NETD_IPV6, 0 },
	{ "sys/net/ipv6/conf/all/disable_ipv6",            "1", 0, NETD_IPV6 },
	{ "sys/net/ipv6/conf/default/disable_ipv6",        "1", 0, NETD_IPV6 },
	{ "sys/net/ipv6/conf/lo/disable_ipv6",             "1", 0, NETD_IPV6 },
};
/* clang-format on */

static bool is_ipv6(const struct setting *s)
{
	return strncmp(s->path, "sys/net/ipv6/", 13) == 0;
}

/* The kernel resolves /proc/sys/net by the caller's network namespace.
 * syscalls netd: openat */
static int put(int proc, const struct setting *s, struct fault *f)
{
	AUTO_FD int fd = openat(proc, s->path, O_WRONLY | O_CLOEXEC);
	size_t n = strlen(s->value);

	if (fd < 0)
		return fault_sys(f, "netns.setting.open", "%s", s->path);
	if (write(fd, s->value, n) != (ssize_t)n)
		return fault_sys(f, "netns.setting.write", "%s = %s", s->path, s->value);
	return 0;
}

int link_settings(int proc, uint32_t flags, struct fault *f)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const struct setting *s = &settings[i];
		int rc;

		if ((s->with & flags) != s->with || (s->without & flags))
			continue;
		rc = put(proc, s, f);
		if (rc == -ENOENT && is_ipv6(s)) {
			if (flags & NETD_IPV6)
				return fault_set(f, -EAFNOSUPPORT, "netns.ipv6",
						 "this kernel has no IPv6");
			continue; /* nothing to switch off */
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- libnl ---- */

static void sock_done(struct nl_sock **s)
{
	if (*s)
		nl_socket_free(*s);
}
#define AUTO_SOCK AUTO(sock_done)

static void link_done(struct rtnl_link **l)
{
	if (*l)
		rtnl_link_put(*l);
}
#define AUTO_LINK AUTO(link_done)

static void msg_done(struct nl_msg **m)
{
	if (*m)
		nlmsg_free(*m);
}
#define AUTO_MSG AUTO(msg_done)

static int nl_fault(struct fault *f, int rc, const char *site, const char *what)
{
	return fault_set(f, -EIO, site, "%s: %s", what, nl_geterror(rc));
}

/* syscalls netd: socket(0==AF_NETLINK,2==NETLINK_ROUTE) bind getsockname setsockopt getsockopt */
static int sock_open(struct nl_sock **ret, struct fault *f)
{
	AUTO_SOCK struct nl_sock *s = nl_socket_alloc();
	int rc;

	if (!s)
		return fault_set(f, -ENOMEM, "netns.nl.alloc", "a netlink socket");
	rc = nl_connect(s, NETLINK_ROUTE);
	if (rc < 0)
		return nl_fault(f, rc, "netns.nl.connect", "a netlink socket");
	*ret = TAKE_PTR(s);
	return 0;
}

int link_lo_up(struct fault *f)
{
	AUTO_SOCK struct nl_sock *s = NULL;
	AUTO_LINK struct rtnl_link *now = rtnl_link_alloc();
	AUTO_LINK struct rtnl_link *next = rtnl_link_alloc();
	int rc = sock_open(&s, f);

	if (rc < 0)
		return rc;
	if (!now || !next)
		return fault_set(f, -ENOMEM, "netns.lo.alloc", "a link");
	rtnl_link_set_ifindex(now, LO_INDEX);
	rtnl_link_set_flags(next, IFF_UP);
	rc = rtnl_link_change(s, now, next, 0);
	return rc < 0 ? nl_fault(f, rc, "netns.lo.up", "lo up") : 0;
}

/* ---- census ---- */

/* The number that a message is about; -1: none that we keep. */
static int number_of(struct nl_msg *m)
{
	struct nlattr *a = nlmsg_find_attr(nlmsg_hdr(m), sizeof(struct rtgenmsg), NETNSA_NSID);
	int32_t n = a ? nla_get_s32(a) : -1;

	return n < CENSUS_MAX ? n : -1;
}

/* Who had the number before may be gone by the kernel's count and not yet by ours. */
static int on_news(struct nl_msg *m, void *arg)
{
	struct census *c = arg;
	int n = number_of(m);

	if (nlmsg_hdr(m)->nlmsg_type != RTM_DELNSID || n < 0 || !c->row[n].ino)
		return NL_OK;
	c->live--;
	if (c->row[n].before)
		c->row[n].before--;
	else
		c->row[n] = (struct census_row){ 0 };
	return NL_OK;
}

static int on_row(struct nl_msg *m, void *arg)
{
	struct census *c = arg;
	int n = number_of(m);

	if (nlmsg_hdr(m)->nlmsg_type == RTM_NEWNSID && n >= 0)
		c->row[n].seen = true;
	return NL_OK;
}

static int on_number(struct nl_msg *m, void *arg)
{
	*(int *)arg = nlmsg_hdr(m)->nlmsg_type == RTM_NEWNSID ? number_of(m) : -1;
	return NL_OK;
}

int census_open(struct census *c, struct fault *f)
{
	int rc = sock_open(&c->ask, f);

	if (rc == 0)
		rc = sock_open(&c->news, f);
	if (rc < 0)
		return rc;
	nl_socket_disable_seq_check(c->news);
	rc = nl_socket_modify_cb(c->news, NL_CB_VALID, NL_CB_CUSTOM, on_news, c);
	if (rc == 0)
		rc = nl_socket_add_membership(c->news, RTNLGRP_NSID);
	if (rc == 0)
		rc = nl_socket_set_nonblocking(c->news);
	return rc < 0 ? nl_fault(f, rc, "netns.census.open", "news of namespaces") : 0;
}

void census_close(struct census *c)
{
	sock_done(&c->ask);
	sock_done(&c->news);
	*c = (struct census){ 0 };
}

int census_fd(const struct census *c)
{
	return nl_socket_get_fd(c->news);
}

/* One request about the numbers of namespaces; fd -1: none. */
static int ask(struct census *c, int type, int flags, int fd, struct fault *f)
{
	AUTO_MSG struct nl_msg *m = nlmsg_alloc_simple(type, flags);
	struct rtgenmsg head = { .rtgen_family = AF_UNSPEC };
	int rc;

	if (!m)
		return fault_set(f, -ENOMEM, "netns.census.alloc", "a message");
	rc = nlmsg_append(m, &head, sizeof(head), NLMSG_ALIGNTO);
	if (rc == 0 && fd >= 0)
		rc = nla_put_u32(m, NETNSA_FD, (uint32_t)fd);
	if (rc == 0 && fd >= 0)
		rc = nla_put_s32(m, NETNSA_NSID, -1); /* the kernel picks a free one */
	if (rc == 0)
		rc = nl_send_auto(c->ask, m);
	return rc < 0 ? nl_fault(f, rc, "netns.census.send", "asking about namespaces") : 0;
}

/* The number that the kernel picked. */
static int number(struct census *c, int ns, int *ret, struct fault *f)
{
	int rc = ask(c, RTM_GETNSID, NLM_F_REQUEST, ns, f);

	*ret = -1;
	if (rc == 0)
		rc = nl_socket_modify_cb(c->ask, NL_CB_VALID, NL_CB_CUSTOM, on_number, ret);
	if (rc == 0)
		rc = nl_recvmsgs_default(c->ask);
	if (rc == 0)
		rc = nl_wait_for_ack(c->ask);
	if (rc == 0)
		rc = nl_socket_modify_cb(c->ask, NL_CB_VALID, NL_CB_DEFAULT, NULL, NULL);
	if (rc < 0)
		return nl_fault(f, rc, "netns.census.number", "asking for a number");
	return *ret < 0 ? fault_set(f, -ENOSPC, "netns.census.full",
				    "%d network namespaces are the bound", CENSUS_MAX)
			: 0;
}

int census_add(struct census *c, int ns, struct fault *f)
{
	int rc = ask(c, RTM_NEWNSID, NLM_F_REQUEST | NLM_F_ACK, ns, f), n = -1;
	struct stat st;

	if (rc < 0)
		return rc;
	rc = nl_wait_for_ack(c->ask);
	if (rc < 0)
		return nl_fault(f, rc, "netns.census.add", "numbering a namespace");
	rc = number(c, ns, &n, f);
	if (rc < 0)
		return rc;
	if (fstat(ns, &st) < 0)
		return fault_sys(f, "netns.census.add", "looking at a namespace");
	c->row[n] = (struct census_row){ .ino = st.st_ino,
					 .before = c->row[n].ino ? c->row[n].before + 1 : 0 };
	if (c->top < (uint32_t)n + 1)
		c->top = (uint32_t)n + 1;
	c->live++;
	return 0;
}

int census_give(struct census *c, int ns, uint32_t to, struct fault *f)
{
	struct stat st;

	if (fstat(ns, &st) < 0)
		return fault_sys(f, "netns.census.give", "looking at a namespace");
	for (uint32_t i = 0; i < c->top; i++) {
		if (c->row[i].ino != st.st_ino)
			continue;
		c->row[i].of = to + 1;
		return 0;
	}
	return fault_set(f, -ENOENT, "netns.census.give", "a namespace that was not counted");
}

uint32_t census_of(const struct census *c, uint32_t who)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->top; i++)
		n += c->row[i].ino && c->row[i].of == who + 1;
	return n;
}

static int recount(struct census *c, struct fault *f)
{
	int rc = ask(c, RTM_GETNSID, NLM_F_REQUEST | NLM_F_DUMP, -1, f);

	if (rc < 0)
		return rc;
	rc = nl_socket_modify_cb(c->ask, NL_CB_VALID, NL_CB_CUSTOM, on_row, c);
	if (rc == 0)
		rc = nl_recvmsgs_default(c->ask);
	if (rc == 0)
		rc = nl_socket_modify_cb(c->ask, NL_CB_VALID, NL_CB_DEFAULT, NULL, NULL);
	if (rc < 0)
		return nl_fault(f, rc, "netns.census.count", "counting namespaces");
	c->live = 0;
	for (uint32_t i = 0; i < c->top; i++) {
		struct census_row *r = &c->row[i];

		*r = r->seen ? (struct census_row){ .ino = r->ino, .of = r->of }
			     : (struct census_row){ 0 };
		c->live += r->ino != 0;
	}
	return 0;
}

int census_read(struct census *c, struct fault *f)
{
	for (;;) {
		int rc = nl_recvmsgs_default(c->news);

		if (rc == -NLE_AGAIN)
			return 0;
		if (rc == -NLE_NOMEM) /* ENOBUFS: more news than the socket holds */
			return recount(c, f);
		if (rc < 0)
			return nl_fault(f, rc, "netns.census.read", "news of namespaces");
	}
}
