/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plans.c - plans by hash. Runs in: cloister-engine.
 * Must not: decide whether a plan is good; plan_check() in spawn does.
 */
#include "supervisor/engine/plans.h"
#include "lib/asks/netd.h"
#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/sha256.h"
#include "lib/plan/feature.h"
#include "lib/plan/plan.h"
#include "supervisor/engine/store.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

/* syscalls engine: memfd_create ftruncate renameat unlinkat pread64 */

enum { PLAN_SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL };

struct plans {
	struct plan_item item[PLAN_ITEMS];
};

static struct plans plans_memory; /* behind engine.plans */

int plans_open(struct engine *e, struct fault *f)
{
	(void)f;
	e->plans = &plans_memory;
	return 0;
}

/* Do the rows of section s lie inside and have this stride? */
static bool section_fits(const struct plan_hdr *h, size_t n, enum plan_section s, size_t stride)
{
	const struct plan_sec *sec = &h->sec[s];

	if (sec->count == 0)
		return true;
	return sec->stride == stride && sec->off % 8 == 0 && sec->off >= sizeof(*h) &&
	       sec->off <= n && (size_t)sec->count * stride <= n - sec->off;
}

static int add_image(struct plan_item *p, const uint8_t digest[DIGEST_LEN])
{
	for (uint32_t i = 0; i < p->nimage; i++)
		if (memcmp(p->image[i], digest, DIGEST_LEN) == 0)
			return 0;
	if (p->nimage == PLAN_IMAGES)
		return -E2BIG;
	memcpy(p->image[p->nimage++], digest, DIGEST_LEN);
	return 0;
}

static void read_limits(const void *plan, struct plan_item *p)
{
	enum { S = 1000000000, PERMILLE = 1000 };
	static const uint32_t signals[STOP__COUNT] = {
		[STOP_TERM] = SIGTERM, [STOP_INT] = SIGINT, [STOP_QUIT] = SIGQUIT
	};
	const struct plan_ident *id = plan_row(plan, PLAN_IDENT, 0);

	p->stop_signal = id->stop < STOP__COUNT ? signals[id->stop] : SIGTERM;
	p->stop_ns = UINT64_C(10) * S; /* profiles-audit A.7 */
	p->startup_ns = UINT64_C(60) * S;
	p->lifetime_ns = 0;
	p->log_rate = 1 << 20;
	p->memory_max = UINT64_MAX;
	p->pids_max = p->cpu_permille = 0;
	for (size_t i = 0; i < plan_count(plan, PLAN_CGROUP); i++) {
		const struct plan_cgroup *c = plan_row(plan, PLAN_CGROUP, i);

		if (c->knob == KNOB_MEMORY_MAX)
			p->memory_max = c->v[0];
		if (c->knob == KNOB_PIDS_MAX)
			p->pids_max = c->v[0];
		if (c->knob == KNOB_CPU_MAX && c->v[1] && c->v[0] <= UINT64_MAX / PERMILLE)
			p->cpu_permille = c->v[0] * PERMILLE / c->v[1];
	}
	for (size_t i = 0; i < plan_count(plan, PLAN_LIMITMISC); i++) {
		const struct plan_limitmisc *l = plan_row(plan, PLAN_LIMITMISC, i);

		if (l->limit == LIMIT_STOP_NS)
			p->stop_ns = l->value;
		if (l->limit == LIMIT_STARTUP_NS)
			p->startup_ns = l->value;
		if (l->limit == LIMIT_LIFETIME_NS)
			p->lifetime_ns = l->value;
		if (l->limit == LIMIT_LOG_RATE)
			p->log_rate = l->value;
	}
}

int plan_read(const void *plan, size_t n, struct plan_item *ret, struct fault *f)
{
	const struct plan_hdr *h = plan;
	const struct plan_landlock *l;

	if (n < sizeof(*h) || n > PLAN_SIZE_MAX || memcmp(h->magic, PLAN_MAGIC, 8) != 0 ||
	    h->total_len != n || h->version != PLAN_VERSION || h->nsections != PLAN__COUNT ||
	    !section_fits(h, n, PLAN_IDENT, sizeof(struct plan_ident)) ||
	    !section_fits(h, n, PLAN_FEATURES, sizeof(struct plan_features)) ||
	    !section_fits(h, n, PLAN_MOUNT, sizeof(struct plan_mount)) ||
	    !section_fits(h, n, PLAN_EXEC, sizeof(struct plan_exec)) ||
	    !section_fits(h, n, PLAN_LANDLOCK, sizeof(struct plan_landlock)) ||
	    !section_fits(h, n, PLAN_CGROUP, sizeof(struct plan_cgroup)) ||
	    !section_fits(h, n, PLAN_LIMITMISC, sizeof(struct plan_limitmisc)) ||
	    plan_count(plan, PLAN_IDENT) != 1 || plan_count(plan, PLAN_FEATURES) != 1 ||
	    plan_count(plan, PLAN_EXEC) != 1)
		return fault_set(f, -EBADMSG, "engine.plan", "not a plan of this version");
	ret->features = ((const struct plan_features *)plan_row(plan, PLAN_FEATURES, 0))->on;
	ret->ready = ((const struct plan_ident *)plan_row(plan, PLAN_IDENT, 0))->ready;
	ret->has_command = ((const struct plan_exec *)plan_row(plan, PLAN_EXEC, 0))->path.len > 0;
	l = plan_row(plan, PLAN_LANDLOCK, 0);
	ret->has_landlock = l && (l->fs | l->net | l->scoped);
	ret->nimage = 0;
	for (size_t i = 0; i < plan_count(plan, PLAN_MOUNT); i++) {
		const struct plan_mount *m = plan_row(plan, PLAN_MOUNT, i);

		if (m->kind == MOUNT_IMAGE && add_image(ret, m->digest) < 0)
			return fault_set(f, -EBADMSG, "engine.plan", "more than %d images",
					 PLAN_IMAGES);
	}
	read_limits(plan, ret);
	return 0;
}

/* Does a workload or a load of spawn's still name it? */
static bool is_used(const struct engine *e, const struct plan_item *p)
{
	for (uint32_t i = 0; i < WORKLOAD_ROWS; i++)
		if (workload_used(e, i) &&
		    memcmp(e->table->workload[i].plan, p->digest, DIGEST_LEN) == 0)
			return true;
	return false;
}

static struct plan_item *free_item(struct engine *e)
{
	struct plan_item *old = NULL;

	for (uint32_t i = 0; i < PLAN_ITEMS; i++) {
		struct plan_item *p = &e->plans->item[i];

		if (p->used == 0)
			return p;
		if (!is_used(e, p) && (!old || p->used < old->used))
			old = p;
	}
	if (old) {
		fd_close(&old->fd);
		fd_close(&old->text);
	}
	return old;
}

static struct plan_item *find(struct engine *e, const uint8_t digest[DIGEST_LEN])
{
	for (uint32_t i = 0; i < PLAN_ITEMS; i++) {
		struct plan_item *p = &e->plans->item[i];

		if (p->used && memcmp(p->digest, digest, DIGEST_LEN) == 0)
			return p;
	}
	return NULL;
}

static int seal(const void *plan, size_t n, int *ret_fd, struct fault *f)
{
	AUTO_FD int fd = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return fault_sys(f, "engine.plan", "making a memfd");
	if (write(fd, plan, n) != (ssize_t)n || fcntl(fd, F_ADD_SEALS, PLAN_SEALS) < 0)
		return fault_sys(f, "engine.plan", "sealing %zu bytes", n);
	*ret_fd = fd_take(&fd);
	return 0;
}

int plans_add(struct engine *e, const void *plan, size_t n, struct plan_item **ret, struct fault *f)
{
	struct plan_item fresh = { .fd = -1, .text = -1 };
	struct plan_item *p;
	int rc = plan_read(plan, n, &fresh, f);

	if (rc < 0)
		return rc;
	sha256_of(plan, n, fresh.digest);
	p = find(e, fresh.digest);
	if (!p) {
		p = free_item(e);
		if (!p)
			return fault_set(f, -ENOSPC, "engine.plans", "%d plans are in use",
					 PLAN_ITEMS);
		p->used = 0;
		rc = seal(plan, n, &fresh.fd, f);
		if (rc < 0)
			return rc;
		*p = fresh;
	}
	p->used = clock_boot_ns();
	*ret = p;
	return 0;
}

struct plan_item *plans_find(struct engine *e, const uint8_t digest[DIGEST_LEN])
{
	static uint8_t bytes[PLAN_SIZE_MAX];
	struct plan_item *p = find(e, digest);
	struct fault f;
	int n;

	if (p)
		return p;
	n = store_plan(e, digest, bytes, sizeof(bytes), &f);
	if (n <= 0 || plans_add(e, bytes, (size_t)n, &p, &f) < 0)
		return NULL;
	/* bytes that were changed are another plan */
	return memcmp(p->digest, digest, DIGEST_LEN) == 0 ? p : NULL;
}

int plan_map(const struct plan_item *p, const void **ret, struct fault *f)
{
	return sealed_map(p->fd, PLAN_SIZE_MAX, "engine.plan", ret, f);
}

bool plan_has_tty(const struct plan_item *p)
{
	return p->features & FEAT_BIT(FEAT_PTY);
}

struct plan_item *plans_kept(struct engine *e, const uint8_t digest[DIGEST_LEN])
{
	return find(e, digest);
}

void plans_swept(struct engine *e)
{
	for (uint32_t i = 0; i < PLAN_ITEMS; i++)
		e->plans->item[i].stored = false;
}

bool plan_has_net(const struct plan_item *p)
{
	return p->features & (FEAT_BIT(FEAT_NET_LOOPBACK) | FEAT_BIT(FEAT_NET_INBOUND) |
			      FEAT_BIT(FEAT_NET_OUTBOUND));
}

uint32_t plan_net_flags(const struct plan_item *p)
{
	uint32_t flags = 0;

	if (p->features & FEAT_BIT(FEAT_NET_LOOPBACK))
		flags |= NETD_LO_UP;
	if (p->features & FEAT_BIT(FEAT_NET_IPV6))
		flags |= NETD_IPV6;
	if (p->features & FEAT_BIT(FEAT_NET_LOW_PORTS))
		flags |= NETD_LOW_PORTS;
	return flags;
}
