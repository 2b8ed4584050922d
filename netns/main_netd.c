/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main_netd.c - cloister-netd: network namespaces. Started by cloisterd as root with CAP_NET_ADMIN
 * and CAP_SYS_ADMIN; descriptors as in lib/asks/parent.h.
 */
#include "netns/netd_ops.h"

#include "lib/base/fd.h"
#include "lib/harden/confine.h"

#include <fcntl.h>
#include <stdio.h>

static struct netd app;

/* All of the file system that is left: the settings of the namespace it is in. */
static int shut(struct fault *f)
{
	AUTO_FD int net = openat(app.pool.home.proc, "sys/net", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct confine_path path = { net, LANDLOCK_ACCESS_FS_WRITE_FILE };

	if (net < 0)
		return fault_sys(f, "netd.sysctl", "opening sys/net");
	return confine_apply(PROG_NETD, &path, 1, f);
}

int main(void)
{
	struct fault f = { 0 };
	int rc = harden_common(PROG_NETD, WORKER_FD, &f);

	if (rc == 0)
		rc = harden_caps(PROG_NETD, &f);
	if (rc == 0)
		rc = netd_open(&app, &f);
	if (rc == 0)
		rc = shut(&f);
	if (rc >= 0)
		rc = netd_serve(&app, &f);
	if (rc < 0)
		(void)dprintf(2, "cloister-netd: %s: %s\n", f.site, f.msg);
	return rc < 0;
}
