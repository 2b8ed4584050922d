/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_logs.c - what a service wrote. Runs in: cloister-engine.
 * Must not: read a tenant's pipe; logs are files that a relay writes (I29).
 */
#include "supervisor/engine/api.h"
#include "supervisor/engine/logparts.h"
#include "supervisor/engine/text.h"

#include <string.h>

enum { LOG_CHUNK = 32768 };

struct chunk {
	const char *text;
	size_t n;
	uint64_t offset;
	bool end;
};

/* A chunk of a log; halved until it fits a message as JSON. */
static void reply_log(struct engine *e, struct to to, struct chunk c)
{
	enum { FITS = 60000 };

	for (;;) {
		json_t *s = text_json(c.text, c.n);
		char *dump = s ? json_dumps(s, JSON_ENCODE_ANY) : NULL;
		bool fits = dump && strlen(dump) < FITS;

		free(dump);
		if (fits || c.n < 2) {
			session_reply(e, to,
				      json_pack("{s:o, s:I, s:b}", "text", s, "offset",
						(json_int_t)(c.offset + c.n), "end", c.end));
			return;
		}
		json_decref(s);
		c.n /= 2;
		c.end = false;
	}
}

void api_workload_logs(struct engine *e, const struct call *c)
{
	static char text[LOG_CHUNK];
	json_int_t offset = json_integer_value(json_object_get(c->params, "offset"));
	const json_t *lines = json_object_get(c->params, "lines");
	struct log_view v;
	struct fault f;
	uint32_t w = arg_workload(e, c->params, &f);
	uint64_t at = offset > 0 ? (uint64_t)offset : 0;
	size_t n;

	if (w == ROW_NONE) {
		session_fault(e, c->to, &f);
		return;
	}
	if (lines && !json_is_null(lines) &&
	    (json_integer_value(lines) < 0 || json_integer_value(lines) > LOG_LINES_MAX)) {
		session_refuse(e, c->to, "workload.logs", "lines is 0 to 10000", NULL);
		return;
	}
	log_view_open(e, w, &v);
	if (lines && !json_is_null(lines))
		at = log_tail(&v, (uint32_t)json_integer_value(lines));
	n = log_read(&v, &at, text, sizeof(text));
	log_view_fini(&v);
	/* the end of one part is not that of the log: only an empty reading is */
	reply_log(e, c->to, (struct chunk){ text, n, at - n, n == 0 });
}
