/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plans.c - plans that go further than the tenant's ceiling, handed straight to spawn's plan.load
 * by a taken-over engine (security-model.md 3.5, I3). Runs in: the host tests, as part of
 * evil-frames.
 *
 * Files of the directory: `ceiling`, and plans `NAME.ABI`, compiled under a wider ceiling. What the
 * engine can change it changes: the plan says that it stands under the tenant's ceiling, and that
 * no feature but its own is permitted.
 */
#include "tests/host/evil/plans.h"

#include "lib/asks/spawn.h"
#include "lib/base/fd.h"
#include "lib/plan/plan_check.h"
#include "lib/wire/frame.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { ABI_MOST = LL_ABI_MOST, ROOM = 64 << 10 };

/* clang-format off */
static const struct {
	const char *why, *file;
	int honest; /* leave what the plan says of its ceiling as it is */
	int older;  /* made for the ABI before this kernel's            */
	int want;
	const char *site;
} plans[] = {
	{ "a plan within the ceiling", "good", 0, 0, 0, "" },
	{ "the same again", "good", 0, 0, 0, "" },
	{ "more memory", "memory", 0, 0, -EPERM, "plan.within" },
	{ "a feature", "jit", 0, 0, -EPERM, "plan.within" },
	{ "the host's files", "host", 0, 0, -EPERM, "plan.within" },
	{ "a call", "call", 0, 0, -EPERM, "plan.filter" },
	{ "a call, again", "call", 0, 0, -EPERM, "plan.filter" },
	{ "another ceiling's name", "good", 1, 0, -ESTALE, "plan.ceiling" },
	{ "fewer rights of Landlock handled", "good", 0, 1, -EOPNOTSUPP, "plan.landlock" },
	{ "after all that, a plan within", "good", 0, 0, 0, "" },
};
/* clang-format on */

static union {
	uint64_t aligned;
	struct plan_hdr h;
	uint8_t bytes[ROOM];
} room; /* one at a time */

static int ask(int edge, const struct frame_out *o, struct reply *r)
{
	struct fault f = { 0 };

	reply_init(r);
	if (frame_call(edge, o, r, &f) < 0 && !r->fault.err)
		r->fault = f;
	return r->fault.err ? r->fault.err : r->code;
}

ssize_t evil_file(const char *dir, const char *name, void *buf, size_t n)
{
	char path[512];
	ssize_t got;
	AUTO_FD int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, buf, n);
	return got == (ssize_t)n ? -1 : got; /* full: longer than we know */
}

static int sealed_plan(const char *dir, size_t i, uint64_t abi, const uint8_t ceiling[32])
{
	int fd = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct plan_hdr *h = &room.h;
	struct plan_features *on;
	char name[64];
	ssize_t n;

	(void)snprintf(name, sizeof(name), "%s.%u", plans[i].file,
		       (unsigned)abi - (unsigned)plans[i].older);
	n = evil_file(dir, name, &room, sizeof(room));
	if (fd < 0 || n < (ssize_t)sizeof(*h))
		return -1;
	on = (void *)(uintptr_t)plan_row(&room, PLAN_FEATURES, 0);
	on->permitted = on->on;
	if (!plans[i].honest)
		memcpy(h->ceiling_sha256, ceiling, sizeof(h->ceiling_sha256));
	plan_hash(&room, (size_t)n, h->body_sha256);
	if (write(fd, &room, (size_t)n) != n ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -1;
	return fd;
}

/* Does spawn say what it should about plan i? */
static bool one(int edge, size_t i, struct tenant_ref t, int plan)
{
	const struct spawn_tenant q = { t };
	AUTO_FD int fd = plan;
	const struct frame_out load = { SPAWN_PLAN_LOAD, 0, &q, sizeof(q), &fd, 1 };
	AUTO(reply_fini) struct reply r;
	int rc = fd < 0 ? -EBADF : ask(edge, &load, &r);
	bool good = rc == plans[i].want && strcmp(r.fault.site, plans[i].site) == 0;

	if (!good)
		printf("# %s: code %d, %s: %s\n", plans[i].why, rc, r.fault.site, r.fault.msg);
	if (rc == 0) {
		const struct spawn_slot s = { t, r.slot };
		const struct frame_out drop = { SPAWN_PLAN_DROP, 0, &s, sizeof(s), NULL, 0 };
		struct reply dropped;

		good = good && ask(edge, &drop, &dropped) == 0;
		reply_fini(&dropped);
	}
	return good;
}

void evil_plans(int edge, const char *dir, uint32_t ceiling_id,
		void (*tap)(bool good, const char *why, const char *what))
{
	const struct spawn_tenant_bind bind = { .id = { 7 }, .index = 1, .ceiling = ceiling_id };
	const struct frame_out host = { .op = SPAWN_HOST };
	const struct frame_out bound = { SPAWN_TENANT_BIND, 0, &bind, sizeof(bind), NULL, 0 };
	AUTO(reply_fini) struct reply r;
	uint8_t sum[32];
	uint64_t abi;
	struct tenant_ref t;

	if (evil_file(dir, "ceiling", &room, sizeof(room)) < (ssize_t)sizeof(struct plan_hdr) ||
	    ask(edge, &host, &r) < 0) {
		tap(false, "plans", "there are a ceiling and a host");
		return;
	}
	memcpy(sum, room.h.ceiling_sha256, sizeof(sum));
	abi = r.value[HOST_LANDLOCK] < ABI_MOST ? r.value[HOST_LANDLOCK] : ABI_MOST;
	reply_fini(&r);
	if (ask(edge, &bound, &r) < 0) {
		printf("# %s: %s\n", r.fault.site, r.fault.msg);
		tap(false, "plans", "a tenant is bound");
		return;
	}
	t = (struct tenant_ref){ (uint32_t)r.value[0], (uint32_t)r.value[1] };
	for (size_t i = 0; i < ARRAY_LEN(plans); i++)
		tap(one(edge, i, t, sealed_plan(dir, i, abi, sum)), plans[i].why,
		    plans[i].want ? "it is refused by name" : "it is loaded, as the control");
}
