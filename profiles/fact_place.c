/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fact_place.c - path, exec, mount, device, env and net facts.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/facts.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "lib/base/str.h"

#include <string.h>

const char *const right_names[RIGHT__COUNT] = { "read", "list", "write",  "create", "delete",
						"move", "exec", "socket", "ioctl" };

/* What only a directory can be asked: a Landlock rule on a file may not carry it (launch.md C11).
 */
enum {
	DIRECTORY_RIGHTS = 1 << RIGHT_LIST | 1 << RIGHT_CREATE | 1 << RIGHT_DELETE |
			   1 << RIGHT_MOVE | 1 << RIGHT_SOCKET,
};

void facts_add_path(struct facts *x, const struct pathfact *p)
{
	if (x->npath == PATHS_MAX) {
		diag_error(x->d, 53, p->at, "more than %d path facts", PATHS_MAX);
		return;
	}
	if (facts_count(x, p->at))
		x->path[x->npath++] = *p;
}

/* PATH, or { PATH PATH ... }; rights are filled in later, from the returned row on. */
static bool paths(struct facts *x, struct cursor *c)
{
	struct pathfact p = { 0 };
	bool list = cur_accept(c, T_OPEN);

	do {
		if (cur_kind(c) == T_NAME) {
			struct at at = cur_at(c);

			diag_later(x->d, at,
				   arena_printf(x->d->arena, "'%.*s' in place of a path",
						(int)at.len, at_text(at)));
			return false;
		}
		if (!value_path(c, &p.path, &p.at))
			return false;
		facts_add_path(x, &p);
	} while (list && cur_kind(c) != T_CLOSE);
	return !list || cur_expect(c, T_CLOSE, "'}'");
}

static bool right(struct cursor *c, uint32_t *rights)
{
	struct at at;
	struct nearest nr;
	unsigned int i;

	if (!cur_name(c, &at, "a right: read, list, write, create, delete, move, exec ..."))
		return false;
	nearest_init(&nr, at_text(at), at.len);
	for (i = 0; i < RIGHT__COUNT; i++) {
		if (at_is(at, right_names[i])) {
			*rights |= RIGHT_BIT(i);
			return true;
		}
		nearest_try(&nr, right_names[i]);
	}
	diag_nearest(c->d, diag_error(c->d, 3, at, "'%.*s' is no right", (int)at.len, at_text(at)),
		     &nr);
	c->failed = true;
	return false;
}

static void need_directory(struct facts *x, const struct pathfact *p)
{
	size_t n = strlen(p->path);
	struct diag *row;

	if (p->path[n - 1] == '/' || !(p->rights & DIRECTORY_RIGHTS))
		return;
	row = diag_error(x->d, 20, p->at, "these rights are a directory's, and this names a file");
	diag_help(x->d, row, "for the directory and all beneath write \"%s/\"", p->path);
}

/* Gives the paths from row first on their rights; a path that stands twice with them is reported.
 */
static void finish(struct facts *x, uint32_t first, uint32_t rights, bool optional)
{
	uint32_t i, k;

	for (i = first; i < x->npath; i++) {
		struct pathfact *p = &x->path[i];

		p->rights = rights;
		p->optional = optional;
		need_directory(x, p);
		for (k = 0; k < i; k++)
			if (x->path[k].at.src == p->at.src && !strcmp(x->path[k].path, p->path) &&
			    (x->path[k].rights & rights) == rights)
				diag_warn(x->d, 91, p->at, "these rights stand twice");
	}
}

void fact_path(struct facts *x, struct cursor *c, struct at at)
{
	uint32_t first = x->npath, rights = 0;
	bool optional;

	(void)at;
	x->listed |= LISTED_PATH;
	if (!paths(x, c))
		return;
	do {
		if (!right(c, &rights))
			return;
	} while (cur_accept(c, T_COMMA));
	optional = cur_accept_word(c, "optional");
	if (cur_done(c))
		finish(x, first, rights, optional);
}

/* exec PATHS: they may be read and run */
void fact_exec(struct facts *x, struct cursor *c, struct at at)
{
	uint32_t first = x->npath;

	(void)at;
	x->listed |= LISTED_PATH;
	if (paths(x, c) && cur_done(c))
		finish(x, first, RIGHT_BIT(RIGHT_READ) | RIGHT_BIT(RIGHT_EXEC), false);
}

static bool mount_source(struct facts *x, struct cursor *c, struct mountfact *m)
{
	struct at at;

	if (cur_accept_word(c, "image")) {
		m->kind = MOUNT_IMAGE;
		if (!value_string(c, &m->image, &at))
			return false;
		if (str_is_label(m->image, strlen(m->image)))
			return true;
		diag_help(x->d, diag_error(x->d, 100, at, "'%s' is no name of an image", m->image),
			  "small letters, digits and '-', at most 31, a letter first");
		return false;
	}
	if (cur_accept_word(c, "host")) {
		m->kind = MOUNT_HOST;
		return value_path(c, &m->image, &at);
	}
	if (cur_accept_word(c, "tmpfs"))
		m->kind = MOUNT_TMPFS;
	else if (cur_accept_word(c, "proc"))
		m->kind = MOUNT_PROC;
	else if (cur_accept_word(c, "devices"))
		m->kind = MOUNT_DEVICES;
	else
		cur_fail(c, "image, host, tmpfs, proc or devices");
	return !c->failed;
}

static bool mount_options(struct facts *x, struct cursor *c, struct mountfact *m)
{
	bool ro = false;

	while (cur_kind(c) != T_END && !c->failed) {
		struct at at = cur_at(c);

		if (cur_accept_word(c, "ro")) {
			ro = true;
		} else if (cur_accept_word(c, "rw")) {
			m->rw = 1;
		} else if (cur_accept_word(c, "exec")) {
			m->exec = 1;
		} else if (cur_accept_word(c, "size")) {
			if (!value_read(c, V_BYTES, &m->size))
				return false;
			if (m->size < limit_table[LIM_TMP].least) {
				diag_error(x->d, 22, at, "the least size is 4KiB");
				return false;
			}
		} else {
			cur_fail(c, "ro, rw, exec or size");
		}
	}
	if (ro && m->rw)
		diag_error(x->d, 41, m->at, "a mount is either ro or rw");
	return !c->failed && !(ro && m->rw);
}

static bool mount_fits(struct facts *x, const struct mountfact *m)
{
	if (m->kind == MOUNT_TMPFS && !m->size) {
		diag_help(x->d, diag_error(x->d, 62, m->at, "a tmpfs needs a size"),
			  "add 'size 64MiB'");
		return false;
	}
	if (m->kind != MOUNT_TMPFS && (m->rw || m->size)) {
		diag_error(x->d, 34, m->at, "only a tmpfs is writable or has a size");
		return false;
	}
	if (m->rw && m->exec) {
		diag_help(x->d,
			  diag_error(x->d, 34, m->at, "what can be written here could be run"),
			  "put programs on a mount of their own that is ro");
		return false;
	}
	if (m->kind == MOUNT_HOST && strcmp(m->image, "/usr") != 0 &&
	    strncmp(m->image, "/usr/", 5) != 0) {
		diag_error(x->d, 22, m->at, "the source host has only what lies at or below /usr");
		return false;
	}
	return true;
}

/* mount PATH from SOURCE { option } */
void fact_mount(struct facts *x, struct cursor *c, struct at at)
{
	struct mountfact m = { 0 };
	size_t n;

	if (!value_path(c, &m.target, &m.at))
		return;
	n = strlen(m.target);
	if (n > 1 && m.target[n - 1] == '/')
		m.target = arena_printf(x->d->arena, "%.*s", (int)n - 1, m.target);
	if (!cur_accept_word(c, "from")) {
		cur_fail(c, "'from'");
		return;
	}
	if (!mount_source(x, c, &m) || !mount_options(x, c, &m) || !mount_fits(x, &m))
		return;
	if (m.kind != MOUNT_HOST)
		x->listed |= LISTED_MOUNT;
	if (x->nmount == PLAN_MOUNTS_MAX)
		diag_error(x->d, 53, at, "more than %d mounts", PLAN_MOUNTS_MAX);
	else if (facts_count(x, m.at))
		x->mount[x->nmount++] = m;
}

const char *const node_names[NODE__COUNT] = { "null",	 "zero", "full", "random",
					      "urandom", "tty",	 "ptmx" };

void fact_device(struct facts *x, struct cursor *c, struct at at)
{
	unsigned int i;
	struct nearest nr;

	x->listed |= LISTED_DEVICE;
	if (!cur_expect(c, T_OPEN, "'{' and device names"))
		return;
	while (cur_kind(c) != T_CLOSE) {
		if (!cur_name(c, &at, "a device's name"))
			return;
		nearest_init(&nr, at_text(at), at.len);
		for (i = 0; i < NODE__COUNT && !at_is(at, node_names[i]); i++)
			nearest_try(&nr, node_names[i]);
		if (i == NODE__COUNT && at_is(at, "net-tun")) {
			diag_later(x->d, at, "'device net-tun'");
		} else if (i == NODE__COUNT) {
			diag_nearest(x->d,
				     diag_error(x->d, 3, at, "unknown device '%.*s'", (int)at.len,
						at_text(at)),
				     &nr);
		} else if (facts_count(x, at)) {
			x->devices |= UINT64_C(1) << i;
			x->device_at[i] = at;
		}
	}
	cur_take(c);
	(void)cur_done(c);
}

/* Variables that make a program load what they name (P093). */
static bool loads_code(const char *name)
{
	static const char *const names[] = { "GCONV_PATH",	 "PYTHONPATH", "PYTHONHOME",
					     "PYTHONSTARTUP",	 "PERL5LIB",   "PERL5OPT",
					     "NODE_OPTIONS",	 "RUBYOPT",    "RUBYLIB",
					     "BASH_ENV",	 "ENV",	       "GLIBC_TUNABLES",
					     "JAVA_TOOL_OPTIONS" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return !strncmp(name, "LD_", 3);
}

void fact_env(struct facts *x, struct cursor *c, struct at at)
{
	x->listed |= LISTED_ENV;
	if (!cur_expect(c, T_OPEN, "'{' and names of variables"))
		return;
	while (cur_kind(c) != T_CLOSE) {
		const char *name;

		at = cur_at(c);
		if (!cur_expect(c, T_CONST, "a variable's name"))
			return;
		name = arena_printf(x->d->arena, "%.*s", (int)at.len, at_text(at));
		if (loads_code(name))
			diag_help(x->d,
				  diag_warn(x->d, 93, at, "%s changes which code is loaded", name),
				  "remove it unless that is meant");
		if (x->nenv == PLAN_ENV_MAX / 2) {
			diag_error(x->d, 53, at, "more than %d variables", PLAN_ENV_MAX / 2);
			return;
		}
		if (facts_count(x, at))
			x->env[x->nenv++] = (struct envfact){ at, name };
	}
	cur_take(c);
	(void)cur_done(c);
}

static bool port(struct cursor *c, struct netfact *n)
{
	struct at at = cur_at(c);
	uint64_t lo = 1, hi = UINT16_MAX;

	if (!cur_accept_word(c, "any")) {
		if (cur_kind(c) == T_NAME) {
			diag_later(c->d, at,
				   arena_printf(c->d->arena, "'%.*s' in place of a port",
						(int)at.len, at_text(at)));
			return false;
		}
		if (!value_range(c, false, &lo, &hi))
			return false;
	}
	if (lo == 0 || hi > UINT16_MAX) {
		diag_help(c->d, diag_error(c->d, 22, at, "no such port"), "from 1 to 65535");
		return false;
	}
	n->at = at;
	n->lo = (uint16_t)lo;
	n->hi = (uint16_t)hi;
	return true;
}

/* net in tcp|udp PORTS */
void fact_net(struct facts *x, struct cursor *c, struct at at)
{
	struct netfact n = { 0 };
	bool list;

	x->listed |= LISTED_NET;
	if (cur_is_word(c, "out")) {
		diag_later(x->d, at, "'net out'");
		return;
	}
	if (!cur_accept_word(c, "in")) {
		cur_fail(c, "'in'");
		return;
	}
	n.proto = cur_accept_word(c, "tcp") ? 6 : cur_accept_word(c, "udp") ? 17 : 0;
	if (!n.proto) {
		cur_fail(c, "tcp or udp");
		return;
	}
	list = cur_accept(c, T_OPEN);
	do {
		if (!port(c, &n))
			return;
		if (x->nnet == NETS_MAX)
			diag_error(x->d, 53, n.at, "more than %d net facts", NETS_MAX);
		else if (facts_count(x, n.at))
			x->net[x->nnet++] = n;
	} while (list && cur_kind(c) != T_CLOSE);
	if (list)
		cur_take(c);
	if (cur_is_word(c, "addr"))
		diag_later(x->d, cur_at(c), "'addr' of a net fact");
	else
		(void)cur_done(c);
}
