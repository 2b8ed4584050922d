/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn.h - the handlers behind the rows of spawn_ops[], and what the files use of each other,
 * by the file that holds it.
 */
#ifndef CLOISTER_SPAWN_H
#define CLOISTER_SPAWN_H

#include "sandbox/rows.h"

#include <signal.h>

/* op_row.run: self is the struct app. */
typedef int handler(void *self, const void *req, int *fd, struct reply *out);

handler tenant_bind, tenant_free;			     /* tenant.c  */
handler plan_load, plan_drop, plan_make;		     /* plans.c   */
handler tenant_limit, cgroup_make, cgroup_kill, cgroup_drop; /* cgroup.c  */
handler cgroup_limits, cgroup_figures;			     /* live.c    */
handler start_ready;					     /* starts.c  */
handler grip_offer, grip_drop;				     /* grips.c   */
handler spawn_start, spawn_signal;			     /* spawn.c   */
handler spawn_exec;					     /* exec.c    */
handler spawn_log, spawn_helper, spawn_mkimage, policy_make; /* fixed.c   */
handler spawn_adopt;					     /* adopt.c   */

/* spawn_ops.c */
extern const struct op_row spawn_ops[SPAWN__COUNT];
void spawn_about(const struct op_row *row, const void *req, struct act_about *out);

/* open.c: once, before the first request */
int spawn_open(struct app *a, struct fault *f) MUST_USE;

/* tenant.c: a tenant that lives in the cgroup tree of an earlier spawner */
int tenant_open(struct app *a, struct fault *f) MUST_USE; /* maps tenants.idx */
int tenant_revive(struct app *a, uint32_t index, struct fault *f) MUST_USE;

/*
 * tenant.c: the bytes of the ceiling that t is bound under in the block of now: the operator's
 * pin's, else its registry row's. NULL and the fault where there is none, or t may not be bound at
 * all. It lives until the next parent.policy: never kept.
 */
struct plan_hdr;
const struct plan_hdr *ceiling_of(const struct app *a, struct tenant_ref t, size_t *size,
				  struct fault *f);

/* plans.c: which of the loaded plans the block of now allows: after each change of it, or of a
 * tenant's ceiling. What runs goes on. */
void plans_review(struct app *a);
/* plans.c: the compiler behind a plan.make is through. Returns 0 and the slot in out, or <0. */
int plan_made(struct app *a, struct tenant_ref t, int *fd, struct reply *out) MUST_USE;

/* fixed.c: starts the compiler on a sealed request; output is taken, and the answer comes at its
 * end. t.gen 0: it is the operator's request. */
int compile_begin(struct app *a, int request, int output, struct tenant_ref t,
		  struct reply *out) MUST_USE;
/* fixed.c: starts the decider on sealed plan and ceiling for the plan's row, which it uses; the
 * verdict comes at its end, to plan_proved(). */
int decide_begin(struct app *a, struct plan_slot *p, int ceiling, struct reply *out) MUST_USE;

/* plans.c: what this host and its operator allow of a plan that is sound in itself; starts may use
 * it from here on */
int plan_allowed(const struct app *a, const struct plan_slot *p, struct fault *f) MUST_USE;
void plan_admit(const struct app *a, struct plan_slot *p);

/*
 * verdict.c: is the plan under its tenant's ceiling of now, and within it but for the filter? Is
 * the filter known to be? Asks the decider about it: the answer to now's request comes at its end,
 * and the row, which is an orphan until then, is usable or gone with it.
 */
int verdict_bytes(const struct app *a, const struct plan_slot *p, struct fault *f) MUST_USE;
bool verdict_known(const struct app *a, struct plan_slot *p);
int verdict_ask(struct app *a, struct plan_slot *p, struct reply *out) MUST_USE;
void plan_proved(struct app *a, struct start *s, const siginfo_t *si, struct reply *out);

/* fixed.c: that end. */
void compile_ended(struct app *a, struct start *s, const siginfo_t *si, struct reply *out);

/* adopt.c: what an earlier spawner left running, once, before the first request */
int adopt_scan(struct app *a, struct fault *f) MUST_USE;

/* adopt.c: a new engine is there: what the one before it had made and nothing runs on goes */
void adopt_orphans(struct app *a);

/* plans.c: drops a plan that nothing runs on and no engine knows */
void plan_unuse(struct app *a, struct plan_slot *p);

/*
 * cgroup.c: the hierarchies; t/<index>; helper/<generation>, its descriptor: what an earlier
 * spawner left running keeps its own
 */
int cgroup_open(struct app *a, struct fault *f) MUST_USE;
int cgroup_tenant(const struct app *a, struct tenant_ref t, struct fault *f) MUST_USE;
void cgroup_tenant_drop(const struct app *a, struct tenant_ref t);
int cgroup_helper(const struct app *a, uint32_t gen, struct fault *f) MUST_USE;
void cgroup_helper_drop(const struct app *a, uint32_t gen);
/*
 * The calling process, a child of a start, enters the v1 directories: v1 has no birth inside a
 * cgroup. The wait of some milliseconds (launch.md 5.4) is its own, not the spawner's. 0 or -errno.
 */
int cgroup_join(const struct app *a, const struct cgroup_row *g) MUST_USE;
/* The hierarchy that has a controller; cg.n where none has. */
uint32_t cgroup_tree(const struct app *a, uint32_t controller);
int cgroup_write_limits(const struct app *a, const struct cgroup_row *g, const void *plan,
			struct fault *f) MUST_USE;
uint32_t cgroup_oom_kills(const struct app *a, const struct cgroup_row *g); /* live.c */
void cgroup_kill_all(const struct cgroup_row *g);
void cgroup_on_oom(struct app *a, uint32_t n);
/* A row for the existing directories of t's workload, or NULL; ends what is in them, frees the row
 */
struct cgroup_row *cgroup_revive(struct app *a, struct tenant_ref t, uint32_t number,
				 struct fault *f);
void cgroup_abandon(struct app *a, struct cgroup_row *g);

/* plans.c: may a start of this plan have these flags, where START_TTY is one of them? */
int start_tty(const struct plan_slot *p, uint32_t flags, struct fault *f) MUST_USE;
/* label.c: HOST_F_* of AppArmor and SELinux; for the next exec of the caller, 0 or -errno */
uint32_t label_look(int proc);
int label_put(int proc) MUST_USE;

/* grips.c: also drops the mounts and templates that hang on it */
void grip_close(struct app *a, struct grip *g);
/* The network that an init of t is in, for one more user of it; a stale slot where there is none.
 */
struct slot grip_adopt(struct app *a, struct tenant_ref t, int pidfd);

/* mounts.c: the finished root of (tenant, plan, images) as a mount namespace, or NULL */
struct template *template_get(struct app *a, const struct spawn_start *q, const struct plan_slot *p,
			      struct fault *f);
/* Drops those made of a plan or image (no two rows of any table have one generation). */
void template_drop_of(struct app *a, struct slot s);

/* mounts.c: opens path below root: no link, no way out, whatever the tree holds. -1 and errno. */
int path_open(int root, const char *path, uint64_t flags, uint64_t resolve);
/* Below top, through links that stay in its mount: for a tree that nobody writes. -1 and errno. */
int links_open(int top, const char *path, uint64_t flags);

struct tmpfs {
	uint64_t size, inodes, attr; /* attr: MOUNT_ATTR_* */
	uint32_t mode;
	uid_t owner; /* host id */
};
#define TMPFS_PLAIN (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* A detached mount: pairs of option and value, then NULL. -1 and errno. */
int fs_make(const char *type, const char *const *option, uint64_t attr);
/* A detached tmpfs: its descriptor or a fault. */
int tmpfs_make(const struct tmpfs *t, struct fault *f) MUST_USE;

/* Sets mount flags; are those of attr there? Read back, not assumed. */
int mount_set(int fd, uint64_t attr, struct fault *f) MUST_USE;
int mount_verify(int fd, uint64_t attr, const char *target, struct fault *f) MUST_USE;

/* The links of a merged /usr. */
int root_links(int root, struct fault *f) MUST_USE;

/* In a namespace whose root has a directory s: makes tree the root and drops what was there. */
int root_switch(int tree, struct fault *f) MUST_USE;

/* exec.c: setns(pidfd, what) of an init. -1 and errno. */
int ns_join(int pidfd, int what);

/* Back to the spawner's own mount namespace; elsewhere no later request could be trusted. */
void ns_home(const struct app *a);

/* starts.c: a clone and what becomes of it; n is a row number from epoll */
struct enter;
struct start *start_begin(struct app *a, struct tenant_ref t, enum start_kind kind,
			  struct fault *f);
int start_clone(struct app *a, struct start *s, struct enter *e, struct fault *f) MUST_USE;
/*
 * Pipes for 0-2 of e, owned by the workload's id, so that it can open /dev/stdout again (I26);
 * their far ends are the start's. flags: START_NO_STDIN: an empty one; START_TTY: none, the child
 * makes a terminal. log: 1 and 2 instead, or -1. -1 and errno.
 */
int start_stdio(const struct app *a, struct start *s, struct enter *e, uint32_t flags, int log);
void start_no_stdin(struct start *s);		  /* reads see the end */
int start_pipe(struct start *s, bool near_reads); /* its far end is the start's: the near one */
void start_await(struct app *a, struct start *s, struct reply *out); /* answers later */
void start_count(struct app *a, struct tenant_ref t, uint32_t n);    /* UINT32_MAX: one less */
void start_abort(struct app *a, struct start *s);	  /* kills it, waits, gives all back */
struct start *start_parked(struct app *a, struct slot s); /* NULL: none waits there */
void start_unpark(struct app *a, struct slot s);	  /* ends one that does */
void start_on_error(struct app *a, uint32_t n);
void start_on_exit(struct app *a, uint32_t n);
void start_expire(struct app *a);
void start_orphan(struct app *a, int sock); /* nobody is left to hear the answer */

#endif
