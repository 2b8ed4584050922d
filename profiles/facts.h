/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.h - what one layer allows, as tuples of sets (profiles-audit A.5).
 *
 * A layer is a profile with its includes, or a ceiling with its own. Facts are only added; nothing
 * here removes one.
 */
#ifndef CLOISTER_FACTS_H
#define CLOISTER_FACTS_H

#include "profiles/value.h"
#include "lib/plan/feature.h"
#include "lib/plan/plan.h"

enum {
	FACTS_MAX = 8192, /* A.8: of one layer, all domains together */
	CLAUSES_PER_CALL = 64,
	PATHS_MAX = 1024,
	NETS_MAX = 1024,
	SYS_ARGS = 6,
	SET_VALUES_MAX = 16,
};

/* (argument & mask) == value; mask 0: anything. */
struct argcond {
	uint64_t mask, value;
};

/* One call under one conjunction of conditions. */
struct sysfact {
	struct at at;
	struct argcond arg[SYS_ARGS];
	uint8_t width[SYS_ARGS]; /* 4 or 8 where mask is not 0 */
	uint16_t nr;
	uint8_t implied; /* a feature added it */
	uint8_t startup; /* until the program is ready (A.10): a whole call */
};

enum path_right {
	RIGHT_READ,
	RIGHT_LIST,
	RIGHT_WRITE,
	RIGHT_CREATE,
	RIGHT_DELETE,
	RIGHT_MOVE,
	RIGHT_EXEC,
	RIGHT_SOCKET,
	RIGHT_IOCTL,
	RIGHT__COUNT
};
#define RIGHT_BIT(r) (1u << (r))

extern const char *const right_names[RIGHT__COUNT];
extern const char *const node_names[NODE__COUNT];

struct pathfact {
	struct at at;
	const char *path;
	uint32_t rights; /* RIGHT_BIT()s */
	uint8_t optional, implied;
};

struct mountfact {
	struct at at;
	const char *target; /* without the trailing / */
	const char *image;  /* MOUNT_IMAGE: its name; MOUNT_HOST: the host's path */
	uint64_t size;
	uint32_t kind; /* enum plan_mount_kind */
	uint8_t rw, exec;
};

struct netfact {
	struct at at;
	uint16_t lo, hi;
	uint8_t proto;
};

struct envfact {
	struct at at;
	const char *name;
};

enum setting {
	SET_HOSTNAME,
	SET_USER,
	SET_READY,
	SET_MISSING,
	SET_TIMEZONE,
	SET_STOP_SIGNAL,
	SET__COUNT
};
extern const char *const set_names[SET__COUNT];

struct setfact {
	struct at at[SET_VALUES_MAX];
	const char *value[SET_VALUES_MAX];
	uint32_t n;
};

/* Bits of facts.listed: the domain has a line, so a ceiling's list for it is exhaustive (A.16). */
enum facts_domain {
	LISTED_PATH = 1,
	LISTED_MOUNT = 2,
	LISTED_DEVICE = 4,
	LISTED_ENV = 8,
	LISTED_NET = 16,
	LISTED_ALL = 31
};

struct facts {
	struct diags *d;
	const char *name; /* of the profile or ceiling */
	struct at at;	  /* its name in its text */
	bool is_ceiling;
	bool startup; /* the line that is being read has the word */
	const char *about;
	uint32_t listed, nfact;
	uint64_t on, off; /* FEAT_BIT()s */
	struct at on_at[FEAT__COUNT], off_at[FEAT__COUNT];
	uint64_t limit[LIM__COUNT]; /* where limit_at has a source; else unset */
	struct at limit_at[LIM__COUNT];
	struct setfact set[SET__COUNT];
	struct sysfact *sys;
	struct pathfact *path;
	struct mountfact *mount;
	struct netfact *net;
	struct envfact *env;
	uint32_t nsys, npath, nmount, nnet, nenv;
	uint64_t devices; /* 1 << enum plan_node */
	struct at device_at[NODE__COUNT];
};

/* An empty layer with its tables in the arena tables, which may be released before d's. Returns 0
 * or -ENOMEM. */
int facts_init(struct facts *x, struct diags *d, struct arena *tables, struct fault *f) MUST_USE;

/* Adds what the statements of one unit's body say. Includes are the caller's. */
void facts_unit(struct facts *x, const struct source *s, uint32_t unit);

/* Adds what the features that are on stand for (A.6), the device facts' paths and "set ready"
 * (A.5). Once, after the last unit. */
void facts_expand(struct facts *x);

/* A feature that is both on and off (P041). Any layer: in a ceiling "off" would close nothing. */
void facts_conflicts(struct facts *x);

/* What is wrong with the layer by itself: P040, P042, the hard list, P034. Profiles only. */
void facts_check(struct facts *x);

/* `limit hugepages 0`, the default: narrows *s. Returns false when nothing of it is left. */
bool facts_without_huge(const struct facts *x, struct sysfact *s);

/* Fills in the presets of limits and settings that no line names. Profiles only, before the
 * ceilings. */
void facts_presets(struct facts *x);

/* The same for a ceiling: a limit that no line names is no bound. */
void facts_unbound(struct facts *x);

/* ---- for the readers of single facts ---- */

/* One more fact of any domain; false when the bound is reached (P053 is reported). */
bool facts_count(struct facts *x, struct at at);

/* Adds one clause. */
void facts_add_sys(struct facts *x, const struct sysfact *s);
void facts_add_path(struct facts *x, const struct pathfact *p);

/* Readers, behind their keyword: fact_sys.c, fact_place.c. */
void fact_startup(struct facts *x, struct cursor *c, struct at at);
void fact_syscall(struct facts *x, struct cursor *c, struct at at);
void fact_ioctl(struct facts *x, struct cursor *c, struct at at);
void fact_prctl(struct facts *x, struct cursor *c, struct at at);
void fact_socket(struct facts *x, struct cursor *c, struct at at);
void fact_path(struct facts *x, struct cursor *c, struct at at);
void fact_exec(struct facts *x, struct cursor *c, struct at at);
void fact_mount(struct facts *x, struct cursor *c, struct at at);
void fact_device(struct facts *x, struct cursor *c, struct at at);
void fact_env(struct facts *x, struct cursor *c, struct at at);
void fact_net(struct facts *x, struct cursor *c, struct at at);

#endif
