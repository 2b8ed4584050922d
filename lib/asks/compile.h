/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile.h - the engine's request to cloister-compile and its answer, both one sealed memfd.
 *
 * The compiler gets the request on fd 3 (read-only) and an empty memfd on fd 4, which it fills with
 * the answer and seals. It reads nothing else. Offsets count from byte 0; texts are NUL-ended,
 * counted without the NUL. Every side checks every number of the other: neither trusts.
 */
#ifndef CLOISTER_ASK_COMPILE_H
#define CLOISTER_ASK_COMPILE_H

#include "lib/base/ids.h"

#define COMPILE_REQ_MAGIC "CLTEXT\0\1"
#define COMPILE_OUT_MAGIC "CLDONE\0\1"

enum {
	COMPILE_FILES_MAX = 64,
	COMPILE_HOST_FILES_MAX = 512, /* of COMPILE_HOST: the operator's tenants are many */
	COMPILE_IMAGES_MAX = 256,
	COMPILE_REQ_MAX = 2 << 20, /* 1 MiB of source and the tables; more is refused with P053 */
	COMPILE_OUT_MAX = 32 << 20,
	COMPILE_DIAGS_MAX = 20,
	COMPILE_FD_REQ = 3,
	COMPILE_FD_OUT = 4,
};

enum compile_mode {
	COMPILE_CHECK = 1, /* every unit of the files that are not library; plans of profiles are
			      made and thrown away */
	COMPILE_PLAN, /* the one profile named; one plan without a command (EXEC.path empty)      */
	COMPILE_APPLY,	 /* the tenant files; one plan per workload     */
	COMPILE_CEILING, /* the ceiling that profile names, as a ceiling's bytes (plan_within.h) */
	COMPILE_FORMAT,	 /* the one file that is not library, in canonical form, as text; it is
			    parsed and no more */
	COMPILE_EXPLAIN, /* the one profile, ceiling or fragment named: what it allows, as text */
	COMPILE_COMPARE, /* profile against ceiling[0], profiles or ceilings: where they differ, as
			    text. Each side has its own file and the library */
	COMPILE_LINT,	 /* what one would ask the author of the one named, as text */
	COMPILE_HOST, /* --host: the operator's files. The answer is a policy block (policy.h)   */
	COMPILE_MAKE, /* of the tenant files the one workload named; the answer is its plan      */
	COMPILE__COUNT,
};
/* The last two answer with bare bytes, or, where the exit code is 3, with the errors as text. */
enum { COMPILE_EXIT_TEXT = 3 };

enum compile_file_flag {
	COMPILE_F_LIBRARY =
		1, /* from the library: looked up by include and name, not compiled for itself */
	COMPILE_F_TENANT = 2, /* a .tenant file (else .profile) */
	COMPILE_F_CONF = 4,   /* cloister.conf; COMPILE_HOST alone */
	COMPILE_F_A = 8,      /* COMPILE_COMPARE alone: the file of that side; may be of both */
	COMPILE_F_B = 16,
};

struct compile_text {
	uint32_t off, len;
};

struct compile_file {
	struct compile_text name; /* as shown in errors */
	struct compile_text text;
	uint32_t flags, zero;
};

enum compile_source { SOURCE_IMAGE = 1, SOURCE_HOST = 2 };

/* What the host holds by name. In COMPILE_PLAN a row "root" says what --root named. */
struct compile_image {
	char name[LABEL_MAX];
	uint32_t source,
		zero; /* enum compile_source; HOST: paths are the host's own, digest zero */
	uint8_t digest[DIGEST_LEN];
};

struct compile_req {
	uint8_t magic[8];
	uint32_t size, mode;
	uint32_t nfile, nimage;
	uint32_t landlock_abi; /* of this host, 0 none */
	uint32_t kernel;       /* KERNEL_VERSION       */
	uint32_t host_flags;   /* enum host_flag of asks/spawn.h: MDWE */
	uint32_t nceiling;     /* default ceilings (COMPILE_PLAN: the ceilings), names below */
	char ceiling[4][NAME_MAX_ + 3];
	char profile[NAME_MAX_ + 3]; /* COMPILE_PLAN: its NAME; COMPILE_MAKE: TENANT/WORKLOAD */
	uint32_t own_base, epoch;    /* COMPILE_HOST: of the block */
	/* then struct compile_file[nfile], struct compile_image[nimage], bytes */
};

enum compile_severity { SEV_ERROR = 1, SEV_WARNING };

struct compile_diag {
	uint32_t severity, code; /* code: the number of Pnnn                       */
	uint32_t line, column;	 /* from 1; column counts Unicode scalars          */
	uint32_t length, zero;	 /* scalars under the caret, at least 1            */
	struct compile_text file, message, source; /* source: the line itself        */
	struct compile_text
		help; /* len 0: none. Lines of notes and witness are in it, '\n' between */
	uint32_t fix_start,
		fix_end; /* byte range in the file that fix replaces; fix.len 0 and equal: none */
	struct compile_text fix;
};

struct compile_image_unit { /* image NAME { package ... dir ... pin ... } */
	char name[LABEL_MAX];
	struct compile_text file;
	uint32_t line, npackage, ndir, has_pin;
	struct compile_text packages; /* npackage names, NUL-ended, one behind the other */
	struct compile_text dirs;     /* ndir paths as written, relative to the file     */
	uint8_t pin[DIGEST_LEN];
};

struct compile_limit {
	uint32_t knob, zero; /* enum plan_knob */
	uint64_t v[2];
};
enum { COMPILE_TENANT_LIMITS = 16, COMPILE_TENANT_PEOPLE = 16 };

/* One of a tenant's own people: `viewer user 1000`, `editor group 2000`. */
enum person_flag { PERSON_EDITS = 1, PERSON_GROUP = 2 };
struct compile_person {
	uint32_t flags, id; /* PERSON_*; a uid or gid of this host */
};

struct compile_tenant {
	char name[LABEL_MAX];
	struct compile_text file, about;
	uint32_t line, nlimit;
	struct compile_limit limit[COMPILE_TENANT_LIMITS];
	uint64_t
		features_off; /* FEAT_BITs of its `feature NAME off` lines: hold for its runs too */
	uint32_t nceiling, npeople; /* of its `under`; 0: the request's default ceilings */
	char ceiling[4][NAME_MAX_ + 3];
	struct compile_person people[COMPILE_TENANT_PEOPLE];
};

enum compile_restart { RESTART_NEVER = 0, RESTART_ON_FAILURE, RESTART_ALWAYS };

struct compile_workload {
	char name[LABEL_MAX];
	char profile[NAME_MAX_ + 3];
	struct compile_text file, about;
	uint32_t line, tenant, restart, zero; /* tenant: row number */
	uint32_t plan_off, plan_len;	      /* a whole plan (plan.h); 0 when images are missing */
	struct compile_text
		images; /* names of host images it needs, NUL-ended, one behind the other */
	uint32_t nimage, nmissing; /* nmissing of them are not in the request: they come first */
	uint8_t source_sha256[DIGEST_LEN]; /* as in its plan */
};

struct compile_out {
	uint8_t magic[8];
	uint32_t size, status; /* status 0: no error */
	uint32_t ndiag, nimage, ntenant, nworkload;
	uint32_t diag_off, image_off, tenant_off, workload_off;
	uint32_t plan_off, plan_len; /* COMPILE_PLAN */
	struct compile_text text;    /* FORMAT, EXPLAIN, COMPARE, LINT; else 0 */
};

#endif
