/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroups.c - reads mountinfo and cgroup of /proc/self. Runs in: cloisterd, at start. No
 * allocation.
 */
#include "supervisor/daemon/cgroups.h"
#include "lib/base/str.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* A run of bytes inside one of the two texts. */
struct span {
	const char *p;
	size_t n;
};

static const struct {
	const char *v2, *v1;
} names[CTL__COUNT] = {
	[CTL_MEMORY] = { "memory", "memory" }, [CTL_CPU] = { "cpu", "cpu" },
	[CTL_PIDS] = { "pids", "pids" },       [CTL_IO] = { "io", "blkio" },
	[CTL_CPUSET] = { "cpuset", "cpuset" }, [CTL_HUGETLB] = { "hugetlb", "hugetlb" },
	[CTL_FREEZER] = { NULL, NULL }, /* core of version 2 since 5.2: no name, and v1 not needed
					 */
	[CTL_DEVICES] = { NULL, "devices" },
};

static bool is(struct span s, const char *word)
{
	return word && strlen(word) == s.n && memcmp(s.p, word, s.n) == 0;
}

/* Cuts the next part of *rest up to sep (or its end). False when nothing is left. */
static bool cut(struct span *rest, char sep, struct span *ret)
{
	const char *end;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, sep, rest->n);
	ret->p = rest->p;
	ret->n = end ? (size_t)(end - rest->p) : rest->n;
	rest->n -= ret->n + (end ? 1 : 0);
	rest->p += ret->n + (end ? 1 : 0);
	return true;
}

/* Bits of the controllers in a list of v1 names, which other options may stand among. */
static uint32_t v1_bits(struct span list)
{
	struct span word;
	uint32_t bits = 0;

	while (cut(&list, ',', &word))
		for (int c = 0; c < CTL__COUNT; c++)
			if (is(word, names[c].v1))
				bits |= 1u << c;
	return bits;
}

static bool has_word(struct span list, const char *what)
{
	struct span word;

	while (cut(&list, ',', &word))
		if (is(word, what))
			return true;
	return false;
}

/* One line of mountinfo, as far as it matters. */
struct mount_line {
	struct span root, point, options, type, super;
};

static bool read_mount(struct span line, struct mount_line *m)
{
	struct span word[6] = { 0 }, extra = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(word); i++)
		if (!cut(&line, ' ', &word[i]))
			return false;
	/* optional fields up to a lone "-" */
	do
		if (!cut(&line, ' ', &extra))
			return false;
	while (!is(extra, "-"));
	m->root = word[3];
	m->point = word[4];
	m->options = word[5];
	return cut(&line, ' ', &m->type) && cut(&line, ' ', &extra) && cut(&line, ' ', &m->super);
}

/* Our path in the hierarchy with these v1 controllers, or in version 2 (bits 0). */
static bool own_path(const char *self, uint32_t bits, struct span *ret)
{
	struct span text = { self, strlen(self) }, line, id, list;

	while (cut(&text, '\n', &line)) {
		if (!cut(&line, ':', &id) || line.n == 0)
			continue;
		if (!cut(&line, ':', &list))
			continue;
		if (bits ? (v1_bits(list) & bits) != 0 : (is(id, "0") && list.n == 0)) {
			*ret = line; /* the rest, colons and all */
			return line.n > 0 && line.p[0] == '/';
		}
	}
	return false;
}

static bool octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Appends s to path; with `escaped`, \040 and the like become the byte they stand for. */
static bool append(char *path, size_t *at, struct span s, bool escaped)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (escaped && c == '\\' && i + 3 < s.n && octal(s.p[i + 1]) && octal(s.p[i + 2]) &&
		    octal(s.p[i + 3])) {
			c = (char)((s.p[i + 1] - '0') << 6 | (s.p[i + 2] - '0') << 3 |
				   (s.p[i + 3] - '0'));
			i += 3;
		}
		if (*at + 1 >= CG_PATH)
			return false;
		path[(*at)++] = c;
	}
	path[*at] = '\0';
	return true;
}

/* Where own is found below a mount that shows the hierarchy from `root` on. */
static bool place(const struct mount_line *m, struct span own, char *path)
{
	struct span root = m->root;
	size_t at = 0;

	if (own.n >= 3 && memcmp(own.p, "/..", 3) == 0)
		return false; /* outside of our cgroup namespace */
	if (is(root, "/"))
		root.n = 0;
	if (own.n < root.n || memcmp(own.p, root.p, root.n) != 0 ||
	    (own.n > root.n && own.p[root.n] != '/'))
		return false;
	own.p += root.n;
	own.n -= root.n;
	if (is(own, "/"))
		own.n = 0;
	return append(path, &at, m->point, true) && append(path, &at, own, false);
}

/* One mount: a row, if it is a hierarchy that has none yet. */
static void consider(const struct mount_line *m, const char *self, struct cg_found *out)
{
	bool v2 = is(m->type, "cgroup2");
	uint32_t bits = 0, taken = 0;
	struct cg_place *row = v2 ? &out->row[0] : &out->row[out->n];
	struct span own;

	if (!v2 && !is(m->type, "cgroup"))
		return;
	if (!has_word(m->options, "rw") || !has_word(m->super, "rw"))
		return;
	if (v2 && row->version == 2)
		return;
	if (!v2) {
		bits = v1_bits(m->super);
		for (uint32_t i = 1; i < out->n; i++)
			taken |= out->row[i].controllers;
		if (bits == 0 || (bits & taken) || out->n == SPAWN_CGROUPS_MAX)
			return;
	}
	if (!own_path(self, bits, &own) || !place(m, own, row->path))
		return;
	row->version = v2 ? 2 : 1;
	row->controllers = bits;
	if (!v2)
		out->n++;
}

int cgroups_find(const char *mountinfo, const char *self, struct cg_found *out, struct fault *f)
{
	struct span text = { mountinfo, strlen(mountinfo) }, line;

	memset(out, 0, sizeof(*out));
	out->n = 1; /* row 0 is kept for version 2 */
	while (cut(&text, '\n', &line)) {
		struct mount_line m;

		if (read_mount(line, &m))
			consider(&m, self, out);
	}
	if (out->row[0].version != 2)
		return fault_set(f, -ENODEV, "cgroups.v2",
				 "no writable cgroup2 mount shows our own cgroup; mount one "
				 "(on systemd hosts it is there)");
	return 0;
}

uint32_t cgroups_names(const char *text)
{
	struct span rest = { text, strcspn(text, "\n") }, word;
	uint32_t bits = 0;

	while (cut(&rest, ' ', &word))
		for (int c = 0; c < CTL__COUNT; c++)
			if (is(word, names[c].v2))
				bits |= 1u << c;
	return bits;
}

const char *cgroups_name(enum host_controller c)
{
	return names[c].v2;
}
