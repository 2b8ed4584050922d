/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.c - fills the error record. Runs in: every program. No allocation.
 */
#include "lib/base/fault.h"
#include "lib/base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void PRINTF(4, 0)
	fill(struct fault *f, int err, const char *site, const char *fmt, va_list ap)
{
	memset(f, 0, sizeof(*f)); /* it crosses the wire: no stack bytes in it */
	f->err = err;
	(void)str_copy(f->site, sizeof(f->site), site);
	(void)vsnprintf(f->msg, sizeof(f->msg), fmt, ap);
}

int fault_set(struct fault *f, int err, const char *site, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(f, err, site, fmt, ap);
	va_end(ap);
	return err;
}

int fault_sys(struct fault *f, const char *site, const char *fmt, ...)
{
	int err = errno ? -errno : -EIO;
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	fill(f, err, site, fmt, ap);
	va_end(ap);
	n = strlen(f->msg);
	(void)snprintf(f->msg + n, sizeof(f->msg) - n, ": %s", strerrordesc_np(-err));
	return err;
}

void fault_sanitise(struct fault *f)
{
	f->site[sizeof(f->site) - 1] = '\0';
	f->msg[sizeof(f->msg) - 1] = '\0';
	if (f->err > 0)
		f->err = -EIO;
	for (char *p = f->site; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	for (char *p = f->msg; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}
