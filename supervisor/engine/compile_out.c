/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile_out.c - checks the compiler's answer. Runs in: cloister-engine.
 * The compiler read a stranger's text: it may have been taken over, and nothing it wrote is
 * believed. Pure: no system call, no allocation.
 */
#include "supervisor/engine/compile_out.h"
#include "lib/base/str.h"
#include "lib/plan/plan.h"

#include <errno.h>
#include <string.h>

const char *compile_view_text(const struct compile_view *v, struct compile_text t)
{
	return (const char *)v->p + t.off;
}

static bool text_fits(const struct compile_view *v, struct compile_text t)
{
	return t.off < v->size && t.len < v->size - t.off && v->p[t.off + t.len] == '\0';
}

/* n strings, NUL-ended, one behind the other, in t. */
static bool list_fits(const struct compile_view *v, struct compile_text t, uint32_t n)
{
	uint32_t found = 0;

	if (n == 0)
		return true;
	if (!text_fits(v, t))
		return false;
	for (uint32_t i = 0; i <= t.len && found < n; i++)
		if (v->p[t.off + i] == '\0')
			found++;
	return found == n;
}

static bool ends(const char *s, size_t n)
{
	return memchr(s, '\0', n) != NULL;
}

static bool is_label(const char *s)
{
	return ends(s, LABEL_MAX) && str_is_label(s, strlen(s));
}

/* A table of n rows at off; *ret is set where it fits. */
static bool table_fits(const struct compile_view *v, uint32_t off, uint32_t n, size_t row,
		       const void **ret)
{
	*ret = v->p + off;
	if (n == 0)
		return true;
	return n <= OUT_DIAGS_MAX && off % 8 == 0 && off >= sizeof(struct compile_out) &&
	       off < v->size && n * row <= v->size - off;
}

static bool diag_fits(const struct compile_view *v, const struct compile_diag *d)
{
	return (d->severity == SEV_ERROR || d->severity == SEV_WARNING) && d->code < 1000 &&
	       text_fits(v, d->file) && text_fits(v, d->message) && text_fits(v, d->source) &&
	       (d->help.len == 0 || text_fits(v, d->help)) &&
	       (d->fix.len == 0 || text_fits(v, d->fix)) && d->fix_start <= d->fix_end;
}

static bool image_fits(const struct compile_view *v, const struct compile_image_unit *i)
{
	return is_label(i->name) && text_fits(v, i->file) && i->has_pin <= 1 &&
	       list_fits(v, i->packages, i->npackage) && list_fits(v, i->dirs, i->ndir);
}

static bool tenant_fits(const struct compile_view *v, const struct compile_tenant *t)
{
	if (!is_label(t->name) || !text_fits(v, t->file) ||
	    (t->about.len && !text_fits(v, t->about)) || t->nlimit > COMPILE_TENANT_LIMITS ||
	    t->nceiling > ARRAY_LEN(t->ceiling) || t->npeople > ARRAY_LEN(t->people))
		return false;
	for (uint32_t i = 0; i < t->npeople; i++)
		if (t->people[i].flags & ~(uint32_t)(PERSON_EDITS | PERSON_GROUP) ||
		    t->people[i].id == 0)
			return false;
	for (uint32_t i = 0; i < t->nlimit; i++)
		if (t->limit[i].knob >= KNOB__COUNT)
			return false;
	for (uint32_t i = 0; i < t->nceiling; i++)
		if (!ends(t->ceiling[i], sizeof(t->ceiling[i])) ||
		    !str_is_name(t->ceiling[i], strlen(t->ceiling[i])))
			return false;
	return true;
}

static bool plan_fits(const struct compile_view *v, uint32_t off, uint32_t len)
{
	if (len == 0)
		return true;
	return off % 8 == 0 && off >= sizeof(struct compile_out) && off < v->size &&
	       len <= v->size - off && len <= PLAN_SIZE_MAX;
}

static bool workload_fits(const struct compile_view *v, const struct compile_workload *w)
{
	return is_label(w->name) && ends(w->profile, sizeof(w->profile)) &&
	       str_is_name(w->profile, strlen(w->profile)) && text_fits(v, w->file) &&
	       (w->about.len == 0 || text_fits(v, w->about)) && w->tenant < v->out->ntenant &&
	       w->restart <= RESTART_ALWAYS && plan_fits(v, w->plan_off, w->plan_len) &&
	       w->nmissing <= w->nimage && list_fits(v, w->images, w->nimage);
}

static bool rows_fit(const struct compile_view *v)
{
	for (uint32_t i = 0; i < v->out->ndiag; i++)
		if (!diag_fits(v, &v->diag[i]))
			return false;
	for (uint32_t i = 0; i < v->out->nimage; i++)
		if (!image_fits(v, &v->image[i]))
			return false;
	for (uint32_t i = 0; i < v->out->ntenant; i++)
		if (!tenant_fits(v, &v->tenant[i]))
			return false;
	for (uint32_t i = 0; i < v->out->nworkload; i++)
		if (!workload_fits(v, &v->workload[i]))
			return false;
	return true;
}

int compile_view_open(const void *p, size_t n, struct compile_view *ret, struct fault *f)
{
	struct compile_view v = { .p = p, .size = n, .out = p };
	const struct compile_out *o = p;
	const void *table[4];

	if (n < sizeof(*o) || n > COMPILE_OUT_MAX || memcmp(o->magic, COMPILE_OUT_MAGIC, 8) != 0 ||
	    o->size != n)
		return fault_set(f, -EBADMSG, "engine.compiled",
				 "the compiler's answer is no answer");
	if (o->ndiag > OUT_DIAGS_MAX || o->nimage > OUT_UNITS_MAX || o->ntenant > OUT_UNITS_MAX ||
	    o->nworkload > OUT_UNITS_MAX ||
	    !table_fits(&v, o->diag_off, o->ndiag, sizeof(*v.diag), &table[0]) ||
	    !table_fits(&v, o->image_off, o->nimage, sizeof(*v.image), &table[1]) ||
	    !table_fits(&v, o->tenant_off, o->ntenant, sizeof(*v.tenant), &table[2]) ||
	    !table_fits(&v, o->workload_off, o->nworkload, sizeof(*v.workload), &table[3]) ||
	    !plan_fits(&v, o->plan_off, o->plan_len) || (o->text.len && !text_fits(&v, o->text)))
		return fault_set(f, -EBADMSG, "engine.compiled",
				 "the compiler's answer has a table outside of it");
	v.diag = table[0];
	v.image = table[1];
	v.tenant = table[2];
	v.workload = table[3];
	if (!rows_fit(&v))
		return fault_set(f, -EBADMSG, "engine.compiled",
				 "the compiler's answer has a row out of bounds");
	*ret = v;
	return 0;
}
