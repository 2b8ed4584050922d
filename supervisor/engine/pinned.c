/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinned.c - plans of an operator who has no 'may plan': spawn makes each itself, of a text whose
 * hash is in the policy block. Runs in: cloister-engine.
 * Must not: believe that it could be otherwise; spawn decides, this only hands over the text.
 *
 * A text is a file of state/, by the hash of the plan that comes of it, so that a later engine can
 * have the plan made again.
 */
#include "supervisor/engine/plans.h"
#include "lib/asks/compile.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "lib/plan/policy.h"
#include "supervisor/engine/compile_req.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* syscalls engine: openat getdents64 renameat unlinkat pread64 write memfd_create fcntl */

enum { SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL, NAME = 80 };

static void file_name(char name[NAME], const char *prefix, const uint8_t digest[DIGEST_LEN])
{
	char hex[2 * DIGEST_LEN + 1];

	str_hex(hex, digest, DIGEST_LEN);
	(void)snprintf(name, NAME, "%s%s", prefix, hex);
}

/* All bytes of one file, at most a request's, behind the end of the other. */
static int copy(int to, int from)
{
	static char buf[64 << 10];
	ssize_t n;
	off_t at = 0;

	while ((n = RETRY_EINTR(pread(from, buf, sizeof(buf), at))) > 0) {
		at += n;
		if (at > COMPILE_REQ_MAX || write(to, buf, (size_t)n) != n)
			return -1;
	}
	return n < 0 || at == 0 ? -1 : 0;
}

static int save(const struct plan_item *p, struct fault *f)
{
	char name[NAME], tmp[NAME];
	AUTO_FD int fd = -1;

	file_name(name, "text.", p->digest);
	file_name(tmp, "new.text.", p->digest);
	fd = openat(FD_STATE, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || copy(fd, p->text) < 0 || renameat(FD_STATE, tmp, FD_STATE, name) < 0)
		return fault_sys(f, "engine.text", "writing %s below state/", name);
	return 0;
}

/* From an earlier engine. What is in the file is spawn's compiler's to judge. */
static void load(struct plan_item *p)
{
	char name[NAME];
	AUTO_FD int from = -1;
	AUTO_FD int fd = memfd_create("text", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	file_name(name, "text.", p->digest);
	from = openat(FD_STATE, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (from >= 0 && fd >= 0 && copy(fd, from) == 0 && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		p->text = fd_take(&fd);
}

int plan_keep_text(struct engine *e, const char *tenant, const char *name, const struct bundle *b,
		   struct plan_item *p, struct fault *f)
{
	char both[2 * LABEL_MAX];
	const struct compile_ask q = { .mode = COMPILE_MAKE, .profile = both, .bundle = b };
	int fd;

	if (e->may & MAY_PLAN)
		return 0;
	(void)snprintf(both, sizeof(both), "%s/%s", tenant, name); /* labels */
	if (compile_req_make(e, &q, &fd, f) < 0)
		return f->err;
	fd_close(&p->text);
	p->text = fd;
	return save(p, f);
}

bool plan_is_made(const struct engine *e, struct plan_item *p)
{
	if (e->may & MAY_PLAN)
		return false;
	if (p->text < 0)
		load(p);
	return p->text >= 0;
}

int pinned_open(struct engine *e, struct fault *f)
{
	static const char prefix[] = "text.";
	int fd = openat(FD_STATE, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		int rc = fault_sys(f, "engine.text", "listing state/");

		fd_close(&fd);
		return rc;
	}
	for (struct dirent *it = readdir(d); it; it = readdir(d)) {
		const char *hex = it->d_name + sizeof(prefix) - 1;
		uint8_t digest[DIGEST_LEN];

		if (strncmp(it->d_name, prefix, sizeof(prefix) - 1) == 0 &&
		    strlen(hex) == 2 * (size_t)DIGEST_LEN &&
		    str_unhex(digest, hex, DIGEST_LEN) == 0 && !plans_find(e, digest))
			(void)unlinkat(FD_STATE, it->d_name, 0); /* tried again next time */
	}
	(void)closedir(d);
	return 0;
}
