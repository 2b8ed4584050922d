/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon.h - the whole state of cloisterd, its start, its loop and its end.
 */
#ifndef CLOISTER_DAEMON_H
#define CLOISTER_DAEMON_H

#include "supervisor/daemon/cgtree.h"
#include "supervisor/daemon/claim.h"
#include "supervisor/daemon/places.h"
#include "supervisor/daemon/worker.h"

enum daemon_end {
	END_NONE = 0,
	END_DOWN, /* the engine said so: everything goes              */
	END_STOP, /* a signal: workloads stay, if there are any      */
};

struct daemon {
	struct places places;
	struct claim claim;
	struct cgtree cg;
	struct workers workers;
	bool may_pass;		/* --volatile: state may be on a file system that does not last */
	bool fresh;		/* no earlier cloisterd left anything of ours to keep */
	int signals;		/* signalfd */
	int ready;		/* gets one byte when every worker runs; -1 none */
	bool let_in;		/* everyone may connect; whoever has no role is closed unheard */
	bool up;		/* every worker answered once               */
	struct host_files host; /* its epoch: of the block that is made next */
	bool fed;	    /* there is one from the operator's files, and every worker got it */
	bool reload;	    /* SIGHUP came */
	uint64_t acts_look; /* boot time of the next look at the journals */
	int failed;	    /* <0: one of them did not get that far      */
	int code;	    /* what it exited with, where that is to be passed on */
	enum daemon_end end;
};

/* Everything up to the first worker, with full rights; then the capabilities are dropped. */
int daemon_open(struct daemon *d, const char *state, struct fault *f) MUST_USE;

/* Starts the workers and looks after them until the end. Returns 0, or a fault at the start. */
int daemon_run(struct daemon *d, struct fault *f) MUST_USE;

/* Ends the workers and, as d->end says, removes every trace. Goes on after a failure. */
int daemon_close(struct daemon *d, struct fault *f) MUST_USE;

#endif
