/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alone.c - cloister-volumed without its family, for tests/host/image.sh: this program is its
 * parent, its engine and its spawn. Prints TAP.
 *   alone VOLUMED DIR PLAIN PACKED     DIR: empty, holds images/pub; PLAIN an image as mkimage
 * makes them; PACKED a compressed one
 */
#include "lib/asks/spawn.h"
#include "lib/asks/volumed.h"
#include "lib/base/fd.h"
#include "lib/base/sha256.h"
#include "lib/base/str.h"
#include "lib/plan/policy.h"
#include "lib/plan/registry.h"
#include "lib/wire/frame.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

enum { GEN_A = 1, GEN_B = 5, WAIT_MS = 20000, OWN_BASE = UID_BASE + 4000 * IDS_PER_TENANT };

static const struct tenant_ref tenant_a = { 0, GEN_A }, tenant_b = { 1, GEN_B };

static struct alone {
	int parent, engine, spawn, pub;
	pid_t pid;
	uint32_t seq, slots;
	int got;     /* what the last offer carried, -1 none */
	int written; /* what a builder held */
	struct spawn_offer offer;
	unsigned n, bad;
	uint8_t *plain, *packed;
	size_t plain_len, packed_len;
	uint8_t digest[DIGEST_LEN];
} t = { .got = -1, .written = -1 };

static void check(bool good, const char *what)
{
	t.n++;
	t.bad += !good;
	(void)printf("%s %u %s\n", good ? "ok" : "not ok", t.n, what);
}

static void need(bool good, const char *what)
{
	if (good)
		return;
	(void)printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- as parent ---- */

static int pair(int far_of[1])
{
	int s[2];

	need(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) == 0, "socketpair");
	far_of[0] = s[1];
	return s[0];
}

static int tell(uint16_t op, const void *body, size_t size, int fd)
{
	const struct frame_out o = {
		.op = op, .body = body, .size = size, .fd = &fd, .nfds = fd >= 0
	};
	struct reply r;
	struct fault f = { 0 };
	int rc = frame_call(t.parent, &o, &r, &f);

	if (rc < 0)
		(void)printf("# parent op %u: %s: %s\n", op, f.site, f.msg);
	return rc;
}

static int edge(enum worker w, int *near)
{
	const struct parent_edge e = { .worker = w };
	int far, rc;

	fd_close(near);
	*near = pair(&far);
	rc = tell(PARENT_EDGE, &e, sizeof(e), far);
	fd_close(&far);
	return rc;
}

static int registry(const char *dir)
{
	static struct reg_row rows[TENANTS_MAX];
	char path[512];
	int fd;

	rows[0] = (struct reg_row){ .id = { 1 }, .gen = GEN_A, .state = REG_BOUND };
	rows[1] = (struct reg_row){ .id = { 2 }, .gen = GEN_B, .state = REG_BOUND };
	for (int i = 0; i < 2; i++)
		rows[i].crc = reg_crc(&rows[i]);
	(void)snprintf(path, sizeof(path), "%s/tenants.idx", dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	need(fd >= 0 && write(fd, rows, sizeof(rows)) == (ssize_t)sizeof(rows), "tenants.idx");
	return fd;
}

static int policy(void)
{
	struct host_policy p;
	int fd = memfd_create("policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	policy_private(&p, OWN_BASE);
	need(fd >= 0 && write(fd, &p, sizeof(p)) == (ssize_t)sizeof(p) &&
		     fcntl(fd, F_ADD_SEALS,
			   F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0,
	     "policy");
	return fd;
}

static void start(const char *program, const char *dir)
{
	char path[512];
	int far, acts, reg = registry(dir);

	(void)snprintf(path, sizeof(path), "%s/acts", dir);
	acts = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	(void)snprintf(path, sizeof(path), "%s/images/pub", dir);
	t.pub = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	need(acts >= 0 && t.pub >= 0, path);
	t.parent = pair(&far);
	t.engine = t.spawn = -1;
	t.pid = fork();
	if (t.pid == 0) {
		/* above the places they go to, so that none is run over */
		const int from[] = { fcntl(far, F_DUPFD, 20), fcntl(acts, F_DUPFD, 20),
				     fcntl(reg, F_DUPFD, 20), fcntl(t.pub, F_DUPFD, 20) };

		for (int i = 0; i < 4; i++)
			if (dup2(from[i], WORKER_FD_PARENT + i) < 0)
				_exit(126);
		(void)execl(program, "cloister-volumed", (char *)NULL);
		_exit(127);
	}
	need(t.pid > 0, "fork");
	fd_close(&far);
	fd_close(&acts);
	fd_close(&reg);
}

/* ---- as engine, and as spawn while volumed is busy with that ---- */

static void answer_offer(void)
{
	struct frame fr;
	struct reply r;
	struct fault f = { 0 };

	if (frame_recv(t.spawn, &fr, &f) != 1)
		return;
	need(fr.head.op == SPAWN_OFFER && fr.head.size == sizeof(t.offer) && fr.head.nfds == 1,
	     "an offer");
	memcpy(&t.offer, fr.body, sizeof(t.offer));
	fd_close(&t.got);
	t.got = fd_take(&fr.fd[0]);
	reply_init(&r);
	r.slot = (struct slot){ .n = t.slots++, .gen = 77 };
	need(reply_send(t.spawn, SPAWN_OFFER, fr.head.seq, &r) == 0, "answering an offer");
}

static int ask(uint16_t op, const void *body, size_t size, struct reply *r)
{
	const struct frame_out o = { .op = op, .seq = ++t.seq, .body = body, .size = size };
	struct frame fr;
	struct fault f = { 0 };
	int rc = frame_send(t.engine, &o);

	reply_init(r);
	fd_close(&t.got);
	while (rc == 0) {
		struct pollfd p[] = { { .fd = t.engine, .events = POLLIN },
				      { .fd = t.spawn, .events = POLLIN } };

		need(poll(p, 2, WAIT_MS) > 0, "volumed does not answer");
		if (p[1].revents)
			answer_offer();
		if (!p[0].revents)
			continue;
		rc = frame_recv(t.engine, &fr, &f);
		if (rc != 1)
			return -EPIPE;
		rc = reply_take(&fr, r);
		if (rc == 0 && r->code < 0)
			(void)printf("# op %u: %s: %s\n", op, r->fault.site, r->fault.msg);
		return rc < 0 ? rc : r->code;
	}
	return rc;
}

static int ask_image(uint16_t op, struct tenant_ref ref, struct reply *r)
{
	struct volumed_image q = { .t = ref };

	memcpy(q.digest, t.digest, DIGEST_LEN);
	return ask(op, &q, sizeof(q), r);
}

/* Begins, writes data into the file that spawn was offered, and asks for it to be kept. */
static int build(const void *data, size_t len, struct reply *r)
{
	struct volumed_slot q;
	int rc = ask(VOLUMED_IMAGE_BEGIN, NULL, 0, r);

	if (rc != 0 || t.got < 0)
		return -ENOANO;
	q.s = (struct slot){ (uint32_t)r->value[0], (uint32_t)r->value[1] };
	fd_close(&t.written);
	t.written = fcntl(t.got, F_DUPFD_CLOEXEC, 0);
	for (size_t done = 0; done < len;) {
		ssize_t n = write(t.got, (const char *)data + done, len - done);

		need(n > 0, "writing an image");
		done += (size_t)n;
	}
	return ask(VOLUMED_IMAGE_COMMIT, &q, sizeof(q), r);
}

static unsigned names(void)
{
	unsigned n = 0;
	char cmd[64];
	FILE *p;

	(void)snprintf(cmd, sizeof(cmd), "ls -A /proc/%d/fd/%d/ | wc -l", getpid(), t.pub);
	p = popen(cmd, "r");
	need(p && fscanf(p, "%u", &n) == 1, "ls");
	(void)pclose(p);
	return n;
}

static void image_name(char name[2 * DIGEST_LEN + 8])
{
	str_hex(name, t.digest, DIGEST_LEN);
	memcpy(name + 2 * DIGEST_LEN, ".erofs", 7);
}

/* ---- what is expected ---- */

static void building(void)
{
	char name[2 * DIGEST_LEN + 8];
	struct volumed_slot q;
	struct stat st, tmp;
	struct reply r;

	check(ask_image(VOLUMED_IMAGE_LOOK, (struct tenant_ref){ 0 }, &r) == -ENOENT,
	      "an image that is not there is not there");
	check(build(t.plain, t.plain_len, &r) == 0 && memcmp(r.value, t.digest, DIGEST_LEN) == 0,
	      "a built image is kept under the hash of its bytes");
	check(t.offer.kind == GRIP_FILE && t.offer.t.gen == 0, "its file was offered to spawn");
	image_name(name);
	check(fstatat(t.pub, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		      (st.st_mode & 07777) == 0440 && st.st_uid == 0,
	      "nobody may write the file");
	check(fstat(t.written, &tmp) == 0 && tmp.st_ino != st.st_ino,
	      "it is not the file that a builder may still hold");
	check(ask_image(VOLUMED_IMAGE_LOOK, (struct tenant_ref){ 0 }, &r) == 0 &&
		      r.value[0] == t.plain_len,
	      "it is found");
	check(build(t.plain, t.plain_len, &r) == 0 && memcmp(r.value, t.digest, DIGEST_LEN) == 0,
	      "the same again is the same");
	check(build("no image", 8, &r) == -EBADMSG, "what is no EROFS image is refused");
	check(build(t.packed, t.packed_len, &r) == -EBADMSG, "so is a compressed one");
	check(build(t.plain, t.plain_len - 4096, &r) == -EBADMSG, "so is a cut one");
	check(names() == 1, "refused builds leave no file");
	check(ask(VOLUMED_IMAGE_BEGIN, NULL, 0, &r) == 0, "a build begins");
	q.s = (struct slot){ (uint32_t)r.value[0], (uint32_t)r.value[1] };
	check(ask(VOLUMED_IMAGE_ABORT, &q, sizeof(q), &r) == 0, "and is called off");
	check(ask(VOLUMED_IMAGE_COMMIT, &q, sizeof(q), &r) == -ESTALE, "then it cannot be kept");
}

/* The dev of what was offered, 0 when it is not a sound image mount. */
static dev_t offered_dev(struct tenant_ref ref)
{
	struct statfs fs;
	struct stat st;
	const long want = ST_RDONLY | ST_NOSUID | ST_NODEV;

	if (t.got < 0 || fstatfs(t.got, &fs) < 0 || fstat(t.got, &st) < 0)
		return 0;
	if ((uint32_t)fs.f_type != 0xE0F5E1E2u || (fs.f_flags & want) != want)
		return 0;
	if (t.offer.kind != GRIP_IMAGE || memcmp(&t.offer.t, &ref, sizeof(ref)) != 0 ||
	    memcmp(t.offer.object, t.digest, sizeof(t.offer.object)) != 0)
		return 0;
	return st.st_dev;
}

static void attaching(void)
{
	const struct tenant_ref old = { 1, GEN_B - 1 };
	struct reply r;
	struct slot first;
	int keep;
	dev_t a, b;

	check(ask_image(VOLUMED_IMAGE_ATTACH, tenant_a, &r) == 0, "attached for one tenant");
	a = offered_dev(tenant_a);
	check(a != 0, "spawn got it: EROFS, read-only, nosuid, nodev");
	first = r.slot;
	keep = fd_take(&t.got);
	check(ask_image(VOLUMED_IMAGE_ATTACH, tenant_a, &r) == 1 && t.got < 0 &&
		      memcmp(&r.slot, &first, sizeof(first)) == 0,
	      "asked again: the slot that is there, nothing new");
	check(ask_image(VOLUMED_IMAGE_ATTACH, tenant_b, &r) == 0, "attached for another tenant");
	b = offered_dev(tenant_b);
	check(b != 0 && a != b, "that is another superblock");
	check(ask_image(VOLUMED_IMAGE_ATTACH, old, &r) == -ESTALE, "not for a former tenant");
	check(ask_image(VOLUMED_IMAGE_DROP, (struct tenant_ref){ 0 }, &r) == -EBUSY,
	      "an attached image stays");
	check(ask_image(VOLUMED_IMAGE_DETACH, tenant_a, &r) == 0 &&
		      ask_image(VOLUMED_IMAGE_DETACH, tenant_a, &r) == -ENOENT,
	      "detached, once");
	check(edge(WORKER_SPAWN, &t.spawn) == 0 &&
		      ask_image(VOLUMED_IMAGE_ATTACH, tenant_b, &r) == 0 &&
		      offered_dev(tenant_b) != 0,
	      "a new spawn is offered anew");
	check(ask_image(VOLUMED_IMAGE_DETACH, tenant_b, &r) == 0, "detached again");
	fd_close(&keep);
}

/* A file that is not as it was made is not attached. */
static void tampering(void)
{
	char name[2 * DIGEST_LEN + 8];
	struct reply r;

	image_name(name);
	check(fchmodat(t.pub, name, 0640, 0) == 0 &&
		      ask_image(VOLUMED_IMAGE_ATTACH, tenant_a, &r) == -EPERM,
	      "writable: refused");
	need(fchmodat(t.pub, name, 0440, 0) == 0, "chmod");
	check(linkat(t.pub, name, t.pub, "other", 0) == 0 &&
		      ask_image(VOLUMED_IMAGE_ATTACH, tenant_a, &r) == -EPERM,
	      "with a second name: refused");
	need(renameat(t.pub, "other", t.pub, name) == 0, "rename");
	need(unlinkat(t.pub, "other", 0) == 0, "unlink");
	check(ask_image(VOLUMED_IMAGE_ATTACH, tenant_a, &r) == 0 &&
		      ask_image(VOLUMED_IMAGE_DETACH, tenant_a, &r) == 0,
	      "as it was: attached (control)");
	need(renameat(t.pub, name, t.pub, "other") == 0 && symlinkat("other", t.pub, name) == 0,
	     "symlink");
	check(ask_image(VOLUMED_IMAGE_ATTACH, tenant_a, &r) < 0, "a symbolic link: refused");
	need(unlinkat(t.pub, name, 0) == 0 && renameat(t.pub, "other", t.pub, name) == 0, "back");
	check(ask_image(VOLUMED_IMAGE_DROP, (struct tenant_ref){ 0 }, &r) == 0 && names() == 0,
	      "dropped");
}

/* One line of /proc/PID/status. */
static bool status_has(const char *line)
{
	char path[64], text[4096] = "";
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", t.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	need(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0, path);
	fd_close(&fd);
	return strstr(text, line) != NULL;
}

static unsigned mounts(void)
{
	char path[64], text[8192];
	ssize_t n;
	unsigned lines = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", t.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text));
	need(n > 0, path);
	fd_close(&fd);
	for (ssize_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines;
}

static void confined(void)
{
	check(status_has("CapPrm:\t0000000000200000\n") &&
		      status_has("CapBnd:\t0000000000200000\n"),
	      "CAP_SYS_ADMIN and no other");
	check(status_has("Seccomp:\t2\n") && status_has("NoNewPrivs:\t1\n"), "under a filter");
	check(mounts() == 2, "no mount of the host is left");
}

static void gate(void)
{
	struct reply r;
	int status = -1;

	check(ask(VOLUMED_IMAGE_ATTACH, &r, 7, &r) == -EPIPE, "a short request ends that edge");
	check(edge(WORKER_ENGINE, &t.engine) == 0 && ask(VOLUMED_HOST, NULL, 0, &r) == 0,
	      "and only that one");
	check(ask(PARENT_RUN, NULL, 0, &r) == -EPIPE, "the parent's rows are the parent's");
	fd_close(&t.parent);
	check(waitpid(t.pid, &status, 0) == t.pid && status == 0, "it ends with its parent");
}

static uint8_t *slurp(const char *path, size_t *ret_len)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	need(fd >= 0 && fstat(fd, &st) == 0, path);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	need(p != MAP_FAILED, path);
	*ret_len = (size_t)st.st_size;
	return p;
}

int main(int argc, char **argv)
{
	struct reply r;
	int fd;

	if (argc != 5)
		return 2;
	t.plain = slurp(argv[3], &t.plain_len);
	t.packed = slurp(argv[4], &t.packed_len);
	sha256_of(t.plain, t.plain_len, t.digest);
	start(argv[1], argv[2]);
	fd = policy();
	need(edge(WORKER_ENGINE, &t.engine) == 0 && edge(WORKER_SPAWN, &t.spawn) == 0 &&
		     tell(PARENT_POLICY, NULL, 0, fd) == 0 && tell(PARENT_RUN, NULL, 0, -1) == 0,
	     "starting volumed");
	fd_close(&fd);
	check(ask(VOLUMED_HOST, NULL, 0, &r) == 0 && r.value[0] != 0, "images can be attached");
	(void)printf("# %s\n", r.value[0] & VOLUMED_EROFS_FILE ? "from the file" : "by loop");
	building();
	attaching();
	tampering();
	confined();
	gate();
	(void)printf("1..%u\n", t.n);
	return t.bad != 0;
}
