/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netd.h - what others may ask of cloister-netd. Structs only.
 */
#ifndef CLOISTER_ASK_NETD_H
#define CLOISTER_ASK_NETD_H

#include "lib/asks/parent.h"

enum netd_op {
	NETD_ASSIGN =
		PARENT__COUNT, /* engine: netd_assign -> slot of spawn's grip (offered to spawn) */
	NETD_POOL,	       /* engine: nothing -> value[0] ready, [1] made, [2] handed out    */
	NETD__COUNT,
};

enum netd_flag {
	NETD_LO_UP = 1,	    /* feature net.loopback                                             */
	NETD_IPV6 = 2,	    /* feature net.ipv6; without it lo has no ::1 and IPv6 is disabled  */
	NETD_LOW_PORTS = 4, /* feature net.low-ports: ip_unprivileged_port_start = 0            */
	NETD_FLAGS = 7,
};

struct netd_assign {
	struct tenant_ref t;
	uint32_t flags, pad;
};

#endif
