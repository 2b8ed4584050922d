/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_stubs.h - handlers that do nothing, so that the command table links without the commands.
 */
#ifndef CLOISTER_TEST_CMD_STUBS_H
#define CLOISTER_TEST_CMD_STUBS_H

#include "cli/cmds.h"

#define STUB(name)                                                                                 \
	int name(struct cmd *c)                                                                    \
	{                                                                                          \
		(void)c;                                                                           \
		return EXITS_DONE;                                                                 \
	}
STUB(cmd_up)
STUB(cmd_down)
STUB(cmd_run)
STUB(cmd_apply)
STUB(cmd_status)
STUB(cmd_top)
STUB(cmd_tenant_add)
STUB(cmd_tenant_show)
STUB(cmd_tenant_set)
STUB(cmd_tenant_remove)
STUB(cmd_tenant_list)
STUB(cmd_workload_restart)
STUB(cmd_workload_status)
STUB(cmd_image_show)
STUB(cmd_workload_list)
STUB(cmd_workload_start)
STUB(cmd_workload_stop)
STUB(cmd_workload_logs)
STUB(cmd_workload_exec)
STUB(cmd_events)
STUB(cmd_profile_check)
STUB(cmd_profile_fmt)
STUB(cmd_profile_explain)
STUB(cmd_profile_compare)
STUB(cmd_profile_diff)
STUB(cmd_profile_lint)
STUB(cmd_profile_show)
STUB(cmd_profile_list)
STUB(cmd_image_build)
STUB(cmd_image_list)
STUB(cmd_image_remove)
STUB(cmd_doctor)
STUB(cmd_completion)
STUB(cmd_version)
STUB(cmd_help)

#endif
