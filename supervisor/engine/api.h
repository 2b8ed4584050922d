/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api.h - the handlers behind method_table[], by the file that holds them.
 */
#ifndef CLOISTER_API_H
#define CLOISTER_API_H

#include "supervisor/engine/session.h"

struct compile_view;

/* api_host.c */
void api_status(struct engine *e, const struct call *c);
void api_shutdown(struct engine *e, const struct call *c);

/* doctor.c */
void api_doctor(struct engine *e, const struct call *c);

/* api_tenant.c */
void api_tenant_list(struct engine *e, const struct call *c);
void api_tenant_show(struct engine *e, const struct call *c);

/* api_tenant_set.c */
void api_tenant_set(struct engine *e, const struct call *c);
void api_tenant_remove(struct engine *e, const struct call *c);

/* api_workload.c */
void api_workload_list(struct engine *e, const struct call *c);
void api_workload_start(struct engine *e, const struct call *c);
void api_workload_stop(struct engine *e, const struct call *c);
void api_workload_restart(struct engine *e, const struct call *c);
void api_workload_status(struct engine *e, const struct call *c);
void api_workload_wait(struct engine *e, const struct call *c);
/* The rows that a client may see; of one tenant, or (ROW_NONE) of all. */
json_t *workload_rows(struct engine *e, struct to to, uint32_t tenant) MUST_USE;

/* api_logs.c */
void api_workload_logs(struct engine *e, const struct call *c);

/* api_events.c */
void api_events(struct engine *e, const struct call *c);

/* api_profile.c */
void api_text(struct engine *e, const struct call *c);
void api_check(struct engine *e, const struct call *c);
void api_format(struct engine *e, const struct call *c);

/* api_compare.c */
void api_explain(struct engine *e, const struct call *c);
void api_compare(struct engine *e, const struct call *c);
void api_lint(struct engine *e, const struct call *c);

/* api_profile.c */
void api_profile_list(struct engine *e, const struct call *c);
void api_profile_show(struct engine *e, const struct call *c);

/* Errors of the text, or a compile that failed: answered, and NULL. */
const struct compile_view *whole_view(struct engine *e, struct to to, const struct compile_view *v,
				      const struct fault *f);

/* api_apply.c */
void api_apply(struct engine *e, const struct call *c);

/* api_run.c */
void api_run(struct engine *e, const struct call *c);
void api_signal(struct engine *e, const struct call *c);

/* The error Exec: a command of a run or exec that execve refused with err (-errno). */
void run_not_executed(struct engine *e, struct to to, int err);

/* api_exec.c */
void api_exec(struct engine *e, const struct call *c);

/* api_image.c */
void api_image_begin(struct engine *e, const struct call *c);
void api_image_show(struct engine *e, const struct call *c);
void api_image_list(struct engine *e, const struct call *c);
void api_image_remove(struct engine *e, const struct call *c);

#endif
