/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_lower.c - from texts to the rows of plans: the shipped profiles, limits, mounts, Landlock by
 * ABI, rules, images.
 */
/* links: profiles tests/golden/maker.c lib/plan lib/base */
/* libs: -lseccomp */
#include "tests/unit/unit.h"

#include "tests/unit/lang_run.h"
#include "lib/plan/bpf.h"
#include "lib/plan/feature.h"
#include "lib/plan/plan_check.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static const struct plan_mount *mount_at(const void *plan, const char *target)
{
	const struct plan_mount *m;

	for (size_t i = 0; (m = plan_row(plan, PLAN_MOUNT, i)); i++)
		if (strcmp(plan_text(plan, m->target), target) == 0)
			return m;
	return NULL;
}

/* ---- shipped profiles ---- */

static const struct {
	const char *profile, *ceiling, *image[2];
	uint32_t host;
} shipped[] = {
	{ "shell", "host.try", { "root", NULL }, 1 },
	{ "shell", "host.default", { "root", NULL }, 0 },
	{ "web.nginx", "host.default", { "nginx", "site" }, 0 },
	{ "cache.redis", "host.default", { "redis", NULL }, 0 },
	{ "web.nginx", "host.try", { "nginx", "site" }, 0 },
	{ "db.postgres", "host.default", { "postgres15", NULL }, 0 },
	{ "db.postgres.init", "host.default", { "postgres15", NULL }, 0 },
	{ "job.batch", "host.default", { "tools", "inbox" }, 0 },
};

static void ships(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(shipped); i++) {
		struct fault f = { 0 };
		static struct run r;

		begin(&r, COMPILE_PLAN, shipped[i].profile, shipped[i].ceiling);
		for (size_t k = 0; k < 2 && shipped[i].image[k]; k++)
			assert_int_equal(maker_image(&r.maker, shipped[i].image[k],
						     shipped[i].host ? SOURCE_HOST : SOURCE_IMAGE),
					 0);
		compile(&r);
		unit_eq(r.out->ndiag, 0, shipped[i].profile);
		unit_row(plan_of(&r) != NULL, shipped[i].profile);
		unit_eq(plan_check(plan_of(&r), r.out->plan_len, &f), 0, shipped[i].profile);
		end(&r);
	}
}

/* The vDSO makes these itself where it cannot read the clock: a program never expects a refusal. */
static void vdso(void **state)
{
	static const int calls[] = { SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday,
				     SYS_time, SYS_getcpu };
	static struct run r;

	(void)state;
	text_of(&r, "", "host.default");
	compile(&r);
	assert_non_null(plan_of(&r));
	for (size_t i = 0; i < UNIT_LEN(calls); i++) {
		struct bpf p = { plan_row(plan_of(&r), PLAN_BPF, 0),
				 plan_count(plan_of(&r), PLAN_BPF) };
		struct seccomp_data d = { .nr = calls[i], .arch = AUDIT_ARCH_X86_64 };

		unit_eq(bpf_run(p, &d), SECCOMP_RET_ALLOW, "a call of the vDSO");
	}
	end(&r);
}

static void repeats(void **state)
{
	static struct run a, b;

	(void)state;
	for (struct run *r = &a; r; r = r == &a ? &b : NULL) {
		begin(r, COMPILE_PLAN, "shell", "host.try");
		assert_int_equal(maker_image(&r->maker, "root", SOURCE_HOST), 0);
		compile(r);
	}
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.out, b.out, a.n);
	end(&a);
	end(&b);
}

/* ---- limits ---- */

#define SET                                                                                        \
	"  limit cpu 150%\n  limit pids 9\n  limit memory.high 2MiB\n  limit files 4000\n"         \
	"  limit file-size 1GiB\n  limit stop 250ms\n  limit lifetime 30min\n  limit connections " \
	"5\n"

static const struct {
	const char *why, *line; /* SET or none */
	uint32_t section, which;
	uint64_t value;
} limits[] = {
	{ "memory", "", PLAN_CGROUP, KNOB_MEMORY_MAX, 64 << 20 },
	{ "swap preset", "", PLAN_CGROUP, KNOB_SWAP_MAX, 0 },
	{ "oom group", "", PLAN_CGROUP, KNOB_OOM_GROUP, 1 },
	{ "cpu preset", "", PLAN_CGROUP, KNOB_CPU_MAX, 100000 },
	{ "cpu", SET, PLAN_CGROUP, KNOB_CPU_MAX, 150000 },
	{ "pids preset", "", PLAN_CGROUP, KNOB_PIDS_MAX, 64 },
	{ "pids", SET, PLAN_CGROUP, KNOB_PIDS_MAX, 9 },
	{ "memory.high", SET, PLAN_CGROUP, KNOB_MEMORY_HIGH, 2 << 20 },
	{ "files preset", "", PLAN_RLIMIT, RLIMIT_NOFILE, 1024 },
	{ "files", SET, PLAN_RLIMIT, RLIMIT_NOFILE, 4000 },
	{ "file-size preset", "", PLAN_RLIMIT, RLIMIT_FSIZE, UINT64_MAX },
	{ "file-size", SET, PLAN_RLIMIT, RLIMIT_FSIZE, 1 << 30 },
	{ "core preset", "", PLAN_RLIMIT, RLIMIT_CORE, 0 },
	{ "stack preset", "", PLAN_RLIMIT, RLIMIT_STACK, 8 << 20 },
	{ "memlock preset", "", PLAN_RLIMIT, RLIMIT_MEMLOCK, 64 << 10 },
	{ "nice", "", PLAN_RLIMIT, RLIMIT_NICE, 0 },
	{ "address space", "", PLAN_RLIMIT, RLIMIT_AS, UINT64_MAX },
	{ "stop preset", "", PLAN_LIMITMISC, LIMIT_STOP_NS, 10000000000 },
	{ "stop", SET, PLAN_LIMITMISC, LIMIT_STOP_NS, 250000000 },
	{ "lifetime", SET, PLAN_LIMITMISC, LIMIT_LIFETIME_NS, 1800000000000 },
	{ "log preset", "", PLAN_LIMITMISC, LIMIT_LOG_RATE, 1 << 20 },
	{ "connections", SET, PLAN_LIMITMISC, LIMIT_CONNECTIONS, 5 },
};

static bool has_limit(const void *plan, size_t i)
{
	const struct plan_cgroup *c;
	const struct plan_rlimit *l;
	const struct plan_limitmisc *m;
	enum plan_section s = (enum plan_section)limits[i].section;

	for (size_t k = 0; k < plan_count(plan, s); k++) {
		c = plan_row(plan, PLAN_CGROUP, s == PLAN_CGROUP ? k : UINT16_MAX);
		l = plan_row(plan, PLAN_RLIMIT, s == PLAN_RLIMIT ? k : UINT16_MAX);
		m = plan_row(plan, PLAN_LIMITMISC, s == PLAN_LIMITMISC ? k : UINT16_MAX);
		if ((c && c->knob == limits[i].which && c->v[0] == limits[i].value) ||
		    (l && l->resource == limits[i].which && l->soft == limits[i].value &&
		     l->hard == limits[i].value) ||
		    (m && m->limit == limits[i].which && m->value == limits[i].value))
			return true;
	}
	return false;
}

static void limit_rows(void **state)
{
	static const char *const texts[] = { "", SET };

	(void)state;
	for (size_t t = 0; t < UNIT_LEN(texts); t++) {
		static struct run r;

		text_of(&r, texts[t], "host.default");
		compile(&r);
		unit_row(plan_of(&r) != NULL, texts[t]);
		for (size_t i = 0; i < UNIT_LEN(limits); i++)
			if (strcmp(limits[i].line, texts[t]) == 0)
				unit_row(has_limit(plan_of(&r), i), limits[i].why);
		end(&r);
	}
}

/* ---- mounts ---- */

static void mounts(void **state)
{
	const uint64_t base = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	const struct plan_mount *m;
	const void *plan;
	static struct run r;

	(void)state;
	text_of(&r,
		"  feature tmp on\n  feature shm on\n  feature proc on\n  limit tmp 8MiB\n"
		"  mount \"/srv/\" from tmpfs rw size 1MiB\n"
		"  mount \"/usr/local/\" from image \"b\" ro\n"
		"  mount \"/usr/\" from image \"a\" ro exec\n",
		"host.default");
	assert_int_equal(maker_image(&r.maker, "a", SOURCE_IMAGE), 0);
	assert_int_equal(maker_image(&r.maker, "b", SOURCE_IMAGE), 0);
	compile(&r);
	plan = plan_of(&r);
	assert_non_null(plan);
	assert_int_equal(plan_count(plan, PLAN_MOUNT), 8);
	m = mount_at(plan, "/usr");
	assert_true(m && m->kind == MOUNT_IMAGE && m->digest[0] == 0x11);
	assert_int_equal(m->attr, base | MOUNT_ATTR_RDONLY);
	assert_true(m < mount_at(plan, "/usr/local"));
	assert_int_equal(mount_at(plan, "/usr/local")->attr,
			 base | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC);
	m = mount_at(plan, "/srv");
	assert_true(m->kind == MOUNT_TMPFS && m->size == 1 << 20 && m->mode == 0755);
	assert_int_equal(m->attr, base | MOUNT_ATTR_NOEXEC);
	m = mount_at(plan, "/tmp");
	assert_true(m->size == 8 << 20 && m->mode == 01777);
	assert_true(mount_at(plan, "/dev/shm")->size == 64 << 20);
	m = mount_at(plan, "/run");
	assert_true(m->size == 1 << 20 && m->mode == 0755);
	assert_int_equal(mount_at(plan, "/dev")->attr,
			 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	assert_int_equal(mount_at(plan, "/proc")->kind, MOUNT_PROC);
	end(&r);
}

static const struct {
	const char *why, *ceiling, *target;
	uint32_t source, code;
} sources[] = {
	{ "an image", "host.default", "/usr/", SOURCE_IMAGE, 0 },
	{ "the host, permitted", "host.try", "/usr/", SOURCE_HOST, 0 },
	{ "a part of the host's /usr", "host.try", "/usr/share/", SOURCE_HOST, 0 },
	{ "the host, not permitted", "host.default", "/usr/", SOURCE_HOST, 60 },
	{ "the host beside /usr", "host.try", "/opt/", SOURCE_HOST, 22 },
	{ "an image that is not there", "host.try", "/usr/", 0, 102 },
	{ "no ceiling", "", "/usr/", SOURCE_IMAGE, 50 },
	{ "no such ceiling", "host.defaul", "/usr/", SOURCE_IMAGE, 50 },
};

static void image_sources(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(sources); i++) {
		char body[128];
		const struct plan_hdr *h;
		static struct run r;

		(void)snprintf(body, sizeof(body), "  mount \"%s\" from image \"root\" ro exec\n",
			       sources[i].target);
		text_of(&r, body, sources[i].ceiling);
		if (sources[i].source)
			assert_int_equal(maker_image(&r.maker, "root", sources[i].source), 0);
		compile(&r);
		unit_eq(first_code(&r), sources[i].code, sources[i].why);
		unit_row(!plan_of(&r) == (sources[i].code != 0), sources[i].why);
		h = plan_of(&r);
		if (h)
			unit_eq(h->flags & PLAN_F_HOST_SOURCE, sources[i].source == SOURCE_HOST,
				sources[i].why);
		end(&r);
	}
}

/* What is shown is the source's path, not the target's. */
static void host_path(void **state)
{
	const struct plan_mount *m;
	static struct run r;

	(void)state;
	text_of(&r, "  mount \"/opt/x/\" from host \"/usr/share/\" ro\n", "host.try");
	compile(&r);
	assert_non_null(plan_of(&r));
	m = mount_at(plan_of(&r), "/opt/x");
	assert_true(m && m->kind == MOUNT_HOST);
	assert_string_equal(plan_text(plan_of(&r), m->name), "/usr/share");
	end(&r);
}

/* ---- Landlock ---- */

static const struct {
	uint32_t abi;
	uint64_t fs, net, scoped, dir, file; /* what write,move,ioctl become */
} abis[] = {
	{ 1, 0x1fff, 0, 0, 0x2, 0x2 },	     { 2, 0x3fff, 0, 0, 0x2002, 0x2 },
	{ 3, 0x7fff, 0, 0, 0x6002, 0x4002 }, { 4, 0x7fff, 3, 0, 0x6002, 0x4002 },
	{ 5, 0xffff, 3, 0, 0xe002, 0xc002 }, { 6, 0xffff, 3, 3, 0xe002, 0xc002 },
	{ 9, 0xffff, 3, 3, 0xe002, 0xc002 },
};

static uint64_t access_at(const void *plan, const char *path)
{
	const struct plan_llrule *l;

	for (size_t i = 0; (l = plan_row(plan, PLAN_LLRULE, i)); i++)
		if (strcmp(plan_text(plan, l->path), path) == 0)
			return l->access;
	return 0;
}

static void landlock(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(abis); i++) {
		const struct plan_landlock *l;
		char why[16];
		static struct run r;

		(void)snprintf(why, sizeof(why), "ABI %u", abis[i].abi);
		text_of(&r,
			"  mount \"/srv/\" from tmpfs rw size 1MiB\n"
			"  allow path \"/srv/\" write, move, ioctl\n"
			"  allow path \"/srv/f\" write, ioctl\n",
			"host.default");
		r.maker.req.landlock_abi = abis[i].abi;
		compile(&r);
		unit_row(plan_of(&r) != NULL, why);
		l = plan_row(plan_of(&r), PLAN_LANDLOCK, 0);
		unit_eq(l->fs, abis[i].fs, why);
		unit_eq(l->net, abis[i].net, why);
		unit_eq(l->scoped, abis[i].scoped, why);
		unit_eq(access_at(plan_of(&r), "/srv/"), abis[i].dir, why);
		unit_eq(access_at(plan_of(&r), "/srv/f"), abis[i].file, why);
		end(&r);
	}
}

static void paths_are_united(void **state)
{
	const struct plan_llrule *l;
	const void *plan;
	static struct run r;

	(void)state;
	text_of(&r,
		"  feature tmp on\n  feature proc on\n  allow path \"/tmp/\" socket\n"
		"  allow path \"/run/\" read optional\n  allow path \"/run/\" list\n",
		"host.default");
	compile(&r);
	plan = plan_of(&r);
	assert_int_equal(access_at(plan, "/tmp/"), 0x77be); /* feature tmp, and MAKE_SOCK */
	assert_int_equal(access_at(plan, "/proc/"), 0xc);
	assert_int_equal(access_at(plan, "/dev/null"), 0x4006);
	assert_int_equal(access_at(plan, "/dev/tty"), 0);
	assert_int_equal(access_at(plan, "/run/"), 0xc);
	for (size_t i = 0; (l = plan_row(plan, PLAN_LLRULE, i)); i++)
		if (strcmp(plan_text(plan, l->path), "/run/") == 0)
			assert_int_equal(l->flags, 0); /* one of the two is not optional */
	end(&r);
}

static const struct {
	const char *why, *body;
	uint64_t net;
	uint32_t ports, rules;
} nets[] = {
	{ "no network", "", 3, 0, 0 },
	{ "loopback", "  feature net.loopback on\n", 1, 0, 0 },
	{ "one port",
	  "  feature net.loopback on\n  feature net.inbound on\n  allow net in tcp 8080\n", 1, 1,
	  1 },
	{ "a range",
	  "  feature net.loopback on\n  feature net.inbound on\n  allow net in tcp 8000..8003\n", 1,
	  4, 1 },
	{ "all high ports",
	  "  feature net.loopback on\n  feature net.inbound on\n  allow net in tcp 1024..65535\n",
	  0, 0, 1 },
	{ "udp has no Landlock right",
	  "  feature net.loopback on\n  feature net.inbound on\n  allow net in udp 5353\n", 1, 0,
	  1 },
};

static void ports(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(nets); i++) {
		const struct plan_llrule *l;
		const struct plan_landlock *ll;
		uint32_t n = 0;
		static struct run r;

		text_of(&r, nets[i].body, "host.default");
		compile(&r);
		unit_row(plan_of(&r) != NULL, nets[i].why);
		ll = plan_row(plan_of(&r), PLAN_LANDLOCK, 0);
		unit_eq(ll->net, nets[i].net, nets[i].why);
		for (size_t k = 0; (l = plan_row(plan_of(&r), PLAN_LLRULE, k)); k++)
			n += l->flags == LLRULE_PORT;
		unit_eq(n, nets[i].ports, nets[i].why);
		unit_eq(plan_count(plan_of(&r), PLAN_NETRULE), nets[i].rules, nets[i].why);
		end(&r);
	}
}

/* ---- rules ---- */

static const struct {
	const char *why, *body;
	uint16_t nr;
	uint32_t rows, clauses;
} rules[] = {
	{ "a whole call", "", SYS_read, 1, 1 },
	{ "three values under a mask", "", SYS_mprotect, 3, 3 },
	{ "and no huge pages", "", SYS_mmap, 6, 3 },
	{ "huge pages, allowed", "  limit hugepages 2MiB\n", SYS_mmap, 3, 3 },
	{ "a pointer that must be NULL", "", SYS_prlimit64, 1, 1 },
	{ "two arguments, two values", "  allow syscall madvise(start: 0, advice: 1 2)\n",
	  SYS_madvise, 1, 1 },
	{ "a product", "  allow syscall lseek(offset: 0 1, whence: 0 1)\n", SYS_lseek, 1, 1 },
	{ "a range in blocks", "  allow syscall flock(cmd: 1..6)\n", SYS_flock, 4, 4 },
	{ "execve comes with its feature", "", SYS_execve, 1, 1 },
	{ "fork", "  feature fork on\n", SYS_clone, 1, 1 },
	{ "fork and threads", "  feature fork on\n  feature threads on\n", SYS_clone, 2, 2 },
	{ "no network, no socket", "", SYS_socket, 0, 0 },
	{ "loopback sockets", "  feature net.loopback on\n", SYS_socket, 12, 4 },
	{ "notify", "  set ready notify\n", SYS_socket, 3, 1 },
};

static void rule_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rules); i++) {
		const struct plan_sysrule *s;
		uint32_t n = 0, clauses = 0;
		static struct run r;

		text_of(&r, rules[i].body, "host.default");
		compile(&r);
		for (size_t k = 0; plan_of(&r) && (s = plan_row(plan_of(&r), PLAN_SYSRULE, k));
		     k++) {
			n += s->nr == rules[i].nr;
			if (s->nr == rules[i].nr && s->clause + 1u > clauses)
				clauses = s->clause + 1u;
		}
		unit_eq(n, rules[i].rows, rules[i].why);
		unit_eq(clauses, rules[i].clauses, rules[i].why);
		end(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ships),	 cmocka_unit_test(repeats),
		cmocka_unit_test(limit_rows),	 cmocka_unit_test(mounts),
		cmocka_unit_test(image_sources), cmocka_unit_test(host_path),
		cmocka_unit_test(landlock),	 cmocka_unit_test(paths_are_united),
		cmocka_unit_test(ports),	 cmocka_unit_test(rule_rows),
		cmocka_unit_test(vdso),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
