/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plans.h - compiled plans by their hash, and which of them spawn holds for which tenant.
 */
#ifndef CLOISTER_PLANS_H
#define CLOISTER_PLANS_H

#include "supervisor/engine/workloads.h"

enum { PLAN_ITEMS = 256, PLAN_IMAGES = 4 };

/* What the engine needs to know of a plan; the bytes are spawn's to judge. */
struct plan_item {
	uint8_t digest[DIGEST_LEN];
	int fd;	  /* sealed memfd */
	int text; /* without MAY_PLAN: the sealed request that spawn makes the very plan of; -1 */
	uint64_t features; /* FEAT_BITs that are on */
	uint64_t stop_ns, startup_ns, log_rate;
	uint64_t memory_max;		 /* UINT64_MAX: none */
	uint64_t pids_max, cpu_permille; /* 0: none */
	uint64_t lifetime_ns;		 /* 0: as long as it likes */
	uint32_t ready;			 /* enum plan_ready */
	uint32_t nimage, has_command, has_landlock, stop_signal, zero;
	uint8_t image[PLAN_IMAGES][DIGEST_LEN];
	bool stored;   /* it is in state.db */
	uint64_t used; /* CLOCK_BOOTTIME; 0: free */
};

int plans_open(struct engine *e, struct fault *f) MUST_USE;

/*
 * Pure: reads what the engine needs from n bytes of a plan, every offset checked. Returns 0 or
 * -EBADMSG. fd and used stay as they are.
 */
int plan_read(const void *plan, size_t n, struct plan_item *ret, struct fault *f) MUST_USE;

/* Keeps a plan; the same bytes again are the same item. *ret is valid until the next call. */
int plans_add(struct engine *e, const void *plan, size_t n, struct plan_item **ret,
	      struct fault *f) MUST_USE;

/*
 * pinned.c: where only the operator's texts may run. plan_keep_text() keeps with p, the plan of
 * tenant/name, the request that spawn makes it of, in state/ too; plan_is_made(): is that how it
 * has to be loaded? pinned_open() forgets those of plans that are gone.
 */
struct bundle;
int pinned_open(struct engine *e, struct fault *f) MUST_USE;
int plan_keep_text(struct engine *e, const char *tenant, const char *name, const struct bundle *b,
		   struct plan_item *p, struct fault *f) MUST_USE;
bool plan_is_made(const struct engine *e, struct plan_item *p);

/* By hash, from memory or from state.db; NULL: not there. */
struct plan_item *plans_find(struct engine *e, const uint8_t digest[DIGEST_LEN]);

/* By hash, from memory alone. */
struct plan_item *plans_kept(struct engine *e, const uint8_t digest[DIGEST_LEN]);

/* Any of those in memory may have gone from state.db. */
void plans_swept(struct engine *e);

/* Its bytes, to be let go of with sealed_unmap(): how many, or <0. */
int plan_map(const struct plan_item *p, const void **ret, struct fault *f) MUST_USE;

bool plan_has_tty(const struct plan_item *p); /* feature pty */

/* Whether it has a network that netd makes, and NETD_* flags of that. */
bool plan_has_net(const struct plan_item *p);
uint32_t plan_net_flags(const struct plan_item *p);

/* The row of (tenant, plan); ROW_NONE. load_take makes one when there is none, dropping what was
 * not used for longest; ROW_NONE: all are in use. */
uint32_t load_find(const struct engine *e, uint32_t tenant, const uint8_t digest[DIGEST_LEN]);
uint32_t load_take(struct engine *e, uint32_t tenant, const uint8_t digest[DIGEST_LEN]);
/* Drops it and what was made ahead for it: what is still on its way at its answer, and the row is
 * nobody else's until then. */
void load_free(struct engine *e, uint32_t load);
/* The policy is another: the next start loads it again, and one on its way is asked for again. */
void load_renew(struct engine *e, uint32_t load);

/* The plan's answer came. GONE: it was for nobody; AGAIN: it has to be asked for again. */
enum loaded { LOADED_GONE = -1, LOADED = 0, LOADED_AGAIN };
struct reply;
enum loaded load_loaded(struct engine *e, uint32_t load, const struct reply *r) MUST_USE;

/* makes.c: has a plan loaded into spawn, which life_shared() and limits_loaded() hear of; or they
 * hear why not. */
void make_load(struct engine *e, uint32_t tenant, const uint8_t digest[DIGEST_LEN]);
/* execs.c: a plan of the tenant's is loaded now, or (f) cannot be: execs that waited go on */
void exec_shared(struct engine *e, uint32_t tenant, const struct fault *f, const uint8_t *digest);

uint32_t attach_find(const struct engine *e, uint32_t tenant, const uint8_t digest[DIGEST_LEN]);
uint32_t attach_take(struct engine *e, uint32_t tenant, const uint8_t digest[DIGEST_LEN]);
void attach_drop(struct engine *e, uint32_t attach); /* one that is made, or on its way */

/* Makes ahead what the next run of w's plan needs; ahead_drop lets go of all of a tenant's. */
void ahead_make(struct engine *e, uint32_t w);
void ahead_drop(struct engine *e, uint32_t tenant);

#endif
