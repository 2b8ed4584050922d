/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_want.c - what a filter must answer, straight from the rules; the judge of filter_prove.c.
 * Runs in: cloister-compile. Pure. Must not share code with filter_emit(), which it judges.
 */
#include "profiles/filter.h"
#include "profiles/filter_parts.h"
#include "profiles/systab.h"
#include "lib/plan/feature.h"

#include <errno.h>
#include <linux/audit.h>
#include <sys/syscall.h>

enum { X32_BIT = 0x40000000 };

int filter_is_floor(unsigned nr)
{
	/* A task must be able to die, to leave a handler and to get through the C library's exit;
	 * a start needs one exec (profiles-audit A.9). */
	static const uint16_t floor[] = {
		SYS_exit,  SYS_exit_group,  SYS_rt_sigreturn, SYS_restart_syscall,
		SYS_futex, SYS_sched_yield, SYS_execve,	      SYS_execveat,
	};

	for (size_t i = 0; i < ARRAY_LEN(floor); i++)
		if (floor[i] == nr)
			return 1;
	return 0;
}

struct rule_span rules_of(const struct filter_ask *ask, unsigned nr)
{
	size_t lo = 0, hi = ask->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ask->rules[mid].nr < nr)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (hi < ask->count && ask->rules[hi].nr == nr)
		hi++;
	return (struct rule_span){ ask->rules + lo, hi - lo };
}

struct rule_span rules_clause(struct rule_span *rest)
{
	struct rule_span one = { rest->row, 0 };

	while (one.count < rest->count && one.row[one.count].clause == one.row[0].clause)
		one.count++;
	rest->row += one.count;
	rest->count -= one.count;
	return one;
}

int clause_pins(struct rule_span clause, unsigned arg, uint32_t mask, uint32_t *ret)
{
	for (size_t i = 0; i < clause.count; i++) {
		const struct plan_sysrule *r = &clause.row[i];

		if (r->arg != arg || ((uint32_t)r->mask & mask) != mask)
			continue;
		*ret = (uint32_t)r->value & mask;
		return 1;
	}
	return 0;
}

/* A row of phase 1 stands alone for its call; an exec is never refused to the start itself. */
static int is_startup(const struct filter_ask *ask, unsigned nr)
{
	struct rule_span rules = rules_of(ask, nr);

	if (nr == SYS_execve || nr == SYS_execveat)
		return !(ask->features & FEAT_BIT(FEAT_EXEC));
	return rules.count == 1 && rules.row[0].phase;
}

static int clause_fits(struct rule_span clause, const uint64_t args[6])
{
	for (size_t i = 0; i < clause.count; i++) {
		const struct plan_sysrule *r = &clause.row[i];

		if (r->arg != SYSRULE_ALWAYS && (args[r->arg] & r->mask) != r->value)
			return 0;
	}
	return 1;
}

static int any_fits(struct rule_span rest, const uint64_t args[6])
{
	while (rest.count)
		if (clause_fits(rules_clause(&rest), args))
			return 1;
	return 0;
}

static int takes_family(unsigned nr)
{
	return nr == SYS_socket || nr == SYS_socketpair;
}

/* Does the profile leave this family closed, whatever type and protocol? */
static int family_closed(struct rule_span rest, uint32_t family)
{
	uint32_t v;

	while (rest.count)
		if (!clause_pins(rules_clause(&rest), 0, UINT32_MAX, &v) || v == family)
			return 0;
	return 1;
}

uint32_t filter_refusal(const struct filter_ask *ask, uint16_t err)
{
	/* An errno of its own is there for a fallback and stays; plain EPERM may kill. */
	if (err == EPERM && ask->missing == MISSING_KILL)
		return SECCOMP_RET_KILL_PROCESS;
	return SECCOMP_RET_ERRNO | err;
}

uint32_t filter_left(const struct filter_ask *ask, unsigned nr)
{
	if (nr == SYS_ioctl)
		return filter_refusal(ask, ENOTTY); /* row S12 */
	if (nr == SYS_openat2)
		return filter_refusal(ask, ENOSYS); /* profiles-audit A.9 */
	return filter_refusal(ask, EPERM);
}

/* A call that no clause names. */
static uint32_t unnamed(const struct filter_ask *ask, unsigned nr)
{
	const struct hard_row *never = hard_never(nr, ask->features);

	if (never)
		return filter_refusal(ask, never->err);
	if (takes_family(nr))
		return filter_refusal(ask, EAFNOSUPPORT); /* every family is closed */
	return nr == SYS_openat2 ? filter_left(ask, nr) : filter_refusal(ask, EPERM);
}

uint32_t filter_want(const struct filter_ask *ask, uint32_t arch, uint32_t nr,
		     const uint64_t args[6])
{
	struct rule_span rules;
	const struct hard_row *hard;

	if (arch != AUDIT_ARCH_X86_64 || (nr >= X32_BIT && nr != UINT32_MAX))
		return SECCOMP_RET_KILL_PROCESS;
	if (!systab_name(nr))
		return SECCOMP_RET_ERRNO | ENOSYS;
	if (is_startup(ask, nr) && !hard_never(nr, ask->features))
		return SECCOMP_RET_USER_NOTIF;
	if (filter_is_floor(nr))
		return SECCOMP_RET_ALLOW;
	rules = rules_of(ask, nr);
	if (rules.count == 0)
		return unnamed(ask, nr);
	hard = hard_refuses(nr, args, ask->features);
	if (!hard && any_fits(rules, args))
		return SECCOMP_RET_ALLOW;
	if (takes_family(nr) && family_closed(rules, (uint32_t)args[0]))
		return filter_refusal(ask, EAFNOSUPPORT);
	return hard ? filter_refusal(ask, hard->err) : filter_left(ask, nr);
}
