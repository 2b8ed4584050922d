/* SPDX-License-Identifier: Apache-2.0 */
/*
 * varlink.h - the wire between clients and the engine: one JSON object, then a NUL.
 *
 * For both ends; no event loop, no socket in here. A message is at most VARLINK_MAX bytes with its
 * NUL and VARLINK_DEPTH deep; an object with the same key twice is refused, because two readers
 * would not agree on it. Unprivileged programs only: JSON is parsed where no privilege is.
 */
#ifndef CLOISTER_VARLINK_H
#define CLOISTER_VARLINK_H

#include "lib/base/fault.h"

#include <jansson.h>
#include <stdbool.h>

enum { VARLINK_MAX = 65536, VARLINK_DEPTH = 16 };

/* Bytes on their way in. Zeroed is empty. */
struct varlink_in {
	size_t start, end, scan; /* a message begins at start; no NUL in [start, scan) */
	char buf[VARLINK_MAX];
};

/* Where to put the next bytes and how many; *ret_n = 0 when full (take a message first). */
char *varlink_in_space(struct varlink_in *in, size_t *ret_n);

/* n bytes were put there. */
void varlink_in_add(struct varlink_in *in, size_t n);

/*
 * Takes the next whole message. Returns 1 with *ret (an object, the caller decrefs), 0 when more
 * bytes are needed, -EMSGSIZE too long, -EBADMSG not JSON as it must be: end the connection then.
 * How the bytes were cut on their way in makes no difference.
 */
int varlink_in_next(struct varlink_in *in, json_t **ret, struct fault *f) MUST_USE;

/* Has a message begun that is not whole yet? */
bool varlink_in_partial(const struct varlink_in *in);

/* One message without its NUL. Returns 0 with *ret, or -EBADMSG. */
int varlink_parse(const char *text, size_t n, json_t **ret, struct fault *f) MUST_USE;

/* A call as its receiver sees it; both pointers are borrowed from msg. */
struct varlink_call {
	const char *method;
	json_t *params; /* an object, or NULL: none were given */
	bool more, oneway;
};
int varlink_call_read(json_t *msg, struct varlink_call *ret, struct fault *f) MUST_USE;

/* A reply as its receiver sees it; the pointers are borrowed from msg. */
struct varlink_reply {
	const char *error; /* NULL: none */
	json_t *params;	   /* an object, or NULL */
	bool continues;
};
int varlink_reply_read(json_t *msg, struct varlink_reply *ret, struct fault *f) MUST_USE;

/* Messages to send. params (may be NULL) becomes part of the result, and is freed on failure.
 * NULL: out of memory. */
json_t *varlink_call_new(const char *method, json_t *params, bool more) MUST_USE;
json_t *varlink_reply_new(json_t *params, bool continues) MUST_USE;
json_t *varlink_error_new(const char *name, json_t *params) MUST_USE;

/*
 * The bytes of a message, NUL included (counted in *ret_n); the caller frees *ret. Returns 0,
 * -EMSGSIZE longer than VARLINK_MAX, -ENOMEM.
 */
int varlink_write(const json_t *msg, char **ret, size_t *ret_n) MUST_USE;

#endif
