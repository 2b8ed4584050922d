/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_texts.h - texts that plan_check refuses where a path, a name or a value stands.
 */
#ifndef CLOISTER_PLAN_TEXTS_H
#define CLOISTER_PLAN_TEXTS_H

#include "lib/plan/plan_check.h"
#include "tests/unit/plan_make.h"

/* clang-format off */
/* A string reference at `off` of a row becomes another text. */
static const struct { const char *why; int want; enum plan_section section; size_t row, off; const char *text; } texts[] = {
	{ "not UTF-8",             PF_STR_UTF8, PLAN_ENV, 0, offsetof(struct plan_env, value), "a\xff" },
	{ "path with ..",          PF_PATH, PLAN_EXEC, 0, offsetof(struct plan_exec, path), "/usr/../etc/x" },
	{ "path with //",          PF_PATH, PLAN_LLRULE, 0, offsetof(struct plan_llrule, path), "/usr//lib" },
	{ "relative path",         PF_PATH, PLAN_LLRULE, 1, offsetof(struct plan_llrule, path), "usr" },
	{ "program is a directory", PF_PATH, PLAN_EXEC, 0, offsetof(struct plan_exec, path), "/usr/" },
	{ "cwd with a slash",      PF_EXEC, PLAN_EXEC, 0, offsetof(struct plan_exec, cwd), "/usr/" },
	{ "cwd is a descriptor",   PF_EXEC, PLAN_EXEC, 0, offsetof(struct plan_exec, cwd), "/proc/self/fd/7" },
	{ "cwd is a link to one",  PF_EXEC, PLAN_EXEC, 0, offsetof(struct plan_exec, cwd), "/dev/fd/7" },
	{ "cwd is proc",           PF_EXEC, PLAN_EXEC, 0, offsetof(struct plan_exec, cwd), "/proc" },
	{ "target is the root",    PF_PATH, PLAN_MOUNT, MADE_TMP, 0, "/" },
	{ "target with a slash",   PF_PATH, PLAN_MOUNT, MADE_TMP, 0, "/tmp/" },
	{ "target at a link",      PF_MOUNT_TARGET, PLAN_MOUNT, MADE_TMP, 0, "/lib" },
	{ "target below a link",   PF_MOUNT_TARGET, PLAN_MOUNT, MADE_TMP, 0, "/var/run/x" },
	{ "target at passwd",      PF_MOUNT_TARGET, PLAN_MOUNT, MADE_SITE, 0, "/etc/passwd" },
	{ "target hides /etc",     PF_MOUNT_TARGET, PLAN_MOUNT, MADE_SITE, 0, "/etc" },
	{ "tmpfs on /dev",         PF_MOUNT_TARGET, PLAN_MOUNT, MADE_TMP, 0, "/dev/x" },
	{ "tmpfs on /proc",        PF_MOUNT_TARGET, PLAN_MOUNT, MADE_TMP, 0, "/proc/sys" },
	{ "image on /sys",         PF_MOUNT_TARGET, PLAN_MOUNT, MADE_SITE, 0, "/sys" },
	{ "proc elsewhere",        PF_MOUNT_TARGET, PLAN_MOUNT, MADE_PROC, 0, "/usr/proc" },
	{ "devices elsewhere",     PF_MOUNT_TARGET, PLAN_MOUNT, MADE_DEV, 0, "/devices" },
	{ "mqueue elsewhere",      PF_MOUNT_TARGET, PLAN_MOUNT, MADE_MQUEUE, 0, "/dev/mq" },
	{ "target twice",          PF_MOUNT_DUP, PLAN_MOUNT, MADE_TMP, 0, "/dev/shm" },
	{ "child before parent",   PF_MOUNT_ORDER, PLAN_MOUNT, MADE_USR, 0, "/tmp/usr" },
	{ "name on a tmpfs",       PF_MOUNT_FIELD, PLAN_MOUNT, MADE_TMP, offsetof(struct plan_mount, name), "/x" },
	{ "image path with ..",    PF_PATH, PLAN_MOUNT, MADE_USR, offsetof(struct plan_mount, name), "/.." },
	{ "image path with a slash", PF_PATH, PLAN_MOUNT, MADE_USR, offsetof(struct plan_mount, name), "/usr/" },
	{ "image path is its root", 0, PLAN_MOUNT, MADE_USR, offsetof(struct plan_mount, name), "/" },
	{ "profile is no name",    PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, profile), "Web" },
	{ "host name breaks out",  PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, hostname), "a b" },
	{ "host name from a dot",  PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, hostname), ".a" },
	{ "host name from a dash", PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, hostname), "-a" },
	{ "host name too long",    PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, hostname),
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	{ "host name long enough", 0, PLAN_IDENT, 0, offsetof(struct plan_ident, hostname),
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	{ "user breaks passwd",    PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, user), "a:0:0" },
	{ "user of two lines",     PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, user), "a\nroot" },
	{ "no user",               PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, user), "" },
	{ "time zone is a path up", PF_NAME, PLAN_IDENT, 0, offsetof(struct plan_ident, timezone), "../../etc/shadow" },
	{ "loader variable",       PF_ENV_NAME, PLAN_ENV, 0, 0, "LD_PRELOAD" },
	{ "glibc tunables",        PF_ENV_NAME, PLAN_ENV, 0, 0, "GLIBC_TUNABLES" },
	{ "variable with =",       PF_ENV_NAME, PLAN_ENV, 0, 0, "A=B" },
	{ "variable from 0",       PF_ENV_NAME, PLAN_ENV, 0, 0, "0A" },
	{ "variable from 9",       PF_ENV_NAME, PLAN_ENV, 0, 0, "9A" },
	{ "variable of no name",   PF_ENV_NAME, PLAN_ENV, 0, 0, "" },
	{ "variable twice",        PF_ENV_DUP, PLAN_ENV, 0, 0, "HOME" },
};
/* clang-format on */

#endif
