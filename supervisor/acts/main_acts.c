/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main_acts.c - cloister-acts: the acts journal as text or JSON, for root (security-model.md 3.6).
 * Reads segments and writes to stdout, nothing else.
 *
 * What does not hold is told on stderr and by exit code 1: a record that is not at its number's
 * place, a segment that is shorter than the next one says.
 */
#include "lib/asks/netd.h"
#include "lib/asks/spawn.h"
#include "lib/asks/volumed.h"
#include "lib/wire/acts.h"

#include <stdio.h>
#include <string.h>

enum { ACTS_KEPT = 7 /* cloisterd keeps so many */ };
enum { EXIT_FINDING = 1, EXIT_USAGE = 2, EXIT_INPUT = 3, HEX = 2 * 16 + 1 };

/* clang-format off */
/* As the servers' tables have them: tests/lint/acts_names.sh compares. */
static const char *const spawn_names[SPAWN__COUNT] = {
	[PARENT_EDGE] = "parent.edge", [PARENT_POLICY] = "parent.policy", [PARENT_RUN] = "parent.run",
	[PARENT_ACTS] = "parent.acts",
	[SPAWN_TENANT_BIND] = "tenant.bind", [SPAWN_TENANT_FREE] = "tenant.free",
	[SPAWN_TENANT_LIMIT] = "tenant.limit", [SPAWN_PLAN_LOAD] = "plan.load",
	[SPAWN_PLAN_DROP] = "plan.drop", [SPAWN_CGROUP_MAKE] = "cgroup.make",
	[SPAWN_CGROUP_KILL] = "cgroup.kill", [SPAWN_CGROUP_DROP] = "cgroup.drop",
	[SPAWN_CGROUP_LIMITS] = "cgroup.limits", [SPAWN_FIGURES] = "figures", [SPAWN_READY] = "ready",
	[SPAWN_GRIP_DROP] = "grip.drop", [SPAWN_START] = "start", [SPAWN_RUN] = "run",
	[SPAWN_SIGNAL] = "signal", [SPAWN_LOG] = "log", [SPAWN_HELPER] = "helper",
	[SPAWN_MKIMAGE] = "mkimage", [SPAWN_ADOPT] = "adopt", [SPAWN_HOST] = "host",
	[SPAWN_PARK] = "park", [SPAWN_EXEC] = "exec", [SPAWN_POLICY_MAKE] = "policy.make",
	[SPAWN_PLAN_MAKE] = "plan.make", [SPAWN_OFFER] = "offer",
};
static const char *const netd_names[NETD__COUNT] = {
	[PARENT_EDGE] = "parent.edge", [PARENT_POLICY] = "parent.policy", [PARENT_RUN] = "parent.run",
	[PARENT_ACTS] = "parent.acts", [NETD_ASSIGN] = "net.assign", [NETD_POOL] = "net.pool",
};
static const char *const volumed_names[VOLUMED__COUNT] = {
	[PARENT_EDGE] = "parent.edge", [PARENT_POLICY] = "parent.policy", [PARENT_RUN] = "parent.run",
	[PARENT_ACTS] = "parent.acts",
	[VOLUMED_IMAGE_BEGIN] = "image.begin", [VOLUMED_IMAGE_COMMIT] = "image.commit",
	[VOLUMED_IMAGE_ABORT] = "image.abort", [VOLUMED_IMAGE_LOOK] = "image.look",
	[VOLUMED_IMAGE_DROP] = "image.drop", [VOLUMED_IMAGE_ATTACH] = "image.attach",
	[VOLUMED_IMAGE_DETACH] = "image.detach", [VOLUMED_HOST] = "host",
};
/* clang-format on */

static const struct server {
	const char *name; /* what its files begin with */
	const char *const *op;
	uint32_t count;
} servers[] = {
	{ "spawn", spawn_names, SPAWN__COUNT },
	{ "netd", netd_names, NETD__COUNT },
	{ "volumed", volumed_names, VOLUMED__COUNT },
};

static int findings;

static void hex(char to[HEX], const uint8_t from[16])
{
	static const uint8_t none[16];

	*to = '\0';
	for (int i = 0; memcmp(from, none, sizeof(none)) != 0 && i < 16; i++)
		(void)snprintf(to + 2 * i, 3, "%02x", from[i]);
}

static const char *op_name(const struct server *s, uint16_t op)
{
	return op < s->count && s->op[op] ? s->op[op] : "?";
}

static void print(const struct server *s, const struct act *a, bool json)
{
	const char *phase = a->phase == ACT_BEFORE ? "before" : "after";
	char op_id[HEX], tag[HEX];

	hex(op_id, a->about.op_id);
	hex(tag, a->about.tag);
	if (json)
		printf("{\"server\":\"%s\",\"seq\":%llu,\"boottime\":%llu,\"op\":\"%s\","
		       "\"phase\":\"%s\",\"code\":%d,\"tenant\":%u,\"gen\":%u,\"op_id\":\"%s\","
		       "\"tag\":\"%s\"}\n",
		       s->name, (unsigned long long)a->seq, (unsigned long long)a->boottime,
		       op_name(s, a->op), phase, a->code, a->about.t.index, a->about.t.gen, op_id,
		       tag);
	else
		printf("%-8llu %6llu.%09llu %-6s %-14s %5d %5u.%-10u %-32s %s\n",
		       (unsigned long long)a->seq, (unsigned long long)a->boottime / 1000000000,
		       (unsigned long long)a->boottime % 1000000000, phase, op_name(s, a->op),
		       a->code, a->about.t.index, a->about.t.gen, *op_id ? op_id : "-",
		       *tag ? tag : "-");
}

static void finding(const char *path, uint64_t n, const char *what)
{
	(void)fprintf(stderr, "cloister-acts: %s: record %llu: %s\n", path, (unsigned long long)n,
		      what);
	findings++;
}

/* Records of the segment; before: of the one before in the arguments, UINT64_MAX: none. */
static uint64_t read_segment(FILE *in, const char *path, const struct server *s, bool json,
			     uint64_t before)
{
	static const struct act blank;
	uint64_t n = 0, says;
	struct act a;

	for (; fread(&a, sizeof(a), 1, in) == 1; n++) {
		if (memcmp(&a, &blank, sizeof(a)) == 0)
			continue; /* the end of a torn one */
		if (a.seq != n)
			finding(path, n, "it says that it is another");
		if (a.phase != ACT_BEFORE && a.phase != ACT_AFTER)
			finding(path, n, "it is torn");
		memcpy(&says, a.about.tag, sizeof(says));
		if (n == 0 && a.op == PARENT_ACTS && before != UINT64_MAX && says != before)
			finding(path, n, "the segment before it was longer, or is another");
		print(s, &a, json);
	}
	return n;
}

static const struct server *server_of(const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	for (size_t i = 0; i < ARRAY_LEN(servers); i++)
		if (strcspn(name, ".") == strlen(servers[i].name) &&
		    strncmp(name, servers[i].name, strcspn(name, ".")) == 0)
			return &servers[i];
	return NULL;
}

static int usage(FILE *to, int code)
{
	(void)fprintf(to,
		      "usage: cloister-acts [--json] SEGMENT...\n\n"
		      "What the privileged programs did, from the files in acts/ below the state "
		      "directory:\nspawn, netd, volumed, and NAME.1 ... NAME.%d before them, the "
		      "oldest first. One line an\nact: number, time since boot, before or after, "
		      "operation, code, tenant, op_id, tag.\n"
		      "Exit code 1: a segment is not as it was written.\n",
		      ACTS_KEPT);
	return code;
}

int main(int argc, char **argv)
{
	bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
	const struct server *last = NULL;
	uint64_t before = UINT64_MAX;

	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return usage(stdout, 0);
	if (argc < 2 + json)
		return usage(stderr, EXIT_USAGE);
	for (int i = 1 + json; i < argc; i++) {
		const struct server *s = server_of(argv[i]);
		FILE *in = s ? fopen(argv[i], "rb") : NULL;

		if (!in) {
			(void)fprintf(stderr,
				      "cloister-acts: %s: %s; name a file of acts/ below the state "
				      "directory\n",
				      argv[i], s ? "cannot be read" : "no journal of ours");
			return EXIT_INPUT;
		}
		before = read_segment(in, argv[i], s, json, s == last ? before : UINT64_MAX);
		last = s;
		(void)fclose(in);
	}
	return findings ? EXIT_FINDING : 0;
}
