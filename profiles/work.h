/* SPDX-License-Identifier: Apache-2.0 */
/*
 * work.h - one compile: the request read, the units known, the answer growing.
 */
#ifndef CLOISTER_WORK_H
#define CLOISTER_WORK_H

#include "profiles/answer.h"
#include "profiles/lower.h"
#include "profiles/resolve.h"

/* A ceiling that was read: several workloads have the same ones. */
struct ceiling {
	const struct unit_ref *unit;
	struct facts facts;
	uint8_t sha256[DIGEST_LEN];
};

struct work {
	struct arena arena;  /* texts, reports, ceilings: for the whole compile */
	struct arena trees;  /* tokens and nodes of all sources */
	struct arena tables; /* of one job at a time */
	struct diags d;
	struct library lib;
	struct host host;
	const struct compile_req *req;
	struct answer answer;
	struct ceiling *ceiling[LAYERS_MAX];
	uint32_t nceiling;
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

/* Adds the names behind 'under' in a unit's header. */
int layers_under(struct work *w, struct job *j, const struct unit_ref *u, struct fault *f) MUST_USE;

/* Adds the request's default ceilings; at: where to complain when one is not there. */
int layers_default(struct work *w, struct job *j, struct at at, struct fault *f) MUST_USE;

/* Checks the profile by itself and under every layer; fills the ceilings' hash. */
void layers_meet(struct job *j, const struct work *w);

/* All tenant and image units of the request's own files, into the answer. */
int tenant_files(struct work *w, struct fault *f) MUST_USE;

#endif
