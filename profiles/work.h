/* SPDX-License-Identifier: Apache-2.0 */
/*
 * work.h - one compile: the request read, the units known, the answer growing.
 */
#ifndef CLOISTER_WORK_H
#define CLOISTER_WORK_H

#include "profiles/arena.h"
#include "profiles/diag.h"
#include "profiles/lower.h"
#include "profiles/resolve.h"

/* ---- the answer while it is being written (answer.c) ---- */

enum { ANSWER_IMAGES_MAX = 256, ANSWER_TENANTS_MAX = 256, ANSWER_WORKLOADS_MAX = 1024 };

struct answer {
	uint8_t *block; /* COMPILE_OUT_MAX bytes; the header stands first */
	uint32_t used;
	bool full;
	struct compile_image_unit *image;
	struct compile_tenant *tenant;
	struct compile_workload *workload;
	uint32_t nimage, ntenant, nworkload;
	uint32_t plan_off, plan_len;
	struct compile_text text;
};

/* Returns 0 or -ENOMEM. */
int answer_init(struct answer *a, struct arena *arena, struct fault *f) MUST_USE;

/* Keeps n bytes, NUL-ended. */
struct compile_text answer_text(struct answer *a, const char *s, size_t n);

/* Keeps a plan, 8-byte aligned; returns its offset, 0 when the answer is full. */
uint32_t answer_plan(struct answer *a, const void *plan, size_t n);

/* Writes reports, rows and header. An answer with errors carries no rows and no plans: nothing of a
 * bad request is acted on. *ret is the answer, *ret_n its length. */
void answer_seal(struct answer *a, struct diags *d, const void **ret, size_t *ret_n);

/* ---- the work ---- */

/* A ceiling that was read: several workloads have the same ones. */
struct ceiling {
	const struct unit_ref *unit;
	struct facts facts;
	uint8_t sha256[DIGEST_LEN];
};

enum { CEILINGS_MAX = 32 };

struct work {
	struct arena arena;  /* texts, reports, ceilings: for the whole compile */
	struct arena trees;  /* tokens and nodes of all sources */
	struct arena tables; /* of one job at a time */
	struct diags d;
	struct filters *filters; /* filter_kept.c: built and proved in this compile */
	struct library lib;
	struct host host;
	const struct compile_req *req;
	struct answer answer;
	struct ceiling *ceiling[CEILINGS_MAX];
	uint32_t nceiling;
	const void *bare; /* COMPILE_HOST, COMPILE_MAKE: the answer, and its length */
	size_t bare_len;
	const char *host_ceiling; /* COMPILE_HOST: of a tenant whose file names none */
};

/* Reads and checks the request of n bytes: every offset and count. Sources are not parsed yet.
 * Returns 0, or -EBADMSG. Too much text is reported (P053). */
int request_read(struct work *w, const void *req, size_t n, struct fault *f) MUST_USE;

/* Fills j for a profile: its facts with includes, its hash, presets. Returns 0 or -ENOMEM. */
int layers_profile(struct work *w, const struct unit_ref *profile, struct job *j,
		   struct fault *f) MUST_USE;

/* Adds a ceiling to the job's layers, once. */
int layers_add(struct work *w, struct job *j, const struct unit_ref *ceiling,
	       struct fault *f) MUST_USE;

/* Fills j for the bytes of a ceiling: lower_plan() lays them out (plan_within.h). */
int layers_ceiling(struct work *w, const struct unit_ref *ceiling, struct job *j,
		   struct fault *f) MUST_USE;

/* Adds the names behind 'under' in a unit's header. */
int layers_under(struct work *w, struct job *j, const struct unit_ref *u, struct fault *f) MUST_USE;

/* Adds the request's default ceilings; at: where to complain when one is not there. */
int layers_default(struct work *w, struct job *j, struct at at, struct fault *f) MUST_USE;

/* Checks the profile by itself and under every layer; fills the ceilings' hash. */
void layers_meet(struct job *j, const struct work *w);

/* explain_mode.c, format_mode.c: the requests that make no plan. */
int format_mode(struct work *w, struct fault *f) MUST_USE;
int explain_mode(struct work *w, struct fault *f) MUST_USE;
/* The facts of the profile or ceiling named, or with EXPLAIN_FRAGMENTS also of a fragment; *ret
 * stays NULL where there is none, which is reported. */
enum { EXPLAIN_LAYERS = 2, EXPLAIN_FRAGMENTS };
int explain_read(struct work *w, size_t nkinds, struct facts **ret, struct fault *f) MUST_USE;
/* lint.c: findings about the one named. */
int lint_mode(struct work *w, struct fault *f) MUST_USE;
/* compare_mode.c: the units of two files, or of the library, against each other. */
int compare_mode(struct work *w, struct fault *f) MUST_USE;
/* COMPILE_HOST and COMPILE_MAKE (host.c); w->bare where there is no error in the text. */
int host_mode(struct work *w, struct fault *f) MUST_USE;
int make_mode(struct work *w, struct fault *f) MUST_USE;

/* That, and 0; or the errors as text, and 1. */
int host_answer(struct work *w, const void **ret, size_t *ret_n);

/* All tenant and image units of the request's own files, into the answer. */
int tenant_files(struct work *w, struct fault *f) MUST_USE;

#endif
