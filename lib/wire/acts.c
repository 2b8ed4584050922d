/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acts.c - appends to the acts journal. Runs in: spawn, netd, volumed. No allocation.
 */
#include "lib/wire/acts.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"

#include <string.h>
#include <sys/stat.h>

void acts_init(struct acts *a, int fd)
{
	struct stat st;

	a->fd = fd;
	a->seq = 0;
	if (fstat(fd, &st) == 0)
		a->seq = (uint64_t)st.st_size / sizeof(struct act);
}

int acts_write(struct acts *a, uint16_t op, enum act_phase phase, int32_t code,
	       const struct tenant_ref *t, const uint8_t op_id[16], const uint8_t tag[16])
{
	struct act r = { .seq = a->seq,
			 .boottime = clock_boot_ns(),
			 .op = op,
			 .phase = (uint16_t)phase,
			 .code = code,
			 .t = *t };
	ssize_t n;

	memcpy(r.op_id, op_id, sizeof(r.op_id));
	memcpy(r.tag, tag, sizeof(r.tag));
	n = RETRY_EINTR(write(a->fd, &r, sizeof(r)));
	if (n < 0)
		return -errno;
	if (n != sizeof(r))
		return -EIO;
	a->seq++;
	return 0;
}
