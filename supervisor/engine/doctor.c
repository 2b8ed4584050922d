/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor.c - what this host can do, and what that means. Runs in: cloister-engine.
 * Facts are the workers': nothing is probed here.
 */
#include "supervisor/engine/api.h"
#include "lib/asks/netd.h"
#include "lib/asks/spawn.h"
#include "lib/asks/volumed.h"
#include "lib/plan/policy.h"
#include "supervisor/engine/peers.h"

#include <stdio.h>

enum { /* what each plan limits */
       CONTROLLERS_NEEDED = 1 << CTL_MEMORY | 1 << CTL_CPU | 1 << CTL_PIDS | 1 << CTL_FREEZER,
};

struct check {
	const char *state, *means;
	char detail[128];
};

struct check_row {
	const char *name;
	uint32_t arg;
	void (*look)(const struct engine *e, uint32_t arg, struct check *ret);
};

static void set(struct check *c, bool good, const char *otherwise, const char *means)
{
	c->state = good ? "ok" : otherwise;
	c->means = means;
}

static void kernel(const struct engine *e, uint32_t arg, struct check *c)
{
	enum { LEAST = 6 << 16 | 1 << 8 };
	uint32_t v = (uint32_t)e->host[HOST_KERNEL];

	(void)arg;
	(void)snprintf(c->detail, sizeof(c->detail), "Linux %u.%u", v >> 16, v >> 8 & 0xff);
	set(c, v >= LEAST, "missing",
	    v >= LEAST ? "every call of the launch path is there" : "Cloister needs 6.1 or later");
}

static void landlock(const struct engine *e, uint32_t arg, struct check *c)
{
	(void)arg;
	(void)snprintf(c->detail, sizeof(c->detail), "ABI %u", (unsigned)e->host[HOST_LANDLOCK]);
	set(c, e->host[HOST_LANDLOCK] >= 4, e->host[HOST_LANDLOCK] ? "weak" : "missing",
	    e->host[HOST_LANDLOCK] >= 4
		    ? "files and ports have a second layer under mounts and the namespace"
	    : e->host[HOST_LANDLOCK] ? "files have a second layer; ports do not (ABI 4)"
				     : "profiles that need Landlock are refused (P080)");
}

static void controller(const struct engine *e, uint32_t arg, struct check *c)
{
	static const char *const version[] = { "none", "cgroup v1", "cgroup v2" };
	uint32_t v = e->host[HOST_CONTROLLERS] >> (4 * arg) & 0xf;

	(void)snprintf(c->detail, sizeof(c->detail), "%s",
		       v < ARRAY_LEN(version) ? version[v] : "?");
	/* systemd never delegates hugetlb: without it this host does all but what few ask for */
	set(c, v != 0, CONTROLLERS_NEEDED & 1u << arg ? "missing" : "weak",
	    v == 2   ? "its limits hold from the first instruction"
	    : v == 1 ? "its limits hold; a start moves into the group, which costs some time"
		     : "a profile with a limit of this kind is refused here");
}

static void cgroup_kill(const struct engine *e, uint32_t arg, struct check *c)
{
	bool has = e->host[HOST_FLAGS] & HOST_F_CGROUP_KILL;

	(void)arg;
	(void)snprintf(c->detail, sizeof(c->detail), "cgroup.kill %s", has ? "there" : "not there");
	set(c, has, "missing", "a workload ends as a whole, whatever it forks");
}

static void mdwe(const struct engine *e, uint32_t arg, struct check *c)
{
	bool has = e->host[HOST_FLAGS] & HOST_F_MDWE;

	(void)arg;
	(void)snprintf(c->detail, sizeof(c->detail), "PR_SET_MDWE %s", has ? "there" : "not there");
	set(c, has, "weak",
	    has ? "memory is never writable and then executable, unless feature jit is on"
		: "only the filter keeps writable memory from becoming executable");
}

static void label(const struct engine *e, uint32_t arg, struct check *c)
{
	uint64_t host = e->host[HOST_FLAGS];

	(void)arg;
	(void)snprintf(c->detail, sizeof(c->detail), "%s",
		       host & HOST_F_LABEL	? "AppArmor, with profile cloister-workload"
		       : host & HOST_F_APPARMOR ? "AppArmor, without its profile"
		       : host & HOST_F_SELINUX	? "SELinux"
						: "neither AppArmor nor SELinux is in use");
	set(c, !(host & (HOST_F_APPARMOR | HOST_F_SELINUX)) || host & HOST_F_LABEL, "weak",
	    host & HOST_F_LABEL	     ? "one more wall behind mounts, filter and Landlock"
	    : host & HOST_F_APPARMOR ? "load cloister-workload, then start the supervisor anew"
	    : host & HOST_F_SELINUX  ? "workloads keep the supervisor's own label"
				     : "mounts, filter and Landlock hold by themselves");
}

static void images(const struct engine *e, uint32_t arg, struct check *c)
{
	bool file = e->volumed_host & VOLUMED_EROFS_FILE,
	     loop = e->volumed_host & VOLUMED_EROFS_LOOP;

	(void)arg;
	(void)snprintf(c->detail, sizeof(c->detail), "EROFS %s",
		       file   ? "from the file"
		       : loop ? "by a loop device per tenant"
			      : "not there");
	set(c, file || loop, "missing",
	    file || loop ? "no two tenants share an inode or a cached page"
			 : "images cannot be attached; only --root host works");
}

static void host_source(const struct engine *e, uint32_t arg, struct check *c)
{
	bool on = e->may & MAY_HOST_SOURCE;

	(void)arg;
	(void)snprintf(c->detail, sizeof(c->detail), "the image source host is %s",
		       on ? "on" : "off");
	set(c, !on, "weak",
	    on ? "for trying things out: tenants may share the machine's own /usr"
	       : "tenants see no file of the host");
}

/* As cloister.conf says it. */
static void policy(const struct engine *e, uint32_t arg, struct check *c)
{
	static const struct {
		const char *name;
		uint64_t bit;
	} bits[] = { { "tenant", MAY_TENANT },	 { "plan", MAY_PLAN },
		     { "grant", MAY_GRANT },	 { "publish", MAY_PUBLISH },
		     { "destroy", MAY_DESTROY }, { "host-source", MAY_HOST_SOURCE },
		     { "exec", MAY_EXEC } };
	int n = snprintf(c->detail, sizeof(c->detail), "epoch %u: may%s", e->epoch,
			 e->may ? "" : " nothing");

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(bits); i++)
		if (e->may & bits[i].bit && (size_t)n < sizeof(c->detail))
			n += snprintf(c->detail + n, sizeof(c->detail) - (size_t)n, " %s",
				      bits[i].name);
	set(c, e->may != MAY_ALL, "weak",
	    e->may == MAY_ALL ? "everything may be decided by the API; cloister.conf(5) narrows it"
			      : "what is not named needs one of the operator's files");
}

static void worker(const struct engine *e, uint32_t arg, struct check *c)
{
	bool has = peers_has(e, arg);

	(void)snprintf(c->detail, sizeof(c->detail), "%s, restarted %u times",
		       has ? "connected" : "not connected", peers_restarts(e, arg));
	set(c, has, "missing",
	    has ? "it does its part" : "what needs it waits or fails until it is back");
}

/* clang-format off */
static const struct check_row check_table[] = {
	{ "kernel",             0,              kernel      },
	{ "landlock",           0,              landlock    },
	{ "cgroup.memory",      CTL_MEMORY,     controller  },
	{ "cgroup.cpu",         CTL_CPU,        controller  },
	{ "cgroup.pids",        CTL_PIDS,       controller  },
	{ "cgroup.io",          CTL_IO,         controller  },
	{ "cgroup.cpuset",      CTL_CPUSET,     controller  },
	{ "cgroup.hugetlb",     CTL_HUGETLB,    controller  },
	{ "cgroup.freezer",     CTL_FREEZER,    controller  },
	{ "cgroup.kill",        0,              cgroup_kill },
	{ "mdwe",               0,              mdwe        },
	{ "lsm",                0,              label       },
	{ "images",             0,              images      },
	{ "source.host",        0,              host_source },
	{ "policy",             0,              policy      },
	{ "worker.spawn",       WORKER_SPAWN,   worker      },
	{ "worker.netd",        WORKER_NETD,    worker      },
	{ "worker.volumed",     WORKER_VOLUMED, worker      },
};
/* clang-format on */

static json_t *check_json(const char *name, const struct check *c)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "name", name, "state", c->state, "detail",
			 c->detail, "means", c->means);
}

/* The last row: netd was asked how its pool does. */
static void on_pool(struct engine *e, uint64_t arg, struct reply *r)
{
	struct to to = arg_to(arg);
	struct check c = { 0 };
	json_t *list = json_array();

	for (size_t i = 0; list && i < ARRAY_LEN(check_table); i++) {
		check_table[i].look(e, check_table[i].arg, &c);
		DROP(json_array_append_new(list, check_json(check_table[i].name, &c)));
	}
	if (r->code >= 0) {
		(void)snprintf(c.detail, sizeof(c.detail), "%u ready, %u made, %u handed out",
			       (unsigned)r->value[0], (unsigned)r->value[1], (unsigned)r->value[2]);
		set(&c, r->value[0] > 0, "weak",
		    r->value[0] ? "a start finds its network ready made"
				: "starts wait until a network is made");
		DROP(json_array_append_new(list, check_json("net.pool", &c)));
	}
	session_reply(e, to, json_pack("{s:o}", "checks", list));
}

void api_doctor(struct engine *e, const struct call *c)
{
	PEERS_ASK_EMPTY(e, WORKER_NETD, NETD_POOL, ((struct answer){ on_pool, to_arg(c->to) }));
}
