/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_events.c - Events: what happened, and whoever follows it. Runs in: cloister-engine.
 *
 * A follower gets what is new as long as it reads. While more than BACKLOG of its replies are
 * unread nothing is added: the ring goes on without it, and the next reply says how many events it
 * missed. Nobody waits for it, and it costs BACKLOG bytes at most.
 */
#include "supervisor/engine/api.h"
#include "lib/base/str.h"
#include "supervisor/engine/events.h"
#include "supervisor/engine/text.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-event.h>

enum { FOLLOWERS_MAX = 64, BACKLOG = 65536, BATCH = 50, AGAIN_US = 200000 };

static struct follower {
	struct to to;
	bool used, follow;
	uint64_t seen, missed;
	char tenant[LABEL_MAX], name[LABEL_MAX]; /* empty: all */
} follower[FOLLOWERS_MAX];

/* now: what is new goes out; again: somebody was behind. */
static sd_event_source *now, *again;

static json_t *event_json(const struct event *v)
{
	json_t *o = json_pack("{s:I, s:I, s:s, s:o}", "seq", (json_int_t)v->seq, "time",
			      (json_int_t)(v->real_ns / 1000000), "event", event_name(v->kind),
			      "text", text_json(v->text, strlen(v->text)));

	if (o && v->tenant[0])
		DROP(json_object_set_new(o, "tenant", json_string(v->tenant)));
	if (o && v->name[0])
		DROP(json_object_set_new(o, "workload", json_string(v->name)));
	return o;
}

static bool is_for(const struct follower *w, const struct event *v)
{
	return (!w->tenant[0] || strcmp(w->tenant, v->tenant) == 0) &&
	       (!w->name[0] || strcmp(w->name, v->name) == 0);
}

/* The next events for w, at most BATCH. *ret_more: there may be others. */
static json_t *batch(struct engine *e, struct follower *w, bool *ret_more)
{
	json_t *list = json_array();
	struct event v;
	size_t n = 0;

	*ret_more = true;
	while (list && n < BATCH) {
		if (ring_next(events_ring(e), &w->seen, &w->missed, &v) == 0) {
			*ret_more = false;
			break;
		}
		if (is_for(w, &v)) {
			DROP(json_array_append_new(list, event_json(&v)));
			n++;
		}
	}
	return list;
}

static json_t *answer(struct follower *w, json_t *list)
{
	json_t *o = json_pack("{s:o, s:I}", "events", list, "seen", (json_int_t)w->seen);

	if (o && w->missed)
		DROP(json_object_set_new(o, "missed", json_integer((json_int_t)w->missed)));
	w->missed = 0;
	return o;
}

/* Whoever follows a tenant may be one of its people no longer. */
static bool may_hear(struct engine *e, struct follower *w)
{
	struct fault f;

	if (!w->tenant[0] || session_sees(e, w->to, tenant_find(e, w->tenant)))
		return true;
	w->used = false;
	no_tenant(&f);
	session_fault(e, w->to, &f);
	return false;
}

/* Returns true when w is behind: it does not read. */
static bool serve(struct engine *e, struct follower *w)
{
	bool more = may_hear(e, w);

	while (more && w->used) {
		json_t *list;

		if (session_backlog(e, w->to) > BACKLOG)
			return true;
		list = batch(e, w, &more);
		if (json_array_size(list) || w->missed)
			session_more(e, w->to, answer(w, list), NULL, 0);
		else
			json_decref(list);
	}
	return false;
}

static void serve_all(struct engine *e)
{
	bool behind = false;

	for (size_t i = 0; i < FOLLOWERS_MAX; i++)
		if (follower[i].used)
			behind |= serve(e, &follower[i]);
	if (behind && sd_event_source_set_time_relative(again, AGAIN_US) >= 0)
		(void)sd_event_source_set_enabled(again, SD_EVENT_ONESHOT);
}

static int on_now(sd_event_source *s, void *data)
{
	(void)s;
	serve_all(data);
	return 0;
}

static int on_again(sd_event_source *s, uint64_t usec, void *data)
{
	(void)s;
	(void)usec;
	serve_all(data);
	return 0;
}

static int sources_open(struct engine *e)
{
	if (!again && (sd_event_add_time_relative(e->loop, &again, CLOCK_MONOTONIC, AGAIN_US,
						  AGAIN_US, on_again, e) < 0 ||
		       sd_event_source_set_enabled(again, SD_EVENT_OFF) < 0))
		return -ENOMEM;
	return now || sd_event_add_defer(e->loop, &now, on_now, e) >= 0 ? 0 : -ENOMEM;
}

/* From the loop, so that what happens at once goes out at once, and never from within its cause.
 * Before anybody has followed there are no sources, and nothing is done. */
void events_tell(struct engine *e)
{
	(void)e;
	if (now)
		(void)sd_event_source_set_enabled(now, SD_EVENT_ONESHOT);
}

static void on_closed(struct engine *e, uint64_t arg)
{
	(void)e;
	follower[arg].used = false;
}

static const struct call_hooks hooks = { NULL, on_closed };

static bool take_name(char dst[LABEL_MAX], const char *name)
{
	dst[0] = '\0';
	return !name || (str_is_label(name, strlen(name)) && str_copy(dst, LABEL_MAX, name) == 0);
}

static void once(struct engine *e, struct to to, struct follower *w)
{
	bool more = true;

	while (more) {
		json_t *list = batch(e, w, &more);

		/* without `more` one reply is all there is: the rest is asked for from `seen` on */
		if (!more || !session_wants_more(e, to)) {
			session_reply(e, to, answer(w, list));
			return;
		}
		session_more(e, to, answer(w, list), NULL, 0);
	}
}

void api_events(struct engine *e, const struct call *c)
{
	struct follower w = { .to = c->to, .used = true };
	json_int_t after = json_integer_value(json_object_get(c->params, "after"));
	bool follow = json_is_true(json_object_get(c->params, "follow"));
	uint32_t t;
	size_t n = 0;

	w.seen = after > 0 ? (uint64_t)after : 0;
	if (!take_name(w.tenant, arg_text(c->params, "tenant")) ||
	    !take_name(w.name, arg_text(c->params, "name"))) {
		session_refuse(e, c->to, "events.name", "not the name of a tenant or workload",
			       NULL);
		return;
	}
	t = w.tenant[0] ? tenant_find(e, w.tenant) : ROW_NONE;
	if (t != ROW_NONE && w.seen < e->table->tenant[t].since) /* another's of that name */
		w.seen = e->table->tenant[t].since;
	if (!follow) {
		once(e, c->to, &w);
		return;
	}
	while (n < FOLLOWERS_MAX && follower[n].used)
		n++;
	if (n == FOLLOWERS_MAX || !session_wants_more(e, c->to) || sources_open(e) < 0) {
		session_refuse(e, c->to, "events.follow",
			       n == FOLLOWERS_MAX	       ? "too many follow already"
			       : !session_wants_more(e, c->to) ? "to follow, call with `more`"
							       : "out of memory",
			       NULL);
		return;
	}
	follower[n] = w;
	session_follow(e, c->to, &hooks, n);
	events_tell(e);
}
