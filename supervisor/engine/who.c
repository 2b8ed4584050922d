/* SPDX-License-Identifier: Apache-2.0 */
/*
 * who.c - roles of clients. Runs in: cloister-engine.
 * Must not: look anything up later about a peer; a pid or a name may be another's by then.
 */
#include "supervisor/engine/who.h"
#include "lib/asks/compile.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "supervisor/engine/session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* syscalls engine: getsockopt */

enum { GROUP_BYTES = 1 << 18 };

uint32_t who_group(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *gid, *end;
		uint64_t v;

		line += *line == '\n';
		if (strncmp(line, name, n) != 0 || line[n] != ':')
			continue;
		gid = line + n + 1;
		gid += strcspn(gid, ":\n");
		if (*gid != ':')
			continue;
		gid++;
		end = gid + strcspn(gid, ":\n");
		/* gid 0 is root's: as a group of readers it would be a mistake */
		if (str_to_u64(gid, (size_t)(end - gid), &v) == 0 && v > 0 && v < GID_NONE)
			return (uint32_t)v;
	}
	return GID_NONE;
}

int who_open(struct engine *e, struct fault *f)
{
	static char text[GROUP_BYTES];
	AUTO_FD int fd = open("/etc/group", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t used = 0;
	ssize_t n = 1;

	e->readers = e->operators = GID_NONE;
	if (fd < 0)
		return errno == ENOENT ? 0 : fault_sys(f, "engine.groups", "/etc/group");
	while (n > 0 && used < sizeof(text) - 1) {
		n = RETRY_EINTR(read(fd, text + used, sizeof(text) - 1 - used));
		used += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		return fault_sys(f, "engine.groups", "/etc/group");
	text[used] = '\0';
	e->readers = who_group(text, "cloister");
	e->operators = who_group(text, "cloister-operator");
	return 0;
}

int who_read(int sock, struct who *ret)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	*ret = (struct who){ 0 };
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	ret->uid = cred.uid;
	ret->gid = cred.gid;
	len = sizeof(ret->group);
	/* ERANGE: more than we look at; none of them counts then */
	if (getsockopt(sock, SOL_SOCKET, SO_PEERGROUPS, ret->group, &len) < 0)
		return errno == ERANGE ? 0 : -errno;
	ret->ngroup = len / sizeof(ret->group[0]);
	return 0;
}

static bool in_group(const struct who *w, uint32_t gid)
{
	if (gid == GID_NONE)
		return false;
	for (uint32_t i = 0; i < w->ngroup; i++)
		if (w->group[i] == gid)
			return true;
	return w->gid == gid;
}

uint32_t who_host(const struct engine *e, const struct who *w)
{
	if (w->uid == 0 || in_group(w, e->operators))
		return ROLE_READ | ROLE_CHANGE;
	return in_group(w, e->readers) ? ROLE_READ : ROLE_NONE;
}

uint32_t who_tenant(const struct engine *e, const struct who *w, uint32_t tenant)
{
	const struct tenant_row *t;
	uint32_t role = who_host(e, w);

	if (tenant >= TENANT_ROWS || !e->table->tenant[tenant].name[0])
		return role;
	t = &e->table->tenant[tenant];
	for (uint32_t i = 0; i < t->npeople && i < TENANT_PEOPLE; i++) {
		const struct person_row *p = &t->people[i];

		if (p->flags & PERSON_GROUP ? !in_group(w, p->id) : w->uid != p->id)
			continue;
		role |= ROLE_READ | (p->flags & PERSON_EDITS ? ROLE_CHANGE : 0);
	}
	return role;
}

uint32_t who_anywhere(const struct engine *e, const struct who *w)
{
	uint32_t role = who_host(e, w);

	for (uint32_t t = 0; t < e->table->ntenant; t++)
		role |= who_tenant(e, w, t);
	return role;
}

bool who_sees(const struct engine *e, const struct who *w, uint32_t tenant)
{
	return who_tenant(e, w, tenant) & ROLE_READ;
}
