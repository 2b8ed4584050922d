/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - rows and foreign text as JSON. Runs in: cloister-engine.
 * Text of tenants is only data here; who shows it escapes it (I28).
 */
#include "supervisor/engine/text.h"
#include "lib/asks/spawn.h"
#include "lib/base/str.h"
#include "supervisor/engine/compile_out.h"
#include "supervisor/engine/figures.h"
#include "supervisor/engine/images.h"
#include "supervisor/engine/plans.h"
#include "supervisor/engine/steps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Bytes from s that are valid UTF-8 without NUL. */
static size_t clean(const char *s, size_t n)
{
	size_t lo = 0;

	while (lo < n) {
		size_t take = 1;

		while (take <= 4 && lo + take <= n && !str_is_utf8(s + lo, take))
			take++;
		if (take > 4 || lo + take > n)
			break;
		lo += take;
	}
	return lo;
}

json_t *text_json(const char *s, size_t n)
{
	static const char bad[] = "\xef\xbf\xbd"; /* U+FFFD */
	AUTO_FREE char *dst = NULL;
	size_t used = 0;

	if (str_is_utf8(s, n))
		return json_stringn(s, n);
	dst = malloc(n * (sizeof(bad) - 1) + 1);
	if (!dst)
		return NULL;
	for (size_t i = 0; i < n;) {
		size_t good = clean(s + i, n - i);

		memcpy(dst + used, s + i, good);
		used += good;
		i += good;
		if (i == n)
			break;
		memcpy(dst + used, bad, sizeof(bad) - 1);
		used += sizeof(bad) - 1;
		i++;
	}
	return json_stringn(dst, used);
}

static json_t *view_json(const struct compile_view *v, struct compile_text t)
{
	return text_json(compile_view_text(v, t), t.len);
}

static json_t *diagnostic_json(const struct compile_view *v, const struct compile_diag *d)
{
	char code[8];
	json_t *o;

	(void)snprintf(code, sizeof(code), "P%03u", d->code);
	o = json_pack("{s:s, s:s, s:o, s:I, s:I, s:I, s:o, s:o}", "severity",
		      d->severity == SEV_ERROR ? "error" : "warning", "code", code, "file",
		      view_json(v, d->file), "line", (json_int_t)d->line, "column",
		      (json_int_t)d->column, "length", (json_int_t)d->length, "message",
		      view_json(v, d->message), "source", view_json(v, d->source));
	if (o && d->help.len)
		DROP(json_object_set_new(o, "help", view_json(v, d->help)));
	if (o && (d->fix.len || d->fix_start != d->fix_end))
		DROP(json_object_set_new(
			o, "fix",
			json_pack("{s:I, s:I, s:o}", "start", (json_int_t)d->fix_start, "end",
				  (json_int_t)d->fix_end, "text",
				  d->fix.len ? view_json(v, d->fix) : json_string(""))));
	return o;
}

json_t *diagnostics_json(const struct compile_view *v)
{
	/* what fits a message; the compiler stops at 20 errors a file */
	enum { SHOWN_MAX = 60 };
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < v->out->ndiag && i < SHOWN_MAX; i++)
		DROP(json_array_append_new(list, diagnostic_json(v, &v->diag[i])));
	return list;
}

json_t *exit_json(const struct workload_row *row)
{
	const struct exit_row *x = &row->exit;
	json_t *o = json_pack("{s:s}", "reason", reason_name(x->reason));

	if (!o)
		return NULL;
	if (!x->signal &&
	    (x->reason == EXIT_CODE || x->reason == EXIT_TIMEOUT || x->reason == EXIT_LIFETIME))
		DROP(json_object_set_new(o, "code", json_integer(x->code)));
	if (x->signal)
		DROP(json_object_set_new(o, "signal", json_integer(x->signal)));
	if (x->claim)
		DROP(json_object_set_new(o, "claim", json_true()));
	if (x->oom)
		DROP(json_object_set_new(o, "oom", json_integer(x->oom)));
	if (row->fault.err)
		DROP(json_object_set_new(o, "message", json_string(row->fault.msg)));
	return o;
}

/* The layers in force: a start without one of them fails, so what runs has them all. */
static json_t *layers_json(const struct engine *e, const struct plan_item *p)
{
	static const char *const all[] = { "mnt",    "pid",  "net",  "ipc", "uts",
					   "cgroup", "user", "caps", "nnp", "seccomp" };
	json_t *list = json_array();

	for (size_t i = 0; list && i < ARRAY_LEN(all); i++)
		DROP(json_array_append_new(list, json_string(all[i])));
	if (list && e->host[HOST_LANDLOCK] && p && p->has_landlock)
		DROP(json_array_append_new(list, json_string("landlock")));
	if (list)
		DROP(json_array_append_new(list, json_string("cgroup-limits")));
	return list;
}

/* Names of the images of a plan; the digest's first 16 digits where no name means it any more. */
static json_t *images_json(const struct engine *e, const struct plan_item *p)
{
	json_t *list = json_array();

	for (uint32_t i = 0; list && p && i < p->nimage; i++) {
		char text[2 * DIGEST_LEN + 1];

		str_hex(text, p->image[i], 8);
		for (uint32_t k = 0; k < e->images->n; k++)
			if (memcmp(e->images->row[k].digest, p->image[i], DIGEST_LEN) == 0)
				(void)snprintf(text, sizeof(text), "%s", e->images->row[k].name);
		DROP(json_array_append_new(list, json_string(text)));
	}
	return list;
}

/* A resource that the kernel does not watch is left out. */
static json_t *pressure_json(const struct figures *g)
{
	json_t *all = json_object();

	for (enum psi p = 0; all && p < PSI__COUNT; p++)
		if (g->has_psi & 1u << p)
			DROP(json_object_set_new(all, psi_name(p),
						 json_pack("{s:I, s:I}", "some10",
							   (json_int_t)g->some10[p], "full10",
							   (json_int_t)g->full10[p])));
	return all;
}

static void add_figures(json_t *o, const struct figures *g)
{
	DROP(json_object_update_new(
		o, json_pack("{s:I, s:I, s:I, s:I, s:o}", "memory", (json_int_t)g->memory,
			     "memory_peak", (json_int_t)g->memory_peak, "pids", (json_int_t)g->pids,
			     "oom_kills", (json_int_t)g->oom_kills, "pressure", pressure_json(g))));
	if (g->has_cpu)
		DROP(json_object_set_new(o, "cpu_us", json_integer((json_int_t)g->cpu_us)));
	if (g->has_throttled)
		DROP(json_object_update_new(o, json_pack("{s:I, s:I}", "throttled",
							 (json_int_t)g->throttled, "throttled_us",
							 (json_int_t)g->throttled_us)));
}

json_t *workload_json(struct engine *e, uint32_t w)
{
	const struct workload_row *row = &e->table->workload[w];
	const struct plan_item *p = plans_find(e, row->plan);
	bool runs = row->have & STEP_BIT(STEP_START);
	char plan[17];
	json_t *o;

	str_hex(plan, row->plan, 8);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:o, s:o}", "tenant",
		      e->table->tenant[row->tenant].name, "name", row->name, "profile",
		      row->profile, "kind", row->kind == KIND_RUN ? "run" : "service", "state",
		      state_name(row->state), "pid", (json_int_t)row->pid, "started",
		      (json_int_t)(row->started / 1000000), "restarts", (json_int_t)row->restarts,
		      "plan", plan, "image", images_json(e, p), "layers",
		      runs ? layers_json(e, p) : json_array());
	if (o && runs)
		DROP(json_object_update_new(
			o, json_pack("{s:s}", "ready", row->ready ? "yes" : "no")));
	if (o && runs)
		add_figures(o, stats_figures(w));
	if (o && row->exit.reason != EXIT_NOT)
		DROP(json_object_set_new(o, "exit", exit_json(row)));
	return o;
}

const char *arg_text(json_t *params, const char *key)
{
	return params ? json_string_value(json_object_get(params, key)) : NULL;
}

uint16_t arg_u16(json_t *params, const char *key)
{
	json_int_t v = params ? json_integer_value(json_object_get(params, key)) : 0;

	return v < 0 || v > UINT16_MAX ? 0 : (uint16_t)v;
}

uint32_t arg_workload(struct engine *e, json_t *params, struct fault *f)
{
	const char *tenant = arg_text(params, "tenant"), *name = arg_text(params, "name");
	uint32_t t, w;

	if (!tenant || !name || !str_is_label(tenant, strlen(tenant)) ||
	    !str_is_label(name, strlen(name))) {
		(void)fault_set(
			f, -EINVAL, "engine.name",
			"a name is a small letter, then small letters, digits or -, 31 in all");
		return ROW_NONE;
	}
	t = tenant_find(e, tenant);
	w = t == ROW_NONE ? ROW_NONE : workload_find(e, t, name);
	if (w == ROW_NONE)
		(void)fault_set(f, -ENOENT, "engine.name",
				"no workload %s/%s; see cloister workload list", tenant, name);
	return w;
}
