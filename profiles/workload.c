/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload.c - a workload of a tenant: its statements, its layers, its plan.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/tenant.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

static void read_profile(struct workload *x, struct cursor *c, struct at at)
{
	struct at name;

	if (only_once(c->d, x->profile, at) && cur_name(c, &name, "a profile's name") &&
	    cur_done(c))
		x->profile = name;
}

static void read_run(struct workload *x, struct cursor *c, struct at at)
{
	struct command *cmd = &x->command;
	size_t n;

	if (!only_once(c->d, cmd->at, at))
		return;
	cmd->at = at;
	if (!value_path(c, &cmd->path, &at))
		return;
	n = strlen(cmd->path);
	if (cmd->path[n - 1] == '/')
		diag_error(c->d, 30, at, "a program is a file, not a directory");
	while (cur_kind(c) != T_END) {
		if (cmd->narg == PLAN_ARGS_MAX - 1) {
			diag_error(c->d, 53, cur_at(c), "more than %d arguments",
				   PLAN_ARGS_MAX - 1);
			return;
		}
		if (!value_string(c, &cmd->arg[cmd->narg++], &at))
			return;
	}
}

static void read_restart(struct workload *x, struct cursor *c, struct at at)
{
	if (!only_once(c->d, x->restart_at, at))
		return;
	x->restart_at = at;
	if (cur_accept_word(c, "never"))
		x->restart = RESTART_NEVER;
	else if (cur_accept_word(c, "on-failure"))
		x->restart = RESTART_ON_FAILURE;
	else if (cur_accept_word(c, "always"))
		x->restart = RESTART_ALWAYS;
	else
		cur_fail(c, "never, on-failure or always");
	(void)cur_done(c);
}

static void read_env(struct workload *x, struct cursor *c, struct at at)
{
	struct envvalue e = { .at = cur_at(c) };
	uint32_t i;

	if (!cur_expect(c, T_CONST, "a variable's name"))
		return;
	e.name = at_copy(c->d->arena, e.at);
	if (!value_string(c, &e.value, &at) || !cur_done(c))
		return;
	if (!strncmp(e.name, "LD_", 3) || !strcmp(e.name, "GLIBC_TUNABLES")) {
		diag_error(c->d, 93, e.at, "%s steers the loader: no plan has it", e.name);
		return;
	}
	for (i = 0; i < x->nenv; i++)
		if (!strcmp(x->env[i].name, e.name) && !only_once(c->d, x->env[i].at, e.at))
			return;
	if (x->nenv == WORKLOAD_ENV_MAX)
		diag_error(c->d, 53, e.at, "more than %d variables", WORKLOAD_ENV_MAX);
	else
		x->env[x->nenv++] = e;
}

/* image a as b */
static void read_image(struct workload *x, struct cursor *c, struct at at)
{
	struct rename r = { .at = cur_at(c) };
	uint32_t i;

	if (!value_label(c, "an image's name", &r.from, &at))
		return;
	if (!cur_accept_word(c, "as")) {
		cur_fail(c, "'as'");
		return;
	}
	if (!value_label(c, "an image's name", &r.to, &at) || !cur_done(c))
		return;
	for (i = 0; i < x->nrename; i++)
		if (!strcmp(x->rename[i].from, r.from) && !only_once(c->d, x->rename[i].at, r.at))
			return;
	if (x->nrename == RENAMES_MAX)
		diag_error(c->d, 53, r.at, "more than %d of them", RENAMES_MAX);
	else
		x->rename[x->nrename++] = r;
}

static void read_limit(struct workload *x, struct cursor *c, struct at at)
{
	(void)at;
	limits_read(&x->limits, c, false);
}

static void read_about(struct workload *x, struct cursor *c, struct at at)
{
	if (value_string(c, &x->about, &at))
		(void)cur_done(c);
}

static void read_body(struct work *w, struct workload *x, const struct source *s, uint32_t node)
{
	static void (*const read[STMT__COUNT])(struct workload * x, struct cursor * c,
					       struct at at) = {
		[STMT_ABOUT] = read_about, [STMT_PROFILE] = read_profile,
		[STMT_RUN] = read_run,	   [STMT_RESTART] = read_restart,
		[STMT_ENV] = read_env,	   [STMT_IMAGE] = read_image,
		[STMT_LIMIT] = read_limit,
	};
	uint32_t body = s->node[node].child, n;

	for (n = body ? s->node[body].child : 0; n; n = s->node[n].next) {
		struct cursor c = cur_open(s, n, &w->d);
		struct at at;

		if (s->node[n].kind != N_STMT || !read[s->node[n].what])
			continue;
		at = cur_take(&c);
		read[s->node[n].what](x, &c, at);
	}
}

/* The name behind the word workload; twice in one tenant is an error. */
static bool read_name(struct work *w, struct tenant *t, uint32_t node, struct at *ret)
{
	struct cursor c = cur_open(t->unit->src, node, &w->d);
	uint32_t i;

	cur_take(&c);
	if (!cur_name(&c, ret, "the workload's name") || !cur_done(&c))
		return false;
	if (!value_is_label(&w->d, *ret))
		return false;
	for (i = 0; i < t->nworkload; i++) {
		if (t->workload[i].len != ret->len ||
		    memcmp(at_text(t->workload[i]), at_text(*ret), ret->len) != 0)
			continue;
		diag_help(&w->d,
			  diag_error(&w->d, 101, *ret, "workload '%.*s' stands twice",
				     (int)ret->len, at_text(*ret)),
			  "the first is in line %u", at_place(t->workload[i]).line);
		return false;
	}
	if (t->nworkload == WORKLOADS_PER_TENANT) {
		diag_error(&w->d, 53, *ret, "more than %d workloads of one tenant",
			   WORKLOADS_PER_TENANT);
		return false;
	}
	t->workload[t->nworkload++] = *ret;
	return true;
}

static const struct unit_ref *find_profile(struct work *w, struct at name)
{
	const char *text = at_copy(&w->arena, name);
	const struct unit_ref *u = library_find(&w->lib, UNIT_PROFILE, text, NULL);
	struct nearest nr;
	uint32_t i;

	if (u)
		return u;
	nearest_init(&nr, text, name.len);
	for (i = 0; i < w->lib.nunit; i++)
		if (w->lib.unit[i].kind == UNIT_PROFILE)
			nearest_try(&nr, at_copy(&w->arena, w->lib.unit[i].name));
	diag_nearest(&w->d, diag_error(&w->d, 102, name, "there is no profile '%s'", text), &nr);
	return NULL;
}

/* Tightens the profile's limits; above them, or above the tenant's, is refused. */
static void tighten(struct job *j, const struct tenant *t, const struct limits *l)
{
	struct arena *a = j->d->arena;
	unsigned int i;

	for (i = 0; i < LIM__COUNT; i++) {
		enum limit_id id = (enum limit_id)i;
		const char *name = limit_table[i].name;

		if (!l->at[i].src)
			continue;
		if (l->v[i] > j->x->limit[i])
			diag_help(j->d,
				  diag_error(j->d, 60, l->at[i],
					     "limit %s is above the profile's: a workload tightens",
					     name),
				  "the largest legal value is %s",
				  limit_show(a, id, j->x->limit[i]));
		if (t->limits.at[i].src && l->v[i] > t->limits.v[i])
			diag_help(j->d,
				  diag_error(j->d, 60, l->at[i],
					     "limit %s is above the tenant's in line %u", name,
					     at_place(t->limits.at[i]).line),
				  "the largest legal value is %s",
				  limit_show(a, id, t->limits.v[i]));
		j->x->limit[i] = l->v[i];
		j->x->limit_at[i] = l->at[i];
	}
}

static void check_features(struct job *j, const struct tenant *t, struct at profile)
{
	unsigned int i;

	for (i = 0; i < FEAT__COUNT; i++)
		if (j->x->on & t->off & FEAT_BIT(i))
			diag_help(j->d,
				  diag_error(j->d, 60, profile,
					     "profile %s has feature %s on, which this tenant "
					     "switches off",
					     j->x->name, feature_table[i].name),
				  "off in line %u, on in %s:%u", at_place(t->off_at[i]).line,
				  j->x->on_at[i].src->name, at_place(j->x->on_at[i]).line);
}

/* P104: what the workload gives must be what its profile takes. */
static void check_taken(struct job *j, const struct workload *x)
{
	uint32_t i, k;

	for (i = 0; i < x->nenv; i++) {
		for (k = 0; k < j->x->nenv && strcmp(j->x->env[k].name, x->env[i].name) != 0; k++)
			continue;
		if (k == j->x->nenv)
			diag_help(j->d,
				  diag_error(j->d, 104, x->env[i].at,
					     "profile %s has no variable %s", j->x->name,
					     x->env[i].name),
				  "the profile's line would be: env { %s }", x->env[i].name);
	}
	for (i = 0; i < x->nrename; i++) {
		for (k = 0; k < j->x->nmount; k++)
			if (j->x->mount[k].kind == MOUNT_IMAGE &&
			    !strcmp(j->x->mount[k].image, x->rename[i].from))
				break;
		if (k == j->x->nmount)
			diag_error(j->d, 104, x->rename[i].at, "profile %s has no image '%s'",
				   j->x->name, x->rename[i].from);
	}
}

/* The tenant's ceilings, or else the request's, and those that the profile's author expects. */
static int add_layers(struct work *w, const struct tenant *t, const struct unit_ref *profile,
		      struct job *j, struct fault *f)
{
	int r = layers_under(w, j, t->unit, f);

	if (r == 0 && j->nceiling == 0)
		r = layers_default(w, j, t->unit->name, f);
	j->nowner = j->nceiling;
	return r ? r : layers_under(w, j, profile, f);
}

static struct compile_text keep_images(struct work *w, const struct job *j)
{
	char buf[PLAN_MOUNTS_MAX * LABEL_MAX];
	size_t n = 0, len;
	uint32_t i;

	for (i = 0; i < j->nimage; i++) {
		len = strlen(j->image[i]) + 1;
		memcpy(buf + n, j->image[i], len);
		n += len;
	}
	return answer_text(&w->answer, buf, n);
}

static int put_workload(struct work *w, const struct tenant *t, const struct workload *x,
			struct job *j, struct fault *f)
{
	struct answer *a = &w->answer;
	struct compile_workload *row = &a->workload[a->nworkload];
	const char *about = x->about ? x->about : "";
	void *plan = NULL;
	size_t n = 0;
	int r = 0;

	if (a->nworkload == ANSWER_WORKLOADS_MAX)
		return fault_set(f, -E2BIG, "workload.rows", "more than %d workloads",
				 ANSWER_WORKLOADS_MAX);
	lower_images(j);
	if (!j->nmissing && w->req->mode != COMPILE_HOST)
		r = lower_plan(j, &plan, &n, f);
	if (r < 0 || w->d.nerror)
		return r;
	memcpy(row->name, at_text(x->name), x->name.len);
	memcpy(row->profile, j->x->name, strlen(j->x->name)); /* a NAME: 64 bytes at most */
	row->file = answer_text(a, x->name.src->name, strlen(x->name.src->name));
	row->about = answer_text(a, about, strlen(about));
	row->line = at_place(x->name).line;
	row->tenant = t->row;
	row->restart = x->restart;
	row->images = keep_images(w, j);
	row->nimage = j->nimage;
	row->nmissing = j->nmissing;
	memcpy(row->source_sha256, j->source_sha256, DIGEST_LEN);
	if (plan && w->req->mode >= COMPILE_APPLY) {
		row->plan_off = answer_plan(a, plan, n);
		row->plan_len = (uint32_t)n;
	}
	a->nworkload++;
	return 0;
}

static int compile_workload(struct work *w, const struct tenant *t, struct workload *x,
			    struct fault *f)
{
	const struct unit_ref *profile = find_profile(w, x->profile);
	struct job j;
	int r;

	if (!profile)
		return 0;
	r = layers_profile(w, profile, &j, f);
	if (r < 0)
		return r;
	workload_digest(t->unit->src, x->node, j.source_sha256);
	j.hostname = at_copy(&w->arena, x->name);
	j.tenant_off = t->off;
	j.command = x->command;
	j.env = x->env;
	j.nenv = x->nenv;
	j.nrename = x->nrename;
	memcpy(j.rename, x->rename, sizeof(j.rename));
	tighten(&j, t, &x->limits);
	check_features(&j, t, x->profile);
	check_taken(&j, x);
	r = add_layers(w, t, profile, &j, f);
	if (r < 0)
		return r;
	layers_meet(&j, w);
	return w->d.nerror ? 0 : put_workload(w, t, x, &j, f);
}

int workload_unit(struct work *w, struct tenant *t, uint32_t node, struct fault *f)
{
	struct workload *x = arena_get(&w->tables, sizeof(*x));
	int r = 0;

	if (!x)
		return fault_set(f, -ENOMEM, "workload.memory", "a workload");
	x->restart = RESTART_ON_FAILURE;
	x->node = node;
	if (read_name(w, t, node, &x->name)) {
		uint32_t errors = w->d.nerror;

		read_body(w, x, t->unit->src, node);
		if (!x->profile.src && w->d.nerror == errors)
			diag_error(&w->d, 106, x->name, "this workload has no profile");
		if (!x->command.at.src && w->d.nerror == errors)
			diag_error(&w->d, 106, x->name, "this workload has no run");
		if (x->profile.src)
			r = compile_workload(w, t, x, f);
	}
	arena_release(&w->tables, 0);
	return r;
}
