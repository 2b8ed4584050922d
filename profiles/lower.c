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
#include "lib/plan/plan_within.h"

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

static const char *const ready_names[READY__COUNT] = {
	[READY_TIME] = "time", [READY_LISTEN] = "listen", [READY_NOTIFY] = "notify"
};
static const char *const missing_names[MISSING__COUNT] = {
	[MISSING_ERRNO] = "errno", [MISSING_KILL] = "kill"
};

static const char *const stop_names[STOP__COUNT] = {
	[STOP_TERM] = "TERM", [STOP_INT] = "INT", [STOP_QUIT] = "QUIT"
};

/* Where v stands among the names; 0: nowhere. */
static uint16_t place_of(const char *const *names, uint16_t n, const char *v)
{
	uint16_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(names[i], v))
			return i;
	return 0;
}

static void lower_ident(struct job *j)
{
	struct plan_ident *row = blob_add(j->blob, PLAN_IDENT, j->x->at);
	const char *host = setting(j->x, SET_HOSTNAME);

	row->profile = blob_str(j->blob, j->x->name);
	row->hostname = blob_str(j->blob, *host ? host : j->hostname);
	row->user = blob_str(j->blob, setting(j->x, SET_USER));
	row->timezone = blob_str(j->blob, setting(j->x, SET_TIMEZONE));
	row->language = LANGUAGE_VERSION;
	row->compiler = COMPILER_VERSION;
	row->ready = place_of(ready_names, READY__COUNT, setting(j->x, SET_READY));
	row->missing = place_of(missing_names, MISSING__COUNT, setting(j->x, SET_MISSING));
	row->stop = place_of(stop_names, STOP__COUNT, setting(j->x, SET_STOP_SIGNAL));
}

/* All values that a ceiling permits, one a line. */
static struct plan_str values_of(struct job *j, enum setting id)
{
	const struct setfact *s = &j->x->set[id];
	const char *all = "";
	uint32_t i;

	for (i = 0; i < s->n; i++)
		all = arena_printf(j->tables, "%s%s%s", all, i ? "\n" : "", s->value[i]);
	if (strlen(all) > PLAN_PATH_MAX) {
		diag_error(j->d, 53, s->at[0], "the values are longer than %d bytes together",
			   PLAN_PATH_MAX);
		return (struct plan_str){ 0, 0 };
	}
	return blob_str(j->blob, all);
}

/* As bits; nothing listed: those of preset. */
static uint16_t bits_of(const struct setfact *s, const char *const *names, uint16_t n,
			uint16_t preset)
{
	uint32_t i, bits = 0;

	for (i = 0; i < s->n; i++)
		bits |= 1u << place_of(names, n, s->value[i]);
	return s->n ? (uint16_t)bits : preset;
}

static void ceiling_ident(struct job *j)
{
	struct plan_ident *row = blob_add(j->blob, PLAN_IDENT, j->x->at);

	row->profile = blob_str(j->blob, j->x->name);
	row->hostname = values_of(j, SET_HOSTNAME);
	row->user = values_of(j, SET_USER);
	row->timezone = values_of(j, SET_TIMEZONE);
	row->language = LANGUAGE_VERSION;
	row->compiler = COMPILER_VERSION;
	row->ready =
		bits_of(&j->x->set[SET_READY], ready_names, READY__COUNT, (1u << READY__COUNT) - 1);
	row->stop = bits_of(&j->x->set[SET_STOP_SIGNAL], stop_names, STOP__COUNT,
			    (1u << STOP__COUNT) - 1);
	row->missing = bits_of(&j->x->set[SET_MISSING], missing_names, MISSING__COUNT,
			       1u << MISSING_ERRNO);
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

/* Does the ceiling name the variable, among its first n lines? */
static bool lists(const struct facts *x, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(x->env[i].name, name))
			return true;
	return false;
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
		if (j->x->is_ceiling ? !lists(j->x, ours[i].name, j->x->nenv)
				     : *ours[i].value && !given(j, ours[i].name))
			env(j, ours[i].name, ours[i].value, nowhere);
	for (i = 0; i < j->nenv; i++)
		env(j, j->env[i].name, j->env[i].value, j->env[i].at);
	for (i = 0; j->x->is_ceiling && i < j->x->nenv; i++)
		if (!lists(j->x, j->x->env[i].name, i))
			env(j, j->x->env[i].name, "", j->x->env[i].at);
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
	static const struct {
		uint32_t listed;
		uint16_t flag;
	} domains[] = { { LISTED_PATH, CEILING_PATHS },
			{ LISTED_MOUNT, CEILING_MOUNTS },
			{ LISTED_NET, CEILING_NET },
			{ LISTED_ENV, CEILING_ENV } };
	unsigned short off = 0;
	uint32_t i;

	memcpy(h->magic, PLAN_MAGIC, sizeof(h->magic));
	h->version = PLAN_VERSION;
	h->arch = EM_X86_64;
	if (!j->x->is_ceiling) {
		h->min_kernel = MIN_KERNEL;
		h->min_landlock_abi = (uint8_t)lower_abi(j);
	}
	h->nsections = PLAN__COUNT;
	memcpy(h->source_sha256, j->source_sha256, DIGEST_LEN);
	memcpy(h->ceiling_sha256, j->ceiling_sha256, DIGEST_LEN);
	for (i = 0; i < j->blob->n[PLAN_MOUNT]; i++)
		if (((const struct plan_mount *)(void *)j->blob->row[PLAN_MOUNT])[i].kind ==
		    MOUNT_HOST)
			h->flags |= PLAN_F_HOST_SOURCE;
	h->flags |= j->x->is_ceiling ? CEILING_FORM : 0;
	for (i = 0; j->x->is_ceiling && i < ARRAY_LEN(domains); i++)
		h->flags |= j->x->listed & domains[i].listed ? domains[i].flag : 0;
	/* a test build: the bits of the layers to leave out */
	if (test_ablate() && sscanf(setting(j->x, SET_HOSTNAME), "ablate-%hx", &off) == 1)
		h->flags |= (uint16_t)(off & PLAN_F_ABLATE);
}

int lower_plan(struct job *j, void **ret, size_t *ret_n, struct fault *f)
{
	struct plan_hdr head = { 0 };
	int r;

	if (!j->x->is_ceiling)
		lower_host(j);
	j->blob = arena_get(j->tables, sizeof(*j->blob));
	if (!j->blob)
		return fault_set(f, -ENOMEM, "lower.memory", "a plan");
	r = blob_init(j->blob, j->tables, f);
	if (r < 0)
		return r;
	if (j->x->is_ceiling)
		ceiling_ident(j);
	else
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
	r = j->x->is_ceiling ? plan_check_ceiling(*ret, *ret_n, f) : plan_check(*ret, *ret_n, f);
	return r > 0 ? -EBADMSG : r;
}
