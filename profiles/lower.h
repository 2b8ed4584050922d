/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower.h - facts to plan: what a profile that passed its ceilings means on this host.
 */
#ifndef CLOISTER_LOWER_H
#define CLOISTER_LOWER_H

#include "profiles/facts.h"

struct blob;
struct filters;
struct compile_image;

/* What the plan is made for. */
struct host {
	uint32_t landlock_abi, kernel, flags; /* flags: enum host_flag of asks/spawn.h */
	const struct compile_image *image;
	uint32_t nimage;
	bool any_image; /* COMPILE_CHECK: every name is taken to be there */
	bool by_name;	/* COMPILE_COMPARE: and in ceilings, two of one name being the same */
};

enum { LAYERS_MAX = 16, RENAMES_MAX = 16 };

/* image a as b */
struct rename {
	const char *from, *to;
	struct at at;
};

/* The command of a workload; path NULL: it comes with the start. */
struct command {
	const char *path;
	const char *arg[PLAN_ARGS_MAX]; /* path itself is not in it */
	uint32_t narg;
	struct at at;
};

struct envvalue {
	const char *name, *value;
	struct at at;
};

/* One plan to make. */
struct job {
	struct diags *d;
	const struct host *host;
	struct facts *x;			 /* meet done */
	const struct facts *ceiling[LAYERS_MAX]; /* at least one */
	uint32_t nceiling;
	uint32_t nowner; /* so many of them, the first, are the operator's for this tenant: the plan
			    names them. The profile's author can only add. */
	uint64_t tenant_off;  /* FEAT_BIT()s that the tenant's file closes */
	const char *hostname; /* unless the profile sets one */
	struct rename rename[RENAMES_MAX];
	uint32_t nrename;
	struct command command;
	struct envvalue *env;
	uint32_t nenv;
	uint8_t source_sha256[DIGEST_LEN], ceiling_sha256[DIGEST_LEN];
	/* out: names of host images that the mounts need, the missing ones first */
	const char *image[PLAN_MOUNTS_MAX];
	uint32_t nimage, nmissing;
	struct blob *blob;
	struct arena *tables;	 /* for what lives as long as the job */
	struct filters *filters; /* of the compile; NULL: none are kept */
};

/* Which images the job needs; fills job.image. Reports nothing. */
void lower_images(struct job *j);

/*
 * Makes the plan of a job whose facts have no error. *ret is in the arena. Returns 0; < 0 a fault
 * of ours or of the size. What the host cannot do is reported.
 */
int lower_plan(struct job *j, void **ret, size_t *ret_n, struct fault *f) MUST_USE;

/* Reports what the host cannot enforce (P080). */
void lower_host(struct job *j);

/* Filters that were built and proved before, in the arena of the whole compile (filter_kept.c).
 * NULL: no room. */
struct filters *filters_new(struct arena *a) MUST_USE;

/* Parts: lower_limits.c, lower_mounts.c, lower_access.c. */
void lower_limits(struct job *j);
/* path without the skeleton's links (/lib is /usr/lib); "" when memory is at its bound */
const char *lower_real(const struct job *j, const char *path);
void lower_mounts(struct job *j);
void lower_landlock(struct job *j);
int lower_filter(struct job *j, struct fault *f) MUST_USE;

/* A limit whose target is a knob, as the knob's two words. */
void limit_knob(enum limit_id id, uint64_t v, uint64_t ret[2]);

/* The Landlock ABI the plan is made for. */
uint32_t lower_abi(const struct job *j);

/* The host's name of the image that the profile calls name. */
const char *lower_image_name(const struct job *j, const char *name);

static inline bool job_has(const struct job *j, enum feature feature)
{
	return j->x->on & FEAT_BIT(feature);
}

#endif
