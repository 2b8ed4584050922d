/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idl.c - checks arguments against a method's own declaration and prints the interface.
 * Runs in: the engine and its clients. Must not: parse a declaration that came by the wire.
 */
#include "lib/varlink/idl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One argument of a declaration: where its name and its type are. */
struct arg {
	const char *name, *type;
	size_t name_len, type_len;
	bool optional;
};

/* Reads the argument at *p and moves behind it. False: no further one. */
static bool next_arg(const char **p, struct arg *a)
{
	const char *s = *p + strspn(*p, "(), \n\t");

	if (!*s)
		return false;
	a->name = s;
	a->name_len = strcspn(s, ":");
	s += a->name_len + strspn(s + a->name_len, ": ");
	a->optional = *s == '?';
	s += a->optional;
	a->type = s;
	a->type_len = strcspn(s, ",)");
	*p = s + a->type_len;
	return true;
}

static bool same(const char *s, size_t n, const char *want)
{
	return n == strlen(want) && memcmp(s, want, n) == 0;
}

static bool is_plain(const char *type, size_t n, const json_t *v)
{
	if (same(type, n, "string"))
		return json_is_string(v);
	if (same(type, n, "int"))
		return json_is_integer(v);
	if (same(type, n, "bool"))
		return json_is_boolean(v);
	return same(type, n, "object") && json_is_object(v);
}

static bool is_list(const char *type, size_t n, const json_t *v)
{
	if (!json_is_array(v))
		return false;
	for (size_t i = 0; i < json_array_size(v); i++)
		if (!is_plain(type, n, json_array_get(v, i)))
			return false;
	return true;
}

static bool is_map(const char *type, size_t n, const json_t *v)
{
	json_t *o = (json_t *)(uintptr_t)v; /* jansson's iterators only read, but say otherwise */

	if (!json_is_object(v))
		return false;
	for (void *it = json_object_iter(o); it; it = json_object_iter_next(o, it))
		if (!is_plain(type, n, json_object_iter_value(it)))
			return false;
	return true;
}

static bool is_type(const struct arg *a, const json_t *v)
{
	enum { LIST = sizeof("[]") - 1, MAP = sizeof("[string]") - 1 };

	if (a->type_len > MAP && memcmp(a->type, "[string]", MAP) == 0)
		return is_map(a->type + MAP, a->type_len - MAP, v);
	if (a->type_len > LIST && memcmp(a->type, "[]", LIST) == 0)
		return is_list(a->type + LIST, a->type_len - LIST, v);
	return is_plain(a->type, a->type_len, v);
}

static bool is_known(const char *in, const char *key)
{
	struct arg a;

	while (next_arg(&in, &a))
		if (same(a.name, a.name_len, key))
			return true;
	return false;
}

/* Is every key of params the name of an argument? */
static int no_strangers(const char *in, const json_t *params, struct fault *f)
{
	json_t *o = (json_t *)(uintptr_t)params; /* as in is_map() */

	for (void *it = json_object_iter(o); it; it = json_object_iter_next(o, it))
		if (!is_known(in, json_object_iter_key(it)))
			return fault_set(f, -EINVAL, "varlink.arg",
					 "an argument that the method does not have");
	return 0;
}

int idl_check(const char *in, const json_t *params, struct fault *f)
{
	struct arg a;

	for (const char *p = in; next_arg(&p, &a);) {
		char key[64];
		const json_t *v;

		(void)snprintf(key, sizeof(key), "%.*s", (int)a.name_len, a.name);
		v = params ? json_object_get(params, key) : NULL;
		if (a.optional && (!v || json_is_null(v)))
			continue;
		if (!v)
			return fault_set(f, -EINVAL, "varlink.arg", "%s: missing", key);
		if (!is_type(&a, v))
			return fault_set(f, -EINVAL, "varlink.arg", "%s: must be of the type %.*s",
					 key, (int)a.type_len, a.type);
	}
	return params ? no_strangers(in, params, f) : 0;
}

char *idl_describe(const struct idl_interface *i)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return NULL;
	(void)fprintf(out, "# %s\ninterface %s\n\n%s\n", i->doc, i->name, i->types);
	for (size_t r = 0; r < i->count; r++) {
		const struct idl_method *m = (const void *)((const char *)i->rows + r * i->stride);

		(void)fprintf(out, "# %s\nmethod %s%s -> %s\n\n", m->doc, m->name, m->in, m->out);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
