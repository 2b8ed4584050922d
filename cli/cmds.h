/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmds.h - what every command gets, and the handlers that the table names.
 *
 * A handler prints its own result and its own one line of error, and returns an enum exits.
 */
#ifndef CLOISTER_CMDS_H
#define CLOISTER_CMDS_H

#include "cli/args.h"
#include "lib/client/exits.h"

struct cmd {
	const struct cmd_row *row;
	struct args args;
};

static inline bool cmd_has(const struct cmd *c, enum opt o)
{
	return c->args.seen & OPT_BIT(o);
}

int cmd_up(struct cmd *c);
int cmd_down(struct cmd *c);
int cmd_run(struct cmd *c);
int cmd_apply(struct cmd *c);
int cmd_status(struct cmd *c);
int cmd_top(struct cmd *c);
int cmd_tenant_add(struct cmd *c);
int cmd_tenant_show(struct cmd *c);
int cmd_tenant_set(struct cmd *c);
int cmd_tenant_remove(struct cmd *c);
int cmd_tenant_list(struct cmd *c);
int cmd_workload_restart(struct cmd *c);
int cmd_workload_status(struct cmd *c);
int cmd_image_show(struct cmd *c);
int cmd_workload_list(struct cmd *c);
int cmd_workload_start(struct cmd *c);
int cmd_workload_stop(struct cmd *c);
int cmd_workload_logs(struct cmd *c);
int cmd_workload_exec(struct cmd *c);
int cmd_events(struct cmd *c);
int cmd_profile_check(struct cmd *c);
int cmd_profile_fmt(struct cmd *c);
int cmd_profile_explain(struct cmd *c);
int cmd_profile_compare(struct cmd *c);
int cmd_profile_diff(struct cmd *c);
int cmd_profile_lint(struct cmd *c);
int cmd_profile_show(struct cmd *c);
int cmd_profile_list(struct cmd *c);
int cmd_image_build(struct cmd *c);
int cmd_image_list(struct cmd *c);
int cmd_image_remove(struct cmd *c);
int cmd_doctor(struct cmd *c);
int cmd_completion(struct cmd *c);
int cmd_version(struct cmd *c);
int cmd_help(struct cmd *c);

#endif
