/* SPDX-License-Identifier: Apache-2.0 */
/*
 * label.c - the AppArmor profile of the workloads, on a host that has it loaded.
 * Runs in: cloister-spawn and its children.
 *
 * Asked for at the exec of cloister-init and not before: what comes until then needs rights that
 * the profile must not have; and no_new_privs, which would forbid the change, comes after it. Init
 * and program are under the same profile, so the one change is enough (launch.md 7 item 20).
 * Whether it is loaded is found out once: a start that cannot take it then fails.
 */
#include "sandbox/spawn.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"

#include <string.h>
#include <sys/wait.h>

int label_put(int proc)
{
	return file_put(proc, "self/attr/apparmor/exec", "exec cloister-workload");
}

uint32_t label_look(int proc)
{
	char text[64];
	int status = -1;
	pid_t pid;

	/* EINVAL, so nothing is read, where AppArmor is built in and not in use */
	if (file_text(proc, "self/attr/apparmor/current", text, sizeof(text)) == 0) {
		(void)file_text(proc, "self/attr/current", text, sizeof(text));
		return strchr(text, ':') ? HOST_F_SELINUX : 0;
	}
	pid = fork(); /* the kernel refuses the name of a profile that is not loaded */
	if (pid == 0)
		_exit(label_put(proc) < 0);
	if (pid < 0 || RETRY_EINTR(waitpid(pid, &status, 0)) != pid || status != 0)
		return HOST_F_APPARMOR;
	return HOST_F_APPARMOR | HOST_F_LABEL;
}
