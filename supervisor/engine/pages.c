/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages.c - long lists in several replies. Runs in: cloister-engine.
 */
#include "supervisor/engine/session.h"

enum { PIECE_BYTES = 40000 }; /* leaves room for what else the last message says */

static size_t size_of(const json_t *item)
{
	return json_dumpb(item, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY) + 1;
}

/* The items of list from *at on that fit one piece; moves *at behind them. */
static json_t *piece_of(const json_t *list, size_t *at)
{
	json_t *piece = json_array();
	size_t bytes = 0;

	for (; piece && *at < json_array_size(list); ++*at) {
		json_t *item = json_array_get(list, *at);

		bytes += size_of(item);
		if (bytes > PIECE_BYTES && json_array_size(piece))
			break;
		DROP(json_array_append(piece, item));
	}
	return piece;
}

json_t *pages_send(struct engine *e, struct to to, const char *key, json_t *list)
{
	json_t *piece;
	size_t at = 0;

	if (!list || !session_wants_more(e, to))
		return list;
	for (;;) {
		piece = piece_of(list, &at);
		if (!piece || at >= json_array_size(list))
			break;
		session_more(e, to, json_pack("{s:o}", key, piece), NULL, 0);
	}
	json_decref(list);
	return piece;
}

void pages_reply(struct engine *e, struct to to, const char *key, json_t *list, json_t *last)
{
	json_t *o = last ? last : json_object();

	list = pages_send(e, to, key, list);
	if (!o || !list || json_object_set_new(o, key, list) < 0) {
		json_decref(o);
		session_refuse(e, to, "engine.reply", "out of memory", NULL);
		return;
	}
	session_reply(e, to, o);
}
