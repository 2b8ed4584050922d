/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn.h - the handlers behind the rows of spawn_ops[], by the file that holds them.
 * Each has the shape of op_row.run: self is the struct app.
 */
#ifndef CLOISTER_SPAWN_H
#define CLOISTER_SPAWN_H

#include "sandbox/rows.h"

struct plan_cgroup;

extern const struct op_row spawn_ops[SPAWN__COUNT];
void spawn_about(const struct op_row *row, const void *req, struct act_about *out);

/* open.c: once, before the first request; a sealed copy of an open program */
int program_seal(int fd, struct fault *f) MUST_USE;
int spawn_open(struct app *a, struct fault *f) MUST_USE;

/* tenant.c */
int tenant_bind(void *self, const void *req, int *fd, struct reply *out);
int tenant_free(void *self, const void *req, int *fd, struct reply *out);
int tenant_limit(void *self, const void *req, int *fd, struct reply *out);

/* plans.c */
int plan_load(void *self, const void *req, int *fd, struct reply *out);
int plan_drop(void *self, const void *req, int *fd, struct reply *out);

/* cgroup.c */
int cgroup_make(void *self, const void *req, int *fd, struct reply *out);
int cgroup_kill(void *self, const void *req, int *fd, struct reply *out);
int cgroup_drop(void *self, const void *req, int *fd, struct reply *out);
int cgroup_stat(void *self, const void *req, int *fd, struct reply *out);

/* grips.c */
int grip_offer(void *self, const void *req, int *fd, struct reply *out);
int grip_drop(void *self, const void *req, int *fd, struct reply *out);

/* spawn.c */
int spawn_start(void *self, const void *req, int *fd, struct reply *out);
int spawn_signal(void *self, const void *req, int *fd, struct reply *out);

/* fixed.c */
int spawn_log(void *self, const void *req, int *fd, struct reply *out);
int spawn_helper(void *self, const void *req, int *fd, struct reply *out);
int spawn_mkimage(void *self, const void *req, int *fd, struct reply *out);

/* adopt.c */
int spawn_adopt(void *self, const void *req, int *fd, struct reply *out);

/* spawn_ops.c */
int spawn_host(void *self, const void *req, int *fd, struct reply *out);

/* ---- parts that the files use of each other ---- */

/* plans.c: loaded under the policy that is in force? */
bool plan_current(const struct app *a, const struct plan_slot *p);

/* cgroup.c */
int cgroup_open(struct app *a, struct fault *f) MUST_USE;
int cgroup_tenant(struct app *a, struct tenant_ref t,
		  struct fault *f) MUST_USE; /* makes t/<index> */
void cgroup_tenant_drop(struct app *a, struct tenant_ref t);
int cgroup_knob(struct app *a, const int dir[], const struct plan_cgroup *k, uint64_t memory,
		struct fault *f) MUST_USE;
/* The calling process, a child of a start, enters the v1 directories: v1 has no birth inside a
 * cgroup. The wait of some milliseconds (launch.md 5.4) is the child's, not the spawner's. 0 or
 * -errno. */
int cgroup_join(const struct app *a, const struct cgroup_row *g) MUST_USE;
uint32_t cgroup_oom_kills(struct app *a, const struct cgroup_row *g);
void cgroup_kill_all(struct app *a, const struct cgroup_row *g);
void cgroup_close(struct cgroup_row *g);
uint32_t cgroup_find(struct app *a, struct tenant_ref t, uint32_t number);
int cgroup_watch_oom(struct app *a, uint32_t n, struct fault *f) MUST_USE;

/* grips.c: also drops the mounts and templates that hang on it */
void grip_close(struct app *a, struct grip *g);

/* mounts.c: the finished root of (tenant, plan, images) as a mount namespace */
int template_get(struct app *a, const struct spawn_start *q, const struct plan_slot *p,
		 struct template **ret, struct fault *f) MUST_USE;
void template_drop(struct app *a, struct template *t);
void template_drop_of(struct app *a, struct tenant_ref t, const struct slot *plan,
		      const struct slot *image);

/* mounts.c: pieces of a root that template and start share */
/* Opens path below root: no symbolic link, no way out, whatever the tree holds. -1 and errno. */
int path_open(int root, const char *path, uint64_t flags, uint64_t resolve);

struct tmpfs {
	uint64_t size, inodes, attr; /* attr: MOUNT_ATTR_* */
	uint32_t mode;
	uid_t owner; /* host id */
};

/* A detached tmpfs. Returns its descriptor or a fault. */
int tmpfs_make(const struct tmpfs *t, struct fault *f) MUST_USE;

/* Has the mount at fd every flag of attr? Read back, not assumed. */
int mount_verify(int fd, uint64_t attr, const char *target, struct fault *f) MUST_USE;

/* In a copy of the seed namespace: makes tree the root and drops what was there. */
int root_switch(int tree, struct fault *f) MUST_USE;

/* Back to the spawner's own mount namespace. */
int ns_home(const struct app *a, struct fault *f) MUST_USE;

/* fixed.c */
void helper_cgroup_drop(struct app *a, const struct start *s);

/* tenant.c: a tenant that lives in the cgroup tree of an earlier spawner */
int tenant_revive(struct app *a, uint32_t index, struct fault *f) MUST_USE;

/* adopt.c: finds them, once, before the first request */
int adopt_scan(struct app *a, struct fault *f) MUST_USE;

/* cgroup.c: the row of an existing directory */
uint32_t cgroup_revive(struct app *a, struct tenant_ref t, uint32_t number, struct fault *f);

/* starts.c: what became of a clone */
uint32_t start_begin(struct app *a, struct fault *f);
void start_await(struct app *a, struct start *s, struct reply *out);
void start_kill(struct app *a, struct start *s);	     /* and reaps and ends it */
struct start *start_parked(struct app *a, struct slot slot); /* NULL: none waits */
void start_on_error(struct app *a, uint32_t n);
void start_on_exit(struct app *a, uint32_t n);
void start_expire(struct app *a);
int start_next_timeout(const struct app *a);
void start_end(struct app *a, struct start *s);
bool start_is_ready(const struct app *a, struct slot cgroup); /* init's claim: READY=1 came */
void start_orphan(struct app *a, int sock);

#endif
