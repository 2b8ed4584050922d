/* SPDX-License-Identifier: Apache-2.0 */
/* test_cgroups.c - mountinfo and cgroup texts of hosts that exist, and of some that should not. */
/* links: supervisor/daemon/cgroups.c lib/base */
#include "tests/unit/unit.h"

#include "supervisor/daemon/cgroups.h"

#include <errno.h>
#include <string.h>

#define BIT(c) (1u << CTL_##c)

#define PURE                                                                                       \
	"22 1 0:21 / /proc rw,nosuid shared:12 - proc proc rw\n"                                   \
	"30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"

#define HYBRID                                                                                     \
	"31 23 0:28 / /sys/fs/cgroup ro,nosuid shared:5 - tmpfs tmpfs ro,mode=755\n"               \
	"32 31 0:29 / /sys/fs/cgroup/unified rw shared:6 master:3 - cgroup2 cgroup2 rw\n"          \
	"33 31 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"           \
	"34 31 0:31 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"              \
	"35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"                        \
	"36 31 0:33 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer\n"                      \
	"37 31 0:34 / /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n"                            \
	"38 31 0:35 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n"
#define HYBRID_SELF                                                                                \
	"9:blkio:/\n8:pids:/\n5:memory:/user.slice/a:b\n4:cpu,cpuacct:/user.slice\n"               \
	"1:name=systemd:/user.slice/u\n0::/user.slice/u\n"

struct want {
	uint32_t version, controllers;
	const char *path;
};

static const struct {
	const char *why, *mountinfo, *self;
	int rc;
	struct want row[5];
} hosts[] = {
	{ "pure v2",
	  PURE,
	  "0::/system.slice/run-1.scope\n",
	  0,
	  { { 2, 0, "/sys/fs/cgroup/system.slice/run-1.scope" } } },
	{ "pure v2, in the root", PURE, "0::/\n", 0, { { 2, 0, "/sys/fs/cgroup" } } },
	{ "hybrid; pids is mounted read-only, freezer is v2's, cpuacct only comes along",
	  HYBRID,
	  HYBRID_SELF,
	  0,
	  { { 2, 0, "/sys/fs/cgroup/unified/user.slice/u" },
	    { 1, BIT(CPU), "/sys/fs/cgroup/cpu,cpuacct/user.slice" },
	    { 1, BIT(MEMORY), "/sys/fs/cgroup/memory/user.slice/a:b" },
	    { 1, BIT(IO), "/sys/fs/cgroup/blkio" } } },
	{ "v1 only",
	  "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
	  "5:memory:/\n",
	  -ENODEV,
	  { { 0, 0, NULL } } },
	{ "container: the mount shows our part of the hierarchy only",
	  "30 23 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw\n"
	  "31 23 0:27 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
	  "5:memory:/docker/abc\n0::/docker/abc/inner\n",
	  0,
	  { { 2, 0, "/sys/fs/cgroup/inner" }, { 1, BIT(MEMORY), "/sys/fs/cgroup/memory" } } },
	{ "container: the mount shows another's part (abcd is not below abc)",
	  "30 23 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw\n",
	  "0::/docker/abcd\n",
	  -ENODEV,
	  { { 0, 0, NULL } } },
	{ "outside of our cgroup namespace", PURE, "0::/../x\n", -ENODEV, { { 0, 0, NULL } } },
	{ "the second mount of a hierarchy changes nothing",
	  PURE "40 23 0:26 / /mnt/cg rw - cgroup2 cgroup2 rw\n"
	       "41 23 0:40 / /a rw - cgroup cgroup rw,memory\n"
	       "42 23 0:40 / /b rw - cgroup cgroup rw,memory\n",
	  "3:memory:/\n0::/\n",
	  0,
	  { { 2, 0, "/sys/fs/cgroup" }, { 1, BIT(MEMORY), "/a" } } },
	{ "the first v2 mount is read-only",
	  "30 23 0:26 / /ro ro - cgroup2 cgroup2 rw\n31 23 0:26 / /rw rw - cgroup2 cgroup2 rw\n",
	  "0::/\n",
	  0,
	  { { 2, 0, "/rw" } } },
	{ "a mount point with a blank",
	  "30 23 0:26 / /my\\040groups rw - cgroup2 cgroup2 rw\n",
	  "0::/a\n",
	  0,
	  { { 2, 0, "/my groups/a" } } },
	{ "cut short", "30 23 0:26 / /sys/fs/cgroup rw", "0::/\n", -ENODEV, { { 0, 0, NULL } } },
	{ "no optional-fields mark",
	  "30 23 0:26 / /sys/fs/cgroup rw cgroup2 cgroup2 rw\n",
	  "0::/\n",
	  -ENODEV,
	  { { 0, 0, NULL } } },
	{ "no line of ours", PURE, "5:memory:/\n", -ENODEV, { { 0, 0, NULL } } },
	{ "nothing at all", "", "", -ENODEV, { { 0, 0, NULL } } },
};

static void test_hosts(void **state)
{
	static struct cg_found got;

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(hosts); i++) {
		struct fault f = { 0 };
		uint32_t n = 0;

		unit_eq(cgroups_find(hosts[i].mountinfo, hosts[i].self, &got, &f), hosts[i].rc,
			hosts[i].why);
		if (hosts[i].rc < 0)
			continue;
		for (; n < UNIT_LEN(hosts[i].row) && hosts[i].row[n].path; n++) {
			const struct want *w = &hosts[i].row[n];

			unit_eq(got.row[n].version, w->version, hosts[i].why);
			unit_eq(got.row[n].controllers, w->controllers, hosts[i].why);
			unit_row(strcmp(got.row[n].path, w->path) == 0, hosts[i].why);
		}
		unit_eq(got.n, n, hosts[i].why);
	}
}

static void test_long(void **state)
{
	static char self[CG_PATH + 64];
	static struct cg_found got;
	struct fault f = { 0 };

	(void)state;
	memcpy(self, "0::/", 4);
	memset(self + 4, 'x', CG_PATH);
	assert_int_equal(cgroups_find(PURE, self, &got, &f), -ENODEV);
}

static void test_names(void **state)
{
	static const struct {
		const char *text;
		uint32_t bits;
	} rows[] = {
		{ "", 0 },
		{ "\n", 0 },
		{ "cpuset cpu io memory hugetlb pids rdma misc\n",
		  BIT(CPUSET) | BIT(CPU) | BIT(IO) | BIT(MEMORY) | BIT(HUGETLB) | BIT(PIDS) },
		{ "hugetlb\n", BIT(HUGETLB) },
		{ "memoryx blkio\nmemory", 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(rows); i++)
		unit_eq(cgroups_names(rows[i].text), rows[i].bits, rows[i].text);
	for (int c = 0; c < CTL__COUNT; c++)
		if (cgroups_name((enum host_controller)c))
			unit_eq(cgroups_names(cgroups_name((enum host_controller)c)), 1u << c,
				cgroups_name((enum host_controller)c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
