/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipc.c - probes: keyrings, System V and POSIX IPC, and the side doors past the filter.
 * Runs in: cloister-probe.
 */
#include "tests/host/probes/probe.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/syscall.h>

static int key_here(struct probe_ctx *c)
{
	long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
	long key = syscall(SYS_add_key, "user", "cloister-probe", c->nonce, strlen(c->nonce),
			   KEY_SPEC_SESSION_KEYRING);

	/* Also to the user that the control becomes: possession is not enough after the change. */
	if (ring < 0 || key < 0 || syscall(SYS_keyctl, KEYCTL_SETPERM, key, 0x3f3f3f3f, 0, 0) < 0 ||
	    syscall(SYS_keyctl, KEYCTL_SETPERM, ring, 0x3f3f3f3f, 0, 0) < 0)
		return step(c, "key", -1);
	return 0;
}

static int key_search(struct probe_ctx *c)
{
	long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user",
			   "cloister-probe", 0);
	char buf[128];
	long n;

	if (key < 0)
		return step(c, "KEYCTL_SEARCH", -1);
	n = syscall(SYS_keyctl, KEYCTL_READ, key, buf, sizeof(buf), 0);
	if (n < 0)
		return step(c, "KEYCTL_READ", -1);
	return nonce_in(c, buf, n < (long)sizeof(buf) ? (size_t)n : sizeof(buf))
		       ? 0
		       : absent(c, "another key");
}

static int key_add(struct probe_ctx *c)
{
	return step(
		c, "add_key",
		syscall(SYS_add_key, "user", "cloister-probe-x", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

static int key_request(struct probe_ctx *c)
{
	int r = step(c, "request_key",
		     syscall(SYS_request_key, "user", "cloister-probe-none", NULL, 0));

	return r == -ENOKEY ? 0 : r; /* the kernel looked: it was let in */
}

static int key_persistent(struct probe_ctx *c)
{
	int r = step(
		c, "KEYCTL_GET_PERSISTENT",
		syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_PROCESS_KEYRING, 0, 0));

	return c->outside && r == -EOPNOTSUPP ? skip(c, "this kernel has no persistent keyrings")
					      : r;
}

static int shm_read(struct probe_ctx *c)
{
	const char *key = target_borrow(c, "shmkey");
	const char *p;
	uint64_t v = 0;
	int id;

	if (!key || str_to_u64(key, strlen(key), &v) < 0)
		return PROBE_SKIP;
	id = shmget((key_t)v, 0, 0);
	if (id < 0)
		return step(c, "shmget", -1);
	p = shmat(id, NULL, SHM_RDONLY);
	if ((intptr_t)p == -1)
		return step(c, "shmat", -1);
	return nonce_in(c, p, 128) ? 0 : absent(c, "another segment");
}

/* Every slot of the table by number, as a scanner would. */
static int shm_scan(struct probe_ctx *c)
{
	struct shmid_ds d;
	int worst = -ENOENT;

	for (int i = 0; i < 64; i++) {
		if (shmctl(i, SHM_STAT, &d) >= 0)
			return step(c, "SHM_STAT", 0);
		if (errno != EINVAL)
			worst = -errno;
	}
	return worst;
}

static int sem_get(struct probe_ctx *c)
{
	return step(c, "semget", syscall(SYS_semget, IPC_PRIVATE, 1, 0600));
}

static int msg_get(struct probe_ctx *c)
{
	return step(c, "msgget", syscall(SYS_msgget, IPC_PRIVATE, 0600));
}

static int mq_read(struct probe_ctx *c)
{
	const char *name = target_borrow(c, "mq");

	if (!name)
		return PROBE_SKIP;
	return step(c, "mq_open", syscall(SYS_mq_open, name, O_RDONLY, 0, NULL));
}

static int devshm(struct probe_ctx *c)
{
	const char *name = target_borrow(c, "devshm");

	return name ? nonce_file(c, AT_FDCWD, name) : PROBE_SKIP;
}

/* ---- side doors ---- */

static int uring(struct probe_ctx *c)
{
	struct io_uring_params p = { 0 };

	return step(c, "io_uring_setup", syscall(SYS_io_uring_setup, 4, &p));
}

static int bpf_map(struct probe_ctx *c)
{
	union bpf_attr a = { 0 };

	a.map_type = BPF_MAP_TYPE_ARRAY;
	a.key_size = 4;
	a.value_size = 4;
	a.max_entries = 1;
	return step(c, "BPF_MAP_CREATE", syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof(a)));
}

static int bpf_load(struct probe_ctx *c)
{
	static const struct bpf_insn prog[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const char licence[] = "GPL";
	union bpf_attr a = { 0 };

	a.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	a.insn_cnt = ARRAY_LEN(prog);
	a.insns = (uintptr_t)prog;
	a.license = (uintptr_t)licence;
	return step(c, "BPF_PROG_LOAD", syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a)));
}

static int uffd(struct probe_ctx *c)
{
	return step(c, "userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* USER_MODE_ONLY */));
}

static int uffd_dev(struct probe_ctx *c)
{
	AUTO_FD int fd = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);

	return step(c, "/dev/userfaultfd", fd);
}

static int perf(struct probe_ctx *c)
{
	struct perf_event_attr a = { .size = sizeof(a) };

	a.type = *(const unsigned *)c->probe->arg;
	a.config = a.type == PERF_TYPE_SOFTWARE ? PERF_COUNT_SW_DUMMY : 0;
	a.exclude_kernel = 1;
	return step(c, "perf_event_open", syscall(SYS_perf_event_open, &a, 0, -1, -1, 0));
}

#define TYPE(t)                                                                                    \
	(const unsigned[])                                                                         \
	{                                                                                          \
		t                                                                                  \
	}

/* clang-format off */
static const struct probe rows[] = {
	{ "key.search",     "find a key in a shared keyring", P_CRITICAL | P_NONCE, { EPERM },
	  L_SEC | L_UNS, C_ROOT, key_here, key_search, NULL },
	{ "key.add",        "add a key", 0, { EPERM },
	  L_SEC, C_USER, NULL, key_add, NULL },
	{ "key.request",    "ask for a key (host upcall)", P_CRITICAL, { EPERM },
	  L_SEC, C_USER, NULL, key_request, NULL },
	{ "key.persistent", "open a persistent keyring", 0, { EPERM },
	  L_SEC | L_UNS, C_ROOT, NULL, key_persistent, NULL },
	{ "ipc.sysv-shm",   "attach the canary's shared memory", P_CRITICAL | P_NONCE | P_HOST,
	  { ENOENT, EPERM }, L_NS | L_SEC, C_USER, NULL, shm_read, NULL },
	{ "ipc.sysv-scan",  "find shared memory by slot numbers", P_CRITICAL | P_HOST, { ENOENT, EPERM },
	  L_NS | L_SEC, C_USER, NULL, shm_scan, NULL },
	{ "ipc.semget",     "make semaphores without the feature", 0, { EPERM },
	  L_SEC, C_USER, NULL, sem_get, NULL },
	{ "ipc.msgget",     "make a message queue without the feature", 0, { EPERM },
	  L_SEC, C_USER, NULL, msg_get, NULL },
	{ "ipc.mq",         "open the canary's POSIX queue", P_CRITICAL | P_HOST, { ENOENT, EPERM },
	  L_NS | L_SEC, C_USER, NULL, mq_read, NULL },
	{ "ipc.devshm",     "read the canary's file in /dev/shm", P_CRITICAL | P_NONCE | P_HOST,
	  { ENOENT, EACCES }, L_MNT, C_USER, NULL, devshm, NULL },
};

static const struct probe side[] = {
	{ "side.io_uring",      "make an io_uring", P_CRITICAL, { ENOSYS },
	  L_SEC, C_USER, NULL, uring, NULL },
	{ "side.bpf-map",       "make a BPF map", P_CRITICAL, { EPERM },
	  L_SEC | L_CAP, C_ROOT, NULL, bpf_map, NULL },
	{ "side.bpf-prog",      "load a BPF program", P_CRITICAL, { EPERM },
	  L_SEC | L_CAP, C_ROOT, NULL, bpf_load, NULL },
	{ "side.uffd",          "make a userfaultfd", P_CRITICAL, { EPERM },
	  L_SEC, C_USER, NULL, uffd, NULL },
	{ "side.uffd-dev",      "open /dev/userfaultfd", 0, { ENOENT },
	  L_MNT, C_ROOT, NULL, uffd_dev, NULL },
	{ "side.perf-software", "open a software counter", P_CRITICAL, { EPERM },
	  L_SEC, C_ROOT, NULL, perf, TYPE(PERF_TYPE_SOFTWARE) },
};
/* clang-format on */

const struct probe_list ipc_list = { rows, ARRAY_LEN(rows) };
const struct probe_list side_list = { side, ARRAY_LEN(side) };
