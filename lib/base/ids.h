/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ids.h - how programs name things to each other: numbers with a generation, never text.
 */
#ifndef CLOISTER_IDS_H
#define CLOISTER_IDS_H

#include "lib/base/base.h"

/* The only way to name a tenant to a privileged program (security-model.md 3.3). */
struct tenant_ref {
	uint32_t index, gen;
};

/* An object in a server's table; gen 0 is never live (security-model.md 3.4). */
struct slot {
	uint32_t n, gen;
};

enum {
	LABEL_MAX = 32,	    /* a LABEL of 31 bytes and its NUL: [a-z][a-z0-9-]{0,30}  */
	NAME_MAX_ = 65,	    /* a profile's NAME of 64 bytes and its NUL               */
	TENANTS_MAX = 4094, /* uid ranges 0x70000000 + n * 65536, n = 0..4093         */
	IDS_PER_TENANT = 65536,
	UID_BASE = 0x70000000,
	DIGEST_LEN = 32, /* SHA-256 */

	/* inside ids of a tenant's range */
	ID_WORKLOAD = 1000,  /* W: the workload                        */
	ID_OWNER = 65530,    /* owns the user namespace; no process has it (I5) */
	ID_LOGRELAY = 65531, /* not joined to the user namespace (I29) */
	ID_RELAY = 65532,
	ID_INIT = 65533, /* I: cloister-init (I13)                 */
	ID_NOBODY = 65534,
	ID_PLAN_MAX = 64999, /* highest id a plan may name             */

	/* offsets in the supervisor's own range, where no users are installed */
	OWN_ENGINE = 1,
	OWN_KEYS = 2,
	OWN_BROKER = 3,
	OWN_FS = 4,
	OWN_NS = 5,
	OWN_THROWAWAY = 4096, /* first of the ids used once */
};

#endif
