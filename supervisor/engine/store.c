/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.c - opening state.db: who may have written it, how SQLite is set, is it whole.
 * Runs in: cloister-engine, before it is confined.
 *
 * One connection, in one process, which alone moves the log into the database: the locking mode is
 * set before the first access, so there is no shared memory file, a second process gets BUSY, and
 * the WAL-reset bug of SQLite before 3.51.3, which needs two connections, cannot occur.
 */
#include "supervisor/engine/store.h"
#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "lib/plan/plan.h"
#include "supervisor/engine/store_db.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/*
 * syscalls engine: pwrite64 fdatasync unlink fallocate fstatfs ftruncate
 */

static struct store store_memory; /* behind engine.store */

static const char db_name[] = "state.db";

int store_exit_code(const struct fault *f)
{
	if (f->err == -EBADMSG)
		return STORE_EXIT_DAMAGED;
	if (f->err == -EROFS || f->err == -ENOSPC || f->err == -EIO || f->err == -EACCES)
		return STORE_EXIT_WRITE;
	if (f->err == -ENOMEM || f->err == -EMFILE || f->err == -ENFILE || f->err == -EINTR)
		return STORE_EXIT_AGAIN;
	return STORE_EXIT_CONFIG;
}

/* ---- what SQLite says ---- */

static bool is_full(sqlite3 *db, int rc)
{
	/* a quota is told as a failed write */
	return (rc & 0xff) == SQLITE_FULL ||
	       (rc == SQLITE_IOERR_WRITE && sqlite3_system_errno(db) == EDQUOT);
}

static int error_of(sqlite3 *db, int rc)
{
	int os = sqlite3_system_errno(db);

	if ((rc & 0xff) == SQLITE_CANTOPEN && (os == EMFILE || os == ENFILE))
		return -os;
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return -EACCES;
	case SQLITE_BUSY:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

static int refuse(sqlite3 *db, int rc, const char *what, struct fault *f)
{
	int err = is_full(db, rc) ? -ENOSPC : error_of(db, rc);

	if (err == -EBADMSG)
		return fault_set(f, err, "store.damaged",
				 "state.db is damaged (%s: %s); put a copy of it back, or move it "
				 "away and apply again",
				 what, sqlite3_errmsg(db));
	if (err == -ENOSPC)
		return fault_set(f, err, "store.no-space",
				 "no room for the state on its file system; free some");
	if (err == -EBUSY)
		return fault_set(f, err, "store.busy", "state.db is in use by another program");
	return fault_set(f, err, "store.open", "state.db: %s: %s", what, sqlite3_errmsg(db));
}

int store_exec(sqlite3 *db, const char *sql, struct fault *f)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : refuse(db, rc, sql, f);
}

/* The first column of the first row as text; empty where there is none. */
static int one_text(sqlite3 *db, const char *sql, char *dst, size_t cap, struct fault *f)
{
	sqlite3_stmt *q = NULL;
	const char *text;
	int rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);

	dst[0] = '\0';
	if (rc == SQLITE_OK)
		rc = sqlite3_step(q);
	text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(q, 0) : NULL;
	if (text)
		(void)snprintf(dst, cap, "%s", text);
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		rc = 0;
	else
		rc = refuse(db, rc, sql, f);
	(void)sqlite3_finalize(q); /* repeats what step said */
	return rc;
}

int store_int(sqlite3 *db, const char *sql, int64_t *ret, struct fault *f)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(q, 0);
	rc = rc == SQLITE_ROW ? 0 : refuse(db, rc, sql, f);
	(void)sqlite3_finalize(q);
	return rc;
}

int store_judge(struct store *s, int rc, const char *what, struct fault *f)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
		return 0;
	if (is_full(s->db, rc))
		return refuse(s->db, rc, what, f);
	if (rc == SQLITE_NOMEM)
		return fault_set(f, -ENOMEM, "store.memory", "no memory to write the state");
	/* after a failed fsync the kernel calls the pages clean: to go on would be to guess (S2) */
	(void)fprintf(stderr, "cloister-engine: store.lost: %s: %s (%d, errno %d); starting over\n",
		      what, sqlite3_errmsg(s->db), rc, sqlite3_system_errno(s->db));
	abort();
}

/* ---- the file ---- */

/*
 * SQLite finds its files by a whole path from the root, which an engine of another uid may not be
 * able to walk. This is its own way to the disk, but names stay as they are: below the current
 * directory, which is state/.
 */
static int same_name(sqlite3_vfs *vfs, const char *name, int cap, char *out)
{
	(void)vfs;
	return str_copy(out, (size_t)cap, name) < 0 ? SQLITE_CANTOPEN : SQLITE_OK;
}

static const char *own_vfs(void)
{
	static sqlite3_vfs vfs;
	const sqlite3_vfs *base = sqlite3_vfs_find(NULL);

	if (vfs.zName || !base)
		return vfs.zName;
	vfs = *base;
	vfs.pNext = NULL;
	vfs.zName = "cloister";
	vfs.xFullPathname = same_name;
	return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? vfs.zName : NULL;
}

/* Looked at by name: to open and close it here would drop SQLite's locks on it. */
static int check_file(int dir, const char *name, struct fault *f)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fault_sys(f, "store.file", "looking at %s", name);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return fault_set(f, -EPERM, "store.file",
				 "state/%s is not a plain file with one name", name);
	if (st.st_uid != geteuid())
		return fault_set(f, -EPERM, "store.owner",
				 "state/%s belongs to uid %u, not to the engine (uid %u); chown it "
				 "if it is the supervisor's",
				 name, st.st_uid, geteuid());
	if (st.st_mode & 077)
		return fault_set(f, -EPERM, "store.mode",
				 "state/%s has mode %04o: others may have changed it; chmod 0600 "
				 "if it is as it should be",
				 name, st.st_mode & 07777);
	return 0;
}

static int set_up(sqlite3 *db, struct fault *f)
{
	static const struct {
		int what, on;
	} config[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 1 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0 },
	};
	enum { SQL_BYTES = 64 << 10, VALUE_BYTES = PLAN_SIZE_MAX + (64 << 10) };

	for (size_t i = 0; i < ARRAY_LEN(config); i++)
		if (sqlite3_db_config(db, config[i].what, config[i].on, NULL) != SQLITE_OK)
			return fault_set(f, -ENOTSUP, "store.config", "SQLite has no setting %d",
					 config[i].what);
	(void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_BYTES);
	(void)sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, SQL_BYTES);
	return store_exec(db,
			  "PRAGMA locking_mode = EXCLUSIVE; PRAGMA foreign_keys = ON;"
			  "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
			  "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;",
			  f);
}

/* A file of ours, or an empty one. Reads only. */
static int check_kind(sqlite3 *db, struct fault *f)
{
	int64_t id = 0, things = 0;
	int rc;

	if (sqlite3_db_readonly(db, "main"))
		return fault_set(f, -EROFS, "store.readonly",
				 "state/state.db cannot be written; is its file system read-only?");
	rc = store_int(db, "PRAGMA application_id", &id, f);
	if (rc == 0)
		rc = store_int(db, "SELECT count(*) FROM sqlite_schema", &things, f);
	if (rc < 0)
		return rc;
	if (id != STORE_APP_ID && (id != 0 || things != 0))
		return fault_set(f, -ENOTSUP, "store.foreign",
				 "state/state.db is a database of another program; move it away");
	return 0;
}

static int check_whole(sqlite3 *db, struct fault *f)
{
	char said[128];
	int rc = one_text(db, "PRAGMA quick_check(1)", said, sizeof(said), f);

	if (rc == 0 && strcmp(said, "ok") != 0)
		rc = fault_set(f, -EBADMSG, "store.damaged",
			       "state.db is damaged (%.60s); put a copy of it back, or move it "
			       "away and apply again",
			       said);
	return rc;
}

static int to_wal(sqlite3 *db, struct fault *f)
{
	int size = 1 << 20;
	char mode[16];
	int rc = one_text(db, "PRAGMA journal_mode = WAL", mode, sizeof(mode), f);

	if (rc == 0 && strcmp(mode, "wal") != 0)
		rc = fault_set(f, -ENOTSUP, "store.wal", "state.db stays in mode %s, not wal",
			       mode);
	if (rc == 0)
		rc = store_exec(db, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0", f);
	if (rc == 0) /* grows by as much at once */
		DROP(sqlite3_file_control(db, "main", SQLITE_FCNTL_CHUNK_SIZE, &size));
	return rc;
}

static int open_db(struct store *s, struct fault *f)
{
	static const char *const files[] = { "state.db", "state.db-wal", "state.db-journal" };
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
		    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
	int rc = 0;
	uint8_t seed[8];

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(files); i++)
		rc = check_file(s->dir, files[i], f);
	if (rc < 0)
		return rc;
	if (fchdir(s->dir) < 0)
		return fault_sys(f, "store.dir", "entering state/");
	/* MISUSE: it was set before, in this process */
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	if (sqlite3_initialize() != SQLITE_OK || !own_vfs())
		return fault_set(f, -ENOMEM, "store.sqlite", "starting SQLite");
	/* reads /dev/urandom once: not to be had later */
	sqlite3_randomness(sizeof(seed), seed);
	rc = sqlite3_open_v2(db_name, &s->db, flags, own_vfs());
	if (rc != SQLITE_OK)
		return refuse(s->db, rc, "opening", f);
	rc = set_up(s->db, f);
	if (rc == 0)
		rc = check_kind(s->db, f);
	if (rc == 0)
		rc = to_wal(s->db, f);
	if (rc == 0)
		rc = check_whole(s->db, f);
	if (rc == 0)
		rc = store_migrate(s->db, &store_migrations, f);
	/* not earlier: the copy before a migration is attached while it is written */
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
	return rc;
}

static int read_boot(uint8_t boot[16], struct fault *f)
{
	AUTO_FD int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char text[40] = "", hex[33] = "";
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	size_t n = 0;

	for (ssize_t i = 0; i < got && n < sizeof(hex) - 1; i++)
		if (text[i] != '-' && text[i] != '\n')
			hex[n++] = text[i];
	if (n != 32 || str_unhex(boot, hex, 16) < 0)
		return fault_sys(f, "store.boot", "reading the kernel's boot_id");
	return 0;
}

int store_open(struct engine *e, int dir, struct fault *f)
{
	struct store *s = &store_memory;
	int rc;

	memset(s, 0, sizeof(*s));
	s->dir = dir;
	e->store = s;
	rc = read_boot(s->boot, f);
	if (rc == 0)
		rc = open_db(s, f);
	if (rc == 0)
		rc = store_prepare(s, f);
	if (rc == 0)
		rc = store_load(e, f);
	if (rc < 0) {
		store_close(e);
		return rc;
	}
	store_room_open(s);
	return 0;
}

void store_close(struct engine *e)
{
	struct store *s = e->store;

	if (!s)
		return;
	if (s->sql[SQL__COUNT - 1]) /* it was open: what waits is written */
		store_commit_anyway(e);
	for (size_t i = 0; i < SQL__COUNT; i++) {
		(void)sqlite3_finalize(s->sql[i]); /* repeats an error that was seen */
		s->sql[i] = NULL;
	}
	(void)sqlite3_close(s->db); /* check-points; what fails there is in the log still */
	s->db = NULL;
	e->store = NULL;
}
