/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_events.c - what happened lately, and what happens. Runs in: cloister.
 */
#include "cli/ask.h"
#include "cli/cmds.h"
#include "cli/print.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EVENT_WIDE = 8 };

/* "2026-11-26 07:03:50.123", the wall clock of who reads it. */
static void stamp(struct text *t, uint64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	char day[32] = "";
	struct tm tm;

	if (localtime_r(&s, &tm))
		(void)strftime(day, sizeof(day), "%F %T", &tm);
	text_fmt(t, "%s.%03u", day, (unsigned)(ms % 1000));
}

static int tint(const char *event)
{
	static const struct {
		const char *event;
		int sgr;
	} tints[] = {
		{ "ready", SGR_GREEN },	  { "failed", SGR_RED },      { "oom", SGR_RED },
		{ "late", SGR_RED },	  { "pressure", SGR_YELLOW }, { "backoff", SGR_YELLOW },
		{ "worker", SGR_YELLOW },
	};

	for (size_t i = 0; i < ARRAY_LEN(tints); i++)
		if (strcmp(event, tints[i].event) == 0)
			return tints[i].sgr;
	return 0;
}

static void line(struct text *t, const struct screen *s, const json_t *v)
{
	const char *event = client_str(v, "event", "?"), *tenant = client_str(v, "tenant", NULL),
		   *name = client_str(v, "workload", NULL), *text = client_str(v, "text", "");
	int sgr = tint(event);

	stamp(t, client_u64(v, "time"));
	text_str(t, "  ");
	if (sgr)
		print_sgr(t, s, sgr);
	text_shown(t, event, strlen(event), true); /* I28 */
	text_fill(t, ' ', strlen(event) < EVENT_WIDE ? EVENT_WIDE - strlen(event) : 0);
	if (sgr)
		print_sgr_end(t, s);
	text_str(t, "  ");
	text_shown(t, tenant ? tenant : "-", tenant ? strlen(tenant) : 1, true);
	if (name) {
		text_str(t, "/");
		text_shown(t, name, strlen(name), true);
	}
	text_str(t, "  ");
	text_shown(t, text, strlen(text), true);
	text_str(t, "\n");
}

static int show(const struct cmd *c, const json_t *reply)
{
	const json_t *list = json_object_get(reply, "events");
	uint64_t missed = client_u64(reply, "missed");
	AUTO_TEXT struct text t = { 0 };
	struct screen s = screen_of(STDOUT_FILENO);

	/* what was there before somebody looked is no loss of the looker's, but it is a gap */
	if (missed && cmd_has(c, OPT_JSON))
		text_fmt(&t, "{\"missed\":%" PRIu64 "}\n", missed);
	else if (missed)
		text_fmt(&t, "... missed %" PRIu64 "\n", missed);
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (cmd_has(c, OPT_JSON))
			ask_json_text(&t, json_array_get(list, i), true); /* for pipes */
		else
			line(&t, &s, json_array_get(list, i));
	}
	return t.n ? print_out(&t) : EXITS_DONE;
}

/* [TENANT[/WORKLOAD]] as parameters; NULL after it was said what is wrong. */
static json_t *about(const struct cmd *c)
{
	const char *word = args_word(&c->args, 0);
	json_t *o;

	if (word && strchr(word, '/'))
		o = ask_workload("events", word);
	else
		o = json_pack("{s:s*}", "tenant", word);
	if (o && cmd_has(c, OPT_FOLLOW))
		(void)json_object_set_new(o, "follow", json_true());
	return o;
}

int cmd_events(struct cmd *c)
{
	AUTO_CLIENT struct client *cl = NULL;
	struct fault f = { 0 };
	json_t *o = about(c);
	bool more = true;
	int e = o ? ask_open("events", &cl) : EXITS_USAGE;

	if (e != EXITS_DONE) {
		json_decref(o);
		return e;
	}
	if (client_send(cl, "Events", o, CLIENT_MORE, &f) < 0)
		return ask_failed("events", &f);
	while (more && e == EXITS_DONE) {
		AUTO_REPLY struct client_reply r;

		client_reply_init(&r);
		if (client_next(cl, true, &r, &f) < 0)
			return ask_failed("events", &f);
		more = r.continues && !r.error;
		e = r.error ? ask_refused("events", &r) : show(c, r.params);
	}
	return e;
}
