/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steps.h - the lifecycle of a workload as a table, and the pure function over it.
 */
#ifndef CLOISTER_STEPS_H
#define CLOISTER_STEPS_H

#include "lib/base/base.h"

enum step {
	STEP_BIND,   /* tenant: registry row, user namespace, cgroup  */
	STEP_LIMITS, /* tenant: limits of its own cgroup              */
	STEP_IMAGES, /* tenant: every image of the plan is attached   */
	STEP_PLAN,   /* tenant: the plan is loaded into spawn         */
	STEP_CGROUP, /* workload: leaf with limits                    */
	STEP_NET,    /* workload: a network namespace from the pool   */
	STEP_LOG,    /* workload: a log relay                         */
	STEP_START,  /* workload: its processes                       */
	STEP__COUNT
};
#define STEP_BIT(s) (1u << (s))

/* Whose object a step makes: a tenant's stay when a workload goes. */
enum step_scope { SCOPE_TENANT = 1, SCOPE_WORKLOAD };

enum step_worker { BY_SPAWN = 1, BY_NETD, BY_VOLUMED };

struct step_row {
	const char *name;
	uint8_t scope, by;
	uint32_t after; /* STEP_BITs that must be there first, as far as they are needed */
};
extern const struct step_row step_table[STEP__COUNT];

enum step_want { WANT_GONE = 0, WANT_RUN };

struct step_state {
	uint32_t have;	  /* STEP_BITs of what is there          */
	uint32_t pending; /* being made or dropped at the moment */
	uint32_t needs;	  /* what this workload is made of       */
	uint32_t want;	  /* enum step_want                      */
};

enum action_kind { ACTION_NONE = 0, ACTION_MAKE, ACTION_DROP };

struct action {
	enum action_kind kind;
	enum step step;
};

/*
 * Pure: the next single action, given what is there and what is wanted; ACTION_NONE when the goal
 * is reached or an answer must come first. Called again at once, with the step in pending, it
 * names what can go on beside it. Drops come last built first and touch the workload's own alone.
 */
struct action step_next(const struct step_state *s) MUST_USE;

/* Pure: is there nothing left to do? */
int step_done(const struct step_state *s) MUST_USE;

#endif
