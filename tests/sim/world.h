/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - all that there is beside the engine: one struct, see sim.h.
 */
#ifndef CLOISTER_WORLD_H
#define CLOISTER_WORLD_H

#include "lib/asks/spawn.h"
#include "lib/plan/registry.h"
#include "lib/wire/frame.h"
#include "supervisor/engine/operation.h"
#include "supervisor/engine/session.h"
#include "supervisor/engine/steps.h"
#include "supervisor/engine/workloads.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>

#define MS	UINT64_C(1000000)
#define SECONDS (1000 * MS)
#define NEVER	UINT64_MAX

enum {
	SIM_TENANTS = 4,
	SIM_SERVICES = 4, /* names a tenant has            */
	SIM_INDEXES = 24, /* uid ranges of this host       */
	SIM_PLANS = 7,
	SIM_IMAGES = 2,
	SIM_CLIENTS = 24,
	SIM_EXECS = 6,
	SIM_OBJECTS = 512,
	SIM_INBOX = 64,
	SIM_OUTBOX = 1024,
	SIM_FATES = 1 << 16,
	SIM_OPS = 512,
	SIM_RESTARTS = 24, /* of a tenant, that are remembered */
	SIM_FD = 64,	   /* descriptors from here on are the engine's or on their way to it */
};

/* What goes wrong, and that all was empty between. */
enum trouble { T_KILLED, T_WORKER, T_POLICY, T_FULL, T_EMPTY, T__COUNT };

/* ---- spawn's tables ---- */

enum kind { K_PLAN, K_CGROUP, K_GRIP, K_START, K__COUNT };
enum start_state { S_NONE, S_PENDING, S_PARKED, S_RUNNING };
/* Why a slot is not there any more. */
enum fate { FATE_LIFE = 0, FATE_DROPPED, FATE_OWN };

struct object {
	uint32_t gen; /* 0: free */
	struct tenant_ref t;
	uint32_t uses;
	/* plan */
	uint32_t plan, epoch; /* plan: of a start too, and what an exec must name */
	bool orphan, judged;
	/* cgroup */
	uint32_t number; /* of a start too */
	struct slot start;
	uint64_t populated; /* until then processes are on their way out */
	/* grip */
	uint32_t grip, image; /* enum grip_kind; image number + 1 */
	bool used;
	/* start */
	enum start_state state;
	bool exec, killed, adopted, deaf; /* deaf: does not end for a signal */
	bool told;			  /* the engine of now knows of it */
	struct slot cgroup, with, net, limits, of;
	struct spawn_start ask;
	uint16_t op;
	uint32_t seq, edge; /* who waits for an answer: edge 0: nobody */
	uint32_t pid, ready;
	uint64_t exit_at, ready_at;
	struct spawn_exit exit;
};

struct fated {
	uint32_t gen;
	enum fate fate;
};

/* ---- frames ---- */

struct request {
	uint16_t op, size;
	uint32_t seq, nfds, plan; /* plan: which the sealed descriptor holds */
	uint8_t body[256] __attribute__((aligned(8)));
};

struct outgoing {
	uint16_t op;
	uint32_t seq, size, nfds;
	union {
		struct reply reply;
		struct spawn_exit exit;
	};
};

struct worker_state {
	bool up;
	uint32_t edge; /* counts its edges to the engine; 0: it has none now */
	uint32_t edges, pid;
	int fd;	  /* of the engine's end, -1: it let go of it */
	bool eof; /* the engine is to hear that it ended      */
	uint32_t in_head, nin, out_head, nout;
	struct request in[SIM_INBOX];
	struct outgoing out[SIM_OUTBOX];
};

/* ---- clients ---- */

enum client_kind {
	CLIENT_NONE = 0,
	CLIENT_CALL,
	CLIENT_RUN,
	CLIENT_EXEC,
	CLIENT_APPLY,
	CLIENT_WAIT
};

struct client {
	enum client_kind kind;
	uint32_t life, w, row_life;
	bool here; /* it did not go away */
	uint64_t exec;
	uint32_t tenant, service; /* CALL: whom it is about */
	bool restart;		  /* and it starts it when that is gone */
	uint64_t since;
	const struct call_hooks *hooks;
	uint64_t arg;
};

/* What the clients have said of a service. */
struct service {
	bool declared;	   /* its file is applied            */
	bool held;	   /* they stopped it                */
	bool doubt;	   /* the engine died while they said so: either may be */
	uint32_t restarts; /* calls that stop it now and start it then */
	uint32_t plan, restart;
};

/* ---- state.db ---- */

struct disk_tenant {
	struct tenant_row row; /* name empty: free */
	uint32_t number_end;
};

struct disk_workload {
	bool used, here;
	char tenant[LABEL_MAX];
	struct workload_row row;
};

struct disk {
	struct disk_tenant tenant[TENANT_ROWS / 16];
	struct disk_workload workload[64];
	struct op_record op[SIM_OPS]; /* a ring */
	uint32_t nop;
};

/* What a row was at the step before. */
struct seen {
	uint32_t life, state, restarts, failures;
	uint64_t backoff_since, backoff_ns;
};

struct world {
	uint64_t seed, rng, step, now, spent;
	uint64_t trace;
	uint32_t reads; /* frames that the engine finds when it reads */
	int taking;	/* the descriptor of an edge that comes, and to whom; -1 */
	enum worker to;
	bool listens;		  /* the engine, to its clients */
	bool quiet, full, inside; /* inside: the engine is running */
	uint32_t acts;		  /* of the engine in this step */
	uint32_t fail, epoch;
	uint16_t serving; /* of spawn: which request */
	int32_t crash_in; /* acts until it is killed; 0: not */
	jmp_buf crash;
	struct engine *e;
	/* spawn */
	struct worker_state worker[WORKER__COUNT];
	struct object object[K__COUNT][SIM_OBJECTS];
	struct fated fate[SIM_FATES];
	uint32_t gen, pid;
	struct reg_row registry[SIM_INDEXES];
	uint32_t bound[SIM_INDEXES]; /* gen that is live in this spawn */
	/* volumed */
	struct {
		struct tenant_ref t;
		uint32_t image; /* + 1; 0: free */
		struct slot slot;
	} attached[64];
	struct disk disk;
	struct client client[SIM_CLIENTS];
	uint32_t clients;
	struct service service[SIM_TENANTS][SIM_SERVICES];
	struct service *talk; /* that is spoken about now */
	struct seen seen[WORKLOAD_ROWS];
	uint64_t restarted[SIM_TENANTS][SIM_RESTARTS];
	uint32_t nrestarted[SIM_TENANTS];
	uint8_t plan_bytes[SIM_PLANS][1024];
	uint32_t plan_size[SIM_PLANS];
	uint8_t plan_digest[SIM_PLANS][DIGEST_LEN];
	uint8_t image_digest[SIM_IMAGES][DIGEST_LEN];
	uint32_t happened[T__COUNT]; /* of what went wrong: how often */
};
#endif
