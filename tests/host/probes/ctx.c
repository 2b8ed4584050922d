/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctx.c - what the probes share: targets, nonces, small files.
 * Runs in: cloister-probe, inside a tenant and outside. Must not keep a descriptor open.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static const struct target *find(const struct probe_ctx *c, const char *key)
{
	for (size_t i = 0; i < c->ntarget; i++)
		if (!strcmp(c->target[i].key, key))
			return &c->target[i];
	return NULL;
}

const char *target_borrow(struct probe_ctx *c, const char *key)
{
	const struct target *t = find(c, key);

	if (!t)
		(void)snprintf(c->note, sizeof(c->note), "no target '%s' was given", key);
	return t ? t->value : NULL;
}

int target_add(struct probe_ctx *c, const char *text)
{
	const char *eq = strchr(text, '=');
	struct target t = { 0 };
	struct target *old;

	if (!eq || eq == text || (size_t)(eq - text) >= sizeof(t.key))
		return -EINVAL;
	memcpy(t.key, text, (size_t)(eq - text));
	if (str_copy(t.value, sizeof(t.value), eq + 1) < 0)
		return -EINVAL;
	old = (struct target *)(uintptr_t)find(c, t.key);
	if (!old && c->ntarget == TARGETS_MAX)
		return -EINVAL;
	if (!old)
		old = &c->target[c->ntarget++];
	*old = t;
	return 0;
}

int answer(long r)
{
	return r < 0 ? -errno : 0;
}

int step(struct probe_ctx *c, const char *what, long r)
{
	int code = answer(r);

	(void)str_copy(c->note, sizeof(c->note), what);
	return code;
}

int skip(struct probe_ctx *c, const char *why)
{
	(void)str_copy(c->note, sizeof(c->note), why);
	return PROBE_SKIP;
}

int absent(struct probe_ctx *c, const char *why)
{
	(void)str_copy(c->note, sizeof(c->note), why);
	return PROBE_ABSENT;
}

bool nonce_in(struct probe_ctx *c, const char *text, size_t n)
{
	if (!c->nonce || !memmem(text, n, c->nonce, strlen(c->nonce)))
		return false;
	c->nonce_seen = true;
	return true;
}

int nonce_file(struct probe_ctx *c, int dirfd, const char *path)
{
	AUTO_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char buf[512];
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, sizeof(buf));
	if (n < 0)
		return -errno;
	return nonce_in(c, buf, (size_t)n) ? 0 : absent(c, "another file of that name");
}

int nonce_stream(struct probe_ctx *c, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[256];
	ssize_t n;

	if (poll(&p, 1, 1000) <= 0)
		return absent(c, "connected, and no banner came");
	n = read(fd, buf, sizeof(buf));
	if (n < 0)
		return -errno;
	return nonce_in(c, buf, (size_t)n) ? 0 : absent(c, "another banner");
}

const char *scratch_path(struct probe_ctx *c, char *buf, const char *name)
{
	(void)snprintf(buf, TARGET_MAX, "%s/%s", c->scratch, name);
	return buf;
}

int write_text(const char *path, const char *text)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return answer(write(fd, text, strlen(text)));
}

ssize_t read_text(const char *path, char *buf, size_t n)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t r;

	if (fd < 0)
		return -errno;
	while (have < n - 1) {
		r = read(fd, buf + have, n - 1 - have);
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		have += (size_t)r;
	}
	buf[have] = 0;
	return (ssize_t)have;
}

void become(uid_t uid)
{
	/* Raw calls: glibc's would signal threads that a forked child does not have. */
	if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, uid, uid, uid) < 0 ||
	    syscall(SYS_setresuid, uid, uid, uid) < 0)
		_exit(125);
	/* A change of ids makes a process non-dumpable: /proc/self would belong to root. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		_exit(125);
}

bool wanted(const struct options *o, const struct probe *p)
{
	size_t n;

	for (int i = 0; i < o->nid; i++) {
		n = strlen(o->id[i]);
		if (!strcmp(o->id[i], p->id))
			return true;
		if (n && o->id[i][n - 1] == '.' && !strncmp(o->id[i], p->id, n))
			return true;
	}
	return o->nid == 0 && !(p->flags & P_ALONE);
}
