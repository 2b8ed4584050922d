/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_listen.c - "ready listen": does a port that an `in` fact of the plan names listen by now?
 * Runs in: cloister-init, beside the workload, with no right and no C library.
 *
 * The kernel is asked (inet_diag) by a socket that init opened in the workload's network namespace
 * before its filter. So no privileged program enters that namespace or reads what comes out of it:
 * the answer is one flag in init's record, a claim like READY=1 (I17, I25). What is read here are
 * structs that the kernel made; a tenant chooses only how many there are, so their number has a
 * bound.
 */
#include "sandbox/init_listen.h"
#include "sandbox/init_bare.h"
#include "lib/plan/plan.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum {
	BUFFER = 8192,
	READS_MAX = 16, /* of one answer: some thousand sockets; the rest is seen next time */
	STATES_TCP = 1 << TCP_LISTEN,
	STATES_UDP = 1 << TCP_CLOSE, /* bound, of no one peer */
};

struct request {
	struct nlmsghdr head;
	struct inet_diag_req_v2 diag;
};

long listen_open(void)
{
	return sys(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

static int named(const void *plan, uint8_t proto, uint16_t port)
{
	for (size_t i = 0; i < plan_count(plan, PLAN_NETRULE); i++) {
		const struct plan_netrule *r = plan_row(plan, PLAN_NETRULE, i);

		if (r->dir == NET_IN && r->proto == proto && port >= r->port_lo &&
		    port <= r->port_hi)
			return 1;
	}
	return 0;
}

/* Looks through n bytes of an answer. 1 found, 0 go on, -ENODATA its end, -errno the kernel's no.
 */
static long look(const uint8_t *p, size_t n, const void *plan, uint8_t proto)
{
	while (n >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *h = (const void *)p;
		const void *data = p + NLMSG_HDRLEN;
		const struct inet_diag_msg *m = data;
		const int *err = data;
		size_t len = NLMSG_ALIGN(h->nlmsg_len);

		if (h->nlmsg_type == NLMSG_DONE)
			return -ENODATA;
		if (h->nlmsg_len < NLMSG_LENGTH(sizeof(int)) || h->nlmsg_len > n)
			return -EPROTO;
		if (h->nlmsg_type == NLMSG_ERROR)
			return *err ? *err : -EPROTO;
		if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(*m)) &&
		    named(plan, proto, ntohs(m->id.idiag_sport)))
			return 1;
		p += len < n ? len : n;
		n -= len < n ? len : n;
	}
	return 0;
}

/* Reads an answer to its end, also behind what was looked for: the socket is asked again. */
static long answer(long sock, const void *plan, uint8_t proto)
{
	static uint8_t buf[BUFFER] __attribute__((aligned(8)));
	long found = 0;

	for (int i = 0; i < READS_MAX; i++) {
		long n = sys(SYS_recvfrom, sock, SYS_PTR(buf), sizeof(buf), MSG_DONTWAIT, 0, 0);
		long rc = n < 0 ? n : look(buf, (size_t)n, plan, proto);

		if (rc > 0)
			found = 1;
		else if (rc == -ENODATA || rc == -EAGAIN)
			return found;
		else if (rc < 0)
			return found ? found : rc;
	}
	return found;
}

static long ask(long sock, uint8_t family, uint8_t proto)
{
	struct request q = {
		.head = { .nlmsg_len = sizeof(q),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.diag = { .sdiag_family = family,
			  .sdiag_protocol = proto,
			  .idiag_states = proto == IPPROTO_TCP ? STATES_TCP : STATES_UDP },
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	return sys(SYS_sendto, sock, SYS_PTR(&q), sizeof(q), MSG_DONTWAIT, SYS_PTR(&kernel),
		   sizeof(kernel));
}

long listen_look(long sock, const void *plan)
{
	static const uint8_t family[] = { AF_INET, AF_INET6 };
	static const uint8_t proto[] = { IPPROTO_TCP, IPPROTO_UDP };

	for (size_t i = 0; i < 4; i++) {
		uint8_t f = family[i & 1], t = proto[i >> 1];
		long rc;

		rc = ask(sock, f, t);
		if (rc >= 0)
			rc = answer(sock, plan, t);
		if (rc > 0)
			return 1;
		/* a kernel without IPv6 has nothing there that could listen */
		if (rc == -ENOENT && f == AF_INET && t == IPPROTO_TCP)
			return rc;
	}
	return 0;
}
