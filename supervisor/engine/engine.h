/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.h - the one struct that all of the engine's files work on.
 *
 * Parts are opaque here: each belongs to the file that is named after it.
 */
#ifndef CLOISTER_ENGINE_H
#define CLOISTER_ENGINE_H

#include "lib/base/fault.h"
#include "lib/base/ids.h"

#include <stdbool.h>

struct sd_event;
struct table;	 /* workloads.h: rows of tenants and workloads               */
struct store;	 /* store.h: what of them outlives the process              */
struct live;	 /* life.h: what of a workload dies with the process         */
struct peers;	 /* peers.h    */
struct plans;	 /* plans.h    */
struct library;	 /* library.h  */
struct images;	 /* images.h   */
struct sessions; /* session.h  */
struct compiles; /* compile.h  */
struct waits;	 /* waits.h    */
struct ring;	 /* events.h   */

/* Descriptors of the program (contract with cloisterd), from WORKER_FD on. */
enum engine_fd {
	FD_PARENT = 3,
	FD_REGISTRY = 5,
	FD_LISTEN = 6,
	FD_STATE,
	FD_LOG,
	FD_LIBRARY,
	FD_ETC, /* the operator's profiles; no directory: there are none */
	FD__END,
};

enum { HOST_WORDS = 4 /* enum spawn_host */, WORKER_KINDS = 8 };
#define GID_NONE UINT32_MAX

struct engine {
	struct sd_event *loop;
	struct table *table;
	struct store *store;
	struct live *live;
	struct peers *peers;
	struct plans *plans;
	struct library *library;
	struct images *images;
	struct sessions *sessions;
	struct compiles *compiles;
	struct waits *waits;
	struct ring *events;

	/* from the policy block; zero before it came */
	uint64_t may;
	/* gids of `cloister` and `cloister-operator` on this host; GID_NONE: there is none */
	uint32_t readers, operators;
	uint32_t index_max, max_workloads, epoch;

	uint32_t first_number; /* of the workloads of a new tenant row */

	/* what the workers said about this host */
	uint64_t host[HOST_WORDS];
	uint64_t volumed_host;
	uint64_t started;		 /* CLOCK_REALTIME, ns */
	uint64_t ops;			 /* operations begun in this life */
	uint32_t restarts[WORKER_KINDS]; /* of each program, by enum worker: for people */

	bool running; /* PARENT_RUN came                                */
	bool looked;  /* the rows were held against what runs           */
	bool ending;  /* Shutdown was asked for: nothing new starts      */
};

#endif
