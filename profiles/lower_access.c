/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower_access.c - path facts to Landlock rules, syscall facts to rules and the filter.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/lower.h"
#include "profiles/arena.h"
#include "profiles/blob.h"
#include "profiles/diag.h"
#include "profiles/filter.h"
#include "profiles/meet.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/syscall.h>

/* Landlock's bits by number: the headers of Debian 12 end at ABI 2. */
enum {
	LL_EXECUTE = 1 << 0,
	LL_WRITE_FILE = 1 << 1,
	LL_READ_FILE = 1 << 2,
	LL_READ_DIR = 1 << 3,
	LL_REMOVE_DIR = 1 << 4,
	LL_REMOVE_FILE = 1 << 5,
	LL_MAKE_DIR = 1 << 7,
	LL_MAKE_REG = 1 << 8,
	LL_MAKE_SOCK = 1 << 9,
	LL_MAKE_FIFO = 1 << 10,
	LL_MAKE_SYM = 1 << 12,
	LL_REFER = 1 << 13,
	LL_TRUNCATE = 1 << 14,
	LL_IOCTL_DEV = 1 << 15,
	LL_FILE = LL_EXECUTE | LL_WRITE_FILE | LL_READ_FILE | LL_TRUNCATE | LL_IOCTL_DEV,
	LL_BIND_TCP = 1,
	LL_CONNECT_TCP = 2,
	LL_SCOPES = 3,
	ABI_MOST = 6, /* what this compiler knows rights of */
	PORT_FIRST_HIGH = 1024,
};

static const uint64_t right_access[RIGHT__COUNT] = {
	[RIGHT_READ] = LL_READ_FILE,
	[RIGHT_LIST] = LL_READ_DIR,
	[RIGHT_WRITE] = LL_WRITE_FILE | LL_TRUNCATE,
	[RIGHT_CREATE] = LL_MAKE_REG | LL_MAKE_DIR | LL_MAKE_SYM | LL_MAKE_FIFO,
	[RIGHT_DELETE] = LL_REMOVE_FILE | LL_REMOVE_DIR,
	[RIGHT_MOVE] = LL_REFER,
	[RIGHT_EXEC] = LL_EXECUTE,
	[RIGHT_SOCKET] = LL_MAKE_SOCK,
	[RIGHT_IOCTL] = LL_IOCTL_DEV,
};

uint32_t lower_abi(const struct job *j)
{
	if (j->x->is_ceiling || j->host->landlock_abi > ABI_MOST)
		return ABI_MOST;
	return j->host->landlock_abi;
}

static uint64_t handled_fs(uint32_t abi)
{
	uint64_t fs = abi >= 1 ? 0x1fff : 0;

	if (abi >= 2)
		fs |= LL_REFER;
	if (abi >= 3)
		fs |= LL_TRUNCATE;
	if (abi >= 5)
		fs |= LL_IOCTL_DEV;
	return fs;
}

/*
 * Connecting is handled only where nothing may be connected to: a rule has ports and no addresses,
 * and with net.loopback the network namespace says where a connection can go. Binding is handled
 * unless every port that the kernel leaves to an unprivileged program is open anyway.
 */
static uint64_t handled_net(const struct job *j)
{
	uint64_t net = LL_BIND_TCP | LL_CONNECT_TCP;
	uint32_t i;

	if (lower_abi(j) < 4)
		return 0;
	if (job_has(j, FEAT_NET_LOOPBACK))
		net &= ~(uint64_t)LL_CONNECT_TCP;
	for (i = 0; i < j->x->nnet; i++)
		if (j->x->net[i].proto == 6 && j->x->net[i].lo <= PORT_FIRST_HIGH &&
		    j->x->net[i].hi == UINT16_MAX)
			net &= ~(uint64_t)LL_BIND_TCP;
	return net;
}

static uint64_t access_of(const struct pathfact *p, uint64_t handled)
{
	uint64_t access = 0;
	uint32_t i;

	for (i = 0; i < RIGHT__COUNT; i++)
		if (p->rights & RIGHT_BIT(i))
			access |= right_access[i];
	if (p->path[strlen(p->path) - 1] != '/')
		access &= LL_FILE;
	return access & handled;
}

/* Paths by name, each once; what stands twice is united. */
static uint32_t sorted_paths(const struct job *j, struct pathfact *out)
{
	uint32_t n = 0, i, k;

	for (i = 0; i < j->x->npath; i++) {
		struct pathfact v = j->x->path[i];

		/* without the skeleton's links: an exec follows none (sandbox/enter.c) */
		v.path = lower_real(j, v.path);
		for (k = 0; k < n && strcmp(out[k].path, v.path) < 0; k++)
			continue;
		if (k < n && !strcmp(out[k].path, v.path)) {
			out[k].rights |= v.rights;
			out[k].optional &= v.optional;
			continue;
		}
		memmove(&out[k + 1], &out[k], (n - k) * sizeof(*out));
		out[k] = v;
		n++;
	}
	return n;
}

static void lower_ports(struct job *j)
{
	struct plan_llrule *row;
	uint32_t i, port;

	for (i = 0; i < j->x->nnet; i++) {
		const struct netfact *n = &j->x->net[i];

		if (n->proto != 6)
			continue;
		if (n->hi - n->lo >= PLAN_LLRULES_MAX) {
			diag_help(j->d,
				  diag_error(j->d, 53, n->at, "%u ports of one fact",
					     n->hi - n->lo + 1u),
				  "the limit is %d; or allow 1024..65535, all of them",
				  PLAN_LLRULES_MAX);
			return;
		}
		for (port = n->lo; port <= n->hi; port++) {
			row = blob_add(j->blob, PLAN_LLRULE, n->at);
			row->access = LL_BIND_TCP;
			row->port = port;
			row->flags = LLRULE_PORT;
		}
	}
}

void lower_landlock(struct job *j)
{
	struct plan_landlock *ll = blob_add(j->blob, PLAN_LANDLOCK, (struct at){ 0 });
	struct pathfact *path = arena_get(j->tables, (PATHS_MAX + 1) * sizeof(*path));
	uint32_t i, n = path ? sorted_paths(j, path) : 0;

	ll->fs = handled_fs(lower_abi(j));
	ll->net = j->x->is_ceiling ? 0 : handled_net(j); /* its ports are in NETRULE */
	ll->scoped = lower_abi(j) >= 6 ? LL_SCOPES : 0;
	j->blob->full |= !path;
	if (j->x->is_ceiling && !(j->x->listed & LISTED_PATH))
		return;
	for (i = 0; i < n; i++) {
		uint64_t access = access_of(&path[i], ll->fs);
		struct plan_llrule *row;

		if (!access)
			continue;
		row = blob_add(j->blob, PLAN_LLRULE, path[i].at);
		row->path = blob_str(j->blob, path[i].path);
		row->access = access;
		row->flags = path[i].optional ? LLRULE_OPTIONAL : 0;
	}
	if (ll->net & LL_BIND_TCP)
		lower_ports(j);
}

/* ---- system calls ---- */

static bool absorbed(const struct facts *x, uint32_t i)
{
	uint32_t k;

	for (k = 0; k < x->nsys; k++)
		if (k != i && x->sys[k].nr == x->sys[i].nr &&
		    clause_inside(&x->sys[i], &x->sys[k]) &&
		    (k < i || !clause_inside(&x->sys[k], &x->sys[i])))
			return true;
	return false;
}

/* One clause: a row for each condition, or one without. */
static void put_clause(struct job *j, const struct sysfact *s, uint16_t clause)
{
	struct plan_sysrule *row;
	uint8_t i, any = 0;

	for (i = 0; i < SYS_ARGS; i++) {
		if (!s->arg[i].mask)
			continue;
		row = blob_add(j->blob, PLAN_SYSRULE, s->at);
		*row = (struct plan_sysrule){ .nr = s->nr,
					      .clause = clause,
					      .arg = i,
					      .width = s->width[i],
					      .mask = s->arg[i].mask,
					      .value = s->arg[i].value };
		any = 1;
	}
	if (any)
		return;
	row = blob_add(j->blob, PLAN_SYSRULE, s->at);
	*row = (struct plan_sysrule){ .nr = s->nr,
				      .clause = clause,
				      .phase = s->startup,
				      .arg = SYSRULE_ALWAYS,
				      .width = 8 };
}

static void lower_rules(struct job *j)
{
	const struct facts *x = j->x;
	uint32_t nr, i, last = SYS_execveat;
	uint16_t clause;

	for (i = 0; i < x->nsys; i++)
		last = x->sys[i].nr > last ? x->sys[i].nr : last;
	for (nr = 0; nr <= last; nr++) {
		struct sysfact start = { .nr = (uint16_t)nr, .at = x->at, .startup = 1 };

		clause = 0;
		if ((nr == SYS_execve || nr == SYS_execveat) && !(x->on & FEAT_BIT(FEAT_EXEC))) {
			put_clause(j, &start, 0); /* A.9: named or not */
			continue;
		}
		for (i = 0; i < x->nsys; i++) {
			struct sysfact s = x->sys[i];

			if (s.nr == nr && !absorbed(x, i) && facts_without_huge(x, &s))
				put_clause(j, &s, clause++);
		}
	}
}

int lower_filter(struct job *j, struct fault *f)
{
	const struct setfact *missing = &j->x->set[SET_MISSING];
	struct filter_ask ask = { .features = j->x->on };
	struct sock_filter *code = arena_get(j->tables, PLAN_BPF_MAX * sizeof(*code));
	struct plan_seccomp *head;
	size_t n = 0, i;
	int r;

	if (!code)
		return fault_set(f, -ENOMEM, "lower.memory", "a filter");
	lower_rules(j);
	ask.rules = (const struct plan_sysrule *)(void *)j->blob->row[PLAN_SYSRULE];
	ask.count = j->blob->n[PLAN_SYSRULE];
	ask.missing =
		missing->n && !strcmp(missing->value[0], "kill") ? MISSING_KILL : MISSING_ERRNO;
	r = filters_build(j->filters, &ask, code, &n, f);
	if (r == -E2BIG) { /* the author can do something about it */
		diag_error(j->d, 53, j->x->at, "the filter is longer than %d instructions",
			   PLAN_BPF_MAX);
		return 0;
	}
	if (r < 0)
		return r;
	head = blob_add(j->blob, PLAN_SECCOMP, (struct at){ 0 });
	head->count = (uint32_t)n;
	for (i = 0; i < ask.count; i++)
		head->flags |= ask.rules[i].phase ? PLAN_SECCOMP_LISTENER : 0;
	for (i = 0; i < n; i++)
		*(struct sock_filter *)blob_add(j->blob, PLAN_BPF, (struct at){ 0 }) = code[i];
	return 0;
}
