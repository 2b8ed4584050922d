/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open.c - from an empty place to one where workers can be started. Runs in: cloisterd, once, with
 * full rights, before anything else runs. No allocation but libcap's.
 */
#include "supervisor/daemon/daemon.h"
#include "lib/base/fd.h"
#include "lib/plan/policy.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

enum { TEXT_MAX = 256 * 1024 }; /* mountinfo of a container host with a thousand mounts */

static int read_text(const char *path, char *buf, size_t cap, struct fault *f)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;

	if (fd < 0)
		return fault_sys(f, "daemon.read", "%s", path);
	for (;;) {
		ssize_t got = RETRY_EINTR(read(fd, buf + n, cap - 1 - n));

		if (got < 0)
			return fault_sys(f, "daemon.read", "%s", path);
		if (got == 0)
			break;
		n += (size_t)got;
		if (n == cap - 1)
			return fault_set(f, -EFBIG, "daemon.read", "%s is longer than %zu bytes",
					 path, cap);
	}
	buf[n] = '\0';
	return 0;
}

/* Where our cgroups are: as an earlier cloisterd of this state directory left them, or where we
 * are. */
static int find_cgroups(struct daemon *d, struct fault *f)
{
	static char mounts[TEXT_MAX], self[16384];
	struct cg_saved *s = &d->cg.saved;
	AUTO_FD int fd =
		openat(d->places.fd[PLACE_RUN], "cgroups", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int rc;

	if (!d->fresh && fd >= 0 && read(fd, s, sizeof(*s)) == sizeof(*s) &&
	    cgtree_there(&d->cg, d->claim.own))
		return 0;
	memset(s, 0, sizeof(*s));
	rc = read_text("/proc/self/mountinfo", mounts, sizeof(mounts), f);
	if (rc == 0)
		rc = read_text("/proc/self/cgroup", self, sizeof(self), f);
	return rc < 0 ? rc : cgroups_find(mounts, self, &s->found, f);
}

static int save_cgroups(struct daemon *d, struct fault *f)
{
	AUTO_FD int fd = openat(d->places.fd[PLACE_RUN], "cgroups",
				O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, &d->cg.saved, sizeof(d->cg.saved)) != sizeof(d->cg.saved))
		return fault_sys(f, "daemon.save", "run/cgroups");
	return 0;
}

static int make_policy(struct daemon *d, struct fault *f)
{
	struct host_policy p;

	/* for spawn's start alone: ids, and nothing that anybody may do. The operator's follows */
	policy_private(&p, d->workers.own_base);
	p.may = 0;
	d->host.places = &d->places;
	d->host.own_base = d->workers.own_base;
	d->host.epoch = p.epoch + 1;
	return places_seal(&d->places, PLACE_POLICY, &p, sizeof(p), f);
}

/* Signals are read, never handled. PIPE is blocked and left alone: a write returns EPIPE. */
static int open_signals(struct daemon *d, struct fault *f)
{
	static const int read_too[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP };
	sigset_t block, read;

	(void)sigemptyset(&read);
	for (size_t i = 0; i < ARRAY_LEN(read_too); i++)
		(void)sigaddset(&read, read_too[i]);
	block = read;
	(void)sigaddset(&block, SIGPIPE);
	if (sigprocmask(SIG_SETMASK, &block, NULL) < 0)
		return fault_sys(f, "daemon.signals", "blocking signals");
	d->signals = signalfd(-1, &read, SFD_CLOEXEC | SFD_NONBLOCK);
	return d->signals < 0 ? fault_sys(f, "daemon.signals", "signalfd") : 0;
}

static int open_cgroups(struct daemon *d, struct fault *f)
{
	int rc = find_cgroups(d, f);

	if (rc == 0)
		rc = cgtree_open(&d->cg, d->claim.own, f);
	if (rc == 0)
		rc = save_cgroups(d, f);
	if (rc == 0)
		rc = places_seal(&d->places, PLACE_CGROUPS, &d->cg.table, sizeof(d->cg.table), f);
	for (size_t i = 0; i < d->cg.table.nfd && rc == 0; i++) {
		int high = fcntl(d->cg.dir[i], F_DUPFD_CLOEXEC, PLACE_LOW);

		if (high < 0)
			return fault_sys(f, "daemon.cgroups", "keeping a directory");
		fd_close(&d->cg.dir[i]);
		d->cg.dir[i] = high;
	}
	return rc;
}

/* -EBADMSG: the operator has something to put right. */
static int open_etc(struct daemon *d, struct fault *f)
{
	int fd = host_open(&d->host, f);

	return fd < 0 ? -EBADMSG : places_keep(&d->places, PLACE_ETC, fd, f);
}

int daemon_open(struct daemon *d, const char *state, struct fault *f)
{
	int took_over, rc;

	d->signals = d->claim.dir = -1;
	places_init(&d->places);
	cgtree_init(&d->cg);
	/* first: a SIGTERM from here on waits for the loop, which undoes everything */
	rc = open_signals(d, f);
	if (rc == 0)
		rc = places_lock(&d->places, state, f);
	if (rc < 0)
		return rc;
	took_over = claim_take(&d->claim, d->places.path, places_last_own(&d->places), f);
	if (took_over < 0)
		return took_over;
	d->fresh = took_over == 0;
	d->workers = (struct workers){ .places = &d->places,
				       .cgroup = d->cg.dir,
				       .own_base = UID_BASE + d->claim.own * IDS_PER_TENANT };
	rc = places_open(&d->places, d->workers.own_base, f);
	if (rc == 0)
		rc = places_kind(&d->places, d->may_pass, f);
	if (rc == 0)
		rc = places_keep(&d->places, PLACE_IDS, fcntl(d->claim.dir, F_DUPFD_CLOEXEC, 0), f);
	if (rc == 0)
		rc = open_cgroups(d, f);
	d->workers.ncgroup = d->cg.table.nfd;
	d->workers.generation = d->cg.generation;
	if (rc == 0)
		rc = make_policy(d, f);
	if (rc == 0)
		rc = open_etc(d, f);
	if (rc == 0)
		rc = workers_open(&d->workers, f);
	/* workload inits of a spawn that died become ours to wait for */
	if (rc == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		rc = fault_sys(f, "daemon.subreaper", "becoming the subreaper");
	return rc < 0 ? rc : harden_caps(PROG_CLOISTERD, f);
}
