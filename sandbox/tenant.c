/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant.c - registry rows and user namespaces of tenants.
 * Runs in: cloister-spawn, which alone writes tenants.idx (security-model.md 3.3).
 *
 * A tenant's user namespace is owned by a uid that nobody runs as (I5): an owner of uid 0 would
 * give every root process of the host, even one without capabilities, all capabilities over the
 * tenant.
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

/* Shared with the maker: it has our descriptor table, so a number is enough. */
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

uid_t own_fs_uid(const struct app *a)
{
	return a->policy->fs_uid;
}

uid_t own_throwaway(struct app *a)
{
	return a->policy->throwaway_uid + a->throwaway++ % THROWAWAY_IDS;
}

static _Noreturn void make_inside(const struct app *a, struct maker *m, const int step[2])
{
	char byte = 0;

	/* raw: glibc's wrappers would signal threads that are not there */
	if (syscall(SYS_setresuid, -1, a->policy->ns_owner_uid, -1) < 0 ||
	    unshare(CLONE_NEWUSER) < 0) {
		m->err = errno;
		_exit(1);
	}
	DROP(write(step[1], &byte, 1)); /* the parent sees the exit status instead */
	if (read(step[1], &byte, 1) != 1)
		_exit(1);
	for (size_t i = 0; i < ARRAY_LEN(ns_limits); i++) {
		char got[8] = "";
		int rc = file_put(a->o.proc, ns_limits[i], "0");

		if (rc == 0 && file_text(a->o.proc, ns_limits[i], got, sizeof(got)) == 2 &&
		    got[0] == '0')
			continue;
		m->err = rc < 0 ? -rc : EIO;
		_exit(1);
	}
	m->fd = openat(a->o.proc, "self/ns/user", O_RDONLY | O_CLOEXEC);
	m->err = m->fd < 0 ? errno : 0;
	_exit(m->fd < 0);
}

/* The spawner writes the maps, so that setgroups needs not be denied. */
static int write_maps(const struct app *a, struct tenant_ref t, pid_t pid, struct fault *f)
{
	char file[32], map[48];
	int rc;

	(void)snprintf(map, sizeof(map), "0 %u %d", tenant_uid(a, t, 0), IDS_PER_TENANT);
	(void)snprintf(file, sizeof(file), "%d/gid_map", pid);
	rc = file_put(a->o.proc, file, map);
	if (rc == 0) {
		(void)snprintf(file, sizeof(file), "%d/uid_map", pid);
		rc = file_put(a->o.proc, file, map);
	}
	return rc < 0 ? fault_set(f, rc, "tenant.map", "writing the id maps (%s)",
				  strerrordesc_np(-rc))
		      : 0;
}

static int check_owner(const struct app *a, int fd, struct fault *f)
{
	uid_t owner = 0;

	if (ioctl(fd, NS_GET_OWNER_UID, &owner) < 0)
		return fault_sys(f, "tenant.owner", "reading the owner of the user namespace");
	if (owner != a->policy->ns_owner_uid)
		return fault_set(f, -EPERM, "tenant.owner", "the user namespace belongs to uid %u",
				 owner); /* I5 */
	return 0;
}

static int make_userns(const struct app *a, struct tenant_ref t, int *ret_fd, struct fault *f)
{
	struct clone_args args = { .flags = CLONE_FILES, .exit_signal = SIGCHLD };
	struct maker *m =
		mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int step[2] = { -1, -1 };
	char byte = 0;
	siginfo_t si = { 0 };
	pid_t pid;
	int rc = 0;

	if (m == MAP_FAILED)
		return fault_sys(f, "tenant.maker", "a page for the maker");
	*m = (struct maker){ .fd = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, step) < 0) {
		rc = fault_sys(f, "tenant.maker", "a socket pair");
		goto out;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		make_inside(a, m, step);
	if (pid < 0) {
		rc = fault_sys(f, "tenant.maker", "cloning the maker of a user namespace");
		goto out;
	}
	/* The maker has our table: it cannot see EOF from us, nor we from it. Its exit wakes
	 * waitid. */
	for (;;) {
		ssize_t n = recv(step[0], &byte, 1, MSG_DONTWAIT);

		if (n == 1)
			break;
		if (waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    si.si_pid == pid)
			break;
		(void)sched_yield();
	}
	if (si.si_pid != pid) {
		rc = write_maps(a, t, pid, f);
		if (rc < 0)
			(void)kill(pid, SIGKILL);
		DROP(write(step[0], &byte, 1)); /* a dead maker shows in its status */
	}
	(void)RETRY_EINTR(waitid(P_PID, (id_t)pid, &si, WEXITED));
	if (rc == 0 && (si.si_code != CLD_EXITED || si.si_status != 0))
		rc = fault_set(f, m->err ? -m->err : -ECHILD, "tenant.maker",
			       "making the user namespace: %s",
			       strerrordesc_np(m->err ? m->err : ECHILD));
	if (rc == 0)
		rc = check_owner(a, m->fd, f);
	if (rc == 0)
		*ret_fd = fd_take(&m->fd);
out:
	fd_close(&m->fd);
	fd_close(&step[0]);
	fd_close(&step[1]);
	(void)munmap(m, sizeof(*m));
	return rc;
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

	if (pwrite(a->registry_fd, row, sizeof(*row), at) != (ssize_t)sizeof(*row) ||
	    fdatasync(a->registry_fd) < 0)
		return fault_sys(f, "tenant.registry", "writing row %u of tenants.idx", index);
	return 0;
}

int tenant_get(struct app *a, struct tenant_ref t, struct tenant_live **ret, struct fault *f)
{
	int rc = registry_look(a->registry, t, f);

	if (rc < 0)
		return rc;
	if (a->tenants[t.index].gen != t.gen)
		return fault_set(f, -ESTALE, "tenant.live",
				 "tenant %u is not bound in this spawner", t.index);
	*ret = &a->tenants[t.index];
	return 0;
}

/* The registry's row and the cgroup are there; the namespace is made again with the same ids. */
int tenant_revive(struct app *a, uint32_t index, struct fault *f)
{
	struct tenant_ref t = { .index = index };
	AUTO_FD int userns = -1;
	int rc;

	if (index >= TENANTS_MAX)
		return fault_set(f, -EINVAL, "tenant.index", "no tenant index %u", index);
	t.gen = a->registry[index].gen;
	rc = registry_look(a->registry, t, f);
	if (rc < 0 || a->tenants[index].gen == t.gen)
		return rc;
	rc = make_userns(a, t, &userns, f);
	if (rc < 0)
		return rc;
	a->tenants[index] = (struct tenant_live){ .gen = t.gen, .userns = fd_take(&userns) };
	return 0;
}

int tenant_bind(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_tenant_bind *q = req;
	struct tenant_live *live;
	struct tenant_ref t = { .index = q->index };
	struct reg_bind want = { .index = q->index, .ceiling = q->ceiling, .now = clock_real_ns() };
	struct reg_row next;
	AUTO_FD int userns = -1;
	int old, rc;

	(void)fd;
	if (q->index >= TENANTS_MAX || q->index > a->policy->index_max || q->ceiling != 0)
		return fault_set(&out->fault, -EINVAL, "tenant.index", "no tenant index %u",
				 q->index);
	memcpy(want.id, q->id, sizeof(want.id));
	old = registry_plan_bind(a->registry, &want, &next, &out->fault);
	if (old < 0)
		return old;
	t.gen = next.gen;
	live = &a->tenants[q->index];
	out->value[0] = t.index;
	out->value[1] = t.gen;
	if (live->gen == t.gen)
		return 0;
	rc = claim(a, q->index, &out->fault);
	if (rc == 0 && old == 0)
		rc = write_row(a, q->index, &next, &out->fault);
	if (rc == 0)
		rc = make_userns(a, t, &userns, &out->fault);
	if (rc == 0)
		rc = cgroup_tenant(a, t, &out->fault);
	if (rc < 0)
		return rc;
	*live = (struct tenant_live){ .gen = t.gen, .userns = fd_take(&userns) };
	return 0;
}

int tenant_free(void *self, const void *req, int *fd, struct reply *out)
{
	struct app *a = self;
	const struct spawn_tenant *q = req;
	struct tenant_live *live;
	struct reg_row row;
	int rc = tenant_get(a, q->t, &live, &out->fault);

	(void)fd;
	if (rc < 0)
		return rc;
	if (live->live)
		return fault_set(&out->fault, -EBUSY, "tenant.live",
				 "%u objects of the tenant are alive", live->live);
	template_drop_of(a, q->t, NULL, NULL);
	row = a->registry[q->t.index];
	row.state = REG_LEFT;
	row.crc = 0;
	row.crc = reg_crc(&row);
	rc = write_row(a, q->t.index, &row, &out->fault);
	if (rc < 0)
		return rc;
	cgroup_tenant_drop(a, q->t);
	fd_close(&live->userns);
	live->gen = 0;
	return 0;
}
