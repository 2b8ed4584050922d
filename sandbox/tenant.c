/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant.c - registry rows and user namespaces of tenants.
 * Runs in: cloister-spawn, which alone writes tenants.idx (security-model.md 3.3).
 *
 * A tenant's user namespace is owned by a uid that nobody runs as (I5): an owner of uid 0 would
 * give every root process of the host, even one without capabilities, all capabilities over the
 * tenant. It is one of the tenant's own range: the kernel counts what is bounded by user (inotify
 * instances, pending signals) up to the owner, so that with one owner of all, the first tenant at
 * such a bound would be the last to get anything (exhaust.sh, res.inotify).
 */
#include "sandbox/spawn.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/plan/policy.h"
#include "lib/plan/registry.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { THROWAWAY_IDS = 32768 }; /* used once, then from the first again */

/* What the maker of a namespace tells; it has our descriptor table, so a number is enough. */
struct maker {
	int32_t fd, err;
};

/* Written from inside: what the tenant may make of each kind is nothing (launch.md T2). */
static const char *const ns_limits[] = {
	"sys/user/max_user_namespaces",	  "sys/user/max_mnt_namespaces",
	"sys/user/max_net_namespaces",	  "sys/user/max_pid_namespaces",
	"sys/user/max_ipc_namespaces",	  "sys/user/max_uts_namespaces",
	"sys/user/max_cgroup_namespaces", "sys/user/max_time_namespaces",
};

uid_t tenant_uid(const struct app *a, struct tenant_ref t, uint32_t inside)
{
	return a->policy->uid_base + t.index * IDS_PER_TENANT + inside;
}

uid_t own_throwaway(struct app *a)
{
	return a->policy->throwaway_uid + a->throwaway++ % THROWAWAY_IDS;
}

/* In the new namespace, once its maps are written. Returns 0 or a positive errno. */
static int set_limits(const struct app *a)
{
	for (size_t i = 0; i < ARRAY_LEN(ns_limits); i++) {
		char got[8] = "";
		int rc = file_put(a->o.proc, ns_limits[i], "0");

		if (rc < 0)
			return -rc;
		if (file_text(a->o.proc, ns_limits[i], got, sizeof(got)) != 2 || got[0] != '0')
			return EIO;
	}
	return 0;
}

static _Noreturn void make_inside(const struct app *a, int near)
{
	struct maker m = { .fd = -1, .err = ECANCELED };
	char byte;

	if (read(near, &byte, 1) == 1)
		m.err = set_limits(a);
	if (m.err == 0) {
		m.fd = openat(a->o.proc, "self/ns/user", O_RDONLY | O_CLOEXEC);
		m.err = m.fd < 0 ? errno : 0;
	}
	_exit(write(near, &m, sizeof(m)) != (ssize_t)sizeof(m));
}

/* The spawner writes the maps, so that setgroups needs not be denied. */
static int write_maps(const struct app *a, struct tenant_ref t, pid_t pid, struct fault *f)
{
	char file[32], map[48];
	int rc = 0;

	(void)snprintf(map, sizeof(map), "0 %u %d", tenant_uid(a, t, 0), IDS_PER_TENANT);
	for (int i = 0; rc == 0 && i < 2; i++) {
		(void)snprintf(file, sizeof(file), "%d/%s", pid, i ? "uid_map" : "gid_map");
		rc = file_put(a->o.proc, file, map);
	}
	return rc < 0 ? fault_set(f, rc, "tenant.map", "writing the id maps (%s)",
				  strerrordesc_np(-rc))
		      : 0;
}

static int check_owner(const struct app *a, struct tenant_ref t, int fd, struct fault *f)
{
	uid_t owner = 0;

	if (ioctl(fd, NS_GET_OWNER_UID, &owner) < 0)
		return fault_sys(f, "tenant.owner", "reading the owner of the user namespace");
	if (owner != tenant_uid(a, t, ID_OWNER))
		return fault_set(f, -EPERM, "tenant.owner", "the user namespace belongs to uid %u",
				 owner); /* I5 */
	return 0;
}

/* The effective id of who makes a user namespace owns it (I5). */
static pid_t clone_owned(const struct app *a, struct tenant_ref t, int near, struct fault *f)
{
	struct clone_args args = { .flags = CLONE_NEWUSER | CLONE_FILES, .exit_signal = SIGCHLD };
	pid_t pid;

	/* raw: glibc's wrappers would signal threads that are not there */
	if (syscall(SYS_setresuid, -1, tenant_uid(a, t, ID_OWNER), -1) < 0)
		return fault_sys(f, "tenant.maker", "becoming the owner");
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		make_inside(a, near);
	if (pid < 0)
		pid = fault_sys(f, "tenant.maker", "cloning the maker of a user namespace");
	if (syscall(SYS_setresuid, -1, 0, -1) < 0)
		abort(); /* without its rights no later request could be served */
	return pid;
}

/* Returns the namespace. */
static int make_userns(const struct app *a, struct tenant_ref t, struct fault *f)
{
	struct maker m = { .fd = -1, .err = ECHILD };
	AUTO_FD int near = -1;
	AUTO_FD int far = -1;
	siginfo_t si;
	int step[2], rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, step) < 0)
		return fault_sys(f, "tenant.maker", "a socket pair");
	near = step[0];
	far = step[1];
	pid = clone_owned(a, t, near, f);
	if (pid < 0)
		return pid;
	rc = write_maps(a, t, pid, f);
	if (rc < 0)
		(void)kill(pid, SIGKILL);
	/* the socket's both ends are in the table that is shared: no end is seen, the exit is */
	DROP(write(far, "", 1));
	(void)RETRY_EINTR(waitid(P_PID, (id_t)pid, &si, WEXITED));
	if (rc < 0)
		return rc;
	if (recv(far, &m, sizeof(m), MSG_DONTWAIT) != (ssize_t)sizeof(m) || m.err)
		return fault_set(f, -m.err, "tenant.maker", "making the user namespace: %s",
				 strerrordesc_np(m.err));
	rc = check_owner(a, t, m.fd, f);
	if (rc < 0)
		fd_close(&m.fd);
	return rc < 0 ? rc : m.fd;
}

/* One uid range is one supervisor's on the whole host (launch.md T1): all its claims are one inode.
 */
static int claim(const struct app *a, uint32_t index, struct fault *f)
{
	struct stat mine, theirs;
	char own[24], name[24];

	(void)snprintf(own, sizeof(own), "%u",
		       (a->policy->own_base - a->policy->uid_base) / IDS_PER_TENANT);
	(void)snprintf(name, sizeof(name), "%u", index);
	if (linkat(a->o.ids, own, a->o.ids, name, 0) == 0)
		return 0;
	if (errno != EEXIST)
		return fault_sys(f, "tenant.claim", "claiming uid range %u", index);
	if (fstatat(a->o.ids, own, &mine, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstatat(a->o.ids, name, &theirs, AT_SYMLINK_NOFOLLOW) == 0 &&
	    mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino)
		return 0;
	return fault_set(f, -EADDRINUSE, "tenant.claim",
			 "uid range %u belongs to another supervisor", index);
}

static int write_row(struct app *a, uint32_t index, const struct reg_row *row, struct fault *f)
{
	off_t at = (off_t)index * (off_t)sizeof(*row);

	if (pwrite(WORKER_FD_REGISTRY, row, sizeof(*row), at) != (ssize_t)sizeof(*row) ||
	    fdatasync(WORKER_FD_REGISTRY) < 0)
		return fault_sys(f, "tenant.registry", "writing row %u of tenants.idx", index);
	acts_sync(&a->acts, true);
	return 0;
}

int tenant_open(struct app *a, struct fault *f)
{
	void *map = mmap(NULL, REG_SIZE, PROT_READ, MAP_SHARED, WORKER_FD_REGISTRY, 0);

	if (map == MAP_FAILED)
		return fault_sys(f, "tenant.open", "mapping tenants.idx");
	a->registry = map;
	return 0;
}

int tenant_get(struct app *a, struct tenant_ref t, struct fault *f)
{
	int rc = registry_look(a->registry, t, f);

	if (rc == 0 && a->tenants[t.index].gen != t.gen)
		rc = fault_set(f, -ESTALE, "tenant.live", "tenant %u is not bound in this spawner",
			       t.index);
	return rc;
}

/* What a tenant may be bound under that asks for the ceiling `asked`. */
static const struct ceiling_ref *ceiling_for(const struct app *a, const uint8_t id[16],
					     uint32_t asked, struct fault *f)
{
	const struct tenant_pin *pin = policy_tenant(a->policy, id);
	const struct ceiling_ref *c = NULL;

	if (!pin && !(a->policy->may & MAY_TENANT)) {
		(void)fault_set(f, -EPERM, "tenant.pinned",
				"'may tenant' is off, and no file in tenants/ names this one");
		return NULL;
	}
	c = policy_ceiling(a->policy, pin ? pin->ceiling : asked);
	if (!c)
		(void)fault_set(f, -ENOENT, "tenant.ceiling",
				"its ceiling is not in the policy block; a new one belongs into "
				"the operator's profiles/, then reload");
	return c;
}

const struct plan_hdr *ceiling_of(const struct app *a, struct tenant_ref t, size_t *size,
				  struct fault *f)
{
	const struct ceiling_ref *c = NULL;

	if (registry_look(a->registry, t, f) == 0)
		c = ceiling_for(a, a->registry[t.index].id, a->registry[t.index].ceiling, f);
	if (!c)
		return NULL;
	*size = c->len;
	return (const void *)((const uint8_t *)a->policy + c->off);
}

/* Makes t's namespace: from here on it is bound in this spawner. */
static int enliven(struct app *a, struct tenant_ref t, struct fault *f)
{
	int userns = make_userns(a, t, f);

	if (userns < 0)
		return userns;
	a->tenants[t.index] = (struct tenant_live){ .gen = t.gen, .userns = userns };
	return 0;
}

/* The registry's row and the cgroup are there; the namespace is made again with the same ids. */
int tenant_revive(struct app *a, uint32_t index, struct fault *f)
{
	struct tenant_ref t = { .index = index };

	if (index >= TENANTS_MAX)
		return fault_set(f, -EINVAL, "tenant.index", "no tenant index %u", index);
	t.gen = a->registry[index].gen;
	if (registry_look(a->registry, t, f) < 0)
		return f->err;
	return enliven(a, t, f);
}

int tenant_bind(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	struct app *a = self;
	const struct spawn_tenant_bind *q = req;
	struct fault *f = &out->fault;
	struct reg_bind want = { .index = q->index, .now = clock_real_ns() };
	const struct ceiling_ref *ceiling;
	struct tenant_ref t = { .index = q->index };
	struct reg_row next;
	bool live;
	int old;

	if (q->index >= TENANTS_MAX || q->index > a->policy->index_max)
		return fault_set(f, -EINVAL, "tenant.index", "no tenant index %u", q->index);
	ceiling = ceiling_for(a, q->id, q->ceiling, f);
	if (!ceiling)
		return f->err;
	want.ceiling = ceiling->id;
	memcpy(want.id, q->id, sizeof(want.id));
	old = registry_plan_bind(a->registry, &want, &next, f);
	if (old < 0)
		return old;
	t.gen = next.gen;
	out->value[0] = t.index;
	out->value[1] = t.gen;
	live = a->tenants[q->index].gen == t.gen;
	if ((!live && claim(a, q->index, f) < 0) ||
	    (old == 0 && write_row(a, q->index, &next, f) < 0) ||
	    (!live && cgroup_tenant(a, t, f) < 0))
		return f->err;
	if (live)
		plans_review(a); /* its ceiling may be another now */
	return live ? 0 : enliven(a, t, f);
}

int tenant_free(void *self, const void *req, int *fd UNUSED, struct reply *out)
{
	struct app *a = self;
	const struct spawn_tenant *q = req;
	struct tenant_live *live;
	struct reg_row row;

	if (registry_look(a->registry, q->t, &out->fault) < 0)
		return out->fault.err;
	live = &a->tenants[q->t.index];
	if (live->live)
		return fault_set(&out->fault, -EBUSY, "tenant.live",
				 "%u objects of the tenant are alive", live->live);
	row = registry_left(&a->registry[q->t.index], clock_real_ns());
	if (write_row(a, q->t.index, &row, &out->fault) < 0)
		return out->fault.err;
	if (live->gen) { /* or nothing of it came up in this life of ours */
		cgroup_tenant_drop(a, q->t);
		fd_close(&live->userns);
	}
	live->gen = 0;
	return 0;
}
