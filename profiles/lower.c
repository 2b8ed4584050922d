/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower.c - facts to plan: identity, features, environment, command, and the order of the parts.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/lower.h"
#include "profiles/arena.h"
#include "profiles/blob.h"
#include "profiles/diag.h"
#include "lib/base/fault.h"
#include "lib/plan/plan_check.h"

#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

enum {
	COMPILER_VERSION = 1,
	LANGUAGE_VERSION = 1,
	SECUREBITS = 0xef, /* launch.md C9 */
	UMASK = 022,
	MIN_KERNEL = 6 << 16 | 1 << 8, /* KERNEL_VERSION(6, 1, 0) */
};

static const struct at nowhere;

static const char *setting(const struct facts *x, enum setting id)
{
	return x->set[id].n ? x->set[id].value[0] : "";
}

static void lower_ident(struct job *j)
{
	static const char *const ready[READY__COUNT] = {
		[READY_TIME] = "time", [READY_LISTEN] = "listen", [READY_NOTIFY] = "notify"
	};
	struct plan_ident *row = blob_add(j->blob, PLAN_IDENT, j->x->at);
	const char *host = setting(j->x, SET_HOSTNAME);

	row->profile = blob_str(j->blob, j->x->name);
	row->hostname = blob_str(j->blob, *host ? host : j->hostname);
	row->user = blob_str(j->blob, setting(j->x, SET_USER));
	row->timezone = blob_str(j->blob, setting(j->x, SET_TIMEZONE));
	row->language = LANGUAGE_VERSION;
	row->compiler = COMPILER_VERSION;
	while (row->ready + 1 < READY__COUNT && strcmp(ready[row->ready], setting(j->x, SET_READY)))
		row->ready++;
	row->missing =
		strcmp(setting(j->x, SET_MISSING), "kill") == 0 ? MISSING_KILL : MISSING_ERRNO;
}

static void lower_fixed(struct job *j)
{
	struct plan_features *features = blob_add(j->blob, PLAN_FEATURES, nowhere);
	struct plan_ns *ns = blob_add(j->blob, PLAN_NS, nowhere);
	struct plan_caps *caps = blob_add(j->blob, PLAN_CAPS, nowhere);
	uint32_t i;

	features->on = j->x->on;
	features->permitted = ~j->tenant_off & (FEAT_BIT(FEAT__COUNT) - 1);
	for (i = 0; i < j->nceiling; i++)
		features->permitted &= j->ceiling[i]->on;
	ns->clone_mask = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS |
			 CLONE_NEWIPC | CLONE_NEWCGROUP;
	caps->securebits = SECUREBITS;
	caps->no_new_privs = 1;
}

static void env(struct job *j, const char *name, const char *value, struct at at)
{
	struct plan_env *row = blob_add(j->blob, PLAN_ENV, at);

	row->name = blob_str(j->blob, name);
	row->value = blob_str(j->blob, value);
}

/* The tenant's value for a name, or NULL. */
static const struct envvalue *given(const struct job *j, const char *name)
{
	uint32_t i;

	for (i = 0; i < j->nenv; i++)
		if (!strcmp(j->env[i].name, name))
			return &j->env[i];
	return NULL;
}

/* launch.md 3.4: the environment, whole. A value of the tenant's file takes the place of ours. */
static void lower_env(struct job *j)
{
	const char *user = setting(j->x, SET_USER), *zone = setting(j->x, SET_TIMEZONE);
	const struct {
		const char *name, *value;
	} ours[] = { { "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
		     { "HOME", "/" },
		     { "USER", user },
		     { "LOGNAME", user },
		     { "LANG", "C.UTF-8" },
		     { "TZ", zone },
		     { "NOTIFY_SOCKET",
		       strcmp(setting(j->x, SET_READY), "notify") ? "" : "/run/notify" },
		     { "TERM", job_has(j, FEAT_PTY) ? "xterm-256color" : "" } };
	size_t i;

	for (i = 0; i < ARRAY_LEN(ours); i++)
		if (*ours[i].value && !given(j, ours[i].name))
			env(j, ours[i].name, ours[i].value, nowhere);
	for (i = 0; i < j->nenv; i++)
		env(j, j->env[i].name, j->env[i].value, j->env[i].at);
}

static void lower_exec(struct job *j)
{
	struct plan_exec *row = blob_add(j->blob, PLAN_EXEC, j->command.at);
	struct plan_str *arg;
	uint32_t i;

	row->cwd = blob_str(j->blob, "/");
	row->uid = row->gid = ID_WORKLOAD;
	row->umask = UMASK;
	if (!j->command.path)
		return;
	row->path = blob_str(j->blob, j->command.path);
	row->nargs = j->command.narg + 1;
	arg = blob_add(j->blob, PLAN_ARG, nowhere);
	*arg = row->path;
	for (i = 0; i < j->command.narg; i++) {
		arg = blob_add(j->blob, PLAN_ARG, nowhere);
		*arg = blob_str(j->blob, j->command.arg[i]);
	}
}

static void lower_net(struct job *j)
{
	struct plan_netrule *row;
	uint32_t i;

	for (i = 0; i < j->x->nnet; i++) {
		row = blob_add(j->blob, PLAN_NETRULE, j->x->net[i].at);
		row->dir = NET_IN;
		row->proto = j->x->net[i].proto;
		row->port_lo = j->x->net[i].lo;
		row->port_hi = j->x->net[i].hi;
	}
}

static void head_of(const struct job *j, struct plan_hdr *h)
{
	unsigned short off = 0;
	uint32_t i;

	memcpy(h->magic, PLAN_MAGIC, sizeof(h->magic));
	h->version = PLAN_VERSION;
	h->arch = EM_X86_64;
	h->min_kernel = MIN_KERNEL;
	h->min_landlock_abi = (uint8_t)lower_abi(j);
	h->nsections = PLAN__COUNT;
	memcpy(h->source_sha256, j->source_sha256, DIGEST_LEN);
	memcpy(h->ceiling_sha256, j->ceiling_sha256, DIGEST_LEN);
	for (i = 0; i < j->blob->n[PLAN_MOUNT]; i++)
		if (((const struct plan_mount *)(void *)j->blob->row[PLAN_MOUNT])[i].kind ==
		    MOUNT_HOST)
			h->flags |= PLAN_F_HOST_SOURCE;
	/* a test build: the bits of the layers to leave out */
	if (test_ablate() && sscanf(setting(j->x, SET_HOSTNAME), "ablate-%hx", &off) == 1)
		h->flags |= (uint16_t)(off & PLAN_F_ABLATE);
}

int lower_plan(struct job *j, void **ret, size_t *ret_n, struct fault *f)
{
	struct plan_hdr head = { 0 };
	int r;

	lower_host(j);
	j->blob = arena_get(j->tables, sizeof(*j->blob));
	if (!j->blob)
		return fault_set(f, -ENOMEM, "lower.memory", "a plan");
	r = blob_init(j->blob, j->tables, f);
	if (r < 0)
		return r;
	lower_ident(j);
	lower_fixed(j);
	lower_limits(j);
	r = lower_filter(j, f);
	if (r < 0)
		return r;
	lower_landlock(j);
	lower_mounts(j);
	lower_net(j);
	lower_env(j);
	lower_exec(j);
	if (j->d->nerror)
		return 0;
	head_of(j, &head);
	r = blob_seal(j->blob, &head, ret, ret_n, f);
	if (r == -E2BIG) {
		diag_error(j->d, 53, j->x->at, "the plan of '%s' is larger than a plan may be",
			   j->x->name);
		return 0;
	}
	if (r < 0)
		return r;
	/* the reader's own check: a plan that spawn would refuse is a fault of the compiler */
	r = plan_check(*ret, *ret_n, f);
	return r > 0 ? -EBADMSG : r;
}
