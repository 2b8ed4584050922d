/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main_compile.c - cloister-compile: one request on fd 3, one answer into the memfd on fd 4; with
 * --within a plan on fd 3 and a ceiling on fd 5, and a verdict into fd 4.
 * Runs in: cloister-compile, a throwaway uid in empty namespaces, with nothing else open.
 * Must not: read anything but fds 3 and 5, write anything but fd 4.
 */
#include "profiles/compile.h"
#include "profiles/within.h"
#include "lib/harden/confine.h"
#include "lib/asks/compile.h"
#include "lib/base/fault.h"
#include "lib/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_FAULT = 5 }; /* DESIGN 5: a fault of ours */

static int write_answer(const char *p, size_t n, struct fault *f)
{
	size_t done = 0;
	ssize_t k;

	while (done < n) {
		k = RETRY_EINTR(write(COMPILE_FD_OUT, p + done, n - done));
		if (k <= 0)
			return fault_sys(f, "compile.answer", "%zu bytes", n);
		done += (size_t)k;
	}
	if (fcntl(COMPILE_FD_OUT, F_ADD_SEALS,
		  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return fault_sys(f, "compile.seal", "the answer");
	return 0;
}

/* What the operator decides is compiled by --host alone, and it compiles nothing else. */
static int check_mode(bool host, const void *req, size_t n, struct fault *f)
{
	const struct compile_req *h = req;

	if (n < sizeof(*h) || host != (h->mode == COMPILE_HOST))
		return fault_set(f, -EBADMSG, "compile.mode", "this request is not for %s",
				 host ? "--host" : "a compiler without --host");
	return 0;
}

_Static_assert((int)WITHIN_FD_OUT == (int)COMPILE_FD_OUT, "write_answer() writes there");

/* Is this plan within that ceiling: from their bytes, with no text in sight. */
static int decide_within(struct fault *f)
{
	struct within_answer answer;
	int r = within_run(&answer, f);

	return r < 0 ? r : write_answer((const char *)&answer, sizeof(answer), f);
}

/* Returns 0; 1: the answer is the errors as text. */
static int answer_request(bool host, struct fault *f)
{
	struct work *work = NULL;
	const void *req = NULL, *out = NULL;
	size_t nout = 0;
	int n = sealed_map(COMPILE_FD_REQ, COMPILE_REQ_MAX, "compile.request", &req, f), code, r;

	if (n < 0)
		return n;
	r = check_mode(host, req, (size_t)n, f);
	if (r < 0)
		return r;
	code = compile_run(req, (size_t)n, &work, &out, &nout, f);
	r = code < 0 ? code : write_answer(out, nout, f);
	compile_end(&work);
	return r < 0 ? r : code;
}

int main(int argc, char **argv)
{
	bool within = argc > 1 && strcmp(argv[1], "--within") == 0;
	bool host = argc > 1 && strcmp(argv[1], "--host") == 0;
	struct fault f = { 0 };
	/* syscalls compile: memfd_create pread64 */
	int r = confine_apply(PROG_COMPILE, NULL, 0, &f);

	if (r >= 0)
		r = within ? decide_within(&f) : answer_request(host, &f);
	if (r >= 0)
		return r ? COMPILE_EXIT_TEXT : 0;
	(void)fprintf(stderr, "cloister-compile: %s: %s\n", f.site, f.msg);
	return EXIT_FAULT;
}
