/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply.h - the difference between what files say and what is there, as a list of changes.
 */
#ifndef CLOISTER_APPLY_H
#define CLOISTER_APPLY_H

#include "supervisor/engine/workloads.h"

struct bundle;
struct compile_view;

enum { CHANGES_MAX = 1024, APPLY_TENANTS = 256, APPLY_FILES = 48 };

/* In the order in which they are carried out. */
enum change_action {
	CHANGE_NONE = 0,
	CHANGE_REMOVE,	      /* a workload that its file does not name any more */
	CHANGE_REMOVE_TENANT, /* a tenant likewise */
	CHANGE_CREATE,	      /* a tenant */
	CHANGE_LIMIT,	      /* a tenant's limits, ceilings or features */
	CHANGE_IMAGE,	      /* an image is to be built first: by the client */
	CHANGE_LIVE,	      /* limits of what runs: it goes on */
	CHANGE_RESTART,
	CHANGE_START,
	CHANGE_KEEP,
	CHANGE__COUNT
};

struct change {
	uint32_t action;
	uint32_t w,
		life;	 /* REMOVE, LIVE, RESTART, START of what is there: its row; else ROW_NONE */
	uint32_t tenant; /* CREATE, LIMIT: which of apply.tenant */
	uint32_t restart; /* LIVE, RESTART, START, KEEP: enum compile_restart */
	char tenant_name[LABEL_MAX], name[LABEL_MAX], profile[NAME_SIZE];
	char detail[192];
	uint8_t plan[DIGEST_LEN], origin[ORIGIN_LEN];
};

struct apply {
	struct change change[CHANGES_MAX];
	struct tenant_row tenant[APPLY_TENANTS]; /* as the files want them */
	uint8_t origin[APPLY_FILES][ORIGIN_LEN]; /* the files of this apply */
	uint32_t n, norigin;
};

/* Which file: the first half of the hash of its name. */
void apply_origin(const char *name, uint8_t origin[ORIGIN_LEN]);

/* Fills *a from a compile without errors. Plans are kept (plans_add). Changes nothing else. */
int apply_diff(struct engine *e, struct apply *a, const struct compile_view *v,
	       const struct bundle *b, struct fault *f) MUST_USE;

const char *change_name(uint32_t action);

#endif
