/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_grips.c - what is offered is here once: also while only a process holds it (I10).
 */
/* links: sandbox/grips.c sandbox/rows.c lib/wire/frame.c lib/base */
#include "tests/unit/unit.h"

#include "lib/plan/policy.h"
#include "sandbox/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What grips.c has of the files that it is not tested with. */
int tenant_get(struct app *a, struct tenant_ref t, struct fault *f)
{
	(void)a;
	return t.gen ? 0 : fault_set(f, -ESTALE, "tenant.stale", "no tenant");
}

int ns_join(int pidfd, int what)
{
	(void)pidfd, (void)what;
	return -1;
}

void template_drop_of(struct app *a, struct slot s)
{
	(void)a;
	(void)s;
}

enum { NETD = 77, VOLUMED = 78 };
static struct app app;
static const struct host_policy policy = { .max_workloads = 64, .tenant_workloads = 64 };
static const struct tenant_ref shop = { 3, 7 }, ledger = { 4, 7 };

static int setup(void **state)
{
	struct stat user;
	int fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);

	(void)state;
	memset(&app, 0, sizeof(app));
	app.gen = 100;
	app.policy = &policy;
	app.edge[WORKER_NETD] = NETD;
	app.edge[WORKER_VOLUMED] = VOLUMED;
	assert_int_equal(fstat(fd, &user), 0);
	app.host_ns = user.st_dev;
	app.host_user = user.st_ino;
	(void)close(fd);
	return 0;
}

/* Offers the thing at path as the one who may; what the spawner says. */
static int offer(enum grip_kind kind, const char *path, struct tenant_ref t, struct reply *out)
{
	const struct spawn_offer q = { .t = t, .kind = kind };
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	assert_true(fd >= 0);
	reply_init(out);
	app.host.now_sock = kind == GRIP_NET ? NETD : VOLUMED;
	rc = grip_offer(&app, &q, &fd, out);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static const char *const net = "/proc/self/ns/net", *const dir = "/";
static const char *const here = "here already";

/* Is there a process of t that lives in the namespace and on the superblock? */
static struct start *living(struct tenant_ref t)
{
	struct fault f;
	struct start *s = row_take(&app, TABLE_START, t, &f);
	struct stat st;

	assert_non_null(s);
	assert_int_equal(stat(net, &st), 0);
	s->note.held[0] = st.st_ino;
	assert_int_equal(stat(dir, &st), 0);
	s->note.held[START_IMAGES] = st.st_dev;
	return s;
}

static void network(void **state)
{
	struct spawn_slot q = { .t = shop };
	struct start *s;
	struct reply out;

	(void)state;
	assert_int_equal(offer(GRIP_NET, net, shop, &out), 0); /* the control: nobody is in it */
	q.s = out.slot;
	assert_int_equal(offer(GRIP_NET, net, ledger, &out), -EINVAL); /* its grip is here */
	assert_non_null(strstr(out.fault.msg, here));
	s = living(shop);
	assert_int_equal(grip_drop(&app, &q, NULL, &out), 0);
	assert_int_equal(offer(GRIP_NET, net, ledger, &out), -EINVAL);
	assert_non_null(strstr(out.fault.msg, here));
	assert_int_equal(offer(GRIP_NET, net, shop, &out), -EINVAL); /* never used again */
	row_free(&app, TABLE_START, s);
	assert_int_equal(offer(GRIP_NET, net, ledger, &out), 0);
	q = (struct spawn_slot){ ledger, out.slot };
	assert_int_equal(grip_drop(&app, &q, NULL, &out), 0);
}

/* A directory that is no EROFS is refused as that, once nobody's superblock stands in the way. */
static void image(void **state)
{
	struct start *s = living(shop);
	struct reply out;

	(void)state;
	assert_int_equal(offer(GRIP_IMAGE, dir, ledger, &out), -EINVAL);
	assert_non_null(strstr(out.fault.msg, here));
	assert_int_equal(offer(GRIP_IMAGE, dir, shop, &out), -EINVAL);
	assert_null(strstr(out.fault.msg, here)); /* its own: after a restart of the engine */
	row_free(&app, TABLE_START, s);
	assert_int_equal(offer(GRIP_IMAGE, dir, ledger, &out), -EINVAL);
	assert_null(strstr(out.fault.msg, here));
}

/* Each is offered by the one whose it is, and as what it is. */
static void owners(void **state)
{
	struct spawn_offer q = { .t = shop, .kind = GRIP_NET };
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct reply out;

	(void)state;
	reply_init(&out);
	app.host.now_sock = VOLUMED;
	assert_int_equal(grip_offer(&app, &q, &fd, &out), -EINVAL);
	assert_non_null(strstr(out.fault.msg, "netd's"));
	q.kind = GRIP__COUNT;
	assert_int_equal(grip_offer(&app, &q, &fd, &out), -EINVAL);
	assert_int_equal(offer(GRIP_NET, "/dev/null", shop, &out), -EINVAL);
	assert_int_equal(offer(GRIP_NET, "/proc/self/ns/uts", shop, &out), -EINVAL);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(network, setup),
		cmocka_unit_test_setup(image, setup),
		cmocka_unit_test_setup(owners, setup),
	};

	return cmocka_run_group_tests_name("grips", tests, NULL, NULL);
}
