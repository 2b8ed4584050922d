/* SPDX-License-Identifier: Apache-2.0 */
/*
 * places.h - the state directory of a supervisor and everything that is kept open in it.
 */
#ifndef CLOISTER_DAEMON_PLACES_H
#define CLOISTER_DAEMON_PLACES_H

#include "lib/base/fault.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/* What cloisterd keeps open, for itself or to hand on. Numbers from PLACE_LOW on, so that a
 * worker's descriptors (3...) never meet theirs. */
enum place {
	PLACE_NULL,  /* /dev/null                                      */
	PLACE_DIR,   /* the state directory                            */
	PLACE_LOCK,  /* its lock                                       */
	PLACE_STATE, /* state/, the engine's                           */
	PLACE_LOGS,  /* log/, the engine's                             */
	PLACE_OUT,   /* log/supervisor.log                             */
	PLACE_PUB,   /* images/pub/                                    */
	PLACE_RUN,   /* run/                                           */
	PLACE_W,     /* run/w/                                         */
	PLACE_EXIT,  /* run/exit/                                      */
	PLACE_ACTS_SPAWN,
	PLACE_ACTS_NETD,
	PLACE_ACTS_VOLUMED,
	PLACE_REG_RW, /* tenants.idx                                    */
	PLACE_REG_RO,
	PLACE_CONTROL,	/* control.sock, listening                        */
	PLACE_PROGRAMS, /* where our programs are                         */
	PLACE_LIBRARY,	/* shipped profiles                               */
	PLACE_POLICY,	/* sealed policy block                            */
	PLACE_MAKING,	/* the block that is being made                   */
	PLACE_ETC,	/* the operator's profiles, for the engine's texts; or /dev/null */
	PLACE_IDS,	/* /run/cloister-ids                              */
	PLACE_CGROUPS,	/* sealed struct spawn_cgroups                    */
	PLACE__COUNT
};

enum { PLACE_LOW = 64 };

struct places {
	int fd[PLACE__COUNT];
	char path[PATH_MAX];	       /* canonical path of the state directory */
	off_t acts_size[PLACE__COUNT]; /* of a journal's segment, at the last look */
	bool let_in; /* everyone may connect; the engine closes whoever has no role */
};

void places_init(struct places *p);

/* Opens or makes the state directory and takes its lock. -EBUSY: a supervisor is running there.
 * Refuses a directory that is neither empty nor a supervisor's. */
int places_lock(struct places *p, const char *dir, struct fault *f) MUST_USE;

/* The number whose engine owned state/ last, or UINT32_MAX. */
uint32_t places_last_own(const struct places *p);

/* All else: directories with owners and modes for the own range, files, socket, programs. */
int places_open(struct places *p, uint32_t own_base, struct fault *f) MUST_USE;

/* May state/ be where it is? may_pass: also where a reboot or a container's end takes it.
 * -EOPNOTSUPP. */
int places_kind(const struct places *p, bool may_pass, struct fault *f) MUST_USE;

/* Takes fd as a place. Returns 0, or a fault (fd is closed then). */
int places_keep(struct places *p, enum place which, int fd, struct fault *f) MUST_USE;

/* A sealed memfd of these bytes, as a place. */
int places_seal(struct places *p, enum place which, const void *data, size_t n,
		struct fault *f) MUST_USE;

/*
 * Is that journal's segment full? Then it is renamed (NAME.1; the one after ACTS_KEPT goes) and an
 * empty one is the place. 1 done, for its server to hear of; 0 not yet; a fault: it goes on in the
 * old one, or it was cut, which no server of ours does.
 */
enum { ACTS_SEGMENT = 16 << 20, ACTS_KEPT = 7 };
int places_next_acts(struct places *p, enum place which, struct fault *f) MUST_USE;

/* Removes control.sock, and the lock as the last thing. */
void places_remove(struct places *p);

/* ---- host.c: the operator's directory, who could have written what is in it, and its files ----
 */

struct host_files {
	const struct places *places;
	const char *etc; /* the operator's directory; NULL: etc below the state directory */
	uint32_t own_base, epoch; /* of the block to be made */
};

/*
 * Opens the operator's profiles, for the engine. The directories of a private supervisor are made
 * where they are not there. Returns the descriptor or a fault that names what is not root's alone.
 */
int host_open(const struct host_files *h, struct fault *f) MUST_USE;

/* The sealed request of all files as they are now. Returns the descriptor or a fault, likewise. */
int host_request(const struct host_files *h, struct fault *f) MUST_USE;

/* Is it a whole block, sealed? The bytes are its readers' to check. */
int host_block(int fd, struct fault *f) MUST_USE;

/* Says what a compiler wrote about the files, a line each. */
void host_say(int fd);

#endif
