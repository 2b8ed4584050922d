/* SPDX-License-Identifier: Apache-2.0 */
/*
 * varlink.c - frames, bounds and shapes of the client wire. Runs in: the engine and its clients.
 * Must not: run with a privilege, read or write a socket.
 */
#include "lib/varlink/varlink.h"

#include <errno.h>
#include <string.h>

char *varlink_in_space(struct varlink_in *in, size_t *ret_n)
{
	if (in->start == in->end) {
		in->start = in->end = in->scan = 0;
	} else if (in->start && in->end == sizeof(in->buf)) {
		memmove(in->buf, in->buf + in->start, in->end - in->start);
		in->end -= in->start;
		in->scan -= in->start;
		in->start = 0;
	}
	*ret_n = sizeof(in->buf) - in->end;
	return in->buf + in->end;
}

void varlink_in_add(struct varlink_in *in, size_t n)
{
	in->end += n;
}

bool varlink_in_partial(const struct varlink_in *in)
{
	return in->end > in->start;
}

int varlink_in_next(struct varlink_in *in, json_t **ret, struct fault *f)
{
	const char *text = in->buf + in->start;
	const char *nul = memchr(in->buf + in->scan, '\0', in->end - in->scan);
	size_t n;

	if (!nul) {
		in->scan = in->end;
		if (in->end - in->start >= VARLINK_MAX)
			return fault_set(f, -EMSGSIZE, "varlink.size",
					 "a message longer than %d bytes", VARLINK_MAX);
		return 0;
	}
	n = (size_t)(nul - text);
	in->start += n + 1;
	in->scan = in->start;
	if (varlink_parse(text, n, ret, f) < 0)
		return -EBADMSG;
	return 1;
}

/* How deep do braces and brackets nest? Counted before parsing, because the parser recurses. */
static size_t depth_of(const char *text, size_t n)
{
	size_t depth = 0, deepest = 0;
	bool in_string = false;

	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			depth++;
			if (depth > deepest)
				deepest = depth;
		} else if ((c == '}' || c == ']') && depth) {
			depth--;
		}
	}
	return deepest;
}

int varlink_parse(const char *text, size_t n, json_t **ret, struct fault *f)
{
	json_error_t err;
	json_t *o;

	if (depth_of(text, n) > VARLINK_DEPTH)
		return fault_set(f, -EBADMSG, "varlink.depth", "JSON nested deeper than %d",
				 VARLINK_DEPTH);
	o = json_loadb(text, n, JSON_REJECT_DUPLICATES, &err);
	if (!json_is_object(o)) {
		json_decref(o);
		return fault_set(f, -EBADMSG, "varlink.json",
				 "not one JSON object with unique keys");
	}
	*ret = o;
	return 0;
}

/* An optional boolean of an object. Returns 0, or -EBADMSG when it is something else. */
static int read_bool(json_t *o, const char *key, bool *ret)
{
	json_t *v = json_object_get(o, key);

	*ret = json_is_true(v);
	return !v || json_is_boolean(v) ? 0 : -EBADMSG;
}

static int read_params(json_t *o, json_t **ret)
{
	*ret = json_object_get(o, "parameters");
	return !*ret || json_is_object(*ret) ? 0 : -EBADMSG;
}

int varlink_call_read(json_t *msg, struct varlink_call *ret, struct fault *f)
{
	struct varlink_call c = { 0 };

	c.method = json_string_value(json_object_get(msg, "method"));
	if (!c.method || read_params(msg, &c.params) < 0 || read_bool(msg, "more", &c.more) < 0 ||
	    read_bool(msg, "oneway", &c.oneway) < 0)
		return fault_set(f, -EBADMSG, "varlink.call", "not a method call");
	*ret = c;
	return 0;
}

int varlink_reply_read(json_t *msg, struct varlink_reply *ret, struct fault *f)
{
	struct varlink_reply r = { 0 };
	json_t *e = json_object_get(msg, "error");

	r.error = json_string_value(e);
	if ((e && !r.error) || read_params(msg, &r.params) < 0 ||
	    read_bool(msg, "continues", &r.continues) < 0)
		return fault_set(f, -EBADMSG, "varlink.reply", "not a reply");
	*ret = r;
	return 0;
}

/* {key: value, "parameters": params}; params moves in or is freed. */
static json_t *message(const char *key, const char *value, json_t *params)
{
	json_t *o = json_object();
	int rc = o ? 0 : -1;

	if (rc == 0 && key)
		rc = json_object_set_new(o, key, json_string(value));
	if (rc == 0 && params)
		rc = json_object_set(o, "parameters", params);
	json_decref(params);
	if (rc == 0)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *with_flag(json_t *o, const char *key, bool on)
{
	if (!o || !on || json_object_set_new(o, key, json_true()) == 0)
		return o;
	json_decref(o);
	return NULL;
}

json_t *varlink_call_new(const char *method, json_t *params, bool more)
{
	return with_flag(message("method", method, params), "more", more);
}

json_t *varlink_reply_new(json_t *params, bool continues)
{
	if (!params)
		params = json_object();
	return with_flag(message(NULL, NULL, params), "continues", continues);
}

json_t *varlink_error_new(const char *name, json_t *params)
{
	return message("error", name, params);
}

int varlink_write(const json_t *msg, char **ret, size_t *ret_n)
{
	char *text = msg ? json_dumps(msg, JSON_COMPACT) : NULL;
	size_t n;

	if (!text)
		return -ENOMEM;
	n = strlen(text) + 1;
	if (n > VARLINK_MAX) {
		free(text);
		return -EMSGSIZE;
	}
	*ret = text;
	*ret_n = n;
	return 0;
}
