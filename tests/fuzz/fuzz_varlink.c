/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_varlink.c - bytes of a client, as one piece and cut anywhere: the same messages, the same
 * end.
 *
 * Input: one byte per cut (how many bytes to give at once, 0 = all) up to a byte 0xff, then what
 * the client sends. Oracle: the messages of both ways dump to the same text, the same fault ends
 * both, and whatever was taken is an object within the bounds.
 */
/* links: lib/varlink lib/base */
/* libs: -ljansson */
#include "tests/fuzz/fuzz.h"

#include "lib/varlink/varlink.h"

#include <string.h>

enum { CUTS_MAX = 64, SEEN_MAX = 1 << 20 };

struct seen {
	char *text; /* dumps of all messages, one behind the other */
	size_t len;
	int end; /* 0, or the fault */
};

/* How deep a value nests. */
static size_t depth(const json_t *v)
{
	json_t *o = (json_t *)(uintptr_t)v; /* jansson's iterators only read */
	size_t deepest = 0;

	if (json_is_array(v))
		for (size_t i = 0; i < json_array_size(v); i++) {
			size_t d = depth(json_array_get(v, i));

			deepest = d > deepest ? d : deepest;
		}
	else if (json_is_object(v))
		for (void *it = json_object_iter(o); it; it = json_object_iter_next(o, it)) {
			size_t d = depth(json_object_iter_value(it));

			deepest = d > deepest ? d : deepest;
		}
	else
		return 0;
	return deepest + 1;
}

static void take(struct seen *s, json_t *o)
{
	char *dump = json_dumps(o, JSON_COMPACT);
	struct varlink_call c;
	struct fault f;
	size_t n;

	FUZZ_HOLDS(json_is_object(o) && depth(o) <= VARLINK_DEPTH);
	FUZZ_SEEDED(depth(o) == 3);
	(void)!varlink_call_read(o, &c, &f);
	n = dump ? strlen(dump) : 0;
	if (dump && s->len + n < SEEN_MAX) {
		memcpy(s->text + s->len, dump, n);
		s->len += n;
	}
	free(dump);
	json_decref(o);
}

static void drain(struct varlink_in *in, struct seen *s)
{
	struct fault f;
	json_t *o;

	for (int rc = 1; rc == 1 && s->end == 0;) {
		rc = varlink_in_next(in, &o, &f);
		if (rc == 1)
			take(s, o);
		if (rc < 0)
			s->end = rc;
	}
}

static void run(const uint8_t *p, size_t n, const uint8_t *cut, size_t ncut, struct seen *s)
{
	struct varlink_in *in = calloc(1, sizeof(*in));
	size_t at = 0, c = 0;

	s->text = malloc(SEEN_MAX);
	while (in && s->text && at < n && s->end == 0) {
		size_t room, piece = ncut ? cut[c++ % ncut] : 0;
		char *to = varlink_in_space(in, &room);

		FUZZ_HOLDS(room > 0);
		if (piece == 0 || piece > n - at)
			piece = n - at;
		if (piece > room)
			piece = room;
		memcpy(to, p + at, piece);
		varlink_in_add(in, piece);
		at += piece;
		drain(in, s);
	}
	free(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole = { 0 }, cut = { 0 };
	size_t ncut = 0;

	while (ncut < size && ncut < CUTS_MAX && data[ncut] != 0xff)
		ncut++;
	if (ncut == size)
		return 0;
	json_object_seed(1);
	run(data + ncut + 1, size - ncut - 1, NULL, 0, &whole);
	run(data + ncut + 1, size - ncut - 1, data, ncut, &cut);
	FUZZ_HOLDS(whole.end == cut.end);
	if (whole.text && cut.text)
		FUZZ_HOLDS(whole.len == cut.len && memcmp(whole.text, cut.text, cut.len) == 0);
	free(whole.text);
	free(cut.text);
	return 0;
}
