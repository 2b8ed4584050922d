/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_room.c - room on the disk for what may not wait: the ballast, and the size of the log.
 * Runs in: cloister-engine.
 *
 * The log can only be emptied while the database can grow by what is in it, so the ballast is
 * larger than the log ever is (volumes-keys-log.md 4.5: with less, a full disk stays stuck).
 */
#include "lib/base/fd.h"
#include "supervisor/engine/store_db.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { PART = 1 << 20, TIMES = 4, LOG_LEAST = 256 << 10, SHARE = 64, LEAST = 256 << 10 };

static const char ballast_name[] = "ballast";

/* On a small file system, and in memory, all of it is smaller in proportion. */
void store_room_open(struct store *s)
{
	struct statfs fs;

	s->wal_max = STORE_WAL_MAX;
	if (fstatfs(s->dir, &fs) == 0) {
		uint64_t share = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize / SHARE;

		if (share < s->wal_max)
			s->wal_max = share > LOG_LEAST ? share : LOG_LEAST;
		if (fs.f_type == TMPFS_MAGIC && s->wal_max > PART)
			s->wal_max = PART;
	}
	s->ballast_bytes = s->wal_max * TIMES;
	_Static_assert(STORE_WAL_MAX * TIMES == STORE_BALLAST, "ballast");
}

bool store_has_room(const struct store *s)
{
	struct statfs fs;

	return fstatfs(s->dir, &fs) < 0 || (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize >= LEAST;
}

int store_ballast_make(struct store *s)
{
	static const uint8_t part[PART / 16];
	AUTO_FD int fd = openat(s->dir, ballast_name,
				O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;
	struct statfs fs;

	if (fd < 0 || fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	if ((uint64_t)st.st_size >= s->ballast_bytes)
		return 0;
	/* the last room is for the state itself */
	if ((uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize <
	    s->ballast_bytes - (uint64_t)st.st_size + s->wal_max)
		return -ENOSPC;
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, st.st_size, sizeof(part)) < 0 && errno != EOPNOTSUPP)
		return -errno;
	return write(fd, part, sizeof(part)) == (ssize_t)sizeof(part) ? 1 : -ENOSPC;
}

void store_ballast_drop(struct store *s)
{
	if (unlinkat(s->dir, ballast_name, 0) < 0 && errno != ENOENT)
		(void)fprintf(stderr, "cloister-engine: store.ballast: removing it: %s\n",
			      strerrordesc_np(errno));
}

/* All of it, or as much as can be. What did not work is in the log still. */
void store_checkpoint(struct store *s, bool truncate)
{
	struct fault f;
	int rc = sqlite3_wal_checkpoint_v2(
		s->db, NULL, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
		NULL, NULL);

	if (store_judge(s, rc, "check-point", &f) == 0)
		s->synced = true;
}

void store_wal_look(struct store *s)
{
	struct stat st;

	if (fstatat(s->dir, "state.db-wal", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (uint64_t)st.st_size > s->wal_max)
		store_checkpoint(s, true);
}
