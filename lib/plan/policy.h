/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - the operator's policy block: the whole answer to "who decides" (security-model.md 3.2,
 * I1).
 *
 * Made by cloister-compile --host from root-owned files (profiles/host.c), sealed, passed on unread
 * by cloisterd, read-only everywhere else. A later one of the same supervisor has a larger epoch.
 */
#ifndef CLOISTER_POLICY_H
#define CLOISTER_POLICY_H

#include "lib/base/fault.h"
#include "lib/base/ids.h"

#include <stdbool.h>

enum {
	MAY_TENANT = 1,
	MAY_PLAN = 2,
	MAY_GRANT = 4,
	MAY_PUBLISH = 8,
	MAY_DESTROY = 16,
	MAY_HOST_SOURCE = 32,
	MAY_EXEC = 64,
	MAY_ALL = 127,
};

enum { POLICY_MAX = 4 << 20 }; /* bytes of a block: some 40 ceilings */
#define POLICY_MAGIC "CLHOST\0\1"

struct host_policy {
	uint8_t magic[8];
	uint32_t size, epoch;
	uint64_t may;
	uint32_t uid_base, index_max, ns_owner_uid, edge_uid;
	uint32_t max_workloads, max_volumes, log_floor, npublish;
	uint32_t nceiling, ngrant, npin, nimage;
	uint32_t ntenant, own_base; /* own_base: first uid of the supervisor's own range, 0 =
				       installed users */
	uint32_t throwaway_uid;	    /* first of the ids used once */
	uint32_t fs_uid;	    /* cloister-fs: mkfs.erofs and kin */
	uint32_t tenant_workloads;  /* of one tenant, as max_workloads is of all */
	uint32_t pad;
	/* then: struct ceiling_ref[] by id, tenant_pin[], grant_pin[], plan_pin[], image_pin[],
	 * publish_pin[], the ceilings' bytes */
};
_Static_assert(sizeof(struct host_policy) == 8 + 8 + 8 + 16 * 3 + 8 + 8 + 8, "host_policy");

struct ceiling_ref {
	uint32_t id, off, len, pad; /* id: policy_ceiling_id() of its name, so that a registry row
				       means the same one after a reload */
	uint8_t sha256[32];	    /* plan_hdr.ceiling_sha256 of what may stand under it */
};
struct tenant_pin {
	uint8_t id[16];
	uint32_t ceiling, pad; /* bound under this one and no other */
};
struct grant_pin {
	uint8_t id[16], consumer[16], provider[16], export_sha256[32];
	uint32_t modes, max_conns;
	uint64_t rate, bytes, not_before, not_after;
};
struct plan_pin {
	uint8_t tenant[16], source_sha256[32];
};
struct image_pin {
	uint8_t name[32], sha256[32];
};
struct publish_pin {
	uint8_t tenant[16], addr[16];
	uint16_t proto, port;
	uint32_t pad;
};

/* The block of a private supervisor: every may bit on, ids from its own range. */
void policy_private(struct host_policy *p, uint32_t own_base);

/* Pure. Every count, size and range of the block. Returns 0 or -EINVAL with f set. */
int policy_check(const void *block, size_t size, struct fault *f) MUST_USE;

/* The id of a ceiling from its name; never 0. */
uint32_t policy_ceiling_id(const char *name);

/* Rows of a checked block; NULL or false: there is none. */
const struct ceiling_ref *policy_ceiling(const struct host_policy *p, uint32_t id);
const struct tenant_pin *policy_tenant(const struct host_policy *p, const uint8_t id[16]);
bool policy_has_plan(const struct host_policy *p, const struct plan_pin *want);
bool policy_has_image(const struct host_policy *p, const uint8_t sha256[32]);

/*
 * The block on fd in place of *have (NULL: none yet), which is unmapped: nobody keeps a pointer
 * into it. Its epoch must be larger: -ESTALE.
 */
int policy_take(int fd, const char *site, const struct host_policy **have,
		struct fault *f) MUST_USE;
int policy_swap(const struct host_policy *next, const struct host_policy **have,
		struct fault *f) MUST_USE;

/* Maps the sealed block on fd and checks it. Returns its size, for sealed_unmap(), or a fault. */
int policy_map(int fd, const char *site, const struct host_policy **ret, struct fault *f) MUST_USE;

#endif
