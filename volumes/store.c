/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.c - the directory images/pub. Runs in: cloister-volumed. Must not take a name or a hash
 * from anyone: a file is named by what was hashed here (I14), and mounted only if it is exactly a
 * file that was made here.
 */
#include "volumes/store.h"
#include "lib/base/fd.h"
#include "lib/base/sha256.h"
#include "lib/base/str.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum {
	HEAD = 4096,
	COPY_SIZE = 1 << 20,
	/* struct erofs_super_block, little-endian, 1,024 bytes from the start */
	SB = 1024,
	SB_BLKSZBITS = SB + 12,
	SB_BLOCKS = SB + 36,
	SB_INCOMPAT = SB + 80,
	BLOCK_BITS = 12,
	NAME_LEN = 2 * DIGEST_LEN + sizeof(".erofs"),
	MODE = 0440, /* nobody may write: a file-backed image may be opened so while mounted */
};
#define EROFS_MAGIC 0xE0F5E1E2u

static uint32_t le32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

int store_check(const uint8_t head[4096], uint64_t size, struct fault *f)
{
	if (size < HEAD || le32(head + SB) != EROFS_MAGIC)
		return fault_set(f, -EBADMSG, "store.magic", "the builder left no EROFS image");
	if (head[SB_BLKSZBITS] != BLOCK_BITS || le32(head + SB_INCOMPAT) != 0)
		return fault_set(f, -EBADMSG, "store.plain", "not a plain EROFS image");
	if ((uint64_t)le32(head + SB_BLOCKS) << BLOCK_BITS > size)
		return fault_set(f, -EBADMSG, "store.size", "the EROFS image is cut");
	return 0;
}

static void name_of(char name[NAME_LEN], const uint8_t digest[DIGEST_LEN])
{
	str_hex(name, digest, DIGEST_LEN);
	memcpy(name + 2 * DIGEST_LEN, ".erofs", sizeof(".erofs"));
}

/* syscalls volumed: openat */
int store_new(int dir, int *ret_fd, struct fault *f)
{
	int fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return fault_sys(f, "store.new", "making an image file");
	*ret_fd = fd;
	return 0;
}

/* One megabyte of src at *at to dst. Returns 1 more, 0 the end. */
static int copy_some(int src, int dst, uint8_t *buf, uint64_t *at, struct sha256 *h,
		     struct fault *f)
{
	ssize_t n = RETRY_EINTR(pread(src, buf, COPY_SIZE, (off_t)*at));

	if (n < 0)
		return fault_sys(f, "store.read", "reading what the builder left");
	if (n == 0)
		return 0;
	if (*at + (uint64_t)n > STORE_FILE_MAX)
		return fault_set(f, -EFBIG, "store.size", "the image is larger than 5 GiB");
	for (ssize_t done = 0; done < n;) {
		ssize_t w = RETRY_EINTR(write(dst, buf + done, (size_t)(n - done)));

		if (w <= 0)
			return fault_sys(f, "store.write", "writing the image");
		done += w;
	}
	sha256_add(h, buf, (size_t)n);
	*at += (uint64_t)n;
	return 1;
}

/* syscalls volumed: pread64 */
static int copy_all(int src, int dst, struct store_kept *k, struct fault *f)
{
	AUTO_FREE uint8_t *buf = malloc(COPY_SIZE);
	uint8_t head[HEAD];
	struct sha256 h;
	int rc;

	if (!buf)
		return fault_set(f, -ENOMEM, "store.memory", "out of memory");
	sha256_init(&h);
	do
		rc = copy_some(src, dst, buf, &k->bytes, &h, f);
	while (rc > 0);
	if (rc < 0)
		return rc;
	sha256_done(&h, k->digest);
	/* of the copy: what is checked is what was hashed */
	if (pread(dst, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return fault_set(f, -EBADMSG, "store.magic", "the builder left no EROFS image");
	return store_check(head, k->bytes, f);
}

/* syscalls volumed: fsync linkat fchmod */
int store_keep(int dir, int src, struct store_kept *k, struct fault *f)
{
	AUTO_FD int dst = -1;
	char name[NAME_LEN];
	char path[40] = "/proc/self/fd/";
	int rc;

	*k = (struct store_kept){ 0 };
	rc = store_new(dir, &dst, f);
	if (rc == 0)
		rc = copy_all(src, dst, k, f);
	if (rc < 0)
		return rc;
	/* A failed fsync is not tried again: the kernel forgets which pages it lost. */
	if (fchmod(dst, MODE) < 0 || fsync(dst) < 0)
		return fault_sys(f, "store.sync", "syncing the image");
	name_of(name, k->digest);
	(void)str_u64(path + strlen(path), (uint64_t)dst);
	/* by /proc: AT_EMPTY_PATH takes CAP_DAC_READ_SEARCH before 6.10 */
	if (linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW) < 0 && errno != EEXIST)
		return fault_sys(f, "store.name", "naming the image");
	if (fsync(dir) < 0)
		return fault_sys(f, "store.sync", "syncing the directory of images");
	return 0;
}

/* syscalls volumed: openat2 */
int store_open(int dir, const uint8_t digest[DIGEST_LEN], int *ret_fd, uint64_t *ret_bytes,
	       struct fault *f)
{
	static const struct open_how how = {
		.flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	AUTO_FD int fd = -1;
	char name[NAME_LEN];
	struct stat st;

	name_of(name, digest);
	fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
	if (fd < 0 && errno == ENOENT)
		return fault_set(f, -ENOENT, "store.open", "there is no image %.16s", name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_sys(f, "store.open", "opening image %.16s", name);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_uid != 0 || st.st_mode & 0222)
		return fault_set(f, -EPERM, "store.open",
				 "image %.16s is not as it was made; remove it and build again",
				 name);
	*ret_fd = fd_take(&fd);
	*ret_bytes = (uint64_t)st.st_size;
	return 0;
}

/* syscalls volumed: unlinkat */
int store_drop(int dir, const uint8_t digest[DIGEST_LEN], struct fault *f)
{
	char name[NAME_LEN];

	name_of(name, digest);
	if (unlinkat(dir, name, 0) == 0)
		return 0;
	if (errno == ENOENT)
		return fault_set(f, -ENOENT, "store.drop", "there is no image %.16s", name);
	return fault_sys(f, "store.drop", "removing image %.16s", name);
}
