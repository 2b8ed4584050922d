/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_exec.c - the call Exec and its replies. Runs in: cloister-engine.
 */
#include "supervisor/engine/api.h"
#include "lib/base/fd.h"
#include "supervisor/engine/execs.h"
#include "supervisor/engine/run_args.h"
#include "supervisor/engine/text.h"
#include "supervisor/engine/workloads.h"

#include <errno.h>
#include <signal.h>

static void on_started(struct engine *e, uint64_t arg, uint32_t pid, int *fds, size_t n)
{
	session_more(e, arg_to(arg), json_pack("{s:b, s:I}", "started", 1, "pid", (json_int_t)pid),
		     fds, n);
}

static void on_refused(struct engine *e, uint64_t arg, int err, const struct fault *f)
{
	if (err)
		run_not_executed(e, arg_to(arg), err);
	else
		session_fault(e, arg_to(arg), f);
}

static void on_ended(struct engine *e, uint64_t arg, const struct spawn_exit *x)
{
	bool code = x && x->status == CLD_EXITED;
	uint32_t reason = code ? EXIT_CODE : x && x->value == SIGSYS ? EXIT_REFUSED : EXIT_SIGNAL;

	if (!x)
		session_refuse(e, arg_to(arg), "exec.lost",
			       "cloister-spawn ended, and the command with it", "try again");
	else
		session_reply(e, arg_to(arg),
			      json_pack("{s:s, s:i}", "reason", reason_name(reason),
					code ? "code" : "signal", x->value));
}

static const struct exec_hooks exec_hooks = { on_started, on_refused, on_ended };

/* ---- what the client does ---- */

static void on_signal(struct engine *e, uint64_t x, uint32_t signal)
{
	exec_signal(e, x, signal);
}

static void on_closed(struct engine *e, uint64_t x)
{
	exec_abandon(e, x);
}

static const struct call_hooks call_hooks = { on_signal, on_closed };

static int read_call(struct engine *e, const struct call *c, struct exec_want *x, struct fault *f)
{
	bool tty = json_is_true(json_object_get(c->params, "tty"));

	if (!c->more)
		return fault_set(f, -EINVAL, "exec.more", "Exec needs \"more\": it replies twice");
	x->w = arg_workload(e, c->params, f);
	if (x->w == ROW_NONE || exec_check(e, x->w, tty, f) < 0)
		return f->err;
	if (tty)
		x->flags = START_TTY;
	else if (json_is_false(json_object_get(c->params, "stdin")))
		x->flags = START_NO_STDIN;
	x->size.rows = arg_u16(c->params, "rows");
	x->size.columns = arg_u16(c->params, "columns");
	return run_args_make(json_object_get(c->params, "args"), NULL, &x->args, f);
}

void api_exec(struct engine *e, const struct call *c)
{
	struct exec_want want = { .args = -1, .hooks = &exec_hooks, .arg = to_arg(c->to) };
	struct fault f;
	uint64_t name;
	int rc = read_call(e, c, &want, &f);

	if (rc == 0)
		rc = exec_begin(e, &want, &name, &f);
	if (rc < 0) {
		fd_close(&want.args);
		session_fault(e, c->to, &f);
	} else {
		session_follow(e, c->to, &call_hooks, name);
	}
}
