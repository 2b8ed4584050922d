/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format_mode.c - the request for a canonical form.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/format.h"
#include "profiles/work.h"
#include "lib/base/fault.h"

#include <errno.h>

/* The one file that is not library. Others, or none, are no request. */
int format_mode(struct work *w, struct fault *f)
{
	struct source *s = NULL;
	const char *text = NULL;
	uint32_t i, n = 0;
	size_t len = 0;
	int r;

	for (i = 0; i < w->lib.nsrc; i++)
		if (!(w->lib.src[i].flags & COMPILE_F_LIBRARY)) {
			s = &w->lib.src[i];
			n++;
		}
	if (n != 1)
		return fault_set(f, -EBADMSG, "compile.format", "%u files", n);
	r = parse_source(s, &w->trees, &w->d, f);
	if (r < 0 || w->d.nerror)
		return r;
	r = format_source(s, &w->arena, &text, &len, f);
	if (r < 0)
		return r;
	if (r > 0)
		diag_error(&w->d, 53, (struct at){ s, 0, 0 },
			   "in canonical form the file would be larger than a file may be");
	else
		w->answer.text = answer_text(&w->answer, text, len);
	return 0;
}
